"""The real command over a small corpus, and what it leaves: whole, torn, or with something beside it."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from writing import Writer, doubled, page

Tree = dict[str, str]  # path in a folder -> sha256

# Two runs that leave different bytes: whichever is there, the other is made over it.
SETTINGS = ("seed=1", "seed=2")
PATIENCE = 120  # seconds in which a run over a small corpus ends, on a busy machine too
HANGS = -1000
PROGRAM = ("-m", "clean")
# The same command, which keeps each step of a small corpus, too, so that a run goes on where another was killed.
KEEPS = """
import sys
from clean.cli import main
from clean.jobs import run, waiting
from clean.stages.parts import parts
from clean.store import batching, writing
run.RESUMABLE_BYTES, batching.BATCH_BYTES, writing.SHARD_ROWS = 0, 1, 3
waiting.parts = lambda sizes: parts(sizes, 4_000)
main()
"""
FORMATS = ("--format", "parquet", "--format", "jsonl", "--format", "csv", "--format", "txt")


@dataclass(frozen=True)
class Ended:
    """How the command ended."""

    code: int
    stderr: str

    def complaints(self, *, findings: bool = False) -> list[str]:
        """What is wrong with it as an end: done, or one line and exit 2; killed, or aborted by the allocator, it says nothing.

        `findings`: exit 1 is an end as well.
        """
        found = []
        if self.code == HANGS:
            found.append(f"no end after {PATIENCE} s")
        elif self.code not in (0, 2, -signal.SIGKILL, -signal.SIGABRT) and not (findings and self.code == 1):
            found.append(f"exit {self.code}")
        if "Traceback" in self.stderr or "panicked" in self.stderr or "internal error" in self.stderr:
            found.append("an error that nobody foresaw")
        told = [line for line in self.stderr.splitlines() if line]
        if self.code == 2 and (len(told) != 1 or not told[0].startswith("clean: ")):
            found.append(f"{len(told)} lines on stderr")
        return found


def command(
    *arguments: str | Path,
    cwd: Path,
    environment: Mapping[str, str] | None = None,
    before: Sequence[str] = (),
    program: Sequence[str] = PROGRAM,
) -> Ended:
    """Run `clean` to its end, `before` being words in front of it (such as `prlimit --nofile=9`)."""
    quiet = {name: value for name, value in os.environ.items() if not name.startswith(("CLEAN_", "FAULTS_"))}
    words = [*before, sys.executable, *program, *map(str, arguments)]
    try:
        done = subprocess.run(
            words, cwd=cwd, env=quiet | dict(environment or {}), capture_output=True, check=False, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        return Ended(HANGS, "")
    return Ended(done.returncode, done.stderr.decode("utf-8", "replace"))


def corpus(folder: Path, documents: int = 6) -> None:
    """Articles with a sidebar in every format, a broken character, a copy and a record that cannot be read."""
    writer = Writer(5)
    bar = doubled([writer.teaser() for _ in range(3)])
    texts = [page([*writer.article(4), bar]) + "\n" for _ in range(documents)]
    texts.append(texts[0])
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_text(texts[0] + "caf\u00c3\u00a9\r\n", "utf-8")
    (folder / "sub" / "b.txt.gz").write_bytes(gzip.compress(texts[1].encode(), mtime=0))
    rows = [text.replace('"', '""') for text in texts[2:4]]
    (folder / "c.csv").write_text("id,text\n" + "".join(f'c{n},"{row}"\n' for n, row in enumerate(rows)), "utf-8")
    lines = [f'{{"id": {n}, "text": {_quoted(text)}, "x": 1.10}}\n' for n, text in enumerate(texts[4:])]
    (folder / "d.jsonl").write_text("".join([*lines, '{"broken\n']), "utf-8")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def tree(folder: Path) -> Tree:
    """Every file below a folder by its sha256; nothing where there is no folder."""
    found = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = Path(where, name)
            found[path.relative_to(folder).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


@dataclass
class Desk:
    """A folder with `in` and `out`, and what `out` is when it is whole: after each of the two settings."""

    folder: Path
    whole: dict[str, Tree]
    program: Sequence[str] = PROGRAM

    @classmethod
    def set_up(cls, folder: Path, documents: int = 6, program: Sequence[str] = PROGRAM) -> Desk:
        """Make the corpus and run the command once with each setting. Raises RuntimeError when it cannot."""
        corpus(folder / "in", documents)
        desk = cls(folder, {}, program)
        for setting in SETTINGS:
            ended = desk.run(setting)
            if ended.code:
                raise RuntimeError(f"the command does not work here: {ended.stderr}")
            desk.whole[setting] = tree(folder / "out")
        return desk

    def arguments(self, setting: str) -> list[str]:
        """A run that replaces what is there."""
        return ["run", "in", "-o", "out", "--force", "--review", "--max-bad", "1", *FORMATS, "--set", setting]

    def run(self, setting: str, environment: Mapping[str, str] | None = None, before: Sequence[str] = ()) -> Ended:
        """The run with this setting, over whatever is there."""
        words = self.arguments(setting)
        return command(*words, cwd=self.folder, environment=environment, before=before, program=self.program)

    def state(self) -> str:
        """Which setting's output is there, whole; `torn` when it is neither's."""
        here = tree(self.folder / "out")
        return next((setting for setting, whole in self.whole.items() if whole == here), "torn")

    def other(self) -> str:
        """The setting whose output is not there."""
        return SETTINGS[self.state() == SETTINGS[0]]

    def beside(self) -> list[str]:
        """What lies beside `in` and `out`."""
        return sorted(path.name for path in self.folder.iterdir() if path.name not in ("in", "out"))
