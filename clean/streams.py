"""stdin, stdout and stderr as the command needs them: whatever is wrong with them is one line, or silence.

stdout holds data, so what it refuses is an error (and a reader that went away ends the command in silence, as it ends
`cat`). stderr holds talk, so what it refuses is lost, and the result stays what it is. What a library says there by itself,
where we tell it in our own words, is lost as well.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from clean.errors import OutputError, refusal

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

BUFFER = 1 << 16


_talk = 2  # what our own stderr writes to; another number than 2 where libraries can be hushed


def prepare() -> None:
    """Put streams that fail as described above in the place of Python's own. Call it once, before anything is written."""
    global _talk
    _fill_gaps()
    with suppress(OSError):  # no descriptor left
        _talk = os.dup(2)
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 (a number, not a path)
    sys.stdout = _text(_Stdout(1, "w", closefd=False), sys.stdout)
    sys.stderr = _text(_Stderr(_talk, "w", closefd=False), sys.stderr, line_buffering=True)


@contextmanager
def hushed() -> Iterator[None]:
    """What libraries write to descriptor 2 meanwhile is lost; our own stderr is not. Nothing happens in another's program.

    A panic of polars is an exception and a page of Rust on stderr. Two threads may be here at once: the first that
    leaves lets the other's page through, and never is the descriptor lost.
    """
    if _talk == 2:
        yield
        return
    with suppress(OSError), Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(_talk, 2)


class _Stdout(io.FileIO):
    """Descriptor 1. After its first failure it takes all that comes: the error was raised, once is enough."""

    failed = False

    def write(self, data: ReadableBuffer, /) -> int:
        """Write all of it, or, after a failure, nothing: how much was taken."""
        if self.failed:
            return memoryview(data).nbytes
        try:
            return super().write(data)
        except BrokenPipeError:
            self.failed = True
            raise SystemExit(128 + signal.SIGPIPE) from None
        except OSError as error:
            self.failed = True
            raise OutputError(f"stdout cannot be written: {refusal(error)}") from None


class _Stderr(io.FileIO):
    """What descriptor 2 was when we began, which may refuse what it likes."""

    def write(self, data: ReadableBuffer, /) -> int:
        """Write all of it, or, after a failure, nothing: how much was taken."""
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def _fill_gaps() -> None:
    """Open something that fails in the place of closed descriptors.

    Else the next file that is opened gets the number, and with it what is meant for the terminal.
    """
    for number, mode in ((0, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)  # takes the lowest free number: this one


def _text(raw: io.FileIO, before: TextIO | None, *, line_buffering: bool = False) -> TextIO:
    encoding = before.encoding if before is not None else "utf-8"
    buffer = io.BufferedWriter(raw, BUFFER)
    return io.TextIOWrapper(buffer, encoding, "backslashreplace", line_buffering=line_buffering or raw.isatty())
