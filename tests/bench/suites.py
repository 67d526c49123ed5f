"""The measurements: each runs commands and gives a table. Megabytes are millions of bytes."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import metadata
from pathlib import Path

from quality.tables import Table, percent

from bench.corpus import Desk, Plan, Written, write
from bench.hard import CASES
from bench.measure import Cost, FailedError, Meter, clean, quiet, script

HOUSE = Path(__file__).parents[2]
FULL_MB, FULL_SCALE = 100.0, 1.0  # sizes of the figures that are published
GROWTH = (1, 4, 16)
SMALL_STEP = 0.01  # steps of the pipeline that cost less than this share are told together
LIBRARIES = ("polars", "datasketch", "ftfy", "numpy")
COST = ("CPU s", "least to most", "wall s", "peak MB")


@dataclass
class Bench:
    """What is measured, and how: a folder to work in, and the options of the command."""

    meter: Meter
    say: Callable[[str], None]
    mb: float = FULL_MB
    seed: int = 1
    sites: int | None = None
    grouped: bool = True
    sample_mb: float = 5.0
    workers: int = 2
    large_mb: float = 0.0
    memory: str = "1GB"
    costs: dict[str, Cost] = field(default_factory=dict)  # of the main job, by file

    @property
    def folder(self) -> Path:
        """Where the corpora and outputs stand while they are needed."""
        return self.meter.folder

    @cached_property
    def corpus(self) -> Written:
        """The corpus, as corpus.jsonl and corpus.parquet."""
        made = self.write("corpus", self.mb)
        subprocess.run(script("copying", "corpus.jsonl", "corpus.parquet"), cwd=self.folder, env=quiet(), check=True)
        return made

    def write(self, name: str, mb: float) -> Written:
        """Another corpus of the same make."""
        self.say(f"writing {amount(mb)} MB of news")
        return write(self.folder / f"{name}.jsonl", Plan(mb, self.seed, self.sites, self.grouped))

    def ours(self, file: str, *options: str) -> Cost:
        """The main job over a file of the folder; what it wrote is in the folder `out`."""
        key = " ".join([file, *options])
        if key not in self.costs:
            self.say(f"clean run {key}")
            form = "parquet" if file.endswith(".parquet") else "jsonl"
            self.costs[key] = self.meter.cost(clean("run", file, "-o", "out", "--format", form, *options), "out")
        return self.costs[key]

    @cached_property
    def help(self) -> str:
        """What `clean run --help` says."""
        wide = quiet() | {"COLUMNS": "200"}
        done = subprocess.run(clean("run", "--help"), env=wide, cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout

    def knows(self, option: str) -> bool:
        """Whether `clean run` has an option; if not, that is said."""
        known = re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", self.help) is not None
        if not known:
            self.say(f"`clean run` has no option {option} in this version: the table that needs it is left out")
        return known


def tables(bench: Bench) -> Iterator[Table]:
    """Every table of `make bench`, each as soon as it is known."""
    yield conditions(bench)
    yield whole_job(bench)
    yield beside_others(bench)
    yield steps(bench)
    yield growth(bench)
    yield start(bench)
    if bench.knows("--workers"):
        yield side_by_side(bench)
    if not bench.large_mb:
        bench.say("no --large-mb: a corpus larger than the memory it may use is not measured")
    elif bench.knows("--memory"):
        yield large(bench)


# ---------------------------------------------------------------- what was measured on


def machine() -> str:
    """The machine in general terms."""
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores, {platform.machine().replace('_', '-')}, {memory() / 2**30:.0f} GB, {platform.system()}"


def memory() -> int:
    """The bytes of memory that the machine has."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def versions() -> str:
    """Python and the libraries that the time goes to."""
    python = f"{platform.python_implementation()} {platform.python_version()}".replace("CPython", "Python")
    return ", ".join([python, *(f"{name} {metadata.version(name)}" for name in LIBRARIES)])


def conditions(bench: Bench) -> Table:
    """The machine and the corpus."""
    made = bench.corpus
    sites = f"sites: {made.sites}" if bench.grouped else "no site named"
    rows = [
        ("machine", machine()),
        ("software", versions()),
        ("corpus", f"{amount(made.mb)} MB of JSONL, {made.documents:,} documents, {sites}, seed {bench.seed}"),
        (
            "in it",
            f"{made.blurbs:,} blurbs, {percent(made.edited / max(1, made.blurbs))} of them edited; "
            f"{made.copies:,} near-copies; {made.mangled:,} documents with mojibake",
        ),
        ("runs", f"{bench.meter.runs}; CPU and wall seconds are medians, memory is the highest peak"),
    ]
    if bench.mb < FULL_MB:
        rows.append(("state", f"**a trial**: of so small a corpus, starting up is a large part; full size is {FULL_MB:.0f} MB"))
    return Table("Conditions", "", ("what", "is"), rows, prose=True)


# ---------------------------------------------------------------- the whole job


