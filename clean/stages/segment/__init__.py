"""Texts to lines that tile them, each with the key of its normal form; and in how many documents and sites a key stands.

markup.py    code, tables, front matter: blocks that are one line here
wrapped.py   paragraphs broken into lines of one width, which are one, too
"""

from __future__ import annotations

import polars as pl

from clean.config import Config
from clean.schema import PASSAGES, SEGMENTS, Schema
from clean.stage import stage
from clean.stages.segment.markup import with_blocks
from clean.stages.segment.wrapped import JOINTS, WRAPPED, unwrapped, wrapped_documents
from clean.text import normal_form, passage_key, word_count
from clean.windows import in_order

SEGMENTED: Schema = SEGMENTS | {
    "normal": pl.String,
    "verbatim": pl.Boolean,  # code or markup, which is not judged; see markup
}


@stage(takes={"doc": pl.UInt32, "group": pl.String, "text": pl.String}, yields=WRAPPED)
def hard_wrapped(texts: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Which documents have their paragraphs broken into lines of one width."""
    return wrapped_documents(_pieces(texts.filter(pl.col("text").str.count_matches(r"\n[ \t]*\p{Ll}") >= JOINTS)))


@stage(takes={"doc": pl.UInt32, "group": pl.String, "text": pl.String}, beside=WRAPPED, yields=SEGMENTED)
def segment(texts: pl.DataFrame, wrapped: pl.DataFrame, config: Config) -> pl.DataFrame:
    """One row a line, a block of markup, or a paragraph where the document is hard-wrapped, in order; they tile the text.

    Lines end at "\n" only: `str.splitlines` would also cut at U+0085, U+2028 and form feeds, inside a sentence.
    """
    return _segments(_pieces(texts), wrapped)


def segmented(texts: pl.DataFrame, config: Config) -> pl.DataFrame:
    """`segment` of texts (doc, group, text) as they are."""
    return segment(texts, config, hard_wrapped(texts, config))


def segmented_anew(texts: pl.DataFrame, lines: pl.DataFrame, wrapped: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What shows to be hard-wrapped, or not to be, when only `lines` of it stay: WRAPPED, and the segments of those documents.

    Whoever cleans the output sees just that. `texts`: those of the documents in `wrapped`, as they came.
    """
    ends = in_order(lines.select("doc", "seg", "start", stays_to="end")).drop("seg")
    pieces = _pieces(texts).join_asof(ends, on="start", by="doc", strategy="backward", check_sortedness=False)
    left = pieces.filter(pl.col("end") <= pl.col("stays_to"))
    now = (
        left.select("doc").unique(maintain_order=True).join(wrapped_documents(left), on="doc", how="left", maintain_order="left")
    )
    now = now.with_columns(pl.col("wrapped").fill_null(value=False)).join(
        wrapped, on="doc", suffix="_before", maintain_order="left"
    )
    other = now.filter(pl.col("wrapped") != pl.col("wrapped_before")).select(list(WRAPPED))
    return other, _segments(left.join(other, on="doc", how="semi", maintain_order="left"), other)


def _pieces(texts: pl.DataFrame) -> pl.DataFrame:
    """Each line, or block, with its end, and where it stands: doc, group, seg, start, end, piece, verbatim."""
    lines = texts.filter(pl.col("text").str.len_bytes() > 0).select(
        "doc", "group", piece=pl.col("text").str.split("\n", inclusive=True)
    )
    lines = lines.explode("piece").filter(pl.col("piece") != "")
    lines = lines.with_columns(size=pl.col("piece").str.len_bytes().cast(pl.UInt64)).with_columns(
        seg=pl.int_range(pl.len(), dtype=pl.UInt32).over("doc"), end=pl.col("size").cum_sum().over("doc")
    )
    lines = lines.select("doc", "group", "seg", "end", "piece", start=pl.col("end") - pl.col("size"))
    return with_blocks(lines, texts)


def _segments(pieces: pl.DataFrame, wrapped: pl.DataFrame) -> pl.DataFrame:
    lines = unwrapped(pieces, wrapped).with_columns(line=pl.col("piece").str.strip_chars_end("\r\n"))
    return lines.join(_keys(lines["line"].unique()), on="line", how="left", maintain_order="left").select(list(SEGMENTED))


def _keys(lines: pl.Series) -> pl.DataFrame:
    """Normal form, passage and words of each distinct line. Shape (n, 4)."""
    normal = normal_form(lines)
    return pl.DataFrame({"line": lines, "normal": normal, "passage": passage_key(normal), "tokens": word_count(normal)})


@stage(takes={"doc": pl.UInt32, "passage": pl.UInt128, "normal": pl.String, "tokens": pl.UInt32}, yields=PASSAGES)
def tally(segments: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Exact copies meet: one row a passage, with the number of documents that hold it. Group by passage."""
    return (
        segments.filter(pl.col("passage").is_not_null())
        .group_by("passage")
        .agg(pl.col("normal", "tokens").first(), docs=pl.col("doc").n_unique().cast(pl.UInt32))
        .sort("passage")
    )


SITES: Schema = {"cluster": pl.UInt128, "sites": pl.UInt32}  # groups that hold the cluster: more than one


@stage(takes={"cluster": pl.UInt128, "group": pl.String}, yields=SITES)
def spread(lines: pl.DataFrame, config: Config) -> pl.DataFrame:
    """The clusters that several groups hold. Group by cluster."""
    groups = pl.col("group").n_unique().cast(pl.UInt32)
    return lines.group_by("cluster").agg(sites=groups).filter(pl.col("sites") > 1).sort("cluster")
