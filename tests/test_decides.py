"""docs/how-it-decides.md shows what is: its pictures are drawn from the committed run, its excerpts stand in it."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from pages import ROOT, blocks, missing
from quality.drawings import draw

from clean.jobs.explain import explain
from clean.report import as_text

RUN = ROOT / "reports" / "seeds"


def test_the_drawings_are_those_of_the_committed_run(tmp_path: Path) -> None:
    """`make pictures` gives what docs/ holds, and it is well-formed. If this differs on purpose, run it and commit."""
    for path in draw(RUN, tmp_path):
        assert path.read_text("utf-8") == (ROOT / "docs" / path.name).read_text("utf-8")
        ElementTree.fromstring(path.read_text("utf-8"))


def test_the_excerpts_are_what_explain_prints() -> None:
    """Each line shown stands in the story of one of the seeds, up to the cut."""
    names = sorted(path.stem for path in (RUN / "txt").iterdir())
    told = "".join(as_text(explain(RUN, name)[0], colour=False) for name in names)
    shown = [body for kind, body in blocks("docs/how-it-decides.md") if kind == "text"]
    assert len(shown) == 2
    assert [line for body in shown for line in missing(body, told)] == []
