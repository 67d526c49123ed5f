"""Counts: how many documents, characters, removals, repairs and kept places there are, in all and by rule."""

from __future__ import annotations

import polars as pl
from polars import col

from clean.schema import RULES
from clean.stages.measure.facts import Facts, fraction
from clean.stages.measure.tables import WHOLE


def count_documents(documents: pl.DataFrame, bad: pl.DataFrame) -> Facts:
    """read = kept + removed + quarantined; null_text, changed (something removed), repaired and emptied are kept."""
    stayed = col.fate == "kept"
    counts = documents.select(
        kept=stayed.sum(),
        removed=(~stayed).sum(),
        null_text=(stayed & col.null).sum(),
        changed=(stayed & (col.removed > 0)).sum(),
        repaired=(stayed & (col.repairs > 0)).sum(),
        emptied=(stayed & (col.chars_out == 0) & (col.removed > 0)).sum(),
    ).row(0, named=True)
    return {"read": documents.height + bad.height, **counts, "quarantined": bad.height, "groups": documents["group"].n_unique()}


def count_text(documents: pl.DataFrame) -> Facts:
    """Characters and bytes: in, after repair, removed, out."""
    total = documents.select(col("chars_in", "chars_out", "removed", "size", "raw_bytes", "length", "removed_bytes").sum())
    sums = total.row(0, named=True)
    return {
        "chars_in": sums["chars_in"],
        "chars_repaired": sums["size"],
        "chars_removed": sums["removed"],
        "chars_out": sums["chars_out"],
        "removed_share": fraction(sums["removed"], sums["size"]),
        "bytes_in": sums["raw_bytes"],
        "bytes_repaired": sums["length"],
        "bytes_removed": sums["removed_bytes"],
        "bytes_out": sums["length"] - sums["removed_bytes"],
    }


def count_rules(removals: pl.DataFrame, documents: pl.DataFrame) -> Facts:
    """For all of schema.RULES: segments, chars, documents, clusters, and the share of the repaired text."""
    counts = removals.group_by("rule").agg(
        segments=pl.len(), chars=col.chars.sum(), documents=col.doc.n_unique(), clusters=col.cluster.drop_nulls().n_unique()
    )
    found = {row.pop("rule"): row for row in counts.sort("rule").to_dicts()}
    whole = dict(documents.group_by("fate").len().iter_rows())
    total = int(documents["size"].sum())
    rules = {}
    for rule in (*RULES, *sorted(set(found) - set(RULES))):
        row = found.get(rule) or {"segments": 0, "chars": 0, "documents": 0, "clusters": 0}
        if rule in WHOLE:  # an empty document that is there twice leaves no byte in the ledger, but a fate
            row["segments"] = row["documents"] = max(row["documents"], whole.get(rule, 0))
        rules[rule] = {**row, "share": fraction(row["chars"], total)}
    return rules


def count_repairs(repairs: pl.DataFrame) -> dict[str, int]:
    """Each repair's count, most frequent first; `unescape_html+normalize` counts once for each name."""
    names = repairs.select(col.rule.str.split("+").explode()).group_by("rule").len()
    return dict(names.sort("len", "rule", descending=[True, False]).iter_rows())


def count_repair_kinds(repairs: pl.DataFrame) -> Facts:
    """Edits and documents of damage that was mended, and of mere normalisation, apart."""
    kinds = {}
    for kind, rows in (("damage", repairs.filter("damage")), ("normalisation", repairs.filter(~col.damage))):
        kinds[kind] = {"edits": rows.height, "documents": rows["doc"].n_unique()}
    return kinds


def count_kept(stays: pl.DataFrame) -> Facts:
    """For each reason to keep: clusters, places, documents."""
    counts = stays.group_by("reason").agg(clusters=col.cluster.n_unique(), places=pl.len(), documents=col.doc.n_unique())
    return {row.pop("reason"): row for row in counts.sort("reason").to_dicts()}
