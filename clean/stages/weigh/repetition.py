"""Repetition: in how many documents of its site a line stands, and whether in runs, as lists do, or apart, as homes do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from clean.kernels import mix
from clean.stages.weigh.around import Bools, Floats, Ints, Keys, Lines
from clean.stages.weigh.policy import POLICY
from clean.stages.weigh.siblings import Siblings, in_site

# Documents from which a line repeats beyond coincidence.
OFTEN = 3
# A line of so many words in two documents may be a quote; of no more than _BRIEF in three, it is furniture, wherever it stands.
_LONG, _BRIEF = 20, 4
# A line that counts something ("23 comments", "Viewed 240 times", "701条评论") is no longer, in bytes of its normal form.
_COUNTER = 60


@dataclass(frozen=True)
class Repetition:
    """Of each line: documents of its site that hold its passage, that hold it below (above) the same neighbour, and all."""

    docs: Ints
    docs_up: Ints
    docs_down: Ints
    site_docs: Ints
    passages: Siblings
    site: Siblings
    counter: Bools  # the line stands in most of them, but for its number


def repetition(lines: Lines) -> Repetition:
    """Count the documents that share each line."""
    passages = Siblings(lines.passage, lines.doc)
    beside = (_beside(lines, step) for step in (-1, 1))
    up, down = (Siblings(mix(lines.passage * np.uint64(3) + other), lines.doc).documents for other in beside)
    site = Siblings(lines.site, lines.doc)
    return Repetition(passages.documents, up, down, site.documents, passages, site, counters(lines, site.documents))


def counters(lines: Lines, site_docs: Ints) -> Bools:
    """Lines of a number and a few words that most documents of the site have, with numbers of their own.

    A date or a time is none: it tells when the article was written. Nor is what a document has several of ("Step 1", "Step 2").
    """
    words = pl.col("normal")
    short = lines.distinct.select("normal", "date", "clock", "number").with_row_index().filter(words.str.len_bytes() <= _COUNTER)
    counts = short.filter(pl.all_horizontal(pl.col("date", "clock", "number") == 0) & words.str.contains(r"\d"))
    template = np.zeros(len(lines.distinct), np.uint64)
    template[counts["index"].to_numpy()] = counts["normal"].str.replace_all(r"\d+", "0").hash(43).to_numpy()
    alike = Siblings(in_site(lines, pl.Series(template)), lines.doc)
    few = alike.totals(np.ones(len(site_docs))) <= 2 * alike.documents  # above and below the text
    found: Bools = (alike.documents >= OFTEN) & (2 * alike.documents >= site_docs) & few
    return found


def _beside(lines: Lines, step: int) -> Keys:
    """The passage next to each line, other than its own: a headline printed twice above its article is no run."""
    one, two = (lines.around.neighbour(lines.passage, step * far, np.uint64(0)) for far in (1, 2))
    return np.where(one == lines.passage, two, one)


def runs(lines: Lines, seen: Repetition, own: Bools) -> Ints:
    """Documents in which the line has the same neighbour. That a document's own headline (`own`) is followed by its own
    lead, as in a teaser, does not count."""
    up = np.where(lines.around.neighbour(own, -1, False), 1, seen.docs_up)
    return np.maximum(up, np.where(own, 1, seen.docs_down))


def repeat_evidence(lines: Lines, seen: Repetition, run: Ints) -> Floats:
    """What repetition says. Furniture repeats in runs; a copy that stands apart says little."""
    docs, size = seen.docs, lines.size
    usual = np.log(np.maximum(docs / seen.site_docs, 0.05) / 0.5)
    often = POLICY.repeats + usual + POLICY.repeats_long * np.clip((size - 8) / 20, 0, 1)
    twice = np.where(size < _LONG, POLICY.repeats_twice, POLICY.apart)
    apart = np.where((size <= _BRIEF) & (docs >= OFTEN), POLICY.repeats_twice, POLICY.apart)
    here: Floats = np.select([docs < 2, run < 2, docs == 2], [np.zeros(len(docs)), apart, twice], often)
    here = np.maximum(here, POLICY.counter * seen.counter)
    return here + POLICY.many_sites * ((lines.sites >= OFTEN) & (docs < OFTEN))
