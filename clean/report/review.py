"""The ledger as lines that a person can read in a diff."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from clean.visible import json_text

if TYPE_CHECKING:
    import polars as pl

LEDGER_LINES = "ledger.jsonl"


def write_ledger(parts: Sequence[pl.LazyFrame], folder: Path) -> Path:
    """Write `ledger.jsonl`: one change a line, nulls left out. Bytes that are no UTF-8 show as \\xNN; Parquet has them."""
    path = folder / LEDGER_LINES
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in chain.from_iterable(part.drop("doc", "twin_doc").collect().iter_rows(named=True) for part in parts):
            shown = {
                name: value.decode(errors="backslashreplace") if isinstance(value, bytes) else value
                for name, value in row.items()
            }
            line = json.dumps({name: value for name, value in shown.items() if value is not None}, ensure_ascii=False)
            file.write(json_text(line) + "\n")
    return path
