"""The one place where text from a document is made safe to show.

A document may hold an escape sequence that recolours a terminal, a bidi control that turns a line around, a
zero-width character that hides a word, or a line that a CI service takes for a command. Whatever leaves this
program for a person's eyes passes `visible`; for GitHub's log, `github`; a finished JSON text, `json_text`.

A character that cannot be seen is written as its code point between single guillemets: ESC becomes ‹U+001B›.
"""

from __future__ import annotations

import re

__all__ = ["github", "json_text", "visible"]

# Cc without tab and newline; Cs; Zl, Zp; Cf and other characters without width, in the order of their code points.
# Not here: U+0600-0605, U+06DD and their like, which are format characters by name but print a sign; variation
# selectors, which every second emoji needs.
_CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
_LINES_AND_BIDI = r"\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
_WIDTHLESS = (
    r"\xad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f"
)
_SURROGATES = r"\ud800-\udfff"
_ALWAYS = f"{_CONTROLS}{_LINES_AND_BIDI}{_WIDTHLESS}{_SURROGATES}"

# The two joiners spell words in Persian and Hindi and glue emoji families, so they stay between characters of
# such scripts. Between Latin letters ("pass\u200dword") or in a row they only hide something.
_JOINED = r"\u0590-\u1fff\u2190-\u2bff\ua800-\uabff\ufb1d-\ufdff\ufe0f\ufe70-\ufefc\U00010a00-\U00011fff\U0001f000-\U0001faff"
_UNSEEN = re.compile(f"[{_ALWAYS}]|(?<![{_JOINED}])[\u200c\u200d]|[\u200c\u200d](?![{_JOINED}])")

# GitHub's runner trims a line before it looks for `::`, and finds the older `##[` anywhere in it.
_COMMAND = re.compile(r"^(\s*)::|##(?=\[)")


def visible(text: str, *, keep_newlines: bool = True) -> str:
    """`text` with every control, bidi, zero-width and surrogate character written out, as in ‹U+202E›.

    Tab and newline stay; without `keep_newlines` a newline becomes ⏎, for one-line places such as table cells.
    Clean text comes back as the same object. Not an escape for HTML or Markdown: that comes after it.
    """
    shown = _UNSEEN.sub(_name, text)
    return shown if keep_newlines else shown.replace("\n", "⏎")


def github(text: str, *, field: bool = False) -> str:
    """`text` for one line of a GitHub Actions log: neither a command itself nor the end of one.

    `%`, CR and LF are escaped as the runner expects, so it shows the lines again. With `field` the text fits a
    command's property (`::error file=HERE::`), where `:` and `,` end the value.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    line = visible(lines).replace("%", "%25").replace("\n", "%0A")
    if field:
        line = line.replace(":", "%3A").replace(",", "%2C")
    return _COMMAND.sub(lambda found: "#%23" if found[0] == "##" else f"{found[1]}%3A%3A", line)


def json_text(document: str) -> str:
    r"""A finished JSON text with its unseen characters as \uXXXX: the same JSON, but harmless to `cat`.

    Such characters stand only inside strings there, so replacing them in the whole text is exact.
    """
    return _UNSEEN.sub(lambda found: "".join(f"\\u{unit:04x}" for unit in _utf16(found[0])), document)


def _name(found: re.Match[str]) -> str:
    return f"‹U+{ord(found[0]):04X}›"


def _utf16(character: str) -> list[int]:
    units = character.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2)]
