"""The golden test: the committed report over the seeds is what the command makes of them, byte for byte."""

from __future__ import annotations

from pathlib import Path

from clean.config import Config
from clean.jobs.run import run

ROOT = Path(__file__).parent.parent
COMMITTED = ROOT / "reports" / "seeds"


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_committed_report_is_reproduced(tmp_path: Path) -> None:
    """`make` gives what the repository holds. If this differs on purpose, run `make` and commit reports/seeds."""
    run([str(ROOT / "seeds")], tmp_path / "seeds", Config(), review=True)
    made, committed = contents(tmp_path / "seeds"), contents(COMMITTED)
    assert sorted(made) == sorted(committed)
    assert [name for name in made if made[name] != committed[name]] == []


def test_what_belongs_to_the_articles_is_all_there() -> None:
    """The lines above the sidebars survive whole: of each article the first and the last line of its own text."""
    ends = {
        "000_2c543964f9486750": "enterprises to continuously transform and upgrade in innovation, achieving high-quality development.",
        "001_e19702a037a1de48": None,
        "002_48c7c1d6b6161e85": None,
        "003_1a849d4e443ebd1e": "continuing to cultivate new momentum for economic development. (End)",
        "004_b7cad934b29967a8": "Special Reports",
    }
    for name, end in ends.items():
        original = (ROOT / "seeds" / f"{name}.txt").read_text("utf-8")
        cleaned = (COMMITTED / "txt" / f"{name}.txt").read_text("utf-8")
        assert cleaned.startswith(original.split("\n")[0])
        assert end is None or cleaned.rstrip("\n").endswith(end)
        assert set(cleaned.split("\n")) <= set(original.split("\n"))
