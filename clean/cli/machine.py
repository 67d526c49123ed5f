"""What the machine gives: threads, memory, names of files. Asked before any heavy library is loaded."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from clean.cli import container
from clean.errors import ConfigError

THREADS = "POLARS_MAX_THREADS"
BLAS_THREADS = "OPENBLAS_NUM_THREADS"
LEAST_MEMORY = 1 << 30  # bytes of address space that the libraries reserve; far less is ever used


def use_threads(asked: int | None) -> int:
    """Set what polars reads when it is first imported; the number of threads. More than cores gain nothing, and 100,000
    never start."""
    given = os.environ.pop(THREADS, "")
    if asked is None and given and not (given.isdecimal() and int(given)):
        raise ConfigError(f"environment variable {THREADS} = {given!r} is not a whole number from 1")
    # No matrix here is large enough for threads, and each takes 32 MB.
    os.environ.setdefault(BLAS_THREADS, "1")
    wanted = asked or int(given or 0)
    cores = _cores()
    threads = min(wanted or cores, cores)
    if wanted:
        os.environ[THREADS] = str(threads)
    return threads


def take_turns() -> None:
    """Have a thread that runs Python give way after half a millisecond, not after five. Units of work are mostly outside of the
    interpreter, and wait for it each time they come back: with two workers that was 3 to 8 % of a run's time."""
    sys.setswitchinterval(0.0005)


def free_memory(root: Path = Path("/")) -> int:
    """Bytes of memory that are free, as the system says, 8 GB where it does not; no more than a container leaves."""
    free = 8 << 30
    with suppress(OSError, ValueError, StopIteration):
        lines = (root / "proc/meminfo").read_text(encoding="ascii").splitlines()
        free = int(next(line for line in lines if line.startswith("MemAvailable:")).split()[1]) << 10
    left = container.memory_left(root)
    return free if left is None else min(free, left)


def check_memory() -> None:
    """Refuse a limit on memory under which the libraries do not load: OpenBLAS tries for ever, polars aborts."""
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit != resource.RLIM_INFINITY and limit < LEAST_MEMORY:
        raise ConfigError(
            f"ulimit -v allows {limit >> 20} MiB of memory; the libraries alone reserve {LEAST_MEMORY >> 20}: raise it"
        )


def check_names() -> None:
    """Refuse a locale in which not every id can be a file's name, and the same name has other bytes."""
    encoding = sys.getfilesystemencoding()
    if encoding != "utf-8":
        raise ConfigError(f"file names are in {encoding} here (LANG, LC_ALL); set PYTHONUTF8=1, or a locale of UTF-8")


def _cores() -> int:
    """The cores that this process may use; no more than a container leaves."""
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    left = container.cores()
    return there if left is None else min(there, left)
