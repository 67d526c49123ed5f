"""Workers that are processes: results in order, one error in one line, the same bytes; and nothing stays when they are not
wanted."""

from __future__ import annotations

import gc
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reliability.bench import tree
from test_memory import corpus
from test_resume import RUN, WRITING
from watching import children, is_gone, until

from clean.child import PROGRAM
from clean.engines.ordered import ordered
from clean.engines.processes import Processes, ProcessWorkers
from clean.errors import ClusterError, OutputError

TWO = 2


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        ('OSError(5, "Input/output error", "a/b")', "clean: a/b: Input/output error"),
        ('OSError("Input/output error (os error 5): a/b")', "clean: Input/output error (os error 5): a/b"),
        ('OSError("odd")', "clean: internal error, please report it: OSError: odd; CLEAN_TRACEBACK=1 shows where"),
    ],
)
def test_what_the_system_refuses_is_no_fault_of_ours(raised: str, told: str) -> None:
    """Whether Python says it or polars, which has it in the message alone."""
    code = f"from clean.cli.process import run_to_exit\ndef fails(): raise {raised}\nrun_to_exit(fails)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr.strip()) == (2, told)


@pytest.fixture(scope="module")
def workers() -> Iterator[ProcessWorkers]:
    """Two."""
    with Processes(threads=TWO).workers({}, TWO) as connected:
        yield connected


# ---------------------------------------------------------------- what comes back


@settings(deadline=None)
@given(st.lists(st.integers(0, 3), max_size=20), st.integers(1, 4), st.integers(1, 6))
def test_results_come_in_order_and_things_are_taken_as_there_is_room(pauses: list[int], threads: int, room: int) -> None:
    """Whatever takes how long; and when nobody asks any more, what has not begun is not done."""
    taken: list[int] = []

    def things() -> Iterator[tuple[int, int]]:
        for number, pause in enumerate(pauses):
            taken.append(number)
            yield number, pause

    def do(thing: tuple[int, int]) -> int:
        time.sleep(thing[1] / 1000)
        return thing[0]

    results = ordered(do, things(), threads, lambda: room)
    for place, result in enumerate(results):
        assert result == place
        assert len(taken) <= place + room
    assert taken == list(range(len(pauses)))


def process_of(pause: float) -> tuple[int, int, tuple[int, int, int]]:
    """Who does it, after a while; with how many threads of polars, and how often it looks for garbage."""
    time.sleep(pause)
    return os.getpid(), pl.thread_pool_size(), gc.get_threshold()


def test_each_does_some_in_one_thread(workers: ProcessWorkers) -> None:
    """Processes are others, as many as there is room for, and the same for what comes after."""
    first = list(workers.each(process_of, [0.2] * 6))
    again = list(workers.each(process_of, [0.2] * 6))
    assert len({one for one, *_ in first}) == TWO
    assert {one for one, *_ in first} == {one for one, *_ in again}
    assert os.getpid() not in {one for one, *_ in first}
    assert {(threads, often) for _, threads, often in first} == {(1, (100_000, 50, 50))}


def test_no_things_are_no_results(workers: ProcessWorkers) -> None:
    """And no process."""
    assert list(workers.each(len, [])) == []
    with Processes(1).workers({}, 1) as idle:
        assert list(idle.each(len, [])) == []
        assert idle._all == []


def test_tables_go_through(workers: ProcessWorkers) -> None:
    """There and back."""
    tables = [pl.DataFrame({"a": range(number)}) for number in (0, 1, 100_000)]
    assert all(done.equals(table) for done, table in zip(workers.each(pl.DataFrame.clone, tables), tables, strict=True))


def speak(number: int) -> int:
    """What libraries print is no answer."""
    print("a word")
    os.write(1, b"another")
    return number


def test_what_is_printed_is_no_answer(workers: ProcessWorkers) -> None:
    """It goes where errors go."""
    assert list(workers.each(speak, range(5))) == list(range(5))


# ---------------------------------------------------------------- what fails


class Odd(Exception):  # noqa: N818
    """One that cannot be pickled."""

    def __reduce__(self) -> str:
        raise TypeError("no")


def refuse(which: str, number: int) -> int:
    """Fail at the second thing."""
    if number == 1:
        raise {"ours": OutputError("the disk is full; make room"), "odd": Odd("words"), "exit": SystemExit(7)}[which]
    return number


@pytest.mark.parametrize(
    ("which", "error", "words"),
    [("ours", OutputError, "the disk is full; make room"), ("odd", RuntimeError, "Odd: words"), ("exit", SystemExit, "7")],
)
def test_errors_come_back_as_they_are(which: str, error: type[BaseException], words: str, workers: ProcessWorkers) -> None:
    """In their turn; where in our code it happened is told with it."""
    results = workers.each(partial(refuse, which), range(8))
    assert next(results) == 0
    with pytest.raises(error) as found:
        next(results)
    assert str(found.value) == words
    if which == "ours":
        assert "in refuse" in found.value.__notes__[0]
    assert list(workers.each(abs, [-1])) == [1], "the next is not concerned"


