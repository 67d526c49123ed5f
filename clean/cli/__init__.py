"""The command: parse, call, print, exit; here an error becomes a line and an exit code.

    options     the command line, and what several commands take
    cleaning    run
    restoring   restore, verify
    showing     explain, check, diff, known, report, config
    machine     threads, memory, names of files
    container   what of them a container leaves
    process     signals, exit codes, one line for whatever went wrong

Data on stdout, talk on stderr. Everything heavy is imported inside the commands, so that `--help` answers at once.
"""

from __future__ import annotations

from typing import Annotated, NoReturn

import typer

from clean import allocator
from clean.cli import cleaning, restoring, showing  # noqa: F401
from clean.cli.machine import check_memory, check_names, take_turns, use_threads
from clean.cli.options import app
from clean.cli.process import run_to_exit

__all__ = ["app", "main", "top"]


@app.callback(invoke_without_command=True)
def top(version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False) -> None:
    """Deduplicate and clean a corpus of text, prove every removal, undo all of it."""
    if version:
        from clean.version import __version__

        typer.echo(f"clean {__version__}")
        raise typer.Exit
    check_memory()
    check_names()
    use_threads(None)


def main() -> NoReturn:
    """The entry point of `clean`."""
    allocator.use(allocator.KEEPING)
    allocator.collect_rarely()
    take_turns()
    run_to_exit(app)
