"""The command: parse, call, print, exit; the one place that catches.

Data on stdout, talk on stderr. Everything heavy is imported inside the commands, so that `--help` answers at once.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from clean import streams
from clean.errors import EXIT_DONE, EXIT_FINDINGS, EXIT_UNUSABLE, TRACEBACK, CleanError, ConfigError

if TYPE_CHECKING:
    from clean.config import Config, Origin
    from clean.report.progress import Line, Lines, Silence

STREAM = "-"
THREADS = "POLARS_MAX_THREADS"
BLAS_THREADS = "OPENBLAS_NUM_THREADS"
LEAST = 512 * 10**6  # bytes for --memory
LEAST_MEMORY = 1 << 30  # bytes of address space that the libraries reserve; far less is ever used
SHOWN = 10  # differences of each kind

app = typer.Typer(
    name="clean",
    help="Deduplicate and clean a corpus of text, prove every removal, undo all of it.",
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",  # in rich's own markup `[tool.clean]` would be a style, and vanish
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Format(StrEnum):
    """What `run` can write."""

    parquet = "parquet"
    jsonl = "jsonl"
    csv = "csv"
    txt = "txt"


class CheckFormat(StrEnum):
    """What `check` can print."""

    text = "text"
    json = "json"
    github = "github"
    sarif = "sarif"
    junit = "junit"
    markdown = "markdown"


class Repair(StrEnum):
    """How text is mended."""

    gentle = "gentle"
    ftfy = "ftfy"
    off = "off"


class LogFormat(StrEnum):
    """How progress is told."""

    TEXT = "text"
    JSON = "json"


def _folder(given: str) -> Path:
    """A folder as it was typed; nothing, and the sign for a stream, are none."""
    if given in ("", STREAM):
        raise ConfigError(f"{given!r} names no folder; give its name (./- if that is what it is called)")
    return Path(given)


def _bytes(text: str) -> int:
    """A size such as 512MB or 2GB, in bytes."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?) *([KMGT]?)(i?)B?", text.strip(), re.IGNORECASE)
    if found is None:
        raise ConfigError(f"{text!r} is not a size; write 512MB or 2GB")
    number, unit, binary = found.groups()
    size = float(number) * (1024 if binary else 1000) ** (" KMGT".index(unit.upper() or " "))
    if size < LEAST:
        raise ConfigError(f"{text} is too little: a part of a corpus and the libraries need {LEAST // 10**6}MB")
    return int(size)


Finished = Annotated[Path, typer.Argument(parser=_folder, metavar="OUT", help="The folder of a finished run.")]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings; default: clean.toml, then [tool.clean] of pyproject.toml."),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Any setting by its name; repeatable. `clean config` lists them."),
]
SetLimit = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="gate.NAME=VALUE", help="Any limit by its name; repeatable. `clean config` lists them."),
]
AsJson = Annotated[bool, typer.Option("--json", help="For programs: JSON on stdout.")]


@app.callback(invoke_without_command=True)
def top(version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False) -> None:
    """Deduplicate and clean a corpus of text, prove every removal, undo all of it."""
    if version:
        from clean.version import __version__

        typer.echo(f"clean {__version__}")
        raise typer.Exit
    _check_memory()
    _use_threads(None)


