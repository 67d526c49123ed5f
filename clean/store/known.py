"""Known boilerplate on disk: what a run removed, for the runs after it. `known.parquet`, in every finished run.

The file says how its texts were made (the header), and holds a digest of its rows: a file of another making, of another
format or with a changed byte is refused in one line. Parquet and plain columns only: reading one runs nothing of it.
"""

from __future__ import annotations

import fcntl
import glob
import hashlib
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Protocol

import polars as pl

from clean.config import Config
from clean.errors import DiskError, InputError, OutputError, refusal
from clean.schema import KNOWN
from clean.store.formats.finding import refuse_other_bytes, visible
from clean.store.manifest import as_published
from clean.store.publish import resolved
from clean.store.tables import read_notes, read_table, write_pieces
from clean.store.trial import Trial
from clean.text import texts_of

KNOWN_FILE = "known.parquet"
TABLE, FORMAT = "known passages", "1"
# How lines become texts that meet: the normal form and its hash, and what of the settings they depend on.
MATCHING = "NFKC, casefold, words; xxh3_128; 1"
ROWS = 1 << 14  # that the digest takes at once
SETTINGS = ("repair", "shingle_tokens", "shingle_chars", "permutations", "bands", "seed", "near_tokens")

Header = dict[str, str]


@dataclass(frozen=True)
class KnownFile:
    """A file of known passages, read."""

    path: Path
    header: Header
    passages: pl.DataFrame  # schema.KNOWN
    digest: str  # of the rows: equal for equal contents

    @cached_property
    def name(self) -> str:
        """The file with its folder, which tells one run from another: what a record may say on any machine. The same in whichever
        way the path is given, `out/known.parquet`, `known.parquet` inside of `out`, or through a link; and all the run long."""
        return visible("/".join(self.path.resolve().parts[1:][-2:]))


def header_of(config: Config) -> Header:
    """What a file made with these settings says of itself."""
    return {"table": TABLE, "known": FORMAT, "matching": MATCHING} | {name: str(getattr(config, name)) for name in SETTINGS}


class Passages(Protocol):
    """schema.KNOWN, wherever it waits."""

    def __len__(self) -> int:
        """How many rows there are."""

    def pieces(self, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """Some columns of all rows, in their order, a table of some rows after the other; as often as it is asked for."""


@dataclass(frozen=True)
class Held:
    """Passages that are at hand."""

    rows: pl.DataFrame  # schema.KNOWN

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    def pieces(self, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """Some columns, in tables of ROWS."""
        return self.rows.select(columns).iter_slices(ROWS)


def write_known(path: Path, passages: pl.DataFrame | Passages, header: Mapping[str, str]) -> None:
    """Write schema.KNOWN with its header; same rows, same bytes. What waits elsewhere is never held whole."""
    held = Held(passages) if isinstance(passages, pl.DataFrame) else passages
    write_pieces(path, held.pieces(list(KNOWN)), KNOWN, {**header, "rows_sha256": _digest(held)})


def replace_known(path: Path, passages: pl.DataFrame, header: Mapping[str, str], *, force: bool) -> None:
    """Write schema.KNOWN as the file `path`, which appears whole or not at all.

    Raises OutputError when it exists (and `force` is not given, or it holds something else), or cannot be there, or the disk
    refuses.
    """
    path = resolved(path)
    if path.exists():
        if not force:
            raise OutputError(f"{path} exists; give --force to replace it, or name another file")
        try:
            with Trial() as trial:
                read_known(path, trial)
        except InputError:
            raise OutputError(f"{path} holds no known passages: not replaced; name another file") from None
    beginning = f".{path.name[:100]}."
    fresh = path.with_name(f"{beginning}{os.getpid()}-{secrets.token_hex(4)}.partial")
    try:
        _sweep(path.parent, beginning)
        with fresh.open("xb") as written:
            _is_mine(written)
            write_known(fresh, passages, header)
            os.fsync(written.fileno())
        fresh.replace(path)
    except DiskError as error:
        raise DiskError(path, error.why) from error
    except OSError as error:
        raise DiskError(path, refusal(error)) from error
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)


def _sweep(folder: Path, beginning: str) -> None:
    """Remove what a killed command left: whoever is still writing holds the lock of its file."""
    for left in folder.glob(f"{glob.escape(beginning)}*.partial"):
        with suppress(OSError), left.open("rb") as file:
            if _is_mine(file):
                left.unlink()


def _is_mine(file: BinaryIO) -> bool:
    """Whether the lock of an open file could be had, and is held until the file is closed."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # another has it, or the file system has no locks: then what was left stays
        return False
    return True


def read_known(path: Path, trial: Trial | None) -> KnownFile:
    """The known passages of a file, or of a finished run's folder. Raises InputError for anything else, and for damage.

    `trial`: where a file is tried of which no manifest says that it is as it was written; None: that was looked at.
    """
    file = path / KNOWN_FILE if path.is_dir() else path
    refuse_other_bytes(file)
    if not file.exists():
        what = f"{path} holds no {KNOWN_FILE}" if path.is_dir() else f"{path} does not exist"
        raise InputError(f"{what}; give the {KNOWN_FILE} of a finished run, or its folder")
    if not file.is_file():  # a fifo would be waited for
        raise InputError(f"{file} cannot be used: it is no file; give the {KNOWN_FILE} of a finished run, or its folder")
    try:
        if trial is not None and not as_published(file):
            trial.read(file, file.name)
        header = read_notes(file)
        digest = header.pop("rows_sha256", "")
        header.pop("format_version", None)
        if header.get("table") != TABLE:
            raise InputError(f"it holds no known passages; give the {KNOWN_FILE} of a finished run")
        if header.get("known") != FORMAT:
            raise InputError(f"it has format {header.get('known')}, this clean reads {FORMAT}: run again to make a new one")
        passages = read_table(file, KNOWN)
    except InputError as error:
        why = str(error).removeprefix(f"{file.name} ").removeprefix("cannot be read: ")
        raise InputError(f"{file} cannot be used: {why}") from None
    if _digest(Held(passages)) != digest:
        raise InputError(f"{file} is damaged: its rows do not match their digest; run again, or fetch it again")
    return KnownFile(file, header, passages, digest)


def refuse_unlike(file: KnownFile, header: Mapping[str, str], of: str) -> None:
    """Raise InputError when a file was made in another way than `header`, which is that `of` this run or another file."""
    for name, wanted in header.items():
        found = file.header.get(name)
        if found == wanted:
            continue
        if name in SETTINGS:
            raise InputError(
                f"{file.path} was made with {name} = {found}, {of} with {wanted}: run with --set {name}={found}, or make it again"
            )
        raise InputError(f"{file.path} was made by another version ({name}: {found}, not {wanted}): run again to make a new one")


def _digest(passages: Passages) -> str:
    """sha256 of the rows, column by column."""
    total = hashlib.sha256()
    for name in KNOWN:
        # lengths, too: no text can pass for the end of one and the beginning of the next
        total.update(f"{name} {len(passages)}\n".encode())
        for words in _words(passages, name):
            total.update(words.str.len_bytes().to_numpy().astype("<u8").tobytes())
        for words in _words(passages, name):
            total.update(texts_of(words)[0].data)
    return total.hexdigest()


def _words(passages: Passages, name: str) -> Iterator[pl.Series]:
    return (piece[name].cast(pl.String).fill_null("") for piece in passages.pieces([name]))
