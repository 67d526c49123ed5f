"""The process around a command: signals, exit codes, one line for whatever went wrong."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from clean import streams
from clean.errors import EXIT_DONE, EXIT_UNUSABLE, TRACEBACK, CleanError, first_line, is_refusal


def run_to_exit(app: Callable[[], object]) -> NoReturn:
    """Run a command line and exit: 0 done, 1 findings, 2 cannot be used, 129, 130, 141 and 143 on signals."""
    streams.prepare()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
            continue  # nohup: the terminal may close
        signal.signal(number, _stop)
        _once(number)
    code = _code(app)
    # here, not when the interpreter ends: then it would be too late for an exit code
    code = _code(sys.stdout.flush) or code
    if threading.active_count() > 1:  # work that nobody waits for any more would keep the interpreter from ending
        sys.stderr.flush()
        os._exit(code)
    gc.freeze()  # or the interpreter, as it ends, looks for cycles among all that the libraries have made
    sys.exit(code)


def _stop(number: int, frame: object) -> NoReturn:
    signal.signal(number, signal.SIG_DFL)  # a second signal ends at once
    raise SystemExit(128 + number)


def _once(number: int) -> None:
    """Let the system itself forget the handler when the signal comes (SA_RESETHAND), so that a second one ends at once.

    Python runs handlers between its own instructions only: while a library computes, or hangs, `_stop` has not begun.
    """
    import ctypes

    with suppress(AttributeError):  # glibc has it; elsewhere the second signal waits as the first does
        install = ctypes.CDLL(None).sysv_signal
        install.restype, install.argtypes = ctypes.c_void_p, (ctypes.c_int, ctypes.c_void_p)
        install(number, install(number, None))


def _code(call: Callable[[], object]) -> int:
    """The exit code that `call` comes to; what it raised is told in one line."""
    try:
        call()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else EXIT_DONE if end.code is None else EXIT_UNUSABLE
    except CleanError as error:
        return _told(str(error), error.exit_code)
    except BaseException as error:  # a panic of polars is no Exception
        if TRACEBACK in os.environ:
            raise
        return _told(_unforeseen(error), EXIT_UNUSABLE)
    return EXIT_DONE


def _told(line: str, code: int) -> int:
    from clean.visible import visible

    sys.stderr.write(f"clean: {visible(line, keep_newlines=False)}\n")
    return code


def _unforeseen(error: BaseException) -> str:
    """What the machine refuses, in a line; anything else is a fault of ours."""
    while isinstance(error, ImportError) and error.__cause__:
        error = error.__cause__  # numpy wraps the reason in a page of advice
    if isinstance(error, MemoryError):
        return "the memory is not enough; give it more, or clean the corpus in parts"
    if isinstance(error, ImportError):
        return f"a library cannot be loaded (too little memory, or a broken installation): {first_line(error)}"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'the current folder'}: {error.strerror}"
    if is_refusal(error):
        return first_line(error)  # polars names the file there, too
    return f"internal error, please report it: {type(error).__name__}: {first_line(error)}; {TRACEBACK}=1 shows where"
