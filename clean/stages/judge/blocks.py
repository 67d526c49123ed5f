"""The shapes that lines form: a headline doubled above a cut lead, and headlines glued into one line."""

from __future__ import annotations

import polars as pl

from clean.config import Config
from clean.schema import Schema
from clean.stages.judge.situation import ELLIPSIS, ENDS, LONGEST_HEAD
from clean.text import TITLE_TOKENS
from clean.windows import any_of, beside, only_where, opens, so_far

# Two headlines glued together: the end of a word or question, and a capital without a space ("ShanghaiStrictly").
_GLUE = r"[\p{Ll}\d?!][\p{Lu}]\p{Ll}"
_LIST_PIECES = 3
_PIECE_TOKENS = 5
# A phrase of a few words and a mark, and a headline; no address ("![image](https://...").
PHRASE = r"^(?P<phrase>[^:：|»›–—-]{2,30}?\s*(?:[:：»›|]|\s[-–—]\s))\s*(?P<rest>(?:\p{L}|[^\s/].*\p{L}).*)$"
_PHRASE_WORDS = 5
# A headline asks and exclaims, but seldom ends in a stop.
STOP = r"[.。।]\W*$"
# A headline, a bar, and what it is filed under.
_BAR = r"\p{L}.{6,}?(\s*[|｜]\s*|\s/\s)\S"
# One in so many lines of such a shape is known from other documents, or it is no blurb's.
_ONE_IN = 5
# Blocks, or lines, of one make are pointers to something else than the text around: so many different ones ...
EXAMPLES = 6
# ... in so many documents ...
DOCUMENTS = 4
# ... whose words that text has elsewhere to this share at most, on average. Of a heading or a caption it has half, and more.
ALOOF = 0.2
# Words of a cut lead, and of the headline above it, at the least.
_CUT_TOKENS, _HEAD_TOKENS = 8, 3

BLOCKED: Schema = {
    "block": pl.UInt32,  # number of the block that it is in, or would be
    "head": pl.Boolean,  # a headline printed twice in a row, that is not its document's own
    "lead": pl.Boolean,  # the long line right below
    "cut_off": pl.Boolean,  # a lead that ends no sentence, or ends in dots
    "in_block": pl.Boolean,  # it is part of a block
    "known": pl.Boolean,  # a line of a block that stands in other documents, too, or is another's first line
    "teases": pl.Boolean,  # a lead in a block, or a head that is another document's first line: without one there is no block
    "confirmed": pl.Boolean,  # the block has a line that is `known`
    "cut_lead": pl.Boolean,  # the block has a lead that is `cut_off`
    # Different confirmed blocks of the group with a cut lead; those that earlier runs removed, or that tell of something else
    # than their documents, where these are more.
    "examples": pl.UInt32,
    "alike": pl.Boolean,  # the block is not confirmed, but of the shape of so many others as `min_support` asks for
    "in_known": pl.Boolean,  # earlier runs removed a line of the block
    "teased": pl.Boolean,  # the lead of a block elsewhere whose headline this document opens with
    "origin": pl.Boolean,  # the headline, or the lead, of the article that a block elsewhere was cut from
}

NAMED: Schema = {
    "names": pl.Boolean,  # it names another article
    "phrase": pl.String,  # behind this phrase, or before this bar; null: it names none
    "named": pl.UInt32,  # different lines with that phrase or bar that name a whole line of another document; null: it names none
}

CUT: Schema = {
    "in_cut": pl.Boolean,  # it is part of a headline and lead
    "cut_head": pl.Boolean,  # it is the headline
    "cut_known": pl.Boolean,  # one of the two stands in other documents, or is another's headline
    "in_cut_elsewhere": pl.Boolean,  # they tell of something else than the text around
    "cut_examples": pl.UInt32,  # different known ones of the group
    "told_below": pl.UInt32,  # long lines of the document's own that end a sentence, from here down
}


