"""`clean.run`: the main job for programs, with polars frames in and out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from clean.config import Config, config_of
from clean.engines.local import LocalEngine
from clean.errors import InputError
from clean.jobs.known import known_passages
from clean.jobs.run import facts_of
from clean.jobs.volume import agree
from clean.pipeline import Outcome, clean
from clean.schema import DOCUMENTS, QUARANTINE, empty
from clean.stages.measure import Facts, Record
from clean.store import reading, writing
from clean.store.formats import columns, sites

Paths = str | Path | Iterable[str | Path]


@dataclass(frozen=True)
class Result:
    """What a run did. `documents`: the cleaned records with all columns; the other tables are described in `clean.schema`."""

    documents: pl.DataFrame
    outcome: Outcome
    quarantine: pl.DataFrame
    config: Config

    @property
    def ledger(self) -> pl.DataFrame:
        """Every change: schema.LEDGER."""
        return self.outcome.ledger

    @property
    def fates(self) -> pl.DataFrame:
        """What became of each document: schema.FATES."""
        return self.outcome.fates

    @cached_property
    def facts(self) -> Facts:
        """What `report.json` holds."""
        done = self.outcome

        def read(docs: Sequence[int]) -> pl.DataFrame:
            return done.repaired.filter(pl.col("doc").is_in(docs))

        return facts_of([Record(done.ledger, done.fates, done.kept)], self.quarantine, done.likeness, self.config, read)


def run(
    inputs: pl.DataFrame | pl.LazyFrame | Paths,
    *,
    known: Paths | None = None,
    **settings: Any,
) -> Result:
    """Clean a frame, or files, folders and globs; nothing is written.

    A frame comes back with its columns and order, its text column cleaned, copies left out; it needs the text column
    (`text_field`, default "text") and may have an id column (`id_field`, default "id"; else the ids are the rows' numbers), one
    that names the site (`group_field`, else the host of `url`), and one by which the better of two copies is told (`prefer`); a
    column that is named must be there. Of files come the columns that the command would publish as Parquet.
    `known`: files of known passages, or finished runs. `settings` are those of Config, by name; neither the environment nor a
    settings file is looked at. Raises ConfigError and InputError as the command does, and InputError in a process that was forked
    from one that has called it.
    """
    _refuse_fork()
    config = config_of({name: value for name, value in settings.items() if value is not None}, "clean.run")
    if isinstance(inputs, pl.LazyFrame):
        inputs = inputs.collect()
    if isinstance(inputs, pl.DataFrame):
        documents, quarantine = _from_frame(inputs, config), empty(QUARANTINE)
    else:
        corpus = reading.read(_paths("inputs", inputs, "a polars frame, a path, or paths"), config)
        documents, quarantine = corpus.documents, corpus.quarantine
    earlier = known_passages([Path(path) for path in _paths("known", () if known is None else known, "a path, or paths")], config)
    outcome = clean(documents, LocalEngine(config), known_passages=earlier.passages)
    agree(outcome.texts, outcome.ledger, outcome.fates)
    if isinstance(inputs, pl.DataFrame):
        cleaned = _like(inputs, outcome, config)
    else:
        cleaned = writing.table(corpus, documents.join(outcome.texts, on="doc", maintain_order="left"), config)
    return Result(cleaned, outcome, quarantine, config)


_process: int | None = None  # that has called `run`


def _refuse_fork() -> None:
    """The threads of polars do not come along in a fork, their locks do: it would wait for ever."""
    global _process
    _process = _process or os.getpid()
    if _process != os.getpid():
        raise InputError(
            "clean.run was called before this process was forked, which polars does not survive; "
            "start processes by spawning them: multiprocessing.get_context('spawn')"
        )


def _paths(name: str, given: Any, wanted: str) -> list[str]:
    """One path or several. Raises InputError for anything else, such as a frame of pandas: that gives the names of columns."""
    several = isinstance(given, (Sequence, Set, Iterator)) and not isinstance(given, (str, bytes))
    try:
        return [os.fsdecode(os.fsencode(path)) for path in (given if several else [given])]
    except (TypeError, UnicodeEncodeError) as error:
        raise InputError(f"{name} cannot be used: {error}; give {wanted}") from None


def _from_frame(frame: pl.DataFrame, config: Config) -> pl.DataFrame:
    """schema.DOCUMENTS of a frame's rows. Raises InputError when the text column is missing or holds no text."""
    if config.text_field not in frame.columns:
        raise InputError(
            f"the frame has no column {config.text_field!r}; it has {', '.join(frame.columns)}: name it as text_field"
        )
    if not columns.is_text(frame.schema[config.text_field]):
        dtype = frame.schema[config.text_field]
        raise InputError(f"the column {config.text_field!r} is {dtype}, not a text; name another as text_field")
    asked = config.id_field if config.id_field != Config.id_field else ""  # a frame without `id` has rows
    for name in (asked, config.group_field, config.preferred_field):
        if name and name not in frame.columns:
            raise InputError(f"the frame has no column {name!r}; it has {', '.join(frame.columns)}")
    for name in {config.id_field, sites.field_of(config), config.preferred_field} & set(frame.columns):
        if frame.schema[name] == pl.Object:
            raise InputError(f"the column {name!r} holds objects of Python, which have no text that lasts; cast it to strings")

    def column(name: str) -> pl.Series:
        return frame[name].alias("")  # polars takes a name such as `*` for a pattern, that of a column itself, too

    ids = columns.named(column(config.id_field)) if config.id_field in frame.columns else None
    site = sites.field_of(config)
    named = columns.named(column(site)) if site in frame.columns else [None] * len(frame)
    groups = [sites.site_of(value, config) for value in named]
    rows = pl.int_range(pl.len(), dtype=pl.UInt64)
    return frame.select(
        doc=rows.cast(pl.UInt32),
        doc_id=pl.coalesce(pl.lit(ids), rows.cast(pl.String)) if ids is not None else rows.cast(pl.String),
        group=pl.lit(pl.Series(groups, dtype=pl.String)),
        preference=columns.ranked(column(config.preferred_field)) if config.prefer else pl.lit(None, dtype=pl.String),
        source=pl.lit("frame"),
        row=rows,
        raw=columns.raws(column(config.text_field)),
        meta=pl.lit(None, dtype=pl.Binary),
    ).select(list(DOCUMENTS))


def _like(frame: pl.DataFrame, outcome: Outcome, config: Config) -> pl.DataFrame:
    """The rows of `frame` that stay, with the cleaned text in place of their own, as strings."""
    rows = frame[outcome.texts["doc"].to_list()] if len(outcome.texts) else frame.clear()
    return rows.with_columns(outcome.texts["text"].alias(config.text_field))
