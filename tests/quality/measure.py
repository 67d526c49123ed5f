"""The curve of confidence on labelled pages: `python tests/quality/measure.py [--near]`.

Prints, for each confidence, precision, recall and F1 in words of boilerplate; the share of content words lost; and how many
home lines (copied elsewhere as teasers) went. `singles` are sites of few pages: content lost there is plain damage.
--near puts near-duplicate long lines into one cluster, as the pipeline does.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import polars as pl
from labelled import common_of, lines_of, read
from numpy.typing import NDArray

from clean.config import Config
from clean.engines.local import LocalEngine
from clean.stages.weigh import weigh

CONFIDENCES = (0.5, 0.7, 0.8, 0.85, 0.9, 0.93, 0.94, 0.95, 0.97, 0.98, 0.99, 0.995)
LOSSES = (0.003, 0.006, 0.01, 0.015, 0.02)
# A site of few documents confirms little: lines seen once lose log(1 + TRUST / documents).
TRUST = 3.0


def weighed(lines: pl.DataFrame) -> pl.DataFrame:
    """The lines with their WEIGHTS and `p`, the confidence after simple guards."""
    started = time.process_time()
    weights = weigh(lines, Config(), common_of(lines))
    took = time.process_time() - started
    megabytes = lines["line"].str.len_bytes().sum() / 1e6
    print(f"{len(lines)} lines, {megabytes:.1f} MB in {took:.2f} s: {megabytes / took:.1f} MB/s")
    table = lines.join(weights, on=["doc", "seg"], how="left", maintain_order="left")
    return guarded(table).with_columns(p=1 / (1 + (-pl.col("logit")).exp()), words=pl.col("line").str.count_matches(r"\w+"))


def guarded(table: pl.DataFrame) -> pl.DataFrame:
    """The log-odds under the guards that are policy, not evidence."""
    once = pl.when(pl.col("docs") == 1).then((1 + TRUST / pl.col("site_docs")).log()).otherwise(0.0)
    stays = pl.col("home") | pl.col("headline")
    table = table.with_columns(first=pl.int_range(pl.len()).over("doc") == 0, logit=pl.col("logit") - once)
    table = table.with_columns(logit=pl.when(stays).then(pl.min_horizontal("logit", -2.0)).otherwise("logit"))
    kept = pl.when((pl.col("logit") < 0) | pl.col("first")).then("seg")
    origin = table.select("doc", "seg", origin_headline="headline", origin_first="first")
    table = table.with_columns(origin=kept.min().over("doc", "passage"))
    table = table.join(origin, left_on=["doc", "origin"], right_on=["doc", "seg"], how="left", maintain_order="left")
    own = pl.col("origin_headline") | (pl.col("origin_first") & (pl.col("tokens") >= 4)) | (pl.col("tokens") >= 20)
    again = ((pl.col("seg") > pl.col("origin")) & own & ~pl.col("headline")).fill_null(False)
    table = table.with_columns(logit=pl.when(again).then(pl.max_horizontal("logit", 6.0)).otherwise("logit"))
    return table.with_columns(logit=pl.when("first").then(-30.0).otherwise("logit"))


def figures(table: pl.DataFrame, confidence: float) -> tuple[float, float, float, float]:
    """Precision, recall, F1 of the removed words, and the share of content words lost."""
    told = table.filter(pl.col("ignore") == 0).select("words", "label", gone=pl.col("p") >= confidence)
    hit, lost, missed = (
        told.filter((pl.col("label") == label) & (pl.col("gone") == gone))["words"].sum()
        for label, gone in ((0, True), (1, True), (0, False))
    )
    content = told.filter(label=1)["words"].sum()
    precision, recall = hit / max(hit + lost, 1), hit / max(hit + missed, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9), lost / max(content, 1)


def homes_lost(table: pl.DataFrame, confidence: float) -> int:
    """Home lines that went, of the distinct ones in teaser_home."""
    pairs = {(pair["home_doc"], pair["home_line"]) for pair in read("teaser_home.dev.jsonl.gz")}
    homes = pl.DataFrame(sorted(pairs), schema={"doc_id": pl.String, "seg": pl.UInt32}, orient="row")
    return homes.join(table.filter(pl.col("p") >= confidence), on=["doc_id", "seg"], how="semi").height


def at_losses(table: pl.DataFrame) -> list[tuple[float, float, float]]:
    """For each of LOSSES: the best F1 under it, as (loss, F1, confidence)."""
    told = table.filter(pl.col("ignore") == 0).sort("p", descending=True, maintain_order=True)
    words, label, p = (told[name].to_numpy() for name in ("words", "label", "p"))
    hit, lost = np.cumsum(words * (label == 0)), np.cumsum(words * (label == 1))
    f1: NDArray[np.float64] = 2 * hit / (hit + lost + hit[-1])
    cuts = [max(int(np.searchsorted(lost / max(lost[-1], 1), loss, side="right")) - 1, 0) for loss in LOSSES]
    return [(loss, float(f1[cut]), float(p[cut])) for loss, cut in zip(LOSSES, cuts, strict=True)]


def report(name: str, table: pl.DataFrame) -> None:
    """Print the curve of one set."""
    print(" | ".join(f"loss {loss:.1%}: F1 {f1:.4f} at {p:.3f}" for loss, f1, p in at_losses(table)))
    print(f"{name:8} confidence      P      R     F1   loss  homes lost")
    for confidence in CONFIDENCES:
        row = "".join(f"{value:7.4f}" for value in figures(table, confidence))
        print(f"{name:8} {confidence:10} {row}  {homes_lost(table, confidence) if name == 'pages' else ''}")


def in_near_clusters(lines: pl.DataFrame) -> pl.DataFrame:
    """The lines with near-duplicates in one cluster, by the pipeline's own steps."""
    from clean.pipeline.comparing import compared_pairs, in_clusters
    from clean.stages.match import accept
    from clean.stages.segment import tally
    from clean.stages.signatures import minhash

    engine = LocalEngine(Config())
    passages = engine.group(tally, lines, by="passage")
    pairs = accept(compared_pairs(engine, passages, engine.map(minhash, passages)), engine.config)
    near = in_clusters(engine, lines.drop("cluster", "sites"), pairs)
    return near.with_columns(sites=pl.col("group").n_unique().over("cluster").cast(pl.UInt32))


def main() -> None:
    """Measure both sets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--near", action="store_true", help="near-duplicate long lines are one cluster")
    chosen = parser.parse_args()
    for name in ("pages", "singles"):
        lines = lines_of(read(f"{name}.dev.jsonl.gz"))
        report(name, weighed(in_near_clusters(lines) if chosen.near else lines))


if __name__ == "__main__":
    main()
