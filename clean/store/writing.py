"""From documents to published files: the input's records in the input's order, only their text replaced."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl

from clean.config import Config
from clean.errors import DiskError, InputError, refusal
from clean.schema import DOCUMENTS, Schema, empty
from clean.store import restoring
from clean.store.formats import columns, delimited, jsonlines, names, parquets, unpacking
from clean.store.formats.corpus import Origin
from clean.store.formats.finding import for_polars
from clean.store.publish import replacing

__all__ = ["SHARD", "Shard", "Writer", "is_full", "lines", "metas", "table"]

SHARD_ROWS = 200_000
SHARD_BYTES = 32 << 20  # of text: a shard is held in memory, twice, while it is written and read back
ROW_GROUP = 20_000
PACKING = 1  # of gzip: level 9 takes nine times as long for a file that is 15 % smaller

SHARD: Schema = {name: DOCUMENTS[name] for name in ("doc", "doc_id", "source", "row", "meta")} | {"text": pl.String}

Token = str | pl.DataType  # a kind of columns.DTYPES, or a Parquet type that JSON has not


@dataclass(frozen=True)
class Plan:
    """The columns of the published table: name -> type, in the order the input's records have them."""

    tokens: dict[str, Token]
    own_ids: bool  # whether every record brought an id of one type, which is no text; else the id column holds `doc_id`


def is_full(rows: int, size: int) -> bool:
    """Whether so many documents, of so many bytes of text, make a shard: where shards end follows from what they hold alone."""
    return rows >= SHARD_ROWS or size >= SHARD_BYTES


@dataclass(frozen=True)
class Layout:
    """How the data of a run are written."""

    folder: Path
    origin: Origin
    config: Config
    formats: tuple[str, ...]
    texts_of: frozenset[str] | None  # sources whose documents become text files, if any do; None: all
    plan: Plan


@dataclass(frozen=True)
class Shard:
    """Some of the kept documents: a file of each format, and text files. May be written beside others, or twice."""

    layout: Layout
    number: int
    named: list[str] | None  # the names of its documents as text files; None: there are none

    @property
    def files(self) -> dict[str, Path]:
        """Its files by format, but for the text files. How many shards there will be, their names do not say yet."""
        stem = f"corpus-{self.number:05}-of-"
        formats = (format for format in self.layout.formats if format != "txt")
        return {format: self.layout.folder / "data" / f"{stem}{restoring.SUFFIXES[format]}" for format in formats}

    def write(self, documents: pl.DataFrame) -> pl.Series:
        """Write its documents (SHARD; a null text stays null); their texts, from the disk.

        Raises DiskError when the disk refuses.
        """
        layout = self.layout
        try:
            for format, path in self.files.items():
                path.parent.mkdir(exist_ok=True)
                with replacing(path) as beside:
                    _writers[format](beside, layout.origin, documents, layout.plan, layout.config)
            texts = None if self.named is None else self._write_texts(documents, self.named)
        except (OSError, pl.exceptions.ComputeError) as error:  # polars reports a full disk as ComputeError
            raise DiskError(layout.folder, refusal(error)) from error
        best = next((self.files[format] for format in restoring.SUFFIXES if format in self.files), None)
        return restoring.read_file(best, layout.config.text_field) if best else restoring.read_text_files(texts or [])

    def _write_texts(self, documents: pl.DataFrame, named: list[str]) -> list[Path | None]:
        """One file a document, none for a null text."""
        folder, texts_of = self.layout.folder / "txt", self.layout.texts_of
        folder.mkdir(exist_ok=True)
        paths: list[Path | None] = []
        for name, source, text in zip(named, documents["source"], documents["text"], strict=True):
            path = folder / name if text is not None and (texts_of is None or source in texts_of) else None
            paths.append(path)
            if path is not None:
                path.write_bytes(text.encode())
        return paths


class Writer:
    """Plans how kept documents are written under `folder`, a shard at a time, in `formats`, else those of the settings, else
    Parquet and, for documents that came as text files, txt.

    `about`: doc_id, source, row and meta of all documents that will come, in order, in tables of any number of rows.
    Raises InputError when a Parquet source has changed since it was read.
    """

    def __init__(
        self, folder: Path, origin: Origin, formats: Sequence[str], config: Config, about: Iterable[pl.DataFrame]
    ) -> None:
        chosen = tuple(formats) or config.formats
        formats = tuple(dict.fromkeys(chosen or ("parquet",)))
        texts_of = None if chosen else frozenset(origin.of_format("txt"))
        as_texts = "txt" in formats or bool(texts_of)
        typed = any(format in ("parquet", "csv") for format in formats)
        plan, ids = _Planner(origin, config), []
        for table in about if typed or as_texts else ():
            if typed:
                plan.see(table)
            if as_texts:
                ids += table["doc_id"].to_list()
        self._layout = Layout(folder, origin, config, formats, texts_of, plan.plan())
        # after ALL kept ids, so that `restoring` finds the names again
        self._names = iter(names.names(ids, ".txt")) if as_texts else None
        self._shards: list[Shard] = []
        _check_unchanged(origin)

    def shard(self, documents: int) -> Shard:
        """The next shard, of so many documents."""
        named = None if self._names is None else list(islice(self._names, documents))
        self._shards.append(Shard(self._layout, len(self._shards), named))
        return self._shards[-1]

    def close(self) -> None:
        """Give the files their final names: how many there are is known now."""
        if not self._shards:
            self.shard(0).write(empty(SHARD))  # so that the columns are published
        total = f"of-{len(self._shards):05}."
        for path in (path for shard in self._shards for path in shard.files.values()):
            path.rename(path.with_name(path.name.replace("of-.", total)))


