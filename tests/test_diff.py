"""Two runs compared: nothing where they did the same, and exactly what differs where not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from conftest import outcome
from made_up import Document, Line, Record, newsroom, poisoned, record

from clean.config import Config
from clean.jobs.run import run
from clean.report.difference import TITLES, as_differences
from clean.stages.measure import Record as Tables
from clean.stages.measure.compare import compare

SEEDS = Path(__file__).parent.parent / "reports" / "seeds"


def between(a: Record, b: Record, top: int | None = None) -> dict[str, Any]:
    """The differences between two made-up runs."""
    return {**compare(a.pieces(1), b.pieces(1), top), "settings": [], "versions": []}


def rows(found: dict[str, Any], name: str) -> list[tuple[Any, ...]]:
    """One list's rows as tuples, without the document's source."""
    return [tuple(value for key, value in row.items() if key != "source") for row in found["lists"][name]["rows"]]


def nothing_but(found: dict[str, Any], *names: str) -> bool:
    """Whether only these lists have rows."""
    return {name for name, row in found["lists"].items() if row["of"]} == set(names)


@pytest.mark.parametrize("made", [newsroom, list], ids=["newsroom", "empty"])
def test_a_run_is_the_same_as_itself(made: Any) -> None:
    """Whatever is in it, or nothing."""
    one = record(made())
    found = between(one, one)
    assert found["same"] and nothing_but(found)
    assert "same: " in as_differences(found, "x", "y")


def test_lines_that_went_in_one_run_only_are_told_with_their_text() -> None:
    """By their words: a line further up that went, too, moves nothing; what went in both by another rule is apart."""
    story = [f"A line of the story, number {n}.\n" for n in range(4)]
    a = Document("x", [Line("Home\n", "furniture", 1), Line(story[0]), Line("Ad\n\n", "furniture", 2), Line(story[1])])
    b = Document(
        "x", [Line("Home\n"), Line(story[0]), Line("Ad\n", "learned-teaser", 2), Line("\n"), Line(story[1], "furniture", 3)]
    )
    found = between(record([a]), record([b]))
    assert nothing_but(found, "lines_removed_only_in_a", "lines_removed_only_in_b", "rules_changed")
    assert rows(found, "lines_removed_only_in_a") == [("x", "Home", "furniture")]
    assert rows(found, "lines_removed_only_in_b") == [("x", story[1].strip(), "furniture")]
    assert rows(found, "rules_changed") == [("x", "Ad", "furniture", "learned-teaser")]
    assert found["rules"]["furniture"] == {"a": {"edits": 2, "bytes": 9}, "b": {"edits": 1, "bytes": 31}}


def test_a_line_that_went_twice_and_once_differs_once() -> None:
    """The same words several times in one document are counted, not merged."""
    again = Line("Again\n", "repeated-line", 1)
    found = between(record([Document("x", [again, again, again])]), record([Document("x", [again, Line("Again\n"), again])]))
    assert rows(found, "lines_removed_only_in_a") == [("x", "Again", "repeated-line")]


def test_fates_documents_and_inputs_are_told_by_document() -> None:
    """Another fate; only here; only there; the same id with another input. Their lines are not told on top."""
    body = [Line("A story.\n"), Line("Ad\n", "furniture", 1)]
    a = record([Document("x", body), Document("y", body), Document("only a", body), Document("w", body)])
    b = record(
        [
            Document("x", body),
            Document("y", body, fate="near-document", twin=0),
            Document("only b", body),
            Document("w", body[:1]),
        ]
    )
    found = between(a, b)
    assert rows(found, "fates_changed") == [("y", "kept", "near-document")]
    assert rows(found, "documents_only_in_a") == [("only a", "kept")]
    assert rows(found, "documents_only_in_b") == [("only b", "kept")]
    assert rows(found, "inputs_changed") == [("w",)]
    assert rows(found, "lines_removed_only_in_a") == [("w", "Ad", "furniture")]
    assert found["documents"]["in_both"] == 3


def test_ids_that_repeat_are_matched_in_order_and_by_source_first() -> None:
    """Twice the same id is two documents; a file of another name is the same document if its id is."""
    made = record([Document("x", [Line("one\n")]), Document("x", [Line("two\n")])])
    assert between(made, made)["documents"]["in_both"] == 2
    moved = record([Document("x", [Line("one\n")]), Document("x", [Line("two\n")])])
    for fate in moved.fates:
        fate["source"] = "another.jsonl"
    assert between(made, moved)["same"]


def test_swapping_the_runs_swaps_the_lists() -> None:
    """What only A has is what only B has the other way round."""
    one, other = record(newsroom(30)), record(newsroom(40))
    there, back = between(one, other), between(other, one)
    for name, found in there["lists"].items():
        mirrored = name[:-1] + {"a": "b", "b": "a"}[name[-1]] if name.endswith(("_a", "_b")) else name
        assert found["of"] == back["lists"][mirrored]["of"], name
    assert not there["same"]


@pytest.mark.parametrize(("a", "b"), [(1, 3), (3, 1), (4, 7)])
def test_records_in_pieces_are_compared_as_if_they_were_whole(a: int, b: int) -> None:
    """Whatever the pieces, also where the second run has the documents in another order."""
    documents = newsroom(40)
    one, other = record(documents), record([*reversed(newsroom(45)[20:]), *documents[:20]])
    whole = compare(one.pieces(1), other.pieces(1), None)
    assert not whole["same"] and whole["lists"]["lines_removed_only_in_a"]["of"]
    assert compare(one.pieces(a), other.pieces(b), None) == whole
    few = compare(one.pieces(a), other.pieces(b), 2)["lists"]
    assert few == {name: {"of": found["of"], "rows": found["rows"][:2]} for name, found in whole["lists"].items()}


def test_repairs_and_texts_of_real_runs() -> None:
    """Two settings of repair over one text, with a byte that is in no encoding."""
    texts: dict[str, str | bytes | None] = {"x": "a \u00e2\u20ac\u2122 b\n", "y": b"bad \xff\x81 byte\n", "z": None}
    gentle, off = (outcome(texts, repair=repair) for repair in ("gentle", "off"))
    found = compare(*([Tables(done.ledger, done.fates, done.kept)] for done in (gentle, off)))
    assert "x" in {row["doc_id"] for row in found["lists"]["repairs_only_in_a"]["rows"]}
    assert {row["doc_id"] for row in found["lists"]["texts_changed"]["rows"]} >= {"x"}
    assert not found["lists"]["fates_changed"]["of"]
    json.dumps(found)  # plain values, bytes among them made text


def test_lists_are_capped_and_say_so() -> None:
    """Ten by default; how many there are is always said."""
    body = [Line(f"Ad {n}\n", "furniture", n) for n in range(30)]
    a, b = record([Document("x", body)]), record([Document("x", [Line(line.text) for line in body])])
    found = between(a, b, 10)["lists"]["lines_removed_only_in_a"]
    assert (len(found["rows"]), found["of"]) == (10, 30)
    assert "and 20 more; --all shows them" in as_differences(between(a, b, 10), "a", "b")
    assert "--all" not in as_differences(between(a, b), "a", "b")


def test_what_documents_hold_is_made_visible() -> None:
    """No escape sequence and no line break of a document reaches the terminal; every kind of list has a title."""
    found = between(poisoned(), record([]))
    text = as_differences(found, "\x1b[31ma", "b\nb")
    assert "\x1b" not in text and "\u202e" not in text and "b⏎b" in text
    assert len(text.splitlines()) == text.count("\n")
    assert set(TITLES) == set(found["lists"])


def test_the_command_exits_as_it_says(tmp_path: Path) -> None:
    """0 the same, 1 different, 2 cannot be told; --json holds what the text tells."""

    def clean(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "clean", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)

    (tmp_path / "in.jsonl").write_text('{"id": 1, "text": "a \\u00e2\\u20ac\\u2122 b"}\n')
    for name, repair in (("a", "gentle"), ("b", "off")):
        run([str(tmp_path / "in.jsonl")], tmp_path / name, Config(repair=repair))
    same, other = clean("diff", "a", "a"), clean("diff", "a", "b", "--json")
    assert (same.returncode, other.returncode) == (0, 1)
    found = json.loads(other.stdout)
    assert found["settings"] == [{"name": "repair", "a": "gentle", "b": "off"}]
    assert found["lists"]["texts_changed"]["of"] == 1
    pl.DataFrame({"x": [1]}).write_parquet(tmp_path / "b" / "kept.parquet")
    broken = clean("diff", "a", "b")
    assert (broken.returncode, broken.stdout) == (2, "")
    assert "b is damaged" in broken.stderr and broken.stderr.count("\n") == 1
