"""Windows over runs: what polars' `.over` gives for a key whose rows stand together, such as the document in sorted lines.

`.over` runs a shift, a running sum or a row number once for each group: with documents of a few lines each, that took
thirty times as long as one pass over the column. (Aggregations such as `.sum().over("doc")` are one pass already.)
"""

from __future__ import annotations

import polars as pl


def opens(key: str) -> pl.Expr:
    """Whether a run of equal `key` begins here. The key is never null."""
    return pl.col(key).ne_missing(pl.col(key).shift(1))


def beside(value: pl.Expr, step: int, key: str) -> pl.Expr:
    """`value.shift(-step).over(key)`: the value `step` rows below (above, where negative); null outside of the run."""
    return pl.when(pl.col(key) == pl.col(key).shift(-step)).then(value.shift(-step))


def so_far(value: pl.Expr, key: str) -> pl.Expr:
    """`value.cum_sum().over(key)`, as UInt32: of marks or counts (never null), down to the row itself."""
    total = value.cast(pl.Int64).cum_sum()
    before = pl.when(opens(key)).then(total - value.cast(pl.Int64)).forward_fill()
    return (total - before).cast(pl.UInt32)


def place(key: str) -> pl.Expr:
    """`pl.int_range(pl.len()).over(key)`: the row's number in its run, from 0."""
    row = pl.int_range(pl.len())
    return row - pl.when(opens(key)).then(row).forward_fill()


def run(value: pl.Expr, key: str) -> pl.Expr:
    """Which run of equal values a row is in; runs end with those of `key`. Numbers rise through the table."""
    return (opens(key) | value.ne_missing(value.shift(1))).cast(pl.UInt32).cum_sum()
