"""Whole runs on a cluster: every published file is the same, byte for byte, as without Spark, whatever dies on the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
from bench.corpus import Plan, write
from damaged import abort
from watching import until
from writing import Writer, page

from spark.standalone import Standalone, standalone

SEEDS = Path(__file__).parent.parent.parent / "seeds"
MB = float(os.environ.get("SPARK_TEST_MB", "60"))  # of news, three parts; 212 are 20,000 documents, nine parts


def start(*arguments: str | Path, cwd: Path | None = None, stdin: Path | None = None) -> subprocess.Popen[str]:
    """The command, begun."""
    environment = os.environ | {"SPARK_LOCAL_IP": "127.0.0.1"}
    command = [sys.executable, "-m", "clean", "run", *map(str, arguments)]
    with (stdin or Path(os.devnull)).open("rb") as given:
        return subprocess.Popen(
            command, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=cwd
        )


def finish(process: subprocess.Popen[str], code: int = 0) -> str:
    """What it printed in the end; it went as expected."""
    said, errors = process.communicate()
    assert process.returncode == code, errors
    assert "Spark" not in errors
    return said


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


def test_inputs_of_every_kind_come_out_in_every_format(cluster: Standalone, tmp_path: Path) -> None:
    """Named as they are named from where one is, which is not where the workers are; a bad record among them; fields that
    only pass through are read again, there, when they are written."""
    (tmp_path / "in").mkdir()
    write_inputs(tmp_path / "in")
    options = [option for format in ("parquet", "jsonl", "csv", "txt") for option in ("--format", format)]
    finish(start("in", "-o", "out/local", *options, cwd=tmp_path), 1)
    finish(start("in", "-o", "out/spark", *options, "--engine", "spark", "--master", cluster.address, cwd=tmp_path), 1)
    assert published(tmp_path / "out" / "spark") == published(tmp_path / "out" / "local")
    assert any((tmp_path / "out" / "spark" / "quarantine").iterdir())


def test_a_pipe_gives_the_same(cluster: Standalone, tmp_path: Path) -> None:
    """stdin is read here; stdout is written here, in order; the tasks meet beside the record."""
    (tmp_path / "in").mkdir()
    write_inputs(tmp_path / "in")
    printed = []
    for name, options in (("local", []), ("spark", ["--engine", "spark", "--master", cluster.address])):
        piped = start("-", "-o", "-", "--record", tmp_path / name, *options, stdin=tmp_path / "in" / "a.jsonl")
        printed.append(finish(piped, 1))
    assert printed[0] == printed[1] != ""
    assert published(tmp_path / "spark") == published(tmp_path / "local")


def test_what_is_refused_there_is_refused_in_the_same_words(cluster: Standalone, tmp_path: Path) -> None:
    """One line, exit 2, and nothing left beside: a task has found that an input cannot be used, or ends who reads it."""
    ends_its_reader = tmp_path / "ends.parquet"
    pl.DataFrame({"text": ["a", "b", "c", "d", None]}).write_parquet(ends_its_reader)
    abort(ends_its_reader)
    (tmp_path / "in.parquet").write_bytes(b"PAR1, it says")
    for name, words in (("in", "is damaged, or not Parquet"), ("ends", "makes polars ask for 2,")):
        said = []
        for options in ([], ["--engine", "spark", "--master", cluster.address]):
            run = start(tmp_path / f"{name}.parquet", "-o", tmp_path / "out", *options)
            said.append(run.communicate())
            assert run.returncode == 2
        assert said[0] == said[1]
        assert said[0][1].startswith(f"clean: {name}.parquet ") and words in said[0][1]
        assert said[0][1].count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ends.parquet", "in.parquet"]


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


def write_inputs(folder: Path) -> None:
    """Articles as JSON Lines, one line of which is bad, as Parquet, CSV and text."""
    writer = Writer(5)
    rows = [{"id": f"a{n}", "text": page(writer.article(3)), "score": n / 4, "seen": n % 2 == 0} for n in range(40)]
    lines = [json.dumps(row) for row in rows[:12]] + ["{no record"]
    (folder / "a.jsonl").write_text("\n".join(lines), "utf-8")
    pl.DataFrame(rows[12:24]).write_parquet(folder / "b.parquet")
    pl.DataFrame(rows[24:36]).write_csv(folder / "c.csv")
    for row in rows[36:]:
        (folder / f"{row['id']}.txt").write_text(str(row["text"]), "utf-8")


def something(folder: Path, pattern: str, run: subprocess.Popen[str]) -> Callable[[], bool]:
    """Whether files of some name are there; the run must not have ended without them."""

    def look() -> bool:
        assert run.poll() is None, run.communicate()
        return any(folder.glob(pattern))

    return look
