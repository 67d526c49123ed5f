"""Our own tables on disk: Parquet that says what it is, so that a foreign or an older one is refused, not misread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

from clean.errors import DiskError, InputError, first_line, refusal
from clean.schema import Schema
from clean.store.formats.finding import for_polars
from clean.streams import hushed

FORMAT_VERSION = 1
ROW_GROUP = 100_000
PIECE_GROUP = 20_000  # of a table that comes in pieces: while it is written, a group is held several times over
VERSION_NOTE = "clean.format_version"


def write_table(path: Path, frame: pl.DataFrame, notes: Mapping[str, str] | None = None) -> None:
    """Write a table with the format's version and `notes` (how hashes and shingles were made); same rows, same bytes.

    Raises DiskError when the disk refuses.
    """
    _write(path, frame.rechunk().lazy(), notes, ROW_GROUP)


def write_pieces(path: Path, pieces: Iterator[pl.DataFrame], schema: Schema, notes: Mapping[str, str] | None = None) -> None:
    """Write a table that comes in pieces, one after the other, and is never held whole; same rows, same bytes, whatever the
    pieces; raises as `write_table` does."""

    def source(*_: object) -> Iterator[pl.DataFrame]:
        yield from pieces

    _write(path, register_io_source(source, schema=schema, is_pure=True), notes, PIECE_GROUP)


def _write(path: Path, table: pl.LazyFrame, notes: Mapping[str, str] | None, group: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    metadata = {VERSION_NOTE: str(FORMAT_VERSION)} | {f"clean.{name}": value for name, value in sorted((notes or {}).items())}
    try:
        table.sink_parquet(for_polars(path), compression="zstd", row_group_size=group, metadata=metadata, maintain_order=True)
    except (OSError, pl.exceptions.ComputeError) as error:  # polars reports a full disk as ComputeError
        raise DiskError(path, refusal(error)) from error


def read_table(path: Path, schema: Schema) -> pl.DataFrame:
    """The table with exactly the columns of `schema`.

    Raises InputError when it cannot be read, was written by another format version, or lacks a column.
    """
    return collected(scan_table(path, schema), path)


def scan_table(path: Path, schema: Schema) -> pl.LazyFrame:
    """The table with exactly the columns of `schema`, not read yet; raises as `read_table` does."""
    read_notes(path)
    with _readable(path):
        table = pl.scan_parquet(for_polars(path), hive_partitioning=False, glob=False)
        there = table.collect_schema()
    wrong = [name for name, dtype in schema.items() if there.get(name) != dtype]
    if wrong:
        lacks = f"lacks the column {wrong[0]!r} of type {schema[wrong[0]]}"
        raise InputError(f"{path.name} {lacks}: it is another table, or an older one")
    return table.select(list(schema))


def collected(table: pl.LazyFrame, path: Path) -> pl.DataFrame:
    """A scanned table, or some of it, read. Raises InputError when it cannot be read."""
    with _readable(path):
        return table.collect()


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        with hushed():
            yield
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {refusal(error)}") from None
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise InputError(f"{path.name} is damaged: {first_line(error)}") from None


def read_notes(path: Path) -> dict[str, str]:
    """The notes a table was written with. Raises InputError for a file that is not ours."""
    try:
        with hushed():
            metadata = pl.read_parquet_metadata(for_polars(path))
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {refusal(error)}") from None
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise InputError(f"{path.name} is damaged, or not Parquet: {first_line(error)}") from None
    version = metadata.get(VERSION_NOTE)
    if version is None:
        raise InputError(f"{path.name} was not written by clean; give it as an input instead")
    if version != str(FORMAT_VERSION):
        raise InputError(f"{path.name} has format {version}, this clean reads {FORMAT_VERSION}: run again to make a new one")
    return {name.removeprefix("clean."): value for name, value in metadata.items() if name.startswith("clean.")}
