"""Blocks on their way out: written together as one shard, read back, and undone, before they are published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from clean.errors import IntegrityError
from clean.stages.replay import replay
from clean.store import writing

# Of edits in a volume: where nearly all documents are copies, hardly any text is published, and all of it is on record.
LEDGER_BYTES = 128 << 20


@dataclass(frozen=True)
class Concluded:
    """A block to its end."""

    shard: pl.DataFrame  # writing.SHARD of the documents that stay
    ledger: pl.DataFrame  # schema.LEDGER
    fates: pl.DataFrame  # schema.FATES


@dataclass(frozen=True)
class Volume:
    """Consecutive blocks that make one shard of the data and one file of the ledger."""

    number: int
    concluded: Concluded
    shard: writing.Shard | None  # None: no data are wanted

    def write(self) -> None:
        """Write the data and read them back. Raises IntegrityError when a document does not come back from them."""
        texts = self.concluded.shard.select("doc", "text")
        if self.shard is not None:
            self.shard.write(self.concluded.shard)
            texts = texts.with_columns(self.shard.read_back().alias("text"))
        agree(texts, self.concluded.ledger, self.concluded.fates)


def volumes(blocks: Iterable[Concluded], data: writing.Writer | None) -> Iterator[Volume]:
    """The blocks in volumes; where a volume ends follows from what it holds alone. Of no blocks, no volume."""
    held: list[Concluded] = []
    number = rows = size = edits = 0
    for block in blocks:
        held.append(block)
        rows += len(block.shard)
        size += int(block.shard["text"].str.len_bytes().sum())
        edits += int(block.ledger["before"].bin.size().sum())
        if writing.is_full(rows, size) or edits >= LEDGER_BYTES:
            yield _bound(number, held, data)
            number, held = number + 1, []
            rows = size = edits = 0
    if held:
        yield _bound(number, held, data)


def _bound(number: int, held: list[Concluded], data: writing.Writer | None) -> Volume:
    shard, ledger, fates = (pl.concat([getattr(one, name) for one in held]) for name in ("shard", "ledger", "fates"))
    return Volume(number, Concluded(shard, ledger, fates), None if data is None else data.shard(len(shard)))


def agree(published: pl.DataFrame, ledger: pl.DataFrame, fates: pl.DataFrame) -> None:
    """Raise IntegrityError unless the ledger leads from the published texts back to every byte that came in."""
    for _, _, finding in replay(published, ledger, fates):
        if finding is not None:
            raise IntegrityError(f"this run does not undo itself, and was not published: {finding}")
