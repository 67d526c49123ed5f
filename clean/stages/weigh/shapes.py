"""What a line looks like by itself: counts and codes over DISTINCT lines. No vocabulary, no language."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clean import kernels
from clean.characters import Classes, flags
from clean.schema import Schema
from clean.text import texts_of

Codes = dict[str, NDArray[np.int64]]  # one category a line, for each feature

# How a line ends, by code. "..." is asked before ".": a cut lead is no finished sentence.
ELLIPSIS, STOP, CALL, COLON, COMMA, ARROW, DIGIT, LETTER, OTHER = range(9)
TERMINAL = (STOP, CALL)
_ENDS = (
    r"""(\.\.\.|…|\. \.)["'”’)\]»\s]*$""",
    r"""[.。।۔]["'”’)\]*]*$""",
    r"""[!?！？؟]["'”’)\]]*$""",
    r"[:：]$",
    r"[,;،、；，–—-]$",
    r"[»›>→▶►|+]$",
    r"\d$",
    r"\w$",
)
_STARTS = (r"""^["“‘'«「(\[]""", r"^\p{Lu}", r"^\p{Ll}", r"^\d", r"^\w", r"^©")

# A sentence's end inside a line: a mark, and what opens the next. No word boundaries: \b is slow in Unicode.
_SENTENCES = r"""[.!?]["'”’)\]]*\s+["'“‘(\[]*[\p{Lu}\p{Lo}]|[。！？।؟]"""
_COMMAS, _RIGHTS = r"[,;،、；，]", r"[©®]"
_BARS = r"[|•·»«›‹>←→▶►▸/+]|\s[-–—]\s|::"
_URL = r"https?://|www\.|\w\.(?:com|org|net|co\.|edu|gov)(?:\W|$)|\w@\w"
_DATE = r"(?:^|\D)(?:19|20)\d\d(?:\D|$)|\d[:/]\d\d"

# The same for one pass over the bytes: what a single character may be in the expressions above.
_SIGNS = {
    "word": r"\w",
    "digit": r"\d",
    "upper": r"\p{Lu}",
    "lower": r"\p{Ll}",
    "letter": r"\p{Lo}",
    "space": r"\s",
    "trail": r"""["'”’)\]»\s]""",
    "stop": r"[.。।۔]",
    "stop_trail": r"""["'”’)\]*]""",
    "call": r"[!?！？؟]",
    "closer": r"""["'”’)\]]""",
    "opener": r"""["'“‘(\[]""",
    "colon": r"[:：]",
    "breath": r"[,;،、；，–—-]",
    "arrow": r"[»›>→▶►|+]",
    "quote": r"""["“‘'«「(\[]""",
    "mark": r"[.!?]",
    "full": r"[。！？।؟]",
    "comma": _COMMAS,
    "bar": r"[|•·»«›‹>←→▶►▸/+]",
    "dash": r"[-–—]",
    "rights": _RIGHTS,
}
_signs = Classes(flags([_SIGNS[name] for name in kernels.SIGNS]), np.uint32)

# Running text: so many words or more, and the end of a sentence.
RUNNING_WORDS = 12

SHAPES: Schema = {
    "ending": pl.UInt8,  # codes above
    "opening": pl.UInt8,
    "sentences": pl.UInt32,  # ends of a sentence inside the line
    "commas": pl.UInt32,
    "capitals": pl.Float64,  # words that begin with a capital, share; -1 in a script without case
    "shouting": pl.Float64,  # words that begin with two
    "digits": pl.Float64,  # words that begin with a digit
    "bars": pl.UInt32,  # marks that menus and lists put between entries
    "url": pl.UInt8,  # 0 or 1, as those below
    "copyright": pl.UInt8,
    "date": pl.UInt8,
    "clock": pl.UInt8,
    "number": pl.UInt8,  # nothing but a number
}


def shapes(distinct: pl.DataFrame) -> pl.DataFrame:
    """`distinct` (line, size) with the columns of SHAPES. One row a distinct line."""
    lines = distinct["line"]
    counted = _looked_at(lines) if kernels.pays(int(lines.str.len_bytes().sum())) else _asked(lines)
    per_word = {name: pl.col(name) / pl.col("size") for name in ("shouting", "digits")}
    capitals = pl.when(pl.col("cased") > 0).then(pl.col("capitals") / pl.col("size")).otherwise(-1.0)
    found = distinct.hstack(counted).with_columns(capitals=capitals, **per_word).drop("cased")
    return found.with_columns(pl.col(name).cast(dtype) for name, dtype in SHAPES.items())


