"""Copies of one article in two parts of a corpus: what no part sees by itself.

By then the sidebars are gone, so documents are compared as they are published. Another site's version of an article must be
nearly the same to be a copy: what it has shortened or rewritten is its own. Two parts of one site are held to the
threshold of documents.
"""

from __future__ import annotations

import polars as pl

from clean.config import Config
from clean.schema import PAIRS
from clean.windows import in_order


def between_parts(candidates: pl.DataFrame, survivors: pl.DataFrame) -> pl.DataFrame:
    """The candidates of two parts: inside one everything is settled. Takes SURVIVORS with `passage` and `part`."""
    known = survivors.select("passage", "part")
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
