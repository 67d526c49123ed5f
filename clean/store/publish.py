"""The folder of a run appears whole or not at all."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import polars as pl

from clean.errors import DiskError, IntegrityError, OutputError, is_refusal, refusal
from clean.store.formats.finding import is_utf8, visible
from clean.store.manifest import BESIDE, MANIFEST, is_ours, refused

__all__ = ["publishing", "refuse_overlap", "refuse_taken", "remove_work", "replacing", "resolved", "work_folder"]

AT_FDCWD, RENAME_EXCHANGE = -100, 2  # linux/fcntl.h, linux/fs.h
WORK, CRATE = ".work", ".crate"
LONG_NAME = 180  # bytes; a hidden sibling's name is 40 longer, and file systems take 255


# ---------------------------------------------------------------- the folder


@contextmanager
def publishing(out: Path, force: bool | None) -> Iterator[Path]:
    """A hidden sibling of `out` to write into; when the block ends well, it becomes `out` in one step.

    When it does not, nothing is left behind and an earlier `out` is as it was. `force`: whether an earlier run may be replaced;
    None: never, nobody can ask for it. Raises OutputError when `out` exists
    (and `force` is not given, or it is no run of ours), another run is writing it, or the disk refuses.
    """
    out = resolved(out)  # a link to a folder stays a link
    if not out.name:
        raise OutputError(f"{out} cannot be an output folder; name a new one")
    made = []
    try:
        with _one_line(out):
            made = _make_parents(out.parent)
            with _locked(out):
                _sweep(out)
                _check_free(out, force)
                yield from _build(out, bool(force))
        made = []
    finally:
        for folder in made:
            with suppress(OSError):
                folder.rmdir()


def work_folder(out: Path) -> Path:
    """A hidden sibling of `out` for what is done on the way, made if it is not there; for use while `publishing`.

    Whoever asks for it removes it (`remove_work`), whether all went well or not. Only a run that is killed leaves it, and the
    next one finds it. Raises OutputError for a link.
    """
    folder = _sibling(resolved(out), WORK)
    if folder.is_symlink():
        raise OutputError(f"{folder} is a symbolic link, and is not written through; remove it")
    folder.mkdir(exist_ok=True)
    return folder


def remove_work(out: Path) -> None:
    """Remove the folder of `work_folder`, what a run that was killed left of it, too; not what somebody else keeps there."""
    folder = _sibling(resolved(out), WORK)
    if folder.is_symlink() or not folder.is_dir():
        return
    with suppress(OSError):
        for path in folder.iterdir():
            if path.name.endswith((CRATE, BESIDE)):
                path.unlink()
        folder.rmdir()


def refuse_overlap(out: Path, inputs: Iterable[Path]) -> None:
    """Raise OutputError when `out` is, holds or lies in an input: a run never writes into what it reads."""
    target = resolved(out)
    for given in inputs:
        source = given.resolve()
        if target == source or target.is_relative_to(source) or source.is_relative_to(target):
            raise OutputError(f"the output {out} and the input {given} overlap; choose a folder beside it")


def resolved(out: Path) -> Path:
    """Where an output will be, links followed. Raises OutputError where none can be, and inside a finished run: that holds what
    its manifest lists, and with a file more it is refused by every command."""
    try:
        found = out.resolve()
    except (OSError, RuntimeError):  # the current folder is gone; a link to itself
        why = "its symbolic link leads in a circle" if out.is_symlink() else "the folder it is to be in does not exist any more"
        raise OutputError(f"{out} cannot be written: {why}; name another place") from None
    if not is_utf8(found):
        raise OutputError(f"{visible(found)} cannot be written: its name is not UTF-8; name another place")
    run = next(filter(is_ours, found.parents), None)
    if run is not None:
        raise OutputError(f"{out} cannot be written: it is inside of {run}, a finished run; name a place beside it")
    return found


def _build(out: Path, force: bool) -> Iterator[Path]:
    partial = _sibling(out, f".{os.getpid()}-{secrets.token_hex(4)}.partial")
    try:
        partial.mkdir()
        yield partial
        _sync(partial)
        _check_free(out, force)  # it may have come into being in the meantime
        _replace(partial, out)
        try:
            _sync_folder(out.parent)
        except OSError as error:
            raise OutputError(f"{out} was published, but the disk did not confirm it: {refusal(error)}") from error
    finally:
        _remove(partial)  # unfinished, or after the exchange the one that was replaced


def _remove(folder: Path) -> None:
    """Remove a folder, once more if something could not be removed; what then is left the next run sweeps."""
    for _ in range(2):
        with suppress(OSError):  # `ignore_errors` lets through what closing a folder says, after `out` was published
            if folder.exists():
                shutil.rmtree(folder, ignore_errors=True)


def _replace(partial: Path, out: Path) -> None:
    """Put `partial` where `out` is, which then is where `partial` was. `out` is never absent, nor half."""
    if not out.exists():
        partial.rename(out)
    elif not _exchange(partial, out):
        # a file system without exchange: `out` is absent for a moment; `_sweep` mends a crash in it
        aside = partial.with_suffix(".old")
        out.rename(aside)
        try:
            partial.rename(out)
        except BaseException:
            aside.rename(out)
            raise
        _remove(aside)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step (Linux: renameat2); False where that cannot be done."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    return rename is not None and rename(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0


def refuse_taken(out: Path, force: bool) -> None:
    """Raise OutputError where `publishing` would for what stands at `out` already. Writes nothing."""
    _check_free(resolved(out), force)


def _check_free(out: Path, force: bool | None) -> None:
    if not out.exists():
        return
    if not out.is_dir():
        raise OutputError(f"{out} is a file; name a folder that does not exist yet")
    if os.path.ismount(out):  # a volume of a container, say: no folder can be renamed to it, which would show at the very end
        raise OutputError(f"{out} is a mount point, whose place no folder can take; name a folder below it")
    if not any(out.iterdir()):
        return
    if not force:
        raise OutputError(f"{out} exists; {'' if force is None else 'give --force to replace it, or '}name another folder")
    if not is_ours(out):
        raise OutputError(f"{out} is not the output of a run (it has no {MANIFEST} of ours): not replaced; name another folder")


# ---------------------------------------------------------------- beside the folder


def _sibling(out: Path, suffix: str) -> Path:
    name = out.name if len(os.fsencode(out.name)) <= LONG_NAME else hashlib.sha256(os.fsencode(out.name)).hexdigest()[:32]
    return out.parent / f".{name}{suffix}"


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    """Hold the one lock of `out`, a hidden sibling that is removed again. Raises OutputError when it is taken."""
    path = _sibling(out, ".lock")
    while True:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # its holder may have removed the file between our open and our lock: then we hold nothing
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(lock), path.stat()):
                    break
        except BlockingIOError:
            os.close(lock)
            raise OutputError(f"another run is writing {out}; wait for it, or name another folder") from None
        except OSError as error:
            if error.errno in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
                break  # no locks on this file system: the exchange at the end is still one step
            os.close(lock)
            raise
        os.close(lock)
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()
        with suppress(OSError):  # closed all the same; and `out` may be published
            os.close(lock)


def _sweep(out: Path) -> None:
    """Remove what dead runs left, and put back what one had moved aside. We hold the lock: no run is alive."""
    left = re.compile(re.escape(_sibling(out, "").name) + r"\.\d+-[0-9a-f]{8}\.(partial|old)")
    for path in sorted(out.parent.iterdir()):
        match = left.fullmatch(path.name)
        if match and match[1] == "old" and not out.exists():
            path.rename(out)
        elif match:
            _remove(path)


def _make_parents(folder: Path) -> list[Path]:
    """Make missing parents; those made, deepest first."""
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name beside `path` to write to; when the block ends well, what is there becomes `path` in one step.

    Whoever reads `path` finds a whole file, also when two write it: on a cluster, a task that was given up for lost may still be
    at it when the one that took its place has been done. What one that was killed leaves, `write_manifest` removes.
    """
    beside = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}{BESIDE}")
    yield beside
    beside.replace(path)


# ---------------------------------------------------------------- the disk


@contextmanager
def _one_line(out: Path) -> Iterator[None]:
    """What the disk refuses becomes one line for the reader, which names `out`: what is beside it nobody has asked for."""
    try:
        yield
    except DiskError as error:
        raise _unpublished(out, error.why) from error
    except (OSError, pl.exceptions.ComputeError) as error:  # polars reports a full disk as ComputeError
        if isinstance(error, pl.exceptions.ComputeError) and not is_refusal(error):
            raise
        raise _unpublished(out, refusal(error)) from error
    except IntegrityError as error:  # what was just written does not come back: no finding about a finished run
        raise _unpublished(out, str(error)) from error


def _unpublished(out: Path, why: str) -> OutputError:
    return OutputError(f"{DiskError(out, why)}; nothing was published")


def _sync(folder: Path) -> None:
    """Every file, then every folder from the deepest up: the rename must not reach the disk before its content."""
    for where, _, files in os.walk(folder, topdown=False, onerror=refused):
        for name in sorted(files):
            _sync_file(Path(where, name))
        _sync_folder(Path(where))


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
