"""clean: deduplicate and clean corpora of text, prove every removal, undo all of it.

    import clean
    result = clean.run("articles/*.txt")      # or a polars frame with `id` and `text`
    result.documents                          # id, text and the other columns, cleaned
    result.ledger                             # every change: where, what, why
    result.facts["rules"]                     # what each rule removed

The map of the house, from the street up (a floor imports only floors below it):

    schema errors version            the tables, a comment per column: read first; what is raised
    config edit visible damage       settings; undoable edits; control characters shown; what ftfy could change
    kernels windows characters       inner loops over batches; rows beside rows; what single characters are
    streams allocator child          stdin, stdout and stderr that fail in one line; how memory is kept; another process
    decoding text stage limits       bytes to text; what texts are compared by; what a stage is; the gate's limits
    stages engines store report      the rooms data walks through; what runs them; formats and files; layout
    pipeline                         the story
    jobs                             what each command does
    cli                              the command
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
