"""What single characters are to us, asked by several threads at once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest

from clean.characters import Folding, Points, characters, folded

THREADS = 4


@pytest.fixture
def switching() -> Iterator[None]:
    """Threads take turns as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def test_several_threads_fold_alike(switching: None) -> None:
    """What one thread is reading, no other moves: parts of a corpus are cleaned side by side."""
    points: Points = np.concatenate([np.arange(0x20, 0x300), np.arange(0x1E00, 0x1F00)])
    expected = [text.encode() for text in folded(characters(points))]
    for _ in range(5):
        folding, ready = Folding(), Barrier(THREADS)

        def told(shift: int, folding: Folding = folding, ready: Barrier = ready) -> list[bytes | None]:
            ready.wait()
            starts, sizes, text = folding.of(np.roll(points, shift))
            ready.wait()  # until all have asked
            places = zip(starts[points].tolist(), sizes[points].tolist(), strict=True)
            return [None if start < 0 else text[start : start + size].tobytes() for start, size in places]

        with ThreadPoolExecutor(THREADS) as pool:
            for answer in pool.map(told, range(0, 100 * THREADS, 100)):
                assert all(ours in (None, theirs) for ours, theirs in zip(answer, expected, strict=True))
