"""`clean run`, the main job."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clean import allocator
from clean.cli.machine import free_memory, use_threads
from clean.cli.options import LEAST, STREAM, ConfigFile, Engine, LogFormat, Set, app, folder, memory_size, size
from clean.config import Format, Repair
from clean.errors import EXIT_FINDINGS, ConfigError
from clean.wording import counted

if TYPE_CHECKING:
    from clean.config import Config
    from clean.engines.spark import Spark
    from clean.report.progress import Line, Lines, Silence


@app.command()
def run(
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT...", help="Files, folders or globs; '-' reads JSONL from stdin.")],
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT",
            help="Folder to make; '-' writes JSONL to stdout.",
            show_default="required unless --dry-run",
        ),
    ] = None,
    text_field: Annotated[str | None, typer.Option(help="The field that holds the text.", show_default="text")] = None,
    id_field: Annotated[str | None, typer.Option(help="The field that holds the document's id.", show_default="id")] = None,
    group_field: Annotated[
        str | None,
        typer.Option(
            help="The field that names the site: repetition is looked for within one.",
            show_default="the host of a url field, else one group",
        ),
    ] = None,
    prefer: Annotated[
        str | None,
        typer.Option(
            metavar="FIELD",
            help="Of copies, keep the one with the lowest value of this field; with '-' before it, the highest.",
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
        int | None, typer.Option(min=0, help="Bad records to accept before the exit code is 1.", show_default="0")
    ] = None,
    max_record_bytes: Annotated[
        int | None,
        typer.Option(
            parser=size, metavar="SIZE", help="A longer line, row or text file is quarantined whole.", show_default="512MiB"
        ),
    ] = None,
    record: Annotated[
        Path | None, typer.Option(parser=folder, metavar="DIR", help="With -o -: where ledger and report go.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing run in OUT.")] = False,
    review: Annotated[bool, typer.Option("--review", help="Also write ledger.jsonl, a change a line, for reviews.")] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Parts to clean side by side, at most one a core; with --engine spark, tasks at a time.",
            show_default="all cores, here (in a container as its limit allows) or of the cluster",
        ),
    ] = None,
    memory: Annotated[
        int | None,
        typer.Option(
            parser=memory_size,
            metavar="SIZE",
            help="Memory to use, such as 2GB; never less than 512MB.",
            show_default="half of what is free, in a container of what its limit leaves",
        ),
    ] = None,
    known: Annotated[
        list[Path] | None,
        typer.Option(
            "--known",
            parser=folder,
            metavar="PATH",
            help="Recognise what an earlier run removed: its known.parquet, or its folder; repeatable, in any order.",
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Say what would happen, and write nothing: the summary, biggest clusters, weakest decisions."
        ),
    ] = False,
    engine: Annotated[
        Engine, typer.Option(help="What does the work: this process, or a cluster of Apache Spark; the output is the same.")
    ] = Engine.local,
    master: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="With --engine spark: where the cluster is, such as spark://host:7077, yarn, k8s://https://host:443.",
            show_default="what Spark's settings say, else this machine, local[*]",
        ),
    ] = None,
    log_format: Annotated[
        LogFormat, typer.Option(help="Progress: a line on a terminal, or a line of JSON for each stage on stderr.")
    ] = LogFormat.text,
    config: ConfigFile = None,
    settings: Set = None,
) -> None:
    """Clean a corpus: the main job. OUT appears complete or not at all."""
    threads = use_threads(workers if engine is Engine.local else None)
    if engine is Engine.local and master is not None:
        raise ConfigError("--master goes with --engine spark; without it the work is done by this process")
    if output is None and not dry_run:
        raise ConfigError("no output folder: give -o OUT, or --dry-run to write nothing")
    out = record if output in (STREAM, None) else folder(str(output))
    if output != STREAM and record is not None:
        raise ConfigError("--record goes with -o -; with -o OUT, ledger and report are in OUT")
    if review and out is None:
        raise ConfigError("--review needs a folder for its ledger.jsonl: give -o OUT, or --record DIR with -o -")
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
    resolved = _resolve(config, settings, flags)
    if output == STREAM:
        _check_streamed(resolved.formats)
    machines = _machines(engine, master, workers, None if dry_run else out)
    from clean.jobs.run import run as run_job
    from clean.report import left_alone, preview, summary

    stream = sys.stdout.buffer if output == STREAM and not dry_run else None
    with closing(_progress(log_format)) as tell:
        done = run_job(
            inputs,
            out,
            resolved,
            force=force,
            review=review,
            stream=stream,
            workers=threads,
            memory=memory or max(free_memory() // 2, LEAST),
            known=known or (),
            dry=dry_run,
            machines=machines,
            tell=tell,
        )
    facts, left = done.facts, left_alone(done.skipped)
    if done.resumed:
        typer.echo(
            f"clean: an earlier run was killed; {counted(done.resumed, 'step')} of its work found whole, and used", err=True
        )
    if dry_run:
        typer.echo(summary(facts) + "\n" + preview(facts) + left, nl=False)
    else:
        typer.echo(summary(facts, out) + left, err=True, nl=False)
    bad = facts["documents"]["quarantined"]
    if bad and out is None and not dry_run:
        typer.echo("clean: no folder was asked for, so there is no quarantine/: --record DIR keeps what cannot be read", err=True)
    if bad > resolved.max_bad:
        typer.echo(f"clean: {counted(bad, 'bad record')} quarantined, --max-bad allows {resolved.max_bad:,}: exit 1", err=True)
        raise typer.Exit(EXIT_FINDINGS)


def _machines(engine: Engine, master: str | None, tasks: int | None, out: Path | None) -> Spark | None:
    """The cluster that was asked for; Spark is loaded for nothing else."""
    if engine is Engine.local:
        return None
    if out is None:
        raise ConfigError("--engine spark needs a folder that all machines share, where its tasks meet: give -o OUT there")
    allocator.use(allocator.SPARING)  # polars is not loaded yet
    from clean.engines.spark import Spark, check_installed

    check_installed()
    return Spark(master, tasks)


def _progress(log_format: LogFormat) -> Silence | Line | Lines:
    from clean.report.progress import Line, Lines, Silence

    if log_format is LogFormat.json:
        return Lines(sys.stderr)
    return Line(sys.stderr) if sys.stderr.isatty() else Silence()


def _check_streamed(formats: Sequence[str]) -> None:
    """Refuse formats that cannot go to stdout, wherever they were asked for."""
    others = [one for one in formats if one != Format.jsonl]
    if others:
        do = "give --format jsonl, or name a folder with -o OUT"
        raise ConfigError(f"formats = {others[0]} cannot go to stdout, which is JSON Lines; {do}")


def _resolve(file: Path | None, settings: list[str] | None, flags: dict[str, Any]) -> Config:
    from clean.config import resolve
    from clean.limits import resolve_limits, split_assignments

    given, limits = split_assignments(settings or [])
    if limits:
        raise ConfigError(f"--set gate.{next(iter(limits))}: a limit of `clean check`, which is a command of its own")
    resolve_limits({}, file=file)  # a limit that cannot be used is told before the work, not after it
    return resolve({**given, **{k: v for k, v in flags.items() if v is not None}}, file=file)[0]
