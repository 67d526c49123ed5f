"""What documents are compared by: the lines that few others share, and the whole text."""

from __future__ import annotations

import polars as pl

from clean.config import Config
from clean.schema import BUCKETS, Schema
from clean.stage import stage
from clean.windows import in_order, place

# A line that more documents share says nothing about which article this is.
_FEW = 2
# In a site of fewer documents, what two of them share may be the sidebar as well as the article.
_SMALL_SITE = 5
# A line from this length on is prose or a whole headline: sharing it with one other document is telling.
_TELLING_TOKENS = 8
# So many documents, and half of the site, print what stands around their texts; it is such a share of their words, or more.
_FRAME, _FRAMED = 3, 0.5
# Share of a framed document's words that are the frame's or its own.
_NOTHING_ELSE = 0.9
# Prose lines (of `near_tokens` or more) from which a document is compared by its prose alone.
_PROSE = 3
# Long lines at the top by which copies of an article are known.
_OPENING_LINES = 2

LINES: Schema = {
    "doc": pl.UInt32,
    "group": pl.String,
    "seg": pl.UInt32,
    "line": pl.String,
    "passage": pl.UInt128,
    "cluster": pl.UInt128,  # of the passage; the passage itself where it is like no other; null for a blank line
    "normal": pl.String,
    "tokens": pl.UInt32,
}

OUTLINES: Schema = {
    "passage": pl.UInt128,  # the document's ordinal: documents are matched by the stages that match passages
    "doc": pl.UInt32,
    "group": pl.String,
    "tokens": pl.UInt32,  # words of the lines by which it is compared
    "length": pl.UInt32,  # words of the whole document
    "lines": pl.UInt32,  # lines with words
    "bare": pl.Float64,  # share of its words that few others have: 1 where nothing stands around the article
    "own_below": pl.Boolean,  # what it shares stands above what is its own
    "small_site": pl.Boolean,
    "framed": pl.Boolean,  # it has little of its own, and else what half of its site prints
}

TEXTS: Schema = {
    "passage": pl.UInt128,
    "normal": pl.String,  # what few others have
    "rare": pl.String,  # the same with its short lines
    "whole": pl.String,  # all of it
    "lead": pl.String,  # the first prose line's normal form, else the first line's
}


def own_lines(lines: pl.DataFrame, config: Config) -> pl.DataFrame:
    """The LINES of all distinct documents that hold a word, in order, with what tells articles apart.

    own: few documents share it, in a small site none does. frame: half as many documents have it as its site has. own_below:
    of the document's long lines, those stand below the others. rare: few share it, or only copies of this article seem to.
    compared: the document is compared by it. Prose that few share tells articles apart; where there is too little of it,
    whatever few share; where there is none of that, all.

    What five copies of an article share is the article, and what five pages share is a sidebar. Only copies open with the
    same paragraph, and have what is their own below it.
    """
    known = in_order(lines.select(list(LINES)).filter(pl.col("cluster").is_not_null()))
    known = known.join(_families(known, config), on="doc", how="left", maintain_order="left").with_columns(
        shared_by=pl.col("doc").n_unique().over("cluster"),
        openings=pl.col("family").n_unique().over("cluster"),
        site_docs=pl.col("doc").n_unique().over("group"),
    )
    known = known.with_columns(
        small_site=pl.col("site_docs") < _SMALL_SITE,
        frame=pl.col("shared_by") >= pl.max_horizontal(pl.lit(_FRAME), pl.col("site_docs") / 2),
    )
    long = pl.col("tokens") >= config.near_tokens
    known = known.with_columns(own=pl.col("shared_by") <= pl.when("small_site").then(_FEW - 1).otherwise(_FEW))
    where = place("doc").cast(pl.Float64)
    own, shared = (where.filter(long & which).mean().over("doc") for which in (pl.col("own"), ~pl.col("own")))
    known = known.with_columns(own_below=(own > shared).fill_null(own.is_null()), framed=_framed(config))
    rare = (pl.col("shared_by") <= _FEW) | ((pl.col("openings") == 1) & pl.col("own_below"))
    known = known.with_columns(rare=rare, prose=rare & long)
    enough_prose = pl.col("tokens").filter("prose").sum().over("doc") >= _PROSE * config.near_tokens
    enough_rare = pl.col("tokens").filter("rare").sum().over("doc") >= config.near_tokens
    return known.with_columns(compared=pl.when(enough_prose).then("prose").when(enough_rare).then("rare").otherwise(True))


