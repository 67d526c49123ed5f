"""A document's story, or a cluster's, for a terminal: what was removed is struck through, what was mended is marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from clean.visible import visible
from clean.wording import counted

Piece = Mapping[str, Any]

_STRUCK, _MENDED, _QUIET, _PLAIN = "\x1b[9;31m", "\x1b[32m", "\x1b[2m", "\x1b[0m"


def as_text(story: Mapping[str, Any], *, colour: bool) -> str:
    """A story (see jobs/explain.py) as lines: "- " before what went and why below it, "  " before what stayed.

    A repair shows as {was→is}, see `repaired`. Control characters of the document are made visible.
    """
    pieces = story["pieces"]
    removed = sum("removal" in piece for piece in pieces)
    name = visible(f"{story['doc_id']} ({story['source']})", keep_newlines=False)
    lines = [
        f"{name}: {story['fate']}",
        f"{counted(story['chars_in'], 'character')} in, {story['chars_out']:,} out; "
        f"{counted(removed, 'removal')}, {repairs(pieces)}",
        "",
    ]
    for why, run in runs(pieces):
        text = "".join(_mend(piece, colour) for piece in run)
        lines += _kept(text) if why is None else _gone(text, why, colour)
    return "\n".join(lines) + "\n"


def runs(pieces: Sequence[Piece]) -> list[tuple[Any, list[Piece]]]:
    """Neighbouring pieces that went for one reason, or that all stayed (None), together."""
    return [(why, list(run)) for why, run in groupby(pieces, key=lambda piece: piece.get("removal"))]


def repairs(pieces: Sequence[Piece]) -> str:
    """How many pieces were repaired, in words, and of how many of them that is not shown."""
    mended = [piece for piece in pieces if "repair" in piece]
    ends = sum(repaired(piece) is None for piece in mended)
    return counted(len(mended), "repair") + (f" ({ends:,} of line ends, not shown)" if ends else "")


def repaired(piece: Piece) -> tuple[str, str, str] | None:
    """What a piece was, what it is, and the line breaks after it. None: it is as it was, but for how its lines end.

    Where a file has its lines end at CR LF, a repair of each would hide all others.
    """
    if "repair" not in piece:
        return None
    was, now = piece["repair"]["before"], piece["text"]
    if _one_end(was) == _one_end(now):
        return None
    ending = now[len(now.rstrip("\n")) :]
    return was.rstrip("\r\n"), now.rstrip("\n"), ending


def _one_end(text: str) -> str:
    """`text` with one kind of line end; a piece may stop between CR and LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


def as_members(cluster: Mapping[str, Any], *, colour: bool) -> str:
    """A cluster (see jobs/cluster.py) as lines: each member's document and place, its fate, and its words below."""
    members = cluster["members"]
    homes, gone, stays = (sum(one["fate"] == fate for one in members) for fate in ("home", "removed", "kept"))
    lines = [
        f"cluster {cluster['cluster']}",
        f"in {counted(cluster['docs'], 'document')}; {counted(homes, 'home')}, {gone:,} removed, {stays:,} kept otherwise",
    ]
    for one in members:
        lines += ["", _place(one)]
        words = visible(one["text"]).split("\n")
        struck = f"- {_STRUCK}{{}}{_PLAIN}" if colour else "- {}"
        lines += [(struck if one["fate"] == "removed" else "  {}").format(line) for line in words]
    return "\n".join(lines) + "\n"


def member(one: Piece) -> str:
    """What became of a member of a cluster, in words: its fate, the rule or the reason, its score."""
    parts = [
        {"home": "stays: its home", "removed": f"removed · {one.get('rule')}", "kept": f"kept · {one.get('reason')}"}[one["fate"]]
    ]
    if one.get("score") is not None:
        parts.append(f"score {one['score']:.2f}")
    return " · ".join(parts)


def short(cluster: str) -> str:
    """The first digits of a cluster's key: enough to ask for it."""
    return cluster[:12]


def _place(one: Piece) -> str:
    where = f"{one['doc_id']} ({one['source']}) at byte {one['start']:,}"
    return f"{visible(where, keep_newlines=False)}: {visible(member(one), keep_newlines=False)}"


def _mend(piece: Piece, colour: bool) -> str:
    change = repaired(piece)
    if change is None:
        return visible(piece["text"])
    was, now, ending = change
    marked = f"{{{visible(was, keep_newlines=False)}→{visible(now)}}}"
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
    parts = [why["rule"], elsewhere(why)]
    if why["score"] is not None:
        parts.append(f"score {why['score']:.2f}")
    if why["cluster"] is not None:
        parts.append(f"cluster {short(why['cluster'])}")
    return " · ".join(part for part in parts if part)


def _file(one: Piece) -> str:
    """A file that knows a passage: how many documents lost it, and the first of them."""
    name, first, source = (visible(one[name] or "", keep_newlines=False) for name in ("file", "doc_id", "source"))
    return f"{name} ({counted(one['docs'], 'document')}, first {first} in {source})"


def elsewhere(why: Piece) -> str:
    """Where else a removed piece stands, or what it was learned from, in words; nothing where there is nothing to tell."""
    if why.get("known"):
        return f"known from {' and '.join(_file(one) for one in why['known'])}"
    place = "" if why["twin_start"] is None else f" at byte {why['twin_start']}"
    if why["rule"] == "repeated-line":
        return f"again in this document, first{place}"
    if why["twin_doc_id"] is None:
        files = f", here or in {' or '.join(map(visible, why['shapes']))}" if why.get("shapes") else ""
        return f"learned from {counted(why['support'], 'example')}{files}" if why["support"] else ""
    twin = f"{visible(why['twin_doc_id'], keep_newlines=False)}{place}"
    return f"in {counted(why['docs'], 'document')}, " + (f"stays in {twin}" if why["home"] else f"such as {twin}")
