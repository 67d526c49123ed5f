"""The gate: the limits of `clean check` held against the facts of a run, and against those of an earlier one.

A check is a limit with what was measured: `limit`, `unit` (share, count or part), `allowed`, `measured` (the worst; None: there
is nothing to hold it against, such as a site of `min_group_documents`), `holds`, `help`, `what` it is about, `do` (what to do
about it), `broken` and `of`. `broken` are the places where the limit does
not hold, the worst first, at most TOP of `of`: `kind` (corpus, site, document, rule), `name`, `source` (a document's
file), `measured`, and `was`, the baseline's value, where there is one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl
from polars import col

from clean.limits import Limits
from clean.schema import KNOWN_RULE, RULES
from clean.stages.measure.facts import Facts, fraction
from clean.stages.measure.tables import Recorded, sums_of_groups, with_shares
from clean.stages.measure.tallies import Rows, Tally, first, ones, rows_of, summed, tallied
from clean.stages.measure.toplists import TOP

__all__ = ["hold", "unlike_facts"]

HELP = {one.name: str(one.metadata["help"]) for one in dataclasses.fields(Limits)}
SMALLEST = 1e-6  # shares have six digits

# What each limit is about, in words that go after what was measured (a baseline's value follows them), and what to do
# when it does not hold.
LIMITS = {
    "min_documents": (
        "count",
        "documents were published",
        "Look at what was read and what went as a copy; if so few are right, lower the limit.",
    ),
    "max_quarantined": (
        "count",
        "records could not be read",
        "Each is in quarantine/ with its place and the reason: mend the input, or raise the limit.",
    ),
    "max_emptied": (
        "count",
        "published documents lost all their text",
        "`clean explain` shows why; `max_document_share` sets how much of one document may go.",
    ),
    "max_removed_ratio": (
        "share",
        "of all text was removed",
        "See the weakest decisions and the copies in report.html; `confidence` and `near_threshold` make it more careful.",
    ),
    "max_copies_ratio": (
        "share",
        "of the documents went as copies of others",
        "See the copies in report.html, least alike first; `document_threshold` makes it more careful.",
    ),
    "max_document_removed_ratio": (
        "share",
        "of the document was removed",
        "`clean explain` shows what and why; `max_document_share` sets how much of one document may go.",
    ),
    "max_group_removed_ratio": (
        "share",
        "of the site's text was removed",
        "See the site's documents in report.html; is `group_field` the right field?",
    ),
    "max_unverified_ratio": (
        "share",
        "of all text went without a verified twin",
        "See the weakest decisions in report.html; `confidence` and `min_support` make it more careful.",
    ),
    "max_damaged_ratio": (
        "share",
        "of the documents needed repair of damage",
        "See the repairs in report.html; most such damage is best mended where the texts are fetched.",
    ),
    "max_drift": (
        "share",
        "from the baseline's",
        "Find out what changed with `clean diff`; if it is right, make this run the baseline.",
    ),
    "max_relative_drift": (
        "part",
        "in relation to the baseline's",
        "Find out what changed with `clean diff`; if it is right, make this run the baseline.",
    ),
    "max_documents_drift": (
        "part",
        "in relation to the baseline's",
        "Is the input whole? If it is, make this run the baseline.",
    ),
}


class Place(NamedTuple):
    """Something that a limit is held against; what each field is stands at the head of the module."""

    measured: float
    kind: str = "corpus"
    name: str | None = None
    source: str | None = None
    was: float | None = None


def hold(facts: Facts, records: Sequence[Recorded], limits: Limits, baseline: Facts | None = None) -> list[Facts]:
    """A check for every limit, in the order they are documented; those of a baseline only where there is one.

    `facts` as measure gave them of the same records; `baseline`: such facts of an earlier run.
    """
    tallies = tallied(_tallies(limits), map(rows_of, records))
    sites = with_shares(tallies["groups"]).filter(col.documents >= limits.min_group_documents)
    measured = _run(facts, tallies, sites)
    if baseline is not None:
        measured |= _drift(facts, baseline, sites, limits)
    of = {"max_document_removed_ratio": int(tallies["over"].item())}
    return [_check(limit, places, getattr(limits, limit), of.get(limit)) for limit, places in measured.items()]


def _tallies(limits: Limits) -> dict[str, Tally]:
    """What is kept of each piece: the sites, the text without a verified twin, the published documents that lost most (TOP), and
    how many lost more than they may."""
    allowed = limits.max_document_removed_ratio

    def stayed(rows: Rows) -> pl.DataFrame:
        return rows.documents.filter((col.fate == "kept") & (col.removed > 0))

    return {
        "groups": Tally(lambda rows: sums_of_groups(rows.documents), summed("group")),
        # What earlier runs know was compared with what they removed, word by word: that is verified, though it is not here.
        "unverified": Tally(
            lambda rows: rows.removals.filter(col.twin_doc.is_null() & (col.rule != KNOWN_RULE)).select(col.chars.sum()), summed()
        ),
        "worst": Tally(
            lambda rows: stayed(rows).select("doc_id", "source", "share"),
            first(TOP, ["share", "doc_id", "source"], descending=[True, False, False]),
        ),
        "over": Tally(lambda rows: stayed(rows).select(ones(col.share > allowed)), summed()),
    }


def _run(facts: Facts, tallies: dict[str, pl.DataFrame], sites: pl.DataFrame) -> dict[str, list[Place]]:
    """What the limits of one run are held against."""
    count, text = facts["documents"], facts["text"]
    shares = _shares(facts)
    return {
        "min_documents": [Place(count["kept"])],
        "max_quarantined": [Place(count["quarantined"])],
        "max_emptied": [Place(count["emptied"])],
        "max_removed_ratio": [Place(shares["all text"])],
        "max_copies_ratio": [Place(shares["copies"])],
        "max_document_removed_ratio": [
            Place(share, "document", name, source) for name, source, share in tallies["worst"].iter_rows()
        ]
        or [Place(0.0)],
        "max_group_removed_ratio": [Place(share, "site", name) for name, share in sites.select("group", "share").iter_rows()],
        "max_unverified_ratio": [Place(fraction(int(tallies["unverified"].item()), text["chars_repaired"]))],
        "max_damaged_ratio": [Place(shares["damaged documents"])],
    }


def _shares(facts: Facts) -> dict[str, float]:
    """The shares of the corpus as a whole that are compared with a baseline's."""
    count = facts["documents"]
    compared = count["kept"] + count["removed"]
    return {
        "all text": facts["text"]["removed_share"],
        "copies": fraction(count["removed"], compared),
        "damaged documents": fraction(facts["repair_kinds"]["damage"]["documents"], compared),
    }


