"""The records of a file, batch by batch: each exactly as it was written, or put aside with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

import polars as pl

from clean.config import NAMES, Config, echoed, shortened
from clean.errors import InputError
from clean.schema import DOCUMENTS
from clean.store.formats import columns, delimited, jsonlines, parquets, sites, unpacking
from clean.store.formats.finding import Found, stem
from clean.store.trial import Trial

UTF16 = (b"\xff\xfe", b"\xfe\xff")
# what no text begins with
PACKED = (b"PK\x03\x04", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"PAR1", b"BZh")
MAGIC = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"\x7fELF", *PACKED)
BATCH_BYTES = 16 << 20  # in a batch of records; one record may be more
FIELDS = 50  # names of fields, in so many records, that an error lists where one is missing
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
    seen: Seen
    size: int
    sha256: str


class Window(NamedTuple):
    """Some lines of a plain file, by its bytes."""

    start: int
    end: int
    line: int  # the first one's number, from 1
    size: int = 0  # of the file, with its sha256, in the last one
    sha256: str = ""


class Source(NamedTuple):
    """A file, or some of its lines; `name`: the id of its document, where it is one text."""

    file: Found
    name: str | None
    window: Window | None = None  # None: all of it


@dataclass
class Seen:
    """Whether the fields that settings name were there at all: a typo must not pass a corpus untouched."""

    records: int = 0  # of JSON: other formats have a header, which is looked at first of all
    text: bool = False
    names: dict[str, None] = field(default_factory=dict)  # the first fields that were there; none: there were text files only
    named: set[str] = field(default_factory=set)

    def note(self, names: Mapping[str, object], config: Config) -> None:
        """See one more record, by its fields."""
        self.records += 1
        self.text |= config.text_field in names
        self.named.update(name for name in _wanted(config) if name in names)
        if self.records <= FIELDS and len(self.names) < FIELDS:
            self.names |= dict.fromkeys(names)

    def note_header(self, names: Sequence[str]) -> None:
        """See the columns of a table."""
        self.named.update(names)
        self.names |= dict.fromkeys(names)

    def and_then(self, other: Seen) -> Seen:
        """Both, one after the other."""
        names = self.names if len(self.names) >= FIELDS else self.names | other.names
        return Seen(self.records + other.records, self.text or other.text, names, self.named | other.named)

    def check(self, source: str, config: Config) -> None:
        """Raise InputError when there were records, and none had a text."""
        if self.records and not self.text:
            field = echoed(config.text_field)
            raise InputError(
                f"{source}: no record has a field {field}; {self.there()}: name the one that holds the text with --text-field"
            )

    def check_named(self, config: Config) -> None:
        """Raise InputError where a setting names a field that was in no record. Text files have none, and their ids are their
        names: of them alone, the id's field is what it will be called."""
        wanted = {"--group-field": config.group_field, "--prefer": config.preferred_field}
        if config.id_field != Config.id_field and self.names:
            wanted = {"--id-field": config.id_field} | wanted
        for setting, name in wanted.items():
            if name and name not in self.named:
                raise InputError(f"no record has the field {echoed(name)} that {setting} names; {self.there()}")

    def there(self) -> str:
        """The first fields, for an error."""
        return f"there is {shortened(', '.join(map(jsonlines.storable, self.names)), NAMES) or 'no field at all'}"


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
    seen: Seen = field(default_factory=Seen)
    size: int = 0  # of the source, with its sha256, in its last batch
    sha256: str = ""

    def told(self, file: Found) -> Told:
        """What there is to tell of it."""
        return Told(file, len(self.ids), self.bad, self.weight, self.seen, self.size, self.sha256)

    def id(self, own: str | None, line: int) -> str:
        """The one id a document has everywhere: what its record says, or, where that is nothing, its file and line (of Parquet,
        row) from 1. Null says nothing, nor does an empty cell of CSV, which has no other null."""
        return f"{stem(self.source)}:{line}" if own is None else own

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


def read_sources(sources: Iterable[Source], config: Config) -> Iterator[tuple[Found, Batch]]:
    """The batches of some files; raises as Reader does."""
    with Trial() as trial:
        for file, name, window in sources:
            if file.kind == "parquet":
                trial.read(file.path, file.name, config.text_field)
            for batch in _read_jsonl(file, config, window) if window else _readers[file.kind](file, config):
                if name is not None:
                    batch.ids = [name] * len(batch.ids)
                yield file, batch


def windows(source: Source) -> Iterator[Source]:
    """A file of plain JSON Lines, about BATCH_BYTES of lines at a time, cut where `_read_jsonl` ends its batches; else itself."""
    file = source.file
    if file.kind != "jsonl" or file.packing:
        yield source
        return
    with unpacking.stored(file.path, file.name) as stored:
        start, line, lines, limit = 0, 1, 0, BATCH_BYTES
        while chunk := stored.read(unpacking.CHUNK):
            here, done = stored.size - len(chunk), 0
            while stored.size >= limit and (found := chunk.find(b"\n", max(0, limit - 1 - here))) >= 0:
                lines += chunk.count(b"\n", done, found + 1)
                done, end = found + 1, here + found + 1
                yield source._replace(window=Window(start, end, line))
                start, line, lines, limit = end, line + lines, 0, _limit(end)
            lines += chunk.count(b"\n", done)
        yield source._replace(window=Window(start, stored.size, line, stored.size, stored.sha256()))


