"""Who is whose copy, and which copy stays; and what is left of a table when those have gone that do not."""

from __future__ import annotations

import numpy as np
import polars as pl

from clean.config import Config
from clean.kernels import mix
from clean.schema import COPIES, Schema, empty
from clean.stage import stage
from clean.stages.originals.lines import LINES
from clean.text import halves, wide
from clean.windows import in_order, place, starts

IDENTITIES: Schema = {"doc": pl.UInt32, "key": pl.UInt128}  # equal for documents of one normal form


@stage(takes={name: LINES[name] for name in ("doc", "seg", "line", "passage", "tokens")}, yields=IDENTITIES)
def identify(lines: pl.DataFrame, config: Config) -> pl.DataFrame:
    """One key a document, from its lines' passages in their order. Documents without a token get none.

    Of a document under `near_tokens` words every character counts, but for white space: "+1" is not "-1", nor "C++" "C".
    """
    known = in_order(lines.filter(pl.col("passage").is_not_null()))
    if known.is_empty():
        return empty(IDENTITIES)
    begins = starts(known["doc"])
    short = pl.col("tokens").sum().over("doc") < config.near_tokens
    line = pl.when(short).then("line")
    spaced = pl.when(line.str.contains(r"[^\S ]|  ")).then(line).str.replace_all(r"\s+", " ")
    written = pl.coalesce(spaced, line).str.strip_chars().hash(config.seed)
    marks, number = known.select(
        pl.when(short).then(written).otherwise(pl.lit(0, dtype=pl.UInt64)), number=place("doc").cast(pl.UInt64)
    )
    parts = [half ^ marks.to_numpy() for half in halves(known["passage"])]
    salted = [mix(part + mix(number.to_numpy() + np.uint64(salt))) for salt, part in enumerate(parts)]
    key = wide(*(np.add.reduceat(part, begins) for part in salted))
    return pl.DataFrame({"doc": known["doc"].gather(begins), "key": key})


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


def without(table: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    """The rows of documents that are not among those `gone`, in their order. An anti-join would copy the table where none is."""
    return table.filter(~pl.col("doc").is_in(gone["doc"].implode()))


def with_surviving_twins(removed: pl.DataFrame, copies: pl.DataFrame) -> pl.DataFrame:
    """Removed lines of which a twin in a document that went is one in its original; none, where that is their own document."""
    originals_of = copies.select(twin_doc="doc", original="original")
    removed = removed.join(originals_of, on="twin_doc", how="left", maintain_order="left")
    itself = pl.col("original").eq(pl.col("doc")).fill_null(False)
    return removed.with_columns(
        twin_start=pl.when(pl.col("original").is_null()).then("twin_start"),
        twin_doc=pl.when(~itself).then(pl.coalesce("original", "twin_doc")),
        home=pl.when(~itself).then("home"),
    ).drop("original")