def whole_job(bench: Bench) -> Table:
    """Our whole job beside a plain copy by polars, in both formats."""
    made, rows = bench.corpus, []
    for form in ("jsonl", "parquet"):
        ours = bench.ours(f"corpus.{form}")
        bench.say(f"a plain copy of corpus.{form}")
        copy = bench.meter.cost(script("copying", f"corpus.{form}", f"copy.{form}"), f"copy.{form}")
        for name, cost in ((f"clean, {form} to {form}", ours), (f"read and written by polars, {form}", copy)):
            rows.append((name, *_cost(cost), amount(made.mb / cost.cpu), times(cost.cpu / copy.cpu)))
    text, documents = _told(bench.folder / "out")
    note = (
        f"Of {made.documents:,} documents {documents:,} were removed as copies, of the characters {percent(text)}. "
        "MB per CPU second are of the JSONL file, for Parquet, too."
    )
    return Table("The whole job, beside a plain copy", note, ("what", *COST, "MB per CPU s", "times the copy"), rows)


def _told(out: Path) -> tuple[float, int]:
    """The share of characters and the number of documents that a finished run removed: a fast job that does nothing shows."""
    report = json.loads((out / "report.json").read_text("utf-8"))
    return report["text"]["removed_share"], report["documents"]["removed"]


def beside_others(bench: Bench) -> Table:
    """The straightforward program, measured on a sample."""
    made, ours = bench.corpus, bench.ours("corpus.jsonl")
    size = _sample(bench.folder / "corpus.jsonl", bench.folder / "sample.jsonl", bench.sample_mb * 1e6) / 1e6
    bench.say(f"the straightforward program on {amount(size)} MB")
    other = bench.meter.cost(script("straightforward", "sample.jsonl", "plain.jsonl"), "plain.jsonl")
    _sample(bench.folder / "corpus.jsonl", bench.folder / "first.jsonl", 0)
    start = bench.meter.cost(script("straightforward", "first.jsonl", "plain.jsonl"), "plain.jsonl").cpu
    scaled = start + (other.cpu - start) * made.mb / size
    rows = [
        ("clean", amount(made.mb), amount(ours.cpu), amount(made.mb / ours.cpu), amount(ours.cpu), "1.0"),
        (
            "ftfy and datasketch, a paragraph at a time",
            amount(size),
            amount(other.cpu),
            amount(size / other.cpu),
            amount(scaled),
            times(scaled / ours.cpu),
        ),
    ]
    note = (
        "The program that one would write oneself (tests/bench/straightforward.py) ran on the first part of the corpus; "
        f"its CPU seconds for {amount(made.mb)} MB are scaled linearly from that, "
        f"all but the {amount(start)} that it takes for one document."
    )
    columns = ("program", "MB", "CPU s", "MB per CPU s", f"CPU s for {amount(made.mb)} MB", "times clean")
    return Table("Beside the straightforward program", note, columns, rows)


def _sample(source: Path, target: Path, size: float) -> int:
    """The first lines of a file, one at least, together of so many bytes at most; how many bytes they are."""
    written = 0
    with source.open("rb") as lines, target.open("wb") as out:
        for line in lines:
            if written and written + len(line) > size:
                break
            written += out.write(line)
    return written


# ---------------------------------------------------------------- where the time goes


def steps(bench: Bench) -> Table:
    """Each step of the main job, from inside."""
    made, options = bench.corpus, ["--workers", "1"] if bench.knows("--workers") else []
    bench.say("the steps of clean run corpus.jsonl")
    arguments = ["run", "corpus.jsonl", "-o", "out", "--format", "jsonl", *options]
    replace(bench.meter, runs=1).cost(script("stages", "steps.json", *arguments), "out")
    timed = [(name, seconds, calls) for name, seconds, calls in json.loads((bench.folder / "steps.json").read_text("utf-8"))]
    whole = sum(seconds for _, seconds, _ in timed)
    told = sorted((step for step in timed if step[1] >= SMALL_STEP * whole), key=lambda step: -step[1])
    others = [step for step in timed if step[1] < SMALL_STEP * whole]
    rows = [(name, f"{calls:,}", amount(seconds), percent(seconds / whole)) for name, seconds, calls in told]
    rest = sum(seconds for _, seconds, _ in others)
    rows.append((f"{len(others)} steps of less than {SMALL_STEP:.0%} each", "", amount(rest), percent(rest / whole)))
    rows.append(("together", "", amount(whole), f"{amount(made.mb / whole)} MB per CPU s"))
    note = "One run in one process; a step's time is without the steps within it. Names without a dot are stages."
    return Table("Where the time goes", note, ("step", "calls", "CPU s", "share"), rows)


def growth(bench: Bench) -> Table:
    """The same job on more and more of the same."""
    rows, base = [], bench.mb / GROWTH[1]
    for factor in GROWTH:
        name = "corpus" if factor == GROWTH[1] else "growth"
        made = bench.corpus if name == "corpus" else bench.write(name, base * factor)
        cost = bench.ours(f"{name}.jsonl")
        bench.costs.pop("growth.jsonl", None)
        (bench.folder / "growth.jsonl").unlink(missing_ok=True)
        rows.append((f"{factor} x", amount(made.mb), f"{made.documents:,}", *_cost(cost), amount(made.mb / cost.cpu)))
    note = "JSONL to JSONL. Time grows with the corpus where MB per CPU second do not fall."
    return Table("Growth", note, ("corpus", "MB", "documents", *COST, "MB per CPU s"), rows)