def _framed(config: Config) -> pl.Expr:
    """Whether a document has short lines of its own, hardly any prose, and else what half of its site prints: a title and a
    link amid "0 Comments", an archive and a search form."""
    words = pl.col("tokens")
    frame, told, prose = (
        words.filter(which).sum().over("doc")
        for which in (pl.col("frame"), pl.col("shared_by") <= _FEW, words >= config.near_tokens)
    )
    all_words = words.sum().over("doc")
    little = (told >= _TELLING_TOKENS) & (prose < _PROSE * config.near_tokens)
    return little & (frame >= _FRAMED * all_words) & (told + frame >= _NOTHING_ELSE * all_words)


def outline(known: pl.DataFrame) -> pl.DataFrame:
    """OUTLINES: one row a document. Takes `own_lines`."""
    whole = known.group_by("doc").agg(
        pl.col("group", "small_site", "own_below", "framed").first(),
        tokens=pl.col("tokens").filter("compared").sum().cast(pl.UInt32),
        length=pl.col("tokens").sum().cast(pl.UInt32),
        bare=pl.col("tokens").filter("rare").sum() / pl.col("tokens").sum(),
        lines=pl.len().cast(pl.UInt32),
    )
    return whole.with_columns(passage=pl.col("doc").cast(pl.UInt128)).select(list(OUTLINES)).sort("doc")


def texts_of(known: pl.DataFrame, candidates: pl.DataFrame, config: Config) -> pl.DataFrame:
    """TEXTS of the documents that have a candidate. Takes `own_lines`."""
    involved = pl.concat([candidates["a"], candidates["b"]]).unique().cast(pl.UInt32)
    here = known.filter(pl.col("doc").is_in(involved.implode()))
    normal = pl.col("normal")
    texts = here.group_by("doc", maintain_order=True).agg(
        normal.filter("compared").str.join(" "),
        rare=normal.filter("rare").str.join(" "),
        whole=normal.str.join(" "),
        lead=pl.coalesce(normal.filter(pl.col("tokens") >= config.near_tokens).first(), normal.first()),
    )
    return texts.select(pl.col("doc").cast(pl.UInt128).alias("passage"), *list(TEXTS)[1:])


def _families(known: pl.DataFrame, config: Config) -> pl.DataFrame:
    """doc, family: of the document's first long lines the cluster that most documents have there, by which copies of an article
    are known, whatever dateline or note stands above it; another family for each document where there is none, or where so many
    open with it that it is the site's ("We use cookies ...")."""
    documents = known.group_by("doc", maintain_order=True).agg(pl.col("group").first()).with_columns(site=pl.len().over("group"))
    long = known.filter(pl.col("tokens") >= config.near_tokens)
    first = long.group_by("doc", maintain_order=True).agg(pl.col("cluster").head(_OPENING_LINES)).explode("cluster").unique()
    first = first.join(documents, on="doc").with_columns(size=pl.len().over("cluster"))
    first = first.filter((pl.col("size") > 1) & (pl.col("size") * 2 <= pl.col("site")))
    first = first.sort("doc", "size", "cluster", descending=[False, True, False]).unique("doc", keep="first", maintain_order=True)
    found = documents.join(first.select("doc", "cluster"), on="doc", how="left", maintain_order="left")
    return found.select("doc", family=pl.coalesce("cluster", pl.col("doc").cast(pl.UInt128)))


@stage(takes=LINES, yields=BUCKETS)
def meet(lines: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Buckets beside MinHash's: a telling line that few documents share. Finds a document inside a longer one."""
    telling = lines.filter((pl.col("tokens") >= _TELLING_TOKENS) & pl.col("cluster").is_not_null())
    shared_by = pl.col("doc").n_unique().over("cluster")
    return telling.filter((shared_by > 1) & (shared_by <= 4 * _FEW)).select(
        bucket=pl.col("cluster").hash(config.seed), passage=pl.col("doc").cast(pl.UInt128)
    )
