"""News of any size, as JSON Lines: `python -m bench.corpus OUT.jsonl --mb 100`. The same seed gives the same bytes.

A document is an article of 6 to 11 kB and below it four to eight blurbs (headline, headline again, cut lead) of other
articles of its site. Words are drawn by Zipf's law from 50,000, so that unrelated paragraphs share hardly a word 3-gram
and no sentence is printed twice by accident, as it would be with a list of sentences. Sites appear sixteen at a time and
their documents mixed, so that the memory in use does not grow with the corpus.
"""

from __future__ import annotations

import argparse
import itertools
import random
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from writing import doubled, lead, page

VOCABULARY = 50_000
DOCUMENT_BYTES = 10_600  # at the mean, its record's other fields among it
SITE_DOCUMENTS = (200, 2_000)
SITES_AT_A_TIME = 16
RECENT = 64  # articles that a near-copy is made of
EDITED_BLURBS, NEAR_COPIES, MANGLED = 0.10, 0.02, 0.01


def _even(parts: str, share: float) -> dict[str, float]:
    return dict.fromkeys(parts.split(), share)


FUNCTION_WORDS = tuple(
    _even(
        """the of and to a in that is was for on with as by at from it he his be are has had not but which their were have an
        who its this they will been would she or said one more when her about up after there out than into we so all no also can
        if other some two over first last new year years could people time them what only most do between under before where
        because through during against both while each many much such those these then now well even still since how any own too
        just may made down off""",
        1,
    )
)
# Parts of a made-up syllable and how often each is taken.
ONSETS = _even("b c d f g h l m n p r s t v w", 4) | _even("ch cl dr fl gr j k pl pr sh st th tr", 1)
VOWELS = {"a": 18, "e": 24, "i": 16, "o": 16, "u": 8} | _even("ai ea ie oo ou", 2) | {"é": 0.5, "ö": 0.3}
CODAS = {"": 40.0} | _even("l m n r s t", 5) | _even("nd nt st ck ng y", 2)
SYLLABLE_SHARES = (0.06, 0.46, 0.34, 0.14)  # words of one, two, three, four

# A word as it stands in a sentence: in the middle, first, last, and so on. {0} is the word, {1} the word capitalised.
FORMS = ("{0}", "{1}", "{0}.", "{0},", "“{1}", "{0}.”", "{0}’s", "{0} &amp;", "{0} —")
PLAIN, FIRST, LAST, COMMA, OPEN, CLOSE, OWNER, ENTITY, DASH = range(len(FORMS))

# What Windows-1252 prints for the bytes 0x80 to 0x9f. It leaves five of them out; those stay control characters.
WINDOWS = {byte: bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(0x80, 0xA0)}


@dataclass(frozen=True)
class Plan:
    """What to write. Without `grouped`, records have no site, and their addresses are of one host."""

    mb: float
    seed: int = 1
    sites: int | None = None  # else as many as give each 200 to 2,000 documents
    grouped: bool = True


@dataclass(frozen=True)
class Document:
    """A document and what is true of it."""

    record: dict[str, str]  # id, site (where sites are named), url, text
    blurbs: tuple[tuple[str, bool], ...]  # id of the article it was cut from, and whether words of it were edited
    copy_of: str | None  # the id of the article it is a near-copy of
    mangled: int  # paragraphs that are mojibake


@dataclass
class Written:
    """What a file holds."""

    documents: int = 0
    size: int = 0  # bytes
    sites: int = 0
    blurbs: int = 0
    edited: int = 0
    copies: int = 0
    mangled: int = 0  # documents with mojibake

    @property
    def mb(self) -> float:
        """Its size in megabytes (millions of bytes)."""
        return self.size / 1e6