def start(bench: Bench) -> Table:
    """What it costs to start, and to clean the seeds."""
    shutil.copytree(HOUSE / "seeds", bench.folder / "seeds", dirs_exist_ok=True)
    bench.say("starting, and the seeds")
    commands = (
        ("python -c pass", [*clean()[:1], "-c", "pass"], ""),
        ("clean --help", clean("--help"), ""),
        ("clean run seeds", clean("run", "seeds", "-o", "out"), "out"),
    )
    rows = [(name, *(f"{float(cell):.3f}" for cell in _seconds(bench, command, makes))) for name, command, makes in commands]
    return Table("Starting", "", ("command", "CPU s", "wall s"), rows)


def _seconds(bench: Bench, command: list[str | Path], makes: str) -> tuple[float, float]:
    cost = bench.meter.cost(command, makes)
    return cost.cpu, cost.wall


# ---------------------------------------------------------------- options of the command


def side_by_side(bench: Bench) -> Table:
    """Several workers against one."""
    rows = []
    for workers in dict.fromkeys((1, bench.workers)):
        cost = bench.ours("corpus.jsonl", "--workers", str(workers))
        rows.append((f"--workers {workers}", *_cost(cost), amount(bench.corpus.mb / cost.wall)))
    return Table("Workers", "JSONL to JSONL.", ("option", *COST, "MB per wall s"), rows)


def large(bench: Bench) -> Table:
    """A corpus larger than the memory that the command may use; one run."""
    made = bench.write("large", bench.large_mb)
    bench.say(f"clean run large.jsonl --memory {bench.memory}")
    command = clean("run", "large.jsonl", "-o", "out", "--format", "jsonl", "--memory", bench.memory)
    cost = replace(bench.meter, runs=1).cost(command, "out")
    (bench.folder / "large.jsonl").unlink()
    row = (f"--memory {bench.memory}", amount(made.mb), f"{made.documents:,}", *_cost(cost), amount(made.mb / cost.cpu))
    return Table("Larger than memory", "One run.", ("option", "MB", "documents", *COST, "MB per CPU s"), [row])


# ---------------------------------------------------------------- hard inputs


def hard(bench: Bench, scale: float) -> Iterator[Table]:
    """The table of `make bench-hard`: each case beside news of the same size."""
    ordinary: list[tuple[float, Cost | str]] = []
    rows = []
    for case in CASES:
        bench.say(f"{case.name}, at scale {scale:g}")
        path = bench.folder / f"hard{case.suffix}"
        case.write(path, scale, Desk(bench.seed))
        mb = path.stat().st_size / 1e6
        found = _attempt(bench, path.name)
        path.unlink()
        plain = next((cost for size, cost in ordinary if abs(size - mb) <= 0.05 * mb), None)
        if plain is None:
            made = bench.write("ordinary", mb)
            plain = _attempt(bench, "ordinary.jsonl")
            ordinary.append((made.mb, plain))
        rows.append((case.name, amount(mb), *_hard_cells(found), *_hard_cells(plain)[:2], _ratio(found, plain)))
        bench.say(" · ".join(rows[-1]))
    limits = bench.meter.limits
    note = (
        f"{machine()}; {versions()}. Scale {scale:g}; a run is ended after {limits.wall:g} seconds "
        f"or above {limits.memory / 1e3:.0f} GB. Beside each: news of about the same size."
    )
    if scale < FULL_SCALE:
        note += " **A trial**: at this scale starting up is a large part; the sizes in the names are those of scale 1."
    columns = ("case", "MB", "CPU s", "peak MB", "ended", "news: CPU s", "news: peak MB", "times the news")
    yield Table("Hard inputs", note, columns, rows)


def _attempt(bench: Bench, file: str) -> Cost | str:
    """The cost of the main job, or how it failed."""
    try:
        return bench.meter.cost(clean("run", file, "-o", "out"), "out")
    except FailedError as failed:
        return f"exit {failed.code}: {failed.said}".replace(f"{bench.folder}{os.sep}", "")


def _hard_cells(found: Cost | str) -> tuple[str, str, str]:
    if isinstance(found, str):
        return "", "", found
    more = "> " if found.over else ""
    return more + amount(found.cpu), more + amount(found.peak), found.over or "done"


def _ratio(found: Cost | str, plain: Cost | str) -> str:
    if isinstance(found, str) or isinstance(plain, str) or plain.over:
        return ""
    return ("> " if found.over else "") + times(found.cpu / plain.cpu)


# ---------------------------------------------------------------- figures as text


def amount(value: float) -> str:
    """A figure with about three digits that count."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def times(value: float) -> str:
    """A ratio."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _cost(cost: Cost) -> tuple[str, str, str, str]:
    least, most = cost.spread
    return amount(cost.cpu), f"{amount(least)} to {amount(most)}", amount(cost.wall), amount(cost.peak)
