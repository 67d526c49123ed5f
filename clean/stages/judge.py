"""Lines to verdicts: the policy, nowhere else. Each rule is one named expression with its evidence."""

from __future__ import annotations

import polars as pl

from clean.config import Config
from clean.schema import EVIDENCE, SEGMENTS, Schema
from clean.stage import stage

LINES: Schema = SEGMENTS | {
    "cluster": pl.UInt128,  # of the passage; the passage itself where it is like no other
    "similarity": pl.Float64,  # to the cluster's representative
}

JUDGED: Schema = {"doc": pl.UInt32, "seg": pl.UInt32} | EVIDENCE | {"stays": pl.String}  # why a repeated line is kept

# Sentence ends in the scripts of the world (Unicode Sentence_Terminal, the common ones), before closing quotes.
_ENDS = r"""[.!?。！？।۔؟…։።][\p{Pe}\p{Pf}"'”’»)]*\s*$"""
_ELLIPSIS = r"""(\.\.\.|…|\[…\]|\[\.\.\.\])\s*\P{L}*$"""
# Two headlines glued together: the end of a word or question, and a capital without a space ("ShanghaiStrictly").
_GLUE = r"[\p{Ll}\d?!][\p{Lu}]\p{Ll}"
_LIST_PIECES = 3
_PIECE_TOKENS = 5
# Lines in which a byline is at home: under the headline, not in an interview that prints the speaker's name.
_TOP_LINES = 6
# A line under so many tokens repeats honestly inside one article ("(End)", "Q:", a table's "Yes").
_REPEAT_TOKENS = 8


@stage(takes=LINES, yields=JUDGED)
def judge(lines: pl.DataFrame, config: Config) -> pl.DataFrame:
    """One row a line that holds a token, with the rule that removes it, or none. Takes whole groups."""
    known = lines.filter(pl.col("passage").is_not_null()).sort("doc", "seg")
    told = _blocks(_situate(known, config), config)
    teaser = pl.col("in_block") & pl.col("confirmed")
    learned = pl.col("in_block") & pl.col("alike")
    told = told.with_columns(
        rule=pl.when("is_title")
        .then(None)
        .when(teaser)
        .then(pl.lit("shared-teaser"))
        .when(learned)
        .then(pl.lit("learned-teaser"))
        .when(_repeats_inside())
        .then(pl.lit("repeated-line"))
    )
    told = told.with_columns(rule=pl.coalesce("rule", _headline_list(told)))
    return _evidence(told)


