"""The ledger played backwards: published texts to the input's texts, compared by hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import polars as pl

from clean.edit import Edit, undo
from clean.errors import IntegrityError


def replay(texts: pl.DataFrame, ledger: pl.DataFrame, fates: pl.DataFrame) -> Iterator[tuple[int, bytes | None, str | None]]:
    """For each document in order: its ordinal, the text as it came, and what does not agree (None: all does).

    `texts`: doc, text as published, of the documents that stay. A document whose fate is not "kept" starts from
    an empty text, which its one removal fills again. A null text stays null.
    """
    edits = _edits(ledger)
    published = dict(texts.select("doc", pl.col("text").cast(pl.Binary)).iter_rows())
    columns = ["doc", "doc_id", "fate", "raw_sha256", "text_sha256"]
    for doc, doc_id, fate, raw_hash, text_hash in fates.select(columns).iter_rows():
        text = published.get(doc) if fate == "kept" else b""
        if raw_hash is None:
            yield doc, None, None if text is None or fate != "kept" else f"document {doc_id!r}: a missing text has come to be"
        elif text is None:
            yield doc, None, f"document {doc_id!r} is kept, but its text is not in the data"
        elif fate == "kept" and _hash(text) != text_hash:
            yield doc, None, f"document {doc_id!r}: the published text is not the one that was recorded"
        else:
            yield doc, *_restored(doc_id, text, edits.get(doc, {}), raw_hash)


def _restored(doc_id: str, text: bytes, layers: dict[str, list[Edit]], raw_hash: str) -> tuple[bytes | None, str | None]:
    try:
        raw = undo(undo(text, layers.get("removal", [])), layers.get("repair", []))
    except IntegrityError as error:
        return None, f"document {doc_id!r}: {error}"
    if _hash(raw) != raw_hash:
        return None, f"document {doc_id!r}: what the ledger restores is not the text that came in"
    return raw, None


def _edits(ledger: pl.DataFrame) -> dict[int, dict[str, list[Edit]]]:
    found: dict[int, dict[str, list[Edit]]] = {}
    for doc, layer, *edit in ledger.select("doc", "layer", "start", "before", "after").iter_rows():
        found.setdefault(doc, {}).setdefault(layer, []).append((edit[0], edit[1], edit[2]))
    return found


def _hash(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
