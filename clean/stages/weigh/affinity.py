"""Affinity: how much of a line the running text of its own document says elsewhere.

A headline and a caption have much in their own article; a teaser and a menu entry have next to nothing. Words are
weighted by how few documents' running text has them (idf: Spärck Jones 1972, "A statistical interpretation of term
specificity"), over the whole corpus, so that the answer is the same for every part of it. Weights are held in
millionths of a nat: sums of integers are exact, in any order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from clean import kernels
from clean.config import Config
from clean.kernels import U32
from clean.schema import Schema
from clean.stage import stage
from clean.stages.weigh.around import Floats, Ints, Lines
from clean.stages.weigh.terms import words_in

MICRO = 1_000_000
# Words in a smaller share of all documents weigh alike.
RARE = 0.01
_RAREST = round(-np.log(RARE) * MICRO)
# A weight, in nats, that moved by less is the one it was: a few lines that went from a thousand documents.
_STEADY = 0.05

SPOKEN: Schema = {"word": pl.UInt32, "docs": pl.UInt32}  # documents whose running text has the word
CENSUS: Schema = {"documents": pl.UInt32}  # one row: documents of the corpus
COMMON: Schema = {
    "word": pl.UInt32,
    "weight": pl.Float64,  # nats: -log of the share of documents whose running text has it
}


@stage(takes={"doc": pl.UInt32, "words": pl.Binary, "running": pl.Boolean}, yields=SPOKEN)
def words(lines: pl.DataFrame, config: Config) -> pl.DataFrame:
    """The words of the documents' running text. Takes whole documents."""
    said = lines.filter("running")
    if not said["doc"].is_sorted():
        said = said.sort("doc")
    offsets, word = words_in(said["words"])
    docs = kernels.document_counts(offsets, word, np.arange(len(said)), said["doc"].to_numpy().astype(np.int64))
    spoken = np.flatnonzero(docs)
    return pl.DataFrame({"word": spoken, "docs": docs[spoken]}, schema=SPOKEN)


@stage(takes=SPOKEN, beside=CENSUS, yields=COMMON)
def common_words(spoken: pl.DataFrame, census: pl.DataFrame, config: Config) -> pl.DataFrame:
    """The words that are not rare, with their weights: a small table. Group by word."""
    share = (pl.col("docs") + 1) / (census["documents"].item() + 10)
    docs = spoken.group_by("word").agg(pl.col("docs").sum())
    return docs.filter(share > RARE).select("word", weight=(-share.log()).round(6)).sort("word")


def steady(before: pl.DataFrame, after: pl.DataFrame) -> bool:
    """Whether every word weighs as much in one COMMON as in another, or nearly so."""
    both = before.join(after, on="word", how="full", suffix="_after").fill_null(_RAREST / MICRO)
    moved = (both["weight"] - both["weight_after"]).abs()
    return not (moved > _STEADY).any()


@dataclass(frozen=True)
class Affinity:
    """Of each line, in millionths of a nat: what its words weigh, and what of that its document's running text has elsewhere."""

    mass: Ints
    taken: Ints
    share: Floats  # taken / mass; -1 where the line has no word
    chance: Floats  # the share that the running text of any document is likely to have; -1 where the line has no word

    def beyond_chance(self) -> Floats:
        """The share taken of what chance leaves of each line; 0 where it leaves nothing, -1 where the line has no word."""
        left = 1 - self.chance  # 0 where every document of thousands has every word
        beyond = np.maximum(self.share - self.chance, 0.0) / np.where(left > 0, left, 1.0)
        return np.where(self.share < 0, -1.0, beyond)


def affinity(lines: Lines, common: pl.DataFrame) -> Affinity:
    """The affinity of n lines to their own documents. `common`: COMMON of the corpus."""
    texts = lines.distinct.height
    offsets, word = words_in(lines.distinct["words"])
    # A line that a document prints twice speaks once.
    rows, of_line = kernels.distinct_rows((lines.doc * texts + lines.text + 1).astype(np.uint64))
    text, doc = lines.text[rows], lines.doc[rows]
    speaks = lines.distinct["running"].to_numpy()[text]
    weights = _weights(word, common)
    found = kernels.taken_up(offsets, word, weights, text, doc, speaks)
    mass, taken = (weight[of_line] for weight in found)
    likely = _likely(offsets, word, weights)
    share, chance = (np.where(mass > 0, part / np.maximum(mass, 1), -1.0) for part in (taken, likely[lines.text]))
    return Affinity(mass, taken, share, chance)


def _likely(offsets: Ints, word: U32, weights: Ints) -> Ints:
    """Of each text, what a document has of it which has each word as often as all have: exp(-weight) of them do."""
    expected = np.rint(weights * np.exp(-weights / MICRO)).astype(np.int64)[word]
    likely: Ints = np.diff(np.concatenate([[0], np.cumsum(expected)])[offsets])
    return likely


def _weights(word: U32, common: pl.DataFrame) -> Ints:
    """What each word weighs, in millionths of a nat, by its number."""
    known = common["word"].to_numpy()
    weights = np.full(1 + max(int(word.max(initial=0)), int(known.max(initial=0))), _RAREST, np.int64)
    weights[known] = (common["weight"] * MICRO).round().cast(pl.Int64).to_numpy()
    return weights
