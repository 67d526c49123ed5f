"""What goes into the ledger with a verdict: the twin, the score, and what a learned decision rests on."""

from __future__ import annotations

import polars as pl


def testify(told: pl.DataFrame) -> pl.DataFrame:
    """Judged lines with schema.EVIDENCE, and in `stays` why a line that repeats is kept.

    The twin of a repeated line is its first copy; of a shared one its home, else a copy elsewhere. The lines of a teaser
    block vouch for each other: a lead cut at another length has the documents and the home of its headline.
    """
    rule, block = pl.col("rule"), ["doc", "block"]
    told = told.join(_copies(told), on=["doc", "seg"], how="left", maintain_order="left").with_columns(
        inside=rule == "repeated-line",
        learned=rule.is_in(["learned-teaser", "headline-list"]),
        block_docs=pl.col("docs").filter("in_block").max().over(block),
        block_home=pl.col("title_of").filter("in_block").max().over(block),
    )
    shared = ~pl.col("inside") & ~pl.col("learned") & rule.is_not_null()
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
        .when(pl.col("home") | pl.col("own"))
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
        score=pl.when("by_shape").then("similarity").when(rule.is_not_null()).then(1 / (1 + (-pl.col("odds")).exp())),
        docs=pl.when(pl.col("shared") & pl.col("in_block")).then("block_docs").otherwise("docs"),
        support=pl.when("learned").then("support"),
        stays=pl.when(repeats).then(why).otherwise("stays"),
    )


def _copies(told: pl.DataFrame) -> pl.DataFrame:
    """For each line: where its passage first stays in its own document, where the cluster's home is, and a copy elsewhere."""
    kept = told.filter(pl.col("rule").is_null())
    own = kept.group_by("doc", "passage").agg(own_start=pl.col("start").min())
    homes = told.filter("home").group_by("group", "cluster").agg(home_doc=pl.col("doc").min(), home_start=pl.col("start").min())
    firsts = told.group_by("group", "cluster", "doc").agg(pl.col("start").min()).sort("group", "cluster", "doc")
    two = firsts.group_by("group", "cluster", maintain_order=True).agg(pl.col("doc", "start").head(2))
    others = two.select(
        "group", "cluster", *(pl.col(c).list.get(n, null_on_oob=True).alias(f"{c}_{n}") for c in ("doc", "start") for n in (0, 1))
    )
    lines = told.select("doc", "seg", "group", "cluster", "passage")
    for table, keys in ((others, ["group", "cluster"]), (homes, ["group", "cluster"]), (own, ["doc", "passage"])):
        lines = lines.join(table, on=keys, how="left", maintain_order="left")
    is_first = pl.col("doc") == pl.col("doc_0")
    return lines.select(
        "doc",
        "seg",
        "own_start",
        "home_doc",
        "home_start",
        other_doc=pl.when(is_first).then("doc_1").otherwise("doc_0"),
        other_start=pl.when(is_first).then("start_1").otherwise("start_0"),
    )
