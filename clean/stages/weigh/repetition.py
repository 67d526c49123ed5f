"""Repetition: in how many documents of its site a line stands, and whether in runs, as lists do, or apart, as homes do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clean.kernels import mix
from clean.stages.weigh.around import Bools, Floats, Ints, Keys, Lines
from clean.stages.weigh.policy import POLICY, Policy
from clean.stages.weigh.siblings import Siblings

# Documents from which a line repeats beyond coincidence.
OFTEN = 3
# A line of so many words in two documents may be a quote; of no more than _BRIEF in three, it is furniture, wherever it stands.
_LONG, _BRIEF = 20, 4


@dataclass(frozen=True)
class Repetition:
    """Of each line: documents of its site that hold its passage, that hold it below (above) the same neighbour, and all."""

    docs: Ints
    docs_up: Ints
    docs_down: Ints
    site_docs: Ints
    passages: Siblings
    site: Siblings


def repetition(lines: Lines) -> Repetition:
    """Count the documents that share each line."""
    passages = Siblings(lines.passage, lines.doc)
    beside = (_beside(lines, step) for step in (-1, 1))
    up, down = (Siblings(mix(lines.passage * np.uint64(3) + other), lines.doc).documents for other in beside)
    site = Siblings(lines.site, lines.doc)
    return Repetition(passages.documents, up, down, site.documents, passages, site)


def _beside(lines: Lines, step: int) -> Keys:
    """The passage next to each line, other than its own: a headline printed twice above its article is no run."""
    one, two = (lines.around.neighbour(lines.passage, step * far, np.uint64(0)) for far in (1, 2))
    return np.where(one == lines.passage, two, one)


def runs(lines: Lines, seen: Repetition, own: Bools) -> Ints:
    """Documents in which the line has the same neighbour. That a document's own headline (`own`) is followed by its own
    lead, as in a teaser, does not count."""
    up = np.where(lines.around.neighbour(own, -1, False), 1, seen.docs_up)
    return np.maximum(up, np.where(own, 1, seen.docs_down))


def repeat_evidence(lines: Lines, seen: Repetition, run: Ints, policy: Policy = POLICY) -> Floats:
    """What repetition says. Furniture repeats in runs; a copy that stands apart says little."""
    docs, size = seen.docs, lines.size
    usual = np.log(np.maximum(docs / seen.site_docs, 0.05) / 0.5)
    often = policy.repeats + usual + policy.repeats_long * np.clip((size - 8) / 20, 0, 1)
    twice = np.where(size < _LONG, policy.repeats_twice, policy.apart)
    apart = np.where((size <= _BRIEF) & (docs >= OFTEN), policy.repeats_twice, policy.apart)
    here: Floats = np.select([docs < 2, run < 2, docs == 2], [np.zeros(len(docs)), apart, twice], often)
    return here + policy.many_sites * ((lines.sites >= OFTEN) & (docs < OFTEN))
