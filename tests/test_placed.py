"""Sidebars of four shapes placed into articles: they go, and nothing of an article goes with them."""

from __future__ import annotations

import pytest
from conftest import Cleaner
from quality.score import score
from writing import Writer, lead

ARTICLES = 24
Line = tuple[str, bool]  # and whether it is content


def placed(writer: Writer, shape: str, article: list[str], others: list[list[str]]) -> list[Line]:
    """The article with teasers of the others: below it, or for the "read more" shapes between its paragraphs."""
    lines = [(line, True) for line in article]
    phrase = {"read more": "Read more: ", "see also": "SEE ALSO - ", "no mark": "LEA TAMBIÉN "}.get(shape)
    below: list[str] = []
    for other in others:
        if phrase:
            lines.insert(writer.random.randrange(2, len(lines)), (phrase + other[0], False))
        elif shape == "rubrics":
            below.append(f"{writer.pick('TOPICS').capitalize()}: {other[0]}")
        elif shape == "doubled":
            below += [other[0], other[0], lead(other[2], writer.random.choice((40, 50, 60)))]
        elif shape == "single":
            below += [other[0], lead(other[2], writer.random.choice((18, 25, 30))) + "..."]
        else:
            below += [f"{other[0]} | {writer.pick('TOPICS')} | {writer.pick('TOPICS')}"]
    return lines + [(line, False) for line in below]


@pytest.mark.parametrize("once", [False, True])
@pytest.mark.parametrize("shape", ["doubled", "single", "read more", "see also", "no mark", "links", "rubrics"])
def test_placed_sidebars_go_and_articles_stay(cleaned: Cleaner, shape: str, *, once: bool) -> None:
    """F1 of removal at least .97 and at most .3 % of the content lost; no headline, no lead and no shared statement is.

    `once`: no teaser is printed twice, and none has its article in the corpus.
    """
    writer = Writer(31)
    stories = [writer.article(7, 3) for _ in range(2 * ARTICLES)]
    pool, quote = stories[ARTICLES // 2 : 2 * ARTICLES], f'"{writer.paragraph(2)}" the mayor said.'
    for story in stories[:2]:
        story.insert(4, quote)
    records = []
    for number, story in enumerate(stories[:ARTICLES]):
        known = writer.random.sample([other for other in pool if other is not story], 4)
        others = [writer.article(1, 3) for _ in range(4)] if once else known
        lines = placed(writer, shape, story, others)
        text, labels = "\n".join(line for line, _ in lines), [int(content) for _, content in lines]
        records.append({"dataset": shape, "site": "", "doc_id": f"d{number}", "text": text, "labels": labels})
    result = cleaned({record["doc_id"]: record["text"] for record in records})
    figures = score(records, result).all
    assert figures.f1 >= 0.97 and figures.loss <= 0.003
    for number, story in enumerate(stories[:ARTICLES]):
        left = result[f"d{number}"].split("\n")
        assert left[0] == story[0] and story[2] in left
        assert (quote in left) == (quote in story)
