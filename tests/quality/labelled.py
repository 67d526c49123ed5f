"""Labelled pages as lines: what training and measuring read, in the form that the stages take."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl

from clean.config import Config
from clean.stages.segment import segmented
from clean.stages.weigh import CENSUS, common_words, look, numbered, words

EVAL = Path(__file__).parent.parent.parent.parent / "shared" / "eval"
Page = dict[str, Any]


def path_of(name: str) -> Path:
    """Where a set of the evaluation data is; ends the program with a word on it where it is not."""
    path = EVAL / name
    if not path.exists():
        raise SystemExit(f"{name} is not there. It is expected at ../shared/eval/{name}, relative to the repository's root.")
    return path


def read(name: str) -> list[Page]:
    """The records of a .jsonl or .jsonl.gz file."""
    path = path_of(name)
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    return [json.loads(record) for record in text.split("\n") if record.strip()]


def lines_of(pages: list[Page]) -> pl.DataFrame:
    """WEIGHABLE lines of the pages, in order, with their `label` (1: content), `ignore` and `doc_id`. Equal lines are one cluster."""
    table = pl.DataFrame(
        {
            "doc": pl.Series(range(len(pages)), dtype=pl.UInt32),
            "group": [f"{page['dataset']}/{page['site']}" for page in pages],
            "text": [page["text"] for page in pages],
        }
    )
    gold = pl.DataFrame(
        {
            "doc": table["doc"],
            "doc_id": [page["doc_id"] for page in pages],
            "dataset": [page["dataset"] for page in pages],
            "type": [page.get("page_type", "") for page in pages],
            "label": [page["labels"] for page in pages],
            "ignore": [page.get("ignore") or [0] * len(page["labels"]) for page in pages],
        }
    )
    gold = gold.with_columns(seg=pl.int_ranges(0, pl.col("label").list.len(), dtype=pl.UInt32)).explode("label", "ignore", "seg")
    lines = segmented(table, Config()).join(gold, on=["doc", "seg"], how="inner", maintain_order="left")
    return with_clusters(lines.drop_nulls("passage"))


def with_clusters(lines: pl.DataFrame) -> pl.DataFrame:
    """The lines with each passage as its own cluster, and the sites that hold it."""
    lines = lines if "line_key" in lines.columns else numbered(lines.hstack(look(lines, Config())))
    return lines.with_columns(cluster="passage", sites=pl.col("group").n_unique().over("passage").cast(pl.UInt32))


def common_of(lines: pl.DataFrame) -> pl.DataFrame:
    """COMMON of a corpus, as the pipeline makes it."""
    census = lines.select(documents=pl.col("doc").n_unique()).cast(dict(CENSUS))
    return common_words(words(lines, Config()), Config(), census)
