"""Parquet sources: the text and what names it now, every other column later, with its type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import polars as pl

from clean.config import NAMES, echoed, shortened
from clean.errors import InputError, first_line, refusal
from clean.store.formats import columns, jsonlines, unpacking
from clean.store.formats.finding import for_polars, is_utf8
from clean.streams import hushed

REFUSED = re.compile(r'Os \{ code: \d+, kind: \w+, message: "([^"]*)" \}')  # by the system: polars panics for want of open files
STRETCH = 32 << 20  # bytes as stored
ROWS = 1 << 18  # in a stretch: what is stored of a million equal rows is next to nothing
RATIO = 10_000  # a column that repeats a few values packs a thousand times; one value, without end


def schema(path: Path, name: str) -> pl.Schema:
    """The columns of a stored file. Raises InputError when it is not Parquet."""
    with _readable(name):
        return _schema(path) if path.stat().st_size else _empty(name)


def column_names(path: Path, name: str, text_field: str) -> list[str]:
    """The file's columns. Raises InputError when the text's column is missing or no text."""
    there = schema(path, name)
    if text_field not in there:
        has = shortened(", ".join(there), NAMES) or "none"
        raise InputError(f"{name} has no column {echoed(text_field)}; it has {has}: name the one to clean with --text-field")
    if not columns.is_text(there[text_field]):
        raise InputError(f"{name}: column {text_field!r} is {there[text_field]}, not a text; name another with --text-field")
    return list(there)


def stretches(path: Path, name: str, wanted: list[str]) -> Iterator[tuple[int, pl.DataFrame]]:
    """Some columns of a stored file, a stretch of rows at a time, with the number of its first row."""
    with _readable(name), _opened(path) as file:
        height = pl.scan_parquet(file, hive_partitioning=False, glob=False).select(pl.len()).collect().item()
        step = max(1, min(ROWS, height * STRETCH // max(path.stat().st_size, STRETCH)))
    for first in range(0, max(height, 1), step):
        with _readable(name):
            if step >= height:
                frame = read(path, wanted)
            else:
                frame = rows(path, name, first, step)
                frame = pl.DataFrame([frame[column] for column in wanted])
        yield first, frame


def try_all(path: Path, name: str, text_field: str | None = None) -> None:
    """Read all columns to the end, and keep nothing.

    Raises InputError as `stretches` does (and as `column_names` does, if a field is named), and for a file that unpacks to far
    more than it is.

    In one pass, some rows at a time: of a file that is one group of rows a stretch costs as much as all up to its end.
    """
    if text_field is None:
        schema(path, name)
    else:
        column_names(path, name, text_field)
    limit, unpacked = max(unpacking.FREE, RATIO * path.stat().st_size), 0

    def count(rows: pl.DataFrame) -> bool:
        nonlocal unpacked
        unpacked += int(rows.estimated_size())
        return unpacked > limit  # enough

    with _readable(name), _opened(path) as file:
        pl.scan_parquet(file, hive_partitioning=False, glob=False).sink_batches(count)
    if unpacked > limit:
        raise InputError(f"{name} unpacks to more than {RATIO:,} times its size; if it is meant to, give it as JSON Lines")


def rows(path: Path, name: str, first: int, length: int) -> pl.DataFrame:
    """A stretch of rows, so that a large file needs memory only for one."""
    with _readable(name), _opened(path) as file:
        return pl.scan_parquet(file, hive_partitioning=False, glob=False).slice(first, length).collect()


def read(path: Path, wanted: list[str] | None = None) -> pl.DataFrame:
    """All or some columns, by their place: polars would take a name such as `*` or `^a.*$` for a pattern."""
    there = list(_schema(path)) if wanted is not None else []
    places = None if wanted is None else [there.index(name) for name in wanted]
    with _opened(path) as file:
        return pl.read_parquet(file, columns=places, hive_partitioning=False, glob=False)


def metas(frame: pl.DataFrame, text_field: str) -> list[bytes]:
    """Each row as a JSON object of all columns, CUT in the place of the text."""
    cells = [[jsonlines.CUT] * frame.height if column.name == text_field else columns.as_json(column) for column in frame]
    return jsonlines.records(frame.columns, cells)


def _schema(path: Path) -> pl.Schema:
    """By the open file: polars would take a folder such as `news [2024]` for a pattern, and has no way to say that it is none."""
    with path.open("rb") as file:
        return pl.Schema(pl.read_parquet_schema(file))


@contextmanager
def _opened(path: Path) -> Iterator[Path | BinaryIO]:
    """The file as polars takes it: by its name, or opened where the name is not UTF-8."""
    if is_utf8(path):
        yield for_polars(path)
        return
    with path.open("rb") as file:
        yield file


@contextmanager
def _readable(name: str) -> Iterator[None]:
    try:
        with hushed():
            yield
    except OSError as error:
        raise InputError(f"{name} cannot be read: {refusal(error)}") from None
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        why = first_line(error)
        refused = REFUSED.search(why)
        if refused:
            raise InputError(f"{name} cannot be read: {refused[1]}") from None
        raise InputError(f"{name} is damaged, or not Parquet: {why}") from None


def _empty(name: str) -> pl.Schema:
    raise InputError(f"{name} is damaged, or not Parquet: the file is empty")
