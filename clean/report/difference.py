"""What `clean diff` found, for a terminal: figures first, then what differs, quoted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from clean.report.layout import number, plain
from clean.report.terminal import and_more, table
from clean.visible import visible
from clean.wording import counted

Row = Mapping[str, Any]

TITLES = {
    "documents_only_in_a": "documents only A has",
    "documents_only_in_b": "documents only B has",
    "inputs_changed": "documents that came in with other bytes",
    "fates_changed": "documents with another fate",
    "lines_removed_only_in_a": "lines removed only in A",
    "lines_removed_only_in_b": "lines removed only in B",
    "rules_changed": "lines removed in both, by another rule",
    "repairs_only_in_a": "repairs only in A",
    "repairs_only_in_b": "repairs only in B",
    "texts_changed": "published texts that differ",
}


def as_differences(found: Mapping[str, Any], a: str, b: str) -> str:
    """The differences (see jobs/diff.py) between the runs named `a` and `b`; ends with a line break."""
    parts = [f"A: {visible(a, keep_newlines=False)}\nB: {visible(b, keep_newlines=False)}\n", _figures(found)]
    parts += [_told(found[name], name) for name in ("settings", "versions") if found[name]]
    parts += ["\n".join(_list(TITLES[name], rows)) + "\n" for name, rows in found["lists"].items() if rows["of"]]
    if found["same"]:
        parts.append("same: the same documents, texts, removals and repairs\n")
    return "\n".join(parts)


def _figures(found: Mapping[str, Any]) -> str:
    documents = found["documents"]
    rows = [("", "A", "B", "B - A")]
    rows += [_row(words, *(documents[side][name] for side in ("a", "b"))) for words, name in DOCUMENTS]
    for kind, unit in (("rules", "segments"), ("repairs", "edits")):
        for name, sides in found[kind].items():
            rows.append(_row(f"{visible(name, keep_newlines=False)}, {unit}", sides["a"]["edits"], sides["b"]["edits"]))
            if kind == "rules":
                rows.append(_row(f"{visible(name, keep_newlines=False)}, bytes", sides["a"]["bytes"], sides["b"]["bytes"]))
    return table(rows)


DOCUMENTS = (("documents read", "read"), ("documents published", "kept"), ("characters published", "chars_out"))


def _row(words: str, a: int, b: int) -> tuple[str, str, str, str]:
    return words, number(a), number(b), f"{b - a:+,}" if b != a else ""


def _told(rows: Sequence[Row], name: str) -> str:
    lines = [f"other {name}:"]
    lines += [f"  {visible(str(row['name']))}: {_value(row['a'])} -> {_value(row['b'])}" for row in rows]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    return "(none)" if value in (None, "", []) else visible(plain(value), keep_newlines=False)


def _list(title: str, found: Row) -> Iterator[str]:
    yield f"{title}: {number(found['of'])}"
    yield from (f"  {_line(row)}" for row in found["rows"])
    if len(found["rows"]) < found["of"]:
        yield f"  {and_more(len(found['rows']), found['of'])}; --all shows them"


def _line(row: Row) -> str:
    """One difference in a line: the document, then what there is to say of it."""
    parts = [row["doc_id"]]
    if "a" in row:
        parts.append(f"{_cell(row['a'])} -> {_cell(row['b'])}")
    parts += [row[name] for name in ("fate", "rule") if name in row]
    if "before" in row:
        parts.append(f"{row['before']} -> {row['after']}")
    if "text" in row:
        parts.append(row["text"])
    return " · ".join(visible(str(part), keep_newlines=False) for part in parts)


def _cell(value: Any) -> str:
    return counted(value, "character") if isinstance(value, int) else str(value)
