"""The compiled loops give what the numpy ones give, bit for bit, and both what their names say."""

from __future__ import annotations

import sys
import unicodedata
from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clean.characters import Folding, _depends, folded
from clean.kernels import plain
from clean.stages.weigh.shapes import _asked, _looked_at

compiled = pytest.importorskip("clean.kernels.compiled", reason="the extra `fast` (numba) is not installed")

WORD = st.text("abé日_9", min_size=1, max_size=20)
TEXTS = st.lists(st.lists(WORD, max_size=12), min_size=1, max_size=12)
WIDTH = st.integers(1, 5)


def buffer_of(texts: list[list[str]]) -> np.ndarray:
    """The texts as the kernels take them."""
    return np.frombuffer("".join(" ".join(text) + "\n" for text in texts).encode(), np.uint8)


def same(ours: object, theirs: object) -> bool:
    """Whether two results are equal in shape, type and every bit."""
    if isinstance(ours, tuple):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    return ours.dtype == theirs.dtype and np.array_equal(ours, theirs)


@given(TEXTS)
def test_tokens(texts: list[list[str]]) -> None:
    """Equal words have equal hashes, others others; lengths count characters."""
    found = plain.tokens(buffer_of(texts), len(texts))
    assert same(found, compiled.tokens(buffer_of(texts), len(texts)))
    offsets, hashes, lengths = found
    longer = plain.tokens(buffer_of(texts), len(texts), 3)
    assert same(longer, compiled.tokens(buffer_of(texts), len(texts), 3))
    assert longer[1].tolist() == hashes[lengths >= 3].tolist()
    assert np.diff(longer[0]).tolist() == [sum(len(word) >= 3 for word in text) for text in texts]
    spaces = plain.spaces(buffer_of(texts), len(texts))
    assert same(spaces, compiled.spaces(buffer_of(texts), len(texts)))
    assert spaces.tolist() == [max(len(text) - 1, 0) for text in texts]
    words = [word for text in texts for word in text]
    assert np.diff(offsets).tolist() == [len(text) for text in texts]
    assert lengths.tolist() == [len(word) for word in words]
    assert len(set(zip(words, hashes.tolist(), strict=True))) == len(set(words)) == len(set(hashes.tolist()))


ANY = st.lists(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("aZ_0 ßéﬁ½日ค가ᄀ\u0301\n\x85")), min_size=1)


@given(ANY)
def test_alphabet_and_folding(texts: list[str]) -> None:
    """The characters that occur; of each text what `folded` makes of it, where no character depends on another."""
    whole = "".join(texts)
    buffer = np.frombuffer(whole.encode(), np.uint8)
    offsets = np.cumsum([0, *(len(text.encode()) for text in texts)])
    points = plain.alphabet(buffer)
    assert points.tolist() == sorted(set(map(ord, whole)))
    assert same(points, compiled.alphabet(buffer))
    tables = Folding().of(points)
    found = plain.fold(buffer, offsets, *tables)
    assert same(found, compiled.fold(buffer, offsets, *tables))
    wanted = folded(pl.Series(texts, dtype=pl.String)).str.strip_chars(" ")
    known = [text for text, asked in zip(wanted, found[1].tolist(), strict=True) if not asked]
    assert [
        text for text, asked in zip(found[0].tobytes().decode().split("\n"), [*found[1], True], strict=True) if not asked
    ] == known
    assert found[1].tolist() == [any(tables[0][ord(c)] < 0 for c in text) for text in texts]


def test_what_stands_by_itself() -> None:
    """No character that composes with one before it, or may change places, is folded by itself."""
    every = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    composing = {c for one in every for c in unicodedata.normalize("NFD", one)[1:]}
    first = {unicodedata.normalize("NFKD", one)[0] for one in every if not _depends(one)}
    assert not first & composing
    assert not any(map(unicodedata.combining, first))


