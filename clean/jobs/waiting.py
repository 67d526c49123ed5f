"""What waits between the acts of a run: which documents there are, and where their tables lie (acts.TABLES).

A block is the documents of one batch. Of each document only some fifty bytes and its id are held here; everything else
waits in the crates of a store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

import polars as pl

from clean import pipeline
from clean.config import Config
from clean.jobs.acts import ENTERED, LEARNED_BYTES, MENDED, SLOTS, TABLES, Part, block_of, repaired_on
from clean.schema import FATES, KEPT, LEDGER, SURVIVORS, TEXTS, Schema, empty
from clean.stages.across import MEETINGS
from clean.stages.known import LEARNED, merge_runs
from clean.stages.measure import Clusters, Record, tally
from clean.stages.parts import SIZES, parts, shelf_of
from clean.stages.preference import ranks
from clean.store.shelf import Crate, Index, Piece, Place, Store, among, digest_of, joined, read

# Of meetings that are looked at together, packed.
MET_BYTES = 4 << 20
# Tables of what was learned that are merged at once, and text of a piece of the outcome.
RUNS_AT_ONCE = 64
PIECE_BYTES = 1 << 20


class Block(NamedTuple):
    """Where all lies that a block is written from."""

    about: list[Place]  # schema.ABOUT
    repairs: list[Place]  # schema.REPAIRS
    texts: list[Place]  # schema.TEXTS, published
    removals: list[Place]  # schema.REMOVALS
    kept: list[Place]  # acts.PLACES


class Waiting:
    """The tables of one run."""

    def __init__(self, store: Store) -> None:
        self._store, self._index = store, Index(store)
        self._starts: list[int] = []  # first document of each block
        self._documents: list[pl.DataFrame] = [empty(ENTERED)]
        self._placed = pl.DataFrame(schema={"doc": pl.UInt32, "part": pl.UInt32})
        self._sources = [pl.DataFrame(schema={"doc": pl.UInt32, "source": pl.String})]  # where each begins
        self._read_digest = ""
        self.resumed = 0  # units of work that were found done

    @property
    def blocks(self) -> range:
        """The numbers of the blocks."""
        return range(len(self._starts))

    @property
    def starts(self) -> pl.Series:
        """The first document of each block."""
        return pl.Series(self._starts, dtype=pl.UInt32)

    @property
    def read_digest(self) -> str:
        """What tells all that was read from anything else; where the store is a lasting one."""
        return self._read_digest

    # ------------------------------------------------------------ what is read

    def enter_block(self, crate: Crate) -> int:
        """Take note of the next block, by the crate that acts.Mend made of it; how many documents it has."""
        self.enter(crate)
        entered = self._index.take("entered", len(self._starts), ENTERED)
        self._starts.append(int(entered["doc"][0]))
        self._documents.append(entered)
        self._read_digest = digest_of(self._read_digest, crate.digest)
        return len(entered)

    def enter(self, crate: Crate) -> None:
        """Take note of what a unit of work has put away."""
        self._index.enter(crate)
        self.resumed += crate.found

    def names(self) -> pl.Series:
        """The doc_id of each document, by its ordinal."""
        return self._entered()["doc_id"]

    def _entered(self) -> pl.DataFrame:
        self._documents = [pl.concat(self._documents)]
        return self._documents[0]

    def _sizes(self) -> pl.DataFrame:
        """parts.SIZES of all documents."""
        return self._entered().select(list(SIZES))

    # ------------------------------------------------------------ parts

    def place(self) -> int:
        """Decide what falls into which part; how many parts there are."""
        self._placed = parts(self._sizes())
        return self._placed["part"].n_unique()

    def parts(self, config: Config) -> Iterator[Part]:
        """Each part."""
        ranked = ranks(self._sizes(), config)
        for number, here in enumerate(self._placed.partition_by("part", maintain_order=True)):
            yield Part(number, here.select("doc").join(ranked, on="doc", maintain_order="left"), self._repaired(here["doc"]))

    def of_parts(self, table: str) -> Iterator[pl.DataFrame]:
        """A table of acts.Clean, part by part; once."""
        yield empty(TABLES[table])
        for number in range(self._placed["part"].n_unique()):
            yield self._index.take(table, number, TABLES[table])

    def learned(self) -> Learned:
        """What all parts have learned, merged; once, and after `fates`."""
        runs = [self._index.hand_over("learned", number) for number in range(self._placed["part"].n_unique())]
        merged = 0
        while len(runs) > RUNS_AT_ONCE:
            fewer = [runs[start : start + RUNS_AT_ONCE] for start in range(0, len(runs), RUNS_AT_ONCE)]
            runs = [self._merged(f"learned-{merged + number:06}", some) for number, some in enumerate(fewer)]
            merged += len(runs)
        columns = self._store.put("learned", "", _by_column(merge_runs(map(_pieces, runs))))
        return Learned(columns, self.names(), pl.concat(self._sources))

    def _merged(self, unit: str, runs: Sequence[Sequence[Place]]) -> list[Place]:
        """One run of several."""
        tables = enumerate(_gathered(merge_runs(map(_pieces, runs)), LEARNED_BYTES))
        crate = self._store.put(unit, "", (("learned", number, rows) for number, rows in tables))
        return [place for _, _, place in crate.places]

    # ------------------------------------------------------------ documents, by ordinal: pipeline.Survivors

    def met(self, kind: str) -> Iterator[pl.DataFrame]:
        """across.MEETINGS of a kind, in tables that have all rows of each key; once."""
        held: list[Place] = []
        for slot in range(SLOTS):
            held += self._index.hand_over(kind, slot)
            if sum(map(len, held)) >= MET_BYTES or slot == SLOTS - 1:
                yield joined(held, MEETINGS[kind])
                held = []

    def known(self, docs: pl.Series) -> pl.DataFrame:
        """schema.SURVIVORS of some documents."""
        numbers = self._placed.join(docs.to_frame("doc"), on="doc", how="semi")["part"].unique().sort()
        return among(self._places("survivors", numbers), SURVIVORS, docs)

    def texts(self, docs: pl.Series) -> pl.DataFrame:
        """The published schema.TEXTS of some documents."""
        return among(self._places("published", block_of(self.starts, docs).unique().sort()), TEXTS, docs)

    def repaired(self, docs: Sequence[int]) -> pl.DataFrame:
        """doc, text of a few documents as they were before anything was removed."""
        wanted = pl.Series(docs, dtype=pl.UInt32)
        return among(self._repaired(wanted), MENDED, wanted).select("doc", "text")

    def _repaired(self, docs: pl.Series) -> list[Place]:
        """Where acts.MENDED of some documents are, among those of others."""
        here = self._sizes().join(docs.to_frame("doc"), on="doc", how="semi")
        keys = here.select(shelf=shelf_of(here["site"]), block=block_of(self.starts, here["doc"])).unique().sort("shelf", "block")
        return [place for shelf, block in keys.iter_rows() for place in self._index.places(repaired_on(shelf), block)]

    def _places(self, table: str, keys: Iterable[int]) -> list[Place]:
        return [place for key in keys for place in self._index.places(table, key)]

    # ------------------------------------------------------------ blocks, as they are written

    def about(self, block: int) -> pl.DataFrame:
        """schema.ABOUT of a block, which stays."""
        return self._index.look("about", block, TABLES["about"])

    def published(self, copies: pl.DataFrame) -> pl.DataFrame:
        """Of each block (`block`): `documents` and `bytes` of text that are published when `copies` are not, and the bytes of
        text that were `read`; once."""
        sizes = self._entered().select("doc", read="bytes")
        sizes = sizes.join(pl.concat(self.of_parts("sizes")), on="doc", how="left", maintain_order="left")
        stays = ~pl.col("doc").is_in(copies["doc"].implode())
        by_block = sizes.group_by(block=block_of(self.starts, sizes["doc"]), maintain_order=True)
        return by_block.agg(documents=stays.sum(), bytes=pl.col("bytes").filter(stays).sum(), read=pl.col("read").sum())

    def hand_over(self, block: int) -> Block:
        """What a block is written from; it is not kept any longer than it is needed."""
        hand, kept = self._index.hand_over, self._index.places("kept", block)
        return Block(hand("about", block), hand("repairs", block), hand("published", block), hand("removals", block), kept)

    def take(self, table: str, key: int) -> pl.DataFrame:
        """A piece of one of acts.TABLES; once."""
        return self._index.take(table, key, TABLES[table])

    def kept(self, copies: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """schema.KEPT of the documents that are no copies, in their order, block by block; once."""
        for block in self.blocks:
            yield pipeline.without(self.take("kept", block), copies).select(list(KEPT))

    # ------------------------------------------------------------ volumes, as they were written

    def fates(self, volumes: int) -> Iterator[pl.DataFrame]:
        """schema.FATES of so many volumes, in order; once."""
        for number in range(volumes):
            fates = self.take("fates", number)
            begins = pl.col("source").ne_missing(pl.col("source").shift()) | (pl.int_range(pl.len()) == 0)
            self._sources.append(fates.filter(begins).select("doc", "source"))
            yield fates

    def counted(self, slots: int) -> Counted:
        """What volume.Write has counted, of clusters in so many slots; each table once."""
        return Counted(self._index, slots)


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
