"""What needs no cluster of `--engine spark`: what is refused, in which words, and how Spark's own words are told.

What needs one is in tests/spark: `make test-spark`.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from clean.engines import spark
from clean.errors import ClusterError, ConfigError


def refused(*arguments: str | Path, **environment: str) -> str:
    """What `clean run` says when it refuses."""
    done = subprocess.run(
        [sys.executable, "-m", "clean", "run", "seeds", *map(str, arguments)],
        env=os.environ | environment,
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "never", "--master", "local[2]"], "--master goes with --engine spark"),
        (["-o", "-", "--engine", "spark"], "--engine spark needs a folder that all machines share"),
        (["--dry-run", "--engine", "spark"], "--engine spark needs a folder that all machines share"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(arguments: list[str], words: str) -> None:
    """Before anything is started."""
    said = refused(*arguments)
    assert said.startswith(f"clean: {words}")
    assert said.count("\n") == 1


def test_without_pyspark_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra, by its name."""
    monkeypatch.setattr(spark, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"the extra 'spark': pip install '\.\[spark\]'"):
        spark.check_installed()


@pytest.mark.parametrize(
    ("version", "words"),
    [("", "has none"), ("1.8.0_292", "has Java 8"), ("11.0.20", "has Java 11"), ("17.0.15", None), ("25-ea", None)],
)
def test_without_a_java_that_spark_runs_on_it_is_said_which(
    version: str, words: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package by its name; JAVA_HOME by its own, where that is what leads there."""
    monkeypatch.setattr(spark, "find_spec", lambda name: name)
    monkeypatch.delenv("PYSPARK_GATEWAY_PORT", raising=False)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    if version:
        java = tmp_path / "bin" / "java"
        java.parent.mkdir()
        java.write_text(f"#!/bin/sh\necho 'Picked up a variable\nopenjdk version \"{version}\" 2025-04-15' >&2\n")
        java.chmod(0o755)
    if words is None:
        spark.check_installed()
        return
    with pytest.raises(ConfigError, match=f"JAVA_HOME=.* {words}: install openjdk-17-jre-headless"):
        spark.check_installed()


def test_an_address_where_nobody_answers_is_refused_at_once() -> None:
    """Spark itself would try for a minute. Of several addresses one is enough."""
    with socket.socket() as closed, socket.socket() as listening:
        closed.bind(("127.0.0.1", 0))
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        nobody, somebody = (f"127.0.0.1:{one.getsockname()[1]}" for one in (closed, listening))
        spark.check_reachable(f"spark://{nobody},{somebody}")
        with pytest.raises(ClusterError, match=rf"--master spark://{nobody}: no cluster answers there"):
            spark.check_reachable(f"spark://{nobody}")
    with pytest.raises(ClusterError, match="no cluster answers there"):
        spark.check_reachable("spark://")
    spark.check_reachable("yarn")


@pytest.mark.parametrize(
    ("master", "tasks", "expected"),
    [
        ("local[*]", None, "local[3,4]"),
        ("local[*]", 8, "local[8,4]"),
        ("local[2]", None, "local[2,4]"),
        ("local", None, "local[1,4]"),
        ("local[2,7]", 8, "local[2,7]"),
        ("spark://host:7077", 8, "spark://host:7077"),
        ("yarn", None, "yarn"),
    ],
)
def test_this_machine_tries_as_often_as_a_cluster(master: str, tasks: int | None, expected: str) -> None:
    """Spark's own rule, one try where the cluster is one machine, would make a crashed worker the end of a run."""
    assert spark.address(master, tasks, room=3) == expected


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (
            "Job aborted due to stage failure: Task 0 in stage 7.0 failed 4 times, most recent failure: Lost task 0.3 in stage 7.0"
            " (TID 6) (10.0.0.7 executor 2): org.apache.spark.SparkException: Python worker exited unexpectedly (crashed). Consider"
            " setting 'a.b' to 'true'.\n\tat org.apache.spark.X(X.scala:1)\nDriver stacktrace:",
            "a task failed 4 times, at last on 10.0.0.7: Python worker exited unexpectedly (crashed)",
        ),
        (
            "Job aborted due to stage failure: Task 0 in stage 0.0 failed 4 times, most recent failure: Lost task 0.3 in stage 0.0"
            " (TID 6) (host executor driver): org.apache.spark.api.python.PythonException: Traceback (most recent call last):\n"
            "  File \"x.py\", line 3, in <module>\nModuleNotFoundError: No module named 'clean'\n\n\tat org.apache.spark.Y\n",
            "a task failed 4 times, at last on host: ModuleNotFoundError: No module named 'clean'",
        ),
        ("", "ValueError"),
    ],
)
def test_pages_of_spark_become_a_line(told: str, line: str) -> None:
    """The last that Python said, or the first that Java did, and where."""
    assert spark.reason(ValueError(told)) == line


def test_a_machine_with_other_versions_does_not_take_part() -> None:
    """It could make other bytes."""
    spark.check_versions({})
    with pytest.raises(ClusterError, match=r"has cleancorpus .*, and the machine .* has 9\.9: install the same on all"):
        spark.check_versions({"cleancorpus": "9.9"})
    with pytest.raises(ClusterError, match="has no-such-package none"):
        spark.check_versions({"no-such-package": "1"})