def _asked(lines: pl.Series) -> pl.DataFrame:
    """kernels.LOOKS of each line, by expressions."""
    line = pl.col("line").str.strip_chars()
    count, has = line.str.count_matches, line.str.contains
    return (
        lines.to_frame("line")
        .select(
            ending=first_match(line, _ENDS),
            opening=first_match(line, _STARTS),
            sentences=count(_SENTENCES),
            commas=count(_COMMAS),
            cased=has(r"[\p{Lu}\p{Ll}]"),
            capitals=count(r"(?:^|\W)\p{Lu}"),
            shouting=count(r"(?:^|\W)\p{Lu}{2}"),
            digits=count(r"(?:^|\W)\d"),
            bars=count(_BARS),
            url=has(_URL),
            copyright=has(_RIGHTS),
            date=has(_DATE),
            clock=has(r"\d:\d\d"),
            number=has(r"^\W*\d+\W*$"),
        )
        .cast(pl.Int64)
    )


def _looked_at(lines: pl.Series) -> pl.DataFrame:
    """The same in one pass over the bytes."""
    buffer, offsets = texts_of(lines)
    found = kernels.looks(buffer, offsets, _signs.of(kernels.alphabet(buffer)))
    return pl.DataFrame(found, schema=list(kernels.LOOKS))


def first_match(line: pl.Expr, patterns: tuple[str, ...]) -> pl.Expr:
    """The number of the first pattern found in the line; their count where none is."""
    code = pl.lit(len(patterns))
    for number, pattern in reversed(list(enumerate(patterns))):
        code = pl.when(line.str.contains(pattern)).then(number).otherwise(code)
    return code


def running() -> pl.Expr:
    """Whether a line (size, SHAPES) is running text: a sentence or more, of some length."""
    return pl.col("ending").is_in(TERMINAL) & (pl.col("size") >= RUNNING_WORDS)


def shape_codes(distinct: pl.DataFrame) -> Codes:
    """Categories of each distinct line (with size and SHAPES) by itself; most are crossed with its length (6 classes)."""
    s = {name: distinct[name].to_numpy() for name in ("size", *SHAPES)}
    length = length_class(s["size"])

    def crossed(code: NDArray[np.int64], levels: int) -> NDArray[np.int64]:
        return length * levels + code

    flags = {name: (length >= 2) * 2 + s[name] for name in ("url", "copyright", "date", "clock", "number")}
    return {
        "size": bins(s["size"], 1, 2, 3, 4, 5, 7, 9, 12, 16, 22, 32, 48, 80),
        "end": crossed(s["ending"], 9),
        "start": crossed(s["opening"], 7),
        "capitals": crossed(capitals_class(s["capitals"]), 9),
        "shouting": bins(s["shouting"], 0.001, 0.1, 0.3, 0.7),
        "digits": crossed(bins(s["digits"], 0.001, 0.05, 0.15, 0.3, 0.6), 6),
        "bars": crossed(bars_class(s["bars"]), 4),
        "sentences": crossed(bins(s["sentences"], 1, 2, 4), 4),
        "commas": crossed(bins(s["commas"] / np.maximum(s["size"], 1), 0.001, 0.04, 0.08, 0.14), 5),
        **flags,
    }


def bins(value: NDArray[Any], *edges: float) -> NDArray[np.int64]:
    """How many of the edges each value reaches."""
    return np.searchsorted(np.asarray(edges, np.float64), value, side="right").astype(np.int64)


def length_class(size: NDArray[Any]) -> NDArray[np.int64]:
    """0-5, from a word or two to a paragraph."""
    return bins(size, 3, 6, 10, 18, 32)


def capitals_class(capitals: NDArray[Any]) -> NDArray[np.int64]:
    """0: a script without case; 1: none; ... 8: (nearly) every word."""
    return bins(capitals, -0.5, 0.001, 0.08, 0.15, 0.3, 0.5, 0.7, 0.9)


def bars_class(count: NDArray[Any]) -> NDArray[np.int64]:
    """0-3."""
    return bins(count, 1, 2, 4)
