"""The report of a finished run, written again from its ledger."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from clean import report
from clean.edit import undo
from clean.errors import IntegrityError
from clean.stages.measure import Facts, Record, measure
from clean.store import finished, publish


def rewrite(folder: Path) -> Facts:
    """Write report.json, report.md, report.html and the card of `folder` again; its facts.

    The folder is replaced in one step, as a run publishes it. Raises IntegrityError when it is damaged: a report
    must not be made, and signed, from a ledger that was changed.
    """
    found = finished.findings(folder)
    if found:
        raise IntegrityError(f"{folder} is damaged, and its report was not written again: {found[0]}")
    run = finished.open_finished(folder)
    records = [Record(run.ledger, run.fates, run.kept)]
    versions, likeness = run.manifest["versions"], run.likeness
    facts = measure(records, run.quarantine, run.config, versions, lambda docs: _repaired(run, docs), likeness)
    header = {name: value for name, value in run.manifest.items() if name not in ("files", "made_by", "format_version")}
    with publish.publishing(folder, force=True) as fresh:
        shutil.copytree(
            folder, fresh, copy_function=_link, dirs_exist_ok=True, ignore=shutil.ignore_patterns(publish.MANIFEST, *report.FILES)
        )
        report.write(facts, fresh, finished.data_patterns(fresh))
        publish.write_manifest(fresh, header)
    return facts


def _repaired(run: finished.Finished, docs: Sequence[int]) -> pl.DataFrame:
    """doc, text of some documents as they were after repair and before any removal."""
    removals = run.ledger.filter((pl.col("layer") == "removal") & pl.col("doc").is_in(docs))
    texts = []
    for doc in docs:
        edits = removals.filter(pl.col("doc") == doc).select("start", "before", "after").rows()
        texts.append((doc, undo(run.published(doc) or b"", edits).decode()))
    return pl.DataFrame(texts, schema={"doc": pl.UInt32, "text": pl.String}, orient="row")


def _link(source: str, target: str) -> None:
    """A second name for the same file; a copy where the file system has no such names."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
