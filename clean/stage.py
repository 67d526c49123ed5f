"""What a stage is: a pure function from a table to a table, checked at its borders.

    @stage(takes=DOCUMENTS, yields=REPAIRED)
    def repair(documents: pl.DataFrame, config: Config) -> pl.DataFrame: ...

A stage reads no file, keeps no state and does not know which engine runs it. It may be called on any
batch of rows (`map`) or on whole groups, many per call (`group`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from clean.config import Config
from clean.schema import Schema, empty

Run = Callable[[pl.DataFrame, Config], pl.DataFrame]


@dataclass(frozen=True)
class Stage:
    """A named function from a table to a table, with the columns it needs and those it gives."""

    name: str
    takes: Schema
    yields: Schema
    run: Run

    def __call__(self, table: pl.DataFrame, config: Config) -> pl.DataFrame:
        """Run on one batch; raises TypeError when a column is missing or of another type."""
        check(f"{self.name} takes", table, self.takes)
        if table.is_empty():
            return empty(self.yields)
        result = self.run(table, config)
        check(f"{self.name} yields", result, self.yields)
        return result.select(list(self.yields))


def stage(*, takes: Schema, yields: Schema) -> Callable[[Run], Stage]:
    """Make a stage of a function; its name is the function's."""

    def wrap(run: Run) -> Stage:
        return Stage(run.__name__, takes, yields, run)

    return wrap


def check(border: str, table: pl.DataFrame, schema: Schema) -> None:
    """Raise TypeError, naming the border and the column, when `table` does not fit `schema`."""
    for column, dtype in schema.items():
        if column not in table.columns:
            raise TypeError(f"{border} a column {column!r}, which is not there: {table.columns}")
        if table.schema[column] != dtype:
            raise TypeError(f"{border} {column!r} as {dtype}, not {table.schema[column]}")
