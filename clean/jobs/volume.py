"""The third unit of work of a run (acts has the others): consecutive blocks, written together as one shard of the data and one
file of the ledger, read back, and undone, before they are published; and counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import polars as pl

from clean import pipeline
from clean.config import Config
from clean.errors import IntegrityError
from clean.jobs.acts import LINES, PLACES, split
from clean.jobs.gathering import tally_of
from clean.jobs.waiting import Block
from clean.schema import ABOUT, FATES, KEPT, REMOVALS, REPAIRS, TEXTS
from clean.stages.measure import Clusters, Record, tally
from clean.stages.replay import replay
from clean.store import finished, writing
from clean.store.formats.corpus import Origin
from clean.store.shelf import Crate, Piece, Store, joined

# Of text as it came, in a volume: where nearly all documents are copies, hardly any is published, and all of it is on record.
READ_BYTES = 128 << 20


class Volume(NamedTuple):
    """What a volume is made of."""

    number: int
    blocks: list[Block]
    shard: writing.Shard | None  # None: no data are wanted


class Concluded(NamedTuple):
    """Documents to their end."""

    shard: pl.DataFrame  # writing.SHARD of those that stay
    ledger: pl.DataFrame  # schema.LEDGER
    fates: pl.DataFrame  # schema.FATES
    kept: pl.DataFrame  # schema.KEPT


@dataclass(frozen=True)
class Write:
    """Write a volume into `folder`. `copies`: all schema.COPIES; `names`: every document's id, by its ordinal; `as_lines`:
    whether the published records are wanted as lines, too; `slots`: number of slots of clusters that the volume's tallies are
    divided into, 0: nothing is counted here."""

    store: Store
    folder: Path
    origin: Origin
    copies: pl.DataFrame
    names: pl.Series
    config: Config
    as_lines: bool
    slots: int

    def __call__(self, volume: Volume) -> Crate:
        """Tables "fates" and, where they are wanted, "lines" (LINES) and those of `tally_of`. Raises IntegrityError when a
        document does not come back from what was written."""
        blocks = [self._concluded(block) for block in volume.blocks]
        shard, ledger, fates, kept = (pl.concat(tables) for tables in zip(*blocks, strict=True))
        texts = shard.select("doc", "text")
        if volume.shard is not None:
            texts = texts.with_columns(volume.shard.write(shard).alias("text"))
        agree(texts, ledger, fates)
        finished.write_ledger(self.folder, volume.number, int(fates["doc"][0]), ledger)
        tallies = self._tallies(Record(ledger, fates, kept)) if self.slots else ()
        pieces = chain(self._pieces(volume.number, shard, fates), tallies)
        return self.store.put(f"volume-{volume.number:06}", "", pieces)

    def _concluded(self, block: Block) -> Concluded:
        about, repairs = joined(block.about, ABOUT), joined(block.repairs, REPAIRS)
        texts, removals = joined(block.texts, TEXTS), joined(block.removals, REMOVALS)
        texts, ledger, fates = pipeline.conclude(about, repairs, texts, removals, self.copies, self.names)
        gone = pipeline.without(about, texts)
        metas = writing.metas(self.origin, gone, self.config)
        fates = fates.drop("meta").join(metas, on="doc", how="left", maintain_order="left")
        shard = pipeline.without(about, self.copies).join(texts, on="doc", how="left", maintain_order="left")
        kept = pipeline.without(joined(block.kept, PLACES), self.copies)
        return Concluded(shard.select(list(writing.SHARD)), ledger, fates.select(list(FATES)), kept.select(list(KEPT)))

    def _pieces(self, number: int, shard: pl.DataFrame, fates: pl.DataFrame) -> Iterator[Piece]:
        yield "fates", number, fates
        if self.as_lines:
            lines = list(writing.lines(self.origin, shard, self.config))
            yield "lines", number, pl.DataFrame({"number": range(len(lines)), "line": lines}, schema=LINES)

    def _tallies(self, record: Record) -> Iterator[Piece]:
        """By slot those that have a row for each cluster, the others together."""
        for name, rows in tally(record).items():
            slots = split(rows, rows["cluster"].hash() % self.slots) if name in Clusters._fields else [(0, rows)]
            for slot, here in slots:
                yield tally_of(name), slot, here


def volumes(published: pl.DataFrame) -> Iterator[range]:
    """The blocks of each volume; where one ends follows from what was `published` (Waiting.published) alone."""
    first = documents = size = read = 0
    for number, (here, bytes, taken) in enumerate(published.select("documents", "bytes", "read").iter_rows()):
        documents, size, read = documents + here, size + bytes, read + taken
        if writing.is_full(documents, size) or read >= READ_BYTES or number == len(published) - 1:
            yield range(first, number + 1)
            first, documents, size, read = number + 1, 0, 0, 0


def agree(published: pl.DataFrame, ledger: pl.DataFrame, fates: pl.DataFrame) -> None:
    """Raise IntegrityError unless the ledger leads from the published texts back to every byte that came in."""
    for _, _, finding in replay(published, ledger, fates):
        if finding is not None:
            raise IntegrityError(f"this run does not undo itself, and was not published: {finding}")
