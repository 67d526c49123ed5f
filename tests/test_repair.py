"""repair: equal to ftfy.fix_text on every document, undone byte for byte, and asked of ftfy only where needed."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import ftfy
import polars as pl
import pytest
from ftfy import chardata
from ftfy.badness import BADNESS_RE, MOJIBAKE_CATEGORIES
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import clean
from clean import edit
from clean.config import Config
from clean.damage import in_rust, settings
from clean.decoding import LEGACY, decode
from clean.report.layout import repair as label
from clean.schema import NORMALISATIONS, REPAIRED
from clean.stages.repair import _rule, _segments, compose, repair

CASES = json.loads((Path(__file__).parent / "cases" / "repair.json").read_text("utf-8"))
EVAL = Path(__file__).parents[2] / "shared" / "eval"
NAMES = {*ftfy.FIXERS, "fix_encoding", "normalize", "decode-bytes"}
often = hypothesis_settings(max_examples=80, deadline=None, database=None)


# ---------------------------------------------------------------- helpers


def repaired(raws: list[Any], mode: str = "gentle") -> pl.DataFrame:
    """The stage on a batch of texts (str or bytes or None); checks the laws that hold for every row."""
    raws = [raw.encode() if isinstance(raw, str) else raw for raw in raws]
    documents = pl.DataFrame({"doc": range(len(raws)), "raw": raws}, schema={"doc": pl.UInt32, "raw": pl.Binary})
    result = repair(documents, Config(repair=mode))
    assert documents["raw"].to_list() == raws  # the input is left as it was
    assert result.schema == pl.Schema(REPAIRED)
    assert result["doc"].to_list() == documents["doc"].to_list()
    for raw, text, edits in zip(raws, result["text"], result["edits"], strict=True):
        if raw is None:
            assert (text, list(edits)) == (None, [])
        else:
            assert edit.undo(text.encode(), plain(edits)) == raw
            assert edit.apply(raw, plain(edits)) == text.encode()
        for one in edits:
            names = one["rule"].split("+")
            assert all(name in NAMES or name.startswith("decode-") for name in names)
            assert len(set(names)) == len(names)
    return result


def plain(edits: Any) -> list[edit.Edit]:
    """The edits as edit.apply and edit.undo take them."""
    return [(one["start"], one["before"], one["after"]) for one in edits]


def texts(raws: list[Any], mode: str = "gentle") -> list[str | None]:
    """The repaired texts."""
    return repaired(raws, mode)["text"].to_list()


def rules(raw: str | bytes, mode: str = "gentle") -> list[str]:
    """The names of the repairs of one document, in order."""
    return [one["rule"] for one in repaired([raw], mode)["edits"][0]]


def equals_ftfy(documents: list[str], mode: str) -> None:
    """The law: each document's text is what ftfy.fix_text makes of the whole of it."""
    want = [ftfy.fix_text(document, settings(mode)) for document in documents]
    got = texts(documents, mode)
    wrong = [(d, g, w) for d, g, w in zip(documents, got, want, strict=True) if g != w]
    assert not wrong, wrong[0]


# ---------------------------------------------------------------- our cases


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    """Each case gives the text and the repair's name that were set down by hand; negatives are left alone."""
    assert texts([case["before"]]) == [case["gentle"]]
    assert texts([case["before"]], "ftfy") == [case["ftfy"]]
    assert texts([case["before"]], "off") == [case["before"]]
    if case["negative"]:
        assert case["gentle"] == case["before"]
        assert rules(case["before"]) == []
    else:
        assert case["gentle"] != case["before"]
        named = dict.fromkeys(name for rule in rules(case["before"]) for name in rule.split("+"))
        assert "+".join(named) == case["rule"]


@pytest.mark.parametrize("mode", ["gentle", "ftfy"])
def test_cases_in_one_document(mode: str) -> None:
    """In one document the cases meet: after the first `<`, no entity is touched."""
    lines = [case["before"] for case in CASES]
    equals_ftfy(["\n".join(lines), "\n".join(reversed(lines)), "\r\n".join(lines) + "\n"], mode)


# ---------------------------------------------------------------- published cases, read in place


def published(name: str) -> Path:
    """A file of the evaluation data; the test is skipped where it is not there."""
    path = EVAL / name
    if not path.is_file():
        pytest.skip(f"evaluation data {name} is not beside the repository (looked in {EVAL})")
    return path


