"""The main job: read, clean, verify, publish. In bounded memory: what does not fit waits on a shelf.

read      batches of records      -> what is known of them and their repairs, by block; repaired texts, by site
clean     parts of whole sites    -> published texts and removals, by block
settle    what two parts have one of
write     block after block, in the order of the input, each shard read back and undone before the next
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, NamedTuple

import polars as pl

from clean import pipeline, report
from clean.config import Config
from clean.engines.local import LocalEngine
from clean.jobs import known
from clean.jobs.volume import Concluded, Volume, volumes
from clean.jobs.waiting import Waiting
from clean.schema import COPIES, FATES, empty
from clean.stages.match import add_likeness
from clean.stages.measure import Frame, Read, Record, measure
from clean.stages.parts import PART_BYTES
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
    recollect: Sequence[Path] = (),
    dry: bool = False,
    tell: Tell = lambda what, done, total: None,
) -> Done:
    """Clean `inputs` into the folder `out`, complete or not at all.

    With `review`, the ledger is also written as lines for people. With `stream`, the cleaned records are written there
    as JSON Lines, and `out` (if given) holds the record of the run, its data as JSON Lines among it; what the stream
    refuses, `out` is not published for. `workers` threads and about `memory` bytes are used; neither changes the output.
    `recollect`: files of known passages, or finished runs, in any order; what they know is recognised. `dry`: nothing is
    written but a temporary folder, which is removed.
    Raises CleanError: input that cannot be used, output that cannot be written.
    """
    memories = known.remember(recollect, config)
    reader = reading.Reader(inputs, config)
    if out is not None:
        publish.refuse_overlap(out, reader.roots)
    if out is not None and dry:
        publish.refuse_taken(out, force)
        out = None
    with ExitStack() as stack:
        if out is None:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="clean-")))
        else:
            folder = stack.enter_context(publish.publishing(out, force))
        shelf = stack.enter_context(closing(Shelf(memory // SHELF_SHARE, folder)))
        side_by_side = max(1, min(workers, memory * (SHELF_SHARE - 1) // SHELF_SHARE // PART_MEMORY))
        job = Job(LocalEngine(config, workers=side_by_side), Waiting(shelf), memories, tell)
        job.read(reader)
        settled = job.clean()
        origin = reader.origin()
        output = Output(folder, origin, config, out is not None, stream)
        facts = job.write(output, settled)
        if out is not None:
            report.write(facts, folder, finished.data_patterns(folder))
            if review:
                report.write_ledger(finished.ledger_parts(folder), folder)
            shelf.close()
            publish.write_manifest(folder, header(origin, config) | memories.header())
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

    @property
    def formats(self) -> Sequence[str]:
        """The formats of the data where the settings name none; none: as writing.Writer thinks best."""
        return ("jsonl",) if self.stream is not None and not self.config.formats else ()


class Settled(NamedTuple):
    """What was decided of whole documents, and how alike the passages were that were compared."""

    copies: pl.DataFrame  # schema.COPIES
    likeness: pl.DataFrame  # schema.LIKENESS


@dataclass(frozen=True)
class Job:
    """One run, from the first batch to the last shard."""

    engine: LocalEngine
    waiting: Waiting
    memories: known.Memories
    tell: Tell

    def read(self, reader: reading.Reader) -> None:
        """Read and repair everything."""
        done = 0
        self.tell("reading", 0, None)
        for mended in self.engine.each(self._mend, enumerate(reader.batches())):
            done += self.waiting.enter(mended)
            self.tell("reading", done, None)

    def _mend(self, numbered: tuple[int, pl.DataFrame]) -> pipeline.Mended:
        block, documents = numbered
        return self.waiting.put_mended(block, pipeline.mend(self.engine, documents))

    def clean(self) -> Settled:
        """Clean part after part, then settle what two of them have one of."""
        count = self.waiting.place()
        found: list[Settled] = []
        self.tell("cleaning", 0, count)
        parts = self.waiting.parts(self.engine.config)
        for settled in self.engine.each(lambda part: self._clean(*part, alone=count == 1), parts):
            found.append(settled)
            self.tell("cleaning", len(found), count)
        copies = pl.concat([empty(COPIES), *(settled.copies for settled in found)])
        likeness = add_likeness([settled.likeness for settled in found])
        return Settled(pipeline.settle_across(self.engine, self.waiting, copies), likeness)

    def _clean(self, number: int, texts: pl.DataFrame, *, alone: bool) -> Settled:
        """Clean one part."""
        piece = pipeline.clean_part(self.engine, texts, alone=alone, recollected=self.memories.passages)
        self.waiting.put_piece(number, piece, pipeline.meetings(self.engine, piece.survivors, number))
        return Settled(piece.copies, piece.likeness)

    def write(self, output: Output, settled: Settled) -> Facts:
        """Write all blocks and the record of the run; its facts."""
        origin, config, copies = output.origin, output.config, settled.copies
        about = (pipeline.without(self.waiting.about(block), copies) for block in self.waiting.blocks)
        data = writing.Writer(output.folder, origin, output.formats, config, about) if output.data else None
        record = finished.RecordWriter(output.folder)
        for volume in self.engine.each(_written, volumes(self._concluded(origin, copies), data)):
            record.write_ledger(volume.concluded.ledger)
            if output.stream is not None:
                output.stream.writelines(writing.lines(origin, volume.concluded.shard, config))
        if data is not None:
            data.close()
        record.write_likeness(settled.likeness)
        record.close(self.waiting.fates(), self.waiting.kept(copies), origin.quarantine)
        self.memories.write(output.folder, self.waiting.learned(), config)
        pieces = [Record(*piece) for piece in finished.pieces(output.folder)]
        return facts_of(pieces, origin.quarantine, settled.likeness, config, self.waiting.repaired)

    def _concluded(self, origin: reading.Origin, copies: pl.DataFrame) -> Iterator[Concluded]:
        """Block after block, to its end."""
        names, total = self.waiting.names(), len(self.waiting.blocks)
        self.tell("writing", 0, total)
        for block in self.waiting.blocks:
            about, repairs, texts, removals = self.waiting.take_block(block)
            texts, ledger, fates = pipeline.conclude(about, repairs, texts, removals, copies, names)
            gone = pipeline.without(about, texts)
            fates = fates.drop("meta").join(writing.metas(origin, gone), on="doc", how="left", maintain_order="left")
            fates = fates.select(list(FATES))
            self.waiting.put_fates(block, fates)
            shard = pipeline.without(about, copies).join(texts, on="doc", how="left", maintain_order="left")
            yield Concluded(shard.select(list(writing.SHARD)), ledger, fates)
            self.tell("writing", block + 1, total)


def _written(volume: Volume) -> Volume:
    volume.write()
    return volume


def facts_of(records: Sequence[Record], quarantine: Frame, likeness: pl.DataFrame, config: Config, read: Read) -> Facts:
    """The facts of a run, with the texts that are quoted; `read` gives repaired texts."""
    return measure(records, quarantine, config, versions(), read, likeness)


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
