"""MinHash signatures and LSH buckets: which texts might be alike (Broder 1997; Leskovec et al., MMDS ch. 3).

The permutations are datasketch's and the signatures bit-identical to `datasketch.MinHash` over the same hashes;
only the loop is ours: all shingles of a batch at once.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from clean import kernels
from clean.config import Config
from clean.kernels import U32, U64, Bools, Ints
from clean.schema import BUCKETS, Schema, empty
from clean.stage import stage
from clean.text import buffer_of, bytes_of, shingles_of
from clean.windows import in_order, starts

if TYPE_CHECKING:
    from datasketch import MinHash

# Leads are cut at the end: two copies of one lead, cut anywhere, share their first words.
_ANCHOR_TOKENS = 8
# One shingle in so many (a power of two) is a bucket of its own (FracMinHash): finds cut copies whose first words were edited.
_SAMPLE = 8
# Texts that may share a sampled shingle before it stops proposing pairs.
_CROWD = 16
# Expected agreements of two signatures from which few of them are evidence.
_SURE = 16


TEXTS: Schema = {"passage": pl.UInt128, "normal": pl.String, "tokens": pl.UInt32}

SIGNATURES: Schema = {
    "passage": pl.UInt128,
    "tokens": pl.UInt32,
    "signature": pl.Binary,  # MinHash signature: `permutations` numbers of 32 bits, in the machine's order
    "anchor": pl.UInt64,  # hash of the first words; null where there are fewer
    "sampled": pl.List(pl.UInt64),  # one shingle in so many
}


@stage(takes=TEXTS, yields=SIGNATURES)
def minhash(passages: pl.DataFrame, config: Config) -> pl.DataFrame:
    """What a text is recognised by: one row a passage, in the same order."""
    buffer = buffer_of(passages["normal"])
    offsets, hashes, _ = kernels.tokens(buffer, len(passages))
    sets = shingles_of(buffer, offsets, hashes, config)
    matrix = kernels.signatures(sets.offsets, sets.hashes, *permutations(config.permutations, config.seed))
    chosen = np.flatnonzero(sets.hashes & np.uint64(_SAMPLE - 1) == 0)
    per_text = np.diff(np.searchsorted(chosen, sets.offsets))
    return passages.select("passage", "tokens").with_columns(
        signature=_as_bytes(matrix), anchor=_anchors(offsets, hashes), sampled=_as_lists(sets.hashes[chosen], per_text)
    )


def _anchors(offsets: Ints, hashes: U64) -> pl.Series:
    """One hash of the first words of each text; null where there are fewer."""
    enough = np.diff(offsets) >= _ANCHOR_TOKENS
    first = offsets[:-1][enough, None] + np.arange(_ANCHOR_TOKENS)
    _, found = kernels.windows(*_even(hashes[first.ravel()], _ANCHOR_TOKENS), np.full(len(first), _ANCHOR_TOKENS))
    anchors = pl.Series(found).extend_constant(None, 1)
    return anchors.gather(np.where(enough, np.cumsum(enough) - 1, len(first)))


def _even(values: U64, size: int) -> tuple[Ints, U64]:
    return np.arange(0, len(values) + 1, size, dtype=np.int64), values


def _as_bytes(matrix: U32) -> pl.Series:
    """Each row of a matrix as bytes."""
    return pl.Series(np.ascontiguousarray(matrix).view(np.uint8)).arr.to_list().cast(pl.Binary)


def matrix_of(signatures: pl.Series) -> U32:
    """The signatures in SIGNATURES. Shape (n, permutations)."""
    if signatures.is_empty():
        return np.empty((0, 0), np.uint32)
    return bytes_of(signatures).view(np.uint32).reshape(len(signatures), -1)


def _as_lists(values: U64, sizes: Ints) -> pl.Series:
    """Consecutive runs of values as lists."""
    every = pl.lit(pl.Series([pl.Series(values)]))
    runs = pl.DataFrame({"start": np.cumsum(sizes) - sizes, "size": sizes})
    return runs.select(every.list.slice("start", "size")).to_series()


UNIONS: Schema = {"passage": pl.UInt128, "tokens": pl.UInt32, "signature": pl.Binary, "anchor": pl.UInt64}


def union(lines: pl.DataFrame, signatures: pl.DataFrame, readings: Sequence[pl.Expr]) -> list[pl.DataFrame]:
    """What documents are recognised by, from the SIGNATURES of their lines: the signature of a union is the least of each number.

    UNIONS for each of several readings, which say what lines count. Shingles across line breaks are left out. `passage`: the
    document's ordinal. Takes doc, seg, passage (each is in `signatures`), tokens, and what the readings ask for.
    """
    anchors = signatures.select("passage", "anchor").with_row_index("row")
    ordered = in_order(lines).join(anchors, on="passage", how="left", maintain_order="left")
    matrix = matrix_of(signatures["signature"])
    return [_union(ordered.lazy().filter(of).select("doc", "tokens", "anchor", "row").collect(), matrix) for of in readings]


def _union(lines: pl.DataFrame, matrix: U32) -> pl.DataFrame:
    """UNIONS of lines in order (doc, tokens, anchor, row in `matrix`)."""
    if lines.is_empty():
        return empty(UNIONS)
    begins = starts(lines["doc"])
    least = kernels.least(matrix, lines["row"].to_numpy().astype(np.int64), begins)
    tokens = np.add.reduceat(lines["tokens"].to_numpy(), begins, dtype=np.uint32)
    anchored = np.where(lines["anchor"].is_not_null(), np.arange(len(lines)), len(lines))
    first = np.minimum.reduceat(anchored, begins)
    anchors = lines["anchor"].extend_constant(None, 1).gather(first)
    documents = {"passage": lines["doc"].gather(begins).cast(pl.UInt128), "tokens": tokens, "signature": _as_bytes(least)}
    return pl.DataFrame(documents | {"anchor": anchors})


@stage(takes=UNIONS, yields=BUCKETS)
def lsh_buckets(signatures: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Buckets of likely copies: one for each band of the MinHash signature, and one for the first words.

    Texts shorter than `near_tokens` get none: at that length only equality is evidence ("Farm to Market
    Road 1506" and "… 1507" are two roads).
    """
    long = signatures.filter(pl.col("tokens") >= config.near_tokens)
    if long.is_empty():
        return empty(BUCKETS)
    rows, buckets = _bands(matrix_of(long["signature"]), config)
    bands = pl.DataFrame({"bucket": buckets, "passage": long["passage"].gather(rows)})
    return bands.vstack(long.select(bucket="anchor", passage="passage").drop_nulls())


