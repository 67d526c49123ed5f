"""A trial: another process reads a Parquet file first, so that what ends the reader ends it there, and here is an error.

polars does not only raise. Where one bit makes the header of a page say that it holds -6 values, it asks for 2^61 bytes, does
not get them, and aborts the process: no exception, no file named. To look at the headers of all pages ourselves would find
this fault and no other; not the file of a few KB that says, and rightly, that it holds 10^12 equal rows, nor what would end in
SIGSEGV. A limit on memory (RLIMIT_AS) only makes polars abort earlier. And a fork of this process would wait for ever: polars has
threads, whose locks a fork takes along without them. So a new Python it is, which reads all columns, as the run will.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryFile
from threading import Thread
from typing import IO

from clean.errors import InputError
from clean.store.formats import parquets

# With our own sys.path and no other: the libraries that are tried are those that will read.
PROGRAM = "import json, sys; sys.path[:] = json.loads(sys.stdin.readline()); from clean.store.trial import serve; serve()"
READY = b"null\n"
TOLD = 1 << 16  # bytes of what the process said last; a backtrace is among it


class Trial:
    """Reads files in a process of its own, which is started for the first one, and ends when the block does, or this process.

    Where no process can be started (or none that finds our libraries), files are not tried.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None
        self._impossible = not sys.executable

    def __enter__(self) -> Trial:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def read(self, path: Path, name: str, text_field: str | None = None) -> None:
        """Read all of a Parquet file. Raises InputError when that fails, or ends the process; and, before anything is read, when
        the text's column is missing or no text."""
        if self._process is None or self._process.poll() is not None:
            self._start()
        if self._process is None:
            return
        answer = self._ask([str(path), name, text_field])
        if answer is None:
            raise InputError(f"{name} cannot be read: {self._death()}")
        why = json.loads(answer)
        if why is not None:
            raise InputError(why)

    def _ask(self, question: object) -> bytes | None:
        """The answer, a line of JSON; None: there will be none."""
        assert self._process is not None and self._process.stdin is not None and self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            self._process.stdin.flush()
        answer = self._process.stdout.readline()
        return answer if answer.endswith(b"\n") else None

    def _start(self) -> None:
        self._end()
        if self._impossible:
            return
        with suppress(OSError):
            self._said = TemporaryFile()  # noqa: SIM115 (it is closed with the process)
            # -P: a polars.py in the current folder is not ours
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said
            )
        if self._process is None or self._ask(list(map(str, sys.path))) != READY:
            self._impossible = True
            self._end()

    def _end(self) -> None:
        process, said, self._process, self._said = self._process, self._said, None, None
        if process is not None:
            process.kill()
            with suppress(BrokenPipeError), process:  # of what it had not read yet
                pass
        if said is not None:
            said.close()

    def _death(self) -> str:
        """What the process died of."""
        assert self._process is not None and self._said is not None
        number = -self._process.wait()
        self._said.seek(max(0, self._said.seek(0, os.SEEK_END) - TOLD))
        asked = re.findall(rb"memory allocation of (\d+) bytes failed", self._said.read())
        if asked:
            what = f"it makes polars ask for {int(asked[-1]):,} bytes of memory"
        elif number == signal.SIGKILL:
            what = "the process that tried it was killed, as the system does when memory runs out"
        else:
            what = f"polars dies of it ({signal.Signals(number).name if number in set(signal.Signals) else 'without a word'})"
        return f"{what}; it is damaged, or too large for this machine: write it again, or leave it out"


# ---------------------------------------------------------------- in the other process


def serve() -> None:
    """Try each file that is asked for on stdin, and say on stdout why it cannot be read (null: it can); until stdin ends."""
    import resource

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all of a terminal; whoever asks will end us
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # nothing is left behind
    with suppress(OSError):  # when memory runs out, we are the one to go
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    questions = SimpleQueue[bytes]()
    Thread(target=_listen, args=[questions], daemon=True).start()
    answer = READY
    while True:
        sys.stdout.buffer.write(answer)
        sys.stdout.buffer.flush()
        path, name, text_field = json.loads(questions.get())
        answer = json.dumps(_why_not(Path(path), name, text_field)).encode() + b"\n"


def _listen(questions: SimpleQueue[bytes]) -> None:
    """In a thread, so that we end with whoever asks, however that ends, and not only when a file has been read."""
    for line in sys.stdin.buffer:
        questions.put(line)
    os._exit(0)


def _why_not(path: Path, name: str, text_field: str | None) -> str | None:
    try:
        parquets.try_all(path, name, text_field)
    except InputError as error:
        return str(error)
    except Exception:  # noqa: BLE001 (whoever asks will meet it, and say so)
        return None
    return None