@app.command()
def run(
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT...", help="Files, folders or globs; '-' reads JSONL from stdin.")],
    output: Annotated[str, typer.Option("-o", "--output", metavar="OUT", help="Folder to make; '-' writes JSONL to stdout.")],
    text_field: Annotated[str | None, typer.Option(help="The field that holds the text.", show_default="text")] = None,
    id_field: Annotated[str | None, typer.Option(help="The field that holds the document's id.", show_default="id")] = None,
    group_field: Annotated[
        str | None, typer.Option(help="The field that names the site.", show_default="the host of a url field, else one group")
    ] = None,
    prefer: Annotated[
        str | None,
        typer.Option(
            metavar="FIELD",
            help="Of copies, keep the one with the least value of this field; with '-' before it, the greatest.",
            show_default="the most complete",
        ),
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
    max_record_bytes: Annotated[
        int | None, typer.Option(min=1, help="A longer line, row or text file is quarantined whole.", show_default="536870912")
    ] = None,
    record: Annotated[
        Path | None, typer.Option(parser=_folder, metavar="DIR", help="With -o -: where ledger and report go.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier run in OUT.")] = False,
    review: Annotated[bool, typer.Option("--review", help="Also write ledger.jsonl, the ledger to be read in a diff.")] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Threads to use, at most one a core.", show_default="all cores")
    ] = None,
    memory: Annotated[
        int | None,
        typer.Option(
            parser=_bytes,
            metavar="SIZE",
            help="Memory to use, such as 2GB; never less than 512MB.",
            show_default="half of what is free",
        ),
    ] = None,
    log_format: Annotated[
        LogFormat, typer.Option(help="Progress: a line on a terminal, or a line of JSON for each stage on stderr.")
    ] = LogFormat.TEXT,
    config: ConfigFile = None,
    settings: Set = None,
) -> None:
    """Clean a corpus: the main job. OUT appears complete or not at all."""
    threads = _use_threads(workers)
    out = record if output == STREAM else _folder(output)
    _check_output(output, record, formats or [])
    flags = {
        "text_field": text_field,
        "id_field": id_field,
        "group_field": group_field,
        "prefer": prefer,
        "formats": [one.value for one in formats] if formats else None,
        "repair": repair.value if repair else None,
        "max_bad": max_bad,
        "max_record_bytes": max_record_bytes,
    }
    resolved, _ = _resolve(config, settings, flags)
    from clean.jobs.run import run as run_job
    from clean.report import left_alone, summary

    stream = sys.stdout.buffer if output == STREAM else None
    with closing(_progress(log_format)) as tell:
        facts, skipped = run_job(
            inputs,
            out,
            resolved,
            force=force,
            review=review,
            stream=stream,
            workers=threads,
            memory=memory or _free_memory() // 2,
            tell=tell,
        )
    typer.echo(summary(facts, out) + left_alone(skipped), err=True, nl=False)
    if facts["documents"]["quarantined"] > resolved.max_bad:
        typer.echo(f"clean: more records were quarantined than --max-bad {resolved.max_bad} allows", err=True)
        raise typer.Exit(EXIT_FINDINGS)


@app.command()
def restore(
    finished: Finished,
    output: Annotated[
        Path, typer.Option("-o", "--output", parser=_folder, metavar="DIR", help="New folder for the texts as they came in.")
    ],
) -> None:
    """The input's texts, byte for byte, from the published texts and the ledger."""
    from clean.jobs.restore import restore as restore_job

    done = restore_job(finished, output)
    typer.echo(f"{done.documents:,} documents restored in {output}, each as it came in (sha256 agrees)", err=True)
    if done.put_aside:
        typer.echo(f"{done.put_aside:,} files that are no texts came back from quarantine", err=True)
    if done.left:
        typer.echo(f"{done.left:,} bad records stay in {finished / 'quarantine'}", err=True)


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
    doc_id: Annotated[
        str | None,
        typer.Argument(
            metavar="[DOC_ID]",
            help="A document's id, as in the data, or a text file's name. After `--` if it begins with a dash.",
        ),
    ] = None,
    named: Annotated[
        str | None, typer.Option("--id", metavar="DOC_ID", help="The same, also for an id that begins with a dash.")
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option("--cluster", metavar="KEY", help="Instead: all members of a cluster, by its key or the first digits of it."),
    ] = None,
    json: AsJson = False,
    html: Annotated[bool, typer.Option("--html", help="One self-contained page on stdout.")] = False,
) -> None:
    """One article with what was removed or repaired struck through, why, and its twin; or one cluster with its members."""
    wanted = [given for given in (doc_id, named, cluster) if given is not None]
    if len(wanted) != 1:
        raise ConfigError("explain takes one document, DOC_ID or --id DOC_ID, or one --cluster KEY")
    if json and html:
        raise ConfigError("explain prints --json or --html, not both")
    from clean import report as reports

    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    if cluster is not None:
        from clean.jobs.cluster import cluster as cluster_job

        found = cluster_job(finished, cluster)
        text = _json(found) + "\n" if json else reports.members(found) if html else reports.as_members(found, colour=colour)
    else:
        from clean.jobs.explain import explain as explain_job

        stories = explain_job(finished, wanted[0])
        plain = "\n".join(reports.as_text(story, colour=colour) for story in stories) if not (json or html) else ""
        text = _json(stories) + "\n" if json else reports.stories(stories) if html else plain
    typer.echo(text, nl=False, color=True)


