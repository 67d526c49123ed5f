"""Distributions: how removals spread over shares, places, sizes of cluster and scores, in bins that are fixed."""

from __future__ import annotations

import polars as pl
from polars import col

from clean.config import Config
from clean.schema import RULES
from clean.stages.measure.facts import Facts, fraction
from clean.stages.measure.tallies import Clusters, Rows, Tally, summed

WIDTH = 2  # hundredths of a similarity in a bin of schema.LIKENESS
SIZES = ((1, 1), (2, 2), (3, 3), (4, 5), (6, 10), (11, 20), (21, 50), (51, 100), (101, 1000), (1001, None))
BINS = 20  # of a score, 0.05 each
EXACT = BINS  # the bin of a score of 1
TENTHS = [str(tenth) for tenth in range(10)]


def _shares(rows: Rows) -> pl.DataFrame:
    """Documents by fate and by the tenth of them that was removed: 0 where nothing was."""
    tenth = pl.when(col.removed > 0).then((col.share * 10).ceil().cast(pl.Int64).clip(1, 10)).otherwise(0)
    return rows.documents.group_by(kept=col.fate == "kept", tenth=tenth).agg(documents=pl.len().cast(pl.Int64))


def _positions(rows: Rows) -> pl.DataFrame:
    """By rule, in tenths of bytes: how much each tenth of the kept documents lost; the length of all, under no rule.

    A removed span counts in every tenth that it touches, by its bytes there. Whole numbers throughout: in tenths
    of bytes, a tenth of a document is as many as the document has bytes.
    """
    stayed = rows.documents.filter((col.fate == "kept") & (col.length > 0)).select("doc", "length")
    spans = rows.removals.join(stayed, on="doc").with_columns(start=col.start.cast(pl.Int64))
    end = col.start + col.bytes
    overlaps = [
        (pl.min_horizontal(10 * end, (tenth + 1) * col.length) - pl.max_horizontal(10 * col.start, tenth * col.length))
        .clip(lower_bound=0)
        .sum()
        .alias(name)
        for tenth, name in enumerate(TENTHS)
    ]
    length = stayed.select(pl.lit(None, pl.String).alias("rule"), *(col.length.sum().alias(name) for name in TENTHS))
    return pl.concat([spans.group_by("rule").agg(overlaps), length])


def _scores(rows: Rows) -> pl.DataFrame:
    """Removals with a twin and without, by the bin of their score; EXACT for 1, null for no score."""
    # 0.6 * 20 is 12 in floats, but 0.35 * 20 is 6.999…: nudge before rounding down
    low = (col.score * BINS + 1e-9).floor().cast(pl.Int64).clip(0, BINS - 1)
    bins = pl.when(col.score < 1).then(low).when(col.score.is_not_null()).then(EXACT)
    return rows.removals.group_by(twin=col.twin_doc.is_not_null(), bin=bins).agg(segments=pl.len().cast(pl.Int64))


def _sizes(slot: Clusters) -> pl.DataFrame:
    """Clusters, and the characters removed of them, by SIZES: from so many documents that hold them."""
    low = pl.max_horizontal(pl.when(col.docs >= low).then(low) for low, _ in SIZES)
    return slot.clusters.group_by(low=low).agg(clusters=pl.len().cast(pl.Int64), chars=col.chars.sum())


TALLIES = {
    "shares": Tally(_shares, summed("kept", "tenth")),
    "positions": Tally(_positions, summed("rule")),
    "scores": Tally(_scores, summed("twin", "bin")),
}


OF_CLUSTERS = {"sizes": Tally(_sizes, summed("low"))}


def removed_share(shares: pl.DataFrame) -> Facts:
    """Documents by the share removed of them: untouched, ten bins (0, 0.1] to (0.9, 1], removed as a whole."""
    counts = {(kept, tenth): documents for kept, tenth, documents in shares.iter_rows()}
    return {
        "untouched": counts.get((True, 0), 0),
        "bins": [counts.get((True, tenth), 0) for tenth in range(1, 11)],
        "whole": sum(documents for (kept, _), documents in counts.items() if not kept),
    }


def removed_by_position(positions: pl.DataFrame) -> Facts:
    """The share removed of each tenth of the documents' length, in all and by rule; whole documents apart."""
    sums = {row[0]: row[1:] for row in positions.select("rule", *TENTHS).iter_rows()}
    total = sums.pop(None)[0]
    rules = {rule: [fraction(part, total) for part in sums[rule]] for rule in (*RULES, *sorted(sums)) if rule in sums}
    return {"all": [fraction(sum(row[tenth] for row in sums.values()), total) for tenth in range(10)], "rules": rules}


def cluster_sizes(sizes: pl.DataFrame) -> list[Facts]:
    """How many clusters are held by so many documents: from, to (null: no end), clusters, chars removed."""
    found = {low: (clusters, chars) for low, clusters, chars in sizes.iter_rows()}
    counts = ((low, high, *found.get(low, (0, 0))) for low, high in SIZES)
    return [dict(zip(("from", "to", "clusters", "chars"), row, strict=True)) for row in counts]


def scores(found: pl.DataFrame, config: Config) -> Facts:
    """Removed segments by score: likeness to a twin, and confidence where no twin is needed.

    `bins` are of width 1 / BINS and hold scores under 1; `exact` are those of 1, which would dwarf the others.
    """
    counts = {(twin, bin): segments for twin, bin, segments in found.iter_rows()}
    return {
        "bins": BINS,
        "similarity": {
            **_histogram(counts, twin=True),
            "thresholds": {"near": config.near_threshold, "truncated": config.truncated_threshold},
        },
        "confidence": {**_histogram(counts, twin=False), "thresholds": {"confidence": config.confidence}},
        "without": sum(counts.get((twin, None), 0) for twin in (True, False)),
    }


def likenesses(likeness: pl.DataFrame, config: Config) -> Facts:
    """Pairs of passages by their Jaccard similarity, in bins of WIDTH hundredths, and by what became of them.

    near and truncated count as the same; apart were compared, and do not. Pairs that by their signatures could not count
    (signatures.promising) were not compared, and are not here. Takes schema.LIKENESS.
    """
    bins = {verdict: [0] * (100 // WIDTH) for verdict in ("near", "truncated", "apart")}
    for low, verdict, pairs in likeness.iter_rows():
        bins[verdict][low // WIDTH] += pairs
    return {"width": WIDTH / 100, **bins, "thresholds": {"near": config.near_threshold}}


def _histogram(counts: dict[tuple[bool, int | None], int], *, twin: bool) -> Facts:
    return {"segments": [counts.get((twin, bin), 0) for bin in range(BINS)], "exact": counts.get((twin, EXACT), 0)}
