"""The real command, run over records in an empty folder."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

FIELDS = ("dataset", "site", "doc_id", "text")  # what a cleaner may see


@dataclass(frozen=True)
class Cleaned:
    """What a run gave back."""

    texts: dict[str, str | None]  # of the documents that stay, by doc_id
    merged: list[tuple[str, str]]  # removed document and the one that stays for it
    rules: dict[str, int]  # removed segments by rule


def read(path: Path) -> list[dict[str, Any]]:
    """The records of a JSON Lines file, gzipped or not."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def clean(records: Iterable[Mapping[str, Any]], **settings: float) -> Cleaned:
    """`clean run` over the records without their labels; `site` is the group. Raises CalledProcessError, its words on stderr."""
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder, "pages.jsonl"), Path(folder, "out")
        bare = ({name: record[name] for name in FIELDS if name in record} for record in records)
        path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in bare), "utf-8")
        run = [sys.executable, "-m", "clean", "run", path.name, "-o", out.name, "--format", "jsonl"]
        run += ["--id-field", "doc_id", "--group-field", "site"]
        run += [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
        # What the shell has set must not change a measurement.
        quiet = {name: value for name, value in os.environ.items() if not name.startswith("CLEAN_")}
        done = subprocess.run(run, cwd=folder, env=quiet, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.stderr.write(done.stderr)
            done.check_returncode()
        texts = {r["doc_id"]: r["text"] for part in sorted(out.glob("data/*.jsonl*")) for r in read(part)}
        return Cleaned(texts, *_told(pl.read_parquet(out / "ledger" / "*.parquet")))


def _told(ledger: pl.DataFrame) -> tuple[list[tuple[str, str]], dict[str, int]]:
    """Merged documents, and segments by rule, of schema.LEDGER."""
    removals = ledger.filter(layer="removal")
    whole = removals.filter(pl.col("rule").is_in(["exact-document", "near-document"]))
    rules = removals.group_by("rule").len().sort("rule")
    return whole.select("doc_id", "twin_doc_id").rows(), dict(rules.rows())
