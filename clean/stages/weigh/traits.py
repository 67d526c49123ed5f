"""What a line says by itself, whatever stands around it: looked at once, for all rounds and all its copies."""

from __future__ import annotations

import polars as pl

from clean import kernels
from clean.config import Config
from clean.schema import Schema
from clean.stage import stage
from clean.stages.weigh.shapes import SHAPES, running, shapes
from clean.stages.weigh.terms import terms
from clean.text import normal_form
from clean.windows import only_where

TRAITS: Schema = {
    "line_key": pl.UInt64,  # equal for equal lines
    "normal_key": pl.UInt64,  # equal for lines that say the same, word by word
    "running": pl.Boolean,  # a sentence or more, of some length
    "terms": pl.Binary,  # terms.terms of the normal form
    **SHAPES,
    "first_words": pl.UInt64,  # the first two, digits aside; null: fewer
    "last_words": pl.UInt64,
    "speaker": pl.UInt64,  # what stands before a colon at the beginning, a few words; null: nothing does
    "parts": pl.List(pl.UInt64),  # normal_key of the parts that may name another document; null: none
}

# Seed of the hashes of normal forms.
_WHOLE = 41
# Two words at an end of a line are looked for in so many characters.
_END = 100
# "Ann Lee: Right.", "**Q:** Why?", "[00:12:30] 田中：はい", among the first characters. An address ("https://") has no speaker.
_COLON, _NEAR = r"[:：]", 60
_SPEAKER = r"^(?:[\[(]?\d[\d:.,]*[\])]?\s+)?[^\w\s]{0,4}(\p{L}[^:：\d]{0,30})(?:：|:[*_]{0,3}(?:\s|$))"
# A part of a line that may name another document: between colons, bars, dashes, numbers ("Read more: X", "3. X", "X | Sport").
_BETWEEN = r"[:|»«•]\s|[：｜]|\s[-–—/]\s|\d+[.):]\s|\d\d:\d\d\s"
_BEFORE_LAST, _AFTER_FIRST = rf"^(.*)(?:{_BETWEEN})", rf"^.*?(?:{_BETWEEN})(.*)$"
_PART_SPACES, _LONGEST = 3, 40


@stage(takes={"line": pl.String, "normal": pl.String, "tokens": pl.UInt32}, yields=TRAITS)
def look(lines: pl.DataFrame, config: Config) -> pl.DataFrame:
    """One row a line, in the same order."""
    keyed = lines.select("line", "normal", size=pl.col("tokens").cast(pl.Int64), line_key=pl.col("line").hash(_WHOLE))
    rows, text = kernels.distinct_rows(keyed["line_key"].to_numpy())
    distinct = keyed[rows]
    seen = (
        shapes(distinct)
        .with_columns(first_words=_words(0), last_words=_words(1))
        .with_columns(
            normal_key=pl.col("normal").hash(_WHOLE),
            running=running(),
            first_words=_key(pl.col("first_words"), 19),
            last_words=_key(pl.col("last_words"), 20),
            terms=terms(distinct["normal"]),
        )
    )
    seen = only_where(
        pl.col("line").str.head(_NEAR).str.contains(_COLON), seen, speaker=_key(pl.col("line").str.extract(_SPEAKER), 23)
    )
    return seen.join(_parts(distinct), on="line_key", how="left", maintain_order="left").select(list(TRAITS))[text]


def _words(end: int) -> pl.Expr:
    """The two words at the beginning (0) or the end (1) of a line, digits aside; null where there are fewer."""
    piece = pl.col("normal").str.head(_END) if end == 0 else pl.col("normal").str.tail(_END)
    return piece.str.extract((r"^(\w+ \w+)", r"(\w+ \w+)$")[end]).str.replace_all(r"\d+", "0")


def _key(words: pl.Expr, seed: int) -> pl.Expr:
    return pl.when(words.is_not_null()).then(words.hash(seed))


def _parts(distinct: pl.DataFrame) -> pl.DataFrame:
    """line_key, parts: the keys of the parts of four words or more of lines that have several parts."""
    short = distinct.filter(pl.col("size").is_between(_PART_SPACES + 2, _LONGEST))
    pieces = pl.col("line").str.replace_all(_BETWEEN, "\n").str.split("\n")
    # A headline may have a colon, too: what stands before the last mark, and after the first, is tried as a whole.
    inner = pl.concat_list(pieces, *(pl.col("line").str.extract(pattern, 1) for pattern in (_BEFORE_LAST, _AFTER_FIRST)))
    several = short.filter(pl.col("line").str.contains(_BETWEEN))
    parts = several.select("line_key", part=inner).explode("part").drop_nulls()
    normal = normal_form(parts["part"])
    telling = normal.str.count_matches(" ", literal=True) >= _PART_SPACES
    keys = parts.select("line_key", key=normal.hash(_WHOLE)).filter(telling).unique(maintain_order=True)
    return keys.group_by("line_key", maintain_order=True).agg(parts="key")
