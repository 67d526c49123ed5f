"""Terms: the longer words of a line, by which its document's running text takes it up; looked at once, for all rounds."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl

from clean.kernels import U64, Ints
from clean.kernels.plain import mix
from clean.text import IDEOGRAPHS, LETTERS, token_hashes

# Shorter words are in every text. In scripts without spaces, two signs in a row are a word.
_SHORTEST = 4
_SPACELESS = rf"(?:{IDEOGRAPHS}|{LETTERS})"


def terms(normal: pl.Series) -> pl.Series:
    """The terms of each normal form, as often as they stand there: hashes of 64 bits, never 0, one after the other as bytes."""
    borders, term = _terms(normal)
    raw, ends = term.tobytes(), (8 * borders).tolist()
    return pl.Series([raw[start:end] for start, end in pairwise(ends)], dtype=pl.Binary)


def terms_in(packed: pl.Series) -> tuple[Ints, U64]:
    """Offsets and hashes of what `terms` packed. Shapes (texts + 1,), (terms,)."""
    offsets = np.concatenate([[0], np.cumsum(packed.bin.size().to_numpy() // 8)]).astype(np.int64)
    return offsets, np.frombuffer(b"".join(packed.to_list()), np.uint64)


def _terms(normal: pl.Series) -> tuple[Ints, U64]:
    offsets, hashes, lengths = token_hashes(normal)
    long = lengths >= _SHORTEST
    wide = np.flatnonzero((normal.str.len_bytes() > normal.str.len_chars()).to_numpy())
    spaceless = wide[normal.gather(wide).str.contains(_SPACELESS).to_numpy()]
    borders = np.concatenate([[0], np.cumsum(long)])[offsets]
    word = np.maximum(hashes[long], np.uint64(1))
    if len(spaceless):
        text, pairs = _pairs(normal, spaceless, offsets, hashes)
        word = np.insert(word, borders[text], np.maximum(pairs, np.uint64(1)))
        borders = borders + np.searchsorted(text, np.arange(len(normal) + 1))
    return borders, word


def _pairs(normal: pl.Series, rows: Ints, offsets: Ints, hashes: U64) -> tuple[Ints, U64]:
    """Text and hash of every two neighbouring tokens that are signs of scripts without spaces, in some of the texts."""
    tokens = normal.gather(rows).str.split(" ").explode()
    sign = tokens.str.contains(rf"^{_SPACELESS}$").to_numpy()
    size = np.diff(offsets)[rows]
    text = np.repeat(rows, size)
    place = np.arange(len(text)) + np.repeat(offsets[rows] - np.cumsum(size) + size, size)
    pair = np.flatnonzero(sign[:-1] & sign[1:] & (text[:-1] == text[1:]))
    return text[pair], mix(hashes[place[pair]] ^ mix(hashes[place[pair + 1]]))
