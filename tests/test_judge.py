"""The rules of `judge`, one by one, on lines whose odds and evidence are given: what decides, and where it ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from writing import Writer

from clean.config import Config
from clean.schema import KNOWN_RULE, SEGMENTS, SHAPES, Schema
from clean.stages import judge as steps
from clean.stages.judge import JUDGED, LINES, judge, with_homes_that_stay
from clean.stages.judge.blocks import BLOCKED, CUT, NAMED
from clean.stages.judge.situation import SITUATED

LIKELY, UNLIKELY = 9.0, -9.0
Line = tuple[str, float] | tuple[str, float, dict[str, Any]]
PROSE = [Writer(70 + number).paragraph(3) for number in range(60)]


def judged(*pages: Sequence[Line], **settings: Any) -> list[list[tuple[str | None, str | None]]]:
    """Of each line of each document of one site: the rule, and why it stays. A line is its text, its log-odds, what else is known."""
    told = told_of(*pages, **settings)
    return [told.filter(doc=doc).select("rule", "stays").rows() for doc in range(len(pages))]


def told_of(*pages: Sequence[Line], shapes: dict[str, int] | None = None, site: str = "", **settings: Any) -> pl.DataFrame:
    """JUDGED of the same, in order; `shapes`: those that earlier runs have learned of `site`, with their examples."""
    texts = [[line[0] for line in page] for page in pages]
    held, met = [set(lines) for lines in texts], [set(pairwise(lines)) for lines in texts]
    numbers: dict[str, int] = {}
    rows = []
    for doc, page in enumerate(pages):
        for seg, (line, odds, *more) in enumerate(page):
            number = numbers.setdefault(line, len(numbers))
            rows.append(
                {
                    "doc": doc, "group": "", "seg": seg, "start": 999 * seg, "end": 999 * seg + 999, "line": line,
                    "passage": number, "cluster": number, "tokens": len(line.split()), "similarity": 1.0, "logit": odds,
                    "docs": sum(line in lines for lines in held), "site_docs": len(pages), "home": False,
                    "headline": seg == 0, "heads_another": False, "mentions": False, "support": 0, "ended": 0,
                    "beside": max(sum(pair in pairs for pairs in met) for pair in pairwise(["", *texts[doc], ""][seg : seg + 3])),
                    "taken": -1.0, "recalled": 0, "known_passage": None, "known_similarity": None, "recalled_alone": False,
                    "below_text": False, "above_verbatim": False, "went": 999_999,
                }
                | (more[0] if more else {})
            )  # fmt: skip
    learned = [{"group": site, "shape": shape, "examples": examples} for shape, examples in (shapes or {}).items()]
    return judge(pl.DataFrame(rows, schema=LINES), Config(**settings), pl.DataFrame(learned, schema=SHAPES)).sort("doc", "seg")


@pytest.mark.parametrize(
    ("step", "adds"), [("situate", SITUATED), ("in_blocks", BLOCKED), ("naming", NAMED), ("cut_blocks", CUT), ("pointing", {})]
)
def test_each_step_adds_the_columns_it_says(step: str, adds: Schema, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of its schema and no other, in a corpus with blocks, pointers and repetitions."""
    run, added = getattr(steps, step), []

    def noted(told: pl.DataFrame, *more: Any) -> pl.DataFrame:
        after: pl.DataFrame = run(told, *more)
        added.append({name: dtype for name, dtype in after.schema.items() if name not in told.columns})
        return after

    monkeypatch.setattr(steps, step, noted)
    block = [("A teaser about the harbour", LIKELY), ("A teaser about the harbour", LIKELY), (PROSE[0][:120] + "...", LIKELY)]
    judged(*([(f"Headline number {n} of this site", UNLIKELY), (PROSE[n + 1], UNLIKELY), *block] for n in range(4)))
    assert added == [adds]


BUTTONS = ["Print", "Share", "Save", "Serves 4", "Cooking: 20 minutes", "Rate it"]


def recipe(number: int, *, buttons: Sequence[str], listed: Sequence[str], listed_above: Sequence[str] = ()) -> list[Line]:
    """A page whose title stands behind navigation and above buttons, and is listed by other pages."""
    lines = ["Home", "Search", *listed_above, TITLES[number], *buttons]
    return [*((line, LIKELY) for line in lines), (PROSE[number], UNLIKELY), *((line, LIKELY) for line in listed)]


TITLES = ["Onion pie of Harwick", "Leek and barley soup", "Salt cake with lemon", "Five grain bread for winter"]


@pytest.mark.parametrize(
    ("buttons", "above", "stays"),
    [
        (BUTTONS, [], True),  # none of them counts
        (["one of its own", "two of its own", "three of its own", "four of its own"], [], False),
        (BUTTONS * 3, [], False),  # too far above
        (BUTTONS, TITLES, False),  # another page lists it above its text as well: nothing tells which is home
    ],
)
def test_a_title_above_buttons_is_at_home(buttons: list[str], above: list[str], stays: bool) -> None:
    """Behind navigation, above "Print" and "Share": of all copies the only one above a text of its own."""
    own = [f"{line} {{}}" if "own" in line else line for line in buttons]
    pages = [
        recipe(
            n, buttons=[line.format(n) for line in own], listed=TITLES[:n] + TITLES[n + 1 :], listed_above=above if n == 3 else ()
        )
        for n in range(4)
    ]
    told = judged(*pages)
    assert [rules[2][0] for rules in told[:3]] == [None if stays else "furniture"] * 3
    assert {rule for rules in told[:3] for rule, _ in rules[-3:]} == {"furniture"}


def verdicts(*pages: Sequence[Line], **settings: Any) -> list[dict[str, tuple[str | None, str | None]]]:
    """The same by line, where no document prints one twice."""
    return [
        {line[0]: told for line, told in zip(*both, strict=True)} for both in zip(pages, judged(*pages, **settings), strict=True)
    ]


def page(number: int, *more: Line) -> list[Line]:
    """A headline, four paragraphs of the document's own, and some lines."""
    own: list[Line] = [(text, UNLIKELY) for text in PROSE[4 * number : 4 * number + 4]]
    return [(f"What happened on day number {number} of it", UNLIKELY), *own, *more]


def rule_of(line: Line, *, where: str = "end") -> str | None:
    """The rule for a line that stands at the end, at the top or in the middle of two documents."""
    pages = [page(number) for number in range(2)]
    for lines in pages:
        lines.insert({"end": len(lines), "top": 1, "middle": 3}[where], line)
    return verdicts(*pages)[1][line[0]][0]


@pytest.mark.parametrize(
    ("known", "rule"),
    [
        ({}, "furniture"),
        ({"heads_another": True}, "shared-teaser"),
        ({"home": True}, None),
        ({"headline": True}, None),
        ({"logit": 3.0}, "furniture"),  # log 19 is 2.94
        ({"logit": 2.9}, None),
    ],
)
def test_a_shared_line_goes_by_its_odds_and_a_home_or_headline_never(known: dict[str, Any], rule: str | None) -> None:
    """Whatever the odds say of it."""
    assert rule_of(("Sign up for our weekly letter today", LIKELY, known)) == rule


@pytest.mark.parametrize(("where", "rule"), [("end", "furniture"), ("top", "furniture"), ("middle", None)])
def test_a_line_by_itself_goes_at_an_edge_only(where: str, rule: str | None) -> None:
    """Between lines that stay it is part of the text."""
    assert rule_of(("Sign up for our weekly letter today", LIKELY), where=where) == rule


@pytest.mark.parametrize(
    ("docs", "beside", "lines", "goes"),
    [
        *((1, 0, 3, False), (1, 0, 4, True)),  # seen once
        *((3, 3, 3, False), (3, 3, 4, True)),  # a menu
        *((2, 2, 5, False), (2, 2, 6, True), (3, 1, 5, False), (3, 1, 6, True)),  # ingredients
    ],
)
def test_a_run_of_four_goes_from_the_middle_and_of_six_where_it_may_be_a_list(
    docs: int, beside: int, lines: int, *, goes: bool
) -> None:
    """One of whose lines another document prints, too, or several beside others; half of the site is more than those."""
    known = {"docs": docs, "beside": beside, "support": 9}
    menu = {"docs": 3, "beside": 3} if docs > 1 else known
    run: list[Line] = [(f"Section number {number}", LIKELY, menu if number else known) for number in range(lines)]
    told = verdicts(*([*page(number)[:3], *(run if number < max(docs, 2) else []), *page(number)[3:]] for number in range(7)))
    assert {told[1][line[0]][0] is not None for line in run} == {goes}


def listed(*known: dict[str, Any], docs: int = 4, at: int = 3, same: bool = False) -> list[str | None]:
    """The rules for a list that so many documents print, a line for each of what is known."""
    run: list[Line] = [
        ("One of the entries" if same else f"Entry number {number}", LIKELY, more) for number, more in enumerate(known)
    ]
    pages = [page(number) for number in range(docs)]
    for lines in pages:
        lines[at:at] = run
    return [rule for rule, _ in judged(*pages)[1][at : at + len(run)]]


@pytest.mark.parametrize(
    ("docs", "beside", "rule"),
    [(2, 2, "furniture"), (2, 1, None), (4, 3, "furniture"), (4, 2, None), (8, 4, "furniture"), (8, 3, None)],
)
def test_a_list_amid_a_text_stays_where_its_lines_stand_beside_others_elsewhere(docs: int, beside: int, rule: str | None) -> None:
    """ "1 tsp salt" stands in many recipes; a menu is printed as it is, in most documents that have a line of it."""
    assert set(listed(*[{"beside": beside}] * 6, docs=docs)) == {rule}
    assert set(listed(*[{"beside": beside}] * 6, docs=docs, at=5)) == {"furniture"}  # below the text


