"""A finished run, opened: its tables, its settings and its published texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from clean.config import Config, config_of
from clean.errors import CleanError, InputError, IntegrityError, OutputError
from clean.schema import FATES, KEPT, LEDGER, LIKENESS, QUARANTINE, RECALLED, empty
from clean.store import restoring
from clean.store.formats.finding import is_utf8, visible
from clean.store.known import KNOWN_FILE, read_known
from clean.store.publish import MANIFEST, check_manifest, is_ours, read_manifest, replacing
from clean.store.tables import collected, read_table, scan_table, write_pieces, write_table

LEDGER_FILE = "ledger/edits.parquet"
MORE_LEDGER = "edits-{}.parquet"  # beside it, where a ledger is long
FATES_FILE = "documents.parquet"
KEPT_FILE = "kept.parquet"
LIKENESS_FILE = "likeness.parquet"
QUARANTINE_FILE = "quarantine/records.parquet"
RECALLED_FILE = "recalled.parquet"
DATA = ("data/*.parquet", "data/*.jsonl.gz", "data/*.csv", "txt/*.txt")


Published = Callable[[Path, str], Iterator[pl.DataFrame]]


class Stretch(NamedTuple):
    """Consecutive documents of a finished run."""

    ledger: pl.DataFrame  # schema.LEDGER
    fates: pl.DataFrame  # schema.FATES
    published: pl.DataFrame  # doc, and what restoring.texts or records gave of those that stayed


@dataclass(frozen=True)
class Finished:
    """A run's folder. Tables are read when they are first asked for."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def config(self) -> Config:
        """The settings that the run was made with."""
        return config_of(self.manifest["config"])

    @cached_property
    def ledger(self) -> pl.DataFrame:
        """schema.LEDGER."""
        return pl.concat([read_table(path, LEDGER) for path in ledger_files(self.folder)])

    @cached_property
    def fates(self) -> pl.DataFrame:
        """schema.FATES."""
        return read_table(self.folder / FATES_FILE, FATES)

    @cached_property
    def kept(self) -> pl.DataFrame:
        """schema.KEPT."""
        return read_table(self.folder / KEPT_FILE, KEPT)

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
        sources = scan_table(self.folder / FATES_FILE, FATES).select(pl.col("source").unique().sort())
        return collected(sources, self.folder / FATES_FILE)["source"].to_list()

    @cached_property
    def texts(self) -> pl.DataFrame:
        """doc, text of the published documents, in order. Raises IntegrityError when their number is not the recorded one."""
        published = restoring.read_texts(self.folder, self.config.text_field)
        docs = self.fates.filter(pl.col("fate") == "kept")["doc"]
        if len(docs) != len(published):
            raise self._other_number(len(published))
        return published.select(docs, "text")

    def stretches(self, read: Published = restoring.texts) -> Iterator[Stretch]:
        """The run from its first document to its last, a file of the ledger at a time; `read`: restoring.texts or records.

        Raises CleanError as the tables and `texts` do.
        """
        published = _Lengths(read(self.folder, self.config.text_field))
        for piece in pieces(self.folder):
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
        kept = pl.scan_parquet(self.folder / FATES_FILE, glob=False).filter(pl.col("fate") == "kept").select(pl.len())
        recorded = kept.collect().item()
        return IntegrityError(f"{self.folder}: {published} documents are published, {recorded} are recorded as kept")

    def published(self, doc: int) -> bytes | None:
        """One document's published text; None where it has none."""
        found = self.texts.filter(pl.col("doc") == doc)["text"].to_list()
        return found[0].encode() if found and found[0] is not None else None


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


def findings(folder: Path) -> list[str]:
    """What in the folder does not agree with its manifest, or cannot be read; none when all is whole.

    Raises InputError when it is no run at all.
    """
    found = damage(folder)
    if found:
        return found
    try:
        run = open_finished(folder)
        _ = run.ledger, run.kept, run.likeness, run.quarantine, run.recalled, run.texts
        if (folder / KNOWN_FILE).exists():
            read_known(folder, trial=None)
    except CleanError as error:
        return [str(error)]
    return []


def _check_is_run(folder: Path) -> None:
    """Raise InputError for what never was a run; one that has lost its manifest, or only that, is a damaged run."""
    if not is_utf8(folder):
        raise InputError(f"{visible(folder)} cannot be read: its name is not UTF-8; rename it")
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


def ledger_parts(folder: Path) -> list[pl.LazyFrame]:
    """The ledger of a run, file by file, not read yet."""
    return [scan_table(path, LEDGER) for path in ledger_files(folder)]


class Piece(NamedTuple):
    """The record of consecutive documents: their rows in each table, not read yet."""

    ledger: pl.LazyFrame  # schema.LEDGER
    fates: pl.LazyFrame  # schema.FATES
    kept: pl.LazyFrame  # schema.KEPT


def pieces(folder: Path) -> list[Piece]:
    """The record of a run, file by file of its ledger, which are in the order of the documents; at least one."""
    ledgers = ledger_parts(folder)
    firsts = [collected(ledger.select(pl.col("doc").min()), folder / LEDGER_FILE).item() for ledger in ledgers]
    fates, kept = scan_table(folder / FATES_FILE, FATES), scan_table(folder / KEPT_FILE, KEPT)
    found: list[Piece] = []
    end = pl.UInt32.max()
    for first, ledger in zip(reversed(firsts[1:]), reversed(ledgers[1:]), strict=True):
        start = end if first is None else pl.lit(first, dtype=pl.UInt32)
        here = pl.col("doc").is_between(start, end, closed="left")
        found.append(Piece(ledger, fates.filter(here), kept.filter(here)))
        end = start
    here = pl.col("doc") < end
    return [Piece(ledgers[0], fates.filter(here), kept.filter(here)), *reversed(found)]


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


def write_ledger(folder: Path, number: int, ledger: pl.DataFrame) -> None:
    """A file of a run's ledger, counted from 0; there is always a first one."""
    first = folder / LEDGER_FILE
    first.parent.mkdir(exist_ok=True)
    with replacing(first.with_name(MORE_LEDGER.format(f"{number:05}")) if number else first) as beside:
        write_table(beside, ledger.select(list(LEDGER)))


def write_record(
    folder: Path, fates: Iterator[pl.DataFrame], kept: Iterator[pl.DataFrame], likeness: pl.DataFrame, quarantine: pl.DataFrame
) -> None:
    """The other tables of a run, those that are long in pieces; quarantine only where there is something in it."""
    write_pieces(folder / FATES_FILE, fates, FATES)
    write_pieces(folder / KEPT_FILE, kept, KEPT)
    write_table(folder / LIKENESS_FILE, likeness.select(list(LIKENESS)))
    if len(quarantine):
        write_table(folder / QUARANTINE_FILE, quarantine.select(list(QUARANTINE)))
