"""Other processes, watched: who has been started by whom, and who is gone; and how to wait until something is so."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

SOON = 120  # seconds, on a slow machine

Found = TypeVar("Found")


def until(look: Callable[[], Found], what: str, seconds: float = SOON) -> Found:
    """What `look` sees, as soon as it sees anything."""
    end = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < end, f"{what}: not within {seconds} seconds"
        time.sleep(0.01)
    return seen


def children(process: int) -> list[int]:
    """The processes that a process has started and that are still there."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == process:
            found.append(int(path.parent.name))
    return found


def is_gone(process: int) -> bool:
    """Whether a process has ended (nobody may have asked for how)."""
    try:
        state = Path(f"/proc/{process}/stat").read_text("ascii")
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state.rpartition(")")[2].split()[0] == "Z"
