"""Normal form, tokens, shingles and their overlap: what two texts are compared by. Never written out.

The normal form of a line is its tokens joined by one space: NFKC, casefold, then `\\w+` (Rust's: letters,
marks, digits, connectors); in scripts that write no spaces between words each character is a token.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
import xxhash
from numpy.typing import NDArray

from clean.config import Config

# Scripts in which a run of letters is a sentence, not a word (Unicode line breaking classes ID and SA).
# Hangul is not among them: Korean is written with spaces.
IDEOGRAPHS = r"[\p{Han}\p{Hiragana}\p{Katakana}]"  # 5 of them are about 3 words
LETTERS = r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"  # 12 of them are about 3 words
LETTERS_PER_IDEOGRAPH = 2.5

U64 = NDArray[np.uint64]
Offsets = NDArray[np.int64]

# Look-ups at once, to bound memory.
_LOOKUPS = 1 << 20
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def normal_form(lines: pl.Series) -> pl.Series:
    """The normal form of each line; an empty text where a line holds no token. Shape: as `lines`."""
    frame = pl.DataFrame({"line": lines})
    ascii_only = pl.col("line").str.len_bytes() == pl.col("line").str.len_chars()
    plain = pl.col("line").str.to_lowercase().str.replace_all(r"[^0-9a-z_]+", " ")
    frame = frame.with_columns(pl.when(ascii_only).then(plain).alias("normal"), ascii_only.alias("ascii"))
    others = frame.filter(~pl.col("ascii"))["line"]
    if len(others):
        frame = frame.with_row_index().join(
            pl.DataFrame({"line": others.unique()}).with_columns(other=pl.col("line").map_batches(_fold, return_dtype=pl.String)),
            on="line",
            how="left",
            maintain_order="left",
        )
        frame = frame.with_columns(normal=pl.coalesce("normal", "other"))
    return frame["normal"].str.strip_chars(" ").alias(lines.name)


def _fold(lines: pl.Series) -> pl.Series:
    """The normal form of lines outside ASCII. Casefold is Python's: polars has lower case only ("ß" is not "ss")."""
    folded = pl.Series([unicodedata.normalize("NFKC", line).casefold() for line in lines], dtype=pl.String)
    return folded.str.replace_all(rf"({IDEOGRAPHS}|{LETTERS})", " $1 ").str.replace_all(r"\W+", " ")


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


def _tokens(normal: pl.Series) -> Offsets:
    """Tokens of each normal form, characters of spaceless scripts counted one by one."""
    return np.where(normal != "", normal.str.count_matches(" ", literal=True).to_numpy() + 1, 0).astype(np.int64)


def _count(normal: pl.Series, script: str) -> Offsets:
    return normal.str.count_matches(script).to_numpy().astype(np.int64)


@dataclass(frozen=True)
class Shingles:
    """The shingle hashes of n texts: those of text i are hashes[offsets[i]:offsets[i + 1]], distinct and sorted."""

    offsets: Offsets
    hashes: U64

    def sizes(self) -> Offsets:
        """Distinct shingles of each text. Shape (n,)."""
        return np.diff(self.offsets)


def shingles(normal: pl.Series, config: Config) -> Shingles:
    """The shingles of each normal form: word 3-grams, or 5-grams of characters where words are not written
    apart (config), 12-grams where such characters are letters (Thai): a shingle is about three words everywhere.

    A text of fewer tokens than a shingle is one shingle, so that no text is without. An empty text has none.
    """
    counts, hashes = _tokens(normal), _token_hashes(normal)
    ideographs, letters = _count(normal, IDEOGRAPHS), _count(normal, LETTERS)
    spaceless = np.where(ideographs >= letters, config.shingle_chars, int(config.shingle_chars * LETTERS_PER_IDEOGRAPH))
    width = np.where(2 * (ideographs + letters) > counts, spaceless, config.shingle_tokens)
    width = np.minimum(width, counts)
    windows = np.where(counts > 0, counts - width + 1, 0)
    text = np.repeat(np.arange(len(counts)), windows)
    first = np.repeat(np.cumsum(counts) - counts, windows) + _ranks(windows)
    return _distinct(text, _combine(hashes, first, width[text]), len(counts))


