"""Normal form, tokens, shingles and their overlap: what two texts are compared by. Never written out.

The normal form of a line is its tokens joined by one space: NFKC, casefold, then `\\w+` (Rust's: letters,
marks, digits, connectors); in scripts that write no spaces between words each character is a token.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import xxhash

from clean import kernels
from clean.characters import IDEOGRAPHS, LETTERS, Classes, Folding, folded, matching
from clean.config import Config
from clean.kernels import U8, U64, Ints

# Words from which a line may be the headline of an article: "Home" at the top of a page is none.
TITLE_TOKENS = 4
# Between a headline and the first paragraph there may be so many lines: the headline again, a byline, a date.
HEAD_LINES = 4
LETTERS_PER_IDEOGRAPH = 2.5
# All that IDEOGRAPHS and LETTERS match is three bytes or more in UTF-8, the first of them this or a higher one.
FIRST_SPACELESS = 0xE0
_HALF = 2**64

_folding = Folding()
_scripts = Classes(matching(IDEOGRAPHS, LETTERS))


def normal_form(lines: pl.Series) -> pl.Series:
    """The normal form of each line; an empty text where a line holds no token. Shape: as `lines`."""
    if lines.is_empty():
        return lines
    buffer, offsets = texts_of(lines)
    found, asked = kernels.fold(buffer, offsets, *_folding.of(kernels.alphabet(buffer)))
    # polars copies a column of one text whenever it hands it on; of two it does not
    normal = pl.Series(lines.name, [found[:-1].tobytes(), b""], pl.Binary).cast(pl.String).str.split("\n").explode()[:-1]
    if asked.any():  # characters there depend on each other
        rows = np.flatnonzero(asked)
        normal = normal.scatter(rows, folded(lines.gather(rows)).str.strip_chars(" "))
    return normal


def texts_of(lines: pl.Series) -> tuple[U8, Ints]:
    """Texts of any kind as the kernels take them: UTF-8, nothing between them, and their offsets. Shapes (bytes,), (n + 1,)."""
    return bytes_of(lines.cast(pl.Binary)), np.concatenate([[0], np.cumsum(lines.str.len_bytes().to_numpy(), dtype=np.int64)])


def buffer_of(texts: pl.Series) -> U8:
    """Normal forms as the kernels take them: UTF-8, each ended by a line break."""
    return bytes_of((texts + "\n").cast(pl.Binary))


def bytes_of(values: pl.Series) -> U8:
    """All of a column of bytes, one after the other. Copied once; whatever joins them copies four times."""
    flat: U8 = values.cast(pl.List(pl.UInt8)).explode(empty_as_null=False).to_numpy()
    return flat


def passage_key(normal: pl.Series) -> pl.Series:
    """xxh3_128 of each normal form as UInt128; null where it is empty. Equal texts meet under one key."""
    digests = b"".join(map(xxhash.xxh3_128_digest, normal.cast(pl.Binary)))
    high, low = np.frombuffer(digests, dtype=">u8").astype(np.uint64).reshape(-1, 2).T
    return wide(high, low).set(normal == "", None).alias("key")


def wide(high: U64, low: U64) -> pl.Series:
    """Numbers of 128 bits from their halves. Shape as `high`."""
    upper, lower = (pl.Series(half).cast(pl.UInt128) for half in (high, low))
    return upper * pl.Series([_HALF], dtype=pl.UInt128) + lower


def halves(key: pl.Series) -> tuple[U64, U64]:
    """Numbers of 128 bits as two of 64, the upper ones first. Shapes as `key`."""
    half = pl.Series([_HALF], dtype=pl.UInt128)
    return (key // half).cast(pl.UInt64).to_numpy(), (key % half).cast(pl.UInt64).to_numpy()


def word_count(normal: pl.Series) -> pl.Series:
    """Words of each normal form, as UInt32, at least 1 for each that is not empty.

    Where words are not written apart, 5 ideographs count for 3 words, and so do 12 letters: a threshold in words
    then means the same in every script.
    """
    buffer = buffer_of(normal)
    ideographs, letters = script_counts(buffer, len(normal))
    tokens = kernels.spaces(buffer, len(normal)) + 1  # characters of spaceless scripts counted one by one
    words = tokens - ideographs - letters + ideographs * 3 / 5 + letters * 3 / 12
    return pl.Series(normal.name, np.where(normal != "", np.maximum(words, 1), 0).astype(np.uint32))


def script_counts(buffer: U8, texts: int) -> tuple[Ints, Ints]:
    """IDEOGRAPHS and LETTERS in each of `texts` normal forms (`buffer_of`). Shapes (texts,)."""
    none = np.zeros(texts, np.int64)
    if buffer.max(initial=0) < FIRST_SPACELESS:
        return none, none
    points = kernels.alphabet(buffer)
    scripts = _scripts.of(points)
    if not scripts[points].any():
        return none, none
    ideographs, letters = kernels.class_counts(buffer, texts, scripts, 2)
    return ideographs, letters


@dataclass(frozen=True)
class Shingles:
    """The shingle hashes of n texts: those of text i are hashes[offsets[i]:offsets[i + 1]]."""

    offsets: Ints
    hashes: U64

    def sizes(self) -> Ints:
        """Shingles of each text. Shape (n,)."""
        return np.diff(self.offsets)


def shingles(normal: pl.Series, config: Config) -> Shingles:
    """The shingles of each normal form, distinct and sorted: word 3-grams, or 5-grams of characters where words are not
    written apart (config), 12-grams where such characters are letters (Thai): a shingle is about three words everywhere.

    A text of fewer tokens than a shingle is one shingle, so that no text is without. An empty text has none.
    """
    buffer = buffer_of(normal)
    offsets, hashes, _ = kernels.tokens(buffer, len(normal))
    written = shingles_of(buffer, offsets, hashes, config)
    return Shingles(*kernels.distinct(written.offsets, written.hashes))


def shingles_of(buffer: U8, offsets: Ints, hashes: U64, config: Config) -> Shingles:
    """The same in the order of the text, as often as they stand there, from the tokens of `buffer_of` the normal forms."""
    counts = np.diff(offsets)
    ideographs, letters = script_counts(buffer, len(counts))
    spaceless = np.where(ideographs >= letters, config.shingle_chars, int(config.shingle_chars * LETTERS_PER_IDEOGRAPH))
    width = np.where(2 * (ideographs + letters) > counts, spaceless, config.shingle_tokens)
    return Shingles(*kernels.windows(offsets, hashes, width))


def overlap(sets: Shingles, left: Ints, right: Ints) -> Ints:
    """Shingles that texts left[i] and right[i] of `shingles` share. Shape as `left`; exact (hashes of 64 bits)."""
    return kernels.shared(sets.offsets, sets.hashes, left, right)
