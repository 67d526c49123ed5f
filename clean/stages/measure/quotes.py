"""Quotations: the words at a few places, from the ledger and from the repaired texts, cut to EXCERPT characters."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl
from polars import col

from clean.stages.measure.facts import Facts
from clean.stages.measure.tables import WHOLE, Recorded
from clean.stages.measure.tallies import Rows, Tally
from clean.wording import excerpt

Read = Callable[[Sequence[int]], pl.DataFrame]  # documents to their repaired texts: doc, text

EXAMPLES = 3  # of each kind of repair
EXCERPT = 300  # characters of a text that is quoted
READ = 4000  # characters of a passage and its twin that are looked through for the first difference
CONTEXT = 60  # characters shown before it, where it would not be seen otherwise


def _repairs(rows: Rows) -> pl.DataFrame:
    named = rows.repairs.select("doc", "start", "rule", name=col.rule.str.split("+")).explode("name")
    return _first_of_each(named.join(rows.documents.select("doc", "doc_id"), on="doc", how="left", maintain_order="left"))


def _first_of_each(named: pl.DataFrame) -> pl.DataFrame:
    return named.group_by("name", maintain_order=True).head(EXAMPLES)


TALLIES = {"examples": Tally(_repairs, _first_of_each)}


def quote_removals(top: dict[str, pl.DataFrame], records: Sequence[Recorded], read: Read | None) -> Facts:
    """The top lists with their words: what was removed, its document and group, its twin and the twin's words."""
    places = pl.concat([rows.select("doc", "start") for rows in top.values()]).unique()
    twins = pl.concat([rows.select(doc="twin_doc", start="twin_start") for rows in top.values()]).drop_nulls("doc").unique()
    words = _words(records, pl.concat([places, twins.with_columns(col.start.fill_null(0))]).unique())
    texts = _texts(twins["doc"], read)
    names = _names(records, pl.concat([places, twins]).select("doc").unique())
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


def quote_repairs(examples: pl.DataFrame, records: Sequence[Recorded]) -> dict[str, list[Facts]]:
    """The first few edits of each repair, in the order of the documents: doc_id, before, after."""
    places = examples.select("doc", "start", "rule").unique()
    sides = {side: pl.col(side).bin.slice(0, 4 * EXCERPT + 4) for side in ("before", "after")}
    rows = _among(records, "repair", places, "rule", **sides)
    shown = examples.join(rows, on=["doc", "start", "rule"])
    quoted: dict[str, list[Facts]] = {}
    for row in shown.sort("name", "doc", "start", "before", "after").iter_rows(named=True):
        # bytes that are no UTF-8 are what some repairs are about: show them as U+FFFD
        before, after = (excerpt(row[side].decode(errors="replace"), EXCERPT) for side in ("before", "after"))
        quoted.setdefault(row["name"], []).append({"doc_id": row["doc_id"], "before": before, "after": after})
    return {name: rows[:EXAMPLES] for name, rows in quoted.items()}


def _quote(row: Facts, words: dict[tuple[int, int], str], texts: dict[int, bytes], names: dict[int, tuple[str, str]]) -> Facts:
    doc, twin = row["doc"], row.pop("twin_doc")
    twin_start, size, home = row.pop("twin_start"), row.pop("bytes"), row.pop("home")
    at = twin_start or 0
    # a line's twin without a place stands somewhere in the original of a copy: its beginning would be the wrong words
    known = twin is not None and (twin_start is not None or row.get("rule") in WHOLE)
    there = _piece(texts.get(twin), at, size, READ) or words.get((twin, at)) if known else None
    here = words.get((doc, row["start"]), "")
    if there is not None:
        here, there = (excerpt(text, EXCERPT) for text in _from_difference(here, there))
        there = there if row.get("rule") in WHOLE else _as_many_lines(there, here)
    here = excerpt(here, EXCERPT)
    quote = {**row, "doc_id": names[doc][0], "group": names[doc][1], "text": here, "twin": None}
    if twin is not None:
        quote["twin"] = {"doc": twin, "doc_id": names[twin][0] if twin in names else None, "start": twin_start, "text": there}
        quote["twin"]["stays"] = home
        quote["differs"] = _differing(here, there) if there else None
    return quote


