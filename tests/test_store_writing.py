"""What is published: the input's records with their text replaced, in any format, and the way back."""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clean.config import Config
from clean.errors import InputError, IntegrityError
from clean.jobs.volume import volumes
from clean.schema import FATES, empty
from clean.store import writing
from clean.store.formats import columns
from clean.store.formats.corpus import Corpus
from clean.store.reading import read
from clean.store.restoring import Restorer, texts, texts_at
from clean.store.restoring import records as read_records
from clean.store.writing import metas

TEXTS = st.text(st.characters(codec="utf-8")) | st.sampled_from(["\u2028", "\0", "a\r\nb", '"', ""])


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An empty folder to write into."""
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def corpus_of(folder: Path, files: dict[str, str], **settings: Any) -> Corpus:
    """A corpus from files in `folder`/in."""
    for name, text in files.items():
        path = folder / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return read([str(folder / "in")], Config(**settings))


def same(corpus: Corpus) -> pl.DataFrame:
    """The texts as they came."""
    return corpus.documents.select("doc", pl.col("raw").cast(pl.String).alias("text"))


def write(folder: Path, corpus: Corpus, texts: pl.DataFrame, formats: list[str], config: Config) -> list[Path]:
    """The documents that have `texts` (doc, text), written as a run writes them, blocks of one document; the files."""
    kept = corpus.documents.join(texts, on="doc", maintain_order="left").select(list(writing.SHARD))
    data = writing.Writer(folder, corpus, formats, config, [kept])
    sizes = kept.select(documents=1, bytes=pl.col("text").str.len_bytes().fill_null(0), read=0)
    for blocks in volumes(sizes):
        rows = kept[blocks.start : blocks.stop]
        back = data.shard(len(rows)).write(rows)
        assert back.to_list() == rows["text"].to_list()
    data.close()
    return sorted(path for path in folder.rglob("*") if path.is_file())


def published(folder: Path, format: str) -> bytes:
    """The one data file of a format, unpacked."""
    (path,) = (folder / "data").glob(f"*.{format}*")
    raw = path.read_bytes()
    return gzip.decompress(raw) if path.suffix == ".gz" else raw


# ---------------------------------------------------------------- JSON Lines


def test_json_lines_leave_as_they_came(tmp_path: Path, out: Path) -> None:
    """Only the text differs; numbers, doubled keys, white space and order are the input's."""
    lines = [
        '{"id": 1.10, "text": "a", "z":1e400,"z": 2}',
        '{"b" : [1 , 2], "text" : "b", "id": true}',
        '{"id": 3, "text": null}',
    ]
    corpus = corpus_of(tmp_path, {"a.jsonl": "\n".join(lines)})
    write(out, corpus, same(corpus), ["jsonl"], Config())
    assert published(out, "jsonl").decode().splitlines() == lines


def test_an_id_is_added_where_there_is_none(tmp_path: Path, out: Path) -> None:
    """Every published record can be named: by its own id, else by file and line."""
    corpus = corpus_of(tmp_path, {"a.jsonl": '{"text": "a"}\n{"id": 2, "text": "b"}\n{}', "b.txt": "c", "c.csv": "text\nd\n"})
    write(out, corpus, same(corpus), ["jsonl", "parquet"], Config())
    assert published(out, "jsonl").decode().splitlines() == [
        '{"id": "a:1", "text": "a"}',
        '{"id": 2, "text": "b"}',
        '{"id": "a:3"}',
        '{"id": "b", "text": "c"}',
        '{"id": "c:2", "text": "d"}',
    ]
    table = pl.read_parquet(io.BytesIO(published(out, "parquet")))
    assert table.select("id", "text").rows() == [("a:1", "a"), ("2", "b"), ("a:3", None), ("b", "c"), ("c:2", "d")]


