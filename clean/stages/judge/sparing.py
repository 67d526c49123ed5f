"""Verdicts that would take too much: of a document, of an article that others copied, of a site."""

from __future__ import annotations

import polars as pl

from clean.config import Config
from clean.schema import KNOWN_RULE
from clean.stages.judge.situation import PARAGRAPHS, held_by_very_few
from clean.windows import only_where, run

# Copies of a passage in so many documents are the site's, not one syndicated article's.
_SYNDICATE = 5
# A document of which fewer times `near_tokens` words would be left is not judged by looks.
_LEFT = 5
# A site of which more would go by looks than so many times what other evidence shows has a make of its own (a list of changes, a
# reference), and nothing of it is judged by looks. Of labelled sites none had more than one and a half.
_UNCONFIRMED = 2
# Of a document's prose, or of all of it, the share that may go as shared before it is taken for syndication.
_SYNDICATED_SHARE = 0.5
_SHARED = ("shared-teaser", "furniture", KNOWN_RULE)


def spare(told: pl.DataFrame, config: Config) -> pl.DataFrame:
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
    of_very_few = shared & ~blurb & held_by_very_few()
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
    paragraph = pl.col("going") & (pl.col("tokens") >= PARAGRAPHS * config.near_tokens)
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