def write(path: Path, plan: Plan) -> Written:
    """Write a corpus of about `plan.mb` megabytes as JSON Lines."""
    done, encode, sites = Written(), msgspec.json.Encoder().encode, set()
    with path.open("wb") as file:
        for document in documents(plan):
            done.size += file.write(encode(document.record) + b"\n")
            done.documents += 1
            sites.add(document.record["url"].split("/")[2])
            done.blurbs += len(document.blurbs)
            done.edited += sum(edited for _, edited in document.blurbs)
            done.copies += document.copy_of is not None
            done.mangled += document.mangled > 0
    done.sites = len(sites)
    return done


def documents(plan: Plan) -> Iterator[Document]:
    """The documents of a corpus, made while they are asked for."""
    desk = Desk(plan.seed)
    coming = enumerate(_sizes(plan, desk.chance))
    live = [Site(desk, number, size) for number, size in itertools.islice(coming, SITES_AT_A_TIME)]
    recent: deque[tuple[str, list[str]]] = deque(maxlen=RECENT)
    while live:
        site = desk.chance.choice(live)
        yield site.next(recent, plan.grouped)
        if site.finished:
            live.remove(site)
            live += [Site(desk, number, size) for number, size in itertools.islice(coming, 1)]


def _sizes(plan: Plan, chance: random.Random) -> Iterator[int]:
    """The number of documents of each site."""
    total = max(1, round(plan.mb * 1e6 / DOCUMENT_BYTES))
    if plan.sites is not None:
        yield from (len(part) for part in np.array_split(range(total), min(plan.sites, total)))
        return
    low, high = SITE_DOCUMENTS
    while total:
        size = round(low * (high / low) ** chance.random())  # many small sites, a few large ones
        size = total if total < size + low else size
        total -= size
        yield size


# ---------------------------------------------------------------- prose


Numbers = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Lexicon:
    """The words, the same for every seed: as they are, in each of FORMS, and how often each is drawn."""

    words: list[str]
    forms: np.ndarray[Any, np.dtype[np.object_]]  # FORMS x words
    table: Numbers  # each word's number as often as its share is: a draw is a look into it


@cache
def lexicon() -> Lexicon:
    """Made once: it takes half a second."""
    words = _vocabulary(np.random.default_rng(VOCABULARY))
    forms = np.array([form.format(word, word.capitalize()) for form in FORMS for word in words], dtype=object)
    share = 1 / (np.arange(VOCABULARY) + 2.7)  # Zipf's law, as Mandelbrot corrected it for the most frequent words
    often = np.maximum(1, np.round(share / share.sum() * 2**21)).astype(np.int64)
    return Lexicon(words, forms, np.repeat(np.arange(VOCABULARY), often))


class Desk:
    """Writes paragraphs and headlines, drawn from one seed, thousands of words at a time."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.numbers = np.random.default_rng(seed)
        self.lexicon = lexicon()
        self.paragraphs, self.headlines = self._paragraphs(), self._headlines()

    def word(self) -> str:
        """Any word; the rare ones as often as the common."""
        return self.chance.choice(self.lexicon.words)

    def edited(self, text: str, words: int) -> str:
        """The text with so many of its words replaced."""
        pieces = text.split(" ")
        for at in self.chance.sample(range(len(pieces)), min(words, len(pieces))):
            pieces[at] = self.word()
        return " ".join(pieces)

    def _paragraphs(self) -> Iterator[str]:
        while True:
            lengths = self.numbers.integers(40, 121, 400)
            ends = np.cumsum(lengths)
            tokens = self._tokens(ends)
            for start, end in zip((ends - lengths).tolist(), ends.tolist(), strict=True):
                yield " ".join(tokens[start:end])

    def _headlines(self) -> Iterator[str]:
        while True:
            lengths = self.numbers.integers(6, 14, 400)
            ends = np.cumsum(lengths)
            form = np.full(ends[-1], PLAIN)
            form[ends - lengths] = FIRST
            tokens = self._drawn(form)
            for start, end in zip((ends - lengths).tolist(), ends.tolist(), strict=True):
                yield " ".join(tokens[start:end])

    def _tokens(self, ends: Numbers) -> list[str]:
        """Words in sentences of nine to twenty-seven words; each of `ends` ends a paragraph, and so a sentence."""
        total, drawn = int(ends[-1]), self.numbers
        last = np.zeros(total + 4, dtype=bool)
        stops = np.cumsum(drawn.integers(9, 28, total // 9 + 1))
        last[stops[stops < total] - 1] = True
        for step in range(1, 5):  # no sentence of fewer than five words
            last[ends - 1 - step] = last[ends - 1 + step] = False
        last[ends - 1] = True
        last = last[:total]
        first = np.roll(last, 1)
        quoted = (drawn.random(int(first.sum())) < 0.06)[np.cumsum(first) - 1]
        form, luck = np.full(total, PLAIN), drawn.random(total)
        for share, kind in ((0.062, COMMA), (0.011, OWNER), (0.003, DASH), (0.001, ENTITY)):
            form[luck < share] = kind
        form[first] = np.where(quoted, OPEN, FIRST)[first]
        form[last] = np.where(quoted, CLOSE, LAST)[last]
        return self._drawn(form)

    def _drawn(self, form: Numbers) -> list[str]:
        """Words by Zipf's law, each in its form."""
        table = self.lexicon.table
        drawn: list[str] = self.lexicon.forms[form * VOCABULARY + table[self.numbers.integers(0, len(table), len(form))]].tolist()
        return drawn


