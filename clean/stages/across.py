"""Copies of one article in two parts of a corpus: what no part sees by itself.

Documents that may be one meet in a key that both have (MEETINGS): their whole text as it came, or as it stays, or a bucket of
their signatures. A few keys at a time are looked at, and of documents only those that met, so that memory stays bounded
whatever the size of the corpus.

By then the sidebars are gone, so documents are compared as they are published. Another site's version of an article must be
nearly the same to be a copy: what it has shortened or rewritten is its own. Two parts of one site are held to the
threshold of documents.
"""

from __future__ import annotations

import polars as pl

from clean.config import Config
from clean.schema import PAIRS, Schema
from clean.windows import in_order

# Pairs that are looked at together, and words of theirs.
PAIRS_AT_ONCE = 1 << 15
WORDS_AT_ONCE = 1 << 20

_EQUAL: Schema = {"key": pl.UInt128, "doc": pl.UInt32, "rank": pl.UInt32}
# Where documents meet: in `given` and `key` those of one text (schema.SURVIVORS), in a `bucket` those that may be alike.
MEETINGS: dict[str, Schema] = {
    "given": _EQUAL,
    "key": _EQUAL,
    "bucket": {"bucket": pl.UInt64, "doc": pl.UInt32, "part": pl.UInt32},
}


def meetings(survivors: pl.DataFrame, buckets: pl.DataFrame, part: int) -> dict[str, pl.DataFrame]:
    """MEETINGS of a part's SURVIVORS, whose BUCKETS are `buckets`."""
    return {
        "given": survivors.select("doc", "rank", key="given").select(list(_EQUAL)).drop_nulls(),
        "key": survivors.select(list(_EQUAL)).drop_nulls(),
        "bucket": buckets.select("bucket", doc=pl.col("passage").cast(pl.UInt32), part=pl.lit(part, dtype=pl.UInt32)),
    }


def documents(pairs: pl.DataFrame) -> pl.Series:
    """The ordinals of the documents in some pairs, each once."""
    return pl.concat([pairs["a"], pairs["b"]]).unique().cast(pl.UInt32)


def in_batches(pairs: pl.DataFrame, survivors: pl.DataFrame) -> list[pl.DataFrame]:
    """The pairs (a, b; by a) in tables of bounded text, by the words of their documents. Takes SURVIVORS with `passage`."""
    words = survivors.select("passage", pl.col("tokens").cast(pl.UInt64))
    both = pairs.join(words, left_on="a", right_on="passage", maintain_order="left")
    both = both.join(words, left_on="b", right_on="passage", suffix="_b", maintain_order="left")
    fresh = pl.when(pl.col("a").ne_missing(pl.col("a").shift())).then("tokens").otherwise(0)
    batch = (fresh + pl.col("tokens_b")).cum_sum() // WORDS_AT_ONCE
    return both.with_columns(batch=batch).select("a", "b", "batch").partition_by("batch", maintain_order=True, include_key=False)


def between_parts(candidates: pl.DataFrame, met: pl.DataFrame) -> pl.DataFrame:
    """The candidates of two parts: inside one everything is settled. `met`: `passage` and `part` of each."""
    known = met.select("passage", "part").unique()
    both = candidates.join(known, left_on="a", right_on="passage").join(known, left_on="b", right_on="passage", suffix="_b")
    return both.filter(pl.col("part") != pl.col("part_b")).select("a", "b").sort("a", "b")


def normal_forms(lines: pl.DataFrame) -> pl.DataFrame:
    """passage (the document's ordinal), normal: each document's normal form. Takes SEGMENTS with `normal`."""
    known = in_order(lines.filter(pl.col("passage").is_not_null()))
    joined = known.group_by("doc", maintain_order=True).agg(pl.col("normal").str.join(" "))
    return joined.select("normal", passage=pl.col("doc").cast(pl.UInt128))


def same_article(pairs: pl.DataFrame, survivors: pl.DataFrame, config: Config) -> pl.DataFrame:
    """The verified PAIRS that are near enough to be one article."""
    known = survivors.select("passage", "group")
    both = pairs.join(known, left_on="a", right_on="passage").join(known, left_on="b", right_on="passage", suffix="_b")
    same_site = pl.col("group") == pl.col("group_b")
    threshold = pl.when(same_site).then(config.document_threshold).otherwise(config.across_threshold)
    return both.filter((pl.col("relation") == "near") & (pl.col("score") >= threshold)).select(list(PAIRS)).sort("a", "b")


def best_first(survivors: pl.DataFrame) -> pl.Series:
    """The documents as passages, the best representative first: by rank, then most words, then canonical order."""
    return survivors.sort("rank", "tokens", "doc", descending=[False, True, False])["passage"]
