"""The units of work of a run: each takes little, finds its tables where they wait, and leaves a crate of others.

    Load    a portion of the input  -> records, where workers are elsewhere and read what they mend
    Mend    a batch of records      -> what is known of them, their repairs and repaired texts
    Clean   a part, whole sites     -> published texts, removals, copies, survivors, what was learned
    (the third, volume.Write: consecutive blocks -> a shard of the data and a file of the ledger)

None knows of another, and each may be pickled: they run side by side, elsewhere, or twice. Where crates outlive the process,
a unit whose crate is there already, made from the same by the same settings and versions, is not done again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

import polars as pl

from clean import pipeline
from clean.config import Config
from clean.engines.base import Engine
from clean.schema import ABOUT, COPIES, DOCUMENTS, FATES, KEPT, LIKENESS, REMOVALS, REPAIRS, SURVIVORS, TEXTS, Schema
from clean.stages.across import MEETINGS
from clean.stages.known import LEARNED
from clean.stages.parts import SIZES, partition_of
from clean.store.batching import Told, documents_of, read_sources
from clean.store.reading import Portion
from clean.store.shelf import Crate, Piece, Place, Store, among, digest_of, joined

SLOTS = 64  # that the keys by which survivors meet are divided into, and the clusters that are counted
LEARNED_BYTES = 1 << 18  # of text, in a piece of what a part teaches: a piece of each of many parts is held at once

# What the acts leave for later ones. Of Mend, keyed by block; MENDED by partition of sites (see `repaired_in`) and block.
MENDED: Schema = {"doc": pl.UInt32, "group": pl.String, "text": pl.String}
ENTERED: Schema = {**SIZES, "doc_id": pl.String}
# Of Clean. Keyed by part: copies, likeness, survivors, sizes, learned (in several pieces). Keyed by block: published, removals,
# kept. Keyed by slot: MEETINGS.
PUBLISHED_SIZES: Schema = {"doc": pl.UInt32, "bytes": pl.UInt64}
PLACES: Schema = {"doc": pl.UInt32, **KEPT}  # by document: a key's pieces come back in the order of their first column
# Of volume.Write, keyed by volume.
LINES: Schema = {"number": pl.UInt32, "line": pl.Binary}  # the published records, in their order

TABLES: dict[str, Schema] = {
    "entered": ENTERED,
    "about": ABOUT,
    "repairs": REPAIRS,
    "published": TEXTS,
    "sizes": PUBLISHED_SIZES,
    "removals": REMOVALS,
    "kept": PLACES,
    "copies": COPIES,
    "likeness": LIKENESS,
    "survivors": SURVIVORS,
    "learned": LEARNED,
    **MEETINGS,
    "fates": FATES,
    "lines": LINES,
}


def repaired_in(partition: int) -> str:
    """The table of the repaired texts of the sites of a partition (parts.partition_of), MENDED."""
    return f"repaired in {partition}"


class Batch(NamedTuple):
    """Consecutive documents, as they came."""

    block: int
    first: int  # the first one's number
    documents: pl.DataFrame | list[Place]  # schema.DOCUMENTS, or where pieces of it are, each numbered from 0

    def read(self) -> pl.DataFrame:
        """schema.DOCUMENTS."""
        if isinstance(self.documents, pl.DataFrame):
            return self.documents
        pieces = pl.concat([joined([place], DOCUMENTS) for place in self.documents])
        return pieces.with_columns(doc=pl.int_range(self.first, self.first + pl.len(), dtype=pl.UInt32))


class Part(NamedTuple):
    """Documents that are judged together."""

    number: int
    ranks: pl.DataFrame  # preference.RANKS
    places: list[Place]  # where their MENDED are, among those of others


@dataclass(frozen=True)
class Unit:
    """What all units of work need. `made_by`: settings, versions, and whatever else all results depend on."""

    engine: Engine
    store: Store
    made_by: str

    def once(self, unit: str, made_of: Sequence[str | pl.DataFrame], pieces: Iterator[Piece]) -> Crate:
        """The unit's crate: the one that was there already, made of the same, or else a new one of `pieces`."""
        digest = digest_of(self.made_by, *made_of) if self.store.lasting else ""
        return self.store.find(unit, digest) or self.store.put(unit, digest, pieces)


