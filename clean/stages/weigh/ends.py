"""Ends: furniture below which the documents of a site tell nothing of their own any more ("Share this page").

A site prints things in one order. So what a document has below such a line is boilerplate, be it new in every document.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clean.stages.weigh.around import FAR, Bools, Floats, Ints, Lines
from clean.stages.weigh.repetition import OFTEN, Repetition

# Running text is surely an article's where its log-odds of boilerplate are below.
_TEXT = -2.0
# A text goes on where more than a third of the words above stand below: the answers in a forum do, a comment or two do not.
_GOES_ON = 3
# A running line is on its document's topic where the rest of its text has so much of it, beyond chance.
_ON_TOPIC = 0.25
# Below the heading of a section stand more such words than this many times those that other documents print there, too.
_SECTION = 2
# Documents for a mark, for each one against it.
_MOST = 3
# A line that stands apart is furniture where all but its own repetition says so.
_FURNITURE = 1.0
# Documents for a mark, and against it, before any is seen (Jeffreys' prior).
_PRIOR = 0.5


class Ends(NamedTuple):
    """What says of each line that the text has ended above it."""

    evidence: Floats  # log-odds; 0: nothing does
    documents: Ints  # others that end above the same mark


def ends(lines: Lines, seen: Repetition, run: Ints, logit: Floats, context: Floats, repeated: Bools, taken: Floats) -> Ends:
    """Which lines stand below the end of their document's text, by where the texts of other documents of the site end.

    A mark is one of the lines `repeated` that is furniture: it mostly stands in a `run` (documents in which it has the same
    neighbour), or its `context` says so. "We offer" in job advertisements is none: it heads a list that belongs to the text.
    A document speaks for a mark where its text stands above the mark's first copy and does not go on below, and against it where
    it does; one without running text, a list or a table, says nothing. What goes on is counted in words that no other document
    has, of running text whatever the odds: so no text ends amid the answers to a question. Nor is there evidence in a document
    whose own text goes on. A document speaks against a mark, too, that heads a section of it ("Security considerations", the
    last of each specification): what stands below is on its topic (`taken`) rather than what others print. A sidebar is not.
    """
    around, passages, own = lines.around, seen.passages, seen.docs == 1
    running = lines.of("running")
    text = own & running & (logit < _TEXT)
    told = np.where(own & (running | (logit < 0)), lines.size, 0)
    above, below = around.before(told), around.after(told)
    goes_on = _GOES_ON * below > above
    furniture = ((run >= OFTEN) & (2 * run >= seen.docs)) | (context > _FURNITURE)
    on_topic = around.after(np.where(own & running & (taken >= _ON_TOPIC), lines.size, 0))
    section = on_topic > _SECTION * around.after(np.where(seen.docs >= OFTEN, lines.size, 0))
    first = repeated & passages.leads
    last = first & furniture & (around.above(text) < FAR) & ~goes_on
    votes, against = passages.sums(last & ~section), passages.sums(first & (goes_on | section))
    odds = np.log((votes + _PRIOR) / (against + _PRIOR))
    marks = np.flatnonzero(last & (votes >= OFTEN) & (votes >= _MOST * against))
    # The best mark above a line has the highest rank so far. Ranks are integers: exact, whatever documents stand before.
    marks = marks[np.lexsort((votes[marks], odds[marks]))]
    rank = np.zeros(around.n, np.int64)
    rank[marks] = np.arange(1, len(marks) + 1)
    document = around.spread(np.arange(len(around.start))) * (len(marks) + 1)
    best = np.maximum.accumulate(document + rank) - document
    evidence, documents = (np.concatenate([[0.0], value[marks]])[best] for value in (odds, votes))
    return Ends(evidence, documents.astype(np.int64))
