"""Counts and excerpts as they are said."""

from __future__ import annotations

from clean.wording import counted, excerpt


def test_one_is_singular() -> None:
    """None and several are plural, with commas."""
    assert [counted(number, "bad record") for number in (0, 1, 2, 2000)] == [
        "0 bad records",
        "1 bad record",
        "2 bad records",
        "2,000 bad records",
    ]


def test_an_excerpt_is_never_longer_than_it_may_be() -> None:
    """What fits is whole; what does not ends in dots."""
    assert (excerpt("four", 4), excerpt("fives", 4)) == ("four", "fiv…")
