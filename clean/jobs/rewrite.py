"""The report of a finished run, written again from its ledger."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from clean import report
from clean.errors import CleanError, IntegrityError
from clean.stages.measure import Facts, measure
from clean.store import finished, publish
from clean.store.manifest import MANIFEST, write_manifest


def rewrite(folder: Path) -> Facts:
    """Write report.json, report.md, report.html and the card of `folder` again; its facts.

    The folder is replaced in one step, as a run publishes it. Raises IntegrityError when it is damaged: a report
    must not be made, and signed, from a ledger that was changed.
    """
    found = finished.damage(folder)
    if found:
        raise IntegrityError(_damaged(folder, found[0]))
    try:
        run = finished.open_finished(folder)
        facts = _facts(run)
    except CleanError as error:
        raise IntegrityError(_damaged(folder, error)) from None
    header = {name: value for name, value in run.manifest.items() if name not in ("files", "made_by", "format_version")}
    with publish.publishing(folder, force=True) as fresh:
        shutil.copytree(
            folder, fresh, copy_function=_link, dirs_exist_ok=True, ignore=shutil.ignore_patterns(MANIFEST, *report.FILES)
        )
        report.write(facts, fresh, finished.data_patterns(fresh))
        write_manifest(fresh, header)
    return facts


def _damaged(folder: Path, what: object) -> str:
    return f"{folder} is damaged, and its report was not written again: {what}"


def _facts(run: finished.Finished) -> Facts:
    """What the run's report says, by the versions that made the run."""

    def repaired(docs: Sequence[int]) -> pl.DataFrame:
        texts = [(doc, text.decode()) for doc, text in run.repaired(docs).items()]
        return pl.DataFrame(texts, schema={"doc": pl.UInt32, "text": pl.String}, orient="row")

    return measure(run.pieces, run.quarantine, run.config, run.manifest["versions"], repaired, run.likeness)


def _link(source: str, target: str) -> None:
    """A second name for the same file; a copy where the file system has no such names."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
