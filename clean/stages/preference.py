"""Which of several copies the user would rather keep: by the value of a field, where the setting `prefer` names one."""

from __future__ import annotations

import polars as pl

from clean.config import Config
from clean.schema import Schema

RANKS: Schema = {
    "doc": pl.UInt32,
    "rank": pl.UInt32,  # the least is the best; equal for equal values
}


def ranks(preferences: pl.DataFrame, config: Config) -> pl.DataFrame:
    """RANKS of all documents of a corpus: doc, preference. A document without a value, or NaN, comes after all that have one.

    Values are compared as numbers where all of them are numbers, else as text: 9 before 10, and dates as ISO 8601 has them.
    """
    values = preferences["preference"].replace("", None)
    for dtype in (pl.Int128, pl.Float64):  # a time in nanoseconds is no Float64: its last three digits would not count
        numbers = values.cast(dtype, strict=False)
        if numbers.null_count() == values.null_count():
            values = numbers.fill_nan(None)
            break
    rank = values.rank("dense", descending=config.prefer.startswith("-")).cast(pl.UInt32)
    return preferences.select("doc", rank=rank.fill_null(rank.n_unique() + 1))
