"""Siblings: lines in the same place, or of the same make, in OTHER documents of the site.

What was decided about them is how boilerplate that occurs once is recognised: a site prints the same kind of thing in the
same place. A line never speaks for its own document, so no document can talk itself into anything.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from clean import kernels
from clean.kernels import mix
from clean.stages.weigh.around import FAR, Bools, Floats, Ints, Keys, Lines
from clean.stages.weigh.policy import POLICY
from clean.stages.weigh.shapes import bars_class, bins, capitals_class

# A headline printed twice has so many words or more ("Share" above "Share" is a menu).
_DOUBLED_WORDS = 4
# However many siblings agree, they say no more than this.
_MOST = 4.0


class Siblings:
    """Lines that share a key, seen from one document: sums over the lines of the OTHER documents. Key 0 is no key."""

    def __init__(self, key: Keys, doc: Ints) -> None:
        first, first_there, documents = kernels.kindred(key, doc)
        self.documents: Ints = documents  # that have the key, for each line; 0 without one
        self.leads: Bools = first_there == np.arange(len(key))  # the first of its document that has its key
        self.at: Ints = np.flatnonzero(documents > 1)  # lines that have siblings
        self._key, self._pair = (_numbered(firsts, self.at) for firsts in (first, first_there))

    def others(self, value: Floats | Bools) -> Floats:
        """Sum of `value` over the siblings, for each line of `at`."""
        here = value[self.at].astype(np.float64)
        return self._sum(self._key, here) - self._sum(self._pair, here)

    def sums(self, value: Floats | Bools) -> Floats:
        """Sum of `value` over the siblings, for every line."""
        return self._everywhere(self.others(value), len(value))

    def totals(self, value: Floats | Bools) -> Floats:
        """Sum of `value` over the siblings and the line's own document, for every line that has siblings."""
        return self._everywhere(self._sum(self._key, value[self.at].astype(np.float64)), len(value))

    def _everywhere(self, value: Floats, n: int) -> Floats:
        result = np.zeros(n)
        result[self.at] = value
        return result

    @staticmethod
    def _sum(ids: Ints, value: Floats) -> Floats:
        sums: Floats = np.bincount(ids, value)[ids].astype(np.float64)
        return sums


Kin = list[tuple[Siblings, float]]  # and the weight of each


def _numbered(firsts: Ints, at: Ints) -> Ints:
    """A number from 0 for each group of the rows `at`, given the first row of each row's group."""
    number = np.empty(len(firsts), np.int64)
    here = firsts[at]
    leads = at[here == at]
    number[leads] = np.arange(len(leads))
    return number[here]


def makes(lines: Lines) -> list[Keys]:
    """Keys of lines made alike: the same two first words, the same two last words (digits aside), the same shape."""
    shape = pl.Series(_shape(lines.distinct)).hash(29)
    return [in_site(lines, key) for key in (lines.distinct["first_words"], lines.distinct["last_words"], shape)]


def in_site(lines: Lines, found: pl.Series) -> Keys:
    """A key of each distinct line (null: none) as one of each line within its site."""
    keys: Keys = np.where(found.is_not_null(), found.fill_null(0), np.uint64(0))[lines.text]
    return np.where(keys > 0, keys ^ lines.site, np.uint64(0))


def _shape(distinct: pl.DataFrame) -> Ints:
    """Length, ending, capitals, bars and beginning of a line in one number."""
    code = bins(distinct["size"].to_numpy(), 2, 4, 6, 9, 13, 20, 35)
    for column, levels in ((distinct["ending"].to_numpy(), 9), (capitals_class(distinct["capitals"].to_numpy()), 9)):
        code = code * levels + column
    shape: Ints = (code * 4 + bars_class(distinct["bars"].to_numpy())) * 7 + distinct["opening"].to_numpy()
    return shape


def doubled(lines: Lines) -> Keys:
    """Keys of the parts of a doubled block: a headline, the same headline again below it, the line below that."""
    around = lines.around
    again: Bools = (around.neighbour(lines.normal, -1, np.uint64(0)) == lines.normal) & (lines.size >= _DOUBLED_WORDS)
    parts = [again, around.neighbour(again, 1, False), around.neighbour(again, -1, False)]
    part = np.select(parts, [np.full(around.n, number, np.uint64) for number in (2, 1, 3)], np.uint64(0))
    return np.where(part > 0, lines.site ^ mix(part), np.uint64(0))


def places(lines: Lines, anchor: Bools) -> list[Keys]:
    """The place of a line: which anchor (a repeated line) stands above it, and below it, and how far."""
    found = []
    for gap, step in ((lines.around.above(anchor), -1), (lines.around.below(anchor), 1)):
        there = np.clip(lines.around.index + step * np.minimum(gap, lines.around.n), 0, lines.around.n - 1)
        key = mix(lines.passage[there] * np.uint64(8) + bins(gap, 2, 3, 4, 7).astype(np.uint64))
        found.append(np.where(gap < FAR, key, np.uint64(0)))
    return found


def sibling_evidence(logit: Floats, member: Bools, group: Ints, kin: Kin) -> Floats:
    """What the posterior of siblings says about each member (a line that is no anchor itself).

    The mean over siblings is shrunk towards the site's mean and compared with it. The site's mean counts as no less than
    `POLICY.coin`: where nearly all is content, a sibling in doubt would otherwise be evidence.
    """
    p = np.where(member, 1 / (1 + np.exp(-logit)), 0.0)
    usual = np.bincount(group, p) / np.maximum(np.bincount(group, member), 1)
    usual = np.clip(usual, POLICY.coin, 0.98)
    base, odds = usual[group], _log_odds(usual)[group]
    total = np.zeros(len(p))
    for siblings, weight in kin:
        at = siblings.at
        mean = (siblings.others(p) + POLICY.shrink * base[at]) / (siblings.others(member) + POLICY.shrink)
        total[at] += weight * (_log_odds(np.clip(mean, 1e-6, 1 - 1e-6)) - odds[at])
    return np.where(member, np.clip(total, -_MOST, _MOST), 0.0)


def support(logit: Floats, member: Bools, kin: Kin) -> Ints:
    """Condemned siblings of each member: most of any kind of which more than half are condemned."""
    condemned, most = member & (logit > 0), np.zeros(len(logit))
    for siblings, _ in kin:
        count = siblings.others(condemned)
        most[siblings.at] = np.maximum(most[siblings.at], np.where(2 * count > siblings.others(member), count, 0))
    return np.where(member, most, 0).astype(np.int64)


def _log_odds(p: Floats) -> Floats:
    return np.log(p / (1 - p))
