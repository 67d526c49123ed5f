"""What the guide says is what happens: the page is gone through from top to bottom, in one folder."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest
from pages import ROOT, blocks, commands, missing, run

from clean.store.formats import finding

GUIDE = "docs/guide.md"
FILES = {"jsonl": "notices.jsonl", "toml": "clean.toml"}  # blocks that the reader is asked to save


def test_the_guide_does_what_it_says(tmp_path: Path) -> None:
    """Every command ends with exit 0 and no traceback; each line shown below one stands in its output, up to the cut."""
    shutil.copytree(ROOT / "seeds", tmp_path / "articles")
    typed = shown = 0
    printed = ""
    for kind, body in blocks(GUIDE):
        if kind in FILES:
            (tmp_path / FILES[kind]).write_text(body, "utf-8")
        elif kind == "text":
            assert missing(body, printed) == []
            shown += 1
        else:
            (tmp_path / "example.py").write_text(body, "utf-8")
            lines = commands(body) if kind == "console" else [f"{sys.executable} example.py"]
            done = [run(line, tmp_path) for line in lines]
            printed = "".join(one.stdout + one.stderr for one in done)
            assert [line for line, one in zip(lines, done, strict=True) if one.returncode] == [], printed
            assert "Traceback" not in printed
            typed += len(lines)
    assert typed > 12 and shown > 6


@pytest.mark.parametrize("page", ["README.md", GUIDE])
def test_every_suffix_that_is_read_is_named(page: str) -> None:
    """Where the page says what goes in."""
    told = (ROOT / page).read_text("utf-8").partition("Input: " if page == "README.md" else "## 1. Your articles")[2][:1000]
    assert [suffix for suffix in (*finding.KINDS, *finding.PACKINGS) if f"`{suffix}`" not in told] == []


PAGES = ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
MEASURED = ("docs/quality.md", "docs/performance.md")
FIGURE = re.compile(r"(?<![\w.])\.\d{3}\b|\b\d+\.\d+(?= %| →)|\b\d+ of \d+\b")


@pytest.mark.parametrize("page", ["README.md", "docs/compared.md", "docs/guide.md", "docs/how-it-decides.md"])
def test_figures_are_those_that_were_measured(page: str) -> None:
    """Each share, percentage and count quoted in prose stands in a table that `make quality` or `make bench` writes; a share of
    .904 is 90.4 %, too."""
    tables = "".join((ROOT / name).read_text("utf-8") for name in MEASURED)
    tables += re.sub(r"(?<![\w.])\.(\d\d)(\d)\b", r"\1.\2 %", tables)
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
