"""Headlines: one line a document; and the lines elsewhere that name it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clean import kernels
from clean.kernels import mix
from clean.stages.weigh.affinity import MICRO, Affinity
from clean.stages.weigh.around import Bools, Floats, Ints, Lines
from clean.stages.weigh.repetition import Repetition
from clean.stages.weigh.shapes import TERMINAL
from clean.stages.weigh.siblings import Siblings

# The first sentence of the body has so many words.
_BODY_WORDS = 15
# A headline has at least and at most so many words, ...
_FEWEST, _MOST = 3, 40
# ... stands at most so many lines above the body, ...
_REACH = 40
# ... and the document's running text takes up this share of it, by weight.
_TAKEN = 0.2
# Of several the best scores highest: the share that is taken up, times the root of its words' weight (nats, up to so many), ...
_MASS = 30.0
# ... less this for each line between it and the body, ...
_DISTANCE = 0.05
# ... and as much as a word of two nats for being listed in another document.
_LISTED = 2.0
# Then the documents of a site vote, so many times: where the others' headlines stand, one's own is likely to.
_VOTES, _VOTING_ROUNDS = 6.0, 2


def headlines(lines: Lines, seen: Repetition, logit: Floats, affinity: Affinity, places: list[Siblings]) -> Bools:
    """At most one line a document: above the body, near it, taken up by it, and where the siblings' headlines stand."""
    opens = _body(lines, seen, logit)
    gap = opens - lines.around.index
    alone = np.minimum(seen.docs_up, seen.docs_down) < 2  # not inside a list that repeats
    fits = (lines.size >= _FEWEST) & (lines.size <= _MOST) & (affinity.share >= _TAKEN)
    candidate = np.flatnonzero((gap > 0) & (gap <= _REACH) & fits & alone)
    taken_up = affinity.share * np.sqrt(np.minimum(affinity.mass / MICRO, _MASS))
    score = taken_up - _DISTANCE * gap + _LISTED * ((seen.docs >= 2) & alone)
    chosen = _best(lines, candidate, score)
    for _ in range(_VOTING_ROUNDS):
        votes = sum((place.sums(chosen) for place in places), np.zeros(lines.around.n))
        chosen = _best(lines, candidate, score + _VOTES * votes / (2 * seen.site.sums(chosen) + 2))
    return chosen


def _body(lines: Lines, seen: Repetition, logit: Floats) -> Ints:
    """Where each line's document has its first sentence of content; FAR or more where it has none."""
    around = lines.around
    sentence = (lines.size >= _BODY_WORDS) & np.isin(lines.of("ending"), TERMINAL) & (seen.docs < 3)
    # Every document has some content: where all its sentences are in doubt, the surest counts.
    surest = np.minimum.reduceat(np.where(sentence, logit, 99.0), around.start)
    body = sentence & (logit <= around.spread(np.maximum(0, surest)))
    opens = np.where(body[around.start], 0, around.below(body)[around.start])
    start: Ints = around.first + around.spread(opens)
    return start


def _best(lines: Lines, candidate: Ints, score: Floats) -> Bools:
    """The candidate of the highest score in each document; of equals, the first."""
    order = candidate[np.lexsort((candidate, -score[candidate], lines.doc[candidate]))]
    chosen = np.zeros(lines.around.n, bool)
    chosen[order[np.diff(lines.doc[order], prepend=-1) != 0]] = True
    return chosen


@dataclass(frozen=True)
class Mentions:
    """Parts of lines that are a whole line of another document of the site, and not one of their own."""

    line: Ints  # the line that the part is of
    asks: Ints  # the first line of the site that equals the part
    whole: Ints  # for every line of the table: the first line of the site that equals it

    def lists(self, own: Bools) -> Bools:
        """Lines a part of which is one of the lines marked `own`: the headlines and first lines of documents."""
        found, owned = np.zeros(len(own), bool), np.zeros(len(own), bool)
        owned[self.whole[own]] = True
        found[self.line[owned[self.asks]]] = True
        return found

    def anywhere(self, count: int) -> Bools:
        """Which of so many lines have such a part."""
        found = np.zeros(count, bool)
        found[self.line] = True
        return found


def mentions(lines: Lines) -> Mentions:
    """The parts of lines that equal another line of their site."""
    site = lines.site
    whole = mix((lines.normal ^ site) | np.uint64(1))
    parts = lines.distinct["parts"]
    size = parts.list.len().fill_null(0).to_numpy().astype(np.int64)
    offsets, count = np.cumsum(size) - size, size[lines.text]
    line = np.repeat(lines.around.index, count)
    part = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count) + offsets[lines.text][line]
    asks = mix((parts.drop_nulls().explode().to_numpy()[part] ^ site[line]) | np.uint64(1))
    # Lines and parts in one list: what a part asks for is known when the first that has its key is a line.
    n = lines.around.n
    first, _, _ = kernels.kindred(np.concatenate([whole, asks]), np.zeros(n + len(asks), np.int64))
    known = first[n:] < n
    line, asked = line[known], first[n:][known]
    wanted = np.zeros(n, bool)
    wanted[asked] = True
    equal = np.flatnonzero(wanted[first[:n]])  # lines that equal some part
    pairs = np.concatenate([lines.doc[equal] * n + first[equal], lines.doc[line] * n + asked]).astype(np.uint64) + np.uint64(1)
    first_pair, _, _ = kernels.kindred(pairs, np.zeros(len(pairs), np.int64))
    elsewhere = first_pair[len(equal) :] >= len(equal)
    return Mentions(line[elsewhere], asked[elsewhere], first[:n])
