"""From buckets to verified pairs. LSH only proposes; a pair counts after its exact similarity is computed."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clean.config import Config
from clean.schema import PAIRS, SIGNATURES
from clean.stage import stage
from clean.text import Shingles, shingles

CANDIDATES = {"a": pl.UInt128, "b": pl.UInt128}
TEXTS = {"passage": pl.UInt128, "normal": pl.String}

# A member of a bucket is compared with so many that follow it, and with the bucket's first: every pair of a
# small bucket, a linear number in one that a flood of near-identical teasers has filled.
_REACH = 8
# Shingles compared at once, to bound memory.
_CHUNK = 1 << 22


@stage(takes=SIGNATURES, yields=CANDIDATES)
def propose(signatures: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Pairs a < b that share a bucket, each once. Group by bucket."""
    members = signatures.unique().sort("bucket", "passage")
    members = members.filter(pl.len().over("bucket") > 1)
    first = members.select(a=pl.col("passage").first().over("bucket"), b="passage")
    near = [
        members.select(a="passage", b=pl.col("passage").shift(-reach).over("bucket")).drop_nulls()
        for reach in range(1, _REACH + 1)
    ]
    return pl.concat([first, *near]).filter(pl.col("a") < pl.col("b")).unique().sort("a", "b")


def verify(candidates: pl.DataFrame, texts: pl.DataFrame, config: Config) -> pl.DataFrame:
    """The pairs whose shingles really overlap. Takes CANDIDATES and TEXTS (each passage once); yields PAIRS.

    near: Jaccard >= near_threshold. truncated: containment of the shorter >= truncated_threshold.
    """
    involved = pl.concat([candidates["a"], candidates["b"]]).unique()
    known = texts.join(involved.to_frame("passage"), on="passage", how="semi").sort("passage").with_row_index("row")
    if known.is_empty():
        return pl.DataFrame(schema=PAIRS)
    sets = shingles(known["normal"], config)
    rows = candidates
    for side in ("a", "b"):
        rows = rows.join(known.select("row", "passage"), left_on=side, right_on="passage", maintain_order="left")
        rows = rows.rename({"row": f"row_{side}"})
    left, right = rows["row_a"].to_numpy().astype(np.int64), rows["row_b"].to_numpy().astype(np.int64)
    shared = overlap(sets, left, right)
    sizes = sets.sizes()
    jaccard = shared / np.maximum(sizes[left] + sizes[right] - shared, 1)
    containment = shared / np.maximum(np.minimum(sizes[left], sizes[right]), 1)
    return (
        rows.with_columns(jaccard=pl.Series(jaccard), containment=pl.Series(containment))
        .with_columns(near=pl.col("jaccard") >= config.near_threshold)
        .filter(pl.col("near") | (pl.col("containment") >= config.truncated_threshold))
        .select(
            "a",
            "b",
            relation=pl.when("near").then(pl.lit("near")).otherwise(pl.lit("truncated")),
            score=pl.when("near").then("jaccard").otherwise("containment"),
        )
    )


def overlap(sets: Shingles, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int64]:
    """Shingles that texts left[i] and right[i] share. Shape as `left`; exact (hashes of 64 bits)."""
    distinct, dense = np.unique(sets.hashes, return_inverse=True)
    width = np.uint64(max(len(distinct), 1))
    owners = np.repeat(np.arange(len(sets.sizes()), dtype=np.uint64), sets.sizes())
    keys = owners * width + dense.astype(np.uint64)  # sorted: sets are in order, each set's hashes are, too
    sizes = sets.sizes()
    swap = sizes[left] > sizes[right]
    small, large = np.where(swap, right, left), np.where(swap, left, right)
    shared = np.zeros(len(left), dtype=np.int64)
    work = np.cumsum(sizes[small])
    edges = np.searchsorted(work, np.arange(0, int(work[-1]) + _CHUNK, _CHUNK)) if len(work) else np.array([0])
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        counts = sizes[small[low:high]]
        pair = np.repeat(np.arange(low, high), counts)
        place = np.repeat(sets.offsets[small[low:high]] - (np.cumsum(counts) - counts), counts) + np.arange(len(pair))
        wanted = large[pair].astype(np.uint64) * width + dense[place].astype(np.uint64)
        found = np.searchsorted(keys, wanted)
        hit = keys[np.minimum(found, len(keys) - 1)] == wanted
        shared += np.bincount(pair[hit], minlength=len(left))
    return shared
