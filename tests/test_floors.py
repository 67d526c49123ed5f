"""The walls of the house: a floor imports only floors below it, and siblings do not import each other."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent / "clean"

# Most specific first. A package on one floor is one room to the others; inside it the same rules hold per file,
# but for those named in ONE_ROOM, whose files are one room each.
FLOORS = {
    "clean.schema": 0,
    "clean.errors": 0,
    "clean.version": 0,
    "clean.allocator": 1,
    "clean.characters": 1,
    "clean.child": 1,
    "clean.config": 1,
    "clean.edit": 1,
    "clean.visible": 1,
    "clean.streams": 1,
    "clean.windows": 1,
    "clean.wording": 1,
    "clean.damage": 1,
    "clean.kernels": 1,
    "clean.decoding": 2,
    "clean.limits": 2,
    "clean.text": 2,
    "clean.stage": 2,
    "clean.engines.ordered": 2,
    "clean.engines.remote": 2,
    "clean.stages.judge": 3,
    "clean.stages.known": 3,
    "clean.stages.measure": 3,
    "clean.stages.originals": 3,
    "clean.stages.segment": 3,
    "clean.stages.weigh": 3,
    "clean.stages": 3,
    "clean.engines": 3,
    "clean.store": 3,
    "clean.report": 3,
    "clean.pipeline": 4,
    "clean.jobs": 5,
    "clean.cli": 6,
    "clean.__main__": 7,
    "clean": 8,
}
ONE_ROOM = (
    "clean.pipeline",
    "clean.cli",
    "clean.jobs",
    "clean.kernels",
    "clean.report",
    "clean.stages.judge",
    "clean.stages.known",
    "clean.stages.measure",
    "clean.stages.originals",
    "clean.stages.segment",
    "clean.stages.weigh",
    "clean.store",
)
MODULES = sorted(HOUSE.rglob("*.py"))


def name_of(path: Path) -> str:
    """The module's dotted name."""
    parts = path.relative_to(HOUSE.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def room(module: str) -> str:
    """The room that a module is in: the longest name in FLOORS that it starts with."""
    return max((name for name in FLOORS if module == name or module.startswith(name + ".")), key=len)


def imports(path: Path) -> set[str]:
    """The modules of the house that a file imports, anywhere in it, but for type checkers only."""
    tree = ast.parse(path.read_text("utf-8"))
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    found = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "clean":
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            files = {name_of(p) for p in MODULES}
            found |= {name if name in files else node.module for name in names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "clean"}
    return found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_floor_looks_down_only(path: Path) -> None:
    """No import goes up a floor, and none goes across to a sibling."""
    here = name_of(path)
    for module in imports(path):
        below = FLOORS[room(module)] < FLOORS[room(here)]
        same_room = room(module) == room(here) and (room(here) in ONE_ROOM or module == here)
        assert below or same_room, f"{here} imports {module}, which is not on a floor below"


def test_every_module_has_a_floor() -> None:
    """A new file says where it lives: only the package itself may fall to the default."""
    assert [name_of(p) for p in MODULES if room(name_of(p)) == "clean"] == ["clean"]
