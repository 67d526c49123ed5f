"""Pairs of questions about the stretches around a line, by gradient boosting: what `train.py` adds to the tables of weights.

Each round learns from half of the documents and half of the values one symmetric tree of depth two on the logistic loss, by
Newton steps (Friedman 2001, "Greedy function approximation"). Two questions, since tables of single values learn less, and trees
of depth three no more, on sites held out of WCXB.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clean.stages.weigh.affinity import Affinity
from clean.stages.weigh.around import Around, Lines
from clean.stages.weigh.situation import copies
from clean.stages.weigh.stretches import stretch_values

PAIRS, RATE, SHRINK, HALF = 40, 0.4, 20.0, 0.5
EDGES = 19  # bounds that are tried of each value
FOLDS = 5

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Question = tuple[int, int]  # number of the value, and of the edge that it reaches


def edges(value: Array) -> Array:
    """Where questions about a value are asked: up to EDGES of its quantiles, to three digits."""
    found = np.quantile(value, np.linspace(0, 1, EDGES + 2)[1:-1])
    return np.unique([float(f"{edge:.3g}") for edge in found])


@dataclass(frozen=True)
class Asked:
    """A pair of questions, and what the answers say; see chain.Pair."""

    first: Question
    second: Question
    says: Array


@dataclass(frozen=True)
class Boosted:
    """Pairs of questions by gradient boosting (Friedman 2001), each pair a symmetric tree of depth two."""

    names: list[str]
    edges: list[Array]
    codes: NDArray[np.uint8]  # (values, lines): how many of the edges each reaches

    def run(self, y: Array, weight: Array, doc: Ints) -> list[Asked]:
        """Pairs learned from lines with `y` (1: boilerplate) and weights, half of the documents and of the values at a time."""
        random, margin, pairs = np.random.default_rng(1), np.zeros(len(y)), []
        for _ in range(PAIRS):
            p = 1 / (1 + np.exp(-margin))
            rows = np.flatnonzero((random.random(doc.max() + 1) < HALF)[doc])
            some = np.sort(random.choice(len(self.names), int(len(self.names) * HALF), replace=False))
            slope, curve = weight * (y - p), weight * p * (1 - p)
            first = self.best(some, np.zeros(len(rows), np.int64), rows, slope, curve)
            second = self.best(some, self.yes(first)[rows].astype(np.int64), rows, slope, curve)
            answer = 2 * self.yes(first) + self.yes(second)
            sums = [np.bincount(answer[rows], value[rows], minlength=4) for value in (slope, curve)]
            pairs.append(Asked(first, second, RATE * sums[0] / (sums[1] + SHRINK)))
            margin += pairs[-1].says[answer]
        return pairs

    def best(self, some: Ints, leaf: Ints, rows: Ints, slope: Array, curve: Array) -> Question:
        """The question (value, edge) that helps most when it is asked in all leaves."""
        found = []
        for value in some:
            width = len(self.edges[value]) + 1
            cell = leaf * width + self.codes[value][rows]
            below = [np.bincount(cell, part[rows], minlength=2 * width).reshape(2, width).cumsum(1) for part in (slope, curve)]
            above = [part[:, -1:] - part for part in below]
            gain = sum((part[0] ** 2 / (part[1] + SHRINK)).sum(0) for part in (below, above))[:-1]
            found.append((-gain.max(), int(value), int(gain.argmax())))
        return min(found)[1:]

    def yes(self, question: Question) -> NDArray[np.uint8]:
        """Which lines answer yes."""
        value, edge = question
        return (self.codes[value] > edge).astype(np.uint8)

    def margin(self, pairs: list[Asked]) -> Array:
        """What the pairs say together, for each line."""
        return np.sum([pair.says[2 * self.yes(pair.first) + self.yes(pair.second)] for pair in pairs], axis=0)

    def among(self, rows: NDArray[np.bool_]) -> Boosted:
        """The same for some of the lines."""
        return Boosted(self.names, self.edges, self.codes[:, rows])


def boosted(lines: Lines, of_text: Affinity) -> Boosted:
    """The values of the package's stretches, in classes."""
    found = stretch_values(lines, of_text, copies(lines) > 0)
    values = [value.everywhere(value.value) for value in found.values()]
    steps = [edges(value) for value in values]
    codes = [np.searchsorted(edge, value, side="right").astype(np.uint8) for edge, value in zip(steps, values, strict=True)]
    return Boosted(list(found), steps, np.stack(codes))


def unseen(found: Boosted, y: Array, weight: Array, around: Around, site: Ints) -> Array:
    """The margin of each line by pairs learned on other sites: on the pages they were learned on, they know too much."""
    margin, doc = np.empty(len(y)), around.spread(np.arange(len(around.start)))
    for fold in range(FOLDS):
        here = site % FOLDS == fold
        pairs = found.among(~here).run(y[~here], weight[~here], np.unique(doc[~here], return_inverse=True)[1])
        margin[here] = found.among(here).margin(pairs)
    return margin
