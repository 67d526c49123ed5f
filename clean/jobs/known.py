"""What runs tell the runs after them: remembered by `run --known`; shown, merged, pruned and compared by `clean known`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from polars import col

from clean.config import Config
from clean.errors import InputError
from clean.schema import KNOWN_RULE, RECALLED
from clean.stages.known import PLACES, merge, prepare
from clean.stages.record import hexadecimal
from clean.store.finished import RECALLED_FILE, Piece
from clean.store.known import (
    KNOWN_FILE,
    SETTINGS,
    KnownFile,
    Passages,
    header_of,
    read_known,
    refuse_unlike,
    replace_known,
    write_known,
)
from clean.store.tables import write_table
from clean.store.trial import Trial

KEY = ["group", "text"]


# ---------------------------------------------------------------- in a run


@dataclass(frozen=True)
class KnownPassages:
    """What earlier runs know: their files, in an order of their own, and all of it together."""

    files: tuple[KnownFile, ...]
    passages: pl.DataFrame | None  # stages.known.PREPARED; None: no file was given

    def header(self) -> dict[str, Any]:
        """What the manifest says of the files; nothing where there are none."""
        rows = [{"file": file.name, "passages": len(file.passages), "rows_sha256": file.digest} for file in self.files]
        return {"known": rows} if rows else {}

    def write(self, folder: Path, pieces: Sequence[Piece], learned: Passages, config: Config) -> None:
        """Write what the run has learned, and what it recalled, if it did, beside its record, `pieces`."""
        write_known(folder / KNOWN_FILE, learned, header_of(config))
        if self.passages is not None:
            ledger, fates = (pl.concat([getattr(piece, name) for piece in pieces]) for name in ("ledger", "fates"))
            recalled = self._recalled(self.passages, fates, ledger)
            if len(recalled):
                write_table(folder / RECALLED_FILE, recalled)

    def _recalled(self, passages: pl.DataFrame, fates: pl.LazyFrame, ledger: pl.LazyFrame) -> pl.DataFrame:
        """schema.RECALLED of what went for what is known: a row for each file that knows it."""
        gone = ledger.filter(col.rule == KNOWN_RULE).select("doc", "cluster").unique()
        sites = gone.join(fates.select("doc", "group"), on="doc").select("cluster", "group").unique().collect()
        here = passages.join(sites, on="group", how="semi")
        keys = here.select(KEY).with_columns(cluster=hexadecimal(here["passage"]))
        texts = sites.join(keys, on=["cluster", "group"])
        found = [
            texts.join(file.passages.select(*KEY, "docs", "source", "doc_id"), on=KEY).with_columns(file=pl.lit(file.name))
            for file in self.files
        ]
        rows = pl.concat([one.select(list(RECALLED)) for one in found])
        return rows.sort("group", "cluster", "docs", "file", descending=[False, False, True, False], maintain_order=True)


def known_passages(paths: Sequence[Path], config: Config) -> KnownPassages:
    """What some files know together. Raises InputError for one that is none, or was made with other settings."""
    files = _read(paths)
    for file in files:
        refuse_unlike(file, header_of(config), "this run")
    return KnownPassages(tuple(files), prepare(merge(pl.concat([file.passages for file in files]))) if files else None)


def _read(paths: Sequence[Path]) -> list[KnownFile]:
    """The files, in an order that does not depend on that in which they were given.

    Raises InputError for the same file twice: its support would count twice.
    """
    with Trial() as trial:
        files = sorted((read_known(path, trial) for path in paths), key=lambda file: (file.name, file.digest))
    given: dict[Path, Path] = {}
    for file in files:
        if given.setdefault(file.path.resolve(), file.path) is not file.path:
            raise InputError(f"{file.path} is given twice; give it once, or its support counts twice")
    return files


# ---------------------------------------------------------------- the command


@dataclass(frozen=True)
class Together:
    """Some files of known passages, merged and pruned."""

    header: dict[str, str]
    passages: pl.DataFrame  # schema.KNOWN, best supported first
    pruned: int  # passages that were left out


def together(paths: Sequence[Path], min_support: int = 1) -> Together:
    """Some files as one; `min_support`: documents that must have lost a passage.

    Raises InputError for a file that is none, or was made in another way than the first.
    """
    return _merged(_read(paths), min_support)


def _merged(files: Sequence[KnownFile], min_support: int = 1) -> Together:
    for file in files[1:]:
        refuse_unlike(file, files[0].header, str(files[0].path))
    merged = merge(pl.concat([file.passages for file in files]))
    passages = merged.filter(col.docs >= min_support).sort("docs", *KEY, descending=[True, False, False])
    return Together(files[0].header, passages, len(merged) - len(passages))


def save(known: Together, path: Path, *, force: bool) -> None:
    """Write them as a new file. Raises OutputError when it cannot be."""
    replace_known(path, known.passages.sort(KEY), known.header, force=force)


def show(known: Together, shown: int | None) -> dict[str, Any]:
    """What there is to tell of them, as plain values: counts, sites, and the `shown` best supported passages (None: all)."""
    rows = known.passages
    shapes = rows.drop_nulls("shape").group_by("group", "shape").agg(examples=pl.len()).sort(*KEY[:1], "shape")
    sites = rows.group_by("group").agg(passages=pl.len(), docs=col.docs.max())
    return {
        "passages": len(rows),
        "pruned": known.pruned,
        "made_with": {name: known.header[name] for name in SETTINGS},
        "sites": sites.sort("group").to_dicts(),
        "shapes": shapes.to_dicts(),
        "top": rows.head(len(rows) if shown is None else shown).to_dicts(),
    }


def compare(a: Path, b: Path, shown: int | None) -> dict[str, Any]:
    """What two files know differently: `only_a`, `only_b`, `changed` (in how many documents, where they stood, their shape; `_b`:
    in the second), the best supported first, with counts.

    Raises InputError for a file that is none, or was made in another way than the other.
    """
    with Trial() as trial:
        files = [read_known(path, trial) for path in (a, b)]
    refuse_unlike(files[1], files[0].header, str(a))
    one, other = (_merged([file]) for file in files)
    told = ["docs", *PLACES, "shape"]
    both = one.passages.join(other.passages.select(*KEY, *told), on=KEY, how="inner", suffix="_b", maintain_order="left")
    found = {
        "only_a": one.passages.join(other.passages, on=KEY, how="anti", maintain_order="left"),
        "only_b": other.passages.join(one.passages, on=KEY, how="anti", maintain_order="left"),
        "changed": both.filter(pl.any_horizontal(col(name).ne_missing(col(f"{name}_b")) for name in told)),
    }
    kinds = {
        name: {"count": len(rows), "top": rows.head(len(rows) if shown is None else shown).to_dicts()}
        for name, rows in found.items()
    }
    return {"same": not any(len(rows) for rows in found.values()), "both": len(both), **kinds}