def die(how: int) -> None:
    """As the system ends a process for want of memory, or a fault of a library."""
    os.kill(os.getpid(), how)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV])
def test_a_process_that_dies_is_told(how: signal.Signals) -> None:
    """With what it died of, and what to do."""
    with (
        Processes(TWO).workers({}, TWO) as mortal,
        pytest.raises(ClusterError, match=rf"has ended \({how.name}\), as .*--memory"),
    ):
        list(mortal.each(die, [how] * 4))


def test_one_that_starts_when_nobody_wants_it_any_more_is_ended() -> None:
    """A thread may be about to start it while a signal ends the run."""
    crew = ProcessWorkers(1, 1)
    crew.end()
    with pytest.raises(ClusterError):
        list(crew.each(abs, [1]))
    assert crew._all[0].child.death() == "SIGKILL"


def test_one_that_begins_when_nobody_listens_any_more_ends_without_a_word() -> None:
    """Its parent may be killed while it still imports: the pipe for what it says is broken before it has said anything."""
    listening, saying = os.pipe()
    os.close(listening)
    program = PROGRAM.format(module="clean.engines.processes", function="answer")
    with subprocess.Popen(
        [sys.executable, "-c", program, json.dumps(sys.path)], stdin=subprocess.PIPE, stdout=saying, stderr=subprocess.PIPE
    ) as alone:
        os.close(saying)
        assert alone.stderr is not None
        assert (alone.stderr.read(), alone.wait()) == (b"", 0)


# ---------------------------------------------------------------- a run


def command(out: Path, source: Path, workers: int = TWO) -> list[str]:
    """A run with small batches and parts, of which everything can be resumed."""
    arguments = ["run", str(source), "-o", str(out), "--set", "group_field=site", "--workers", str(workers)]
    return [sys.executable, "-c", RUN, "", *arguments]


def start(out: Path, source: Path, workers: int = TWO) -> subprocess.Popen[str]:
    """It, begun."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command(out, source, workers), **pipes, text=True)  # type: ignore[call-overload, no-any-return]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of several batches and parts."""
    return corpus(tmp_path_factory.mktemp("source"))


@pytest.mark.skipif(len(os.sched_getaffinity(0)) == 1, reason="one core has one worker")
def test_a_run_killed_with_its_processes_goes_on_to_the_same_bytes(source: Path, tmp_path: Path) -> None:
    """Killed while it writes, it leaves no process; with two processes, and without any, the same is published."""
    alone = start(tmp_path / "alone", source, workers=1)
    assert alone.communicate()[0] == "" and alone.returncode == 0
    killed = start(tmp_path / "out", source)
    until(lambda: (tmp_path / ".out.work" / f"{WRITING}.crate").exists() or killed.poll() is not None, "a volume")
    started = children(killed.pid)
    killed.kill()
    killed.communicate()
    assert len(started) == TWO
    until(lambda: all(map(is_gone, started)), "all have ended")
    again = start(tmp_path / "out", source)
    said = again.communicate()[1]
    assert again.returncode == 0, said
    assert "an earlier run was killed; " in said
    assert tree(tmp_path / "out") == tree(tmp_path / "alone")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["alone", "out"]


@pytest.mark.skipif(len(os.sched_getaffinity(0)) == 1, reason="one core has one worker")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_no_process_behind(number: signal.Signals, source: Path, tmp_path: Path) -> None:
    """Nor a word, nor a file."""
    run = start(tmp_path / "out", source)
    until(lambda: len(children(run.pid)) == TWO or run.poll() is not None, "two processes")
    started = children(run.pid)
    run.send_signal(number)
    assert run.communicate() == ("", "")
    assert (run.returncode, len(started)) == (128 + number, TWO)
    until(lambda: all(map(is_gone, started)), "all have ended")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(len(os.sched_getaffinity(0)) == 1, reason="one core has one worker")
def test_a_run_whose_process_is_killed_says_so(source: Path, tmp_path: Path) -> None:
    """In a line, and leaves nothing."""
    run = start(tmp_path / "out", source)
    until(lambda: len(children(run.pid)) == TWO or run.poll() is not None, "two processes")
    os.kill(children(run.pid)[0], signal.SIGKILL)
    said = run.communicate()[1]
    assert run.returncode == 2
    assert said.startswith("clean: a process that did a part of the work has ended (SIGKILL)") and said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(len(os.sched_getaffinity(0)) == 1, reason="one core has one worker")
@pytest.mark.parametrize("streams", [">&- 2>&- <&-", "2>&-", "2>/dev/full"])
def test_processes_do_without_streams(streams: str, source: Path, tmp_path: Path) -> None:
    """Whatever was closed before the command began."""
    done = subprocess.run(f"exec {shlex.join(command(tmp_path / 'out', source))} {streams}", shell=True, check=False)
    assert done.returncode == 0
    assert (tmp_path / "out" / "manifest.json").exists()
