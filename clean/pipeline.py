"""The story: documents in; texts, ledger and fates out. Nothing here reads or writes a file."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from clean.engines.base import Engine
from clean.stages import originals
from clean.stages.cluster import connect
from clean.stages.judge import judge
from clean.stages.match import propose, verify
from clean.stages.record import fates, ledger
from clean.stages.repair import repair
from clean.stages.segment import segment, tally
from clean.stages.settle import cut, cut_texts, removals, whole
from clean.stages.sign import anchor, sign


@dataclass(frozen=True)
class Outcome:
    """What a run decided: the texts that stay and the record from which everything else can be told."""

    texts: pl.DataFrame  # doc, text: of the documents that stay, in order
    repaired: pl.DataFrame  # schema.REPAIRED
    ledger: pl.DataFrame  # schema.LEDGER
    fates: pl.DataFrame  # schema.FATES


def clean(documents: pl.DataFrame, engine: Engine) -> Outcome:
    """Clean schema.DOCUMENTS: repair, settle whole copies, then judge and cut lines."""
    documents = engine.load(documents)
    repaired = engine.keep(engine.map(repair, documents))
    texts = repaired.select("doc", "text")
    lines = engine.keep(engine.map(segment, engine.join(texts, documents.select("doc", "group"), on=["doc"])))
    lines = engine.keep(in_clusters(engine, lines))
    copies = engine.keep(settle_documents(engine, lines))
    lines, texts = (table.join(copies, on="doc", how="anti", maintain_order="left") for table in (lines, texts))
    judged = engine.keep(engine.group(judge, lines, by="group"))
    cuts = engine.keep(engine.group(cut, engine.join(lines.drop("cluster"), judged, on=["doc", "seg"]), by="doc"))
    removed = engine.join(removals(cuts, texts), judged, on=["doc", "seg"])
    published = engine.keep(cut_texts(cuts, texts))
    record = ledger(documents, repaired, removed, whole(copies, repaired))
    return Outcome(published, repaired, record, fates(documents, repaired, published, copies))


def in_clusters(engine: Engine, lines: pl.DataFrame) -> pl.DataFrame:
    """The lines with the cluster of their passage, which is the passage itself where it is like no other."""
    passages = engine.keep(engine.group(tally, lines, by="passage"))
    buckets = pl.concat([engine.map(sign, passages), engine.map(anchor, passages)])
    candidates = engine.group(propose, buckets, by="bucket").unique()
    ranked = passages.sort("docs", "tokens", "passage", descending=[True, True, False])["passage"]
    clusters = connect(verify(candidates, passages, engine.config), ranked)
    clusters = clusters.select("passage", "cluster", similarity="score")
    return engine.join(lines, clusters, on=["passage"]).with_columns(
        cluster=pl.coalesce("cluster", "passage"), similarity=pl.col("similarity").fill_null(1.0)
    )


def settle_documents(engine: Engine, lines: pl.DataFrame) -> pl.DataFrame:
    """originals.COPIES: the documents that are copies of another, and which. Exact copies first."""
    exact = originals.exact_copies(engine.group(originals.identify, lines, by="doc"))
    lines = lines.join(exact, on="doc", how="anti", maintain_order="left")
    outlines = engine.keep(originals.outline(lines, engine.config))
    buckets = pl.concat([engine.map(sign, outlines), engine.group(originals.meet, lines, by="cluster")])
    candidates = engine.group(propose, buckets, by="bucket").unique()
    pairs = originals.same_article(verify(candidates, outlines, engine.config), outlines, lines)
    near = originals.near_copies(connect(pairs, originals.completeness(outlines)))
    return originals.settle_copies(exact, near)
