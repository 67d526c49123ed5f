"""What goes and what stays of a part: whole copies, then lines, in rounds until nothing more is found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from clean.engines.base import Engine
from clean.pipeline.comparing import compared_pairs, in_clusters, settle_documents
from clean.schema import COPIES, SHAPES, Schema, empty
from clean.stages import known
from clean.stages.judge import JUDGED, judge, staying, with_homes_that_stay
from clean.stages.judge import LINES as JUDGEABLE
from clean.stages.match import accept, tally_likeness, verify
from clean.stages.originals import with_surviving_twins, without
from clean.stages.preference import RANKS
from clean.stages.segment import SEGMENTED, hard_wrapped, segment, segmented_anew, spread, tally
from clean.stages.signatures import lsh_buckets, minhash, sampled_buckets, uncrowded
from clean.stages.weigh import CENSUS, COMMON, common_words, look, numbered, steady, weigh, words
from clean.windows import beside


class Recognised(NamedTuple):
    """What earlier runs know of a part."""

    passages: pl.DataFrame  # known.MET
    shapes: pl.DataFrame  # schema.SHAPES


class Told(NamedTuple):
    """The lines of a part, and what they are judged by."""

    lines: pl.DataFrame  # schema.SEGMENTS with weigh's looks and numbered words; they tile the texts
    signatures: pl.DataFrame  # signatures.SIGNATURES of their passages
    pairs: pl.DataFrame  # schema.PAIRS of these
    likeness: pl.DataFrame  # schema.LIKENESS of all that were compared
    met: Recognised  # which of them earlier runs know


class Decided(NamedTuple):
    """What goes and what stays of a part."""

    told: Told  # as it was told at last
    copies: pl.DataFrame  # schema.COPIES
    removed: pl.DataFrame  # judge.JUDGED of the lines that go
    kept: pl.DataFrame  # schema.KEPT
    staying: pl.DataFrame  # the lines that stay, as they came


# What a line is judged by, as far as it changes from round to round.
GROUNDS: Schema = {name: JUDGEABLE[name] for name in ("group", "doc", "seg", "cluster", "similarity")} | {"sites": pl.UInt32}


@dataclass(frozen=True)
class Verdicts:
    """What was decided about the lines of a round, and by what."""

    grounds: pl.DataFrame  # GROUNDS
    common: pl.DataFrame  # weigh.COMMON
    judged: pl.DataFrame  # judge.JUDGED, by document and segment


NOTHING_SAID = Verdicts(empty(GROUNDS), empty(COMMON), empty(JUDGED))

# A round that finds nothing ends the story. News takes three; a list of headlines that shows what it is from one end only may
# take twenty. What takes more is cut off here: cleaning its output again may find more.
ROUNDS = 32


def tell(engine: Engine, lines: pl.DataFrame, known_passages: pl.DataFrame | None) -> Told:
    """What `lines` (SEGMENTS, normal) are judged by. `known_passages`: known.PREPARED, what earlier runs know."""
    passages = engine.group(tally, lines, by="passage")
    signatures = engine.map(minhash, passages)
    compared = compared_pairs(engine, passages, signatures)
    pairs, likeness = accept(compared, engine.config), tally_likeness(compared, engine.config)
    looked = numbered(lines.hstack(engine.map(look, lines)))
    return Told(looked, signatures, pairs, likeness, recognised(engine, looked, passages, signatures, known_passages))


def decide(engine: Engine, texts: pl.DataFrame, known_passages: pl.DataFrame | None = None) -> Decided:
    """What goes and what stays of `texts`: doc, group, text, rank.

    Documents are compared in the first two rounds, before the lines: two copies of an article under two long sidebars are alike
    only when the sidebars are gone, which they are after the first round. From the third round on documents are compared only
    when no more lines go. Then paragraphs are looked for anew in what is left. So cleaning the output removes nothing.
    """
    wrapped = engine.map(hard_wrapped, texts)
    told = tell(engine, engine.map(segment, texts, wrapped), known_passages)
    lines, ranks = told.lines, texts.select(list(RANKS))
    perhaps_wrapped = texts.join(wrapped, on="doc", how="semi", maintain_order="left")
    copies, removed = empty(COPIES), empty(JUDGED)
    verdicts = NOTHING_SAID
    going = removed
    for number in range(ROUNDS):
        here = in_clusters(engine, lines, told.pairs)
        found, settled = empty(COPIES), number < 2 or going.is_empty()
        if settled:
            leaders = copies.filter(rule="near-document")["original"]
            found = settle_documents(engine, here, told.signatures, ranks, leaders)
            here = without(here, found)
        verdicts = judged(engine, here, went(told.lines, removed), verdicts, told.met)
        going = verdicts.judged.filter(pl.col("rule").is_not_null())
        if settled and found.is_empty() and going.is_empty():
            others, anew = segmented_anew(without(perhaps_wrapped, copies), lines, wrapped)
            if others.is_empty():
                break
            told = retold(engine, told, removed, others, anew, known_passages)
            wrapped, verdicts = wrapped.update(others, on="doc"), NOTHING_SAID
            lines = without(told.lines, copies).join(removed, on=["doc", "seg"], how="anti", maintain_order="left")
            continue
        copies, removed, back = after_round(told.lines, copies, removed, found, going)
        lines = here.select(lines.columns).join(going, on=["doc", "seg"], how="anti", maintain_order="left")
        if len(back):
            lines = pl.concat([lines, back]).sort("doc", "seg")
    else:
        here = lines  # what went in the last round does not stay
    copies = copies.sort("doc")
    gone = with_homes_that_stay(with_surviving_twins(without(removed, copies), copies), told.lines)
    return Decided(told, copies, gone, staying(here, verdicts.judged), here)


def retold(
    engine: Engine,
    told: Told,
    removed: pl.DataFrame,
    others: pl.DataFrame,
    anew: pl.DataFrame,
    known_passages: pl.DataFrame | None,
) -> Told:
    """The part with the documents `others` cut into other lines: those in `anew`, and those `removed` before as they were."""
    of_others = told.lines.join(others, on="doc", how="semi").join(removed, on=["doc", "seg"], how="semi")
    every = pl.concat([table.select(list(SEGMENTED)) for table in (without(told.lines, others), of_others, anew)])
    return tell(engine, every.sort("doc", "seg"), known_passages)._replace(likeness=told.likeness)


def after_round(
    lines: pl.DataFrame, copies: pl.DataFrame, removed: pl.DataFrame, found: pl.DataFrame, going: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The copies and the removed lines, and which of all `lines` come back, when `found` and `going` are added to them.

    What went for a document that now goes itself comes back: it is like that one, but perhaps not like what stays.
    """
    copied_again = copies.join(found, left_on="original", right_on="doc", how="semi")
    copies = without(pl.concat([copies, found]), copied_again)
    removed = without(pl.concat([removed, going]), copied_again)
    homeless = without(removed.filter("home", pl.col("twin_doc").is_in(found["doc"].implode())), copies)
    removed = removed.join(homeless, on=["doc", "seg"], how="anti", maintain_order="left")
    back = [lines.join(copied_again, on="doc", how="semi"), lines.join(homeless, on=["doc", "seg"], how="semi")]
    return copies, removed, pl.concat(back)


