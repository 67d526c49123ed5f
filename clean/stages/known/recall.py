"""Known passages met again, and the lines in which they may go again."""

from __future__ import annotations

import polars as pl

from clean.config import Config
from clean.schema import KNOWN, Schema
from clean.stage import stage
from clean.stages.known.places import PLACES, place
from clean.text import passage_key, word_count
from clean.windows import beside, in_order
from clean.windows import place as row_of

# Of the known passages in a bucket, so many are compared with those of the corpus.
_REACH = 4
# Rows of buckets that are joined at a time: a flood of one text fills few buckets with many rows.
_BATCH = 1 << 18
# Documents in which something stood right above the text before it goes from there: an article's own lead stands there, too.
_OFTEN = 3

PREPARED: Schema = KNOWN | {"passage": pl.UInt128, "tokens": pl.UInt32}

MET: Schema = {
    "group": pl.String,
    "passage": pl.UInt128,  # of the corpus
    "known_passage": pl.UInt128,  # the known one that it is, or is like
    "known_similarity": pl.Float64,
    **dict.fromkeys(PLACES, pl.UInt64),  # documents of earlier runs it went from, by place
}

SHAPES: Schema = {
    "group": pl.String,
    "known_blocks": pl.UInt32,  # different known heads of teaser blocks
    "known_cuts": pl.UInt32,  # different known headlines above leads that end in dots
}

RECALLED: Schema = {
    "doc": pl.UInt32,
    "seg": pl.UInt32,
    "known": pl.UInt32,  # documents of earlier runs that lost it from such a place; 0: none, or it may be the article's own
}


def prepare(known: pl.DataFrame) -> pl.DataFrame:
    """KNOWN with the passages' keys and words."""
    return known.with_columns(passage=passage_key(known["text"]), tokens=word_count(known["text"]))


def shapes_of(known: pl.DataFrame) -> pl.DataFrame:
    """SHAPES: in how many different known passages each shape was seen. Takes KNOWN."""
    count = {f"known_{many}": pl.col(one).sum().cast(pl.UInt32) for one, many in (("doubled", "blocks"), ("cut", "cuts"))}
    return known.group_by("group").agg(**count).sort("group")


def met_exactly(passages: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """MET of the passages that are known word for word. `known`: PREPARED."""
    here = known.join(passages.select("passage"), on="passage", how="semi")
    return here.with_columns(known_passage="passage", known_similarity=pl.lit(1.0)).select(list(MET))


def meet(own: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Pairs of a passage (a) and a known one (b) that share a bucket. Takes SIGNATURES of both."""
    present = known.join(own.select("bucket").unique(), on="bucket", how="semi").unique().sort("bucket", "passage")
    few = present.select(b="passage", bucket="bucket").filter(row_of("bucket") < _REACH)
    pairs = [pl.DataFrame(schema={"a": pl.UInt128, "b": pl.UInt128})]
    for rows in own.iter_slices(_BATCH):
        pairs.append(rows.join(few, on="bucket").select("b", a="passage").select("a", "b").unique())
    return pl.concat(pairs).unique().sort("a", "b")


def best(exact: pl.DataFrame, pairs: pl.DataFrame, passages: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """MET, one row a site and passage: the known passage it is most like.

    `exact`: MET; `pairs`: verified, from `meet`. A text that holds a known one and more is not a copy of it: it may be what
    that was cut from.
    """
    sized = pairs.join(passages.select(a="passage", size="tokens"), on="a").join(
        known.rename({"passage": "known_passage"}), left_on="b", right_on="known_passage", coalesce=False
    )
    near = sized.filter((pl.col("relation") == "near") | (pl.col("size") <= pl.col("tokens")))
    near = near.with_columns(passage="a", known_similarity="score").select(list(MET))
    ranked = pl.concat([exact, near]).with_columns(docs=pl.sum_horizontal(PLACES))
    ranked = ranked.sort(
        "group", "passage", "known_similarity", "docs", "known_passage", descending=[False, False, True, True, False]
    )
    return ranked.unique(["group", "passage"], keep="first", maintain_order=True).select(list(MET))


@stage(
    takes={
        "doc": pl.UInt32,
        "seg": pl.UInt32,
        "tokens": pl.UInt32,
        "docs": pl.UInt32,
        "headline": pl.Boolean,
        "running": pl.Boolean,
        **{name: MET[name] for name in ("known_passage", *PLACES)},
    },
    yields=RECALLED,
)
def recall(lines: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Which lines may go for what earlier runs know. Takes whole documents, the lines that hold a token with their MET.

    A passage goes only from places like those it went from. So the article that a known blurb was cut from keeps its
    headline and lead when it arrives: they stand at its head, and the blurb went from the end of others. Where sites print
    blurbs at the top, too: a paragraph right above the article's own text, or below its known headline, stays; and in
    a document that is headed by a known blurb's headline no paragraph goes unless another known line stands above it.
    """
    is_known = pl.col("known_passage").is_not_null()
    told = in_order(lines).with_columns(
        is_known=is_known,
        telling=pl.col("running") & (pl.col("docs") == 1) & ~is_known,
        heads=pl.col("headline") | (row_of("doc") == 0),
    )
    told = told.with_columns(place=place(), long=pl.col("tokens") >= config.near_tokens)
    before = pl.coalesce(pl.when(pl.col("place") == name).then(name) for name in PLACES).fill_null(0)
    above = beside(pl.col("is_known"), -1, "doc").fill_null(False)
    below_headline = above & beside(pl.col("heads"), -1, "doc").fill_null(False)
    leads = pl.col("place").is_in(["head", "top"]) & (beside(pl.col("telling"), 1, "doc").fill_null(False) | below_headline)
    home = (pl.col("heads") & pl.col("is_known")).any().over("doc")
    seldom = (pl.col("place") == "head") & (before < _OFTEN)
    spared = (pl.col("long") & (leads | (home & ~above))) | pl.col("heads") | seldom
    return told.select("doc", "seg", known=pl.when(spared).then(0).otherwise(before).cast(pl.UInt32))
