"""Quotations: the words at a few places, from the ledger and from the repaired texts, cut to EXCERPT characters."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl
from polars import col

from clean.stages.measure.facts import Facts
from clean.stages.measure.tables import WHOLE

Read = Callable[[Sequence[int]], pl.DataFrame]  # documents to their repaired texts: doc, text

EXAMPLES = 3  # of each kind of repair
EXCERPT = 300  # characters of a text that is shown


def quote_removals(top: dict[str, pl.DataFrame], ledger: pl.LazyFrame, documents: pl.DataFrame, read: Read | None) -> Facts:
    """The top lists with their words: what was removed, its document and group, its twin and the twin's words."""
    places = pl.concat([rows.select("doc", "start") for rows in top.values()]).unique()
    twins = pl.concat([rows.select(doc="twin_doc", start="twin_start") for rows in top.values()]).drop_nulls("doc").unique()
    words = _words(ledger, pl.concat([places, twins.with_columns(col.start.fill_null(0))]).unique())
    texts = _texts(twins["doc"], read)
    wanted = pl.concat([places, twins]).select("doc").unique()
    ids = documents.select("doc", "doc_id", "group").join(wanted, on="doc", how="semi")
    names = {doc: (doc_id, group) for doc, doc_id, group in ids.iter_rows()}
    return {name: [_quote(row, words, texts, names) for row in rows.iter_rows(named=True)] for name, rows in top.items()}


def quote_kept(top: pl.DataFrame, read: Read | None) -> list[Facts]:
    """The top list of what repeats and was kept, with the words of its first place."""
    texts = _texts(top["doc"], read)
    rows = []
    for row in top.iter_rows(named=True):
        text = _piece(texts.get(row["doc"]), row["start"], row["end"] - row["start"])
        named = {name: row[name] for name in ("reason", "docs", "places", "doc", "doc_id", "start")}
        rows.append({"cluster": f"{row['cluster']:032x}", **named, "text": text})
    return rows


def quote_repairs(ledger: pl.LazyFrame, repairs: pl.DataFrame, documents: pl.DataFrame) -> dict[str, list[Facts]]:
    """The first few edits of each repair, in the order of the documents: doc_id, before, after."""
    named = repairs.with_columns(name=col.rule.str.split("+")).explode("name")
    first = named.group_by("name", maintain_order=True).head(EXAMPLES).select("name", "doc", "start", "rule")
    places = first.select("doc", "start", "rule").unique()
    sides = {side: pl.col(side).bin.slice(0, 4 * EXCERPT + 4) for side in ("before", "after")}
    rows = (
        ledger.filter(col.layer == "repair")
        .join(places.lazy(), on=["doc", "start", "rule"], how="semi")
        .select("doc", "start", "rule", **sides)
        .collect()
    )
    shown = first.join(rows, on=["doc", "start", "rule"]).join(documents.select("doc", "doc_id"), on="doc", how="left")
    examples: dict[str, list[Facts]] = {}
    for row in shown.sort("name", "doc", "start", "before", "after").iter_rows(named=True):
        # bytes that are no UTF-8 are what some repairs are about: show them as U+FFFD
        before, after = (_excerpt(row[side].decode(errors="replace")) for side in ("before", "after"))
        examples.setdefault(row["name"], []).append({"doc_id": row["doc_id"], "before": before, "after": after})
    return {name: rows[:EXAMPLES] for name, rows in examples.items()}


def _quote(row: Facts, words: dict[tuple[int, int], str], texts: dict[int, bytes], names: dict[int, tuple[str, str]]) -> Facts:
    doc, twin = row["doc"], row.pop("twin_doc")
    twin_start, size, home = row.pop("twin_start"), row.pop("bytes"), row.pop("home")
    at = twin_start or 0
    # a line's twin without a place stands somewhere in the original of a copy: its beginning would be the wrong words
    known = twin is not None and (twin_start is not None or row.get("rule") in WHOLE)
    there = _piece(texts.get(twin), at, size) or words.get((twin, at)) if known else None
    here = words.get((doc, row["start"]), "")
    if there is not None and row.get("rule") not in WHOLE:
        there = _as_many_lines(there, here)
    quote = {**row, "doc_id": names[doc][0], "group": names[doc][1], "text": here, "twin": None}
    if twin is not None:
        quote["twin"] = {"doc": twin, "doc_id": names[twin][0] if twin in names else None, "start": twin_start, "text": there}
        quote["twin"]["stays"] = home
        quote["differs"] = _differing(here, there) if there else None
    return quote


def _words(ledger: pl.LazyFrame, places: pl.DataFrame) -> dict[tuple[int, int], str]:
    """The beginning of what was removed at each of a few places (doc, start)."""
    rows = (
        ledger.filter(col.layer == "removal")
        .join(places.lazy(), on=["doc", "start"], how="semi")
        .select("doc", "start", text=col.before.cast(pl.String).str.slice(0, EXCERPT + 1))
        .collect()
        .sort("doc", "start", "text")
    )
    # without the blank lines that went with a line
    return {(doc, start): _excerpt(text.strip("\n")) for doc, start, text in rows.iter_rows()}


def _texts(docs: pl.Series, read: Read | None) -> dict[int, bytes]:
    """The repaired texts of a few documents, as bytes, for offsets are in bytes."""
    wanted = sorted(set(docs.drop_nulls().to_list()))
    if read is None or not wanted:
        return {}
    return {doc: text.encode() for doc, text in read(wanted).select("doc", "text").iter_rows() if text is not None}


def _piece(text: bytes | None, start: int, size: int) -> str | None:
    """At most EXCERPT characters of what stands at a place, with … where a line goes on; None: no text at hand."""
    if text is None:
        return None
    cut = text[start : start + min(size, 4 * EXCERPT + 4)]  # a character has at most 4 bytes
    goes_on = size and b"\n" not in (cut[-1:], text[start + size : start + size + 1] or b"\n")
    return _excerpt(cut.decode(errors="ignore").strip("\n") + "…" * bool(goes_on))


def _as_many_lines(there: str, here: str) -> str:
    """A twin's words without the lines that follow it: they were cut by size, and a cut copy is shorter than its twin.

    Where the first lines are hardly a part of it, the twin is a paragraph of short lines, and stays as it is.
    """
    first = "\n".join(there.split("\n")[: here.count("\n") + 1])
    return first if 4 * len(first) > len(here) else there


def _excerpt(text: str) -> str:
    return text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"


def _differing(here: str, there: str) -> dict[str, list[list[Any]]]:
    """Both texts in pieces [differs (0 or 1), words], so that a reader sees at once which words are not shared."""
    a, b = (re.findall(r"\w+|\s+|[^\w\s]", text) for text in (here, there))
    sides: dict[str, list[list[Any]]] = {"here": [], "there": []}
    for tag, a_from, a_to, b_from, b_to in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        for side, words in (("here", a[a_from:a_to]), ("there", b[b_from:b_to])):
            if words:
                sides[side].append([int(tag != "equal"), "".join(words)])
    return sides
