"""Determinism: the same sha256 of every published file, whatever the threads, hash seed, order of arguments and pieces."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import polars as pl

from clean.config import Config
from clean.engines.local import LocalEngine
from clean.pipeline import Outcome, clean
from clean.store.reading import read
from reliability.bench import FORMATS, command, corpus, tree

SEEDS = Path(__file__).parents[2] / "seeds"
TABLES = ("texts", "repaired", "ledger", "fates", "kept")
COLUMNS = ["what is varied", "runs", "files or tables compared", "that differ"]


@dataclass
class Tally:
    """How often something was varied, what was compared, and what differed."""

    name: str
    runs: int = 0
    compared: int = 0
    differ: list[str] = field(default_factory=list)

    def row(self) -> list[str]:
        """For the table."""
        return [self.name, f"{self.runs:,}", f"{self.compared:,}", f"{len(self.differ):,}"]


def campaign(documents: int, rounds: int, seed: int) -> Iterator[Tally]:
    """Every way to vary a run, over the seeds and a corpus of so many documents in four formats."""
    with tempfile.TemporaryDirectory() as given:
        folder = Path(given)
        corpus(folder / "in", documents)
        (folder / "seeds").symlink_to(SEEDS)
        yield processes(folder, rounds, random.Random(seed))
        yield pieces(folder)


def processes(folder: Path, rounds: int, chance: random.Random) -> Tally:
    """The command with threads 1, 2 and 4, several hash seeds, and its arguments shuffled: folders, or files one by one."""
    tally, first = Tally("threads, PYTHONHASHSEED, order and spelling of arguments"), None
    for number in range(rounds):
        threads = (1, 2, 4)[number % 3]
        arguments = ["in", "seeds"] if number % 2 else ["in", *(str(path) for path in sorted(folder.glob("seeds/*.txt")))]
        chance.shuffle(arguments)
        out = f"out{number}"
        environment = {"PYTHONHASHSEED": str(chance.randrange(2**32)), "POLARS_MAX_THREADS": str(threads)}
        workers = ["--workers", str(threads)] if number % 2 else []
        ended = command(
            "run", *arguments, "-o", out, "--review", "--max-bad", "1", *FORMATS, *workers, cwd=folder, environment=environment
        )
        here = tree(folder / out) if ended.code == 0 else {"": ended.stderr}
        first = first or here
        tally.runs += 1
        tally.compared += len(here)
        tally.differ += [f"{out}: {name}" for name in sorted(first.keys() | here.keys()) if first.get(name) != here.get(name)]
    return tally


def pieces(folder: Path, counts: tuple[int, ...] = (1, 3, 7)) -> Tally:
    """The engine's tables cut into batches and partitions: every table of the outcome."""
    tally, first = Tally("the engine's batches and partitions"), None
    config = Config()
    documents = read([str(folder / "in"), str(SEEDS)], config).documents
    for batches, partitions in product(counts, counts):
        here = clean(documents, LocalEngine(config, batches=batches, partitions=partitions))
        first = first or here
        tally.runs += 1
        tally.compared += len(TABLES)
        tally.differ += [f"{batches} batches, {partitions} partitions: {name}" for name in _differing(first, here)]
    return tally


def _differing(one: Outcome, other: Outcome) -> list[str]:
    return [name for name in TABLES if not _table(one, name).equals(_table(other, name))]


def _table(outcome: Outcome, name: str) -> pl.DataFrame:
    table: pl.DataFrame = getattr(outcome, name)
    return table
