"""What is like what in a part: lines, by their passages; and whole documents, by their lines."""

from __future__ import annotations

import polars as pl

from clean.engines.base import Engine
from clean.stages import originals
from clean.stages.cluster import connect
from clean.stages.match import compare, once, propose, verify
from clean.stages.originals import without
from clean.stages.segment import tally
from clean.stages.signatures import lsh_buckets, promising, sampled_buckets, uncrowded, union


def compared_pairs(engine: Engine, passages: pl.DataFrame, signatures: pl.DataFrame) -> pl.DataFrame:
    """match.COMPARED of passages that by their signatures.SIGNATURES may be near-duplicates, or copies cut short."""
    samples = engine.group(uncrowded, engine.map(sampled_buckets, signatures), by="bucket")
    buckets = pl.concat([engine.map(lsh_buckets, signatures), samples])
    candidates = promising(once(engine.group(propose, buckets, by="bucket")), [signatures], engine.config)
    return compare(candidates, passages, engine.config)


def in_clusters(engine: Engine, lines: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """The lines with the cluster of their passage, which is the passage itself where it is like no other."""
    passages = engine.group(tally, lines, by="passage")
    present = passages.select("passage")
    pairs = pairs.join(present, left_on="a", right_on="passage", how="semi").join(
        present, left_on="b", right_on="passage", how="semi"
    )
    clusters = connect(pairs, passages.sort("docs", "tokens", "passage", descending=[True, True, False])["passage"])
    clusters = clusters.select("passage", "cluster", similarity="score")
    return engine.join(lines, clusters, on=["passage"]).with_columns(
        cluster=pl.coalesce("cluster", "passage"), similarity=pl.col("similarity").fill_null(1.0)
    )


def settle_documents(
    engine: Engine, lines: pl.DataFrame, signatures: pl.DataFrame, ranks: pl.DataFrame, leaders: pl.Series
) -> pl.DataFrame:
    """originals.COPIES: the documents that are copies of another, and which. Exact copies first.

    `signatures`: SIGNATURES of the lines' passages. `ranks`: preference.RANKS. `leaders`: documents for which others went in an
    earlier round.
    """
    config = engine.config
    exact = originals.exact_copies(engine.group(originals.identify, lines, by="doc"), ranks)
    lines = without(lines, exact)
    own_lines = originals.own_lines(lines, config)
    outlines = originals.outline(own_lines)
    own, few, whole = union(own_lines, signatures, [pl.col("compared"), pl.col("rare"), pl.lit(True)])
    buckets = pl.concat(
        [engine.map(lsh_buckets, own), engine.map(lsh_buckets, whole), engine.group(originals.meet, own_lines, by="cluster")]
    )
    candidates = once(engine.group(propose, buckets, by="bucket"))
    candidates = promising(candidates, (own, few, whole), config)
    texts = originals.texts_of(own_lines, candidates, config)
    read = (texts.select("passage", normal=name) for name in ("normal", "rare", "whole"))
    on_own, on_rare, on_whole = (verify(candidates, reading, config) for reading in read)
    likely = originals.same_article(on_own, on_rare, on_whole, outlines, config)
    alike = originals.with_same_opening(originals.without_frames(likely, outlines, texts, config), outlines, texts, config)
    likely = pl.concat([alike, originals.alike_line_by_line(own_lines, outlines, on_whole, config)])
    found = likely.unique(["a", "b"], keep="first", maintain_order=True)
    near = originals.near_copies(connect(found, originals.best_first(outlines, ranks, leaders)))
    return originals.settle_copies([exact, near])
