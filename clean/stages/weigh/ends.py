"""Ends: furniture below which the documents of a site tell nothing of their own any more ("Share this page").

A site prints things in one order. So what a document has below such a line is boilerplate, be it new in every document.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clean.stages.weigh.around import FAR, Bools, Floats, Ints, Lines
from clean.stages.weigh.repetition import OFTEN, Repetition

# What no other document has is told where its log-odds of boilerplate are below.
_TOLD = -2.0
# A line that stands apart is furniture where all but its own repetition says so.
_FURNITURE = 1.0
# Documents for a mark, and against it, before any is seen (Jeffreys' prior).
_PRIOR = 0.5


class Ends(NamedTuple):
    """What says of each line that the text has ended above it."""

    evidence: Floats  # log-odds; 0: nothing does
    documents: Ints  # others that end above the same mark


def ends(lines: Lines, seen: Repetition, run: Ints, logit: Floats, context: Floats, repeated: Bools) -> Ends:
    """Which lines stand below the end of their document's text, by where the texts of other documents of the site end.

    A mark is one of the lines `repeated` that is furniture: it mostly stands in a `run` (documents in which it has the same
    neighbour), or its `context` says so. "We offer" in job advertisements is none: it heads a list that belongs to the text.
    A document speaks for a mark where running text stands above the mark's first copy and nothing that is told below; against
    it where something is. A list or a table says nothing, and no text has ended that goes on below the mark in the document
    itself.
    """
    around, passages = lines.around, seen.passages
    told = (seen.docs == 1) & (logit < _TOLD)
    above, below = around.above(told & lines.of("running")) < FAR, around.below(told) < FAR
    furniture = ((run >= OFTEN) & (2 * run >= seen.docs)) | (context > _FURNITURE)
    first = repeated & passages.leads
    last = first & furniture & above & ~below
    votes, against = passages.sums(last), passages.sums(first & below)
    odds = np.log((votes + _PRIOR) / (against + _PRIOR))
    marks = np.flatnonzero(last & (votes >= OFTEN) & (odds > 0))
    # The best mark above a line has the highest rank so far. Ranks are integers: exact, whatever documents stand before.
    marks = marks[np.lexsort((votes[marks], odds[marks]))]
    rank = np.zeros(around.n, np.int64)
    rank[marks] = np.arange(1, len(marks) + 1)
    document = around.spread(np.arange(len(around.start))) * (len(marks) + 1)
    best = np.maximum.accumulate(document + rank) - document
    evidence, documents = (np.concatenate([[0.0], value[marks]])[best] for value in (odds, votes))
    return Ends(evidence, documents.astype(np.int64))
