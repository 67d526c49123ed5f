"""What all workers have in common that are processes of their own, here or on other machines.

Nothing heavy is imported here, polars least of all: a process must be told first how many threads it may start.
"""

from __future__ import annotations

import pickle
import traceback

# Threads of the libraries, which ask the environment for them when they are loaded.
THREADS = ("POLARS_MAX_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def portable(error: BaseException) -> BaseException:
    """An error as it can be sent to another process, with a note of where it arose: itself, or, where it cannot be pickled (a
    panic of polars), one that says the same."""
    error.add_note(traceback.format_exc())
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 (whatever its own code raises)
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
