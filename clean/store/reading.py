"""From inputs to documents: which files are read, in which order and portions, and what is known when all are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, TypeVar

import polars as pl

from clean.config import Config
from clean.schema import DOCUMENTS, QUARANTINE
from clean.store import batching
from clean.store.batching import Bad, Seen, Source, Told, documents_of, read_sources, windows
from clean.store.formats.corpus import SOURCES, Corpus, Origin
from clean.store.formats.finding import Found, find, stem

__all__ = ["Corpus", "Origin", "Portion", "Reader", "find", "read"]

Held = TypeVar("Held")


class Portion(NamedTuple):
    """What may be read together, elsewhere."""

    number: int
    sources: list[Source]


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
        for held in self.blocks((batch.told(file), batch) for file, batch in read_sources(self._sources(), self._config)):
            frame = documents_of(held, doc)
            yield frame
            doc += len(frame)

    def portions(self) -> Iterator[Portion]:
        """The same in portions of about BATCH_BYTES, as stored, for `read_sources`; a file that is packed, or no JSON Lines, is
        read as one."""
        number, held, weight = 0, list[Source](), 0
        for source in self._sources():
            for piece in windows(source) if _stored_bytes(source.file) > batching.BATCH_BYTES else (source,):
                held.append(piece)
                weight += piece.window.end - piece.window.start if piece.window else _stored_bytes(source.file)
                if weight >= batching.BATCH_BYTES:
                    yield Portion(number, held)
                    number, held, weight = number + 1, [], 0
        if held:
            yield Portion(number, held)

    def blocks(self, batches: Iterable[tuple[Told, Held]]) -> Iterator[list[Held]]:
        """Whatever holds the records of batches, as many as make about BATCH_BYTES. Takes note of what is told of all batches."""
        held: list[Held] = []
        weight = documents = records = 0
        seen, of_file = Seen(), Seen()
        for told, batch in batches:
            self._bad += told.bad
            documents += told.documents
            records += told.documents + len(told.bad)
            of_file = of_file.and_then(told.seen)
            if told.sha256:
                file = told.file
                of_file.check(file.name, self._config)
                self._read.append((file.name, file.kind, told.size, told.sha256, records))
                seen, of_file, records = seen.and_then(of_file), Seen(), 0
            if told.documents:
                held.append(batch)
                weight += told.weight
            if weight >= batching.BATCH_BYTES:
                yield held
                held, weight = [], 0
        if documents:
            seen.check_named(self._config)
        if held:
            yield held

    def _sources(self) -> Iterator[Source]:
        return (Source(file, self._names.get(file.name)) for file in self._search.files)

    def origin(self) -> Origin:
        """What is known when all batches are read."""
        return Origin(
            quarantine=pl.DataFrame(self._bad, schema=QUARANTINE, orient="row"),
            sources=pl.DataFrame(self._read, schema=SOURCES, orient="row"),
            skipped=self._search.skipped,
            files={file.name: file.path for file in self._search.files},
        )


def _stored_bytes(file: Found) -> int:
    return file.path.stat().st_size if file.path.is_file() else 0


def _text_names(files: Sequence[Found]) -> dict[str, str]:
    """A text's id is its base name without suffixes; where two are equal, with its folders, then with all suffixes; in any case
    no other text's whole name, which may have to be its id (`a.txt`, beside `a.md` and `a.txt.txt`)."""
    names: dict[str, str] = {}
    texts = [file.name for file in files if file.kind == "txt"]
    whole = set(texts)
    for shorten in (lambda name: PurePosixPath(stem(name)).name, stem, str):
        short = {name: shorten(name) for name in texts}
        counts = Counter(short.values())
        fits = {name: id for name, id in short.items() if counts[id] == 1 and (id == name or id not in whole)}
        names |= fits
        texts = [name for name in texts if name not in fits]
    return names
