"""Lines to verdicts: the policy, nowhere else. Each rule is one named expression, with its evidence.

    situation.py   where a line stands, and what it repeats in its own document
    blocks.py      the shapes that lines form: teaser blocks, headlines glued into one line
    pointers.py    lines that begin or end alike, and tell of something else than the text around
    islands.py     headings, and a few lines amid a text, stay with what is around them
    sparing.py     what would take too much of a document, or of a site, is kept
    evidence.py    the twin, the score and the support that go into the ledger

How likely a line is boilerplate by itself, its neighbours and its site is known already (`weigh`); here it is decided.
"""

from __future__ import annotations

import math

import polars as pl

from clean.config import Config
from clean.schema import EVIDENCE, KNOWN_RULE, SEGMENTS, SHAPES, Schema
from clean.stage import stage
from clean.stages.judge.blocks import cut_blocks, glued_headlines, in_blocks, naming
from clean.stages.judge.evidence import testify, with_homes_that_stay
from clean.stages.judge.islands import with_headings, without_islands
from clean.stages.judge.pointers import pointing
from clean.stages.judge.situation import PARAGRAPHS, TAKEN_UP, TELLING, situate
from clean.stages.judge.sparing import spare
from clean.windows import in_order, only_where

__all__ = ["JUDGED", "LINES", "judge", "staying", "with_homes_that_stay"]

LINES: Schema = SEGMENTS | {
    "cluster": pl.UInt128,  # of the passage; the passage itself where it is like no other
    "similarity": pl.Float64,  # to the cluster's representative
    "logit": pl.Float64,  # log-odds of boilerplate
    "docs": pl.UInt32,  # documents of the group that hold the cluster
    "site_docs": pl.UInt32,  # documents of the group
    "home": pl.Boolean,  # this copy is the one that was not copied
    "headline": pl.Boolean,  # of its document
    "heads_another": pl.Boolean,  # it is, or names, the headline of another document of the group
    "mentions": pl.Boolean,  # a part of it is a whole line of another document of the group
    "support": pl.UInt32,  # examples in other documents that a decision on looks alone rests on
    "ended": pl.UInt32,  # other documents that tell nothing below a line that this one stands below
    "beside": pl.UInt32,  # documents of the group in which the cluster has the same neighbour as here
    "taken": pl.Float64,  # share of it that the running text of its document has elsewhere, beyond chance; -1: not known
    "recalled": pl.UInt32,  # documents of earlier runs that lost it from such a place
    "known_passage": pl.UInt128,  # the passage that they lost; null: it is not known
    "known_similarity": pl.Float64,  # to that passage
    "recalled_alone": pl.Boolean,  # it went as it stands here, whatever stands around it
    "above_verbatim": pl.Boolean,  # code or markup, which is not judged, stands right below it
    "went": pl.UInt32,  # characters of the group that went in earlier rounds, not by looks
    "below_text": pl.Boolean,  # it may be taken for a blurb by the shapes that earlier runs have learned
}

JUDGED: Schema = (
    {"doc": pl.UInt32, "seg": pl.UInt32}
    | EVIDENCE
    | {
        "stays": pl.String,  # why a line is kept all the same
        # How others like it are recognised. doubled: it heads a teaser block; cut: it heads a lead that ends in dots; else the
        # phrase behind, or before, which it names another article ("read more:").
        "shape": pl.String,
    }
)

# A line that no other document holds is trusted less where there are few documents to learn from: that many count for half.
_TRUST = 3
# Where it belongs, and stays whatever it looks like.
_AT_HOME = pl.any_horizontal("home", "headline", "origin", "heads_body", "leads_article")


@stage(takes=LINES, beside=SHAPES, yields=JUDGED)
def judge(lines: pl.DataFrame, shapes: pl.DataFrame, config: Config) -> pl.DataFrame:
    """One row a line that holds a token, with the rule that removes it, or none. Takes whole groups.

    `shapes`: SHAPES, what earlier runs have learned.
    """
    known = in_order(lines.filter(pl.col("passage").is_not_null()))
    told = naming(in_blocks(situate(known, config), shapes, config), shapes, config)
    told = pointing(cut_blocks(told, shapes, config), config)
    told = told.with_columns(odds=_odds(), rule=_shape_rule(config), support=pl.max_horizontal("support", "ended"))
    told = told.with_columns(rule=pl.coalesce("rule", _weight_rule(config)), known_rule=_known_rule(config))
    # That earlier documents lost these very words says more than that they look like what others lost.
    told = told.with_columns(
        rule=pl.when(pl.col("rule") == "learned-teaser")
        .then(pl.coalesce("known_rule", "rule"))
        .otherwise(pl.coalesce("rule", "known_rule"))
    )
    learned = pl.when("names").then("named").when("in_cut").then("cut_examples").otherwise(0)
    told = told.with_columns(
        rule=pl.when(pl.col("opens") | pl.col("titles")).then(None).otherwise("rule"),
        support=pl.max_horizontal("support", learned.cast(pl.UInt32)),
    )
    # So many examples and no counter-example: the rule of succession, (n + 1) / (n + 2).
    shaped = (pl.col("names") | pl.col("in_cut")) & pl.col("rule").is_not_null()
    told = told.with_columns(odds=pl.when(shaped).then(pl.max_horizontal("odds", (learned + 1).log())).otherwise("odds"))
    told = with_headings(without_islands(told, config))
    told = only_where(pl.col("copied"), told, repeats=_repeats_a_kept_line(config))
    told = told.with_columns(rule=pl.when("repeats").then(pl.lit("repeated-line")).otherwise("rule"))
    return testify(spare(glued_headlines(told), config)).select(list(JUDGED))