def _vocabulary(numbers: np.random.Generator) -> list[str]:
    """50,000 different words, the commonest first: English ones, then made-up ones and numbers, the shorter the commoner."""
    shape = (2 * VOCABULARY, len(SYLLABLE_SHARES))
    counts = numbers.choice(len(SYLLABLE_SHARES), 2 * VOCABULARY, p=SYLLABLE_SHARES).tolist()
    parts = [numbers.choice(list(found), shape, p=_shares(found)).tolist() for found in (ONSETS, VOWELS, CODAS)]
    made = [
        "".join(map("".join, zip(*(part[: count + 1] for part in word), strict=True)))
        for count, *word in zip(counts, *parts, strict=True)
    ]
    sums = [f"{number:,}" for number in (*range(3, 100), *range(1_950, 2_030), *range(10_000, 900_000, 2_500))]
    others = [word for word in dict.fromkeys([*sums, *made]) if word not in FUNCTION_WORDS][: VOCABULARY - len(FUNCTION_WORDS)]
    # a word twice as long is, by and large, rarer; chance does the rest
    rank = np.argsort(np.array([len(word) for word in others]) * numbers.uniform(0.3, 1.7, len(others)), kind="stable")
    return [*FUNCTION_WORDS, *(others[at] for at in rank.tolist())]


def _shares(weights: Mapping[str, float]) -> list[float]:
    return [weight / sum(weights.values()) for weight in weights.values()]


def mangled(text: str) -> str:
    """The text as a program shows it that takes its UTF-8 for Windows-1252."""
    return text.encode().decode("latin-1").translate(WINDOWS)


# ---------------------------------------------------------------- sites


