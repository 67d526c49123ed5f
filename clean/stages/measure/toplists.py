"""Top lists: what a reader should look at first, of each kind; they are capped, and `caps` says so."""

from __future__ import annotations

import polars as pl
from polars import col

from clean.config import Config
from clean.stages.measure.facts import Facts
from clean.stages.measure.tables import WHOLE, sums_of_groups
from clean.stages.measure.tallies import Clusters, Rows, Tally, first, summed

TOP = 25  # rows of a top list
TOP_GROUPS = 50
TOP_DOCUMENTS = 100
NEAR = 0.9  # of a ceiling reached: worth a mark

_PLACE = ("doc", "start", "twin_doc", "twin_start", "home", "bytes")
# No score at all is the least evidence; only an exact copy needs none.
_EVIDENCE = pl.when(col.rule == "exact-document").then(col.score.fill_null(1.0)).otherwise(col.score.fill_null(0.0))
_WEAKEST = (_EVIDENCE, col.docs.fill_null(0), col.doc, col.start)


# ---------------------------------------------------------------- tallies


def _clusters(rows: Rows) -> pl.DataFrame:
    """Each removed copy of a cluster as one; `holders`: 1 at the first of its document."""
    here = rows.removals.filter(col.cluster.is_not_null())
    return here.select(
        *("cluster", *_PLACE, "chars"),
        docs=col.docs.fill_null(0),
        copies=pl.lit(1, pl.Int64),
        holders=pl.struct("cluster", "doc").is_first_distinct().cast(pl.Int64),
    )


def _one_a_cluster(rows: pl.DataFrame) -> pl.DataFrame:
    sums = (pl.sum(name) for name in ("chars", "copies", "holders"))
    return rows.group_by("cluster", maintain_order=True).agg(*map(pl.first, _PLACE), pl.max("docs"), *sums)


def _one_a_decision(rows: pl.DataFrame) -> pl.DataFrame:
    """The weakest removal of each cluster by each rule, with its copies."""
    ranked = rows.sort(_WEAKEST, maintain_order=True)
    return ranked.group_by("rule", "cluster", maintain_order=True).agg(pl.exclude("copies").first(), pl.sum("copies"))


def _weakest(rows: pl.DataFrame) -> pl.DataFrame:
    """The weakest removals, TOP of those with a twin and TOP of those without."""
    ranked = rows.sort(_WEAKEST, maintain_order=True)
    return ranked.group_by(col.twin_doc.is_null().alias("__half"), maintain_order=True).head(TOP).drop("__half")


def _documents(rows: Rows) -> pl.DataFrame:
    """Kept documents, those that lost most, with the characters of each rule."""
    top = _most_removed(rows.documents.filter(col.fate == "kept"))
    here = rows.removals.join(top, on="doc", how="semi").group_by("doc", "rule").agg(col.chars.sum()).sort("doc", "rule")
    rules = here.group_by("doc").agg(rules=pl.struct("rule", "chars"))
    return top.join(rules, on="doc", how="left", maintain_order="left")


def _one_a_reason(rows: pl.DataFrame) -> pl.DataFrame:
    """Each cluster that was kept for a reason, at its first place."""
    places = map(pl.first, ("doc", "doc_id", "start", "end"))
    return rows.group_by("cluster", "reason", maintain_order=True).agg(*places, pl.max("docs"), pl.sum("places"))


_most_removed = first(TOP_DOCUMENTS, ["share", "removed", "doc"], descending=[True, True, False])

TALLIES = {
    "groups": Tally(lambda rows: sums_of_groups(rows.documents), summed("group")),
    "worst": Tally(
        lambda rows: rows.documents.filter(col.fate == "kept").select("doc", "doc_id", "share"),
        first(1, ["share", "doc"], descending=[True, False]),
    ),
    "documents": Tally(_documents, _most_removed),
    "clusters": Tally(_clusters, _one_a_cluster),
    "decisions": Tally(
        lambda rows: rows.removals.filter(col.cluster.is_not_null()).with_columns(copies=pl.lit(1, pl.Int64)), _one_a_decision
    ),
    "alone": Tally(lambda rows: rows.removals.filter(col.cluster.is_null()).with_columns(copies=pl.lit(1, pl.Int64)), _weakest),
    "copies": Tally(lambda rows: rows.removals.filter(col.rule.is_in(WHOLE)), first(TOP, [col.score.fill_null(1.0), col.doc])),
    "repeats": Tally(lambda rows: rows.stays.with_columns(places=pl.lit(1, pl.Int64)), _one_a_reason),
}


