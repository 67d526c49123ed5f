"""The bytes of a stored file, unpacked as they stream: plain, gzip or Zstandard, with a cap on expansion."""

from __future__ import annotations

import gzip
import hashlib
import math
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import zstandard

from clean.errors import InputError, refusal

CHUNK = 1 << 20  # bytes read at once
ZSTD_CHUNK = 1 << 11  # Zstandard may expand 32,000 times, and gives all of it at once: 2 KiB are at most 64 MiB
ZSTD_WINDOW = 1 << 31  # `zstd --long=31`, common for dumps of the web
FREE = 256 << 20  # bytes that any archive, and any Parquet file, may unpack to
RECORD = 512  # bytes that a record counts at least for: rows of two bytes in an archive are a flood, too
RATIO = 200  # news text packs 3-5 times, machine-made repetition up to 100; 10 GB of zeros 1,000 and more


@dataclass
class Stored:
    """A file as stored, while it is read: its bytes so far and their sha256."""

    name: str
    file: BinaryIO
    size: int = 0  # bytes read so far
    hash: hashlib._Hash = field(default_factory=hashlib.sha256)
    unpacked: int = 0  # bytes that came out of an archive, and what its records count for
    limit: float = math.inf  # of `unpacked`

    def read(self, size: int = CHUNK) -> bytes:
        """The next bytes as stored."""
        chunk = self.file.read(size)
        self.size += len(chunk)
        self.hash.update(chunk)
        return chunk

    def count(self, cost: int) -> None:
        """Count what came out of an archive. Raises InputError when it is far more than went in."""
        self.unpacked += cost
        if self.unpacked > self.limit:
            what = f"{self.name} unpacks to more than {RATIO} times its size, or to a flood of tiny records"
            raise InputError(f"{what}; if it is meant to, unpack it and give the result")

    def sha256(self) -> str:
        """Of all bytes read so far, in hexadecimal."""
        return self.hash.hexdigest()


@contextmanager
def stored(path: Path, name: str) -> Iterator[Stored]:
    """Open a file (`-`: stdin) for reading once; its OSErrors become InputErrors that name it."""
    try:
        if str(path) == "-":
            yield Stored(name, sys.stdin.buffer)
            return
        with path.open("rb") as file:
            yield Stored(name, file)
    except OSError as error:
        where = "stdin" if str(path) == "-" else name
        raise InputError(f"{where} cannot be read: {refusal(error)}") from None


def chunks(source: Stored, packing: str) -> Iterator[bytes]:
    """The unpacked bytes, piece by piece. Raises InputError for a damaged, truncated or exploding archive."""
    unpack = {"": _plain, "gz": _gunzip, "zst": _unzstd}[packing]
    try:
        source.limit = max(FREE, RATIO * _size(source)) if packing else math.inf
        for chunk in unpack(source):
            source.count(len(chunk))
            yield chunk
        if packing and not source.size:
            raise EOFError
    except EOFError:
        raise InputError(f"{source.name} is truncated: the archive ends before its end mark") from None
    except (gzip.BadGzipFile, zlib.error, zstandard.ZstdError) as error:
        raise InputError(f"{source.name} is damaged, or not what its suffix says: {error}") from None


def stretch(source: Stored, start: int, end: int) -> Iterator[bytes]:
    """The bytes of a plain file from `start` to `end`, piece by piece."""
    source.file.seek(start)
    while start < end and (chunk := source.read(min(CHUNK, end - start))):
        start += len(chunk)
        yield chunk


def sha256(path: Path, name: str) -> str:
    """Of a file as stored, in hexadecimal."""
    with stored(path, name) as source:
        while source.read():
            pass
        return source.sha256()


def lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Cut at LF only, line ends kept: `str.splitlines` would cut at U+2028 inside a JSON string."""
    held: list[bytes] = []
    for piece in pieces:
        *whole, rest = piece.split(b"\n")
        for line in whole:
            yield b"".join((*held, line, b"\n"))
            held = []
        held.append(rest)
    last = b"".join(held)
    if last:
        yield last


def _size(source: Stored) -> int:
    return os.fstat(source.file.fileno()).st_size


def _plain(source: Stored) -> Iterator[bytes]:
    while chunk := source.read():
        yield chunk


def _gunzip(source: Stored) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=source, mode="rb") as archive:  # type: ignore[call-overload]  # needs only read()
        while chunk := archive.read(CHUNK):
            yield chunk


def _unzstd(source: Stored) -> Iterator[bytes]:
    """Frame after frame; a stream reader would end silently where a file is truncated."""
    machine = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
    frame = None
    while chunk := source.read(ZSTD_CHUNK):
        while chunk:
            frame = frame or machine.decompressobj()
            yield frame.decompress(chunk)
            chunk = frame.unused_data if frame.eof else b""
            frame = None if frame.eof else frame
    if frame is not None:
        raise EOFError
