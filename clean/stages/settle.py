"""Verdicts to edits to text: the only place where text is cut. Cuts fall on line borders."""

from __future__ import annotations

import polars as pl

from clean.config import Config
from clean.schema import Schema
from clean.stage import stage
from clean.windows import beside, in_order, run

JUDGED: Schema = {
    "doc": pl.UInt32,
    "seg": pl.UInt32,
    "start": pl.UInt64,
    "end": pl.UInt64,
    "line": pl.String,
    "rule": pl.String,  # null: the line stays
}

CUTS: Schema = {
    "doc": pl.UInt32,
    "seg": pl.UInt32,  # the line it removes
    "start": pl.UInt64,  # bytes, in the repaired text
    "end": pl.UInt64,
}


@stage(takes=JUDGED, yields=CUTS)
def cut(judged: pl.DataFrame, config: Config) -> pl.DataFrame:
    """One row a removed line: the bytes that go with it. Takes whole documents.

    Of the blank lines around a run of removed lines the larger gap stays, so that paragraphs that were apart
    remain apart ("A", "x", "", "B" gives "A", "", "B"). At the end of a document none stays, nor a line break
    that the document did not end with.
    """
    runs = _runs(judged).filter("gone")
    at_end = pl.col("after").last().over("run").is_null()
    inside = ~at_end & (pl.col("opens") > 0)
    keep_after = inside & (pl.col("gap_before") < pl.col("gap_after"))
    first, last = pl.col("seg") == pl.col("seg").min().over("run"), pl.col("seg") == pl.col("seg").max().over("run")
    back_to = pl.when(at_end & ~pl.col("broken")).then("opens_bare").when(~inside | keep_after).then("opens").otherwise("start")
    up_to = pl.when(at_end).then("size").when(keep_after).then("end").otherwise("after")
    return runs.select(
        "doc",
        "seg",
        start=pl.when(first).then(back_to).otherwise("start"),
        end=pl.when(last).then(up_to).otherwise("after"),
    )


def _runs(judged: pl.DataFrame) -> pl.DataFrame:
    """The lines that show something, in order, with the run of like-judged lines each is in and the gaps around it.

    opens, opens_bare: where the line before the run ends, with and without its line break; 0 at the top.
    """
    bare = pl.col("start") + pl.col("line").str.len_bytes()
    whole = judged.group_by("doc").agg(size=pl.col("end").max(), broken=(pl.col("end") > bare).sort_by("seg").last())
    solid = in_order(judged.filter(pl.col("line").str.strip_chars() != ""))
    solid = solid.with_columns(
        gone=pl.col("rule").is_not_null(),
        before=beside(pl.col("end"), -1, "doc").fill_null(0),
        before_bare=beside(bare, -1, "doc").fill_null(0),
        after=beside(pl.col("start"), 1, "doc"),
    ).with_columns(run=run(pl.col("gone"), "doc"))
    return solid.join(whole, on="doc", how="left", maintain_order="left").with_columns(
        opens=pl.col("before").first().over("run"),
        opens_bare=pl.col("before_bare").first().over("run"),
        gap_before=(pl.col("start") - pl.col("before")).first().over("run"),
        gap_after=(pl.col("after") - pl.col("end")).last().over("run"),
    )


def removals(cuts: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    """What each cut takes away, as one edit a row: CUTS and EDIT's start, before and after.

    Takes CUTS and TEXTS (repaired). Shape (rows of `cuts`, 5).
    """
    here = cuts.join(texts, on="doc", how="left", maintain_order="left")
    span = pl.col("text").cast(pl.Binary).bin.slice("start", pl.col("end") - pl.col("start"))
    return here.select("doc", "seg", "start", before=span, after=pl.lit(b""))


def cut_texts(cuts: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    """The TEXTS without what is cut. Shape as `texts`."""
    cuts = cuts.sort("doc", "start")
    kept_from = pl.col("end").shift(1).over("doc").fill_null(0)
    pieces = cuts.select("doc", start=kept_from, end=pl.col("start"))
    tails = (
        cuts.group_by("doc")
        .agg(start=pl.col("end").max())
        .join(texts, on="doc")
        .select("doc", "start", end=pl.col("text").str.len_bytes().cast(pl.UInt64))
    )
    pieces = pl.concat([pieces, tails]).sort("doc", "start").join(texts, on="doc", how="left", maintain_order="left")
    span = pl.col("text").cast(pl.Binary).bin.slice("start", pl.col("end") - pl.col("start")).cast(pl.String)
    changed = pieces.group_by("doc").agg(changed=span.str.join(""))
    joined = texts.join(changed, on="doc", how="left", maintain_order="left")
    return joined.select("doc", text=pl.coalesce("changed", "text"))


def whole(copies: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    """What a copied document takes with it: its whole text as one edit, with its evidence.

    Takes doc, original, rule, score and TEXTS. Shape (rows of `copies`, 9); a document's empty text is an edit, too.
    """
    size = pl.len().over("original").cast(pl.UInt32) + 1
    return copies.join(texts, on="doc", how="left", maintain_order="left").select(
        "doc",
        "rule",
        "score",
        start=pl.lit(0, dtype=pl.UInt64),
        before=pl.col("text").cast(pl.Binary).fill_null(b""),
        after=pl.lit(b""),
        twin_doc="original",
        home=pl.lit(True),
        docs=size,
    )