def went(lines: pl.DataFrame, removed: pl.DataFrame) -> pl.DataFrame:
    """group, went: the characters of all `lines` that were removed from each group before, not by looks."""
    told = lines.select("doc", "seg", "group", "line")  # a join moves all columns there are
    gone = told.join(removed.filter(pl.col("rule") != "learned-teaser"), on=["doc", "seg"], how="semi")
    return gone.group_by("group").agg(went=pl.col("line").str.len_chars().sum())


def judged(engine: Engine, lines: pl.DataFrame, went: pl.DataFrame, last: Verdicts, met: Recognised) -> Verdicts:
    """Verdicts on the lines that hold a token, and are neither code nor markup. `went`: how much of each group did before.

    A site is judged by its lines, what these are copies of, on how many sites that stands, and how common words are. Where
    none of it has changed since the round before (`last`), but for hardly noticeable weights of words, what was said then is said
    again.
    """
    lines = lines.filter(pl.col("passage").is_not_null())
    lines = lines.with_columns(above_verbatim=beside(pl.col("verbatim"), 1, "doc").fill_null(value=False))
    lines = lines.filter(~pl.col("verbatim"))
    lines = engine.join(lines, engine.group(spread, lines, by="cluster"), on=["cluster"]).with_columns(
        pl.col("sites").fill_null(1)
    )
    census = pl.DataFrame({"documents": [lines["doc"].n_unique()]}, schema=CENSUS)
    common = engine.group(common_words, engine.group(words, lines, by="doc"), by="word", beside=census)
    grounds = lines.select(list(GROUNDS))
    anew, said = lines, empty(JUDGED)
    if steady(last.common, common):
        common = last.common
        moved = pl.col("group").is_in(changed_groups(last.grounds, grounds).implode())
        anew, same = lines.filter(moved), lines.filter(~moved)
        said = last.judged.join(same, on=["doc", "seg"], how="semi", maintain_order="left")
    anew = engine.join(anew, engine.group(weigh, anew, by="group", beside=common), on=["doc", "seg"])
    anew = engine.join(anew, went, on=["group"]).with_columns(pl.col("went").fill_null(0))
    found = engine.group(judge, recalled(engine, anew, met), by="group", beside=met.shapes)
    return Verdicts(grounds, common, pl.concat([said, found]).sort("doc", "seg"))


