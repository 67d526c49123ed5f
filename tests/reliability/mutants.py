"""Mutation testing: would the tests see a change of the code? A few modules, one small change at a time.

An own mutator of a hundred lines, because mutmut and cosmic-ray fork after the code was imported and has run, and polars locks
up in a process forked from one whose threads have begun. Here one process imports what is heavy, runs nothing, and forks for each
mutant, which is put in the module's place as it is imported; the files are never touched.
"""

from __future__ import annotations

import ast
import copy
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

HOUSE = Path(__file__).parents[2]
# A module, and the tests that are about it, the quickest first: most mutants die in the first file.
JUDGING = ["tests/test_judge.py", "tests/test_seeds.py", "tests/test_policy.py"]
TARGETS = {
    "clean/edit.py": ["tests/test_edit.py"],
    "clean/stages/settle.py": ["tests/test_settle.py", "tests/test_policy.py"],
    "clean/stages/judge/__init__.py": JUDGING,
    "clean/stages/judge/situation.py": JUDGING,
    "clean/stages/judge/blocks.py": JUDGING,
    "clean/stages/judge/pointers.py": JUDGING,
    "clean/stages/judge/evidence.py": JUDGING,
    "clean/stages/weigh/ends.py": ["tests/test_weigh.py", "tests/test_policy.py"],
}
COLUMNS = ["module", "mutants", "killed", "survive", "share killed"]
PATIENCE = 10  # a mutant may take so many times as long as the module itself, or it never ends: killed, too
Say = Callable[[str], None]

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
}  # fmt: skip
JOINED: dict[type[ast.operator], type[ast.operator]] = {
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult,
}  # fmt: skip


@dataclass
class Tally:
    """One module: how many mutants were made, and which the tests did not see."""

    name: str
    made: int = 0
    survivors: list[str] = field(default_factory=list)

    def row(self) -> list[str]:
        """For the table."""
        killed = self.made - len(self.survivors)
        return [self.name, str(self.made), str(killed), str(len(self.survivors)), f"{killed / max(self.made, 1):.0%}"]


def campaign(every: int, say: Say, only: str = "") -> Iterator[Tally]:
    """Each module's mutants, each `every`th; `only` of modules whose path contains it."""
    with Nursery() as nursery:
        for name, tests in TARGETS.items():
            if only not in name:
                continue
            source = (HOUSE / name).read_text("utf-8")
            started = time.monotonic()
            if nursery.try_one(name, source, tests, math.inf) != 0:
                raise ValueError(f"{name}: {' '.join(tests)} fail as it is: mend that first, or each mutant counts as killed")
            longest = PATIENCE * (time.monotonic() - started)
            tally = Tally(name)
            for where, mutant in mutants(source)[::every]:
                tally.made += 1
                ended = nursery.try_one(name, mutant, tests, longest)
                # once more: a fork may stand still by itself, one in some hundreds
                if (ended if ended >= 0 else nursery.try_one(name, mutant, tests, longest)) == 0:
                    tally.survivors.append(f"{name}:{where}")
                    say(f"survives: {name}:{where}")
            yield tally


def mutants(source: str) -> list[tuple[str, str]]:
    """Every mutant of a module: the line with what was changed, and the module's new source."""
    tree, made = ast.parse(source), []
    for node, change, words in list(_changes(tree)):
        before = copy.copy(node.__dict__)
        change()
        made.append((f"{getattr(node, 'lineno', 0)}: {words}", ast.unparse(tree)))
        node.__dict__.update(before)
    return made


def _changes(tree: ast.Module) -> Iterator[tuple[ast.AST, Callable[[], None], str]]:
    for node in _run_code(tree):
        if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARED:
            turned = COMPARED[type(node.ops[0])]
            yield node, _set(node, "ops", [turned()]), f"{_short(node)}: {type(node.ops[0]).__name__} -> {turned.__name__}"
        elif isinstance(node, ast.BinOp) and type(node.op) in JOINED:
            swap = JOINED[type(node.op)]
            yield node, _set(node, "op", swap()), f"{_short(node)}: {type(node.op).__name__} -> {swap.__name__}"
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Invert, ast.Not)):
            yield node, _set(node, "operand", ast.UnaryOp(node.op, node.operand)), f"{_short(node)}: twice, so not at all"
        elif isinstance(node, ast.Constant) and type(node.value) is int:
            yield node, _set(node, "value", node.value + 1), f"{node.value} -> {node.value + 1}"
        elif isinstance(node, ast.Constant) and type(node.value) is bool:
            yield node, _set(node, "value", not node.value), f"{node.value} -> {not node.value}"
        elif isinstance(node, ast.Constant) and type(node.value) is float:
            other = node.value * 1.5 or 1.5
            yield node, _set(node, "value", other), f"{node.value} -> {other}"


def _run_code(node: ast.AST) -> Iterator[ast.AST]:
    """A tree without what is never run: the types of names."""
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and name not in ("annotation", "returns"):
                yield child
                yield from _run_code(child)


def _set(node: ast.AST, name: str, value: object) -> Callable[[], None]:
    return lambda: setattr(node, name, value)


def _short(node: ast.AST) -> str:
    words = " ".join(ast.unparse(node).split())
    return words if len(words) < 90 else words[:87] + "..."


class Nursery:
    """The process that mutants are forked from."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._process = subprocess.Popen(
            [sys.executable, "-c", FORKS], cwd=HOUSE, env=os.environ | {"CI": "1", "PYTHONPATH": f"{HOUSE}{os.pathsep}{HOUSE / 'tests'}"},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *raised: object) -> None:
        self._process.communicate()
        self._folder.cleanup()

    def try_one(self, name: str, source: str, tests: list[str], longest: float) -> int:
        """How the tests end with this source in the module's place: 0 where they pass, -9 where they took `longest` seconds."""
        path = Path(self._folder.name, "mutant.py")
        path.write_text(source, "utf-8")
        module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        assert self._process.stdin and self._process.stdout
        print(json.dumps([str(path), module, tests, longest]), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())


# One process imports what is heavy; each mutant has a fork of it, in which the module is replaced as it is imported. Nothing of
# polars has run before a fork. Assertions are plain: pytest cannot rewrite those of modules that were imported before it began.
FORKS = """
import importlib.abc, importlib.util, json, os, signal, sys, time
import hypothesis, numpy, polars, pytest
import clean.characters, clean.config, clean.kernels, clean.schema, clean.windows

class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, wanted, where, target=None):
        if wanted != name:
            return None
        folder = os.path.join(os.getcwd(), *name.split("."))
        inside = [folder] if os.path.isdir(folder) else None
        return importlib.util.spec_from_file_location(wanted, path, submodule_search_locations=inside)

for line in sys.stdin:
    path, name, tests, longest = json.loads(line)
    assert name not in sys.modules, name
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        out = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(out, number)
        sys.meta_path.insert(0, Finder())
        os._exit(pytest.main(["-x", "-q", "--assert=plain", "-p", "no:cacheprovider", *tests]))
    ends = time.monotonic() + longest
    while (ended := os.waitpid(child, os.WNOHANG))[0] == 0 and time.monotonic() < ends:
        time.sleep(0.01)
    if ended[0] == 0:
        os.killpg(child, signal.SIGKILL)
        ended = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(ended[1]), flush=True)
"""
