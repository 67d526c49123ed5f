"""A finished run, opened: its tables, its settings and its published texts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

import polars as pl

from clean.config import Config, config_of
from clean.edit import undo
from clean.errors import InputError, IntegrityError, OutputError
from clean.schema import FATES, KEPT, LEDGER, LIKENESS, QUARANTINE, RECALLED, empty
from clean.store import restoring
from clean.store.formats.finding import refuse_other_bytes
from clean.store.manifest import MANIFEST, check_manifest, is_ours, read_manifest
from clean.store.publish import replacing
from clean.store.tables import collected, read_notes, read_table, scan_table, write_pieces, write_table

LEDGER_FILE = "ledger/edits.parquet"
MORE_LEDGER = "edits-{}.parquet"  # beside it, where a ledger is long
_NO_DOCUMENT = 2**32 - 1
FIRST_NOTE = "first_document"  # of those that a file of the ledger is about
FATES_FILE = "documents.parquet"
KEPT_FILE = "kept.parquet"
LIKENESS_FILE = "likeness.parquet"
QUARANTINE_FILE = "quarantine/records.parquet"
RECALLED_FILE = "recalled.parquet"
DATA = (*(f"data/*{suffix}" for suffix in restoring.SUFFIXES.values()), "txt/*.txt")


Published = Callable[[Path, str], Iterator[pl.DataFrame]]


class Stretch(NamedTuple):
    """Consecutive documents of a finished run."""

    ledger: pl.DataFrame  # schema.LEDGER
    fates: pl.DataFrame  # schema.FATES
    published: pl.DataFrame  # doc, and what restoring.texts or records gave of those that stayed


@dataclass(frozen=True)
class Finished:
    """A run's folder. Of its tables only the rows that are asked for are held; the small ones are read when they first are."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def config(self) -> Config:
        """The settings that the run was made with."""
        return config_of(self.manifest["config"])

    @cached_property
    def pieces(self) -> list[Piece]:
        """See `pieces`."""
        return pieces(self.folder)

    def ledger(self, *where: pl.Expr) -> pl.DataFrame:
        """schema.LEDGER, the rows where all of `where` holds."""
        return pl.concat(self._read(piece.ledger, where, LEDGER_FILE) for piece in self.pieces)

    def fates(self, *where: pl.Expr) -> pl.DataFrame:
        """schema.FATES, the rows where all of `where` holds."""
        return self._read(scan_table(self.folder / FATES_FILE, FATES), where, FATES_FILE)

    def kept(self, *where: pl.Expr) -> pl.DataFrame:
        """schema.KEPT, the rows where all of `where` holds."""
        return self._read(scan_table(self.folder / KEPT_FILE, KEPT), where, KEPT_FILE)

    def _read(self, table: pl.LazyFrame, where: Sequence[pl.Expr], name: str) -> pl.DataFrame:
        return collected(table.filter(*where), self.folder / name)

    @cached_property
    def recalled(self) -> pl.DataFrame:
        """schema.RECALLED; empty where nothing went for what earlier runs know."""
        path = self.folder / RECALLED_FILE
        return read_table(path, RECALLED) if path.exists() else empty(RECALLED)

    @cached_property
    def likeness(self) -> pl.DataFrame:
        """schema.LIKENESS; empty where a run was made before there was one."""
        path = self.folder / LIKENESS_FILE
        return read_table(path, LIKENESS) if path.exists() else empty(LIKENESS)

    @cached_property
    def quarantine(self) -> pl.DataFrame:
        """schema.QUARANTINE; empty where nothing was put aside."""
        path = self.folder / QUARANTINE_FILE
        return read_table(path, QUARANTINE) if path.exists() else empty(QUARANTINE)

    def sources(self) -> list[str]:
        """The sources of all documents, sorted."""
        return self._column(pl.col("source").unique().sort()).to_list()

    @property
    def names(self) -> dict[str, str]:
        """Of sources whose names are not UTF-8, the names that they had, as Python has such names."""
        listed = (source for source in self.manifest["inputs"] if "name" in source)
        return {source["source"]: os.fsdecode(unquote_to_bytes(source["name"])) for source in listed}

    def _column(self, values: pl.Expr, *where: pl.Expr) -> pl.Series:
        """What one column of the fates says."""
        found = scan_table(self.folder / FATES_FILE, FATES).filter(*where).select(values)
        return collected(found, self.folder / FATES_FILE).to_series()

    @cached_property
    def _published(self) -> pl.Series:
        """The documents that were published, in order."""
        return self._column(pl.col("doc"), pl.col("fate") == "kept")

    def stretches(self, read: Published = restoring.texts) -> Iterator[Stretch]:
        """The run from its first document to its last, a file of the ledger at a time; `read`: restoring.texts or records.

        Raises CleanError as the tables do, and IntegrityError where another number of texts is published than recorded.
        """
        published = _Lengths(read(self.folder, self.config.text_field))
        for piece in self.pieces:
            fates = collected(piece.fates, self.folder / FATES_FILE)
            docs = fates.filter(pl.col("fate") == "kept")["doc"]
            here = published.take(len(docs))
            if len(here) < len(docs):
                raise self._other_number(published.given)
            ledger = collected(piece.ledger, self.folder / LEDGER_FILE)
            yield Stretch(ledger, fates, here.insert_column(0, docs))
        if rest := published.rest():
            raise self._other_number(published.given + rest)

    def _other_number(self, published: int) -> IntegrityError:
        return IntegrityError(f"{self.folder}: {published} documents are published, {len(self._published)} are recorded as kept")

    def repaired(self, docs: Iterable[int]) -> dict[int, bytes]:
        """A few documents as they were after repair and before any removal; empty where there was no text.

        Only the shards and the rows of the ledger that tell of them are read. Raises CleanError as the tables do.
        """
        wanted = pl.Series(sorted(set(docs)), dtype=pl.UInt32)
        there = wanted.filter(wanted.is_in(self._published.implode()))
        ends = self._published.search_sorted(pl.Series([piece.end for piece in self.pieces], dtype=pl.UInt32)).to_list()
        rows = self._published.search_sorted(there).to_list()
        texts = dict(zip(there, restoring.texts_at(self.folder, rows, ends, self.config.text_field), strict=True))
        edits: dict[int, list[tuple[int, bytes, bytes]]] = {}
        removals = self.ledger(pl.col("doc").is_in(wanted.implode()), pl.col("layer") == "removal")
        for doc, start, before, after in removals.select("doc", "start", "before", "after").iter_rows():
            edits.setdefault(doc, []).append((start, before, after))
        return {doc: undo((texts.get(doc) or "").encode(), edits.get(doc, [])) for doc in wanted}


