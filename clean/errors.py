"""Everything that `clean` raises on purpose, and the exit code each means.

    CleanError                 2   one line for the reader: what, where, what to do
    ├── ConfigError            2   a setting that cannot be used
    ├── InputError             2   an input that cannot be used
    ├── OutputError            2   an output that cannot be written
    │   └── DiskError          2   because the disk refuses
    ├── ClusterError           2   a cluster, or a process, that cannot be used or gave up
    └── IntegrityError         1   a finished run that does not agree with itself

In `cli` each becomes a line and an exit code.
"""

from __future__ import annotations

import errno
import os
import re

__all__ = ["CleanError", "ClusterError", "ConfigError", "DiskError", "InputError", "IntegrityError", "OutputError"]

TRACEBACK = "CLEAN_TRACEBACK"
"""The environment variable that makes the command show where an internal error arose."""

EXIT_DONE = 0
EXIT_FINDINGS = 1
EXIT_UNUSABLE = 2


_NUMBER = re.compile(r"\[Errno (\d+)\]|\(os error (\d+)\)")
_PARTLY = "the disk took only a part of it"
_FULL = (os.strerror(errno.ENOSPC), os.strerror(errno.EDQUOT), _PARTLY)


def refusal(error: BaseException) -> str:
    """Why the system refused something, in its words; where it was not the system, what the error says."""
    return _refused(error) or first_line(error)


def is_refusal(error: BaseException) -> bool:
    """Whether it was the system that refused something: what polars raises then it raises for a fault of ours, too."""
    return _refused(error) is not None


def _refused(error: BaseException) -> str | None:
    """The system's words. polars puts its number before or behind them, and words of its own around; where a disk is full before
    the end of a Parquet file, it has neither."""
    known = getattr(error, "strerror", None)
    said = known or first_line(error)
    number = _NUMBER.search(said)
    if number:
        return os.strerror(int(number[1] or number[2]))
    return _PARTLY if "transport error" in said else known


def first_line(error: BaseException) -> str:
    """What an error says, without the advice and the plans that libraries put below."""
    return str(error).strip().partition("\n")[0]


class CleanError(Exception):
    """Base of all errors that are meant for the person who ran the command."""

    exit_code = EXIT_UNUSABLE


class ConfigError(CleanError):
    """A flag, variable or configuration file holds something that cannot be used; `about`: the settings whose values that is."""

    def __init__(self, message: str, *about: str) -> None:
        super().__init__(message)
        self.about = about


class InputError(CleanError):
    """An input is missing, unreadable or not what its name says."""


class OutputError(CleanError):
    """The output cannot be written, or exists and was not to be replaced."""


class DiskError(OutputError):
    """The disk refuses what is written: `where`, and `why`, in the system's words."""

    def __init__(self, where: object, why: str) -> None:
        super().__init__(str(where), why)
        self.where, self.why = str(where), why

    def __str__(self) -> str:
        do = "; make room there, or name another place" if self.why in _FULL else ""
        return f"{self.where} cannot be written: {self.why}{do}"


class ClusterError(CleanError):
    """The cluster, or the process, that was to do some of the work cannot be used, or has given up."""


class IntegrityError(CleanError):
    """Manifest, ledger and data of a finished run do not agree."""

    exit_code = EXIT_FINDINGS
