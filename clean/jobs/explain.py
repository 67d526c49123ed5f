"""One document with every change in its place: what went, why, and where its twin is."""

from __future__ import annotations

import difflib
import re
from bisect import bisect_right
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

from clean.errors import InputError
from clean.jobs.check import whole
from clean.schema import KNOWN_RULE
from clean.store.finished import Finished
from clean.store.restoring import text_names

# Documents among which the one that was meant is looked for.
_GUESSED = 10_000
# Of the word that a repair is in, so many bytes are shown on either side of it.
_WORD = 24
_WORD_ABOVE, _WORD_BELOW = re.compile(rb"[\x21-\x7e]+\Z"), re.compile(rb"[\x21-\x7e]+")

Story = dict[str, Any]
Row = dict[str, Any]


def explain(folder: Path, doc_id: str) -> list[Story]:
    """The stories of the documents with this id (several, where ids repeat), as plain values.

    Where no id matches, those of the text file of this name, with or without its suffixes.

    A story has doc_id, source, fate, chars_in, chars_out, and `pieces`: the repaired text in order, each piece with
    `text`, and, where it applies, `removal` (rule, score, docs, twin …) and `repair` (rule, before).
    Raises InputError for an id that the run does not know, and for a run that is damaged: what it says is evidence.
    """
    finished = whole(folder)
    fates = finished.fates(pl.col("doc_id") == doc_id)
    if fates.is_empty():
        given = finished.names
        sources = finished.sources()
        named = [source for source in sources if doc_id in text_names(source) + text_names(given.get(source, source))]
        fates = finished.fates(pl.col("source").is_in(named)) if named else fates
    if fates.is_empty():
        raise InputError(f"{folder} has no document {doc_id!r}{_nearest(doc_id, finished)}")
    docs = fates["doc"]
    changes, texts = finished.ledger(pl.col("doc").is_in(docs.implode())), finished.repaired(docs)
    told = [changes.filter(doc=doc) for doc in docs]
    return [_story(finished, fate, own, texts[fate["doc"]]) for fate, own in zip(fates.iter_rows(named=True), told, strict=True)]


def _nearest(doc_id: str, finished: Finished) -> str:
    known = finished.fates(pl.col("doc") < _GUESSED)["doc_id"]
    near = difflib.get_close_matches(doc_id, known.to_list(), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _story(finished: Finished, fate: Row, changes: pl.DataFrame, text: bytes) -> Story:
    removals = list(changes.filter(layer="removal").iter_rows(named=True))
    repairs = list(changes.filter(layer="repair").iter_rows(named=True))
    recalled = finished.recalled.filter(pl.col("group") == fate["group"])
    files = [file["file"] for file in finished.manifest.get("known", [])]
    keys = ("doc_id", "source", "group", "fate", "chars_in", "chars_out")
    return {
        **{key: fate[key] for key in keys},
        "pieces": _pieces(text, removals, _whole_words(text, _moved(repairs)), partial(_why, recalled=recalled, files=files)),
    }


def _moved(repairs: list[Row]) -> list[Row]:
    """The repairs with their place in the repaired text, where the ledger has it in the raw one."""
    moved, shift = [], 0
    for row in repairs:
        moved.append({**row, "start": row["start"] + shift})
        shift += len(row["after"]) - len(row["before"])
    return moved


def _whole_words(text: bytes, repairs: list[Row]) -> list[Row]:
    """The repairs with the rest of the words that they are in: {AT&amp;T→AT&T}, where the ledger has that `amp;` went."""
    widened, last = [], 0
    borders = [*(row["start"] for row in repairs), len(text)][1:]
    for row, border in zip(repairs, borders, strict=True):
        start, end = row["start"], row["start"] + len(row["after"])
        head = _WORD_ABOVE.search(text[max(last, start - _WORD) : start])
        tail = _WORD_BELOW.match(text[end : min(border, end + _WORD)])
        before, after = (found[0] if found else b"" for found in (head, tail))
        sides = {side: before + row[side] + after for side in ("before", "after")}
        widened.append({**row, **sides, "start": start - len(before)})
        last = end + len(after)
    return widened


def _pieces(text: bytes, removals: list[Row], repairs: list[Row], tell: Callable[[Row], Row]) -> list[Story]:
    """The text cut wherever a removal or a repair begins or ends; a repair that left nothing is an empty piece."""
    layers: list[tuple[str, str, Callable[[Row], Row], list[Row]]]
    layers = [("removal", "before", tell, removals), ("repair", "after", _mended, repairs)]
    spans = {
        kind: [(row["start"], row["start"] + len(row[side]), tell(row)) for row in rows] for kind, side, tell, rows in layers
    }
    edges = sorted({0, len(text), *(edge for rows in spans.values() for row in rows for edge in row[:2])})
    vanished = {first: why for first, last, why in spans["repair"] if first == last}
    pieces: list[Story] = []
    for start, end in pairwise([*edges, len(text)]):
        here = {kind: why for kind, rows in spans.items() if (why := _at(rows, start)) is not None}
        if start in vanished:
            pieces.append({"text": "", "start": start, **here, "repair": vanished[start]})
        if end > start:
            pieces.append({"text": text[start:end].decode(errors="replace"), "start": start, **here})
    return pieces


def _at(spans: list[tuple[int, int, Row]], place: int) -> Row | None:
    """What covers `place` among sorted spans that do not overlap."""
    found = bisect_right(spans, place, key=lambda span: span[0]) - 1
    return spans[found][2] if found >= 0 and place < spans[found][1] else None


def _why(row: Row, recalled: pl.DataFrame, files: list[str]) -> Row:
    """The evidence of a removal. `known`: the files that know a passage; `shapes`: those that examples may be from, too."""
    why = {key: row[key] for key in ("rule", "score", "docs", "support", "cluster", "twin_doc_id", "twin_start", "home")}
    if row["rule"] == KNOWN_RULE:
        known = recalled.filter(pl.col("cluster") == row["cluster"])
        why["known"] = known.select("file", "docs", "source", "doc_id").to_dicts()
    elif files and row["rule"] == "learned-teaser":
        why["shapes"] = files
    return why


def _mended(row: Row) -> Row:
    return {"rule": row["rule"], "before": row["before"].decode(errors="backslashreplace")}
