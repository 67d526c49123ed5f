"""MinHash signatures and LSH buckets: which texts might be alike (Broder 1997; Leskovec et al., MMDS ch. 3).

The permutations are datasketch's and the signatures bit-identical to `datasketch.MinHash` over the same hashes;
only the loop is ours: all shingles of a batch at once.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import polars as pl

from clean import kernels
from clean.config import Config
from clean.kernels import U32, U64, Ints
from clean.schema import SIGNATURES, Schema, empty
from clean.stage import stage
from clean.text import Shingles, shingles_as_written

# Leads are cut at the end: two copies of one lead, cut anywhere, share their first words.
_ANCHOR_TOKENS = 8
# One shingle in so many is a bucket of its own (FracMinHash): finds cut copies whose first words were edited.
_SAMPLE = 8
# Texts that may share a sampled shingle before it stops proposing pairs.
_CROWD = 16


TEXTS: Schema = {"passage": pl.UInt128, "normal": pl.String, "tokens": pl.UInt32}


@stage(takes=TEXTS, yields=SIGNATURES)
def sign(passages: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Buckets of likely copies: one for each band of the MinHash signature, and one for the first words.

    Texts shorter than `near_tokens` get none: at that length only equality is evidence ("Farm to Market
    Road 1506" and "… 1507" are two roads).
    """
    long = passages.filter(pl.col("tokens") >= config.near_tokens)
    if long.is_empty():
        return empty(SIGNATURES)
    rows, buckets = _bands(signatures(shingles_as_written(long["normal"], config), config), config)
    bands = pl.DataFrame({"bucket": buckets, "passage": long["passage"].gather(rows)})
    words = long["normal"].str.splitn(" ", _ANCHOR_TOKENS + 1).struct.unnest().drop(f"field_{_ANCHOR_TOKENS}")
    return bands.vstack(pl.DataFrame({"bucket": words.hash_rows(seed=config.seed), "passage": long["passage"]}))


@stage(takes=TEXTS, yields=SIGNATURES)
def sample(passages: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Buckets for cut copies, which MinHash misses: one for each sampled shingle (FracMinHash, Irber et al. 2022).

    A copy cut to 40 % has Jaccard 0.4 with its source, and LSH proposes only half of such pairs.
    """
    long = passages.filter(pl.col("tokens") >= config.near_tokens)
    if long.is_empty():
        return empty(SIGNATURES)
    sets = shingles_as_written(long["normal"], config)
    sampled = np.flatnonzero(sets.hashes % np.uint64(_SAMPLE) == 0)
    owners = np.repeat(np.arange(len(long)), sets.sizes())[sampled]
    return pl.DataFrame({"bucket": sets.hashes[sampled], "passage": long["passage"].gather(owners)})


@stage(takes=SIGNATURES, yields=SIGNATURES)
def rare(buckets: pl.DataFrame, config: Config) -> pl.DataFrame:
    """The buckets that few share: a shingle that many texts hold ("the free trade zone") tells nothing. Group by bucket."""
    return buckets.filter(pl.len().over("bucket") <= _CROWD)


def signatures(sets: Shingles, config: Config) -> U32:
    """MinHash signatures of n shingle sets. Shape (n, permutations); an empty set's is all ones, as datasketch's.

    A shingle's 32-bit hash is the lower half of its 64-bit one; scheme `affine32`.
    """
    return kernels.signatures(sets.offsets, sets.hashes, *permutations(config.permutations, config.seed))


@lru_cache(maxsize=4)
def permutations(count: int, seed: int) -> tuple[U32, U32]:
    """datasketch's multipliers and offsets for `count` permutations."""
    from datasketch import MinHash  # costs 0.7 s: not for `--help`

    a, b = MinHash(num_perm=count, seed=seed, scheme="affine32").permutations
    return a, b


def _bands(matrix: U32, config: Config) -> tuple[Ints, U64]:
    """Row and bucket of every band of every signature. Shapes (n * bands,)."""
    bands = matrix.reshape(len(matrix), config.bands, -1).astype(np.uint64)
    key = np.broadcast_to(np.arange(1, config.bands + 1, dtype=np.uint64), bands.shape[:2]).copy()
    for column in range(bands.shape[2]):
        key = (key ^ bands[:, :, column]) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(32)
    return np.repeat(np.arange(len(matrix)), config.bands), key.reshape(-1)
