"""What the guide says is what happens: the page is gone through from top to bottom, in one folder."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest
from pages import ROOT, blocks, commands, missing, run

GUIDE = "docs/guide.md"
FILES = {"jsonl": "notices.jsonl", "toml": "clean.toml"}  # blocks that the reader is asked to save

Step = tuple[list[tuple[str, int, str]], str]  # the commands of a block with exit code and output; what is shown below them


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> list[Step]:
    """Everything the page asks for, done in its order."""
    desk = tmp_path_factory.mktemp("guide")
    shutil.copytree(ROOT / "seeds", desk / "articles")
    steps: list[Step] = []
    for kind, body in blocks(GUIDE):
        if kind in FILES:
            (desk / FILES[kind]).write_text(body, "utf-8")
        elif kind == "python":
            (desk / "example.py").write_text(body, "utf-8")
            steps.append((_typed([f"{sys.executable} example.py"], desk), ""))
        elif kind == "console":
            steps.append((_typed(commands(body), desk), ""))
        elif kind == "text":
            steps[-1] = (steps[-1][0], body)
    return steps


def _typed(lines: list[str], desk: Path) -> list[tuple[str, int, str]]:
    done = [(line, run(line, desk)) for line in lines]
    return [(line, one.returncode, one.stdout + one.stderr) for line, one in done]


def test_every_command_runs_as_written(walk: list[Step]) -> None:
    """Each with exit 0, and none with a traceback."""
    typed = [one for done, _ in walk for one in done]
    assert len(typed) > 12
    assert [(line, code, said) for line, code, said in typed if code != 0 or "Traceback" in said] == []


def test_what_is_shown_is_what_is_printed(walk: list[Step]) -> None:
    """Each line shown below a command stands in its output, up to the cut."""
    shown = [(text, "".join(said for _, _, said in done)) for done, text in walk if text]
    assert len(shown) > 6
    assert [missing(text, printed) for text, printed in shown if missing(text, printed)] == []


def test_the_figures_of_the_curve_are_those_of_quality() -> None:
    """The guide's shares for `confidence` stand in the table that `make quality` writes."""
    curve = (ROOT / "docs" / "quality.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| (0\.\d+) \| (.*) \|$", curve, re.MULTILINE))
    said = re.findall(r"from 0\.95 to (0\.\d+): .*", (ROOT / GUIDE).read_text("utf-8"))
    for other, line in zip(said, re.findall(r"from 0\.95 to 0\.\d+: (.*) \|", (ROOT / GUIDE).read_text("utf-8")), strict=True):
        for before, after in re.findall(r"(\.\d+) → (\.\d+)", line):
            assert any(before in cell for cell in rows["0.95"].split(" | ")), before
            assert any(after in cell for cell in rows[other].split(" | ")), after
    assert len(said) == 2


@pytest.mark.parametrize("page", ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))])
def test_links_lead_somewhere(page: str) -> None:
    """Each link to a file of the project finds it, and each to a heading finds the heading."""
    text = re.sub(r"^```.*?^```", "", (ROOT / page).read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        name, _, anchor = target.partition("#")
        if "://" in name:
            continue
        path = (ROOT / page).parent / name if name else ROOT / page
        assert path.exists(), f"{page}: {target}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
            assert anchor in {_anchor(heading) for heading in headings}, f"{page}: {target}"


def _anchor(heading: str) -> str:
    """The name that a heading gets where Markdown is shown: lower case, blanks as dashes, marks left out."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
