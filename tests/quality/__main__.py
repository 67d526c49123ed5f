"""`make quality`: measure the cleaning and print the tables; see docs/quality.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from quality.corpus import corpus
from quality.suites import CONFIDENCES, labelled, near_duplicates, own_corpus
from quality.tables import Table, rewrite

HOUSE = Path(__file__).parents[2]
EVAL = HOUSE.parent / "shared" / "eval"


def main() -> None:
    """Parse, measure, print."""
    options = _options().parse_args()
    tables: list[Table] = []

    def show(table: Table) -> None:
        tables.append(table)
        print(table.markdown() if options.markdown else table.text(), flush=True)

    say("our own corpus")
    sites, documents = (2, 12) if options.quick else (options.sites, options.documents)
    for table in own_corpus(corpus(options.seed, sites, documents)):
        show(table)
    if options.eval.is_dir():
        for table in labelled(options.eval, () if options.quick else CONFIDENCES, say):
            show(table)
        show(near_duplicates(options.eval, say))
    else:
        say(f"{options.eval} is not there: the labelled pages and the near-duplicate pairs of other hands are not measured")
    if options.write:
        rewrite(options.write, tables)
        say(f"wrote the tables into {options.write}")


def say(what: str) -> None:
    """Talk goes to stderr, tables to stdout."""
    print(f"quality: {what}", file=sys.stderr, flush=True)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="quality", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small own corpus, and the default confidence only")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="put the tables between the markers of this Markdown file, too"
    )
    parser.add_argument("--eval", type=Path, default=EVAL, metavar="DIR", help="the evaluation data (default: ../shared/eval)")
    parser.add_argument("--seed", type=int, default=1, help="of the own corpus (default: 1)")
    parser.add_argument("--sites", type=int, default=4, help="of the own corpus, a dataset (default: 4)")
    parser.add_argument("--documents", type=int, default=25, help="of the own corpus, a site (default: 25)")
    return parser


if __name__ == "__main__":
    main()
