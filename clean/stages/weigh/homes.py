"""Homes: of all copies of a passage, the one that was not copied. It stands among content, or its document is about it."""

from __future__ import annotations

import numpy as np
import polars as pl

from clean.stages.weigh.affinity import MICRO, Affinity
from clean.stages.weigh.around import FAR, Bools, Floats, Ints, Lines
from clean.stages.weigh.policy import POLICY
from clean.stages.weigh.repetition import Repetition
from clean.stages.weigh.shapes import TERMINAL

# Shorter lines have no home; of longer ones, every word is rare: what their document takes up says nothing.
_SHORTEST, _LONGEST = 4, 45
# A shorter line is home above running text only: a headline has its article below, the first entry of a list has not.
_PROSE = 20


def homes(lines: Lines, seen: Repetition, run: Ints, context: Floats, affinity: Affinity) -> Bools:
    """Which lines are home: at most one of the lines of a passage.

    `run`: documents in which the line has the same neighbour; `context`: what everything but its own repetition says.
    The document that takes up most of the line goes before the surroundings.
    """
    ends = lines.of("ending")
    told = (lines.size >= _PROSE) & np.isin(ends, TERMINAL) & (seen.docs == 1)
    may = np.flatnonzero(
        (seen.docs >= 2) & (lines.size >= _SHORTEST) & ((lines.around.below(told) < FAR) | (lines.size >= _PROSE))
    )
    home = np.zeros(lines.around.n, bool)
    if not len(may):
        return home
    copies = pl.DataFrame(
        {
            "passage": lines.passage[may],
            "doc": lines.doc[may],
            "line": may,
            "context": context[may],
            "run": run[may],
            "docs": seen.docs[may],
            "size": lines.size[may],
            "mass": affinity.mass[may],
            "taken": affinity.taken[may],
        }
    )
    about, among = _about(copies), _among_content(copies)
    chosen = pl.concat([about, among.join(about, on="passage", how="anti")])
    home[chosen["line"].to_numpy()] = True
    return home


def _among_content(copies: pl.DataFrame) -> pl.DataFrame:
    """passage, line: the copy that stands apart (or one of two) with the surroundings most like content, where they are."""
    apart = copies.filter((pl.col("run") == 1) | (pl.col("docs") == 2))
    best = apart.sort("passage", "context", "line").group_by("passage", maintain_order=True).first()
    return best.filter(pl.col("context") < POLICY.home_context).select("passage", "line")


def _about(copies: pl.DataFrame) -> pl.DataFrame:
    """passage, line: the copy that stands apart in the document that takes up much more of the passage than the others do."""
    enough = pl.col("taken") >= POLICY.home_mass * MICRO
    copies = copies.filter(pl.col("size") < _LONGEST)
    copies = copies.join(copies.filter(enough), on="passage", how="semi").sort("passage", "context", "line")
    by_doc = copies.group_by("passage", "doc", maintain_order=True).agg(
        pl.col("line").sort_by(pl.col("run") > 1, maintain_order=True).first(),
        pl.col("taken").max(),
        pl.col("mass").first(),
        pl.col("run").min(),
    )
    others = (pl.col("taken").sum() - pl.col("taken").max()) / (pl.len() - 1)
    top = (
        by_doc.sort("passage", "taken", "doc", descending=[False, True, False])
        .group_by("passage", maintain_order=True)
        .agg(pl.col("line", "run", "mass", "taken").first(), others=others)
    )
    more = pl.col("taken") - pl.col("others") >= POLICY.home_contrast * pl.col("mass")
    return top.filter((pl.col("run") == 1) & enough & more).select("passage", "line")
