"""All that a pipeline may ask of what it runs on: the verbs of an engine, and workers, on one machine or on many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

import polars as pl

from clean.config import Config
from clean.stage import Stage

Item = TypeVar("Item")
Done = TypeVar("Done")


class Workers(Protocol):
    """Do independent units of work."""

    @property
    def elsewhere(self) -> bool:
        """Whether they are on other machines: then what they read is better read there."""

    def each(self, function: Callable[[Item], Done], items: Iterable[Item]) -> Iterator[Done]:
        """`function` of each of many independent things, side by side where there are workers; the results in order.

        Things are taken as there is room for them, not all at once.
        """


class Machines(Protocol):
    """Many machines, or many processes of this one."""

    def workers(self, versions: Mapping[str, str], room: int) -> AbstractContextManager[Workers]:
        """Connected, until the block ends. `versions`: of packages that must be the same on every machine; `room`: how many
        units of work this machine can hold, should it do them itself."""


class Engine(Workers, Protocol):
    """Runs stages over tables. The same tables come out whatever the batches, partitions and workers."""

    @property
    def config(self) -> Config:
        """The settings of the run."""

    def map(self, stage: Stage, table: pl.DataFrame, beside: pl.DataFrame | None = None) -> pl.DataFrame:
        """`stage` over the rows of `table`, in batches of any size; row order is kept. Each call gets `beside` whole."""

    def group(self, stage: Stage, table: pl.DataFrame, by: str, beside: pl.DataFrame | None = None) -> pl.DataFrame:
        """`stage` over whole groups of equal `by`, many a call. Each call gets `beside` whole."""

    def join(self, left: pl.DataFrame, right: pl.DataFrame, on: list[str]) -> pl.DataFrame:
        """The rows of `left`, in their order, with the columns of `right` where `on` agrees, else null."""
