"""File names from strangers' ids: every id gets a name of its own, none leaves the folder, none surprises a file system."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

MAX_NAME = 180  # bytes; file systems take 255, and a suffix is still to come
LIMIT = 255  # bytes in a name, on nearly every file system
LONGEST_SUFFIX = 16  # characters
HASH = 32  # of its hexadecimal digits, enough to tell names apart
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?:\.|$)", re.IGNORECASE)
_UNSAFE = '<>:"/\\|?*%~'


def names(ids: Sequence[str], suffix: str) -> list[str]:
    """One file name an id, in order. A pure function of the ids, so names need not be stored.

    Ids that differ only in case or in Unicode form get different names ("A", "a~2"), as do equal ids.
    """
    return distinct([(escaped(id), suffix) for id in ids], folded)


def escaped(id: str) -> str:
    """An id as a name without its suffix: readable where it is safe, `%2F` where it is not."""
    name = "".join(char if _safe(char) else _percent(char) for char in id)
    if not name or name[0] in ". " or _RESERVED.match(name):
        name = _percent(name[:1]) + name[1:]
    if name[-1:] in {".", " "}:
        name = name[:-1] + _percent(name[-1])
    raw = name.encode()
    if len(raw) <= MAX_NAME:
        return name or "%"
    return raw[: MAX_NAME - HASH - 1].decode("utf-8", "ignore") + "~" + hashlib.sha256(id.encode()).hexdigest()[:HASH]


def paths(sources: Sequence[str], key: Callable[[str], str]) -> list[str]:
    """One relative path a source, as it is wherever that can be; never absolute, never upwards, no two the same.

    `key` is what the file system makes of a name: `folded`, or `exact` where it keeps all names apart.
    """
    whole = ["/".join(_component(part) for part in source.split("/")) for source in sources]
    return distinct([_split(path) for path in whole], key)


def distinct(wanted: Sequence[tuple[str, str]], key: Callable[[str], str]) -> list[str]:
    """Each stem with its suffix; where two would meet by `key`, `~2`, `~3` … between them."""
    used: set[str] = set()  # files, and the folders they are in: a file cannot be where a folder must be
    folders: set[str] = set()
    tried: dict[str, int] = {}
    chosen = []
    for stem, suffix in wanted:
        if any(parent in used for parent in _parents(key(stem))):
            stem = stem.replace("/", "%2F")  # a folder cannot be where a file is: "a.txt" and "a.txt/b"
        name = first = _shortened(stem, suffix)
        while not _free(taken := key(name), used, folders):
            tried[key(first)] = count = tried.get(key(first), 1) + 1
            name = _shortened(stem, f"~{count}{suffix}")
        used.add(taken)
        folders |= set(_parents(taken))
        chosen.append(name)
    return chosen


def folded(name: str) -> str:
    """What a file system that ignores case and Unicode form sees."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def exact(name: str) -> str:
    """What a file system that keeps names as they are sees."""
    return name


def _free(key: str, used: set[str], folders: set[str]) -> bool:
    return key not in used and key not in folders


def _parents(key: str) -> list[str]:
    return [key[:at] for at, char in enumerate(key) if char == "/"]


def _safe(char: str) -> bool:
    return char not in _UNSAFE and (char == " " or char.isprintable())


def _percent(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode())


def _component(part: str) -> str:
    """One part of a source's path, the same name again unless it leads elsewhere or cannot be one."""
    if part in {"", ".", ".."}:
        return "%" if not part else _percent(part)
    return _shortened(*_split(part.replace("\0", "%00")))


def _split(path: str) -> tuple[str, str]:
    """The path without its suffix, and that; what is too long for one stays where it is."""
    suffix = PurePosixPath(path).suffix
    return (path.removesuffix(suffix), suffix) if len(suffix) <= LONGEST_SUFFIX else (path, "")


def _shortened(stem: str, suffix: str) -> str:
    """A path and its suffix, the last name cut, and a hash in place of what is gone, where file systems would not take it."""
    folder, slash, name = stem.rpartition("/")
    raw, end = os.fsencode(name), os.fsencode(suffix)  # of a source it may be bytes that are not UTF-8
    if len(raw) + len(end) > LIMIT:
        room = LIMIT - len(end) - HASH - 1
        name = raw[:room].decode("utf-8", "ignore") + "~" + hashlib.sha256(raw).hexdigest()[:HASH]
    return folder + slash + name + suffix
