"""JSON Lines: what the standard library's `json` reads we read, and only the text's value is ever replaced."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clean.config import Config
from clean.errors import InputError
from clean.store.formats import jsonlines
from clean.store.reading import read

LONE = st.sampled_from(["\0", "\u2028x\u0085", '"\\"', "\ud800", "\udc00\ud800"])
# JSON has no way to write two surrogates that belong together but as the one character they are
ANY_TEXT = (st.text(st.characters(exclude_categories=())) | LONE).map(
    lambda text: text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
)
NAMES = st.sampled_from(["text", "id", "x", "ünïcode", "\u2028"]) | ANY_TEXT
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=5)


def line_of(members: dict[str, object], escape: bool) -> str:
    """The object as one line; what UTF-8 cannot hold is escaped in any case."""
    line = json.dumps(members, ensure_ascii=escape)
    try:
        line.encode()
    except UnicodeEncodeError:
        return json.dumps(members)
    return line


def as_stdlib(line: str) -> object:
    """What the standard library makes of it; NaN is not equal to itself, so numbers stay as written."""
    return json.loads(line, parse_int=str, parse_float=str, parse_constant=str)


@given(OBJECTS, st.booleans(), st.sampled_from(["", " ", "\t", " \r "]))
def test_every_field_means_what_the_standard_library_says(members: dict[str, object], escape: bool, pad: str) -> None:
    """Names and strings are those of `json.loads`; a value's span holds exactly its own JSON."""
    line = pad + line_of(members, escape) + pad
    expected = as_stdlib(line)
    assert isinstance(expected, dict)
    found = jsonlines.fields(line)
    assert list(found) == list(expected)
    as_written = {jsonlines.storable(name): value.written for name, value in found.items()}
    assert list(jsonlines.written(line.encode()).items()) == list(as_written.items())
    for name, value in found.items():
        assert as_stdlib(value.written) == expected[name]
        assert line[value.start : value.end] == value.written
        assert value.text == (expected[name] if value.written[0] == '"' else None)


@given(st.text(st.sampled_from('{}[]":,\\ntuael0123.e-+ \x00\ud800\u00e9')) | ANY_TEXT)
def test_what_the_standard_library_refuses_is_refused(line: str) -> None:
    """A line is a record if and only if `json.loads` makes an object of it."""
    try:
        expected = isinstance(as_stdlib(line), dict)
    except ValueError:
        expected = False
    try:
        jsonlines.fields(line)
        found = True
    except jsonlines.BadRecordError:
        found = False
    assert found == expected


@given(OBJECTS, ANY_TEXT, ANY_TEXT, st.booleans())
def test_only_the_texts_value_changes(members: dict[str, object], text: str, other: str, escape: bool) -> None:
    """The line with another text is the old line but for that value, byte for byte, and JSON holds the new text."""
    line = line_of(members | {"text": text}, escape)
    raw, meta = jsonlines.cut(line, jsonlines.fields(line), "text")
    assert raw == text.encode("utf-8", "surrogatepass")
    before, after = meta.split(jsonlines.CUT)
    changed = jsonlines.uncut(meta, other)
    assert changed == before + jsonlines.quoted(other) + after
    assert line.encode().startswith(before) and line.encode().endswith(after)
    assert json.loads(changed)["text"] == other
    assert len(changed.decode().splitlines()) == len((before + after).decode().splitlines() or [1])


@pytest.mark.parametrize(
    "line",
    [
        '{"text": "a", "x": 1.10, "y": 1e400, "z": 1234567890123456789012345678901234567890}',
        '{"x": 1, "x": 2, "text": "first", "text": "second"}',
        '{ "text" :\t"a" , "nan": NaN, "s": "\\ud83d\\ude00 \\/ \\u00e9" }',
        '{"\\u0074ext": "a name in escapes", "text2": "no"}',
    ],
)
def test_other_fields_pass_as_written(line: str) -> None:
    """Numbers, doubled keys, escapes and white space leave as they came."""
    text = json.loads(line)["text"]
    _, meta = jsonlines.cut(line, jsonlines.fields(line), "text")
    assert jsonlines.uncut(meta, text).decode() == line


def test_of_two_texts_the_last_counts() -> None:
    """As in the standard library; the first stays where it is."""
    line = '{"text": "a", "text": "b"}'
    assert jsonlines.cut(line, jsonlines.fields(line), "text") == (b"b", b'{"text": "a", "text": \0}')


@pytest.mark.parametrize("line", ['{"text": null}', '{"x": 1}', "{}", '{"text": "a", "text": null}'])
def test_a_record_without_text_comes_back_whole(line: str) -> None:
    """Null and missing pass through: there is no place for a text, and none is made."""
    raw, meta = jsonlines.cut(line, jsonlines.fields(line), "text")
    assert raw is None
    assert jsonlines.uncut(meta, None) == line.encode()


