"""Warnings: sentences on what a reader should know first, and what to do about it. All is read off the facts."""

from __future__ import annotations

from collections.abc import Iterable

from clean.config import Config
from clean.schema import KNOWN_RULE
from clean.stages.measure.facts import Facts
from clean.stages.measure.toplists import TOP
from clean.wording import counted

MUCH = 0.5  # of the text removed: more than boilerplate usually is


def warn(facts: Facts, config: Config) -> list[dict[str, str]]:
    """What a reader should know first: code, level (warning or note), a sentence with what to do about it."""
    said = [("warning", *row) for row in _dangers(facts, config)] + [("note", *row) for row in _notes(facts, config)]
    return [{"code": code, "level": level, "text": words} for level, holds, code, words in said if holds]


def _dangers(facts: Facts, config: Config) -> Iterable[tuple[bool, str, str]]:
    documents, text = facts["documents"], facts["text"]
    unconfirmed, ceiling = (
        facts["kept_repeats"]["reasons"].get(reason, {"documents": 0})["documents"] for reason in ("unconfirmed", "ceiling")
    )
    balance = text["chars_in"] == text["chars_repaired"] or facts["repairs"]
    yield (
        not balance,
        "account",
        "The account does not add up: the text changed its length without a repair on record. Run `clean verify`.",
    )
    yield (
        documents["quarantined"] > 0,
        "quarantined",
        f"{counted(documents['quarantined'], 'record')} could not be read and went to quarantine/, whole, with the reason.",
    )
    yield (
        documents["emptied"] > 0,
        "emptied",
        f"{counted(documents['emptied'], 'kept document')} lost all text. Look there first; "
        "`max_document_share` sets how much of one document may go.",
    )
    yield (
        unconfirmed > 0,
        "unconfirmed",
        f"In {counted(unconfirmed, 'document')} lines that only look like boilerplate were kept: of their sites more would have "
        "gone by looks than what repeats vouches for, as in lists of changes, references, code.",
    )
    yield (
        ceiling > 0,
        "ceiling",
        f"In {counted(ceiling, 'document')} hardly anything would have been left (`max_document_share`, "
        f"{config.max_document_share * 100:g} %): lines that only look like boilerplate were kept there.",
    )
    yield (
        text["removed_share"] > MUCH,
        "much-removed",
        f"Most of the text was removed ({text['removed_share'] * 100:.1f} %). See the weakest decisions and the copies.",
    )


def _notes(facts: Facts, config: Config) -> Iterable[tuple[bool, str, str]]:
    documents = facts["documents"]
    compared, sites = documents["kept"] + documents["removed"], documents["groups"]
    untouched = documents["removed"] == documents["changed"] == 0
    # Of one document, blurbs go only by what earlier runs know.
    few = compared == 1 and KNOWN_RULE not in facts["rules"] and not facts["rules"]["learned-teaser"]["segments"]
    yield (
        few,
        "few-documents",
        "One document cannot show what repeats: clean it together with more of the same site.",
    )
    yield (
        untouched and compared > 0 and not few,
        "nothing-removed",
        f"Nothing was removed from {counted(compared, 'document')}: nothing in them repeats in a way that `confidence` = "
        f"{config.confidence:g} asks for.",
    )
    yield (
        compared > TOP and sites == 1 and not config.group_field,
        "one-group",
        f"All {compared:,} documents count as one site. If they come from several, name the field that tells: `--group-field`.",
    )
    yield (
        compared > TOP and sites == compared,
        "lone-groups",
        "Every document is a site of its own, so nothing can repeat within one. Is `group_field` the right field?",
    )
    yield (
        documents["null_text"] > 0,
        "null-text",
        f"{counted(documents['null_text'], 'document')} had no text (null) and passed through unchanged.",
    )
    yield compared == 0, "empty", "There was no document to clean."
