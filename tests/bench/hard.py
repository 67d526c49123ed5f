"""Inputs that break naive programs, each written in little memory; sizes at scale 1 are those in the names."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
from writing import lead

from bench.corpus import Desk, mangled

MB = 1_000_000


@dataclass(frozen=True)
class Case:
    """A name as the table prints it, the file's suffix, and what writes it at a scale."""

    name: str
    suffix: str
    write: Callable[[Path, float, Desk], None]


def _times(count: int, scale: float) -> int:
    return max(2, round(count * scale))


def _records(path: Path, texts: Iterator[str]) -> None:
    """A record a text, all of one site."""
    encode = msgspec.json.Encoder().encode
    with path.open("wb") as out:
        for number, text in enumerate(texts):
            out.write(encode({"id": f"d{number:07}", "url": f"https://hard.example/{number}", "text": text}) + b"\n")


def _pieces(desk: Desk, size: int) -> Iterator[str]:
    """Paragraphs of together `size` bytes or a little more, each with a space behind it."""
    while size > 0:
        piece = next(desk.paragraphs) + " "
        size -= len(piece.encode())
        yield piece


def long_text(path: Path, scale: float, desk: Desk) -> None:
    """One line of 300 MB, nothing else, as a text file."""
    with path.open("w", encoding="utf-8") as out:
        out.writelines(_pieces(desk, round(300 * MB * scale)))


def long_record(path: Path, scale: float, desk: Desk) -> None:
    """The same as one JSONL record. The prose needs no escapes, so it is written a piece at a time."""
    with path.open("w", encoding="utf-8") as out:
        out.write('{"id":"long","url":"https://hard.example/long","text":"')
        out.writelines(_pieces(desk, round(300 * MB * scale)))
        out.write('"}\n')


def short_documents(path: Path, scale: float, desk: Desk) -> None:
    """A million documents of 20 words."""

    def texts() -> Iterator[str]:
        words: list[str] = []
        for _ in range(_times(1_000_000, scale)):
            while len(words) < 20:
                words += next(desk.paragraphs).split(" ")
            yield " ".join(words[:20])
            del words[:20]

    _records(path, texts())


def repeated(path: Path, scale: float, desk: Desk) -> None:
    """One document, a headline and forty words, a million times."""
    text = f"{next(desk.headlines)}\n\n{lead(next(desk.paragraphs), 40)}."
    _records(path, itertools.repeat(text, _times(1_000_000, scale)))


def template(path: Path, scale: float, desk: Desk) -> None:
    """50,000 documents of one template: eight sentences alike but for their numbers."""
    clauses = [next(desk.headlines) for _ in range(8)]

    def texts() -> Iterator[str]:
        for number in range(_times(50_000, scale)):
            figures = desk.numbers.integers(100, 1_000_000, 24).tolist()
            lines = [
                f"{clause}: {figures[3 * at]:,} of {figures[3 * at + 1]:,}, {figures[3 * at + 2] / 100} % more than before."
                for at, clause in enumerate(clauses)
            ]
            yield "\n\n".join([f"Result {number}", *lines])

    _records(path, texts())


def mojibake(path: Path, scale: float, desk: Desk) -> None:
    """2 MB in which nearly every character is broken: words of accented letters, read with the wrong code page."""
    letters = "àâäçèéêëîïôöùûüñß"

    def texts() -> Iterator[str]:
        left = round(2 * MB * scale)
        while left > 0:
            drawn = desk.numbers.integers(0, len(letters), (200, 5)).tolist()
            words = ["".join(letters[at] for at in word) for word in drawn]
            text = mangled("\n".join(" ".join(words[at : at + 20]) for at in range(0, 200, 20)))
            left -= len(text.encode())
            yield text

    _records(path, texts())


def teasers(path: Path, scale: float, desk: Desk) -> None:
    """A million teasers, each but for one word the same as the others, ten below a paragraph: all meet in one LSH bucket."""
    headline, paragraph = next(desk.headlines), next(desk.paragraphs).split(" ")
    words = paragraph[:40]

    def teaser() -> str:
        at = desk.chance.randrange(10, len(words))
        return " ".join([*words[:at], desk.word(), *words[at + 1 :]])

    def texts() -> Iterator[str]:
        for _ in range(_times(100_000, scale)):
            yield "\n\n".join(
                [next(desk.headlines), next(desk.paragraphs), *(f"{headline}\n{headline}\n\n{teaser()}" for _ in range(10))]
            )

    _records(path, texts())


CASES = (
    Case("one line of 300 MB, .txt", ".txt", long_text),
    Case("one line of 300 MB, one JSONL record", ".jsonl", long_record),
    Case("a million documents of 20 words", ".jsonl", short_documents),
    Case("one document a million times", ".jsonl", repeated),
    Case("50,000 documents of one template, other numbers", ".jsonl", template),
    Case("2 MB of dense mojibake", ".jsonl", mojibake),
    Case("a million near-identical teasers in one bucket", ".jsonl", teasers),
)
