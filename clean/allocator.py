"""Memory settings: of jemalloc, which is part of polars on Linux and reads the environment when polars is loaded, and of
Python's garbage collector."""

from __future__ import annotations

import gc
import os

VARIABLE = "_RJEM_MALLOC_CONF"
# By itself it gives memory back after half a second, that of tables of 8 MB and more at once, and asks for it again, 4 kB at a
# time, which the system has to clear. So large pages; what was freed is kept for two seconds, however large; and threads share
# it (an arena for four processors, where there were four for each). A quiet machine hardly notices: 2 % of a run's CPU time,
# and with two workers 7 % of its memory.
KEEPING = f"thp:always,dirty_decay_ms:2000,oversize_threshold:0,narenas:{max(1, (os.cpu_count() or 1) // 4)}"
# For a process that mostly waits, and now and then needs much for a moment.
SPARING = "dirty_decay_ms:0,muzzy_decay_ms:0"


def use(how: str) -> None:
    """Ask for it, for this process; what somebody else has asked for stays."""
    if os.environ.get(VARIABLE) in (None, KEEPING, SPARING):
        os.environ[VARIABLE] = how


def collect_rarely() -> None:
    """Look for garbage in cycles after 100,000 objects, not after 700. What a run makes are large tables, hardly ever in cycles;
    each look goes over all objects of the libraries."""
    gc.set_threshold(100_000, 50, 50)
