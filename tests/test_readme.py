"""What the README says is what happens: its commands run as written, its library example too."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pages import ROOT, blocks, commands, run

BLOCKS = blocks("README.md")
CONSOLE = [commands(body) for kind, body in BLOCKS if kind == "console"]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with the seeds, and the command on the path."""
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    return tmp_path


def test_the_two_commands_are_targets_of_the_makefile() -> None:
    """`make` and `make test` are what the README begins with; running them here would run this test again."""
    assert CONSOLE[0] == ["make", "make test"]
    assert subprocess.run(["make", "-n", "test"], cwd=ROOT, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("lines", CONSOLE[1:], ids=lambda lines: lines[0].split("|")[-1].strip())
def test_every_command_runs_as_written(lines: list[str], desk: Path) -> None:
    """Each block in its order, each line with exit 0."""
    for command in lines:
        done = run(command, desk)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        assert "Traceback" not in done.stderr


def test_the_pipe_prints_the_mended_record(desk: Path) -> None:
    """What the pipe example is there to show."""
    [command] = next(block for block in CONSOLE if block[0].startswith("printf"))
    assert run(command, desk).stdout == '{"id": 1, "text": "The café opened."}\n'


def test_the_library_example_runs_as_written(desk: Path) -> None:
    """The five lines, in a program."""
    [code] = [body for kind, body in BLOCKS if kind == "python"]
    done = subprocess.run([sys.executable, "-c", code], cwd=desk, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "shared-teaser" in done.stdout


def test_the_shown_explanation_is_what_explain_prints(desk: Path) -> None:
    """Each line of the before-and-after picture stands in the command's own output (up to the cut)."""
    run("clean run seeds -o out", desk)
    shown = "".join(run(f"clean explain out {name}", desk).stdout for name in ("001_e19702a037a1de48", "004_b7cad934b29967a8"))
    picture = next(body for kind, body in BLOCKS if kind == "text" and "repeated-line" in body)
    for line in filter(None, picture.splitlines()):
        assert line.rstrip("…").rstrip() in shown, line
