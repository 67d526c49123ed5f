"""What a run is doing: a line that changes on a terminal, a line of JSON a stage for machines, silence elsewhere."""

from __future__ import annotations

import json
import time
from typing import TextIO

from clean.wording import counted

UNITS = {"cleaning": "parts", "writing": "volumes"}  # what a stage counts where it knows how many there are
_PAUSE = 0.1  # seconds between two looks of the line


class Silence:
    """Says nothing."""

    def __call__(self, what: str, done: int, total: int | None) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class Line:
    """One line of a terminal: what is done, how much of it, and how long the rest will take."""

    def __init__(self, terminal: TextIO) -> None:
        self._terminal = terminal
        self._what, self._began, self._shown = "", 0.0, 0.0

    def __call__(self, what: str, done: int, total: int | None) -> None:
        """Show how far a stage is."""
        now = time.monotonic()
        if what != self._what:
            self._what, self._began, self._shown = what, now, 0.0
        if now - self._shown >= _PAUSE or done == total:
            self._shown = now
            self._terminal.write(f"\r\x1b[K{self._text(done, total, now - self._began)}")
            self._terminal.flush()

    def _text(self, done: int, total: int | None, seconds: float) -> str:
        if total is None:
            rate = f", {done / seconds:,.0f} a second" if seconds > 1 else ""
            return f"{self._what}: {counted(done, 'document')}{rate}"
        left = f", {seconds / done * (total - done):,.0f} s left" if seconds > 1 and done else ""
        return f"{self._what}: {done:,} of {total:,} {UNITS[self._what]}{left}"

    def close(self) -> None:
        """Wipe the line, so that what follows stands alone."""
        if self._what:
            self._terminal.write("\r\x1b[K")
            self._terminal.flush()


class Lines:
    """A line of JSON when a stage ends: its name, how much it did, and the seconds it took."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._what, self._done, self._began = "", 0, time.monotonic()

    def __call__(self, what: str, done: int, total: int | None) -> None:
        """Note how far a stage is."""
        if what != self._what:
            self.close()
            self._what, self._began = what, time.monotonic()
        self._done = done

    def close(self) -> None:
        """Tell of the last stage."""
        if self._what:
            seconds = round(time.monotonic() - self._began, 3)
            self._stream.write(json.dumps({"stage": self._what, "done": self._done, "seconds": seconds}) + "\n")
            self._stream.flush()
            self._what = ""
