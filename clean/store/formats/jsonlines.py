"""JSON Lines as bytes: what each field holds and where it stands, so that only the text's value is ever replaced.

Built on the standard library's own C scanners, so what is JSON and what it means is by construction what `json`
says: of two equal keys the last counts, NaN is a number, `"\\ud800"` is a text. Numbers are never converted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from json import JSONDecodeError, JSONDecoder
from json.decoder import scanstring  # type: ignore[attr-defined]  # the C scanner, not in the stubs
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import Any, NamedTuple

import msgspec

MAX_DEPTH = 200  # the scanner recurses; 1,000 levels end in a RecursionError
CUT = b"\x00"  # stands where the text was; raw control characters cannot occur in JSON
BOM = b"\xef\xbb\xbf"

_decoder: Any = JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
_scan = _decoder.scan_once  # the C scanner, not in the stubs
_encode = msgspec.json.Encoder(decimal_format="number").encode
_unread = msgspec.json.Decoder(dict[str, msgspec.Raw])
_skip = re.compile(r"[ \t\n\r]*").match
_colon, _comma = (re.compile(rf"[ \t\n\r]*{sign}[ \t\n\r]*").match for sign in ":,")
# a string to its end (or the line's, if it never closes), else a bracket; possessive, so `"\"\"\"…` stays linear
_BRACKETS = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\Z)|[\[\]{}]', re.DOTALL)
_NAMES = {"{": "an object", "[": "an array", '"': "a text", "t": "true", "f": "false", "n": "null"}
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class BadRecordError(ValueError):
    """Why a line is no record: a clause that follows "the line"."""


class Value(NamedTuple):
    """A field's value: `written` as in the line, `start` and `end` in characters; `text` only for a string."""

    written: str
    start: int
    end: int
    text: str | None

    def plain(self) -> str | None:
        """What it says, see `plain`."""
        return plain(self.written)


def fields(line: str) -> dict[str, Value]:
    """The fields of one JSON object in order, a doubled key at its first place with its last value.

    Raises BadRecordError when the line is not a JSON object.
    """
    try:
        return _members(line)
    except JSONDecodeError as error:
        raise BadRecordError(f"is not JSON: {error.msg} (character {error.pos + 1})") from None
    except StopIteration as stop:
        raise BadRecordError(f"is not JSON: a value is missing (character {stop.value + 1})") from None


def written(line: bytes) -> dict[str, str]:
    """The values of one JSON object as written, under names fit for a table; a doubled key at its first place with its last
    value. For lines that `fields` has read.

    msgspec skips values without reading them, ten times as fast; what it refuses (NaN, a lone surrogate) `fields` reads.
    """
    try:
        return {name: bytes(value).decode() for name, value in _unread.decode(line).items()}
    except msgspec.DecodeError:
        return _named(fields(line.decode()))


def plain(written: str) -> str | None:
    """What a value as written says: a string's content, anything else as written, None for null; fit for a table (no lone
    surrogates)."""
    if written[0] == '"':
        return storable(scanstring(written, 1, True)[0])
    return None if written == "null" else written


def decode(line: bytes, max_bytes: int) -> str:
    """The line as text, after the checks that must come before parsing. Raises BadRecordError."""
    if len(line) > max_bytes:
        raise BadRecordError(f"has {len(line):,} bytes, more than max_record_bytes = {max_bytes} allows")
    if too_deep(line):
        raise BadRecordError(f"is nested deeper than {MAX_DEPTH} levels")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRecordError(f"is not UTF-8 at byte {error.start + 1} of it") from None


def too_deep(line: bytes) -> bool:
    """Whether brackets nest deeper than MAX_DEPTH, counted without recursion."""
    if line.count(b"[") + line.count(b"{") <= MAX_DEPTH:
        return False
    depth = 0
    for token in _BRACKETS.finditer(line):
        depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(token[0], 0)
        if depth > MAX_DEPTH:
            return True
    return False


def cut(line: str, found: Mapping[str, Value], text_field: str) -> tuple[bytes | None, bytes]:
    """The text as bytes and the line with CUT in its place; (None, the line) where it is null or missing.

    A lone surrogate escape is kept as its three bytes ("surrogatepass"). Raises BadRecordError for a text field
    that is not a string.
    """
    value = found.get(text_field)
    if value is None or value.written == "null":
        return None, line.encode()
    if value.text is None:
        raise BadRecordError(f"has {_NAMES.get(value.written[0], 'a number')} in its field {text_field!r}, not a text")
    return value.text.encode("utf-8", "surrogatepass"), line[: value.start].encode() + CUT + line[value.end :].encode()


def as_text(raw: bytes | None) -> str | None:
    r"""Bytes as a JSON string holds them: lone surrogates as they came, bytes of no encoding as `\udc80` and up."""
    try:
        return None if raw is None else raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "surrogateescape") if raw is not None else None


