"""The inner loops: tokens, shingles, signatures and overlaps of whole batches of texts, as arrays.

    plain.py      numpy
    compiled.py   the same functions compiled by numba (the extra `fast`), where it is installed and the batch is large
    lines.py      compiled, too; its twin are the expressions of `weigh.shapes`

Both give identical bits, so which one ran cannot be seen from the output; `repeated` alone may name a few keys too many, which
its callers do not mind. Texts come as one buffer of UTF-8 bytes, each
ended by a line break, their tokens by single spaces (`text.normal_form`); arrays of several texts come with offsets: those
of text i are values[offsets[i]:offsets[i + 1]].
"""

from __future__ import annotations

import sys
from functools import cache
from importlib.util import find_spec
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from clean.kernels import plain
from clean.kernels.plain import LOOKS, MULTIPLIER, SIGNS, U8, U32, U64, Bools, Ints, mix

__all__ = [
    "LOOKS",
    "MULTIPLIER",
    "SIGNS",
    "U8",
    "U32",
    "U64",
    "Bools",
    "Ints",
    "agreeing",
    "alphabet",
    "class_counts",
    "distinct",
    "distinct_rows",
    "document_counts",
    "fold",
    "kindred",
    "least",
    "looks",
    "mix",
    "numbered",
    "pays",
    "repeated",
    "shared",
    "signatures",
    "spaces",
    "taken_up",
    "tokens",
    "windows",
]

# Work (bytes, hashes) from which the compiled loops are worth loading: about half a second, once.
_PAYS = 1 << 21
# The same of all calls together that were too small: some seconds of numpy. A driver of a cluster that compares a few copies
# goes without the 100 MB that loading takes.
_PAYS_TOGETHER = 1 << 28


def alphabet(buffer: U8) -> Ints:
    """The characters that occur in UTF-8, as code points, ascending."""
    found: Ints = _kernels(len(buffer)).alphabet(buffer)
    return found


def fold(buffer: U8, offsets: Ints, starts: NDArray[np.int32], sizes: U8, folded: U8) -> tuple[U8, Bools]:
    """Texts (UTF-8, no breaks between them) with each character c as folded[starts[c]:starts[c] + sizes[c]], and of spaces
    one, between other bytes only; and for which texts this is not known: those that hold a character
    with a negative start are empty.

    The first ends each text with a line break. The second has shape (texts,). A character becomes at most twice as many bytes.
    """
    found: tuple[U8, Bools] = _kernels(len(buffer)).fold(buffer, offsets, starts, sizes, folded)
    return found


def class_counts(buffer: U8, texts: int, classes: U8, count: int) -> Ints:
    """How many characters of each class from 1 to `count` each text has; `classes` by code point, 0: none that counts.

    Shape (count, texts).
    """
    found: Ints = _kernels(len(buffer)).class_counts(buffer, texts, classes, count)
    return found


def spaces(buffer: U8, texts: int) -> Ints:
    """The spaces in each of `texts` texts. Shape (texts,)."""
    found: Ints = _kernels(len(buffer)).spaces(buffer, texts)
    return found


def tokens(buffer: U8, texts: int, shortest: int = 1) -> tuple[Ints, U64, U8]:
    """Offsets, 64-bit hashes and lengths in characters (255: or more) of the tokens of `texts` texts, shorter ones left out.

    Shapes (texts + 1,), (tokens,), (tokens,).
    """
    found: tuple[Ints, U64, U8] = _kernels(len(buffer)).tokens(buffer, texts, shortest)
    return found


def windows(offsets: Ints, hashes: U64, width: Ints) -> tuple[Ints, U64]:
    """Offsets and hashes of the windows of width[i] tokens of each text i; a shorter text is one window, an empty one none."""
    found: tuple[Ints, U64] = _kernels(len(hashes)).windows(offsets, hashes, width)
    return found


def signatures(offsets: Ints, hashes: U64, a: U32, b: U32) -> U32:
    """MinHash signatures under the permutations fmix32(h) * a + b mod 2^32 of the lower halves of the hashes.

    Shape (texts, permutations); bit-identical to datasketch's scheme `affine32`; an empty text's is all ones.
    """
    found: U32 = _kernels(len(hashes)).signatures(offsets, hashes, a, b)
    return found


