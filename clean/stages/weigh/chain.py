"""The chain: the model file, what each line says by itself, and the posterior given the whole document.

Two states, content and boilerplate, in a linear-chain conditional random field (Lafferty, McCallum, Pereira 2001); posteriors
by the forward-backward recursion (Rabiner 1989, section III). With two states it is enough to carry odds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from clean.stages.weigh.affinity import Affinity
from clean.stages.weigh.around import Around, Bools, Floats, Ints, Lines
from clean.stages.weigh.shapes import Codes, bins, shape_codes
from clean.stages.weigh.situation import copies, situation_codes
from clean.stages.weigh.stretches import Values, stretch_values

MODEL = Path(__file__).parent / "model.json"
# A document of more lines is read in pieces of this length: one endless list should not cost a step a line.
LONGEST = 4096
# Beyond this nothing changes any more, and odds stay within double precision.
_SURE = 30.0


@dataclass(frozen=True)
class Pair:
    """Two questions about the stretches around a line, and what the four answers say: log-odds of boilerplate."""

    first: tuple[str, float]  # a value of stretches.stretch_values, and from where on the answer is yes
    second: tuple[str, float]
    says: Floats  # no no, no yes, yes no, yes yes


@dataclass(frozen=True)
class Model:
    """Weights: a table of log-odds of boilerplate for each feature, pairs of questions, the transitions, and the start."""

    weights: dict[str, Floats]
    pairs: tuple[Pair, ...]
    transitions: Floats  # [from, to]; 0 content, 1 boilerplate; log scale, [0, 0] is 0
    start: float  # log-odds of boilerplate for a document's first line

    def emission(self, lines: Lines, affinity: Affinity) -> Floats:
        """What each line says by itself and by its surroundings: log-odds of boilerplate."""
        alone, copied = self._sum(shape_codes(lines.distinct)), copies(lines)
        here = self._sum(situation_codes(lines, affinity, copied))
        return alone[lines.text] + here + asked(self.pairs, stretch_values(lines, affinity, copied > 0))

    def _sum(self, codes: Codes) -> Floats:
        total: Floats = np.sum([self.weights[name][code] for name, code in codes.items()], axis=0)
        return total


def asked(pairs: tuple[Pair, ...], values: Values) -> Floats:
    """What the pairs of questions say together, for each line."""
    bounds: dict[str, set[float]] = {}
    for name, bound in (question for pair in pairs for question in (pair.first, pair.second)):
        bounds.setdefault(name, set()).add(bound)
    edges = {name: sorted(found) for name, found in bounds.items()}
    # Classes in a byte each: to compare a byte costs a tenth of a number.
    classes = {name: values[name].everywhere(bins(values[name].value, *edges[name]).astype(np.uint8)) for name in edges}

    def yes(question: tuple[str, float]) -> Bools:
        name, bound = question
        answer: Bools = classes[name] > edges[name].index(bound)
        return answer

    total: Floats = np.zeros(len(next(iter(classes.values()))) if classes else 0)
    for pair in pairs:
        total += pair.says.take(2 * yes(pair.first).view(np.uint8) + yes(pair.second))
    return total


@cache
def read_model(path: Path = MODEL) -> Model:
    """The model in a file as tests/quality/train.py writes it."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    weights = {name: np.asarray(table, np.float64) for name, table in raw["weights"].items()}
    pairs = tuple(Pair(tuple(first), tuple(second), np.asarray(says, np.float64)) for first, second, says in raw["pairs"])
    return Model(weights, pairs, np.asarray(raw["transitions"], np.float64), float(raw["start"]))


class Chain:
    """Forward-backward over all documents at once: lines laid out by their place in the document, so that a step is a slice."""

    def __init__(self, around: Around, longest: int = LONGEST) -> None:
        pieces = -(-around.length // longest)
        piece = np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        begin = np.repeat(around.start, pieces) + piece * longest
        size = np.minimum(np.repeat(around.length, pieces) - piece * longest, longest)
        self.order: Ints = np.argsort(-size, kind="stable")
        begin, size = begin[self.order], size[self.order]
        self.opens: Bools = (piece == 0)[self.order]  # pieces that begin a document
        self.active: Ints = np.searchsorted(-size, -np.arange(size.max(initial=0)), side="left")  # pieces that reach each step
        self.at: Ints = np.concatenate([[0], np.cumsum(self.active)]).astype(np.int64)
        step = np.repeat(np.arange(len(self.active)), self.active)
        self.layout: Ints = begin[np.arange(len(step)) - self.at[step]] + step

    def posterior(self, emission: Floats, model: Model) -> Floats:
        """Log-odds of boilerplate for each line, given its whole document."""
        (a, b), (c, d) = np.exp(model.transitions)
        odds = np.exp(np.clip(emission, -_SURE, _SURE))[self.layout]
        forward, backward = np.empty_like(odds), np.ones_like(odds)
        at, active = self.at.tolist(), self.active.tolist()
        first = active[0]
        forward[:first] = np.where(self.opens, np.exp(model.start), 1.0) * odds[:first]
        for step, count in enumerate(active[1:], 1):
            last = forward[at[step - 1] : at[step - 1] + count]
            forward[at[step] : at[step + 1]] = (b + d * last) / (a + c * last) * odds[at[step] : at[step + 1]]
        for step in range(len(active) - 1, 0, -1):
            below = backward[at[step] : at[step + 1]] * odds[at[step] : at[step + 1]]
            backward[at[step - 1] : at[step - 1] + active[step]] = (c + d * below) / (a + b * below)
        result = np.empty_like(odds)
        result[self.layout] = np.log(forward) + np.log(backward)
        return result
