"""What a stage is: a pure function from a table to a table, checked at its borders.

    @stage(takes=DOCUMENTS, yields=REPAIRED)
    def repair(documents: pl.DataFrame, config: Config) -> pl.DataFrame: ...

A stage reads no file, keeps no state and does not know which engine runs it. It may be called on any
batch of rows (`map`) or on whole groups, many per call (`group`). A small table that every call needs whole
(how common each word is) stands `beside` the one that is cut into batches:

    @stage(takes=WEIGHABLE, beside=COMMON, yields=WEIGHTS)
    def weigh(lines: pl.DataFrame, common: pl.DataFrame, config: Config) -> pl.DataFrame: ...
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from clean.config import Config
from clean.schema import Schema, empty

Run = Callable[..., pl.DataFrame]  # (table, config), or (table, beside, config)


@dataclass(frozen=True)
class Stage:
    """A named function from a table to a table, with the columns it needs and those it gives."""

    name: str
    takes: Schema
    yields: Schema
    run: Run
    beside: Schema | None = None  # of the small table that every call needs whole

    def __call__(self, table: pl.DataFrame, config: Config, beside: pl.DataFrame | None = None) -> pl.DataFrame:
        """Run on the columns it takes of one batch.

        Raises TypeError when a column is missing or of another type, or `beside` is (or is not) there.
        """
        check(f"{self.name} takes", table, self.takes)
        if (beside is None) != (self.beside is None):
            raise TypeError(f"{self.name} takes {'a' if self.beside else 'no'} table beside")
        if beside is not None and self.beside is not None:
            check(f"{self.name} takes beside", beside, self.beside)
        if table.is_empty():
            return empty(self.yields)
        table = table.select(list(self.takes))  # or each filter and sort in it would move columns that nobody reads
        result = self.run(table, config) if beside is None else self.run(table, beside, config)
        check(f"{self.name} yields", result, self.yields)
        return result.select(list(self.yields))


def stage(*, takes: Schema, yields: Schema, beside: Schema | None = None) -> Callable[[Run], Stage]:
    """Make a stage of a function; its name is the function's."""

    def wrap(run: Run) -> Stage:
        return Stage(run.__name__, takes, yields, run, beside)

    return wrap


def check(border: str, table: pl.DataFrame, schema: Schema) -> None:
    """Raise TypeError, naming the border and the column, when `table` does not fit `schema`."""
    for column, dtype in schema.items():
        if column not in table.columns:
            raise TypeError(f"{border} a column {column!r}, which is not there: {table.columns}")
        if table.schema[column] != dtype:
            raise TypeError(f"{border} {column!r} as {dtype}, not {table.schema[column]}")