@given(OBJECTS, ANY_TEXT)
def test_an_id_can_be_put_first(members: dict[str, object], id: str) -> None:
    """One more field before all others, for a record that has none of that name."""
    members.pop("id", None)
    line = line_of(members, True).encode()
    found = as_stdlib(jsonlines.with_value(line, "id", id).decode())
    expected = as_stdlib(line.decode())
    assert isinstance(expected, dict)
    assert found == {"id": id} | expected


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        (b'{"id": "x\\u0079" , "text": \0}', b'{"id": "x\\u0079" , "text": \0}'),
        (b'{"text": \0, "id" : null}', b'{"text": \0, "id" : "xy"}'),
        (b'{"\xc3\xbc": 1, "id": "", "text": \0}', b'{"\xc3\xbc": 1, "id": "xy", "text": \0}'),
        (b'{"id": "xy", "text": \0, "id": null, "z": 1.10}', b'{"id": "xy", "text": \0, "id": "xy", "z": 1.10}'),
        (b"{}", b'{"id": "xy"}'),
    ],
)
def test_a_field_says_what_it_is_to_say(meta: bytes, expected: bytes) -> None:
    """As it came where it does; else only its own value is replaced, of two the one that counts."""
    assert jsonlines.with_value(meta, "id", "xy") == expected


def test_a_number_says_what_is_written() -> None:
    """And no text does that looks like null."""
    assert jsonlines.with_value(b'{"id": 1.10}', "id", "1.10") == b'{"id": 1.10}'
    assert jsonlines.with_value(b'{"id": null}', "id", "null") == b'{"id": "null"}'


@given(ANY_TEXT)
def test_a_string_is_one_line_to_everybody(text: str) -> None:
    """Whatever else it holds: half a surrogate pair, too."""
    written = jsonlines.quoted(f"{text}\u2028\u2029\x85").decode()
    assert json.loads(written) == f"{text}\u2028\u2029\x85"
    assert len(written.splitlines()) == 1


DEEP = b'{"text": "a", "x": ' + b"[" * 200 + b"]" * 200 + b"}"
BAD = [
    (b"nope", "the line is not JSON: a value is missing (character 1)"),
    (b'{"text": "a"', "the line is not JSON: ',' is missing (character 13)"),
    (b'{"text": "a",}', "the line is not JSON: a field's name in double quotes is missing (character 14)"),
    (b"{'text': 1}", "the line is not JSON: a field's name in double quotes is missing (character 2)"),
    (b'{"text" 1}', "the line is not JSON: ':' is missing (character 9)"),
    (b'{"text": "a"} x', "the line is not JSON: something follows the object (character 15)"),
    (b'{"text": 01}', "the line is not JSON: ',' is missing (character 11)"),
    (b'{"text": "\x01"}', "the line is not JSON: Invalid control character at (character 11)"),
    (b'{"text": "a\x00"}', "the line is not JSON: Invalid control character at (character 12)"),
    (b'{"text": "\\q"}', "the line is not JSON: Invalid \\escape (character 11)"),
    (b"[1]", "the line is an array, not an object"),
    (b'"text"', "the line is a text, not an object"),
    (b"-1.5", "the line is a number, not an object"),
    (b"null", "the line is null, not an object"),
    (b'{"text": "\xff"}', "the line is not UTF-8 at byte 11 of it"),
    (b'{"text": "\xed\xa0\x80"}', "the line is not UTF-8 at byte 11 of it"),
    (DEEP, "the line is nested deeper than 200 levels"),
    (b"[" * 100_000, "the line is nested deeper than 200 levels"),
    (b'{"text": 1}', "the line has a number in its field 'text', not a text"),
    (b'{"text": ["a"]}', "the line has an array in its field 'text', not a text"),
    (b'{"text": true}', "the line has true in its field 'text', not a text"),
    (b'\xef\xbb\xbf{"text": "a mark in the middle"}', "the line is not JSON: a value is missing (character 1)"),
]


def test_bad_lines_are_put_aside_whole(tmp_path: Path) -> None:
    """Every bad line is in quarantine with its bytes, number, offset and reason; the good ones around it are read."""
    good = b'{"id": 7, "text": "good"}\n'
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"".join(good + line + b"\n" for line, _ in BAD) + good.rstrip())
    corpus = read([str(path)], Config())
    assert corpus.documents["raw"].to_list() == [b"good"] * (len(BAD) + 1)
    for (line, reason), row in zip(BAD, corpus.quarantine.iter_rows(named=True), strict=True):
        assert (row["source"], row["reason"], row["raw"]) == ("a.jsonl", reason, line + b"\n")
        assert path.read_bytes()[row["offset"] :].startswith(line + b"\n")
        assert path.read_bytes()[: row["offset"]].count(b"\n") == row["line"] - 1
    assert corpus.sources["records"].to_list() == [2 * len(BAD) + 1]


