"""The way back: the published texts as they are, and the input's texts as they were."""

from __future__ import annotations

import gzip
import json
import unicodedata
import zlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from types import MappingProxyType

import polars as pl

from clean.errors import IntegrityError, first_line
from clean.schema import Schema
from clean.store.formats import columns, delimited, finding, jsonlines, names, parquets
from clean.streams import hushed

__all__ = ["Restorer", "records", "text_names", "texts", "texts_at", "whole_files"]

RECORDS: Schema = {"text": pl.String, "meta": pl.Binary}
TEXT_FILES = 1000  # that are read together
# What the files of data/ end in, by format: the one that texts are read from most readily comes first.
SUFFIXES = {"parquet": ".parquet", "jsonl": ".jsonl.gz", "csv": ".csv"}
# The same formats by how near they are to what came in.
_AS_WRITTEN = ("jsonl", "parquet", "csv")


def texts(folder: Path, text_field: str = "text") -> Iterator[pl.DataFrame]:
    """`text` of the published documents in order, a file of data/ at a time.

    Raises IntegrityError when there is none, or a file cannot be read.
    """
    return _published(folder, text_field, SUFFIXES, False)


def texts_at(folder: Path, rows: Sequence[int], ends: Sequence[int], text_field: str = "text") -> list[str | None]:
    """The texts at some places, ascending, among all published documents; of data/ only the files that hold them are read.

    `ends`: the place after the last document of each shard. Raises IntegrityError as `texts` does, and where shards are others.
    """
    if not rows:
        return []
    files = _files(folder, SUFFIXES)
    if not files:
        paths = _text_files(folder)
        return read_text_files([paths[row] for row in rows]).to_list()
    if len(files) != len(ends):
        raise IntegrityError(f"{folder}: data/ has {len(files)} shards, {len(ends)} are recorded")
    found: list[str | None] = []
    for shard, some in groupby(rows, key=lambda row: bisect_right(ends, row)):
        first = ends[shard - 1] if shard else 0
        here = [row - first for row in some]
        held = _read(files[shard], text_field, False, frozenset(here))["text"]
        if len(held) != ends[shard] - first:
            raise IntegrityError(f"data/{files[shard].name} has {len(held)} documents, {ends[shard] - first} are recorded")
        found += held.gather(here).to_list()
    return found


def records(folder: Path, text_field: str = "text") -> Iterator[pl.DataFrame]:
    """`text` and `meta` (the other fields as JSON, see Corpus) of the published documents in order, a file of data/ at a time.

    From JSON Lines `meta` is as written; from Parquet and CSV it is made from the columns, nulls left out; from
    text files it is null.
    """
    return _published(folder, text_field, _AS_WRITTEN, True)


