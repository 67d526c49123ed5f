"""Tallies: the small tables that facts are made of, so that a record of any length is counted piece by piece.

A tally says what a piece gives (`of`) and how what several pieces gave becomes one (`fold`), under one law: folding the
tallies of two pieces, laid one under the other, gives the tally of both pieces at once. Pieces come in the order of their
documents, each with all that is recorded of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from clean.stages.measure.tables import Recorded, documents_of, removals_of, repairs_of, stays_of

Fold = Callable[[pl.DataFrame], pl.DataFrame]


class Rows(NamedTuple):
    """What is recorded of the documents of a piece, without their texts; `tables` says how."""

    documents: pl.DataFrame
    removals: pl.DataFrame
    repairs: pl.DataFrame
    stays: pl.DataFrame


def rows_of(record: Recorded) -> Rows:
    """What is recorded in a piece, read and without its texts."""
    ledger = record.ledger.lazy()
    removals, repairs = removals_of(ledger), repairs_of(ledger)
    documents = documents_of(record.fates.lazy(), removals, repairs)
    return Rows(documents, removals, repairs, stays_of(record.kept.lazy(), documents))


class Tally(NamedTuple):
    """A small table: of the rows of a piece, and of several such tables, the earlier piece's above the later's."""

    of: Callable[[Rows], pl.DataFrame]
    fold: Fold


def tallied(tallies: Mapping[str, Tally], pieces: Iterable[Rows]) -> dict[str, pl.DataFrame]:
    """Each tally of all pieces, of which there is at least one."""
    whole: dict[str, pl.DataFrame] = {}
    for rows in pieces:
        for name, tally in tallies.items():
            here = tally.fold(tally.of(rows))
            whole[name] = tally.fold(pl.concat([whole[name], here])) if name in whole else here
    return whole


def summed(*by: str) -> Fold:
    """Numbers, added up for each of some keys; in no order."""
    return lambda rows: rows.group_by(by).agg(pl.exclude(*by).sum()) if by else rows.sum()


def first(count: int, order: Sequence[pl.Expr | str], descending: bool | Sequence[bool] = False) -> Fold:
    """So many rows, the first in an order."""
    return lambda rows: rows.sort(order, descending=descending, maintain_order=True).head(count)


def ones(rows: pl.Expr) -> pl.Expr:
    """How many rows hold, as a number that can be added up for ever."""
    return rows.sum().cast(pl.Int64)
