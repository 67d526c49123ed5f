"""Tallies: the small tables that facts are made of, so that a record of any length is counted piece by piece.

A tally says what a piece gives (`of`) and how what several pieces gave becomes one (`fold`), under one law: folding the
tallies of two pieces, laid one under the other, gives the tally of both pieces at once. Pieces come in the order of their
documents, each with all that is recorded of them.

Most tallies stay small. Those that have a row for each cluster grow with the corpus, so they are folded a slot of clusters at a
time, and of each slot again only tallies are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import polars as pl

from clean.stages.measure.tables import Recorded, documents_of, removals_of, repairs_of, stays_of

Fold = Callable[[pl.DataFrame], pl.DataFrame]

SLOT_ROWS = 1 << 16  # of clusters that are folded at once


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


class Clusters(NamedTuple):
    """What is recorded of some clusters: the tallies that have a row for each of them, folded."""

    clusters: pl.DataFrame
    decisions: pl.DataFrame
    repeats: pl.DataFrame


class Tally(NamedTuple):
    """A table: of a piece, which is Rows or Clusters, and of several such tables, the earlier piece's above the later's."""

    of: Callable[[Any], pl.DataFrame]
    fold: Fold


class Counted(Protocol):
    """The tallies of all pieces of a record, wherever they wait."""

    def tally(self, name: str) -> pl.DataFrame:
        """A tally of each piece, one under the other in the order of the pieces; not one of Clusters."""

    def slots(self) -> Iterable[Clusters]:
        """The same of Clusters, not folded yet, in tables that have all rows of each cluster; at least once."""


class Held:
    """The tallies of some pieces, of which there is at least one, all at hand."""

    def __init__(self, pieces: Iterable[Mapping[str, pl.DataFrame]]) -> None:
        self._pieces = list(pieces)
        rows = sum(len(piece[name]) for piece in self._pieces for name in Clusters._fields)
        self._slots = 1 + rows // SLOT_ROWS

    def tally(self, name: str) -> pl.DataFrame:
        """A tally of each piece, one under the other."""
        return pl.concat([piece[name] for piece in self._pieces])

    def slots(self) -> Iterator[Clusters]:
        """As many as there are rows for: to fold them takes several times what they take."""
        for slot in range(self._slots):
            here = pl.col("cluster").hash() % self._slots == slot
            yield Clusters(*(pl.concat([piece[name].filter(here) for piece in self._pieces]) for name in Clusters._fields))


def tallied(tallies: Mapping[str, Tally], pieces: Iterable[Any]) -> dict[str, pl.DataFrame]:
    """Each tally of all pieces, of which there is at least one."""
    whole: dict[str, pl.DataFrame] = {}
    for piece in pieces:
        for name, tally in tallies.items():
            here = tally.fold(tally.of(piece))
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
