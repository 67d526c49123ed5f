"""How numbers and words look, in every report: formats, labels, text bars, the escaping of Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from clean.visible import visible

RULES = {
    "exact-document": "the whole document, identical to another",
    "near-document": "the whole document, nearly the same as another",
    "shared-teaser": "a blurb of another article",
    "learned-teaser": "a blurb seen once, known by its shape or its place",
    "furniture": "navigation, notices and other lines of the site",
    "repeated-line": "a line that the same document has printed above",
    "headline-list": "several headlines glued into one line",
    "known-passage": "known from earlier runs, which removed it",
}

REPAIRS = {
    "decode-bytes": "bytes that are no UTF-8",
    "unescape_html": "HTML entities",
    "remove_terminal_escapes": "terminal escapes",
    "fix_encoding": "mojibake",
    "restore_byte_a0": "mojibake that lost its no-break spaces",
    "replace_lossy_sequences": "mojibake that lost characters",
    "decode_inconsistent_utf8": "mojibake in parts",
    "fix_c1_controls": "C1 controls that were Windows-1252",
    "fix_latin_ligatures": "ligatures",
    "fix_character_width": "full-width and half-width forms",
    "uncurl_quotes": "curled quotes",
    "fix_line_breaks": "line breaks",
    "fix_surrogates": "surrogates",
    "remove_control_chars": "control characters",
    "normalize": "Unicode normal form",
}

# Why something that repeats was kept: see stages/judge.
REASONS = {
    "first line": "a document opens with it, and a first line always stays",
    "home": "the copy that the others were cut from, or a document's own headline",
    "shared": "a quote, a heading, a phrase: nothing shows that it is boilerplate",
    "syndicated": "most of the article stands in a few others: a copy, or a theft, not boilerplate",
    "last copy": "the last place where this prose stands",
    "unconfirmed": "more of its site would have gone by looks than other evidence vouches for",
    "ceiling": "hardly anything of the document would have been left",
}

# What a reader may have seen in the report, the setting that answers it, and which way to turn it.
ADVICE = (
    ("A passage was removed that is unlike its twin.", "near_threshold", "raise"),
    ("A part of an article was removed, and no twin vouches for it.", "confidence", "raise"),
    ("Blurbs that stand in one document only were left.", "confidence", "lower"),
    ("Lines of the site were left in the middle of texts.", "min_docs", "lower"),
    ("Two short texts that differ in a date or a sum were taken for copies.", "document_threshold", "raise, say to 0.95"),
    ("One article that two sites print stayed twice.", "across_threshold", "lower"),
    ("Documents of several sites were judged as one site.", "group_field", "name the field that tells the site"),
    ("Quotes were to be straightened, too; or nothing was to be mended.", "repair", "ftfy; or off"),
)

FULL, EMPTY = "█", "░"

# Backslash, emphasis, code, links, tables, headings, maths, strikethrough; `_` inside a word is only itself.
_SPECIAL = re.compile(r"[\\`*\[\]|~#$!{}]|(?<!\w)_|_(?!\w)")
_BULLET = re.compile(r"^( *)(?=[-+=])")
_ORDINAL = re.compile(r"^( *\d{1,9})(?=[.)](?: |$))")


def number(value: float) -> str:
    """1234567 as 1,234,567."""
    return f"{value:,}"


def percent(share: float) -> str:
    """A share of 0-1 in percent with one digit; what is more than nothing never reads as 0, nor less than all as 100."""
    if 0 < share < 0.001:
        return "< 0.1 %"
    if 0.999 < share < 1:
        return "> 99.9 %"
    return f"{share:.0%}".replace("%", " %") if share in (0, 1) else f"{share * 100:.1f} %"


def tick(share: float) -> str:
    """A share on an axis, as short as it can be: 25 %."""
    return f"{share * 100:g} %"


def repair(name: str) -> str:
    """What a repair mends, in words: a text in windows-1252 came through `decode-cp1252`, one of many such names."""
    encoding = name.removeprefix("decode-")
    return REPAIRS.get(name) or (f"text in {encoding}" if encoding != name else "")


def bar(share: float, width: int = 20) -> str:
    """A share of 0-1 as a text bar; what is more than nothing has at least one block."""
    full = min(width, max(round(share * width), int(share > 0)))
    return FULL * full + EMPTY * (width - full)


def ticks(maximum: float, steps: int = 4) -> list[float]:
    """Round values for an axis from 0 to at least `maximum`, about `steps` apart; whole numbers from 1 on."""
    if maximum <= 0:
        return [0, 1]
    size = 10.0 ** (len(str(int(maximum))) if maximum >= 1 else 0)
    while size / 10 * steps >= maximum:
        size /= 10
    sizes = [size * part for part in (0.1, 0.2, 0.25, 0.5, 1.0) if maximum < 1 or (size * part).is_integer()]
    step = next(one for one in sizes if one * steps >= maximum * 0.999)
    step = max(step, 1) if maximum >= 1 else step
    count = next(n for n in range(1, 99) if n * step >= maximum * 0.999)
    values = [round(step * n, 6) for n in range(count + 1)]
    return [int(value) if value == int(value) else value for value in values]


def span(low: int, high: int | None) -> str:
    """A range of counts: 3, 4-5, 1,001+."""
    if high is None:
        return f"{low:,}+"
    return f"{low:,}" if low == high else f"{low:,}-{high:,}"


def spans(text: str) -> list[tuple[bool, str]]:
    """Our own prose in pieces (is code, words): `like this` is code. A backtick without a partner is only itself."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return [(False, text)]
    return [(bool(at % 2), words) for at, words in enumerate(pieces) if words]


def markdown(text: str) -> str:
    """`text` so that Markdown shows it as it is: no markup, no HTML, no link, one line (line ends become ⏎)."""
    shown = visible(text, keep_newlines=False).replace("\t", " ")
    shown = _SPECIAL.sub(r"\\\g<0>", shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
    # addresses become links by themselves, and `@name` calls a person
    shown = shown.replace("://", "&#58;//").replace("www.", "www&#46;").replace("@", "&#64;")
    return _ORDINAL.sub(r"\1\\", _BULLET.sub(r"\1\\", shown))


def plain(value: Any) -> str:
    """A setting's value; lists with commas."""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def toml(settings: Sequence[Mapping[str, Any]]) -> str:
    """The changed settings as lines of clean.toml."""
    lines = [f"{row['name']} = {json.dumps(row['value'], ensure_ascii=False)}" for row in settings if row["changed"]]
    return "\n".join(lines).replace("\x7f", "\\u007f")  # TOML, unlike JSON, takes no DEL as it is
