"""Counts: how many documents, characters, removals, repairs and kept places there are, in all and by rule."""

from __future__ import annotations

import polars as pl
from polars import col

from clean.schema import RULES
from clean.stages.measure.facts import Facts, fraction
from clean.stages.measure.tables import WHOLE
from clean.stages.measure.tallies import Rows, Tally, ones, summed


def _totals(rows: Rows) -> pl.DataFrame:
    """One row: documents of each kind, characters, bytes, repairs of each kind, and removals that are in no cluster."""
    stayed, damage = col.fate == "kept", col.damage
    documents = rows.documents.select(
        documents=pl.len().cast(pl.Int64),
        kept=ones(stayed),
        removed=ones(~stayed),
        null_text=ones(stayed & col.null),
        changed=ones(stayed & (col.removed > 0)),
        repaired=ones(stayed & (col.repairs > 0)),
        emptied=ones(stayed & (col.chars_out == 0) & (col.removed > 0)),
        chars_in=col.chars_in.sum(),
        chars_repaired=col("size").sum(),
        chars_removed=col.removed.sum(),
        chars_out=col.chars_out.sum(),
        bytes_in=col.raw_bytes.sum(),
        bytes_repaired=col.length.sum(),
        bytes_removed=col.removed_bytes.sum(),
    )
    repairs = rows.repairs.select(
        damage_edits=ones(damage),
        damage_documents=col.doc.filter(damage).n_unique().cast(pl.Int64),
        normalisation_edits=ones(~damage),
        normalisation_documents=col.doc.filter(~damage).n_unique().cast(pl.Int64),
    )
    return documents.hstack(repairs).hstack(rows.removals.select(alone=ones(col.cluster.is_null())))


def _repairs(rows: Rows) -> pl.DataFrame:
    names = rows.repairs.select(name=col.rule.str.split("+").explode())
    return names.group_by("name").agg(edits=pl.len().cast(pl.Int64))


TALLIES = {
    "totals": Tally(_totals, summed()),
    "fates": Tally(lambda rows: rows.documents.select("fate", documents=pl.lit(1, dtype=pl.Int64)), summed("fate")),
    "rules": Tally(
        lambda rows: rows.removals.group_by("rule").agg(
            segments=pl.len().cast(pl.Int64), chars=col.chars.sum(), documents=col.doc.n_unique().cast(pl.Int64)
        ),
        summed("rule"),
    ),
    "repairs": Tally(_repairs, summed("name")),
    "reasons": Tally(
        lambda rows: rows.stays.group_by("reason").agg(
            places=pl.len().cast(pl.Int64), documents=col.doc.n_unique().cast(pl.Int64)
        ),
        summed("reason"),
    ),
}

OF_CLUSTERS = {
    "decided": Tally(lambda slot: slot.decisions.group_by("rule").agg(clusters=pl.len().cast(pl.Int64)), summed("rule")),
    "spared": Tally(lambda slot: slot.repeats.group_by("reason").agg(clusters=pl.len().cast(pl.Int64)), summed("reason")),
}


def count_documents(totals: Facts, groups: pl.DataFrame, bad: pl.DataFrame) -> Facts:
    """read = kept + removed + quarantined; null_text, changed (something removed), repaired and emptied are kept."""
    counts = {name: totals[name] for name in ("kept", "removed", "null_text", "changed", "repaired", "emptied")}
    return {"read": totals["documents"] + bad.height, **counts, "quarantined": bad.height, "groups": groups.height}


def count_text(totals: Facts) -> Facts:
    """Characters and bytes: in, after repair, removed, out."""
    return {
        "chars_in": totals["chars_in"],
        "chars_repaired": totals["chars_repaired"],
        "chars_removed": totals["chars_removed"],
        "chars_out": totals["chars_out"],
        "removed_share": fraction(totals["chars_removed"], totals["chars_repaired"]),
        "bytes_in": totals["bytes_in"],
        "bytes_repaired": totals["bytes_repaired"],
        "bytes_removed": totals["bytes_removed"],
        "bytes_out": totals["bytes_repaired"] - totals["bytes_removed"],
    }


def count_rules(rules: pl.DataFrame, fates: pl.DataFrame, decided: pl.DataFrame, totals: Facts) -> Facts:
    """For all of schema.RULES: segments, chars, documents, clusters, and the share of the repaired text."""
    clusters = dict(decided.iter_rows())
    found = {row.pop("rule"): row for row in rules.sort("rule").to_dicts()}
    whole = dict(fates.iter_rows())
    counted = {}
    for rule in (*RULES, *sorted(set(found) - set(RULES))):
        row = {**(found.get(rule) or {"segments": 0, "chars": 0, "documents": 0}), "clusters": clusters.get(rule, 0)}
        if rule in WHOLE:  # an empty document that is there twice leaves no byte in the ledger, but a fate
            row["segments"] = row["documents"] = max(row["documents"], whole.get(rule, 0))
        counted[rule] = {**row, "share": fraction(row["chars"], totals["chars_repaired"])}
    return counted


def count_repairs(repairs: pl.DataFrame) -> dict[str, int]:
    """Each repair's count, most frequent first; `unescape_html+normalize` counts once for each name."""
    return dict(repairs.sort("edits", "name", descending=[True, False]).iter_rows())


def count_repair_kinds(totals: Facts) -> Facts:
    """Edits and documents of damage that was mended, and of mere normalisation, apart."""
    return {
        kind: {counted: totals[f"{kind}_{counted}"] for counted in ("edits", "documents")} for kind in ("damage", "normalisation")
    }


def count_kept(reasons: pl.DataFrame, spared: pl.DataFrame) -> Facts:
    """For each reason to keep: clusters, places, documents."""
    counts = spared.join(reasons, on="reason").select("reason", "clusters", "places", "documents").sort("reason")
    return {row.pop("reason"): row for row in counts.to_dicts()}
