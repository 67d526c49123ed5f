"""Code, tables and other markup: blocks are found as CommonMark has them, are cut whole or not at all, and code never is."""

from __future__ import annotations

import random
import re

import polars as pl
import pytest
from conftest import outcome
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from writing import Writer, doubled, page

from clean.config import Config
from clean.stages.segment import segmented


def blocks(text: str) -> list[tuple[str, bool]]:
    """The segments of a text, and whether each is verbatim."""
    table = pl.DataFrame({"doc": [0], "group": ["s"], "text": [text]}, schema_overrides={"doc": pl.UInt32})
    return list(segmented(table, Config()).select("line", "verbatim").iter_rows())


# A text, its segments divided by "¦"; those that begin with "!" are never judged.
CASES = {
    "backticks": "Run:¦!```sh\nmake\n\nmake test\n```¦Done.",
    "a longer fence holds a shorter one": "!````md\n```py\nx = 1\n```\n````¦Below.",
    "a fence with a language closes nothing": "!```\nfirst\n```py\nsecond\n```¦Below.",
    "no fence behind backticks in the line": "```a``` is code, and so is¦```",
    "never closed": "Run:¦```sh¦make¦And so on.",
    "never closed, below one that is": "!```\na\n```¦b¦```py¦c",
    "indented, in a list": "1. Run:¦!   - ```sh\n     make\n     ```¦2. Look.",
    "in a quote": "!> ```sh\n> make\n>```¦Done.",
    "a quote's fence closes no other": "!```\n> ```\n```¦Done.",
    "tildes with a language": "!~~~ sh\nmake\n~~~¦Done.",
    "underlined headings": "FAQ\n~~~¦Why?¦More on it\n----------¦Because.¦Title\n===",
    "signs below a paragraph underline nothing": "A sentence that is longer than that.¦----------¦And another.",
    "nor do those below an indented line, or none": "  FAQ¦-----¦¦-----",
    "indented below two colons": "!Such as this::\n\n    x = 1\n\n      y = 2¦¦And so on.",
    "a directive": "!.. code-block:: python\n   :linenos:\n\n   x = 1¦¦And so on.",
    "directives with nothing below": "!.. include:: ships.rst¦!.. _ships:¦!.. _`the ships`: https://example.org",
    "where a link leads may stand below": "!.. _ships:\n   https://example.org/ships¦¦And so on.",
    "a footnote is text": ".. [1] Of the ships.¦¦And so on.",
    "dots that say nothing": ".. and so on.¦.. comment",
    "colons above what is not indented": "See std::¦And so on.",
    "front matter": '!---\ntitle: "Ships: a list"\ntags:\n  - sea\n# none\n---¦# Ships¦Text.',
    "front matter in TOML": '!+++\ntitle = "Ships"\n+++¦# Ships',
    "front matter with line breaks of Windows": "!---\r\ntitle: Ships\r\n---¦# Ships",
    "front matter of any make": "!+++\n[extra]\na = 1\n+++¦Text.",
    "fields go on at the margin": '!---\ntitle: "Ships\nand boats"\ntags:\n- sea\n---¦Text.',
    "a header": "!From: Anna\nSubject: ships\n\tand boats\nDate: today¦¦Hello:¦A: b¦C: d¦E: f",
    "a header of a mailbox, a tiddler's": "!From anna@example.org Mon Nov 2 2026\nfrom: Anna\nto: Ben\ndate: today¦¦Hello.",
    "two fields are no header": "From: Anna¦Subject: ships¦¦Hello.",
    "nor are three above a text": "From: Anna¦Subject: ships¦Date: today¦Hello.",
    "rules are no front matter": "---¦A sentence about ships.¦---¦And another.",
    "front matter stands at the top": "# Ships¦---¦title: Ships¦---",
    "a comment": "Above.¦<!-- not for\nreaders -->¦Below.",
    "a comment in one line": "Above.¦<!-- not for readers -->¦Below.",
    "a comment that holds a fence": "<!--\n```\n-->¦Text.¦```",
    "a comment in code": "!```html\n<!--\n```¦Text. -->",
    "two comments": "<!-- one --> and <!-- two\nlines --> here¦Below.",
    "elements": "!<pre class='x'>\na\n\nb\n</pre>¦<pre>c</pre>¦!<SCRIPT>\nx()\n</script>¦Below.",
    "an element is closed by its own end": "!<pre>\n</script>\n</pre>¦Below.",
    "a preface is no <pre>": "<preface>a¦b</pre>",
    "a table": "Ships:¦!| name | tons |\n|---|--:|\n| Anna | 12 |¦Below.",
    "bars alone are no table": "| Home | News |¦| Sport | Weather |",
    "a grid": "Ships:¦!+------+------+\n| name | tons |\n+======+======+\n| Anna | 12   |\n+------+------+¦Below.",
    "a table between borders": "Ships:¦!====  ====\nname  tons\n====  ====\nAnna  12\n\nBen   3\n====  ====¦¦Below.",
    "at the end of a text": "Ships:¦!====  ====\nAnna  12\n====  ====",
    "borders that no blank line ends": "Ships:¦====  ====¦name  tons¦====  ====¦Below.",
    "a border above a blank line opens nothing": "Ships:¦====  ====¦¦Anna¦====  ====¦¦Ben",
    "a table of elements": "!<table class='x'>\n<tr><td>Anna</td></tr>\n</table>¦Below.",
    "a row of dashes is no table's first": "Above.¦|---|---|¦| a | b |",
    "tags": '!<div class="note">¦Careful.¦!</div>¦!</td></tr>',
    "tags that nothing ends": "</p> a¦<br>¦<img src='a'>¦<Advert id='3'/>",
    "addresses are no tags": "a</b>¦<https://example.org/a>¦<me@example.org>",
    "where links lead": "See [the ships][1].¦![1]: https://example.org/ships¦![name]: <a.html>¦[Name]: a colon.",
    "admonitions and templates": "!::: warning¦Careful.¦:::¦!/// note | Details¦Text.¦///¦!{% include head.html %}",
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_blocks(case: str) -> None:
    """Each is one segment, with all its lines, and code and tags are marked."""
    expected = [(part.removeprefix("!"), part.startswith("!")) for part in case.split("¦")]
    assert blocks("\n".join(part for part, _ in expected)) == expected


def test_a_document_that_is_wrapped_keeps_its_code_apart() -> None:
    """Its lines are no reason to take it for wrapped, and no paragraph goes on into it or out of it."""
    paragraph = (
        "the sea was grey and the sky was as well and so was\nthe harbour that we came from and the town\nthat we sailed to"
    )
    code = "```\nfor each of the many ships that we have ever seen in it\ncount the many sails of it and then count\nthem\n```"
    text = "\n".join([paragraph, code, paragraph, "\n<!-- a comment that\ngoes on -->", paragraph])
    assert [line for line, _ in blocks(text) if line] == [
        paragraph,
        code,
        paragraph,
        "<!-- a comment that\ngoes on -->",
        paragraph,
    ]
    assert [line for line, _ in blocks(code.replace("```", "", 1))][1:3] != [code]


FRAGMENTS = ["Some prose.", "", "```", "```py", "````", "~~~~ sh", "> ```", "x = 1", "``` a`b", "- item", "a ``` b"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=16))
def test_fences_are_those_of_commonmark(lines: list[str]) -> None:
    """As markdown-it finds them, down to one that is never closed."""
    theirs, below = [], len(lines)
    fences = [token for token in MarkdownIt("commonmark").parse("\n".join(lines)) if token.type == "fence"]
    for fence in fences:
        first, end = fence.map or (0, 0)
        if end - first > 1 and re.fullmatch(rf"{fence.markup}[`~]*", lines[end - 1]):
            theirs.append("\n".join(lines[first:end]))
        else:
            below = first
            break
    assert [line for line, verbatim in blocks("\n".join(lines[:below])) if verbatim] == theirs


