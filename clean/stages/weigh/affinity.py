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

from clean.config import Config
from clean.schema import Schema
from clean.stage import stage
from clean.stages.weigh.around import Floats, Ints, Lines
from clean.stages.weigh.shapes import running
from clean.text import IDEOGRAPHS, LETTERS, mix

MICRO = 1_000_000
# Words in a smaller share of all documents weigh alike.
RARE = 0.01
_RAREST = round(-np.log(RARE) * MICRO)
# Shorter words are in every text. In scripts without spaces, two signs in a row are a word.
_SHORTEST = 4
_SPACELESS = rf"(?:{IDEOGRAPHS}|{LETTERS})"
_PAIR = rf"{_SPACELESS} {_SPACELESS}"
_SEED = 7

SPOKEN: Schema = {"word": pl.UInt64, "doc": pl.UInt32}  # the running text of the document has the word
CENSUS: Schema = {"documents": pl.UInt32}  # one row: documents of the corpus
COMMON: Schema = {
    "word": pl.UInt64,
    "weight": pl.Float64,  # nats: -log of the share of documents whose running text has it
}


@stage(takes={"doc": pl.UInt32, "line": pl.String, "normal": pl.String, "tokens": pl.UInt32}, yields=SPOKEN)
def words(lines: pl.DataFrame, config: Config) -> pl.DataFrame:
    """The words of each document's running text, once a document (once a batch of it)."""
    said = lines.filter(running()).select("doc", "normal")
    at, word = _words_of(said["normal"])
    return pl.DataFrame({"word": word, "doc": said["doc"].gather(at)}).unique().sort("word", "doc")


@stage(takes=SPOKEN, beside=CENSUS, yields=COMMON)
def common_words(spoken: pl.DataFrame, census: pl.DataFrame, config: Config) -> pl.DataFrame:
    """The words that are not rare, with their weights: a small table. Group by word."""
    share = (pl.col("docs") + 1) / (census["documents"].item() + 10)
    docs = spoken.group_by("word").agg(docs=pl.col("doc").n_unique())
    return docs.filter(share > RARE).select("word", weight=(-share.log()).round(6)).sort("word")


@dataclass(frozen=True)
class Affinity:
    """Of each line, in millionths of a nat: what its words weigh, and what of that its document's running text has elsewhere."""

    mass: Ints
    taken: Ints
    share: Floats  # taken / mass; -1 where the line has no word


def affinity(lines: Lines, common: pl.DataFrame) -> Affinity:
    """The affinity of n lines to their own documents. `common`: COMMON of the corpus."""
    texts = lines.distinct.height
    at, word = _words_of(lines.distinct["normal"])
    weight = _weights(word, common)
    size = np.bincount(at, minlength=texts)
    mass = np.bincount(at, weight, minlength=texts).astype(np.int64)[lines.text]
    # A line that a document prints twice speaks once.
    said, of_line = np.unique(lines.doc * texts + lines.text, return_inverse=True)
    text, doc = said % texts, said // texts
    row, source = _ranges((np.cumsum(size) - size)[text], size[text])
    speaks = lines.distinct.select(running(size="size")).to_series().to_numpy()[text][row].astype(np.int64)
    key = word.to_numpy()[source] ^ mix(doc.astype(np.uint64))[row]
    times = pl.DataFrame({"key": key, "times": speaks}).select(pl.col("times").sum().over("key")).to_series().to_numpy()
    taken = np.bincount(row, weight[source] * (times > speaks), minlength=len(said)).astype(np.int64)[of_line]
    return Affinity(mass, taken, np.where(mass > 0, taken / np.maximum(mass, 1), -1.0))


def _weights(word: pl.Series, common: pl.DataFrame) -> Ints:
    """What each word weighs, in millionths of a nat."""
    known = pl.DataFrame({"word": word}).join(common, on="word", how="left", maintain_order="left")["weight"]
    return (known * MICRO).round().cast(pl.Int64).fill_null(_RAREST).to_numpy()


def _words_of(normal: pl.Series) -> tuple[Ints, pl.Series]:
    """The distinct longer words of each normal form: row of the form (ascending) and hash of the word."""
    frame = pl.DataFrame({"normal": normal}).with_row_index("at")
    tokens = frame.select("at", word=pl.col("normal").str.split(" ").list.unique()).explode("word")
    tokens = tokens.filter(pl.col("word").str.len_chars() >= _SHORTEST)
    spaceless = frame.filter(pl.col("normal").str.contains(_SPACELESS))
    pairs = spaceless.select("at", word=pl.col("normal").str.extract_all(_PAIR).list.unique()).explode("word").drop_nulls()
    both = pl.concat([tokens, pairs]).sort("at", maintain_order=True)
    return both["at"].to_numpy().astype(np.int64), both["word"].hash(_SEED)


def _ranges(start: Ints, size: Ints) -> tuple[Ints, Ints]:
    """The numbers of several ranges, one after the other: which range, and the number."""
    which = np.repeat(np.arange(len(size)), size)
    return which, np.arange(len(which)) + (start - np.cumsum(size) + size)[which]
