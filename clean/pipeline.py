"""The story, in three acts; nothing here reads or writes a file.

    mend       documents, batch by batch        -> what is known of them, their repaired texts, the repairs
    clean_part texts, part by part (stages.parts) -> what stays of them, what was removed and why
    conclude   with the copies that only several parts could show -> texts, ledger, fates

A part is judged by itself, so parts may be cleaned side by side, one at a time in little memory, or elsewhere; `clean`
does all of it in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple, Protocol

import polars as pl

from clean.edit import undo
from clean.engines.base import Engine
from clean.schema import COPIES, KEPT, LIKENESS, PAIRS, REMOVALS, REPAIRS, SURVIVORS, TEXTS, Schema, empty
from clean.stages import across, known, originals
from clean.stages.cluster import connect
from clean.stages.judge import JUDGED, judge, staying
from clean.stages.judge import LINES as JUDGEABLE
from clean.stages.match import accept, add_likeness, compare, propose, tally_likeness, verify
from clean.stages.parts import PART_BYTES, parts, site_key
from clean.stages.preference import RANKS, ranks
from clean.stages.record import describe, fates, ledger
from clean.stages.repair import repair
from clean.stages.segment import segment, spread, tally
from clean.stages.settle import cut, cut_texts, removals, whole
from clean.stages.sign import imprint, promising, rare, sample, sign, unite
from clean.stages.weigh import CENSUS, COMMON, common_words, look, numbered, weigh, words


@dataclass(frozen=True)
class Mended:
    """A batch of documents after repair."""

    about: pl.DataFrame  # schema.ABOUT
    texts: pl.DataFrame  # doc, group, text (null stays null)
    repairs: pl.DataFrame  # schema.REPAIRS
    sizes: pl.DataFrame  # parts.SIZES


@dataclass(frozen=True)
class Piece:
    """What was decided about a part."""

    texts: pl.DataFrame  # schema.TEXTS of the documents that stay
    removals: pl.DataFrame  # schema.REMOVALS; a copy of another document is one of its whole text
    copies: pl.DataFrame  # schema.COPIES
    kept: pl.DataFrame  # schema.KEPT
    survivors: pl.DataFrame  # schema.SURVIVORS
    likeness: pl.DataFrame  # schema.LIKENESS
    learned: pl.DataFrame  # known.LEARNED: what it has to teach later runs


@dataclass(frozen=True)
class Outcome:
    """What a run decided: the texts that stay and the record from which everything else can be told."""

    texts: pl.DataFrame  # schema.TEXTS of the documents that stay, in order
    repaired: pl.DataFrame  # schema.TEXTS of all, as they were before anything was removed
    ledger: pl.DataFrame  # schema.LEDGER
    fates: pl.DataFrame  # schema.FATES
    kept: pl.DataFrame  # schema.KEPT
    likeness: pl.DataFrame  # schema.LIKENESS
    learned: pl.DataFrame  # stages.known.LEARNED


class Recognised(NamedTuple):
    """What earlier runs know of a part."""

    passages: pl.DataFrame  # known.MET
    shapes: pl.DataFrame  # known.SHAPES


# What a line is judged by, as far as it changes from round to round.
GROUNDS: Schema = {name: JUDGEABLE[name] for name in ("group", "doc", "seg", "cluster", "similarity")} | {"sites": pl.UInt32}


@dataclass(frozen=True)
class Verdicts:
    """What was decided about the lines of a round, and by what."""

    grounds: pl.DataFrame  # GROUNDS
    common: pl.DataFrame  # weigh.COMMON
    judged: pl.DataFrame  # judge.JUDGED, by document and segment


# A round that removes nothing ends the story; one that always found more would be a fault, and stops here.
ROUNDS = 10


def clean(
    documents: pl.DataFrame, engine: Engine, part_bytes: int = PART_BYTES, recollected: pl.DataFrame | None = None
) -> Outcome:
    """Clean schema.DOCUMENTS in memory: the acts one after the other. `recollected`: as clean_part takes it."""
    mended = mend(engine, documents)
    ranked = mended.texts.join(ranks(mended.sizes, engine.config), on="doc", maintain_order="left")
    divided = ranked.join(parts(mended.sizes, part_bytes), on="doc", maintain_order="left")
    frames = divided.partition_by("part", maintain_order=True, include_key=False)
    alone = len(frames) == 1
    found = engine.each(lambda texts: clean_part(engine, texts, alone=alone, recollected=recollected), frames)
    pieces = list(found) or [nothing()]
    tables = (pl.concat([getattr(piece, field.name) for piece in pieces]) for field in fields(Piece))
    done = Piece(*(table.sort("doc", maintain_order=True) if "doc" in table.columns else table for table in tables))
    copies = settle_across(engine, InMemory(engine, pieces), done.copies)
    names = mended.about["doc_id"]
    texts, changes, became = conclude(mended.about, mended.repairs, done.texts, done.removals, copies, names)
    kept = done.kept.join(copies, on="doc", how="anti", maintain_order="left")
    learned = known.merge(done.learned)
    return Outcome(texts, mended.texts.select("doc", "text"), changes, became, kept, add_likeness([done.likeness]), learned)


# ---------------------------------------------------------------- mend


def mend(engine: Engine, documents: pl.DataFrame) -> Mended:
    """Repair a batch of schema.DOCUMENTS."""
    documents = engine.load(documents)
    repaired = engine.keep(engine.map(repair, documents))
    about = engine.map(describe, engine.join(documents, repaired.select("doc", "chars"), on=["doc"]))
    texts = engine.join(documents.select("doc", "group"), repaired.select("doc", "text"), on=["doc"])
    repairs = repaired.select("doc", "edits").explode("edits").drop_nulls("edits").unnest("edits").select(list(REPAIRS))
    sizes = texts.select(
        "doc",
        site=site_key(texts["group"]),
        bytes=pl.col("text").str.len_bytes().fill_null(0).cast(pl.UInt64),
        preference=documents["preference"],
    )
    return Mended(about, texts, repairs, sizes)


# ---------------------------------------------------------------- a part


def clean_part(engine: Engine, texts: pl.DataFrame, *, alone: bool, recollected: pl.DataFrame | None = None) -> Piece:
    """Settle whole copies, then judge and cut lines, of one part: doc, group, text, rank. `alone`: there is no other part.

    `recollected`: known.PREPARED, what earlier runs know.
    """
    lines = engine.keep(engine.map(segment, texts))
    passages = engine.group(tally, lines, by="passage")
    prints = engine.keep(engine.map(imprint, passages))
    compared = engine.keep(compared_pairs(engine, passages, prints))
    pairs, likeness = accept(compared, engine.config), tally_likeness(compared, engine.config)
    told = engine.keep(numbered(lines.hstack(engine.map(look, lines))))
    met = recognised(engine, told, passages, prints, recollected)
    copies, removed, kept, left = decide(engine, told, prints, pairs, texts.select(list(RANKS)), met)
    learned = known.learn(without(told, copies), removed, engine.config)
    staying_texts, lines = without(texts.select("doc", "text"), copies), without(lines, copies)
    cuts = engine.keep(engine.group(cut, engine.join(lines, removed, on=["doc", "seg"]), by="doc"))
    changes = engine.join(removals(cuts, staying_texts), removed, on=["doc", "seg"])
    changes = pl.concat([empty(REMOVALS), changes.drop("seg", "stays", "shape"), whole(copies, texts)], how="diagonal")
    survivors = empty(SURVIVORS) if alone else engine.keep(surviving(engine, left, lines, prints, texts))
    return Piece(cut_texts(cuts, staying_texts), changes.select(list(REMOVALS)), copies, kept, survivors, likeness, learned)


def nothing() -> Piece:
    """What comes of no documents."""
    tables = (TEXTS, REMOVALS, COPIES, KEPT, SURVIVORS, LIKENESS, known.LEARNED)
    return Piece(*(empty(table) for table in tables))


def decide(
    engine: Engine, lines: pl.DataFrame, prints: pl.DataFrame, pairs: pl.DataFrame, ranks: pl.DataFrame, met: Recognised
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """What goes and what stays: schema.COPIES, judge.JUDGED of removed lines, schema.KEPT, and the lines that stay.

    Documents before lines, and again, until nothing more is found: two copies of an article under two long sidebars
    are alike only when the sidebars are gone. So cleaning the output once more removes nothing. `prints`, `pairs`:
    sign.PRINTS and schema.PAIRS of the lines' passages; `ranks`: preference.RANKS of the documents; `met`: which of the
    passages earlier runs know.
    """
    all_lines = lines
    copies, removed = empty(COPIES), empty(JUDGED)
    verdicts = Verdicts(empty(GROUNDS), empty(COMMON), empty(JUDGED))
    for _ in range(ROUNDS):
        here = engine.keep(in_clusters(engine, lines, pairs))
        found = engine.keep(settle_documents(engine, here, prints, ranks, copies.filter(rule="near-document")["original"]))
        here = without(here, found)
        verdicts = judged(engine, here, verdicts, met)
        going = verdicts.judged.filter(pl.col("rule").is_not_null())
        if found.is_empty() and going.is_empty():
            break
        lines = here.select(lines.columns).join(going, on=["doc", "seg"], how="anti", maintain_order="left")
        # What went for a document that now goes itself comes back: it is like that one, but perhaps not like what stays.
        back = copies.join(found, left_on="original", right_on="doc", how="semi")
        copies, removed = (
            pl.concat([table, new]).join(back, on="doc", how="anti", maintain_order="left")
            for table, new in ((copies, found), (removed, going))
        )
        if len(back):
            lines = lines.vstack(all_lines.join(back, on="doc", how="semi", maintain_order="left")).sort("doc", "seg")
    copies = copies.sort("doc")
    gone = removed.join(copies, on="doc", how="anti", maintain_order="left")
    return copies, with_surviving_twins(gone, copies), staying(here, verdicts.judged), here


def judged(engine: Engine, lines: pl.DataFrame, last: Verdicts, met: Recognised) -> Verdicts:
    """Verdicts on the lines that hold a token.

    A site is judged by its lines, what these are copies of, on how many sites that stands, and how common words are. Where
    none of it has changed since the round before (`last`), what was said then is said again.
    """
    lines = lines.filter(pl.col("passage").is_not_null())
    lines = engine.join(lines, engine.group(spread, lines, by="cluster"), on=["cluster"]).with_columns(
        pl.col("sites").fill_null(1)
    )
    census = pl.DataFrame({"documents": [lines["doc"].n_unique()]}, schema=CENSUS)
    common = engine.collect(engine.group(common_words, engine.group(words, lines, by="doc"), by="word", beside=census))
    grounds = lines.select(list(GROUNDS))
    anew, said = lines, empty(JUDGED)
    if common.equals(last.common):
        moved = pl.col("group").is_in(changed_groups(last.grounds, grounds).implode())
        anew, same = lines.filter(moved), lines.filter(~moved)
        said = last.judged.join(same, on=["doc", "seg"], how="semi", maintain_order="left")
    anew = engine.join(anew, engine.group(weigh, anew, by="group", beside=common), on=["doc", "seg"])
    found = engine.group(judge, recalled(engine, anew, met), by="group", beside=met.shapes)
    return Verdicts(grounds, common, engine.keep(pl.concat([said, found]).sort("doc", "seg")))


def changed_groups(before: pl.DataFrame, after: pl.DataFrame) -> pl.Series:
    """The groups of which some rows came, went or are other ones. No two rows of a table are equal."""
    came = after.join(before, on=after.columns, how="anti")["group"]
    sizes = (table.group_by("group").len() for table in (after, before))
    went = next(sizes).join(next(sizes), on="group").filter(pl.col("len") != pl.col("len_right"))["group"]
    return pl.concat([came, went]).unique()


def recognised(
    engine: Engine, lines: pl.DataFrame, passages: pl.DataFrame, prints: pl.DataFrame, recollected: pl.DataFrame | None
) -> Recognised:
    """Which of the lines' passages earlier runs know on their site: word for word, or nearly."""
    if recollected is None:
        return Recognised(empty(known.MET), empty(known.SHAPES))
    here = recollected.join(lines.select("group").unique(), on="group", how="semi", maintain_order="left")
    texts = here.unique("passage", keep="first", maintain_order=True).select("passage", "tokens", normal="text")
    # What is short is compared exactly; what another site knows word for word may be nearly what this one knows.
    theirs = engine.map(imprint, texts.filter(pl.col("tokens") >= engine.config.near_tokens))
    buckets = (
        pl.concat([engine.map(sign, of), engine.group(rare, engine.map(sample, of), by="bucket")]) for of in (prints, theirs)
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


def compared_pairs(engine: Engine, passages: pl.DataFrame, prints: pl.DataFrame) -> pl.DataFrame:
    """match.COMPARED of passages that by their sign.PRINTS may be near-duplicates, or copies cut short."""
    samples = engine.group(rare, engine.map(sample, prints), by="bucket")
    buckets = pl.concat([engine.map(sign, prints), samples])
    candidates = promising(engine.group(propose, buckets, by="bucket").unique(), [prints], engine.config)
    return compare(candidates, passages, engine.config)


def in_clusters(engine: Engine, lines: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """The lines with the cluster of their passage, which is the passage itself where it is like no other."""
    passages = engine.group(tally, lines, by="passage")
    present = passages.select("passage")
    pairs = pairs.join(present, left_on="a", right_on="passage", how="semi").join(
        present, left_on="b", right_on="passage", how="semi"
    )
    clusters = connect(pairs, passages.sort("docs", "tokens", "passage", descending=[True, True, False])["passage"])
    clusters = clusters.select("passage", "cluster", similarity="score")
    return engine.join(lines, clusters, on=["passage"]).with_columns(
        cluster=pl.coalesce("cluster", "passage"), similarity=pl.col("similarity").fill_null(1.0)
    )


def settle_documents(
    engine: Engine, lines: pl.DataFrame, prints: pl.DataFrame, ranks: pl.DataFrame, leaders: pl.Series
) -> pl.DataFrame:
    """originals.COPIES: the documents that are copies of another, and which. Exact copies first.

    `prints`: sign.PRINTS of the lines' passages. `ranks`: preference.RANKS. `leaders`: documents for which others went in
    an earlier round.
    """
    config = engine.config
    exact = originals.exact_copies(engine.group(originals.identify, lines, by="doc"), ranks)
    lines = without(lines, exact)
    known = engine.keep(originals.own_lines(lines, config))
    outlines = engine.keep(originals.outline(known))
    own, few, whole = unite(known, prints, [pl.col("compared"), pl.col("rare"), pl.lit(True)])
    buckets = pl.concat([engine.map(sign, own), engine.map(sign, whole), engine.group(originals.meet, known, by="cluster")])
    candidates = engine.group(propose, buckets, by="bucket").unique()
    candidates = engine.keep(promising(candidates, (own, few, whole), config))
    texts = engine.keep(originals.texts_of(known, candidates, config))
    read = (texts.select("passage", normal=name) for name in ("normal", "rare", "whole"))
    on_own, on_rare, on_whole = (verify(candidates, reading, config) for reading in read)
    likely = originals.same_article(on_own, on_rare, on_whole, outlines, config)
    likely = pl.concat(
        [originals.open_alike(likely, outlines, texts, config), originals.opened_alike(known, outlines, on_whole, config)]
    )
    found = likely.unique(["a", "b"], keep="first", maintain_order=True)
    near = originals.near_copies(connect(found, originals.best_first(outlines, ranks, leaders)))
    return originals.settle_copies([exact, near])


def surviving(
    engine: Engine, lines: pl.DataFrame, given: pl.DataFrame, prints: pl.DataFrame, ranks: pl.DataFrame
) -> pl.DataFrame:
    """schema.SURVIVORS: what other parts are told about the documents that stay, by the `lines` that do, of those `given`."""
    known = lines.filter(pl.col("passage").is_not_null())
    united = unite(known, prints, [pl.lit(True)])[0].select("tokens", "print", "anchor", doc=pl.col("passage").cast(pl.UInt32))
    documents = known.group_by("doc").agg(pl.col("group").first(), lines=pl.len().cast(pl.UInt32)).sort("doc")
    for name, which in (("key", known), ("given", given)):
        identities = engine.group(originals.identify, which, by="doc").rename({"key": name})
        documents = engine.join(documents, identities, on=["doc"])
    documents = engine.join(documents, ranks.select(list(RANKS)), on=["doc"])
    return engine.join(documents, united, on=["doc"]).select(list(SURVIVORS))


def without(table: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    """The rows of documents that are not among those `gone`, in their order. An anti-join would copy the table where none is."""
    return table.filter(~pl.col("doc").is_in(gone["doc"].implode()))


def with_surviving_twins(removed: pl.DataFrame, copies: pl.DataFrame) -> pl.DataFrame:
    """Removed lines of which a twin in a document that went is one in its original."""
    originals_of = copies.select(twin_doc="doc", original="original")
    removed = removed.join(originals_of, on="twin_doc", how="left", maintain_order="left")
    return removed.with_columns(
        twin_start=pl.when(pl.col("original").is_null()).then("twin_start"), twin_doc=pl.coalesce("original", "twin_doc")
    ).drop("original")


# ---------------------------------------------------------------- all parts together


class Survivors(Protocol):
    """The documents that stay of all parts, wherever they wait."""

    def met(self, kind: str) -> Iterable[pl.DataFrame]:
        """across.MEETINGS of a kind, in tables that have all rows of each key."""

    def known(self, docs: pl.Series) -> pl.DataFrame:
        """schema.SURVIVORS of some documents."""

    def texts(self, docs: pl.Series) -> pl.DataFrame:
        """The published schema.TEXTS of some documents."""


class InMemory:
    """The survivors of parts that are all at hand."""

    def __init__(self, engine: Engine, pieces: Sequence[Piece]) -> None:
        self._pieces = pieces
        self._meetings = [meetings(engine, piece.survivors, number) for number, piece in enumerate(pieces)]

    def met(self, kind: str) -> Iterable[pl.DataFrame]:
        """All in one table."""
        return [pl.concat([met[kind] for met in self._meetings])]

    def known(self, docs: pl.Series) -> pl.DataFrame:
        """schema.SURVIVORS of some documents."""
        return pl.concat([piece.survivors.filter(pl.col("doc").is_in(docs.implode())) for piece in self._pieces])

    def texts(self, docs: pl.Series) -> pl.DataFrame:
        """The published schema.TEXTS of some documents."""
        return pl.concat([piece.texts.filter(pl.col("doc").is_in(docs.implode())) for piece in self._pieces])


def meetings(engine: Engine, survivors: pl.DataFrame, part: int) -> dict[str, pl.DataFrame]:
    """In which keys the SURVIVORS of a part may meet those of others: across.MEETINGS by kind."""
    named = survivors.with_columns(passage=pl.col("doc").cast(pl.UInt128))
    return across.meetings(survivors, engine.map(sign, named), part)


def settle_across(engine: Engine, survivors: Survivors, copies: pl.DataFrame) -> pl.DataFrame:
    """All schema.COPIES: `copies`, those found in the parts, and those that two parts have one of."""
    exact = empty(COPIES)
    # Two sites may have been judged differently: what came twice goes once, whatever was left of it.
    for kind in ("given", "key"):
        rest = [met.join(exact, on="doc", how="anti") for met in survivors.met(kind)]
        found = pl.concat(
            [empty(COPIES), *(originals.exact_copies(met.select("doc", "key"), met.select(list(RANKS))) for met in rest)]
        )
        copies, exact = originals.settle_copies([copies, found]), exact.vstack(found)
    pairs, best = alike_across(engine, survivors, met_across(engine, survivors, exact))
    return originals.settle_copies([copies, originals.near_copies(connect(pairs, best))])


def met_across(engine: Engine, survivors: Survivors, gone: pl.DataFrame) -> pl.DataFrame:
    """The pairs (a, b: ordinals) of documents of two parts that share a bucket, but for those that are `gone`."""
    found = [pl.DataFrame(schema={"a": pl.UInt32, "b": pl.UInt32})]
    for met in survivors.met("bucket"):
        rest = met.join(gone, on="doc", how="anti").with_columns(passage=pl.col("doc").cast(pl.UInt128))
        candidates = engine.group(propose, rest.select("bucket", "passage"), by="bucket")
        found.append(across.between_parts(candidates.unique(), rest).cast(pl.UInt32))
    return pl.concat(found).unique().sort("a", "b")


def alike_across(engine: Engine, survivors: Survivors, met: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """schema.PAIRS of those `met` (a, b: ordinals) that are one article, and their documents as passages, the best first."""
    pairs, ranked = [empty(PAIRS)], []
    for some in met.cast(pl.UInt128).iter_slices(across.PAIRS_AT_ONCE):
        known = survivors.known(across.documents(some)).with_columns(passage=pl.col("doc").cast(pl.UInt128))
        for likely in across.in_batches(promising(some, [known], engine.config), known):
            texts = engine.join(survivors.texts(across.documents(likely)), known.select("doc", "group"), on=["doc"])
            normal = across.normal_forms(engine.map(segment, texts))
            pairs.append(across.same_article(verify(likely, normal, engine.config), known, engine.config))
        ranked.append(known.select("passage", "doc", "rank", "tokens"))
    best = across.best_first(pl.concat(ranked).unique()) if ranked else pl.Series(dtype=pl.UInt128)
    return pl.concat(pairs), best


def conclude(
    about: pl.DataFrame,
    repairs: pl.DataFrame,
    texts: pl.DataFrame,
    removed: pl.DataFrame,
    copies: pl.DataFrame,
    names: pl.Series,
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """TEXTS, LEDGER and FATES of some documents: those of `about`, in its order.

    `texts`, `removed`: what clean_part gave for them, TEXTS and REMOVALS; `copies`: of all documents; `names`: every
    document's id, by its ordinal.
    """
    gone = texts.join(copies, on="doc", how="semi", maintain_order="left")  # in its part it stayed
    removed = with_surviving_twins(removed, copies)
    lines, lost = (removed.join(gone, on="doc", how=how, maintain_order="left") for how in ("anti", "semi"))
    late = copies.join(gone, on="doc", how="semi", maintain_order="left")
    families = copies.join(late, on="original", how="semi", maintain_order="left")  # of which others may be elsewhere
    late = whole(families, undone(gone, lost)).join(gone, on="doc", how="semi", maintain_order="left")
    changes = pl.concat([lines, late], how="diagonal").select(list(REMOVALS))
    texts = texts.join(gone, on="doc", how="anti", maintain_order="left").sort("doc")
    return texts, ledger(repairs, changes, names), fates(about, texts, copies)


def undone(texts: pl.DataFrame, removed: pl.DataFrame) -> pl.DataFrame:
    """The TEXTS as they were before their REMOVALS."""
    edits: dict[int, list[tuple[int, bytes, bytes]]] = {}
    for doc, *edit in removed.sort("doc", "start").select("doc", "start", "before", "after").iter_rows():
        edits.setdefault(doc, []).append((edit[0], edit[1], edit[2]))
    rows = [(doc, undo((text or "").encode(), edits.get(doc, [])).decode()) for doc, text in texts.iter_rows()]
    return pl.DataFrame(rows, schema=TEXTS, orient="row")
