"""Mutation testing: would the tests see a change of the code? A few modules, one small change at a time.

An own mutator of a hundred lines, because mutmut and cosmic-ray fork after import, and polars locks up in a forked process.
Each mutant is put in the module's place as it is imported, in a process of its own; the files are never touched.
"""

from __future__ import annotations

import ast
import copy
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

HOUSE = Path(__file__).parents[2]
# A module, and the tests that are about it, the quickest first.
TARGETS = {
    "clean/edit.py": ["tests/test_edit.py"],
    "clean/stages/settle.py": ["tests/test_settle.py", "tests/test_policy.py", "tests/test_laws.py"],
    "clean/stages/judge/__init__.py": ["tests/test_judge.py", "tests/test_seeds.py", "tests/test_policy.py", "tests/test_weigh.py", "tests/test_poison.py", "tests/test_laws.py"],
    "clean/stages/judge/situation.py": ["tests/test_judge.py", "tests/test_seeds.py", "tests/test_policy.py", "tests/test_weigh.py", "tests/test_poison.py", "tests/test_laws.py"],
    "clean/stages/judge/blocks.py": ["tests/test_judge.py", "tests/test_seeds.py", "tests/test_policy.py", "tests/test_weigh.py", "tests/test_poison.py", "tests/test_laws.py"],
    "clean/stages/judge/evidence.py": ["tests/test_judge.py", "tests/test_seeds.py", "tests/test_policy.py", "tests/test_weigh.py", "tests/test_poison.py", "tests/test_laws.py"],
}  # fmt: skip
COLUMNS = ["module", "mutants", "killed", "survive", "share killed"]
LONGEST = 120  # seconds for a mutant: one that never ends is killed, too
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


def campaign(every: int, say: Say) -> Iterator[Tally]:
    """Each module's mutants, each `every`th."""
    for name, tests in TARGETS.items():
        tally = Tally(name)
        for where, source in mutants((HOUSE / name).read_text("utf-8"))[::every]:
            tally.made += 1
            if survives(name, source, tests):
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
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARED:
            other = COMPARED[type(node.ops[0])]
            yield node, _set(node, "ops", [other()]), f"{_short(node)}: {type(node.ops[0]).__name__} -> {other.__name__}"
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
            yield node, _set(node, "value", node.value * 1.5), f"{node.value} -> {node.value * 1.5}"


def _set(node: ast.AST, name: str, value: object) -> Callable[[], None]:
    return lambda: setattr(node, name, value)


def _short(node: ast.AST) -> str:
    words = " ".join(ast.unparse(node).split())
    return words if len(words) < 90 else words[:87] + "..."


def survives(name: str, source: str, tests: list[str]) -> bool:
    """Whether the tests pass though the module is another."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mutant.py")
        path.write_text(source, "utf-8")
        words = [
            sys.executable,
            "-c",
            RUN,
            str(path),
            name.removesuffix(".py").removesuffix("/__init__").replace("/", "."),
            *tests,
        ]
        try:
            return (
                subprocess.run(
                    words, cwd=HOUSE, env=os.environ | {"CI": "1"}, capture_output=True, check=False, timeout=LONGEST
                ).returncode
                == 0
            )
        except subprocess.TimeoutExpired:
            return False


# In a process of its own: the module is replaced as it is imported, and the tests stop at the first that fails.
RUN = """
import importlib.abc, importlib.util, os, sys
path, name, tests = sys.argv[1], sys.argv[2], sys.argv[3:]
class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, wanted, where, target=None):
        if wanted != name:
            return None
        folder = os.path.join(os.getcwd(), *name.split("."))
        inside = [folder] if os.path.isdir(folder) else None
        return importlib.util.spec_from_file_location(wanted, path, submodule_search_locations=inside)
sys.meta_path.insert(0, Finder())
import pytest
sys.exit(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests]))
"""
