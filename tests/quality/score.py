"""What a cleaner removed, kept and lost, counted in words of labelled lines.

Precision, recall and F1 are those of removing boilerplate; loss is the share of content words that are gone. A line counts as
kept when the cleaned text still has it, in order (compared by its words only). Ignored and wordless lines count nowhere.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any

# A word; of Thai, kana and Han each character, since nothing shows where a word ends there.
_UNSPACED = r"\u0e00-\u0e7f\u3041-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")


def words(line: str) -> list[str]:
    """The words of a line, in lower case."""
    return _WORD.findall(line.lower())


@dataclass
class Figures:
    """Words by their truth and their fate."""

    removed: int = 0  # boilerplate that went
    left: int = 0  # boilerplate that stayed
    lost: int = 0  # content that went
    content: int = 0

    def add(self, size: int, content: bool, stays: bool) -> None:
        """Count a line of so many words."""
        self.content += size if content else 0
        self.lost += size if content and not stays else 0
        self.left += size if not content and stays else 0
        self.removed += size if not content and not stays else 0

    @property
    def precision(self) -> float:
        """Share of the removed words that were boilerplate; 1 where nothing was removed."""
        return _share(self.removed, self.removed + self.lost)

    @property
    def recall(self) -> float:
        """Share of the boilerplate that was removed; 1 where there was none."""
        return _share(self.removed, self.removed + self.left)

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    @property
    def loss(self) -> float:
        """Share of the content that was removed."""
        return self.lost / self.content if self.content else 0.0


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


@dataclass
class Scores:
    """The figures of a run by dataset, by kind of line, and what each page kept."""

    by_dataset: dict[str, Figures] = field(default_factory=lambda: defaultdict(Figures))
    by_kind: dict[str, Figures] = field(default_factory=lambda: defaultdict(Figures))
    kept: dict[str, list[bool]] = field(default_factory=dict)  # doc_id: does line i stay

    @property
    def all(self) -> Figures:
        """Over all datasets."""
        total = Figures()
        for part in self.by_dataset.values():
            total.removed, total.left = total.removed + part.removed, total.left + part.left
            total.lost, total.content = total.lost + part.lost, total.content + part.content
        return total

    def lost_lines(self, lines: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
        """Those of the given lines (doc_id, index) of scored pages that are gone; each once."""
        return [(doc, i) for doc, i in dict.fromkeys(lines) if doc in self.kept and not self.kept[doc][i]]


def kept_lines(original: Sequence[str], cleaned: Sequence[str]) -> list[bool]:
    """Which lines of the original the cleaned text still has, matched in order. Shape: as `original`."""
    keys = [" ".join(words(line)) for line in original]
    present = [(i, key) for i, key in enumerate(keys) if key]
    there = [key for key in (" ".join(words(line)) for line in cleaned) if key]
    matcher = SequenceMatcher(None, [key for _, key in present], there, autojunk=False)
    kept = [False] * len(keys)
    for start, _, size in matcher.get_matching_blocks():
        for i, _ in present[start : start + size]:
            kept[i] = True
    # Of a headline printed twice in a row one is left; that it is the first shows nowhere but here.
    for (above, key), (below, again) in pairwise(present):
        if key == again and kept[below] and not kept[above]:
            kept[above], kept[below] = True, False
    return kept


def score(
    records: Iterable[Mapping[str, Any]], cleaned: Mapping[str, str | None], families: Iterable[Sequence[str]] = ()
) -> Scores:
    """Score cleaned texts by doc_id. A page that is missing lost every line.

    Of a family of near-copies the members that went are not scored, where at least one stayed: it was right to remove them.
    """
    spared = {doc for family in families if any(doc in cleaned for doc in family) for doc in family if doc not in cleaned}
    scores = Scores()
    for record in records:
        if record["doc_id"] in spared:
            continue
        lines = record["text"].split("\n")
        kept = kept_lines(lines, (cleaned.get(record["doc_id"]) or "").split("\n"))
        scores.kept[record["doc_id"]] = kept
        ignored = record.get("ignore") or [0] * len(lines)
        kinds = record.get("kinds") or [""] * len(lines)
        for line, label, skipped, kind, stays in zip(lines, record["labels"], ignored, kinds, kept, strict=True):
            size = 0 if skipped else len(words(line))
            scores.by_dataset[record["dataset"]].add(size, bool(label), stays)
            scores.by_kind[kind].add(size, bool(label), stays)
    return scores


def surviving(families: Iterable[Sequence[str]], cleaned: Mapping[str, str | None]) -> Counter[int]:
    """How many families have how many members left: {1: all of them} is right."""
    return Counter(sum(doc in cleaned for doc in family) for family in families)


def exact_repetition(records: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The simplest cleaner: drop every line that two or more pages of its site print. Texts by doc_id."""
    pages: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for record in records:
        for line in record["text"].split("\n"):
            pages[record["dataset"], record["site"], " ".join(words(line))].add(record["doc_id"])

    def stays(record: Mapping[str, Any], line: str) -> bool:
        key = " ".join(words(line))
        return not key or len(pages[record["dataset"], record["site"], key]) < 2

    return {r["doc_id"]: "\n".join(line for line in r["text"].split("\n") if stays(r, line)) for r in records}


def shingles(text: str) -> set[tuple[str, ...]]:
    """Word 3-grams; a shorter text is one shingle."""
    tokens = words(text)
    return {tuple(tokens[i : i + 3]) for i in range(max(1, len(tokens) - 2))}


def alike(a: str, b: str) -> tuple[float, float]:
    """Exact Jaccard similarity of two texts, and containment of the smaller one, on word 3-grams."""
    left, right = shingles(a), shingles(b)
    common = len(left & right)
    return common / len(left | right), common / min(len(left), len(right))