def test_a_list_is_the_texts_own_by_three_lines_and_most_of_those_that_others_print() -> None:
    """What no other document prints says nothing; a line that is printed again says no more; a teaser goes from anywhere."""
    stray, fixed = {"beside": 1}, {"beside": 4}
    once = {"docs": 1, "support": 9}
    assert set(listed(*[stray] * 4, *[fixed] * 2)) == {None}
    assert set(listed(*[stray] * 3, *[fixed] * 3)) == {"furniture"}
    assert set(listed(*[stray] * 3, *[fixed] * 2, once)) == {None}
    assert set(listed(*[stray] * 2, fixed, *[once] * 3)) == {"furniture", "learned-teaser"}
    assert set(listed(*[stray] * 6, same=True)) == {"furniture"}
    assert listed(*[stray] * 5, stray | {"heads_another": True}) == [None] * 5 + ["shared-teaser"]


@pytest.mark.parametrize(("docs", "rule"), [(9, None), (10, "furniture")])
def test_what_many_documents_hold_goes_from_the_middle(docs: int, rule: str | None) -> None:
    """`min_docs` of them."""
    told = verdicts(
        *([*page(number)[:3], ("Sign up for our weekly letter today", LIKELY), *page(number)[3:]] for number in range(docs))
    )
    assert told[1]["Sign up for our weekly letter today"][0] == rule


@pytest.mark.parametrize(
    ("docs", "beside", "site", "rule"),
    [(4, 4, 4, "furniture"), (4, 3, 4, "furniture"), (3, 3, 6, "furniture"), (4, 2, 4, None), (3, 3, 7, None), (2, 2, 2, None)],
)
def test_a_few_lines_go_from_the_middle_where_half_of_a_site_prints_one_of_them_beside_the_same_line(
    docs: int, beside: int, site: int, rule: str | None
) -> None:
    """So many documents hold it, so many beside the same neighbour; what stands right beside it goes with it."""
    row: list[Line] = [("Share this", LIKELY, {"beside": beside}), ("Tweet", LIKELY, {"beside": 1})]
    told = verdicts(*([*page(n)[:3], *(row if n < docs else []), *page(n)[3:]] for n in range(site)))
    assert {told[1][line[0]][0] for line in row} == {rule}


@pytest.mark.parametrize(
    ("support", "ended", "words", "rule"),
    [
        (2, 0, 39, "learned-teaser"),
        (1, 0, 39, None),
        (2, 0, 40, None),
        (0, 3, 39, "learned-teaser"),
        (0, 3, 400, "learned-teaser"),
    ],
)
def test_what_one_document_has_goes_by_its_looks_if_it_is_no_paragraph(
    support: int, ended: int, words: int, rule: str | None
) -> None:
    """And if `min_support` examples show the like; below the end of the text a paragraph goes, too."""
    line = " ".join(f"word{number}" for number in range(words))
    told = verdicts(page(0, (line, LIKELY, {"support": support, "ended": ended})), page(1), page(2))
    assert told[0][line][0] == rule


@pytest.mark.parametrize(("ended", "rule"), [(0, None), (3, "furniture")])
def test_a_few_lines_are_no_part_of_a_text_that_has_ended(ended: int, rule: str | None) -> None:
    """Though lines stay below them."""
    line = "Sign up for our weekly letter today"
    told = verdicts(*([*page(number)[:4], (line, LIKELY, {"ended": ended}), *page(number)[4:]] for number in range(3)))
    assert told[1][line][0] == rule


