"""Faults: the Nth call to the disk fails, or the process dies there; a full disk; limits on memory, files and file size.

The command runs as a process of its own, over an earlier output. Whatever happens, the earlier output or the new one is
there, whole; an error is one line and exit 2; nothing lies beside it, but after a kill, and then the next run sweeps it.
The disk that fails is faults.c, preloaded, for a fault injected into Python would not meet what polars writes.
"""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product as product_of
from pathlib import Path

from reliability.bench import KEEPS, Desk, Ended, Tree, command, tree

SOURCE = Path(__file__).with_name("faults.c")
CALLS = (
    "open", "read", "write", "close", "fsync", "rename", "mkdir", "unlink", "list", "stat", "flock", "truncate", "link"
)  # fmt: skip
Say = Callable[[str], None]


@dataclass
class Tally:
    """What one kind of fault came to."""

    name: str
    tried: int = 0
    old: int = 0  # the earlier output was there afterwards
    new: int = 0  # the new one was
    died: int = 0  # killed, as it was meant to be, or aborted by the allocator of polars
    complaints: list[str] = field(default_factory=list)

    def row(self) -> list[str]:
        """For the table."""
        return [self.name, f"{self.tried:,}", f"{self.old:,}", f"{self.new:,}", f"{self.died:,}", f"{len(self.complaints):,}"]


COLUMNS = ["fault", "runs", "earlier output stays", "new output", "process died", "broken promises"]


