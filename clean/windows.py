"""Windows over runs: what polars' `.over` gives for a key whose rows stand together, such as the document in sorted lines;
and what is asked of some rows only.

`.over` runs a shift, a running sum or a row number once for each group: with documents of a few lines each, that took
thirty times as long as one pass over the column. (Aggregations such as `.sum().over("doc")` are one pass already.)
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray


def in_order(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines (doc, seg) by document and segment. Mostly they are already: to check costs a hundredth of sorting by two columns."""
    doc, seg = pl.col("doc"), pl.col("seg")
    below = (doc > doc.shift(1)) | ((doc == doc.shift(1)) & (seg > seg.shift(1)))
    return lines if lines.select(below.all()).item() else lines.sort("doc", "seg")


def opens(key: str) -> pl.Expr:
    """Whether a run of equal `key` begins here. The key is never null."""
    return pl.col(key).ne_missing(pl.col(key).shift(1))


def starts(key: pl.Series) -> NDArray[np.int64]:
    """The rows at which a run of equal numbers begins. Shape (runs,)."""
    return np.flatnonzero(np.diff(key.to_numpy().astype(np.int64), prepend=-1))


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


def any_of(mark: pl.Expr, key: str) -> pl.Expr:
    """`mark.any().over(key)`, for a key in any order: the keys of marked rows are looked up, and no group is formed."""
    return pl.col(key).is_in(pl.col(key).filter(mark).implode())


def only_where(rows: pl.Expr, table: pl.DataFrame, **asked: pl.Expr) -> pl.DataFrame:
    """`table` with the columns `asked`, worked out for some of its rows; null elsewhere.

    `pl.when(rows).then("line").str.contains(...)` reads every line: what is null is looked at, and then forgotten.
    """
    chosen = table.select(rows.fill_null(False)).to_series()
    found = table.lazy().filter(chosen).select(**asked).collect()  # lazy: columns that nobody asks for are not filtered
    place = pl.select(pl.when(chosen).then(chosen.cast(pl.UInt32).cum_sum() - 1)).to_series()
    return table.with_columns(column.gather(place) for column in found)
