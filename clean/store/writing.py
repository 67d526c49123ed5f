"""From documents to published files: the input's records in the input's order, only their text replaced."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import polars as pl

from clean.config import Config
from clean.errors import InputError, OutputError
from clean.schema import Schema
from clean.store.formats import columns, delimited, jsonlines, names, parquets, unpacking
from clean.store.formats.corpus import Corpus

__all__ = ["metas", "write", "write_stream"]

SHARD_ROWS = 200_000
SHARD_BYTES = 256 << 20  # of text
ROW_GROUP = 20_000
PACKING = 1  # of gzip: level 9 takes nine times as long for a file that is 15 % smaller

Token = str | pl.DataType  # a kind of columns.DTYPES, or a Parquet type that JSON has not


@dataclass(frozen=True)
class Plan:
    """The columns of the published table: name -> type, in the order the input's records have them."""

    tokens: dict[str, Token]
    own_ids: bool  # whether every record brought an id of one type; else the id column holds `doc_id`


def write(folder: Path, corpus: Corpus, texts: pl.DataFrame, formats: Sequence[str], config: Config) -> list[Path]:
    """Write the kept documents under `folder`; the files written, sorted.

    `texts` has `doc` and `text` (null stays null), one row a kept document. `formats`, else `config.formats`, else
    Parquet and, for documents that came as text files, txt. Raises OutputError when the disk refuses, InputError
    when a Parquet source has changed since it was read.
    """
    kept = _kept(corpus, texts)
    chosen = tuple(formats) or config.formats
    written: list[Path] = []
    try:
        for format in dict.fromkeys(chosen or ("parquet",)):
            written += _write_texts(folder, kept) if format == "txt" else _write_shards(folder, corpus, kept, format, config)
        if not chosen:
            written += _write_texts(folder, kept, set(corpus.of_format("txt")))
    except (OSError, pl.exceptions.ComputeError) as error:  # polars reports a full disk as ComputeError
        raise OutputError(f"the output cannot be written: {getattr(error, 'strerror', None) or error}") from error
    return sorted(written)


def write_stream(corpus: Corpus, texts: pl.DataFrame, stream: BinaryIO, config: Config) -> None:
    """Write the kept documents as JSON Lines; OSErrors (a closed pipe) are the caller's."""
    for shard in _shards(_kept(corpus, texts)):
        stream.writelines(_lines(corpus, shard, config))


def metas(corpus: Corpus, docs: pl.Series) -> pl.DataFrame:
    """`doc`, `meta` of some documents: the other fields as JSON, for Parquet records too; null for text files."""
    some = corpus.documents.filter(pl.col("doc").is_in(docs.implode()))
    schema: Schema = {"doc": pl.UInt32, "meta": pl.Binary}
    parts = [pl.DataFrame({"doc": part["doc"], "meta": _json(corpus, part)}, schema=schema) for part in _parts(corpus, some)]
    return pl.concat([pl.DataFrame(schema=schema), *parts])


# ---------------------------------------------------------------- files


def _kept(corpus: Corpus, texts: pl.DataFrame) -> pl.DataFrame:
    """doc, doc_id, source, row, meta, text of the kept documents, in order."""
    about = corpus.documents.select("doc", "doc_id", "source", "row", "meta")
    return about.join(texts.select("doc", "text"), on="doc", how="inner").sort("doc")


def _parts(corpus: Corpus, documents: pl.DataFrame) -> list[pl.DataFrame]:
    """Runs of documents that are made alike: of one Parquet source, or of any sources that brought their fields."""
    origin = pl.when(pl.col("source").is_in(corpus.of_format("parquet"))).then("source").fill_null("")
    parts = documents.with_columns(origin.rle_id().alias("part")).partition_by("part", maintain_order=True, include_key=False)
    return [part for part in parts if not part.is_empty()]


