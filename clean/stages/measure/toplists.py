"""Top lists: what a reader should look at first, of each kind; they are capped, and `caps` says so."""

from __future__ import annotations

import polars as pl
from polars import col

from clean.config import Config
from clean.stages.measure.facts import Facts
from clean.stages.measure.tables import WHOLE, clusters_of, groups_of

TOP = 25  # rows of a top list
TOP_GROUPS = 50
TOP_DOCUMENTS = 100
NEAR = 0.9  # of a ceiling reached: worth a mark


def top_groups(documents: pl.DataFrame, config: Config) -> Facts:
    """Sites, most removed characters first: documents, copies, chars_in, chars_removed, chars_out, share."""
    groups = groups_of(documents).sort("chars_removed", "documents", "group", descending=[True, True, False]).head(TOP_GROUPS)
    near = config.max_document_share * NEAR
    return {row.pop("group"): {**row, "near_ceiling": row["share"] >= near} for row in groups.to_dicts()}


def worst(documents: pl.DataFrame) -> Facts:
    """The largest share removed of one kept document and of one site, over all of them: the gate asks for these."""
    document = documents.filter(col.fate == "kept").sort("share", "doc", descending=[True, False]).head(1)
    group = groups_of(documents).sort("share", "group", descending=[True, False]).head(1)
    return {
        "document": next(iter(document.select("doc_id", "share").to_dicts()), None),
        "group": next(iter(group.select("group", "share").to_dicts()), None),
    }


def top_clusters(removals: pl.DataFrame) -> pl.DataFrame:
    """The clusters that most documents hold."""
    order = ["docs", "copies", "chars", "cluster"]
    return clusters_of(removals).sort(order, descending=[True, True, True, False]).head(TOP)


def weakest(removals: pl.DataFrame) -> pl.DataFrame:
    """The removals on the least evidence: lowest score, then fewest documents; one of each cluster.

    No score at all is the least; only an exact copy needs none. Half of the rows are for those with a twin, if there
    are as many: a confidence and a similarity cannot be compared, and hundreds of the one would hide all of the other.
    """
    score = pl.when(col.rule == "exact-document").then(col.score.fill_null(1.0)).otherwise(col.score.fill_null(0.0))
    order = [score, col.docs.fill_null(0), col.doc, col.start]
    clustered = removals.filter(col.cluster.is_not_null()).with_columns(copies=pl.len().over("rule", "cluster"))
    alone = removals.filter(col.cluster.is_null()).with_columns(copies=pl.lit(1, pl.UInt32))
    first = clustered.sort(order).unique(["rule", "cluster"], keep="first", maintain_order=True)
    found = pl.concat([first, alone]).sort(order)
    twin = col.twin_doc.is_not_null()
    halves = [found.filter(twin), found.filter(~twin)]
    return (
        pl.concat([half.head(max(-(-TOP // 2), TOP - other.height)) for half, other in (halves, halves[::-1])])
        .sort(order)
        .head(TOP)
    )


def top_copies(removals: pl.DataFrame) -> pl.DataFrame:
    """Documents removed as a whole, least alike first."""
    whole = removals.filter(col.rule.is_in(WHOLE))
    return whole.sort(col.score.fill_null(1.0), "doc").head(TOP)


def most_removed(documents: pl.DataFrame, removals: pl.DataFrame, config: Config) -> list[Facts]:
    """Kept documents by the share that was removed from them, with the characters of each rule."""
    stayed = documents.filter(col.fate == "kept").sort("share", "removed", "doc", descending=[True, True, False])
    rows = stayed.head(TOP_DOCUMENTS)
    parts = removals.join(rows, on="doc", how="semi").group_by("doc", "rule").agg(col.chars.sum()).sort("doc", "rule")
    rules: dict[int, dict[str, int]] = {}
    for doc, rule, chars in parts.iter_rows():
        rules.setdefault(doc, {})[rule] = chars
    near = config.max_document_share * NEAR
    return [
        {
            **{name: row[name] for name in ("doc", "doc_id", "group", "chars_in", "chars_out", "share", "segments", "repairs")},
            "chars_removed": row["removed"],
            "rules": rules.get(row["doc"], {}),
            "near_ceiling": row["share"] >= near,
        }
        for row in rows.iter_rows(named=True)
    ]


def top_kept(stays: pl.DataFrame) -> pl.DataFrame:
    """What was kept though most documents hold it, by cluster and reason, at its first place."""
    order = ["docs", "places", "cluster", "reason"]
    return (
        stays.group_by("cluster", "reason", maintain_order=True)
        .agg(*(pl.first(name) for name in ("doc", "doc_id", "start", "end")), col.docs.max(), places=pl.len())
        .sort(order, descending=[True, True, False, False])
        .head(TOP)
    )


def top_quarantine(bad: pl.DataFrame) -> list[Facts]:
    """The first records that could not be read, without their bytes."""
    return bad.sort("source", "line", "offset", "reason").head(TOP).to_dicts()


def caps(
    facts: Facts, documents: pl.DataFrame, removals: pl.DataFrame, stays: pl.DataFrame, bad: pl.DataFrame
) -> dict[str, dict[str, int]]:
    """For each top list, how many rows it shows of how many there are."""
    decisions = removals.filter(col.cluster.is_not_null()).select("rule", "cluster").unique().height
    whole = {
        "groups": facts["documents"]["groups"],
        "clusters": removals["cluster"].drop_nulls().n_unique(),
        "weakest": decisions + removals["cluster"].null_count(),
        "copies": removals.filter(col.rule.is_in(WHOLE)).height,
        "most_removed": documents.filter(col.fate == "kept").height,
        "quarantine": bad.height,
    }
    shown = {name: {"shown": len(facts[name]), "of": of} for name, of in whole.items()}
    kept = stays.select("cluster", "reason").unique().height
    return {**shown, "kept_repeats": {"shown": len(facts["kept_repeats"]["top"]), "of": kept}}