@app.command()
def check(
    finished: Finished,
    baseline: Annotated[
        Path | None,
        typer.Option(
            parser=_folder, metavar="PATH", help="An earlier run's report.json, or its folder: drift from it is limited, too."
        ),
    ] = None,
    output_format: Annotated[CheckFormat, typer.Option("--output-format", help="How findings are printed.")] = CheckFormat.text,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit 0 though a limit is broken.")] = False,
    config: ConfigFile = None,
    settings: SetLimit = None,
) -> None:
    """Hold a finished run against its limits, the `gate` settings. Exit 1 if one is broken, 2 if it cannot be checked."""
    from clean.limits import resolve_limits, split_assignments

    others, given = split_assignments(settings or [])
    if others:
        raise ConfigError(f"--set {next(iter(others))}: {finished} was made with its own settings; limits are gate.NAME=VALUE")
    limits, _ = resolve_limits(given, file=config)
    from clean.jobs.check import check as check_job

    checked = check_job(finished, limits, baseline)
    typer.echo(_laid_out(checked, output_format), nl=False)
    if not checked["ok"] and not exit_zero:
        raise typer.Exit(EXIT_FINDINGS)


@app.command()
def diff(
    a: Annotated[Path, typer.Argument(parser=_folder, metavar="OUT_A", help="The folder of a finished run.")],
    b: Annotated[Path, typer.Argument(parser=_folder, metavar="OUT_B", help="Another, of the same corpus or a later one.")],
    all_rows: Annotated[bool, typer.Option("--all", help="All differences, not the first ten of each kind.")] = False,
    json: AsJson = False,
) -> None:
    """What two runs did differently: documents, removed lines, repairs. Exit 0: nothing; 1: something; 2: it cannot be told."""
    from clean.jobs.diff import diff as diff_job
    from clean.report.difference import as_differences

    found = diff_job(a, b, None if all_rows else SHOWN)
    if json:
        _print_json({"a": str(a), "b": str(b), **found})
    else:
        typer.echo(as_differences(found, str(a), str(b)), nl=False)
    if not found["same"]:
        raise typer.Exit(EXIT_FINDINGS)


@app.command()
def report(finished: Finished) -> None:
    """Write report.json, report.md and report.html again, from the ledger."""
    from clean.jobs.rewrite import rewrite
    from clean.report import summary

    typer.echo(summary(rewrite(finished), finished), err=True, nl=False)


@app.command(name="config")
def show_config(config: ConfigFile = None, settings: Set = None, json: AsJson = False) -> None:
    """The settings in force, and the limits of `check`, and where each came from."""
    from clean.limits import resolve_limits, split_assignments

    given, given_limits = split_assignments(settings or [])
    from clean.config import resolve

    _, origins = resolve(given, file=config)
    origins += resolve_limits(given_limits, file=config)[1]
    if json:
        plain = {one.name: list(one.value) if isinstance(one.value, tuple) else one.value for one in origins}
        _print_json({one.name: {"value": plain[one.name], "source": one.source, "help": one.help} for one in origins})
        return
    width = max(len(one.name) for one in origins)
    for one in origins:
        value = ",".join(one.value) if isinstance(one.value, tuple) else one.value
        typer.echo(f"{one.name:<{width}}  {value!s:<8}  {one.source:<10}  {one.help}")


def _use_threads(asked: int | None) -> int:
    """Set what polars reads when it is first imported; the number of threads. More than cores gain nothing, and 100,000
    never start."""
    given = os.environ.pop(THREADS, "")
    if asked is None and given and not (given.isdecimal() and int(given)):
        raise ConfigError(f"environment variable {THREADS} = {given!r} is not a whole number from 1")
    # No matrix here is large enough for threads, and each takes 32 MB.
    os.environ.setdefault(BLAS_THREADS, "1")
    wanted = asked or int(given or 0)
    threads = min(wanted or _cores(), _cores())
    if wanted:
        os.environ[THREADS] = str(threads)
    return threads


def _free_memory() -> int:
    """Bytes of memory that are free, as the system says; 8 GB where it does not."""
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return int(next(line for line in lines if line.startswith("MemAvailable:")).split()[1]) << 10
    return 8 << 30


def _progress(log_format: LogFormat) -> Silence | Line | Lines:
    from clean.report.progress import Line, Lines, Silence

    if log_format is LogFormat.JSON:
        return Lines(sys.stderr)
    return Line(sys.stderr) if sys.stderr.isatty() else Silence()