def _shards(kept: pl.DataFrame) -> list[pl.DataFrame]:
    """Pieces of bounded size, cut by the content alone; of nothing one empty piece, so that its columns are published."""
    starts, size = [0], 0
    for row, length in enumerate(kept["text"].str.len_bytes().fill_null(0)):
        if row - starts[-1] >= SHARD_ROWS or (row > starts[-1] and size + length > SHARD_BYTES):
            starts.append(row)
            size = 0
        size += length
    return [kept.slice(start, end - start) for start, end in zip(starts, [*starts[1:], kept.height], strict=True)]


def _write_texts(folder: Path, kept: pl.DataFrame, sources: set[str] | None = None) -> list[Path]:
    """One file a document, none for a null text. Named after ALL kept ids, so that `restoring` finds the names again."""
    (folder / "txt").mkdir(exist_ok=True) if sources is None or sources else None
    written = []
    for name, source, text in zip(names.names(kept["doc_id"].to_list(), ".txt"), kept["source"], kept["text"], strict=True):
        if text is not None and (sources is None or source in sources):
            path = folder / "txt" / name
            path.write_bytes(text.encode())
            written.append(path)
    return written


def _write_shards(folder: Path, corpus: Corpus, kept: pl.DataFrame, format: str, config: Config) -> list[Path]:
    (folder / "data").mkdir(exist_ok=True)
    _check_unchanged(corpus)
    plan = Plan({}, True) if format == "jsonl" else _plan(corpus, kept, config)
    shards, written = _shards(kept), []
    write, suffix = _writers[format]
    for number, shard in enumerate(shards):
        path = folder / "data" / f"corpus-{number:05}-of-{len(shards):05}.{suffix}"
        write(path, corpus, shard, plan, config)
        written.append(path)
    return written


def _write_parquet(path: Path, corpus: Corpus, shard: pl.DataFrame, plan: Plan, config: Config) -> None:
    table = _table(corpus, shard, plan, config)
    as_json = ",".join(jsonlines.quoted(name).decode() for name, token in plan.tokens.items() if token == columns.JSON)
    notes = {"clean.text_field": config.text_field, "clean.id_field": config.id_field, "clean.json_columns": f"[{as_json}]"}
    table.write_parquet(path, compression="zstd", row_group_size=ROW_GROUP, metadata=notes)


def _write_csv(path: Path, corpus: Corpus, shard: pl.DataFrame, plan: Plan, config: Config) -> None:
    table = _table(corpus, shard, plan, config)
    path.write_bytes(delimited.written(pl.DataFrame({name: columns.plain(table[name]) for name in table.columns})))


def _write_jsonl(path: Path, corpus: Corpus, shard: pl.DataFrame, plan: Plan, config: Config) -> None:
    with path.open("wb") as file, gzip.GzipFile(filename="", mode="wb", compresslevel=PACKING, fileobj=file, mtime=0) as packed:
        packed.writelines(_lines(corpus, shard, config))


_writers: dict[str, tuple[Callable[[Path, Corpus, pl.DataFrame, Plan, Config], None], str]] = {
    "parquet": (_write_parquet, "parquet"),
    "csv": (_write_csv, "csv"),
    "jsonl": (_write_jsonl, "jsonl.gz"),
}


# ---------------------------------------------------------------- records as JSON


def _lines(corpus: Corpus, shard: pl.DataFrame, config: Config) -> Iterator[bytes]:
    for part in _parts(corpus, shard):
        for meta, doc_id, text in zip(_json(corpus, part), part["doc_id"], part["text"], strict=True):
            if meta is None:
                fields = {config.id_field: jsonlines.quoted(doc_id), config.text_field: jsonlines.CUT}
                yield jsonlines.uncut(jsonlines.record(fields), text) + b"\n"
            else:
                has_id = config.id_field in _fields(meta)
                yield jsonlines.uncut(meta if has_id else jsonlines.with_first(meta, config.id_field, doc_id), text) + b"\n"


def _json(corpus: Corpus, part: pl.DataFrame) -> list[bytes | None]:
    """The metas of documents of one source; those of a Parquet source are made from its columns."""
    if not _is_parquet(corpus, part):
        return part["meta"].to_list()
    return [jsonlines.record(row) for row in _parquet_fields(corpus, part)]


