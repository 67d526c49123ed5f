"""Two records held against each other: whose fate changed, which lines went in one run only, which repairs.

Documents are the same when source and id are (the first with the first, where ids repeat); then, of those left over, when
the id alone is: the same articles may come in a file of another name. Lines are compared by their words and not by
their place, so that a repair further up, or the blank line that went with one, is no difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import polars as pl
from polars import col

from clean.stages.measure.quotes import EXCERPT
from clean.stages.measure.tables import Recorded
from clean.wording import excerpt

Differences = dict[str, Any]
Pair = tuple[pl.DataFrame, pl.DataFrame]
Tables = dict[str, pl.DataFrame]

SIDES = ("a", "b")
FATE = {"doc": "doc", "fate": "fate", "raw": "raw_sha256", "text": "text_sha256", "chars": "chars_out"}
LISTS = (
    "documents_only_in_a",
    "documents_only_in_b",
    "inputs_changed",
    "fates_changed",
    "lines_removed_only_in_a",
    "lines_removed_only_in_b",
    "rules_changed",
    "repairs_only_in_a",
    "repairs_only_in_b",
    "texts_changed",
)


def compare(a: Sequence[Recorded], b: Sequence[Recorded], top: int | None = 10) -> Differences:
    """What differs between two runs, each given by its record in pieces, in the order of their documents; lists have at most
    `top` rows (None: all).

    `same`; `documents` (`in_both`, and figures of `a` and `b`); `rules` and `repairs` (name: figures of both); `lists`: for
    each kind of difference `of`, how many there are, and `rows`, in the order of the first run. What is held is each
    document's fate, and of the ledgers a piece of `a` with what `b` has of its documents.
    """
    fates = _fates(a), _fates(b)
    pairs = _pairs(fates)
    both = pairs.filter(col.doc_a.is_not_null() & col.doc_b.is_not_null())
    lists = _listed(chain([_documents(pairs, both)], _edited(a, b, both)), top)
    figures = [_figures(side) for side in (a, b)]
    return {
        "same": all(found["of"] == 0 for found in lists.values()),
        "documents": {"in_both": both.height, **{side: _sizes(table) for side, table in zip(SIDES, fates, strict=True)}},
        "rules": _beside(figures, "removal"),
        "repairs": _beside(figures, "repair"),
        "lists": lists,
    }


def _listed(found: Iterable[Tables], top: int | None) -> dict[str, Differences]:
    """Each list's number of rows in all tables that were found for it, and the first of them."""
    of, rows = Counter[str](), {name: list[dict[str, Any]]() for name in LISTS}
    for tables in found:
        for name, table in tables.items():
            of[name] += table.height
            rows[name] += _quoted(table if top is None else table.head(top - len(rows[name])))
    return {name: {"of": of[name], "rows": rows[name]} for name in LISTS}


# ---------------------------------------------------------------- which documents are the same


def _fates(record: Sequence[Recorded]) -> pl.DataFrame:
    """What is compared of the schema.FATES of a run."""
    return pl.concat(piece.fates.lazy().select("doc_id", "source", *FATE.values()).collect() for piece in record)


def _documents(pairs: pl.DataFrame, both: pl.DataFrame) -> Tables:
    """The documents that one run alone has, and those whose fate or text is another."""
    kept = _kept(both)
    return {
        "documents_only_in_a": pairs.filter(col.doc_b.is_null()).select("doc_id", "source", fate="fate_a"),
        "documents_only_in_b": pairs.filter(col.doc_a.is_null()).select("doc_id", "source", fate="fate_b"),
        "inputs_changed": both.filter(col.raw_a.ne_missing(col.raw_b)).select("doc_id", "source"),
        "fates_changed": both.filter(col.fate_a != col.fate_b).select("doc_id", "source", a="fate_a", b="fate_b"),
        "texts_changed": kept.filter(col.text_a.ne_missing(col.text_b)).select("doc_id", "source", a="chars_a", b="chars_b"),
    }


