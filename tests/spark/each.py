"""What comes back from workers: all of it, in order, or one error in one line; and nothing is left when they are not wanted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from watching import children, until

from clean.engines.spark import Spark, SparkWorkers
from clean.errors import ClusterError, OutputError
from spark.standalone import command

# Run in processes of their own: what is left of a command when a signal has ended it.
SLEEPS = """
import sys, time
from clean.cli.process import run_to_exit
from clean.engines.spark import Spark
def wait(seconds):
    time.sleep(seconds)
def command():
    with Spark("local[2]").workers({}) as workers:
        print("begun", flush=True)
        list(workers.each(wait, [300] * 8))
run_to_exit(command)
"""


@pytest.fixture(scope="module")
def workers() -> Iterator[SparkWorkers]:
    """Two, on this machine."""
    with Spark("local[2]").workers({"cleancorpus": version()}) as connected:
        yield connected


def version() -> str:
    """Ours, as it is installed."""
    from importlib import metadata

    return metadata.version("cleancorpus")


def test_results_come_in_order_and_things_are_taken_as_there_is_room(workers: SparkWorkers) -> None:
    """The first takes longest, and is the first to come; meanwhile no more things are taken than there is room for."""
    taken: list[int] = []

    def things() -> Iterator[int]:
        for number in range(12):
            taken.append(number)
            yield number

    def slow_at_first(number: int) -> int:
        time.sleep(0 if number else 1)
        return number * number

    for place, result in enumerate(workers.each(slow_at_first, things())):
        assert result == place * place
        assert len(taken) <= place + 4, "two cores, and one thing more for each"
    assert len(taken) == 12


def test_no_things_are_no_results(workers: SparkWorkers) -> None:
    """And no task."""
    assert list(workers.each(len, [])) == []


def test_large_things_go_through(workers: SparkWorkers) -> None:
    """A batch of records is 16 MB; it must not matter to the driver how large a thing is."""
    assert list(workers.each(len, (bytes(16 << 20) for _ in range(3)))) == [16 << 20] * 3


def test_libraries_start_no_more_threads_than_there_are_cores_for(workers: SparkWorkers) -> None:
    """polars has read the number when it was imported, there."""

    def threads(_: int) -> int:
        import polars

        return polars.thread_pool_size()

    assert list(workers.each(threads, range(2))) == [1, 1]


def test_our_own_errors_come_back_as_they_are_and_at_once(workers: SparkWorkers, tmp_path: Path) -> None:
    """A full disk is full the second time, too."""

    def refuse(number: int) -> int:
        if number == 1:
            with (tmp_path / "tried").open("a") as file:
                file.write("once ")
            raise OutputError("the disk is full; make room")
        return number

    results = workers.each(refuse, range(8))
    assert next(results) == 0
    with pytest.raises(OutputError) as found:
        next(results)
    assert str(found.value) == "the disk is full; make room"
    assert (tmp_path / "tried").read_text() == "once "


def test_any_other_error_is_tried_again_and_then_comes_back_as_it_is(workers: SparkWorkers, tmp_path: Path) -> None:
    """Storage may be away for a moment; where in our code it happened is told with it."""

    def fail(number: int) -> int:
        with (tmp_path / str(number)).open("a") as file:
            file.write("x")
        if number or (tmp_path / "0").stat().st_size == 1:
            raise FileNotFoundError(2, "No such file", "gone")
        return number

    results = workers.each(fail, [0, 1])
    assert next(results) == 0
    with pytest.raises(FileNotFoundError, match="gone") as found:
        next(results)
    assert [(tmp_path / name).read_text() for name in "01"] == ["xx", "xxxx"]
    assert "in fail" in found.value.__notes__[0]


def test_an_error_that_cannot_be_sent_is_told(workers: SparkWorkers) -> None:
    """Its class and its words, at least."""

    class Odd(Exception):  # noqa: N818
        def __reduce__(self) -> str:
            raise TypeError("no")

    def fail(_: int) -> None:
        raise Odd("words")

    with pytest.raises(RuntimeError, match="Odd: words"):
        list(workers.each(fail, [0]))


def test_a_worker_that_dies_is_replaced_and_one_that_always_dies_is_told(workers: SparkWorkers, tmp_path: Path) -> None:
    """As the system ends a process for want of memory."""

    def die_once(number: int) -> int:
        mark = tmp_path / str(number)
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    def die(_: int) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    assert list(workers.each(die_once, range(3))) == [0, 1, 2]
    with pytest.raises(ClusterError, match=r"^Spark gave up: a task failed 4 times, at last on .*: Python worker exited"):
        list(workers.each(die, [0]))
    assert list(workers.each(abs, [-1])) == [1], "the next is not concerned"


def test_a_machine_with_another_version_is_refused(workers: SparkWorkers) -> None:
    """It could make other bytes."""
    other = SparkWorkers(workers.context, None, {"cleancorpus": "9.9"})
    with pytest.raises(ClusterError, match=r"has cleancorpus .* install the same on all"):
        list(other.each(abs, [1]))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_leaves_no_process_behind(number: signal.Signals) -> None:
    """Neither Java nor a worker; a line about it is not said, either."""
    process = subprocess.Popen([sys.executable, "-c", SLEEPS], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    [java] = children(process.pid)
    until(lambda: len(family(java)) >= 4, "Java, what starts its workers, and two of them")
    everyone = family(java)
    process.send_signal(number)
    said, errors = process.communicate(timeout=60)
    assert (process.returncode, said, errors) == (-9 if number == signal.SIGKILL else 128 + number, "", "")
    until(lambda: not any(command(one) for one in everyone), "all have ended", 30)


def family(process: int) -> list[int]:
    """A process, and all that came of it."""
    return [process, *(one for child in children(process) for one in family(child))]
