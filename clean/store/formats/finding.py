"""From what the user typed to the files that are meant: each once, named alike from any order of arguments."""

from __future__ import annotations

import errno
import glob
import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from clean.errors import InputError

STDIN = "-"
KINDS = {
    ".txt": "txt",
    ".text": "txt",
    ".md": "txt",
    ".markdown": "txt",
    ".rst": "txt",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
}
PACKINGS = {".gz": "gz", ".zst": "zst"}
SEEKING = ("parquet",)  # the kinds that are compressed inside, and read by seeking: a.parquet.gz cannot be
NOWHERE = "symbolic link that leads nowhere or in a circle"
VANISHED = "it vanished or cannot be read"
# what may be left alone, named; any other error is the disk's, and a corpus must not come out smaller for it
MISSING = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EACCES, errno.EPERM)
KNOWN = "known are {} (each also {}) and {}".format(
    " ".join(suffix for suffix, kind in KINDS.items() if kind not in SEEKING),
    ", ".join(PACKINGS),
    " ".join(suffix for suffix, kind in KINDS.items() if kind in SEEKING),
)


@dataclass(frozen=True)
class Found:
    """One file to read: where it is, what it is called in the corpus, its format and how it is packed."""

    path: Path
    name: str  # relative to the input it was found under, "/" between folders
    kind: str  # one of KINDS' values
    packing: str  # gz, zst or nothing


@dataclass(frozen=True)
class Search:
    """What a search found: files sorted by name, and what it left alone (named as files are) with the reason."""

    files: list[Found]
    skipped: list[tuple[str, str]]
    roots: tuple[Path, ...]


def find(inputs: Sequence[str]) -> Search:
    """The files behind files, folders, globs and '-'. Raises InputError where there is nothing to read."""
    found: list[Found] = []
    skipped: list[tuple[str, str]] = []
    roots: list[Path] = []
    for given in sorted(set(inputs)):
        for path, explicit in _expand(given):
            roots += [path] if given != STDIN and path.exists() else []
            found += _under(given, path, explicit, skipped)
    files = _distinct(_once(found, skipped))
    if not files:
        raise InputError(_nothing(inputs, skipped))
    return Search(sorted(files, key=lambda file: file.name), sorted(set(skipped)), tuple(roots))


def stem(name: str) -> str:
    """`sub/a.b.txt.gz` -> `sub/a.b`: the name without the suffixes that say how to read it."""
    path = PurePosixPath(unpacked(name))
    return str(path.with_suffix("")) if path.suffix.lower() in KINDS else str(path)


def unpacked(name: str) -> str:
    """`sub/a.txt.gz` -> `sub/a.txt`."""
    path = PurePosixPath(name)
    return str(path.with_suffix("")) if path.suffix.lower() in PACKINGS else name


def kind(name: str) -> tuple[str, str] | None:
    """Format and packing by suffix, in any case; None for one that is not known."""
    path = PurePosixPath(name)
    packing = PACKINGS.get(path.suffix.lower(), "")
    inner = path.with_suffix("") if packing else path
    format = KINDS.get(inner.suffix.lower())
    return None if format is None or (packing and format in SEEKING) else (format, packing)


def visible(path: str | bytes | Path) -> str:
    r"""A path as text: bytes that are not UTF-8 become `\xff`, as a lone surrogate cannot enter a table."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def as_stored(name: str, path: Path) -> bytes | None:
    """The name that a file has in the corpus with the bytes of its path, where these are not UTF-8; else None."""
    shown = name.split("/")
    parts = os.fsencode(os.path.abspath(path)).split(b"/")[-len(shown) :]  # noqa: PTH100 (resolve follows links)
    # without the number that `_numbered` may have put before: as bytes two names that are shown alike are two
    raw = b"/".join(part for part, as_shown in zip(parts, shown, strict=True) if visible(part) == as_shown)
    return None if visible(raw).encode() == raw else raw


def for_polars(path: Path) -> Path:
    """The path as polars is given it, whole: a relative `~/a` it takes for the home folder's, and `file:/a` for an address."""
    return path.absolute()


def is_utf8(path: Path) -> bool:
    """Whether polars takes the path: it takes no name of other bytes."""
    try:
        str(for_polars(path)).encode()
    except UnicodeEncodeError:
        return False
    return True


def refuse_other_bytes(path: Path) -> None:
    """Raise InputError for a path that polars does not take."""
    if not is_utf8(path):
        raise InputError(f"{visible(path.absolute())} cannot be read: its name is not UTF-8; rename it")


def _expand(given: str) -> Iterator[tuple[Path, bool]]:
    """The paths meant by one argument, each with whether it was named itself (a glob's matches were not)."""
    if not given:
        raise InputError("an input is named by nothing ('' was given); an input is a file, a folder, a glob, or - for stdin")
    path = Path(given)
    if given == STDIN or os.path.lexists(path):
        yield path, True
        return
    matches = sorted(glob.glob(given, recursive=True)) if glob.has_magic(given) else []  # noqa: PTH207 (absolute patterns)
    if not matches:
        what = "matches nothing" if glob.has_magic(given) else "does not exist"
        raise InputError(f"{visible(given)} {what}; an input is a file, a folder, a glob, or - for JSONL on stdin")
    yield from ((Path(match), False) for match in matches)


