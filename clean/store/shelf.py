"""Tables in pieces, kept in memory while there is room and in one unnamed file when there is none.

The file has no name: whatever ends the process, the system takes it back.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Literal

import polars as pl

from clean.errors import OutputError
from clean.schema import Schema, empty


@dataclass(frozen=True)
class _Stored:
    """A piece in the file: where it begins, and its bytes."""

    start: int
    size: int


class Shelf:
    """Pieces of tables by name and key; those of one key come back in the order of their first column.

    `room`: bytes that may be held in memory; `folder`: where the file goes that takes the rest (None: where the system
    keeps temporary files). Safe to use from several threads.
    """

    def __init__(self, room: int, folder: Path | None = None) -> None:
        self._room, self._folder = room, folder
        self._pieces: dict[tuple[str, int], list[bytes | _Stored]] = defaultdict(list)
        self._lock = Lock()
        self._file: BinaryIO | None = None
        self._end = 0

    def put(self, table: str, key: int, piece: pl.DataFrame) -> None:
        """Add a piece. Raises OutputError when the disk takes no more.

        Packed, also in memory: a slice of a table holds on to all of the texts that it was cut from.
        """
        raw = _packed(piece, "lz4")
        with self._lock:
            fits = len(raw) <= self._room
            self._room -= len(raw) if fits else 0
            self._pieces[table, key].append(raw if fits else self._append(raw))

    def take(self, table: str, key: int, schema: Schema) -> pl.DataFrame:
        """All of a key, which is not kept any longer; empty where there is nothing."""
        with self._lock:
            pieces = self._pieces.pop((table, key), [])
        return self._joined(pieces, schema, free=True)

    def look(self, table: str, key: int, schema: Schema) -> pl.DataFrame:
        """All of a key, which stays."""
        return self._joined(self._pieces.get((table, key), []), schema, free=False)

    def among(self, table: str, key: int, schema: Schema, wanted: pl.Series) -> pl.DataFrame:
        """The rows of a key that have one of some values in the first column; they stay, too.

        Packed once and unpacked, for the same reason: else a few rows would hold on to the texts of all.
        """
        first = next(iter(schema))
        found = self.look(table, key, schema).join(wanted.to_frame(first), on=first, how="semi", maintain_order="left")
        return _unpacked(_packed(found, "uncompressed"))

    def close(self) -> None:
        """Forget everything."""
        self._pieces.clear()
        if self._file is not None:
            with suppress(OSError):
                self._file.close()

    def _joined(self, pieces: Sequence[bytes | _Stored], schema: Schema, *, free: bool) -> pl.DataFrame:
        joined = pl.concat([empty(schema), *map(self._read, pieces)])
        if free:
            with self._lock:
                self._room += sum(len(piece) for piece in pieces if isinstance(piece, bytes))
        return joined.sort(next(iter(schema)), maintain_order=True)

    def _read(self, piece: bytes | _Stored) -> pl.DataFrame:
        if isinstance(piece, bytes):
            return _unpacked(piece)
        if self._file is None:
            raise OutputError("the work file was closed")
        return _unpacked(os.pread(self._file.fileno(), piece.size, piece.start))

    def _append(self, raw: bytes) -> _Stored:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 (it lives as long as this does)
            self._file.write(raw)
            self._file.flush()
        except OSError as error:
            raise OutputError(f"the work file cannot be written: {error.strerror or error}") from error
        stored = _Stored(self._end, len(raw))
        self._end += len(raw)
        return stored


def _packed(piece: pl.DataFrame, compression: Literal["lz4", "uncompressed"]) -> bytes:
    stream = io.BytesIO()
    piece.write_ipc_stream(stream, compression=compression)
    return stream.getvalue()


def _unpacked(raw: bytes) -> pl.DataFrame:
    return pl.read_ipc_stream(io.BytesIO(raw))