def build(folder: Path) -> Path | None:
    """faults.c as a library to preload; None where there is no C compiler, or not Linux."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None or sys.platform != "linux":
        return None
    library = folder / "faults.so"
    made = subprocess.run(
        [compiler, "-std=gnu11", "-O1", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"], capture_output=True, check=False
    )
    return library if made.returncode == 0 else None


def campaign(every: int, rounds: int, seed: int, say: Say) -> Iterator[Tally]:
    """All faults; of the calls to the disk each `every`th, and so many kills at a random moment."""
    with tempfile.TemporaryDirectory() as given:
        folder = Path(given).resolve()
        library = build(folder)
        desk = Desk.set_up(folder / "desk")
        if library is None:
            say("no C compiler, or not Linux: calls to the disk are not made to fail")
        else:
            yield from _every_call(desk, library, every, say)
            yield full_disk(desk, library)
            yield from other_commands(desk, library, every)
        yield from small_disk(folder / "disk", say)
        yield from limits(desk)
        yield one_format(desk)
        if library is not None:
            yield resumed(Desk.set_up(folder / "keeps", program=("-c", KEEPS)), library, rounds // 2, random.Random(seed))
        yield kills(desk, rounds, random.Random(seed))
        yield swept(desk)


def _every_call(desk: Desk, library: Path, every: int, say: Say) -> Iterator[Tally]:
    for call in CALLS:
        count = calls(desk, library, call)
        say(f"{call}: {count} calls")
        numbers = range(1, count + 1, every)
        yield at_each(desk, library, call, errno.EIO, numbers)
        if call == "write":
            yield at_each(desk, library, call, -1, numbers)
        yield at_each(desk, library, call, 0, numbers)


def calls(desk: Desk, library: Path, call: str) -> int:
    """How often an undisturbed run makes this call below the desk."""
    trace = desk.folder.parent / "trace"
    trace.unlink(missing_ok=True)
    desk.run(desk.other(), _fault(desk, library, call) | {"FAULTS_TRACE": str(trace)})
    return trace.read_text().count("\n") if trace.exists() else 0


def at_each(desk: Desk, library: Path, call: str, error: int, numbers: range | list[int]) -> Tally:
    """The Nth call fails with `error` (0: the process is killed there; -1: half is written), for each N."""
    kind = {0: f"killed at the Nth {call}", -1: f"the Nth {call} takes half"}.get(error, f"the Nth {call} fails")
    tally = Tally(kind)
    for number in numbers:
        fault = _fault(desk, library, call) | {"FAULTS_NUMBER": str(number), "FAULTS_ERRNO": str(error)}
        try_one(desk, tally, f"{kind}, N = {number}", fault, sweeps=call in ("unlink", "list", "stat", "flock"))
    return tally


def _fault(desk: Desk, library: Path, call: str) -> dict[str, str]:
    """`call`: which calls count; "": all."""
    return {"LD_PRELOAD": str(library), "FAULTS_UNDER": f"{desk.folder}{os.sep}", "FAULTS_CALLS": f",{call}," if call else ""}


def full_disk(desk: Desk, library: Path, sizes: range | list[int] | None = None) -> Tally:
    """So many bytes can be written and no more: ENOSPC, as on a full disk."""
    tally = Tally("the disk is full after so many bytes")
    for size in sizes if sizes is not None else [0, 1, 100, *range(1000, 60_000, 2500), *range(60_000, 200_000, 20_000)]:
        try_one(desk, tally, f"room for {size} bytes", _fault(desk, library, "none") | {"FAULTS_ROOM": str(size)})
    return tally


def small_disk(mount: Path, say: Say, rooms: range | list[int] | None = None) -> Iterator[Tally]:
    """A real disk (tmpfs) with so many free KiB, from none to plenty; nothing where none can be mounted, which takes root."""
    mount.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", mount], capture_output=True, text=True, check=False)
    if made.returncode:
        say(f"no disk of a few KiB is tried: {made.stderr.strip() or 'mount cannot be run'}")
        return
    try:
        desk, tally = Desk.set_up(mount / "desk"), Tally("a real disk (tmpfs) with so few KiB free")
        for room in rooms if rooms is not None else [0, 4, 8, 16, *range(32, 513, 32), 1024]:
            disk = os.statvfs(mount)
            size = (disk.f_blocks - disk.f_bfree) * disk.f_frsize + room * 1024
            subprocess.run(["mount", "-o", f"remount,size={size}", mount], capture_output=True, check=True)
            try_one(desk, tally, f"{room} KiB free", {})
        yield tally
    finally:
        subprocess.run(["umount", "--lazy", mount], check=True)


# The other commands that touch a run, and what each makes beside it.
OTHERS = {
    "restore": (["restore", "out", "-o", "back"], "back"),
    "verify": (["verify", "out"], ""),
    "known": (["known", "out", "-o", "merged.parquet", "--force"], "merged.parquet"),
    "report": (["report", "out"], ""),
    "explain": (["explain", "out", "a"], ""),
    "check": (["check", "out", "--exit-zero"], ""),
    "diff": (["diff", "out", "out"], ""),
}


def other_commands(desk: Desk, library: Path, every: int, names: Sequence[str] = tuple(OTHERS)) -> Iterator[Tally]:
    """Every call of the other commands fails, or they die there: the run stays as it was, and what they make is whole or absent."""
    for name in names:
        words, product = OTHERS[name]
        trace = desk.folder.parent / "trace"
        trace.unlink(missing_ok=True)
        command(*words, cwd=desk.folder, environment=_fault(desk, library, "") | {"FAULTS_TRACE": str(trace)})
        count, whole, tally = (
            trace.read_text().count("\n"),
            _product(desk, product),
            Tally(f"{name}: a call fails, or it dies there"),
        )
        for number, error in product_of(range(1, count + 1, every), (errno.EIO, 0)):
            _remove(desk, product)
            fault = _fault(desk, library, "") | {"FAULTS_NUMBER": str(number), "FAULTS_ERRNO": str(error)}
            _count_other(
                desk,
                tally,
                f"{name}, call {number}, error {error}",
                whole,
                product,
                command(*words, cwd=desk.folder, environment=fault),
            )
        _remove(desk, product)
        ended = command(*words, cwd=desk.folder)
        _remove(desk, product)
        if ended.code or desk.beside():
            tally.complaints.append(f"{name} after all that: exit {ended.code}, beside it {desk.beside()}: {ended.stderr}")
        yield tally


def _count_other(desk: Desk, tally: Tally, what: str, whole: Tree, product: str, ended: Ended) -> None:
    """One of the other commands under a fault. Exit 1: what could not be read is a finding, told in one line or on stdout."""
    tally.tried += 1
    tally.died += ended.code < 0
    made = _product(desk, product)
    tally.new += ended.code == 0 and made == whole
    tally.old += desk.state() != "torn"
    found = ended.complaints(findings=True)
    if desk.state() == "torn":
        found.append("the run is torn")
    if made not in ({}, whole):
        found.append(f"{product} is torn")
    if ended.code == 0 and made != whole:
        found.append(f"exit 0 without {product}")
    tally.complaints += [f"{what}: {complaint}: {ended.stderr.strip()[-300:]}" for complaint in found]


def _product(desk: Desk, product: str) -> Tree:
    """What a command made: a folder, a file, or nothing."""
    path = desk.folder / product
    return tree(path) if path.is_dir() and product else {product: path.read_bytes().hex()} if path.is_file() else {}


def _remove(desk: Desk, product: str) -> None:
    if product:
        shutil.rmtree(desk.folder / product, ignore_errors=True)
        (desk.folder / product).unlink(missing_ok=True)


def one_format(desk: Desk) -> Tally:
    """Each format by itself, where files may have so many blocks: one line, and nothing is there; or all of it."""
    tally = Tally("ulimit -f, each format by itself")
    for format, blocks in product_of(("parquet", "jsonl", "csv", "txt"), (1, 4, 8, 16, 64)):
        before, there = ["bash", "-c", f'ulimit -f {blocks} && exec "$@"', "bash"], desk.beside()
        words = ["run", "in", "-o", "one", "--max-bad", "1", "--format", format]
        ended = command(*words, cwd=desk.folder, before=before)
        tally.tried += 1
        tally.new += ended.code == 0
        tally.old += ended.code == 2
        found = ended.complaints()
        if (ended.code == 0) != (desk.folder / "one").exists() or (
            ended.code == 0 and command("verify", "one", cwd=desk.folder).code
        ):
            found.append("what was published is not whole")
        shutil.rmtree(desk.folder / "one", ignore_errors=True)
        left = [name for name in desk.beside() if name not in there]
        found += [f"left {left}"] if left else []
        tally.complaints += [f"{format}, {blocks} blocks: {complaint}: {ended.stderr.strip()[-300:]}" for complaint in found]
    return tally


def limits(desk: Desk, sparse: int = 1) -> Iterator[Tally]:
    """ulimit -f, -n and -v, from hopeless to enough; of each list every `sparse`th."""
    kinds = {
        "ulimit -f (file size, blocks)": ("f", [0, 1, 2, 4, 8, 16, 32, 64]),
        "ulimit -n (open files)": ("n", [8, 10, 12, 14, 16, 18, 20, 24, 28, 32, 40, 48, 64]),
        "ulimit -v (memory, MB)": ("v", [300, 600, 900, 1030, 1060, 1090, 1120, 1150, 1200, 1300, 1500, 2000]),
    }
    for name, (option, values) in kinds.items():
        tally = Tally(name)
        for value in values[::-sparse]:
            limit = value * 1024 if option == "v" else value
            before = ["bash", "-c", f'ulimit -{option} {limit} && exec "$@"', "bash"]
            try_one(desk, tally, f"{name} {value}", {}, before, sweeps=option == "n")
        yield tally


def kills(desk: Desk, rounds: int, chance: random.Random) -> Tally:
    """kill -9 at a random moment of a run, again and again."""
    tally = Tally("kill -9 at a random moment")
    started = time.monotonic()
    desk.run(desk.other())
    longest = time.monotonic() - started
    for _ in range(rounds):
        wait, setting = chance.uniform(0.3, 1.05) * longest, desk.other()
        words = [sys.executable, "-m", "clean", *desk.arguments(setting)]
        process = subprocess.Popen(words, cwd=desk.folder, stderr=subprocess.DEVNULL)
        try:
            process.wait(wait)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        _count(desk, tally, setting, f"killed after {wait:.3f} s", Ended(process.returncode, ""))
    return tally


def resumed(desk: Desk, library: Path, rounds: int, chance: random.Random) -> Tally:
    """A run that keeps its steps is killed at any call, the next one meets an error or is killed as well, the third one ends."""
    tally, count = Tally("killed at any call, then another fault, then again"), calls(desk, library, "")
    for _ in range(rounds):
        setting = desk.other()
        for error in (0, chance.choice((0, errno.EIO))):
            number = chance.randint(1, count)
            fault = _fault(desk, library, "") | {"FAULTS_NUMBER": str(number), "FAULTS_ERRNO": str(error)}
            _count(desk, tally, setting, f"call {number} of {count}, error {error}", desk.run(setting, fault))
            if desk.state() == setting:  # it was killed when all was done: what the next one published could not be told
                break
        ended = desk.run(setting)
        if ended.code or desk.state() != setting or desk.beside():
            what = f"call {number} of {count}, error {error}, then again: exit {ended.code}, {desk.state()}, beside it {desk.beside()}"
            tally.complaints.append(f"{what}: {ended.stderr.strip()[-300:]}")
    return tally


def swept(desk: Desk) -> Tally:
    """After all that: the next run works, and leaves nothing beside its output."""
    tally = Tally("the next run, undisturbed")
    setting = desk.other()
    ended = desk.run(setting)
    _count(desk, tally, setting, tally.name, ended)
    if ended.code or desk.state() != setting or desk.beside():
        tally.complaints.append(f"exit {ended.code}, {desk.state()}, beside it {desk.beside()}: {ended.stderr}")
    return tally


def try_one(
    desk: Desk, tally: Tally, what: str, environment: dict[str, str], before: list[str] | None = None, *, sweeps: bool = False
) -> Ended:
    """One run under a fault, and what it left. `sweeps`: it may leave something to the next run."""
    setting, there = desk.other(), desk.beside()  # what one that died has left
    ended = desk.run(setting, environment, before or [])
    _count(desk, tally, setting, what, ended)
    left = [name for name in desk.beside() if name not in there]
    if left and not sweeps and ended.code >= 0:
        tally.complaints.append(f"{what}: left {left}")
    return ended


def _count(desk: Desk, tally: Tally, setting: str, what: str, ended: Ended) -> None:
    tally.tried += 1
    state = desk.state()
    tally.died += ended.code < 0
    tally.new += state == setting
    tally.old += state not in (setting, "torn")
    found = ended.complaints()
    if state == "torn":
        found.append("the output is torn")
    if ended.code == 0 and state != setting:
        found.append("exit 0 without the output")
    if ended.code == 2 and state == setting and "was published, but" not in ended.stderr:
        found.append("exit 2, and yet published")
    tally.complaints += [f"{what}: {complaint}: {ended.stderr.strip()[-300:]}" for complaint in found]
    if state == "torn":  # or nothing could be tried any more
        shutil.rmtree(desk.folder / "out")
        desk.run(setting)
