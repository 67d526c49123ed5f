"""Nothing from a document drives a terminal, turns a line around or speaks to a CI service."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clean.visible import github, json_text, visible

ANY = st.text(st.characters(exclude_categories=()))  # lone surrogates, too
NASTY = st.text(
    st.sampled_from("ab \t\n\r\x00\x1b[2J\x7f\x9b\u202e\u2066\u200b\u200c\u200d\ufeff\u2028\ud800\udc00یपَ👩❤\ufe0f\U000e0041%:#")
)
# Format characters that print a sign of their own (Unicode's Prepended_Concatenation_Mark, hieroglyph joiners),
# and annotations of notation that no terminal acts on.
SEEN = {*range(0x0600, 0x0606), 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD, *range(0x13430, 0x13440)}


def _unseen(character: str) -> bool:
    hidden = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return hidden and character not in "\t\n\u200c\u200d" and ord(character) not in SEEN


@given(ANY | NASTY)
def test_no_unseen_character_is_left(text: str) -> None:
    """Whatever goes in, no control, format, surrogate or line separator comes out, save tab and newline."""
    assert not [hex(ord(c)) for c in visible(text) if _unseen(c)]
    assert "\n" not in visible(text, keep_newlines=False)


def test_every_unseen_character_of_unicode_is_named() -> None:
    """The rule covers the whole of this Python's Unicode table, not only the characters one thinks of."""
    missed = [hex(code) for code in range(0x110000) if _unseen(chr(code)) and visible(chr(code)) == chr(code)]
    assert missed == []


@given(
    st.text(
        st.characters(categories=("L", "M", "N", "P", "S", "Zs"), exclude_characters="\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
    )
)
def test_clean_text_is_itself(text: str) -> None:
    """Letters, marks, digits, punctuation, symbols and blanks are left alone."""
    assert visible(text) == text


@given(ANY | NASTY)
def test_what_is_visible_stays_so(text: str) -> None:
    """Making visible twice is making visible once."""
    assert visible(visible(text)) == visible(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "‹U+001B›[31mred"),
        ("\x9b2J", "‹U+009B›2J"),
        ("user\u202egnp.exe", "user‹U+202E›gnp.exe"),
        ("pass\u200dword", "pass‹U+200D›word"),
        ("a\r\nb", "a‹U+000D›\nb"),
        ("\ud800", "‹U+D800›"),
        ("\U000e0041", "‹U+E0041›"),
    ],
)
def test_each_danger_is_named(text: str, shown: str) -> None:
    """The code point is written out where the character stood."""
    assert visible(text) == shown


@pytest.mark.parametrize(
    "text",
    ["می\u200cخواهم", "क\u094d\u200dष", "👩\u200d👩\u200d👧", "❤\ufe0f\u200d🔥", "tab\tand\nline", "naïve “quotes” – 漢字"],
)
def test_what_scripts_need_stays(text: str) -> None:
    """Joiners that spell Persian and Hindi words or glue emoji are part of the writing."""
    assert visible(text) == text


def test_a_run_of_joiners_is_shown() -> None:
    """Joiners in a row carry hidden data, whatever script they stand in."""
    assert visible("ی\u200c\u200cی") == "ی‹U+200C›‹U+200C›ی"


@given(ANY | NASTY)
def test_github_gets_one_line_that_is_no_command(text: str) -> None:
    """A log line made of document text neither breaks nor starts a command, however it is indented."""
    line = github(text)
    assert "\n" not in line and "\r" not in line
    assert not line.lstrip().startswith("::") and "##[" not in line


def test_github_escapes_what_the_runner_decodes() -> None:
    """Percent first, so that a text's own %0A stays what it is; a property escapes its separators, too."""
    assert github("50 %0A\r\nnext") == "50 %250A%0Anext"
    assert github("::error::x") == "%3A%3Aerror::x"
    assert github("a,b:c", field=True) == "a%2Cb%3Ac"


@given(ANY | NASTY)
def test_json_keeps_its_meaning(text: str) -> None:
    """Escaping a finished JSON text changes how it looks, not what it says."""
    written = json_text(json.dumps({"text": text}, ensure_ascii=False))
    assert not [c for c in written if _unseen(c)]
    if not any(0xD800 <= ord(c) <= 0xDFFF for c in text):  # two lone halves side by side read as one character
        assert json.loads(written) == {"text": text}
