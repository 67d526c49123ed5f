"""One document's story for a terminal: what was removed is struck through, what was mended is marked."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from clean.visible import visible

Piece = Mapping[str, Any]

_STRUCK, _MENDED, _QUIET, _PLAIN = "\x1b[9;31m", "\x1b[32m", "\x1b[2m", "\x1b[0m"


def as_text(story: Mapping[str, Any], *, colour: bool) -> str:
    """A story (see jobs/explain.py) as lines: "- " before what went and why below it, "  " before what stayed.

    A repair shows as {was→is}. Control characters of the document are made visible.
    """
    pieces = story["pieces"]
    removed, mended = (sum(kind in piece for piece in pieces) for kind in ("removal", "repair"))
    name = visible(f"{story['doc_id']} ({story['source']})", keep_newlines=False)
    lines = [
        f"{name}: {story['fate']}",
        f"{story['chars_in']:,} characters in, {story['chars_out']:,} out; {removed} removals, {mended} repairs",
        "",
    ]
    for why, run in groupby(pieces, key=lambda piece: piece.get("removal")):
        text = "".join(_mend(piece, colour) for piece in run)
        lines += _kept(text) if why is None else _gone(text, why, colour)
    return "\n".join(lines) + "\n"


def _mend(piece: Piece, colour: bool) -> str:
    text = visible(piece["text"])
    if "repair" not in piece:
        return text
    marked = f"{{{visible(piece['repair']['before'], keep_newlines=False)}→{text.rstrip(chr(10))}}}"
    ending = text[len(text.rstrip("\n")) :]
    return (f"{_MENDED}{marked}{_PLAIN}" if colour else marked) + ending


def _kept(text: str) -> list[str]:
    return ["  " + line for line in text.removesuffix("\n").split("\n")]


def _gone(text: str, why: Piece, colour: bool) -> list[str]:
    lines = [line for line in text.split("\n") if line.strip()]
    struck = [f"- {_STRUCK}{line}{_PLAIN}" if colour else f"- {line}" for line in lines]
    reason = f"  ^ {reasons(why)}"
    return [*struck, f"{_QUIET}{reason}{_PLAIN}" if colour else reason]


def reasons(why: Piece) -> str:
    """Why one piece went, in a line: rule, where else it stands or what it was learned from, score."""
    parts = [why["rule"], _elsewhere(why)]
    if why["score"] is not None:
        parts.append(f"score {why['score']:.2f}")
    return " · ".join(part for part in parts if part)


def _elsewhere(why: Piece) -> str:
    place = "" if why["twin_start"] is None else f" at byte {why['twin_start']}"
    if why["rule"] == "repeated-line":
        return f"again in this document, first{place}"
    if why["twin_doc_id"] is None:
        return f"learned from {why['support']} examples" if why["support"] else ""
    twin = f"{visible(why['twin_doc_id'], keep_newlines=False)}{place}"
    return f"in {why['docs']} documents, " + (f"stays in {twin}" if why["home"] else f"such as {twin}")
