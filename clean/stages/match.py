"""From buckets to verified pairs. LSH only proposes; a pair counts after its exact similarity is computed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clean.config import Config
from clean.schema import PAIRS, SIGNATURES, Schema
from clean.stage import stage
from clean.text import U64, Shingles, shingles

CANDIDATES: Schema = {"a": pl.UInt128, "b": pl.UInt128}
TEXTS: Schema = {"passage": pl.UInt128, "normal": pl.String}

# A member of a bucket is compared with so many that follow it, and with the bucket's first: every pair of a
# small bucket, a linear number in one that a flood of near-identical teasers has filled.
_REACH = 8
# Of the smaller text's shingles so many are looked up first: of a pair at the threshold all of them miss once in
# 1,500 times, and most candidates that share a common phrase only are seen off for a tenth of the cost.
_PROBES = 8
# Look-ups at once, to bound memory.
_CHUNK = 1 << 20

Places = NDArray[np.int64]


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
    ends = rows.select(pl.col("row_a", "row_b").cast(pl.Int64))
    index = _index(sets)
    alike = overlap(sets, index, ends["row_a"].to_numpy(), ends["row_b"].to_numpy(), first=_PROBES) > 0
    rows, ends = rows.filter(alike), ends.filter(alike)
    left, right = ends["row_a"].to_numpy(), ends["row_b"].to_numpy()
    shared = overlap(sets, index, left, right)
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


@dataclass(frozen=True)
class Index:
    """Every shingle of every text as one sorted key, its owner times `width` plus its own rank among all hashes."""

    keys: U64
    ranks: U64  # of the shingles, in the order of the sets
    width: np.uint64


def _index(sets: Shingles) -> Index:
    distinct, inverse = np.unique(sets.hashes, return_inverse=True)
    ranks: U64 = inverse.astype(np.uint64)
    width = np.uint64(max(len(distinct), 1))
    owners: U64 = np.repeat(np.arange(len(sets.sizes()), dtype=np.uint64), sets.sizes())
    return Index(owners * width + ranks, ranks, width)  # sorted: texts are in order, and the hashes of each


def overlap(sets: Shingles, index: Index, left: Places, right: Places, first: int | None = None) -> Places:
    """Shingles that texts left[i] and right[i] share, of those of the smaller one (of its `first` in hash order).

    Shape as `left`; exact (hashes of 64 bits).
    """
    sizes = sets.sizes()
    swap = sizes[left] > sizes[right]
    small, large = np.where(swap, right, left), np.where(swap, left, right)
    looked_up = np.minimum(sizes[small], first) if first is not None else sizes[small]
    shared = np.zeros(len(left), dtype=np.int64)
    for low, high in pairwise(_even_cuts(looked_up)):
        counts = looked_up[low:high]
        pair = np.repeat(np.arange(low, high), counts)
        place = np.repeat(sets.offsets[small[low:high]] - (np.cumsum(counts) - counts), counts) + np.arange(len(pair))
        wanted = large[pair].astype(np.uint64) * index.width + index.ranks[place]
        found = np.searchsorted(index.keys, wanted)
        hit = index.keys[np.minimum(found, len(index.keys) - 1)] == wanted
        shared[low:high] = np.bincount(pair[hit] - low, minlength=high - low)
    return shared


def _even_cuts(work: Places) -> list[int]:
    """Borders of runs of about _CHUNK look-ups each."""
    total = np.cumsum(work)
    steps = np.arange(_CHUNK, int(total[-1]), _CHUNK) if len(total) else np.array([], dtype=np.int64)
    return [0, *np.unique(np.searchsorted(total, steps)).tolist(), len(work)]
