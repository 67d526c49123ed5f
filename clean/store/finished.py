"""A finished run, opened: its tables, its settings and its published texts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from clean.config import Config, config_of
from clean.errors import CleanError, InputError, IntegrityError, OutputError
from clean.schema import FATES, KEPT, LEDGER, QUARANTINE, Schema, empty
from clean.store.publish import MANIFEST, check_manifest, is_ours, read_manifest
from clean.store.restoring import read_texts
from clean.store.tables import read_table, write_table

LEDGER_FILE = "ledger/edits.parquet"
FATES_FILE = "documents.parquet"
KEPT_FILE = "kept.parquet"
QUARANTINE_FILE = "quarantine/records.parquet"
DATA = ("data/*.parquet", "data/*.jsonl.gz", "data/*.csv", "txt/*.txt")


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
        return read_table(self.folder / LEDGER_FILE, LEDGER)

    @cached_property
    def fates(self) -> pl.DataFrame:
        """schema.FATES."""
        return read_table(self.folder / FATES_FILE, FATES)

    @cached_property
    def kept(self) -> pl.DataFrame:
        """schema.KEPT."""
        return read_table(self.folder / KEPT_FILE, KEPT)

    @cached_property
    def quarantine(self) -> pl.DataFrame:
        """schema.QUARANTINE; empty where nothing was put aside."""
        path = self.folder / QUARANTINE_FILE
        return read_table(path, QUARANTINE) if path.exists() else empty(QUARANTINE)

    @cached_property
    def texts(self) -> pl.DataFrame:
        """doc, text of the published documents, in order. Raises IntegrityError when their number is not the recorded one."""
        published = read_texts(self.folder, self.config.text_field)
        docs = self.fates.filter(pl.col("fate") == "kept")["doc"]
        if len(docs) != len(published):
            raise IntegrityError(f"{self.folder}: {len(published)} documents are published, {len(docs)} are recorded as kept")
        return published.select(docs, "text")

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


def findings(folder: Path) -> list[str]:
    """What in the folder does not agree with its manifest, or cannot be read; none when all is whole.

    Raises InputError when it is no run at all.
    """
    _check_is_run(folder)
    found = check_manifest(folder)
    if found:
        return found
    try:
        run = open_finished(folder)
        _ = run.ledger, run.kept, run.quarantine, run.texts
    except CleanError as error:
        return [str(error)]
    return []


def _check_is_run(folder: Path) -> None:
    """Raise InputError for what never was a run; one that has lost its manifest, or only that, is a damaged run."""
    if not folder.is_dir():
        raise InputError(
            f"{folder} is not the OUT of a finished run: {'it is a file' if folder.exists() else 'there is no such folder'}"
        )
    if not is_ours(folder) and not any((folder / name).exists() for name in (LEDGER_FILE, FATES_FILE)):
        raise InputError(f"{folder} is not the OUT of a finished run: it has no {MANIFEST} of ours")


def write_record(folder: Path, ledger: pl.DataFrame, fates: pl.DataFrame, kept: pl.DataFrame, quarantine: pl.DataFrame) -> None:
    """The tables of a run, each under its name; quarantine only where there is something in it."""
    tables: list[tuple[str, pl.DataFrame, Schema]] = [
        (LEDGER_FILE, ledger, LEDGER),
        (FATES_FILE, fates, FATES),
        (KEPT_FILE, kept, KEPT),
    ]
    if len(quarantine):
        tables.append((QUARANTINE_FILE, quarantine, QUARANTINE))
    for name, table, schema in tables:
        write_table(folder / name, table.select(list(schema)))
