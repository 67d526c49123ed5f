"""The second act: one part of the corpus, from repaired texts to what stays of them."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from clean.engines.base import Engine
from clean.pipeline.deciding import decide
from clean.schema import COPIES, KEPT, LIKENESS, REMOVALS, SURVIVORS, TEXTS, empty
from clean.stages import known, originals
from clean.stages.originals import without
from clean.stages.preference import RANKS
from clean.stages.settle import cut, cut_texts, removals, whole
from clean.stages.signatures import union


@dataclass(frozen=True)
class Piece:
    """What was decided about a part."""

    texts: pl.DataFrame  # schema.TEXTS of the documents that stay
    removals: pl.DataFrame  # schema.REMOVALS; a copy of another document is one of its whole text
    copies: pl.DataFrame  # schema.COPIES
    kept: pl.DataFrame  # schema.KEPT
    survivors: pl.DataFrame  # schema.SURVIVORS
    likeness: pl.DataFrame  # schema.LIKENESS
    learned: pl.DataFrame  # known.LEARNED: what it has to teach later runs


def clean_part(engine: Engine, texts: pl.DataFrame, *, alone: bool, known_passages: pl.DataFrame | None = None) -> Piece:
    """Settle whole copies, then judge and cut lines, of one part: doc, group, text, rank. `alone`: there is no other part.

    `known_passages`: known.PREPARED, what earlier runs know.
    """
    told, copies, removed, kept, staying = decide(engine, texts, known_passages)
    staying_texts, lines = without(texts.select("doc", "text"), copies), without(told.lines, copies)
    learned = known.learn(lines, removed, engine.config)
    cuts = engine.group(cut, engine.join(lines, removed, on=["doc", "seg"]), by="doc")
    changes = engine.join(removals(cuts, staying_texts), removed, on=["doc", "seg"])
    changes = pl.concat([empty(REMOVALS), changes.drop("seg", "stays", "shape"), whole(copies, texts)], how="diagonal")
    survivors = empty(SURVIVORS) if alone else surviving(engine, staying, lines, told.signatures, texts)
    return Piece(cut_texts(cuts, staying_texts), changes.select(list(REMOVALS)), copies, kept, survivors, told.likeness, learned)


def nothing() -> Piece:
    """What comes of no documents."""
    tables = (TEXTS, REMOVALS, COPIES, KEPT, SURVIVORS, LIKENESS, known.LEARNED)
    return Piece(*(empty(table) for table in tables))


def surviving(
    engine: Engine, lines: pl.DataFrame, given: pl.DataFrame, signatures: pl.DataFrame, ranks: pl.DataFrame
) -> pl.DataFrame:
    """schema.SURVIVORS: what other parts are told about the documents that stay, by the `lines` that do, of those `given`."""
    words = lines.filter(pl.col("passage").is_not_null())
    united = union(words, signatures, [pl.lit(True)])[0].select(
        "tokens", "signature", "anchor", doc=pl.col("passage").cast(pl.UInt32)
    )
    documents = words.group_by("doc").agg(pl.col("group").first()).sort("doc")
    for name, which in (("key", words), ("given", given)):
        identities = engine.group(originals.identify, which, by="doc").rename({"key": name})
        documents = engine.join(documents, identities, on=["doc"])
    documents = engine.join(documents, ranks.select(list(RANKS)), on=["doc"])
    return engine.join(documents, united, on=["doc"]).select(list(SURVIVORS))
