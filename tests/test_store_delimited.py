"""CSV and TSV: cells are what is written, and a bad row costs itself and no other."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clean.config import Config
from clean.errors import InputError
from clean.store.formats import delimited
from clean.store.reading import read

CELLS = st.text(st.characters(codec="utf-8")) | st.sampled_from(["007", "1e5", "", '"', "a\rb", "\r\n", "\ufeff", " ", "\0"])


def rows(raw: bytes, delimiter: str = ",") -> list[delimited.Row]:
    """All rows of a file given as bytes."""
    return list(delimited.rows(iter(raw.splitlines(keepends=True)) if b"\r" not in raw else iter([raw]), delimiter))


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=5), st.sampled_from(["\n", "\r\n"]))
def test_what_the_standard_library_writes_we_read(table: list[list[str]], end: str) -> None:
    """Every cell comes back as it was: no number is guessed, no line end inside a cell is touched."""
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(table)
    assert [(row.cells, row.reason) for row in rows(file.getvalue().encode())] == [(cells, None) for cells in table]


@given(st.lists(st.tuples(CELLS, CELLS | st.none()), max_size=5))
def test_what_we_write_we_read(tmp_path_factory: pytest.TempPathFactory, table: list[tuple[str, str | None]]) -> None:
    """The corpus as CSV is faithful, to the standard library and to ourselves; null and empty stay apart."""
    frame = pl.DataFrame(table, schema={"id": pl.String, "text": pl.String}, orient="row")
    written = delimited.written(frame)
    by_stdlib = list(csv.reader(io.StringIO(written.decode(), newline=""), strict=True))
    assert by_stdlib == [["id", "text"]] + [[id, text or ""] for id, text in table]
    path = tmp_path_factory.getbasetemp() / "written.csv"
    path.write_bytes(written)
    assert delimited.read_written(path).rows() == table


@given(st.binary())
def test_any_bytes_are_rows_or_quarantine(raw: bytes) -> None:
    """Nothing crashes; a bad row holds its bytes, and good cells hold no byte that was not there."""
    for row in rows(b"a,b\n" + raw)[1:]:
        assert (row.reason is None) == (row.raw == b"")
        assert row.raw in b"a,b\n" + raw


BAD = [
    (b'"a"b,3\n', "the row is not CSV: ',' expected after '\"'"),
    (b"1\n", "the row has 1 columns where the header has 2"),
    (b"1,2,3\n", "the row has 3 columns where the header has 2"),
    (b"\xff,1\n", "the row is not UTF-8"),
    (b'1,"\xc3\n"\n', "the row is not UTF-8"),
]


@pytest.mark.parametrize(("bad", "reason"), BAD)
def test_a_bad_row_is_put_aside_whole(tmp_path: Path, bad: bytes, reason: str) -> None:
    """Its bytes, line, offset and reason; the rows before and after are read."""
    (tmp_path / "a.csv").write_bytes(b"id,text\n007,one\n" + bad + b'8,"t""wo"\n')
    corpus = read([str(tmp_path)], Config())
    assert corpus.documents.select("doc_id", "raw").rows() == [("007", b"one"), ("8", b't"wo')]
    assert corpus.quarantine.rows() == [("a.csv", 3, 16, reason, bad)]


@pytest.mark.parametrize(
    ("bad", "rest", "good"),
    [
        ([b'1,"first line\nsecond, line"x\n'], b"2,b\n", [["2", "b"]]),
        ([b'1,"a\r\nb"x,"c\r\nd",e\r\n'], b"2,b\n", [["2", "b"]]),
        ([b'1,"a"x,"c\nd",e\n', b'2,"b"x\n'], b'3,"c"\n', [["3", "c"]]),
        ([b'1,"a\nd,e\nb","c"x\n'], b'2,""""\n', [["2", '"']]),
        ([b'1,"open\n'], b'2,"b"\n3,c\n', [["2", "b"], ["3", "c"]]),
        ([b'1,"a\nd,e\nb","open\n'], b'2,"b"\n3,"c\nd"\n', [["2", "b"], ["3", "c\nd"]]),
        ([b'1,"a"x,"open\n'], b'2,"b"\n3,c\n', [["2", "b"], ["3", "c"]]),
        ([b'1,"a\nd,e\nb"x,"open\n'], b"2,b\n", [["2", "b"]]),
    ],
)
def test_a_bad_row_ends_at_a_line_end_outside_quotes(bad: list[bytes], rest: bytes, good: list[list[str]]) -> None:
    """All its lines are put aside, and no row is made of them; only one with a quote that never closes ends with its line."""
    raw = b"".join((b"a,b\n", *bad, rest))
    found = rows(raw)[1:]
    assert [row.raw for row in found if row.reason] == bad
    assert [row.cells for row in found if row.reason is None] == good
    assert all(raw[row.offset :].startswith(row.raw) for row in found)