def table(origin: Origin, documents: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Kept documents (SHARD) as one table: what the Parquet files of a run over them would hold.

    Raises InputError when a Parquet source has changed since it was read.
    """
    _check_unchanged(origin)
    planner = _Planner(origin, config)
    planner.see(documents)
    return _table(origin, documents, planner.plan(), config)


def metas(origin: Origin, documents: pl.DataFrame, config: Config) -> pl.DataFrame:
    """`doc`, `meta` of some documents (doc, source, row, meta): the other fields as JSON, for Parquet records too; null for
    text files."""
    schema: Schema = {"doc": pl.UInt32, "meta": pl.Binary}
    parts = (
        pl.DataFrame({"doc": part["doc"], "meta": _json(origin, part, config)}, schema=schema)
        for part in _parts(origin, documents)
    )
    return pl.concat([pl.DataFrame(schema=schema), *parts])


# ---------------------------------------------------------------- files


def _parts(corpus: Origin, documents: pl.DataFrame) -> list[pl.DataFrame]:
    """Runs of documents that are made alike: of one Parquet source, or of any sources that brought their fields."""
    origin = pl.when(pl.col("source").is_in(corpus.of_format("parquet"))).then("source").fill_null("")
    parts = documents.with_columns(origin.rle_id().alias("part")).partition_by("part", maintain_order=True, include_key=False)
    return [part for part in parts if not part.is_empty()]


def _write_parquet(path: Path, corpus: Origin, shard: pl.DataFrame, plan: Plan, config: Config) -> None:
    table = _table(corpus, shard, plan, config)
    as_json = ",".join(jsonlines.quoted(name).decode() for name, token in plan.tokens.items() if token == columns.JSON)
    notes = {"clean.text_field": config.text_field, "clean.id_field": config.id_field, "clean.json_columns": f"[{as_json}]"}
    table.write_parquet(for_polars(path), compression="zstd", row_group_size=ROW_GROUP, metadata=notes)


def _write_csv(path: Path, corpus: Origin, shard: pl.DataFrame, plan: Plan, config: Config) -> None:
    cells = {column.name: columns.plain(column) for column in _table(corpus, shard, plan, config)}
    # all is text here, and so is the id, as the ledger has it: bytes are no base64
    path.write_bytes(delimited.written(pl.DataFrame(cells | {config.id_field: shard["doc_id"]})))


def _write_jsonl(path: Path, corpus: Origin, shard: pl.DataFrame, plan: Plan, config: Config) -> None:
    with path.open("wb") as file, gzip.GzipFile(filename="", mode="wb", compresslevel=PACKING, fileobj=file, mtime=0) as packed:
        packed.writelines(lines(corpus, shard, config))


_writers: dict[str, Callable[[Path, Origin, pl.DataFrame, Plan, Config], None]] = {
    "parquet": _write_parquet,
    "csv": _write_csv,
    "jsonl": _write_jsonl,
}


# ---------------------------------------------------------------- records as JSON


def lines(corpus: Origin, shard: pl.DataFrame, config: Config) -> Iterator[bytes]:
    """The documents of a shard as JSON Lines: the records as they came, with their new text."""
    for part in _parts(corpus, shard):
        for meta, doc_id, text in zip(_json(corpus, part, config), part["doc_id"], part["text"], strict=True):
            if meta is None:
                fields = {config.id_field: jsonlines.quoted(doc_id), config.text_field: jsonlines.CUT}
                yield jsonlines.uncut(jsonlines.record(fields), text) + b"\n"
            else:
                yield jsonlines.uncut(jsonlines.with_value(meta, config.id_field, doc_id), text) + b"\n"


def _json(corpus: Origin, part: pl.DataFrame, config: Config) -> Sequence[bytes | None]:
    """The metas of documents of one source; those of a Parquet source are made from its columns."""
    if not _is_parquet(corpus, part):
        return part["meta"].to_list()
    return parquets.metas(_parquet_rows(corpus, part), config.text_field)


def _is_parquet(corpus: Origin, part: pl.DataFrame) -> bool:
    return part["source"][0] in corpus.of_format("parquet")


def _parquet_rows(corpus: Origin, part: pl.DataFrame) -> pl.DataFrame:
    """All columns of some rows of a Parquet source, in its order and types."""
    source, numbers = part["source"][0], part["row"]
    first, last = int(numbers[0]), int(numbers[-1])
    path = corpus.files[source]
    stretch = parquets.rows(path, source, first, last - first + 1)
    return stretch[(numbers - first).cast(pl.UInt32)]


def _fields(meta: bytes) -> dict[str, str]:
    """Field -> its value as written; the text's is an empty string."""
    return jsonlines.written(meta.replace(jsonlines.CUT, b'""'))


def _check_unchanged(corpus: Origin) -> None:
    """Raise InputError when a Parquet source is no longer the file that was read: its rows would be mixed up."""
    for source, format, digest in corpus.sources.select("source", "format", "sha256").iter_rows():
        if format == "parquet" and unpacking.sha256(corpus.files[source], source) != digest:
            raise InputError(f"{source} has changed since it was read; run again")


# ---------------------------------------------------------------- records as columns


class _Planner:
    """Collects the union of all records' fields in first-seen order, each with the one type that loses nothing."""

    def __init__(self, origin: Origin, config: Config) -> None:
        self._origin, self._config = origin, config
        self._seen: dict[str, set[Token]] = {}
        self._ids: set[Token] = set()

    def see(self, documents: pl.DataFrame) -> None:
        """Take some documents into account."""
        config = self._config
        for part in _parts(self._origin, documents):
            tokens = _tokens(self._origin, part)
            own = tokens.get(config.id_field, {"null"})
            self._ids |= own
            first = {} if config.id_field in tokens else {config.id_field: own}
            for name, found in (first | tokens | {config.text_field: set()}).items():
                self._seen.setdefault(name, set()).update(found)

    def plan(self) -> Plan:
        """The plan for all that was seen."""
        config = self._config
        seen = self._seen or {config.id_field: set(), config.text_field: set()}
        merged: dict[str, Token] = {name: _merged(found) for name, found in seen.items()}
        # a text either is `doc_id` or, as an empty cell of CSV, is none
        own_ids = len(self._ids) == 1 and not self._ids & {"null", "string", columns.JSON}
        return Plan(merged | {config.text_field: "string"} | ({} if own_ids else {config.id_field: "string"}), own_ids)


def _tokens(corpus: Origin, part: pl.DataFrame) -> dict[str, set[Token]]:
    """Field -> the types that one source's records have in it; "null" among them where a record has none."""
    if _is_parquet(corpus, part):
        frame = _parquet_rows(corpus, part)
        return {column.name: {_token(column.dtype)} | ({"null"} if column.null_count() else set()) for column in frame}
    found: dict[str, set[Token]] = {}
    counts: dict[str, int] = {}
    for meta in part["meta"].drop_nulls():
        for name, written in _fields(meta).items():
            found.setdefault(name, set()).add(columns.kind(written))
            counts[name] = counts.get(name, 0) + 1
    for name, count in counts.items():
        found[name] |= {"null"} if count < part.height else set()
    return found


def _token(dtype: pl.DataType) -> Token:
    kinds: dict[pl.DataType, Token] = {
        pl.Int64(): "integer",
        pl.Float64(): "number",
        pl.Boolean(): "boolean",
        pl.String(): "string",
        pl.Null(): "null",
    }
    return kinds.get(dtype, dtype)


def _merged(tokens: set[Token]) -> Token:
    real = tokens - {"null"}
    return real.pop() if len(real) == 1 else columns.JSON if real else "null"


def _table(corpus: Origin, shard: pl.DataFrame, plan: Plan, config: Config) -> pl.DataFrame:
    schema = {name: columns.DTYPES[token] if isinstance(token, str) else token for name, token in plan.tokens.items()}
    parts = [_part(corpus, part, plan, config) for part in _parts(corpus, shard)]
    cast = [pl.DataFrame({name: part[name].cast(dtype) for name, dtype in schema.items()}) for part in parts]
    return pl.concat([pl.DataFrame(schema=schema), *cast])


def _part(corpus: Origin, part: pl.DataFrame, plan: Plan, config: Config) -> pl.DataFrame:
    """The documents of one source with all columns of the plan; those it has not are null."""
    given = {config.text_field: part["text"]}
    if not plan.own_ids:
        given[config.id_field] = part["doc_id"]
    others = {name: token for name, token in plan.tokens.items() if name not in given}
    if _is_parquet(corpus, part):
        found = _parquet_rows(corpus, part).to_dict()
        given |= {name: _typed(found[name], token) for name, token in others.items() if name in found}
    else:
        records = [{} if meta is None else _fields(meta) for meta in part["meta"]]
        for name, token in others.items():
            kind = token if isinstance(token, str) else "null"
            given[name] = columns.typed(name, [record.get(name) for record in records], kind)
    missing = pl.Series([None] * part.height, dtype=pl.Null)
    return pl.DataFrame({name: given.get(name, missing) for name in plan.tokens})  # a mapping: "" is a name, too


def _typed(column: pl.Series, token: Token) -> pl.Series:
    """A Parquet column as the plan wants it: as it is, or as JSON text where sources disagree."""
    if token != columns.JSON or column.dtype == pl.Null:
        return column
    return pl.Series(column.name, [None if value == b"null" else value.decode() for value in columns.as_json(column)], pl.String)
