"""What many units of work have left, put together a piece of each at a time: what was learned, and what was counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import polars as pl

from clean.jobs.acts import LEARNED_BYTES
from clean.schema import FATES, KEPT, LEDGER, Schema, empty
from clean.stages.known import LEARNED, merge_runs
from clean.stages.measure import Clusters, Record, tally
from clean.store.shelf import Crate, Index, Piece, Place, Store, read

# Tables of what was learned that are merged at once, and text of a piece of the outcome.
RUNS_AT_ONCE = 64
PIECE_BYTES = 1 << 20


def gather(store: Store, runs: Sequence[list[Place]], names: pl.Series, sources: pl.DataFrame) -> Learned:
    """What several parts have learned, as one; `runs`: where the pieces of each wait, in their order.

    `names`: every document's id, by its ordinal; `sources` (doc, source): where each begins.
    """
    merged = 0
    while len(runs) > RUNS_AT_ONCE:
        fewer = [runs[start : start + RUNS_AT_ONCE] for start in range(0, len(runs), RUNS_AT_ONCE)]
        runs = [_merged(store, f"learned-{merged + number:06}", some) for number, some in enumerate(fewer)]
        merged += len(runs)
    return Learned(store.put("learned", "", _by_column(merge_runs(map(_pieces, runs)))), names, sources)


def _merged(store: Store, unit: str, runs: Sequence[Sequence[Place]]) -> list[Place]:
    """One run of several."""
    tables = enumerate(_gathered(merge_runs(map(_pieces, runs)), LEARNED_BYTES))
    crate = store.put(unit, "", (("learned", number, rows) for number, rows in tables))
    return [place for _, _, place in crate.places]


class Learned:
    """store.known.Passages of a run, of which a piece is read at a time."""

    def __init__(self, crate: Crate, names: pl.Series, sources: pl.DataFrame) -> None:
        self._columns: dict[str, list[Place]] = {name: [] for name in LEARNED}
        for name, _, place in crate.places:
            self._columns[name].append(place)
        self._names, self._sources = names, sources
        self._rows = sum(len(rows) for rows in self.pieces(["docs"]))

    def __len__(self) -> int:
        """How many passages there are."""
        return self._rows

    def pieces(self, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """Some columns of schema.KNOWN."""
        found = {"source": self._source, "doc_id": self._doc_id}
        for number in range(len(self._columns["doc"])):
            yield pl.DataFrame([found[name](number) if name in found else self._column(name, number) for name in columns])

    def _column(self, name: str, number: int) -> pl.Series:
        return read(self._columns[name][number])[name]

    def _source(self, number: int) -> pl.Series:
        first = self._sources["doc"].search_sorted(self._column("doc", number), side="right") - 1
        return self._sources["source"].gather(first)

    def _doc_id(self, number: int) -> pl.Series:
        return self._names.gather(self._column("doc", number))


def _pieces(places: Iterable[Place]) -> Iterator[pl.DataFrame]:
    return map(read, places)


def _gathered(tables: Iterable[pl.DataFrame], size: int) -> Iterator[pl.DataFrame]:
    """The same rows in tables of about so many bytes of text."""
    held: list[pl.DataFrame] = []
    waiting = 0
    for table in tables:
        held.append(table)
        waiting += int(table["text"].str.len_bytes().sum())
        if waiting >= size:
            yield pl.concat(held)
            held, waiting = [], 0
    if held:
        yield pl.concat(held)


def _by_column(tables: Iterable[pl.DataFrame]) -> Iterator[Piece]:
    for number, table in enumerate(_gathered(tables, PIECE_BYTES)):
        for name in table.columns:
            yield name, number, table.select(name)


class Counted:
    """measure.Counted of a run, whose tallies wait."""

    def __init__(self, index: Index, slots: int) -> None:
        self._index, self._slots = index, slots

    def tally(self, name: str) -> pl.DataFrame:
        """A tally of each volume, in the order of its first column, and of the volumes."""
        return self._take(name, 0)

    def slots(self) -> Iterator[Clusters]:
        """Those that have a row for each cluster, a slot at a time."""
        for slot in range(self._slots):
            yield Clusters(*(self._take(name, slot) for name in Clusters._fields))

    def _take(self, name: str, slot: int) -> pl.DataFrame:
        return self._index.take(tally_of(name), slot, _tallies()[name])


def tally_of(name: str) -> str:
    """The table of one of measure's tallies."""
    return f"tally of {name}"


@cache
def _tallies() -> dict[str, Schema]:
    nothing = tally(Record(empty(LEDGER), empty(FATES), empty(KEPT)))
    return {name: dict(rows.schema) for name, rows in nothing.items()}
