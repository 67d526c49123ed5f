"""The manifest of a run: what every file in its folder must be, byte for byte."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from clean.errors import InputError, OutputError

__all__ = ["MANIFEST", "as_published", "check_manifest", "is_ours", "read_manifest", "write_manifest"]

MANIFEST = "manifest.json"
FORMAT_VERSION = 1
MADE_BY = "clean"
BESIDE = ".beside"  # files that were being written: they are none of the run's


def is_ours(folder: Path) -> bool:
    """Whether a run made the folder. By the manifest's mark alone: a run that is damaged may be replaced, too."""
    manifest = folder / MANIFEST
    try:
        return manifest.is_file() and f'"made_by": "{MADE_BY}"'.encode() in manifest.read_bytes()  # a fifo would be waited for
    except OSError:
        return False


def write_manifest(folder: Path, header: dict[str, Any]) -> None:
    """Write manifest.json, last of all: `header` and the size and sha256 of every other file in `folder`.

    The file is in one canonical form and holds its own digest, so that no bit of it can flip unseen.
    """
    names = _files(folder)
    for left in (name for name in names if name.endswith(BESIDE)):
        (folder / left).unlink()
    files = {name: _stored(folder / name) for name in names if not name.endswith(BESIDE)}
    body = {"made_by": MADE_BY, "format_version": FORMAT_VERSION, **header, "files": files}
    (folder / MANIFEST).write_bytes(_canonical(body))


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest as written.

    Raises OutputError, in one sentence, when it is missing, damaged or foreign, and InputError when it may not be read.
    """
    try:
        raw = (folder / MANIFEST).read_bytes()
    except OSError as error:
        _refuse_forbidden(error)
        raise OutputError(f"{MANIFEST} cannot be read ({error.strerror}): {folder} is not a finished run") from None
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise OutputError(f"{MANIFEST} is damaged: it is not JSON") from None
    if not isinstance(found, dict) or found.get("made_by") != MADE_BY:
        raise OutputError(f"{MANIFEST} was not written by clean")
    if found.get("format_version") != FORMAT_VERSION:
        raise OutputError(f"{MANIFEST} has format {found.get('format_version')}, this clean reads {FORMAT_VERSION}: run again")
    found.pop("manifest_sha256", None)
    if _canonical(found) != raw or not isinstance(found.get("files"), dict):
        raise OutputError(f"{MANIFEST} is damaged: it does not match its own digest")
    return found


def check_manifest(folder: Path) -> list[str]:
    """What does not agree with the manifest, a sentence each that names the file; none when all is whole.

    Raises InputError when something may not be read: nobody can say then.
    """
    try:
        listed: dict[str, Any] = read_manifest(folder)["files"]
    except OutputError as error:
        return [str(error)]
    try:
        present = _files(folder)
    except OSError as error:
        _refuse_forbidden(error)
        return [f"{Path(error.filename).relative_to(folder).as_posix()} cannot be listed: {error.strerror}"]
    findings = [f"{name} is missing" for name in sorted(set(listed) - set(present))]
    findings += [f"{name} is not in the manifest" for name in sorted(set(present) - set(listed))]
    for name in sorted(set(listed) & set(present)):
        findings += _compare(folder, name, listed[name])
    return findings


def as_published(file: Path) -> bool:
    """Whether a file at the top of a finished run is, byte for byte, what the manifest beside it lists."""
    if not (file.parent / MANIFEST).is_file():  # a fifo would be waited for
        return False
    with suppress(InputError, OutputError, OSError):
        return bool(_stored(file) == read_manifest(file.parent)["files"].get(file.name))
    return False


def _compare(folder: Path, name: str, listed: Any) -> list[str]:
    try:
        found = _stored(folder / name)
    except OSError as error:
        _refuse_forbidden(error)
        return [f"{name} cannot be read: {error.strerror}"]
    if found == listed:
        return []
    if found["bytes"] != listed["bytes"]:
        return [f"{name} has changed: {found['bytes']} bytes, not {listed['bytes']}"]
    return [f"{name} has changed: its sha256 is {found['sha256'][:12]}…, not {listed['sha256'][:12]}…"]


def _refuse_forbidden(error: OSError) -> None:
    if isinstance(error, PermissionError):
        raise InputError(f"{error.filename} cannot be read: {error.strerror}") from None


def _canonical(body: dict[str, Any]) -> bytes:
    plain = json.dumps(body, indent=1, sort_keys=True).encode() + b"\n"
    signed = body | {"manifest_sha256": hashlib.sha256(plain).hexdigest()}
    return json.dumps(signed, indent=1, sort_keys=True).encode() + b"\n"


def _files(folder: Path) -> list[str]:
    """Every file in the folder but the manifest, hidden ones and links too, by its path in it, sorted."""
    found = []
    for where, folders, files in os.walk(folder, onerror=refused):
        links = [name for name in folders if Path(where, name).is_symlink()]
        found += [Path(where, name).relative_to(folder).as_posix() for name in files + links]
    return sorted(name for name in found if name != MANIFEST)


def refused(error: OSError) -> None:
    """A folder that cannot be listed is no empty one: its files would be missing from the manifest."""
    raise error


def _stored(path: Path) -> dict[str, Any]:
    """Size and sha256 of a regular file; a link or a fifo is none, and would be read for ever."""
    if path.is_symlink() or not path.is_file():
        return {"bytes": 0, "sha256": "not a regular file"}
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            size += len(chunk)
    return {"bytes": size, "sha256": digest.hexdigest()}
