"""What one run has learned, known to the next: recognised in a single article, never taken from the article it was cut from."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from conftest import documents
from hypothesis import given, settings
from hypothesis import strategies as st
from quality.corpus import corpus
from quality.score import score
from typer.testing import CliRunner
from writing import Writer, edited, lead, page

from clean.cli import app
from clean.config import Config
from clean.engines.local import LocalEngine
from clean.errors import CleanError, InputError, OutputError
from clean.jobs.explain import explain
from clean.jobs.known import known_passages, together
from clean.jobs.restore import restore, verify
from clean.jobs.run import run
from clean.pipeline import Outcome, clean
from clean.schema import KNOWN
from clean.stages.known import merge, merge_runs, prepare
from clean.store.finished import open_finished
from clean.store.known import header_of, write_known

NAVIGATION = ["Home", "News", "Sport"]


def taught(
    texts: dict[str, str], earlier: pl.DataFrame | None = None, engine: LocalEngine | None = None
) -> tuple[Outcome, pl.DataFrame]:
    """The outcome of cleaning texts by id, and what it teaches as schema.KNOWN."""
    table = documents(texts)
    done = clean(table, engine or LocalEngine(Config()), known_passages=None if earlier is None else prepare(earlier))
    return done, done.learned.join(table.select("doc", "source", "doc_id"), on="doc").select(list(KNOWN))


class Desk:
    """A site: articles, and blurbs of other articles below them."""

    def __init__(self, seed: int = 5, shape: str = "doubled") -> None:
        self.writer, self.shape = Writer(seed), shape
        self.stories = [self.writer.article(6) for _ in range(9)]
        self.teased, self.later = self.stories[6:], self.writer.article(6)

    def blurb(self, story: list[str]) -> list[str]:
        """Headline and lead as the site prints them below other articles."""
        cut = lead(story[2], 30)
        return [story[0], story[0], "", cut] if self.shape == "doubled" else [story[0], cut + "..."]

    def first_day(self) -> dict[str, str]:
        """Six articles, each above blurbs of two of three others."""
        return {
            f"a{i}": page(story) + "\n\n" + "\n".join(line for other in (i, i + 1) for line in self.blurb(self.teased[other % 3]))
            for i, story in enumerate(self.stories[:6])
        }


@pytest.fixture(scope="module")
def first_day() -> pl.DataFrame:
    """What the first day of the doubled desk teaches."""
    return taught(Desk().first_day())[1]


# ---------------------------------------------------------------- recognised


@pytest.mark.parametrize("shape", ["doubled", "single"])
def test_a_single_article_loses_exactly_its_known_blurb(shape: str) -> None:
    """One new article, one blurb that others had before: it goes, and nothing else does."""
    desk = Desk(shape=shape)
    known = taught(desk.first_day())[1]
    done, _ = taught({"new": page(desk.later) + "\n\n" + "\n".join(desk.blurb(desk.teased[0]))}, known)
    assert done.texts["text"].to_list() == [page(desk.later)]
    removed = done.ledger.filter(layer="removal")
    assert set(removed["rule"]) == {"known-passage"}
    assert removed["support"].min() == 4 and removed["twin_doc"].null_count() == len(removed)


def test_a_near_duplicate_of_a_known_lead_is_recognised() -> None:
    """Words of it were edited: the exact likeness is in the ledger."""
    desk = Desk(shape="single")
    known = taught(desk.first_day())[1]
    headline, cut = desk.blurb(desk.teased[0])
    done, _ = taught({"new": page([*desk.later, headline, edited(cut, 2)])}, known)
    assert done.texts["text"].to_list() == [page(desk.later)]
    assert 0.6 <= done.ledger.filter(layer="removal")["score"].to_list()[1] < 1


def test_a_new_blurb_of_a_known_shape_goes(first_day: pl.DataFrame) -> None:
    """Never seen before, and printed as the known ones are, below the article: learned, with its examples."""
    desk = Desk()
    fresh = desk.writer.article(4)
    done, _ = taught({"new": page(desk.later) + "\n\n" + "\n".join(desk.blurb(fresh))}, first_day)
    assert done.texts["text"].to_list() == [page(desk.later)]
    assert set(done.ledger.filter(layer="removal")["rule"]) == {"learned-teaser"}


def test_another_site_does_not_know_it(first_day: pl.DataFrame) -> None:
    """What one site prints everywhere may be an article of another."""
    desk = Desk()
    text = page(desk.later) + "\n\n" + "\n".join(desk.blurb(desk.teased[0]))
    done, _ = taught({"new": text}, first_day.with_columns(group=pl.lit("elsewhere.example")))
    assert done.texts["text"].to_list()[0].endswith(desk.blurb(desk.teased[0])[-1])


# ---------------------------------------------------------------- homes


@pytest.mark.parametrize("shape", ["doubled", "single"])
@pytest.mark.parametrize("others", [False, True], ids=["alone", "above blurbs"])
@pytest.mark.parametrize("layout", ["plain", "navigation", "headline twice", "byline", "brief"])
def test_a_home_that_arrives_later_keeps_all_of_it(layout: str, others: bool, shape: str) -> None:
    """Its headline and lead are known as a blurb; its own copy is none, whatever stands around it."""
    desk = Desk(shape=shape)
    known = taught(desk.first_day())[1]
    story = desk.teased[0]
    lines = {
        "plain": story,
        "navigation": [*NAVIGATION, *story],
        "headline twice": [*NAVIGATION, story[0], *story],
        "byline": [*NAVIGATION, story[0], "12 June", "Ada Marsh", *story[2:]],
        "brief": [story[0], story[2]],
    }[layout]
    blurbs = [line for other in desk.teased[1:] for line in desk.blurb(other)] if others else []
    done, _ = taught({"home": "\n".join([*lines, *blurbs])}, known)
    left = done.texts["text"][0].split("\n")
    assert [line for line in story if line in lines and line not in left] == []
    assert not others or blurbs[-1] not in left


def test_a_home_keeps_a_lead_that_blurbs_print_whole() -> None:
    """The blurb's lead is the article's first paragraph, word for word."""
    desk = Desk()
    blurbs = {
        f"a{i}": "\n".join([*story, *desk.teased[0][:1] * 2, desk.teased[0][2]]) for i, story in enumerate(desk.stories[:6])
    }
    known = taught(blurbs)[1]
    assert 6 in known["docs"]
    done, _ = taught({"home": "\n".join([*NAVIGATION, *desk.teased[0]])}, known)
    assert [line for line in desk.teased[0] if line not in done.texts["text"][0]] == []


def test_three_days_of_news() -> None:
    """One article a day and site: the recall is near that of one run over all, nothing of an article is lost, and no home."""
    made = corpus(seed=2, sites=1, documents=22, datasets=("doubled", "single", "read-more", "links"))
    days: list[list[dict[str, Any]]] = [[], [], []]
    for number, record in enumerate(made.records):
        days[max(0, number % 22 - 19)].append(record)

    def cleaned(records: list[dict[str, Any]], known: pl.DataFrame | None) -> tuple[dict[str, str], pl.DataFrame]:
        table = documents({record["doc_id"]: record["text"] for record in records})
        table = table.with_columns(group=pl.Series([record["site"] for record in records]))
        done = clean(table, LocalEngine(Config()), known_passages=None if known is None else prepare(known))
        names = table["doc_id"]
        learned = done.learned.join(table.select("doc", "source", "doc_id"), on="doc").select(list(KNOWN))
        return {names[doc]: text for doc, text in done.texts.iter_rows()}, learned

    _, known = cleaned(days[0], None)
    texts: dict[str, str] = {}
    alone: dict[str, str] = {}
    for day in days[1:]:
        found, learned = cleaned(day, known)
        texts |= found
        alone |= cleaned(day, None)[0]
        known = merge(pl.concat([known, learned]))
    later = [record for day in days[1:] for record in day]
    together_texts, _ = cleaned(made.records, None)
    with_known = score(later, texts)
    in_one_run = score(later, {record["doc_id"]: together_texts[record["doc_id"]] for record in later})
    assert score(later, alone).all.recall < 0.1  # one article a day and site shows nothing by itself
    assert with_known.all.recall >= in_one_run.all.recall - 0.12
    assert with_known.all.lost == 0
    here = set(texts)
    assert [home for home in made.homes if home[0] in here and not with_known.kept[home[0]][home[1]]] == []


# ---------------------------------------------------------------- what is learned


def test_only_what_tells_of_the_site_is_learned(first_day: pl.DataFrame) -> None:
    """Blurbs are; an article's own headline again, a copy of an article, a quote that two articles print are not."""
    desk = Desk(seed=8)
    quote = f'"{desk.writer.paragraph(2)}" the mayor said.'
    texts = desk.first_day()
    texts["again"] = page([*desk.later, desk.later[0]])
    texts["copy"] = texts["a0"]
    for name in ("a1", "a2"):
        texts[name] = texts[name].replace("\n\n", f"\n\n{quote}\n\n", 1)
    done, known = taught(texts)
    assert {"repeated-line", "exact-document"} <= set(done.ledger["rule"])
    blurbs = {line for story in desk.teased for line in desk.blurb(story)}
    from clean.text import normal_form

    assert set(known["text"]) == set(normal_form(pl.Series(sorted(blurbs - {""}))))