def reference(pages: int, seed: int) -> dict[str, str]:
    """Pages of a reference in Markdown: the same headings, commands and tables on all, and a sidebar below."""
    writer, rng = Writer(seed), random.Random(seed)
    bar = page(["Related", doubled([writer.teaser() for _ in range(3)])])
    front = "---\nlayout: page\ntoc: true\n---"
    code = "```console\n$ make\n$ make test\n\nall is well\n```"
    texts = {}
    for number in range(pages):
        own = f"```py\nimport ships\nships.sail({number}, '{writer.headline()}')\n```"
        parts = [front, f"# {writer.headline()}", writer.paragraph(4), "## Install", writer.paragraph(2), code, "## Example"]
        parts += [rng.choice([own, code]), own, '<div class="tip">', writer.paragraph(3), "</div>"]
        parts += ["## Recap", writer.paragraph(3), "## Options", code, "Taken over from all ships:", ".. include:: ships.rst"]
        texts[f"d{number}"] = "\n\n".join([*parts, bar])
    return texts


@pytest.mark.parametrize("seed", range(3))
def test_code_and_what_heads_it_stay(seed: int) -> None:
    """Though each page of a reference prints the same; and what stands below still goes, and goes at once."""
    texts = reference(12, seed)
    done = outcome(texts)
    kept = done.texts["text"].to_list()
    assert len(kept) == len(texts)
    for text, left in zip(texts.values(), kept, strict=True):
        above, _, bar = text.partition("\n\nRelated\n")
        assert left.startswith(above)
        assert bar not in left
    assert outcome({str(number): text for number, text in enumerate(kept)}).texts["text"].to_list() == kept
