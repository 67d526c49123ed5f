"""What each step of the main job costs: `python stages.py OUT.json run INPUT -o FOLDER` runs the command inside this process.

Timed are every stage, every verb of the engine, and the public functions of the house that jobs/run.py and the rooms of pipeline name;
nothing in `clean` knows of it. A step's time is its own: what it calls that is timed itself is not counted twice. Times are
CPU seconds of the whole process (polars' threads among them), taken on the main thread, so run it with one worker. Worker
processes, if there are any, are one step together: their CPU seconds are known only when they have ended.
"""

from __future__ import annotations

import inspect
import json
import resource
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

START, WORKERS, REST = "start: imports, the command line", "worker processes", "between the steps"


class Clock:
    """Adds up the CPU seconds and calls of named steps; a step within a step stops the outer one's clock."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()
        self._open: list[float] = []  # for each step that runs: CPU seconds of the steps within it

    def timed(self, call: Callable[..., Any], name: Callable[..., str]) -> Callable[..., Any]:
        """`call`, timed under `name` of its arguments."""

        @wraps(call)
        def run(*given: Any, **named: Any) -> Any:
            # By number: to ask for the thread itself enters it into Python's list, where a thread of polars stays for ever.
            if threading.get_ident() != threading.main_thread().ident:
                return call(*given, **named)
            started = time.process_time()
            self._open.append(0.0)
            try:
                return call(*given, **named)
            finally:
                whole = time.process_time() - started
                step = name(*given)
                self.seconds[step] += whole - self._open.pop()
                self.calls[step] += 1
                if self._open:
                    self._open[-1] += whole

        return run


def watch(clock: Clock) -> None:
    """Put the clock around stages, verbs, and what the story and the main job call."""
    from clean import pipeline
    from clean.engines import base, local
    from clean.jobs import acts, gathering, run, volume, waiting
    from clean.pipeline import comparing, concluding, deciding, mending, part, together
    from clean.stage import Stage

    Stage.__call__ = clock.timed(Stage.__call__, lambda stage, *_: stage.name)  # type: ignore[method-assign]
    engine = next(kind for _, kind in inspect.getmembers(local, inspect.isclass) if kind.__module__ == local.__name__)
    for verb in (name for name in vars(base.Engine) if not name.startswith("_")):
        call = inspect.getattr_static(engine, verb, None)
        if inspect.isfunction(call):
            setattr(engine, verb, clock.timed(call, _called(f"engine.{verb}")))
    seen: set[ModuleType] = set()
    for module in (pipeline, mending, part, deciding, comparing, together, concluding, run, acts, volume, waiting, gathering):
        _watch_module(clock, module, seen)


def _watch_module(clock: Clock, module: ModuleType, seen: set[ModuleType]) -> None:
    """Wrap the functions that a module names, and those of the house's modules that it names."""
    seen.add(module)
    for name, value in list(vars(module).items()):
        if _countable(name, value):
            setattr(module, name, clock.timed(value, _called(f"{value.__module__.removeprefix('clean.')}.{name}")))
        elif inspect.ismodule(value) and _ours(value.__name__) and value not in seen:
            seen.add(value)
            for inner, call in list(vars(value).items()):
                if _countable(inner, call) and call.__module__ == value.__name__:
                    setattr(value, inner, clock.timed(call, _called(f"{value.__name__.removeprefix('clean.')}.{inner}")))


def _countable(name: str, value: object) -> bool:
    """A public function of the house, not yet timed. Private ones may run once a record: the clock would cost more than they."""
    return inspect.isfunction(value) and _ours(value.__module__) and name[0] != "_" and not hasattr(value, "__wrapped__")


def _ours(module: str) -> bool:
    return module.split(".")[0] == "clean"


def _called(name: str) -> Callable[..., str]:
    return lambda *_: name


def main(target: Path, arguments: list[str]) -> None:
    """Run the command; write its steps as JSON: name, CPU seconds, calls. Ends as the command does."""
    import clean.cli

    clock = Clock()
    watch(clock)
    started = time.process_time()
    sys.argv = ["clean", *arguments]
    try:
        clean.cli.main()
    finally:
        ended = time.process_time()
        workers = resource.getrusage(resource.RUSAGE_CHILDREN)
        steps = [(name, seconds, clock.calls[name]) for name, seconds in clock.seconds.items()]
        steps.append((REST, ended - started - sum(clock.seconds.values()), 1))
        steps.append((START, started, 1))
        steps.append((WORKERS, workers.ru_utime + workers.ru_stime, 1))
        target.write_text(json.dumps(steps), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
