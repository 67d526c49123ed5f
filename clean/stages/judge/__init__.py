"""Lines to verdicts: the policy, nowhere else. Each rule is one named expression, with its evidence.

    situation.py   where a line stands, and what it repeats in its own document
    blocks.py      the shapes that lines form: teaser blocks, headlines glued into one line
    pointers.py    lines that begin or end alike, and tell of something else than the text around
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
from clean.stages.judge.evidence import testify
from clean.stages.judge.pointers import pointing
from clean.stages.judge.situation import TAKEN_UP, TELLING, situate
from clean.windows import in_order, only_where, run

__all__ = ["JUDGED", "LINES", "judge", "staying"]

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
# From so many times `near_tokens` on, a line that no other document holds is a paragraph, and looks never condemn it:
# of the words in such lines that looks alone would take, a quarter were content; of shorter lines, one in thirty; of
# paragraphs below the end of the text, none.
_PARAGRAPHS = 2
# Fewer lines than these, with lines that stay above and below, are no run of boilerplate by themselves; fewer than the second
# where one of them stands elsewhere, too, but not as in a menu: five ingredients, in two recipes or beside others in many.
_RUN, _MIXED_RUN = 4, 6
# So many different lines that go from between two paragraphs are a list.
_LIST = 3
# It is the text's own where most of its lines stand elsewhere, but seldom beside the same line: in less than half of the
# documents that hold them, or in fewer than so many.
_TOGETHER = 3
# Copies of a passage in so many documents are the site's, not one syndicated article's ...
_SYNDICATE = 5
# ... and of a site of so many times as many documents as hold it, it is not.
_VERY_FEW = 25
# A document of which fewer times `near_tokens` words would be left is not judged by looks.
_LEFT = 5
# A site of which more would go by looks than so many times what other evidence shows has a make of its own (a list of changes, a
# reference), and nothing of it is judged by looks. Of labelled sites none had more than one and a half.
_UNCONFIRMED = 2
# Of a document's prose, or of all of it, the share that may go as shared before it is taken for syndication.
_SYNDICATED_SHARE = 0.5
# "## Examples" (CommonMark 0.31.2, section 4.2), "<h2>Examples</h2>", "- **Examples**", "Examples" underlined.
_HEADING = r"^ {0,3}#{1,6}[ \t]|^\s*<h[1-6][ >]|^\s*(?:[-*+][ \t]+)?\*\*[^*]+\*\*\W*$|^[^\n]+\n[^\w\s]+\s*$"
_SHARED = ("shared-teaser", "furniture", KNOWN_RULE)


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
        rule=pl.when("opens").then(None).otherwise("rule"), support=pl.max_horizontal("support", learned.cast(pl.UInt32))
    )
    # So many examples and no counter-example: the rule of succession, (n + 1) / (n + 2).
    shaped = (pl.col("names") | pl.col("in_cut")) & pl.col("rule").is_not_null()
    told = told.with_columns(odds=pl.when(shaped).then(pl.max_horizontal("odds", (learned + 1).log())).otherwise("odds"))
    told = _without_islands(_with_headings(told), config)
    told = only_where(pl.col("copied"), told, repeats=_repeats_a_kept_line(config))
    told = told.with_columns(rule=pl.when("repeats").then(pl.lit("repeated-line")).otherwise("rule"))
    return testify(_spare(glued_headlines(told), config)).select(list(JUDGED))


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
            & ((pl.col("tokens") < _PARAGRAPHS * config.near_tokens) | (pl.col("ended") > 0))
        )
        .then(pl.lit("learned-teaser"))
    )


def _known_rule(config: Config) -> pl.Expr:
    """What earlier runs removed from such a place, and teaser blocks of which they removed a line. See stages/known."""
    known = (pl.col("recalled") >= config.min_support) | pl.col("in_known")
    return pl.when(known & ~_AT_HOME & ~pl.col("own")).then(pl.lit(KNOWN_RULE))


def _without_islands(told: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Boilerplate comes in runs and at the edges: what stands by itself amid a text is taken for part of it.

    A few lines between lines that stay, which fewer than `min_docs` documents hold: "Serve warm." stands below every recipe of a
    small book, and five ingredients in two. Not where half of the site's documents print one of them beside the same line, as
    "Share this" above "Tweet". And a list between two paragraphs of whose lines most stand in other documents, too, but beside
    others: "1 tsp salt" stands in hundreds, and belongs to each, while a menu is printed as it is. Teaser blocks, lines that
    name another article ("Read more: ITS HEADLINE") and what stands below the end of the text go all the same.
    """
    gone = pl.col("rule").is_not_null()
    paragraph = pl.col("prose") & (pl.col("docs") == 1) & ~gone
    top, last = pl.col("place") == 1, pl.col("seg") == pl.col("seg").max().over("doc")  # right below the first line, which stays
    shared = gone & (pl.col("docs") > 1) & (pl.col("copy") == pl.col("row"))  # "Reply" below each comment is one line
    told = told.with_columns(
        run=run(gone, "doc"), stretch=run(~paragraph, "doc"), outer=top | last, shared=shared, stray=shared & ~_printed_as_it_is()
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
    island = gone & (few | own_list) & ~known_as_such
    return told.with_columns(rule=pl.when(~island).then("rule")).drop("run", "stretch", "outer", "shared", "stray")


def _with_headings(told: pl.DataFrame) -> pl.DataFrame:
    """What is marked as a heading stays where what it heads does: all pages of a reference print "## Examples"."""
    told = only_where(pl.col("rule").is_not_null() & ~pl.col("in_block"), told, heading=pl.col("line").str.contains(_HEADING))
    heading = pl.col("heading").fill_null(False)
    stays = pl.when(~heading).then(pl.col("rule").is_null()).backward_fill().over("doc")
    return told.with_columns(rule=pl.when(~(heading & stays)).then("rule")).drop("heading")


def _printed_as_it_is() -> pl.Expr:
    """Whether a line stands beside the same one in most documents that hold it: a part of a menu, not of many lists."""
    return (pl.col("beside") >= pl.min_horizontal(pl.lit(_TOGETHER), "docs")) & (2 * pl.col("beside") >= pl.col("docs"))


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


def _spare(told: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Verdicts that would take too much of one document, or of a site, are dropped, and `stays` says why.

    syndicated: most of a document, or of its prose, stands in a few others: copies, versions, or thefts; never "all copies".
    last copy: all prose of a document stands in many others, which have prose of their own: it is what they were copied from,
    or else a notice; and what still would go from every document stays in one (`_with_one_copy`).
    unconfirmed: of the site more would go by looks than other evidence, in this round or an earlier one, vouches for. Lists of
    changes and references are made of short lines, and each makes the next one look like furniture.
    ceiling: with what only looks like boilerplate, more than `max_document_share` of a document would go, or hardly
    anything would be left: a table of results is nothing but short lines, and is the article all the same.
    """
    told = told.with_columns(size=pl.col("line").str.len_chars())
    size, prose = pl.col("size"), pl.col("prose")
    told = told.with_columns(stays=pl.when(_syndicated()).then(pl.lit("syndicated")))
    going = prose & ~pl.col("in_block") & pl.col("rule").is_in(_SHARED).fill_null(False)
    told = told.with_columns(going=going, bare=(going | ~prose).all().over("doc"))
    told = only_where(pl.col("going") & pl.col("bare"), told, last_copy=pl.col("doc") == pl.col("doc").min().over("kin"))
    last_copy = pl.col("last_copy").fill_null(False)
    told = told.with_columns(
        stays=pl.when(last_copy).then(pl.lit("last copy")).otherwise("stays"), home=pl.col("home") | last_copy
    )
    told = _with_one_copy(told.with_columns(rule=pl.when(pl.col("stays").is_null()).then("rule")), config)
    gone, learned = pl.col("rule").is_not_null(), pl.col("rule") == "learned-teaser"
    share = size.filter(gone).sum().over("doc") / size.sum().over("doc")
    words = pl.col("tokens").filter(~gone).sum().over("doc")
    too_much = (share > config.max_document_share) | (words < _LEFT * config.near_tokens)
    looks = learned & ~pl.any_horizontal("in_block", "in_cut", "names")
    by_looks, confirmed = (size.filter(gone & which).sum().over("group") for which in (looks, ~learned))
    reason = (
        pl.when(gone & learned & ~pl.col("in_block") & too_much)
        .then(pl.lit("ceiling"))
        .when(gone & looks & (by_looks > _UNCONFIRMED * (confirmed + pl.col("went"))))
        .then(pl.lit("unconfirmed"))
    )
    told = told.with_columns(stays=pl.coalesce(reason, "stays"))
    return told.with_columns(rule=pl.when(pl.col("stays").is_null()).then("rule"))


def _syndicated() -> pl.Expr:
    """What a document shares with a few others, where that is most of it: of its prose; or, on a large site, of all its lines,
    blurbs aside. What three of a thousand documents have is not the site's: two lines of releases list the same changes."""
    size, prose, docs = pl.col("size"), pl.col("prose"), pl.max_horizontal("docs", "recalled")
    shared = pl.col("rule").is_in(_SHARED).fill_null(False) & ~pl.col("in_block")
    of_few = shared & prose & (docs < pl.max_horizontal(pl.lit(_SYNDICATE), pl.col("site_docs") / 2))
    blurb = pl.any_horizontal("in_cut", "names", "heads_another", "in_known")
    of_very_few = shared & ~blurb & (_VERY_FEW * docs <= pl.col("site_docs"))
    most_prose, most = (
        size.filter(which).sum().over("doc") > _SYNDICATED_SHARE * size.filter(of).sum().over("doc")
        for which, of in ((of_few, prose), (of_very_few, pl.lit(value=True)))
    )
    return (of_few & most_prose) | (of_very_few & most)


def _with_one_copy(told: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Of a paragraph of an article that would go from every document one copy stays: in that of which most such prose would go.

    Looks never condemn a paragraph that one document alone has, so they do not condemn the last copy of one that many have
    either: whoever reprints an article, however often and wherever, has no part of it leave the corpus. To an article it
    belongs where the document's own text goes on below it, or where several in a row follow that text; a single paragraph
    below is the site's notice. A teaser's lead was cut from an article, and is no paragraph.
    """
    goes = pl.col("rule").is_not_null()
    paragraph = pl.col("going") & (pl.col("tokens") >= _PARAGRAPHS * config.near_tokens)
    lost = paragraph & goes & ~pl.col("in_cut") & ~pl.col("names")
    # Without the columns that nobody reads here: a filter moves all there are.
    slim = told.select("doc", "kin", "row", "size", "tokens", "docs", "prose", goes=goes, lost=lost.fill_null(False))
    slim = slim.with_columns(run=run(pl.col("lost"), "doc"))
    own = pl.struct("doc", own=(pl.col("tokens") >= config.near_tokens) & (pl.col("docs") == 1) & ~pl.col("goes"))
    other = pl.when(~pl.col("lost")).then(own)
    slim = slim.with_columns(above=other.forward_fill(), below=other.backward_fill())
    above, below = (
        (pl.col(side).struct.field("doc") == pl.col("doc")) & pl.col(side).struct.field("own") for side in ("above", "below")
    )
    gone = slim.filter("lost").filter(below | (above & (pl.len().over("run") > 1)))
    gone = gone.join(slim.filter(~pl.col("goes")), on="kin", how="anti")
    prose = slim.filter("prose").group_by("doc").agg(all_prose=pl.col("size").sum())
    here = gone.group_by("doc").agg(pl.col("size").sum()).join(prose, on="doc")
    share = here.select("doc", share=pl.col("size") / pl.col("all_prose"))
    kept = gone.join(share, on="doc").sort("kin", "share", "row", descending=[False, True, False]).unique("kin", keep="first")
    last = pl.col("row").is_in(kept["row"].implode())
    return told.with_columns(
        rule=pl.when(~last).then("rule"),
        stays=pl.when(last).then(pl.lit("last copy")).otherwise("stays"),
        home=pl.col("home") | last,
    )


def _log_odds(share: float) -> float:
    return math.log(share / (1 - share)) if share < 1 else math.inf


def staying(lines: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """KEPT: lines that repeat over documents, or were spared, and stay all the same, with the reason. Takes LINES and JUDGED."""
    places = lines.select("doc", "seg", "start", "end")
    here = judged.filter(pl.col("stays").is_not_null()).join(places, on=["doc", "seg"], maintain_order="left")
    return here.select("cluster", pl.col("stays").alias("reason"), "doc", "start", "end", "docs")
