"""Whole commands, measured: CPU seconds, wall seconds, peak memory.

CPU seconds are user and system time of the command and of every process that it started and waited for, from `wait4`.
Peak memory is the highest sum, over the command and everything it started, of the proportional set size (PSS) in
/proc/*/smaps_rollup, looked at every 20 milliseconds, less often where looking takes long: memory that several processes share
counts once, mapped files count as far as they are in memory. Between two looks memory can rise and fall again; the kernel's
own high-water mark of each process (VmHWM) is looked at, too, and the peak is never less than the greatest of those.
"""

from __future__ import annotations

import math
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

PROC = Path("/proc")
BLINK = 0.02  # seconds between two looks at memory, at least
SHARE = 0.1  # of one core, at most, that looking may take: to look at a process of many gigabytes takes long
FIELD = {name: re.compile(rb"^" + name + rb":\s*(\d+) kB", re.MULTILINE) for name in (b"Pss", b"VmHWM")}


class FailedError(Exception):
    """A command ended with another exit code than 0: the code, and the last line that it said."""

    def __init__(self, command: Sequence[str], code: int, said: str) -> None:
        super().__init__(f"{' '.join(command)}: exit {code}: {said}")
        self.code, self.said = code, said


@dataclass(frozen=True)
class Run:
    """One run of a command."""

    cpu: float  # seconds
    wall: float  # seconds
    peak: float  # MB
    over: str = ""  # the limit that ended it, in words: the true figures are higher


@dataclass(frozen=True)
class Cost:
    """Several runs of a command: medians; the peak is the highest."""

    runs: Sequence[Run]

    @property
    def cpu(self) -> float:
        """CPU seconds."""
        return median(run.cpu for run in self.runs)

    @property
    def wall(self) -> float:
        """Wall seconds."""
        return median(run.wall for run in self.runs)

    @property
    def peak(self) -> float:
        """Megabytes."""
        return max(run.peak for run in self.runs)

    @property
    def over(self) -> str:
        """The limit that ended a run, in words; empty if none did."""
        return next((run.over for run in self.runs if run.over), "")

    @property
    def spread(self) -> tuple[float, float]:
        """The least and the greatest CPU seconds."""
        return min(run.cpu for run in self.runs), max(run.cpu for run in self.runs)


@dataclass(frozen=True)
class Limits:
    """What a command may take before it is killed; a command that takes all memory would take others with it."""

    wall: float = math.inf  # seconds
    memory: float = math.inf  # MB

    def passed(self, wall: float, memory: float) -> str:
        """The limit that these figures are over, in words; empty if they are not."""
        if wall > self.wall:
            return f"over {self.wall:g} s"
        return f"over {self.memory / 1e3:.0f} GB" if memory > self.memory else ""


UNLIMITED = Limits()


@dataclass
class Meter:
    """Runs commands in a folder, so often."""

    folder: Path
    runs: int = 1
    limits: Limits = UNLIMITED

    def cost(self, command: Sequence[str | Path], makes: str = "") -> Cost:
        """Run the command, its standard output thrown away; the file or folder that it `makes` is removed before each run.

        After a run that a limit ended there is no other. Raises FailedError.
        """
        runs: list[Run] = []
        while len(runs) < self.runs and not (runs and runs[-1].over):
            if makes:
                _remove(self.folder / makes)
            runs.append(once(command, self.folder, self.limits))
        return Cost(runs)


def once(command: Sequence[str | Path], folder: Path, limits: Limits = UNLIMITED) -> Run:
    """Run a command once, in its own session; at a limit the session is killed. Raises FailedError."""
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        child = subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            env=quiet(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,
        )
        try:
            status, used, peak, over = _watch(child.pid, started, limits)
        except BaseException:
            _end(child.pid)
            raise
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)  # it was waited for here, not by Popen
        if child.returncode and not over:
            said.seek(0)
            raise FailedError([str(part) for part in command], child.returncode, _last(said.read().decode("utf-8", "replace")))
    return Run(used.ru_utime + used.ru_stime, wall, peak / 1e3, over)


def quiet() -> dict[str, str]:
    """The environment without what the shell has set for the command, polars or Python: it must not change a measurement."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("CLEAN_", "POLARS_", "PYTHON"))}


def script(name: str, *arguments: str | Path) -> list[str | Path]:
    """A program of this folder, as a command."""
    return [sys.executable, Path(__file__).parent / f"{name}.py", *arguments]


def clean(*arguments: str | Path) -> list[str | Path]:
    """The command that is measured."""
    return [sys.executable, "-m", "clean", *arguments]


def _last(said: str) -> str:
    """The last line that says something; usage errors end in the frame of a box."""
    return next((line.strip("│ ") for line in reversed(said.split("\n")) if re.search(r"\w", line)), "")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _watch(pid: int, started: float, limits: Limits) -> tuple[int, resource.struct_rusage, int, str]:
    """Wait for a process and look at its memory meanwhile: status, usage, peak in kB, the limit that ended it."""
    peak, over = 0, ""
    while True:
        done, status, used = os.wait4(pid, 0 if over else os.WNOHANG)
        if done:
            return status, used, peak, over
        before = time.perf_counter()
        peak = max(peak, _memory(pid))
        after = time.perf_counter()
        over = limits.passed(after - started, peak / 1e3)
        if over:
            _end(pid)
        else:
            time.sleep(max(BLINK, (after - before) / SHARE))


def _end(pid: int) -> None:
    """Kill a process that began a session, and all that came of it."""
    for one in _family(pid):
        try:
            os.kill(one, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _memory(first: int) -> int:
    """What a process and all that came of it hold, in kB: the sum of PSS, or the greatest high-water mark where that is more."""
    held = [(_read(pid, "smaps_rollup", b"Pss"), _read(pid, "status", b"VmHWM")) for pid in _family(first)]
    return max(sum(pss for pss, _ in held), max((mark for _, mark in held), default=0))


def _family(first: int) -> list[int]:
    """A process that began a session, and all that came of it: who is in the session (also when its parent is gone), their
    children, and who is in the sessions that those began."""
    known: dict[int, tuple[int, int]] = {}
    for entry in os.scandir(PROC):
        if entry.name.isdecimal():
            try:
                stat = (PROC / entry.name / "stat").read_bytes()
            except OSError:  # it ended meanwhile
                continue
            fields = stat.rpartition(b")")[2].split()
            known[int(entry.name)] = (int(fields[1]), int(fields[3]))
    found, before = {first}, 0
    while len(found) > before:
        before = len(found)
        found |= {pid for pid, (parent, session) in known.items() if parent in found or session in found}
    return [pid for pid in found if pid in known]


def _read(pid: int, file: str, name: bytes) -> int:
    try:
        found = FIELD[name].search((PROC / str(pid) / file).read_bytes())
    except OSError:  # it ended meanwhile
        return 0
    return int(found[1]) if found else 0
