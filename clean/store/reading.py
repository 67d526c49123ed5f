"""From inputs to documents: every record is read exactly as it was written, or put aside with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import polars as pl

from clean.config import Config
from clean.errors import InputError
from clean.schema import DOCUMENTS, QUARANTINE
from clean.store.formats import delimited, finding, jsonlines, parquets, unpacking
from clean.store.formats.corpus import SOURCES, Corpus, Origin
from clean.store.formats.finding import Found, find, stem

__all__ = ["Corpus", "Origin", "Reader", "find", "read"]

UTF16 = (b"\xff\xfe", b"\xfe\xff")
# what no text begins with
PACKED = (b"PK\x03\x04", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"PAR1", b"BZh")
MAGIC = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"\x7fELF", *PACKED)
BATCH_BYTES = 16 << 20  # in a batch of records; one record may be more
SNIFF = 1 << 16  # bytes that decide whether a file is text
CONTROLS = bytes(byte for byte in range(32) if byte not in b"\b\t\n\v\f\r\x1a\x1b")
FEW_CONTROLS = 32  # damage, not a binary: a short text with some NUL in it is repaired


Bad = tuple[str, int, int, str, bytes]  # schema.QUARANTINE


class Told(NamedTuple):
    """What there is to tell of a batch besides its documents."""

    file: Found
    documents: int
    bad: list[Bad]
    weight: int
    named: set[str]
    size: int
    sha256: str


class Portion(NamedTuple):
    """Some files, which may be read elsewhere: each with the id of its document, where it is one text."""

    number: int
    files: list[tuple[Found, str | None]]


Held = TypeVar("Held")


@dataclass
class Batch:
    """The records of one source, column by column, and what was put aside."""

    source: str
    ids: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    preferences: list[str | None] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    raws: list[bytes | None] = field(default_factory=list)
    metas: list[bytes | None] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)
    weight: int = 0  # bytes of its records
    named: set[str] = field(default_factory=set)  # fields that settings name and that a record has
    size: int = 0  # of the source, with its sha256, in its last batch
    sha256: str = ""

    def told(self, file: Found) -> Told:
        """What there is to tell of it."""
        return Told(file, len(self.ids), self.bad, self.weight, self.named, self.size, self.sha256)

    def add(self, id: str, group: str, row: int, raw: bytes | None, meta: bytes | None, preference: str | None = None) -> None:
        """One more good record."""
        self.ids.append(id)
        self.groups.append(group)
        self.preferences.append(preference)
        self.rows.append(row)
        self.raws.append(raw)
        self.metas.append(meta)
        self.weight += len(raw or b"") + len(meta or b"")

    def refuse(self, line: int, offset: int, reason: str, raw: bytes) -> None:
        """One more bad record; `line` from 1, `offset` in bytes of the unpacked source."""
        self.bad.append((self.source, line, offset, reason, raw))


def read(inputs: Sequence[str], config: Config) -> Corpus:
    """Read files, folders, globs and '-' (JSONL on stdin) into a corpus; the order of `inputs` does not matter.

    Raises InputError for an input that cannot be used as a whole: missing, unknown, damaged, without the text field.
    """
    reader = Reader(inputs, config)
    documents = pl.concat([pl.DataFrame(schema=DOCUMENTS), *reader.batches()])
    origin = reader.origin()
    return Corpus(documents=documents, **{field.name: getattr(origin, field.name) for field in fields(origin)})


class Reader:
    """Reads a corpus in batches of bounded size; what there is to tell of its sources is known after the last.

    Raises InputError, at once or while it reads, as `read` does.
    """

    def __init__(self, inputs: Sequence[str], config: Config) -> None:
        self._config = config
        self._search = find(inputs)
        self._read: list[tuple[Any, ...]] = []  # SOURCES
        self._bad: list[Bad] = []
        self._names = _text_names(self._search.files)

    @property
    def roots(self) -> tuple[Path, ...]:
        """The inputs as given, so that no output is put into them."""
        return self._search.roots

    @property
    def stored_bytes(self) -> int:
        """Of the files that will be read, as they are stored; nothing of a stream."""
        return sum(map(_stored_bytes, self._search.files))

    @property
    def streams(self) -> bool:
        """Whether some of it can be read in this process only."""
        return any(not file.path.is_file() for file in self._search.files)

    def batches(self) -> Iterator[pl.DataFrame]:
        """The records in canonical order as schema.DOCUMENTS, about BATCH_BYTES at a time."""
        doc = 0
        for held in self.blocks((batch.told(file), batch) for file, batch in read_files(self._named_files(), self._config)):
            frame = documents_of(held, doc)
            yield frame
            doc += len(frame)

    def portions(self) -> Iterator[Portion]:
        """The same files in portions of about BATCH_BYTES, as they are stored, or one that is larger; `read_files` reads them."""
        number, held, weight = 0, list[tuple[Found, str | None]](), 0
        for file, name in self._named_files():
            held.append((file, name))
            weight += _stored_bytes(file)
            if weight >= BATCH_BYTES:
                yield Portion(number, held)
                number, held, weight = number + 1, [], 0
        if held:
            yield Portion(number, held)

    def blocks(self, batches: Iterable[tuple[Told, Held]]) -> Iterator[list[Held]]:
        """Whatever holds the records of batches, as many as make about BATCH_BYTES. Takes note of what is told of all batches."""
        held: list[Held] = []
        documents, named, weight, records = 0, set[str](), 0, 0
        for told, batch in batches:
            named |= told.named
            self._bad += told.bad
            documents += told.documents
            records += told.documents + len(told.bad)
            if told.sha256:
                file = told.file
                self._read.append((file.name, file.kind, finding.visible(file.path), told.size, told.sha256, records))
                records = 0
            if told.documents:
                held.append(batch)
                weight += told.weight
            if weight >= BATCH_BYTES:
                yield held
                held, weight = [], 0
        for setting, name in (("--group-field", self._config.group_field), ("--prefer", self._config.preferred_field)):
            if name and name not in named and documents:
                raise InputError(f"no record has the field {name!r} that {setting} names")
        if held:
            yield held

    def _named_files(self) -> Iterator[tuple[Found, str | None]]:
        return ((file, self._names.get(file.name)) for file in self._search.files)

    def origin(self) -> Origin:
        """What is known when all batches are read."""
        return Origin(
            quarantine=pl.DataFrame(self._bad, schema=QUARANTINE, orient="row"),
            sources=pl.DataFrame(self._read, schema=SOURCES, orient="row"),
            skipped=self._search.skipped,
            files={file.name: file.path for file in self._search.files},
            text_field=self._config.text_field,
            roots=self._search.roots,
        )


def _stored_bytes(file: Found) -> int:
    return file.path.stat().st_size if file.path.is_file() else 0


def read_files(files: Iterable[tuple[Found, str | None]], config: Config) -> Iterator[tuple[Found, Batch]]:
    """The batches of some files, each with the id of its document, where it is one text; raises as Reader does."""
    for file, name in files:
        for batch in _readers[file.kind](file, config):
            if name is not None:
                batch.ids = [name] * len(batch.ids)
            yield file, batch


def documents_of(batches: Sequence[Batch], first: int) -> pl.DataFrame:
    """Records in one table, numbered from `first`; built at once, for a frame a file is slow where a folder holds 100,000."""
    columns: dict[str, Iterable[Any]] = {
        "doc_id": chain.from_iterable(batch.ids for batch in batches),
        "group": chain.from_iterable(batch.groups for batch in batches),
        "preference": chain.from_iterable(batch.preferences for batch in batches),
        "source": chain.from_iterable([batch.source] * len(batch.ids) for batch in batches),
        "row": chain.from_iterable(batch.rows for batch in batches),
        "raw": chain.from_iterable(batch.raws for batch in batches),
        "meta": chain.from_iterable(batch.metas for batch in batches),
    }
    frame = pl.DataFrame([pl.Series(name, list(values), DOCUMENTS[name]) for name, values in columns.items()])
    return frame.with_row_index("doc", first).select(list(DOCUMENTS))


def _text_names(files: Sequence[Found]) -> dict[str, str]:
    """A text's id is its base name without suffixes; where two are equal, with its folders, then with all suffixes."""
    names: dict[str, str] = {}
    texts = [file.name for file in files if file.kind == "txt"]
    for shorten in (lambda name: PurePosixPath(stem(name)).name, stem, str):
        counts = Counter(map(shorten, texts))
        names |= {name: shorten(name) for name in texts if counts[shorten(name)] == 1}
        texts = [name for name in texts if counts[shorten(name)] > 1]
    return names


