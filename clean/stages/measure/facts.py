"""The form of facts: plain dicts, lists, strings and numbers, with shares as fractions of 0-1, six digits."""

from __future__ import annotations

from typing import Any

import polars as pl

Facts = dict[str, Any]


def share(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """`part` of `whole`, 0 of nothing."""
    return pl.when(whole > 0).then(part / whole).otherwise(0.0).round(6)


def fraction(part: float, whole: float) -> float:
    """The same of two numbers."""
    return round(part / whole, 6) if whole else 0.0
