"""Numbering: the numbers of a list that is a document's own ("1.", "2.", ..., each above its footnote).

Every document with such a list has the same numbers in the same order, so they repeat in runs, as a menu does, and look like
one. Of a bibliography of sixty works each second line would be boilerplate for sure, and what stands between with it.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from clean import kernels
from clean.stages.weigh.around import Bools, Ints, Lines
from clean.windows import only_where

# A number and hardly more, by its normal form: "12.", "[12]", "12. 12", "3. C".
_NUMBER, _NUMBER_WORDS = r"^([0-9]{1,3})(?: \w{1,3})?$", 2
# The next number stands at most so many lines down: those of pages stand farther apart.
_ITEM = 4


def numbering(lines: Lines) -> Bools:
    """The lines that number a list of which most lines stand in no other document. "Most read" is the site's list."""
    found: Bools = np.zeros(lines.around.n, bool)
    number = _numbers(lines)
    at = np.flatnonzero(number >= 0)
    gap = np.diff(at)
    follows = (np.diff(number[at]) == 1) & (np.diff(lines.doc[at]) == 0) & (gap > 1) & (gap <= _ITEM)
    if not follows.any():
        return found
    own = kernels.kindred(lines.passage, lines.doc)[2] == 1
    own_above = np.concatenate([[0], np.cumsum(own)])
    own_items = own_above[at[1:]] - own_above[at[:-1] + 1]
    of = np.cumsum(np.append(False, ~follows))  # the list of each number
    items, own_items = (np.bincount(of[1:], np.where(follows, value, 0)) for value in (gap - 1, own_items))
    found[at] = (2 * own_items > items)[of]
    return found


def _numbers(lines: Lines) -> Ints:
    """The number that each line is; -1: it is none."""
    number = pl.col("normal").str.extract(_NUMBER).cast(pl.Int64)
    short = only_where(pl.col("size") <= _NUMBER_WORDS, lines.distinct.select("normal", "size"), number=number)
    numbers: Ints = short["number"].fill_null(-1).to_numpy()[lines.text]
    return numbers