@stage(takes={name: SIGNATURES[name] for name in ("passage", "tokens", "sampled")}, yields=BUCKETS)
def sampled_buckets(signatures: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Buckets for cut copies, which MinHash misses: one for each sampled shingle (FracMinHash, Irber et al. 2022).

    A copy cut to 40 % has Jaccard 0.4 with its source, and LSH proposes only half of such pairs.
    """
    long = signatures.filter(pl.col("tokens") >= config.near_tokens)
    return long.select(bucket="sampled", passage="passage").explode("bucket").drop_nulls()


@stage(takes=BUCKETS, yields=BUCKETS)
def uncrowded(buckets: pl.DataFrame, config: Config) -> pl.DataFrame:
    """The buckets that few share: a shingle that many texts hold ("the free trade zone") tells nothing. Group by bucket."""
    several = buckets.filter(pl.Series(kernels.repeated(buckets["bucket"].to_numpy())))  # most are one text's
    crowds = several.group_by("bucket").len().filter(pl.col("len") > _CROWD)["bucket"]
    return buckets.filter(~pl.col("bucket").is_in(crowds.implode()))


def promising(candidates: pl.DataFrame, signatures: Sequence[pl.DataFrame], config: Config) -> pl.DataFrame:
    """The candidates that by their signatures may pass `verify` in one of several readings of the texts.

    `signatures`: for each reading, UNIONS (or SIGNATURES) of the texts that have it. A pair is dropped when in every reading
    fewer than a quarter of the agreements are found that the threshold lets expect; wrong for about one pair in 10,000.
    """
    hope = np.zeros(len(candidates), bool)
    for united in signatures:
        known, agreeing, small, large = _agreements(candidates, united)
        contained = config.truncated_threshold * small
        expected = config.permutations * np.minimum(contained / (small + large - contained), config.near_threshold)
        hope[known] |= (expected < _SURE) | (agreeing >= expected / 4)
    return candidates.filter(pl.Series(hope))


def perhaps_near(candidates: pl.DataFrame, united: pl.DataFrame, jaccard: float, config: Config) -> pl.DataFrame:
    """The candidates that by their signatures may be as similar as `jaccard`, whole text by whole text. Takes UNIONS of all.

    Dropped where fewer numbers agree than half of what that lets expect, or four standard deviations less: shingles across line
    breaks are in no signature, so of one text in long lines and in lines of four words half agrees.
    """
    expected = config.permutations * jaccard
    fewest = min(expected / 2, expected - 4 * math.sqrt(expected * (1 - jaccard)))
    _, agreeing, _, _ = _agreements(candidates, united)
    return candidates.filter(pl.Series(agreeing >= fewest))


def _agreements(candidates: pl.DataFrame, united: pl.DataFrame) -> tuple[Bools, Ints, Ints, Ints]:
    """Which pairs have both texts in `united`; of these: how many numbers agree, and the words of the shorter and the longer."""
    rows = united.select("passage").with_row_index("row")
    sides = (candidates.select(passage=side).join(rows, on="passage", how="left", maintain_order="left") for side in "ab")
    a, b = (side["row"] for side in sides)
    known = a.is_not_null() & b.is_not_null()
    left, right = (side.filter(known).to_numpy() for side in (a, b))
    matrix, size = matrix_of(united["signature"]), united["tokens"].to_numpy().astype(np.int64)
    agreeing = kernels.agreeing(matrix, left, right)
    return known.to_numpy(), agreeing, np.minimum(size[left], size[right]), np.maximum(size[left], size[right])


@lru_cache(maxsize=4)
def permutations(count: int, seed: int) -> tuple[U32, U32]:
    """datasketch's multipliers and offsets for `count` permutations."""
    with _importing:
        a, b = _minhash()(num_perm=count, seed=seed, scheme="affine32").permutations
    return a, b


_importing = Lock()


def _minhash() -> type[MinHash]:
    """`datasketch.MinHash`, of its own module alone: the package's `__init__` imports scipy for its LSH, half a second for what
    takes a hundredth. Whoever imports datasketch later gets all of it."""
    package = find_spec("datasketch")
    if "datasketch" in sys.modules or package is None:
        return import_module("datasketch").MinHash  # type: ignore[no-any-return]
    sys.modules["datasketch"] = module_from_spec(package)  # not run
    try:
        return import_module("datasketch.minhash").MinHash  # type: ignore[no-any-return]
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "datasketch"]:
            del sys.modules[name]


def _bands(matrix: U32, config: Config) -> tuple[Ints, U64]:
    """Row and bucket of every band of every signature. Shapes (n * bands,)."""
    bands = matrix.reshape(len(matrix), config.bands, -1).astype(np.uint64)
    key = np.broadcast_to(np.arange(1, config.bands + 1, dtype=np.uint64), bands.shape[:2]).copy()
    for column in range(bands.shape[2]):
        key = (key ^ bands[:, :, column]) * np.uint64(kernels.MULTIPLIER)
        key ^= key >> np.uint64(32)
    return np.repeat(np.arange(len(matrix)), config.bands), key.reshape(-1)
