"""Removed lines to known passages: what a run has to teach the next one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator

import polars as pl

from clean.config import Config
from clean.schema import KNOWN, KNOWN_RULE, Schema
from clean.stages.known.places import PLACES, place_of, tells
from clean.windows import in_order

# The rules that tell of a site, not of one document. A document's own headline again (`repeated-line`) is no boilerplate
# anywhere else, nor is the text of an article that came twice.
TEACHING = ("shared-teaser", "learned-teaser", "furniture", KNOWN_RULE)

LEARNED: Schema = {name: dtype for name, dtype in KNOWN.items() if name not in ("source", "doc_id")} | {
    "doc": pl.UInt32  # the first document it was removed from
}

_KEY = ["group", "passage"]

_Place = tuple[bool, str, str]


def learn(lines: pl.DataFrame, removed: pl.DataFrame, config: Config) -> pl.DataFrame:
    """What the lines of a part teach: LEARNED, one row a site and passage, sorted.

    `lines`: doc, group, seg, passage, normal, tokens and running, of documents that stay, as they came. `removed`: doc, seg,
    rule, twin_doc, home and shape of the lines that went.

    What also stays as content is not learned: a quote that one document prints and another lost says nothing. A home does
    stay: it is what the others were copied from.
    """
    told = in_order(lines.filter(pl.col("passage").is_not_null())).join(
        removed.select("doc", "seg", "rule", "shape"), on=["doc", "seg"], how="left", maintain_order="left"
    )
    told = told.with_columns(telling=tells(config) & pl.col("rule").is_null()).with_columns(place=place_of())
    gone = told.filter(pl.col("rule").is_in(TEACHING))
    gone = gone.join(_contested(told, gone, removed), on=_KEY, how="anti", maintain_order="left")
    once = gone.unique([*_KEY, "doc"], keep="first", maintain_order=True)
    counts = {name: (pl.col("place") == name).sum().cast(pl.UInt64) for name in PLACES}
    found = once.group_by(_KEY, maintain_order=True).agg(
        text=pl.col("normal").first(), docs=pl.len().cast(pl.UInt64), **counts, doc=pl.col("doc").min()
    )
    shapes = gone.group_by(_KEY).agg(pl.col("shape").min())
    return found.join(shapes, on=_KEY, how="left", maintain_order="left").select(list(LEARNED)).sort("group", "text")


def _contested(told: pl.DataFrame, gone: pl.DataFrame, removed: pl.DataFrame) -> pl.DataFrame:
    """group, passage: of the passages that went, those of which a copy stays that is neither a home nor a first line."""
    stays = told.filter(pl.col("rule").is_null()).join(gone.select(_KEY).unique(), on=_KEY, how="semi")
    homes = gone.select(*_KEY, "doc", "seg").join(
        removed.filter(pl.col("home")).select("doc", "seg", "twin_doc"), on=["doc", "seg"], how="inner"
    )
    homes = homes.select(*_KEY, doc="twin_doc").unique()
    openers = told.unique("doc", keep="first", maintain_order=True).select("doc", opener="passage")
    stays = stays.join(homes, on=[*_KEY, "doc"], how="anti").join(openers, on="doc", how="left")
    stays = stays.filter(pl.col("passage") != pl.col("opener"))
    # Where only one document opens with it above its own text, that is the article it was cut from.
    heads = (pl.col("place") == "head").all() & (pl.col("doc").n_unique() == 1)
    return stays.group_by(_KEY).agg(heads=heads).filter(~pl.col("heads")).select(_KEY)


def merge(tables: pl.DataFrame) -> pl.DataFrame:
    """One row a site and text of KNOWN or LEARNED rows put together: support adds up, what was seen first stays first.

    Sums and least values only: the order of the tables changes nothing, nor does merging some of them before.
    """
    summed = (pl.col("docs", *PLACES).sum(), pl.col("shape").min())
    if "doc" in tables.columns:
        seen: tuple[pl.Expr, ...] = (pl.col("doc").min(),)
    else:
        earliest = pl.struct("source", "doc_id").sort_by("source", "doc_id").first()
        seen = (earliest.struct.field("source"), earliest.struct.field("doc_id"))
    return tables.group_by("group", "text").agg(*summed, *seen).select(tables.columns).sort("group", "text")


def merge_runs(runs: Iterable[Iterator[pl.DataFrame]]) -> Iterator[pl.DataFrame]:
    """`merge` of tables that are merged already, each of which comes in pieces, in its order; the result comes in pieces, too.

    Of each run one piece is held. What comes up to the end of the piece that ends first has been seen of all runs.
    """
    fronts = [_Front(run) for run in runs]
    while fronts := [front for front in fronts if front.advance()]:
        end = min(front.end for front in fronts)
        yield merge(pl.concat([front.take(end) for front in fronts]))


class _Front:
    """What comes next of a run."""

    def __init__(self, run: Iterator[pl.DataFrame]) -> None:
        self._run, self._piece, self._start = run, pl.DataFrame(), 0

    def advance(self) -> bool:
        """Have something at hand; whether there is anything left."""
        while self._start == len(self._piece):
            piece = next(self._run, None)
            if piece is None:
                return False
            self._piece, self._start = piece, 0
        return True

    @property
    def end(self) -> _Place:
        """Where what is at hand ends."""
        return self._place(len(self._piece) - 1)

    def take(self, end: _Place) -> pl.DataFrame:
        """What is at hand up to there, that row among it."""
        start, self._start = self._start, bisect_right(range(len(self._piece)), end, lo=self._start, key=self._place)
        return self._piece.slice(start, self._start - start)

    def _place(self, row: int) -> _Place:
        """Where a row stands in the order of `merge`: nulls first."""
        group, text = self._piece["group"][row], self._piece["text"][row]
        return group is not None, group or "", text