def _kept(both: pl.DataFrame) -> pl.DataFrame:
    """The documents that both runs published."""
    return both.filter((col.fate_a == "kept") & (col.fate_b == "kept"))


def _pairs(fates: Pair) -> pl.DataFrame:
    """A row a document of either run: doc_id, source, and FATE's columns of each side, null where it has none."""
    a, b = (table.sort("doc").select("doc_id", "source", **_named(side)) for side, table in zip(SIDES, fates, strict=True))
    met = _meet(a, b, ["source", "doc_id"])
    met = pl.concat([met, _meet(a.join(met, on="doc_a", how="anti"), b.join(met, on="doc_b", how="anti"), ["doc_id"])])
    pairs = a.join(met, on="doc_a", how="left").join(b, on="doc_b", how="full", coalesce=True, suffix="_of_b")
    names = (pl.coalesce(name, f"{name}_of_b").alias(name) for name in ("doc_id", "source"))
    return pairs.with_columns(names).sort("doc_a", "doc_b", nulls_last=True)


def _named(side: str) -> dict[str, str]:
    return {f"{name}_{side}": column for name, column in FATE.items()}


def _meet(a: pl.DataFrame, b: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    """doc_a, doc_b of documents that agree in `on`, the first with the first where several do."""
    return _numbered(a, on).join(_numbered(b, on), on=[*on, "nth"], how="inner").select("doc_a", "doc_b")


def _numbered(table: pl.DataFrame, on: Sequence[str]) -> pl.DataFrame:
    """`nth`: the number of each row among those that agree in `on`, from 0, in the order of the table."""
    return table.with_columns(nth=pl.int_range(pl.len(), dtype=pl.UInt32).over(on))


# ---------------------------------------------------------------- what was done in them


def _edited(a: Sequence[Recorded], b: Sequence[Recorded], both: pl.DataFrame) -> Iterator[Tables]:
    """What was removed or repaired in one run only, or by another rule, in the documents of each piece of `a`."""
    bounds_of_b = [_bounds(piece) for piece in b]
    in_a, in_b = col.rule_a.is_not_null(), col.rule_b.is_not_null()
    for piece in a:
        here = both.filter(col.doc_a.is_between(*_bounds(piece)))
        first, last = here.select(first=col.doc_b.min(), last=col.doc_b.max()).row(0)
        theirs = [
            other.ledger.lazy().filter(col.doc.is_between(first, last)).collect()
            for other, (begin, end) in zip(b, bounds_of_b, strict=True)
            if first is not None and begin is not None and begin <= last and first <= end
        ]
        ours = piece.ledger.lazy().collect()
        ledgers = ours, pl.concat([ours.clear(), *theirs])
        removed, mended = _removed_lines(ledgers, _kept(here)), _mended_places(ledgers, here)
        yield {
            "lines_removed_only_in_a": removed.filter(in_a & ~in_b).select("doc_id", "source", "text", rule="rule_a"),
            "lines_removed_only_in_b": removed.filter(in_b & ~in_a).select("doc_id", "source", "text", rule="rule_b"),
            "rules_changed": removed.filter(col.rule_a != col.rule_b).select("doc_id", "source", "text", a="rule_a", b="rule_b"),
            "repairs_only_in_a": mended.filter(in_a & ~in_b).select("doc_id", "source", "before", "after", rule="rule_a"),
            "repairs_only_in_b": mended.filter(in_b & ~in_a).select("doc_id", "source", "before", "after", rule="rule_b"),
        }


def _bounds(piece: Recorded) -> tuple[int | None, int | None]:
    """The first and the last document of a piece; None where it has none."""
    first, last = piece.fates.lazy().select(first=col.doc.min(), last=col.doc.max()).collect().row(0)
    return first, last


def _removed_lines(ledgers: Pair, kept: pl.DataFrame) -> pl.DataFrame:
    """The lines removed from documents that both runs kept, blank ones aside: text, rule_a, rule_b, doc_id, source."""
    sides = []
    for side, ledger in zip(SIDES, ledgers, strict=True):
        rows = _edits(ledger, "removal", kept, side).with_columns(text=col.before.cast(pl.String).str.split("\n"))
        sides.append(rows.explode("text").filter(col.text.str.strip_chars() != ""))
    return _met(sides, ["text"], kept)


def _mended_places(ledgers: Pair, both: pl.DataFrame) -> pl.DataFrame:
    """The repairs in documents that both runs read: before, after, rule_a, rule_b, doc_id, source."""
    sides = [_edits(ledger, "repair", both, side) for side, ledger in zip(SIDES, ledgers, strict=True)]
    return _met(sides, ["before", "after"], both)


def _edits(ledger: pl.DataFrame, layer: str, pairs: pl.DataFrame, side: str) -> pl.DataFrame:
    """The edits of one layer in documents of `pairs`, in order, by the first run's ordinal: doc_a, start, before, after, rule."""
    rows = ledger.filter(col.layer == layer).select("start", "before", "after", "rule", doc=col.doc)
    known = pairs.select("doc_a", doc=f"doc_{side}")
    return rows.join(known, on="doc", how="inner").drop("doc").sort("doc_a", "start")


def _met(sides: list[pl.DataFrame], words: list[str], pairs: pl.DataFrame) -> pl.DataFrame:
    """What both sides did with the same words of a document, the first with the first where the words repeat."""
    keys = ["doc_a", *words]
    a, b = (
        _numbered(rows, keys).select(*keys, "nth", **{f"rule_{side}": "rule", f"start_{side}": "start"})
        for side, rows in zip(SIDES, sides, strict=True)
    )
    met = a.join(b, on=[*keys, "nth"], how="full", coalesce=True)
    met = met.join(pairs.select("doc_a", "doc_id", "source"), on="doc_a", how="left")
    return met.sort("doc_a", pl.coalesce("start_a", "start_b"), *words, "nth")


# ---------------------------------------------------------------- figures and words


def _figures(record: Sequence[Recorded]) -> pl.DataFrame:
    """layer, rule, and how many edits there are, and of how many bytes."""
    sums = (col.edits.sum(), col.bytes.sum())
    edits = (piece.ledger.lazy().select("layer", "rule", edits=1, bytes=col.before.bin.size()) for piece in record)
    return pl.concat(rows.group_by("layer", "rule").agg(sums).collect() for rows in edits).group_by("layer", "rule").agg(sums)


def _beside(figures: Sequence[pl.DataFrame], layer: str) -> dict[str, dict[str, dict[str, int]]]:
    """name: the figures of both sides."""
    beside: dict[str, dict[str, dict[str, int]]] = {}
    for side, table in zip(SIDES, figures, strict=True):
        for rule, edits, size in table.filter(layer=layer).select("rule", "edits", "bytes").iter_rows():
            nothing = {one: {"edits": 0, "bytes": 0} for one in SIDES}
            beside.setdefault(rule, nothing)[side] = {"edits": edits, "bytes": size}
    return dict(sorted(beside.items()))


def _sizes(fates: pl.DataFrame) -> dict[str, int]:
    return {"read": fates.height, "kept": fates.filter(fate="kept").height, "chars_out": int(fates["chars_out"].sum())}


def _quoted(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows as plain values; bytes that are no UTF-8 as \\xNN, texts cut to EXCERPT characters."""
    return [
        {name: _excerpt(value) if name in ("text", "before", "after") else value for name, value in row.items()}
        for row in rows.to_dicts()
    ]


def _excerpt(text: str | bytes) -> str:
    shown = text.decode(errors="backslashreplace") if isinstance(text, bytes) else text
    return excerpt(shown, EXCERPT)
