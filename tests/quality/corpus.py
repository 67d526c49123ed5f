"""A corpus of our own making with a label on every line: sites of articles, sidebars placed by a generator.

The same seed gives the same corpus. A record is a page: dataset, site, doc_id, text, and one entry a line in `labels`
(1 content, 0 boilerplate), `ignore` (1: a careful editor could do either: bylines, dates) and `kinds` (what the line is).
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from quality.tongues import TONGUES, Tongue

# Dataset: its language and what stands around its articles.
DATASETS: dict[str, tuple[str, tuple[str, ...]]] = {
    "doubled": ("english", ("doubled",)),
    "single": ("english", ("single",)),
    "read-more": ("english", ("more",)),
    "links": ("english", ("links",)),
    "slots": ("english", ("slots",)),
    "furniture": ("english", ("furniture",)),
    "mixed": ("english", ("furniture", "slots", "more", "doubled", "single", "links")),
    "copies": ("english", ("doubled",)),
    "chinese": ("chinese", ("furniture", "slots", "more", "doubled", "single", "links")),
    "japanese": ("japanese", ("furniture", "slots", "more", "doubled", "single", "links")),
    "thai": ("thai", ("furniture", "slots", "more", "doubled", "single", "links")),
}
WITH_COPIES = {"copies": 3, "mixed": 1, "chinese": 1, "japanese": 1, "thai": 1}  # families of near-copies a site
VERSIONS = ("verbatim", "edited", "shortened", "retitled", "extended")

Record = dict[str, Any]


@dataclass(frozen=True)
class Line:
    """A line as it is printed, with its truth."""

    text: str
    kind: str
    content: bool
    ignored: bool = False


@dataclass(frozen=True)
class Story:
    """What a teaser is cut from: a headline and paragraphs."""

    headline: str
    paragraphs: tuple[str, ...]


@dataclass
class Corpus:
    """Pages and what must become of them."""

    records: list[Record] = field(default_factory=list)
    homes: list[tuple[str, int]] = field(default_factory=list)  # doc_id and line that another page's teaser was cut from
    copies: list[list[str]] = field(default_factory=list)  # doc_ids of one article: exactly one is to survive
    quotes: list[tuple[str, int]] = field(default_factory=list)  # lines that exactly two articles print: both stay

    def only(self, dataset: str) -> Corpus:
        """The part of one dataset."""
        records = [record for record in self.records if record["dataset"] == dataset]
        here = {record["doc_id"] for record in records}
        return Corpus(
            records,
            [home for home in self.homes if home[0] in here],
            [family for family in self.copies if family[0] in here],
            [quote for quote in self.quotes if quote[0] in here],
        )


def corpus(seed: int = 1, sites: int = 2, documents: int = 12, datasets: Iterable[str] = tuple(DATASETS)) -> Corpus:
    """So many sites a dataset, so many articles a site (near-copies come on top)."""
    made = Corpus()
    for name in datasets:
        language, furniture = DATASETS[name]
        tongue = TONGUES[language](random.Random(f"{name} {seed}").randrange(2**32))
        _dataset(made, name, tongue, furniture, sites, documents)
    return made


def _dataset(made: Corpus, name: str, tongue: Tongue, furniture: tuple[str, ...], sites: int, documents: int) -> None:
    papers = [Site(name, f"{name}-{i}.example", tongue, furniture, documents) for i in range(sites)]
    for _ in range(WITH_COPIES.get(name, 0) * sites):
        story = _story(tongue)
        family = [
            story,
            *(_version(tongue, story, version) for version in tongue.random.sample(VERSIONS, tongue.random.randrange(1, 5))),
        ]
        paper = tongue.random.choice(papers)  # what another site has shortened or rewritten is another article
        made.copies.append([paper.add(version) for version in family])
    for paper in papers:
        paper.print(made)


def _story(tongue: Tongue) -> Story:
    chance = tongue.random
    lead = tongue.paragraph(1 if chance.random() < 0.1 else chance.randrange(3, 6))
    return Story(
        tongue.headline(), (lead, *(tongue.paragraph(chance.randrange(2, 6)) for _ in range(chance.choice((3, 5, 6, 8, 11)))))
    )


def _version(tongue: Tongue, story: Story, version: str) -> Story:
    """The story as another desk prints it."""
    paragraphs, headline = list(story.paragraphs), story.headline
    if version == "shortened":
        return Story(headline, tuple(paragraphs[: max(3, len(paragraphs) * 2 // 3)]))
    if version != "verbatim":
        paragraphs = [tongue.edited(p, tongue.random.randrange(3)) for p in paragraphs]
    if version == "retitled":
        headline = tongue.headline()
    if version == "extended":
        paragraphs.append(tongue.paragraph(2))
    return Story(headline, tuple(paragraphs))


class Site:
    """A newspaper: its habits are drawn once, its pages differ."""

    def __init__(self, dataset: str, host: str, tongue: Tongue, furniture: tuple[str, ...], documents: int) -> None:
        chance, words = tongue.random, tongue.furniture
        self.dataset, self.host, self.tongue, self.furniture = dataset, host, tongue, furniture
        self.stories = [_story(tongue) for _ in range(documents)]
        self.numbers = count()
        self.inside = {story: self._doc_id() for story in self.stories}
        self.copies: list[tuple[str, Story]] = []
        outside = [_story(tongue) for _ in range(documents)]
        self.pool = chance.sample([*self.stories, *outside], 2 * documents)  # by popularity
        self.staff = [tongue.person() for _ in range(4)]
        self.gap = chance.random() < 0.6  # a blank line between paragraphs
        self.navigation = chance.sample(words.navigation, 7)
        self.footer = chance.sample(words.footer, 6)
        self.more, self.over_list = tongue.pick(words.more), tongue.pick(words.lists)
        self.slots, self.fixed = chance.sample(words.slots, 4), chance.sample(words.fixed, 3)
        self.date, self.ellipsis = tongue.pick(words.dates), tongue.pick(tongue.ellipses)
        self.bar = tongue.pick((" | ", "｜", " / "))
        self.page_title = "furniture" in furniture and chance.random() < 0.5  # the headline above the navigation, too
        self.headline_twice = "furniture" in furniture and chance.random() < 0.5  # and again at once below itself
        self.teased: set[tuple[str, str]] = set()  # doc_id and kind ("title", "lead") that another page shows

    def _doc_id(self) -> str:
        return f"{self.host}/{next(self.numbers):03}"

    def add(self, story: Story) -> str:
        """Print this version of a story, too; its doc_id."""
        self.copies.append((self._doc_id(), story))
        return self.copies[-1][0]

    def print(self, made: Corpus) -> None:
        """Every page of the site, in a drawn order."""
        pages = [(doc_id, story) for story, doc_id in self.inside.items()] + self.copies
        quotes = self._quotes()
        self.tongue.random.shuffle(pages)
        printed = {doc_id: list(self._page(doc_id, story, quotes.get(doc_id, ""))) for doc_id, story in pages}
        for doc_id, lines in printed.items():
            made.records.append(self._record(doc_id, lines))
            places = list(enumerate(lines))
            made.homes += [(doc_id, i) for i, line in places if (doc_id, line.kind) in self.teased]
            made.quotes += [(doc_id, i) for i, line in places if line.kind == "quote"]

    def _quotes(self) -> dict[str, str]:
        """Statements that two articles print, by doc_id."""
        ids = self.tongue.random.sample(sorted(self.inside.values()), len(self.inside) // 6 * 2)
        shared = [self.tongue.quoted() for _ in ids[::2]]
        return {doc_id: shared[i // 2] for i, doc_id in enumerate(ids)}

    def _record(self, doc_id: str, lines: list[Line]) -> Record:
        return {
            "dataset": self.dataset,
            "site": self.host,
            "doc_id": doc_id,
            "text": "\n".join(line.text for line in lines),
            "labels": [int(line.content) for line in lines],
            "ignore": [int(line.ignored) for line in lines],
            "kinds": [line.kind for line in lines],
        }

    def _page(self, doc_id: str, story: Story, quote: str) -> Iterator[Line]:
        has = self.furniture.__contains__
        if self.page_title:
            # Which of two is the article's own headline is a matter of taste for this one, not for the one at the text.
            yield Line(story.headline, "page title", False, ignored=True)
        if has("furniture"):
            yield from (Line(item, "navigation", False) for item in self.navigation)
        yield from self._spaced(self._article(story, quote))
        yield Line("", "blank", False)
        if has("slots"):
            yield from self._slots()
        if has("more"):
            yield from (self._more(doc_id) for _ in range(self.tongue.random.randrange(1, 4)))
        if has("doubled"):
            yield from self._teasers(doc_id, doubled=True)
        if has("single"):
            yield from self._teasers(doc_id, doubled=False)
        if has("links"):
            yield from self._links(doc_id)
        if has("furniture"):
            yield from (Line(item, "footer", False) for item in self.footer)

    def _spaced(self, lines: Iterable[Line]) -> Iterator[Line]:
        for i, line in enumerate(lines):
            if i and self.gap:
                yield Line("", "blank", False)
            yield line

    def _article(self, story: Story, quote: str) -> Iterator[Line]:
        tongue, often = self.tongue, self.tongue.random.random
        yield Line(story.headline, "title", True)
        if self.headline_twice:
            yield Line(story.headline, "headline again", False)
        if often() < 0.5:
            yield Line(tongue.filled(self.date), "date", False, ignored=True)
        if often() < 0.7:
            yield Line(tongue.byline(tongue.pick(self.staff)), "byline", True, ignored=True)
        first, *body = story.paragraphs
        yield Line(first if often() < 0.8 else tongue.dateline() + first, "lead", True)
        quote_at = len(body) // 2
        for i, paragraph in enumerate(body):
            yield from self._between(story, paragraph)
            yield Line(paragraph, "body", True)
            if quote and i == quote_at:
                yield Line(quote, "quote", True)
            if "more" in self.furniture and often() < 0.15:
                yield self._more(self.inside.get(story, ""))

    def _between(self, story: Story, paragraph: str) -> Iterator[Line]:
        """What stands above a paragraph now and then."""
        tongue, drawn = self.tongue, self.tongue.random.random()
        if drawn < 0.05:
            yield Line(tongue.pick(tongue.furniture.headings), "heading", True)
        elif drawn < 0.12:
            yield Line(tongue.road(), "road", True)
        elif drawn < 0.16:
            yield Line(f"“{tongue.cut(paragraph, 14)}”", "pull quote", True)
        elif drawn < 0.20:
            yield Line(tongue.cut(tongue.sentence(), 12), "caption", True)
        elif drawn < 0.22:
            yield Line(story.headline, "headline again", False)

    def _drawn(self, doc_id: str, wanted: int, kinds: tuple[str, ...]) -> list[Story]:
        """Stories for a sidebar, the popular ones more often (Zipf); about one in seven is shown here only."""
        chance = self.tongue.random
        weights = [0.0 if self.inside.get(story) == doc_id else 1 / rank for rank, story in enumerate(self.pool, 1)]
        found: dict[Story, None] = {}
        while len(found) < wanted:
            fresh = chance.random() < 0.15
            found[_story(self.tongue) if fresh else chance.choices(self.pool, weights)[0]] = None
        self.teased |= {(self.inside[story], kind) for story in found if story in self.inside for kind in kinds}
        return list(found)

    def _teasers(self, doc_id: str, doubled: bool) -> Iterator[Line]:
        """Headline (twice, or once) and lead, cut at some length; sometimes with the words of another editor."""
        tongue, chance = self.tongue, self.tongue.random
        for story in self._drawn(doc_id, chance.randrange(3, 7), ("title", "lead")):
            cut = tongue.cut(
                story.paragraphs[0], chance.choice((24, 36, 36, 36, 50, 64)) if doubled else chance.choice((14, 20, 28))
            )
            whole = cut == story.paragraphs[0]
            if chance.random() < 0.2:
                cut = tongue.edited(cut, chance.randrange(1, 4))
            yield Line(story.headline, "doubled headline" if doubled else "single headline", False)
            if doubled:
                yield Line(story.headline, "doubled headline", False)
                yield Line("", "blank", False)
            end = "" if doubled or whole else self.ellipsis
            yield Line(cut + end, "doubled lead" if doubled else "single lead", False)
            if self.gap:
                yield Line("", "blank", False)

    def _more(self, doc_id: str) -> Line:
        (story,) = self._drawn(doc_id, 1, ("title",))
        return Line(self.more + story.headline, "read more", False)

    def _links(self, doc_id: str) -> Iterator[Line]:
        tongue = self.tongue
        yield Line(self.over_list, "list title", False)
        for story in self._drawn(doc_id, tongue.random.randrange(4, 9), ("title",)):
            tags = [tongue.topic() for _ in range(tongue.random.randrange(3))]
            yield Line(self.bar.join([story.headline, *tags]), "link", False)

    def _slots(self) -> Iterator[Line]:
        lines = [Line(self.tongue.filled(slot), "slot", False) for slot in self.slots]
        yield from [*lines[:2], *(Line(line, "share", False) for line in self.fixed), *lines[2:]]
