"""Drawings for docs/how-it-decides.md: SVG, readable on light and dark ground, the same bytes for the same run.

draw(run, folder)   seeds.svg: the five seeds as columns of lines, coloured by the rule that removed them, with their twins
                    home.svg: a blurb and the article that it was cut from
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from clean.jobs.explain import explain
from clean.report.layout import percent

Piece = dict[str, Any]

COLOURS = {
    "kept": ("#c3c8cf", "#555c68"),
    "shared-teaser": ("#d55e00", "#d55e00"),
    "learned-teaser": ("#e69f00", "#e69f00"),
    "repeated-line": ("#cc79a7", "#cc79a7"),
    "headline-list": ("#f0e442", "#f0e442"),
}
TALL, WIDE, GAP, TOP, LEFT = 560, 118, 62, 64, 24  # of the longest column; of each column; between two
FONT = 'font-family="system-ui, Segoe UI, Helvetica Neue, Arial, sans-serif"'


def draw(run: Path, folder: Path) -> list[Path]:
    """Write both drawings; the paths written."""
    drawings = {"seeds.svg": seeds_map(run), "home.svg": home()}
    for name, text in drawings.items():
        (folder / name).write_text(text, "utf-8")
    return [folder / name for name in drawings]


def seeds_map(run: Path) -> str:
    """The articles of a finished run, each a column: a stripe a line, as tall as the line is long."""
    names = sorted(path.stem for path in (run / "txt").glob("*.txt"))
    columns = [_lines(explain(run, name)[0]["pieces"]) for name in names]
    scale = TALL / max(sum(size for _, _, size, _ in column) for column in columns)
    body = []
    tops: list[dict[int, float]] = []
    for number, (name, column) in enumerate(zip(names, columns, strict=True)):
        x = LEFT + number * (WIDE + GAP)
        kept = sum(size for _, rule, size, _ in column if rule == "kept")
        body.append(_text(x, TOP - 30, name[:3] + "…" + name[-4:], "name"))
        body.append(_text(x, TOP - 12, f"{percent(kept / sum(size for _, _, size, _ in column))} stays", "soft"))
        y, places = float(TOP), {}
        for start, rule, size, _ in column:
            tall = size * scale
            places[start] = y + tall / 2
            body.append(f'<rect class="{rule}" x="{x}" y="{y:.1f}" width="{WIDE}" height="{max(tall - 1.2, 1.2):.1f}" rx="1"/>')
            y += tall
        tops.append(places)
    body += _threads(names, columns, tops)
    bottom = TOP + TALL + 34
    at = LEFT
    for rule in COLOURS:
        body.append(f'<rect class="{rule}" x="{at}" y="{bottom - 10}" width="12" height="12" rx="2"/>')
        body.append(_text(at + 18, bottom, rule, "soft"))
        at += 40 + 8 * len(rule)
    wide = 2 * LEFT + len(names) * WIDE + (len(names) - 1) * GAP
    return _page(wide, bottom + 18, body, "The five articles of seeds/, line by line")


def _lines(pieces: Sequence[Piece]) -> list[tuple[int, str, int, Piece | None]]:
    """(start, rule or kept, bytes, evidence) of each line that holds a word."""
    found, at = [], 0
    for piece in pieces:
        why = piece.get("removal")
        for line in piece["text"].encode().splitlines(keepends=True):
            if line.strip():
                found.append((at, why["rule"] if why else "kept", len(line), why))
            at += len(line)
    return found


def _threads(
    names: Sequence[str], columns: Sequence[list[tuple[int, str, int, Piece | None]]], tops: Sequence[dict[int, float]]
) -> Iterator[str]:
    """A curve from what was removed to its twin in the next column."""
    for number, (left, right) in enumerate(pairwise(names)):
        x = LEFT + number * (WIDE + GAP) + WIDE
        for start, rule, _, why in columns[number]:
            if rule == "shared-teaser" and why and why["twin_doc_id"] == right:
                there = tops[number + 1].get(why["twin_start"])
                if there is not None:
                    y = tops[number][start]
                    bend = f"C{x + GAP / 2:.0f} {y:.1f} {x + GAP / 2:.0f} {there:.1f} {x + GAP} {there:.1f}"
                    yield f'<path d="M{x} {y:.1f}{bend}"><title>{left} and {right}</title></path>'


ARTICLES = (
    ("the article", "kept: nothing here was copied", ("headline", "lead", "body", "body", "body"), 5),
    ("another article", "goes: it ends two articles", ("own headline", "body", "body", "headline", "headline", "cut lead"), 3),
    ("a third", "goes, and confirms the other", ("own headline", "body", "headline", "headline", "cut lead"), 2),
)
HEIGHTS = {"headline": 20, "own headline": 20, "lead": 44, "body": 40, "cut lead": 32}
WORDS = {"headline": "“Bridge opens at last”", "lead": "The mayor cut the ribbon …", "cut lead": "The mayor cut the…"}
APART = 246


def home() -> str:
    """An article, and two that end with a blurb cut from it: which copies go."""
    body = []
    for number, (name, fate, lines, own) in enumerate(ARTICLES):
        x, y = LEFT + number * APART, 46
        body += [_text(x, 30, name, "name"), _text(x, 286, fate, "soft")]
        for place, what in enumerate(lines):
            rule, ink = ("kept", "in") if place < own else ("shared-teaser", "on")
            body.append(f'<rect class="{rule}" x="{x}" y="{y}" width="196" height="{HEIGHTS[what]}" rx="3"/>')
            body.append(_text(x + 8, y + 14, WORDS.get(what, what), ink))
            y += HEIGHTS[what] + 5
    body.append('<path d="M220 56C245 56 245 171 270 171"/><path d="M220 90C245 90 245 226 270 226"/>')
    body.append('<path d="M466 171C491 171 491 126 516 126"/>')
    return _page(2 * LEFT + 2 * APART + 196, 306, body, "A blurb and the article it was cut from")


def _text(x: float, y: float, words: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{words}</text>'


def _page(width: int, height: int, body: Sequence[str], title: str) -> str:
    light = "".join(f".{name}{{fill:{colour}}}" for name, (colour, _) in COLOURS.items())
    dark = "".join(f".{name}{{fill:{colour}}}" for name, (_, colour) in COLOURS.items())
    style = (
        f".ground{{fill:#fcfbf8}}text{{font-size:12px;fill:#5f6570}}.name{{font-size:13px;font-weight:600;fill:#23262d}}{light}"
        ".in{fill:#23262d;font-size:11px}.on{fill:#fff;font-size:11px}path{fill:none;stroke:#d55e00;stroke-width:1.2;opacity:.7}"
        "@media(prefers-color-scheme:dark){.ground{fill:#16181d}text{fill:#a3a8b2}.name,.in{fill:#e6e4df}.on{fill:#fff}"
        f"{dark}}}"
    )
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" {FONT}>'
    ground = f'<rect class="ground" width="{width}" height="{height}" rx="8"/>'
    return "\n".join([head, f"<title>{title}</title><style>{style}</style>", ground, *body, "</svg>"]) + "\n"
