"""Whole documents, before any line is judged: which are copies of another, and which copy stays.

Two articles under one sidebar are not alike, and one article under two sidebars is. So documents are compared twice: on
the lines that they do not share with many others, and as a whole where what they share stands above what is their own:
articles come first, sidebars below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clean.config import Config
from clean.kernels import Ints, mix
from clean.schema import BUCKETS, COPIES, PAIRS, Schema, empty
from clean.stage import stage
from clean.text import overlap, shingles
from clean.windows import in_order, place

# A line that more documents share says nothing about which article this is.
_FEW = 2
# In a site of fewer documents, what two of them share may be the sidebar as well as the article.
_SMALL_SITE = 5
# A line from this length on is prose or a whole headline: sharing it with one other document is telling.
_TELLING_TOKENS = 8
# A document of fewer lines is "only a line or two": no copy for being contained in a longer one.
_WHOLE_LINES = 3
# Containment, in what few others have, from which a shorter document is taken for a copy of a longer.
_INSIDE = 0.9
# Share of rare words from which no sidebar is to be reckoned with.
_BARE = 0.8
# So many documents, and half of the site, print what stands around their texts; it is such a share of their words, or more.
_FRAME, _FRAMED = 3, 0.5
# Share of the word pairs of its own that a version of a document has, too: of five words with one changed, two of four pairs.
_VERSION = 0.3
# Share of what a document tells that a copy of it tells, too, whatever stands below.
_MOST = 0.5
# Prose lines (of `near_tokens` or more) from which a document is compared by its prose alone.
_PROSE = 3
# Words that are a document's opening.
_OPENING_TOKENS = 40
# Documents of a family that the others are held against: all of a small one, and the cost of a large one is bounded.
_TELLERS = 8
# Long lines at the top by which copies of an article are known.
_OPENING_LINES = 2
# Share of the opening's shingles that must stand in the other document.
_OPENS_ALIKE = 0.5
# Two documents of fewer words that differ in a few may say the opposite (the minutes of two meetings): they have to be
# nearly equal.
_SHORT = 30
_SHORT_THRESHOLD = 0.9

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

IDENTITIES: Schema = {"doc": pl.UInt32, "key": pl.UInt128}  # equal for documents of one normal form

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


@stage(takes={name: LINES[name] for name in ("doc", "seg", "line", "passage", "tokens")}, yields=IDENTITIES)
def identify(lines: pl.DataFrame, config: Config) -> pl.DataFrame:
    """One key a document, from its lines' passages in their order. Documents without a token get none.

    Of a document under `near_tokens` words every character counts, but for white space: "+1" is not "-1", nor "C++" "C".
    """
    known = in_order(lines.filter(pl.col("passage").is_not_null()))
    if known.is_empty():
        return empty(IDENTITIES)
    starts = np.flatnonzero(np.diff(known["doc"].to_numpy().astype(np.int64), prepend=-1))
    place = (np.arange(len(known)) - np.repeat(starts, np.diff(starts, append=len(known)))).astype(np.uint64)
    half = pl.lit(2**64, dtype=pl.UInt128)
    short = pl.col("tokens").sum().over("doc") < config.near_tokens
    line = pl.when(short).then("line")
    spaced = pl.when(line.str.contains(r"[^\S ]|  ")).then(line).str.replace_all(r"\s+", " ")
    written = pl.coalesce(spaced, line).str.strip_chars().hash(config.seed)
    high, low, marks = known.select(
        (pl.col("passage") // half).cast(pl.UInt64),
        low=(pl.col("passage") % half).cast(pl.UInt64),
        marks=pl.when(short).then(written).otherwise(pl.lit(0, dtype=pl.UInt64)),
    )
    parts = [part.to_numpy() ^ marks.to_numpy() for part in (high, low)]
    sums = [np.add.reduceat(mix(part + mix(place + np.uint64(salt))), starts) for salt, part in enumerate(parts)]
    upper, lower = (pl.Series(total).cast(pl.UInt128) for total in sums)
    return pl.DataFrame({"doc": known["doc"].gather(starts), "key": upper * pl.Series([2**64], dtype=pl.UInt128) + lower})


def exact_copies(identities: pl.DataFrame, ranks: pl.DataFrame) -> pl.DataFrame:
    """COPIES whose whole normal form is equal; the best by RANKS, then the first in canonical order, stays.

    Takes IDENTITIES of all documents.
    """
    return (
        identities.join(ranks, on="doc")
        .sort("rank", "doc")
        .with_columns(original=pl.col("doc").first().over("key"))
        .filter(pl.col("doc") != pl.col("original"))
        .select("doc", "original", rule=pl.lit("exact-document"), score=pl.lit(1.0))
        .sort("doc")
    )


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
    return little & (frame >= _FRAMED * all_words) & (told + frame >= _INSIDE * all_words)


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


def same_article(
    on_own: pl.DataFrame, on_rare: pl.DataFrame, on_whole: pl.DataFrame, outlines: pl.DataFrame, config: Config
) -> pl.DataFrame:
    """The PAIRS of documents that may be one article: not two that share a sidebar, nor a line or two of a longer one.

    Each is PAIRS of documents, verified on what they are compared by, on all that few others have, and on the whole text.
    """
    known = outlines.select("passage", "group", "lines", "length", "own_below", "small_site", "bare")
    checked = on_rare.select("a", "b", on_rare="relation", likeness="score")
    for name, table in (("on_own", on_own), ("on_whole", on_whole)):
        checked = checked.join(table.select("a", "b", pl.col("relation").alias(name)), on=["a", "b"], how="left")
    parts = (part.with_columns(whole=pl.lit(whole)) for part, whole in ((on_own, False), (on_whole, True)))
    both = pl.concat(parts).join(checked, on=["a", "b"], how="left", maintain_order="left")
    both = both.join(known, left_on="a", right_on="passage").join(known, left_on="b", right_on="passage", suffix="_b")
    a_shorter = pl.col("length") <= pl.col("length_b")
    length, lines = (pl.when(a_shorter).then(name).otherwise(f"{name}_b") for name in ("length", "lines"))
    threshold = pl.when(length < _SHORT).then(_SHORT_THRESHOLD).otherwise(config.document_threshold)
    near = (pl.col("relation") == "near") & (pl.col("score") >= threshold)
    inside = (pl.col("relation") == "truncated") & (pl.col("score") >= _INSIDE) & (lines >= _WHOLE_LINES)
    same_site = pl.col("group") == pl.col("group_b")
    articles_first = pl.col("own_below") & pl.col("own_below_b")
    bare = pl.min_horizontal("bare", "bare_b") >= _BARE
    agrees = (pl.col("on_rare") == "near") | (pl.col("likeness") >= _INSIDE)
    agrees = agrees & (~bare | pl.col("on_whole").is_not_null())
    nearly_all = (pl.col("on_rare") == "near") & (pl.col("likeness") >= config.across_threshold)
    alike = (
        pl.when(~same_site)
        .then(nearly_all)
        .when("small_site")
        .then(articles_first & (agrees | "whole"))
        .when("whole")
        .then(articles_first | (agrees & bare & pl.col("on_own").is_not_null()))
        .otherwise(agrees)
    )
    likely = both.filter((near | inside) & alike).unique(["a", "b"], keep="first", maintain_order=True)
    return likely.select(list(PAIRS)).sort("a", "b")


def alike_line_by_line(known: pl.DataFrame, outlines: pl.DataFrame, on_whole: pl.DataFrame, config: Config) -> pl.DataFrame:
    """PAIRS of documents of a group that tell one article line by line, from its first paragraph to its end.

    What they share of their long lines stands in one piece at the top of both, and is most of what the shorter tells: below
    it each has a sidebar of its own, however long. Lines that a document with another opening has count nowhere. Where
    nothing seems to stand around the two, they must be in `on_whole`, PAIRS verified on the whole text, or share nearly all
    of their long lines: a sidebar that stands nowhere else looks like the document's own text. Each document is held
    against those of its family that tell most: whichever of them stays, the others are known to be like it. Takes `own_lines`.
    """
    bare = outlines.filter(pl.col("bare") >= _BARE).select(pl.col("passage"))["passage"].implode()
    own = known.filter((pl.col("tokens") >= config.near_tokens) & (pl.col("openings") == 1))
    own = own.filter(pl.col("doc").n_unique().over("family") > 1)  # first: most families are one document's
    own = own.filter(pl.col("seg") == pl.col("seg").min().over("doc", "cluster"))
    own = own.with_columns(words=pl.col("tokens").cast(pl.Int64)).with_columns(
        upto=pl.col("words").cum_sum().over("doc"), told=pl.col("words").sum().over("doc")
    )
    tellers = own.select("family", "told", "doc").unique().sort("family", "told", "doc", descending=[False, True, False])
    tellers = tellers.group_by("family", maintain_order=True).head(_TELLERS)
    leads = own.join(tellers, on=["family", "doc"], how="semi")
    both = own.join(
        leads.select("group", "family", "cluster", "doc", "words", "upto", "told"), on=["group", "family", "cluster"], suffix="_b"
    )
    # A line and its edited copy have not the same number of words: what they share is at most the shorter's.
    words = pl.min_horizontal("words", "words_b").sum()
    shared = (
        both.filter(pl.col("doc") != pl.col("doc_b"))
        .group_by("doc", "doc_b")
        .agg(pl.col("upto", "upto_b").max(), pl.col("told", "told_b").first(), shared=words, lines=pl.len())
    )
    jaccard = pl.col("shared") / (pl.col("upto") + pl.col("upto_b") - pl.col("shared"))
    inside = pl.col("shared") / pl.min_horizontal("upto", "upto_b")
    near = jaccard >= config.document_threshold
    enough = (pl.col("lines") >= _WHOLE_LINES) & (pl.col("shared") >= _MOST * pl.min_horizontal("told", "told_b"))
    sizes = outlines.select("doc", compared=pl.col("tokens").cast(pl.Int64))
    shared = shared.filter((near | (inside >= _INSIDE)) & enough).join(sizes, on="doc")
    shared = shared.join(sizes, left_on="doc_b", right_on="doc", suffix="_b")
    of_both = pl.col("shared") / (pl.col("compared") + pl.col("compared_b") - pl.col("shared"))
    of_shorter = pl.col("shared") / pl.min_horizontal("compared", "compared_b")
    found = shared.select(
        a=pl.min_horizontal("doc", "doc_b").cast(pl.UInt128),
        b=pl.max_horizontal("doc", "doc_b").cast(pl.UInt128),
        relation=pl.when(near).then(pl.lit("near")).otherwise(pl.lit("truncated")),
        score=pl.when(near).then(jaccard).otherwise(inside),
        nearly_all=(of_both >= config.document_threshold) | (of_shorter >= _INSIDE),
    )
    checked = found.join(on_whole, on=["a", "b"], how="semi")
    surrounded = ~(pl.col("a").is_in(bare) & pl.col("b").is_in(bare))
    both = pl.concat([found.filter(surrounded | "nearly_all"), checked])
    return both.select(list(PAIRS)).unique().sort("a", "b")


def with_same_opening(pairs: pl.DataFrame, outlines: pl.DataFrame, texts: pl.DataFrame, config: Config) -> pl.DataFrame:
    """The PAIRS of which the opening of the shorter document stands in the longer one: its first paragraph, or the first
    lines of what few share.

    A sidebar can be longer than the article above it, and two pages may share all of it; of one article they share the
    opening.
    """
    opening = pl.col("normal").str.extract(rf"^((?:\S+ ?){{1,{_OPENING_TOKENS}}})").str.strip_chars()
    leads, openings = _shares(pairs, texts.with_columns(opening=opening), ["lead", "opening"], config)
    lengths = outlines.select("passage", "length")
    both = pairs.join(lengths, left_on="a", right_on="passage", maintain_order="left")
    both = both.join(lengths, left_on="b", right_on="passage", suffix="_b", maintain_order="left")
    of_a, of_b = np.maximum(leads, openings) >= _OPENS_ALIKE
    a_shorter = both["length"] <= both["length_b"]
    return pairs.filter(pl.Series(np.where(a_shorter, of_a, of_b))).sort("a", "b")


def without_frames(pairs: pl.DataFrame, outlines: pl.DataFrame, texts: pl.DataFrame, config: Config) -> pl.DataFrame:
    """The PAIRS but for those of two framed documents of which neither has a part of the word pairs that are the other's own:
    however much of a frame they share, it is not the article. Versions of one poem have most of each other's."""
    framed = outlines.filter("framed").select("passage")
    both = pairs.join(framed, left_on="a", right_on="passage", how="semi").join(
        framed, left_on="b", right_on="passage", how="semi"
    )
    (own,) = _shares(both, texts, ["rare"], replace(config, shingle_tokens=2, shingle_chars=2))
    strangers = both.filter(pl.Series(own.max(axis=0) < _VERSION))
    return pairs.join(strangers, on=["a", "b"], how="anti", maintain_order="left")