class Restorer:
    """Writes the input's texts under `folder`: text files as they were, records as JSON Lines.

    `sources`: of all records that will come; `named`: what those were called whose names are not UTF-8, and are shown with
    escapes. A packed text file comes back unpacked, without that suffix; a record without meta has its id and text alone. No
    source's name leads out of `folder`.
    """

    def __init__(
        self,
        folder: Path,
        sources: Sequence[str],
        text_field: str = "text",
        id_field: str = "id",
        named: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        sources = sorted(set(sources))
        targets = _targets([named.get(source, source) for source in sources])
        self._paths = {source: folder / path for source, path in zip(sources, names.paths(targets, _key(folder)), strict=True)}
        self._text_field, self._id_field = text_field, id_field

    def write(self, records: pl.DataFrame) -> None:
        """Write some records (source, doc_id, raw, meta) after those that came before them."""
        for part in records.partition_by("source", maintain_order=True):
            _append(self._paths[part["source"][0]], part, self._text_field, self._id_field)


def whole_files(quarantine: pl.DataFrame) -> pl.DataFrame:
    """source, raw of what was put aside as a file, being no text; a bad record alone is no file that came in."""
    texts = [source for source in quarantine["source"].unique() if _is_text(source)]
    return quarantine.filter(pl.col("source").is_in(texts)).select("source", "raw", doc_id="source", meta=pl.lit(None, pl.Binary))


def text_names(source: str) -> tuple[str, ...]:
    """What people call a text file: by its name, without its packing, without its suffixes; nothing for other sources."""
    return (source, finding.unpacked(source), finding.stem(source)) if _is_text(source) else ()


# ---------------------------------------------------------------- published files


def read_file(file: Path, text_field: str) -> pl.Series:
    """The texts of one file of data/. Raises IntegrityError when it cannot be read."""
    return _read(file, text_field, False)["text"]


def read_text_files(files: Sequence[Path | None]) -> pl.Series:
    """The texts of some files of txt/; None is a null text. Raises IntegrityError when one cannot be read."""
    return pl.Series("text", [None if file is None else _read_text(file) for file in files], pl.String)


def _read_text(file: Path) -> str:
    try:
        return file.read_bytes().decode()
    except (OSError, ValueError) as error:
        raise IntegrityError(f"txt/{file.name} cannot be read: {error}") from None


def _files(folder: Path, formats: Iterable[str]) -> list[Path]:
    """The files of data/ of the first format that there are any of, in order."""
    return next((found for format in formats if (found := sorted((folder / "data").glob(f"*{SUFFIXES[format]}")))), [])


def _published(folder: Path, text_field: str, formats: Iterable[str], with_meta: bool) -> Iterator[pl.DataFrame]:
    """text, meta of the files of the first format that there are any of; `meta` is null where it is not asked for."""
    if files := _files(folder, formats):
        yield from (_read(file, text_field, with_meta).select(list(RECORDS)) for file in files)
        return
    paths = _text_files(folder)
    for at in range(0, len(paths), TEXT_FILES):
        found = read_text_files(paths[at : at + TEXT_FILES])
        yield pl.DataFrame([found]).with_columns(meta=pl.lit(None, dtype=pl.Binary))


def _read(file: Path, text_field: str, with_meta: bool, rows: Collection[int] | None = None) -> pl.DataFrame:
    """RECORDS of a file. Those that are not among `rows` may be null: to take JSON apart is most of the work."""
    try:
        with hushed():
            if file.name.endswith(SUFFIXES["jsonl"]):
                return _read_jsonl(file, text_field, with_meta, rows)
            return (_read_parquet if file.name.endswith(SUFFIXES["parquet"]) else _read_csv)(file, text_field, with_meta)
    except (OSError, EOFError, ValueError, zlib.error, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise IntegrityError(f"data/{file.name} cannot be read: {first_line(error)}") from None


def _read_parquet(path: Path, text_field: str, with_meta: bool) -> pl.DataFrame:
    frame = parquets.read(path, None if with_meta else [text_field])
    as_json = json.loads(pl.read_parquet_metadata(finding.for_polars(path)).get("clean.json_columns", "[]"))
    return _with_meta(frame, text_field, as_json, with_meta)


def _read_csv(path: Path, text_field: str, with_meta: bool) -> pl.DataFrame:
    return _with_meta(delimited.read_written(path, None if with_meta else [text_field]), text_field, [], with_meta)


def _read_jsonl(path: Path, text_field: str, with_meta: bool, rows: Collection[int] | None) -> pl.DataFrame:
    texts, metas = list[bytes | None](), list[bytes | None]()
    with gzip.open(path) as lines:
        for row, line in enumerate(lines):
            if rows is not None and row not in rows:
                texts.append(None)
                metas.append(None)
                continue
            text = line.removesuffix(b"\n").decode()
            raw, meta = jsonlines.cut(text, jsonlines.fields(text), text_field)
            texts.append(raw)
            metas.append(meta if with_meta else None)
    return pl.DataFrame({"text": texts, "meta": metas}, schema={"text": pl.Binary, "meta": pl.Binary}).cast({"text": pl.String})


def _with_meta(frame: pl.DataFrame, text_field: str, json_columns: list[str], with_meta: bool) -> pl.DataFrame:
    """The text and, if asked for, all columns as one JSON object a row, nulls left out."""
    text = frame[text_field].alias("text")
    if not with_meta:
        return pl.DataFrame([text]).with_columns(meta=pl.lit(None, pl.Binary))
    cells = [_cells(column, text_field, json_columns) for column in frame]
    return pl.DataFrame([text, pl.Series("meta", jsonlines.records(frame.columns, cells, nulls=False), pl.Binary)])


def _cells(column: pl.Series, text_field: str, json_columns: list[str]) -> list[bytes]:
    if column.name == text_field:
        return [jsonlines.CUT] * len(column)
    if column.name in json_columns:
        return [b"null" if value is None else value.encode() for value in column]
    return columns.as_json(column)


def _text_files(folder: Path) -> list[Path | None]:
    """The files of txt/, whose names follow from the kept ids in documents.parquet; None for a null text."""
    index = folder / "documents.parquet"
    if not index.exists() or not (folder / "txt").is_dir():
        raise IntegrityError(f"{folder}: no published text found in data/ or txt/")
    fates = pl.scan_parquet(finding.for_polars(index), glob=False, hive_partitioning=False).filter(pl.col("fate") == "kept")
    kept = fates.select("doc", "doc_id", null=pl.col("text_sha256").is_null()).collect().sort("doc")
    wanted = zip(names.names(kept["doc_id"].to_list(), ".txt"), kept["null"], strict=True)
    return [None if null else folder / "txt" / name for name, null in wanted]


# ---------------------------------------------------------------- restored files


def _is_text(source: str) -> bool:
    known = finding.kind(source)
    return known is not None and known[0] == "txt"


def _targets(sources: Sequence[str]) -> list[str]:
    """The name each source would like: its own, unpacked; another table's is its stem where no other file wants that."""
    own = {source: finding.unpacked(source) for source in sources if _is_text(source) or _is_jsonl(source)}
    others = {source: f"{finding.stem(source)}.jsonl" for source in sources if source not in own}
    wanted = Counter([*own.values(), *others.values()])
    return [own.get(source) or (others[source] if wanted[others[source]] == 1 else f"{source}.jsonl") for source in sources]


def _is_jsonl(source: str) -> bool:
    known = finding.kind(source)
    return known is not None and known[0] == "jsonl"


def _key(folder: Path) -> Callable[[str], str]:
    """How the file system of `folder` tells names apart: found out by asking it."""
    probe = folder / "probe-é"
    probe.touch()
    others = (probe.name.upper(), unicodedata.normalize("NFD", probe.name))
    folds = any((folder / name).exists() for name in others)
    probe.unlink()
    return names.folded if folds else names.exact


def _append(path: Path, part: pl.DataFrame, text_field: str, id_field: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        if _is_text(part["source"][0]):
            file.writelines(raw or b"" for raw in part["raw"])
            return
        for doc_id, raw, meta in part.select("doc_id", "raw", "meta").iter_rows():
            fields = {id_field: jsonlines.quoted(doc_id), text_field: jsonlines.CUT}
            file.write(jsonlines.uncut(meta if meta is not None else jsonlines.record(fields), jsonlines.as_text(raw)) + b"\n")
