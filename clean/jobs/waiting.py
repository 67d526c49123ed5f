"""What waits between the acts of a run: which documents there are, and where their tables lie (acts.TABLES).

A block is the documents of one batch. Of each document only some fifty bytes and its id are held here; everything else
waits in the crates of a store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import polars as pl

from clean import pipeline
from clean.config import Config
from clean.jobs.acts import ENTERED, MENDED, SLOTS, TABLES, Part, block_of, repaired_in
from clean.jobs.gathering import Counted, Learned, gather
from clean.schema import KEPT, SURVIVORS, TEXTS, empty
from clean.stages.across import MEETINGS
from clean.stages.parts import SIZES, partition_of, parts
from clean.stages.preference import ranks
from clean.store.shelf import Crate, Index, Place, Store, among, digest_of, joined

# Of meetings that are looked at together, packed.
MET_BYTES = 4 << 20


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
        """Digest of all that was read. It says something only where the store outlasts the run."""
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
        """Each part; the largest first, so that workers are done at about the same time."""
        ranked = ranks(self._sizes(), config)
        placed = self._placed.join(self._sizes().select("doc", "bytes"), on="doc", maintain_order="left")
        for here in sorted(placed.partition_by("part"), key=lambda here: (-here["bytes"].sum(), here["part"][0])):
            ranks_here = here.select("doc").join(ranked, on="doc", maintain_order="left")
            yield Part(here["part"][0], ranks_here, self._repaired(here["doc"]))

    def of_parts(self, table: str) -> Iterator[pl.DataFrame]:
        """A table of acts.Clean, part by part; once."""
        yield empty(TABLES[table])
        for number in range(self._placed["part"].n_unique()):
            yield self._index.take(table, number, TABLES[table])

    def learned(self) -> Learned:
        """What all parts have learned, merged; once, and after `fates`."""
        runs = [self._index.hand_over("learned", number) for number in range(self._placed["part"].n_unique())]
        return gather(self._store, runs, self.names(), pl.concat(self._sources))

    # ------------------------------------------------------------ documents, by ordinal: pipeline.Survivors

    def met(self, kind: str) -> Iterator[pl.DataFrame]:
        """across.MEETINGS of a kind, in tables that have all rows of each key; once."""
        held: list[Place] = []
        for slot in range(SLOTS):
            held += self._index.hand_over(kind, slot)
            if sum(map(len, held)) >= MET_BYTES or slot == SLOTS - 1:
                yield joined(held, MEETINGS[kind])
                held = []

    def described(self, docs: pl.Series) -> pl.DataFrame:
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
        keys = (
            here.select(partition=partition_of(here["site"]), block=block_of(self.starts, here["doc"]))
            .unique()
            .sort("partition", "block")
        )
        return [place for partition, block in keys.iter_rows() for place in self._index.places(repaired_in(partition), block)]

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
