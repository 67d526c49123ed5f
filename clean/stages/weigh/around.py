"""Lines as arrays in document order, with a view of their neighbours in their own document."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clean import kernels
from clean.schema import Schema
from clean.stages.weigh.traits import TRAITS

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Keys = NDArray[np.uint64]  # equal keys, equal things; 0 is no key
Array = NDArray[Any]

# What is known of a line's text alone: traits.TRAITS with its words by number (terms.numbered).
LOOKS: Schema = {name: dtype for name, dtype in TRAITS.items() if name != "terms"} | {"words": pl.Binary}

# Distance to a marked line that is not there.
FAR = 10**9


class Around:
    """The layout of n lines in documents, given the document of each line, in order."""

    def __init__(self, doc: Ints) -> None:
        fresh = np.flatnonzero(np.diff(doc, prepend=-1))
        self.n = len(doc)
        self.index: Ints = np.arange(self.n)
        self.start: Ints = fresh  # of each document
        self.length: Ints = np.diff(fresh, append=self.n)
        self.first: Ints = self.spread(self.start)  # of each line's document
        self.stop: Ints = self.first + self.spread(self.length)
        self.opens: Bools = self.index == self.first

    def spread(self, value: Array) -> Array:
        """A value of each document as one of each line."""
        return np.repeat(value, self.length)

    def neighbour(self, value: Array, step: int, outside: Any) -> Array:
        """The value of the line `step` below (above, where negative), `outside` the document's edge."""
        there = self.index + step
        inside = (there >= self.first) & (there < self.stop)
        found: Array = np.where(inside, value[np.clip(there, 0, self.n - 1)], outside)
        return found

    def above(self, mark: Bools) -> Ints:
        """How many lines up the nearest marked line stands in the document; FAR where there is none."""
        last = np.maximum.accumulate(np.where(mark, self.index, -1))
        last = np.concatenate([[-1], last[:-1]])
        distance: Ints = np.where(last >= self.first, self.index - last, FAR)
        return distance

    def below(self, mark: Bools) -> Ints:
        """How many lines down the nearest marked line stands in the document; FAR where there is none."""
        nearest = np.minimum.accumulate(np.where(mark, self.index, FAR)[::-1])[::-1]
        nearest = np.concatenate([nearest[1:], [FAR]])
        distance: Ints = np.where(nearest < self.stop, nearest - self.index, FAR)
        return distance

    def nearby(self, value: Ints, reach: int) -> Ints:
        """Sum over `reach` lines to both sides, without the line itself. Of integers: exact, whatever stands before."""
        low, high = np.maximum(self.index - reach, self.first), np.minimum(self.index + reach + 1, self.stop)
        total = np.concatenate([[0], np.cumsum(value)])
        inside: Ints = total[high] - total[low] - value
        return inside

    def total(self, value: Ints) -> Ints:
        """Sum over each line's document."""
        return self.spread(np.add.reduceat(value, self.start))

    def before(self, value: Ints) -> Ints:
        """Sum over the lines of the document above the line."""
        total: Ints = np.cumsum(value) - value
        return total - self.spread(total[self.start])

    def after(self, value: Ints) -> Ints:
        """Sum over the lines of the document below the line."""
        return self.total(value) - self.before(value) - value


@dataclass(frozen=True)
class Lines:
    """n lines in document order. What depends on a line's text alone is counted once for each distinct text."""

    doc: Ints
    group: Ints  # from 0, in no order
    site: Keys  # of the group
    normal: Keys  # of the normal form: equal for lines that say the same, word by word
    passage: Keys  # of group and cluster: equal for lines of a site that repeat each other
    sites: Ints  # groups that hold the cluster
    text: Ints  # row in `distinct`
    distinct: pl.DataFrame  # normal, size and LOOKS
    around: Around
    size: Ints  # words

    def of(self, column: str) -> Array:
        """A column of `distinct`, for each line."""
        values: Array = self.distinct[column].to_numpy()[self.text]
        return values

    def apart(self, mark: Bools) -> Lines:
        """The same, each marked line a passage of its own, which nothing repeats."""
        alone = kernels.mix(self.around.index.astype(np.uint64) + np.uint64(1))
        return replace(self, passage=np.where(mark, alone, self.passage))


def arrange(table: pl.DataFrame) -> Lines:
    """Lines of a table of WEIGHABLE, sorted by document and segment."""
    traits = table.select("normal", *LOOKS, size=pl.col("tokens").cast(pl.Int64))
    rows, text = kernels.distinct_rows(table["line_key"].to_numpy())
    distinct = traits[rows]
    groups = table.select(pl.col("group").hash(11)).to_series().to_numpy()
    doc = table["doc"].to_numpy().astype(np.int64)
    return Lines(
        doc=doc,
        group=np.unique(groups, return_inverse=True)[1].astype(np.int64),
        site=groups,
        normal=distinct["normal_key"].to_numpy()[text],
        passage=table.select(pl.struct("group", "cluster").hash(13)).to_series().to_numpy(),
        sites=table["sites"].to_numpy().astype(np.int64),
        text=text,
        distinct=distinct,
        around=Around(doc),
        size=distinct["size"].to_numpy()[text],
    )
