"""Pointers: lines between an article's paragraphs that begin or end alike ("Read also HEADLINE") and tell of something else."""

from __future__ import annotations

import polars as pl

from clean.config import Config
from clean.stages.judge.blocks import ALOOF, DOCUMENTS, EXAMPLES, PHRASE, STOP, mean_taken
from clean.stages.judge.situation import LONGEST_HEAD
from clean.windows import beside, run

# A line of which the text around takes up so much is its own, whatever word it begins or ends with.
_TAKEN_UP = 0.4
# Words of all of them, on average: shorter ones are bylines, fields ("Photo: Nora Byrne") and headings.
_WORDS, _FEWEST = 7, 4
# What lines may have in common at an end: a word or two. A bare dash, bullet or number opens speech and entries, too.
_ENDS_ALIKE = (r"^(\S+)\s", r"^(\S+\s\S+)\s", r"\s(\S+\s\S+)$", r"\s(\S+)$")
# Where more than one paragraph in so many examples has the same at its end, it is nothing but a word; looked for in so many
# characters.
_USUAL, _LONGEST_END = 4, 60
_TELLING = r"^(?:[^\w\s]{0,2}\p{L}\D*|[»›>→▶►↓…]\D*)$"
# A rubric before a mark ("Politics: HEADLINE") or behind one ("HEADLINE - Politics"): of several, each in so many lines.
_RUBRICS = 3
_BEHIND = r"\s([-–—|/(]\s?\p{L}[^-–—|/()]{1,30}\)?)$"
_RUBRIC = "…"
_MARK = r"^…([-–—|/(])|([:：»›|–—-])\s*$"
# A shorter line in so many documents may be a label ("Read also") of the line below.
_LABELS = 3
_LABEL = "↓"
# More lines than these are no interruption of a text, but a list.
_RUN = 6
# What ends a run of short lines: the first line of a document, a headline, a paragraph; 0: something else.
_FIRST, _HEAD, _TEXT = 1, 2, 3


def pointing(told: pl.DataFrame, config: Config) -> pl.DataFrame:
    """NAMED (blocks.py) also of lines that point elsewhere by what they have in common. Some of them name a line of the corpus,
    or many articles have several: "Moral of the story: ..." and "Our verdict: ..." stand so once in each.

    A headline behind a phrase that is always the same, or before one, or below a label, stands between two paragraphs of
    articles that tell nothing of it. "Question: ..." has its words below, and a signature ("Posted by: Jane | 9 November 2012,
    04:45") a number. At an edge of the text there are fields, too ("Where: the town hall of Eastlea"), but an article has each
    only once. named: how many different ones stand so.
    """
    lines = _situated(told)
    if lines.is_empty():
        return told
    # What only has its first or last word in common with others is short and tells of something else, or is a sentence.
    phrase = pl.col("end").str.contains(r"\W")
    likely = _with_rubrics(_by_ends(lines).filter(phrase | (pl.col("tokens") < config.near_tokens)))
    habits = _habits(likely, config)
    if not habits.is_empty():
        habits = habits.join(_usual(told, habits), on=["group", "end"], how="anti")
    found = likely.join(habits, on=["group", "end"]).filter(phrase | (pl.col("taken") < _TAKEN_UP))
    if found.is_empty():
        return told
    labels = found.filter(pl.col("end").str.starts_with(_LABEL)).with_columns(row=pl.col("row") - 1)
    found = pl.concat([found, labels]).group_by("row").agg(pl.col("examples").max())
    told = told.join(found.rename({"examples": "pointing"}), on="row", how="left", maintain_order="left")
    return told.with_columns(
        names=pl.col("names") | pl.col("pointing").is_not_null(), named=pl.max_horizontal("named", "pointing")
    ).drop("pointing")


def _situated(told: pl.DataFrame) -> pl.DataFrame:
    """The lines that may point elsewhere, of groups that have enough of them in a place that tells.

    run: of such lines, and of labels between them. inside: it stands between two paragraphs; edge: between one and an edge of
    the text. label: the label right above.
    """
    paragraph = pl.col("prose") & (pl.col("docs") == 1)
    short = pl.col("tokens").is_between(_FEWEST, LONGEST_HEAD) & ~pl.any_horizontal("opens", "headline", "own", "in_block")
    label = (pl.col("tokens") < _FEWEST) & (pl.col("docs") >= _LABELS) & ~pl.col("opens")
    border = pl.when("opens").then(_FIRST).when(paragraph).then(_TEXT).when("headline").then(_HEAD).otherwise(0)
    columns = ("row", "doc", "group", "cluster", "line", "tokens", "taken", "mentions")
    lines = told.select(*columns, border=border.cast(pl.Int8), short=short & (pl.col("taken") >= 0), label=label)
    loose = pl.col("short") | pl.col("label")
    border = pl.when(~loose).then("border")
    lines = lines.with_columns(above=border.forward_fill(), below=border.backward_fill().fill_null(_FIRST), run=run(loose, "doc"))
    inside = (pl.col("above") == _TEXT) & (pl.col("below") == _TEXT)
    edge = (pl.col("above") > 0) & pl.col("below").is_in([_TEXT, _FIRST])
    edge = edge & ((pl.col("above") == _TEXT) | (pl.col("below") == _TEXT))  # a song has no text that its lines could point from
    lines = lines.with_columns(
        label=pl.when(beside(pl.col("label"), -1, "doc")).then(beside(pl.col("line"), -1, "doc")), edge=edge, inside=inside
    ).filter("short")
    counts = lines.filter("edge").group_by("group").len().filter(pl.col("len") >= EXAMPLES)
    lines = lines.filter(pl.col("group").is_in(counts["group"].implode())).filter(~pl.col("line").str.contains(STOP))
    return lines.with_columns(inside=pl.col("inside") & (pl.len().over("run") < _RUN))