def test_what_a_run_knows_it_does_not_learn_again(first_day: pl.DataFrame) -> None:
    """A day's file counts that day's documents only, so that support adds up."""
    desk = Desk()
    _, learned = taught({"new": page(desk.later) + "\n\n" + "\n".join(desk.blurb(desk.teased[0]))}, first_day)
    assert learned["docs"].to_list() == [1, 1]
    both = merge(pl.concat([first_day, learned]))
    assert len(both) == len(first_day) and both["docs"].sum() == first_day["docs"].sum() + 2


def test_cleaning_the_output_again_removes_nothing(first_day: pl.DataFrame) -> None:
    """With the same known passages."""
    desk = Desk()
    texts = {"home": page(desk.teased[0]), "new": page(desk.later) + "\n\n" + "\n".join(desk.blurb(desk.teased[0]))}
    once, _ = taught(texts, first_day)
    again, _ = taught(dict(zip(texts, once.texts["text"], strict=True)), first_day)
    assert again.ledger.filter(layer="removal").is_empty()


def test_batches_and_partitions_change_nothing(first_day: pl.DataFrame) -> None:
    """The same bytes, however the tables are cut."""
    desk = Desk()
    texts = {f"n{i}": page(desk.stories[i]) + "\n\n" + "\n".join(desk.blurb(desk.teased[i % 3])) for i in range(4)}
    whole, learned = taught(texts, first_day)
    cut, learned_in_pieces = taught(texts, first_day, LocalEngine(Config(), batches=3, partitions=5))
    assert whole.ledger.equals(cut.ledger) and learned.equals(learned_in_pieces)


