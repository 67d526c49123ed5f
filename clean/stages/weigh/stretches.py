"""Stretches: a page's text and what stands between, each taken as a whole, and where a line stands among them.

A document is cut twice: into running text and other lines, and into long lines and short ones. What a list is shows in the
whole of it: how much it says, how alike its lines are, what the text takes up of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clean.stages.weigh.affinity import Affinity
from clean.stages.weigh.around import Around, Bools, Floats, Ints, Lines

# A line of so many words or more is long; so many or fewer, brief. No line says more of its stretch's length than LOUDEST.
_LONG, _BRIEF, _LOUDEST = 20, 4, 60
# Of a line's words, the shares from which it is written in capitals, and in digits.
_CAPITALS, _DIGITS = 0.7, 0.3


@dataclass(frozen=True)
class Value:
    """A number for each line, or for each stretch."""

    value: Floats
    of: Ints | None = None  # the stretch of each line; None: the numbers are the lines' own

    def everywhere(self, known: NDArray[Any]) -> NDArray[Any]:
        """What is known of each number, for each line."""
        return known if self.of is None else known[self.of]


Values = dict[str, Value]


@dataclass(frozen=True)
class Stretches:
    """Maximal runs of lines of a document that are marked alike."""

    start: Ints
    lines: Ints  # in each
    of: Ints  # the stretch of each line

    def share(self, part: NDArray[Any], whole: Ints | None = None) -> Floats:
        """Of each stretch: the sum of `part` over that of `whole`, else over its lines; -1 where there is no whole."""
        total = self.lines if whole is None else self.sum(whole)
        found: Floats = np.where(total > 0, self.sum(part) / np.maximum(total, 1), -1.0)
        return found

    def sum(self, value: NDArray[Any]) -> Ints:
        """Over the lines of each stretch."""
        total: Ints = np.add.reduceat(value, self.start, dtype=np.int64)
        return total


def stretches(around: Around, mark: Bools) -> Stretches:
    """The stretches of lines with and without the mark."""
    fresh = around.opens | (mark != np.concatenate([[False], mark[:-1]]))
    start = np.flatnonzero(fresh)
    return Stretches(start, np.diff(start, append=around.n), np.cumsum(fresh) - 1)


def stretch_values(lines: Lines, affinity: Affinity, copied: Bools) -> Values:
    """What the questions of the model are about. `copied`: lines that their document prints more than once."""
    told = lines.of("running")
    size = np.minimum(lines.size, _LOUDEST)
    text, long = stretches(lines.around, told), stretches(lines.around, lines.size >= _LONG)
    parts = {
        "capitals": lines.of("capitals") >= _CAPITALS,
        "copies": copied,
        "dates": lines.of("date") > 0,
        "digits": lines.of("digits") > _DIGITS,
        "brief": lines.size <= _BRIEF,
    }
    found: Values = {f"long.{name}": Value(long.share(part), long.of) for name, part in parts.items()}
    for name, stretch in (("text", text), ("long", long)):
        found[f"{name}.words"] = Value(stretch.sum(lines.size).astype(np.float64), stretch.of)
        found[f"{name}.mean"] = Value(stretch.share(size), stretch.of)
        found[f"{name}.taken"] = Value(stretch.share(affinity.taken, affinity.mass), stretch.of)
    for name, value in (
        ("words above", lines.size),
        ("text above", np.where(told, lines.size, 0)),
        ("taken above", np.where(told, affinity.taken, 0)),
    ):
        total = lines.around.total(value)
        found[name] = Value(np.where(total > 0, lines.around.before(value) / np.maximum(total, 1), -1.0))
    return found
