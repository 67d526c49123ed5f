"""Tables that wait, put away in crates: one crate for each unit of work, found again piece by piece.

    Shelf       crates in memory while there is room, then in one unnamed file: whatever ends the process, the system
                takes it back
    WorkFolder  a file for each crate, which outlives the process: a unit of work that was done is found again by a run that
                is started after one that was killed, or was done by another machine that sees the folder

A piece has a table's name and a key. Where the pieces of all crates lie, an Index knows.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Literal, NamedTuple, Protocol

import polars as pl
import xxhash

from clean.errors import DiskError, OutputError, refusal
from clean.schema import Schema, empty
from clean.store.publish import CRATE, replacing

Piece = tuple[str, int, pl.DataFrame]  # the table's name, the key, rows

# A crate's file: its pieces, one after the other; what they are, as JSON; then how long that is, and a checksum of all before.
_LENGTH, _SUM = 8, 16


@dataclass(frozen=True)
class Stretch:
    """Where a piece lies in a file."""

    file: BinaryIO | Path
    start: int
    size: int

    def __len__(self) -> int:
        """Bytes, as those of a piece that is held."""
        return self.size


# On one machine to compress takes a tenth of a run's time, for a third less of what is gone at its end; between machines it pays.
Compression = Literal["lz4", "uncompressed"]
Place = bytes | Stretch  # of a piece: itself, packed, or where it is


class Crate(NamedTuple):
    """What a unit of work has put away."""

    digest: str  # of what it was made from
    places: list[tuple[str, int, Place]]  # the table's name, the key, where
    found: bool = False  # it was there already


class Store(Protocol):
    """Where crates are. Safe to use from several threads."""

    lasting: bool  # whether a crate can be found again when the process has ended

    def put(self, unit: str, digest: str, pieces: Iterable[Piece]) -> Crate:
        """Put away what a unit of work has made of what has that digest. Raises OutputError when the disk takes no more."""

    def find(self, unit: str, digest: str) -> Crate | None:
        """The crate of a unit that was done before, from the same; None where there is none, or it is damaged."""

    def free(self, places: Iterable[Place]) -> None:
        """Some pieces are not needed any more."""

    def close(self) -> None:
        """No piece is needed any more."""


class Shelf:
    """A Store in memory, while there is `room` (bytes). `folder`: where the file goes that takes the rest (None: where the
    system keeps temporary files)."""

    lasting = False

    def __init__(self, room: int, folder: Path | None = None) -> None:
        self._room, self._folder = room, folder
        self._lock = Lock()
        self._file: BinaryIO | None = None
        self._end = 0

    def put(self, unit: str, digest: str, pieces: Iterable[Piece]) -> Crate:
        """Packed, also in memory: a slice of a table holds on to all of the texts that it was cut from."""
        places: list[tuple[str, int, Place]] = []
        for table, key, rows in pieces:
            raw = _packed(rows)
            with self._lock:
                fits = len(raw) <= self._room
                self._room -= len(raw) if fits else 0
                places.append((table, key, raw if fits else self._append(raw)))
        return Crate(digest, places)

    def find(self, unit: str, digest: str) -> None:
        """Nothing outlives the process."""

    def free(self, places: Iterable[Place]) -> None:
        """Their room is for others."""
        with self._lock:
            self._room += sum(len(place) for place in places if isinstance(place, bytes))

    def close(self) -> None:
        """Give the file back."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()

    def _append(self, raw: bytes) -> Stretch:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 (it lives as long as this does)
            self._file.write(raw)
            self._file.flush()
        except OSError as error:
            raise _refused(error, self._folder or Path(tempfile.gettempdir())) from error
        stretch = Stretch(self._file, self._end, len(raw))
        self._end += len(raw)
        return stretch


@dataclass(frozen=True)
class WorkFolder:
    """A Store of files in a folder. May be used by several processes, each unit by one of them, or again by another."""

    folder: Path
    compression: Compression = "uncompressed"
    lasting = True

    def put(self, unit: str, digest: str, pieces: Iterable[Piece]) -> Crate:
        """Written beside and renamed: a crate is there whole or not at all."""
        path = self._path(unit)
        try:
            with replacing(path) as beside, beside.open("xb") as file:
                whole, index = xxhash.xxh3_128(), []
                for table, key, rows in pieces:
                    start = file.tell()
                    _pack(rows, _Sink(file.write, whole.update), self.compression)
                    index.append((table, key, start, file.tell() - start))
                about = json.dumps({"digest": digest, "pieces": index}).encode()
                about += len(about).to_bytes(_LENGTH, "little")
                whole.update(about)
                file.write(about + whole.digest())
        except OSError as error:
            raise _refused(error, self.folder) from error
        return _crate(path, digest, index)

    def find(self, unit: str, digest: str) -> Crate | None:
        """Every byte is checked: a machine that lost its power may have kept the name of a file and not what was in it."""
        path = self._path(unit)
        try:
            raw = path.read_bytes()
        except OSError:
            return None
        body, checksum = raw[:-_SUM], raw[-_SUM:]
        if len(body) < _LENGTH or xxhash.xxh3_128(body).digest() != checksum:
            return None
        length = int.from_bytes(body[-_LENGTH:], "little")
        about = json.loads(body[-_LENGTH - length : -_LENGTH])
        return _crate(path, digest, about["pieces"], found=True) if about["digest"] == digest else None

    def free(self, places: Iterable[Place]) -> None:
        """Files stay until the folder goes: another run may begin where this one is killed."""

    def close(self) -> None:
        """The folder is not ours to remove."""

    def _path(self, unit: str) -> Path:
        return self.folder / f"{unit}{CRATE}"


