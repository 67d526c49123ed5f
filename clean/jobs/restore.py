"""The way back, and the proof of it: restore and verify."""

from __future__ import annotations

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
    found = finished.findings(folder)
    if found:
        raise IntegrityError(f"{folder} is damaged, and nothing was restored: {found[0]}{_and_more(found)}")
    run = finished.open_finished(folder)
    publish.refuse_overlap(out, [folder])
    raws = []
    for doc, raw, finding in replay(run.texts, run.ledger, run.fates):
        if finding is not None:
            raise IntegrityError(f"{folder}: {finding}; nothing was restored")
        raws.append((doc, raw))
    table = pl.DataFrame(raws, schema={"doc": pl.UInt32, "raw": pl.Binary}, orient="row")
    kept = restoring.read_records(folder, run.config.text_field).select(
        run.fates.filter(pl.col("fate") == "kept")["doc"], pl.col("meta").alias("published_meta")
    )
    records = run.fates.join(table, on="doc", maintain_order="left").join(kept, on="doc", how="left", maintain_order="left")
    records = records.with_columns(meta=pl.coalesce("meta", "published_meta"))
    put_aside = restoring.whole_files(run.quarantine)
    with publish.publishing(out, force=False) as fresh:
        restoring.write_restored(
            fresh, pl.concat([records, put_aside], how="diagonal"), run.config.text_field, run.config.id_field
        )
    return Restored(len(records), len(put_aside), len(run.quarantine) - len(put_aside))


def verify(folder: Path) -> tuple[list[str], int]:
    """What does not agree in a finished run, a sentence each, and the number of documents looked at.

    Manifest (every file's sha256), tables, and the ledger played backwards for every document.
    """
    found = finished.findings(folder)
    if found:
        return found, 0
    run = finished.open_finished(folder)
    try:
        results = [finding for _, _, finding in replay(run.texts, run.ledger, run.fates)]
    except CleanError as error:
        return [str(error)], 0
    return [finding for finding in results if finding is not None], len(results)


def _and_more(found: list[str]) -> str:
    return f" (and {len(found) - 1} more; `clean verify` lists them)" if len(found) > 1 else ""
