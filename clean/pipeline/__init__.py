"""The story, in three acts; nothing here reads or writes a file.

    mend       documents, batch by batch        -> what is known of them, their repaired texts, the repairs
    clean_part texts, part by part (stages.parts) -> what stays of them, what was removed and why
    conclude   with the copies that only several parts could show -> texts, ledger, fates

    mending      the first act
    part         the second; deciding: what goes and what stays of a part; comparing: what is like what there
    together     what only all parts can tell
    concluding   the third

A part is judged by itself, so parts may be cleaned side by side, one at a time in little memory, or elsewhere; `clean`
does all of it in memory.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import polars as pl

from clean.engines.base import Engine
from clean.pipeline.concluding import conclude
from clean.pipeline.mending import Mended, mend
from clean.pipeline.part import Piece, clean_part, nothing
from clean.pipeline.together import InMemory, meetings, settle_across
from clean.stages import known
from clean.stages.match import add_likeness
from clean.stages.originals import without
from clean.stages.parts import PART_BYTES, parts
from clean.stages.preference import ranks

__all__ = ["Mended", "Outcome", "Piece", "clean", "clean_part", "conclude", "meetings", "mend", "settle_across", "without"]


@dataclass(frozen=True)
class Outcome:
    """What a run decided: the texts that stay and the record from which everything else can be told."""

    texts: pl.DataFrame  # schema.TEXTS of the documents that stay, in order
    repaired: pl.DataFrame  # schema.TEXTS of all, as they were before anything was removed
    ledger: pl.DataFrame  # schema.LEDGER
    fates: pl.DataFrame  # schema.FATES
    kept: pl.DataFrame  # schema.KEPT
    likeness: pl.DataFrame  # schema.LIKENESS
    learned: pl.DataFrame  # stages.known.LEARNED


def clean(
    documents: pl.DataFrame, engine: Engine, part_bytes: int = PART_BYTES, known_passages: pl.DataFrame | None = None
) -> Outcome:
    """Clean schema.DOCUMENTS in memory: the acts one after the other. `known_passages`: as clean_part takes it."""
    mended = mend(engine, documents)
    ranked = mended.texts.join(ranks(mended.sizes, engine.config), on="doc", maintain_order="left")
    divided = ranked.join(parts(mended.sizes, part_bytes), on="doc", maintain_order="left")
    frames = divided.partition_by("part", maintain_order=True, include_key=False)
    alone = len(frames) == 1
    found = engine.each(lambda texts: clean_part(engine, texts, alone=alone, known_passages=known_passages), frames)
    pieces = list(found) or [nothing()]
    tables = (pl.concat([getattr(piece, field.name) for piece in pieces]) for field in fields(Piece))
    done = Piece(*(table.sort("doc", maintain_order=True) if "doc" in table.columns else table for table in tables))
    copies = settle_across(engine, InMemory(engine, pieces), done.copies)
    names = mended.about["doc_id"]
    texts, changes, became = conclude(mended.about, mended.repairs, done.texts, done.removals, copies, names)
    kept = without(done.kept, copies)
    learned = known.merge(done.learned)
    return Outcome(texts, mended.texts.select("doc", "text"), changes, became, kept, add_likeness([done.likeness]), learned)