@dataclass(frozen=True)
class Load:
    """Read a portion of the input, where a run has workers elsewhere; they read what they mend."""

    store: Store
    config: Config

    def __call__(self, portion: Portion) -> list[tuple[Told, Place]]:
        """Of each batch, what is told of it, and where its DOCUMENTS are, numbered from 0. Raises InputError as a Reader does."""
        told: list[Told] = []
        crate = self.store.put(f"read-{portion.number:06}", "", self._pieces(portion, told))
        return [(about, place) for about, (_, _, place) in zip(told, crate.places, strict=True)]

    def _pieces(self, portion: Portion, told: list[Told]) -> Iterator[Piece]:
        for file, batch in read_sources(portion.sources, self.config):
            told.append(batch.told(file))
            yield "documents", portion.number, documents_of([batch], 0)


@dataclass(frozen=True)
class Mend(Unit):
    """Repair a batch."""

    def __call__(self, batch: Batch) -> Crate:
        """Tables "entered", "about", "repairs" and those of `repaired_in`."""
        documents = batch.read()
        return self.once(f"mend-{batch.block:06}", [documents], self._pieces(batch.block, documents))

    def _pieces(self, block: int, documents: pl.DataFrame) -> Iterator[Piece]:
        mended = pipeline.mend(self.engine, documents)
        yield "entered", block, mended.sizes.hstack(mended.about.select("doc_id"))
        yield "about", block, mended.about
        yield "repairs", block, mended.repairs
        for partition, rows in split(mended.texts, partition_of(mended.sizes["site"])):
            yield repaired_in(partition), block, rows


@dataclass(frozen=True)
class Clean(Unit):
    """Judge a part. `starts`: the first document of each block; `alone`: there is one part; `known_passages`: see clean_part."""

    starts: pl.Series
    alone: bool
    known_passages: pl.DataFrame | None

    def __call__(self, part: Part) -> Crate:
        """Tables "published", "removals" and "kept" by block, those of across.MEETINGS by slot, the others by part."""
        return self.once(f"part-{part.number:06}", [str(self.alone), part.ranks], self._pieces(part))

    def _pieces(self, part: Part) -> Iterator[Piece]:
        texts = among(part.places, MENDED, part.ranks["doc"]).join(part.ranks, on="doc", maintain_order="left")
        piece = pipeline.clean_part(self.engine, texts, alone=self.alone, known_passages=self.known_passages)
        sizes = piece.texts.select("doc", bytes=pl.col("text").str.len_bytes().fill_null(0).cast(pl.UInt64))
        yield "sizes", part.number, sizes
        for field in fields(piece):
            if field.name in ("copies", "likeness", "survivors"):
                yield field.name, part.number, getattr(piece, field.name)
        for _, rows in split(piece.learned, piece.learned["text"].str.len_bytes().cum_sum() // LEARNED_BYTES):
            yield "learned", part.number, rows
        kept = piece.kept.select(list(PLACES))
        for table, rows in (("published", piece.texts), ("removals", piece.removals), ("kept", kept)):
            for block, here in split(rows, block_of(self.starts, rows["doc"])):
                yield table, block, here
        for kind, met in pipeline.meetings(self.engine, piece.survivors, part.number).items():
            for slot, here in split(met, met.to_series(0).hash() % SLOTS):
                yield kind, slot, here


def block_of(starts: pl.Series, docs: pl.Series) -> pl.Series:
    """The block of each document, by the first document of each block."""
    return starts.search_sorted(docs, side="right") - 1


def split(table: pl.DataFrame, keys: pl.Series) -> Iterator[tuple[int, pl.DataFrame]]:
    """The rows of each key, in their order."""
    if table.is_empty():
        return
    if keys.n_unique() == 1:
        yield int(keys[0]), table
        return
    keyed = table.with_columns(keys.alias("__key"))
    for (key,), piece in keyed.partition_by("__key", maintain_order=True, include_key=False, as_dict=True).items():
        yield int(key), piece
