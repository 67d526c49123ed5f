"""All parts together: the copies that no part sees by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import polars as pl

from clean.engines.base import Engine
from clean.pipeline.part import Piece
from clean.schema import COPIES, PAIRS, empty
from clean.stages import across, originals
from clean.stages.cluster import connect
from clean.stages.match import once, propose, verify
from clean.stages.originals import without
from clean.stages.preference import RANKS
from clean.stages.segment import hard_wrapped, segment
from clean.stages.signatures import lsh_buckets, perhaps_near


class Survivors(Protocol):
    """The documents that stay of all parts, wherever they wait."""

    def met(self, kind: str) -> Iterable[pl.DataFrame]:
        """across.MEETINGS of a kind, in tables that have all rows of each key."""

    def described(self, docs: pl.Series) -> pl.DataFrame:
        """schema.SURVIVORS of some documents."""

    def texts(self, docs: pl.Series) -> pl.DataFrame:
        """The published schema.TEXTS of some documents."""


class InMemory:
    """The survivors of parts that are all at hand."""

    def __init__(self, engine: Engine, pieces: Sequence[Piece]) -> None:
        self._pieces = pieces
        self._meetings = [meetings(engine, piece.survivors, number) for number, piece in enumerate(pieces)]

    def met(self, kind: str) -> Iterable[pl.DataFrame]:
        """All in one table."""
        return [pl.concat([met[kind] for met in self._meetings])]

    def described(self, docs: pl.Series) -> pl.DataFrame:
        """schema.SURVIVORS of some documents."""
        return pl.concat([piece.survivors.filter(pl.col("doc").is_in(docs.implode())) for piece in self._pieces])

    def texts(self, docs: pl.Series) -> pl.DataFrame:
        """The published schema.TEXTS of some documents."""
        return pl.concat([piece.texts.filter(pl.col("doc").is_in(docs.implode())) for piece in self._pieces])


def meetings(engine: Engine, survivors: pl.DataFrame, part: int) -> dict[str, pl.DataFrame]:
    """In which keys the SURVIVORS of a part may meet those of others: across.MEETINGS by kind."""
    named = survivors.with_columns(passage=pl.col("doc").cast(pl.UInt128))
    return across.meetings(survivors, engine.map(lsh_buckets, named), part)


def settle_across(engine: Engine, survivors: Survivors, copies: pl.DataFrame) -> pl.DataFrame:
    """All schema.COPIES: `copies`, those found in the parts, and those that two parts have one of."""
    exact = empty(COPIES)
    # Two sites may have been judged differently: what came twice goes once, whatever was left of it.
    for kind in ("given", "key"):
        rest = (without(met, exact) for met in survivors.met(kind))
        found = pl.concat(
            [empty(COPIES), *(originals.exact_copies(met.select("doc", "key"), met.select(list(RANKS))) for met in rest)]
        )
        copies, exact = originals.settle_copies([copies, found]), exact.vstack(found)
    pairs, best = alike_across(engine, survivors, met_across(engine, survivors, exact))
    return originals.settle_copies([copies, originals.near_copies(connect(pairs, best))])


def met_across(engine: Engine, survivors: Survivors, gone: pl.DataFrame) -> pl.DataFrame:
    """The pairs (a, b: ordinals) of documents of two parts that share a bucket, but for those that are `gone`."""
    found = [pl.DataFrame(schema={"a": pl.UInt32, "b": pl.UInt32})]
    for met in survivors.met("bucket"):
        rest = without(met, gone).with_columns(passage=pl.col("doc").cast(pl.UInt128))
        candidates = engine.group(propose, rest.select("bucket", "passage"), by="bucket")
        found.append(across.between_parts(once(candidates), rest).cast(pl.UInt32))
    return pl.concat(found).unique().sort("a", "b")


def alike_across(engine: Engine, survivors: Survivors, met: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """schema.PAIRS of those `met` (a, b: ordinals) that are one article, and their documents as passages, the best first."""
    pairs, ranked = [empty(PAIRS)], []
    least = min(engine.config.document_threshold, engine.config.across_threshold)
    for some in met.cast(pl.UInt128).iter_slices(across.PAIRS_AT_ONCE):
        known = survivors.described(across.documents(some)).with_columns(passage=pl.col("doc").cast(pl.UInt128))
        for likely in across.in_batches(perhaps_near(some, known, least, engine.config), known):
            texts = engine.join(survivors.texts(across.documents(likely)), known.select("doc", "group"), on=["doc"])
            normal = across.normal_forms(engine.map(segment, texts, engine.map(hard_wrapped, texts)))
            pairs.append(across.same_article(verify(likely, normal, engine.config), known, engine.config))
        ranked.append(known.select("passage", "doc", "rank", "tokens"))
    best = across.best_first(pl.concat(ranked).unique()) if ranked else pl.Series(dtype=pl.UInt128)
    return pl.concat(pairs), best
