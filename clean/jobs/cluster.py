"""One cluster with all its members: where the passage went, where it stays, and how alike each is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import polars as pl
from polars import col

from clean.errors import InputError
from clean.jobs.check import whole
from clean.jobs.explain import repaired
from clean.stages.record import hexadecimal
from clean.store.finished import Finished

Cluster = dict[str, Any]

DIGITS = 32  # of a cluster's key, hexadecimal
FEW = 4  # of the clusters that a prefix may mean


def cluster(folder: Path, key: str) -> Cluster:
    """The cluster whose hexadecimal key is, or begins with, `key`: `cluster`, `docs`, and its `members`.

    A member has doc_id, source, start (bytes, in the repaired text), fate (home: the copy that stays, removed, kept), rule
    (of a removed one) or reason (of a kept one), score and text. Homes come first, then what went, then what was kept
    besides, each in the order of the input. Raises InputError for a key that the run does not know, or that means several,
    and for a run that is damaged.
    """
    finished = whole(folder)
    removals = finished.ledger.filter((col.layer == "removal") & col.cluster.is_not_null())
    kept = finished.kept.with_columns(cluster=hexadecimal(finished.kept["cluster"]))
    digits = _only(folder, key, pl.concat([removals["cluster"], kept["cluster"]]).unique().sort())
    gone, stays = removals.filter(col.cluster == digits), kept.filter(col.cluster == digits)
    homes = gone.filter(col.home & col.twin_start.is_not_null()).select(doc="twin_doc", start="twin_start").unique()
    homes = homes.join(gone, on=["doc", "start"], how="anti").sort("doc", "start")
    texts = _Texts(finished)
    members = [{"doc": doc, "start": start, "fate": "home", "text": texts.line(doc, start)} for doc, start in homes.iter_rows()]
    members += [
        {**row, "fate": "removed", "text": row["text"].decode().strip("\n")}
        for row in gone.sort("doc", "start").select("doc", "start", "rule", "score", text="before").to_dicts()
    ]
    others = stays.join(homes, on=["doc", "start"], how="anti").sort("doc", "start").select("doc", "start", "end", "reason")
    members += [
        {"doc": doc, "start": start, "fate": "kept", "reason": reason, "text": texts.piece(doc, start, end)}
        for doc, start, end, reason in others.iter_rows()
    ]
    names = {doc: (doc_id, source) for doc, doc_id, source in finished.fates.select("doc", "doc_id", "source").iter_rows()}
    told = [dict(zip(("doc_id", "source"), names[one.pop("doc")], strict=True)) | one for one in members]
    docs = max(gone["docs"].max() or 0, stays["docs"].max() or 0)
    return {"cluster": digits, "docs": docs, "members": told}


class _Texts:
    """The repaired texts of a few documents, each put together once."""

    def __init__(self, finished: Finished) -> None:
        self.finished = finished
        self.known: dict[int, bytes] = {}

    def piece(self, doc: int, start: int, end: int) -> str:
        if doc not in self.known:
            self.known[doc] = repaired(self.finished, doc)
        return self.known[doc][start:end].decode(errors="replace").strip("\n")

    def line(self, doc: int, start: int) -> str:
        """From a place to the end of its line."""
        self.piece(doc, start, start)
        end = self.known[doc].find(b"\n", start)
        return self.piece(doc, start, end if end >= 0 else len(self.known[doc]))


def _only(folder: Path, key: str, known: pl.Series) -> str:
    """The one cluster that `key` begins."""
    wanted = key.lower()
    if not re.fullmatch(rf"[0-9a-f]{{1,{DIGITS}}}", wanted):
        raise InputError(
            f"{key!r} is no cluster: up to {DIGITS} digits 0-9 and a-f, as `clean explain {folder} DOC_ID` shows them"
        )
    found: list[str] = known.filter(known.str.starts_with(wanted)).to_list()
    if not found:
        raise InputError(f"{folder} has no cluster {key!r}; `clean explain {folder} DOC_ID` shows those of a document")
    if len(found) > 1:
        some = ", ".join(one[: len(wanted) + FEW] + "…" for one in found[:FEW])
        raise InputError(f"{len(found)} clusters begin with {key!r} ({some}); give more digits")
    return found[0]
