"""Things that are worked on side by side, and come back in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

Item = TypeVar("Item")
Done = TypeVar("Done")

LOOK_SECONDS = 0.1


def ordered(function: Callable[[Item], Done], items: Iterable[Item], threads: int, room: Callable[[], int]) -> Iterator[Done]:
    """`function` of each of `items`, in so many threads; the results in order. Items are taken while less than `room` are out."""
    pool = ThreadPoolExecutor(threads)
    waiting: deque[Future[Done]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            del item  # or it would be held until the next one is asked for, and made
            while len(waiting) >= room():
                yield _result(waiting.popleft())
        while waiting:
            yield _result(waiting.popleft())
    finally:
        # Not waited for: after a signal, or a fault in one of them, nobody wants what the others are working on.
        pool.shutdown(wait=False, cancel_futures=True)


def _result(future: Future[Done]) -> Done:
    """Waited for a little at a time: a signal that the system gives to another thread does not wake this one, and what is to
    be done about it is done here."""
    while not wait([future], LOOK_SECONDS).done:
        pass
    return future.result()