def open_finished(folder: Path) -> Finished:
    """The run in `folder`. Raises InputError when there is none, IntegrityError when its manifest is damaged."""
    _check_is_run(folder)
    try:
        return Finished(folder, read_manifest(folder))
    except OutputError as error:
        raise IntegrityError(str(error)) from None


def data_patterns(folder: Path) -> list[str]:
    """The pattern of the data files that loaders should take, the richest format first; one, so that nothing is read twice."""
    return [pattern for pattern in DATA if any(folder.glob(pattern))][:1]


def damage(folder: Path) -> list[str]:
    """What in the folder does not agree with its manifest, without opening any of it; raises as `findings` does."""
    _check_is_run(folder)
    return check_manifest(folder)


def _check_is_run(folder: Path) -> None:
    """Raise InputError for what never was a run; one that has lost its manifest, or only that, is a damaged run."""
    refuse_other_bytes(folder)
    if not folder.is_dir():
        raise InputError(
            f"{folder} is not the OUT of a finished run: {'it is a file' if folder.exists() else 'there is no such folder'}"
        )
    if (folder / MANIFEST).exists() and not (folder / MANIFEST).is_file():  # a fifo would be waited for
        raise IntegrityError(f"{folder} is damaged: {MANIFEST} is no file")
    if not is_ours(folder) and not any((folder / name).exists() for name in (LEDGER_FILE, FATES_FILE)):
        raise InputError(f"{folder} is not the OUT of a finished run: it has no {MANIFEST} of ours")


