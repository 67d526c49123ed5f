"""clean: deduplicate and clean corpora of text, prove every removal, undo all of it.

    import clean
    result = clean.run("articles/*.txt")      # or a polars frame with `id` and `text`
    result.documents                          # id, text and the other columns, cleaned
    result.ledger                             # every change: where, what, why
    result.facts["rules"]                     # what each rule removed

The map of the house is docs/architecture.md; what travels through it, a comment per column, schema.py: read that first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clean.version import __version__

if TYPE_CHECKING:
    from clean.config import Config as Config
    from clean.errors import CleanError as CleanError
    from clean.jobs.library import Result as Result
    from clean.jobs.library import run as run

__all__ = ["CleanError", "Config", "Result", "__version__", "run"]

_HOMES = {"run": "clean.jobs.library", "Result": "clean.jobs.library", "Config": "clean.config", "CleanError": "clean.errors"}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: `clean --help` must not pay for polars."""
    if name not in _HOMES:
        raise AttributeError(f"module 'clean' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