def _under(given: str, path: Path, explicit: bool, skipped: list[tuple[str, str]]) -> list[Found]:
    """The files at or below one path; a file named by the user must be readable, others may be left alone."""
    if given == STDIN:
        return [Found(path, "stdin.jsonl", "jsonl", "")]
    try:
        mode = path.stat().st_mode
    except OSError as error:
        if explicit or error.errno not in MISSING:
            raise InputError(f"{visible(path)} cannot be read: {error.strerror}") from None
        skipped.append((visible(path.name), NOWHERE if path.is_symlink() else VANISHED))
        return []
    if stat.S_ISDIR(mode):
        return list(_walk(path, skipped))
    known = kind(path.name)
    if stat.S_ISREG(mode) and known is not None:
        return [Found(path, visible(path.name), *known)]
    reason = f"its suffix says no format; {KNOWN}" if stat.S_ISREG(mode) else f"it is {_nature(mode)}; pipe it into - instead"
    if explicit:
        raise InputError(f"{visible(path)} cannot be read: {reason}")
    skipped.append((visible(path.name), reason))
    return []


def _walk(root: Path, skipped: list[tuple[str, str]]) -> Iterator[Found]:
    """Regular files under `root`; everything else is put into `skipped`. A stack, for folders 2,000 deep."""
    home = root.resolve()
    folders = [root]
    while folders:
        for entry in _entries(folders.pop()):
            path = Path(entry.path)
            reason = _reason(entry, home)
            known = kind(entry.name)
            if reason is None and entry.is_dir():
                folders.append(path)
            elif reason is None and known is not None:
                yield Found(path, visible(path.relative_to(root).as_posix()), *known)
            else:
                skipped.append((visible(path.relative_to(root)), reason or "unknown suffix"))


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise InputError(f"{visible(folder)} cannot be read: {error.strerror}") from None


def _reason(entry: os.DirEntry[str], home: Path) -> str | None:
    """Why an entry of a folder is left alone; None: it is a folder to enter or a regular file."""
    if entry.name.startswith("."):
        return "hidden"
    try:
        mode = entry.stat().st_mode
        target = Path(entry.path).resolve(strict=True)
    except (OSError, RuntimeError) as error:
        if isinstance(error, OSError) and error.errno not in MISSING:
            raise InputError(f"{visible(entry.path)} cannot be read: {error.strerror}") from None
        return NOWHERE if entry.is_symlink() else VANISHED
    if entry.is_symlink() and not target.is_relative_to(home):
        return "symbolic link that leaves the folder"
    if entry.is_symlink() and stat.S_ISDIR(mode):
        # following it would read the same files twice, or for ever where it leads to a parent
        return "symbolic link to a folder that is read in its own place"
    return None if stat.S_ISDIR(mode) or stat.S_ISREG(mode) else f"it is {_nature(mode)}, not a regular file"


def _nature(mode: int) -> str:
    natures = {stat.S_IFIFO: "a fifo", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}
    return natures.get(stat.S_IFMT(mode), "a special file")


def _once(found: Sequence[Found], skipped: list[tuple[str, str]]) -> list[Found]:
    """Each file once, though two arguments or a link lead to it: as itself, under its shortest name."""
    best: dict[Path, Found] = {}
    for file in sorted(found, key=lambda file: (file.path.is_symlink(), file.name.count("/"), file.name, visible(file.path))):
        first = best.setdefault(file.path.resolve() if str(file.path) != STDIN else file.path, file)
        if file.path.is_symlink() and first is not file:
            skipped.append((file.name, f"the same file as {first.name}"))
    return list(best.values())


def _distinct(files: list[Found]) -> list[Found]:
    """Two files of one name get as many of their parents' names as tell them apart."""
    names = [file.name for file in files]
    shown = Counter(visible(file.path) for file in files)
    # two paths that are shown alike no parent tells apart
    outer = [_parents(file) if shown[visible(file.path)] == 1 else [] for file in files]
    while True:
        counts = Counter(names)
        clashing = [i for i, name in enumerate(names) if counts[name] > 1 and outer[i]]
        if not clashing:
            return [replace(file, name=name) for file, name in zip(files, _numbered(files, names), strict=True)]
        for i in clashing:
            names[i] = f"{outer[i].pop()}/{names[i]}"


def _numbered(files: Sequence[Found], names: Sequence[str]) -> list[str]:
    r"""Names that whole paths do not tell apart, for a byte \xff is shown as the four characters of another name: by number."""
    if len(set(names)) == len(names):
        return list(names)
    seen: Counter[str] = Counter()
    numbered = list(names)
    for i in sorted(range(len(files)), key=lambda i: os.fsencode(files[i].path)):
        while numbered[i] in seen:
            seen[names[i]] += 1
            numbered[i] = f"{seen[names[i]]}/{names[i]}"
        seen[numbered[i]] += 1
    return numbered


def _parents(file: Found) -> list[str]:
    if str(file.path) == STDIN:
        return []
    parts = [visible(part) for part in Path(os.path.abspath(file.path)).parts[1:]]  # noqa: PTH100 (resolve follows links)
    return parts[: len(parts) - file.name.count("/") - 1]


def _nothing(inputs: Sequence[str], skipped: Sequence[tuple[str, str]]) -> str:
    where = ", ".join(visible(given) for given in inputs) or "no input"
    left = f"; {len(skipped)} left alone, such as {skipped[0][0]} ({skipped[0][1]})" if skipped else ""
    return f"{where}: nothing to read{left}; {KNOWN}"
