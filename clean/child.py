"""Another Python process that does something for this one: asked and answering in bytes, over pipes.

No fork: polars has threads, whose locks a fork takes along without them, and waits for ever. The child ends when this process
does, however that ends, and signals of the terminal do not reach it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import IO, NoReturn

# With our own sys.path and no other: the libraries are to be the same.
PROGRAM = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from {module} import {function}; {function}()"
READY = b""
_LENGTH = 8  # bytes that say how many follow


class Child:
    """A process that calls `function` of `module`, which is to `serve`. Raises OSError when none can be started."""

    def __init__(
        self, module: str, function: str, environment: Mapping[str, str] | None = None, said: IO[bytes] | None = None
    ) -> None:
        """`environment`: what is to be other than here; `said`: where its stderr goes, else where ours does."""
        path = json.dumps(list(map(str, sys.path)))
        self._process = subprocess.Popen(
            # -P: a polars.py in the current folder is not ours
            [sys.executable, "-P", "-c", PROGRAM.format(module=module, function=function), path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said or _errors(),
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        self._ready = False

    def ready(self) -> bool:
        """Whether it has come as far as to serve; waits for that."""
        self._ready = self._ready or self._answer() == READY
        return self._ready

    def ask(self, question: bytes) -> bytes | None:
        """The answer; None: there is none, for it has ended."""
        if not self.ready():
            return None
        with suppress(OSError, ValueError):  # a pipe that is broken, or was closed by end
            assert self._process.stdin is not None
            _write(self._process.stdin, question)
        return self._answer()

    def _answer(self) -> bytes | None:
        assert self._process.stdout is not None
        with suppress(OSError, ValueError):
            return _read(self._process.stdout)
        return None

    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def death(self) -> str:
        """What it died of: the name of a signal, or its exit code; waits for that."""
        code = self._process.wait()
        return signal.Signals(-code).name if -code in set(signal.Signals) else f"exit code {code}"

    def end(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        with suppress(BrokenPipeError), self._process:  # of what it had not read yet
            pass


def _errors() -> int:
    """Where our stderr goes, by its number: a child inherits it, even if it was opened in the place of one that was closed."""
    try:
        os.fstat(2)
    except OSError:
        return subprocess.DEVNULL
    return 2


def serve(answer: Callable[[bytes], bytes]) -> NoReturn:
    """In a child: answer each question, until the parent has no more, or has ended."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # nothing is left behind
    with suppress(OSError):  # when memory runs out, we are the one to go
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    # What is printed is no answer.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    questions = SimpleQueue[bytes]()
    Thread(target=_listen, args=[os.fdopen(os.dup(sys.stdin.fileno()), "rb"), questions], daemon=True).start()
    said = READY
    while True:
        try:
            _write(answers, said)
        except OSError:  # whoever asked has ended, before us or while we worked
            os._exit(0)
        said = answer(questions.get())


def _listen(pipe: IO[bytes], questions: SimpleQueue[bytes]) -> None:
    """In a thread, so that we end with whoever asks, and not only when a question has been answered."""
    while (question := _read(pipe)) is not None:
        questions.put(question)
    os._exit(0)


def _write(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(len(message).to_bytes(_LENGTH, "little"))
    pipe.write(message)
    pipe.flush()


def _read(pipe: IO[bytes]) -> bytes | None:
    """The next message; None: there is none, or it is not whole."""
    length = pipe.read(_LENGTH)
    if len(length) < _LENGTH:
        return None
    size = int.from_bytes(length, "little")
    message = pipe.read(size)
    return message if len(message) == size else None