@pytest.mark.parametrize(
    ("records", "suffix", "ids"),
    [
        (b"id,text\n,a\n7,b\n", "csv", ["a:2", "7"]),
        (b'{"text": "", "id": null}\n{"id": "", "text": ""}\n', "jsonl", ["a:1", ""]),
        (b'{"text": "", "id": 1}\n{"id": 1.10, "text": ""}\n', "jsonl", ["1", "1.10"]),
        (pl.Series(["", None]), "parquet", ["", "a:2"]),
        (pl.Series([1e16, None]), "parquet", ["1e+16", "a:2"]),
        (pl.Series([b"y", b"\xff"]), "parquet", ["y", "\\xff"]),
    ],
)
def test_a_document_has_one_id_everywhere(tmp_path: Path, out: Path, records: Any, suffix: str, ids: list[str]) -> None:
    """An id that is null, or an empty cell, names nothing: published is what the ledger calls the document."""
    if isinstance(records, bytes):
        (tmp_path / f"a.{suffix}").write_bytes(records)
    else:
        pl.DataFrame({"id": records, "text": ["", ""]}).write_parquet(tmp_path / f"a.{suffix}")
    corpus = read([str(tmp_path / f"a.{suffix}")], Config())
    assert corpus.documents["doc_id"].to_list() == ids
    write(out, corpus, same(corpus), ["jsonl", "parquet", "csv"], Config())
    shown = [json.loads(line, parse_int=str, parse_float=str)["id"] for line in published(out, "jsonl").splitlines()]
    assert shown == ids
    assert [row["id"] for row in csv.DictReader(io.StringIO(published(out, "csv").decode()))] == ids
    column = pl.read_parquet(io.BytesIO(published(out, "parquet")))["id"]
    assert columns.named(column).to_list() == ids


def test_lines_for_a_pipe_are_those_of_the_file(tmp_path: Path, out: Path) -> None:
    """What goes to stdout is what a data file would hold, in canonical order; documents without a text are absent."""
    corpus = corpus_of(tmp_path, {"a.jsonl": "".join(f'{{"id": {n}, "text": "{n}"}}\n' for n in range(5))})
    kept = same(corpus).filter(pl.col("doc") != 2)
    write(out, corpus, kept, ["jsonl"], Config())
    shard = corpus.documents.join(kept, on="doc", maintain_order="left").select(list(writing.SHARD))
    assert b"".join(writing.lines(corpus, shard, Config())) == published(out, "jsonl")
    assert [json.loads(line)["id"] for line in published(out, "jsonl").splitlines()] == [0, 1, 3, 4]


# ---------------------------------------------------------------- typed columns


@pytest.mark.parametrize(
    ("values", "dtype", "found"),
    [
        (["1", "-2", "null"], pl.Int64, [1, -2, None]),
        (["1.5", "2.0", "1e+16"], pl.Float64, [1.5, 2.0, 1e16]),
        (["true", "false"], pl.Boolean, [True, False]),
        (['"a"', '"\\u00e9"'], pl.String, ["a", "é"]),
        (["1.10", "1.5"], pl.String, ["1.10", "1.5"]),
        (["1", "1.5"], pl.String, ["1", "1.5"]),
        (["-0"], pl.String, ["-0"]),
        (["1e400"], pl.String, ["1e400"]),
        (["9223372036854775807", "9223372036854775808"], pl.String, ["9223372036854775807", "9223372036854775808"]),
        (["1234567890123456789012345678901234567890"], pl.String, ["1234567890123456789012345678901234567890"]),
        (['"1"', "1"], pl.String, ['"1"', "1"]),
        (["[1, 2]", '{"a":  1.10}'], pl.String, ["[1, 2]", '{"a":  1.10}']),
        (['"\\ud800"', '"a"'], pl.String, ['"\\ud800"', '"a"']),
        (["NaN", "1.0"], pl.String, ["NaN", "1.0"]),
        (["null"], pl.String, [None]),
    ],
)
def test_a_type_is_taken_only_if_nothing_is_lost(
    tmp_path: Path, out: Path, values: list[str], dtype: Any, found: list[Any]
) -> None:
    """A column has a type when each value's own JSON is what was written; else it holds the JSON text."""
    corpus = corpus_of(tmp_path, {"a.jsonl": "".join(f'{{"id": "i", "text": "", "x": {value}}}\n' for value in values)})
    write(out, corpus, same(corpus), ["parquet"], Config())
    column = pl.read_parquet(io.BytesIO(published(out, "parquet")))["x"]
    assert (column.dtype, column.to_list()) == (dtype, found)
    restored = [json.loads(meta.replace(b"\0", b'""'), parse_float=str).get("x") for meta in pl.concat(read_records(out))["meta"]]
    assert restored == [json.loads(value, parse_float=str) for value in values]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)


