"""The floor: read a corpus and write it again with polars, and nothing else: `python copying.py IN OUT`."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl


def copy(source: Path, target: Path) -> None:
    """Read and write JSON Lines or Parquet, as the name says."""
    if source.suffix == ".jsonl":
        pl.read_ndjson(source).write_ndjson(target)
    else:
        pl.read_parquet(source).write_parquet(target)


def to_parquet(source: Path, target: Path) -> None:
    """JSON Lines as Parquet, in little memory."""
    pl.scan_ndjson(source).sink_parquet(target)


if __name__ == "__main__":
    given, wanted = map(Path, sys.argv[1:])
    (copy if given.suffix == wanted.suffix else to_parquet)(given, wanted)
