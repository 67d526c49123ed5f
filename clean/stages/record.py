"""The record of a run: one row a change (ledger), one row a document (fates)."""

from __future__ import annotations

import hashlib

import polars as pl

from clean.schema import FATES, LEDGER

# Scores are rounded: the last bits of a logarithm differ between processors, and the ledger must not.
_DIGITS = 4


def ledger(documents: pl.DataFrame, repaired: pl.DataFrame, *removals: pl.DataFrame) -> pl.DataFrame:
    """The LEDGER: every edit of every document, repairs first, sorted by document, layer and place.

    `removals`: tables of doc, EDIT's start, before and after, and of the verdict's evidence what there is.
    """
    names = documents.select("doc", "doc_id")
    repairs = repaired.select("doc", "edits").explode("edits").drop_nulls("edits").unnest("edits")
    rows = pl.concat(
        [
            pl.DataFrame(schema=LEDGER | {"cluster": pl.UInt128}).drop("doc_id", "twin_doc_id"),
            repairs.with_columns(layer=pl.lit("repair")),
            *(table.with_columns(layer=pl.lit("removal")) for table in removals),
        ],
        how="diagonal",
    )
    twins = names.rename({"doc": "twin_doc", "doc_id": "twin_doc_id"})
    rows = rows.join(names, on="doc", how="left").join(twins, on="twin_doc", how="left")
    return (
        rows.with_columns(pl.col("score").round(_DIGITS), cluster=_hexadecimal(rows["cluster"]))
        .select(list(LEDGER))
        .sort("doc", pl.col("layer") == "removal", "start")
    )


def fates(documents: pl.DataFrame, repaired: pl.DataFrame, texts: pl.DataFrame, copies: pl.DataFrame) -> pl.DataFrame:
    """One row a document: what became of it, with the hashes that restoring it must meet. Yields FATES.

    `texts`: doc, text as published, of the documents that stay. `copies`: doc, rule of those that do not.
    """
    table = (
        documents.join(repaired.select("doc", "text", "chars"), on="doc", how="left", maintain_order="left")
        .join(texts.rename({"text": "published"}), on="doc", how="left", maintain_order="left")
        .join(copies.select("doc", "rule"), on="doc", how="left", maintain_order="left")
    )
    gone = pl.col("rule").is_not_null()
    return table.select(
        "doc",
        "doc_id",
        "group",
        "source",
        "row",
        fate=pl.col("rule").fill_null("kept"),
        raw_bytes=pl.col("raw").bin.size().fill_null(0).cast(pl.UInt64),
        raw_sha256=_sha256(table["raw"]),
        chars_in=pl.col("chars").fill_null(0).cast(pl.UInt64),
        chars_out=pl.col("published").str.len_chars().fill_null(0).cast(pl.UInt64),
        text_sha256=_sha256(table["published"].cast(pl.Binary)),
        meta=pl.when(gone).then("meta"),
    ).cast(FATES)  # type: ignore[arg-type]  # polars' own stub wants one key type


def _sha256(texts: pl.Series) -> pl.Series:
    digests = [None if text is None else hashlib.sha256(text).hexdigest() for text in texts]
    return pl.Series(texts.name, digests, dtype=pl.String)


def _hexadecimal(keys: pl.Series) -> pl.Series:
    distinct = keys.drop_nulls().unique()
    names = pl.Series([f"{key:032x}" for key in distinct], dtype=pl.String)
    named = pl.DataFrame({"key": distinct, "name": names})
    return pl.DataFrame({"key": keys}).join(named, on="key", how="left", maintain_order="left")["name"]
