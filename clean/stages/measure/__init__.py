"""Facts: what a run did, in numbers and in a few examples, from its records alone.

    facts = measure([Record(ledger, fates, kept)], quarantine, config, versions, read=texts_of)

The facts are plain dicts, lists, strings and numbers; `report.json` is their JSON, every other report is laid
out from them. A record may come in pieces, as many as it is long; the facts are the same. Each piece may be counted by itself,
elsewhere: `tally`, and then measure(..., counted=what that gave of all). Everything is counted vectorised over whole tables;
only the top lists, which are capped and say so in `caps`, are gone through row by row.

Units: characters are Unicode code points, bytes are UTF-8; a share is a fraction of 0-1, six digits. The
account, which always adds up:

    chars_in  (+ what repair added or took away)  =  chars_repaired  =  chars_out + the characters of all rules

tables: a piece of the record without its texts. tallies: what is kept of it, and how pieces add up. counts, distributions,
toplists: numbers, bins, what to look at first. quotes: the words at those places. warnings: what to say about it. facts: the
form of it all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from clean.config import Config, settings
from clean.schema import FATES, KEPT, LEDGER, QUARANTINE
from clean.stage import check
from clean.stages.measure import counts, distributions, quotes, toplists
from clean.stages.measure.facts import Facts
from clean.stages.measure.quotes import EXCERPT, Read
from clean.stages.measure.tables import WHOLE, Frame, Record, Recorded, with_shares
from clean.stages.measure.tallies import Clusters, Counted, Held, rows_of, tallied
from clean.stages.measure.toplists import TOP, TOP_GROUPS
from clean.stages.measure.warnings import warn

__all__ = [
    "EXCERPT",
    "FORMAT",
    "TOP",
    "TOP_GROUPS",
    "WHOLE",
    "Clusters",
    "Counted",
    "Facts",
    "Frame",
    "Read",
    "Record",
    "Recorded",
    "measure",
    "tally",
]

FORMAT = 1  # of the facts; counts up when a key changes its meaning
TALLIES = counts.TALLIES | distributions.TALLIES | toplists.TALLIES | quotes.TALLIES
OF_CLUSTERS = counts.OF_CLUSTERS | distributions.OF_CLUSTERS | toplists.OF_CLUSTERS


def tally(record: Recorded) -> dict[str, pl.DataFrame]:
    """The tallies of a piece, by name. Those of Clusters have a row or more for each `cluster`; all others are short."""
    rows = rows_of(record)
    return {name: one.fold(one.of(rows)) for name, one in TALLIES.items()}


def measure(
    records: Sequence[Recorded],
    quarantine: Frame,
    config: Config,
    versions: Mapping[str, str] | None = None,
    read: Read | None = None,
    likeness: pl.DataFrame | None = None,
    counted: Counted | None = None,
) -> Facts:
    """The facts of a run, from its record (at least one piece; several in the order of their documents) and schema.QUARANTINE.

    `read` gives the repaired texts (columns `doc`, `text`) of the few documents that are quoted beside a removal
    or as kept; without it only what the ledger itself holds is quoted. `likeness`:
    schema.LIKENESS of the run, for its `pairs`. `counted`: what `tally` gave of each piece, where that is known already. Lazy
    frames are scanned a few times, a piece at a time, and never held with their texts. Raises TypeError when a table is not of
    its schema.
    """
    _check(records, quarantine)
    bad = quarantine.lazy().drop("raw").collect()
    tallies = _together(counted or Held(map(tally, records)))
    totals = tallies["totals"].row(0, named=True)
    groups = with_shares(tallies["groups"])
    top = {
        "clusters": tallies["top_clusters"],
        "weakest": toplists.weakest(tallies["weakest"], tallies["alone"]),
        "copies": tallies["copies"],
    }
    facts: Facts = {
        "format": FORMAT,
        "documents": counts.count_documents(totals, groups, bad),
        "text": counts.count_text(totals),
        "rules": counts.count_rules(tallies["rules"], tallies["fates"], tallies["decided"], totals),
        "repairs": counts.count_repairs(tallies["repairs"]),
        "repair_kinds": counts.count_repair_kinds(totals),
        "repair_examples": quotes.quote_repairs(tallies["examples"], records),
        "groups": toplists.top_groups(groups, config),
        "worst": toplists.worst(tallies["worst"], groups),
        "removed_share": distributions.removed_share(tallies["shares"]),
        "removed_by_position": distributions.removed_by_position(tallies["positions"]),
        "cluster_sizes": distributions.cluster_sizes(tallies["sizes"]),
        "scores": distributions.scores(tallies["scores"], config),
        **quotes.quote_removals(top, records, read),
        "most_removed": toplists.most_removed(tallies["documents"], config),
        "kept_repeats": {
            "reasons": counts.count_kept(tallies["reasons"], tallies["spared"]),
            "top": quotes.quote_kept(tallies["top_kept"], read),
        },
        "quarantine": toplists.top_quarantine(bad),
    }
    facts["caps"] = toplists.caps(facts, tallies, bad)
    facts["settings"] = _settings(config)
    facts["config"] = config.as_dict()
    facts["fingerprint"] = config.fingerprint()
    facts["versions"] = dict(sorted((versions or {}).items()))
    facts["warnings"] = warn(facts, config)
    if likeness is not None:
        facts["pairs"] = distributions.likenesses(likeness, config)
    return facts


def _check(records: Sequence[Recorded], quarantine: Frame) -> None:
    """Raise TypeError when a table is not of its schema."""
    tables = [("quarantine", quarantine, QUARANTINE)]
    for record in records:
        tables += [("ledger", record.ledger, LEDGER), ("fates", record.fates, FATES), ("kept", record.kept, KEPT)]
    for name, table, schema in tables:
        check(f"measure takes {name}:", table.lazy().limit(0).collect(), schema)


def _together(counted: Counted) -> dict[str, pl.DataFrame]:
    """The tallies of all pieces, and in the place of those of Clusters what is counted of these."""
    small = {name: one.fold(counted.tally(name)) for name, one in TALLIES.items() if name not in Clusters._fields}
    return small | tallied(OF_CLUSTERS, map(_folded, counted.slots()))


def _folded(slot: Clusters) -> Clusters:
    clusters, decisions, repeats = (TALLIES[name].fold(table) for name, table in zip(slot._fields, slot, strict=True))
    return Clusters(toplists.held(clusters), decisions, repeats)


def _settings(config: Config) -> list[Facts]:
    """Every setting: name, value, default, help, changed."""
    values = config.as_dict()
    rows = []
    for name, default, help in settings():
        plain = list(default) if isinstance(default, tuple) else default
        rows.append({"name": name, "value": values[name], "default": plain, "help": help, "changed": values[name] != plain})
    return rows