ROWS = st.fixed_dictionaries(
    {
        "group": st.sampled_from(["", "a.example"]),
        "text": st.sampled_from(["one two", "three", "four five"]),
        **{name: st.integers(0, 9) for name in ("docs", "head", "top", "middle", "end")},
        "shape": st.sampled_from([None, "cut", "doubled", "read more:"]),
        "source": st.sampled_from(["1.jsonl", "2.jsonl"]),
        "doc_id": st.sampled_from(["x", "y"]),
    }
)
FILES = st.lists(st.lists(ROWS, max_size=4), min_size=3, max_size=3)


@given(FILES)
@settings(max_examples=40)
def test_merging_is_commutative_and_associative(rows: list[list[dict[str, Any]]]) -> None:
    """Support adds up, and the order of the files does not matter."""
    a, b, c = (merge(pl.DataFrame(part, schema=KNOWN)) for part in rows)
    both = merge(pl.concat([a, b]))
    assert both.equals(merge(pl.concat([b, a])))
    assert merge(pl.concat([both, c])).equals(merge(pl.concat([a, merge(pl.concat([b, c]))])))
    assert both["docs"].sum() == a["docs"].sum() + b["docs"].sum()


@given(FILES, st.integers(1, 4))
@settings(max_examples=40)
def test_merging_a_piece_of_each_at_a_time_is_merging(rows: list[list[dict[str, Any]]], size: int) -> None:
    """However the tables are cut, and some of their pieces are empty."""
    tables = [merge(pl.DataFrame(part, schema=KNOWN)) for part in rows]
    runs = [chain([table.clear()], table.iter_slices(size)) for table in tables]
    assert pl.concat([pl.DataFrame(schema=KNOWN), *merge_runs(runs)]).equals(merge(pl.concat(tables)))


def test_of_each_run_one_piece_is_held() -> None:
    """What was read is given on before more is read; the order is that of sites and texts, whatever characters they are of."""
    texts = sorted(chr(code) + str(number) for code in (0x20, 0x7A, 0xE9, 0xFFFD, 0x1F600) for number in range(20))
    rows = pl.DataFrame({"group": [None, "a.example"], "docs": 1}).join(pl.DataFrame({"text": texts}), how="cross")
    rows = pl.concat([pl.DataFrame(schema=KNOWN), rows], how="diagonal_relaxed").sort("group", "text")
    read = [0, 0, 0]

    def run(number: int) -> Iterator[pl.DataFrame]:
        for piece in rows.gather_every(3, number).iter_slices(5):
            read[number] += len(piece)
            yield piece

    given = 0
    for table in merge_runs(map(run, range(3))):
        assert sum(read) - given <= 3 * 5
        assert table.equals(merge(rows.slice(given, len(table))))
        given += len(table)
    assert given == len(rows)