def _situate(known: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Where each line stands and what it repeats: columns that the rules are written in."""
    own_title = pl.col("cluster").first().over("doc")
    titles = known.filter(pl.int_range(pl.len()).over("doc") == 0).group_by("group", "cluster").agg(title_of=pl.col("doc").min())
    return (
        known.with_columns(
            place=pl.int_range(pl.len()).over("doc"),
            own=pl.col("cluster") == own_title,
            docs=pl.col("doc").n_unique().over("group", "cluster").cast(pl.UInt32),
            twice=(pl.col("passage") == pl.col("passage").shift(-1).over("doc")).fill_null(False),
            again=(pl.col("passage") == pl.col("passage").shift(1).over("doc")).fill_null(False),
            earlier=pl.int_range(pl.len()).over("doc", "passage") > 0,
            first_place=pl.int_range(pl.len()).over("doc").min().over("doc", "passage"),
            cut_off=~pl.col("line").str.contains(_ENDS) | pl.col("line").str.contains(_ELLIPSIS),
            is_title=pl.int_range(pl.len()).over("doc") == 0,
        )
        .join(titles, on=["group", "cluster"], how="left", maintain_order="left")
        .with_columns(title_of=pl.when(pl.col("title_of") != pl.col("doc")).then("title_of"))
    )


def _blocks(told: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Teaser blocks: a headline at once repeated, and the cut lead below it.

    confirmed: the headline stands in other documents, too, or is another's title, or the lead is elsewhere.
    alike: of the shape that `min_support` different confirmed blocks of the group have, and its lead is cut.
    """
    head = (pl.col("twice") | pl.col("again")) & ~pl.col("own")
    told = told.with_columns(head=head, starts=head & ~pl.col("again"))
    told = told.with_columns(
        block=pl.col("starts").cum_sum().over("doc"),
        lead=pl.col("head").shift(1).over("doc").fill_null(False) & ~pl.col("head") & (pl.col("tokens") >= config.near_tokens),
    ).with_columns(
        in_block=(pl.col("head") | (pl.col("lead") & (pl.col("cut_off") | (pl.col("docs") > 1)))) & (pl.col("block") > 0)
    )
    block = ["doc", "block"]
    known = (pl.col("docs") > 1) | pl.col("title_of").is_not_null()
    cut_lead = (pl.col("lead") & pl.col("cut_off")).any().over(block)
    told = told.with_columns(confirmed=(known & pl.col("in_block")).any().over(block), cut_lead=cut_lead)
    support = pl.col("cluster").filter("head", "confirmed", "cut_lead").n_unique().over("group")
    return told.with_columns(support=support.cast(pl.UInt32)).with_columns(
        alike=~pl.col("confirmed") & pl.col("cut_lead") & (pl.col("support") >= config.min_support)
    )


def _repeats_inside() -> pl.Expr:
    """A later copy of a line of its own document: its headline as a caption, a paragraph twice, a byline twice."""
    byline = (pl.col("place") < _TOP_LINES) & (pl.col("first_place") < _TOP_LINES)
    return pl.col("earlier") & ((pl.col("tokens") >= _REPEAT_TOKENS) | pl.col("own") | byline)


def _headline_list(told: pl.DataFrame) -> pl.Expr:
    """One line of headlines glued together, where nothing but what is removed follows it."""
    pieces = pl.col("line").str.count_matches(_GLUE) + 1
    glued = (pieces >= _LIST_PIECES) & (pl.col("tokens") >= pieces * _PIECE_TOKENS) & ~pl.col("line").str.contains(_ENDS)
    stays_below = pl.col("rule").is_null().cast(pl.UInt32).cum_sum(reverse=True).over("doc") - pl.col("rule").is_null().cast(
        pl.UInt32
    )
    at_end = (stays_below == 0) & pl.col("rule").shift(1).over("doc").is_not_null()
    return pl.when(glued & at_end & ~pl.col("is_title")).then(pl.lit("headline-list"))


def _evidence(told: pl.DataFrame) -> pl.DataFrame:
    """JUDGED: with the twin of each removed line (its home, else a copy elsewhere), the score and the documents.

    The lines of a teaser block vouch for each other: a lead cut at another length has the documents of its headline.
    """
    rule = pl.col("rule")
    block = ["doc", "block"]
    told = told.join(_copies_elsewhere(told), on=["doc", "seg"], how="left", maintain_order="left").with_columns(
        inside=rule == "repeated-line",
        alone=rule.is_in(["learned-teaser", "headline-list"]),
        block_docs=pl.col("docs").filter("in_block").max().over(block),
        block_home=pl.col("title_of").filter("in_block").max().over(block),
    )
    told = told.with_columns(home_doc=pl.when("in_block").then("block_home").otherwise("title_of"))
    shared = ~pl.col("inside") & ~pl.col("alone")
    return told.with_columns(
        twin_doc=pl.when("inside").then("doc").when(shared).then(pl.coalesce("home_doc", "other_doc")),
        twin_start=pl.when("inside").then("own_start").when(shared & pl.col("home_doc").is_null()).then("other_start"),
        home=pl.when("inside").then(True).when(shared).then(pl.col("home_doc").is_not_null()),
        score=pl.when(rule.is_not_null()).then("similarity"),
        docs=pl.when(shared & pl.col("in_block")).then("block_docs").otherwise("docs"),
        support=pl.when("alone").then("support"),
        stays=pl.when(rule.is_null() & (pl.col("docs") > 1)).then(
            pl.when("is_title").then(pl.lit("first line")).when("own").then(pl.lit("home")).otherwise(pl.lit("shared"))
        ),
    )


def _copies_elsewhere(told: pl.DataFrame) -> pl.DataFrame:
    """For each line: where its passage first stands in its own document, and where its cluster stands in another one."""
    own = told.select("doc", "seg", own_start=pl.col("start").min().over("doc", "passage"))
    firsts = told.group_by("group", "cluster", "doc").agg(pl.col("start").min()).sort("group", "cluster", "doc")
    ranked = (
        firsts.group_by("group", "cluster", maintain_order=True)
        .agg(pl.col("doc", "start").head(2))
        .with_columns(
            first_doc=pl.col("doc").list.get(0),
            first_start=pl.col("start").list.get(0),
            second_doc=pl.col("doc").list.get(1, null_on_oob=True),
            second_start=pl.col("start").list.get(1, null_on_oob=True),
        )
    )
    keys = told.select("doc", "seg", "group", "cluster")
    both = keys.join(ranked.drop("doc", "start"), on=["group", "cluster"], how="left", maintain_order="left")
    is_first = pl.col("doc") == pl.col("first_doc")
    return both.select(
        "doc",
        "seg",
        other_doc=pl.when(is_first).then("second_doc").otherwise("first_doc"),
        other_start=pl.when(is_first).then("second_start").otherwise("first_start"),
    ).join(own, on=["doc", "seg"], how="left", maintain_order="left")


def staying(lines: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """KEPT: lines that repeat over documents and stay all the same, with the reason. Takes LINES and JUDGED."""
    here = lines.drop("cluster").join(judged, on=["doc", "seg"], how="inner", maintain_order="left")
    return here.filter((pl.col("docs") > 1) & pl.col("rule").is_null()).select(
        "cluster", pl.col("stays").alias("reason"), "doc", "start", "end", "docs"
    )
