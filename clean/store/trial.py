"""A trial: another process reads a Parquet file first, so that what ends the reader ends it there, and here is an error.

polars does not only raise. Where one bit makes the header of a page say that it holds -6 values, it asks for 2^61 bytes, does
not get them, and aborts the process: no exception, no file named. To look at the headers of all pages ourselves would find
this fault and no other; not the file of a few KB that says, and rightly, that it holds 10^12 equal rows, nor what would end in
SIGSEGV. A limit on memory (RLIMIT_AS) only makes polars abort earlier. So another process reads all columns, as the run will.
"""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, NoReturn

from clean.child import Child, serve
from clean.errors import InputError
from clean.store.formats import parquets

TOLD = 1 << 16  # bytes of what the process said last; a backtrace is among it


class Trial:
    """Reads files in a process of its own, which is started for the first one, and ends when the block does, or this process.

    Where no process can be started (or none that finds our libraries), files are not tried.
    """

    def __init__(self) -> None:
        self._child: Child | None = None
        self._said: IO[bytes] | None = None
        self._impossible = not sys.executable

    def __enter__(self) -> Trial:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def read(self, path: Path, name: str, text_field: str | None = None) -> None:
        """Read all of a Parquet file. Raises InputError when that fails, or ends the process; and, before anything is read, when
        the text's column is missing or no text."""
        if self._child is None or not self._child.alive():
            self._start()
        if self._child is None:
            return
        answer = self._child.ask(json.dumps([str(path), name, text_field]).encode())
        if answer is None:
            raise InputError(f"{name} cannot be read: {self._death(self._child)}")
        why = json.loads(answer)
        if why is not None:
            raise InputError(why)

    def _start(self) -> None:
        self._end()
        if self._impossible:
            return
        with suppress(OSError):
            self._said = TemporaryFile()  # noqa: SIM115 (it is closed with the process)
            self._child = Child(__name__, "answer", said=self._said)
        if self._child is None or not self._child.ready():
            self._impossible = True
            self._end()

    def _end(self) -> None:
        child, said, self._child, self._said = self._child, self._said, None, None
        if child is not None:
            child.end()
        if said is not None:
            said.close()

    def _death(self, child: Child) -> str:
        """What the process died of."""
        death = child.death()
        assert self._said is not None
        self._said.seek(max(0, self._said.seek(0, os.SEEK_END) - TOLD))
        asked = re.findall(rb"memory allocation of (\d+) bytes failed", self._said.read())
        if asked:
            what = f"it makes polars ask for {int(asked[-1]):,} bytes of memory"
        elif death == "SIGKILL":
            what = "the process that tried it was killed, as the system does when memory runs out"
        else:
            what = f"polars dies of it ({death})"
        return f"{what}; it is damaged, or too large for this machine: write it again, or leave it out"


# ---------------------------------------------------------------- in the other process


def answer() -> NoReturn:
    """Try each file that is asked for, and say why it cannot be read (null: it can)."""
    serve(lambda question: json.dumps(_why_not(*json.loads(question))).encode())


def _why_not(path: str, name: str, text_field: str | None) -> str | None:
    try:
        parquets.try_all(Path(path), name, text_field)
    except InputError as error:
        return str(error)
    except Exception:  # noqa: BLE001 (whoever asks will meet it, and say so)
        return None
    return None
