"""Cut texts into lines that tile them, and give each line the key of its normal form."""

from __future__ import annotations

import polars as pl

from clean.config import Config
from clean.schema import PASSAGES, SEGMENTS, Schema
from clean.stage import stage
from clean.text import normal_form, passage_key, word_count
from clean.windows import beside, in_order

# Lines of a document that surely go on in the next one, and their share of all, from which it is taken to be hard-wrapped.
_JOINTS, _WRAPPED_SHARE = 2, 0.15
# Of the lengths of lines that go on, the one that hardly any is beyond: the width that a document is wrapped at.
_WIDTH = 0.9
# A shorter line was not broken because it was full: it is an item, a name, a verse.
_FULL = 30


SEGMENTED: Schema = SEGMENTS | {"normal": pl.String}
# Of documents that may be hard-wrapped, whether they are. No other one is, nor will be when some of its lines have gone.
WRAPPED: Schema = {"doc": pl.UInt32, "wrapped": pl.Boolean}


@stage(takes={"doc": pl.UInt32, "group": pl.String, "text": pl.String}, yields=WRAPPED)
def hard_wrapped(texts: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Which documents have their paragraphs broken into lines of one width."""
    return _wrapped(_pieces(texts.filter(pl.col("text").str.count_matches(r"\n[ \t]*\p{Ll}") >= _JOINTS)))


@stage(takes={"doc": pl.UInt32, "group": pl.String, "text": pl.String}, beside=WRAPPED, yields=SEGMENTED)
def segment(texts: pl.DataFrame, wrapped: pl.DataFrame, config: Config) -> pl.DataFrame:
    """One row a line, or a paragraph where the document is hard-wrapped, in order; the end of one is the start of the next.

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
    now = left.select("doc").unique(maintain_order=True).join(_wrapped(left), on="doc", how="left", maintain_order="left")
    now = now.with_columns(pl.col("wrapped").fill_null(value=False)).join(
        wrapped, on="doc", suffix="_before", maintain_order="left"
    )
    other = now.filter(pl.col("wrapped") != pl.col("wrapped_before")).select(list(WRAPPED))
    return other, _segments(left.join(other, on="doc", how="semi", maintain_order="left"), other)


def _pieces(texts: pl.DataFrame) -> pl.DataFrame:
    """Each line with its end, and where it stands: doc, group, seg, start, end, piece."""
    lines = texts.filter(pl.col("text").str.len_bytes() > 0).select(
        "doc", "group", piece=pl.col("text").str.split("\n", inclusive=True)
    )
    lines = lines.explode("piece").filter(pl.col("piece") != "")
    lines = lines.with_columns(size=pl.col("piece").str.len_bytes().cast(pl.UInt64)).with_columns(
        seg=pl.int_range(pl.len(), dtype=pl.UInt32).over("doc"), end=pl.col("size").cum_sum().over("doc")
    )
    return lines.select("doc", "group", "seg", "end", "piece", start=pl.col("end") - pl.col("size"))


def _segments(pieces: pl.DataFrame, wrapped: pl.DataFrame) -> pl.DataFrame:
    lines = _unwrapped(pieces, wrapped).with_columns(line=pl.col("piece").str.strip_chars_end("\r\n"))
    return lines.join(_keys(lines["line"].unique()), on="line", how="left", maintain_order="left").select(list(SEGMENTED))


def _with_joints(pieces: pl.DataFrame) -> pl.DataFrame:
    """The lines with what stands between each and the one above. open_above: that is full and ends no sentence; sure: and goes on
    in lower case."""
    above = beside(pl.col("piece"), -1, "doc")
    open_above = ~above.str.contains(r"[.!?:;|]\W*$") & (above.str.len_chars() >= _FULL)
    lower = pl.col("piece").str.contains(r"^[ \t]*\p{Ll}")
    return pieces.with_columns(open_above=open_above.fill_null(value=False)).with_columns(sure=pl.col("open_above") & lower)


def _wrapped(pieces: pl.DataFrame) -> pl.DataFrame:
    """WRAPPED of documents whose lines often go on in the next.

    A document is hard-wrapped when full lines that end no sentence are often followed by one that begins in lower case, and
    mostly the first word of that one would not have fitted above; links in a menu end anywhere.
    """
    length = beside(pl.col("piece"), -1, "doc").str.strip_chars_end().str.len_chars()
    lines = _with_joints(pieces).with_columns(
        shown=pl.col("piece").str.contains(r"\S"),
        length=pl.when("sure").then(length),
        fitting=length + 1 + pl.col("piece").str.extract(r"^\s*(\S+)").str.len_chars(),
    )
    lines = lines.with_columns(width=pl.col("length").quantile(_WIDTH).over("doc"))
    joints, cut_off = pl.col("sure").sum(), (pl.col("sure") & (pl.col("fitting") >= pl.col("width"))).sum()
    found = lines.group_by("doc", maintain_order=True).agg(
        joints=joints, wrapped=(joints >= _WRAPPED_SHARE * pl.col("shown").sum()) & (2 * cut_off >= joints)
    )
    return found.filter(pl.col("joints") >= _JOINTS).select(list(WRAPPED))


def _unwrapped(pieces: pl.DataFrame, wrapped: pl.DataFrame) -> pl.DataFrame:
    """The lines with those of one hard-wrapped paragraph as one: half a sentence tells nothing, and two copies of a text may be
    wrapped at other widths.

    There a full line that ends no sentence goes on in the next, unless that one is indented.
    """
    documents = wrapped.filter("wrapped")["doc"]
    if documents.is_empty():
        return pieces
    goes_on = pl.col("sure") | (pl.col("open_above") & pl.col("piece").str.contains(r"^ ?[^\s\-*•|]"))
    goes_on = goes_on & (beside(pl.col("end"), -1, "doc") == pl.col("start"))  # nothing went in between
    goes_on = goes_on.fill_null(value=False) & pl.col("doc").is_in(documents.implode())
    paragraph = (~goes_on).cast(pl.UInt32).cum_sum()
    return (
        _with_joints(pieces)
        .group_by(paragraph.alias("paragraph"), maintain_order=True)
        .agg(pl.col("doc", "group", "seg", "start").first(), pl.col("end").last(), pl.col("piece").str.join(""))
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
