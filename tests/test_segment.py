"""Lines and paragraphs: what is wrapped is put together, what merely has long lines is not."""

from __future__ import annotations

import textwrap

import polars as pl
import pytest
from writing import Writer

from clean.config import Config
from clean.stages.segment import segmented

# Links of a site's menu, cut anywhere by their editors, some of which begin in lower case.
MENU = [
    "How the harbour was closed for one long night in May",
    "iPhone cameras, tried by a photographer",
    "The ferry that nobody wanted, and the town that needed one more than any other on the whole coast",
    "eBay sellers and their taxes this year",
    "Twelve gardens to see before the summer ends",
    "a walk along the river with our critic, who has seen it rise three times",
    "The stadium's roof leaks again",
    "de Vries wins the regional race",
]


def pieces(text: str) -> list[str]:
    """The segments of a text, without the blank ones."""
    table = pl.DataFrame({"doc": [0], "group": ["s"], "text": [text]}, schema_overrides={"doc": pl.UInt32})
    return segmented(table, Config()).filter(pl.col("normal") != "")["line"].to_list()


@pytest.mark.parametrize("width", [50, 66, 76, 100])
def test_a_wrapped_paragraph_is_cut_after_sentences_alone(width: int) -> None:
    """Whatever the width: half a sentence tells nothing."""
    paragraphs = [paragraph for paragraph in Writer(3).article(12) if len(paragraph.split()) > 30]
    found = pieces("\n\n".join(textwrap.fill(paragraph, width) for paragraph in paragraphs))
    assert " ".join(line.replace("\n", " ") for line in found) == " ".join(paragraphs)
    assert [line for line in found if not line.rstrip("”").endswith((".", "!", "?", ";"))] == []


def test_double_spaced_lines_are_put_together_across_the_blank_ones() -> None:
    """As what is read from a scan often is: cut where the same text in single lines is, below headline and byline, too."""
    single = "\n\n".join(textwrap.fill(line, 60) if len(line) > 120 else line for line in Writer(5).article(8))
    double = single.replace("\n\n", "\n").replace("\n", "\n\n")
    found, expected = ([" ".join(line.split()) for line in pieces(text)] for text in (double, single))
    assert found == expected
    assert len(found) < single.count("\n") / 2


def test_paragraphs_of_a_line_with_blank_ones_between_stay_apart() -> None:
    """Also some that end no sentence."""
    lines = [*Writer(6).article(6), "how to row a boat across the harbour, and why", "and what to wear in it"]
    assert pieces("\n\n".join(lines)) == lines


def test_links_are_not_put_together_for_beginning_in_lower_case() -> None:
    """They end anywhere: the next one's first word would have fitted above. Nor are paragraphs, each on one line."""
    title, *paragraphs = Writer(4).article(4)
    lines = [title, *MENU, *paragraphs, *MENU[2:]]
    assert pieces("\n".join(lines)) == lines


@pytest.mark.parametrize("mark", ["  ", "- ", "* ", "• "])
def test_what_is_indented_or_an_item_begins_anew(mark: str) -> None:
    """Also in a document that is wrapped, below a line that ends no sentence."""
    first, second = (textwrap.fill("the sea was grey and the sky was as well and so " * count, 60) for count in (5, 10))
    first, second = first.removesuffix("\nand so"), second.capitalize()
    assert pieces(f"{first}\n{mark}{second}") == [first, f"{mark}{second}"]


def test_verse_stays_in_lines() -> None:
    """No line is full."""
    verse = ["the sea is grey", "and so is the sky", "we wait for rain", "and it will not come"]
    assert pieces("\n".join(verse)) == verse