@pytest.mark.parametrize("mode", ["gentle", "ftfy"])
def test_equals_ftfy_on_its_own_cases(mode: str) -> None:
    """ftfy's cases: alone, all in one document, each between clean lines and with CRLF."""
    cases = [case["broken"] for case in json.loads(published("ftfy_cases.json").read_text("utf-8"))]
    between = [f"A clean line.\n{case}\nAnd a café.\n" for case in cases]
    equals_ftfy([*cases, "\n".join(cases), *between, *(text.replace("\n", "\r\n") for text in between)], mode)


@pytest.mark.parametrize("mode", ["gentle", "ftfy"])
def test_equals_ftfy_on_misdecoded_lines(mode: str) -> None:
    """Real lines read in the wrong encoding, and their right forms, alone and in documents of 17 lines."""
    with gzip.open(published("misdecoded.dev.jsonl.gz"), "rt", encoding="utf-8") as rows:
        lines = [line for row in map(json.loads, rows) for line in (row["broken"], row["fixed"])]
    lines = lines[::2] if mode == "gentle" else lines[1::8]
    equals_ftfy([*lines[::3], *("\n".join(lines[at : at + 17]) for at in range(0, len(lines), 17))], mode)


# ---------------------------------------------------------------- laws


ENTITIES = ["&amp;", "&lt;", "&", "&;", "&#0;", "&#13;", "&#x26;amp;", "&#xD800;", "&#x110000;", "&EACUTE;", "&nTILDE;", "&amp"]
CONTROLS = ["\r", "\r\n", "\x00", "\x0b", "\x0c", "\x1b[31m", "\x1b[", "\x1c", "\x85", "\x9b", "\u2028", "\u2029", "\ufeff", "\t"]
MARKS = ["\u0301", "\u0323", "\u0338", "\u0e39", "\u0e49", "\u093c", "\u064e\u0651", "\u1100", "\u1161", "\u11a8", "\u212b"]
WORDS = ["é", "“x”", "à la", "…", "日", "😀", "жя"]
BROKEN = [word.encode().decode(encoding, "replace") for word in WORDS for encoding in chardata.CHARMAP_ENCODINGS]
MAPPED = [chr(code) for table in (chardata.LIGATURES, chardata.WIDTH_MAP, chardata.CONTROL_CHARS) for code in table]
SUSPECTS = [c for category in MOJIBAKE_CATEGORIES.values() for c in category]
CLEAN = ["word", "café ", "“quoted” ", " ", "Zoë\u2019s ", "東京", "Москва ", "< ", "<b>", "œ", "a"]

token = st.one_of(
    *(st.sampled_from(tokens) for tokens in (CLEAN, CLEAN, ENTITIES, CONTROLS, MARKS, BROKEN, MAPPED, SUSPECTS, SUSPECTS)),
    st.characters(exclude_categories=["Cs"]),
)
line = st.lists(token, max_size=7).map("".join)
modes = st.sampled_from(["gentle", "ftfy"])
document = st.tuples(st.lists(line, max_size=6), st.sampled_from(["\n", "\r\n"])).map(lambda parts: parts[1].join(parts[0]))


@pytest.mark.parametrize("mode", ["gentle", "ftfy"])
@often
@given(documents=st.lists(document, min_size=1, max_size=12))
def test_equals_ftfy_on_anything(mode: str, documents: list[str]) -> None:
    """repair(documents) == [ftfy.fix_text(document) for each]: the filter loses nothing."""
    equals_ftfy(documents, mode)


@often
@given(raws=st.lists(st.none() | st.binary(max_size=60) | document.map(str.encode), max_size=8), mode=modes)
def test_any_bytes_come_back(raws: list[bytes | None], mode: str) -> None:
    """undo(text, edits) == raw for all bytes (checked in `repaired`), and mending equals ftfy on what was decoded."""
    for decoded, mended in zip(texts(raws, "off"), texts(raws, mode), strict=True):
        assert mended == (None if decoded is None else ftfy.fix_text(decoded, settings(mode)))