@given(st.lists(st.dictionaries(st.sampled_from(["id", "x", "y", "ü"]), JSON_VALUES), min_size=1, max_size=4))
def test_fields_survive_every_format(records: list[dict[str, Any]]) -> None:
    """Records published as Parquet and read back have the fields they had; a null field counts as none."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "a.jsonl").write_text("".join(json.dumps(record | {"text": "t"}) + "\n" for record in records))
        corpus = read([name], Config())
        write(folder, corpus, same(corpus), ["parquet"], Config())
        found = [json.loads(meta.replace(b"\0", b'"t"')) for meta in pl.concat(read_records(folder))["meta"]]
    for record, back, doc_id in zip(records, found, corpus.documents["doc_id"], strict=True):
        assert back.pop("id") in (record.get("id"), doc_id)
        expected = {name: value for name, value in record.items() if value is not None and name != "id"}
        assert back == expected | {"text": "t"}


@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_names_that_are_shown_alike_are_two_columns(tmp_path: Path, out: Path, format: str) -> None:
    """Half a surrogate pair, which no table can hold, and a name of the six characters that it is shown as: that one keeps them."""
    lone, six = "\\ud800", "\\\\ud800"  # as JSON
    records = [f'"{lone}": 1, "{six}": 2', f'"{six}": 3, "{lone}": 4', f'"{lone}": 5', f'"{lone}{six}": 6, "{six}{lone}": 7']
    corpus = corpus_of(tmp_path, {"a.jsonl": "".join(f'{{"id": "i", "text": "", {record}}}\n' for record in records)})
    write(out, corpus, same(corpus), [format], Config())
    found = [json.loads(meta.replace(b"\0", b'""'), parse_int=str) for meta in pl.concat(read_records(out))["meta"]]
    shown = "\\ud800"
    assert [{name: value for name, value in record.items() if name not in ("id", "text")} for record in found] == [
        {shown: "2", f"{shown}~2": "1"},
        {shown: "3", f"{shown}~2": "4"},
        {shown: "5"},
        {shown * 2: "6", f"{shown * 2}~2": "7"},
    ]


def test_columns_are_the_union_in_first_seen_order(tmp_path: Path, out: Path) -> None:
    """Records with different fields share one table; where sources disagree about a type it is JSON text."""
    files = {
        "a.jsonl": '{"b": 1, "text": "x", "id": "i"}\n{"c": true, "text": "y", "id": "j"}',
        "b.csv": "id,n,text,b\nk,007,z,\n",
    }
    corpus = corpus_of(tmp_path, files)
    write(out, corpus, same(corpus), ["parquet", "csv"], Config())
    table = pl.read_parquet(io.BytesIO(published(out, "parquet")))
    assert table.columns == ["b", "text", "id", "c", "n"]
    assert table["b"].to_list() == ["1", None, '""']
    assert table["n"].to_list() == [None, None, "007"]
    by_stdlib = list(csv.reader(io.StringIO(published(out, "csv").decode(), newline="")))
    assert by_stdlib[3] == ['""', "z", "k", "", "007"]


def test_csv_stays_csv(tmp_path: Path, out: Path) -> None:
    """Cells leave as they came: `007`, `1e5`, quoted line ends, empty cells."""
    rows = [["id", "n", "text", "e"], ["007", "1e5", "a\r\nb", ""], ["é", "=1+1", "c", " x "]]
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    corpus = corpus_of(tmp_path, {"a.csv": file.getvalue()})
    write(out, corpus, same(corpus), ["csv"], Config())
    assert list(csv.reader(io.StringIO(published(out, "csv").decode(), newline=""))) == rows


# ---------------------------------------------------------------- Parquet in


@pytest.fixture
def parquet(tmp_path: Path) -> Corpus:
    """A corpus of one Parquet file with typed columns."""
    (tmp_path / "in").mkdir()
    moment = datetime.datetime(2024, 1, 2, 3, 4, 5)
    pl.DataFrame(
        {
            "n": [1, 2, None],
            "text": ["a", None, "c"],
            "when": [moment, None, moment],
            "tags": [["x"], [], None],
            "f": [0.5, None, 2.0],
        },
        schema_overrides={"n": pl.Int16},
    ).write_parquet(tmp_path / "in" / "a.parquet")
    return read([str(tmp_path / "in")], Config())


def test_parquet_keeps_its_types(parquet: Corpus, out: Path, tmp_path: Path) -> None:
    """The other columns leave with the type and value they had, the id in front where there was none."""
    write(out, parquet, same(parquet).filter(pl.col("doc") != 1), ["parquet"], Config())
    table = pl.read_parquet(io.BytesIO(published(out, "parquet")))
    before = pl.read_parquet(tmp_path / "in" / "a.parquet")
    assert table.drop("id").equals(before[[0, 2]])
    assert table.drop("id").schema == before.schema
    assert table["id"].to_list() == ["a:1", "a:3"]


def test_parquet_becomes_json_lines(parquet: Corpus, out: Path) -> None:
    """Times in ISO 8601, lists as lists, null as null."""
    write(out, parquet, same(parquet), ["jsonl", "csv"], Config())
    first = json.loads(published(out, "jsonl").splitlines()[0])
    assert first == {"id": "a:1", "n": 1, "text": "a", "when": "2024-01-02 03:04:05.000000", "tags": ["x"], "f": 0.5}
    assert back(out) == ["a", None, "c"]


def test_a_table_of_a_thousand_columns_is_not_asked_for_their_names_a_thousand_times(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time makes them all: ten thousand columns took a minute."""
    (tmp_path / "in").mkdir()
    wide = pl.DataFrame({"text": ["a"]} | {f"c{number}": [number] for number in range(1000)})
    wide.write_parquet(tmp_path / "in" / "a.parquet")
    corpus, names, asked = read([str(tmp_path / "in")], Config()), vars(pl.DataFrame)["columns"].fget, []
    monkeypatch.setattr(pl.DataFrame, "columns", property(lambda frame: asked.append(1) or names(frame)))
    [path] = write(out, corpus, same(corpus), ["parquet"], Config())
    assert len(asked) < 100
    assert pl.read_parquet(path).drop("id").equals(wide)


