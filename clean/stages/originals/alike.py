"""Which documents are alike: of the candidates, those that tell one article."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clean.config import Config
from clean.kernels import Ints
from clean.schema import PAIRS
from clean.text import overlap, shingles

# A document of fewer lines is "only a line or two": no copy for being contained in a longer one.
_WHOLE_LINES = 3
# Containment, in what few others have, from which a shorter document is taken for a copy of a longer.
_INSIDE = 0.9
# Share of rare words from which no sidebar is to be reckoned with.
_BARE = 0.8
# Share of the word pairs of its own that a version of a document has, too: of five words with one changed, two of four pairs.
_VERSION = 0.3
# Share of what a document tells that a copy of it tells, too, whatever stands below.
_MOST = 0.5
# Words that are a document's opening.
_OPENING_TOKENS = 40
# Documents of a family that the others are held against: all of a small one, and the cost of a large one is bounded.
_TELLERS = 8
# Share of the opening's shingles that must stand in the other document.
_OPENS_ALIKE = 0.5
# Two documents of fewer words that differ in a few may say the opposite (the minutes of two meetings): they have to be
# nearly equal.
_SHORT = 30
_SHORT_THRESHOLD = 0.9


def same_article(
    on_own: pl.DataFrame, on_rare: pl.DataFrame, on_whole: pl.DataFrame, outlines: pl.DataFrame, config: Config
) -> pl.DataFrame:
    """The PAIRS of documents that may be one article: not two that share a sidebar, nor a line or two of a longer one.

    Each is PAIRS of documents, verified on what they are compared by, on all that few others have, and on the whole text.
    """
    known = outlines.select("passage", "group", "lines", "length", "own_below", "small_site", "bare")
    checked = on_rare.select("a", "b", on_rare="relation", likeness="score")
    for name, table in (("on_own", on_own), ("on_whole", on_whole)):
        checked = checked.join(table.select("a", "b", pl.col("relation").alias(name)), on=["a", "b"], how="left")
    parts = (part.with_columns(whole=pl.lit(whole)) for part, whole in ((on_own, False), (on_whole, True)))
    both = pl.concat(parts).join(checked, on=["a", "b"], how="left", maintain_order="left")
    both = both.join(known, left_on="a", right_on="passage").join(known, left_on="b", right_on="passage", suffix="_b")
    a_shorter = pl.col("length") <= pl.col("length_b")
    length, lines = (pl.when(a_shorter).then(name).otherwise(f"{name}_b") for name in ("length", "lines"))
    threshold = pl.when(length < _SHORT).then(_SHORT_THRESHOLD).otherwise(config.document_threshold)
    near = (pl.col("relation") == "near") & (pl.col("score") >= threshold)
    inside = (pl.col("relation") == "truncated") & (pl.col("score") >= _INSIDE) & (lines >= _WHOLE_LINES)
    same_site = pl.col("group") == pl.col("group_b")
    articles_first = pl.col("own_below") & pl.col("own_below_b")
    bare = pl.min_horizontal("bare", "bare_b") >= _BARE
    agrees = (pl.col("on_rare") == "near") | (pl.col("likeness") >= _INSIDE)
    agrees = agrees & (~bare | pl.col("on_whole").is_not_null())
    nearly_all = (pl.col("on_rare") == "near") & (pl.col("likeness") >= config.across_threshold)
    alike = (
        pl.when(~same_site)
        .then(nearly_all)
        .when("small_site")
        .then(articles_first & (agrees | "whole"))
        .when("whole")
        .then(articles_first | (agrees & bare & pl.col("on_own").is_not_null()))
        .otherwise(agrees)
    )
    likely = both.filter((near | inside) & alike).unique(["a", "b"], keep="first", maintain_order=True)
    return likely.select(list(PAIRS)).sort("a", "b")


def alike_line_by_line(known: pl.DataFrame, outlines: pl.DataFrame, on_whole: pl.DataFrame, config: Config) -> pl.DataFrame:
    """PAIRS of documents of a group that tell one article line by line, from its first paragraph to its end.

    What they share of their long lines stands in one piece at the top of both, and is most of what the shorter tells: below
    it each has a sidebar of its own, however long. Lines that a document with another opening has count nowhere. Where
    nothing seems to stand around the two, they must be in `on_whole`, PAIRS verified on the whole text, or share nearly all
    of their long lines: a sidebar that stands nowhere else looks like the document's own text. Each document is held
    against those of its family that tell most: whichever of them stays, the others are known to be like it. Takes `own_lines`.
    """
    bare = outlines.filter(pl.col("bare") >= _BARE).select(pl.col("passage"))["passage"].implode()
    own = known.filter((pl.col("tokens") >= config.near_tokens) & (pl.col("openings") == 1))
    own = own.filter(pl.col("doc").n_unique().over("family") > 1)  # first: most families are one document's
    own = own.filter(pl.col("seg") == pl.col("seg").min().over("doc", "cluster"))
    own = own.with_columns(words=pl.col("tokens").cast(pl.Int64)).with_columns(
        upto=pl.col("words").cum_sum().over("doc"), told=pl.col("words").sum().over("doc")
    )
    tellers = own.select("family", "told", "doc").unique().sort("family", "told", "doc", descending=[False, True, False])
    tellers = tellers.group_by("family", maintain_order=True).head(_TELLERS)
    leads = own.join(tellers, on=["family", "doc"], how="semi")
    both = own.join(
        leads.select("group", "family", "cluster", "doc", "words", "upto", "told"), on=["group", "family", "cluster"], suffix="_b"
    )
    # A line and its edited copy have not the same number of words: what they share is at most the shorter's.
    words = pl.min_horizontal("words", "words_b").sum()
    shared = (
        both.filter(pl.col("doc") != pl.col("doc_b"))
        .group_by("doc", "doc_b")
        .agg(pl.col("upto", "upto_b").max(), pl.col("told", "told_b").first(), shared=words, lines=pl.len())
    )
    jaccard = pl.col("shared") / (pl.col("upto") + pl.col("upto_b") - pl.col("shared"))
    inside = pl.col("shared") / pl.min_horizontal("upto", "upto_b")
    near = jaccard >= config.document_threshold
    enough = (pl.col("lines") >= _WHOLE_LINES) & (pl.col("shared") >= _MOST * pl.min_horizontal("told", "told_b"))
    sizes = outlines.select("doc", compared=pl.col("tokens").cast(pl.Int64))
    shared = shared.filter((near | (inside >= _INSIDE)) & enough).join(sizes, on="doc")
    shared = shared.join(sizes, left_on="doc_b", right_on="doc", suffix="_b")
    of_both = pl.col("shared") / (pl.col("compared") + pl.col("compared_b") - pl.col("shared"))
    of_shorter = pl.col("shared") / pl.min_horizontal("compared", "compared_b")
    found = shared.select(
        a=pl.min_horizontal("doc", "doc_b").cast(pl.UInt128),
        b=pl.max_horizontal("doc", "doc_b").cast(pl.UInt128),
        relation=pl.when(near).then(pl.lit("near")).otherwise(pl.lit("truncated")),
        score=pl.when(near).then(jaccard).otherwise(inside),
        nearly_all=(of_both >= config.document_threshold) | (of_shorter >= _INSIDE),
    )
    checked = found.join(on_whole, on=["a", "b"], how="semi")
    surrounded = ~(pl.col("a").is_in(bare) & pl.col("b").is_in(bare))
    both = pl.concat([found.filter(surrounded | "nearly_all"), checked])
    return both.select(list(PAIRS)).unique().sort("a", "b")


def with_same_opening(pairs: pl.DataFrame, outlines: pl.DataFrame, texts: pl.DataFrame, config: Config) -> pl.DataFrame:
    """The PAIRS of which the opening of the shorter document stands in the longer one: its first paragraph, or the first
    lines of what few share.

    A sidebar can be longer than the article above it, and two pages may share all of it; of one article they share the
    opening.
    """
    opening = pl.col("normal").str.extract(rf"^((?:\S+ ?){{1,{_OPENING_TOKENS}}})").str.strip_chars()
    leads, openings = _shares(pairs, texts.with_columns(opening=opening), ["lead", "opening"], config)
    lengths = outlines.select("passage", "length")
    both = pairs.join(lengths, left_on="a", right_on="passage", maintain_order="left")
    both = both.join(lengths, left_on="b", right_on="passage", suffix="_b", maintain_order="left")
    of_a, of_b = np.maximum(leads, openings) >= _OPENS_ALIKE
    a_shorter = both["length"] <= both["length_b"]
    return pairs.filter(pl.Series(np.where(a_shorter, of_a, of_b))).sort("a", "b")


def without_frames(pairs: pl.DataFrame, outlines: pl.DataFrame, texts: pl.DataFrame, config: Config) -> pl.DataFrame:
    """The PAIRS but for those of two framed documents of which neither has a part of the word pairs that are the other's own:
    however much of a frame they share, it is not the article. Versions of one poem have most of each other's."""
    framed = outlines.filter("framed").select("passage")
    both = pairs.join(framed, left_on="a", right_on="passage", how="semi").join(
        framed, left_on="b", right_on="passage", how="semi"
    )
    (own,) = _shares(both, texts, ["rare"], replace(config, shingle_tokens=2, shingle_chars=2))
    strangers = both.filter(pl.Series(own.max(axis=0) < _VERSION))
    return pairs.join(strangers, on=["a", "b"], how="anti", maintain_order="left")


def _shares(pairs: pl.DataFrame, texts: pl.DataFrame, parts: Sequence[str], config: Config) -> list[NDArray[np.float64]]:
    """Of each of `parts`, columns of TEXTS, which share of a's shingles stands in all of b, and of b's in all of a: shape (2, n).

    Each text's shingles are made once: of a thousand near-copies each is in a hundred pairs or more.
    """
    involved = pl.concat([pairs["a"], pairs["b"]]).unique().implode()
    known = texts.filter(pl.col("passage").is_in(involved)).sort("passage")
    sets = shingles(pl.concat([known[name].alias("part") for name in (*parts, "whole")]), config)
    rows = [known["passage"].search_sorted(pairs[side]).to_numpy().astype(np.int64) for side in ("a", "b")]
    whole = len(parts) * len(known)

    def share(part: int, mine: Ints, others: Ints) -> NDArray[np.float64]:
        of = mine + part * len(known)
        return overlap(sets, of, others + whole) / np.maximum(sets.sizes()[of], 1)

    return [np.stack([share(part, *rows), share(part, *rows[::-1])]) for part in range(len(parts))]