def _words(records: Sequence[Recorded], places: pl.DataFrame) -> dict[tuple[int, int], str]:
    """The beginning of what was removed at each of a few places (doc, start)."""
    text = col.before.cast(pl.String).str.slice(0, READ + 1)
    rows = _among(records, "removal", places, text=text).sort("doc", "start", "text")
    # without the blank lines that went with a line
    return {(doc, start): excerpt(text.strip("\n"), READ) for doc, start, text in rows.iter_rows()}


def _names(records: Sequence[Recorded], docs: pl.DataFrame) -> dict[int, tuple[str, str]]:
    """Id and group of a few documents."""
    found = (record.fates.lazy().join(docs.lazy(), on="doc", how="semi").select("doc", "doc_id", "group") for record in records)
    return {doc: (doc_id, group or "") for some in found for doc, doc_id, group in some.collect().iter_rows()}


def _among(records: Sequence[Recorded], layer: str, places: pl.DataFrame, *more: str, **sides: pl.Expr) -> pl.DataFrame:
    """doc, start and what else is asked of the ledger's rows of one layer at a few places; one piece of it is read at a time."""
    # By document first: where the ledger is a file, texts are read of these alone, and of files without any of them none.
    there = col.doc.is_in(places["doc"].unique().sort().implode()) & (col.layer == layer)
    rows = (record.ledger.lazy().filter(there) for record in records)
    chosen = (part.join(places.lazy(), on=places.columns, how="semi").select("doc", "start", *more, **sides) for part in rows)
    return pl.concat([part.collect() for part in chosen])


def _texts(docs: pl.Series, read: Read | None) -> dict[int, bytes]:
    """The repaired texts of a few documents, as bytes, for offsets are in bytes."""
    wanted = sorted(set(docs.drop_nulls().to_list()))
    if read is None or not wanted:
        return {}
    return {doc: text.encode() for doc, text in read(wanted).select("doc", "text").iter_rows() if text is not None}


def _piece(text: bytes | None, start: int, size: int, most: int = EXCERPT) -> str | None:
    """At most so many characters of what stands at a place, with … where a line goes on; None: no text at hand."""
    if text is None:
        return None
    cut = text[start : start + min(size, 4 * most + 4)]  # a character has at most 4 bytes
    goes_on = size and b"\n" not in (cut[-1:], text[start + size : start + size + 1] or b"\n")
    return excerpt(cut.decode(errors="ignore").strip("\n") + "…" * bool(goes_on), most)


def _from_difference(here: str, there: str) -> tuple[str, str]:
    """Two texts from shortly before their first difference on, at the beginning of a word, where it stands far below."""
    pairs = enumerate(zip(here, there, strict=False))
    same = next((at for at, (a, b) in pairs if a != b), min(len(here), len(there)))
    if here == there or same < EXCERPT - CONTEXT:
        return here, there
    at = here.find(" ", same - CONTEXT, same) + 1 or same
    return f"…{here[at:]}", f"…{there[at:]}"


def _as_many_lines(there: str, here: str) -> str:
    """A twin's words without the lines that follow it: as many of its first lines as are most like what was removed.

    They were cut by size, and a cut copy is shorter than its twin; a paragraph may be one line, or many.
    """
    lines, words = there.split("\n"), here.split()
    heads = ["\n".join(lines[:count]) for count in range(1, len(lines) + 1)]
    return max(heads, key=lambda head: difflib.SequenceMatcher(None, words, head.split(), autojunk=False).ratio())


def _differing(here: str, there: str) -> dict[str, list[list[Any]]]:
    """Both texts in pieces [differs (0 or 1), words], so that a reader sees at once which words are not shared."""
    a, b = (re.findall(r"\w+|\s+|[^\w\s]", text) for text in (here, there))
    sides: dict[str, list[list[Any]]] = {"here": [], "there": []}
    for tag, a_from, a_to, b_from, b_to in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        for side, words in (("here", a[a_from:a_to]), ("there", b[b_from:b_to])):
            if words:
                sides[side].append([int(tag != "equal"), "".join(words)])
    return sides