def ledger_files(folder: Path) -> list[Path]:
    """The files of a run's ledger, in order; the first is always there."""
    return [folder / LEDGER_FILE, *sorted((folder / LEDGER_FILE).parent.glob(MORE_LEDGER.format("*")))]


class Piece(NamedTuple):
    """The record of consecutive documents, those of a volume: their rows in each table, not read yet."""

    ledger: pl.LazyFrame  # schema.LEDGER
    fates: pl.LazyFrame  # schema.FATES
    kept: pl.LazyFrame  # schema.KEPT
    end: int  # the document after the last


def pieces(folder: Path) -> list[Piece]:
    """The record of a run, file by file of its ledger, which are in the order of the documents; at least one.

    Raises InputError as `scan_table` does.
    """
    files = ledger_files(folder)
    firsts = [_first(file) for file in files]
    fates, kept = scan_table(folder / FATES_FILE, FATES), scan_table(folder / KEPT_FILE, KEPT)
    found: list[Piece] = []
    for file, first, end in zip(files, firsts, [*firsts[1:], _NO_DOCUMENT], strict=True):
        here = pl.col("doc").is_between(first, end, closed="left")
        found.append(Piece(scan_table(file, LEDGER), fates.filter(here), kept.filter(here), end))
    return found


def _first(file: Path) -> int:
    """The first of the documents that a file of the ledger is about."""
    first = read_notes(file).get(FIRST_NOTE, "")
    if not (first.isascii() and first.isdecimal()) or int(first) >= 2**32:
        raise InputError(f"{file.name} does not say which documents it is about: it is an older one; run again")
    return int(first)


class _Lengths:
    """Tables that are read one after the other, given out in other lengths."""

    def __init__(self, tables: Iterator[pl.DataFrame]) -> None:
        self._tables, self._held = tables, pl.DataFrame()
        self.given = 0

    def take(self, rows: int) -> pl.DataFrame:
        """The next rows; fewer where there are no more."""
        while len(self._held) < rows or not self._held.width:
            table = next(self._tables, None)
            if table is None:
                break
            self._held = pl.concat([self._held, table]) if self._held.width else table
        taken, self._held = self._held.head(rows), self._held.slice(rows)
        self.given += len(taken)
        return taken

    def rest(self) -> int:
        """How many rows are left."""
        return len(self._held) + sum(map(len, self._tables))


def write_ledger(folder: Path, number: int, first: int, ledger: pl.DataFrame) -> None:
    """A file of a run's ledger, counted from 0, about the documents from `first` on; there is always a first one."""
    path = folder / LEDGER_FILE
    path.parent.mkdir(exist_ok=True)
    with replacing(path.with_name(MORE_LEDGER.format(f"{number:05}")) if number else path) as beside:
        write_table(beside, ledger.select(list(LEDGER)), {FIRST_NOTE: str(first)})


def write_record(
    folder: Path, fates: Iterator[pl.DataFrame], kept: Iterator[pl.DataFrame], likeness: pl.DataFrame, quarantine: pl.DataFrame
) -> None:
    """The other tables of a run, those that are long in pieces; quarantine only where there is something in it."""
    write_pieces(folder / FATES_FILE, fates, FATES)
    write_pieces(folder / KEPT_FILE, kept, KEPT)
    write_table(folder / LIKENESS_FILE, likeness.select(list(LIKENESS)))
    if len(quarantine):
        write_table(folder / QUARANTINE_FILE, quarantine.select(list(QUARANTINE)))
