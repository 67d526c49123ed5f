"""One cluster with all its members: where the passage went, where it stays, and how alike each is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import polars as pl
from polars import col

from clean.config import Config
from clean.errors import InputError
from clean.jobs.check import whole
from clean.stages.record import hexadecimal
from clean.stages.segment import segmented

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
    prefix = _prefix(folder, key)
    gone = finished.ledger(col.layer == "removal", col.cluster.str.starts_with(prefix))
    least, most = (pl.lit(int(prefix.ljust(DIGITS, digit), 16), dtype=pl.UInt128) for digit in "0f")
    stays = finished.kept(col.cluster.is_between(least, most))
    stays = stays.with_columns(cluster=hexadecimal(stays["cluster"]))
    digits = _only(folder, key, pl.concat([gone["cluster"], stays["cluster"]]).unique().sort())
    homes = gone.filter(col.home & col.twin_start.is_not_null())
    homes = homes.select(doc="twin_doc", start="twin_start").unique().sort("doc", "start")
    others = stays.join(homes, on=["doc", "start"], how="anti").sort("doc", "start").select("doc", "start", "end", "reason")
    texts = finished.repaired([*homes["doc"], *others["doc"]])
    members = [
        {"doc": doc, "start": start, "fate": "home", "text": _line(texts[doc], start, finished.config)}
        for doc, start in homes.iter_rows()
    ]
    members += [
        {**row, "fate": "removed", "text": row["text"].decode().strip("\n")}
        for row in gone.sort("doc", "start").select("doc", "start", "rule", "score", text="before").to_dicts()
    ]
    members += [
        {"doc": doc, "start": start, "fate": "kept", "reason": reason, "text": _shown(texts[doc][start:end])}
        for doc, start, end, reason in others.iter_rows()
    ]
    fates = finished.fates(col.doc.is_in([one["doc"] for one in members]))
    names = {doc: (doc_id, source) for doc, doc_id, source in fates.select("doc", "doc_id", "source").iter_rows()}
    told = [dict(zip(("doc_id", "source"), names[one.pop("doc")], strict=True)) | one for one in members]
    docs = max(gone["docs"].max() or 0, stays["docs"].max() or 0)
    return {"cluster": digits, "docs": docs, "members": told}


def _line(text: bytes, start: int, config: Config) -> str:
    """The line that begins at a place; in a hard-wrapped text it is a paragraph, if that begins there as well: the text may have
    been taken for one when other lines of it had gone."""
    document = pl.DataFrame(
        {"doc": 0, "group": "", "text": text.decode()}, {"doc": pl.UInt32, "group": pl.String, "text": pl.String}
    )
    found = segmented(document, config).filter(col.start == start)["line"]
    return str(found[0] if len(found) else text[start:].partition(b"\n")[0].decode()).strip("\n")


def _shown(text: bytes) -> str:
    return text.decode(errors="replace").strip("\n")


def _prefix(folder: Path, key: str) -> str:
    """The digits of a key, or of its beginning."""
    wanted = key.lower()
    if not re.fullmatch(rf"[0-9a-f]{{1,{DIGITS}}}", wanted):
        raise InputError(
            f"{key!r} is no cluster: up to {DIGITS} digits 0-9 and a-f, as `clean explain {folder} DOC_ID` shows them"
        )
    return wanted


def _only(folder: Path, key: str, found: pl.Series) -> str:
    """The one cluster that `key` begins, of those it does."""
    if found.is_empty():
        raise InputError(f"{folder} has no cluster {key!r}; `clean explain {folder} DOC_ID` shows those of a document")
    if len(found) > 1:
        some = ", ".join(one[: len(key) + FEW] + "…" for one in found[:FEW])
        raise InputError(f"{len(found)} clusters begin with {key!r} ({some}); give more digits")
    return str(found[0])
