"""The record of a run: one row a change (ledger), one row a document (fates)."""

from __future__ import annotations

import hashlib

import polars as pl

from clean.config import Config
from clean.schema import ABOUT, DOCUMENTS, FATES, LEDGER, REPAIRED
from clean.stage import stage

# Scores are rounded: the last bits of a logarithm differ between processors, and the ledger must not.
_DIGITS = 4


@stage(takes={name: dtype for name, dtype in (REPAIRED | DOCUMENTS).items() if name not in ("text", "edits")}, yields=ABOUT)
def describe(documents: pl.DataFrame, config: Config) -> pl.DataFrame:
    """What is to be known of each document without its text. Shape (rows of `documents`, 9)."""
    return documents.with_columns(
        raw_bytes=pl.col("raw").bin.size().fill_null(0).cast(pl.UInt64), raw_sha256=_sha256(documents["raw"])
    )


def ledger(repairs: pl.DataFrame, removals: pl.DataFrame, names: pl.Series) -> pl.DataFrame:
    """The LEDGER of some documents: repairs first, sorted by document, layer and place. Takes REPAIRS and REMOVALS.

    `names`: every document's id, by its ordinal.
    """
    rows = pl.concat(
        [
            pl.DataFrame(schema=LEDGER | {"cluster": pl.UInt128}).drop("doc_id", "twin_doc_id"),
            repairs.with_columns(layer=pl.lit("repair")),
            removals.with_columns(layer=pl.lit("removal")),
        ],
        how="diagonal",
    )
    return (
        rows.with_columns(
            pl.col("score").round(_DIGITS),
            cluster=hexadecimal(rows["cluster"]),
            doc_id=names.gather(rows["doc"]),
            twin_doc_id=names.gather(rows["twin_doc"]),
        )
        .select(list(LEDGER))
        .sort("doc", pl.col("layer") == "removal", "start")
    )


def fates(about: pl.DataFrame, texts: pl.DataFrame, copies: pl.DataFrame) -> pl.DataFrame:
    """One row a document: what became of it, with the hashes that restoring it must meet. Takes ABOUT; yields FATES.

    `texts`: doc, text as published, of the documents that stay. `copies`: doc, rule of those that do not.
    """
    table = about.join(texts.rename({"text": "published"}), on="doc", how="left", maintain_order="left").join(
        copies.select("doc", "rule"), on="doc", how="left", maintain_order="left"
    )
    gone = pl.col("rule").is_not_null()
    return table.select(
        "doc",
        "doc_id",
        "group",
        "source",
        "row",
        "raw_bytes",
        "raw_sha256",
        fate=pl.col("rule").fill_null("kept"),
        chars_in=pl.col("chars").fill_null(0),
        chars_out=pl.col("published").str.len_chars().fill_null(0).cast(pl.UInt64),
        text_sha256=_sha256(table["published"].cast(pl.Binary)),
        meta=pl.when(gone).then("meta"),
    ).select(list(FATES))


def _sha256(texts: pl.Series) -> pl.Series:
    digests = [None if text is None else hashlib.sha256(text).hexdigest() for text in texts]
    return pl.Series(texts.name, digests, dtype=pl.String)


def hexadecimal(keys: pl.Series) -> pl.Series:
    """Keys of 128 bits as LEDGER writes them; null stays null."""
    distinct = keys.drop_nulls().unique()
    names = pl.Series([f"{key:032x}" for key in distinct], dtype=pl.String)
    named = pl.DataFrame({"key": distinct, "name": names})
    return pl.DataFrame({"key": keys}).join(named, on="key", how="left", maintain_order="left")["name"]