def _limit(offset: int) -> int:
    """Where a batch of lines that begins at an offset ends at the latest: the first line from there on is in another one."""
    return (offset // BATCH_BYTES + 1) * BATCH_BYTES


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


# ---------------------------------------------------------------- one reader a format


def _read_text(file: Found, config: Config) -> Iterator[Batch]:
    batch = Batch(file.name)
    with unpacking.stored(file.path, file.name) as source:
        raw = b"".join(unpacking.chunks(source, file.packing))
        batch.size, batch.sha256 = source.size, source.sha256()
    reason = _too_long("the file", raw, config) or _not_text(raw)
    if reason:
        batch.refuse(1, 0, reason, raw)
    else:
        batch.add(file.name, "", 0, raw, None)
    yield batch


def _too_long(what: str, raw: bytes, config: Config) -> str | None:
    if len(raw) <= config.max_record_bytes:
        return None
    return f"{what} has {len(raw):,} bytes, more than max_record_bytes = {config.max_record_bytes} allows"


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


def _read_jsonl(file: Found, config: Config, window: Window | None = None) -> Iterator[Batch]:
    offset, first = (window.start, window.line) if window else (0, 1)
    batch, limit = Batch(file.name), _limit(offset)
    with unpacking.stored(file.path, file.name) as source:
        read = unpacking.stretch(source, window.start, window.end) if window else unpacking.chunks(source, file.packing)
        for number, raw in enumerate(unpacking.lines(read), first):
            if offset >= limit:
                yield _full(batch)
                batch, limit = Batch(file.name), _limit(offset)
            line = raw.removesuffix(b"\n").removesuffix(b"\r")
            if number == 1:
                line = _without_mark(file, line)
            if line.strip(b" \t\r\n"):
                source.count(unpacking.RECORD)
                try:
                    _add_json(batch, number, line, config)
                except jsonlines.BadRecordError as error:
                    batch.refuse(number, offset, f"the line {error}", raw)
            offset += len(raw)
        batch.size, batch.sha256 = (window.size, window.sha256) if window else (source.size, source.sha256())
    yield _full(batch) if offset >= limit else batch


def _full(batch: Batch) -> Batch:
    """Count the batch as full: `windows` cuts a file by its bytes alone, so a batch ends there whatever its records weigh."""
    batch.weight = max(batch.weight, BATCH_BYTES)
    return batch


def _add_json(batch: Batch, number: int, line: bytes, config: Config) -> None:
    text = jsonlines.decode(line, config.max_record_bytes)
    found = jsonlines.fields(text)
    raw, meta = jsonlines.cut(text, found, config.text_field)
    values = {name: found[name].plain() for name in _wanted(config) if name in found}
    batch.seen.note(found, config)
    id = batch.id(values.get(config.id_field), number)
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
    batch.seen.note_header(names)
    yield batch


def _add_cells(batch: Batch, number: int, row: delimited.Row, cells: dict[str, str], config: Config) -> None:
    raw = cells[config.text_field].encode()
    written = {name: jsonlines.CUT if name == config.text_field else jsonlines.quoted(cell) for name, cell in cells.items()}
    id = batch.id(cells.get(config.id_field) or None, row.line)
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
        others = {name: columns.named(frame[name]).to_list() for name in wanted if name != config.text_field}
        preferred = config.preferred_field
        ranks = columns.ranked(frame[preferred]).to_list() if preferred in wanted else [None] * len(frame)
        raws = columns.raws(frame[config.text_field]).to_list()
        long = {row: why for row, raw in enumerate(raws) if raw is not None and (why := _too_long("the row's text", raw, config))}
        if long:  # the other columns of these rows are read for the quarantine alone: nothing is lost
            whole = parquets.rows(file.path, file.name, first, len(raws))[list(long)]
            for (row, reason), meta in zip(long.items(), parquets.metas(whole, config.text_field), strict=True):
                batch.refuse(first + row + 1, 0, reason, jsonlines.uncut(meta, jsonlines.as_text(raws[row])))
        for row, raw in enumerate(raws):
            if row in long:
                continue
            values = {name: column[row] for name, column in others.items()}
            id = batch.id(values.get(config.id_field), first + row + 1)
            batch.add(id, _group(values, config), first + row, raw, None, ranks[row])
        if batch.weight >= BATCH_BYTES:
            yield batch
            batch = Batch(file.name)
    batch.size, batch.sha256 = size, sha256
    batch.seen.note_header(names)
    yield batch


_readers: dict[str, Callable[[Found, Config], Iterator[Batch]]] = {
    "txt": _read_text,
    "jsonl": _read_jsonl,
    "csv": _read_delimited,
    "tsv": _read_delimited,
    "parquet": _read_parquet,
}


# ---------------------------------------------------------------- what they share


def _wanted(config: Config) -> list[str]:
    return [config.id_field, sites.field_of(config), *filter(None, [config.preferred_field])]


def _group(values: dict[str, str | None] | dict[str, str], config: Config) -> str:
    return sites.site_of(values.get(sites.field_of(config)), config)


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