def changed_groups(before: pl.DataFrame, after: pl.DataFrame) -> pl.Series:
    """The groups of which some rows came, went or are other ones. No two rows of a table are equal."""
    came = after.join(before, on=after.columns, how="anti")["group"]
    now, then = (table.group_by("group").len() for table in (after, before))
    went = now.join(then, on="group").filter(pl.col("len") != pl.col("len_right"))["group"]
    return pl.concat([came, went]).unique()


def recognised(
    engine: Engine, lines: pl.DataFrame, passages: pl.DataFrame, signatures: pl.DataFrame, known_passages: pl.DataFrame | None
) -> Recognised:
    """Which of the lines' passages earlier runs know on their site: word for word, or nearly."""
    if known_passages is None:
        return Recognised(empty(known.MET), empty(SHAPES))
    here = known_passages.join(lines.select("group").unique(), on="group", how="semi", maintain_order="left")
    texts = here.unique("passage", keep="first", maintain_order=True).select("passage", "tokens", normal="text")
    # What is short is compared exactly; what another site knows word for word may be nearly what this one knows.
    theirs = engine.map(minhash, texts.filter(pl.col("tokens") >= engine.config.near_tokens))
    buckets = (
        pl.concat([engine.map(lsh_buckets, of), engine.group(uncrowded, engine.map(sampled_buckets, of), by="bucket")])
        for of in (signatures, theirs)
    )
    both = pl.concat([passages.select("passage", "normal"), texts.select("passage", "normal")])
    pairs = verify(known.meet(*buckets), both.unique("passage", keep="first", maintain_order=True), engine.config)
    met = known.best(known.met_exactly(passages, here), pairs, passages, here)
    return Recognised(met, known.shapes_of(here))


def recalled(engine: Engine, lines: pl.DataFrame, met: Recognised) -> pl.DataFrame:
    """Weighed lines with what earlier runs know of them: `recalled`, the passage and its likeness."""
    lines = engine.join(lines, met.passages, on=["group", "passage"])
    if met.passages.is_empty() and met.shapes.is_empty():
        nothing_known = {"recalled": pl.lit(0, dtype=pl.UInt32), "recalled_alone": pl.lit(False), "below_text": pl.lit(False)}
        return lines.with_columns(**nothing_known)
    return engine.join(lines, engine.group(known.recall, lines, by="doc"), on=["doc", "seg"])
