"""Edits can be undone, and say so when they cannot."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clean.edit import apply, difference, undo
from clean.errors import IntegrityError


@st.composite
def edited(draw: st.DrawFn) -> tuple[bytes, list[tuple[int, bytes, bytes]]]:
    """Any bytes, and edits that fit them."""
    text = draw(st.binary(max_size=40))
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pairs = zip(places[::2], places[1::2], strict=False)
    return text, [(start, text[start:end], draw(st.binary(max_size=6))) for start, end in pairs]


@given(edited())
def test_undo_takes_back_what_apply_did(case: tuple[bytes, list[tuple[int, bytes, bytes]]]) -> None:
    """undo(apply(text, edits), edits) == text, for any bytes."""
    text, edits = case
    assert undo(apply(text, edits), edits) == text


@given(st.text(max_size=20), st.text(max_size=20))
def test_difference_is_one_edit_on_character_borders(before: str, after: str) -> None:
    """The edit turns one text into the other, and neither of its sides cuts a character."""
    edit = difference(before.encode("utf-8", "surrogatepass"), after.encode("utf-8", "surrogatepass"))
    if edit is None:
        assert before == after
    else:
        assert apply(before.encode("utf-8", "surrogatepass"), [edit]) == after.encode("utf-8", "surrogatepass")
        edit[1].decode("utf-8", "surrogatepass"), edit[2].decode("utf-8", "surrogatepass")


@pytest.mark.parametrize("edits", [[(1, b"x", b"")], [(0, b"a", b"b"), (0, b"a", b"c")], [(2, b"cd", b"")]])
def test_an_edit_that_does_not_fit_is_refused(edits: list[tuple[int, bytes, bytes]]) -> None:
    """apply raises instead of writing over what it does not know."""
    with pytest.raises(IntegrityError, match="does not fit"):
        apply(b"abc", edits)


def test_a_text_that_was_not_edited_cannot_be_undone() -> None:
    """undo raises when the text does not show what the edit left."""
    with pytest.raises(IntegrityError, match="cannot be undone"):
        undo(b"abc", [(0, b"x", b"z")])


def test_every_small_difference_is_one_edit_on_character_borders() -> None:
    """All pairs of texts of up to four characters, with repeats and with characters that share their first or last byte."""
    texts = ["".join(letters) for size in range(5) for letters in product("aé\u0169", repeat=size)]
    for before, after in product(texts, texts):
        edit = difference(before.encode(), after.encode())
        if edit is None:
            assert before == after
            continue
        _, old, new = edit
        assert old.decode() != new.decode()
        if old and new:  # and no smaller one would do
            assert old.decode()[0] != new.decode()[0] and old.decode()[-1] != new.decode()[-1]
        assert apply(before.encode(), [edit]) == after.encode()
        assert undo(after.encode(), [edit]) == before.encode()


def test_a_difference_is_cut_where_a_character_begins_and_nowhere_else() -> None:
    """Characters that share a byte; one that was cut short."""
    assert difference(b"a\xc3", b"a\xc3\xa9") == (1, b"\xc3", b"\xc3\xa9")
    assert difference(b"bca", b"xba") == (0, b"bc", b"xb") and difference(b"xba", b"bca") == (0, b"xb", b"bc")
    assert difference("éb".encode(), "ũb".encode()) == (0, "é".encode(), "ũ".encode())
    assert difference(b"a\xc3\xa9", b"a\xc3") == (1, b"\xc3\xa9", b"\xc3")
