"""The main job: read, clean, verify, publish."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import polars as pl

from clean import report
from clean.config import Config
from clean.engines.local import LocalEngine
from clean.errors import IntegrityError
from clean.pipeline import Outcome, clean
from clean.stages.measure import measure
from clean.stages.replay import replay
from clean.store import finished, publish, reading, writing
from clean.store.restoring import read_texts
from clean.version import __version__

Facts = dict[str, Any]

# Packages that can change the output; no others, so that the same output says the same about itself everywhere.
PACKAGES = ("datasketch", "ftfy", "polars")


class Done(NamedTuple):
    """What there is to tell of a run: its facts, and what in its inputs was left alone, with the reason."""

    facts: Facts
    skipped: list[tuple[str, str]]


def run(
    inputs: Sequence[str],
    out: Path | None,
    config: Config,
    *,
    force: bool = False,
    review: bool = False,
    stream: BinaryIO | None = None,
) -> Done:
    """Clean `inputs` into the folder `out`, complete or not at all.

    With `review`, the ledger is also written as lines for people. With `stream`, the cleaned records are written there
    as JSON Lines, and `out` (if given) holds the record of the run, its data as JSON Lines among it; what the stream
    refuses, `out` is not published for.
    Raises CleanError: input that cannot be used, output that cannot be written.
    """
    corpus = reading.read(inputs, config)
    if out is not None:
        publish.refuse_overlap(out, corpus.roots)
    outcome = clean(corpus.documents, LocalEngine(config))
    facts = facts_of(outcome, corpus.quarantine, config)
    if out is None:
        agree(outcome.texts, outcome)
        _send(corpus, outcome, stream, config)
    else:
        formats = ("jsonl",) if stream is not None and not config.formats else ()
        with publish.publishing(out, force) as folder:
            fill(folder, corpus, outcome, facts, formats, config, review=review)
            _send(corpus, outcome, stream, config)
    return Done(facts, corpus.skipped)


def _send(corpus: reading.Corpus, outcome: Outcome, stream: BinaryIO | None, config: Config) -> None:
    """Write the records to the stream, if there is one, to the last byte."""
    if stream is not None:
        writing.write_stream(corpus, outcome.texts, stream, config)
        stream.flush()


def fill(
    folder: Path,
    corpus: reading.Corpus,
    outcome: Outcome,
    facts: Facts,
    formats: Sequence[str],
    config: Config,
    *,
    review: bool,
) -> None:
    """Everything that a run publishes, verified from the files as they were written, the manifest last."""
    writing.write(folder, corpus, outcome.texts, formats, config)
    removed = outcome.fates.filter(pl.col("fate") != "kept")["doc"]
    fates = outcome.fates.drop("meta").join(writing.metas(corpus, removed), on="doc", how="left", maintain_order="left")
    finished.write_record(folder, outcome.ledger, fates, outcome.kept, corpus.quarantine)
    published = read_texts(folder, config.text_field).select(outcome.texts["doc"], "text")
    agree(published, outcome)
    report.write(facts, folder, finished.data_patterns(folder))
    if review:
        report.write_ledger(outcome.ledger, folder)
    publish.write_manifest(folder, header(corpus, config))


def agree(published: pl.DataFrame, outcome: Outcome) -> None:
    """Raise IntegrityError unless the ledger leads from the published texts back to every byte that came in."""
    for _, _, finding in replay(published, outcome.ledger, outcome.fates):
        if finding is not None:
            raise IntegrityError(f"this run does not undo itself, and was not published: {finding}")


def facts_of(outcome: Outcome, quarantine: pl.DataFrame, config: Config) -> Facts:
    """The facts of a run, with the texts that are quoted."""

    def read(docs: Sequence[int]) -> pl.DataFrame:
        return outcome.repaired.filter(pl.col("doc").is_in(docs)).select("doc", "text")

    return measure(outcome.ledger, outcome.fates, quarantine, outcome.kept, config, versions(), read)


def versions() -> dict[str, str]:
    """The versions of what can change the output: ours, and those installed of what we build on."""
    return {"cleancorpus": __version__} | {package: metadata.version(package) for package in PACKAGES}


def header(corpus: reading.Corpus, config: Config) -> dict[str, Any]:
    """What the manifest says besides its files; no path and no time."""
    sources = corpus.sources.select("source", "format", "bytes", "sha256", "records").to_dicts()
    return {
        "config": config.as_dict(),
        "fingerprint": config.fingerprint(),
        "versions": versions(),
        "inputs": sources,
        "skipped": [list(pair) for pair in corpus.skipped],
    }
