"""Hard-wrapped documents: those whose paragraphs are broken into lines of one width."""

from __future__ import annotations

import polars as pl

from clean.schema import Schema
from clean.windows import beside

# Lines of a document that surely go on in the next one, and their share of all, from which it is taken to be hard-wrapped.
JOINTS, _WRAPPED_SHARE = 2, 0.15
# Of the lengths of lines that go on, the one that hardly any is beyond: the width that a document is wrapped at.
_WIDTH = 0.9
# Broken by hand, or with a link here and there that is longer than the width: so many of all lines go on in the next one, their
# median is no verse's, and so many of them are as long as that, but for a part of it.
_MOSTLY_JOINTS, _NO_VERSE, _AS_LONG, _BUT_FOR = 0.25, 50, 0.6, 0.15
# A shorter line was not broken because it was full: it is an item, a name, a verse.
_FULL = 30

# Of the lines of a document that is double-spaced at most this share has another one right below it.
_SINGLE = 0.1

# Of documents that may be hard-wrapped, whether they are. No other one is, nor will be when some of its lines have gone.
WRAPPED: Schema = {"doc": pl.UInt32, "wrapped": pl.Boolean}


def _closed_up(pieces: pl.DataFrame) -> pl.DataFrame:
    """The lines, each with the blank ones below it where the document is double-spaced, as what is read from a scan often is.

    So is a text with a line to a paragraph; of that none goes on in the next.
    """
    shown = pl.col("piece").str.contains(r"\S")
    pieces = pieces.with_columns(shown=shown).with_columns(tight=pl.col("shown") & beside(pl.col("shown"), 1, "doc"))
    double = pl.col("tight").sum().over("doc") <= _SINGLE * pl.col("shown").sum().over("doc")
    pieces = pieces.with_columns(below=(double & ~pl.col("shown") & _adjoins()).fill_null(value=False))
    if not pieces["below"].any():
        return pieces.drop("shown", "tight", "below")
    return _put_together(pieces, pl.col("below"))


def _adjoins() -> pl.Expr:
    """Whether nothing went between a line and the one above; null where there is none."""
    return beside(pl.col("end"), -1, "doc") == pl.col("start")


def _put_together(pieces: pl.DataFrame, below: pl.Expr) -> pl.DataFrame:
    """The lines with those of which `below` holds as parts of the line above."""
    return (
        pieces.group_by((~below).cast(pl.UInt32).cum_sum().alias("part"), maintain_order=True)
        .agg(pl.col("doc", "group", "seg", "start", "verbatim").first(), pl.col("end").last(), pl.col("piece").str.join(""))
        .drop("part")
    )


def _with_joints(pieces: pl.DataFrame) -> pl.DataFrame:
    """The lines with what stands between each and the one above. open_above: that is full and ends no sentence; sure: and goes on
    in lower case. length: its characters; fitting: with the first word of the line; width: what hardly any sure one is beyond."""
    above = beside(pl.col("piece"), -1, "doc")
    open_above = ~above.str.contains(r"[.!?:;|]\W*$") & (above.str.len_chars() >= _FULL)
    block = pl.col("verbatim") | pl.col("piece").str.contains(r"\n.")
    open_above = open_above & ~block & ~beside(block, -1, "doc")
    lower = pl.col("piece").str.contains(r"^[ \t]*\p{Ll}")
    length = above.str.strip_chars_end().str.len_chars()
    lines = pieces.with_columns(
        open_above=open_above.fill_null(value=False),
        length=length,
        fitting=length + 1 + pl.col("piece").str.extract(r"^\s*(\S+)").str.len_chars(),
    ).with_columns(sure=pl.col("open_above") & lower)
    return lines.with_columns(width=pl.col("length").filter("sure").quantile(_WIDTH).over("doc"))


def wrapped_documents(pieces: pl.DataFrame) -> pl.DataFrame:
    """WRAPPED of documents whose lines often go on in the next.

    A document is hard-wrapped when full lines that end no sentence are often followed by one that begins in lower case, and
    mostly the first word of that one would not have fitted above; links in a menu end anywhere. Or when that is so of more
    lines than in any menu, and most of these have nearly the same length, that of prose.
    """
    lines = _with_joints(_closed_up(pieces)).with_columns(
        shown=pl.col("piece").str.contains(r"\S") & ~pl.col("verbatim"),
        length=pl.when("sure").then("length"),
    )
    length = pl.col("length")
    lines = lines.with_columns(usual=length.median().over("doc"))
    joints, shown, usual = pl.col("sure").sum(), pl.col("shown").sum(), pl.col("usual")
    cut_off = (pl.col("sure") & (pl.col("fitting") >= pl.col("width"))).sum()
    as_long = (pl.col("sure") & ((length - usual).abs() <= _BUT_FOR * usual)).sum()
    by_width = (joints >= _WRAPPED_SHARE * shown) & (2 * cut_off >= joints)
    by_hand = (joints >= _MOSTLY_JOINTS * shown) & (usual.first() >= _NO_VERSE) & (as_long >= _AS_LONG * joints)
    found = lines.group_by("doc", maintain_order=True).agg(joints=joints, wrapped=by_width | by_hand)
    return found.filter(pl.col("joints") >= JOINTS).select(list(WRAPPED))


def unwrapped(pieces: pl.DataFrame, wrapped: pl.DataFrame) -> pl.DataFrame:
    """The lines with those of one hard-wrapped paragraph as one: half a sentence tells nothing, and two copies of a text may be
    wrapped at other widths.

    There a full line that ends no sentence goes on in the next, unless that one is indented.
    """
    documents = wrapped.filter("wrapped")["doc"]
    if documents.is_empty():
        return pieces
    here = pl.col("doc").is_in(documents.implode())
    closed_up = _closed_up(pieces.filter(here))
    # Across a blank line only where the first word would not have fitted: there a headline stands like a part of a paragraph.
    full = (pl.col("fitting") >= pl.col("width")) & (pl.col("length") <= (1 + _BUT_FOR) * pl.col("width"))
    apart = beside(pl.col("piece"), -1, "doc").str.contains(r"\n\s*\n$")
    goes_on = pl.col("open_above") & pl.col("piece").str.contains(r"^ ?[^\s\-*•|]") & (full | ~apart)
    goes_on = (pl.col("sure") | goes_on) & _adjoins()
    joined = _put_together(_with_joints(closed_up), goes_on.fill_null(value=False))
    return pl.concat([pieces.filter(~here).select(joined.columns), joined]).sort("doc", "seg")