def _is_parquet(corpus: Corpus, part: pl.DataFrame) -> bool:
    return part["source"][0] in corpus.of_format("parquet")


def _parquet_fields(corpus: Corpus, part: pl.DataFrame) -> Iterator[dict[str, bytes]]:
    frame = _parquet_rows(corpus, part)
    text = corpus.text_field
    cells = [[jsonlines.CUT] * frame.height if name == text else columns.as_json(frame[name]) for name in frame.columns]
    for row in zip(*cells, strict=True):
        yield dict(zip(frame.columns, row, strict=True))


def _parquet_rows(corpus: Corpus, part: pl.DataFrame) -> pl.DataFrame:
    """All columns of some rows of a Parquet source, in its order and types."""
    source, numbers = part["source"][0], part["row"]
    first, last = int(numbers[0]), int(numbers[-1])
    path = corpus.files[source]
    stretch = parquets.rows(path, source, first, last - first + 1)
    return stretch[(numbers - first).cast(pl.UInt32)]


def _fields(meta: bytes) -> dict[str, str]:
    """Field -> its value as written; the text's is an empty string."""
    line = meta.replace(jsonlines.CUT, b'""').decode()
    return {name: value.written for name, value in jsonlines.fields(line).items()}


def _check_unchanged(corpus: Corpus) -> None:
    """Raise InputError when a Parquet source is no longer the file that was read: its rows would be mixed up."""
    for source, format, digest in corpus.sources.select("source", "format", "sha256").iter_rows():
        if format == "parquet" and unpacking.sha256(corpus.files[source], source) != digest:
            raise InputError(f"{source} has changed since it was read; run again")


# ---------------------------------------------------------------- records as columns


def _plan(corpus: Corpus, kept: pl.DataFrame, config: Config) -> Plan:
    """The union of all records' fields in first-seen order, each with the one type that loses nothing."""
    seen: dict[str, set[Token]] = {}
    ids: set[Token] = set()
    for part in _parts(corpus, kept):
        tokens = _tokens(corpus, part)
        own = tokens.get(config.id_field, {"null"})
        ids |= own
        first = {} if config.id_field in tokens else {config.id_field: own}
        for name, found in (first | tokens | {config.text_field: set()}).items():
            seen.setdefault(name, set()).update(found)
    seen = seen or {config.id_field: set(), config.text_field: set()}
    merged: dict[str, Token] = {name: _merged(found) for name, found in seen.items()}
    own_ids = len(ids) == 1 and not ids & {"null", columns.JSON}
    return Plan(merged | {config.text_field: "string"} | ({} if own_ids else {config.id_field: "string"}), own_ids)


def _tokens(corpus: Corpus, part: pl.DataFrame) -> dict[str, set[Token]]:
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


def _table(corpus: Corpus, shard: pl.DataFrame, plan: Plan, config: Config) -> pl.DataFrame:
    schema = {name: columns.DTYPES[token] if isinstance(token, str) else token for name, token in plan.tokens.items()}
    parts = [_part(corpus, part, plan, config) for part in _parts(corpus, shard)]
    cast = [pl.DataFrame({name: part[name].cast(dtype) for name, dtype in schema.items()}) for part in parts]
    return pl.concat([pl.DataFrame(schema=schema), *cast])


def _part(corpus: Corpus, part: pl.DataFrame, plan: Plan, config: Config) -> pl.DataFrame:
    """The documents of one source with all columns of the plan; those it has not are null."""
    given = {config.text_field: part["text"]}
    if not plan.own_ids:
        given[config.id_field] = part["doc_id"]
    others = {name: token for name, token in plan.tokens.items() if name not in given}
    if _is_parquet(corpus, part):
        frame = _parquet_rows(corpus, part)
        given |= {name: _typed(frame[name], token) for name, token in others.items() if name in frame.columns}
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
