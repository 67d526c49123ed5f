"""What `reading` gives and `writing` takes: a corpus as tables, and the way back to its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from clean.schema import Schema

SOURCES: Schema = {
    "source": pl.String,  # the file's name, relative to the input it was found under
    "format": pl.String,  # txt, jsonl, csv, tsv, parquet
    "bytes": pl.UInt64,  # of the file as stored
    "sha256": pl.String,  # of the file as stored
    "records": pl.UInt64,  # good and bad ones
}


@dataclass(frozen=True)
class Origin:
    """Where documents came from, and what did not become one."""

    quarantine: pl.DataFrame  # schema.QUARANTINE
    sources: pl.DataFrame  # SOURCES
    skipped: list[tuple[str, str]]  # what was not read, named as sources are, and why
    files: Mapping[str, Path]  # source -> where it is, for columns that only pass through

    def of_format(self, format: str) -> list[str]:
        """The sources of one format, sorted."""
        return self.sources.filter(pl.col("format") == format)["source"].to_list()


@dataclass(frozen=True)
class Corpus(Origin):
    """A corpus in canonical order: sources by name, records in their own order; `doc` counts them from 0.

    `documents` has schema.DOCUMENTS. Its `meta` is the record as JSON, as written, with the text's value cut
    out and one NUL byte in its place (a raw NUL cannot occur in JSON); without a NUL the record has no text
    to replace (null or missing); null where the source itself must be asked (text files, Parquet).
    """

    documents: pl.DataFrame
