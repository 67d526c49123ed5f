"""The rounds: from what each line says by itself to what all documents of its site say together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clean.stages.weigh.affinity import Affinity
from clean.stages.weigh.around import Bools, Floats, Ints, Lines
from clean.stages.weigh.chain import Chain, Model
from clean.stages.weigh.ends import ends
from clean.stages.weigh.headlines import headlines, mentions
from clean.stages.weigh.homes import homes
from clean.stages.weigh.numbering import numbering
from clean.stages.weigh.policy import POLICY
from clean.stages.weigh.repetition import OFTEN, repeat_evidence, repetition, runs
from clean.stages.weigh.siblings import Siblings, doubled, makes, places, sibling_evidence, support
from clean.stages.weigh.turns import turns
from clean.text import TITLE_TOKENS


@dataclass(frozen=True)
class Evidence:
    """What is known of each line after the last round; see WEIGHTS."""

    logit: Floats
    docs: Ints
    site_docs: Ints
    home: Bools
    headline: Bools
    heads_another: Bools
    mentions: Bools
    support: Ints
    ended: Ints
    beside: Ints
    taken: Floats


def rounds(lines: Lines, affinity: Affinity, model: Model) -> Evidence:
    """Posterior, homes, headlines and siblings, each from the posterior of the round before."""
    silent = numbering(lines) | turns(lines)  # what they look like, and that they repeat, says nothing
    lines = lines.apart(silent)
    chain, seen, named = Chain(lines.around), repetition(lines), mentions(lines)
    alike = [(Siblings(key, lines.doc), POLICY.make) for key in makes(lines)]
    alike.append((Siblings(doubled(lines), lines.doc), POLICY.doubled))
    local, taken = np.where(silent, 0.0, model.emission(lines, affinity)), affinity.beyond_chance()
    home = headline = lists = heads = np.zeros(lines.around.n, bool)
    run = runs(lines, seen, lines.around.opens)
    repeat = repeat_evidence(lines, seen, run)
    logit = chain.posterior(local + repeat, model)
    for _ in range(POLICY.rounds):
        own = headline | lines.around.opens
        run, lists = runs(lines, seen, own), named.lists(own)
        heads = (seen.passages.sums(own) > 0) & (lines.size >= TITLE_TOKENS)
        home = homes(lines, seen, run, logit - repeat, affinity) & ~lists
        repeat = repeat_evidence(lines, seen, run)
        repeat = np.maximum(repeat, np.where(lists, POLICY.lists, 0.0))
        repeat = np.where(heads & ~home, np.maximum(repeat, POLICY.heads), repeat)
        repeat = np.where(home | headline, np.minimum(repeat, POLICY.home), repeat)
        anchor = (seen.docs >= OFTEN) & ~home & ~headline
        placed = [Siblings(key, lines.doc) for key in places(lines, anchor)]
        kin = alike + [(place, POLICY.place) for place in placed]
        siblings = sibling_evidence(logit, ~anchor, lines.group, kin)
        headline = headlines(lines, seen, logit, affinity, placed)
        ended = ends(lines, seen, run, logit, logit - repeat, anchor, taken)
        told = siblings + POLICY.ends * ended.evidence + np.where(headline, POLICY.headline, 0.0)
        logit = chain.posterior(local + repeat + told, model)
    return Evidence(
        logit=logit,
        docs=seen.docs,
        site_docs=seen.site_docs,
        home=home,
        headline=headline,
        heads_another=heads | lists,
        mentions=named.anywhere(lines.around.n),
        support=support(logit, ~anchor, kin),
        ended=ended.documents,
        beside=run,
        taken=taken,
    )