class Site:
    """A newspaper: its headlines and leads are written first, because any article may be announced below any other."""

    def __init__(self, desk: Desk, number: int, documents: int) -> None:
        self.desk, self.documents = desk, documents
        self.name = f"site{number:04}"
        self.printed = 0
        self.headlines = list(itertools.islice(desk.headlines, documents))
        self.leads = list(itertools.islice(desk.paragraphs, documents))
        self.cuts = desk.numbers.integers(25, 61, documents).tolist()
        self.copies = desk.numbers.random(documents) < NEAR_COPIES
        self.copies[0] = False  # there is nothing to copy before the first article
        self.blurbs = self._sidebars()

    @property
    def finished(self) -> bool:
        """Whether all its documents are printed."""
        return self.printed == self.documents

    def next(self, recent: deque[tuple[str, list[str]]], grouped: bool) -> Document:
        """The next document; an article joins `recent`, a near-copy is made of one of those."""
        number, chance = self.printed, self.desk.chance
        self.printed += 1
        doc_id, original, broken = self._id(number), None, 0
        if self.copies[number]:
            original, paragraphs = chance.choice(recent)
            paragraphs = list(paragraphs)
            for _ in range(chance.randrange(1, 4)):
                at = chance.randrange(1, len(paragraphs))
                paragraphs[at] = self.desk.edited(paragraphs[at], chance.randrange(1, 3))
        else:
            paragraphs = self._article(number)
            recent.append((doc_id, paragraphs))
        if chance.random() < MANGLED:
            paragraphs, broken = _broken(paragraphs, chance)
        shown, texts = self._sidebar(number)
        site = {"site": self.name} if grouped else {}
        host = self.name if grouped else "news"
        record = {"id": doc_id, **site, "url": f"https://{host}.example/{doc_id}", "text": page([*paragraphs, doubled(texts)])}
        return Document(record, shown, original, broken)

    def _id(self, number: int) -> str:
        return f"{self.name}-{number:05}"

    def _article(self, number: int) -> list[str]:
        paragraphs, size = [self.headlines[number], self.leads[number]], 0
        size = sum(map(len, paragraphs))
        wanted = self.desk.chance.randrange(6_000, 10_100)
        while size < wanted:
            paragraphs.append(next(self.desk.paragraphs))
            size += len(paragraphs[-1]) + 2
        return paragraphs

    def _sidebars(self) -> list[list[int]]:
        """For each document, candidates for its sidebar: articles of the site by Zipf's law, some of them twice."""
        pool = self.desk.numbers.permutation(np.flatnonzero(~self.copies))
        popular = np.cumsum(1 / np.arange(1, len(pool) + 1))
        draws = np.searchsorted(popular / popular[-1], self.desk.numbers.random((self.documents, 16)))
        candidates: list[list[int]] = pool[draws].tolist()
        return candidates

    def _sidebar(self, number: int) -> tuple[tuple[tuple[str, bool], ...], list[tuple[str, str]]]:
        """Four to eight blurbs of other articles (fewer on a very small site): what they are, and headlines and leads."""
        chance = self.desk.chance
        shown, texts = [], []
        for other in [one for one in dict.fromkeys(self.blurbs[number]) if one != number][: chance.randrange(4, 9)]:
            text, changed = lead(self.leads[other], self.cuts[other]), chance.random() < EDITED_BLURBS
            if changed:
                text = self.desk.edited(text, chance.randrange(1, 4))
            shown.append((self._id(other), changed))
            texts.append((self.headlines[other], text))
        return tuple(shown), texts


def _broken(paragraphs: Sequence[str], chance: random.Random) -> tuple[list[str], int]:
    """One to three paragraphs of a document as mojibake; plain ASCII cannot break."""
    able = [at for at, text in enumerate(paragraphs) if at and not text.isascii()]
    chosen = set(chance.sample(able, min(len(able), chance.randrange(1, 4))))
    return [mangled(text) if at in chosen else text for at, text in enumerate(paragraphs)], len(chosen)


def main() -> None:
    """Parse, write, say what was written."""
    parser = argparse.ArgumentParser(prog="bench.corpus", description=__doc__.partition("\n")[0])
    parser.add_argument("path", type=Path, metavar="OUT.jsonl")
    parser.add_argument("--mb", type=float, default=10.0, help="megabytes, about (default: 10)")
    parser.add_argument("--seed", type=int, default=1, help="(default: 1)")
    parser.add_argument("--sites", type=int, help="how many (default: so that each has 200 to 2,000 documents)")
    parser.add_argument("--no-site", action="store_true", help="no field `site`, and one host in every url: one group")
    given = parser.parse_args()
    print(write(given.path, Plan(given.mb, given.seed, given.sites, not given.no_site)))


if __name__ == "__main__":
    main()
