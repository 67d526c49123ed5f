"""Known passages met again, and the lines in which they may go again."""

from __future__ import annotations

import polars as pl

from clean.config import Config
from clean.schema import KNOWN, Schema
from clean.stage import stage
from clean.stages.known.places import PLACES, place_of, tells
from clean.text import TITLE_TOKENS, passage_key, word_count
from clean.windows import beside, in_order, place

# Of the known passages in a bucket, so many are compared with those of the corpus.
_REACH = 4
# Rows of buckets that are joined at a time: a flood of one text fills few buckets with many rows.
_BATCH = 1 << 18
# Documents in which something stood right above the text before it goes from there: an article's own lead stands there, too.
_OFTEN = 3

# The shapes of headlines as they stand; any other is a phrase.
_HEADS = ("doubled", "cut")

PREPARED: Schema = {f"known_{name}" if name in PLACES else name: dtype for name, dtype in KNOWN.items()} | {
    "passage": pl.UInt128,
    "tokens": pl.UInt32,
}

MET: Schema = {
    "group": pl.String,
    "passage": pl.UInt128,  # of the corpus
    "known_passage": pl.UInt128,  # the known one that it is, or is like
    "known_similarity": pl.Float64,
    "known_shape": pl.String,
    **{f"known_{place}": pl.UInt64 for place in PLACES},  # documents of earlier runs it went from, by place
}
_BY_PLACE = [name for name in MET if name.removeprefix("known_") in PLACES]

RECALLED: Schema = {
    "doc": pl.UInt32,
    "seg": pl.UInt32,
    "recalled": pl.UInt32,  # documents of earlier runs that lost it from such a place; 0: none, or it may be the article's own
    "recalled_alone": pl.Boolean,  # it went as it stands here, whatever stands around it
    "below_text": pl.Boolean,  # text of its document alone stands above it, and no blurb of it is at home here
}


def prepare(known: pl.DataFrame) -> pl.DataFrame:
    """KNOWN with the passages' keys and words."""
    prepared = known.with_columns(passage=passage_key(known["text"]), tokens=word_count(known["text"]))
    return prepared.rename({place: f"known_{place}" for place in PLACES})


def shapes_of(known: pl.DataFrame) -> pl.DataFrame:
    """SHAPES: in how many different known passages each shape was seen. Takes KNOWN or PREPARED."""
    shaped = known.drop_nulls("shape").group_by("group", "shape").agg(examples=pl.len().cast(pl.UInt32))
    return shaped.sort("group", "shape")


def met_exactly(passages: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """MET of the passages that are known word for word. `known`: PREPARED."""
    here = known.join(passages.select("passage"), on="passage", how="semi")
    return here.with_columns(known_passage="passage", known_similarity=pl.lit(1.0), known_shape="shape").select(list(MET))


def meet(own: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Pairs of a passage (a) and a known one (b) that share a bucket. Takes BUCKETS of both."""
    present = known.join(own.select("bucket").unique(), on="bucket", how="semi").unique().sort("bucket", "passage")
    few = present.select(b="passage", bucket="bucket").filter(place("bucket") < _REACH)
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
    near = near.with_columns(passage="a", known_similarity="score", known_shape="shape").select(list(MET))
    ranked = pl.concat([exact, near]).with_columns(docs=pl.sum_horizontal(_BY_PLACE))
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
        "logit": pl.Float64,
        "passage": pl.UInt128,
        **{name: MET[name] for name in ("known_passage", "known_shape", *_BY_PLACE)},
    },
    yields=RECALLED,
)
def recall(lines: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Which lines may go for what earlier runs know. Takes whole documents, the lines that hold a token with their MET.

    A passage goes only from places like those it went from. So the article that a known blurb was cut from keeps its
    headline and lead when it arrives: they stand at its head, and the blurb went from the end of others. Where sites print
    blurbs at the top, too, these stay: what stands right above the article's own text, or is printed twice above it; a
    paragraph below a headline that is known; in a document that is headed by a known blurb's headline, a paragraph above
    which no other known line stands.
    """
    is_known = pl.col("known_passage").is_not_null()
    told = in_order(lines).with_columns(
        is_known=is_known,
        telling=tells(config) & (pl.col("docs") == 1) & (pl.col("logit") < 0) & ~is_known,
        heads=pl.col("headline") | (place("doc") == 0),
        twice=(pl.col("passage") == beside(pl.col("passage"), 1, "doc")).fill_null(False)
        | (pl.col("passage") == beside(pl.col("passage"), -1, "doc")).fill_null(False),
    )
    told = told.with_columns(place=place_of(), long=pl.col("tokens") >= config.near_tokens)
    # A headline twice in a row, or behind "Read more:", is a blurb wherever it stands among or below the text.
    shaped = (pl.col("twice") | ~pl.col("known_shape").is_in(_HEADS)).fill_null(False) & pl.col("place").is_in(["middle", "end"])
    by_place = pl.coalesce(pl.when(pl.col("place") == place).then(f"known_{place}") for place in PLACES)
    total = pl.sum_horizontal(_BY_PLACE)
    before = pl.when(shaped).then(total).otherwise(by_place).fill_null(0)
    above = beside(pl.col("is_known"), -1, "doc").fill_null(False)
    below_headline = above & beside(pl.col("heads"), -1, "doc").fill_null(False)
    above_text = beside(pl.col("telling"), 1, "doc").fill_null(False)
    leads = pl.col("place").is_in(["head", "top"]) & (above_text | below_headline) & pl.col("long")
    pair_above_text = pl.col("twice") & (above_text | beside(pl.col("telling"), 2, "doc").fill_null(False))
    high = pl.col("place").is_in(["head", "top"]) & (above_text | pl.col("twice"))
    titles = (high | pair_above_text) & (pl.col("tokens") >= TITLE_TOKENS)
    home = (pl.col("heads") & pl.col("is_known")).any().over("doc")
    seldom = (pl.col("place") == "head") & (before < _OFTEN)
    spared = leads | titles | (pl.col("long") & home & ~above) | pl.col("heads") | seldom
    told = told.with_columns(recalled=pl.when(spared).then(0).otherwise(before).cast(pl.UInt32))
    alone = (pl.col("recalled") >= config.min_support) & (shaped | (pl.col("place") == "end") | (total >= config.min_docs))
    below = pl.col("place").is_in(["middle", "end"]) & ~(pl.col("is_known") & (pl.col("recalled") == 0))
    return told.select("doc", "seg", "recalled", recalled_alone=alone.fill_null(False), below_text=below.fill_null(False))
