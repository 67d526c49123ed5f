"""`clean restore` and `clean verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clean.cli.options import AsJson, Finished, app, folder
from clean.cli.printing import print_json
from clean.errors import EXIT_FINDINGS
from clean.wording import counted


@app.command()
def restore(
    finished: Finished,
    output: Annotated[
        Path, typer.Option("-o", "--output", parser=folder, metavar="DIR", help="New folder for the texts as they came in.")
    ],
) -> None:
    """The original texts, byte for byte, from the published texts and the ledger. Text files come back as they were; records of
    JSONL, CSV and Parquet as JSON Lines, one file a source."""
    from clean.jobs.restore import restore as restore_job

    done = restore_job(finished, output)
    typer.echo(
        f"{counted(done.documents, 'document')} restored in {output}, each as it came in (sha256 agrees)",
        err=True,
    )
    if done.put_aside:
        typer.echo(f"back from quarantine, as bytes: {counted(done.put_aside, 'file')} without text", err=True)
    if done.left:
        typer.echo(f"left in {finished / 'quarantine'}: {counted(done.left, 'bad record')}", err=True)


@app.command()
def verify(finished: Finished, json: AsJson = False) -> None:
    """Check that manifest, ledger, data and restored texts all agree. Exit 1 if anything does not."""
    from clean.jobs.restore import verify as verify_job

    findings, documents = verify_job(finished)
    if json:
        print_json({"ok": not findings, "documents": documents, "findings": findings})
    else:
        from clean.visible import visible

        for finding in findings:
            typer.echo(visible(finding, keep_newlines=False))
        if not findings:
            typer.echo(f"{counted(documents, 'document')} verified: manifest, data, ledger and restored texts agree")
    if findings:
        raise typer.Exit(EXIT_FINDINGS)