def uncut(meta: bytes, text: str | None) -> bytes:
    """The line with `text` in its place; a record that had no text comes back as it was."""
    before, mark, after = meta.partition(CUT)
    return before + quoted(text) + after if mark else meta


def quoted(text: str | None) -> bytes:
    """A JSON string (None: null), as `encoded`; a lone surrogate as its escape."""
    if text is None:
        return b"null"
    try:
        return encoded(text)
    except UnicodeEncodeError:
        return _one_line(_SURROGATE.sub(lambda lone: encode_basestring_ascii(lone[0])[1:-1], encode_basestring(text)).encode())


def encoded(value: object) -> bytes:
    """A value as JSON that no tool cuts into two lines, whatever it takes for a line end."""
    return _one_line(_encode(value))


def _one_line(written: bytes) -> bytes:
    for mark, escape in ((b"\xe2\x80\xa8", b"\\u2028"), (b"\xe2\x80\xa9", b"\\u2029"), (b"\xc2\x85", b"\\u0085")):
        if mark in written:
            written = written.replace(mark, escape)
    return written


def with_value(meta: bytes, name: str, value: str) -> bytes:
    """The record with a field that says `value`: as it came where it does (`1.10` says "1.10"), else with the value in the place
    of the field's own, or, where it has none, before all others."""
    there = written(meta.replace(CUT, b'""')).get(name)
    if there is not None and plain(there) == value:
        return meta
    line = meta.decode()
    old = None if there is None else fields(line.replace("\0", "0")).get(name)  # 0: as long as the mark, places stay
    if old is not None:
        return line[: old.start].encode() + quoted(value) + line[old.end :].encode()
    brace = meta.index(b"{") + 1
    comma = b"" if meta[brace:].lstrip(b" \t\r\n").startswith(b"}") else b", "
    return meta[:brace] + quoted(name) + b": " + quoted(value) + comma + meta[brace:]


def record(members: Mapping[str, bytes]) -> bytes:
    """One line from fields whose values are JSON already (or CUT)."""
    return b"{" + b", ".join(quoted(name) + b": " + value for name, value in members.items()) + b"}"


def records(names: Sequence[str], columns: Iterable[Sequence[bytes]], *, nulls: bool = True) -> list[bytes]:
    """`record` of each row of some columns; without `nulls`, a row has the fields that hold something."""
    rows = (zip(names, row, strict=True) for row in zip(*columns, strict=True))
    return [record({name: value for name, value in row if nulls or value != b"null"}) for row in rows]


def storable(text: str) -> str:
    r"""`text` for a table: a lone surrogate, which UTF-8 cannot hold, as `\ud800`."""
    return text.encode("utf-8", "backslashreplace").decode()


def _named(found: Mapping[str, Value]) -> dict[str, str]:
    r"""Values as written under storable names; `~2` is put to one that another field has: `\ud800` may be its six characters."""
    named: dict[str, str] = {}
    for name, value in found.items():
        shown = storable(name)
        while shown != name and (shown in found or shown in named):
            shown += "~2"
        named[shown] = value.written
    return named


def _members(line: str) -> dict[str, Value]:
    at = _blank(line, 0)
    if line[at : at + 1] != "{":
        _other(line, at)
    found: dict[str, Value] = {}
    at = _blank(line, at + 1)
    if line[at : at + 1] != "}":
        at = _name(line, at)
        while True:
            name, at = scanstring(line, at, True)
            colon = _colon(line, at)
            if colon is None:
                raise JSONDecodeError("':' is missing", line, _blank(line, at))
            at = colon.end()
            value, end = _scan(line, at)
            found[name] = Value(line[at:end], at, end, value if line[at] == '"' else None)
            comma = _comma(line, end)
            if comma is None:
                break
            at = _name(line, comma.end())
        at = _blank(line, end)
        if line[at : at + 1] != "}":
            raise JSONDecodeError("',' is missing", line, at)
    at = _blank(line, at + 1)
    if at != len(line):
        raise JSONDecodeError("something follows the object", line, at)
    return found


def _name(line: str, at: int) -> int:
    """Where a field's name begins, behind its quote."""
    if line[at : at + 1] != '"':
        raise JSONDecodeError("a field's name in double quotes is missing", line, at)
    return at + 1


def _other(line: str, at: int) -> None:
    """Raise for a line that does not begin like an object: another kind of JSON, or none."""
    _, end = _scan(line, at)
    if _blank(line, end) != len(line):
        raise JSONDecodeError("something follows the value", line, end)
    raise BadRecordError(f"is {_NAMES.get(line[at], 'a number')}, not an object")


def _blank(line: str, at: int) -> int:
    return _skip(line, at).end()  # type: ignore[union-attr]  # `*` always matches