def test_an_extension_type_is_what_it_is_stored_as(tmp_path: Path, out: Path) -> None:
    """As text, id and anything else; Parquet keeps its name, as other programs know it by."""

    def extended(*values: Any, dtype: Any) -> pl.Series:
        return pl.Series(values, dtype=dtype).ext.to(pl.Extension("example.named", dtype))

    (tmp_path / "in").mkdir()
    frame = pl.DataFrame(
        {
            "id": extended(7, None, dtype=pl.Int64),
            "text": extended("a", None, dtype=pl.String),
            "s": extended("x", "", dtype=pl.String),
            "d": extended(1, None, dtype=pl.Duration("ns")),
        }
    )
    frame.write_parquet(tmp_path / "in" / "a.parquet")
    corpus = read([str(tmp_path / "in")], Config())
    assert corpus.documents.select("doc_id", "raw").rows() == [("7", b"a"), ("a:2", None)]
    write(out, corpus, same(corpus), ["parquet", "jsonl", "csv"], Config())
    assert pl.read_parquet(io.BytesIO(published(out, "parquet"))).select("s", "d").equals(frame.select("s", "d"))
    assert published(out, "csv") == b'id,text,s,d\n7,a,x,PT0.000000001S\na:2,,"",\n'
    assert [json.loads(line) for line in published(out, "jsonl").splitlines()] == [
        {"id": 7, "text": "a", "s": "x", "d": "PT0.000000001S"},
        {"id": "a:2", "text": None, "s": "", "d": None},
    ]


