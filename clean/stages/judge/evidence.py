"""What goes into the ledger with a verdict: the twin, the score, and what a learned decision rests on."""

from __future__ import annotations

import polars as pl

from clean.schema import KNOWN_RULE
from clean.windows import only_where


def testify(told: pl.DataFrame) -> pl.DataFrame:
    """Judged lines with schema.EVIDENCE, and in `stays` why a line that repeats is kept.

    The twin of a repeated line is its first copy; of a shared one its home, else a copy elsewhere. The lines of a teaser
    block vouch for each other: a lead cut at another length has the documents and the home of its headline. What earlier runs
    know has no twin here; its cluster is the known passage, and its support the documents that lost it.
    """
    rule = pl.col("rule")
    told = _with_copies(told).with_columns(
        inside=rule == "repeated-line",
        learned=rule.is_in(["learned-teaser", "headline-list"]),
        block_docs=pl.col("docs").filter("in_block").max().over("block"),
        block_home=pl.col("title_of").filter("in_block").max().over("block"),
    )
    told = _with_known(told.with_columns(known_here=(rule == KNOWN_RULE).fill_null(False)))
    shared = ~pl.col("inside") & ~pl.col("learned") & rule.is_not_null() & ~pl.col("known_here")
    told = told.with_columns(
        shared=shared,
        opener=pl.when("in_block").then("block_home").otherwise("title_of"),
        by_shape=pl.col("inside") | (pl.col("in_block") & (rule == "shared-teaser")),
    )
    stays_home = pl.coalesce("home_doc", "opener")
    repeats = rule.is_null() & pl.col("stays").is_null() & (pl.col("docs") > 1)
    why = (
        pl.when("opens")
        .then(pl.lit("first line"))
        .when(pl.col("home") | pl.col("own") | pl.col("titles"))
        .then(pl.lit("home"))
        .otherwise(pl.lit("shared"))
    )
    return told.with_columns(
        twin_doc=pl.when("inside").then("doc").when("shared").then(pl.coalesce(stays_home, "other_doc")),
        twin_start=pl.when("inside")
        .then("own_start")
        .when(pl.col("shared") & pl.col("home_doc").is_not_null())
        .then("home_start")
        .when(pl.col("shared") & pl.col("opener").is_null())
        .then("other_start"),
        home=pl.when("inside").then(True).when("shared").then(stays_home.is_not_null()),
        cluster=pl.when("known_here").then("known_passage").otherwise("cluster"),
        score=pl.when("known_here")
        .then("known_similarity")
        .when("by_shape")
        .then(_likeness())
        .when(rule.is_not_null())
        .then(1 / (1 + (-pl.col("odds")).exp())),
        docs=pl.when(pl.col("shared") & pl.col("in_block")).then("block_docs").otherwise("docs"),
        support=pl.when("known_here").then("recalled").when("learned").then("support"),
        stays=pl.when(repeats).then(why).otherwise("stays"),
        shape=_shape(),
    )


def with_homes_that_stay(removed: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """JUDGED of all lines that went in the end: the twin of one is not said to stay (`home`) where it went itself, later.

    `lines`: all there were, with their `start`.
    """
    went = removed.select("doc", "seg").join(lines.select("doc", "seg", "start"), on=["doc", "seg"], how="inner")
    went = went.select(twin_doc="doc", twin_start="start", went=pl.lit(True))
    told = removed.join(went, on=["twin_doc", "twin_start"], how="left", maintain_order="left")
    return told.with_columns(home=pl.col("home") & pl.col("went").is_null()).select(removed.columns)


def _shape() -> pl.Expr:
    """The shape of a line that goes, where other documents confirm it: the examples that shapes are learned from."""
    doubled = pl.col("head") & pl.col("confirmed") & pl.col("cut_lead")
    return (
        pl.when(pl.col("rule").is_null())
        .then(None)
        .when(doubled)
        .then(pl.lit("doubled"))
        .when(pl.col("cut_head") & pl.col("cut_known"))
        .then(pl.lit("cut"))
        .when("names")
        .then("phrase")
    )


def _with_known(told: pl.DataFrame) -> pl.DataFrame:
    """The known passage of a block's first known line for those lines of it that are not known themselves."""
    columns = ("recalled", "known_passage", "known_similarity")
    itself = pl.col("known_passage").is_not_null() & (pl.col("recalled") > 0)
    block = (pl.col(name).filter(itself & pl.col("in_block")).first().over("block") for name in columns)
    lent = pl.col("known_here") & ~itself
    return told.with_columns(
        pl.when(lent).then(value).otherwise(name).alias(name) for name, value in zip(columns, block, strict=True)
    )


def _with_copies(told: pl.DataFrame) -> pl.DataFrame:
    """For each line: where its passage first stays in its own document, where the cluster's home is, and a copy elsewhere."""
    start, first_doc = pl.col("start"), pl.col("doc").first().over("kin")  # lines are in order
    told = only_where(pl.col("copied"), told, own_start=start.filter(pl.col("rule").is_null()).min().over("copy"))
    is_first = pl.col("doc") == first_doc
    second = pl.col("row").filter(~is_first).min().over("kin")
    told = only_where(
        pl.col("docs") > 1,
        told,
        home_row=pl.col("row").filter(pl.col("home") & pl.col("rule").is_null()).min().over("kin"),
        other=pl.when(is_first).then(second).otherwise("kin"),
    )
    return told.with_columns(
        home_doc=pl.col("doc").gather("home_row"),
        home_start=start.gather("home_row"),
        other_doc=pl.col("doc").gather("other"),
        other_start=start.gather("other"),
    )


def _likeness() -> pl.Expr:
    """How like its twin a line is. Each is held against the cluster's representative, so where neither of two unlike ones is
    that, it is how like that one the line is."""
    twin = pl.when(pl.col("home_row").is_not_null()).then("home_row").when(pl.col("opener").is_null()).then("other")
    passage, similarity = (pl.col(name).gather(twin) for name in ("passage", "similarity"))
    return (
        pl.when(pl.col("inside") | (pl.col("passage") == passage))
        .then(1.0)
        .when(pl.col("passage") == pl.col("cluster"))
        .then(pl.coalesce(similarity, "similarity"))
        .otherwise("similarity")
    )
