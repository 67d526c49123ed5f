"""What stays because of the lines around it: headings, and what stands amid a text that stays."""

from __future__ import annotations

import polars as pl

from clean.config import Config
from clean.stages.judge.situation import held_by_very_few
from clean.windows import only_where, run

# Fewer lines than these, with lines that stay above and below, are no run of boilerplate by themselves; fewer than the second
# where one of them stands elsewhere, too, but not as in a menu: five ingredients, in two recipes or beside others in many.
_RUN, _MIXED_RUN = 4, 6
# So many different lines that go from between two paragraphs are a list.
_LIST = 3
# It is the text's own where most of its lines stand elsewhere, but seldom beside the same line: in less than half of the
# documents that hold them, or in fewer than so many.
_TOGETHER = 3
# A line that is marked as a heading, or numbers what stands below.
_HEADING = "|".join(
    (
        r"^ {0,3}#{1,6}[ \t]",  # "## Examples": CommonMark 0.31.2, section 4.2
        r"^\s*<h[1-6][ >]",
        r"^\s*(?:[-*+][ \t]+)?\*\*[^*]+\*\*\W*$",  # "- **Examples**"
        r"^[^\n]+\n[^\w\s]+\s*$",  # underlined
        r"^\W*(?:\d{1,3}|\p{L}|[IVXivx]{1,5})\W*$",  # "(2)"
    )
)
# It says that what stands below belongs to it: "The options are:".
_COLON = r"[:：]\s*$"


def with_headings(told: pl.DataFrame) -> pl.DataFrame:
    """What is marked as a heading stays where what it heads does: all pages of a reference print "## Examples". Code and tables
    do, and so does a line above them that ends in a colon."""
    marked = pl.col("line").str.contains(_HEADING) | (pl.col("above_verbatim") & pl.col("line").str.contains(_COLON))
    told = only_where(pl.col("rule").is_not_null() & ~pl.col("in_block"), told, heading=marked)
    heading = pl.col("heading").fill_null(False)
    here = pl.when(~heading).then(pl.col("rule").is_null()).when("above_verbatim").then(True)
    stays = here.backward_fill().over("doc").fill_null(False)  # a heading that ends its document heads nothing
    return told.with_columns(rule=pl.when(~(heading & stays)).then("rule")).drop("heading")


def without_islands(told: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Boilerplate comes in runs and at the edges: what stands by itself amid a text is taken for part of it.

    A few lines between lines that stay, which fewer than `min_docs` documents hold: "Serve warm." stands below every recipe of a
    small book, and five ingredients in two. Not where half of the site's documents print one of them beside the same line, as
    "Share this" above "Tweet". And a list between two paragraphs of whose lines most stand in other documents, too, but beside
    others: "1 tsp salt" stands in hundreds, and belongs to each, while a menu is printed as it is. And, on a large site, lines of
    which most stand in hardly any document: cells of a table, clauses that two laws share. Teaser blocks, lines that name
    another article ("Read more: ITS HEADLINE") and what stands below the end of the text go all the same.
    """
    gone = pl.col("rule").is_not_null()
    paragraph = pl.col("prose") & (pl.col("docs") == 1) & ~gone
    top, last = pl.col("place") == 1, pl.col("seg") == pl.col("seg").max().over("doc")  # right below the first line, which stays
    shared = gone & (pl.col("docs") > 1) & (pl.col("copy") == pl.col("row"))  # "Reply" below each comment is one line
    told = told.with_columns(
        rare=held_by_very_few(),
        run=run(gone, "doc"),
        stretch=run(~paragraph, "doc"),
        outer=top | last,
        shared=shared,
        stray=shared & ~_printed_as_it_is(),
    )
    in_a_menu = _printed_as_it_is() & (pl.col("docs") >= _TOGETHER)
    fewest = pl.when((shared & ~in_a_menu).any()).then(_MIXED_RUN).otherwise(_RUN)
    of_the_site = in_a_menu & (2 * pl.col("docs") >= pl.col("site_docs"))
    short = (pl.len() < fewest).over("run") & ~(pl.col("outer") | of_the_site).any().over("run")
    few = short & (pl.col("docs") < config.min_docs)
    all_shared, strays = (pl.col(name).sum().over("stretch") for name in ("shared", "stray"))
    own_list = ~pl.col("outer").any().over("stretch") & (strays >= _LIST) & (2 * strays > all_shared)
    known_as_such = pl.any_horizontal("in_block", "in_cut", "names", "heads_another", "in_known", "recalled_alone")
    known_as_such = known_as_such | (pl.col("ended") >= config.min_support)
    of_very_few = ~pl.col("outer").any().over("run") & (2 * pl.col("rare").sum().over("run") >= pl.len().over("run"))
    island = gone & (few | own_list | of_very_few) & ~known_as_such
    return told.with_columns(rule=pl.when(~island).then("rule")).drop("run", "stretch", "outer", "shared", "stray", "rare")


def _printed_as_it_is() -> pl.Expr:
    """Whether a line stands beside the same one in most documents that hold it: a part of a menu, not of many lists."""
    return (pl.col("beside") >= pl.min_horizontal(pl.lit(_TOGETHER), "docs")) & (2 * pl.col("beside") >= pl.col("docs"))
