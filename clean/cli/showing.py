"""The commands that look at what runs have done, and judge it: explain, check, diff, known, report, config."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from clean.cli.options import AsJson, CheckFormat, ConfigFile, Finished, KnownFormat, Set, SetLimit, app, folder
from clean.cli.printing import json_text, print_json
from clean.errors import EXIT_FINDINGS, ConfigError

SHOWN = 10  # differences of each kind
SHOWN_KNOWN = 20  # known passages


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
        text = json_text(found) + "\n" if json else reports.members(found) if html else reports.as_members(found, colour=colour)
    else:
        from clean.jobs.explain import explain as explain_job

        stories = explain_job(finished, wanted[0])
        plain = "\n".join(reports.as_text(story, colour=colour) for story in stories) if not (json or html) else ""
        text = json_text(stories) + "\n" if json else reports.stories(stories) if html else plain
    typer.echo(text, nl=False, color=True)


@app.command()
def check(
    finished: Finished,
    baseline: Annotated[
        Path | None,
        typer.Option(
            parser=folder, metavar="PATH", help="An earlier run's report.json, or its folder: drift from it is limited, too."
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
    a: Annotated[Path, typer.Argument(parser=folder, metavar="OUT_A", help="The folder of a finished run.")],
    b: Annotated[Path, typer.Argument(parser=folder, metavar="OUT_B", help="Another, of the same corpus or a later one.")],
    all_rows: Annotated[bool, typer.Option("--all", help="All differences, not the first ten of each kind.")] = False,
    json: AsJson = False,
) -> None:
    """What two runs did differently: documents, removed lines, repairs. Exit 0: nothing; 1: something; 2: it cannot be told."""
    from clean.jobs.diff import diff as diff_job
    from clean.report.difference import as_differences

    found = diff_job(a, b, None if all_rows else SHOWN)
    if json:
        print_json({"a": str(a), "b": str(b), **found})
    else:
        typer.echo(as_differences(found, str(a), str(b)), nl=False)
    if not found["same"]:
        raise typer.Exit(EXIT_FINDINGS)


@app.command()
def known(
    paths: Annotated[
        list[Path], typer.Argument(parser=folder, metavar="PATH...", help="known.parquet of finished runs, or their folders.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", parser=folder, metavar="FILE", help="Write them as one file: support adds up."),
    ] = None,
    min_support: Annotated[int, typer.Option("--min-support", min=1, help="Leave out passages that fewer documents lost.")] = 1,
    compare: Annotated[bool, typer.Option("--compare", help="What two files know differently; exit 1 if anything.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier FILE.")] = False,
    all_rows: Annotated[bool, typer.Option("--all", help="All passages, not the first twenty.")] = False,
    output_format: Annotated[KnownFormat, typer.Option("--output-format", help="How they are printed.")] = KnownFormat.text,
) -> None:
    """What runs have learned (known.parquet): show, merge, prune or compare it."""
    if compare and (len(paths) != 2 or output is not None or min_support > 1):
        raise ConfigError("--compare takes two files, and neither -o nor --min-support; merge or prune them in a call of its own")
    from clean.jobs.known import compare as compare_job
    from clean.jobs.known import save, show, together
    from clean.report.known import as_comparison, as_known

    shown = None if all_rows else SHOWN_KNOWN
    if compare:
        found = compare_job(paths[0], paths[1], shown)
        if output_format is KnownFormat.json:
            print_json({"a": str(paths[0]), "b": str(paths[1]), **found})
        else:
            typer.echo(as_comparison(found, str(paths[0]), str(paths[1])), nl=False)
        if not found["same"]:
            raise typer.Exit(EXIT_FINDINGS)
        return
    merged = together(paths, min_support)
    if output is not None:
        save(merged, output, force=force)
    told = show(merged, shown)
    if output_format is KnownFormat.json:
        print_json(told)
    else:
        typer.echo(as_known(told), nl=False)


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
        print_json({one.name: {"value": plain[one.name], "source": one.source, "help": one.help} for one in origins})
        return
    width = max(len(one.name) for one in origins)
    for one in origins:
        value = ",".join(one.value) if isinstance(one.value, tuple) else one.value
        typer.echo(f"{one.name:<{width}}  {value!s:<8}  {one.source:<10}  {one.help}")


def _laid_out(checked: dict[str, Any], format: CheckFormat) -> str:
    from clean.report import gate
    from clean.report.sarif import as_sarif

    if format == CheckFormat.json:
        return json_text(checked) + "\n"
    layouts = {
        CheckFormat.text: gate.as_lines,
        CheckFormat.github: gate.as_annotations,
        CheckFormat.markdown: gate.as_table,
        CheckFormat.junit: gate.as_junit,
        CheckFormat.sarif: as_sarif,
    }
    return layouts[format](checked)
