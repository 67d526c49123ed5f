"""From buckets to verified pairs. LSH only proposes; a pair counts after its exact similarity is computed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from clean import kernels
from clean.config import Config
from clean.schema import BUCKETS, LIKENESS, Schema, empty
from clean.stage import stage
from clean.text import overlap, shingles

CANDIDATES: Schema = {"a": pl.UInt128, "b": pl.UInt128}
TEXTS: Schema = {"passage": pl.UInt128, "normal": pl.String}
COMPARED: Schema = CANDIDATES | {"jaccard": pl.Float64, "containment": pl.Float64}  # containment: of the shorter

# A member of a bucket is compared with so many that follow it, and with the bucket's first: every pair of a
# small bucket, a linear number in one that a flood of near-identical teasers has filled.
_REACH = 8
# Two numbers of 32 bits in one.
_HALF, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)


@stage(takes=BUCKETS, yields=CANDIDATES)
def propose(signatures: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Pairs a < b that share a bucket, each once. Group by bucket."""
    likely = signatures.filter(pl.Series(kernels.repeated(signatures["bucket"].to_numpy())))
    passages = likely["passage"].unique().sort()
    rows = likely.join(passages.to_frame().with_row_index("rank"), on="passage", how="left", maintain_order="left")
    # By bucket and rank: sorting one array of numbers is ten times as fast as finding the order of two.
    first, _, _ = kernels.kindred(np.maximum(rows["bucket"].to_numpy(), 1), np.zeros(len(rows), np.int64))
    ordered = np.sort(first.astype(np.uint64) << _HALF | rows["rank"].to_numpy().astype(np.uint64))
    bucket, rank = ordered >> _HALF, ordered & _LOW
    fresh = np.diff(bucket, prepend=_LOW) != 0  # no row has that number
    firsts = np.maximum.accumulate(np.where(fresh, np.arange(len(bucket)), 0))
    found = [(rank[firsts], rank)]
    for reach in range(1, min(_REACH, len(bucket)) + 1):
        together = bucket[reach:] == bucket[:-reach]
        found.append((rank[:-reach][together], rank[reach:][together]))
    pairs = np.sort(np.concatenate([a[a < b] << _HALF | b[a < b] for a, b in found]))
    pairs = pairs[np.diff(pairs, prepend=_LOW) != 0]  # none is that: a < b
    a, b = pairs >> _HALF, pairs & _LOW
    return pl.DataFrame({"a": passages.gather(a), "b": passages.gather(b)}, schema=CANDIDATES)


def once(candidates: pl.DataFrame) -> pl.DataFrame:
    """Each pair once. Those that `propose` found in one partition are, in order: to check costs a hundredth of sorting."""
    a, b = candidates
    rises = (a > a.shift()) | ((a == a.shift()) & (b > b.shift()))
    return candidates if rises[1:].all() else candidates.unique()


def verify(candidates: pl.DataFrame, texts: pl.DataFrame, config: Config) -> pl.DataFrame:
    """The pairs whose shingles really overlap. Takes CANDIDATES and TEXTS (each passage once); yields PAIRS."""
    return accept(compare(candidates, texts, config), config)


def compare(candidates: pl.DataFrame, texts: pl.DataFrame, config: Config) -> pl.DataFrame:
    """How much the shingles of each pair really overlap. Takes CANDIDATES and TEXTS (each passage once); yields COMPARED."""
    involved = pl.concat([candidates["a"], candidates["b"]]).unique()
    known = texts.join(involved.to_frame("passage"), on="passage", how="semi").sort("passage").with_row_index("row")
    if known.is_empty():
        return empty(COMPARED)
    sets = shingles(known["normal"], config)
    rows = candidates
    for side in ("a", "b"):
        rows = rows.join(known.select("row", "passage"), left_on=side, right_on="passage", maintain_order="left")
        rows = rows.rename({"row": f"row_{side}"})
    ends = rows.select(pl.col("row_a", "row_b").cast(pl.Int64))
    left, right = ends["row_a"].to_numpy(), ends["row_b"].to_numpy()
    shared = overlap(sets, left, right)
    sizes = sets.sizes()
    jaccard = shared / np.maximum(sizes[left] + sizes[right] - shared, 1)
    containment = shared / np.maximum(np.minimum(sizes[left], sizes[right]), 1)
    return rows.select("a", "b", jaccard=pl.Series(jaccard), containment=pl.Series(containment))


def accept(compared: pl.DataFrame, config: Config) -> pl.DataFrame:
    """The PAIRS of COMPARED that count."""
    return (
        compared.with_columns(relation=_relation(config))
        .drop_nulls("relation")
        .select("a", "b", "relation", score=pl.when(relation="near").then("jaccard").otherwise("containment"))
    )


def _relation(config: Config) -> pl.Expr:
    """near: Jaccard >= near_threshold. truncated: containment of the shorter >= truncated_threshold. Null: neither."""
    near, truncated = pl.col("jaccard") >= config.near_threshold, pl.col("containment") >= config.truncated_threshold
    return pl.when(near).then(pl.lit("near")).when(truncated).then(pl.lit("truncated"))


def tally_likeness(compared: pl.DataFrame, config: Config) -> pl.DataFrame:
    """LIKENESS of COMPARED: how many pairs there are of each similarity, those that do not count among them."""
    # 0.58 * 50 is 28.999... in floats: nudge before rounding down
    width = (pl.col("jaccard") * 50 + 1e-9).floor().clip(0, 49).cast(pl.UInt8) * 2
    return add_likeness(
        [compared.select(bin=width, verdict=_relation(config).fill_null("apart"), pairs=pl.lit(1, pl.UInt64)).cast(LIKENESS)]  # type: ignore[arg-type]  # polars' own stub wants one key type
    )


def add_likeness(tables: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """LIKENESS of all."""
    return pl.concat([empty(LIKENESS), *tables]).group_by("bin", "verdict").agg(pl.col("pairs").sum()).sort("bin", "verdict")
