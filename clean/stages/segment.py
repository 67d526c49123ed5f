"""Cut texts into lines that tile them, and give each line the key of its normal form."""

from __future__ import annotations

import polars as pl

from clean.config import Config
from clean.schema import PASSAGES, SEGMENTS, Schema
from clean.stage import stage
from clean.text import normal_form, passage_key, word_count
from clean.windows import beside

# Share of a document's lines that surely go on in the next one, from which the document is taken to be hard-wrapped.
_WRAPPED = 0.15
# Of the lengths of lines that go on, the one that hardly any is beyond: the width that a document is wrapped at.
_WIDTH = 0.9
# A shorter line was not broken because it was full: it is an item, a name, a verse.
_FULL = 30


@stage(takes={"doc": pl.UInt32, "group": pl.String, "text": pl.String}, yields=SEGMENTS | {"normal": pl.String})
def segment(texts: pl.DataFrame, config: Config) -> pl.DataFrame:
    """One row a line, or a paragraph where the document is hard-wrapped, in order; the end of one is the start of the next.

    Lines end at "\n" only: `str.splitlines` would also cut at U+0085, U+2028 and form feeds, inside a sentence.
    """
    lines = (
        texts.filter(pl.col("text").str.len_bytes() > 0)
        .select("doc", "group", piece=pl.col("text").str.split("\n", inclusive=True))
        .explode("piece")
        .filter(pl.col("piece") != "")
    )
    lines = (
        _unwrapped(lines)
        .with_columns(size=pl.col("piece").str.len_bytes().cast(pl.UInt64))
        .with_columns(seg=pl.int_range(pl.len(), dtype=pl.UInt32).over("doc"), end=pl.col("size").cum_sum().over("doc"))
        .with_columns(start=pl.col("end") - pl.col("size"), line=pl.col("piece").str.strip_chars_end("\r\n"))
    )
    keys = _keys(lines["line"].unique())
    return lines.join(keys, on="line", how="left", maintain_order="left")


def _unwrapped(lines: pl.DataFrame) -> pl.DataFrame:
    """The lines with those of one hard-wrapped paragraph as one piece: half a sentence tells nothing, and two copies of
    a text may be wrapped at other widths.

    A document is hard-wrapped when full lines that end no sentence are often followed by one that begins in lower case, and
    mostly the first word of that one would not have fitted above; links in a menu end anywhere. There a full line that ends no
    sentence goes on in the next, unless that one is indented.
    """
    above = beside(pl.col("piece"), -1, "doc")
    open_above = ~above.str.contains(r"[.!?:;|]\W*$") & (above.str.len_chars() >= _FULL)
    lines = lines.with_columns(
        open_above=open_above.fill_null(False),
        lower=pl.col("piece").str.contains(r"^[ \t]*\p{Ll}"),
        shown=pl.col("piece").str.contains(r"\S"),
    ).with_columns(sure=pl.col("open_above") & pl.col("lower"))
    joints, shown = (pl.col(name).sum().over("doc") for name in ("sure", "shown"))
    lines = lines.with_columns(wrapped=(joints >= 2) & (joints >= _WRAPPED * shown))
    if not lines["wrapped"].any():
        return lines
    length = above.str.strip_chars_end().str.len_chars()
    lines = lines.with_columns(
        length=pl.when("sure").then(length),
        fitting=length + 1 + pl.col("piece").str.extract(r"^\s*(\S+)").str.len_chars(),
    ).with_columns(width=pl.col("length").quantile(_WIDTH).over("doc"))
    cut_off = (pl.col("sure") & (pl.col("fitting") >= pl.col("width"))).sum().over("doc")
    wrapped = pl.col("wrapped") & (2 * cut_off >= joints)
    goes_on = pl.col("open_above") & (pl.col("lower") | pl.col("piece").str.contains(r"^ ?[^\s\-*•|]"))
    lines = lines.with_columns(begins=~(goes_on & wrapped))
    if lines["begins"].all():
        return lines
    paragraph = pl.col("begins").cast(pl.UInt32).cum_sum()
    return lines.group_by(paragraph.alias("paragraph"), maintain_order=True).agg(
        pl.col("doc", "group").first(), pl.col("piece").str.join("")
    )


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


SITES: Schema = {"cluster": pl.UInt128, "sites": pl.UInt32}  # groups that hold the cluster: more than one


@stage(takes={"cluster": pl.UInt128, "group": pl.String}, yields=SITES)
def spread(lines: pl.DataFrame, config: Config) -> pl.DataFrame:
    """The clusters that several groups hold. Group by cluster."""
    groups = pl.col("group").n_unique().cast(pl.UInt32)
    return lines.group_by("cluster").agg(sites=groups).filter(pl.col("sites") > 1).sort("cluster")
