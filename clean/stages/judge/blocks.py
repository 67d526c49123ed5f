"""The shapes that lines form: a headline doubled above a cut lead, and headlines glued into one line."""

from __future__ import annotations

import polars as pl

from clean.config import Config
from clean.stages.judge.situation import ELLIPSIS, ENDS
from clean.windows import beside, opens, so_far

# Two headlines glued together: the end of a word or question, and a capital without a space ("ShanghaiStrictly").
_GLUE = r"[\p{Ll}\d?!][\p{Lu}]\p{Ll}"
_LIST_PIECES = 3
_PIECE_TOKENS = 5
# A phrase of a few words and a mark, and a headline.
_PHRASE = r"^(?P<phrase>[^:：|»›–—-]{2,30}?\s*(?:[:：»›|]|\s[-–—]\s))\s*(?P<rest>.*\p{L}.*)$"
_PHRASE_WORDS = 5
# A shorter first line ("Home") is no title.
_TITLE_TOKENS = 4
# A headline, a bar, and what it is filed under.
_BAR = r"\p{L}.{6,}?(\s*[|｜]\s*|\s/\s)\S"
_NAMES = 5
# Words of a cut lead, and of the headline above it.
_CUT_TOKENS, _HEAD_TOKENS, _LONGEST_HEAD = 8, 3, 40