class Index:
    """Where the pieces of many crates lie; those of one key come back in the order of their first column."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._places: dict[tuple[str, int], list[Place]] = defaultdict(list)

    def enter(self, crate: Crate) -> None:
        """Take note of a crate's pieces."""
        for table, key, place in crate.places:
            self._places[table, key].append(place)

    def places(self, table: str, key: int) -> list[Place]:
        """Where a key's pieces are."""
        return self._places.get((table, key), [])

    def hand_over(self, table: str, key: int) -> list[Place]:
        """Give a key's pieces away: the store may use their room again as soon as whoever gets them is done."""
        places = self._places.pop((table, key), [])
        self._store.free(places)
        return places

    def look(self, table: str, key: int, schema: Schema) -> pl.DataFrame:
        """All of a key, which stays."""
        return joined(self.places(table, key), schema)

    def take(self, table: str, key: int, schema: Schema) -> pl.DataFrame:
        """All of a key, which is not kept any longer; empty where there is nothing."""
        return joined(self.hand_over(table, key), schema)


def joined(places: Sequence[Place], schema: Schema) -> pl.DataFrame:
    """Some pieces as one table, in the order of its first column."""
    rows = pl.concat([empty(schema), *map(read, places)])
    return rows.sort(next(iter(schema)), maintain_order=True)


def among(places: Sequence[Place], schema: Schema, wanted: pl.Series) -> pl.DataFrame:
    """The rows of some pieces that have one of some values in the first column, in its order.

    Packed once more and unpacked: else a few rows would hold on to the texts of all.
    """
    keys = wanted.to_frame(next(iter(schema)))
    found = (read(place).join(keys, on=keys.columns, how="semi", maintain_order="left") for place in places)
    return joined([_packed(rows) for rows in found], schema)


def digest_of(*things: str | pl.DataFrame) -> str:
    """What tells these words and tables from any others."""
    digest = xxhash.xxh3_128()
    for thing in things:
        one = xxhash.xxh3_128()
        if isinstance(thing, str):
            one.update(thing.encode())
        else:
            _pack(thing.rechunk(), _Sink(one.update))
        digest.update(one.digest())
    return digest.hexdigest()


def _crate(path: Path, digest: str, index: Iterable[Sequence[str | int]], *, found: bool = False) -> Crate:
    places: list[tuple[str, int, Place]] = [
        (str(table), int(key), Stretch(path, int(start), int(size))) for table, key, start, size in index
    ]
    return Crate(digest, places, found)


def read(place: Place) -> pl.DataFrame:
    """A piece. Raises OutputError when it is not there any more."""
    if isinstance(place, bytes):
        return _unpacked(place)
    try:
        if isinstance(place.file, Path):
            with place.file.open("rb", buffering=0) as file:
                return _unpacked(os.pread(file.fileno(), place.size, place.start))
        return _unpacked(os.pread(place.file.fileno(), place.size, place.start))
    except (OSError, ValueError) as error:  # ValueError: the file was closed, for the run is over
        raise OutputError(f"the work file cannot be read: {refusal(error)}") from error


def _refused(error: OSError, folder: Path) -> DiskError:
    return DiskError(f"the work file in {folder}", refusal(error))


def _packed(rows: pl.DataFrame) -> bytes:
    chunks: list[bytes] = []
    _pack(rows, _Sink(chunks.append))
    return b"".join(chunks)


def _pack(rows: pl.DataFrame, sink: _Sink, compression: Compression = "uncompressed") -> None:
    rows.write_ipc_stream(sink, compression=compression)  # type: ignore[call-overload]  # nothing else of a file is asked for


class _Sink(io.RawIOBase):
    """A file for polars, whose bytes go elsewhere. An io.BytesIO copies all it has each time it grows: four times as slow."""

    def __init__(self, *takers: Callable[[bytes], object]) -> None:
        self._takers = takers

    def write(self, chunk: bytes) -> int:  # type: ignore[override]
        """Hand a chunk on."""
        for take in self._takers:
            take(chunk)
        return len(chunk)


def _unpacked(raw: bytes) -> pl.DataFrame:
    return pl.read_ipc_stream(io.BytesIO(raw))
