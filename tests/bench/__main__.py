"""`make bench` and `make bench-hard`: measure time and memory and print the tables; see docs/performance.md."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from quality.tables import Table, rewrite

from bench.measure import Limits, Meter
from bench.suites import FULL_MB, FULL_SCALE, Bench, hard, memory, tables

SMAPS = Path("/proc/self/smaps_rollup")


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse, measure, print."""
    options = _options().parse_args(arguments)
    if not SMAPS.exists():
        sys.exit(f"bench: {SMAPS} is not there, so memory cannot be measured; run this on Linux")
    done: list[Table] = []
    with tempfile.TemporaryDirectory(dir=options.work, prefix="bench-") as folder:
        limits = Limits(options.limit, memory() / 1e6 / 2)  # half of the machine: the rest is for others
        bench = Bench(
            Meter(Path(folder), 1, limits) if options.hard else Meter(Path(folder), options.runs),
            say,
            options.mb,
            options.seed,
            options.sites,
            not options.no_site,
            options.sample_mb,
            options.workers,
            options.large_mb,
            options.memory,
        )
        for table in hard(bench, options.scale) if options.hard else tables(bench):
            done.append(table)
            print(table.markdown() if options.markdown else table.text(), flush=True)
    if options.write:
        rewrite(options.write, done, "bench-hard" if options.hard else "bench")
        say(f"wrote the tables into {options.write}")


def say(what: str) -> None:
    """Talk goes to stderr, tables to stdout."""
    print(f"bench: {what}", file=sys.stderr, flush=True)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    add = parser.add_argument
    add("--hard", action="store_true", help="the hard inputs instead")
    add("--mb", type=float, default=FULL_MB, help=f"size of the corpus; growth goes to four times of it (default: {FULL_MB:g})")
    add("--runs", type=int, default=3, help="of each command, for medians (default: 3; hard inputs run once)")
    add("--seed", type=int, default=1, help="of the corpus (default: 1)")
    add("--sites", type=int, help="sites of the corpus (default: so that each has 200 to 2,000 documents)")
    add("--no-site", action="store_true", help="no field `site`, and one host in every url: all documents are one group")
    add("--sample-mb", type=float, default=5.0, help="what the straightforward program gets of it (default: 5)")
    add("--workers", type=int, default=2, help="workers to hold against one (default: 2)")
    add("--large-mb", type=float, default=0.0, help="also a corpus of this size under --memory, such as 4000 (default: none)")
    add("--memory", default="1GB", help="for --large-mb (default: 1GB)")
    add("--scale", type=float, default=FULL_SCALE, help="hard inputs: 0.01 is a hundredth of each (default: 1)")
    add("--limit", type=float, default=600.0, help="hard inputs: wall seconds a case may take (default: 600)")
    add("--work", type=Path, metavar="DIR", help="where corpora and outputs stand meanwhile (default: the system's folder)")
    add("--markdown", action="store_true", help="print the tables as Markdown")
    add("--write", type=Path, metavar="FILE", help="put the tables between the markers of this Markdown file, too")
    return parser


if __name__ == "__main__":
    main()