def in_blocks(told: pl.DataFrame, shapes: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Teaser blocks: a headline at once repeated, and the lead below it. Takes situated lines of whole groups.

    block: its number. in_block: the line is part of one. confirmed: its headline or lead stands in other
    documents, too, or is another's first line. alike: it is not, but its lead is cut, and `support` different confirmed
    blocks of the group, at least `min_support`, have that shape; those that earlier runs removed count, too. in_known: earlier
    runs removed a line of it. origin: the line is the headline, or the lead, of the
    article that a block elsewhere was cut from.
    """
    head = (pl.col("twice") | pl.col("again")) & ~pl.col("own")
    told = told.with_columns(head=head, block=(opens("doc") | (head & ~pl.col("again"))).cast(pl.UInt32).cum_sum())
    below_head = beside(pl.col("head"), -1, "doc").fill_null(False) & ~pl.col("head")
    told = told.with_columns(lead=below_head & (pl.col("tokens") >= config.near_tokens))
    lead = pl.when("lead").then("line")  # nothing else is asked whether a sentence ends there
    told = told.with_columns(cut_off=(~lead.str.contains(ENDS) | lead.str.contains(ELLIPSIS)).fill_null(False))
    repeats = (pl.col("docs") > 1) | (pl.col("recalled") > 0)
    told = told.with_columns(in_block=pl.col("head") | (pl.col("lead") & (pl.col("cut_off") | repeats)))
    # An article whose headline is printed twice is no teaser of itself.
    by_lead = (pl.col("lead") & pl.col("leads_article")).any().over("block")
    own = (
        pl.when(pl.col("lead").any().over("block"))
        .then(by_lead)
        .otherwise((~pl.col("in_block") | pl.col("leads_article")).all().over("block"))
    )
    told = told.with_columns(in_block=pl.col("in_block") & ~own)
    told = told.with_columns(
        known=pl.col("in_block") & ((pl.col("docs") > 1) | pl.col("title_of").is_not_null()),
        teases=(pl.col("lead") & pl.col("in_block")) | (pl.col("head") & pl.col("title_of").is_not_null()),
    )
    told = told.with_columns(
        # A verse or a quote printed twice in a row, in two articles, heads nothing.
        in_block=pl.col("in_block") & pl.col("teases").any().over("block"),
        confirmed=pl.col("known").any().over("block") & pl.col("teases").any().over("block"),
        cut_lead=(pl.col("lead") & pl.col("cut_off")).any().over("block"),
    )
    told = _with_teased(told)
    examples = pl.col("cluster").filter("head", "confirmed", "cut_lead").n_unique().over("group").cast(pl.UInt32)
    earlier = (
        pl.when((pl.col("below_text") | ~pl.col("in_block")).all().over("block")).then(_known_of("doubled", shapes)).otherwise(0)
    )
    examples = pl.max_horizontal(examples, earlier.cast(pl.UInt32))
    in_known = pl.col("in_block") & ((pl.col("in_block") & (pl.col("recalled") > 0)).any() & pl.col("teases").any()).over("block")
    told = told.with_columns(examples=examples, origin=_origin(), in_known=in_known)
    alike = ~pl.col("confirmed") & pl.col("cut_lead") & (pl.col("examples") >= config.min_support)
    support = pl.when(pl.col("in_block") & alike).then("examples").otherwise("support")
    return told.with_columns(alike=alike, support=support)


def naming(told: pl.DataFrame, shapes: pl.DataFrame, config: Config) -> pl.DataFrame:
    """names: lines that name another article behind a phrase, or before a bar, that stands beside other headlines, too
    ("Read more: HEADLINE", "HEADLINE | Sport").

    named: how many different lines with that phrase or bar name what is a whole line of another document; it takes
    `min_support`, and one in `_NAMES` of all. "Update: ..." and an interview's "Question: ..." name none.
    """
    parts = pl.col("line").str.strip_chars().str.extract_groups(_PHRASE)
    bar = pl.col("line").str.extract(_BAR, 1)
    phrase = pl.coalesce(bar, parts.struct.field("phrase").str.to_lowercase())
    told = told.with_columns(phrase=phrase, fits=phrase.is_not_null())
    headline = (pl.col("tokens") <= _LONGEST_HEAD) & ~pl.col("line").str.contains(r"[.。।]\W*$")
    # Below a title "Read more: ..." heads nothing; below navigation "Opinion: ..." may be the headline itself.
    untitled = pl.col("headline") & (pl.col("tokens").first().over("doc") < _TITLE_TOKENS)
    fits = pl.col("fits") & headline & (pl.col("phrase").str.count_matches(r"\s") < _PHRASE_WORDS) & ~pl.col("opens") & ~untitled
    key = ["group", "phrase"]
    told = told.with_columns(fits=fits.fill_null(False))
    pointing = pl.col("fits") & pl.col("mentions") & pl.col("title_of").is_null()
    told = told.with_columns(
        named=pl.col("cluster").filter(pointing).n_unique().over(key).cast(pl.UInt32),
        phrased=pl.col("cluster").filter("fits").n_unique().over(key),
    )
    earlier = shapes.rename({"shape": "phrase", "examples": "earlier"})
    told = told.join(earlier, on=["group", "phrase"], how="left", maintain_order="left")
    told = told.with_columns(named=pl.max_horizontal("named", pl.when("below_text").then("earlier").otherwise(0)))
    names = pl.col("fits") & (pl.col("named") >= config.min_support) & (pl.col("named") * _NAMES >= pl.col("phrased"))
    return told.with_columns(names=names).drop("fits", "phrased", "earlier")


def _known_of(shape: str, shapes: pl.DataFrame) -> pl.Expr:
    """The examples of a shape that earlier runs know of each line's group."""
    known = shapes.filter(shape=shape)
    if known.is_empty():
        return pl.lit(0, dtype=pl.UInt32)
    return pl.col("group").replace_strict(known["group"], known["examples"], default=0, return_dtype=pl.UInt32)


def cut_blocks(told: pl.DataFrame, shapes: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Teasers without a doubled headline: a headline and, below it, a lead that ends in dots.

    in_cut: the line is part of one. cut_known: its headline or lead stands in other documents, or is another's headline.
    cut_examples: different known ones of the group, for those that stand below the document's own text.
    """
    dots = pl.col("line").str.contains(ELLIPSIS) & ~pl.col("opens") & (pl.col("tokens") >= _CUT_TOKENS)
    head_above = ~pl.col("line").str.contains(ENDS) | pl.col("line").str.contains(r"[?!]\W*$")
    head_above = (
        head_above
        & ~pl.col("names")
        & ~pl.col("opens")
        & ~pl.col("headline")
        & pl.col("tokens").is_between(_HEAD_TOKENS, _LONGEST_HEAD)
    )
    told = told.with_columns(cut=dots & beside(head_above, -1, "doc").fill_null(False))
    told = told.with_columns(cut_head=beside(pl.col("cut"), 1, "doc").fill_null(False) & ~pl.col("cut"))
    here = (pl.col("docs") > 1) | pl.col("title_of").is_not_null() | pl.col("heads_another")
    finished = (
        (pl.col("tokens") >= config.near_tokens) & (pl.col("docs") == 1) & pl.col("line").str.contains(ENDS) & ~pl.col("cut")
    )
    told = told.with_columns(
        in_cut=pl.col("cut") | pl.col("cut_head"),
        cut_known=(pl.col("cut") & (here | beside(here, -1, "doc"))) | (pl.col("cut_head") & (here | beside(here, 1, "doc"))),
        finished=finished,
    )
    below = pl.col("finished").sum().over("doc") - so_far(pl.col("finished"), "doc") + pl.col("finished").cast(pl.UInt32)
    known = pl.col("cluster").filter(pl.col("cut_head") & pl.col("cut_known")).n_unique().over("group").cast(pl.UInt32)
    earlier = pl.when("below_text").then(_known_of("cut", shapes)).otherwise(0)
    known = pl.max_horizontal(known, earlier.cast(pl.UInt32))
    return told.with_columns(cut_examples=known, told_below=below).drop("cut", "finished")


def _origin() -> pl.Expr:
    """The headline of a block of another document, here above prose that no other document has: the article itself."""
    heads_block = (pl.col("in_block") & pl.col("head")).any().over("kin")
    return ~pl.col("in_block") & ((heads_block & pl.col("above_prose")) | pl.col("teased"))


def _with_teased(told: pl.DataFrame) -> pl.DataFrame:
    """teased: the line is the lead of a block elsewhere whose headline this document opens with. It was cut from here."""
    leads = told.filter("lead", "in_block").select("kin", "block")
    heads = told.filter("head", "in_block").select("block", opener="kin").unique("block", maintain_order=True)
    teased = leads.join(heads, on="block").select("kin", "opener", teased=True).unique()
    told = told.with_columns(opener=pl.col("kin").first().over("doc"))
    told = told.join(teased, on=["kin", "opener"], how="left", maintain_order="left")
    return told.with_columns(pl.col("teased").fill_null(False)).drop("opener")


def glued_headlines(told: pl.DataFrame) -> pl.Expr:
    """The rule for one line of headlines glued together, below a line that goes, where nothing that stays follows."""
    last_kept = pl.col("row").filter(pl.col("rule").is_null()).max().over("doc")
    nothing_below = (last_kept <= pl.col("row")).fill_null(True)
    below_boilerplate = beside(pl.col("rule"), -1, "doc").is_not_null()
    line = pl.when(nothing_below & below_boilerplate & ~pl.col("opens")).then("line")
    pieces = line.str.count_matches(_GLUE) + 1
    glued = (pieces >= _LIST_PIECES) & (pl.col("tokens") >= pieces * _PIECE_TOKENS) & ~line.str.contains(ENDS)
    return pl.when(glued).then(pl.lit("headline-list"))
