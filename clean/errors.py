"""Everything that `clean` raises on purpose, and the exit code each means.

    CleanError                 2   one line for the reader: what, where, what to do
    ├── ConfigError            2   a setting that cannot be used
    ├── InputError             2   an input that cannot be used
    ├── OutputError            2   an output that cannot be written
    ├── ClusterError           2   a cluster, or a process, that cannot be used or gave up
    └── IntegrityError         1   a finished run that does not agree with itself

`cli` is the one place that catches them.
"""

from __future__ import annotations

import re

__all__ = ["CleanError", "ClusterError", "ConfigError", "InputError", "IntegrityError", "OutputError"]

TRACEBACK = "CLEAN_TRACEBACK"
"""The environment variable that makes the command show where an internal error arose."""

EXIT_DONE = 0
EXIT_FINDINGS = 1
EXIT_UNUSABLE = 2


def refusal(error: Exception) -> str:
    """Why the system refused something, in its words; polars puts its number before them."""
    return getattr(error, "strerror", None) or re.sub(r"^\[Errno \d+\] ", "", str(error))


class CleanError(Exception):
    """Base of all errors that are meant for the person who ran the command."""

    exit_code = EXIT_UNUSABLE


class ConfigError(CleanError):
    """A flag, variable or configuration file holds something that cannot be used."""


class InputError(CleanError):
    """An input is missing, unreadable or not what its name says."""


class OutputError(CleanError):
    """The output cannot be written, or exists and was not to be replaced."""


class ClusterError(CleanError):
    """The cluster, or the process, that was to do some of the work cannot be used, or has given up."""


class IntegrityError(CleanError):
    """Manifest, ledger and data of a finished run do not agree."""

    exit_code = EXIT_FINDINGS
