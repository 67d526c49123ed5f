"""CSV and TSV with every column as text: `007` stays, a bad row costs itself and no other.

Read with the standard library's parser in strict mode: the lenient one turns `"a"b` into `ab` without a word. Where a bad row
ends, the lenient one knows: at the first line end outside quotes, as any row does; no row is made of its rest. But a quote that
seems to close a cell may stand where one begins, behind a delimiter and before its content (`7,"open`, `8,"x"`): then it opens
its own cell, and the quote before it never closed. Such a row ends with the line of that quote, and the next line is a row.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import polars as pl

from clean.config import NAMES, echoed, shortened
from clean.errors import InputError
from clean.store.formats.finding import for_polars

DELIMITERS = {"csv": ",", "tsv": "\t"}
MAX_UNCLOSED = 100  # quotes that never close: each costs one pass over the rest of the file
_CLOSED = re.compile(rb'(?:[^"]++|"")*+"')  # a line that begins inside quotes, up to the quote that closes them
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_NEEDS_QUOTES = r'[",\r\n\t]|^$|^\s|\s$|^\x{FEFF}'


@dataclass(frozen=True)
class Row:
    """One row; `line` from 1, `offset` in bytes; `reason` says why it is bad (a clause after "the row")."""

    line: int
    offset: int
    raw: bytes
    cells: list[str]
    reason: str | None


def rows(lines: Iterator[bytes], delimiter: str, max_bytes: int = sys.maxsize) -> Iterator[Row]:
    """Every row, the header first, blank lines left out; bad ones, those longer than `max_bytes` too, carry their reason."""
    with _cells_of_any_size:
        yield from _Rows(lines, delimiter, max_bytes).read()


class _CellsOfAnySize:
    """While tables are read. The limit of a cell, 128 KiB, is the whole process's: the last of several readers puts it back."""

    def __init__(self) -> None:
        self._lock, self._readers, self._before = Lock(), 0, 0

    def __enter__(self) -> None:
        with self._lock:
            self._readers += 1
            if self._readers == 1:
                self._before = csv.field_size_limit(sys.maxsize)

    def __exit__(self, *failure: object) -> None:
        with self._lock:
            self._readers -= 1
            if self._readers == 0:
                csv.field_size_limit(self._before)


_cells_of_any_size = _CellsOfAnySize()


def check_header(name: str, header: Row | None, text_field: str) -> None:
    """Raise InputError for a header that cannot be used."""
    if header is None:
        return
    if header.reason is not None:
        raise InputError(f"{name}: the header row {header.reason}")
    twice = sorted(cell for cell, count in Counter(header.cells).items() if count > 1)
    if twice:
        raise InputError(f"{name}: the header names {twice[0]!r} twice; give each column its own name")
    if text_field not in header.cells:
        columns = shortened(", ".join(cell or "''" for cell in header.cells), NAMES)
        raise InputError(f"{name} has no column {echoed(text_field)}; it has {columns}: name the one to clean with --text-field")


def written(frame: pl.DataFrame) -> bytes:
    """A frame of strings as CSV: null as nothing, an empty string as `""`, LF after every row."""
    # by number: polars takes a column named `*` or `^a.*$` for a pattern
    table = pl.DataFrame(
        {str(number): pl.Series([name], dtype=pl.String).append(frame[name]) for number, name in enumerate(frame.columns)}
    )
    cells = [_cell(pl.col(name)) for name in table.columns]
    text = table.select((pl.concat_str(cells, separator=",") + "\n").str.join("").alias("csv")).item()
    return str(text).encode()


def read_written(path: Path, wanted: list[str] | None = None) -> pl.DataFrame:
    """A file that `written` wrote, all or some columns, as text; null and empty told apart."""
    there = pl.read_csv(for_polars(path), infer_schema=False, n_rows=0, glob=False).columns if wanted is not None else []
    places = None if wanted is None else [there.index(name) for name in wanted]
    return pl.read_csv(for_polars(path), infer_schema=False, columns=places, glob=False)