# ---------------------------------------------------------------- the command


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three days of text files, and the first cleaned."""
    folder, made = tmp_path_factory.mktemp("desk"), Desk()
    days = {
        "one": made.first_day(),
        "two": {"home": page(made.teased[2]), "new": page(made.later) + "\n\n" + "\n".join(made.blurb(made.teased[0]))},
        "three": {"last": page(made.writer.article(5)) + "\n\n" + "\n".join(made.blurb(made.teased[1]))},
    }
    for day, texts in days.items():
        (folder / day).mkdir()
        for name, text in texts.items():
            (folder / day / f"{name}.txt").write_text(text)
    run([str(folder / "one")], folder / "out-one", Config())
    run([str(folder / "two")], folder / "out-two", Config(), known=[folder / "out-one"])
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Every file's bytes, by its name."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def call(*arguments: str | Path) -> Any:
    """The command, run in this process."""
    return CliRunner().invoke(app, [str(one) for one in arguments])


def test_the_record_names_the_file_and_its_support(desk: Path, tmp_path: Path) -> None:
    """explain says from where it is known; verify covers it; restore gives every byte back; the gate takes it for verified."""
    out = desk / "out-two"
    assert verify(out) == ([], 2)
    restore(out, tmp_path / "back")
    assert contents(tmp_path / "back") == contents(desk / "two")
    told = call("explain", out, "new").output
    assert "known from out-one/known.parquet (4 documents, first a0 in a0.txt)" in told
    [story] = explain(out, "new")
    why = next(piece["removal"] for piece in story["pieces"] if "removal" in piece)
    assert why["known"] == [{"file": "out-one/known.parquet", "docs": 4, "source": "a0.txt", "doc_id": "a0"}]
    assert json.loads((out / "manifest.json").read_text())["known"][0]["file"] == "out-one/known.parquet"
    assert call("check", out, "--set", "gate.max_unverified_ratio=0").exit_code == 0


def test_a_run_that_knows_nothing_writes_what_it_always_wrote(desk: Path, tmp_path: Path) -> None:
    """An empty file of known passages changes no byte but the manifest's."""
    write_known(tmp_path / "none.parquet", pl.DataFrame(schema=KNOWN), header_of(Config()))
    run([str(desk / "one")], tmp_path / "out", Config(), known=[tmp_path / "none.parquet"])
    told, plain = contents(tmp_path / "out"), contents(desk / "out-one")
    assert {name for name in plain if told[name] != plain[name]} == {"manifest.json"} and set(told) == set(plain)


def test_the_order_of_the_files_changes_nothing(desk: Path, tmp_path: Path) -> None:
    """The same bytes."""
    known = [desk / "out-one", desk / "out-two" / "known.parquet"]
    for name, files in (("a", known), ("b", known[::-1])):
        run([str(desk / "three")], tmp_path / name, Config(), known=files)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert "recalled.parquet" in contents(tmp_path / "a")


