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
from clean.stages.weigh.shapes import Codes, shape_codes
from clean.stages.weigh.situation import situation_codes

MODEL = Path(__file__).parent / "model.json"
# A document of more lines is read in pieces of this length: one endless list should not cost a step a line.
LONGEST = 4096
# Beyond this nothing changes any more, and odds stay within double precision.
_SURE = 30.0


@dataclass(frozen=True)
class Model:
    """Weights: a table of log-odds of boilerplate for each feature, the transitions, and the start."""

    weights: dict[str, Floats]
    transitions: Floats  # [from, to]; 0 content, 1 boilerplate; log scale, [0, 0] is 0
    start: float  # log-odds of boilerplate for a document's first line

    def emission(self, lines: Lines, affinity: Affinity) -> Floats:
        """What each line says by itself and by its surroundings: log-odds of boilerplate."""
        alone = self._sum(shape_codes(lines.distinct))
        return alone[lines.text] + self._sum(situation_codes(lines, affinity))

    def _sum(self, codes: Codes) -> Floats:
        total: Floats = np.sum([self.weights[name][code] for name, code in codes.items()], axis=0)
        return total


@cache
def read_model(path: Path = MODEL) -> Model:
    """The model in a file as tests/quality/train.py writes it."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    weights = {name: np.asarray(table, np.float64) for name, table in raw["weights"].items()}
    return Model(weights, np.asarray(raw["transitions"], np.float64), float(raw["start"]))


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
