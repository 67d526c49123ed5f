"""The command: parse, call, print, exit; the one place that catches.

Data on stdout, talk on stderr. Everything heavy is imported inside the commands, so that `--help` answers at once.
"""

from __future__ import annotations

import os
import signal
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from clean.errors import EXIT_DONE, EXIT_FINDINGS, EXIT_UNUSABLE, TRACEBACK, CleanError, ConfigError

if TYPE_CHECKING:
    from clean.config import Config, Origin

app = typer.Typer(
    name="clean",
    help="Deduplicate and clean a corpus of text, prove every removal, undo all of it.",
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Format(StrEnum):
    """What `run` can write."""

    parquet = "parquet"
    jsonl = "jsonl"
    csv = "csv"
    txt = "txt"


class Repair(StrEnum):
    """How text is mended."""

    gentle = "gentle"
    ftfy = "ftfy"
    off = "off"


Finished = Annotated[Path, typer.Argument(metavar="OUT", help="The folder of a finished run.")]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings; default: clean.toml, then [tool.clean] of pyproject.toml."),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Any setting by its name; repeatable. `clean config` lists them."),
]
AsJson = Annotated[bool, typer.Option("--json", help="For programs: JSON on stdout.")]


@app.callback(invoke_without_command=True)
def top(version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False) -> None:
    """Deduplicate and clean a corpus of text, prove every removal, undo all of it."""
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"clean {installed('cleancorpus')}")
        raise typer.Exit


@app.command()
def run(
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT...", help="Files, folders or globs; '-' reads JSONL from stdin.")],
    output: Annotated[str, typer.Option("-o", "--output", metavar="OUT", help="Folder to make; '-' writes JSONL to stdout.")],
    text_field: Annotated[str | None, typer.Option(help="The field that holds the text.", show_default="text")] = None,
    id_field: Annotated[str | None, typer.Option(help="The field that holds the document's id.", show_default="id")] = None,
    group_field: Annotated[
        str | None, typer.Option(help="The field that names the site.", show_default="the host of a url field, else one group")
    ] = None,
    formats: Annotated[
        list[Format] | None,
        typer.Option("--format", help="What to write; repeatable.", show_default="parquet, and txt where the input was txt"),
    ] = None,
    repair: Annotated[
        Repair | None,
        typer.Option(help="How text is mended: damage only, all that ftfy does, not at all.", show_default="gentle"),
    ] = None,
    max_bad: Annotated[
        int | None, typer.Option(min=0, help="Bad records that may be quarantined before exit 1.", show_default="0")
    ] = None,
    record: Annotated[Path | None, typer.Option(metavar="DIR", help="With -o -: where ledger and report go.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier run in OUT.")] = False,
    review: Annotated[bool, typer.Option("--review", help="Also write ledger.jsonl, the ledger to be read in a diff.")] = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Threads to use.", show_default="all cores")] = None,
    config: ConfigFile = None,
    settings: Set = None,
) -> None:
    """Clean a corpus: the main job. OUT appears complete or not at all."""
    if workers is not None:
        os.environ["POLARS_MAX_THREADS"] = str(workers)  # read when polars is first imported, below
    flags = {
        "text_field": text_field,
        "id_field": id_field,
        "group_field": group_field,
        "formats": [one.value for one in formats] if formats else None,
        "repair": repair.value if repair else None,
        "max_bad": max_bad,
    }
    resolved, _ = _resolve(config, settings, flags)
    from clean.jobs.run import run as run_job
    from clean.report import summary

    if output == "-":
        facts = run_job(inputs, record, resolved, force=force, review=review, stream=sys.stdout.buffer)
    elif record is not None:
        raise ConfigError("--record goes with -o -; with -o OUT, ledger and report are in OUT")
    else:
        facts = run_job(inputs, Path(output), resolved, force=force, review=review)
    typer.echo(summary(facts, record if output == "-" else Path(output)), err=True, nl=False)
    if facts["documents"]["quarantined"] > resolved.max_bad:
        typer.echo(f"clean: more records were quarantined than --max-bad {resolved.max_bad} allows", err=True)
        raise typer.Exit(EXIT_FINDINGS)