def test_how_the_path_of_a_file_is_given_changes_nothing(desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bytes, from within the folder or through a link, too; where the name that a link leads to is not UTF-8, it is shown."""
    given = tmp_path / "day"
    given.mkdir()
    (given / "known.parquet").write_bytes((desk / "out-one" / "known.parquet").read_bytes())
    (tmp_path / "latest").symlink_to("day")
    (tmp_path / "k.parquet").symlink_to("latest/known.parquet")
    monkeypatch.chdir(given)
    for number, path in enumerate(("known.parquet", ".", "../day", "../day/../day/known.parquet", "../latest", "../k.parquet")):
        run([str(desk / "two")], tmp_path / f"out{number}", Config(), known=[Path(path)])
        assert contents(tmp_path / f"out{number}") == contents(tmp_path / "out0"), path
    assert json.loads((tmp_path / "out0" / "manifest.json").read_bytes())["known"][0]["file"] == "day/known.parquet"
    given.rename(tmp_path / "\udcff")
    (tmp_path / "day").symlink_to("\udcff")
    [file] = known_passages([tmp_path / "day"], Config()).files
    assert file.name == r"\xff/known.parquet"


def test_a_changed_file_is_found(desk: Path, tmp_path: Path) -> None:
    """verify names known.parquet; a run refuses it; so does a file of which a row was changed by other means."""
    file = tmp_path / "known.parquet"
    found = pl.read_parquet(desk / "out-one" / "known.parquet")
    notes = {
        name.removeprefix("clean."): note for name, note in pl.read_parquet_metadata(desk / "out-one" / "known.parquet").items()
    }
    from clean.store.tables import write_table

    notes.pop("format_version")
    write_table(file, found.with_columns(docs=pl.col("docs") + 1), {k: v for k, v in notes.items() if k != "ARROW:schema"})
    with pytest.raises(InputError, match="do not match their digest"):
        together([file])


REFUSED = {
    "missing": ("does not exist", lambda path, good: None),
    "text": ("damaged, or not Parquet", lambda path, good: path.write_text("no table")),
    "truncated": ("cannot be used", lambda path, good: path.write_bytes(good[: len(good) // 2])),
    "fifo": ("it is no file", lambda path, good: os.mkfifo(path)),
    "\udcff": ("its name is not UTF-8; rename it", lambda path, good: path.write_bytes(good)),
    "foreign": ("not written by clean", lambda path, good: pl.DataFrame({"text": ["a"]}).write_parquet(path)),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_such_file_is_refused_in_a_line(kind: str, desk: Path, tmp_path: Path) -> None:
    """Exit 2 with the reason, and nothing is published."""
    words, make = REFUSED[kind]
    path = tmp_path / f"{kind}.parquet"
    make(path, (desk / "out-one" / "known.parquet").read_bytes())
    done = call("run", desk / "two", "-o", tmp_path / "out", "--known", path)
    assert isinstance(done.exception, InputError) and words in str(done.exception) and "\n" not in str(done.exception)
    assert not (tmp_path / "out").exists()


def test_other_settings_are_refused_with_what_to_do(desk: Path, tmp_path: Path) -> None:
    """Of hash, shingles and scheme; a setting that decides later on is free."""
    run([str(desk / "three")], tmp_path / "free", Config(confidence=0.9), known=[desk / "out-one"])
    for setting in ({"seed": 2}, {"shingle_tokens": 4}, {"near_tokens": 25}, {"repair": "off"}):
        [(name, value)] = setting.items()
        with pytest.raises(InputError, match=rf"{name} = .*, this run with {value}: run with --set {name}="):
            run([str(desk / "three")], tmp_path / "no", Config(**setting), known=[desk / "out-one"])


def test_the_ledger_of_another_run_is_not_taken_for_known_passages(desk: Path) -> None:
    """One of our tables, but another."""
    with pytest.raises(InputError, match="it holds no known passages"):
        together([desk / "out-one" / "kept.parquet"])


def test_a_file_given_twice_is_refused(desk: Path) -> None:
    """Its support would count twice."""
    with pytest.raises(InputError, match="is given twice"):
        together([desk / "out-one", desk / "out-one" / "known.parquet"])


def test_known_shows_merges_prunes_and_compares(desk: Path, tmp_path: Path) -> None:
    """All of it by the command; the merged file does what the two do together."""
    one, two = desk / "out-one", desk / "out-two"
    shown = call("known", one).output
    assert "from 4 documents; 4 below the text; first a0 in a0.txt" in shown and "a headline printed twice" in shown
    assert call("known", one, two, "-o", tmp_path / "both.parquet").exit_code == 0
    told = json.loads(call("known", tmp_path / "both.parquet", "--output-format", "json").output)
    assert told["passages"] == 6 and told["top"][0]["docs"] == 5
    assert call("known", tmp_path / "both.parquet", one, "-o", tmp_path / "both.parquet").exit_code == 1  # a CleanError
    pruned = json.loads(call("known", tmp_path / "both.parquet", "--min-support", "5", "--output-format", "json").output)
    assert (pruned["passages"], pruned["pruned"]) == (2, 4)
    assert call("known", one, one / "known.parquet", "--compare").exit_code == 0
    differs = call("known", one, two, "--compare")
    assert differs.exit_code == 1 and "only A knows: 4" in differs.output
    for name, files in (("a", [tmp_path / "both.parquet"]), ("b", [one, two])):
        run([str(desk / "three")], tmp_path / name, Config(), known=files)
    same = contents(tmp_path / "a").keys() - {"manifest.json", "recalled.parquet"}
    assert {name for name in same if contents(tmp_path / "a")[name] != contents(tmp_path / "b")[name]} == set()


@pytest.mark.parametrize("other", [{}, {"shape": "cut"}, {"head": 3, "end": 1}, {"docs": 5}])
def test_files_are_the_same_where_they_make_a_later_run_act_the_same(other: dict[str, Any], tmp_path: Path) -> None:
    """Support, places and shape; not the document that is named as the first."""
    row = {"group": "", "text": "a line", "docs": 4, "head": 0, "top": 0, "middle": 0, "end": 4, "shape": "doubled"}
    row |= {"source": "a.txt", "doc_id": "a"}
    for name, known in (("a", row), ("b", row | {"source": "b.txt"} | other)):
        write_known(tmp_path / name, pl.DataFrame([known], schema=KNOWN), header_of(Config()))
    compared = call("known", tmp_path / "a", tmp_path / "b", "--compare")
    assert (compared.exit_code, "known to both, from other" in compared.output) == (int(bool(other)), bool(other))


def test_a_finished_run_gets_no_file_more(desk: Path, tmp_path: Path) -> None:
    """It would not agree with its manifest any more, and not be restored; through a link neither, which stays one elsewhere."""
    (tmp_path / "link").symlink_to(desk / "out-one" / "known.parquet")
    for output in (desk / "out-one" / "x.parquet", desk / "out-one" / "ledger" / "known.parquet", tmp_path / "link"):
        done = call("known", desk / "out-two", "-o", output, "--force")
        assert isinstance(done.exception, OutputError) and f"it is inside of {desk / 'out-one'}" in str(done.exception)
    assert verify(desk / "out-one") == ([], 6)
    (tmp_path / "other").symlink_to("k.parquet")
    assert call("known", desk / "out-two", "-o", tmp_path / "other").exit_code == 0
    assert (tmp_path / "other").is_symlink() and (tmp_path / "k.parquet").is_file()


def test_a_file_whose_name_is_not_utf_8_is_not_written(desk: Path, tmp_path: Path) -> None:
    """No command could read it again."""
    done = call("known", desk / "out-two", "-o", tmp_path / "\udcff.parquet")
    assert isinstance(done.exception, OutputError) and "its name is not UTF-8; name another place" in str(done.exception)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_command_left_is_swept_and_what_another_writes_is_not(desk: Path, tmp_path: Path) -> None:
    """The lock of a file tells whether somebody is writing it."""
    left, held = (tmp_path / f".k.parquet.{name}.partial" for name in ("1-left", "2-held"))
    left.touch()
    with held.open("xb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert call("known", desk / "out-one", "-o", tmp_path / "k.parquet").exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [held.name, "k.parquet"]


def test_the_recalled_table_says_what_each_file_knows(desk: Path) -> None:
    """A row for each passage that went and each file."""
    table = open_finished(desk / "out-two").recalled
    assert table["file"].unique().to_list() == ["out-one/known.parquet"] and table["docs"].to_list() == [4, 4]


# ---------------------------------------------------------------- dry run


def test_a_dry_run_says_what_would_happen_and_writes_nothing(desk: Path, tmp_path: Path) -> None:
    """The run's own summary, then the biggest clusters and weakest decisions; exit codes are the run's."""
    done = subprocess.run(
        [sys.executable, "-m", "clean", "run", desk / "one", "--dry-run"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    real = call("run", desk / "one", "-o", tmp_path / "out").output
    assert done.returncode == 0 and done.stdout.startswith(real[: real.index("report:")])
    assert "biggest clusters:" in done.stdout and "weakest decisions:" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_a_dry_run_refuses_what_the_run_refuses(desk: Path, tmp_path: Path) -> None:
    """An output that exists, an output in its input, a bad record: the same exit codes."""
    before = contents(desk / "out-one")
    (tmp_path / "bad.jsonl").write_text('{"id": "a", "text": "One line."}\nno record\n')
    for arguments, code in (
        ([desk / "two", "-o", desk / "out-one"], 2),
        ([desk / "two", "-o", desk / "two" / "out"], 2),
        ([tmp_path / "bad.jsonl"], 1),
        ([tmp_path / "bad.jsonl", "--max-bad", "1"], 0),
    ):
        done = call("run", *arguments, "--dry-run")
        refused = done.exception.exit_code if isinstance(done.exception, CleanError) else done.exit_code
        assert refused == code, arguments
    assert contents(desk / "out-one") == before and not (desk / "two" / "out").exists()
    assert not (tmp_path / "out").exists()
