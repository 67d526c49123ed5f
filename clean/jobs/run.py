"""The main job: read, clean, verify, publish. In bounded memory: what does not fit waits on a shelf.

read      batches of records      -> what is known of them and their repairs, by block; repaired texts, by site
clean     parts of whole sites    -> published texts and removals, by block
settle    what two parts have one of
write     block after block, in the order of the input, each shard read back and undone before the next
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, NamedTuple

import polars as pl

from clean import pipeline, report
from clean.config import Config
from clean.engines.local import LocalEngine
from clean.errors import IntegrityError
from clean.schema import ABOUT, COPIES, FATES, KEPT, LEDGER, REMOVALS, REPAIRS, TEXTS, Schema, empty
from clean.stages.measure import Frame, Read, Record, measure
from clean.stages.parts import PART_BYTES, SIZES, parts, shelf_of
from clean.stages.preference import ranks
from clean.stages.replay import replay
from clean.store import finished, publish, reading, writing
from clean.store.shelf import Shelf
from clean.version import __version__

Facts = dict[str, Any]
Tell = Callable[[str, int, int | None], None]  # what is being done, how much is done, of how much (None: not known)

# Packages that can change the output; no others, so that the same output says the same about itself everywhere.
PACKAGES = ("datasketch", "ftfy", "polars")
# Of the memory that may be used, the share in which tables wait; the rest is for the parts that are being worked on.
SHELF_SHARE = 8
# What one part takes while it is cleaned, measured: about fourteen times its text.
PART_MEMORY = 14 * PART_BYTES

MENDED: Schema = {"doc": pl.UInt32, "group": pl.String, "text": pl.String}


class Done(NamedTuple):
    """What there is to tell of a run: its facts, and what in its inputs was left alone, with the reason."""

    facts: Facts
    skipped: list[tuple[str, str]]


def run(
    inputs: Sequence[str],
    out: Path | None,
    config: Config,
    *,
    force: bool = False,
    review: bool = False,
    stream: BinaryIO | None = None,
    workers: int = 1,
    memory: int = 4 << 30,
    tell: Tell = lambda what, done, total: None,
) -> Done:
    """Clean `inputs` into the folder `out`, complete or not at all.

    With `review`, the ledger is also written as lines for people. With `stream`, the cleaned records are written there
    as JSON Lines, and `out` (if given) holds the record of the run, its data as JSON Lines among it; what the stream
    refuses, `out` is not published for. `workers` threads and about `memory` bytes are used; neither changes the output.
    Raises CleanError: input that cannot be used, output that cannot be written.
    """
    reader = reading.Reader(inputs, config)
    if out is not None:
        publish.refuse_overlap(out, reader.roots)
    with ExitStack() as stack:
        if out is None:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="clean-")))
        else:
            folder = stack.enter_context(publish.publishing(out, force))
        shelf = stack.enter_context(closing(Shelf(memory // SHELF_SHARE, folder)))
        side_by_side = max(1, min(workers, memory * (SHELF_SHARE - 1) // SHELF_SHARE // PART_MEMORY))
        job = Job(LocalEngine(config, workers=side_by_side), shelf, tell)
        job.read(reader)
        job.clean()
        origin = reader.origin()
        output = Output(folder, origin, config, out is not None, stream)
        facts = job.write(output, ("jsonl",) if stream is not None and not config.formats else ())
        if out is not None:
            report.write(facts, folder, finished.data_patterns(folder))
            if review:
                report.write_ledger(finished.ledger_parts(folder), folder)
            shelf.close()
            publish.write_manifest(folder, header(origin, config))
        if stream is not None:
            stream.flush()
    return Done(facts, origin.skipped)


@dataclass(frozen=True)
class Output:
    """Where a run goes: a folder, of which the data are wanted or not, and a stream or none."""

    folder: Path
    origin: reading.Origin
    config: Config
    data: bool
    stream: BinaryIO | None


@dataclass
class Job:
    """One run, from the first batch to the last shard. A block is a batch's documents; tables of it wait under its number."""

    engine: LocalEngine
    shelf: Shelf
    tell: Tell
    starts: list[int] = field(default_factory=list)  # first document of each block
    names: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.String))  # doc_id of each document
    sizes: pl.DataFrame = field(default_factory=lambda: empty(SIZES))
    copies: pl.DataFrame = field(default_factory=lambda: empty(COPIES))
    kept: pl.DataFrame = field(default_factory=lambda: empty(KEPT))

    # ------------------------------------------------------------ read

    def read(self, reader: reading.Reader) -> None:
        """Read and repair everything."""
        names, sizes, done = [self.names], [self.sizes], 0
        self.tell("reading", 0, None)
        for name, size in self.engine.each(self._mend, enumerate(reader.batches())):
            self.starts.append(int(size["doc"][0]))
            names.append(name)
            sizes.append(size)
            done += len(name)
            self.tell("reading", done, None)
        self.names, self.sizes = pl.concat(names), pl.concat(sizes)

    def _mend(self, numbered: tuple[int, pl.DataFrame]) -> tuple[pl.Series, pl.DataFrame]:
        block, documents = numbered
        mended = pipeline.mend(self.engine, documents)
        self.shelf.put("about", block, mended.about)
        self.shelf.put("repairs", block, mended.repairs)
        for shelf, piece in _split(mended.texts, shelf_of(mended.sizes["site"])):
            self.shelf.put(f"repaired on {shelf}", block, piece)
        return mended.about["doc_id"], mended.sizes

    # ------------------------------------------------------------ clean

    def clean(self) -> None:
        """Clean part after part, then settle what two of them have one of."""
        placed = parts(self.sizes)
        count = placed["part"].n_unique()
        found = []
        self.tell("cleaning", 0, count)
        for number, piece in enumerate(self.engine.each(lambda texts: self._clean(texts, count), self._parts(placed)), 1):
            found.append(piece)
            self.tell("cleaning", number, count)
        copies = pl.concat([self.copies, *(piece.copies for piece in found)])
        self.copies = pipeline.settle_across(self.engine, pipeline.by_part(found), copies, self._published)
        kept = pl.concat([self.kept, *(piece.kept for piece in found)]).sort("doc", maintain_order=True)
        self.kept = kept.join(self.copies, on="doc", how="anti", maintain_order="left")

    def _parts(self, placed: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """The repaired texts of each part, with their ranks."""
        ranked = ranks(self.sizes, self.engine.config)
        for here in placed.partition_by("part", maintain_order=True):
            texts = pl.concat(self._repaired_by(here["doc"])).sort("doc")
            yield texts.join(ranked, on="doc", maintain_order="left")

    def _repaired_by(self, docs: pl.Series) -> list[pl.DataFrame]:
        """doc, group, text of some documents, in pieces: as they were before anything was removed."""
        here = self.sizes.join(docs.to_frame("doc"), on="doc", how="semi")
        places = here.select(shelf=shelf_of(here["site"]), block=self._block(here["doc"])).unique().sort("shelf", "block")
        pieces = (self.shelf.look(f"repaired on {shelf}", block, MENDED) for shelf, block in places.iter_rows())
        return [empty(MENDED), *(piece.join(docs.to_frame("doc"), on="doc", how="semi") for piece in pieces)]

    def _clean(self, texts: pl.DataFrame, count: int) -> pipeline.Piece:
        """Clean one part; its texts and removals go to their blocks."""
        piece = pipeline.clean_part(self.engine, texts, alone=count == 1)
        for table, rows in (("published", piece.texts), ("removals", piece.removals)):
            for block, part in _split(rows, self._block(rows["doc"])):
                self.shelf.put(table, block, part)
        return replace(piece, texts=empty(TEXTS), removals=empty(REMOVALS))

    def _block(self, docs: pl.Series) -> pl.Series:
        """The block of each document."""
        return pl.Series(self.starts, dtype=pl.UInt32).search_sorted(docs, side="right") - 1

    def _published(self, docs: pl.Series) -> pl.DataFrame:
        blocks = sorted(set(self._block(docs))) if len(docs) else []
        found = (self.shelf.look("published", block, TEXTS).filter(pl.col("doc").is_in(docs.implode())) for block in blocks)
        return pl.concat([empty(TEXTS), *found])

    def _repaired(self, docs: Sequence[int]) -> pl.DataFrame:
        """doc, text of a few documents as they were before anything was removed."""
        return pl.concat(self._repaired_by(pl.Series(docs, dtype=pl.UInt32))).select("doc", "text")

    # ------------------------------------------------------------ write

    def write(self, output: Output, formats: Sequence[str]) -> Facts:
        """Write all blocks and the record of the run; its facts."""
        blocks = range(len(self.starts))
        self.tell("writing", 0, len(blocks))
        about = (self._staying(self.shelf.look("about", block, ABOUT)) for block in blocks)
        data = writing.Writer(output.folder, output.origin, formats, output.config, about) if output.data else None
        volume, record, fates = Volume(output, data), finished.RecordWriter(output.folder), []
        for block in blocks:
            fates.append(volume.add(*self._concluded(block, output.origin)))
            if volume.is_full() or block == blocks[-1]:
                record.write_ledger(volume.publish())
            self.tell("writing", block + 1, len(blocks))
        if data is not None:
            data.close()
        became = pl.concat([empty(FATES), *fates])
        record.close(became, self.kept, output.origin.quarantine)
        ledger = pl.concat([empty(LEDGER).lazy(), *finished.ledger_parts(output.folder)])
        return facts_of([Record(ledger, became, self.kept)], output.origin.quarantine, output.config, self._repaired)

    def _staying(self, about: pl.DataFrame) -> pl.DataFrame:
        return about.join(self.copies, on="doc", how="anti", maintain_order="left")

    def _concluded(self, block: int, origin: reading.Origin) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        """What is published of a block (writing.SHARD), its ledger and its fates."""
        about = self.shelf.take("about", block, ABOUT)
        repairs = self.shelf.take("repairs", block, REPAIRS)
        texts, removals = self.shelf.take("published", block, TEXTS), self.shelf.take("removals", block, REMOVALS)
        texts, ledger, fates = pipeline.conclude(about, repairs, texts, removals, self.copies, self.names)
        gone = about.join(texts, on="doc", how="anti", maintain_order="left")
        fates = fates.drop("meta").join(writing.metas(origin, gone), on="doc", how="left", maintain_order="left")
        shard = self._staying(about).join(texts, on="doc", how="left", maintain_order="left").select(list(writing.SHARD))
        return shard, ledger, fates.select(list(FATES))


class Volume:
    """Blocks on their way out: written together as one shard, read back, and undone."""

    def __init__(self, output: Output, data: writing.Writer | None) -> None:
        self._output, self._data = output, data
        self._tables: list[tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]] = []
        self._rows = self._bytes = 0

    def add(self, shard: pl.DataFrame, ledger: pl.DataFrame, fates: pl.DataFrame) -> pl.DataFrame:
        """Take a block in; its fates."""
        self._tables.append((shard, ledger, fates))
        self._rows += len(shard)
        self._bytes += int(shard["text"].str.len_bytes().sum())
        return fates

    def is_full(self) -> bool:
        """Whether it is large enough for a shard. By what it holds alone."""
        return self._rows >= writing.SHARD_ROWS or self._bytes >= writing.SHARD_BYTES

    def publish(self) -> pl.DataFrame:
        """Write it, read it back, undo it; its ledger. Raises IntegrityError when a document does not come back."""
        shard, ledger, fates = (pl.concat([table[at] for table in self._tables]) for at in range(3))
        if self._data is not None:
            self._data.write(shard)
            texts = shard.select("doc").with_columns(self._data.read_back().alias("text"))
        else:
            texts = shard.select("doc", "text")
        agree(texts, ledger, fates)
        if self._output.stream is not None:
            self._output.stream.writelines(writing.lines(self._output.origin, shard, self._output.config))
        self._tables, self._rows, self._bytes = [], 0, 0
        return ledger


