"""What stands around a line: its neighbours, running text above and below, copies, and where a headline would stand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clean import kernels
from clean.stages.weigh.affinity import MICRO, Affinity
from clean.stages.weigh.around import Ints, Lines
from clean.stages.weigh.shapes import COLON, ELLIPSIS, TERMINAL, Codes, bins, length_class

# One line's words say no more than so much about a window.
_WINDOW_SIZE, _WINDOW_MASS = 60, 20 * MICRO

# Places of a headline: running text above (none, little, more ...) and lines down to the next.
_ABOVE = np.array([0, 1, 2, 2, 2, 2, 2, 3, 4])
_NEXT = np.array([0, 1, 1, 2, 2, 3, 4, 4, 4])


def situation_codes(lines: Lines, affinity: Affinity, copied: Ints) -> Codes:
    """Categories of each line in its document. `copied`: `copies` of the lines."""
    above, to_next, text = _running_text(lines)
    place = _ABOVE[above] * 5 + _NEXT[to_next]
    headline = (place * 5 + bins(affinity.share, -0.5, 0.1, 0.35, 0.6)) * 4 + bins(lines.size, 4, 7, 20)
    return _neighbours(lines) | text | _affinities(lines, affinity) | _copies(lines, copied) | {"headline": headline}


def _neighbours(lines: Lines) -> Codes:
    """Length and ending of three lines to each side, capitals and digits of one, and the mean length around."""
    around, end = lines.around, lines.of("ending")
    stop = np.select([np.isin(end, TERMINAL), end == ELLIPSIS, end == COLON], [1, 2, 3], 0)
    kind = bins(lines.size, 2, 3, 5, 8, 12, 20, 40) * 4 + stop
    look = bins(lines.of("capitals"), -0.5, 0.15, 0.5, 0.9) * 2 + (lines.of("digits") > 0.3)
    codes = {f"kind{step:+d}": around.neighbour(kind, step, 32) for step in (-3, -2, -1, 1, 2, 3)}
    codes |= {f"look{step:+d}": around.neighbour(look, step, 10) for step in (-1, 1)}
    for reach in (5, 15):
        size = around.nearby(np.minimum(lines.size, _WINDOW_SIZE), reach)
        mean = _mean(size, around.nearby(np.ones(around.n, np.int64), reach))
        codes[f"window{reach}"] = bins(np.nan_to_num(mean), 1.5, 2.2, 3, 4, 5.5, 8, 12, 18, 25, 35)
    return codes


def _running_text(lines: Lines) -> tuple[Ints, Ints, Codes]:
    """Where the document's running text stands: share above the line, class of the distance to the next below, codes."""
    around = lines.around
    sentence = lines.of("running")
    words = np.where(sentence, lines.size, 0)
    total = around.total(words)
    share = around.before(words) / np.maximum(total, 1)
    above = np.where(total == 0, 8, bins(share, 1e-9, 0.05, 0.2, 0.5, 0.8, 0.95, 0.999999))
    gaps = (around.above(sentence), around.below(sentence))
    to_last, to_next = (bins(gap, 2, 3, 4, 6, 10, 20, 50, 999) for gap in gaps)
    return above, to_next, {"above": above, "total": bins(total, 1, 60, 150, 400, 1000), "near": to_last * 9 + to_next}


def _affinities(lines: Lines, affinity: Affinity) -> Codes:
    """How much of the line, and of those around it, the document's running text takes up."""
    around = lines.around
    shared = bins(affinity.share, -0.5, 0.001, 0.2, 0.4, 0.6, 0.8)
    codes = {"affinity": length_class(lines.size) * 7 + shared}
    codes |= {f"affinity{step:+d}": around.neighbour(shared, step, 7) for step in (-1, 1)}
    weight = np.minimum(affinity.mass, _WINDOW_MASS)
    taken = np.rint(np.maximum(affinity.share, 0) * weight).astype(np.int64)
    for reach in (2, 6):
        mean = _mean(around.nearby(taken, reach), around.nearby(weight, reach))
        classes = 1 + bins(np.nan_to_num(mean), 0.05, 0.15, 0.25, 0.35, 0.5, 0.65)
        codes[f"affinities{reach}"] = np.where(np.isnan(mean), 0, classes)
    return codes


def copies(lines: Lines) -> Ints:
    """Copies inside the document. 0: the only one, 1: the first of several, 2: a later one.

    Exact ones: two entries of a price list are alike, and neither is a copy.
    """
    _, first, _ = kernels.kindred(lines.normal, lines.doc)
    found: Ints = np.where(np.bincount(first)[first] == 1, 0, np.where(first == lines.around.index, 1, 2))
    return found


def _copies(lines: Lines, copied: Ints) -> Codes:
    """Copies of the line and of its neighbours."""
    codes = {"copies": length_class(lines.size) * 3 + copied}
    return codes | {f"copies{step:+d}": lines.around.neighbour(copied, step, 3) for step in (-1, 1, 2)}


def _mean(total: Ints, weight: Ints) -> NDArray[np.float64]:
    """NaN where there is no weight."""
    return np.where(weight > 0, total / np.maximum(weight, 1), np.nan)
