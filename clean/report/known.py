"""What `clean known` shows of known passages, for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clean.report.layout import number
from clean.report.terminal import and_more, table
from clean.visible import visible
from clean.wording import counted, excerpt

Row = Mapping[str, Any]

PLACES = (("end", "below the text"), ("middle", "inside it"), ("head", "right above it"), ("top", "further above it"))
SIDES = {
    "only_a": "only A knows",
    "only_b": "only B knows",
    "changed": "known to both, from other numbers of documents, places or shapes",
}
SHAPES = {"doubled": "a headline printed twice", "cut": "a lead that ends in dots"}
EXCERPT = 160  # characters of a passage


def as_known(known: Mapping[str, Any]) -> str:
    """Known passages (see jobs/known.py): by site, then the best supported ones. Ends with a line break."""
    made = ", ".join(f"{name} = {value}" for name, value in known["made_with"].items())
    pruned = f" ({number(known['pruned'])} with less support left out)" if known["pruned"] else ""
    parts = [f"{number(known['passages'])} known passages{pruned}\nmade with {made}\n"]
    if known["sites"]:
        names = ("passages", "docs")
        rows: list[Sequence[str]] = [("site", "passages", "documents, at most")]
        rows += [[_line(row["group"]) or "(no site)", *(number(row[name]) for name in names)] for row in known["sites"]]
        parts.append(table(rows))
    if known["shapes"]:
        shapes: list[Sequence[str]] = [("site", "blurbs known by", "examples")]
        shapes += [[_line(row["group"]) or "(no site)", _shape(row["shape"]), number(row["examples"])] for row in known["shapes"]]
        parts.append(table(shapes))
    parts += _passages(known["top"], known["passages"])
    return "\n".join(parts)


def as_comparison(found: Mapping[str, Any], a: str, b: str) -> str:
    """What the files named `a` and `b` know differently. Ends with a line break."""
    parts = [f"A: {_line(a)}\nB: {_line(b)}\n", f"{counted(found['both'], 'passage')} known to both\n"]
    for name, title in SIDES.items():
        count = found[name]["count"]
        if found[name]["top"]:
            told = "\n".join(_passages(found[name]["top"], count))
            parts.append(f"{title}: {number(count)}\n\n{told}")
    if found["same"]:
        parts.append("same: the same passages with the same support\n")
    return "\n".join(parts)


def _passages(shown: Sequence[Row], of: int) -> list[str]:
    """A paragraph for each that is shown, and one that says how many more there are."""
    more = [f"{and_more(len(shown), of)}; --all shows them\n"] if len(shown) < of else []
    return [_passage(row) for row in shown] + more


def _passage(row: Row) -> str:
    """One passage: its text, from how many documents it went and where in them, and the first of them."""
    now = f" in A, {number(row['docs_b'])} in B" if "docs_b" in row else ""
    site = f" of {_line(row['group'])}" if row["group"] else ""
    places = [f"{number(row[name])} {words}" for name, words in PLACES if row[name]]
    told = [f"from {counted(row['docs'], 'document')}{now}{site}", *([", ".join(places)] if places else [])]
    told.append(f"first {_line(row['doc_id'] or '')} in {_line(row['source'] or '')}")
    return f"{_line(excerpt(row['text'], EXCERPT))}\n  {'; '.join(told)}\n"


def _shape(shape: str) -> str:
    return SHAPES.get(shape) or f"the words {_line(shape.strip())}"


def _line(text: str) -> str:
    return visible(text, keep_newlines=False)