@given(ANY)
def test_class_counts(texts: list[str]) -> None:
    """Characters of each class, by text."""
    texts = [text.replace("\n", "") for text in texts]
    classes = (np.arange(sys.maxunicode + 1) % 4).astype(np.uint8)
    classes[ord("\n")] = 0
    buffer = np.frombuffer("".join(text + "\n" for text in texts).encode(), np.uint8)
    found = plain.class_counts(buffer, len(texts), classes, 3)
    assert same(found, compiled.class_counts(buffer, len(texts), classes, 3))
    assert found.tolist() == [[sum(ord(c) % 4 == number for c in text) for text in texts] for number in (1, 2, 3)]


SIGNS = st.sampled_from(
    [*"""aZ1२٣.!?。…,;:/-–|+·"'”’»*)]([«©日ก_ \t\u3000é…@""", "...", ". .", "www.", ".com", "co.", "http", "://", "19", "20"]
)


@given(st.lists(st.lists(SIGNS | st.characters(exclude_categories=["Cs"]), max_size=12).map("".join), min_size=1))
def test_looks(texts: list[str]) -> None:
    """One pass over the bytes sees what the expressions see."""
    lines = pl.Series("line", texts, dtype=pl.String)
    assert _looked_at(lines).equals(_asked(lines))


@given(TEXTS, st.data())
def test_windows_signatures_sets_and_overlaps(texts: list[list[str]], data: st.DataObject) -> None:
    """Each kernel on the result of the one before it."""
    offsets, hashes, _ = plain.tokens(buffer_of(texts), len(texts))
    width = np.array([data.draw(WIDTH) for _ in texts])
    shingles = plain.windows(offsets, hashes, width)
    assert same(shingles, compiled.windows(offsets, hashes, width))
    a, b = (np.arange(1, 17, dtype=np.uint32) * np.uint32(2654435769) | np.uint32(1) for _ in "ab")
    matrix = plain.signatures(*shingles, a, b)
    assert same(matrix, compiled.signatures(*shingles, a, b))
    sets = plain.distinct(*shingles)
    assert same(sets, compiled.distinct(*shingles))
    left, right = (np.array([data.draw(st.integers(0, len(texts) - 1)) for _ in range(9)]) for _ in "ab")
    shared = plain.shared(*sets, left, right)
    assert same(shared, compiled.shared(*sets, left, right))
    members = [set(sets[1][low:high].tolist()) for low, high in zip(sets[0][:-1], sets[0][1:], strict=True)]
    assert shared.tolist() == [len(members[i] & members[j]) for i, j in zip(left, right, strict=True)]
    agreeing = plain.agreeing(matrix, left, right)
    assert same(agreeing, compiled.agreeing(matrix, left, right))
    assert agreeing.tolist() == [(matrix[i] == matrix[j]).sum() for i, j in zip(left, right, strict=True)]


def test_sets_of_long_and_short_texts() -> None:
    """Long texts are sorted elsewhere than short ones."""
    offsets = np.array([0, 3, 303, 303, 310, 640])
    hashes = np.random.default_rng(3).integers(0, 200, offsets[-1]).astype(np.uint64) << np.uint64(40)
    borders, values = plain.distinct(offsets, hashes)
    assert same((borders, values), compiled.distinct(offsets, hashes))
    for low, high, begin, end in zip(offsets[:-1], offsets[1:], borders[:-1], borders[1:], strict=True):
        assert values[begin:end].tolist() == sorted(set(hashes[low:high].tolist()))


@given(st.lists(st.integers(1, 30), min_size=1))
def test_repeated(keys: list[int]) -> None:
    """Every key that occurs twice is among them; numpy's finds no others."""
    array = np.array(keys, np.uint64)
    twice = [Counter(keys)[key] > 1 for key in keys]
    assert plain.repeated(array).tolist() == twice
    assert all(found or not wanted for found, wanted in zip(compiled.repeated(array).tolist(), twice, strict=True))


