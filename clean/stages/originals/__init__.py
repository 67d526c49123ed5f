"""Whole documents, before any line is judged: which are copies of another, and which copy stays.

    lines.py    what documents are compared by
    alike.py    which of those that were compared tell one article
    copies.py   whose copy each of these is, and what stays

Two articles under one sidebar are not alike, and one article under two sidebars is. So documents are compared twice: on
the lines that they do not share with many others, and as a whole where what they share stands above what is their own:
articles come first, sidebars below.
"""

from __future__ import annotations

from clean.stages.originals.alike import alike_line_by_line, same_article, with_same_opening, without_frames
from clean.stages.originals.copies import (
    best_first,
    exact_copies,
    identify,
    near_copies,
    settle_copies,
    with_surviving_twins,
    without,
)
from clean.stages.originals.lines import LINES, meet, outline, own_lines, texts_of

__all__ = [
    "LINES",
    "alike_line_by_line",
    "best_first",
    "exact_copies",
    "identify",
    "meet",
    "near_copies",
    "outline",
    "own_lines",
    "same_article",
    "settle_copies",
    "texts_of",
    "with_same_opening",
    "with_surviving_twins",
    "without",
    "without_frames",
]