def _shape_rule(config: Config) -> pl.Expr:
    """Teaser blocks: those that are confirmed by other documents, and those of the same shape; lines that name an article."""
    shared = pl.col("docs") > 1
    below_all = pl.col("told_below") == 0
    cut = pl.col("in_cut") & (pl.col("cut_examples") >= config.min_support)
    cut = cut & (pl.col("cut_known") | pl.col("in_cut_elsewhere") | below_all)
    return (
        pl.when(pl.col("in_block") & pl.col("confirmed"))
        .then(pl.lit("shared-teaser"))
        .when(pl.col("in_block") & pl.col("alike"))
        .then(pl.lit("learned-teaser"))
        .when("origin")
        .then(None)
        .when((pl.col("names") | cut) & shared)
        .then(pl.lit("shared-teaser"))
        .when(pl.col("names") | cut)
        .then(pl.lit("learned-teaser"))
    )


def _odds() -> pl.Expr:
    """The log-odds, less a doubt for what no other document confirms: a small site confirms little."""
    doubt = (1 + _TRUST / pl.col("site_docs")).log()
    return pl.col("logit") - pl.when(pl.col("docs") == 1).then(doubt).otherwise(0.0)


def _weight_rule(config: Config) -> pl.Expr:
    """What stands among boilerplate and looks like it. A home copy and a headline stay, whatever stands around them."""
    sure = pl.col("odds") >= _log_odds(config.confidence)
    shared = pl.col("docs") > 1
    teaser = (pl.col("tokens") >= config.near_tokens) | pl.col("heads_another")
    # A headline between menus, which some other line was taken for, or what sums the article up.
    taken_up = (pl.col("told_above") == 0) & (pl.col("taken") >= TAKEN_UP) & (pl.col("tokens") >= TELLING)
    return (
        pl.when(~sure | _AT_HOME)
        .then(None)
        .when(shared & teaser)
        .then(pl.lit("shared-teaser"))
        .when(shared)
        .then(pl.lit("furniture"))
        .when(
            (pl.col("support") >= config.min_support)
            & (~pl.col("heads_prose") | pl.col("mentions"))  # "« PREVIOUS HEADLINE | Main" is no subtitle
            & ~taken_up
            & ((pl.col("tokens") < PARAGRAPHS * config.near_tokens) | (pl.col("ended") > 0))
        )
        .then(pl.lit("learned-teaser"))
    )


def _known_rule(config: Config) -> pl.Expr:
    """What earlier runs removed from such a place, and teaser blocks of which they removed a line. See stages/known."""
    known = (pl.col("recalled") >= config.min_support) | pl.col("in_known")
    return pl.when(known & ~_AT_HOME & ~pl.col("own")).then(pl.lit(KNOWN_RULE))


def _repeats_a_kept_line(config: Config) -> pl.Expr:
    """A later copy of a line that stays: the headline as a caption, a long line twice, a byline twice under the headline.

    A short line repeats honestly inside one article ("(End)", an interview's "Q:", a table's "Yes"). The headline stands for
    itself below a page's title, not right below its own first copy in the text.
    """
    stays = pl.col("rule").is_null()
    kept_before = (pl.col("row").filter(stays).min().over("copy") < pl.col("row")).fill_null(False)
    byline = pl.col("at_top") & pl.col("first_at_top")
    stands_for_itself = (pl.col("home") | pl.col("headline") | pl.col("heads_body")) & ~pl.col("repeats_top")
    told_before = (pl.col("tokens") >= config.near_tokens) | pl.col("own") | pl.col("repeats_top") | byline
    return kept_before & ~stands_for_itself & told_before


def _log_odds(share: float) -> float:
    return math.log(share / (1 - share)) if share < 1 else math.inf


def staying(lines: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """KEPT: lines that repeat over documents, or were spared, and stay all the same, with the reason. Takes LINES and JUDGED."""
    places = lines.select("doc", "seg", "start", "end")
    here = judged.filter(pl.col("stays").is_not_null()).join(places, on=["doc", "seg"], maintain_order="left")
    return here.select("cluster", pl.col("stays").alias("reason"), "doc", "start", "end", "docs")
