"""How counts and long texts are said in a sentence, on a page and on a terminal alike."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """1 document; 2,000 documents."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def excerpt(text: str, most: int) -> str:
    """The beginning of a text, at most so many characters, the last of them "…" where there is more."""
    return text if len(text) <= most else text[: most - 1] + "…"
