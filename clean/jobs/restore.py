"""The way back, and the proof of it: restore and verify."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl

from clean.errors import CleanError, IntegrityError
from clean.stages.replay import replay
from clean.store import finished, publish, restoring


class Restored(NamedTuple):
    """How many came back: documents, and files that were put aside as no texts; how many bad records stay aside."""

    documents: int
    put_aside: int
    left: int


def restore(folder: Path, out: Path) -> Restored:
    """Write the input's texts, byte for byte, into the new folder `out`, with the files that were put aside as no texts.

    Raises IntegrityError when anything in `folder` does not agree with its manifest or ledger: then nothing is written.
    """
    found = finished.damage(folder)
    if found:
        raise IntegrityError(f"{folder} is damaged, and nothing was restored: {found[0]}{_and_more(found)}")
    publish.refuse_overlap(out, [folder])
    run = finished.open_finished(folder)
    put_aside = restoring.whole_files(run.quarantine)
    sources = [*run.sources(), *put_aside["source"]]
    documents = 0
    try:
        with publish.publishing(out, force=None) as fresh:
            restorer = restoring.Restorer(fresh, sources, run.config.text_field, run.config.id_field, run.names)
            for records in _records(run):
                restorer.write(records)
                documents += len(records)
            restorer.write(put_aside)
    except _DamagedError as damaged:
        raise IntegrityError(f"{folder} is damaged, and nothing was restored: {damaged}") from None
    return Restored(documents, len(put_aside), len(run.quarantine) - len(put_aside))


class _DamagedError(Exception):
    """What does not agree. Not a CleanError: `publishing` would say of `out` that it cannot be written."""


def _records(run: finished.Finished) -> Iterator[pl.DataFrame]:
    """source, doc_id, raw, meta of the documents as they came in, a stretch at a time. Raises _DamagedError."""
    try:
        for stretch in run.stretches(restoring.records):
            raws = []
            for doc, raw, finding in replay(stretch.published, stretch.ledger, stretch.fates):
                if finding is not None:
                    raise _DamagedError(finding)
                raws.append((doc, raw))
            table = pl.DataFrame(raws, schema={"doc": pl.UInt32, "raw": pl.Binary}, orient="row")
            whole = stretch.fates.join(table, on="doc", maintain_order="left")
            whole = whole.join(stretch.published, on="doc", how="left", maintain_order="left", suffix="_published")
            yield whole.select("source", "doc_id", "raw", meta=pl.coalesce("meta", "meta_published"))
    except CleanError as error:
        raise _DamagedError(str(error)) from None


def verify(folder: Path) -> tuple[list[str], int]:
    """What does not agree in a finished run, a sentence each, and the number of documents looked at.

    Manifest (every file's sha256), tables, and the ledger played backwards for every document, a stretch at a time.
    """
    found = finished.damage(folder)
    if found:
        return found, 0
    documents = 0
    try:
        run = finished.open_finished(folder)
        _ = run.quarantine, run.likeness
        for stretch in run.stretches():
            results = [finding for _, _, finding in replay(stretch.published, stretch.ledger, stretch.fates)]
            found += [finding for finding in results if finding is not None]
            documents += len(results)
    except CleanError as error:
        return [*found, str(error)], documents
    return found, documents


def _and_more(found: list[str]) -> str:
    return f" (and {len(found) - 1} more; `clean verify` lists them)" if len(found) > 1 else ""
