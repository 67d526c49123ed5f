"""Facts: what a run did, in numbers and in a few examples, from its records alone.

    facts = measure(ledger, fates, quarantine, kept, config, versions, read=texts_of)

The facts are plain dicts, lists, strings and numbers; `report.json` is their JSON, every other report is laid
out from them. Everything is counted vectorised over the whole tables; only the top lists, which are capped and
say so in `caps`, are gone through row by row.

Units: characters are Unicode code points, bytes are UTF-8; a share is a fraction of 0-1, six digits. The
account, which always adds up:

    chars_in  (+ what repair added or took away)  =  chars_repaired  =  chars_out + the characters of all rules

tables: the records without their texts, which all is counted from. counts, distributions, toplists: numbers, bins,
what to look at first. quotes: the words at those places. warnings: what to say about it. facts: the form of it all.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from clean.config import Config, settings
from clean.schema import FATES, KEPT, LEDGER, QUARANTINE
from clean.stage import check
from clean.stages.measure.counts import count_documents, count_kept, count_repair_kinds, count_repairs, count_rules, count_text
from clean.stages.measure.distributions import cluster_sizes, likenesses, removed_by_position, removed_share, scores
from clean.stages.measure.facts import Facts
from clean.stages.measure.quotes import EXCERPT, Read, quote_kept, quote_removals, quote_repairs
from clean.stages.measure.tables import WHOLE, documents_of, removals_of, repairs_of, stays_of
from clean.stages.measure.toplists import (
    TOP,
    TOP_GROUPS,
    caps,
    most_removed,
    top_clusters,
    top_copies,
    top_groups,
    top_kept,
    top_quarantine,
    weakest,
    worst,
)
from clean.stages.measure.warnings import warn

__all__ = ["EXCERPT", "FORMAT", "TOP", "TOP_GROUPS", "WHOLE", "Facts", "Frame", "Read", "likenesses", "measure"]

Frame = pl.DataFrame | pl.LazyFrame

FORMAT = 1  # of the facts; counts up when a key changes its meaning


def measure(
    ledger: Frame,
    fates: Frame,
    quarantine: Frame,
    kept: Frame,
    config: Config,
    versions: Mapping[str, str] | None = None,
    read: Read | None = None,
) -> Facts:
    """The facts of a run, from its schema.LEDGER, FATES, QUARANTINE and KEPT, in any order of rows.

    `read` gives the repaired texts (columns `doc`, `text`) of the few documents that are quoted beside a removal
    or as kept; without it only what the ledger itself holds is quoted. Lazy frames are scanned three times, and
    never held with their texts. Raises TypeError when a table is not of its schema.
    """
    for name, table, schema in (
        ("ledger", ledger, LEDGER),
        ("fates", fates, FATES),
        ("quarantine", quarantine, QUARANTINE),
        ("kept", kept, KEPT),
    ):
        check(f"measure takes {name}:", table.lazy().limit(0).collect(), schema)
    ledger = ledger.lazy()
    removals, repairs, bad = removals_of(ledger), repairs_of(ledger), quarantine.lazy().drop("raw").collect()
    documents = documents_of(fates.lazy(), removals, repairs)
    stays = stays_of(kept.lazy(), documents)
    top = {"clusters": top_clusters(removals), "weakest": weakest(removals), "copies": top_copies(removals)}
    facts: Facts = {
        "format": FORMAT,
        "documents": count_documents(documents, bad),
        "text": count_text(documents),
        "rules": count_rules(removals, documents),
        "repairs": count_repairs(repairs),
        "repair_kinds": count_repair_kinds(repairs),
        "repair_examples": quote_repairs(ledger, repairs, documents),
        "groups": top_groups(documents, config),
        "worst": worst(documents),
        "removed_share": removed_share(documents),
        "removed_by_position": removed_by_position(removals, documents),
        "cluster_sizes": cluster_sizes(removals),
        "scores": scores(removals, config),
        **quote_removals(top, ledger, documents, read),
        "most_removed": most_removed(documents, removals, config),
        "kept_repeats": {"reasons": count_kept(stays), "top": quote_kept(top_kept(stays), read)},
        "quarantine": top_quarantine(bad),
    }
    facts["caps"] = caps(facts, documents, removals, stays, bad)
    facts["settings"] = _settings(config)
    facts["config"] = config.as_dict()
    facts["fingerprint"] = config.fingerprint()
    facts["versions"] = dict(sorted((versions or {}).items()))
    facts["warnings"] = warn(facts, config)
    return facts


def _settings(config: Config) -> list[Facts]:
    """Every setting: name, value, default, help, changed."""
    values = config.as_dict()
    rows = []
    for name, default, help in settings():
        plain = list(default) if isinstance(default, tuple) else default
        rows.append({"name": name, "value": values[name], "default": plain, "help": help, "changed": values[name] != plain})
    return rows