@app.command()
def restore(
    finished: Finished,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="New folder for the texts as they came in.")],
) -> None:
    """The input's texts, byte for byte, from the published texts and the ledger."""
    from clean.jobs.restore import restore as restore_job

    count = restore_job(finished, output)
    typer.echo(f"{count:,} documents restored in {output}, each as it came in (sha256 agrees)", err=True)


@app.command()
def verify(finished: Finished, json: AsJson = False) -> None:
    """Check that manifest, ledger, data and restored texts all agree. Exit 1 if anything does not."""
    from clean.jobs.restore import verify as verify_job

    findings, documents = verify_job(finished)
    if json:
        _print_json({"ok": not findings, "documents": documents, "findings": findings})
    else:
        from clean.visible import visible

        for finding in findings:
            typer.echo(visible(finding, keep_newlines=False))
        if not findings:
            typer.echo(f"{documents:,} documents verified: manifest, data, ledger and restored texts agree")
    if findings:
        raise typer.Exit(EXIT_FINDINGS)


@app.command()
def explain(
    finished: Finished,
    doc_id: Annotated[str, typer.Argument(metavar="DOC_ID", help="A document's id, as in the data.")],
    json: AsJson = False,
) -> None:
    """One article with what was removed or repaired struck through, why, and its twin."""
    from clean.jobs.explain import explain as explain_job
    from clean.report import as_text

    stories = explain_job(finished, doc_id)
    if json:
        _print_json(stories)
    else:
        colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        typer.echo("\n".join(as_text(story, colour=colour) for story in stories), nl=False, color=True)


@app.command()
def report(finished: Finished) -> None:
    """Write report.json, report.md and report.html again, from the ledger."""
    from clean.jobs.rewrite import rewrite
    from clean.report import summary

    typer.echo(summary(rewrite(finished), finished), err=True, nl=False)


@app.command(name="config")
def show_config(config: ConfigFile = None, settings: Set = None, json: AsJson = False) -> None:
    """The settings in force and where each came from."""
    resolved, origins = _resolve(config, settings, {})
    if json:
        values = resolved.as_dict()
        _print_json({one.name: {"value": values[one.name], "source": one.source, "help": one.help} for one in origins})
        return
    width = max(len(one.name) for one in origins)
    for one in origins:
        value = ",".join(one.value) if isinstance(one.value, tuple) else one.value
        typer.echo(f"{one.name:<{width}}  {value!s:<8}  {one.source:<10}  {one.help}")


def _resolve(file: Path | None, settings: list[str] | None, flags: dict[str, Any]) -> tuple[Config, list[Origin]]:
    from clean.config import parse_assignments, resolve

    return resolve({**parse_assignments(settings or []), **{k: v for k, v in flags.items() if v is not None}}, file=file)


def _print_json(value: Any) -> None:
    import json

    from clean.visible import json_text

    typer.echo(json_text(json.dumps(value, ensure_ascii=False, indent=1)))


def _stop(number: int, frame: object) -> NoReturn:
    signal.signal(number, signal.SIG_DFL)  # a second signal ends at once
    raise SystemExit(128 + number)


def main() -> NoReturn:
    """Run the command line and exit: 0 done, 1 findings, 2 cannot be used, 130 and 143 on signals."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        app()
        code = EXIT_DONE
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else EXIT_UNUSABLE
    except CleanError as error:
        from clean.visible import visible

        sys.stderr.write(f"clean: {visible(str(error), keep_newlines=False)}\n")
        code = error.exit_code
    except BrokenPipeError:
        code = 128 + signal.SIGPIPE
    except Exception as error:  # a fault of ours: a line for the reader, a traceback for who asks
        if TRACEBACK in os.environ:
            raise
        sys.stderr.write(f"clean: internal error, please report it: {error!r}; {TRACEBACK}=1 shows where\n")
        code = EXIT_UNUSABLE
    sys.exit(_flushed(code))


def _flushed(code: int) -> int:
    """Flush stdout here, where a closed pipe can still be silent: the interpreter's own flush would complain."""
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            sys.stderr.write(f"clean: stdout cannot be written: {error.strerror}\n")
            return EXIT_UNUSABLE
        return 128 + signal.SIGPIPE
    return code
