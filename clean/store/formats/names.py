"""File names from strangers' ids: every id gets a name of its own, none leaves the folder, none surprises a file system."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence

MAX_NAME = 180  # bytes; file systems take 255, and a suffix is still to come
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?:\.|$)", re.IGNORECASE)
_UNSAFE = '<>:"/\\|?*%~'


def names(ids: Sequence[str], suffix: str) -> list[str]:
    """One file name an id, in order. A pure function of the ids, so names need not be stored.

    Ids that differ only in case or in Unicode form get different names ("A", "a~2"), as do equal ids.
    """
    return distinct([escaped(id) for id in ids], suffix)


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
    return raw[: MAX_NAME - 33].decode("utf-8", "ignore") + "~" + hashlib.sha256(id.encode()).hexdigest()[:32]


def paths(sources: Sequence[str], suffix: str = "") -> list[str]:
    """One relative path a source, sub-folders kept; never absolute, never upwards, no two the same."""
    return distinct(["/".join(_component(part) for part in source.split("/")) for source in sources], suffix)


def distinct(stems: Sequence[str], suffix: str) -> list[str]:
    """Each stem with the suffix; where two would meet on some file system, `~2`, `~3` … before it."""
    used: set[str] = set()  # files, and the folders they are in: a file cannot be where a folder must be
    folders: set[str] = set()
    tried: dict[str, int] = {}
    chosen = []
    for stem in stems:
        if any(parent in used for parent in _parents(_key(stem))):
            stem = stem.replace("/", "%2F")  # a folder cannot be where a file is: "a.txt" and "a.txt/b"
        name = stem + suffix
        while not _free(key := _key(name), used, folders):
            tried[_key(stem)] = count = tried.get(_key(stem), 1) + 1
            name = f"{stem}~{count}{suffix}"
        used.add(key)
        folders |= set(_parents(key))
        chosen.append(name)
    return chosen


def _free(key: str, used: set[str], folders: set[str]) -> bool:
    return key not in used and key not in folders


def _parents(key: str) -> list[str]:
    return [key[:at] for at, char in enumerate(key) if char == "/"]


def _key(name: str) -> str:
    """What a file system that ignores case and Unicode form sees."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _safe(char: str) -> bool:
    return char not in _UNSAFE and (char == " " or char.isprintable())


def _percent(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode())


def _component(part: str) -> str:
    """One part of a source's path, the same name again unless it leads elsewhere or cannot be one."""
    part = "".join(_percent(char) if char < " " or char == "\x7f" else char for char in part)
    if part in {"", ".", ".."}:
        return "%" if not part else _percent(part)
    raw = part.encode()
    return part if len(raw) <= 250 else raw[:200].decode("utf-8", "ignore") + "~" + hashlib.sha256(raw).hexdigest()[:32]