def _shares(pairs: pl.DataFrame, texts: pl.DataFrame, parts: Sequence[str], config: Config) -> list[NDArray[np.float64]]:
    """Of each of `parts`, columns of TEXTS, which share of a's shingles stands in all of b, and of b's in all of a: shape (2, n).

    Each text's shingles are made once: of a thousand near-copies each is in a hundred pairs or more.
    """
    involved = pl.concat([pairs["a"], pairs["b"]]).unique().implode()
    known = texts.filter(pl.col("passage").is_in(involved)).sort("passage")
    sets = shingles(pl.concat([known[name].alias("part") for name in (*parts, "whole")]), config)
    rows = [known["passage"].search_sorted(pairs[side]).to_numpy().astype(np.int64) for side in ("a", "b")]
    whole = len(parts) * len(known)

    def share(part: int, mine: Ints, others: Ints) -> NDArray[np.float64]:
        of = mine + part * len(known)
        return overlap(sets, of, others + whole) / np.maximum(sets.sizes()[of], 1)

    return [np.stack([share(part, *rows), share(part, *rows[::-1])]) for part in range(len(parts))]


def near_copies(clusters: pl.DataFrame) -> pl.DataFrame:
    """COPIES from CLUSTERS of documents; the representative stays."""
    members = clusters.filter(pl.col("passage") != pl.col("cluster"))
    return members.select(
        doc=pl.col("passage").cast(pl.UInt32),
        original=pl.col("cluster").cast(pl.UInt32),
        rule=pl.lit("near-document"),
        score="score",
    ).sort("doc")


def best_first(outlines: pl.DataFrame, ranks: pl.DataFrame, leaders: pl.Series) -> pl.Series:
    """The documents as passages, the best representative first: by RANKS, then most words of its own, then canonical order.

    `leaders`: documents for which others went already; they come first.
    """
    ranked = outlines.join(ranks, on="doc").with_columns(leads=pl.col("doc").is_in(leaders.implode()))
    by = {"leads": True, "rank": False, "tokens": True, "length": True, "doc": False}
    return ranked.sort(*by, descending=list(by.values()))["passage"]


def settle_copies(found: list[pl.DataFrame]) -> pl.DataFrame:
    """All COPIES of several tables, later ones found among what the earlier ones left, each pointing at what stays at last."""
    settled = found[0]
    for later in found[1:]:
        final = later.select(original="doc", survivor="original")
        moved = settled.join(final, on="original", how="left", maintain_order="left")
        moved = moved.with_columns(original=pl.coalesce("survivor", "original")).select(list(COPIES))
        settled = pl.concat([moved, later])
    return settled.sort("doc")
