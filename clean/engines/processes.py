"""Workers that are processes of this machine: threads would wait for each other's interpreter.

A function and a thing go out pickled, a small answer comes back; what is large goes through files, and is the function's own
business, as on a cluster.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import Any, NoReturn, TypeVar

from clean.allocator import collect_rarely
from clean.child import Child, serve
from clean.engines.ordered import ordered
from clean.engines.remote import THREADS, portable
from clean.errors import ClusterError

Item = TypeVar("Item")
Done = TypeVar("Done")


@dataclass(frozen=True)
class Processes:
    """As many processes as there is room for, and so many `threads` of libraries in all of them together."""

    threads: int

    @contextmanager
    def workers(self, versions: Mapping[str, str], room: int) -> Iterator[ProcessWorkers]:
        """Each is started when there is something for it to do; ended with the block. `versions` are those of this machine."""
        crew = ProcessWorkers(room, max(1, self.threads // room))
        try:
            yield crew
        finally:
            # After a signal, or a fault in one of them, nobody wants what the others are working on.
            crew.end()


class ProcessWorkers:
    """`count` processes, each of so many threads."""

    def __init__(self, count: int, threads: int) -> None:
        self._count, self._threads = count, threads
        self._all: list[_Worker] = []
        self._ended = False
        self._idle = SimpleQueue[_Worker | None]()  # None: one that has not been started
        for _ in range(count):
            self._idle.put(None)

    @property
    def elsewhere(self) -> bool:
        """They are on this machine."""
        return False

    def each(self, function: Callable[[Item], Done], items: Iterable[Item]) -> Iterator[Done]:
        """A process each; the results in order. `items` are taken as there is room.

        Raises what `function` raised, and ClusterError when a process has died.
        """
        pickled = pickle.dumps(function)
        return ordered(partial(self._one, pickled), items, self._count, lambda: 2 * self._count)

    def end(self) -> None:
        """End them, whatever they do."""
        self._ended = True
        for worker in self._all:
            worker.child.end()

    def _one(self, pickled: bytes, item: object) -> Any:
        worker = self._idle.get() or self._start()
        try:
            return worker.do(pickled, item)
        finally:
            self._idle.put(worker)

    def _start(self) -> _Worker:
        worker = _Worker(self._threads)
        self._all.append(worker)
        if self._ended:  # meanwhile
            worker.child.end()
        return worker


class _Worker:
    """One process, and the function that it was last asked for."""

    def __init__(self, threads: int) -> None:
        self.child = Child(__name__, "answer", dict.fromkeys(THREADS, str(threads)))
        self._function = b""

    def do(self, function: bytes, item: object) -> Any:
        """The function, pickled, of an item."""
        question = pickle.dumps((None if self._function is function else function, item))
        self._function = function
        answer = self.child.ask(question)
        if answer is None:
            raise ClusterError(
                f"a process that did a part of the work has ended ({self.child.death()}), as it does when memory runs out:"
                " give less --memory, or fewer --workers"
            )
        value, raised = pickle.loads(answer)
        if raised is not None:
            raise raised
        return value


# ---------------------------------------------------------------- in the other process


def answer() -> NoReturn:
    """Do what is asked for: a function, unless it is the one of before, of a thing."""
    collect_rarely()
    doing: Any = None

    def do(question: bytes) -> bytes:
        nonlocal doing
        try:
            function, thing = pickle.loads(question)
            if function is not None:
                doing = pickle.loads(function)
            return pickle.dumps((doing(thing), None))
        except BaseException as error:  # noqa: BLE001 (it is raised where it was asked for)
            return pickle.dumps((None, portable(error)))

    serve(do)