PIECES = [b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\xed\xa0\xbd\xed\xb8\x80", b"\xed\xa0\x80", b"\xc0\x80", b"\xe2\x80"]
PIECES += ["é日".encode(), "Ã©".encode(), b"&amp;", b"\r\n", b"\n", b"\r", b"<", b"\0", b"\x93", b"caf\xe9", b"plain "]


@often
@given(raws=st.lists(st.lists(st.sampled_from(PIECES), max_size=9).map(b"".join), min_size=1, max_size=8))
def test_damaged_bytes_come_back(raws: list[bytes]) -> None:
    """The same for bytes that look like text: marks, halves of pairs, cut sequences, stray bytes, beside what ftfy mends."""
    for decoded, mended in zip(texts(raws, "off"), texts(raws), strict=True):
        assert decoded is not None
        assert mended == ftfy.fix_text(decoded, settings("gentle"))


@often
@given(documents=st.lists(document, min_size=2, max_size=8), cut=st.integers(1, 7))
def test_any_cut_gives_the_same(documents: list[str], cut: int) -> None:
    """The batch a document arrives in makes no difference."""
    whole = repaired(documents)["edits"].to_list()
    assert repaired(documents[:cut])["edits"].to_list() + repaired(documents[cut:])["edits"].to_list() == whole


@often
@given(documents=st.lists(document, max_size=8))
def test_repaired_text_needs_no_repair(documents: list[str]) -> None:
    """Where ftfy is done after one run, so are we: the second run makes the edits that ftfy would."""
    once = [text or "" for text in texts(documents)]
    again = repaired(once)
    for text, edits in zip(once, again["edits"], strict=True):
        assert (len(edits) == 0) == (ftfy.fix_text(text, settings("gentle")) == text)


@often
@given(base=st.binary(max_size=20), data=st.data())
def test_compose(base: bytes, data: st.DataObject) -> None:
    """compose(first, second) leads from raw to text in one layer, and back."""

    def edits(before: bytes) -> list[tuple[int, bytes, bytes, str]]:
        cuts = sorted(data.draw(st.lists(st.integers(0, len(before)), max_size=6).filter(lambda c: len(c) % 2 == 0)))
        spans = zip(cuts[::2], cuts[1::2], strict=True)
        return [(low, before[low:high], data.draw(st.binary(max_size=4)), "a") for low, high in spans]

    first = edits(base)
    middle = edit.apply(base, [(start, b, a) for start, b, a, _ in first])
    second = edits(middle)
    text = edit.apply(middle, [(start, b, a) for start, b, a, _ in second])
    both = [(start, b, a) for start, b, a, _ in compose(base, text, first, second)]
    assert edit.apply(base, both) == text
    assert edit.undo(text, both) == base


# ---------------------------------------------------------------- decoding


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_byte_order_marks(codec: str) -> None:
    """UTF-16 and UTF-32 with a mark are decoded as a whole, recorded as one edit."""
    raw = "\ufeffLine one\r\nÉté & 日本 😀\n".encode(codec)
    name = f"decode-{codec[:6]}"
    assert texts([raw], "off") == ["Line one\r\nÉté & 日本 😀\n"]
    assert texts([raw]) == ["Line one\nÉté & 日本 😀\n"]
    assert rules(raw, "off") == [name]
    assert rules(raw) == [f"{name}+fix_line_breaks"]


def test_a_mark_and_nothing_or_half_a_character() -> None:
    """A mark alone is an empty text, half a character at the end U+FFFD, and UTF-16 may begin with NUL."""
    assert texts([b"\xff\xfe", b"\xff\xfea\0b", b"\xff\xfe\x00\x00a\x00"], "off") == ["", "a\ufffd", "\0a"]


def test_utf8_mark_goes_unless_repair_is_off() -> None:
    """The mark of UTF-8 is a character like another: ftfy removes it, decoding does not."""
    assert texts([b"\xef\xbb\xbfFirst"]) == ["First"]
    assert texts([b"\xef\xbb\xbfFirst"], "off") == ["\ufeffFirst"]


def test_few_bad_bytes_are_small_edits() -> None:
    """UTF-8 with damage stays UTF-8: only the bad bytes are replaced, each run by one edit that holds it."""
    raw = "Été à la plage, déjà vu, ".encode() + b"cut \xe2\x80 and \xff\xfe." + " Noël".encode()
    row = repaired([raw])["edits"][0]
    assert [(one["before"], one["after"].decode(), one["rule"]) for one in row] == [
        (b"\xe2\x80", "\ufffd", "decode-bytes"),
        (b"\xff\xfe", "\ufffd\ufffd", "decode-bytes"),
    ]
    assert texts([raw]) == [raw.decode("utf-8", "replace")]


def test_halves_of_utf16_pairs() -> None:
    """What JSON escapes leave behind: pairs are joined, lone halves replaced, as ftfy.fixes.fix_surrogates does."""
    raw = "joined \ud83d\ude00, lone \ud83d.".encode("utf-8", "surrogatepass")
    assert texts([raw], "off") == ["joined 😀, lone \ufffd."]
    assert rules(raw) == ["fix_surrogates", "fix_surrogates"]
    assert texts([raw]) == [ftfy.fix_text(raw.decode("utf-8", "surrogatepass"), settings("gentle"))]


FRENCH = "Le président a déclaré que la réforme était nécessaire. « C'est l'été », dit-il à l'élève étonné. " * 3
RUSSIAN = "Президент заявил, что реформа необходима для страны и её граждан. " * 3
POLISH = "Wczoraj w Łodzi odbyło się spotkanie, na którym mówiono o przyszłości. Zażółć gęślą jaźń. " * 3
JAPANESE = "昨日、東京で開かれた会議で首相は改革の必要性を強調した。" * 3


@pytest.mark.parametrize(
    ("text", "codec", "name"),
    [
        ("café", "cp1252", "windows-1252"),
        ("“It\u2019s over” \u2013 she said… “No”", "cp1252", "windows-1252"),
        (FRENCH, "cp1252", "windows-1252"),
        ("“It\u2019s over” \u2013 she said… " * 40, "cp1250", "windows-1252"),
        ("Café\rété\r", "mac_roman", "macroman"),
        (RUSSIAN, "cp1251", "cp1251"),
        (RUSSIAN, "koi8_r", "koi8_r"),
        (POLISH, "cp1250", "cp1250"),
        (JAPANESE, "cp932", "cp932"),
        (JAPANESE, "euc_jp", "euc_jp"),
    ],
)
def test_legacy_encodings(text: str, codec: str, name: str) -> None:
    """Bytes in a legacy encoding: detected where there is enough to count, windows-1252 where there is not."""
    assert texts([text.encode(codec)], "off") == [text]
    assert rules(text.encode(codec), "off") == [f"decode-{name}"]


@pytest.mark.parametrize("codec", sorted(LEGACY))
def test_legacy_encodings_exist(codec: str) -> None:
    """Python knows every encoding that detection may name."""
    assert b"plain".decode(codec) == "plain"


def test_both_layers_at_one_place_are_one_edit() -> None:
    """A decoded byte inside a line that is mended, too: one edit with both names, and clean lines have none."""
    raw = "été, à, où\n".encode() + b"\xff" + "\ufb01n\r\n".encode() + b"clean\n"
    assert [(one["before"], one["rule"]) for one in repaired([raw])["edits"][0]] == [
        (b"\xff" + "\ufb01n\r".encode(), "decode-bytes+fix_latin_ligatures+fix_line_breaks")
    ]


@often
@given(raw=st.binary(max_size=80))
def test_decode_takes_all_bytes(raw: bytes) -> None:
    """decode() knows an answer for any bytes, and its edits lead there and back."""
    text, edits = decode(raw)
    assert edit.undo(text.encode(), [(start, before, after) for start, before, after, _ in edits]) == raw


# ---------------------------------------------------------------- mending


def test_empty_and_null() -> None:
    """Null stays null, empty stays empty, and no rows give no rows with all columns."""
    assert texts([None, b"", "x"]) == [None, "", "x"]
    assert repaired([]).height == 0
    assert repaired([None, None])["text"].dtype == pl.String


def test_html_is_remembered_by_document() -> None:
    """A `<` in one document says nothing about another; entities before it are mended, after it they stay."""
    assert texts(["a &amp; b\n<p>\nc &amp; d", "e &amp; f"]) == ["a & b\n<p>\nc &amp; d", "e & f"]
    assert texts(["&lt;p&gt;\n&amp;"]) == ["<p>\n&"]  # a `<` that comes of mending does not count


def test_crlf_is_one_small_edit_a_line() -> None:
    """The edit of a CRLF holds its CR and nothing else, as edit.difference would have it."""
    raw = "one\r\n\r\ncœur œ\r\nlast"
    row = repaired([raw])["edits"][0]
    assert plain(row) == [(3, b"\r", b""), (5, b"\r", b""), (15, b"\r", b"")]
    assert {one["rule"] for one in row} == {"fix_line_breaks"}


def test_clean_text_is_not_given_to_ftfy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clean lines, CRLF among them, cost no call, nor do lines with entities alone; equal dirty lines cost one."""
    calls: list[str] = []

    def spy(text: str, config: Any) -> Any:
        calls.append(text)
        return original(text, config)

    original = ftfy.fix_and_explain
    monkeypatch.setattr(ftfy, "fix_and_explain", spy)
    texts(["plain", "café “x” — 東京 ผู้ที่รู้จัก\n" * 3, "Windows\r\n" * 3 + "café\r\n", "<p>\n&amp;\n"])
    texts(["clean\nAT&amp;T\n" * 5])
    assert calls == []
    texts(["clean\nschÃ¶n\n" * 5, "schÃ¶n\n"])
    assert calls == ["schÃ¶n\n"]


ENTITIES = (
    "&amp;",
    "amp;",
    "lt;",
    "&lt;",
    "&",
    "#13;",
    "&#13;",
    "&#10;",
    "&#146;",
    "&nosuch;",
    "&Atilde;",
    "&para;",
    "&#x301;",
    "e",
)


@given(st.lists(st.sampled_from([*ENTITIES, "é", " ", "\r\n", "\n", "Ã", "<"]), max_size=6).map("".join))
def test_entities_are_as_ftfy_has_them(text: str) -> None:
    """What an entity stands for may be damage itself, or another entity: text and explanation are ftfy's."""
    assert texts([text]) == [ftfy.fix_text(text, settings("gentle"))]
    if "\n" not in text:
        fixed, steps = ftfy.fix_and_explain(text, settings("gentle"))
        assert rules(text) == ([_rule(steps)] if fixed != text else [])


def test_lines_longer_than_ftfy_takes_at_once() -> None:
    """A line is cut where ftfy cuts it: an entity on the border is not seen, by us as by ftfy."""
    limit = settings("gentle").max_decode_length
    document = "a" * (limit - 2) + "&amp;" + "b" * limit + "\r\n<\n&amp;\n"
    equals_ftfy([document, "é" + document, "x\n" + document], "gentle")
    assert _segments("ab\ncdefg\nhi", 3) == ["ab\n", "cde", "fg\n", "hi"]


def test_normalisations_are_names_of_repairs() -> None:
    """And every repair has words for the report, whatever encoding it names."""
    assert set(NORMALISATIONS) < NAMES
    assert all(label(name) for name in NAMES - {"fix_encoding_and_explain"})
    assert label("decode-utf-16") == "text in utf-16" and label("decode-bytes") == "bytes that are no UTF-8"


def test_quotes_that_are_uncurled_are_no_damage() -> None:
    """Right typography in another form: it fails no gate."""
    facts = clean.run(pl.DataFrame({"text": ["“So,” it is.", "caf\u00c3\u00a9 “au lait”"]}), repair="ftfy").facts
    kinds = facts["repair_kinds"]
    assert (kinds["damage"]["documents"], kinds["normalisation"]["documents"]) == (1, 1)


# ---------------------------------------------------------------- what the filter relies on


@often
@given(text=line)
def test_badness_in_rust(text: str) -> None:
    """The translated expression matches wherever ftfy's matches."""
    if BADNESS_RE.search(text):
        assert pl.Series([text]).str.contains(in_rust(BADNESS_RE))[0]


def test_translation_knows_every_class() -> None:
    r"""in_rust leaves classes as they are: none may hold `\s`, `\w` or what only Rust gives a meaning (`[`, `&&`, `--`, `~~`)."""
    for expression in (BADNESS_RE, chardata.HTML_ENTITY_RE):
        for found in re.findall(r"\[((?:\\.|[^\]\\])*)\]", expression.pattern):
            assert not re.search(r"\\[swdSWD]|\[|&&|--|~~", found)


def test_ftfy_has_the_steps_that_the_filter_knows() -> None:
    """A step that is new in ftfy would pass the filter unseen: this test is the place to learn of it."""
    assert set(ftfy.TextFixerConfig._fields) == {
        *("unescape_html", "remove_terminal_escapes", "fix_encoding", "restore_byte_a0", "replace_lossy_sequences"),
        *("decode_inconsistent_utf8", "fix_c1_controls", "fix_latin_ligatures", "fix_character_width", "uncurl_quotes"),
        *("fix_line_breaks", "fix_surrogates", "remove_control_chars", "normalization", "max_decode_length", "explain"),
    }
    assert set(ftfy.FIXERS) <= set(ftfy.TextFixerConfig._fields)


@pytest.mark.xfail(
    raises=pl.exceptions.ComputeError, reason="polars: Binary to String raises on bad bytes, also with strict=False"
)
def test_canary_polars_decodes_leniently() -> None:
    """Once this passes, rows need no longer be asked one by one."""
    assert pl.Series([b"ok", b"\xff"]).cast(pl.String, strict=False).to_list() == ["ok", None]


@pytest.mark.xfail(raises=UnicodeEncodeError, reason="polars: a lone half of a UTF-16 pair cannot enter a Series")
def test_canary_polars_holds_surrogates() -> None:
    """Once this passes, such halves could be left to ftfy instead of to decoding."""
    assert pl.Series(["\ud83d"]).to_list() == ["\ud83d"]


@pytest.mark.xfail(raises=AssertionError, reason="ftfy: a `<` in one line decides for all later lines of the text")
def test_canary_ftfy_fixes_lines_one_by_one() -> None:
    """Once this passes, the column `html` is not needed."""
    assert ftfy.fix_text("<p>\nA &amp; B") == "<p>\n" + ftfy.fix_text("A &amp; B")
