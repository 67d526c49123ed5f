"""Pointers: lines between an article's paragraphs that begin or end alike ("Read also HEADLINE") and tell of something else."""

from __future__ import annotations

import polars as pl

from clean.config import Config
from clean.stages.judge.blocks import LONGEST_HEAD, PHRASE, STOP
from clean.windows import beside, only_where

# So many different ones stand between two paragraphs, in so many documents, before what they have in common is a habit.
_EXAMPLES, _DOCUMENTS = 6, 4
# The text around takes up no more of them, on average; of a heading or a caption it has half of the words, and more.
_ALOOF = 0.2
# A line of which the text around takes up so much is its own, whatever word it begins with.
_TAKEN_UP = 0.6
# Words of all of them, on average: shorter ones are bylines, fields ("Photo: Nora Byrne") and headings.
_WORDS, _FEWEST = 7, 4
# What lines may have in common at an end: a word or two. A bare dash, bullet or number opens speech and entries, too.
_ENDS_ALIKE = (r"^(\S+)\s", r"^(\S+\s\S+)\s", r"\s(\S+\s\S+)$", r"\s(\S+)$")
_TELLING = r"^(?:[^\w\s]{0,2}\p{L}\D*|[»›>→▶►]\D*)$"


def pointing(told: pl.DataFrame, config: Config) -> pl.DataFrame:
    """names, named: also for lines that point elsewhere by what they have in common; none of them need name a line of the corpus.

    A headline behind a phrase that is always the same, or before one, stands between two paragraphs of articles that tell
    nothing of it. "Question: ..." has its words below, and a signature ("Posted by: Jane | 9 November 2012, 04:45") a number.
    named: how many different ones stand so.
    """
    paragraph = pl.col("prose") & (pl.col("docs") == 1)
    between = beside(paragraph, -1, "doc").fill_null(False) & beside(paragraph, 1, "doc").fill_null(False)
    short = pl.col("tokens").is_between(_FEWEST, LONGEST_HEAD) & ~pl.any_horizontal("opens", "headline", "own", "in_block")
    told = told.with_columns(short=short & (pl.col("taken") >= 0))
    told = told.with_columns(between=pl.col("short") & between)
    enough = pl.col("short") & (pl.col("between").sum().over("group") >= _EXAMPLES)
    told = only_where(enough, told, open=~pl.col("line").str.contains(STOP))
    likely = _by_ends(told.filter(pl.col("open").fill_null(False)))
    found = likely.join(_habits(likely, config), on=["group", "end"])
    found = found.filter((pl.col("taken") < _TAKEN_UP) | pl.col("end").str.contains(r"\W"))
    found = found.group_by("row").agg(pl.col("examples").max())
    told = told.join(found, on="row", how="left", maintain_order="left", suffix="_so")
    return told.with_columns(
        names=pl.col("names") | pl.col("examples_so").is_not_null(), named=pl.max_horizontal("named", "examples_so")
    ).drop("short", "between", "open", "examples_so")


def _by_ends(likely: pl.DataFrame) -> pl.DataFrame:
    """The lines once for each `end` that they may have in common: a phrase and its mark, the first words, the last ones."""
    line = pl.col("line").str.strip_chars().str.to_lowercase()
    ends = [line.str.extract_groups(PHRASE).struct.field("phrase"), *(line.str.extract(pattern, 1) for pattern in _ENDS_ALIKE)]
    told = ("row", "group", "cluster", "doc", "tokens", "taken", "between")
    found = likely.select(*told, number=line.str.contains(r"\d"), end=pl.concat_list(ends)).explode("end")
    return found.filter(pl.col("end").str.contains(_TELLING)).unique(maintain_order=True)


def _habits(likely: pl.DataFrame, config: Config) -> pl.DataFrame:
    """group, end, examples: the ends by which lines are known to point elsewhere."""
    between = pl.col("between")
    millionths = (pl.col("taken") * 1e6).round().cast(pl.Int64)  # sums of integers are the same in any order
    habits = likely.group_by("group", "end").agg(
        examples=pl.col("cluster").filter(between).n_unique().cast(pl.UInt32),
        documents=pl.col("doc").filter(between).n_unique(),
        taken=millionths.sum() / pl.len(),
        words=pl.col("tokens").mean(),
        number=pl.col("number").mean(),
    )
    seen = (pl.col("examples") >= max(_EXAMPLES, config.min_support)) & (pl.col("documents") >= _DOCUMENTS)
    elsewhere = (pl.col("taken") <= _ALOOF * 1e6) & (pl.col("words") >= _WORDS) & (pl.col("number") < 0.5)
    return habits.filter(seen & elsewhere).select("group", "end", "examples")