def _token_hashes(normal: pl.Series) -> U64:
    """xxh3_64 of every token of every text, one after the other; each distinct token is hashed once."""
    tokens = normal.filter(normal != "").str.split(" ").explode()
    distinct = tokens.unique()
    keys = pl.DataFrame(
        {"token": distinct, "hash": pl.Series([xxhash.xxh3_64_intdigest(t.encode()) for t in distinct], dtype=pl.UInt64)}
    )
    joined = pl.DataFrame({"token": tokens}).join(keys, on="token", how="left", maintain_order="left")
    return joined["hash"].to_numpy()


def _combine(hashes: U64, first: Offsets, width: Offsets) -> U64:
    """One hash for each window of tokens: a polynomial in the tokens' hashes, then mixed."""
    total = np.zeros(len(first), dtype=np.uint64)
    for step in range(int(width.max(initial=0))):
        inside = step < width
        token = hashes[np.where(inside, first + step, 0)] if len(hashes) else total
        total = np.where(inside, total * _MULTIPLIER + token, total)
    return mix(total)


def mix(values: U64) -> U64:
    """splitmix64's finaliser: each bit of a value moves half of the bits of its result. Shape as `values`."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _distinct(text: Offsets, hashes: U64, texts: int) -> Shingles:
    order = np.lexsort((hashes, text))
    text, hashes = text[order], hashes[order]
    fresh = np.ones(len(text), dtype=bool)
    fresh[1:] = (text[1:] != text[:-1]) | (hashes[1:] != hashes[:-1])
    sizes = np.bincount(text[fresh], minlength=texts)
    return Shingles(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), hashes[fresh])


def _ranks(sizes: Offsets) -> Offsets:
    """0 … size-1 for each size, one after the other: ranks([2, 3]) == [0, 1, 0, 1, 2]."""
    ends = np.cumsum(sizes)
    return np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - sizes, sizes)


@dataclass(frozen=True)
class Index:
    """Every shingle of every text as one sorted key, its owner times `width` plus its own rank among all hashes."""

    keys: U64
    ranks: U64  # of the shingles, in the order of the sets
    width: np.uint64


def index_of(sets: Shingles) -> Index:
    """The index in which `overlap` looks shingles up."""
    distinct, inverse = np.unique(sets.hashes, return_inverse=True)
    ranks: U64 = inverse.astype(np.uint64)
    width = np.uint64(max(len(distinct), 1))
    owners: U64 = np.repeat(np.arange(len(sets.sizes()), dtype=np.uint64), sets.sizes())
    return Index(owners * width + ranks, ranks, width)  # sorted: texts are in order, and the hashes of each


def overlap(sets: Shingles, index: Index, left: Offsets, right: Offsets, first: int | None = None) -> Offsets:
    """Shingles that texts left[i] and right[i] share, of those of the smaller one (of its `first` in hash order).

    Shape as `left`; exact (hashes of 64 bits).
    """
    sizes = sets.sizes()
    swap = sizes[left] > sizes[right]
    small, large = np.where(swap, right, left), np.where(swap, left, right)
    looked_up = np.minimum(sizes[small], first) if first is not None else sizes[small]
    shared = np.zeros(len(left), dtype=np.int64)
    for low, high in pairwise(_even_cuts(looked_up)):
        counts = looked_up[low:high]
        pair = np.repeat(np.arange(low, high), counts)
        place = np.repeat(sets.offsets[small[low:high]] - (np.cumsum(counts) - counts), counts) + np.arange(len(pair))
        wanted = large[pair].astype(np.uint64) * index.width + index.ranks[place]
        found = np.searchsorted(index.keys, wanted)
        hit = index.keys[np.minimum(found, len(index.keys) - 1)] == wanted
        shared[low:high] = np.bincount(pair[hit] - low, minlength=high - low)
    return shared


def _even_cuts(work: Offsets) -> list[int]:
    """Borders of runs of about _LOOKUPS look-ups each."""
    total = np.cumsum(work)
    steps = np.arange(_LOOKUPS, int(total[-1]), _LOOKUPS) if len(total) else np.array([], dtype=np.int64)
    return [0, *np.unique(np.searchsorted(total, steps)).tolist(), len(work)]