def _cell(value: pl.Expr) -> pl.Expr:
    quoted = pl.concat_str(pl.lit('"'), value.str.replace_all('"', '""', literal=True), pl.lit('"'))
    return pl.when(value.is_null()).then(pl.lit("")).when(value.str.contains(_NEEDS_QUOTES)).then(quoted).otherwise(value)


@dataclass(frozen=True)
class _Line:
    number: int
    offset: int
    raw: bytes


class _Rows:
    """The parser and what it has eaten since the last row, so that a bad row can be given back whole."""

    def __init__(self, lines: Iterator[bytes], delimiter: str, max_bytes: int) -> None:
        self.source = _numbered(lines)
        self.delimiter = delimiter
        self.max_bytes = max_bytes
        self.again: deque[_Line] = deque()  # lines to be parsed again after a row that failed
        self.eaten: list[_Line] = []
        self.columns: int | None = None
        self.ends = 0  # times that the lines came to their end

    def read(self) -> Iterator[Row]:
        """Rows until the lines end; after a failure parsing starts afresh on the line after the bad row."""
        while True:
            parser = csv.reader(self._feed(), delimiter=self.delimiter, strict=True)
            try:
                for cells in parser:
                    if cells:
                        yield self._row(cells)
                    self.eaten = []
                return
            except csv.Error as error:
                yield self._failed(str(error))

    def _feed(self) -> Iterator[str]:
        while line := self.again.popleft() if self.again else next(self.source, None):
            self.eaten.append(line)
            yield line.raw.decode("utf-8", "surrogateescape")
        self.ends += 1

    def _row(self, cells: list[str]) -> Row:
        self.columns = self.columns or len(cells)
        reason = None
        if len(cells) != self.columns:
            reason = f"has {len(cells)} columns where the header has {self.columns}"
        elif any(map(_undecodable, cells)):
            reason = "is not UTF-8"
        elif (size := sum(len(line.raw) for line in self.eaten)) > self.max_bytes:
            reason = f"has {size:,} bytes, more than max_record_bytes = {self.max_bytes} allows"
        return self._eaten_as(self.eaten, cells, reason)

    def _failed(self, error: str) -> Row:
        """The row that failed, to its end; what was eaten behind that is read again."""
        reason = f"is not CSV: {error}"
        ended = "unexpected end" in error or not (self._opens() or self._goes_on())
        own = self.eaten
        if ended or self._opens():
            reason = "opens a quote that never closes"
            inside = self.eaten if ended else self.eaten[:-1]  # the lines that end inside quotes
            opened = max(at for at, line in enumerate(inside) if at == 0 or _CLOSED.match(line.raw))
            own = self.eaten[: opened + 1] if self.ends <= MAX_UNCLOSED else own
        self.again.extendleft(reversed(self.eaten[len(own) :]))
        self.eaten = []
        return self._eaten_as(own, [], reason)

    def _opens(self) -> bool:
        """Whether the quote that closes a cell of several lines stands where one opens."""
        last = self.eaten[-1].raw
        closed = _CLOSED.match(last) if len(self.eaten) > 1 else None
        edges = self.delimiter.encode() + b"\r\n"
        return closed is not None and last[: closed.end() - 1][-1:] in edges and last[closed.end() :][:1] not in edges

    def _goes_on(self) -> bool:
        """Eat the lines up to the end of the row that failed; whether it comes before that of all lines."""
        self.again.extendleft(reversed(self.eaten))
        self.eaten, ends = [], self.ends
        next(csv.reader(self._feed(), delimiter=self.delimiter))
        return self.ends == ends

    def _eaten_as(self, lines: list[_Line], cells: list[str], reason: str | None) -> Row:
        return Row(lines[0].number, lines[0].offset, b"".join(line.raw for line in lines) if reason else b"", cells, reason)


def _numbered(lines: Iterator[bytes]) -> Iterator[_Line]:
    """Lines ending at LF, CRLF or a lone CR (old spreadsheets), numbered from 1, with their byte offsets."""
    number = offset = 0
    for line in lines:
        for piece in _LINE.findall(line) if b"\r" in line else (line,):
            if piece:
                number += 1
                yield _Line(number, offset, piece)
                offset += len(piece)


def _undecodable(cell: str) -> bool:
    try:
        cell.encode()
    except UnicodeEncodeError:
        return True
    return False