def test_metas_are_there_for_every_record(parquet: Corpus) -> None:
    """The other fields of any document as JSON, so that a removed one loses nothing."""
    (meta,) = metas(parquet, parquet.documents.filter(doc=2), Config())["meta"]
    assert json.loads(meta.replace(b"\0", b'"c"')) == {
        "n": None,
        "text": "c",
        "when": "2024-01-02 03:04:05.000000",
        "tags": None,
        "f": 2.0,
    }


def test_a_source_that_changed_is_noticed(parquet: Corpus, out: Path, tmp_path: Path) -> None:
    """Columns of another file than the one that was read would be mixed up with the texts."""
    pl.DataFrame({"text": ["x", "y", "z"]}).write_parquet(tmp_path / "in" / "a.parquet")
    with pytest.raises(InputError, match=r"a\.parquet has changed since it was read; run again"):
        write(out, parquet, same(parquet), [], Config())


FAR = [b'"9223372036854775807"', b'"-9223372036854775808"']  # no calendar has these: the whole numbers that are stored


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        (pl.Series([1.0, float("nan"), float("inf"), None]), [b"1.0", b"null", b"1e999", b"null"]),
        (pl.Series([b"\xff", None]), [b'"/w=="', b"null"]),
        (pl.Series([datetime.date(2020, 1, 1)]), [b'"2020-01-01"']),
        (pl.Series([{"a": [1.5, None]}]), [b'{"a":[1.5,null]}']),
        (pl.Series([[float("-inf"), 1e16], [], None, [float("nan")]]), [b"[-1e999,1e+16]", b"[]", b"null", b"[null]"]),
        (
            pl.Series([[[1], [], None], None], dtype=pl.List(pl.List(pl.Datetime("ns")))),
            [b'[["1970-01-01 00:00:00.000000001"],[],null]', b"null"],
        ),
        (pl.Series([[1, 2], None], dtype=pl.Array(pl.Duration("ns"), 2)), [b'["PT0.000000001S","PT0.000000002S"]', b"null"]),
        (
            pl.Series([{"a": None, "b": b"x"}, None], dtype=pl.Struct({"a": pl.Time, "b": pl.Binary})),
            [b'{"a":null,"b":"eA=="}', b"null"],
        ),
        (pl.Series([[1, 2, 3], [4]])[1:], [b"[4]"]),
        (pl.Series([2**127], dtype=pl.UInt128), [str(2**127).encode()]),
        (pl.Series(["a"], dtype=pl.Categorical), [b'"a"']),
        (pl.Series([None]), [b"null"]),
        (pl.Series([2**31 - 1], dtype=pl.Int32).cast(pl.Date), [b'"2147483647"']),
        (pl.Series([2**63 - 1, -(2**63), 0]).cast(pl.Datetime("us")), [*FAR, b'"1970-01-01 00:00:00.000000"']),
        (pl.Series([2**63 - 1, -(2**63)]).cast(pl.Datetime("ms", "Europe/Berlin")), FAR),
        (pl.Series([1]).cast(pl.Time), [b'"00:00:00.000000001"']),
        (pl.Series([36 * 3600 * 10**3]).cast(pl.Duration("ms")), [b'"P1DT12H"']),
        (
            pl.Series([[2**63 - 1, 1, None], [], None]).cast(pl.List(pl.Datetime("us"))),
            [b'["9223372036854775807","1970-01-01 00:00:00.000001",null]', b"[]", b"null"],
        ),
        (
            pl.Series([{"^t$": [[1, None]]}, None]).cast(pl.Struct({"^t$": pl.Array(pl.List(pl.Datetime("ns")), 1)})),
            [b'{"^t$":[["1970-01-01 00:00:00.000000001",null]]}', b"null"],
        ),
        (pl.Series(["a\u2028\u2029\x85"]), [b'"a\\u2028\\u2029\\u0085"']),
        (pl.Series([["a\u2028"]]), [b'["a\\u2028"]']),
    ],
)
def test_every_type_has_its_json(series: pl.Series, expected: list[bytes]) -> None:
    """What Parquet can hold, JSON Lines can show."""
    assert columns.as_json(series) == expected


# ---------------------------------------------------------------- any format and back