def _drift(facts: Facts, baseline: Facts, sites: pl.DataFrame, limits: Limits) -> dict[str, list[Place]]:
    """What the limits against a baseline are held against: each share's move, and that of the number of documents."""
    moves = list(_moves(facts, baseline, sites, limits))
    relative = [
        place._replace(measured=round(place.measured / max(was, limits.min_drift, SMALLEST), 6))
        for was, place in moves
        if place.measured >= limits.min_drift
    ]
    now, before = facts["documents"]["kept"], baseline["documents"]["kept"]
    change = Place(round(abs(now - before) / max(before, 1), 6), name="documents", was=before)
    return {
        "max_drift": [place for _, place in moves],
        "max_relative_drift": relative or [Place(0.0)],
        "max_documents_drift": [change],
    }


def _moves(facts: Facts, baseline: Facts, sites: pl.DataFrame, limits: Limits) -> Iterator[tuple[float, Place]]:
    """(the baseline's share, its move) of the corpus, of each rule, and of each site that both runs tell of."""
    now, was = _shares(facts), _shares(baseline)
    yield from ((was[name], _move(share, was[name], "corpus", name)) for name, share in now.items())
    for rule in dict.fromkeys((*RULES, *facts["rules"], *baseline["rules"])):
        share, before = (side["rules"].get(rule, {"share": 0.0})["share"] for side in (facts, baseline))
        yield before, _move(share, before, "rule", rule)
    known = {name: row for name, row in baseline["groups"].items() if row["documents"] >= limits.min_group_documents}
    for name, share in sites.sort("group").select("group", "share").iter_rows():
        if name in known:
            yield known[name]["share"], _move(share, known[name]["share"], "site", name)


def _move(share: float, was: float, kind: str, name: str) -> Place:
    return Place(round(abs(share - was), 6), kind, name, was=was)


def _check(limit: str, places: Iterable[Place], allowed: float, of: int | None = None) -> Facts:
    """`of`: how many break it, where only the worst are among `places`."""
    unit, what, do = LIMITS[limit]
    least = limit.startswith("min_")
    order = sorted(places, key=lambda place: (place.measured if least else -place.measured, place.name or "", place.source or ""))
    broken = [place for place in order if (place.measured < allowed if least else place.measured > allowed)]
    return {
        "limit": limit,
        "unit": unit,
        "allowed": allowed,
        "measured": order[0].measured if order else None,
        "holds": not broken,
        "help": HELP[limit],
        "what": what,
        "do": do,
        "broken": [place._asdict() for place in broken[:TOP]],
        "of": len(broken) if of is None else of,
    }


def unlike_facts(found: Any) -> str | None:
    """What keeps a value read from JSON from being the facts of an earlier run, in words; None: nothing does."""
    wanted: list[tuple[str, ...]] = [("documents", name) for name in ("kept", "removed")]
    wanted += [("text", "removed_share"), ("repair_kinds", "damage", "documents")]
    for rows, names in (("rules", ("share",)), ("groups", ("share", "documents"))):
        table = found.get(rows) if isinstance(found, Mapping) else None
        if not isinstance(table, Mapping):
            return f"it has no {rows}"
        wanted += [(rows, row, name) for row in table for name in names]
    for path in wanted:
        value: Any = found
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 2**63:
            return f"{'.'.join(path)} is no number"
    return None
