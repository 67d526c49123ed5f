"""Tables in pieces, kept in memory while there is room and in one unnamed file when there is none.

The file has no name: whatever ends the process, the system takes it back.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import BinaryIO

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
        self._pieces: dict[tuple[str, int], list[pl.DataFrame | _Stored]] = defaultdict(list)
        self._lock = Lock()
        self._file: BinaryIO | None = None
        self._end = 0

    def put(self, table: str, key: int, piece: pl.DataFrame) -> None:
        """Add a piece. Raises OutputError when the disk takes no more."""
        size = int(piece.estimated_size())
        with self._lock:
            if size <= self._room:
                self._room -= size
                self._pieces[table, key].append(piece)
                return
        raw = io.BytesIO()
        piece.write_ipc_stream(raw, compression="lz4")
        with self._lock:
            self._pieces[table, key].append(self._append(raw.getbuffer()))

    def take(self, table: str, key: int, schema: Schema) -> pl.DataFrame:
        """All of a key, which is not kept any longer; empty where there is nothing."""
        with self._lock:
            pieces = self._pieces.pop((table, key), [])
        return self._joined(pieces, schema, free=True)

    def look(self, table: str, key: int, schema: Schema) -> pl.DataFrame:
        """All of a key, which stays."""
        return self._joined(self._pieces.get((table, key), []), schema, free=False)

    def close(self) -> None:
        """Forget everything."""
        self._pieces.clear()
        if self._file is not None:
            with suppress(OSError):
                self._file.close()

    def _joined(self, pieces: list[pl.DataFrame | _Stored], schema: Schema, *, free: bool) -> pl.DataFrame:
        frames = [self._read(piece, free=free) for piece in pieces]
        joined = pl.concat([empty(schema), *frames])
        return joined.sort(next(iter(schema)), maintain_order=True)

    def _read(self, piece: pl.DataFrame | _Stored, *, free: bool) -> pl.DataFrame:
        if isinstance(piece, _Stored):
            if self._file is None:
                raise OutputError("the work file was closed")
            return pl.read_ipc_stream(io.BytesIO(os.pread(self._file.fileno(), piece.size, piece.start)))
        if free:
            with self._lock:
                self._room += int(piece.estimated_size())
        return piece

    def _append(self, raw: memoryview) -> _Stored:
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
