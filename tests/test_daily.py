"""docs/daily.md: its commands run as written, and come to what it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "daily.md").read_text("utf-8")
CONSOLE = [line[2:] for body in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL) for line in body.splitlines()]
[RULE] = re.findall(r"```make\n(.*?)```", PAGE, re.DOTALL)


def run(command: str, desk: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of the page in a shell."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", command], cwd=desk, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seeds, and every command of the page run once, in order."""
    folder = tmp_path_factory.mktemp("daily")
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    for command in CONSOLE:
        done = run(command, folder)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
    return folder


def texts(folder: Path) -> dict[str, bytes]:
    """The published texts by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("txt/*.txt"))}


def test_the_three_days_come_out_as_one_run_over_all(desk: Path) -> None:
    """Byte for byte; and the second day's article, alone, would have kept its blurbs."""
    days = {name: text for day in sorted((desk / "cleaned").iterdir()) for name, text in texts(day).items()}
    assert days == texts(ROOT / "reports" / "seeds")
    assert run("clean run articles/2026-06-02 -o alone", desk).returncode == 0
    [(name, alone)] = texts(desk / "alone").items()
    last_blurb = (desk / "articles" / "2026-06-02" / name).read_bytes()[-100:]
    assert alone.endswith(last_blurb) and not days[name].endswith(last_blurb)


def test_the_second_day_breaks_the_one_limit_that_the_page_raises(desk: Path) -> None:
    """By as much as it says: new blurbs of a known shape have no twin, on a day of one article less than ever."""
    done = run("clean check cleaned/2026-06-02", desk)
    assert done.returncode == 1 and "1 of 9 limits is broken" in done.stdout
    [share] = re.findall(r"^max_unverified_ratio: (\S+) of all text", done.stdout, re.MULTILINE)
    assert f"{float(share):.2f} of its text goes so" in PAGE
    assert run("clean check cleaned/2026-06-01 && clean check cleaned/2026-06-03", desk).returncode == 0


def test_the_make_rule_gives_the_same_and_does_no_needless_work(desk: Path, tmp_path: Path) -> None:
    """Each day knows those before it."""
    shutil.copytree(desk / "articles", tmp_path / "articles")
    (tmp_path / "Makefile").write_text(RULE)
    assert run("make", tmp_path).returncode == 0
    for day in ("2026-06-01", "2026-06-02", "2026-06-03"):
        assert texts(tmp_path / "cleaned" / day) == texts(desk / "cleaned" / day)
    assert "Nothing to be done" in run("make", tmp_path).stdout
