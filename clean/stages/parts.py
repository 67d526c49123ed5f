"""Which documents are judged together: whole sites, as many as make a part of a bounded size.

A corpus of one part is judged at once. A larger one is cut by what it holds and by nothing else, neither memory nor
workers, so that the same corpus always falls into the same parts:

    partitions   sites by a hash of their name, as many as the corpus has times PART_BYTES, to the next power of two
    parts        of a partition: sites in the order of that hash, PART_BYTES each; a larger site is cut into parts of its own,
                 by the order of its documents

A document weighs its text and DOCUMENT_BYTES.

What only documents of several parts could tell (an article that two sites print) is settled afterwards, see `across`.
"""

from __future__ import annotations

import polars as pl
import xxhash

from clean.schema import Schema

# Of text: about what one core cleans in a second or two, in a few hundred MB of memory.
PART_BYTES = 32 << 20
# Partitions that texts are sorted into while the corpus is read, when its size is not known yet; a power of two.
PARTITIONS = 64
# What a document weighs besides its text: one of twenty words takes as much memory as a kilobyte of a longer one.
DOCUMENT_BYTES = 1024

SIZES: Schema = {
    "doc": pl.UInt32,
    "site": pl.UInt64,  # hash of the group
    "bytes": pl.UInt64,  # of text
    "preference": pl.String,
}


def site_key(groups: pl.Series) -> pl.Series:
    """xxh3_64 of each group's name: the same on every machine, in every version."""
    names = groups.unique(maintain_order=True)
    keys = pl.DataFrame({"group": names, "site": [xxhash.xxh3_64_intdigest(name.encode()) for name in names]})
    found = pl.DataFrame({"group": groups}).join(keys.cast({"site": pl.UInt64}), on="group", how="left", maintain_order="left")
    return found["site"]


def partition_of(sites: pl.Series) -> pl.Series:
    """The partition, 0 to PARTITIONS - 1, of each site."""
    return (sites % PARTITIONS).cast(pl.UInt32)


def parts(sizes: pl.DataFrame, part_bytes: int = PART_BYTES) -> pl.DataFrame:
    """doc, part: the number of each document's part, from 0; parts in use only. Takes SIZES; all of a part is in one partition,
    unless there is one part."""
    sizes = sizes.with_columns(pl.col("bytes") + DOCUMENT_BYTES)
    total = int(sizes["bytes"].sum())
    if total <= part_bytes:
        return sizes.select("doc", part=pl.lit(0, dtype=pl.UInt32))
    partitions = min(PARTITIONS, 1 << (-(-total // part_bytes) - 1).bit_length())
    sites = sizes.group_by("site").agg(size=pl.col("bytes").sum()).with_columns(partition=pl.col("site") % partitions)
    sites = sites.sort("partition", "site").with_columns(large=pl.col("size") > part_bytes)
    small = pl.when(~pl.col("large")).then("size").otherwise(0)
    sites = sites.with_columns(first=(small.cum_sum() - small).over("partition") // part_bytes)
    placed = sizes.join(sites.select("site", "partition", "large", "first"), on="site", maintain_order="left").sort("doc")
    within = (pl.col("bytes").cum_sum() - pl.col("bytes")).over("site") // part_bytes
    placed = placed.with_columns(
        owner=pl.when("large").then("site").otherwise(0), slice=pl.when("large").then(within).otherwise("first")
    )
    keys = placed.select("partition", "large", "owner", "slice").unique().sort("partition", "large", "owner", "slice")
    numbered = keys.with_row_index("part")
    return placed.join(numbered, on=["partition", "large", "owner", "slice"], maintain_order="left").select("doc", "part")