def _check_memory() -> None:
    """Refuse a limit on memory under which the libraries do not load: OpenBLAS tries for ever, polars aborts."""
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit != resource.RLIM_INFINITY and limit < LEAST_MEMORY:
        raise ConfigError(
            f"ulimit -v allows {limit >> 20} MiB of memory; the libraries alone reserve {LEAST_MEMORY >> 20}: raise it"
        )


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _check_output(output: str, record: Path | None, formats: list[Format]) -> None:
    if output != STREAM and record is not None:
        raise ConfigError("--record goes with -o -; with -o OUT, ledger and report are in OUT")
    others = [one.value for one in formats if one != Format.jsonl]
    if output == STREAM and others:
        raise ConfigError(f"--format {others[0]} cannot go to stdout, which is JSON Lines; name a folder with -o OUT")


def _resolve(file: Path | None, settings: list[str] | None, flags: dict[str, Any]) -> tuple[Config, list[Origin]]:
    from clean.config import resolve
    from clean.limits import resolve_limits, split_assignments

    given, limits = split_assignments(settings or [])
    if limits:
        raise ConfigError(f"--set gate.{next(iter(limits))}: a limit of `clean check`, which is a command of its own")
    resolve_limits({}, file=file)  # a limit that cannot be used is told before the work, not after it
    return resolve({**given, **{k: v for k, v in flags.items() if v is not None}}, file=file)


def _laid_out(checked: dict[str, Any], format: CheckFormat) -> str:
    from clean.report import gate
    from clean.report.sarif import as_sarif

    if format == CheckFormat.json:
        return _json(checked) + "\n"
    layouts = {
        CheckFormat.text: gate.as_lines,
        CheckFormat.github: gate.as_annotations,
        CheckFormat.markdown: gate.as_table,
        CheckFormat.junit: gate.as_junit,
        CheckFormat.sarif: as_sarif,
    }
    return layouts[format](checked)


def _json(value: Any) -> str:
    import json

    from clean.visible import json_text

    return json_text(json.dumps(value, ensure_ascii=False, indent=1))


def _print_json(value: Any) -> None:
    typer.echo(_json(value))


def _stop(number: int, frame: object) -> NoReturn:
    signal.signal(number, signal.SIG_DFL)  # a second signal ends at once
    raise SystemExit(128 + number)


def _once(number: int) -> None:
    """Let the system itself forget the handler when the signal comes (SA_RESETHAND), so that a second one ends at once.

    Python runs handlers between its own instructions only: while a library computes, or hangs, `_stop` has not begun.
    """
    import ctypes

    with suppress(AttributeError):  # glibc has it; elsewhere the second signal waits as the first does
        install = ctypes.CDLL(None).sysv_signal
        install.restype, install.argtypes = ctypes.c_void_p, (ctypes.c_int, ctypes.c_void_p)
        install(number, install(number, None))


def main() -> NoReturn:
    """Run the command line and exit: 0 done, 1 findings, 2 cannot be used, 129, 130, 141 and 143 on signals."""
    streams.prepare()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
            continue  # nohup: the terminal may close
        signal.signal(number, _stop)
        _once(number)
    code = _code(app)
    # here, not when the interpreter ends: then it would be too late for an exit code
    code = _code(sys.stdout.flush) or code
    if threading.active_count() > 1:  # work that nobody waits for any more would keep the interpreter from ending
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _code(call: Callable[[], object]) -> int:
    """The exit code that `call` comes to; what it raised is told in one line."""
    try:
        call()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else EXIT_DONE if end.code is None else EXIT_UNUSABLE
    except CleanError as error:
        return _told(str(error), error.exit_code)
    except BaseException as error:  # a panic of polars is no Exception
        if TRACEBACK in os.environ:
            raise
        return _told(_unforeseen(error), EXIT_UNUSABLE)
    return EXIT_DONE


def _told(line: str, code: int) -> int:
    from clean.visible import visible

    sys.stderr.write(f"clean: {visible(line, keep_newlines=False)}\n")
    return code


def _unforeseen(error: BaseException) -> str:
    """What the machine refuses, in a line; anything else is a fault of ours."""
    while isinstance(error, ImportError) and error.__cause__:
        error = error.__cause__  # numpy wraps the reason in a page of advice
    first_line = str(error).strip().partition("\n")[0]
    if isinstance(error, MemoryError):
        return "the memory is not enough; give it more, or clean the corpus in parts"
    if isinstance(error, ImportError):
        return f"a library cannot be loaded (too little memory, or a broken installation): {first_line}"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'the current folder'}: {error.strerror}"
    return f"internal error, please report it: {type(error).__name__}: {first_line}; {TRACEBACK}=1 shows where"
