"""`explain` as page and by cluster: what the ledger says of a passage is what is shown, whatever it holds."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from made_up import ATTACKS
from test_report import ELEMENTS, POLICY, _Page
from writing import Writer, page

from clean.config import Config
from clean.errors import InputError
from clean.jobs.cluster import cluster
from clean.jobs.explain import explain
from clean.jobs.run import run
from clean.report import as_members, as_text, members, stories
from clean.store.finished import open_finished

SEEDS = Path(__file__).parent.parent / "reports" / "seeds"
NAME = "001_e19702a037a1de48"


def clean(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    command = [sys.executable, "-m", "clean", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


def attacking(name: str) -> dict[str, Any]:
    """A story in which every text attacks."""
    why = {
        "rule": name,
        "score": 0.5,
        "docs": 2,
        "support": None,
        "cluster": "ab" * 16,
        "twin_doc_id": name,
        "twin_start": 4,
        "home": True,
    }
    pieces = [
        {"text": name, "start": 0},
        {"text": name, "start": 9, "removal": why},
        {"text": name, "start": 20, "repair": {"rule": name, "before": name}},
    ]
    return {"doc_id": name, "source": name, "group": name, "fate": "kept", "chars_in": 9, "chars_out": 3, "pieces": pieces}


@pytest.fixture(params=["seeds", "attacks"])
def told(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """Stories of a real run, and of one that attacks."""
    return explain(SEEDS, NAME) if request.param == "seeds" else [attacking(attack) for attack in ATTACKS]


def assert_safe(text: str) -> None:
    """A page that is whole, asks for nothing, and whose elements are ours alone."""
    page = _Page(text)
    assert page.wrong == [] and page.open == []
    assert page.names <= ELEMENTS | {"del", "ins"}
    assert f'content="{POLICY}"' in text
    assert not [name for _, name in page.attributes if name.startswith("on") or name in ("src", "style")]
    assert not re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2066]", text)


def test_the_page_holds_the_story_and_asks_for_nothing(told: list[dict[str, Any]]) -> None:
    """As many struck places as removals; the reason that the terminal shows stands beside each."""
    text = stories(told)
    assert_safe(text)
    gone = sum("removal" in piece for story in told for piece in story["pieces"])
    assert 0 < text.count("<del>") <= gone
    if len(told) == 1:
        shown = re.findall(r"\^ (.*)", as_text(told[0], colour=False))
        assert all(reason in text for reason in shown)


def test_every_cluster_of_the_ledger_lists_all_its_places() -> None:
    """The removed ones are the ledger's, each with its words; a home is a place that stays, and comes first."""
    run = open_finished(SEEDS)
    ledger = run.ledger(pl.col("layer") == "removal")
    for key in ledger["cluster"].drop_nulls().unique().sort():
        found = cluster(SEEDS, key)
        rows = ledger.filter(cluster=key)
        gone = [one for one in found["members"] if one["fate"] == "removed"]
        assert [(one["doc_id"], one["start"]) for one in gone] == rows.select("doc_id", "start").rows()
        assert [one["text"] for one in gone] == [text.decode().strip("\n") for text in rows["before"]]
        homes = {(one["doc_id"], one["start"]) for one in found["members"] if one["fate"] == "home"}
        kept = rows.filter(home=True).select("twin_doc_id", "twin_start").rows()
        assert homes == set(kept)
        for one in found["members"][: len(homes)]:
            assert one["fate"] == "home" and one["text"] in (SEEDS / "txt" / one["source"]).read_text("utf-8")
        assert_safe(members(found))
        assert found["cluster"] in as_members(found, colour=False)


def test_a_cluster_is_named_by_its_first_digits(tmp_path: Path) -> None:
    """In either case; what means several, or none, or is no key, is told."""
    key = open_finished(SEEDS).ledger()["cluster"].drop_nulls()[0]
    assert cluster(SEEDS, key[:12].upper())["cluster"] == key
    for wrong, words in (
        ("xyz", "is no cluster"),
        ("0" * 33, "is no cluster"),
        ("", "is no cluster"),
        ("0" * 32, "has no cluster"),
    ):
        with pytest.raises(InputError, match=words):
            cluster(SEEDS, wrong)
    keys = open_finished(SEEDS).ledger()["cluster"].drop_nulls().unique().to_list()
    digit = next(digit for digit in "0123456789abcdef" if sum(key.startswith(digit) for key in keys) > 1)
    with pytest.raises(InputError, match=f"clusters begin with '{digit}'.*more digits"):
        cluster(SEEDS, digit)


