"""The story: documents in; texts, ledger and fates out. Nothing here reads or writes a file."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from clean.engines.base import Engine
from clean.schema import empty
from clean.stages import originals
from clean.stages.cluster import connect
from clean.stages.judge import JUDGED, judge, staying
from clean.stages.match import propose, verify
from clean.stages.record import fates, ledger
from clean.stages.repair import repair
from clean.stages.segment import segment, spread, tally
from clean.stages.settle import cut, cut_texts, removals, whole
from clean.stages.sign import imprint, promising, rare, sample, sign, unite
from clean.stages.weigh import CENSUS, common_words, look, weigh, words


@dataclass(frozen=True)
class Outcome:
    """What a run decided: the texts that stay and the record from which everything else can be told."""

    texts: pl.DataFrame  # doc, text: of the documents that stay, in order
    repaired: pl.DataFrame  # schema.REPAIRED
    ledger: pl.DataFrame  # schema.LEDGER
    fates: pl.DataFrame  # schema.FATES
    kept: pl.DataFrame  # schema.KEPT


# A round that removes nothing ends the story; one that always found more would be a fault, and stops here.
ROUNDS = 10


def clean(documents: pl.DataFrame, engine: Engine) -> Outcome:
    """Clean schema.DOCUMENTS: repair, settle whole copies, then judge and cut lines."""
    documents = engine.load(documents)
    repaired = engine.keep(engine.map(repair, documents))
    texts = repaired.select("doc", "text")
    lines = engine.keep(engine.map(segment, engine.join(texts, documents.select("doc", "group"), on=["doc"])))
    copies, removed, kept = decide(engine, lines)
    lines, texts = (table.join(copies, on="doc", how="anti", maintain_order="left") for table in (lines, texts))
    cuts = engine.keep(engine.group(cut, engine.join(lines, removed, on=["doc", "seg"]), by="doc"))
    published = engine.keep(cut_texts(cuts, texts))
    changes = engine.join(removals(cuts, texts), removed, on=["doc", "seg"])
    record = ledger(documents, repaired, changes, whole(copies, repaired))
    return Outcome(published, repaired, record, fates(documents, repaired, published, copies), kept)


def decide(engine: Engine, lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """What goes and what stays: originals.COPIES, judge.JUDGED of removed lines, schema.KEPT.

    Documents before lines, and again, until nothing more is found: two copies of an article under two long sidebars
    are alike only when the sidebars are gone. So cleaning the output once more removes nothing.
    """
    passages = engine.group(tally, lines, by="passage")
    prints = engine.keep(engine.map(imprint, passages))
    pairs = engine.keep(verified_pairs(engine, passages, prints))
    lines = engine.keep(lines.hstack(engine.map(look, lines)))
    copies, removed = [empty(originals.COPIES)], [empty(JUDGED)]
    for _ in range(ROUNDS):
        here = engine.keep(in_clusters(engine, lines, pairs))
        leaders = pl.concat([table.filter(rule="near-document")["original"] for table in copies])
        copies.append(engine.keep(settle_documents(engine, here, prints, leaders)))
        here = here.join(copies[-1], on="doc", how="anti", maintain_order="left")
        judged = engine.keep(engine.group(judge, weighed(engine, here), by="group"))
        removed.append(judged.filter(pl.col("rule").is_not_null()))
        if copies[-1].is_empty() and removed[-1].is_empty():
            break
        lines = here.select(lines.columns).join(removed[-1], on=["doc", "seg"], how="anti", maintain_order="left")
    all_copies = originals.settle_copies(copies)
    return all_copies, with_surviving_twins(pl.concat(removed), all_copies), staying(here, judged)


def weighed(engine: Engine, lines: pl.DataFrame) -> pl.DataFrame:
    """The lines that hold a token, with how likely each is boilerplate."""
    lines = lines.filter(pl.col("passage").is_not_null())
    lines = engine.join(lines, engine.group(spread, lines, by="cluster"), on=["cluster"]).with_columns(
        pl.col("sites").fill_null(1)
    )
    census = pl.DataFrame({"documents": [lines["doc"].n_unique()]}, schema=CENSUS)
    common = engine.collect(engine.group(common_words, engine.group(words, lines, by="doc"), by="word", beside=census))
    return engine.join(lines, engine.group(weigh, lines, by="group", beside=common), on=["doc", "seg"])


def verified_pairs(engine: Engine, passages: pl.DataFrame, prints: pl.DataFrame) -> pl.DataFrame:
    """schema.PAIRS of passages: near-duplicates, and copies cut short. `prints`: their sign.PRINTS."""
    samples = engine.group(rare, engine.map(sample, prints), by="bucket")
    buckets = pl.concat([engine.map(sign, prints), samples])
    return verify(engine.group(propose, buckets, by="bucket").unique(), passages, engine.config)


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


def settle_documents(engine: Engine, lines: pl.DataFrame, prints: pl.DataFrame, leaders: pl.Series) -> pl.DataFrame:
    """originals.COPIES: the documents that are copies of another, and which. Exact copies first.

    `prints`: sign.PRINTS of the lines' passages. `leaders`: documents for which others went in an earlier round.
    """
    config = engine.config
    exact = originals.exact_copies(engine.group(originals.identify, lines, by="doc"))
    lines = lines.join(exact, on="doc", how="anti", maintain_order="left")
    known = engine.keep(originals.own_lines(lines, config))
    outlines = engine.keep(originals.outline(known))
    printed = engine.join(known, prints.select("passage", "print", "anchor"), on=["passage"])
    own, few, whole = (engine.group(unite, printed.filter(part), by="doc") for part in ("compared", "rare", True))
    buckets = pl.concat([engine.map(sign, own), engine.map(sign, whole), engine.group(originals.meet, known, by="cluster")])
    candidates = engine.group(propose, buckets, by="bucket").unique()
    candidates = engine.keep(promising(candidates, (own, few, whole), config))
    texts = engine.keep(originals.texts_of(known, candidates, config))
    read = (texts.select("passage", normal=name) for name in ("normal", "rare", "whole"))
    on_own, on_rare, on_whole = (verify(candidates, reading, config) for reading in read)
    likely = originals.same_article(on_own, on_rare, on_whole, outlines, config)
    likely = pl.concat(
        [originals.open_alike(likely, outlines, texts, config), originals.opened_alike(known, outlines, on_whole, config)]
    )
    found = originals.without_leaders(likely.unique(["a", "b"], keep="first", maintain_order=True), leaders)
    near = originals.near_copies(connect(found, originals.completeness(outlines, leaders)))
    return originals.settle_copies([exact, near])


def with_surviving_twins(removed: pl.DataFrame, copies: pl.DataFrame) -> pl.DataFrame:
    """The removed lines of documents that stay; a twin in a document that went is one in its original."""
    removed = removed.join(copies, on="doc", how="anti", maintain_order="left")
    originals_of = copies.select(twin_doc="doc", original="original")
    removed = removed.join(originals_of, on="twin_doc", how="left", maintain_order="left")
    return removed.with_columns(
        twin_start=pl.when(pl.col("original").is_null()).then("twin_start"), twin_doc=pl.coalesce("original", "twin_doc")
    ).drop("original")