def _top_clusters(slot: Clusters) -> pl.DataFrame:
    """The clusters that most documents hold, with the rules that they went by."""
    top = _most_held(slot.clusters)
    rules = slot.decisions.group_by("cluster").agg(rules=col.rule.unique().sort())
    named = top.join(rules, on="cluster", how="left", maintain_order="left")
    return named.select("cluster", *_PLACE, "rules", "copies", "docs", "chars")


_most_held = first(TOP, ["docs", "copies", "chars", "cluster"], descending=[True, True, True, False])

OF_CLUSTERS = {
    "top_clusters": Tally(_top_clusters, _most_held),
    "weakest": Tally(lambda slot: slot.decisions, _weakest),
    "top_kept": Tally(
        lambda slot: slot.repeats,
        first(TOP, ["docs", "places", "cluster", "reason"], descending=[True, True, False, False]),
    ),
}


# ---------------------------------------------------------------- lists


def top_groups(groups: pl.DataFrame, config: Config) -> Facts:
    """Sites, most removed characters first: documents, copies, chars_in, chars_removed, chars_out, share."""
    rows = groups.sort("chars_removed", "documents", "group", descending=[True, True, False]).head(TOP_GROUPS)
    near = config.max_document_share * NEAR
    return {row.pop("group"): {**row, "near_ceiling": row["share"] >= near} for row in rows.to_dicts()}


def worst(documents: pl.DataFrame, groups: pl.DataFrame) -> Facts:
    """The largest share removed of one kept document and of one site, over all of them."""
    group = groups.sort("share", "group", descending=[True, False]).head(1)
    return {
        "document": next(iter(documents.select("doc_id", "share").to_dicts()), None),
        "group": next(iter(group.select("group", "share").to_dicts()), None),
    }


def held(clusters: pl.DataFrame) -> pl.DataFrame:
    """The clusters with the documents that hold them: as the removals say, and at least those they were removed from."""
    return clusters.with_columns(docs=pl.max_horizontal(col.docs.cast(pl.Int64), col.holders))


def weakest(decisions: pl.DataFrame, alone: pl.DataFrame) -> pl.DataFrame:
    """The removals on the least evidence: lowest score, then fewest documents; one of each cluster.

    Half of the rows are for those with a twin, if there are as many: a confidence and a similarity cannot be compared, and
    hundreds of the one would hide all of the other.
    """
    found = pl.concat([decisions.select(alone.columns), alone]).sort(_WEAKEST, maintain_order=True)
    twin = col.twin_doc.is_not_null()
    halves = [found.filter(twin), found.filter(~twin)]
    return (
        pl.concat([half.head(max(-(-TOP // 2), TOP - other.height)) for half, other in (halves, halves[::-1])])
        .sort(_WEAKEST, maintain_order=True)
        .head(TOP)
    )


def most_removed(documents: pl.DataFrame, config: Config) -> list[Facts]:
    """Kept documents by the share that was removed from them, with the characters of each rule."""
    near = config.max_document_share * NEAR
    return [
        {
            **{name: row[name] for name in ("doc", "doc_id", "group", "chars_in", "chars_out", "share", "segments", "repairs")},
            "chars_removed": row["removed"],
            "rules": {part["rule"]: part["chars"] for part in row["rules"] or ()},
            "near_ceiling": row["share"] >= near,
        }
        for row in documents.iter_rows(named=True)
    ]


def top_quarantine(bad: pl.DataFrame) -> list[Facts]:
    """The first records that could not be read, without their bytes."""
    return bad.sort("source", "line", "offset", "reason").head(TOP).to_dicts()


def caps(facts: Facts, tallies: dict[str, pl.DataFrame], bad: pl.DataFrame) -> dict[str, dict[str, int]]:
    """For each top list, how many rows it shows of how many there are."""
    rules = tallies["rules"]
    whole = {
        "groups": facts["documents"]["groups"],
        "clusters": int(tallies["sizes"]["clusters"].sum()),
        "weakest": int(tallies["decided"]["clusters"].sum()) + int(tallies["totals"]["alone"].item()),
        "copies": int(rules.filter(col.rule.is_in(WHOLE))["segments"].sum()),
        "most_removed": facts["documents"]["kept"],
        "quarantine": bad.height,
    }
    shown = {name: {"shown": len(facts[name]), "of": of} for name, of in whole.items()}
    return {**shown, "kept_repeats": {"shown": len(facts["kept_repeats"]["top"]), "of": int(tallies["spared"]["clusters"].sum())}}
