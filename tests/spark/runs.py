"""Whole runs on a cluster: every published file is the same, byte for byte, as without Spark, whatever dies on the way."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from bench.corpus import Plan, write

from spark.standalone import Standalone, standalone, until

SEEDS = Path(__file__).parent.parent.parent / "seeds"
MB = float(os.environ.get("MB", "100"))  # of news; 212 are 20,000 documents


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    """The command, begun."""
    environment = os.environ | {"SPARK_LOCAL_IP": "127.0.0.1"}
    command = [sys.executable, "-m", "clean", "run", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def finish(process: subprocess.Popen[str]) -> str:
    """What it said in the end; it went well."""
    said, errors = process.communicate()
    assert (process.returncode, said) == (0, ""), errors
    return errors


def published(out: Path) -> dict[str, str]:
    """The sha256 of every file."""
    files = (path for path in out.rglob("*") if path.is_file())
    return {path.relative_to(out).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a corpus of several parts, and what it is cleaned to without Spark."""
    folder = tmp_path_factory.mktemp("desk")
    written = write(folder / "news.jsonl", Plan(MB))
    print(f"\n{written}")
    finish(start(folder / "news.jsonl", "-o", folder / "local"))
    return folder


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standalone]:
    """Two machines, as far as Spark can tell."""
    with standalone(tmp_path_factory.mktemp("cluster")) as running:
        yield running


def test_the_seeds_come_out_the_same(tmp_path: Path) -> None:
    """On this machine alone, text files in and out, and nothing is left beside."""
    finish(start(SEEDS, "-o", tmp_path / "local", "--review"))
    finish(start(SEEDS, "-o", tmp_path / "spark", "--review", "--engine", "spark", "--master", "local[2]"))
    assert published(tmp_path / "spark") == published(tmp_path / "local")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["local", "spark"]


def test_executors_killed_in_each_act_change_nothing(desk: Path, cluster: Standalone) -> None:
    """While it reads, while it cleans, while it writes: each time one of two goes in the middle of its task."""
    out = desk / "killed"
    run = start(desk / "news.jsonl", "-o", out, "--engine", "spark", "--master", cluster.address)
    for made in ("mend-*.crate", "part-*.crate", "volume-*.crate"):
        until(something(desk / ".killed.work", made, run), made)
        cluster.kill_executor()
    finish(run)
    begun = [path for path in cluster.folder.glob("*/app-*/*") if path.is_dir()]
    assert len(begun) > 3, "two executors, and one in the place of each that was killed while there was work to do"
    assert published(out) == published(desk / "local")


def test_a_machine_that_is_lost_changes_nothing(desk: Path, cluster: Standalone) -> None:
    """The one that is left does all the work."""
    out = desk / "lost"
    run = start(desk / "news.jsonl", "-o", out, "--engine", "spark", "--master", cluster.address)
    until(something(desk / ".lost.work", "part-*.crate", run), "a part")
    cluster.kill_worker()
    finish(run)
    assert published(out) == published(desk / "local")
    cluster.add_worker()


def something(folder: Path, pattern: str, run: subprocess.Popen[str]) -> Callable[[], bool]:
    """Whether files of some name are there; the run must not have ended without them."""

    def look() -> bool:
        assert run.poll() is None, run.communicate()
        return any(folder.glob(pattern))

    return look
