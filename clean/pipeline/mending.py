"""The first act: batches of documents as they came, mended."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from clean.engines.base import Engine
from clean.schema import REPAIRS
from clean.stages.parts import site_key
from clean.stages.record import describe
from clean.stages.repair import repair


@dataclass(frozen=True)
class Mended:
    """A batch of documents after repair."""

    about: pl.DataFrame  # schema.ABOUT
    texts: pl.DataFrame  # doc, group, text (null stays null)
    repairs: pl.DataFrame  # schema.REPAIRS
    sizes: pl.DataFrame  # parts.SIZES


def mend(engine: Engine, documents: pl.DataFrame) -> Mended:
    """Repair a batch of schema.DOCUMENTS."""
    repaired = engine.map(repair, documents)
    about = engine.map(describe, engine.join(documents, repaired.select("doc", "chars"), on=["doc"]))
    texts = engine.join(documents.select("doc", "group"), repaired.select("doc", "text"), on=["doc"])
    repairs = repaired.select("doc", "edits").explode("edits").drop_nulls("edits").unnest("edits").select(list(REPAIRS))
    sizes = texts.select(
        "doc",
        site=site_key(texts["group"]),
        bytes=pl.col("text").str.len_bytes().fill_null(0).cast(pl.UInt64),
        preference=documents["preference"],
    )
    return Mended(about, texts, repairs, sizes)