@pytest.mark.parametrize(
    ("went", "shared", "stays"),
    [(0, 0, "unconfirmed"), (32, 0, None), (31, 0, "unconfirmed"), (0, 32, None), (0, 31, "unconfirmed"), (16, 16, None)],
)
def test_a_site_is_judged_by_looks_up_to_twice_what_other_evidence_vouches_for(went: int, shared: int, stays: str | None) -> None:
    """In this round and in earlier ones: here 64 characters, and as many as are said to go, or went, in all of its documents."""
    looks: list[Line] = [(f"{'abcd'[number]}n entry of 16 c", LIKELY, {"support": 9}) for number in range(4)]
    other: list[Line] = [("x" * (shared // 2 + number * (shared % 2)), LIKELY, {"docs": 2}) for number in range(2) if shared]
    pages = [[*page(number), *other[number : number + 1]] for number in range(2)]
    pages[0] += looks
    pages = [[(line[0], line[1], {**(line[2] if len(line) > 2 else {}), "went": went}) for line in lines] for lines in pages]
    told = verdicts(*pages, page(2, *()))
    assert {told[0][line[0]] for line in looks} == {("learned-teaser", None) if stays is None else (None, stays)}


@pytest.mark.parametrize(
    ("own", "lines", "stays"),
    [
        (105, 2, None),  # 105 words stay, and 8 % of the characters go
        (95, 2, "ceiling"),  # hardly anything would be left
        (105, 60, "ceiling"),  # most would go
    ],
)
def test_looks_alone_do_not_empty_a_document(own: int, lines: int, stays: str | None) -> None:
    """A hundred words must be left, and the share that `max_document_share` leaves."""
    text: Line = (" ".join(f"word{number}" for number in range(own)), UNLIKELY)
    short: list[Line] = [(f"entry {number} of list", LIKELY, {"support": 9}) for number in range(lines)]
    told = verdicts([("Results", UNLIKELY), text, *short], page(1), page(2), max_document_share=0.5)
    assert {told[0][line[0]] for line in short} == {("learned-teaser", None) if stays is None else (None, stays)}


@pytest.mark.parametrize(("shared", "stays"), [(2, None), (3, "syndicated")])
def test_most_of_a_documents_prose_is_syndication(shared: int, stays: str | None) -> None:
    """Of five paragraphs, two that another document prints may go; three may not."""
    both: list[Line] = [(text, LIKELY) for text in PROSE[40 : 40 + shared]]
    pages = [[page(number)[0], *page(number)[1 : 6 - shared], *both] for number in range(2)]
    told = verdicts(*pages)
    kept = {told[number][line[0]][1] for line in both for number in (0, 1)}
    assert kept == ({stays} if stays else {None, "last copy"})


def prose_of(words: int) -> list[Line]:
    """Two paragraphs of so many words each."""
    return [(" ".join(f"word{number}" for number in range(start, start + words)) + ".", LIKELY) for start in (0, 500)]


@pytest.mark.parametrize(
    ("words", "paragraphs", "where", "stays"),
    [
        (40, 2, "below", True),
        (39, 2, "below", False),
        (40, 1, "below", False),  # a notice
        (40, 1, "above", True),  # the document's own text goes on
    ],
)
def test_of_an_articles_paragraph_one_copy_stays(words: int, paragraphs: int, where: str, stays: bool) -> None:
    """In the document of which it is most; the others name it as their twin."""
    shared = prose_of(words)[:paragraphs]
    pages = [page(number) for number in range(6)]
    del pages[3][2:4]
    for lines in pages:
        at = len(lines) if where == "below" else 1
        lines[at:at] = shared
    told = verdicts(*pages)
    for line in shared:
        assert [number for number in range(6) if told[number][line[0]][0] is None] == [3] * stays


@pytest.mark.parametrize(("copies", "rule"), [(1, "learned-teaser"), (2, "shared-teaser")])
def test_a_line_that_names_an_article_goes_wherever_it_stands(copies: int, rule: str) -> None:
    """Once two such lines name what is a line of another document; its own odds do not matter."""
    pointing: list[Line] = [
        (f"Read more: the ferry number {n} leaves the harbour", UNLIKELY, {"mentions": True}) for n in range(2)
    ]
    other: Line = ("Read more: nothing that anybody has heard of", UNLIKELY)
    pages = [page(number) for number in range(4)]
    pages[0].insert(3, pointing[0])
    pages[1].insert(3, pointing[1])
    for number in range(copies):
        pages[2 + number].insert(3, other)
    assert verdicts(*pages)[2][other[0]][0] == rule


@pytest.mark.parametrize(("where", "rule"), [("end", "learned-teaser"), ("middle", None)])
def test_a_cut_lead_that_nobody_knows_goes_below_the_text_only(where: str, rule: str | None) -> None:
    """Once two headlines above leads that end in dots are known from other documents."""
    cuts: list[list[Line]] = [
        [
            (f"The ferry number {n} leaves the harbour", UNLIKELY),
            (f"It left {n} at dawn and nobody saw where it went ...", UNLIKELY),
        ]
        for n in range(3)
    ]
    pages = [page(number) for number in range(4)]
    for number in (0, 1):
        pages[number] += [*cuts[0], *cuts[1]]
    at = len(pages[2]) if where == "end" else 3
    pages[2][at:at] = cuts[2]
    assert verdicts(*pages)[2][cuts[2][1][0]][0] == rule


@pytest.mark.parametrize(
    ("between", "rule"),
    [(None, None), (("Printed by hand", UNLIKELY), None), (("Sign up for our weekly letter today", UNLIKELY), "learned-teaser")],
)
def test_what_heads_a_documents_own_prose_does_not_go_by_its_looks(between: Line | None, rule: str | None) -> None:
    """A subtitle, a byline; a line of some length in between that others print, too, parts them."""
    subtitle: Line = ("The day on which it rained", LIKELY, {"support": 9})
    others = [page(number) for number in range(1, 4)]
    others[0].append(("Sign up for our weekly letter today", UNLIKELY))
    one = [page(0)[0], subtitle, *([between] if between else []), *page(0)[1:]]
    assert verdicts(one, *others)[0][subtitle[0]][0] == rule


def test_a_line_above_the_text_that_names_another_article_is_no_subtitle() -> None:
    """ "« THE HEADLINE BEFORE | Main | THE NEXT »", as likely as a subtitle that stays."""
    named: Line = ("The boat of the week | Main", LIKELY, {"support": 9, "mentions": True})
    subtitle: Line = (named[0], LIKELY, {"support": 9})
    for line, rule in ((subtitle, None), (named, "learned-teaser")):
        assert verdicts([page(0)[0], line, *page(0)[1:]], page(1), page(2))[0][line[0]][0] == rule


@pytest.mark.parametrize(("line", "rule"), [("By Ada Marsh", "repeated-line"), ("12 30 45", None), ("By Ada Marsh, 7 May", None)])
def test_a_byline_printed_twice_at_the_top_goes_and_a_row_of_figures_stays(line: str, rule: str | None) -> None:
    """Its first copy stays."""
    twice: list[Line] = [page(0)[0], (line, UNLIKELY), ("In Harwick", UNLIKELY), (line, UNLIKELY), *page(0)[1:]]
    assert [told[0] for told in judged(twice, page(1))[0][1:4]] == [None, None, rule]


SIGN_UP = "Sign up for our weekly letter today"
SURE = math.log(0.95 / (1 - 0.95))
LONG = " ".join(f"word{number}" for number in range(20))


def evidence(*pages: Sequence[Line], **settings: Any) -> list[list[dict[str, Any]]]:
    """Of each line of each document all that `judge` tells."""
    told = told_of(*pages, **settings)
    return [told.filter(doc=doc).to_dicts() for doc in range(len(pages))]


def last_rules(*pages: Sequence[Line], **settings: Any) -> list[str | None]:
    """The rule of each document's last line."""
    return [lines[-1][0] for lines in judged(*pages, **settings)]


@pytest.mark.parametrize(("odds", "rule"), [(SURE, "furniture"), (SURE - 1e-9, None)])
def test_the_bound_itself_is_enough(odds: float, rule: str | None) -> None:
    """Odds that are exactly the confidence asked for."""
    assert rule_of((SIGN_UP, odds)) == rule


@pytest.mark.parametrize(("odds", "rule"), [(SURE + 0.69, None), (SURE + 0.70, "learned-teaser")])
def test_what_nobody_confirms_is_doubted_on_a_small_site(odds: float, rule: str | None) -> None:
    """Of three documents: by the odds of two to one, log 2 = 0.693."""
    assert last_rules(page(0, (SIGN_UP, odds, {"support": 2})), page(1), page(2))[0] == rule


@pytest.mark.parametrize(("words", "rule"), [(19, "furniture"), (20, "shared-teaser")])
def test_a_long_line_that_others_have_is_a_teaser(words: int, rule: str) -> None:
    """From `near_tokens` words on."""
    assert rule_of((" ".join(f"word{number}" for number in range(words)), LIKELY)) == rule


@pytest.mark.parametrize(
    ("known", "rule"),
    [
        ({"recalled": 2}, "known-passage"),
        ({"recalled": 1}, None),
        ({"recalled": 9, "home": True}, None),
        ({"recalled": 9, "headline": True}, None),
        ({"recalled": 9, "cluster": 0}, None),  # its document's first line, in other words
    ],
)
def test_what_earlier_documents_lost_goes_but_from_its_home(known: dict[str, Any], rule: str | None) -> None:
    """`min_support` of them; its own odds do not matter."""
    assert KNOWN_RULE == "known-passage"
    assert last_rules(page(0, (SIGN_UP, UNLIKELY, known)), page(1))[0] == rule


@pytest.mark.parametrize(("holders", "site", "syndicated"), [(4, 4, True), (5, 5, False), (5, 12, True), (6, 12, False)])
def test_what_many_documents_have_is_no_syndication(holders: int, site: int, syndicated: bool) -> None:
    """Five of them, or half of a site: then it is the site's own."""
    shared: list[Line] = [(text, LIKELY) for text in PROSE[48:51]]
    pages = [page(number)[: 3 if number < holders else 5] for number in range(site)]
    told = judged(*([*page, *shared] if number < holders else page for number, page in enumerate(pages)))
    stays = {line[1] for lines in told[:holders] for line in lines[3:]}
    assert stays == ({"syndicated"} if syndicated else {None, "last copy"})


def test_half_of_a_documents_prose_may_go() -> None:
    """More may not."""
    shared: list[Line] = [(f"{'x' * 9} " * 21 + f"{n}.", LIKELY) for n in range(2)]
    own: list[list[Line]] = [[(f"{'y' * 9} " * 21 + f"{n}.", UNLIKELY) for n in (m, m + 1)] for m in (2, 4)]
    told = judged(*([page(number)[0], *own[number], *shared] for number in range(2)))
    assert [line[1] for line in told[1][3:]] == [None, None]


def test_a_long_line_printed_twice_goes_where_its_first_copy_stays() -> None:
    """Where the first goes, both go for what they are, and a home copy stays; a shorter line repeats honestly."""
    repeated = ("repeated-line", None)
    assert judged([*page(0), (LONG, UNLIKELY), (LONG, UNLIKELY)])[0][5:] == [(None, None), repeated]
    assert judged([*page(0), (LONG[:-7], UNLIKELY), (LONG[:-7], UNLIKELY)])[0][5:] == [(None, None)] * 2
    home: Line = (LONG, UNLIKELY, {"home": True})
    assert judged([*page(0), (LONG, UNLIKELY), home])[0][6] == (None, None)
    both = [[*page(number), (LONG, LIKELY), (LONG, LIKELY)] for number in range(2)]
    assert judged(*both)[1][5:] == [("shared-teaser", None)] * 2


def test_a_name_at_the_top_may_stand_below() -> None:
    """An interview prints it before each answer."""
    name: Line = ("Ada Marsh", UNLIKELY)
    assert {told[0] for told in judged([page(0)[0], name, *page(0)[1:], name, page(1)[1]], page(2))[0]} == {None}


def test_the_headline_may_be_printed_as_title_and_above_the_text() -> None:
    """A page's title names it; as a caption below the text it goes."""
    title: Line = ("The ferry leaves the harbour at dawn", UNLIKELY, {"headline": False})
    headline: Line = (title[0], UNLIKELY, {"headline": True})
    assert judged([title, ("Home", UNLIKELY), headline, ("Sport", UNLIKELY)], page(1))[0][2][0] is None
    assert judged([title, ("Home", UNLIKELY), title, *page(0)[1:]], page(1))[0][2][0] is None
    assert judged([title, *page(0)[1:], title], page(1))[0][5][0] == "repeated-line"


def test_what_shapes_tell_is_scored_by_its_examples() -> None:
    """Of n examples and no counter-example: (n + 1) / (n + 2)."""
    pointing: list[Line] = [
        (f"Read more: the ferry number {n} leaves the harbour", UNLIKELY, {"mentions": True}) for n in range(2)
    ]
    told = evidence(page(0, pointing[0]), page(1, pointing[1]), page(2))
    assert [told[n][-1]["score"] for n in range(2)] == pytest.approx([0.75, 0.75])
    assert [(told[n][-1]["rule"], told[n][-1]["support"], told[n][-1]["shape"]) for n in range(2)] == [
        ("learned-teaser", 2, "read more:")
    ] * 2


def test_a_line_that_is_no_blurb_stays_below_a_text_with_blurbs_elsewhere() -> None:
    """Though the site has shown their shape."""
    cuts: list[Line] = [
        line
        for n in range(2)
        for line in (
            (f"The ferry number {n} leaves the harbour", UNLIKELY),
            (f"It left {n} at dawn and nobody saw where it went ...", UNLIKELY),
        )
    ]
    assert last_rules(page(0, *cuts), page(1, *cuts), page(2, ("Printed by hand", UNLIKELY)))[2] is None


def test_one_copy_of_all_that_a_document_has_stays_in_the_first() -> None:
    """Of a text that is nothing else in five documents the first keeps it, as its home; the others name it."""
    shared: list[Line] = [(text, LIKELY) for text in PROSE[52:54]]
    told = evidence(*([page(number)[0], *shared] for number in range(5)))
    assert [[(line["rule"], line["stays"]) for line in lines[1:]] for lines in told] == [
        [(None, "last copy")] * 2, *[[("shared-teaser", None)] * 2] * 4
    ]  # fmt: skip
    assert {(line["twin_doc"], line["home"]) for lines in told[1:] for line in lines[1:]} == {(0, True)}


@pytest.mark.parametrize(("left", "stays"), [(100, None), (99, "ceiling")])
def test_a_hundred_words_are_enough_to_be_left(left: int, stays: str | None) -> None:
    """One fewer is not."""
    text: Line = (" ".join(f"word{number}" for number in range(left - 1)), UNLIKELY)
    told = judged([("Results", UNLIKELY), text, (SIGN_UP, LIKELY, {"support": 9})], page(1), page(2))
    assert told[0][2][1] == stays


HEADS = [f"The ferry number {number} leaves the harbour" for number in range(4)]
CUT = [" ".join(f"{word}{number}" for word in Writer(90 + number).paragraph(2).split()[:22]) + " ..." for number in range(4)]


def block(number: int, lead: str = "", **known: Any) -> list[Line]:
    """A headline printed twice, and a lead: cut, where none is given."""
    return [(HEADS[number], UNLIKELY), (HEADS[number], UNLIKELY), (lead or CUT[number], UNLIKELY, known)]


def rules(*pages: Sequence[Line], **settings: Any) -> list[list[str | None]]:
    """The rule of each line of each document."""
    return [[line[0] for line in lines] for lines in judged(*pages, **settings)]


@pytest.mark.parametrize(
    ("shown", "settings", "rule"),
    [
        (2, {}, "learned-teaser"),
        (1, {}, None),
        (1, {"min_support": 1}, "learned-teaser"),
        (0, {"min_support": 1}, None),
    ],
)
def test_a_block_of_a_shape_that_others_have_shown_goes(shown: int, settings: dict[str, Any], rule: str | None) -> None:
    """`min_support` different blocks, that other documents confirm, show it; they go themselves wherever they stand."""
    known: list[Line] = [line for number in range(shown) for line in block(number)]
    told = rules([*page(0)[:3], *known, *page(0)[3:]], page(1, *known), page(2, *block(3)), **settings)
    assert told[0][3:-2] == ["shared-teaser"] * 3 * shown
    assert told[1][5:] == ["shared-teaser"] * 3 * shown
    assert told[2][5:] == [rule] * 3
    assert {rule for lines in told for rule in lines[:3]} == {None}


@pytest.mark.parametrize(
    ("lead", "rule"),
    [
        (CUT[3], "learned-teaser"),
        (CUT[3].removesuffix(" ..."), "learned-teaser"),  # it ends without a sentence's end
        (PROSE[50], None),  # told to its end: it may be the article
        (" ".join(PROSE[50].split()[:19]) + " end.", None),
        (" ".join(CUT[3].split()[:20]), "learned-teaser"),
        (" ".join(CUT[3].split()[:19]), None),  # fewer words than a lead has
    ],
)
def test_a_block_that_nobody_confirms_goes_if_its_lead_is_cut(lead: str, rule: str | None) -> None:
    """Where two others have shown the shape."""
    known = [*block(0), *block(1)]
    assert set(rules(page(0, *known), page(1, *known), page(2, *block(3, lead)))[2][5:]) == {rule}


def test_a_whole_lead_is_a_blurbs_where_others_have_it() -> None:
    """Where only the headline stands elsewhere, what is told to its end is an article; earlier runs count as others."""
    told = rules(page(0, *block(0, PROSE[50])), page(1, *block(0, PROSE[50])))
    assert told[1][5:] == ["shared-teaser"] * 3
    told = rules(page(0, *block(0, PROSE[50])), page(1, *block(0, PROSE[51])))
    assert told[1][5:] == [None] * 3
    for recalled, rule in ((1, "known-passage"), (0, None)):
        told = rules(page(0, *block(0, PROSE[50], recalled=recalled, known_passage=7 if recalled else None)), page(1))
        assert told[0][5:] == [rule] * 3


def test_a_documents_own_headline_twice_heads_no_block() -> None:
    """Though two blocks have shown the shape."""
    known = [*block(0), *block(1)]
    own: list[Line] = [(HEADS[3], UNLIKELY), ("Home", UNLIKELY), (HEADS[3], UNLIKELY), (HEADS[3], UNLIKELY), (CUT[3], UNLIKELY)]
    told = rules(page(0, *known), page(1, *known), [*own, *page(2)[1:]])
    assert told[2][0] is None and told[2][4] is None


@pytest.mark.parametrize("at", [2, 3])
def test_the_article_that_a_block_was_cut_from_keeps_its_headline(at: int) -> None:
    """Below navigation, too, and though its odds are those of boilerplate; and the lead, where it opens with the headline."""
    articles: list[list[Line]] = [
        [("The paper of the harbour", UNLIKELY), (HEADS[0], LIKELY), *page(number)[1:]] for number in (2, 3)
    ]
    assert rules(page(0, *block(0)), page(1, *block(0)), *articles)[at][1] is None
    opened: list[Line] = [(HEADS[0], UNLIKELY), (CUT[0], LIKELY), *page(2)[1:]]
    assert rules(page(0, *block(0)), page(1, *block(0)), opened, [*opened[:2], *page(3)[1:]])[at][1] is None


@pytest.mark.parametrize(
    ("line", "below", "rule"),
    [
        ("one two three four fiveSix seven eight nine tenEleven twelve thirteen fourteen fifteen x y", [], "headline-list"),
        ("one two three four fiveSix seven eight nine tenEleven twelve thirteen fourteen fifteen x", [], None),
        ("one two three four fiveSix seven eight nine ten eleven twelve thirteen fourteen fifteen x y", [], None),
        ("one two three four fiveSix seven eight nine tenEleven twelve thirteen fourteen fifteen x y.", [], None),
        ("one two three four fiveSix seven eight nine tenEleven twelve thirteen fourteen fifteen x y", ["Printed by hand"], None),
    ],
)
def test_headlines_in_one_line_go_at_the_end_of_what_was_removed(line: str, below: list[str], rule: str | None) -> None:
    """Three of five words each, with no sentence's end, and nothing that stays below."""
    bar: list[Line] = [(SIGN_UP, LIKELY, {"heads_another": True}), (line, UNLIKELY), *((text, UNLIKELY) for text in below)]
    told = evidence(page(0, *bar), page(1, *bar[:1]), page(2, bar[1]))
    assert [line["rule"] for line in told[0][5:7]] == ["shared-teaser", rule]
    assert told[0][6]["support"] == (0 if rule else None)
    assert told[2][5]["rule"] is None


@pytest.mark.parametrize(
    ("phrased", "phrase", "rule"),
    [
        (10, "Read more:", "learned-teaser"),
        (11, "Read more:", None),  # two of eleven is no habit
        (10, "Now read a bit more:", "learned-teaser"),
        (10, "Now do read a bit more:", None),  # six words are a sentence
    ],
)
def test_a_phrase_names_articles_where_one_in_five_does(phrased: int, phrase: str, rule: str | None) -> None:
    """And `min_support` of them."""
    lines: list[Line] = [
        (f"{phrase} the ferry number {n} leaves the harbour", UNLIKELY, {"mentions": n < 2}) for n in range(phrased)
    ]
    assert last_rules(*(page(number, line) for number, line in enumerate(lines)))[2:] == [rule] * (phrased - 2)


def test_a_bar_names_articles_too() -> None:
    """HEADLINE | Sport, once two such lines name what is a line elsewhere; one is not enough."""
    for named, rule in ((2, "learned-teaser"), (1, None)):
        lines: list[Line] = [(f"{HEADS[n]} | Sport", UNLIKELY, {"mentions": n < named}) for n in range(3)]
        assert last_rules(*(page(number, line) for number, line in enumerate(lines)))[2] == rule


@pytest.mark.parametrize(("first", "rule"), [("Home and sport", None), ("Home, sport and weather", "learned-teaser")])
def test_below_navigation_a_phrase_may_stand_before_the_headline(first: str, rule: str | None) -> None:
    """Below a title it heads nothing."""
    named: list[Line] = [(f"Opinion: {HEADS[n]}", UNLIKELY, {"mentions": True}) for n in range(2)]
    opinion: list[Line] = [(first, UNLIKELY, {"headline": False}), (f"Opinion: {HEADS[2]}", UNLIKELY, {"headline": True})]
    assert rules(page(0, named[0]), page(1, named[1]), [*opinion, *page(2)[1:]])[2][1] == rule


@pytest.mark.parametrize(
    ("head", "lead", "rule"),
    [
        (3, 8, "learned-teaser"),
        (2, 8, None),
        (3, 7, None),
        (40, 8, "learned-teaser"),
        (41, 8, None),
    ],
)
def test_a_cut_lead_has_so_many_words_and_so_has_its_headline(head: int, lead: int, rule: str | None) -> None:
    """Eight, and three to forty."""
    known: list[Line] = [(line, UNLIKELY) for n in range(2) for line in (HEADS[n], CUT[n])]
    one: list[Line] = [
        (" ".join(f"head{n}" for n in range(head)), UNLIKELY),
        (" ".join(f"lead{n}" for n in range(lead)) + "...", UNLIKELY),
    ]
    assert rules(page(0, *known), page(1, *known), page(2, *one))[2][5:] == [rule] * 2


@pytest.mark.parametrize(("unknown", "rule"), [(8, "learned-teaser"), (9, None)])
def test_of_all_cut_leads_one_in_five_is_known(unknown: int, rule: str | None) -> None:
    """Else they are no blurbs: in a conversation many a line trails off below another, and some are said again elsewhere."""
    known: list[Line] = [(line, UNLIKELY) for n in range(2) for line in (HEADS[n], CUT[n])]
    others = [
        page(2 + n, (f"{HEADS[2]} {n}", UNLIKELY), (f"{CUT[2].removesuffix(' ...')} {n} ...", UNLIKELY)) for n in range(unknown)
    ]
    assert {tuple(lines[5:]) for lines in rules(page(0, *known), page(1, *known), *others)[2:]} == {(rule, rule)}


@pytest.mark.parametrize(("shown", "rule"), [(1, "learned-teaser"), (0, None)])
def test_one_cut_lead_may_be_made_enough(shown: int, rule: str | None) -> None:
    """By `min_support`; none is never enough."""
    known: list[Line] = [(line, UNLIKELY) for n in range(shown) for line in (HEADS[n], CUT[n])]
    one: list[Line] = [(HEADS[3], UNLIKELY), (CUT[3], UNLIKELY)]
    assert rules(page(0, *known), page(1, *known), page(2, *one), min_support=1)[2][5:] == [rule] * 2


def test_the_twin_of_what_others_have_is_its_home_and_else_a_copy() -> None:
    """Of a line without a home: in the first other document; of the home's copies: the home; of a repeated line: the first."""
    told = evidence(*(page(number, (SIGN_UP, LIKELY)) for number in range(3)))
    assert [(lines[-1]["twin_doc"], lines[-1]["twin_start"], lines[-1]["home"]) for lines in told] == [
        (1, 999 * 5, False), (0, 999 * 5, False), (0, 999 * 5, False)
    ]  # fmt: skip
    assert [(lines[-1]["docs"], lines[-1]["support"]) for lines in told] == [(3, None)] * 3
    home: Line = (LONG, UNLIKELY, {"home": True})
    told = evidence(page(0, (LONG, LIKELY)), [page(1)[0], home, *page(1)[1:]], page(2, (LONG, LIKELY)))
    assert [(told[doc][-1]["twin_doc"], told[doc][-1]["twin_start"], told[doc][-1]["home"]) for doc in (0, 2)] == [
        (1, 999, True)
    ] * 2
    assert [(told[1][at]["stays"]) for at in (0, 1, 2)] == [None, "home", None]
    [told] = evidence([*page(0), (LONG, UNLIKELY), ("Printed by hand", UNLIKELY), (LONG, UNLIKELY)])
    assert [(told[7][name]) for name in ("twin_doc", "twin_start", "home", "score")] == [0, 999 * 5, True, 1.0]


def test_a_home_that_goes_is_nobodys_twin_that_stays() -> None:
    """Nor its own: in a confirmed block goes a line's home, too, and each names a copy elsewhere."""
    told = evidence(page(0, *block(0, home=True)), page(1, *block(0)), page(2, *block(0)))
    assert {lines[-1]["rule"] for lines in told} == {"shared-teaser"}
    assert [(lines[-1]["twin_doc"], lines[-1]["home"]) for lines in told] == [(1, False), (0, False), (0, False)]


def test_what_repeats_and_stays_says_why() -> None:
    """The first line, a home, or nothing but that others have it."""
    line: Line = ("Printed by hand", UNLIKELY)
    told = evidence([line, *page(0)[1:], (SIGN_UP, UNLIKELY, {"home": True})], page(1, line, (SIGN_UP, UNLIKELY)))
    assert (told[0][0]["stays"], told[0][5]["stays"], told[1][5]["stays"], told[1][6]["stays"]) == (
        "first line", "home", "shared", "shared"
    )  # fmt: skip
    assert told[0][1]["stays"] is None
    assert told[0][0]["cluster"] == told[1][5]["cluster"] == 0


@pytest.mark.parametrize("title", ["# The harbour", " # The harbour #", "<h1>The harbour</h1>", "The harbour\n==========="])
def test_the_title_of_a_document_stays(title: str) -> None:
    """Its first heading of the first level, but for what ten documents print; a hashtag is none, nor a heading below it."""
    menu: list[Line] = [("Menu", LIKELY), ("# Our site", LIKELY), ("Search", LIKELY)]
    heads = [title.replace("harbour", f"harbour {number}") for number in range(10)]
    below: list[Line] = [("#harbour", LIKELY), ("## See also", LIKELY)]
    told = judged(*([*menu, (head, LIKELY), *page(n)[1:], (title, LIKELY), *below] for n, head in enumerate(heads)))
    assert {tuple(lines[:4]) for lines in told} == {((None, "first line"), *[("furniture", None)] * 2, (None, None))}
    assert {tuple(rule for rule, _ in lines[-3:]) for lines in told} == {("furniture",) * 3}
    pair = judged(*([*menu, (title, LIKELY), *page(n)[1:]] for n in range(2)), *([*menu, *page(n)] for n in range(2, 10)))
    assert [lines[3] for lines in pair[:2]] == [(None, "home")] * 2


def test_the_lines_of_a_block_vouch_for_each_other() -> None:
    """A lead cut at another length has the documents and the home of its headline, and the score of what it is like."""
    other = " ".join(CUT[0].split()[:21]) + " ..."
    known: dict[str, Any] = {"similarity": 0.7}
    article: list[Line] = [(HEADS[0], UNLIKELY), *page(3)[1:]]
    told = evidence(page(0, *block(0)), page(1, *block(0)), page(2, *block(0, other, **known)), article)
    lead = told[2][7]
    assert (lead["rule"], lead["docs"], lead["twin_doc"], lead["home"], lead["score"]) == ("shared-teaser", 4, 3, True, 0.7)
    assert [line["shape"] for line in told[2][5:]] == ["doubled", "doubled", None]
    assert [line["twin_start"] for line in told[2]] == [None] * 8  # of a headline the article is named, not a place in it


@pytest.mark.parametrize(("variants", "scores"), [([2], [1.0, 1.0, 0.7]), ([0], [0.7, 0.7, 0.7]), ([0, 1], [1.0, 1.0, 0.7])])
def test_the_score_of_a_blurb_is_how_like_its_twin_it_is(variants: list[int], scores: list[float]) -> None:
    """The first copy elsewhere: the same words, or what the cluster's representative and its variant have in common."""
    shared = {"cluster": 900, "docs": 3}
    leads: dict[bool, Line] = {
        False: (CUT[0], LIKELY, shared | {"passage": 900}),
        True: (" ".join(CUT[0].split()[:21]) + " ...", LIKELY, shared | {"passage": 901, "similarity": 0.7}),
    }
    told = evidence(*(page(n, *block(0)[:2], leads[n in variants]) for n in range(3)))
    assert [lines[7]["rule"] for lines in told] == ["shared-teaser"] * 3
    assert [lines[7]["score"] for lines in told] == scores


def test_a_line_that_its_document_has_twice_is_just_like_its_twin() -> None:
    """However unlike it is to what represents its cluster."""
    variant: Line = (LONG, UNLIKELY, {"similarity": 0.7, "cluster": 900})
    [told] = evidence([*page(0), variant, ("Printed by hand", UNLIKELY), variant])
    assert (told[7]["rule"], told[7]["score"]) == ("repeated-line", 1.0)


@pytest.mark.parametrize("recalled", [1, 3])
def test_what_earlier_runs_know_is_named_and_lent_to_its_block(recalled: int) -> None:
    """The passage that they lost, how alike it is, and how many documents lost it; a line that is known itself names its own."""
    known: dict[str, Any] = {"recalled": recalled, "known_passage": 77, "known_similarity": 0.8}
    heads: list[Line] = [(line, odds, known | {"known_passage": 5}) for line, odds in block(1)[:2]]
    told = evidence(page(0, *block(0, **known)), page(1, *heads, *block(1, **known)[2:]))
    seen = [[(line["rule"], line["cluster"], line["score"], line["support"]) for line in lines[5:]] for lines in told]
    assert seen[0] == [("known-passage", 77, 0.8, recalled)] * 3
    assert seen[1] == [("known-passage", passage, 0.8, recalled) for passage in (5, 5, 77)]


@pytest.mark.parametrize(("docs", "rule"), [(1, "known-passage"), (2, "furniture")])
def test_that_earlier_documents_lost_it_says_more_than_looks_and_less_than_others_here(docs: int, rule: str) -> None:
    """Of a line that goes for both reasons."""
    line: Line = (SIGN_UP, LIKELY, {"support": 9, "recalled": 9, "known_passage": 7})
    assert last_rules(page(0, line), page(1, *[line][: docs - 1]), page(2))[0] == rule


def test_a_headline_printed_twice_above_its_article_heads_no_block() -> None:
    """Though another page is named so; below an article it names that page, and goes."""
    named: list[Line] = [(HEADS[0], UNLIKELY), ("Printed by hand", UNLIKELY)]
    above = [("Home", UNLIKELY), *block(0)[:2], ("By Ada Marsh", UNLIKELY), *page(0)[1:]]
    assert rules(above, named)[0][:4] == [None, None, "repeated-line", None]
    assert rules(page(0, *block(0)[:2], ("Home", UNLIKELY)), named)[0][4:] == [None, "shared-teaser", "shared-teaser", None]


def test_blocks_with_whole_leads_do_not_show_the_shape_of_cut_ones() -> None:
    """A lead that is told to its end may be an article's."""
    known = [*block(0, PROSE[50]), *block(1, PROSE[51])]
    cut = CUT[3].removesuffix(" ...")
    assert rules(page(0, *known), page(1, *known), page(2, *block(3, cut)))[2][5:] == [None] * 3


@pytest.mark.parametrize(
    ("shape", "lines"),
    [
        ("doubled", [HEADS[3], HEADS[3], CUT[3].removesuffix(" ...")]),
        ("cut", [HEADS[3], CUT[3]]),
        ("read more:", [f"Read more: {HEADS[3]}"]),
    ],
)
@pytest.mark.parametrize(("examples", "below", "rule"), [(2, True, "learned-teaser"), (1, True, None), (2, False, None)])
def test_a_shape_that_earlier_runs_have_learned_counts_below_the_text(
    shape: str, lines: list[str], examples: int, below: bool, rule: str | None
) -> None:
    """`min_support` examples; above the text it may be the article."""
    bar: list[Line] = [(line, UNLIKELY, {"below_text": below}) for line in lines]
    told = rules(page(0, *bar, ("Printed by hand", UNLIKELY)), page(1), shapes={shape: examples})
    assert told[0] == [None] * 5 + [rule] * len(lines) + [None]


def test_a_long_list_is_no_paragraph() -> None:
    """Of what ends as no sentence does no copy stays."""
    bar: list[Line] = [(text.removesuffix("."), odds) for text, odds in prose_of(40)]
    told = rules(*(page(number, *bar) for number in range(6)))
    assert [lines[5:] for lines in told] == [["shared-teaser"] * 2] * 6


@pytest.mark.parametrize(("more", "stays"), [(0, None), (1, "ceiling")])
def test_the_share_of_a_document_that_may_go_is_in_characters(more: int, stays: str | None) -> None:
    """As much as `max_document_share`, and not one more."""
    text: Line = (" ".join(f"word{number:03}" for number in range(105)), UNLIKELY)
    short: list[Line] = [(f"entry {number:02} of it", LIKELY, {"support": 9}) for number in range(61)]
    title = "R" * (61 * 14 - len(text[0]) - more)
    told = judged([(title, UNLIKELY), text, *short], page(1), page(2), max_document_share=0.5)
    assert {line[1] for line in told[0][2:]} == {stays}


@pytest.mark.parametrize(
    ("below", "stays"), [("Printed by hand {}", False), (LONG, False), (LONG.removesuffix(" word19") + " {}", True)]
)
def test_a_notice_above_what_is_no_text_of_its_own_goes_from_all(below: str, stays: bool) -> None:
    """A short line, or one that others have, is not how an article goes on; twenty words of its own are."""
    [notice] = prose_of(40)[:1]
    told = rules(*(page(n, notice, (below.format(n), UNLIKELY)) for n in range(10)))
    assert [lines[5] for lines in told].count(None) == stays


def test_where_all_have_lost_as_much_the_first_keeps_it() -> None:
    """Of documents of the same length."""
    pages = []
    for number in range(6):
        own: list[Line] = [(f"{'y' * 9} " * 21 + f"{number}{of}.", UNLIKELY) for of in range(2)]
        pages.append([page(number)[0], *own, *prose_of(40)])
    assert [lines[3:] for lines in rules(*pages)] == [[None, None], *[["shared-teaser"] * 2] * 5]


@pytest.mark.parametrize(("words", "rule"), [(40, "learned-teaser"), (41, None)])
def test_what_names_an_article_has_forty_words_at_most(words: int, rule: str | None) -> None:
    """A headline is no paragraph."""
    named: list[Line] = [(f"Read more: {HEADS[n]}", UNLIKELY, {"mentions": True}) for n in range(2)]
    one = "Read more: " + " ".join(f"word{number}" for number in range(words - 2))
    assert last_rules(page(0, named[0]), page(1, named[1]), page(2, (one, UNLIKELY)))[2] == rule


def test_a_certainty_of_one_is_never_reached() -> None:
    """Whatever the odds."""
    assert last_rules(*(page(number, (SIGN_UP, 99.0)) for number in range(2)), confidence=1.0) == [None, None]


def test_a_phrase_that_names_nothing_is_no_example() -> None:
    """Not where one example is enough either."""
    pages = [page(0, (f"Read more: {HEADS[0]}", UNLIKELY, {"mentions": True})), page(1, ("Update: the ferry is late", UNLIKELY))]
    assert last_rules(*pages, min_support=1) == ["learned-teaser", None]


@pytest.mark.parametrize(("between", "rule"), [(3, None), (4, "learned-teaser")])
def test_what_heads_prose_stands_at_most_four_lines_above(between: int, rule: str | None) -> None:
    """A headline, a byline, a place and a date."""
    subtitle: Line = ("The day on which it rained", LIKELY, {"support": 9})
    short: list[Line] = [(f"In Harwick {number}", UNLIKELY) for number in range(between)]
    assert rules([page(0)[0], subtitle, *short, *page(0)[1:]], page(1), page(2))[0][1] == rule


@pytest.mark.parametrize(("words", "rule"), [(5, None), (6, "learned-teaser")])
def test_short_lines_that_others_have_may_stand_between(words: int, rule: str | None) -> None:
    """Up to five words."""
    line: Line = (" ".join(SIGN_UP.split()[:words]), UNLIKELY)
    subtitle: Line = ("The day on which it rained", LIKELY, {"support": 9})
    assert rules([page(0)[0], subtitle, line, *page(0)[1:]], page(1, line), page(2))[0][1] == rule


@pytest.mark.parametrize(("words", "rule"), [(4, None), (3, "furniture")])
def test_of_all_copies_the_one_above_its_own_text_is_an_articles(words: int, rule: str | None) -> None:
    """Four words tell something; "Latest news" stands anywhere."""
    line: Line = (" ".join(SIGN_UP.split()[:words]), LIKELY)
    told = rules([page(0)[0], line, *page(0)[1:]], page(1, line), page(2, line))
    assert (told[0][1], told[1][5], told[2][5]) == (rule, "furniture", "furniture")


@pytest.mark.parametrize(
    ("line", "taken", "rule"), [("Ada Marsh", 0.55, None), ("Ada Marsh", 0.54, "furniture"), ("Video", 1.0, "furniture")]
)
def test_a_short_line_that_its_text_takes_up_is_its_title(line: str, taken: float, rule: str | None) -> None:
    """A name: obituaries, entries of an encyclopedia."""
    name: Line = (line, LIKELY, {"taken": taken})
    told = rules([page(0)[0], name, *page(0)[1:]], page(1, name), page(2, name))
    assert (told[0][1], told[1][5], told[2][5]) == (rule, "furniture", "furniture")


@pytest.mark.parametrize(("place", "rule"), [(5, "repeated-line"), (6, None)])
def test_the_top_is_six_lines(place: int, rule: str | None) -> None:
    """A byline's second copy in the seventh stays."""
    short: list[Line] = [(f"In Harwick {number}", UNLIKELY) for number in range(place - 2)]
    twice: list[Line] = [page(0)[0], ("By Ada Marsh", UNLIKELY), *short, ("By Ada Marsh", UNLIKELY), *page(0)[1:]]
    assert rules(twice, page(1))[0][place] == rule


def test_of_copies_at_the_top_all_go_in_one_round() -> None:
    """A caption printed thirty times: each would move up into the place of the one that went."""
    many: list[Line] = [page(0)[0], *([("By Ada Marsh", UNLIKELY)] * 30), *page(0)[1:]]
    assert rules(many, page(1))[0] == [None, None, *["repeated-line"] * 29, *[None] * (len(page(0)) - 1)]


def test_no_example_is_no_example_and_another_sites_are_none() -> None:
    """Where one would be enough."""
    bars: list[list[str]] = [[HEADS[3], HEADS[3], CUT[3].removesuffix(" ...")], [HEADS[3], CUT[3]]]
    for bar in bars:
        lines: list[Line] = [(line, UNLIKELY, {"below_text": True}) for line in bar]
        assert set(rules(page(0, *lines), page(1), min_support=1)[0]) == {None}
        shapes = {"doubled": 9, "cut": 9}
        assert set(rules(page(0, *lines), page(1), shapes=shapes, site="elsewhere", min_support=1)[0]) == {None}


def test_a_documents_headline_heads_no_cut_lead() -> None:
    """Where all of an article that is shown is its first words."""
    known: list[Line] = [(line, UNLIKELY) for n in range(2) for line in (HEADS[n], CUT[n])]
    teased: list[Line] = [("Home", UNLIKELY, {"headline": False}), (HEADS[3], UNLIKELY, {"headline": True}), (CUT[3], UNLIKELY)]
    assert rules(page(0, *known), page(1, *known), teased)[2] == [None] * 3
    assert rules(page(0, *known), page(1, *known), teased[1:])[2] == [None] * 2


def test_a_page_without_a_headline_may_have_blocks() -> None:
    """No line of it is its own then but the first."""
    untitled = [(*line[:2], {"headline": False}) for line in page(2, *block(0))]
    assert rules(untitled, page(1, *block(0)))[0][5:] == ["shared-teaser"] * 3


@pytest.mark.parametrize(
    ("text", "others", "known", "goes"),
    [
        (LONG, False, {}, False),
        (LONG.removesuffix(" word19"), False, {}, True),
        (LONG, True, {"home": True}, False),  # copied from here
        (LONG, True, {}, True),
        ("Printed by hand", False, {"home": True}, True),
    ],
)
def test_what_is_headed_is_long_and_the_documents_own(text: str, others: bool, known: dict[str, Any], goes: bool) -> None:
    """Twenty words that no other document has, or has from here."""
    subtitle: Line = ("The day on which it rained", LIKELY, {"support": 9})
    one = [page(0)[0], subtitle, (text, UNLIKELY, known)]
    told = judged(one, page(1, *[(text, UNLIKELY)][:others]), page(2))
    assert told[0][1] == (None, "ceiling" if goes else None)


@pytest.mark.parametrize(("words", "rule"), [(20, None), (19, "learned-teaser")])
def test_a_cut_lead_above_text_of_its_documents_own_may_be_the_article(words: int, rule: str | None) -> None:
    """Twenty words that end a sentence."""
    known: list[Line] = [(line, UNLIKELY) for n in range(2) for line in (HEADS[n], CUT[n])]
    below = " ".join(f"below{number}" for number in range(words)) + "."
    one: list[Line] = [(HEADS[3], UNLIKELY), (CUT[3], UNLIKELY), (below, UNLIKELY)]
    assert rules(page(0, *known), page(1, *known), page(2, *one))[2][5:] == [rule, rule, None]


@pytest.mark.parametrize("shared", ["headline", "lead"])
def test_of_a_cut_lead_and_its_headline_one_that_others_have_is_enough(shared: str) -> None:
    """Above the document's own text, too."""
    known: list[Line] = [(line, UNLIKELY) for n in range(2) for line in (HEADS[n], CUT[n])]
    pages = [page(0, *known), page(1, *known)]
    for number in (2, 3):
        head = HEADS[3] if shared == "headline" else f"{HEADS[2]} {number}"
        lead = CUT[3] if shared == "lead" else f"It left {number} at dawn and nobody saw where it went ..."
        pages.append([page(number)[0], (head, UNLIKELY), (lead, UNLIKELY), *page(number)[1:]])
    both = ["shared-teaser", "learned-teaser"]
    assert rules(*pages)[3][1:3] == (both if shared == "headline" else both[::-1])


def test_a_first_line_and_a_line_that_names_an_article_head_no_cut_lead() -> None:
    """What stands below them is no blurb's."""
    known: list[Line] = [(line, UNLIKELY) for n in range(2) for line in (HEADS[n], CUT[n])]
    untitled: list[Line] = [(HEADS[3], UNLIKELY, {"headline": False}), (CUT[3], UNLIKELY)]
    assert rules(page(0, *known), page(1, *known), untitled)[2] == [None] * 2
    named: list[Line] = [(f"Read more: {HEADS[n]}", UNLIKELY, {"mentions": True}) for n in range(2)]
    told = rules(page(0, *known, named[0]), page(1, *known, named[1]), page(2, (f"Read more: {HEADS[3]}", UNLIKELY), untitled[1]))
    assert told[2][6] is None


@pytest.mark.parametrize(
    ("line", "taken", "at", "rule"),
    [
        ("Radiation rises at the plant", 0.55, 1, None),
        ("Radiation rises at the plant", 0.54, 1, "learned-teaser"),
        ("Radiation rises at the plant", 0.6, 6, "learned-teaser"),  # below the text: a related headline
        ("Radiation at plant", 0.6, 1, "learned-teaser"),  # a topic, in a menu of topics
    ],
)
def test_what_the_text_below_takes_up_is_not_condemned_by_looks(line: str, taken: float, at: int, rule: str | None) -> None:
    """The headline of a page that begins with menus, where another line was taken for the headline."""
    menu: Line = ("Sign up for our weekly letter today", LIKELY)
    pages = [page(number) for number in range(3)]
    for lines in pages:
        lines.insert(1, menu)
    pages[0].insert(at, (line, LIKELY, {"support": 9, "taken": taken}))
    assert verdicts(*pages)[0][line][0] == rule


def pointed(line: str, pages: int = 6, each: int = 1, at: int = 3, **known: Any) -> set[str | None]:
    """The rules for lines that differ in a word ("{}"), each between two paragraphs of one of so many documents."""
    words = Writer(8).sentence().split()
    found = []
    for number in range(pages):
        lines = page(number)
        for some in range(each):
            here: Line = (line.replace("{}", words[number] + "ab"[some]), UNLIKELY, told_of_pointer(number) | known)
            lines.insert(min(at + 2 * some, len(lines)), here)
        found.append(lines)
    texts = {line[0] for page_ in found for line in page_} - {line[0] for number in range(pages) for line in page(number)}
    return {told[0] for lines in verdicts(*found) for text, told in lines.items() if text in texts}


@pytest.mark.parametrize(
    "line",
    [
        "Read also the {} ferry leaves the harbour",
        "» the {} ferry leaves the harbour early",
        "Lesen Sie dazu auch zum selben Thema: {} Fähren im Hafen",
        "The {} ferry leaves the harbour (read more)",
        "Why does the {} ferry leave? Read more",
    ],
)
def test_lines_that_begin_or_end_alike_and_tell_of_something_else_point_there(line: str) -> None:
    """Six of them between paragraphs, in as many documents; none need name a line of the corpus."""
    assert pointed(line) == {"learned-teaser"}
    assert pointed(line, pages=5) == {None}
    assert pointed(line, pages=3, each=2) == {None}  # six in three documents


@pytest.mark.parametrize(
    ("line", "known"),
    [
        ("Question: where does the {} ferry go today", {"taken": 0.4, "mentions": False}),  # the answer has its words
        ("Moral of the story: the {} ferry leaves the harbour", {"mentions": False}),
        ("Posted by: {} Byrne | 9 November 2012, 04:45 AM", {"mentions": False}),
        ("Photo: {} Byrne of the Courier", {"mentions": False}),
        ("— {} Byrne, who keeps the light of {}", {}),  # below a quote
        ("• a pound of {} flour from the {}", {}),
        ("Read also the {} ferry leaves the harbour.", {}),  # a sentence
    ],
)
def test_a_field_a_signature_and_an_entry_point_nowhere(line: str, known: dict[str, Any]) -> None:
    """Nor does what the text around takes up, or what stands at the end only."""
    assert pointed(line, **known) == {None}
    assert pointed("Read also the {} ferry leaves the harbour", at=5) == {None}


def told_of_pointer(number: int, taken: float = 0.1) -> dict[str, Any]:
    """What is known of a pointer in the document of that number: those of the first two name a line of the corpus."""
    return {"taken": taken, "mentions": number < 2}


NONE: set[str | None] = {None}
GOES: set[str | None] = {"learned-teaser"}


def set_among(*groups: Sequence[str | Line], at: int = 3) -> set[str | None]:
    """The rules for the lines that begin with "Read also", set among the paragraphs of a page for each group."""
    pages = [page(number) for number in range(len(groups))]
    for number, (lines, group) in enumerate(zip(pages, groups, strict=True)):
        lines[at:at] = [(line, UNLIKELY, told_of_pointer(number)) if isinstance(line, str) else line for line in group]
    told = judged(*pages)
    return {rule for lines, rules in zip(pages, told, strict=True) for line, (rule, _) in zip(lines, rules, strict=True)
            if line[0].startswith("Read also")}  # fmt: skip


def read_also(number: int, words: int = 9) -> str:
    """A pointer of so many words, unlike all others but for how it begins."""
    return " ".join(["Read also", *(f"w{word}{chr(97 + number)}" for word in range(words - 2))]).translate(
        str.maketrans("0123456789", "abcdefghij")
    )


@pytest.mark.parametrize(("named", "several", "rules"), [(2, 0, GOES), (1, 0, NONE), (0, 3, GOES), (0, 2, NONE)])
def test_pointers_name_lines_of_the_corpus_or_stand_in_articles_by_twos(named: int, several: int, rules: set[str | None]) -> None:
    """Two of six name one, or three of six articles have two: a moral, a verdict, an editor's note stands there once."""
    lines: list[list[Line]] = [
        [
            (read_also(at), UNLIKELY, {"taken": 0.1, "mentions": at < named})
            for at in (number, number + 6)[: 1 + (number < several)]
        ]
        for number in range(6)
    ]
    assert set_among(*lines) == rules


@pytest.mark.parametrize(("words", "rules"), [(4, GOES), (3, NONE), (40, GOES), (41, NONE)])
def test_a_pointer_has_four_to_forty_words(words: int, rules: set[str | None]) -> None:
    """Five that have nine are too few without it."""
    assert set_among(*([read_also(number)] for number in range(5)), [read_also(5, words)]) == rules


@pytest.mark.parametrize(("words", "rules"), [(19, GOES), (20, NONE)])
def test_long_lines_that_have_one_word_in_common_are_no_pointers(words: int, rules: set[str | None]) -> None:
    """A word is how any sentence begins."""
    lines = [read_also(number, words).replace(" also", f" {'abcdef'[number]}also") for number in range(6)]
    pages = [page(number) for number in range(6)]
    for number, (at_page, line) in enumerate(zip(pages, lines, strict=True)):
        at_page.insert(3, (line, UNLIKELY, told_of_pointer(number)))
    assert {told[3][0] for told in judged(*pages)} == rules


@pytest.mark.parametrize(("taken", "rules"), [(0.0, GOES), (-1.0, NONE)])
def test_a_pointer_has_words_that_the_text_might_take_up(taken: float, rules: set[str | None]) -> None:
    """Of one without, nobody knows what it tells of."""
    assert set_among(*([(read_also(number), UNLIKELY, told_of_pointer(number, taken))] for number in range(6))) == rules


@pytest.mark.parametrize(("begins", "rules"), [("![image](photo: ", GOES), ("![image](https://", NONE)])
def test_an_address_is_no_phrase(begins: str, rules: set[str | None]) -> None:
    """Six images, each the document's own, begin alike and name nothing, though two stand in other documents, too."""
    pages = [page(number) for number in range(6)]
    for number, lines in enumerate(pages):
        lines.insert(
            3, (f"{begins}{read_also(number).replace(' ', '/')}.png)", UNLIKELY, told_of_pointer(number) | {"tokens": 9})
        )
    assert {told[3][0] for told in judged(*pages)} == rules


def test_a_pointer_stands_between_paragraphs_or_two_at_an_edge() -> None:
    """Not beside a line that is neither; right below the title, but not right below a later headline by itself, nor above one."""

    def odd(number: int) -> Line:
        return (f"{['By', 'An', 'Of', 'If', 'So', 'To'][number]} {['Jo', 'Al', 'Bo', 'Cy', 'Di', 'Ed'][number]}", UNLIKELY)

    def head(number: int) -> Line:
        return (f"{'abcdef'[number]}ll that happened there", UNLIKELY, {"headline": True})

    one, two = ([[read_also(number + 6 * more) for more in range(count)] for number in range(6)] for count in (1, 2))
    assert set_among(*one) == set_among(*two, at=1) == set_among(*two, at=5) == GOES
    assert set_among(*one, at=1) == set_among(*one, at=5) == NONE
    for lines in (one, two):
        assert set_among(*([*own, odd(number)] for number, own in enumerate(lines))) == NONE
        assert set_among(*([odd(number), *own] for number, own in enumerate(lines))) == NONE
        assert set_among(*([*own, head(number)] for number, own in enumerate(lines))) == NONE
    assert set_among(*([head(number), *own] for number, own in enumerate(one))) == NONE
    assert set_among(*([head(number), *own] for number, own in enumerate(two))) == GOES


@pytest.mark.parametrize(("others", "rules"), [(4, GOES), (5, NONE)])
def test_a_pointer_among_six_short_lines_is_part_of_a_list(others: int, rules: set[str | None]) -> None:
    """Fewer interrupt a text."""
    names = [[f"{chr(97 + number)}{chr(97 + other)} is another thing here" for other in range(others)] for number in range(6)]
    assert set_among(*([read_also(number), *own] for number, own in enumerate(names))) == rules


@pytest.mark.parametrize(("label", "rules"), [("Read also", GOES), ("Read also here", GOES), ("Read also right here", NONE)])
def test_a_label_has_fewer_than_four_words(label: str, rules: set[str | None]) -> None:
    """What has more is a line like others, of which nobody knows what it points to."""
    heads = [read_also(number).removeprefix("Read also ") for number in range(6)]
    pages = [page(number) for number in range(6)]
    for number, (lines, head) in enumerate(zip(pages, heads, strict=True)):
        lines[3:3] = [(label, UNLIKELY), (head, UNLIKELY, told_of_pointer(number))]
    assert {told[4][0] for told in judged(*pages)} == rules


@pytest.mark.parametrize(("labels", "rules"), [(2, GOES), (3, NONE)])
def test_a_label_stands_in_three_documents(labels: int, rules: set[str | None]) -> None:
    """A short line that fewer have is the text's own, and a pointer beside it stands between no paragraphs."""
    names: list[Line] = [(("Sport", "World", "Money")[number % labels], UNLIKELY) for number in range(6)]
    assert set_among(*([name, read_also(number)] for number, name in enumerate(names))) == rules


@pytest.mark.parametrize(("taken", "rule"), [(0.4, None), (0.39, "learned-teaser")])
def test_a_line_of_the_article_itself_stays_though_it_begins_like_pointers(taken: float, rule: str | None) -> None:
    """A word is no phrase where the text takes the rest up."""
    line = "Read about the old ferry and its harbour"
    pages = [page(number) for number in range(7)]
    for number, lines in enumerate(pages[:6]):
        lines.insert(3, (f"Read the {PROSE[number].split()[-2]} ferry leaves the harbour", UNLIKELY, told_of_pointer(number)))
    pages[6].insert(3, (line, UNLIKELY, {"taken": taken}))
    told = verdicts(*pages)
    assert told[0][pages[0][3][0]][0] == "learned-teaser"
    assert told[6][line][0] == rule


def test_pointers_are_known_by_a_label_above_by_rubrics_and_at_an_edge() -> None:
    """ "Read also" and a headline below it; "Politics: HEADLINE", a few of each rubric; two at the end of each text."""
    words = Writer(8).sentence().replace(".", "").split()
    heads: list[list[Line]] = [
        [(f"{words[at]} {words[at]} ferry leaves the harbour of {words[at]}", UNLIKELY, told_of_pointer(at)) for at in at_pages]
        for at_pages in zip(range(6), range(6, 12), strict=True)
    ]
    pages = [page(number) for number in range(6)]
    for lines, (head, _) in zip(pages, heads, strict=True):
        lines[3:3] = [("Read also", UNLIKELY), head]
    assert {(told[3][0], told[4][0]) for told in judged(*pages)} == {("shared-teaser", "learned-teaser")}
    bare = [lines[:3] + lines[4:] for lines in pages]
    assert {told[3][0] for told in judged(*bare)} == {None}
    rubrics = [[*page(n), *((f"{('Sport', 'World')[n % 2]}: {h[0]}", *h[1:]) for h in pair)] for n, pair in enumerate(heads)]
    assert {line[0] for told in judged(*rubrics) for line in told[5:]} == {"learned-teaser"}
    fields = [lines[:-1] for lines in rubrics]  # one at the end of each: where, when, who
    assert {line[0] for told in judged(*fields) for line in told[5:]} == {None}


@pytest.mark.parametrize(("rubrics", "rules"), [(2, GOES), (3, NONE)])
def test_a_rubric_stands_before_lines_of_three_documents(rubrics: int, rules: set[str | None]) -> None:
    """Of six documents each two have another, or each three; two headlines stand at the end of each."""
    pages = [page(number) for number in range(6)]
    for number, lines in enumerate(pages):
        rubric = ("Sport", "World", "Money")[number % rubrics]
        for at in (number, number + 6):
            lines.append((f"{rubric}: {read_also(at).removeprefix('Read also ')}", UNLIKELY, told_of_pointer(at)))
    assert {line[0] for told in judged(*pages) for line in told[5:]} == rules


@pytest.mark.parametrize(
    ("examples", "paragraphs", "rules"), [(6, 0, GOES), (6, 1, GOES), (6, 2, NONE), (8, 2, GOES), (8, 3, NONE)]
)
def test_a_word_that_paragraphs_begin_with_is_no_mark(examples: int, paragraphs: int, rules: set[str | None]) -> None:
    """Captions begin with "the", as sentences do: more than one paragraph to four of them."""
    words = Writer(8).sentence().replace(".", "").split()
    pages = [page(number) for number in range(examples)]
    for number, lines in enumerate(pages):
        lines.insert(3, (f"Thereby {words[number]} ferries leave the harbour {words[number]}", UNLIKELY, told_of_pointer(number)))
    for number in range(paragraphs):
        pages[number][1] = (f"Thereby {PROSE[50 + number]}", UNLIKELY)
    assert {told[3][0] for told in judged(*pages)} == rules


@pytest.mark.parametrize(("blocks", "taken", "rule"), [(6, 0.2, "learned-teaser"), (6, 0.21, None), (5, 0.2, None)])
@pytest.mark.parametrize("doubled", [True, False])
def test_blocks_seen_once_show_their_shape_where_the_text_tells_nothing_of_them(
    blocks: int, taken: float, rule: str | None, *, doubled: bool
) -> None:
    """Six headlines above cut leads, in six documents, though none stands in another document; in the text, too."""
    pages = [page(number) for number in range(6)]
    for number, lines in enumerate(pages[:blocks]):
        head: Line = (
            f"The {('red', 'blue', 'grey', 'old', 'new', 'tall')[number]} ferry leaves the harbour",
            UNLIKELY,
            {"taken": taken},
        )
        cut = " ".join(f"{word}{number}" for word in Writer(95).paragraph(2).split()[:22])
        lines[3:3] = [head, *([head] if doubled else []), (f"{cut} ...", UNLIKELY, {"taken": 0.3})]
    told = judged(*pages)[:blocks]
    assert {line[0] for lines in told for line in (lines[3], lines[5 if doubled else 4])} == {rule}


@pytest.mark.parametrize(("site", "changes", "stays"), [(50, 90, "syndicated"), (49, 90, None), (50, 12, None)])
def test_what_two_of_many_documents_share_is_theirs(site: int, changes: int, stays: str | None) -> None:
    """The changes that two releases have in common, where they are most of both, and the site has 25 times as many documents."""
    shared: list[Line] = [(f"fix the pump number {number} of the old harbour", LIKELY) for number in range(changes)]
    pages = [[*page(number), *shared] if number < 2 else page(number)[:3] for number in range(site)]
    told = judged(*pages)
    assert {line[1] for lines in told[:2] for line in lines[-changes:]} == {stays}


@pytest.mark.parametrize(("site", "stays"), [(50, True), (49, False)])
def test_cells_amid_a_text_that_two_of_many_documents_have_stay(site: int, stays: bool) -> None:
    """Eight lines, above and below what is each document's own, on a site of 25 times as many documents."""
    cells: list[Line] = [(f"shaft of make {number}", LIKELY) for number in range(8)]
    pages = [page(number) for number in range(site)]
    told = judged(*([*lines[:3], *cells, *lines[3:]] if number < 2 else lines for number, lines in enumerate(pages)))
    assert {line[0] is None for lines in told[:2] for line in lines[3:11]} == {stays}


@pytest.mark.parametrize("heading", ["## Results", "<h3>Results</h3>", "- **Results:**", "Results\n=======", "(2)", "*  **IV**"])
def test_a_heading_stays_where_what_it_heads_does(heading: str) -> None:
    """And goes with it, where that goes; a line that only looks like one has no such protection."""
    for mark, stays in ((heading, True), ("Results", False)):
        pages = [
            [*page(number)[:3], (mark, LIKELY), *page(number)[3:], (mark, LIKELY), (SIGN_UP, LIKELY)] for number in range(12)
        ]
        for lines in judged(*pages):
            assert (lines[3][0] is None) is stays
            assert lines[-2][0] is not None


@pytest.mark.parametrize(
    ("mark", "code", "stays"),
    [
        ("## Results", True, True),
        ("These are taken over:", True, True),
        ("取自：", True, True),
        ("Results", True, False),
        ("## Results", False, False),
        ("These are taken over:", False, False),
    ],
)
def test_what_stands_right_above_code_stays(mark: str, code: bool, stays: bool) -> None:
    """A heading, or a line that ends in a colon: code always stays. What else is below goes."""
    pages = [[*page(number), (mark, LIKELY, {"above_verbatim": code}), (SIGN_UP, LIKELY)] for number in range(12)]
    assert {lines[-2][0] is None for lines in judged(*pages)} == {stays}


def test_a_song_points_nowhere() -> None:
    """Its lines begin alike, by twos and more, and have no text beside them that they could point away from."""
    songs: list[list[Line]] = []
    for number in range(8):
        verses = [(read_also(9 * number + at), UNLIKELY, told_of_pointer(0)) for at in range(8)]
        others = [(f"{chr(97 + at)}{read_also(99 + 20 * number + at)}", UNLIKELY, {"taken": 0.1}) for at in range(20)]
        songs.append([(f"Song {number}", UNLIKELY), *verses, *others])
    assert {rule for told in judged(*songs) for rule, _ in told} == {None}


@pytest.mark.parametrize(("named", "rules"), [(True, GOES), (False, NONE)])
def test_a_single_word_names_what_it_points_to(named: bool, rules: set[str | None]) -> None:
    """Two of twelve lines that begin with "And" name a line of the corpus; by twos in many articles it is but a word."""
    pages = [page(number) for number in range(6)]
    for number, lines in enumerate(pages):
        for more in range(2):
            line = read_also(number + 6 * more).replace("Read also", f"Andere {'abcdefghijkl'[number + 6 * more]}also")
            lines[3:3] = [(line, UNLIKELY, {"taken": 0.1, "mentions": named and number < 2})]
    assert {rule for told in judged(*pages) for rule, _ in told[3:5]} == rules


def test_a_twin_that_went_itself_is_not_said_to_stay() -> None:
    """In a later round, say. Whether the others stay is told as before: of a document as a whole, of a place, of none."""
    twins = [(1, 20, True), (1, 21, True), (1, None, True), (2, 0, False), (None, None, None), (0, 30, True)]
    removed = [
        {"doc": doc, "seg": 3, "twin_doc": twin, "twin_start": start, "home": home}
        for doc, (twin, start, home) in enumerate(twins)
    ]
    lines = pl.DataFrame(
        {"doc": range(6), "seg": 3, "start": [30, 20, 0, 0, 0, 0]}, schema=_only(SEGMENTS, "doc", "seg", "start")
    )
    table = pl.DataFrame(removed, schema=_only(JUDGED, *removed[0]))
    told = with_homes_that_stay(table, lines)
    assert told.drop("home").equals(table.drop("home"))
    assert told["home"].to_list() == [False, True, True, False, None, False]


def _only(schema: Schema, *names: str) -> Schema:
    return {name: schema[name] for name in names}