@given(st.lists(TEXTS | st.none(), max_size=5), st.sampled_from(["parquet", "jsonl", "csv", "txt"]))
def test_what_is_written_is_read_back(given_texts: list[str | None], format: str) -> None:
    """Texts come back from every format, null and empty apart, in order."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "a.jsonl").write_text(
            "".join(json.dumps({"id": n % 2, "text": text}) + "\n" for n, text in enumerate(given_texts))
        )
        corpus = read([str(folder / "a.jsonl")], Config())
        write(folder, corpus, same(corpus), [format], Config())
        fates(corpus).write_parquet(folder / "documents.parquet")
        assert back(folder) == given_texts
        places = range(0, len(given_texts), 2)
        assert texts_at(folder, places, [len(given_texts)]) == given_texts[::2]


def back(out: Path) -> list[str | None]:
    """The published texts."""
    return [text for shard in texts(out) for text in shard["text"]]


def fates(corpus: Corpus) -> pl.DataFrame:
    """schema.FATES of a corpus of which nothing was removed."""
    known = corpus.documents.select("doc", "doc_id", fate=pl.lit("kept"), text_sha256=pl.col("raw").bin.encode("hex"))
    return pl.concat([empty(FATES), known], how="diagonal")


def test_texts_are_written_beside_by_default(tmp_path: Path, out: Path) -> None:
    """Parquet for all; a text file for each document that came as one."""
    corpus = corpus_of(tmp_path, {"a.jsonl": '{"id": "../r", "text": "x"}', "b/t.txt": "Grüße\n", "CON.txt": "y"})
    found = write(out, corpus, same(corpus), [], Config())
    assert [path.relative_to(out).as_posix() for path in found] == [
        "data/corpus-00000-of-00001.parquet",
        "txt/%43ON.txt",
        "txt/t.txt",
    ]
    assert (out / "txt" / "t.txt").read_bytes() == "Grüße\n".encode()


def test_shards_are_cut_by_content_alone(tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fixed number of rows or bytes a shard; names say how many there are; the order runs through."""
    monkeypatch.setattr(writing, "SHARD_ROWS", 3)
    monkeypatch.setattr(writing, "SHARD_BYTES", 100)
    corpus = corpus_of(tmp_path, {"a.jsonl": "".join(json.dumps({"id": n, "text": "x" * 10 * n}) + "\n" for n in range(11))})
    write(out, corpus, same(corpus), ["parquet", "jsonl", "csv"], Config())
    for format in ("parquet", "jsonl.gz", "csv"):
        names = sorted(path.name for path in (out / "data").glob(f"*.{format}"))
        assert names == [f"corpus-{n:05}-of-00005.{format}" for n in range(5)]
    lengths = [10 * n for n in range(11)]
    assert [len(text or "") for text in back(out)] == lengths
    sizes = [len(shard) for shard in texts(out)]
    ends = [sum(sizes[: n + 1]) for n in range(len(sizes))]
    for some in ([], [0], [10], [2, 3, 9], list(range(11))):
        assert [len(text or "") for text in texts_at(out, some, ends)] == [lengths[place] for place in some]


