"""The main job: read, clean, verify, publish. In bounded memory: what does not fit waits in a store.

read      batches of records      -> what is known of them and their repairs, by block; repaired texts, by site
clean     parts of whole sites    -> published texts and removals, by block
settle    what two parts have one of
write     volumes of blocks, in the order of the input, each shard read back and undone before the run is published

The units of work are in acts and volume; here is the order they come in, and what must be known of all documents at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from importlib import metadata
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import quote_from_bytes

import polars as pl

from clean import pipeline, report
from clean.config import Config
from clean.engines.base import Engine, Machines, Workers
from clean.engines.local import LocalEngine
from clean.engines.processes import Processes
from clean.jobs.acts import SLOTS, Batch, Clean, Load, Mend
from clean.jobs.known import KnownPassages, known_passages
from clean.jobs.volume import Volume, Write, volumes
from clean.jobs.waiting import Waiting
from clean.schema import LEDGER, empty
from clean.stages.match import add_likeness
from clean.stages.measure import Counted, Facts, Frame, Read, Recorded, measure
from clean.stages.parts import PART_BYTES
from clean.store import finished, publish, reading, writing
from clean.store.formats.finding import as_stored
from clean.store.manifest import write_manifest
from clean.store.shelf import Shelf, Store, WorkFolder, digest_of
from clean.version import __version__

Tell = Callable[[str, int, int | None], None]  # what is being done, how much is done, of how much (None: not known)

# Packages that can change the output; no others, so that the same output says the same about itself everywhere.
PACKAGES = ("datasketch", "ftfy", "polars")
# Of the memory that may be used, the share in which tables wait; the rest is for the parts that are being worked on.
SHELF_SHARE = 8
# What one part takes while it is cleaned, measured: about eighteen times its text. And what any process takes besides.
PART_MEMORY, PROCESS_MEMORY = 18 * PART_BYTES, 128 << 20
# Of inputs, as stored: a run that reads so much, more than a part, keeps what it has done in files, where its processes find it,
# and the next run, should it be killed.
RESUMABLE_BYTES = PART_BYTES


class Done(NamedTuple):
    """What there is to tell of a run: its facts, what in its inputs was left alone, with the reason, and what it found done."""

    facts: Facts
    skipped: list[tuple[str, str]]
    resumed: int  # units of work that an earlier run had done, which was killed


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
    known: Sequence[Path] = (),
    dry: bool = False,
    machines: Machines | None = None,
    tell: Tell = lambda what, done, total: None,
) -> Done:
    """Clean `inputs` into the folder `out`, complete or not at all.

    With `review`, the ledger is also written as lines for people. With `stream`, the cleaned records are written there
    as JSON Lines, and `out` (if given) holds the record of the run, its data as JSON Lines among it; what the stream
    refuses, `out` is not published for. As many as `workers` parts are worked on side by side, in about `memory` bytes; neither
    changes the output.
    `known`: files of known passages, or finished runs, in any order; what they know is recognised. `dry`: nothing is
    written but a temporary folder, which is removed. `machines`: what does the units of work, which then meet beside `out`, on
    storage that all of them share.
    Raises CleanError: input that cannot be used, output that cannot be written.
    """
    earlier = known_passages(known, config)
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
            stack.callback(publish.remove_work, out)
        lasting = machines is not None or reader.stored_bytes >= RESUMABLE_BYTES
        store = stack.enter_context(closing(_store(folder, out if lasting else None, machines, memory)))
        side_by_side = _side_by_side(workers, memory)
        engine = LocalEngine(config, workers=side_by_side)
        if machines is None and store.lasting and side_by_side > 1:
            machines = Processes(workers)
        crew: Workers = engine if machines is None else stack.enter_context(machines.workers(versions(), side_by_side))
        job = Job(engine, crew, store, Waiting(store), earlier, tell)
        job.read(reader)
        settled = job.clean()
        origin = reader.origin()
        facts = job.write(Output(folder, origin, config, out is not None, stream), settled)
        if out is not None:
            report.write(facts, folder, finished.data_patterns(folder))
            if review:
                report.write_ledger([piece.ledger for piece in finished.pieces(folder)], folder)
            store.close()
            write_manifest(folder, header(origin, config) | earlier.header())
        if stream is not None:
            stream.flush()
    return Done(facts, origin.skipped, job.waiting.resumed)


def _store(folder: Path, out: Path | None, machines: Machines | None, memory: int) -> Store:
    """Where tables wait: beside `out`, where others than this process may find them; else here, and in the run's `folder`."""
    if out is None:
        return Shelf(memory // SHELF_SHARE, folder)
    return WorkFolder(publish.work_folder(out), "uncompressed" if machines is None else "lz4")


def _side_by_side(workers: int, memory: int) -> int:
    """How many parts may be worked on at a time."""
    room = memory - memory // SHELF_SHARE - PROCESS_MEMORY
    return max(1, min(workers, room // (PART_MEMORY + PROCESS_MEMORY)))


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

    engine: Engine  # in which one unit of work is done, and what concerns all of them
    workers: Workers  # which do the units of work
    store: Store
    waiting: Waiting
    known: KnownPassages
    tell: Tell

    @property
    def made_by(self) -> str:
        """What all that this run makes depends on, besides what it reads."""
        return json.dumps([self.engine.config.fingerprint(), versions(), self.known.header()], sort_keys=True)

    def read(self, reader: reading.Reader) -> None:
        """Read and repair everything."""
        done = 0
        self.tell("reading", 0, None)
        batches = self._read_there(reader) if self.workers.elsewhere and not reader.streams else self._read_here(reader)
        for crate in self.workers.each(Mend(self.engine, self.store, self.made_by), batches):
            done += self.waiting.enter_block(crate)
            self.tell("reading", done, None)

    def _read_here(self, reader: reading.Reader) -> Iterator[Batch]:
        for block, documents in enumerate(reader.batches()):
            yield Batch(block, int(documents["doc"][0]), documents)

    def _read_there(self, reader: reading.Reader) -> Iterator[Batch]:
        first, read = 0, self.workers.each(Load(self.store, self.engine.config), reader.portions())
        for block, held in enumerate(reader.blocks((told, (told, place)) for told, place in chain.from_iterable(read))):
            yield Batch(block, first, [place for _, place in held])
            first += sum(told.documents for told, _ in held)

    def clean(self) -> Settled:
        """Clean part after part, then settle what two of them have one of."""
        count = self.waiting.place()
        made_by = digest_of(self.made_by, self.waiting.read_digest)
        clean = Clean(self.engine, self.store, made_by, self.waiting.starts, count == 1, self.known.passages)
        self.tell("cleaning", 0, count)
        for number, crate in enumerate(self.workers.each(clean, self.waiting.parts(self.engine.config)), 1):
            self.waiting.enter(crate)
            self.tell("cleaning", number, count)
        copies = pl.concat(self.waiting.of_parts("copies"))
        likeness = add_likeness(list(self.waiting.of_parts("likeness")))
        return Settled(pipeline.settle_across(self.engine, self.waiting, copies), likeness)

    def write(self, output: Output, settled: Settled) -> Facts:
        """Write all volumes and the record of the run; its facts."""
        origin, config, copies, waiting = output.origin, output.config, settled.copies, self.waiting
        about = (pipeline.without(waiting.about(block), copies) for block in waiting.blocks)
        data = writing.Writer(output.folder, origin, output.formats, config, about) if output.data else None
        published = waiting.published(copies)
        bounds = list(volumes(published))
        things = (
            Volume(
                number,
                [waiting.hand_over(block) for block in blocks],
                None if data is None else data.shard(int(published["documents"][blocks.start : blocks.stop].sum())),
            )
            for number, blocks in enumerate(bounds)
        )
        slots = min(SLOTS, len(bounds)) if len(bounds) > 1 else 0  # one volume's record is soon counted as it is
        write = Write(self.store, output.folder, origin, copies, waiting.names(), config, output.stream is not None, slots)
        self.tell("writing", 0, len(bounds))
        for number, crate in enumerate(self.workers.each(write, things)):
            waiting.enter(crate)
            if output.stream is not None:
                output.stream.writelines(waiting.take("lines", number)["line"])
            self.tell("writing", number + 1, len(bounds))
        if data is not None:
            data.close()
        if not bounds:
            finished.write_ledger(output.folder, 0, 0, empty(LEDGER))
        fates = waiting.fates(len(bounds))
        finished.write_record(output.folder, fates, waiting.kept(copies), settled.likeness, origin.quarantine)
        pieces = finished.pieces(output.folder)
        self.known.write(output.folder, pieces, waiting.learned(), config)
        counted = waiting.counted(slots) if slots else None
        return facts_of(pieces, origin.quarantine, settled.likeness, config, waiting.repaired, counted)


def facts_of(
    records: Sequence[Recorded],
    quarantine: Frame,
    likeness: pl.DataFrame,
    config: Config,
    read: Read,
    counted: Counted | None = None,
) -> Facts:
    """The facts of a run, with the texts that are quoted; `read` gives repaired texts; `counted`: see measure."""
    return measure(records, quarantine, config, versions(), read, likeness, counted)


def versions() -> dict[str, str]:
    """The versions of what can change the output: ours, and those installed of what we build on."""
    return {"cleancorpus": __version__} | {package: metadata.version(package) for package in PACKAGES}


def header(origin: reading.Origin, config: Config) -> dict[str, Any]:
    """What the manifest says besides its files; no path and no time."""
    sources = origin.sources.select("source", "format", "bytes", "sha256", "records").to_dicts()
    for source in sources:
        raw = as_stored(source["source"], origin.files[source["source"]])
        if raw is not None:  # no table can hold it, and `restore` needs it
            source["name"] = quote_from_bytes(raw)
    return {
        "config": config.as_dict(),
        "fingerprint": config.fingerprint(),
        "versions": versions(),
        "inputs": sources,
        "skipped": [list(pair) for pair in origin.skipped],
    }
