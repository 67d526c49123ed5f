"""Where text is cut: which blank lines and line breaks go with a line that is removed."""

from __future__ import annotations

import polars as pl
import pytest

from clean.config import Config
from clean.edit import undo
from clean.stages.segment import segmented
from clean.stages.settle import cut, cut_texts, removals, whole


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("A\nx\nB\n", "A\nB\n"),
        ("A\nx\n\nB\n", "A\n\nB\n"),  # the gap after is the larger one
        ("A\n\nx\nB\n", "A\n\nB\n"),  # the gap before is
        ("A\n\n\nx\n\nB", "A\n\n\nB"),
        ("A\n\nx\n\n\nB", "A\n\n\nB"),
        ("A\n\nx\n\nB", "A\n\nB"),  # neither: one of two stays
        ("A\nx\n\n\nx\n\nB", "A\n\nB"),  # what is between removed lines goes
        ("A\n\nx", "A"),  # at the end no gap stays, nor a line break that the text did not end with
        ("A\n\nx\n", "A\n"),
        ("A\nx\n\n\n", "A\n"),
        ("A\n\nx\n\ny\nx", "A\n\ny"),
        ("x\n\nA\n", "A\n"),  # at the top neither
        ("\n\nx\nA\n", "A\n"),
        ("A\n \nx\n\t\nB", "A\n \nB"),  # of two equal ones the first
        ("x\nx", ""),
        ("A\n", "A\n"),
    ],
)
def test_a_removed_line_leaves_one_gap(text: str, left: str) -> None:
    """Every `x` is removed; what is left is as here, and the edits lead back."""
    texts = pl.DataFrame({"doc": [0], "text": [text]}, schema={"doc": pl.UInt32, "text": pl.String})
    lines = segmented(texts.with_columns(group=pl.lit("")), Config())
    judged = lines.with_columns(rule=pl.when(pl.col("line") == "x").then(pl.lit("furniture")))
    cuts = cut(judged, Config())
    assert cut_texts(cuts, texts)["text"].to_list() == [left]
    assert undo(left.encode(), removals(cuts, texts).sort("start").select("start", "before", "after").rows()) == text.encode()


def test_a_copied_document_goes_as_one_edit() -> None:
    """From its first byte, with its original as the home, and the number of documents that are that article."""
    copies = pl.DataFrame({"doc": [1, 2], "original": [0, 0], "rule": ["near-document"] * 2, "score": [0.9, 0.8]})
    texts = pl.DataFrame({"doc": [1, 2], "text": ["one", None]}, schema={"doc": pl.UInt32, "text": pl.String})
    gone = whole(copies.cast({"doc": pl.UInt32, "original": pl.UInt32}), texts)
    assert gone.select("doc", "start", "before", "after").rows() == [(1, 0, b"one", b""), (2, 0, b"", b"")]
    assert gone.select("twin_doc", "home", "docs", "score").rows() == [(0, True, 3, 0.9), (0, True, 3, 0.8)]
