"""What a run says on a terminal, a short table first: plain text, no colour, aligned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from clean.report.layout import number, percent
from clean.visible import visible
from clean.wording import counted, excerpt

Row = Sequence[str]
SHOWN = 10  # of each list
QUOTED = 120  # characters of a passage


def summary(facts: Mapping[str, Any], folder: Path | None = None) -> str:
    """Documents, characters, what each rule removed, what was repaired, what to mind, where to look.

    Ends with a line break. `folder`: where the reports stand, if they were written.
    """
    parts = [_figures(facts), _removed(facts), _repaired(facts), _warnings(facts)]
    if folder is not None:
        parts.append(f"report: {visible(str(folder / 'report.html'), keep_newlines=False)}\n")
    return "\n".join(part for part in parts if part)


def preview(facts: Mapping[str, Any]) -> str:
    """The passages that go from most documents, and the decisions on the least evidence, quoted. Ends with a line break."""
    clusters = [
        f"{number(row['copies'])} × in {counted(row['docs'], 'document')} · {', '.join(row['rules'])}\n  {_quote(row['text'])}"
        for row in facts["clusters"][:SHOWN]
    ]
    weakest = [
        f"{row['rule']} · {'no score' if row['score'] is None else format(row['score'], '.2f')} · "
        f"{visible(row['doc_id'], keep_newlines=False)}\n  {_quote(row['text'])}"
        for row in facts["weakest"][:SHOWN]
    ]
    titled = (("biggest clusters", clusters), ("weakest decisions", weakest))
    return "\n".join("\n".join([f"{title}:", *rows]) + "\n" for title, rows in titled if rows)


def _quote(text: str) -> str:
    return visible(excerpt(text, QUOTED), keep_newlines=False)


def left_alone(skipped: Sequence[tuple[str, str]]) -> str:
    """What in the inputs was not read, and why; the first few by name. Ends with a line break, if there is any."""
    return _first_of([f"{name}: {reason}" for name, reason in skipped[:SHOWN]], len(skipped), "not read: ")


def _figures(facts: Mapping[str, Any]) -> str:
    documents, text = facts["documents"], facts["text"]
    rows = [
        ("", "in", "out", "removed"),
        ("documents", *map(number, (documents["read"], documents["kept"], documents["removed"]))),
        ("characters", *map(number, (text["chars_in"], text["chars_out"], text["chars_removed"]))),
    ]
    return table(rows) + _quarantined(facts)


def _quarantined(facts: Mapping[str, Any]) -> str:
    """How many records could not be read; of the first few where, and why."""
    bad = facts["documents"]["quarantined"]
    if not bad:
        return ""
    shown = [f"{row['source']}:{row['line']}: {row['reason']}" for row in facts["quarantine"][:SHOWN]]
    return f"quarantined: {number(bad)}\n" + _first_of(shown, bad, "  ")


def _first_of(shown: Sequence[str], of: int, before: str) -> str:
    """A line for each that is shown, and one that says how many more there are."""
    more = [and_more(len(shown), of)] if len(shown) < of else []
    return "".join(f"{before}{visible(line, keep_newlines=False)}\n" for line in (*shown, *more))


def _removed(facts: Mapping[str, Any]) -> str:
    found = [(rule, row) for rule, row in facts["rules"].items() if row["segments"]]
    rows = [
        (visible(rule), *map(number, (row["segments"], row["documents"], row["chars"])), percent(row["share"]))
        for rule, row in found
    ]
    return table([("removed", "segments", "documents", "characters", "share"), *rows]) if rows else "removed: nothing\n"


def _repaired(facts: Mapping[str, Any]) -> str:
    rows = [(visible(name, keep_newlines=False), number(count)) for name, count in facts["repairs"].items()]
    return table([("repaired", "edits"), *rows]) if rows else "repaired: nothing\n"


def _warnings(facts: Mapping[str, Any]) -> str:
    return "".join(f"{row['level']}: {visible(row['text'], keep_newlines=False)}\n" for row in facts["warnings"])


def and_more(shown: int, of: int) -> str:
    """What stands below the first few of a list."""
    return f"and {number(of - shown)} more"


def table(rows: Sequence[Row]) -> str:
    """Rows of cells as lines: first column to the left, the others to the right, two blanks between."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines) + "\n"
