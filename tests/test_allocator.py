"""How the allocator is asked, and that it is asked in time."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from clean import allocator


def test_what_somebody_else_asked_for_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """One's own setting is not changed; of ours the last one counts."""
    monkeypatch.delenv(allocator.VARIABLE, raising=False)
    allocator.use(allocator.KEEPING)
    allocator.use(allocator.SPARING)
    assert os.environ[allocator.VARIABLE] == allocator.SPARING
    monkeypatch.setenv(allocator.VARIABLE, "narenas:1")
    allocator.use(allocator.KEEPING)
    assert os.environ[allocator.VARIABLE] == "narenas:1"


@pytest.mark.parametrize(("options", "how"), [([], allocator.KEEPING), (["--engine", "spark"], allocator.SPARING)])
def test_it_is_asked_before_polars_is_loaded(options: list[str], how: str) -> None:
    """Later it would not listen: the command sets it, and only then loads polars, also as the driver of a cluster (which ends
    before that where pyspark is not installed)."""
    program = f"""
import atexit, importlib.abc, os, sys
def tell():
    print(os.environ.get({allocator.VARIABLE!r}), flush=True)
    os._exit(0)
class Watch(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == "polars":
            tell()
sys.meta_path.insert(0, Watch())
atexit.register(tell)
sys.argv = ["clean", "run", "nothing-there", "-o", "out", *{options!r}]
from clean.cli import main
main()
"""
    environment = {name: value for name, value in os.environ.items() if name != allocator.VARIABLE}
    run = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert run.stdout.strip() == how, run.stderr
