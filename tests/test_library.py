"""`clean.run` in a program: frames in and out, columns of any type, and settings that are none."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from writing import Writer

import clean
from clean.config import Config, config_of
from clean.errors import ConfigError, InputError
from clean.jobs.restore import restore
from clean.jobs.run import run as command
from clean.schema import KNOWN
from clean.store.known import header_of, write_known

TEXTS = ["The ferry is late again.", "A bridge will take its place, says the mayor."]
LONG = [list(range(200)), [*range(100), -1, *range(101, 200)]]  # polars shows both as [0, 1, … 199]


def test_a_setting_that_does_not_exist_is_refused() -> None:
    """Not passed over: the default would be in force without a word."""
    with pytest.raises(ConfigError, match="'near_treshold'; did you mean 'near_threshold'"):
        clean.run(pl.DataFrame({"text": TEXTS}), near_treshold=0.9)
    assert clean.run(pl.DataFrame({"text": TEXTS}), near_threshold=None).config == config_of({})


FORKED = """
import multiprocessing, clean
def work(connection):
    try: connection.send(len(clean.run("seeds").ledger) > 0)
    except clean.CleanError as error: connection.send(str(error))
if __name__ == "__main__":
    clean.run("seeds")
    for start in ("fork", "spawn"):
        context = multiprocessing.get_context(start)
        here, there = context.Pipe()
        process = context.Process(target=work, args=(there,))
        process.start()
        print(here.recv() if here.poll(60) else "nothing came")
        process.join()
"""


def test_a_forked_process_is_told_to_be_spawned(tmp_path: Path) -> None:
    """It would wait for ever for threads of polars that are not there."""
    (tmp_path / "program.py").write_text(FORKED)
    root = Path(__file__).parent.parent
    command_line = [sys.executable, "-W", "ignore", str(tmp_path / "program.py")]
    done = subprocess.run(command_line, cwd=root, capture_output=True, text=True, timeout=120, check=True)
    forked, spawned = done.stdout.splitlines()
    assert forked.startswith("clean.run was called before this process was forked")
    assert spawned == "True"


def test_neither_environment_nor_file_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """A program says what it wants."""
    (tmp_path / "clean.toml").write_text("near_threshold = 0.9")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLEAN_MIN_DOCS", "77")
    assert clean.run(pl.DataFrame({"text": TEXTS})).config == config_of({})


DAMAGED = ["The caf\u00c3\u00a9 opens.", None, "Caf\u00e9 &amp; bar.\n", ""]
KINDS: list[pl.DataType] = [pl.String(), pl.Binary(), pl.Categorical(), pl.Enum([text for text in DAMAGED if text is not None])]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: type(kind).__name__)
def test_a_text_may_be_held_in_any_way(kind: pl.DataType, tmp_path: Path) -> None:
    """In a frame as in Parquet; what is published is strings, and what is restored says what came in."""
    frame = pl.DataFrame({"id": list("abcd"), "text": pl.Series(DAMAGED).cast(kind)})
    frame.write_parquet(tmp_path / "a.parquet")
    of_frame, of_file = (clean.run(given).documents for given in (frame, tmp_path / "a.parquet"))
    assert of_frame.equals(of_file) and of_frame["text"].to_list() == ["The caf\u00e9 opens.", None, "Caf\u00e9 & bar.\n", ""]
    command([str(tmp_path / "a.parquet")], tmp_path / "out", Config())
    assert restore(tmp_path / "out", tmp_path / "back").documents == len(DAMAGED)
    back = [json.loads(line)["text"] for line in (tmp_path / "back" / "a.jsonl").read_text("utf-8").splitlines()]
    assert back == DAMAGED


def test_what_holds_no_text_is_refused_in_a_frame_as_in_a_file(tmp_path: Path) -> None:
    """Numbers would be texts that nobody wrote."""
    frame = pl.DataFrame({"text": [1, 2]})
    frame.write_parquet(tmp_path / "a.parquet")
    for given in (frame, tmp_path / "a.parquet"):
        with pytest.raises(InputError, match="column 'text' is Int64, not a text; name another"):
            clean.run(given)
    assert clean.run(pl.DataFrame({"text": [None]})).documents["text"].to_list() == [None]


def test_a_lazy_frame_is_collected() -> None:
    """What it would give is what is cleaned."""
    frame = pl.DataFrame({"text": TEXTS, "n": [1, 2]})
    assert clean.run(frame.lazy().filter(pl.col("n") > 1)).documents.equals(frame[1:])


@pytest.mark.parametrize("settings", [{}, {"id_field": "n", "repair": "off"}, {"id_field": "key"}])
def test_of_files_comes_what_the_command_publishes(settings: dict[str, str], tmp_path: Path) -> None:
    """All fields of the records, those of Parquet in their types; copies left out, a record without a text not."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_text(
        '{"id": "a", "text": "One &amp; two", "n": 1, "tags": [1.10]}\n{"n": 2, "text": null, "key": 7}\n'
    )
    (tmp_path / "in" / "b.txt").write_text("Three lines\nof a text\n")
    frame = pl.DataFrame(
        {"id": ["c", "d"], "text": ["One &amp; two", TEXTS[1]], "n": [3, 4], "day": [datetime.date(2024, 5, 1)] * 2}
    )
    frame.write_parquet(tmp_path / "in" / "c.parquet")
    command([str(tmp_path / "in")], tmp_path / "out", Config(**settings))  # type: ignore[arg-type]
    published = pl.read_parquet(tmp_path / "out" / "data" / "*.parquet")
    assert clean.run(tmp_path / "in", **settings).documents.equals(published) and published["day"].drop_nulls().len() == 1


