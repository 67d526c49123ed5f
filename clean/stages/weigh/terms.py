"""Terms: the longer words of a line, by which its document's running text takes it up; looked at once, for all rounds."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clean import kernels
from clean.characters import IDEOGRAPHS, LETTERS
from clean.kernels import U32, U64, Ints, mix
from clean.text import buffer_of, bytes_of, script_counts

# Shorter words are in every text. In scripts without spaces, so many signs in a row are a word.
_SHORTEST = 4
_WORDS = ((IDEOGRAPHS, 2), (LETTERS, 5))

Number = TypeVar("Number", bound=np.generic)


def terms(normal: pl.Series) -> pl.Series:
    """The terms of each normal form, as often as they stand there: hashes of 64 bits, never 0, one after the other as bytes."""
    return _packed(*_terms(normal))


def numbered(lines: pl.DataFrame) -> pl.DataFrame:
    """The lines with `words` in place of their `terms`: the number in this table of each distinct one, packed as 32 bits.

    A look-up by number costs a tenth of one by hash, and each round looks every word up three times.
    """
    rows, text = kernels.distinct_rows(lines["line_key"].to_numpy())
    offsets, term = _unpacked(lines["terms"][rows], np.uint64)
    words = _packed(*kernels.numbered(offsets, term))
    return lines.drop("terms").with_columns(words=words[text])


def words_in(packed: pl.Series) -> tuple[Ints, U32]:
    """Offsets and numbers of what `numbered` packed. Shapes (texts + 1,), (words,)."""
    return _unpacked(packed, np.uint32)


def _packed(offsets: Ints, values: NDArray[Any]) -> pl.Series:
    """The values of each text as bytes, one after the other."""
    starts, sizes = values.itemsize * offsets[:-1], values.itemsize * np.diff(offsets)
    # Once for each text, which costs nothing: of a column of one value polars makes copies.
    raw = pl.Series([values.tobytes()], dtype=pl.Binary).new_from_index(0, len(starts))
    return pl.DataFrame({"raw": raw, "at": starts, "size": sizes}).select(pl.col("raw").bin.slice("at", "size")).to_series()


def _unpacked(packed: pl.Series, kind: type[Number]) -> tuple[Ints, NDArray[Number]]:
    """Offsets and values of what `_packed` made."""
    values = bytes_of(packed).view(kind)
    size = packed.bin.size().to_numpy() // values.itemsize
    return np.concatenate([[0], np.cumsum(size)]).astype(np.int64), values


def _terms(normal: pl.Series) -> tuple[Ints, U64]:
    buffer = buffer_of(normal)
    borders, word, _ = kernels.tokens(buffer, len(normal), _SHORTEST)
    spaceless = np.flatnonzero(sum(script_counts(buffer, len(normal))))
    if len(spaceless):
        text, pairs = _signs(normal, spaceless)
        word = np.insert(word, borders[text], pairs)
        borders = borders + np.searchsorted(text, np.arange(len(normal) + 1))
    return borders, np.maximum(word, np.uint64(1))


def _signs(normal: pl.Series, rows: Ints) -> tuple[Ints, U64]:
    """Text, ascending, and hash of every few neighbouring signs of scripts without spaces, in some of the texts."""
    some = normal.gather(rows)
    offsets, hashes, _ = kernels.tokens(buffer_of(some), len(some))
    tokens, text = some.str.split(" ").explode(), np.repeat(rows, np.diff(offsets))
    found: list[tuple[Ints, U64]] = []
    for script, width in _WORDS:
        sign = tokens.str.contains(rf"^{script}$").to_numpy()
        if len(sign) < width:
            continue
        here = np.flatnonzero(np.lib.stride_tricks.sliding_window_view(sign, width).all(axis=1))
        here = here[text[here] == text[here + width - 1]]
        total = np.zeros(len(here), np.uint64)
        for step in range(width):
            total = mix(total ^ hashes[here + step])
        found.append((text[here], total))
    where, key = (np.concatenate(parts) for parts in zip(*found, strict=True)) if found else (rows[:0], hashes[:0])
    order = np.argsort(where, kind="stable")
    return where[order], key[order]
