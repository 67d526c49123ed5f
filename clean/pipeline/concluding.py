"""The third act: what stays, the ledger, and what became of each document."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from clean.edit import undo
from clean.schema import REMOVALS, TEXTS
from clean.stages.originals import with_surviving_twins, without
from clean.stages.record import fates, ledger
from clean.stages.settle import whole


class Conclusion(NamedTuple):
    """What became of some documents."""

    texts: pl.DataFrame  # schema.TEXTS of those that stay
    ledger: pl.DataFrame  # schema.LEDGER
    fates: pl.DataFrame  # schema.FATES


def conclude(
    about: pl.DataFrame,
    repairs: pl.DataFrame,
    texts: pl.DataFrame,
    removed: pl.DataFrame,
    copies: pl.DataFrame,
    names: pl.Series,
) -> Conclusion:
    """What became of the documents of `about`, in its order.

    `texts`, `removed`: what clean_part gave for them, TEXTS and REMOVALS; `copies`: of all documents; `names`: every
    document's id, by its ordinal.
    """
    gone = texts.join(copies, on="doc", how="semi", maintain_order="left")  # in its part it stayed
    removed = with_surviving_twins(removed, copies)
    lines, lost = (removed.join(gone, on="doc", how=how, maintain_order="left") for how in ("anti", "semi"))
    late = copies.join(gone, on="doc", how="semi", maintain_order="left")
    families = copies.join(late, on="original", how="semi", maintain_order="left")  # of which others may be elsewhere
    late = whole(families, undone(gone, lost)).join(gone, on="doc", how="semi", maintain_order="left")
    changes = pl.concat([lines, late], how="diagonal").select(list(REMOVALS))
    texts = without(texts, gone).sort("doc")
    return Conclusion(texts, ledger(repairs, changes, names), fates(about, texts, copies))


def undone(texts: pl.DataFrame, removed: pl.DataFrame) -> pl.DataFrame:
    """The TEXTS as they were before their REMOVALS."""
    edits: dict[int, list[tuple[int, bytes, bytes]]] = {}
    for doc, *edit in removed.sort("doc", "start").select("doc", "start", "before", "after").iter_rows():
        edits.setdefault(doc, []).append((edit[0], edit[1], edit[2]))
    rows = [(doc, undo((text or "").encode(), edits.get(doc, [])).decode()) for doc, text in texts.iter_rows()]
    return pl.DataFrame(rows, schema=TEXTS, orient="row")