def test_of_the_shards_only_those_that_are_asked_for_are_read(tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others may be broken; and a shard of another length than is recorded is not guessed about."""
    monkeypatch.setattr(writing, "SHARD_ROWS", 2)
    corpus = corpus_of(tmp_path, {"a.jsonl": "".join(json.dumps({"id": n, "text": str(n)}) + "\n" for n in range(6))})
    write(out, corpus, same(corpus), ["jsonl"], Config())
    (out / "data" / "corpus-00001-of-00003.jsonl.gz").write_bytes(b"nothing")
    assert texts_at(out, [0, 5], [2, 4, 6]) == ["0", "5"]
    for rows, ends, complaint in (
        ([2], [2, 4, 6], "data/corpus-00001-of-00003.jsonl.gz cannot be read: "),
        ([0], [3, 4, 6], "data/corpus-00000-of-00003.jsonl.gz has 2 documents, 3 are recorded"),
        ([0], [2, 6], "data/ has 3 shards, 2 are recorded"),
    ):
        with pytest.raises(IntegrityError, match=complaint):
            texts_at(out, rows, ends)


def test_the_same_corpus_has_the_same_bytes(tmp_path: Path) -> None:
    """Nothing published depends on the clock or on the place."""
    corpus = corpus_of(tmp_path, {"a.jsonl": '{"text": "a", "x": [1]}\n' * 1000, "b.txt": "b"})
    found = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        paths = write(tmp_path / name, corpus, same(corpus), ["parquet", "jsonl", "csv", "txt"], Config())
        found.append([(path.relative_to(tmp_path / name), path.read_bytes()) for path in paths])
    assert found[0] == found[1]


def test_an_empty_corpus_has_columns(tmp_path: Path, out: Path) -> None:
    """Empty in, empty out, with the schema, in every format."""
    corpus = corpus_of(tmp_path, {"a.jsonl": ""})
    write(out, corpus, same(corpus), ["parquet", "csv", "jsonl", "txt"], Config(text_field="text"))
    assert pl.read_parquet(io.BytesIO(published(out, "parquet"))).schema == {"id": pl.String, "text": pl.String}
    assert published(out, "csv") == b"id,text\n"
    assert published(out, "jsonl") == b""
    assert back(out) == []


@pytest.mark.parametrize("name", ["corpus-00000-of-00001.parquet", "corpus-00000-of-00001.jsonl.gz"])
def test_a_damaged_file_is_named(out: Path, name: str) -> None:
    """Not a traceback, not half a corpus."""
    (out / "data").mkdir()
    (out / "data" / name).write_bytes(b"PAR1 nothing")
    with pytest.raises(IntegrityError, match=rf"data/{name} cannot be read: ") as error:
        back(out)
    assert "\n" not in str(error.value)


# ---------------------------------------------------------------- restored


def restored(folder: Path, corpus: Corpus) -> Iterator[tuple[str, bytes]]:
    """Every restored file by its path in `folder`."""
    documents = corpus.documents.drop("meta").join(metas(corpus, corpus.documents, Config()), on="doc", maintain_order="left")
    restorer = Restorer(folder, documents["source"].to_list())
    for piece in documents.iter_slices(1):
        restorer.write(piece)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield path.relative_to(folder).as_posix(), path.read_bytes()


def test_inputs_come_back(tmp_path: Path, out: Path) -> None:
    """Text files byte for byte in their folders, records as JSON Lines with their other fields as written."""
    lines = '{"id": 1.10, "text": "\\ud800\\u0000", "z":1e400}\n{"text": null}\n'
    files = {"a.jsonl": lines, "s/t.txt": "x\r\n\0", "b.csv": 'id,text\n007,"p\nq"\n'}
    corpus = corpus_of(tmp_path, files)
    (tmp_path / "in" / "s" / "t.txt.gz").write_bytes(gzip.compress(b"packed \xff"))
    (tmp_path / "in" / "a.csv").write_text("text,id\nx,1\n")
    corpus = read([str(tmp_path / "in")], Config())
    assert dict(restored(out, corpus)) == {
        "a.csv.jsonl": b'{"text": "x", "id": "1"}\n',
        "a.jsonl": lines.encode(),
        "b.jsonl": b'{"id": "007", "text": "p\\nq"}\n',
        "s/t.txt": b"x\r\n\0",
        "s/t~2.txt": b"packed \xff",
    }


def test_restored_files_stay_in_their_folder(out: Path) -> None:
    """A ledger from a stranger may name any source: none is written outside."""
    sources = ["../evil.txt", "/etc/evil.txt", "a/../../evil.txt", "evil\0.txt", "..", "../r.jsonl", "x.txt", "x.txt/y.txt"]
    rows = pl.DataFrame(
        {"source": sources, "doc_id": sources, "raw": [b"x"] * 8, "meta": [None] * 8}, schema_overrides={"meta": pl.Binary}
    )
    Restorer(out, sources).write(rows)
    found = [path for path in out.parent.rglob("*") if path.is_file()]
    assert len(found) == 8
    assert all(path.resolve().is_relative_to(out) for path in found)
