"""Distributions: how removals spread over shares, places, sizes of cluster and scores, in bins that are fixed."""

from __future__ import annotations

import polars as pl
from polars import col

from clean.config import Config
from clean.schema import RULES
from clean.stages.measure.facts import Facts, fraction
from clean.stages.measure.tables import clusters_of

WIDTH = 2  # hundredths of a similarity in a bin of schema.LIKENESS
SIZES = ((1, 1), (2, 2), (3, 3), (4, 5), (6, 10), (11, 20), (21, 50), (51, 100), (101, 1000), (1001, None))
BINS = 20  # of a score, 0.05 each


def removed_share(documents: pl.DataFrame) -> Facts:
    """Documents by the share removed of them: untouched, ten bins (0, 0.1] to (0.9, 1], removed as a whole."""
    stayed = documents.filter(col.fate == "kept")
    tenth = (stayed["share"] * 10).ceil().cast(pl.Int64).clip(1, 10)
    counts = dict(tenth.filter(stayed["removed"] > 0).value_counts().iter_rows())
    return {
        "untouched": stayed.filter(col.removed == 0).height,
        "bins": [counts.get(tenth, 0) for tenth in range(1, 11)],
        "whole": documents.height - stayed.height,
    }


def removed_by_position(removals: pl.DataFrame, documents: pl.DataFrame) -> Facts:
    """The share removed of each tenth of the documents' length, in all and by rule; whole documents apart.

    A removed span counts in every tenth that it touches, by its bytes there. Whole numbers throughout: in tenths
    of bytes, a tenth of a document is as many as the document has bytes.
    """
    stayed = documents.filter((col.fate == "kept") & (col.length > 0)).select("doc", "length")
    total = int(stayed["length"].sum())
    spans = removals.join(stayed, on="doc").with_columns(start=col.start.cast(pl.Int64))
    end = col.start + col.bytes
    overlaps = [
        (pl.min_horizontal(10 * end, (tenth + 1) * col.length) - pl.max_horizontal(10 * col.start, tenth * col.length))
        .clip(lower_bound=0)
        .sum()
        .alias(str(tenth))
        for tenth in range(10)
    ]
    sums = {row[0]: row[1:] for row in spans.group_by("rule").agg(overlaps).sort("rule").iter_rows()}
    rules = {rule: [fraction(part, total) for part in sums[rule]] for rule in (*RULES, *sorted(sums)) if rule in sums}
    return {"all": [fraction(sum(row[tenth] for row in sums.values()), total) for tenth in range(10)], "rules": rules}


def cluster_sizes(removals: pl.DataFrame) -> list[Facts]:
    """How many clusters are held by so many documents: from, to (null: no end), clusters, chars removed."""
    clusters = clusters_of(removals)
    rows = []
    for low, high in SIZES:
        held = clusters.filter(col.docs.is_between(low, high or 2**32))
        rows.append({"from": low, "to": high, "clusters": held.height, "chars": int(held["chars"].sum())})
    return rows


def scores(removals: pl.DataFrame, config: Config) -> Facts:
    """Removed segments by score: likeness to a twin, and confidence where no twin is needed.

    `bins` are of width 1 / BINS and hold scores under 1; `exact` are those of 1, which would dwarf the others.
    """
    scored = removals.filter(col.score.is_not_null()).with_columns(twin=col.twin_doc.is_not_null())
    return {
        "bins": BINS,
        "similarity": {
            **_histogram(scored.filter("twin")["score"]),
            "thresholds": {"near": config.near_threshold, "truncated": config.truncated_threshold},
        },
        "confidence": {**_histogram(scored.filter(~col.twin)["score"]), "thresholds": {"confidence": config.confidence}},
        "without": removals.height - scored.height,
    }


def likenesses(likeness: pl.DataFrame, config: Config) -> Facts:
    """Pairs of passages by their Jaccard similarity, in bins of WIDTH hundredths, and by what became of them.

    near and truncated count as the same; apart were proposed, compared, and do not. Takes schema.LIKENESS.
    """
    bins = {verdict: [0] * (100 // WIDTH) for verdict in ("near", "truncated", "apart")}
    for low, verdict, pairs in likeness.iter_rows():
        bins[verdict][low // WIDTH] += pairs
    return {"width": WIDTH / 100, **bins, "thresholds": {"near": config.near_threshold}}


def _histogram(values: pl.Series) -> Facts:
    low = values.filter(values < 1)
    # 0.6 * 20 is 12 in floats, but 0.35 * 20 is 6.999…: nudge before rounding down
    bins = (low * BINS + 1e-9).floor().cast(pl.Int64).clip(0, BINS - 1)
    counts = dict(bins.alias("bin").value_counts().iter_rows())
    return {"segments": [counts.get(number, 0) for number in range(BINS)], "exact": len(values) - len(low)}
