"""Where a line stands, and what it repeats: the columns that the rules are written in."""

from __future__ import annotations

import polars as pl

from clean.config import Config
from clean.schema import Schema
from clean.text import HEAD_LINES
from clean.windows import any_of, beside, only_where, place, so_far

# Sentence ends in the scripts of the world (Unicode Sentence_Terminal, the common ones), before closing quotes.
ENDS = r"""[.!?。！？।۔؟…։።][\p{Pe}\p{Pf}"'”’»)]*\s*$"""
ELLIPSIS = r"""(\.\.\.|…|\[…\]|\[\.\.\.\])\s*\P{L}*$"""
# Distinct lines in which a byline is at home: under the headline, not in an interview that prints the speaker's name.
_TOP_LINES = 6
# Shorter lines ("Latest news") stand anywhere, but for two words and more that the text takes up: a name.
TELLING = 4
# Of a line above its document's own text, the share from which that text takes it up: of the words in such lines that looks
# alone would take, half were content; of lines less taken up, one in ten; of those below, one in a hundred.
TAKEN_UP = 0.55
# Shorter lines in so many documents are buttons, fields, labels: they do not count, but in all there are at most so many lines.
_BUTTON_DOCS, _FAR = 3, 16
# A shorter line between a headline and its text may stand in many documents: a byline, a date, "Comments".
_BYLINE = 6

# A heading of the first level: "# Title" (CommonMark 0.31.2, sections 4.2 and 4.3), or what is left of a page's markup.
_TITLE = r"^ {0,3}#[ \t]|^\s*<h1[ >]|^[^\n]+\n=+\s*$"
# A headline has at most so many words.
LONGEST_HEAD = 40

# From so many times `near_tokens` on, a line that no other document holds is a paragraph, and looks never condemn it:
# of the words in such lines that looks alone would take, a quarter were content; of shorter lines, one in thirty; of
# paragraphs below the end of the text, none.
PARAGRAPHS = 2
# What so few documents hold is not the site's, if it has so many times as many.
_VERY_FEW = 25

SITUATED: Schema = {
    "row": pl.UInt32,  # its number
    "place": pl.Int64,  # its number in its document
    "copy": pl.UInt32,  # the row of the first line of the document that says the same
    "kin": pl.UInt32,  # the row of the first line of the group that is of the same cluster
    "copied": pl.Boolean,  # its document says it more than once
    "opens": pl.Boolean,  # the document's first line
    "titles": pl.Boolean,  # the first one marked as a heading of the first level, but for those that many documents have
    "prose": pl.Boolean,  # a long line that ends a sentence
    "own": pl.Boolean,  # the same as its document's first line or headline
    "twice": pl.Boolean,  # equal to the next line
    "again": pl.Boolean,  # equal to the previous line
    "at_top": pl.Boolean,  # it stands under the headline, and its document says it more than once
    "first_at_top": pl.Boolean,  # its first copy does
    "told_above": pl.UInt32,  # long lines of the document's own down to here
    "above_prose": pl.Boolean,  # a long line that is the document's own follows soon
    # So does the document's first such line, and nothing in between, nor the line itself, stands in another document, but for
    # short lines in between: headline, byline, date.
    "heads_prose": pl.Boolean,
    # It is its own title, such a line follows soon, and nothing was told since its first copy: a page's title names its headline.
    "heads_body": pl.Boolean,
    # Of all copies it is the only one that stands above what its document alone tells: a headline or first paragraph where it
    # belongs; furniture at the top stands there in every document. A few lines above, or behind buttons ("Print", "Share").
    "leads_article": pl.Boolean,
    "repeats_top": pl.Boolean,  # its first copy opens the text but not the page, and it stands right below
    "title_of": pl.UInt32,  # the first other document that opens with this line; null: none
}


