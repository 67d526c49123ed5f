"""Where a line stands in its document: above, below or between what the document tells."""

from __future__ import annotations

import polars as pl

from clean.config import Config
from clean.text import HEAD_LINES
from clean.windows import beside, so_far

PLACES = ("head", "top", "middle", "end")
"""head: above all that is told, close to it; top: above, further up; middle: between; end: below all of it."""


def tells(config: Config) -> pl.Expr:
    """Lines that are text, not furniture: sentences, and what is as long as a paragraph where no stop ends one (Thai)."""
    return pl.col("running") | (pl.col("tokens") >= config.near_tokens)


def place_of() -> pl.Expr:
    """One of PLACES for each line; null in a document that tells nothing, where no place says anything.

    For lines in order, with `telling`: whether the line is text of its document alone.
    """
    telling = pl.col("telling")
    above = so_far(telling, "doc")
    below = telling.sum().over("doc") - above
    close = pl.any_horizontal(beside(telling, step, "doc").fill_null(False) for step in range(1, HEAD_LINES + 1))
    return (
        pl.when((above == 0) & (below == 0))
        .then(None)
        .when((above == 0) & close)
        .then(pl.lit("head"))
        .when(above == 0)
        .then(pl.lit("top"))
        .when(below > 0)
        .then(pl.lit("middle"))
        .otherwise(pl.lit("end"))
    )
