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


PAGES = ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
MEASURED = ("docs/quality.md", "docs/performance.md")
FIGURE = re.compile(r"(?<![\w.])\.\d{3}\b|\b\d+\.\d+(?= %| →)|\b\d+ of \d+\b")


@pytest.mark.parametrize("page", ["docs/compared.md", "docs/guide.md", "docs/how-it-decides.md"])
def test_figures_are_those_that_were_measured(page: str) -> None:
    """Each share, percentage and count quoted in prose stands in a table that `make quality` or `make bench` writes."""
    tables = "".join((ROOT / name).read_text("utf-8") for name in MEASURED)
    quoted = FIGURE.findall(_prose(page))
    assert quoted
    assert [figure for figure in quoted if not re.search(rf"(?<![\d.]){re.escape(figure)}(?!\d)", tables)] == []


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """Each link to a file of the project finds it, and each to a heading finds the heading."""
    for target in re.findall(r"\]\(([^)\s]+)\)", _prose(page)):
        name, _, anchor = target.partition("#")
        if "://" in name:
            continue
        path = (ROOT / page).parent / name if name else ROOT / page
        assert path.exists(), f"{page}: {target}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
            assert anchor in {_anchor(heading) for heading in headings}, f"{page}: {target}"


def _prose(page: str) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^```.*?^```", "", (ROOT / page).read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


def _anchor(heading: str) -> str:
    """The name that a heading gets where Markdown is shown: lower case, blanks as dashes, marks left out."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
