"""Whole documents, before any line is judged: which are copies of another, and which copy stays.

Two articles under one sidebar are not alike, and one article under two sidebars is: documents are compared
on the lines that they do not share with many others, and two that open differently are two articles.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from clean.config import Config
from clean.schema import PAIRS, SIGNATURES, Schema, empty
from clean.stage import stage
from clean.text import mix

# A line that more documents share says nothing about which article this is.
_FEW = 2
# A line from this length on is prose or a whole headline: sharing it with one other document is telling.
_TELLING_TOKENS = 8
# A document of fewer lines is "only a line or two": no copy for being contained in a longer one.
_WHOLE_LINES = 3
# Prose lines (of `near_tokens` or more) from which a document is compared by its prose alone.
_PROSE = 3
# Lines that are a document's opening: the headline may be rewritten, the first paragraph too, but hardly both.
_OPENING = 2

LINES: Schema = {
    "doc": pl.UInt32,
    "seg": pl.UInt32,
    "passage": pl.UInt128,
    "cluster": pl.UInt128,  # of the passage; the passage itself where it is like no other; null for a blank line
    "normal": pl.String,
    "tokens": pl.UInt32,
}

IDENTITIES: Schema = {"doc": pl.UInt32, "key": pl.UInt128}  # equal for documents of one normal form

OUTLINES: Schema = {
    "passage": pl.UInt128,  # the document's ordinal: documents are matched by the stages that match passages
    "doc": pl.UInt32,
    "normal": pl.String,  # what it is compared by
    "tokens": pl.UInt32,  # of that
    "length": pl.UInt32,  # tokens of the whole document
    "lines": pl.UInt32,  # lines with tokens
    "opening": pl.List(pl.UInt128),  # clusters of its first lines
}

COPIES: Schema = {
    "doc": pl.UInt32,
    "original": pl.UInt32,  # the copy that stays
    "rule": pl.String,  # exact-document, near-document
    "score": pl.Float64,
}


@stage(takes={"doc": pl.UInt32, "seg": pl.UInt32, "passage": pl.UInt128}, yields=IDENTITIES)
def identify(lines: pl.DataFrame, config: Config) -> pl.DataFrame:
    """One key a document, from its lines' passages in their order. Documents without a token get none."""
    known = lines.filter(pl.col("passage").is_not_null()).sort("doc", "seg")
    if known.is_empty():
        return empty(IDENTITIES)
    starts = np.flatnonzero(np.diff(known["doc"].to_numpy().astype(np.int64), prepend=-1))
    place = (np.arange(len(known)) - np.repeat(starts, np.diff(starts, append=len(known)))).astype(np.uint64)
    half = pl.lit(2**64, dtype=pl.UInt128)
    high, low = known.select((pl.col("passage") // half).cast(pl.UInt64), low=(pl.col("passage") % half).cast(pl.UInt64))
    sums = [np.add.reduceat(mix(part.to_numpy() + mix(place + np.uint64(salt))), starts) for salt, part in enumerate((high, low))]
    upper, lower = (pl.Series(s).cast(pl.UInt128) for s in sums)
    return pl.DataFrame({"doc": known["doc"].gather(starts), "key": upper * pl.Series([2**64], dtype=pl.UInt128) + lower})


def exact_copies(identities: pl.DataFrame) -> pl.DataFrame:
    """COPIES whose whole normal form is equal; the first in canonical order stays. Takes IDENTITIES of all documents."""
    return (
        identities.with_columns(original=pl.col("doc").min().over("key"))
        .filter(pl.col("doc") != pl.col("original"))
        .select("doc", "original", rule=pl.lit("exact-document"), score=pl.lit(1.0))
        .sort("doc")
    )


@stage(takes=LINES, yields=OUTLINES)
def outline(lines: pl.DataFrame, config: Config) -> pl.DataFrame:
    """One row a document: what it is compared by. Takes the lines of all distinct documents.

    Prose that few share tells articles apart; where there is too little of it, whatever few share; where there is
    none of that, all: ten near-copies of one article share every line ten times.
    """
    known = lines.filter(pl.col("cluster").is_not_null()).sort("doc", "seg")
    rare = pl.col("doc").n_unique().over("cluster") <= _FEW
    prose = rare & (pl.col("tokens") >= config.near_tokens)
    known = known.with_columns(rare=rare, prose=prose)
    enough_prose = pl.col("tokens").filter("prose").sum().over("doc") >= _PROSE * config.near_tokens
    enough_rare = pl.col("tokens").filter("rare").sum().over("doc") >= config.near_tokens
    compared = known.filter(pl.when(enough_prose).then("prose").when(enough_rare).then("rare").otherwise(True))
    whole = known.group_by("doc").agg(length=pl.col("tokens").sum().cast(pl.UInt32), lines=pl.len().cast(pl.UInt32))
    texts = compared.group_by("doc").agg(
        pl.col("normal").str.join(" "),
        tokens=pl.col("tokens").sum().cast(pl.UInt32),
        opening=pl.col("cluster").head(_OPENING),
    )
    return whole.join(texts, on="doc").with_columns(passage=pl.col("doc").cast(pl.UInt128)).sort("doc")


@stage(takes=LINES, yields=SIGNATURES)
def meet(lines: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Buckets beside MinHash's: a telling line that few documents share. Finds a document inside a longer one."""
    telling = lines.filter((pl.col("tokens") >= _TELLING_TOKENS) & pl.col("cluster").is_not_null())
    shared_by = pl.col("doc").n_unique().over("cluster")
    return telling.filter((shared_by > 1) & (shared_by <= 4 * _FEW)).select(
        bucket=pl.col("cluster").hash(config.seed), passage=pl.col("doc").cast(pl.UInt128)
    )


def same_article(pairs: pl.DataFrame, outlines: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """The PAIRS of documents that are one article: not two that share a sidebar, nor a line or two of a longer one.

    A sidebar can be longer than the article above it. Of one article, the opening of the shorter copy stands in the longer.
    """
    known = outlines.select("passage", "opening", "lines", "length")
    both = pairs.join(known, left_on="a", right_on="passage").join(known, left_on="b", right_on="passage", suffix="_b")
    a_shorter = pl.col("length") <= pl.col("length_b")
    both = both.with_columns(
        doc=pl.when(a_shorter).then("b").otherwise("a").cast(pl.UInt32),
        cluster=pl.when(a_shorter).then("opening").otherwise("opening_b"),
        size=pl.when(a_shorter).then("lines").otherwise("lines_b"),
    )
    whole = both.filter((pl.col("relation") == "near") | (pl.col("size") >= _WHOLE_LINES))
    opened = whole.explode("cluster").join(lines.select("doc", "cluster").unique(), on=["doc", "cluster"], how="semi")
    return whole.join(opened, on=["a", "b"], how="semi").select(list(PAIRS)).sort("a", "b")


def near_copies(clusters: pl.DataFrame) -> pl.DataFrame:
    """COPIES from CLUSTERS of documents; the representative stays."""
    members = clusters.filter(pl.col("passage") != pl.col("cluster"))
    return members.select(
        doc=pl.col("passage").cast(pl.UInt32),
        original=pl.col("cluster").cast(pl.UInt32),
        rule=pl.lit("near-document"),
        score="score",
    ).sort("doc")


def completeness(outlines: pl.DataFrame) -> pl.Series:
    """The documents as passages, the best representative first: most tokens of its own, then canonical order."""
    return outlines.sort("tokens", "length", "doc", descending=[True, True, False])["passage"]


def settle_copies(found: list[pl.DataFrame]) -> pl.DataFrame:
    """All COPIES of several tables, later ones found among what the earlier ones left, each pointing at what stays at last."""
    settled = found[0]
    for later in found[1:]:
        final = later.select(original="doc", survivor="original")
        moved = settled.join(final, on="original", how="left", maintain_order="left")
        moved = moved.with_columns(original=pl.coalesce("survivor", "original")).select(list(COPIES))
        settled = pl.concat([moved, later])
    return settled.sort("doc")
