"""Tables: the records of a run without their texts, small enough to hold, in an order that never changes.

A row for each removal, repair, document, site, and place where something repeats and was kept.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import polars as pl
from polars import col

from clean.schema import NORMALISATIONS
from clean.stages.measure.facts import share

WHOLE = ("exact-document", "near-document")  # the rules that take a document as a whole

Frame = pl.DataFrame | pl.LazyFrame


class Recorded(Protocol):
    """What a run recorded of some of its documents, in any order of rows: all of their schema.LEDGER, FATES and KEPT."""

    @property
    def ledger(self) -> Frame: ...  # noqa: D102
    @property
    def fates(self) -> Frame: ...  # noqa: D102
    @property
    def kept(self) -> Frame: ...  # noqa: D102


class Record(NamedTuple):
    """The tables of Recorded."""

    ledger: Frame
    fates: Frame
    kept: Frame


def removals_of(ledger: pl.LazyFrame) -> pl.DataFrame:
    """What was removed, in order: doc, start, schema.EVIDENCE, bytes, chars."""
    return (
        ledger.filter(col.layer == "removal")
        .select(
            *("doc", "start", "rule", "cluster", "twin_doc", "twin_start", "home", "score", "docs", "support"),
            bytes=col.before.bin.size().cast(pl.Int64),
            chars=col.before.cast(pl.String).str.len_chars().cast(pl.Int64),
        )
        .sort("doc", "start", "rule", "bytes")
        .collect()
    )


def repairs_of(ledger: pl.LazyFrame) -> pl.DataFrame:
    """What was repaired, in order: doc, start, rule, bytes (of difference), damage."""
    names = col.rule.str.split("+")
    return (
        ledger.filter(col.layer == "repair")
        .select(
            *("doc", "start", "rule"),
            bytes=col.after.bin.size().cast(pl.Int64) - col.before.bin.size().cast(pl.Int64),
            damage=names.list.set_difference(list(NORMALISATIONS)).list.len() > 0,
        )
        .sort("doc", "start", "rule", "bytes")
        .collect()
    )


def documents_of(fates: pl.LazyFrame, removals: pl.DataFrame, repairs: pl.DataFrame) -> pl.DataFrame:
    """A row for each document: its fate, its sizes, what was removed (chars, bytes, segments) and repaired (edits).

    `size` is in characters and `length` in bytes, both after repair, where removal begins.
    """
    removed = removals.group_by("doc").agg(removed=col.chars.sum(), removed_bytes=col.bytes.sum(), segments=pl.len())
    mended = repairs.group_by("doc").agg(repairs=pl.len(), grown=col.bytes.sum())
    numbers = ("raw_bytes", "chars_in", "chars_out", "removed", "removed_bytes", "segments", "repairs", "grown")
    return (
        fates.select(
            *("doc", "doc_id", "source", "group", "fate", "raw_bytes", "chars_in", "chars_out"), null=col.raw_sha256.is_null()
        )
        .collect()
        .join(removed, on="doc", how="left")
        .join(mended, on="doc", how="left")
        .with_columns(col.group.fill_null(""), col(numbers).cast(pl.Int64).fill_null(0))
        .with_columns(size=col.chars_out + col.removed, length=col.raw_bytes + col.grown)
        .with_columns(share=share(col.removed, col.size))
        .sort("doc")
    )


def sums_of_groups(documents: pl.DataFrame) -> pl.DataFrame:
    """A row for each site: documents, copies, chars_in, chars_removed, chars_out, size; in no order."""
    return documents.group_by("group").agg(
        documents=pl.len().cast(pl.Int64),
        copies=(col.fate != "kept").sum().cast(pl.Int64),
        chars_in=col.chars_in.sum(),
        chars_removed=col.removed.sum(),
        chars_out=col.chars_out.sum(),
        size=col("size").sum(),
    )


def with_shares(groups: pl.DataFrame) -> pl.DataFrame:
    """The share that was removed of each site, in place of its size. Takes `sums_of_groups`."""
    return groups.with_columns(share=share(col.chars_removed, col.size)).drop("size")


def stays_of(kept: pl.LazyFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """What repeats and was kept, in order, with the id of its document."""
    stays = kept.collect().join(documents.select("doc", "doc_id"), on="doc", how="left")
    return stays.sort("cluster", "reason", "doc", "start", "end")
