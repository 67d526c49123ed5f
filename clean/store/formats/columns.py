"""Typed columns from JSON values and back, where a type is taken only if nothing is lost by it.

`1.10` as a Float64 would come back as 1.1, a 40-digit integer not at all: such a column holds its JSON text.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from itertools import islice

import polars as pl

from clean.store.formats import jsonlines

JSON = "json"  # the kind of a column that holds JSON text
DTYPES: dict[str, type[pl.DataType]] = {
    "integer": pl.Int64,
    "number": pl.Float64,
    "boolean": pl.Boolean,
    "string": pl.String,
    JSON: pl.String,
    "null": pl.String,
}
# Days from 1970, and the parts of a day in each unit. A time further away is none to polars (nor would it fit the calendar's
# 262,143 years on either side), and ends the process where it is asked for.
_DAYS = 95_000_000
_DAY = {"ms": 86_400 * 10**3, "us": 86_400 * 10**6, "ns": 86_400 * 10**9}
_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,18})", re.ASCII)


def kind(written: str) -> str:
    """The narrowest type whose own JSON is again exactly `written`."""
    if written[0] == '"':
        return "string" if _storable(written) else JSON
    if written in ("true", "false"):
        return "boolean"
    if written == "null":
        return "null"
    if _INTEGER.fullmatch(written):
        return "integer" if written != "-0" and -(2**63) <= int(written) < 2**63 else JSON
    return "number" if _is_float(written) else JSON


def typed(name: str, written: Sequence[str | None], kind: str) -> pl.Series:
    """A column from values as written (None: missing), of the dtype of `kind`."""
    present = [None if value is None or value == "null" else value for value in written]
    if kind in (JSON, "null"):
        return pl.Series(name, present, pl.String)
    values = [None if value is None else json.loads(value) for value in present]
    return pl.Series(name, values, DTYPES[kind])


def as_json(column: pl.Series) -> list[bytes]:
    """Every value of a typed column as JSON, the same at any depth: NaN, which JSON lacks, is null; bytes are base64; times as
    `plain` has them."""
    column = stored(column.alias(""))  # polars takes a name such as "^ts$" for a pattern
    dtype = column.dtype
    if isinstance(dtype, pl.Array):
        column = column.arr.to_list()
    if isinstance(column.dtype, pl.List):
        return _lists(column)
    if isinstance(dtype, pl.Struct):
        return _objects(column, [field.name for field in dtype.fields])
    if dtype.is_integer():
        return [b"null" if value is None else str(value).encode() for value in column.to_list()]
    if dtype.is_float():
        return [_number(value) for value in column.to_list()]
    return [jsonlines.encoded(value) for value in (_spelled(column) if dtype.is_temporal() else column).to_list()]


def _lists(column: pl.Series) -> list[bytes]:
    # by their values as columns: in Python's a time has no nanoseconds, and for msgspec an infinite number is null
    values = iter(as_json(column.filter(column.list.len() > 0).explode()))
    lengths = column.list.len().to_list()
    return [b"null" if length is None else b"[%b]" % b",".join(islice(values, length)) for length in lengths]


def _objects(column: pl.Series, names: list[str]) -> list[bytes]:
    fields = column.struct.rename_fields([str(number) for number in range(len(names))]).struct
    cells = [[jsonlines.quoted(name) + b":" + value for value in as_json(fields.field(str(n)))] for n, name in enumerate(names)]
    rows = zip(column.is_null().to_list(), *cells, strict=True)
    return [b"null" if null else b"{%b}" % b",".join(members) for null, *members in rows]


def plain(column: pl.Series) -> pl.Series:
    """A typed column as strings, as CSV shows it: numbers and times plain, nested values and bytes as JSON."""
    column = stored(column)
    dtype = column.dtype
    if dtype == pl.String:
        return column
    if dtype.is_temporal():
        return _spelled(column)
    if dtype.is_integer() or dtype == pl.Boolean or isinstance(dtype, (pl.Categorical, pl.Enum, pl.Decimal)):
        return column.cast(pl.String)
    texts = [None if value == b"null" else value.decode() for value in as_json(column)]
    if dtype == pl.Binary:
        texts = [None if text is None else text[1:-1] for text in texts]
    return pl.Series(column.name, texts, pl.String)


def is_text(dtype: pl.DataType) -> bool:
    """Whether a column can be the one with the texts: strings or bytes, in whatever way it holds them, or nothing but nulls."""
    return isinstance(stored(pl.Series(dtype=dtype)).dtype, (pl.String, pl.Binary, pl.Categorical, pl.Enum, pl.Null))


def raws(column: pl.Series) -> pl.Series:
    """The texts of such a column as bytes."""
    column = stored(column)
    return column if column.dtype == pl.Binary else column.cast(pl.String).cast(pl.Binary)


def named(column: pl.Series) -> pl.Series:
    """A column of ids, sites or ranks as strings: bytes are read as UTF-8, what is none escaped; nested values are JSON."""
    column = stored(column)
    dtype = column.dtype
    if dtype == pl.Binary:
        texts = [None if value is None else value.decode(errors="backslashreplace") for value in column.to_list()]
        return pl.Series(column.name, texts, pl.String)
    return plain(column) if dtype.is_nested() or dtype.is_temporal() else column.cast(pl.String)


def ranked(column: pl.Series) -> pl.Series:
    """A column that documents are ranked by, as strings: a duration in nanoseconds, for "PT10H" sorts before "PT9H"."""
    column = stored(column)
    if isinstance(column.dtype, pl.Duration):
        per_part = pl.lit(_DAY["ns"] // _DAY[column.dtype.time_unit], dtype=pl.Int128)
        return _asked(column.to_physical(), lambda value: (value.cast(pl.Int128) * per_part).cast(pl.String))
    return named(column)


def _spelled(column: pl.Series) -> pl.Series:
    """Times as strings of ISO 8601 to the last digit they have; one that no calendar has is the whole number that the column
    holds: "9223372036854775807"."""
    low, high = _bounds(column.dtype)

    def spelled(value: pl.Expr) -> pl.Expr:
        stored = value.to_physical()
        usual = pl.when(stored.is_between(low, high)).then(value).dt.to_string("iso")
        return pl.coalesce(usual, stored.cast(pl.String))

    return _asked(column, spelled)


def _asked(column: pl.Series, expression: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """An expression of a column, whatever its name: "^ts$" would be taken for a pattern."""
    return pl.select(expression(pl.lit(column.alias("")))).to_series().alias(column.name)


def _bounds(dtype: pl.DataType) -> tuple[int, int]:
    """The least and the largest stored number that is such a time."""
    if isinstance(dtype, pl.Time):
        return 0, _DAY["ns"] - 1
    if isinstance(dtype, pl.Duration):
        return -(2**63), 2**63 - 1
    days = _DAYS * (_DAY[dtype.time_unit] if isinstance(dtype, pl.Datetime) else 1)
    return max(-days, -(2**63)), min(days, 2**63 - 1)


def stored(column: pl.Series) -> pl.Series:
    """A column of an extension type, which is a name for another type, as that; any other as it is."""
    return column.ext.storage() if column.dtype.is_extension() else column


def _storable(written: str) -> bool:
    """Whether a JSON string's content can be in a table, which a lone surrogate cannot."""
    if "\\ud" not in written and "\\uD" not in written:
        return True
    return not any("\ud800" <= char <= "\udfff" for char in json.loads(written))


def _is_float(written: str) -> bool:
    try:
        return repr(float(written)) == written
    except ValueError:
        return False


def _number(value: float | None) -> bytes:
    if value is None or math.isnan(value):
        return b"null"
    return repr(value).encode() if math.isfinite(value) else b"1e999" if value > 0 else b"-1e999"