@pytest.mark.parametrize(
    ("name", "head", "record", "more"),
    [
        ("a.jsonl", b"", b'{"text": "%s"}\n', b'{"text": "b"}\n'),
        ("a.csv", b"id,text\n", b'1,"%s\n"\n', b"2,b\n"),
        ("a.tsv", b"id\ttext\n", b"1\t%s\n", b"2\tb\n"),
        ("a.txt", b"", b"%s", b""),
    ],
)
def test_a_record_over_the_cap_is_put_aside(tmp_path: Path, name: str, head: bytes, record: bytes, more: bytes) -> None:
    """A record that would need more memory than is meant for one never reaches a parser, and is kept whole."""
    long = record % (b"x" * 1000)
    (tmp_path / name).write_bytes(head + long + more)
    corpus = read([str(tmp_path)], Config(max_record_bytes=999))
    assert corpus.quarantine["raw"].to_list() == [long]
    assert "bytes, more than max_record_bytes = 999 allows" in corpus.quarantine["reason"][0]
    assert corpus.documents["raw"].to_list() == [b"b"] * bool(more)
    assert read([str(tmp_path)], Config(max_record_bytes=len(long))).quarantine.is_empty()


def test_depth_is_counted_in_linear_time() -> None:
    """Quotes and escapes that would make a naive scanner start again at every one of them."""
    assert not jsonlines.too_deep(b'"' + b'\\"[{' * 300_000)
    assert not jsonlines.too_deep(b'{"a": "' + b"[" * 300 + b'"}')
    assert not jsonlines.too_deep(b"[]" * 300)


def test_marks_line_ends_and_blank_lines_are_no_content(tmp_path: Path) -> None:
    """A byte order mark, CRLF and blank lines change nothing; U+2028 and NUL in a text are not line ends."""
    lines = '\ufeff{"text": "a\u2028b"}\r\n\r\n \t\n{"text": "\\u0000\u0085"}\r\n{"text": "\\ud800"}'
    (tmp_path / "a.jsonl").write_bytes(lines.encode())
    corpus = read([str(tmp_path)], Config())
    assert corpus.documents["raw"].to_list() == ["a\u2028b".encode(), "\0\u0085".encode(), b"\xed\xa0\x80"]
    assert corpus.documents["doc_id"].to_list() == ["a:1", "a:4", "a:5"]
    assert corpus.documents["meta"][0] == b'{"text": \0}'


def test_ids_and_groups_are_as_written(tmp_path: Path) -> None:
    """A number keeps its digits, null and missing get file and line, the site is the host of `url`."""
    lines = [
        '{"id": 1.10, "text": "", "url": "https://User@WWW.Example.org:8080/a"}',
        '{"id": "\\ud800", "text": "", "url": "http://[half"}',
        '{"id": null, "text": "", "url": 3}',
        '{"text": "", "id": [1, 2]}',
    ]
    (tmp_path / "a.b.ndjson").write_text("\n".join(lines), "utf-8")
    documents = read([str(tmp_path)], Config()).documents
    assert documents["doc_id"].to_list() == ["1.10", "\\ud800", "a.b:3", "[1, 2]"]
    assert documents["group"].to_list() == ["www.example.org", "", "", ""]


def test_a_misspelt_field_is_an_error(tmp_path: Path) -> None:
    """A typo must not pass a corpus untouched: the fields that are there and the option are named."""
    (tmp_path / "a.jsonl").write_text('{"body": "a", "id": 1}\n{"title": "b"}\n')
    with pytest.raises(InputError, match=r"a\.jsonl: no record has a field 'text'; there is body, id, title: .* --text-field"):
        read([str(tmp_path)], Config())
    with pytest.raises(InputError, match=r"no record has the field 'sight' that --group-field names; there is body, id, title$"):
        read([str(tmp_path)], Config(text_field="body", group_field="sight"))
    assert read([str(tmp_path)], Config(text_field="body")).documents["raw"].to_list() == [b"a", None]


def test_an_empty_file_is_an_empty_corpus(tmp_path: Path) -> None:
    """Empty in, empty out, with the schema."""
    (tmp_path / "a.jsonl").touch()
    corpus = read([str(tmp_path)], Config())
    assert corpus.documents.height == 0
    assert corpus.sources["records"].to_list() == [0]
