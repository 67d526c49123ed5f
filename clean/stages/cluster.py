"""Verified pairs to clusters, each member similar to the cluster's representative.

Not connected components: A~B and B~C must never remove C for A. One public corpus lost 859,090 of 859,092
documents of a source to transitive closure.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clean.schema import CLUSTERS

Ranks = NDArray[np.int64]


def connect(pairs: pl.DataFrame, ranked: pl.Series) -> pl.DataFrame:
    """Clusters of the passages in `pairs`. Takes PAIRS; yields CLUSTERS, every passage once.

    `ranked`: the passages (a superset of those in `pairs`), the best representative first. The first becomes a
    representative and takes its neighbours; of those left, the first does the same, and so on: the greedy
    maximal independent set, found in rounds over all pairs at once.
    """
    rank = pl.DataFrame({"passage": ranked}).with_row_index("rank")
    edges = (
        pairs.join(rank.rename({"passage": "a", "rank": "rank_a"}), on="a")
        .join(rank.rename({"passage": "b", "rank": "rank_b"}), on="b")
        .sort("rank_a", "rank_b")
    )
    better = edges.select(pl.min_horizontal("rank_a", "rank_b")).to_series().to_numpy().astype(np.int64)
    worse = edges.select(pl.max_horizontal("rank_a", "rank_b")).to_series().to_numpy().astype(np.int64)
    home = _representatives(better, worse, len(ranked))
    scores = pl.DataFrame({"rank": worse, "home": better, "score": edges["score"]}, schema_overrides={"rank": pl.UInt32})
    members = rank.filter(pl.col("rank").is_in(np.union1d(better, worse)))
    members = members.with_columns(home=pl.Series(home[members["rank"].to_numpy()]))
    return (
        members.join(scores, on=["rank", "home"], how="left")
        .select("passage", cluster=ranked.gather(members["home"]), score=pl.col("score").fill_null(1.0))
        .cast(CLUSTERS)  # type: ignore[arg-type]  # polars' own stub wants one key type
        .sort("passage")
    )


def _representatives(better: Ranks, worse: Ranks, count: int) -> Ranks:
    """The representative's rank for each rank. `better[i] < worse[i]` are the verified pairs.

    A passage with no free better neighbour leads, and its neighbours are no longer free; and again. Then every other
    joins the best of the leaders it is like, which may have come to lead in a later round than another.
    """
    free, leads = np.ones(count, dtype=bool), np.zeros(count, dtype=bool)
    open_better, open_worse = better, worse
    while len(open_better):
        blocked = np.zeros(count, dtype=bool)
        blocked[open_worse] = True
        leads |= free & ~blocked
        free[open_worse[leads[open_better]]] = False
        free &= ~leads
        still = free[open_better] & free[open_worse]
        open_better, open_worse = open_better[still], open_worse[still]
    leads |= free
    home = np.arange(count)
    joins = leads[better] & ~leads[worse]
    order = np.argsort(better[joins], kind="stable")[::-1]  # the best is written last, and stays
    home[worse[joins][order]] = better[joins][order]
    return home
