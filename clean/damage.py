"""What ftfy could change: a filter in front of it, exact and derived from ftfy itself.

ftfy reads about 2 MB a second, and most text needs nothing from it. The filter lets a line pass only when every step
of ftfy leaves it as it is. It never decides what a mended line looks like.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, compress
from operator import ne
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from ftfy import TextFixerConfig


def settings(repair: str) -> TextFixerConfig:
    """ftfy's configuration for `config.repair`: "ftfy" is its default, "gentle" leaves right typography alone."""
    from ftfy import TextFixerConfig

    return TextFixerConfig() if repair == "ftfy" else TextFixerConfig(uncurl_quotes=False, fix_character_width=False)


@dataclass(frozen=True)
class Filter:
    """Expressions, in Rust's syntax, of which at least one matches each line that ftfy changes, CRLF at its end apart."""

    entity: str  # changes something only before the document's first `<`
    always: str  # what ftfy looks at in any line
    unstable: str  # might not be NFC: to be looked at closely

    @property
    def document(self) -> str:
        """Matches a document when an expression matches one of its lines, or when it has a CR."""
        return f"(?m){self.entity}|{self.always}|{self.unstable}|\\r"

    def flags(self, line: pl.Expr) -> pl.Expr:
        """Whether ftfy could change the line, for a frame that has `html`."""
        return self.flags_unescaped(line) | (line.str.contains(self.entity) & ~pl.col("html"))

    def flags_unescaped(self, line: pl.Expr) -> pl.Expr:
        """Whether ftfy could change the line in another way than by its entities."""
        # Thai and Arabic are full of marks that might be out of order and are not: asking unicodedata keeps them from ftfy
        doubtful = pl.when(line.str.contains(self.unstable)).then(line)
        return line.str.contains(self.always) | doubtful.map_batches(_not_nfc, return_dtype=pl.Boolean)


def _not_nfc(lines: pl.Series) -> pl.Series:
    """Whether each line is not in NFC, by Python's own Unicode tables (those that ftfy uses); false for null."""
    flags = pl.zeros(len(lines), pl.Boolean, eager=True)
    rows = lines.is_not_null().arg_true()
    return flags.scatter(rows, [not unicodedata.is_normalized("NFC", line) for line in lines.gather(rows)])


@functools.cache
def damage_filter(repair: str) -> Filter:
    """The filter for one configuration, derived from ftfy as it is installed (about 0.1 s, once a process).

    ftfy's steps are three expressions and a number of functions that map characters; the characters these change are
    found by giving them every character. Whatever one pass leaves alone, ftfy returns unchanged.
    """
    from ftfy.badness import BADNESS_RE
    from ftfy.chardata import HTML_ENTITY_RE
    from ftfy.fixes import ANSI_RE

    changed = _characters(functools.partial(_by_character, settings(repair))) - {"\r"}
    lone_return = r"\r(?:[^\n]|\z)"  # CRLF ends most lines of some corpora, and is mended without asking
    always = [in_rust(BADNESS_RE), in_rust(ANSI_RE), _class(changed), lone_return]
    return Filter(in_rust(HTML_ENTITY_RE), "|".join(always), _unstable())


PRIVATE = "\ue000"  # stands between characters; no fixer knows it


@functools.cache
def _alphabet() -> str:
    """Every character that a repair could know, PRIVATE between them: planes 0 and 1, compatibility ideographs of plane 2.

    What is left out are ideographs, tags and variation selectors, which no normal form changes.
    """
    codes = chain(range(0xD800), range(0xE000, ord(PRIVATE)), range(ord(PRIVATE) + 1, 0x20000), range(0x2F800, 0x2FA20))
    return PRIVATE.join(map(chr, codes))


def _characters(change: Callable[[str], str]) -> set[str]:
    """The characters that `change` changes when they stand alone."""
    alone, changed = _alphabet().split(PRIVATE), change(_alphabet()).split(PRIVATE)
    if len(alone) != len(changed):
        raise ValueError("a repair changes the character that no repair knows")
    return set(compress(alone, map(ne, alone, changed)))


def _by_character(config: TextFixerConfig, text: str) -> str:
    """The steps of `ftfy.fix_and_explain` that map characters, one after the other."""
    from ftfy import FIXERS

    for name in ("fix_c1_controls", "fix_latin_ligatures", "fix_character_width", "uncurl_quotes", "fix_line_breaks"):
        text = FIXERS[name](text) if getattr(config, name) else text
    return str(FIXERS["remove_control_chars"](text))


def _unstable() -> str:
    """Matches what NFC might change: the quick check of UAX #15, section 9, with every "maybe" taken for yes.

    A text can change only where a character is not its own NFC, may compose with one before it (it follows the first in
    some decomposition), or where two marks meet and might be out of order.
    """
    replaced = _characters(functools.partial(unicodedata.normalize, "NFC"))
    decomposed = unicodedata.normalize("NFD", _alphabet()).split(PRIVATE)
    composing = set("".join(characters[1:] for characters in decomposed if len(characters) > 1))
    marks = _class(set(filter(unicodedata.combining, _alphabet())))
    return f"{_class(replaced | composing)}|{marks}{marks}"


def _class(characters: set[str]) -> str:
    """A character class in Rust's syntax."""
    return "[" + "".join(f"\\x{{{ord(c):x}}}" for c in sorted(characters)) + "]"


def in_rust(expression: re.Pattern[str]) -> str:
    r"""An expression of Python's `re` in the syntax of polars, which matches where the original does.

    Rust's verbose mode drops spaces inside classes, too (`[ÃÂ][ ]` would not compile): so its layout is taken out here.
    `\s` and `\w` are widened to hold whatever Python counts (`\x1c` is a space there, `²` a letter), also as Unicode grows.
    What Rust cannot say (look-around) fails when it is compiled, and so cannot go unnoticed.
    """
    wider = {r"\s": r"[\s\x1c-\x1f]", r"\w": r"[\w\p{L}\p{N}\p{Cn}]"}
    tokens = re.findall(r"\[(?:\\.|[^\]\\])*\]|\\.|#[^\n]*|\s+|.", expression.pattern, re.DOTALL)
    if expression.flags & re.VERBOSE:
        tokens = [token for token in tokens if not (token.startswith("#") or token.isspace())]
    return "(?:" + "".join(wider.get(token, token) for token in tokens) + ")"