def situate(known: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Lines that hold a token, in order, with their situation: judge.LINES and SITUATED."""
    known = known.with_row_index("row").with_columns(
        place=place("doc"),
        copy=pl.col("row").first().over("doc", "passage"),
        kin=pl.col("row").first().over("group", "cluster"),
    )
    first_lines = known.select("kin", "doc", "place").filter(place=0)
    titles = first_lines.group_by("kin").agg(openers=pl.col("doc").unique().sort().head(2))
    known = known.with_columns(copied=any_of(pl.col("copy") != pl.col("row"), "copy"))
    name = pl.col("line").str.contains(r"\p{L}{2}") & ~pl.col("line").str.contains(r"\d")  # not a row of a table
    known = only_where(pl.col("tokens") >= config.near_tokens, known, prose=pl.col("line").str.contains(ENDS))
    first = (pl.col("copy") == pl.col("row")).cast(pl.Int64)
    at_top = so_far(first, "doc") - first < _TOP_LINES  # of distinct lines: copies go, and the next would move up a line a round
    told = only_where(at_top & pl.col("copied"), known, at_top=name).with_columns(
        prose=pl.col("prose").fill_null(False),
        opens=pl.col("place") == 0,
        own=(pl.col("cluster") == pl.col("cluster").first().over("doc"))
        | (pl.col("passage") == pl.col("passage").filter("headline").first().over("doc")).fill_null(False),
        twice=(pl.col("passage") == beside(pl.col("passage"), 1, "doc")).fill_null(False),
        again=(pl.col("passage") == beside(pl.col("passage"), -1, "doc")).fill_null(False),
        at_top=pl.col("at_top").fill_null(False),
        above_prose=_above_prose(config),
        heads_prose=(pl.col("docs") == 1) & _above_prose(config, (pl.col("docs") == 1) | (pl.col("tokens") < _BYLINE)),
    )
    of_few = (pl.col("tokens") <= LONGEST_HEAD) & (pl.col("docs") < config.min_docs)
    told = only_where(of_few, told, titles=pl.col("line").str.contains(_TITLE))
    first_title = pl.col("row").filter("titles").min().over("doc")
    told = told.with_columns(titles=(pl.col("row") == first_title).fill_null(False), told_above=so_far(_own_prose(config), "doc"))
    named = (pl.col("taken") >= TAKEN_UP) & (pl.col("tokens") > 1)
    above_all = (pl.col("told_above") == 0) & ((pl.col("tokens") >= TELLING) | named)
    first_here = above_all & pl.col("above_prose")
    near, behind_buttons = (leads & (pl.col("docs") > 1) for leads in (first_here, above_all & _above_buttons(config)))
    told = told.with_columns(leads_article=_alone(told, near, near) | _alone(told, behind_buttons, above_all))
    told = told.with_columns(
        heads_prose=pl.col("heads_prose") & (pl.col("told_above") == 0),
        heads_body=pl.col("own") & pl.col("above_prose") & (pl.col("told_above") == pl.col("told_above").gather("copy")),
        first_at_top=pl.col("at_top").gather("copy"),
        repeats_top=pl.col("again") & (first_here & ~pl.col("opens")).gather("copy"),
    )
    told = told.join(titles, on="kin", how="left", maintain_order="left")
    first, second = (pl.col("openers").list.get(number, null_on_oob=True) for number in (0, 1))
    return told.with_columns(title_of=pl.when(first != pl.col("doc")).then(first).otherwise(second)).drop("openers")


def _alone(told: pl.DataFrame, leads: pl.Expr, may: pl.Expr) -> pl.Expr:
    """The lines that are `leads`, of which no other document of the group has a copy that is `may` (which all `leads` are)."""
    places = told.select("kin", "doc", may=may, leads=leads).filter("may").group_by("kin")
    lone = places.agg(pl.col("doc").n_unique(), pl.col("leads").any()).filter("leads", doc=1)
    return leads & pl.col("kin").is_in(lone["kin"].implode())


def _own_prose(config: Config) -> pl.Expr:
    """A long line that no other document has."""
    return (pl.col("tokens") >= config.near_tokens) & (pl.col("docs") == 1)


def _above_buttons(config: Config) -> pl.Expr:
    """Whether a long line follows soon that no other document has, where short lines of the site in between do not count:
    "Print", "Share", "Serves 4"."""
    button = (pl.col("docs") >= _BUTTON_DOCS) & (pl.col("tokens") < _BYLINE)
    depth, row, prose = so_far(~button, "doc").cast(pl.Int64), pl.col("row").cast(pl.Int64), _own_prose(config)
    depth_below, row_below = (pl.when(prose).then(here).backward_fill().over("doc") for here in (depth, row))
    return (~prose & (depth_below - depth <= HEAD_LINES) & (row_below - row <= _FAR)).fill_null(False)


def _above_prose(config: Config, between: pl.Expr | bool = True) -> pl.Expr:
    """Whether a long line follows soon that no other document has, or that others have from here, with nothing but `between`
    in between."""
    prose = _own_prose(config) | ((pl.col("tokens") >= config.near_tokens) & pl.col("home"))
    found, clear = pl.lit(False), pl.lit(True)
    for step in range(1, HEAD_LINES + 1):
        found = found | (clear & beside(prose, step, "doc").fill_null(False))
        clear = clear & (between if isinstance(between, bool) else beside(between, step, "doc").fill_null(False))
    return found


def held_by_very_few() -> pl.Expr:
    """Lines that hardly any document of a large site has."""
    return _VERY_FEW * pl.max_horizontal("docs", "recalled") <= pl.col("site_docs")
