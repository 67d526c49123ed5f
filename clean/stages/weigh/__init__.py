"""How likely each line is boilerplate, from what it looks like, where it stands, and what its site repeats.

    lines   = numbered(lines.hstack(engine.map(look, lines)))
    common  = engine.group(common_words, engine.group(words, lines, by="doc"), by="word", beside=census)
    weights = engine.group(weigh, lines, by="group", beside=common)

The modules, in the order of the evidence; all of it adds up as log-odds (positive: boilerplate):

| module | what it says |
|---|---|
| `shapes`, `traits` | what a line looks like: counts and codes over distinct lines, no vocabulary; TRAITS, looked at once |
| `terms` | its longer words, packed; `numbered`, once all lines are there |
| `around` | lines as arrays in document order, with a view of their neighbours |
| `affinity` | how much of a line the running text of its own document says elsewhere; COMMON, the corpus' idf |
| `situation` | what stands around it: neighbours, running text above and below, copies |
| `stretches` | what the whole list, or the whole text, that it stands in is like, and what stands above it |
| `chain` | the weights of all these (model.json), and the posterior given the whole document |
| `numbering`, `turns` | the numbers of a document's own list, and the lines of a conversation: they say nothing |
| `repetition` | in how many documents of its site the line stands, in runs or apart |
| `homes`, `headlines` | the copy that was not copied; the line that heads the document, and the lines that name it |
| `siblings` | what was decided for lines in the same place, or of the same make, in other documents |
| `ends` | where the texts of other documents end: below the same furniture |
| `rounds` | the order of all this |
| `policy` | the constants that are set, not learned |

Method: a linear-chain conditional random field (Lafferty, McCallum, Pereira 2001) over the lines of a document, as in
Vogels, Ganea, Eickhoff 2018 ("Web2Text") and in the shallow features of Kohlschütter, Fankhauser, Nejdl 2010 ("Boilerplate
detection using shallow text features"); forward-backward (Rabiner 1989). Evidence from other documents is added between
passes of the chain, in a fixed number of rounds. Weights are learned by tests/quality/train.py from WCXB (CC-BY-4.0; see
model.json). Rules, guards and limits are not here: `judge` has them.
"""

from __future__ import annotations

import polars as pl

from clean.config import Config
from clean.schema import Schema
from clean.stage import stage
from clean.stages.weigh.affinity import CENSUS, COMMON, SPOKEN, affinity, common_words, steady, words
from clean.stages.weigh.around import LOOKS, arrange
from clean.stages.weigh.chain import read_model
from clean.stages.weigh.rounds import rounds
from clean.stages.weigh.terms import numbered
from clean.stages.weigh.traits import TRAITS, look
from clean.windows import in_order

__all__ = [
    "CENSUS",
    "COMMON",
    "SPOKEN",
    "TRAITS",
    "WEIGHABLE",
    "WEIGHTS",
    "common_words",
    "look",
    "numbered",
    "steady",
    "weigh",
    "words",
]

WEIGHABLE: Schema = {
    "doc": pl.UInt32,
    "group": pl.String,  # site
    "seg": pl.UInt32,
    "normal": pl.String,  # never empty: lines without a token are not weighed
    "tokens": pl.UInt32,  # words of the normal form, by the measure of text.word_count
    "cluster": pl.UInt128,  # what the line is, for repetition
    "sites": pl.UInt32,  # groups that hold the cluster
    **LOOKS,
}

WEIGHTS: Schema = {
    "doc": pl.UInt32,
    "seg": pl.UInt32,
    "logit": pl.Float64,  # log-odds of boilerplate after all rounds, before any guard
    "docs": pl.UInt32,  # documents of the group that hold the cluster
    "site_docs": pl.UInt32,  # documents of the group
    "home": pl.Boolean,  # this copy is the one that was not copied; at most one a cluster and group
    "headline": pl.Boolean,  # the document's headline; at most one a document
    "heads_another": pl.Boolean,  # the headline or first line of another document of the group, or names one ("Read more: ...")
    "mentions": pl.Boolean,  # a part of it, between marks, is a whole line of another document of the group
    "support": pl.UInt32,  # condemned lines of other documents that the strongest sibling evidence rests on; 0: none
    "ended": pl.UInt32,  # other documents that tell nothing below a line that this one stands below; 0: none
    "beside": pl.UInt32,  # documents of the group in which the cluster has the same neighbour as here, above or below
    # Share of the line's words, by weight, that its document's running text has elsewhere, beyond what any text of the corpus is
    # likely to have; -1: no words.
    "taken": pl.Float64,
}


@stage(takes=WEIGHABLE, beside=COMMON, yields=WEIGHTS)
def weigh(lines: pl.DataFrame, common: pl.DataFrame, config: Config) -> pl.DataFrame:
    """One row a line, by document and segment. Takes whole groups: all documents of a site."""
    table = in_order(lines)
    arranged = arrange(table)
    found = rounds(arranged, affinity(arranged, common), read_model())
    columns = {name: pl.Series(getattr(found, name)).cast(dtype) for name, dtype in WEIGHTS.items() if name not in ("doc", "seg")}
    # Rounded: the last bits of a logarithm are not the same on every processor.
    return table.select("doc", "seg").with_columns(**columns).with_columns(pl.col("logit", "taken").round(6))
