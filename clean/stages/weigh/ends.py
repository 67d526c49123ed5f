"""Ends: lines of a site below which its documents tell nothing of their own any more ("More on this story", "Share this page").

What a document of the site has below such a line is boilerplate, be it new in every document: a site prints things in one order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clean.stages.weigh.around import FAR, Bools, Floats, Ints, Lines
from clean.stages.weigh.repetition import Repetition

# Running text counts as told where the log-odds of boilerplate are below.
_TOLD = -2.0
# For a mark, and against it, before any document is seen.
_HALF = 0.5


class Ends(NamedTuple):
    """Of each line, by the line above it, or itself, that marks the end best."""

    evidence: Floats  # that the text has ended; 0: nothing says so
    documents: Ints  # others that end above the same mark


def ends(lines: Lines, seen: Repetition, logit: Floats, repeated: Bools) -> Ends:
    """Which lines stand below the end of their document's text, by where the texts of other documents of the site end.

    `repeated`: lines that may be marks. A document speaks for a mark where all it tells stands above the mark's first copy, and
    against it where it tells something below; one that tells nothing above, a list or a table, says nothing. Nor is any end
    seen in a document that tells something below the mark itself.
    """
    around, passages = lines.around, seen.passages
    told = lines.of("running") & (seen.docs == 1) & (logit < _TOLD)
    above, below = around.above(told) < FAR, around.below(told) < FAR
    mark = repeated & passages.leads
    votes_for, votes_against = passages.sums(mark & above & ~below), passages.sums(mark & below)
    marks = np.flatnonzero(mark & above & ~below & (votes_for > votes_against))
    odds = np.log((votes_for + _HALF) / (votes_against + _HALF))
    # The best of the marks above a line: the last of them by rank. Ranks are integers: exact, whatever stands before.
    rank = np.zeros(around.n, np.int64)
    rank[marks[np.lexsort((votes_for[marks], odds[marks]))]] = np.arange(1, len(marks) + 1)
    document = around.spread(np.arange(len(around.start))) * (len(marks) + 1)
    best = np.maximum.accumulate(document + rank) - document
    of_rank = np.concatenate([[0], marks[np.argsort(rank[marks])]])[best]
    ended = best > 0
    return Ends(np.where(ended, odds[of_rank], 0.0), np.where(ended, votes_for[of_rank], 0).astype(np.int64))