@given(st.lists(st.sampled_from(['"', '""', ",", "\n", "x", '"a\nb"', '"\n"', "1,2\n", '"open\n']), max_size=12).map("".join))
def test_good_and_bad_rows_tile_the_file(text: str) -> None:
    """However quotes fall: from a row's first line to the next row's there is that row, good or bad, and blank lines."""
    lines = ("a,b\n" + text).splitlines(keepends=True)
    found = rows("".join(lines).encode())
    for row, after in zip(found, [*(row.line for row in found[1:]), len(lines) + 1], strict=True):
        own = lines[row.line - 1 : after - 1]
        if row.raw:
            assert "".join(own).rstrip("\n") == row.raw.decode().rstrip("\n")
        else:
            assert [cells for cells in csv.reader(own, strict=True) if cells] == [row.cells]


def test_a_quote_that_never_closes_costs_one_line() -> None:
    """The rest of the file is not swallowed by it."""
    found = rows(b'a,b\n1,"oops\n2,3\n4,5\n')
    assert [(row.line, row.cells) for row in found if row.reason is None] == [(1, ["a", "b"]), (3, ["2", "3"]), (4, ["4", "5"])]
    assert [(row.line, row.raw, row.reason) for row in found if row.reason] == [
        (2, b'1,"oops\n', "opens a quote that never closes")
    ]


def test_old_line_ends_and_marks(tmp_path: Path) -> None:
    """A lone CR ends a row as it did in old spreadsheets; a byte order mark is not part of the first name."""
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbfid,text\r1,a\r\r2,b")
    (tmp_path / "b.tsv").write_bytes(b'text\tid\r\n"x\r\ny\t"\t01\r\n')
    documents = read([str(tmp_path)], Config()).documents
    assert documents["raw"].to_list() == [b"a", b"b", b"x\r\ny\t"]
    assert documents["doc_id"].to_list() == ["1", "2", "01"]


def test_other_cells_travel_as_strings(tmp_path: Path) -> None:
    """`meta` is a JSON object of strings in the columns' order, the text's place marked."""
    (tmp_path / "a.csv").write_bytes(b"n,text,empty\n1.10,x,\n")
    meta = read([str(tmp_path)], Config()).documents["meta"][0]
    assert json.loads(meta.replace(b"\0", b'"new"')) == {"n": "1.10", "text": "new", "empty": ""}


def test_a_long_cell_is_read(tmp_path: Path) -> None:
    """The standard library refuses a cell of 128 KiB unless told otherwise, and is told back afterwards."""
    before = csv.field_size_limit()
    (tmp_path / "a.csv").write_bytes(b"id,text\n1," + b"x" * 300_000)
    assert len(read([str(tmp_path)], Config()).documents["raw"][0]) == 300_000
    assert csv.field_size_limit() == before


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"id,body\n1,a\n", r"a\.csv has no column 'text'; it has id, body: name the one to clean with --text-field"),
        (b'""\n1\n', r"a\.csv has no column 'text'; it has '': name the one"),
        (b"text,x,x\n1,a,b\n", r"a\.csv: the header names 'x' twice"),
        (b"text,\xff\n", r"a\.csv: the header row is not UTF-8"),
        ("text,x\n".encode("utf-16"), r"a\.csv is UTF-16; convert it to UTF-8"),
    ],
)
def test_a_header_that_cannot_be_used_is_an_error(tmp_path: Path, raw: bytes, message: str) -> None:
    """One sentence that names the file and the way out."""
    (tmp_path / "a.csv").write_bytes(raw)
    with pytest.raises(InputError, match=message):
        read([str(tmp_path)], Config())
