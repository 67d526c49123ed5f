"""Normal form, tokens, shingles and their overlap: what two texts are compared by. Never written out.

The normal form of a line is its tokens joined by one space: NFKC, casefold, then `\\w+` (Rust's: letters,
marks, digits, connectors); in scripts that write no spaces between words each character is a token.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np
import polars as pl
import xxhash

from clean import kernels
from clean.config import Config
from clean.kernels import U8, U64, Ints

# Scripts in which a run of letters is a sentence, not a word (Unicode line breaking classes ID and SA).
# Hangul is not among them: Korean is written with spaces.
IDEOGRAPHS = r"[\p{Han}\p{Hiragana}\p{Katakana}]"  # 5 of them are about 3 words
LETTERS = r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"  # 12 of them are about 3 words
LETTERS_PER_IDEOGRAPH = 2.5


def normal_form(lines: pl.Series) -> pl.Series:
    """The normal form of each line; an empty text where a line holds no token. Shape: as `lines`."""
    frame = pl.DataFrame({"line": lines})
    ascii_only = pl.col("line").str.len_bytes() == pl.col("line").str.len_chars()
    plain = frame.select(ascii_only & ~pl.col("line").str.contains("\n", literal=True)).to_series()
    if plain.all():
        return _plain(lines)
    rows = np.argsort(~plain.to_numpy(), kind="stable")  # plain ones first
    parts = [_plain(lines.filter(plain)), _fold(lines.filter(~plain))]
    return pl.concat(parts).gather(np.argsort(rows)).alias(lines.name)


def _plain(lines: pl.Series) -> pl.Series:
    """The normal form of lines of ASCII."""
    if not len(lines):
        return lines
    folded = kernels.plain_words(np.frombuffer((lines.str.join("\n").item() + "\n").encode(), np.uint8))
    return pl.Series(lines.name, [folded[:-1].tobytes().decode()]).str.split("\n").explode()


def _fold(lines: pl.Series) -> pl.Series:
    """The normal form of lines in any script. Casefold is Python's: polars has lower case only ("ß" is not "ss")."""
    folded = pl.Series([unicodedata.normalize("NFKC", line).casefold() for line in lines], dtype=pl.String)
    spaced = folded.str.replace_all(rf"({IDEOGRAPHS}|{LETTERS})", " $1 ")
    return spaced.str.replace_all(r"\W+", " ").str.strip_chars(" ").alias(lines.name)


def passage_key(normal: pl.Series) -> pl.Series:
    """xxh3_128 of each normal form as UInt128; null where it is empty. Equal texts meet under one key."""
    texts = normal.unique().drop_nulls()
    texts = texts.filter(texts != "")
    digests = b"".join([xxhash.xxh3_128_digest(text.encode()) for text in texts])
    halves = np.frombuffer(digests, dtype=">u8").astype(np.uint64).reshape(-1, 2)
    high, low = pl.Series(halves[:, 0]).cast(pl.UInt128), pl.Series(halves[:, 1]).cast(pl.UInt128)
    keys = pl.DataFrame({"normal": texts, "key": high * pl.Series([2**64], dtype=pl.UInt128) + low})
    return pl.DataFrame({"normal": normal}).join(keys, on="normal", how="left", maintain_order="left")["key"]


def word_count(normal: pl.Series) -> pl.Series:
    """Words of each normal form, as UInt32, at least 1 for each that is not empty.

    Where words are not written apart, 5 ideographs count for 3 words, and so do 12 letters: a threshold in words
    then means the same in every script.
    """
    ideographs, letters = _count(normal, IDEOGRAPHS), _count(normal, LETTERS)
    words = _tokens(normal) - ideographs - letters + ideographs * 3 / 5 + letters * 3 / 12
    return pl.Series(normal.name, np.where(normal != "", np.maximum(words, 1), 0).astype(np.uint32))


def _tokens(normal: pl.Series) -> Ints:
    """Tokens of each normal form, characters of spaceless scripts counted one by one."""
    return np.where(normal != "", normal.str.count_matches(" ", literal=True).to_numpy() + 1, 0).astype(np.int64)


def _count(normal: pl.Series, script: str) -> Ints:
    """Matches of a script outside ASCII in each text."""
    found = np.zeros(len(normal), np.int64)
    rows = np.flatnonzero((normal.str.len_bytes() > normal.str.len_chars()).to_numpy())
    if len(rows):
        found[rows] = normal.gather(rows).str.count_matches(script).to_numpy()
    return found


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
    offsets, hashes, _ = token_hashes(normal)
    written = shingles_of(normal, offsets, hashes, config)
    return Shingles(*kernels.distinct(written.offsets, written.hashes))


def shingles_of(normal: pl.Series, offsets: Ints, hashes: U64, config: Config) -> Shingles:
    """The same in the order of the text, as often as they stand there, from its `token_hashes`."""
    counts = np.diff(offsets)
    ideographs, letters = _count(normal, IDEOGRAPHS), _count(normal, LETTERS)
    spaceless = np.where(ideographs >= letters, config.shingle_chars, int(config.shingle_chars * LETTERS_PER_IDEOGRAPH))
    width = np.where(2 * (ideographs + letters) > counts, spaceless, config.shingle_tokens)
    return Shingles(*kernels.windows(offsets, hashes, width))


def token_hashes(normal: pl.Series) -> tuple[Ints, U64, U8]:
    """Offsets, hashes and lengths in characters of the tokens of each normal form. Shapes (n + 1,), (tokens,), (tokens,)."""
    buffer = (normal.str.join("\n").item() + "\n").encode() if len(normal) else b""
    return kernels.tokens(np.frombuffer(buffer, np.uint8), len(normal))


def overlap(sets: Shingles, left: Ints, right: Ints) -> Ints:
    """Shingles that texts left[i] and right[i] of `shingles` share. Shape as `left`; exact (hashes of 64 bits)."""
    return kernels.shared(sets.offsets, sets.hashes, left, right)