@given(st.lists(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=9), min_size=1, max_size=5))
def test_least(runs: list[list[tuple[int, int]]]) -> None:
    """The least of each column of each run of rows, wherever in the matrix these stand."""
    matrix = np.array([row for run in runs for row in run], np.uint32)[::-1].copy()
    rows, starts = np.arange(len(matrix))[::-1].copy(), np.cumsum([0, *map(len, runs)])[:-1]
    found = plain.least(matrix, rows, starts)
    assert same(found, compiled.least(matrix, rows, starts))
    assert found.tolist() == [list(map(min, zip(*run, strict=True))) for run in runs]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), min_size=1, max_size=30))
def test_kindred(rows: list[tuple[int, int]]) -> None:
    """The first row of a key, in its document and at all, and the documents that have it; 0 is no key."""
    rows = sorted(rows, key=lambda row: row[0])
    doc, keys = (np.array(column, dtype) for column, dtype in zip(zip(*rows, strict=True), (np.int64, np.uint64), strict=True))
    found = plain.kindred(keys, doc)
    assert same(found, compiled.kindred(keys, doc))
    for row, (d, key) in enumerate(rows):
        first, there, documents = (values[row] for values in found)
        if key:
            assert rows.index((d, key)) == there
            assert [k for _, k in rows].index(key) == first
            assert documents == len({e for e, k in rows if k == key})
        else:
            assert (first, there, documents) == (row, row, 0)


@given(st.lists(st.lists(st.integers(1, 60))))
def test_numbered(texts: list[list[int]]) -> None:
    """The first key is 0, the next other one 1, and so on; each once a text."""
    keys = [key for text in texts for key in text]
    offsets, array = np.cumsum([0, *map(len, texts)]), np.array(keys, np.uint64)
    found = plain.numbered(offsets, array)
    assert same(found, compiled.numbered(offsets, array))
    order = list(dict.fromkeys(keys))
    wanted = [[order.index(key) for key in dict.fromkeys(text)] for text in texts]
    assert [part.tolist() for part in np.split(found[1], found[0][1:-1])] == (wanted or [[]])


def test_numbered_grows() -> None:
    """More keys than the table begins with room for."""
    keys = np.tile(np.arange(1, 20_000, dtype=np.uint64) * np.uint64(plain.MULTIPLIER), 2)
    offsets = np.array([0, 7, len(keys)])
    assert same(plain.numbered(offsets, keys), compiled.numbered(offsets, keys))


@given(st.lists(st.lists(st.integers(1, 9), max_size=6, unique=True), min_size=1, max_size=8), st.data())
def test_words_of_documents(texts: list[list[int]], data: st.DataObject) -> None:
    """How many documents have a word, and what of a text another text of its document says, against sets."""
    offsets = np.cumsum([0, *map(len, texts)])
    words = np.array([word for text in texts for word in text], np.uint32)
    rows = sorted(data.draw(st.sets(st.tuples(st.integers(0, 3), st.integers(0, len(texts) - 1)), min_size=1)))
    doc, text = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    speaks = np.array([data.draw(st.booleans()) for _ in rows])
    counts = plain.document_counts(offsets, words, text, doc)
    assert same(counts, compiled.document_counts(offsets, words, text, doc))
    holders = Counter(word for word, _ in {(word, d) for d, t in rows for word in texts[t]})
    assert {word: count for word, count in enumerate(counts.tolist()) if count} == holders
    weights = np.arange(10) * 3
    found = plain.taken_up(offsets, words, weights, text, doc, speaks)
    assert same(found, compiled.taken_up(offsets, words, weights, text, doc, speaks))
    for row, (d, t) in enumerate(rows):
        others = {word for other, (e, u) in enumerate(rows) if e == d and other != row and speaks[other] for word in texts[u]}
        assert found[0][row] == sum(3 * word for word in set(texts[t]))
        assert found[1][row] == sum(3 * word for word in set(texts[t]) & others)