# ---------------------------------------------------------------- one reader a format


def _read_text(file: Found, config: Config) -> Iterator[Batch]:
    batch = Batch(file.name)
    with unpacking.stored(file.path, file.name) as source:
        raw = b"".join(unpacking.chunks(source, file.packing))
        batch.size, batch.sha256 = source.size, source.sha256()
    reason = _too_long(raw, config) or _not_text(raw)
    if reason:
        batch.refuse(1, 0, reason, raw)
    else:
        batch.add(file.name, "", 0, raw, None)
    yield batch


def _too_long(raw: bytes, config: Config) -> str | None:
    if len(raw) <= config.max_record_bytes:
        return None
    return f"the file has {len(raw):,} bytes, more than max_record_bytes = {config.max_record_bytes} allows"


def _not_text(raw: bytes) -> str | None:
    """Why a file is no text; None for text in any encoding, however damaged."""
    if raw.startswith(MAGIC):
        return "the file is not text: it begins like an image, an archive or a program"
    head = raw[:SNIFF]
    controls = len(head) - len(head.translate(None, CONTROLS))
    if head.startswith(UTF16) or controls <= max(FEW_CONTROLS, len(head) // 20):
        return None
    wide = max(head[0::2].count(0), head[1::2].count(0)) > len(head) // 5 and 0 in (head[0::2].count(0), head[1::2].count(0))
    if wide:
        return "the file looks like UTF-16 without a byte order mark: convert it to UTF-8"
    return "the file is not text: one byte in twenty or more is a control character"


def _read_jsonl(file: Found, config: Config) -> Iterator[Batch]:
    batch, seen, offset = Batch(file.name), _Seen(config), 0
    with unpacking.stored(file.path, file.name) as source:
        for number, raw in enumerate(unpacking.lines(unpacking.chunks(source, file.packing)), 1):
            line = raw.removesuffix(b"\n").removesuffix(b"\r")
            if number == 1:
                line = _without_mark(file, line)
            if line.strip(b" \t\r\n"):
                source.count(unpacking.RECORD)
                try:
                    _add_json(batch, seen, number, line, config)
                except jsonlines.BadRecordError as error:
                    batch.refuse(number, offset, f"the line {error}", raw)
            offset += len(raw)
            if batch.weight >= BATCH_BYTES:
                yield batch
                batch = Batch(file.name)
        batch.size, batch.sha256 = source.size, source.sha256()
    seen.check(file.name)
    batch.named = seen.named
    yield batch


def _add_json(batch: Batch, seen: _Seen, number: int, line: bytes, config: Config) -> None:
    text = jsonlines.decode(line, config.max_record_bytes)
    found = jsonlines.fields(text)
    raw, meta = jsonlines.cut(text, found, config.text_field)
    values = {name: found[name].plain() for name in seen.wanted if name in found}
    seen.note(found)
    id = values.get(config.id_field)
    id = f"{stem(batch.source)}:{number}" if id is None else id
    batch.add(id, _group(values, config), number - 1, raw, meta, values.get(config.preferred_field))


def _read_delimited(file: Found, config: Config) -> Iterator[Batch]:
    batch = Batch(file.name)
    with unpacking.stored(file.path, file.name) as source:
        lines = _unmarked(file, unpacking.lines(unpacking.chunks(source, file.packing)))
        rows = delimited.rows(lines, delimited.DELIMITERS[file.kind], config.max_record_bytes)
        header = next(rows, None)
        delimited.check_header(file.name, header, config.text_field)
        names = header.cells if header else []
        for number, row in enumerate(rows):
            source.count(unpacking.RECORD)
            if row.reason is None:
                _add_cells(batch, number, row, dict(zip(names, row.cells, strict=True)), config)
            else:
                batch.refuse(row.line, row.offset, f"the row {row.reason}", row.raw)
            if batch.weight >= BATCH_BYTES:
                yield batch
                batch = Batch(file.name)
        batch.size, batch.sha256 = source.size, source.sha256()
    batch.named = set(names)
    yield batch


def _add_cells(batch: Batch, number: int, row: delimited.Row, cells: dict[str, str], config: Config) -> None:
    raw = cells[config.text_field].encode()
    written = {name: jsonlines.CUT if name == config.text_field else jsonlines.quoted(cell) for name, cell in cells.items()}
    id = cells.get(config.id_field, "") or f"{stem(batch.source)}:{row.line}"
    batch.add(id, _group(cells, config), number, raw, jsonlines.record(written), cells.get(config.preferred_field))


def _read_parquet(file: Found, config: Config) -> Iterator[Batch]:
    batch = Batch(file.name)
    with unpacking.stored(file.path, file.name) as source:
        for _ in unpacking.chunks(source, ""):
            pass
        size, sha256 = source.size, source.sha256()
    names = parquets.column_names(file.path, file.name, config.text_field)
    wanted = [name for name in dict.fromkeys((config.text_field, *_wanted(config))) if name in names]
    for first, frame in parquets.stretches(file.path, file.name, wanted):
        others = {name: _strings(frame[name]) for name in wanted if name != config.text_field}
        text = frame[config.text_field]
        raws = (text if text.dtype == pl.Binary else text.cast(pl.String).cast(pl.Binary)).to_list()
        for row, raw in enumerate(raws):
            values = {name: column[row] for name, column in others.items()}
            id, number = values.get(config.id_field), first + row
            id = f"{stem(file.name)}:{number + 1}" if id is None else id
            batch.add(id, _group(values, config), number, raw, None, values.get(config.preferred_field))
        if batch.weight >= BATCH_BYTES:
            yield batch
            batch = Batch(file.name)
    batch.size, batch.sha256 = size, sha256
    batch.named = set(names)
    yield batch


_readers: dict[str, Callable[[Found, Config], Iterator[Batch]]] = {
    "txt": _read_text,
    "jsonl": _read_jsonl,
    "csv": _read_delimited,
    "tsv": _read_delimited,
    "parquet": _read_parquet,
}


# ---------------------------------------------------------------- what they share


class _Seen:
    """Whether the fields that settings name were there at all: a typo must not pass a corpus untouched."""

    def __init__(self, config: Config) -> None:
        self.config, self.wanted = config, _wanted(config)
        self.names: dict[str, None] = {}
        self.records, self.text, self.named = 0, False, set[str]()

    def note(self, names: dict[str, jsonlines.Value]) -> None:
        self.records += 1
        self.text |= self.config.text_field in names
        self.named |= {name for name in self.wanted if name in names}
        if not self.text and len(self.names) < 50:
            self.names |= dict.fromkeys(names)

    def check(self, source: str) -> None:
        if self.records and not self.text:
            has = ", ".join(map(jsonlines.storable, self.names)) or "no field at all"
            field = self.config.text_field
            raise InputError(f"{source}: no record has a field {field!r}; there is {has}: name the text's with --text-field")


def _wanted(config: Config) -> list[str]:
    return [config.id_field, config.group_field or "url", *filter(None, [config.preferred_field])]


def _group(values: dict[str, str | None] | dict[str, str], config: Config) -> str:
    """The named field's value, else the host of `url`; "" where there is none."""
    value = values.get(config.group_field or "url") or ""
    if config.group_field:
        return value
    try:
        return urlsplit(value).hostname or ""
    except ValueError:  # "http://[half"
        return ""


def _strings(column: pl.Series) -> list[str | None]:
    """A column of any type as strings; lists and structs as JSON."""
    if column.dtype.is_nested() or column.dtype == pl.Binary:
        column = column.map_elements(repr, pl.String)
    return column.cast(pl.String).to_list()


def _without_mark(file: Found, line: bytes) -> bytes:
    """The first line without its byte order mark. Raises InputError for UTF-16 and for what is packed."""
    if line.startswith(UTF16):
        raise InputError(f"{file.name} is UTF-16; convert it to UTF-8")
    if line.startswith(MAGIC):
        raise InputError(f"{file.name} holds no lines of text: is it packed, and its suffix missing?")
    return line.removeprefix(jsonlines.BOM)


def _unmarked(file: Found, lines: Iterator[bytes]) -> Iterator[bytes]:
    for number, line in enumerate(lines):
        yield line if number else _without_mark(file, line)
