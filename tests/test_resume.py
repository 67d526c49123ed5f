"""A run that is killed and started again goes on where it was, and nobody can tell from its output."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from reliability.bench import Tree, tree
from test_memory import corpus

# A run with small batches and parts, of which everything can be resumed; it is killed when a certain crate is there.
RUN = """
import os, signal, sys
from pathlib import Path
from clean.cli import main
from clean.jobs import run, waiting
from clean.stages.parts import parts
from clean.store import batching, shelf, writing
run.RESUMABLE_BYTES, batching.BATCH_BYTES, writing.SHARD_BYTES = 0, 8_000, 30_000
waiting.parts = lambda sizes: parts(sizes, 20_000)
put, last = shelf.WorkFolder.put, sys.argv[1]
def counted(self, unit, digest, pieces):
    crate = put(self, unit, digest, pieces)
    if unit == last:
        os.kill(os.getpid(), signal.SIGKILL)
    return crate
shelf.WorkFolder.put = counted
sys.argv = ["clean", *sys.argv[2:]]
main()
"""

READING, CLEANING, WRITING = "mend-000003", "part-000004", "volume-000001"  # a crate of each act, neither first nor last


def run(last: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command, killed when it has made the crate `last`."""
    command = [sys.executable, "-c", RUN, last, "run", *map(str, arguments), "--set", "group_field=site", "--workers", "1"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of several batches and parts."""
    return corpus(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="module")
def whole(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """What a run that was never killed publishes."""
    out = tmp_path_factory.mktemp("whole") / "out"
    done = run("", source, "-o", out)
    assert done.returncode == 0, done.stderr
    assert "an earlier run was killed" not in done.stderr
    return tree(out)


def test_a_killed_run_goes_on(source: Path, whole: Tree, tmp_path: Path) -> None:
    """Killed while it reads, then while it cleans, then while it writes: each time it goes on, and nothing is left beside."""
    out, work = tmp_path / "out", tmp_path / ".out.work"
    found: list[int] = []
    for last in (READING, CLEANING, WRITING):
        done = run(last, source, "-o", out)
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert not out.exists()
        found.append(len([path for path in work.glob("*.crate") if not path.name.startswith("volume")]))
    assert found[0] == 4
    assert found[0] < found[1] < found[2]
    assert list(work.glob("volume*")), "the last one was to be killed while it wrote"
    done = run("", source, "-o", out)
    assert done.returncode == 0, done.stderr
    assert f"an earlier run was killed; {found[-1]:,} steps of its work found whole, and used" in done.stderr
    assert tree(out) == whole
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_other_settings_or_other_texts_begin_anew(source: Path, whole: Tree, tmp_path: Path) -> None:
    """What was made by other settings is not used, nor what was made of a text that has changed since."""
    out, changed = tmp_path / "out", tmp_path / "in.jsonl"
    changed.write_text(source.read_text("utf-8").replace("a", "e", 1), "utf-8")
    assert run(CLEANING, changed, "-o", out, "--set", "seed=2").returncode == -signal.SIGKILL
    assert run(CLEANING, changed, "-o", out).returncode == -signal.SIGKILL
    done = run("", source, "-o", out)
    assert "an earlier run was killed; " in done.stderr, "its other batches are the same"
    assert tree(out) == whole


def test_a_run_that_ends_leaves_no_work_behind(source: Path, tmp_path: Path) -> None:
    """Not even that of a killed one with which it had nothing to do, nor when it fails."""
    out, small = tmp_path / "out", tmp_path / "small.txt"
    small.write_text("A text.", "utf-8")
    assert run(READING, source, "-o", out).returncode == -signal.SIGKILL
    assert (tmp_path / ".out.work").exists()
    done = subprocess.run([sys.executable, "-m", "clean", "run", small, "-o", out], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "small.txt"]
    assert run(READING, source, "-o", out, "--force").returncode == -signal.SIGKILL
    assert run("", source, "-o", out, "--force", "--set", "prefer=nothing").returncode == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "small.txt"]
