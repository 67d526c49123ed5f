"""Cut texts into lines that tile them, and give each line the key of its normal form."""

from __future__ import annotations

import polars as pl

from clean.config import Config
from clean.schema import PASSAGES, SEGMENTS, Schema
from clean.stage import stage
from clean.text import normal_form, passage_key, word_count


@stage(takes={"doc": pl.UInt32, "group": pl.String, "text": pl.String}, yields=SEGMENTS | {"normal": pl.String})
def segment(texts: pl.DataFrame, config: Config) -> pl.DataFrame:
    """One row a line, in order. A line ends after its "\\n"; the ends of one line are the start of the next.

    Lines end at "\\n" only: `str.splitlines` would also cut at U+0085, U+2028 and form feeds, inside a sentence.
    """
    lines = (
        texts.filter(pl.col("text").str.len_bytes() > 0)
        .select("doc", "group", piece=pl.col("text").str.split("\n", inclusive=True))
        .explode("piece")
        .filter(pl.col("piece") != "")
        .with_columns(size=pl.col("piece").str.len_bytes().cast(pl.UInt64))
        .with_columns(seg=pl.int_range(pl.len(), dtype=pl.UInt32).over("doc"), end=pl.col("size").cum_sum().over("doc"))
        .with_columns(start=pl.col("end") - pl.col("size"), line=pl.col("piece").str.strip_chars_end("\r\n"))
    )
    keys = _keys(lines["line"].unique())
    return lines.join(keys, on="line", how="left", maintain_order="left")


def _keys(lines: pl.Series) -> pl.DataFrame:
    """Normal form, passage and words of each distinct line. Shape (n, 4)."""
    normal = normal_form(lines)
    return pl.DataFrame({"line": lines, "normal": normal, "passage": passage_key(normal), "tokens": word_count(normal)})


@stage(takes={"doc": pl.UInt32, "passage": pl.UInt128, "normal": pl.String, "tokens": pl.UInt32}, yields=PASSAGES)
def tally(segments: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Exact copies meet: one row a passage, with the documents and places that hold it. Group by passage."""
    return (
        segments.filter(pl.col("passage").is_not_null())
        .group_by("passage")
        .agg(
            pl.col("normal").first(),
            pl.col("tokens").first(),
            docs=pl.col("doc").n_unique().cast(pl.UInt32),
            copies=pl.len().cast(pl.UInt32),
        )
        .sort("passage")
    )


SPREAD: Schema = {
    "doc": pl.UInt32,
    "group": pl.String,
    "seg": pl.UInt32,
    "start": pl.UInt64,
    "end": pl.UInt64,
    "line": pl.String,
    "normal": pl.String,
    "passage": pl.UInt128,
    "tokens": pl.UInt32,
    "cluster": pl.UInt128,
    "similarity": pl.Float64,
}


@stage(takes=SPREAD, yields=SPREAD | {"sites": pl.UInt32})
def spread(lines: pl.DataFrame, config: Config) -> pl.DataFrame:
    """The lines with `sites`: the groups that hold their cluster. Group by cluster."""
    return lines.with_columns(sites=pl.col("group").n_unique().over("cluster").cast(pl.UInt32))
