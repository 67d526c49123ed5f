"""The default engine: polars, on this machine, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import polars as pl

from clean.config import Config
from clean.engines.ordered import ordered
from clean.stage import Stage

Item = TypeVar("Item")
Done = TypeVar("Done")


@dataclass(frozen=True)
class LocalEngine:
    """Runs stages on one machine. `batches` and `partitions` above 1 cut the tables, to prove that it changes nothing."""

    config: Config
    batches: int = 1
    partitions: int = 1
    workers: int = 1

    @property
    def elsewhere(self) -> bool:
        """They are threads."""
        return False

    def map(self, stage: Stage, table: pl.DataFrame, beside: pl.DataFrame | None = None) -> pl.DataFrame:
        """`stage` over the rows of `table`, batch by batch."""
        size = max(1, -(-len(table) // self.batches))
        return self._each(stage, list(table.iter_slices(size)), table, beside)

    def group(self, stage: Stage, table: pl.DataFrame, by: str, beside: pl.DataFrame | None = None) -> pl.DataFrame:
        """`stage` over whole groups of equal `by`, one hash partition at a time."""
        if self.partitions == 1:
            return stage(table, self.config, beside)
        slot = table[by].hash(self.config.seed) % self.partitions
        return self._each(stage, [table.filter(slot == number) for number in range(self.partitions)], table, beside)

    def join(self, left: pl.DataFrame, right: pl.DataFrame, on: list[str]) -> pl.DataFrame:
        """The rows of `left`, in their order, with the columns of `right`, each key once, where `on` agrees."""
        return left.join(right, on=on, how="left", maintain_order="left", validate="m:1")

    def each(self, function: Callable[[Item], Done], items: Iterable[Item]) -> Iterator[Done]:
        """Threads: polars and the kernels let others run while they work."""
        if self.workers == 1:
            yield from map(function, items)
            return
        yield from ordered(function, items, self.workers, lambda: self.workers)

    def _each(self, stage: Stage, batches: list[pl.DataFrame], table: pl.DataFrame, beside: pl.DataFrame | None) -> pl.DataFrame:
        done = [stage(batch, self.config, beside) for batch in batches if not batch.is_empty()]
        return pl.concat(done) if done else stage(table.clear(), self.config, beside)