def in_blocks(told: pl.DataFrame, shapes: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Teaser blocks: a headline at once repeated, and the lead below it. Takes situated lines of whole groups; adds BLOCKED, and
    to `support` the examples that an unconfirmed block rests on."""
    head = (pl.col("twice") | pl.col("again")) & ~pl.col("own")
    told = told.with_columns(head=head, block=(opens("doc") | (head & ~pl.col("again"))).cast(pl.UInt32).cum_sum())
    below_head = beside(pl.col("head"), -1, "doc").fill_null(False) & ~pl.col("head")
    told = told.with_columns(lead=below_head & (pl.col("tokens") >= config.near_tokens))
    line = pl.col("line").str
    told = only_where(pl.col("lead"), told, cut_off=~pl.col("prose") | line.contains(ELLIPSIS))
    told = told.with_columns(pl.col("cut_off").fill_null(False))
    repeats = (pl.col("docs") > 1) | (pl.col("recalled") > 0)
    told = told.with_columns(in_block=pl.col("head") | (pl.col("lead") & (pl.col("cut_off") | repeats)))
    # An article whose headline is printed twice is no teaser of itself.
    by_lead = any_of(pl.col("lead") & pl.col("leads_article"), "block")
    by_others = any_of(pl.col("in_block") & ~pl.col("leads_article"), "block")
    own = pl.when(any_of(pl.col("lead"), "block")).then(by_lead).otherwise(~by_others)
    told = told.with_columns(in_block=pl.col("in_block") & ~own)
    told = told.with_columns(
        known=pl.col("in_block") & ((pl.col("docs") > 1) | pl.col("title_of").is_not_null()),
        teases=(pl.col("lead") & pl.col("in_block")) | (pl.col("head") & pl.col("title_of").is_not_null()),
    )
    told = told.with_columns(
        # A verse or a quote printed twice in a row, in two articles, heads nothing.
        in_block=pl.col("in_block") & any_of(pl.col("teases"), "block"),
        confirmed=any_of(pl.col("known"), "block") & any_of(pl.col("teases"), "block"),
        cut_lead=any_of(pl.col("lead") & pl.col("cut_off"), "block"),
    )
    told = _with_teased(told)
    examples = pl.col("cluster").filter("head", "confirmed", "cut_lead").n_unique().over("group").cast(pl.UInt32)
    earlier = (
        pl.when((pl.col("below_text") | ~pl.col("in_block")).all().over("block")).then(_known_of("doubled", shapes)).otherwise(0)
    )
    strangers = _strangers(told, pl.col("head") & ~pl.col("again") & pl.col("in_block") & pl.col("cut_lead"))
    examples = pl.max_horizontal(examples, earlier.cast(pl.UInt32), strangers)
    in_known = pl.col("in_block") & ((pl.col("in_block") & (pl.col("recalled") > 0)).any() & pl.col("teases").any()).over("block")
    told = told.with_columns(examples=examples, origin=_origin(), in_known=in_known)
    alike = ~pl.col("confirmed") & pl.col("cut_lead") & (pl.col("examples") >= config.min_support)
    support = pl.when(pl.col("in_block") & alike).then("examples").otherwise("support")
    return told.with_columns(alike=alike, support=support)


def naming(told: pl.DataFrame, shapes: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Lines that name another article behind a phrase, or before a bar, that stands beside other headlines, too ("Read more:
    HEADLINE", "HEADLINE | Sport"). Adds NAMED.

    It takes `min_support` such lines, and one in `_ONE_IN` of all with that phrase or bar: "Update: ..." and an interview's
    "Question: ..." name none.
    """
    known_here = pl.col("group").is_in(shapes["group"].implode())
    # Where no line has a part that is another's headline, none is known to name one.
    short = (pl.col("tokens") <= LONGEST_HEAD) & ~pl.col("opens") & (any_of(pl.col("mentions"), "group") | known_here)
    # Below a title "Read more: ..." heads nothing; below navigation "Opinion: ..." may be the headline itself.
    untitled = pl.col("headline") & (pl.col("tokens").first().over("doc") < TITLE_TOKENS)
    likely = told.filter(short & ~untitled).filter(~pl.col("line").str.contains(STOP))
    parts = pl.col("line").str.strip_chars().str.extract_groups(PHRASE)
    bar = pl.col("line").str.extract(_BAR, 1)
    likely = likely.with_columns(phrase=pl.coalesce(bar, parts.struct.field("phrase").str.to_lowercase()))
    likely = likely.filter(pl.col("phrase").str.count_matches(r"\s") < _PHRASE_WORDS)
    pointing = pl.col("mentions") & pl.col("title_of").is_null()
    cluster, key = pl.col("cluster"), ["group", "phrase"]
    likely = likely.with_columns(
        named=cluster.filter(pointing).n_unique().over(key).cast(pl.UInt32), phrased=cluster.n_unique().over(key)
    )
    earlier = shapes.rename({"shape": "phrase", "examples": "earlier"})
    likely = likely.join(earlier, on=["group", "phrase"], how="left", maintain_order="left")
    likely = likely.with_columns(named=pl.max_horizontal("named", pl.when("below_text").then("earlier").otherwise(0)))
    names = (pl.col("named") >= config.min_support) & (pl.col("named") * _ONE_IN >= pl.col("phrased"))
    found = likely.filter(names).select("row", "named", "phrase", names=True)
    return told.join(found, on="row", how="left", maintain_order="left").with_columns(pl.col("names").fill_null(False))


def mean_taken() -> pl.Expr:
    """The mean of `taken`, through whole millionths: sums of integers are the same in any order."""
    return (pl.col("taken") * 1e6).round().cast(pl.Int64).sum() / (pl.len() * 1e6)


def _strangers(told: pl.DataFrame, heads: pl.Expr) -> pl.Expr:
    """How many different `heads` the group has, where the documents that print them tell nothing of them; else 0."""
    shown = told.select("group", "cluster", "doc", "taken", shown=heads & (pl.col("taken") >= 0)).filter("shown")
    counted = shown.group_by("group").agg(
        examples=pl.col("cluster").n_unique().cast(pl.UInt32), documents=pl.col("doc").n_unique(), mean=mean_taken()
    )
    enough = (pl.col("examples") >= EXAMPLES) & (pl.col("documents") >= DOCUMENTS) & (pl.col("mean") <= ALOOF)
    return _by_group(counted.filter(enough))


def _by_group(counted: pl.DataFrame) -> pl.Expr:
    """The examples that a table of groups has of each line's group; 0 where it has none."""
    if counted.is_empty():
        return pl.lit(0, dtype=pl.UInt32)
    return pl.col("group").replace_strict(counted["group"], counted["examples"], default=0, return_dtype=pl.UInt32)


def _known_of(shape: str, shapes: pl.DataFrame) -> pl.Expr:
    """The examples of a shape that earlier runs know of each line's group."""
    return _by_group(shapes.filter(shape=shape))


def cut_blocks(told: pl.DataFrame, shapes: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Teasers without a doubled headline: a headline and, below it, a lead that ends in dots. Adds CUT.

    In a conversation, too, lines trail off below others, and some are said again elsewhere: one in `_ONE_IN` is known.
    """
    line = pl.col("line").str
    dotted = ~pl.col("opens") & (pl.col("tokens") >= _CUT_TOKENS)
    told = only_where(dotted, told, dots=line.contains(ELLIPSIS)).with_columns(pl.col("dots").fill_null(False))
    head = (
        beside(pl.col("dots"), 1, "doc").fill_null(False)
        & ~pl.col("names")
        & ~pl.col("opens")
        & ~pl.col("headline")
        & pl.col("tokens").is_between(_HEAD_TOKENS, LONGEST_HEAD)
    )
    told = only_where(head, told, cut_head=~line.contains(ENDS) | line.contains(r"[?!]\W*$"))
    told = told.with_columns(cut=pl.col("dots") & beside(pl.col("cut_head"), -1, "doc").fill_null(False))
    told = told.with_columns(cut_head=beside(pl.col("cut"), 1, "doc").fill_null(False) & ~pl.col("cut"))
    here = (pl.col("docs") > 1) | pl.col("title_of").is_not_null() | pl.col("heads_another")
    own = (pl.col("tokens") >= config.near_tokens) & (pl.col("docs") == 1) & ~pl.col("cut") & any_of(pl.col("cut"), "doc")
    told = told.with_columns(
        cut_known=(pl.col("cut") & (here | beside(here, -1, "doc"))) | (pl.col("cut_head") & (here | beside(here, 1, "doc"))),
        finished=own & pl.col("prose"),
    )
    below = pl.col("finished").sum().over("doc") - so_far(pl.col("finished"), "doc") + pl.col("finished").cast(pl.UInt32)
    heads = pl.col("cluster").filter("cut_head").n_unique().over("group")
    known = pl.col("cluster").filter(pl.col("cut_head") & pl.col("cut_known")).n_unique().over("group").cast(pl.UInt32)
    known = pl.when(_ONE_IN * known >= heads).then(known).otherwise(0)
    earlier = pl.when("below_text").then(_known_of("cut", shapes)).otherwise(0)
    known = pl.max_horizontal(known, earlier.cast(pl.UInt32), _strangers(told, pl.col("cut_head")))
    # A paragraph that trails off below a question is no lead.
    head_elsewhere = pl.col("taken").is_between(0, ALOOF)
    lead_elsewhere = pl.col("taken").is_between(0, 2 * ALOOF) & (pl.col("tokens") < 2 * config.near_tokens)
    told = told.with_columns(
        in_cut_elsewhere=(pl.col("cut") & lead_elsewhere & beside(head_elsewhere, -1, "doc").fill_null(False))
        | (pl.col("cut_head") & head_elsewhere & beside(lead_elsewhere, 1, "doc").fill_null(False))
    )
    told = told.with_columns(cut_examples=known, told_below=below)
    in_cut = (pl.col("cut") | pl.col("cut_head")) & (pl.col("cut_examples") > 0)
    return told.with_columns(in_cut=in_cut).drop("cut", "dots", "finished")


def _origin() -> pl.Expr:
    """The headline of a block of another document, here above prose that no other document has: the article itself."""
    heads_block = any_of(pl.col("in_block") & pl.col("head"), "kin")
    return ~pl.col("in_block") & ((heads_block & pl.col("above_prose")) | pl.col("teased"))


def _with_teased(told: pl.DataFrame) -> pl.DataFrame:
    """teased: the line is the lead of a block elsewhere whose headline this document opens with. It was cut from here."""
    blocks = told.select("kin", "block", "head", "lead", "in_block").filter("in_block")
    leads = blocks.filter("lead").select("kin", "block")
    heads = blocks.filter("head").select("block", opener="kin").unique("block", maintain_order=True)
    teased = leads.join(heads, on="block").select("kin", "opener", teased=True).unique()
    told = told.with_columns(opener=pl.col("kin").first().over("doc"))
    told = told.join(teased, on=["kin", "opener"], how="left", maintain_order="left")
    return told.with_columns(pl.col("teased").fill_null(False)).drop("opener")


def glued_headlines(told: pl.DataFrame) -> pl.DataFrame:
    """The rule for one line of headlines glued together, below a line that goes, where nothing that stays follows."""
    last_kept = pl.col("row").filter(pl.col("rule").is_null()).max().over("doc")
    nothing_below = (last_kept <= pl.col("row")).fill_null(True)
    below_boilerplate = beside(pl.col("rule"), -1, "doc").is_not_null()
    pieces = pl.col("line").str.count_matches(_GLUE) + 1
    glued = (pieces >= _LIST_PIECES) & (pl.col("tokens") >= pieces * _PIECE_TOKENS) & ~pl.col("line").str.contains(ENDS)
    last = pl.col("rule").is_null() & nothing_below & below_boilerplate & ~pl.col("opens")
    told = only_where(last, told, glued=glued)
    return told.with_columns(rule=pl.when("glued").then(pl.lit("headline-list")).otherwise("rule")).drop("glued")