def _by_ends(likely: pl.DataFrame) -> pl.DataFrame:
    """The lines once for each `end` that they may have in common: a phrase and its mark, the first words, the last ones, the
    label above.
    """
    line = pl.col("line").str.strip_chars().str.to_lowercase()
    ends = [line.str.extract_groups(PHRASE).struct.field("phrase"), *_ends_of(line)]
    rubric = pl.lit(_RUBRIC) + line.str.extract(_BEHIND, 1)
    label = pl.lit(_LABEL) + pl.col("label").str.strip_chars().str.to_lowercase()
    told = ("row", "group", "cluster", "doc", "run", "tokens", "taken", "inside", "edge", "mentions")
    found = likely.select(*told, number=line.str.contains(r"\d"), end=pl.concat_list(*ends, rubric, label)).explode("end")
    return found.filter(pl.col("end").str.contains(_TELLING)).unique(maintain_order=True)


def _with_rubrics(likely: pl.DataFrame) -> pl.DataFrame:
    """The lines once more for the mark alone, where what it sets apart is one of several rubrics.

    example: the line stands between two paragraphs, or at an edge of the text with another such line.
    """
    mark = pl.col("end").str.extract_groups(_MARK)
    lines, documents = (pl.col(name).n_unique().over("group", "end") for name in ("cluster", "doc"))
    rubric = likely.filter((lines >= _RUBRICS) & (documents >= _RUBRICS) & pl.col("end").str.contains(_MARK))
    marked = rubric.with_columns(end=pl.coalesce(mark.struct.field("1"), mark.struct.field("2")))
    both = pl.concat([likely, marked.unique(["row", "end"], keep="first", maintain_order=True)])
    company = pl.col("edge") & (pl.len().over("run", "end") > 1)
    return both.with_columns(example=pl.col("inside") | company)


def _habits(likely: pl.DataFrame, config: Config) -> pl.DataFrame:
    """group, end, examples: the ends by which lines are known to point elsewhere. Some name a line of the corpus, or half of the
    documents have several: an article has one verdict, and one moral."""
    cluster, doc = pl.col("cluster"), pl.col("doc")
    several = cluster.n_unique().over("group", "end", "doc") > 1
    phrase = pl.col("end").str.contains(r"\W")  # "And ..." begins so many lines of a song or a list
    habits = (
        likely.with_columns(several=several & phrase)
        .group_by("group", "end")
        .agg(
            examples=cluster.filter("example").n_unique().cast(pl.UInt32),
            documents=doc.filter("example").n_unique(),
            taken=mean_taken(),
            words=pl.col("tokens").mean(),
            number=pl.col("number").mean(),
            named=cluster.filter("mentions").n_unique(),
            several=2 * doc.filter("several").n_unique() >= doc.n_unique(),
        )
    )
    seen = (pl.col("examples") >= max(EXAMPLES, config.min_support)) & (pl.col("documents") >= DOCUMENTS)
    elsewhere = (pl.col("taken") <= ALOOF) & (pl.col("words") >= _WORDS) & (pl.col("number") < 0.5)
    elsewhere = elsewhere & ((pl.col("named") >= config.min_support) | pl.col("several"))
    return habits.filter(seen & elsewhere).select("group", "end", "examples")


def _usual(told: pl.DataFrame, habits: pl.DataFrame) -> pl.DataFrame:
    """group, end: of these habits the ends that paragraphs have, too: "the" is how any sentence begins."""
    paragraphs = told.select("group", "line", "prose").filter(pl.col("prose") & pl.col("group").is_in(habits["group"].implode()))
    line = pl.col("line").str.strip_chars().str.to_lowercase()
    line = line.str.head(_LONGEST_END) + line.str.tail(_LONGEST_END).str.replace(r"[.!?\"”’)]+$", "")
    ends = paragraphs.select("group", end=pl.concat_list(_ends_of(line))).explode("end")
    both = ends.join(habits, on=["group", "end"]).group_by("group", "end").agg(pl.len(), pl.col("examples").first())
    return both.filter(pl.col("len") * _USUAL > pl.col("examples"))


def _ends_of(line: pl.Expr) -> list[pl.Expr]:
    """The first and the last word or two."""
    return [line.str.extract(end, 1) for end in _ENDS_ALIKE]