def test_a_home_in_a_wrapped_text_is_shown_to_its_end(tmp_path: Path) -> None:
    """Its line is a paragraph, as the removed ones are."""
    articles = [Writer(number).article(4) for number in range(9)]
    stolen = articles[0][2]
    texts = [page(articles[0]), *(page([*article, stolen]) for article in articles[1:])]
    for number, text in enumerate(texts):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / f"{number}.txt").write_text("\n\n".join(textwrap.fill(line, 60) for line in text.split("\n") if line))
    run([str(tmp_path / "in")], tmp_path / "out", Config())
    gone = open_finished(tmp_path / "out").ledger(pl.col("home") & (pl.col("twin_doc_id") == "0"))
    found = cluster(tmp_path / "out", gone["cluster"][0])["members"]
    assert [one["fate"] for one in found] == ["home", *["removed"] * 8]
    assert {one["text"] for one in found} == {textwrap.fill(stolen, 60)}


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"Ben &amp; Jerry's", "Ben {&amp;→&} Jerry's"),
        (b"AT&amp;T is large", "{AT&amp;T→AT&T} is large"),
        ("a cafÃ© in town".encode(), "a {cafÃ©→café} in town"),
        (b"one &amp;\ntwo&lt;three", "one {&amp;→&}\n  {two&lt;three→two<three}"),
        (
            b"x" * 30 + b"&amp;" + b"y" * 30,
            "x" * 7 + "{" + "x" * 23 + "&amp;" + "y" * 24 + "→" + "x" * 23 + "&" + "y" * 24 + "}" + "y" * 6,
        ),
        ("café — naïve ".encode() + b"\xff here", "café — naïve {\\xff→\ufffd} here"),
        (b"one two\r\nthree\r\n\r\nfour\r\n", "one two\n  three\n  \n  four"),
        (b"one two\rthree\rfour", "one two\n  three\n  four"),
        (b"a &amp; b\r\nAT&amp;T\r\n", "a {&amp; b→& b}\n  {AT&amp;T→AT&T}"),
    ],
)
def test_repairs_are_shown_in_whole_words(raw: bytes, shown: str, tmp_path: Path) -> None:
    """Not `{amp;→}`, which is all that changed. Texts of pieces still make the repaired text."""
    (tmp_path / "a.txt").write_bytes(raw)
    run([str(tmp_path / "a.txt")], tmp_path / "out", Config())
    [story] = explain(tmp_path / "out", "a")
    assert as_text(story, colour=False).split("\n", 3)[3].rstrip("\n") == f"  {shown}"
    assert "".join(piece["text"] for piece in story["pieces"]) == (tmp_path / "out" / "txt" / "a.txt").read_text("utf-8")


def test_repairs_of_line_ends_are_counted_and_not_shown(tmp_path: Path) -> None:
    """One at each line would hide the others, on the page, too; JSON has them all."""
    (tmp_path / "a.txt").write_bytes(b"one two\r\nthree &amp; four\r\nfive six\r\n")
    run([str(tmp_path / "a.txt")], tmp_path / "out", Config())
    told = explain(tmp_path / "out", "a")
    assert sum("repair" in piece for piece in told[0]["pieces"]) == 3
    page = stories(told)
    for text in (as_text(told[0], colour=False), page):
        assert "3 repairs (2 of line ends, not shown)" in text
        assert "U+000D" not in text
    assert re.findall(r'<del class="was">(.*?)</del><ins>(.*?)</ins>', page) == [("&amp;amp; four", "&amp; four")]


def test_the_command_takes_one_thing_and_prints_it_one_way(tmp_path: Path) -> None:
    """An id that begins with a dash by --id; a page that is the page; exit 2 for several things or none."""
    (tmp_path / "-dash.txt").write_text("a text")
    run([str(tmp_path / "-dash.txt")], tmp_path / "out", Config())
    assert "-dash" in clean("explain", "out", "--id", "-dash", cwd=tmp_path).stdout
    assert clean("explain", SEEDS, NAME, "--html").stdout == stories(explain(SEEDS, NAME))
    key = explain(SEEDS, NAME)[0]["pieces"][-1]["removal"]["cluster"]
    assert json.loads(clean("explain", SEEDS, "--cluster", key, "--json").stdout) == cluster(SEEDS, key)
    for arguments in ([NAME, "--cluster", key], [NAME, "--json", "--html"]):
        done = clean("explain", SEEDS, *arguments)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_colour_is_for_terminals_only() -> None:
    """With colour, what went is struck; without, no escape sequence."""
    [story] = explain(SEEDS, NAME)
    found = cluster(SEEDS, story["pieces"][-1]["removal"]["cluster"])
    assert "\x1b[9;31m" in as_text(story, colour=True) and "\x1b[9;31m" in as_members(found, colour=True)
    assert "\x1b" not in as_text(story, colour=False) + as_members(found, colour=False)


@pytest.mark.parametrize(
    "name", ["manifest.json", "ledger/edits.parquet", "documents.parquet", "data/corpus-00000-of-00001.parquet"]
)
@pytest.mark.parametrize("damage", ["a bit", "another run's", "a fifo"])
def test_a_damaged_run_explains_nothing(tmp_path: Path, name: str, damage: str) -> None:
    """What it says is evidence: a changed file is named, and one that would be waited for is not opened."""
    out = tmp_path / "out"
    shutil.copytree(SEEDS, out)
    raw = bytearray((out / name).read_bytes())
    raw[len(raw) // 2] ^= 4
    (out / name).unlink()
    if damage == "a fifo":
        os.mkfifo(out / name)
    else:
        (out / name).write_bytes(raw if damage == "a bit" else (SEEDS / "kept.parquet").read_bytes())
    for told in (lambda: explain(out, NAME), lambda: cluster(out, "ab")):
        with pytest.raises(InputError, match=re.escape(name)):
            told()