def _split(table: pl.DataFrame, keys: pl.Series) -> Iterator[tuple[int, pl.DataFrame]]:
    """The rows of each key, in their order."""
    if table.is_empty():
        return
    if keys.n_unique() == 1:
        yield int(keys[0]), table
        return
    keyed = table.with_columns(keys.alias("__key"))
    for (key,), piece in keyed.partition_by("__key", maintain_order=True, include_key=False, as_dict=True).items():
        yield int(key), piece


def agree(published: pl.DataFrame, ledger: pl.DataFrame, fates: pl.DataFrame) -> None:
    """Raise IntegrityError unless the ledger leads from the published texts back to every byte that came in."""
    for _, _, finding in replay(published, ledger, fates):
        if finding is not None:
            raise IntegrityError(f"this run does not undo itself, and was not published: {finding}")


def facts_of(records: Sequence[Record], quarantine: Frame, config: Config, read: Read) -> Facts:
    """The facts of a run, with the texts that are quoted; `read` gives repaired texts."""
    return measure(records, quarantine, config, versions(), read)


def versions() -> dict[str, str]:
    """The versions of what can change the output: ours, and those installed of what we build on."""
    return {"cleancorpus": __version__} | {package: metadata.version(package) for package in PACKAGES}


def header(origin: reading.Origin, config: Config) -> dict[str, Any]:
    """What the manifest says besides its files; no path and no time."""
    sources = origin.sources.select("source", "format", "bytes", "sha256", "records").to_dicts()
    return {
        "config": config.as_dict(),
        "fingerprint": config.fingerprint(),
        "versions": versions(),
        "inputs": sources,
        "skipped": [list(pair) for pair in origin.skipped],
    }
