"""What waits between the acts of a run: tables on the shelf, under the block, the part or the key that asks for them.

A block is the documents of one batch. Of each document only some forty bytes and its id are held here; everything else
is on the shelf:

    by block     about, repairs; published texts, removals, kept places; fates
    by site      repaired texts, for parts are whole sites
    by part      survivors; what later runs may know
    by key       where survivors of different parts may meet (across.MEETINGS), a part of all keys under each number
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import polars as pl

from clean import pipeline
from clean.config import Config
from clean.schema import ABOUT, FATES, KEPT, REMOVALS, REPAIRS, SURVIVORS, TEXTS, Schema, empty
from clean.stages.across import MEETINGS
from clean.stages.known import LEARNED, merge
from clean.stages.parts import SIZES, parts, shelf_of
from clean.stages.preference import ranks
from clean.store.shelf import Shelf

MENDED: Schema = {"doc": pl.UInt32, "group": pl.String, "text": pl.String}
PLACES: Schema = {"doc": pl.UInt32, **KEPT}  # by document: the shelf gives tables back in the order of their first column
SLOTS = 64  # that keys are divided into


class Block(NamedTuple):
    """All that waits for a block to be written."""

    about: pl.DataFrame  # schema.ABOUT
    repairs: pl.DataFrame  # schema.REPAIRS
    texts: pl.DataFrame  # schema.TEXTS, published
    removals: pl.DataFrame  # schema.REMOVALS


class Waiting:
    """The tables of one run, on a shelf. Safe to use from several threads once everything is read."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._starts: list[int] = []  # first document of each block
        self._names: list[pl.Series] = [pl.Series([], dtype=pl.String)]
        self._sizes: list[pl.DataFrame] = [empty(SIZES)]
        self._placed = pl.DataFrame(schema={"doc": pl.UInt32, "part": pl.UInt32})

    @property
    def blocks(self) -> range:
        """The numbers of the blocks."""
        return range(len(self._starts))

    # ------------------------------------------------------------ what is read

    def put_mended(self, block: int, mended: pipeline.Mended) -> pipeline.Mended:
        """Put a batch's tables away; what is left of it is for `enter`."""
        self._shelf.put("about", block, mended.about)
        self._shelf.put("repairs", block, mended.repairs)
        for shelf, piece in _split(mended.texts, shelf_of(mended.sizes["site"])):
            self._shelf.put(f"repaired on {shelf}", block, piece)
        return pipeline.Mended(mended.about.select("doc_id"), empty(MENDED), empty(REPAIRS), mended.sizes)

    def enter(self, mended: pipeline.Mended) -> int:
        """Take note of the documents of the next block; how many they are."""
        self._starts.append(int(mended.sizes["doc"][0]))
        self._names.append(mended.about["doc_id"])
        self._sizes.append(mended.sizes)
        return len(mended.sizes)

    def names(self) -> pl.Series:
        """The doc_id of each document, by its ordinal."""
        self._names = [pl.concat(self._names)]
        return self._names[0]

    def sizes(self) -> pl.DataFrame:
        """parts.SIZES of all documents."""
        self._sizes = [pl.concat(self._sizes)]
        return self._sizes[0]

    # ------------------------------------------------------------ parts

    def place(self) -> int:
        """Decide what falls into which part; how many parts there are."""
        self._placed = parts(self.sizes())
        return self._placed["part"].n_unique()

    def parts(self, config: Config) -> Iterator[tuple[int, pl.DataFrame]]:
        """The number and the repaired texts of each part, with their ranks."""
        ranked = ranks(self.sizes(), config)
        for number, here in enumerate(self._placed.partition_by("part", maintain_order=True)):
            texts = pl.concat(self._repaired_by(here["doc"])).sort("doc")
            yield number, texts.join(ranked, on="doc", maintain_order="left")

    def put_piece(self, number: int, piece: pipeline.Piece, meetings: dict[str, pl.DataFrame]) -> None:
        """Put away what came of a part, but for its copies."""
        kept = piece.kept.select(list(PLACES))
        for table, rows in (("published", piece.texts), ("removals", piece.removals), ("kept", kept)):
            for block, here in _split(rows, self._block(rows["doc"])):
                self._shelf.put(table, block, here)
        for kind, met in meetings.items():
            for slot, here in _split(met, met.to_series(0).hash() % SLOTS):
                self._shelf.put(kind, slot, here)
        self._shelf.put("survivors", number, piece.survivors)
        self._shelf.put("learned", number, piece.learned)

    def learned(self) -> pl.DataFrame:
        """stages.known.LEARNED of all parts, merged; once."""
        numbers = range(self._placed["part"].n_unique())
        return merge(pl.concat([empty(LEARNED), *(self._shelf.take("learned", number, LEARNED) for number in numbers)]))

    # ------------------------------------------------------------ documents, by ordinal: pipeline.Survivors

    def met(self, kind: str) -> Iterable[pl.DataFrame]:
        """across.MEETINGS of a kind, in tables that have all rows of each key; once."""
        return (self._shelf.take(kind, slot, MEETINGS[kind]) for slot in range(SLOTS))

    def known(self, docs: pl.Series) -> pl.DataFrame:
        """schema.SURVIVORS of some documents."""
        numbers = self._placed.join(docs.to_frame("doc"), on="doc", how="semi")["part"].unique().sort()
        found = (self._shelf.among("survivors", number, SURVIVORS, docs) for number in numbers)
        return pl.concat([empty(SURVIVORS), *found])

    def texts(self, docs: pl.Series) -> pl.DataFrame:
        """The published schema.TEXTS of some documents."""
        found = (self._shelf.among("published", block, TEXTS, docs) for block in self._block(docs).unique().sort())
        return pl.concat([empty(TEXTS), *found])

    def repaired(self, docs: Sequence[int]) -> pl.DataFrame:
        """doc, text of a few documents as they were before anything was removed."""
        return pl.concat(self._repaired_by(pl.Series(docs, dtype=pl.UInt32))).select("doc", "text")

    def _repaired_by(self, docs: pl.Series) -> list[pl.DataFrame]:
        """doc, group, text of some documents, in pieces."""
        here = self.sizes().join(docs.to_frame("doc"), on="doc", how="semi")
        places = here.select(shelf=shelf_of(here["site"]), block=self._block(here["doc"])).unique().sort("shelf", "block")
        pieces = (self._shelf.among(f"repaired on {shelf}", block, MENDED, docs) for shelf, block in places.iter_rows())
        return [empty(MENDED), *pieces]

    def _block(self, docs: pl.Series) -> pl.Series:
        """The block of each document."""
        return pl.Series(self._starts, dtype=pl.UInt32).search_sorted(docs, side="right") - 1

    # ------------------------------------------------------------ blocks, as they are written

    def about(self, block: int) -> pl.DataFrame:
        """schema.ABOUT of a block, which stays."""
        return self._shelf.look("about", block, ABOUT)

    def take_block(self, block: int) -> Block:
        """What a block is written from; it is not kept any longer."""
        take = self._shelf.take
        texts, removals = take("published", block, TEXTS), take("removals", block, REMOVALS)
        return Block(take("about", block, ABOUT), take("repairs", block, REPAIRS), texts, removals)

    def put_fates(self, block: int, fates: pl.DataFrame) -> None:
        """Put away what became of a block's documents."""
        self._shelf.put("fates", block, fates)

    def fates(self) -> Iterator[pl.DataFrame]:
        """schema.FATES of all documents, block by block; once."""
        return (self._shelf.take("fates", block, FATES) for block in self.blocks)

    def kept(self, copies: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """schema.KEPT of the documents that are no copies, in their order, block by block; once."""
        for block in self.blocks:
            yield pipeline.without(self._shelf.take("kept", block, PLACES), copies).select(list(KEPT))


def _split(table: pl.DataFrame, keys: pl.Series) -> Iterator[tuple[int, pl.DataFrame]]:
    """The rows of each key, in their order."""
    if table.is_empty():
        return
    if keys.n_unique() == 1:
        yield int(keys[0]), table
        return
    keyed = table.with_columns(keys.alias("__key"))
    for (key,), piece in keyed.partition_by("__key", maintain_order=True, include_key=False, as_dict=True).items():
        yield int(key), piece