def distinct(offsets: Ints, hashes: U64) -> tuple[Ints, U64]:
    """The hashes of each text sorted, each once, and their offsets."""
    found: tuple[Ints, U64] = _kernels(len(hashes)).distinct(offsets, hashes)
    return found


def shared(offsets: Ints, hashes: U64, left: Ints, right: Ints) -> Ints:
    """How many hashes texts left[i] and right[i] share; `hashes` as `distinct` gives them. Shape as `left`."""
    found: Ints = _kernels(len(hashes)).shared(offsets, hashes, left, right)
    return found


def agreeing(matrix: U32, left: Ints, right: Ints) -> Ints:
    """In how many columns rows left[i] and right[i] are equal. Shape as `left`."""
    found: Ints = _kernels(len(left) * matrix.shape[1]).agreeing(matrix, left, right)
    return found


def least(matrix: U32, rows: Ints, starts: Ints) -> U32:
    """The least of each column over the rows of `matrix` that rows[starts[i]:starts[i + 1]] names, the last run to the end. No
    run is empty. Shape (runs, columns).
    """
    found: U32 = _kernels(len(rows) * matrix.shape[1]).least(matrix, rows, starts)
    return found


def repeated(keys: U64) -> Bools:
    """Which keys may occur more than once: all that do, and a few that do not."""
    found: Bools = _kernels(len(keys)).repeated(keys)
    return found


def numbered(offsets: Ints, keys: U64) -> tuple[Ints, U32]:
    """The keys of each text by number, each once, and their offsets: equal keys have one number, from 0 in the order of
    their first occurrence. 0 is no key."""
    found: tuple[Ints, U32] = _kernels(len(keys)).numbered(offsets, keys)
    return found


def document_counts(offsets: Ints, words: U32, text: Ints, doc: Ints) -> Ints:
    """How many documents have each word, up to the highest in `words`. Row i says that doc[i], ascending from 0 or more,
    has text[i]; a text's words, `numbered`, are words[offsets[text]:offsets[text + 1]]. Shape (words' numbers,)."""
    found: Ints = _kernels(len(words)).document_counts(offsets, words, text, doc)
    return found


def taken_up(offsets: Ints, words: U32, weights: Ints, text: Ints, doc: Ints, speaks: Bools) -> tuple[Ints, Ints]:
    """For each row (see `document_counts`; a text at most once a document): the weights of the words of its text, and of
    those that another row of its document has which speaks. `weights`: of every number. Shapes (rows,)."""
    found: tuple[Ints, Ints] = _kernels(len(words)).taken_up(offsets, words, weights, text, doc, speaks)
    return found


def kindred(keys: U64, doc: Ints) -> tuple[Ints, Ints, Ints]:
    """For each row: the first row that has its key, the first one of its document that has it, and in how many documents
    it stands; 0 is no key, and stands in none. `doc` ascends. Shapes as `keys`."""
    found: tuple[Ints, Ints, Ints] = _kernels(len(keys)).kindred(keys, doc)
    return found


def distinct_rows(keys: U64) -> tuple[Ints, Ints]:
    """The first row of each distinct key, ascending, and for each row the number of its key in that order; 0 is no key, and
    equal to none. Shapes (distinct keys,), as `keys`."""
    first, _, _ = kindred(keys, np.zeros(len(keys), np.int64))
    leads = first == np.arange(len(keys))
    return np.flatnonzero(leads), (np.cumsum(leads) - 1)[first]


def looks(buffer: U8, offsets: Ints, signs: U32) -> Ints:
    """What each text looks like (LOOKS), by the signs that characters show (SIGNS, a bit each, by code point). Only where it
    `pays`. `buffer`: texts in UTF-8, nothing between them. Shape (texts, len(LOOKS)).
    """
    from clean.kernels import lines

    return lines.looks(buffer, offsets, signs)


def pays(work: int) -> bool:
    """Whether compiled loops are there, and worth loading for so much work (bytes, hashes)."""
    return _kernels(work) is not plain


def _kernels(work: int) -> ModuleType:
    global _done
    if "clean.kernels.compiled" in sys.modules:
        return _fastest()
    _done += work
    return _fastest() if work >= _PAYS or _done >= _PAYS_TOGETHER else plain


_done = 0  # by numpy, about: threads may lose some of it


@cache
def _fastest() -> ModuleType:
    if find_spec("numba") is None:
        return plain
    from clean.kernels import compiled

    return compiled