@pytest.mark.parametrize("setting", ["id_field", "group_field", "prefer"])
def test_a_column_that_is_named_must_be_there(setting: str) -> None:
    """`id` alone is named by nobody, and may be missing: ids are the rows' numbers then."""
    frame = pl.DataFrame({"text": TEXTS, "key": ["a", "b"]})
    with pytest.raises(InputError, match="the frame has no column 'kye'; it has text, key"):
        clean.run(frame, **{setting: "kye"})
    assert clean.run(frame).fates["doc_id"].to_list() == ["0", "1"]
    assert clean.run(frame, id_field="key").fates["doc_id"].to_list() == ["a", "b"]


@pytest.mark.parametrize("given", [None, 5, [5], "\ud800", {"text": TEXTS}])
def test_what_is_no_path_is_refused_in_a_line(given: Any) -> None:
    """As an input, and as known passages."""
    with pytest.raises(InputError, match=r"^inputs cannot be used: .*; give a polars frame, a path, or paths$"):
        clean.run(given)
    with pytest.raises(InputError, match=r"^known cannot be used: .*; give a path, or paths$"):
        clean.run(pl.DataFrame({"text": TEXTS}), known=given or [given])


def test_a_path_comes_by_itself_or_in_any_collection(tmp_path: Path) -> None:
    """Of known passages none, too."""
    path = tmp_path / "a.jsonl"
    pl.DataFrame({"text": TEXTS}).write_ndjson(path)
    known = tmp_path / "known.parquet"
    write_known(known, pl.DataFrame(schema=KNOWN), header_of(Config()))
    for inputs, passages in ((path, None), (str(path), known), ({path}, str(known)), (tmp_path.glob("*.jsonl"), (known,))):
        assert clean.run(inputs, known=passages).documents["text"].to_list() == TEXTS


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ([7, None], ["7", "1"]),
        ([b"a", b"b\xff"], ["a", "b\\xff"]),
        (LONG, [str(value).replace(" ", "") for value in LONG]),
        ([{"n": 1}, {"n": 2}], ['{"n":1}', '{"n":2}']),
        ([datetime.timedelta(seconds=1), None], ["PT1S", "1"]),
        ([datetime.date(2024, 5, 1), datetime.date(2024, 5, 2)], ["2024-05-01", "2024-05-02"]),
    ],
)
def test_ids_and_sites_of_any_type_are_told_apart(values: list[Any], names: list[str], tmp_path: Any) -> None:
    """From a frame and from Parquet alike: bytes are text, nested values JSON, none of them the way Python shows them."""
    frame = pl.DataFrame({"id": pl.Series(values), "site": pl.Series(values), "text": TEXTS})
    fates = clean.run(frame, group_field="site", prefer="site").fates
    assert fates["doc_id"].to_list() == names
    assert fates["group"].to_list() == ["" if value is None else name for value, name in zip(values, names, strict=True)]
    frame.write_parquet(tmp_path / "a.parquet")
    stored = clean.run(tmp_path / "a.parquet", group_field="site").fates
    assert stored["group"].to_list() == fates["group"].to_list()
    assert [name for name in stored["doc_id"] if not name.startswith("a:")] == [
        n for n, v in zip(names, values, strict=True) if v is not None
    ]


@pytest.mark.parametrize("settings", [{}, {"group_field": "id"}, {"prefer": "id", "id_field": "text_id"}])
def test_objects_of_python_are_no_names(settings: dict[str, str]) -> None:
    """Their text would be another one in the next process."""
    frame = pl.DataFrame({"id": pl.Series([object(), object()], dtype=pl.Object), "text": TEXTS, "text_id": TEXTS})
    with pytest.raises(InputError, match=r"column 'id' holds objects of Python.*cast it"):
        clean.run(frame, **settings)


def test_a_frame_is_told_apart_by_the_host_of_its_addresses_as_a_file_is(tmp_path: Path) -> None:
    """What another site has shortened is its own article; without the address both would be one site's."""
    writer = Writer(12)
    article = writer.article(7, 3)
    frame = pl.DataFrame(
        {
            "text": ["\n".join(article), "\n".join(article[:-1])],
            "url": ["https://a.com/1", "https://b.org/1"],
        }
    )
    frame.write_parquet(tmp_path / "two.parquet")
    tables = [clean.run(given).fates.select("group", "fate") for given in (frame, tmp_path / "two.parquet")]
    assert tables[0].equals(tables[1]) and tables[0]["group"].to_list() == ["a.com", "b.org"]
    assert clean.run(frame.drop("url")).fates["fate"].to_list() == ["kept", "near-document"]


def test_tables_are_read_side_by_side(tmp_path: Path) -> None:
    """The limit of a cell's size is the whole process's: whoever ends first does not put it back under the others."""
    paths = [tmp_path / f"{number}.csv" for number in range(4)]
    for number, path in enumerate(paths):
        path.write_text("id,text\n" + "".join(f'{row},"{"word " * 40_000}"\n' for row in range(1 + 4 * number)))
    with ThreadPoolExecutor(4) as pool:
        assert [len(result.fates) for result in pool.map(clean.run, paths)] == [1, 5, 9, 13]
