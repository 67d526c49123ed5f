"""What single characters are to us: asked once for each that a corpus holds, and looked up from then on.

A regular expression, or Python's `unicodedata`, costs as much as everything else together when it is asked about every line.
A corpus of gigabytes has a few thousand different characters; so tables over all code points are filled as they are met, and
say by construction what the expression says.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Points = NDArray[np.int64]  # code points

POINTS = sys.maxunicode + 1

# Scripts in which a run of letters is a sentence, not a word (Unicode line breaking classes ID and SA).
# Hangul is not among them: Korean is written with spaces.
IDEOGRAPHS = r"[\p{Han}\p{Hiragana}\p{Katakana}]"  # 5 of them are about 3 words
LETTERS = r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"  # 12 of them are about 3 words


class Classes:
    """A small number for each character, by `ask` (one number a text of one character). Safe to use from several threads."""

    def __init__(self, ask: Callable[[pl.Series], NDArray[Any]], dtype: type[np.unsignedinteger[Any]] = np.uint8) -> None:
        self._ask, self._lock = ask, Lock()
        self._known = np.zeros(POINTS, bool)
        self._classes = np.zeros(POINTS, dtype)

    def of(self, points: Points) -> NDArray[Any]:
        """The classes by code point, known for `points` and all that were asked for before. Shape (POINTS,)."""
        if not self._known[points].all():
            with self._lock:
                new = points[~self._known[points]]
                self._classes[new] = self._ask(characters(new))
                self._known[new] = True
        return self._classes


def matching(*expressions: str) -> Callable[[pl.Series], NDArray[Any]]:
    """For `Classes`: the number, from 1, of the first expression (Rust's syntax) that a character matches; 0 where none does."""

    def ask(characters: pl.Series) -> NDArray[Any]:
        found = np.zeros(len(characters), np.uint8)
        for number, expression in reversed(list(enumerate(expressions, 1))):
            found[characters.str.contains(rf"^(?:{expression})$").to_numpy()] = number
        return found

    return ask


def flags(expressions: Sequence[str]) -> Callable[[pl.Series], NDArray[Any]]:
    """For `Classes`: a bit for each expression that a character matches, from the lowest."""

    def ask(characters: pl.Series) -> NDArray[Any]:
        found = np.zeros(len(characters), np.uint32)
        for number, expression in enumerate(expressions):
            found |= characters.str.contains(rf"^(?:{expression})$").to_numpy().astype(np.uint32) << np.uint32(number)
        return found

    return ask


def characters(points: Points) -> pl.Series:
    """Each code point as a text."""
    return pl.Series([chr(point) for point in points.tolist()], dtype=pl.String)


# ---------------------------------------------------------------- folding

# A character becomes at most so many times its bytes, so that there is an end to the room that kernels need.
_GROWTH = 2


class Folding:
    """What becomes of each character in a normal form (`folded`), as bytes[starts[point]:starts[point] + sizes[point]].

    A negative start: it depends on the characters beside it, and the whole text has to be folded at once.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._known = np.zeros(POINTS, bool)
        self.starts, self.sizes = np.zeros(POINTS, np.int32), np.zeros(POINTS, np.uint8)
        self.bytes = np.empty(0, np.uint8)

    def of(self, points: Points) -> tuple[NDArray[np.int32], NDArray[np.uint8], NDArray[np.uint8]]:
        """starts, sizes and bytes, known for `points` and all that were asked for before."""
        if not self._known[points].all():
            with self._lock:  # what another thread has placed meanwhile stays where it is: it may be reading there
                self._fill(points[~self._known[points]])
        return self.starts, self.sizes, self.bytes

    def _fill(self, points: Points) -> None:
        alone = characters(points)
        texts = [text.encode() for text in folded(alone)]
        unsure = [_depends(one) or len(text) > _GROWTH * len(one.encode()) for one, text in zip(alone, texts, strict=True)]
        starts = len(self.bytes) + np.cumsum([0, *map(len, texts)])[:-1]
        self.starts[points], self.sizes[points] = np.where(unsure, -1, starts), np.where(unsure, 0, list(map(len, texts)))
        self.bytes = np.concatenate([self.bytes, np.frombuffer(b"".join(texts), np.uint8)])
        self._known[points] = True


def folded(texts: pl.Series) -> pl.Series:
    """NFKC, casefold, and spaces for all that is in no word and around each character of a script without spaces.

    Casefold is Python's: polars has lower case only ("ß" is not "ss").
    """
    folded = pl.Series(texts.name, [unicodedata.normalize("NFKC", text).casefold() for text in texts], pl.String)
    return folded.str.replace_all(rf"({IDEOGRAPHS}|{LETTERS})", " $1 ").str.replace_all(r"\W+", " ")


def _depends(character: str) -> bool:
    """Whether NFKC might join the character to one before it or change their order: marks, and the later letters of a
    Korean syllable. What begins otherwise stands by itself (UAX #15, normalization boundaries)."""
    first = unicodedata.normalize("NFKD", character)[0]
    return unicodedata.category(first)[0] == "M" or "\u1100" <= first <= "\u11ff"
