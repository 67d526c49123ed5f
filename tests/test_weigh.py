"""How likely a line is boilerplate: the laws of the chain, of siblings and of homes, and cases on articles of our own making."""

from __future__ import annotations

from itertools import groupby, pairwise, product

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from writing import Writer, lead

from clean.config import Config
from clean.engines.local import LocalEngine
from clean.stages.segment import segmented
from clean.stages.weigh import CENSUS, COMMON, WEIGHABLE, WEIGHTS, common_words, look, numbered, steady, weigh, words
from clean.stages.weigh.affinity import MICRO, Affinity, affinity
from clean.stages.weigh.around import FAR, Around, arrange
from clean.stages.weigh.chain import Chain, Model, Pair, asked, read_model
from clean.stages.weigh.ends import Ends, ends
from clean.stages.weigh.headlines import mentions
from clean.stages.weigh.numbering import numbering
from clean.stages.weigh.repetition import OFTEN, counters, repetition, runs
from clean.stages.weigh.shapes import CALL, ELLIPSIS, LETTER, STOP, shapes
from clean.stages.weigh.siblings import Siblings, sibling_evidence, support
from clean.stages.weigh.situation import copies
from clean.stages.weigh.stretches import Value, stretch_values, stretches
from clean.stages.weigh.turns import turns

MENU = ["Home", "World news", "Business and markets", "Sport", "Log in or register"]
FOOTER = ["About us", "Contact the newsroom", "Copyright 2024 The Harwick Courier. All rights reserved."]

odds = st.floats(-8, 8)


def lines_of(texts: list[str], groups: list[str] | None = None) -> pl.DataFrame:
    """WEIGHABLE lines of texts; each passage is its own cluster."""
    columns = {"doc": range(len(texts)), "group": groups or [""] * len(texts), "text": texts}
    found = segmented(pl.DataFrame(columns, schema={"doc": pl.UInt32, "group": pl.String, "text": pl.String}), Config())
    found = found.drop_nulls("passage").with_columns(cluster="passage")
    found = numbered(found.hstack(look(found, Config()))).with_columns(
        sites=pl.col("group").n_unique().over("cluster").cast(pl.UInt32)
    )
    return found.select("line", *WEIGHABLE)


def weights_of(lines: pl.DataFrame, engine: LocalEngine | None = None) -> pl.DataFrame:
    """WEIGHTS of the lines, as an engine finds them, beside their texts."""
    engine = engine or LocalEngine(Config())
    census = pl.DataFrame({"documents": [lines["doc"].n_unique()]}, schema=CENSUS)
    common = engine.group(common_words, engine.group(words, lines, by="doc"), by="word", beside=census)
    found = engine.group(weigh, lines, by="group", beside=common)
    return found.join(lines.select("doc", "seg", "line"), on=["doc", "seg"]).sort("doc", "seg")


def site(articles: int = 8, seed: int = 1, boxes: int = 3) -> list[str]:
    """Pages of one site: menu, article, teasers of its other articles, footer."""
    writer = Writer(seed)
    heads = [writer.headline() for _ in range(articles)]
    # An article says again what its headline says.
    bodies = [[head, *(writer.paragraph() for _ in range(5)), f"{writer.paragraph()} {head}."] for head in heads]
    pages = []
    for number, body in enumerate(bodies):
        others = [bodies[(number + step) % articles] for step in range(1, boxes + 1)]
        teasers = [line for other in others for line in (other[0], lead(other[1], 30) + " ...")]
        pages.append("\n".join([*MENU, *body, "Most read", *teasers, *FOOTER]))
    return pages


# ---------------------------------------------------------------- the chain


def by_enumeration(emission: list[float], model: Model) -> list[float]:
    """Log-odds of boilerplate of each line, by the sum over all labellings."""
    totals = np.zeros((len(emission), 2))
    for states in product((0, 1), repeat=len(emission)):
        score = model.start * states[0] + sum(e * s for e, s in zip(emission, states, strict=True))
        score += sum(model.transitions[a, b] for a, b in pairwise(states))
        for line, state in enumerate(states):
            totals[line, state] += np.exp(score)
    return list(np.log(totals[:, 1] / totals[:, 0]))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(odds, min_size=1, max_size=6), min_size=1, max_size=5))
def test_the_posterior_is_the_sum_over_all_labellings(documents: list[list[float]]) -> None:
    """Forward-backward over all documents at once gives what enumeration gives for each by itself."""
    model = read_model()
    doc = np.repeat(np.arange(len(documents)), [len(document) for document in documents])
    found = Chain(Around(doc)).posterior(np.array([e for document in documents for e in document]), model)
    assert found == pytest.approx([x for document in documents for x in by_enumeration(document, model)], abs=1e-9)


def test_a_document_longer_than_a_piece_is_read_in_pieces() -> None:
    """Every line gets its odds, and those far from a cut are as in one piece."""
    emission = np.sin(np.arange(100.0)) * 3
    around, model = Around(np.zeros(100, np.int64)), read_model()
    whole, pieces = (Chain(around, longest).posterior(emission, model) for longest in (1000, 40))
    assert pieces[20] == pytest.approx(whole[20], abs=1e-6)
    assert np.isfinite(pieces).all()


def test_odds_beyond_reason_stay_finite() -> None:
    """A line that everything speaks against does not overflow."""
    found = Chain(Around(np.zeros(3, np.int64))).posterior(np.array([1e6, -1e6, 1e6]), read_model())
    assert np.isfinite(found).all() and found[1] < 0 < found[0]


def test_the_model_has_a_weight_for_every_category() -> None:
    """Lines of every kind, alone and among others, find their tables long enough."""
    writer = Writer(3)
    odd = [
        "©",
        "1",
        "https://a.example/b",
        "日本語の文章です。",
        "ABC DEF GHI | JKL » MNO",
        "12:30",
        "x" * 5000,
        writer.paragraph(40),
        "?",
    ]
    assert weights_of(lines_of([*odd, "\n".join(odd * 3)]))["logit"].is_finite().all()


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-3, 3)), min_size=1, max_size=12))
def test_pairs_of_questions_say_what_their_answers_add_up_to(known: list[tuple[int, int]]) -> None:
    """A value reaches a bound that it equals, whether it is the line's own or its stretch's."""
    of = np.array([stretch for stretch, _ in known])
    values = {"alone": Value(np.array([float(own) for _, own in known])), "whole": Value(np.arange(5) * 0.5, of)}
    first = Pair(("alone", 0.0), ("whole", 1.5), np.array([1.0, 10.0, 100.0, 1000.0]))
    second = Pair(("whole", 0.5), ("whole", 1.5), np.array([0.25, 0.0, 0.5, 0.75]))
    wanted = [
        (1000 if own >= 0 else 10) + 0.75 if stretch >= 3 else (100 if own >= 0 else 1) + (0.5 if stretch >= 1 else 0.25)
        for stretch, own in known
    ]
    assert asked((first, second), values).tolist() == wanted


# ---------------------------------------------------------------- stretches, neighbours, siblings


@given(st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.integers(0, 9)), min_size=1, max_size=25))
def test_a_stretch_ends_where_the_mark_or_the_document_does(rows: list[tuple[int, bool, int]]) -> None:
    """Sums over stretches are what a loop finds."""
    rows = sorted(rows, key=lambda row: row[0])
    found = stretches(Around(np.array([doc for doc, *_ in rows])), np.array([mark for _, mark, _ in rows]))
    wanted = [list(part) for _, part in groupby(rows, key=lambda row: row[:2])]
    assert found.lines.tolist() == [len(part) for part in wanted]
    assert found.sum(np.array([value for *_, value in rows])).tolist() == [sum(row[2] for row in part) for part in wanted]
    assert found.of.tolist() == [number for number, part in enumerate(wanted) for _ in part]


def test_what_stretches_say() -> None:
    """A menu, an article of two paragraphs, the menu again: as wholes, and what stands above each line."""
    told = "The council of Harwick said on Monday that the bridge over the river will be closed."
    more = "Works on the bridge begin in May, the council said, and Harwick will pay for all of them."
    menu = ["HOME", "Sport 12:30", "Log in or register"]
    lines = arrange(lines_of(["\n".join([*menu, told, more, *menu])]))
    found = stretch_values(lines, affinity(lines, pl.DataFrame(schema=COMMON)), copies(lines) > 0)
    seen = {name: value.everywhere(value.value) for name, value in found.items()}
    size = lines.size
    assert size.tolist() == [1, 3, 4, 16, 18, 1, 3, 4]
    assert seen["text.words"].tolist() == [8] * 3 + [34] * 2 + [8] * 3
    assert seen["text.mean"].tolist() == pytest.approx([8 / 3] * 3 + [17.0] * 2 + [8 / 3] * 3)
    # No line has twenty words: for the second cut the page is one stretch.
    assert set(seen["long.words"]) == {50.0} and set(seen["long.copies"]) == {6 / 8} and set(seen["long.capitals"]) == {2 / 8}
    assert set(seen["long.brief"]) == {6 / 8}
    assert seen["words above"].tolist() == pytest.approx([0, 1 / 50, 4 / 50, 8 / 50, 24 / 50, 42 / 50, 43 / 50, 46 / 50])
    assert seen["text above"].tolist() == pytest.approx([0, 0, 0, 0, 16 / 34, 1, 1, 1])
    # The paragraphs take up each other's words, and nothing of the menus.
    assert seen["text.taken"][0] == 0 < seen["text.taken"][3] < 1
    assert seen["taken above"][3] == 0 < seen["taken above"][4] < 1 == seen["taken above"][5]


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 50)), min_size=1, max_size=30))
def test_what_stands_around_is_what_a_loop_finds(rows: list[tuple[int, bool, int]]) -> None:
    """Distances, neighbours and sums never cross the edge of a document."""
    rows = sorted(rows, key=lambda row: row[0])
    doc, mark, value = (np.array(column) for column in zip(*rows, strict=True))
    around = Around(doc)
    for i in range(len(rows)):
        peers = [j for j in range(len(rows)) if doc[j] == doc[i]]
        assert around.above(mark)[i] == min((i - j for j in peers if j < i and mark[j]), default=FAR)
        assert around.below(mark)[i] == min((j - i for j in peers if j > i and mark[j]), default=FAR)
        assert around.neighbour(value, -1, -7)[i] == (value[i - 1] if i - 1 in peers else -7)
        assert around.nearby(value, 2)[i] == sum(value[j] for j in peers if 0 < abs(j - i) <= 2)
        assert around.before(value)[i] == sum(value[j] for j in peers if j < i)
        assert around.total(value)[i] == sum(value[j] for j in peers)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(-9, 9)), max_size=30))
def test_siblings_sum_over_other_documents_only(rows: list[tuple[int, int, int]]) -> None:
    """As a loop over all pairs of lines does; key 0 has no siblings."""
    rows = sorted(rows)
    doc, key, value = (np.array([row[column] for row in rows]) for column in range(3))
    siblings = Siblings(key.astype(np.uint64), doc.astype(np.int64))
    related = [[j for j in range(len(rows)) if key[i] and key[j] == key[i]] for i in range(len(rows))]
    assert siblings.sums(value.astype(float)).tolist() == [
        sum(value[j] for j in others if doc[j] != doc[i]) for i, others in enumerate(related)
    ]
    assert siblings.documents.tolist() == [len({doc[j] for j in others}) for others in related]


def test_siblings_speak_for_a_line_and_never_for_their_own_document() -> None:
    """Ten condemned lines in the same place elsewhere speak against a line; ten in its own document do not."""
    logit, group, member = np.full(12, 4.0), np.zeros(12, np.int64), np.ones(12, bool)
    logit[6:] = -4.0
    spread_out, at_home = np.arange(12), np.repeat([0, 1], [6, 6])
    key = np.repeat(np.array([1, 2], np.uint64), [6, 6])
    told = sibling_evidence(logit, member, group, [(Siblings(key, spread_out), 1.0)])
    assert told[0] > 0.5 and told[-1] < -0.5
    assert support(logit, member, [(Siblings(key, spread_out), 1.0)]).tolist() == [5] * 6 + [0] * 6
    assert not sibling_evidence(logit, member, group, [(Siblings(key, at_home), 1.0)]).any()


# ---------------------------------------------------------------- what lines say


@pytest.mark.parametrize(
    "line,end",
    [
        ("It rained.", STOP),
        ('He said "No."', STOP),
        ("It rained ...", ELLIPSIS),
        ("It rained…", ELLIPSIS),
        ("Really?", CALL),
        ("雨が降った。", STOP),
        ("Sport", LETTER),
    ],
)
def test_how_a_line_ends(line: str, end: int) -> None:
    """A cut lead is no finished sentence, and closing quotes do not hide a full stop."""
    assert shapes(pl.DataFrame({"line": [line], "normal": ["x"], "size": [2]}))["ending"].item() == end


def test_affinity_is_what_the_running_text_says_elsewhere() -> None:
    """A headline is taken up by its own article, a teaser is not, and a sentence does not vouch for itself."""
    body = "The ferry terminal in Harwick opened after an unusually wet spring, and the harbour police inspected every passenger twice."
    other = "Volunteers have so far restored eleven windows of the observatory, although nobody had ever approved the money for it at all."
    lines = arrange(lines_of(["\n".join(["Harwick ferry terminal opened", "Salt glacier telephone exchange", body, other])]))
    found = affinity(lines, pl.DataFrame(schema=COMMON))
    assert found.share.tolist()[:2] == [1.0, 0.0]
    assert found.share[2] < 0.2
    assert found.mass[0] == 4 * round(-np.log(0.01) * MICRO)


def test_where_chance_leaves_nothing_nothing_is_taken() -> None:
    """Pages of one template: every document of thousands has every word of a line, and none is taken up from its text."""
    none = np.zeros(4, np.int64)
    found = Affinity(none, none, share=np.array([1.0, 0.5, -1.0, 0.9]), chance=np.array([1.0, 1.0, -1.0, 0.6]))
    assert found.beyond_chance().round(6).tolist() == [0.0, 0.0, -1.0, 0.75]


def test_common_words_weigh_less() -> None:
    """A word of every document's running text weighs next to nothing; one of a single document in many is not in the table."""
    sentence = "Nobody expected that the harbour would be closed again before the end of that very long {} winter season."
    lines = lines_of([sentence.format(f"word{number}x") for number in range(300)])
    census = pl.DataFrame({"documents": [300]}, schema=CENSUS)
    common = common_words(words(lines, Config()), Config(), census)
    assert common["weight"].max() < 0.05
    assert not common.is_empty() and len(common) < 20


def test_words_weigh_the_same_where_none_became_rare_or_common() -> None:
    """A word that is not in the table weighs as much as the rarest that are: one that drops out has hardly moved."""

    def common(*rows: tuple[int, float]) -> pl.DataFrame:
        return pl.DataFrame(rows, schema=COMMON, orient="row")

    before = common((1, 0.5), (2, 4.6))
    assert steady(before, before)
    assert steady(before, common((1, 0.52)))
    assert steady(before, common((1, 0.52), (3, 4.59)))
    assert not steady(before, common((1, 0.6), (2, 4.6)))
    assert not steady(before, common((2, 4.6)))
    assert not steady(common(), before)


def test_a_line_that_names_another_article() -> None:
    """A label before another document's headline names it, also one with a colon; naming a line of one's own is no mention."""
    writer = Writer(11)
    bodies = [["A roof over the old stadium", *writer.article(3)], ["Ferries: the long queue ends at last", *writer.article(3)]]
    named = [f"Again: {bodies[0][0]}", f"Read more: {bodies[1][0]}", f"2. {bodies[1][0]}", f"{bodies[1][0]} | Harbour"]
    lines = arrange(lines_of(["\n".join([*bodies[0], *named]), "\n".join(bodies[1])]))
    own = len(bodies[0])
    assert np.flatnonzero(mentions(lines).lists(lines.around.opens)).tolist() == [own + 1, own + 2, own + 3]


COUNTERS = ["{} comments", "Viewed {} times", "{}条评论", "แชร์ {} ครั้ง", "{}"]
STAMPS = ["Posted at {0:02}:{0:02}", "May {}, 2020", "{}"]


@given(st.lists(st.lists(st.tuples(st.sampled_from(COUNTERS + STAMPS), st.integers(10, 28)), max_size=4), min_size=1, max_size=6))
def test_counters_are_what_a_loop_finds(documents: list[list[tuple[str, int]]]) -> None:
    """A number and some words, that half of the documents have, and three, twice each at most: no date, no time, no bare number."""
    texts = ["\n".join(["A first line", *(template.format(number) for template, number in rows)]) for rows in documents]
    lines = arrange(lines_of(texts))
    holders = {template: [rows for rows in documents if template in dict(rows)] for template in COUNTERS[:-1]}
    often = {
        template
        for template, having in holders.items()
        if len(having) >= 3
        and 2 * len(having) >= len(documents)
        and sum(other == template for rows in having for other, _ in rows) <= 2 * len(having)
    }
    found = counters(lines, repetition(lines).site_docs)
    assert found.tolist() == [told for rows in documents for told in [False, *(template in often for template, _ in rows)]]


def test_what_most_documents_count_is_no_part_of_them() -> None:
    """Right below the text and with a number of its own it goes; a score that one article tells stays."""
    pages = [page.replace("Most read\n", f"{number * 7 + 3} comments\nMost read\n") for number, page in enumerate(site(10))]
    pages[0] = pages[0].replace("3 comments\n", "3 goals\n3 comments\n")
    found = weights_of(lines_of(pages))
    assert found.filter(pl.col("line").str.ends_with(" comments") & (pl.col("logit") < 3))["line"].to_list() == []
    score = found.filter(line="3 goals")["logit"].item()
    assert score < found.filter(line="3 comments")["logit"].item() - 2


ITEMS = [
    "1.",
    "2. 2",
    "[3]",
    "4. D",
    "໐",
    "A link of the site",
    "Another of them",
    "An own line {}",
    "A second one {}",
    "It has 5 of 6",
]


@given(st.lists(st.lists(st.integers(0, len(ITEMS) - 1), max_size=9), min_size=1, max_size=4))
@example([[0, 7, 1, 8]])
@example([[0, 5, 1, 6], [0, 5, 1, 6]])
@example([[0, 7, 7, 7, 1], [0, 7, 7, 7, 7, 1]])
@example([[4]])
def test_numbering_is_what_a_loop_finds(documents: list[list[int]]) -> None:
    """Numbers that follow each other, two to four lines apart, with more lines of the document's own between them than others."""
    texts = ["\n".join(["A first line", *(ITEMS[item].format(doc) for item in rows)]) for doc, rows in enumerate(documents)]
    expected = []
    for rows in documents:
        marks = [False] * len(rows)
        numbers = [place for place, item in enumerate(rows) if item < 4]
        lists = [numbers[:1]]
        for before, place in pairwise(numbers):
            if rows[place] == rows[before] + 1 and 2 <= place - before <= 4:
                lists[-1].append(place)
            else:
                lists.append([place])
        for one_list in lists:
            items = [rows[place] for one, next_one in pairwise(one_list) for place in range(one + 1, next_one)]
            shared = sum(sum(item in other for other in documents) > 1 for item in items if item not in (7, 8))
            if 2 * (len(items) - shared) > len(items):
                for place in one_list:
                    marks[place] = True
        expected += [False, *marks]
    lines = arrange(lines_of(texts))
    found = numbering(lines)
    assert found.tolist() == expected
    assert (repetition(lines.apart(found)).docs[found] == 1).all()


def test_footnotes_are_no_menu_and_the_most_read_are() -> None:
    """Both are numbered lines below the end of all texts."""
    writer = Writer(12)
    pages = site(10)
    notes = [[writer.sentence() for _ in range(8)] for _ in pages[:4]]
    below = ["\n".join(f"{place}. {place}\n{note}" for place, note in enumerate(own, 1)) for own in notes]
    pages = [
        page.replace("Most read\n", f"{below[number]}\nMost read\n" if number < 4 else "Most read\n")
        for number, page in enumerate(pages)
    ]
    popular = [f"{place}\n{writer.headline()}" for place in range(1, 6)]
    pages = [page + "\n" + "\n".join(popular) for page in pages]
    found = weights_of(lines_of(pages)).with_columns(gone=pl.col("logit") > 3)
    kept = found.filter(pl.col("line").is_in([note for own in notes for note in own]) | pl.col("line").str.contains(r"^\d\. \d$"))
    assert kept.height == 2 * 4 * 8
    assert not kept["gone"].any()
    assert found.filter(pl.col("line").str.contains(r"^\d$"))["gone"].all()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ann Lee: Right.", "Ann Lee: It was not.", True),
        ("**Ann Lee:** Right.", "**Ann Lee:** \\[laughs\\]", True),
        ("[00:12:30] Ann Lee: Right.", "[00:12:41] Ann Lee: Oh.", True),
        ("田中：はい", "田中：そうです", True),
        ("Q: Why?", "A: Why not?", False),
    ],
)
def test_who_speaks(one: str, other: str, *, same: bool) -> None:
    """What stands before the first colon, but for marks and the time."""
    speakers = arrange(lines_of([f"{one}\n{other}"])).distinct["speaker"]
    assert speakers.null_count() == 0
    assert (speakers.n_unique() == 1) == same


@pytest.mark.parametrize(
    "line", ["https://example.org/a", "At 9:30 it rained", "It rained on the third of the four days of it: rain", "12: 30"]
)
def test_nobody_speaks(line: str) -> None:
    """An address, a time, a sentence, a number."""
    assert arrange(lines_of([line])).distinct["speaker"].item() is None


SAID = ["Ann: word {}", "Ben: word {}", "Cy:", "word {}"]


@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=14), min_size=1, max_size=4))
@example([[0] * 3 + [1] * 3 + [3] * 5, [0] * 3 + [1] * 3 + [3] * 6])
@example([[0] * 9])
@example([[2, 3] * 3 + [0] * 3 + [3] * 8, [2, 3] * 3 + [0] * 3 + [3] * 9])
def test_turns_are_what_a_loop_finds(documents: list[list[int]]) -> None:
    """Lines of a name that begins three of the document, where two names do, and what stands below a name by itself; more than
    half of the document's lines are such."""
    texts = ["\n".join(SAID[item].format(place) for place, item in enumerate(rows)) for rows in documents]
    expected = []
    for rows in documents:
        speakers = {item for item in rows if item < 3 and rows.count(item) >= 3}
        said = [item in speakers or (above == 2 and 2 in speakers) for above, item in pairwise([3, *rows])]
        expected += said if len(speakers) >= 2 and 2 * sum(said) > len(rows) else [False] * len(rows)
    assert turns(arrange(lines_of(texts))).tolist() == expected


def test_a_conversation_is_no_menu() -> None:
    """However often its short lines are said: in twelve documents, beside each other. The site's own lines around it go."""
    writer = Writer(3)
    short = ["Right.", "Yeah...", "Oh, really?", "Of course."]
    pages = []
    for number in range(12):
        talk = [
            f"{name}: {line}" for name, line in zip(["Ann Lee", "Ben Dale"] * 16, [*short, writer.sentence()] * 7, strict=False)
        ]
        pages.append("\n".join([*MENU, f"Episode {number}: {writer.headline()}", *talk, *FOOTER]))
    found = weights_of(lines_of(pages)).with_columns(
        gone=pl.col("logit") > 3, said=pl.col("line").str.contains("^(Ann Lee|Ben Dale):")
    )
    assert not found.filter("said")["gone"].any()
    assert found.filter(pl.col("line").is_in(FOOTER))["gone"].all()


# ---------------------------------------------------------------- where texts end


def ends_of(pages: list[str], groups: list[str] | None = None) -> tuple[list[str], Ends]:
    """The lines of pages, and where their texts end, if all that repeats is boilerplate and all else is told."""
    table = lines_of(pages, groups)
    lines = arrange(table)
    seen = repetition(lines)
    repeated = seen.docs >= OFTEN
    logit = np.where(repeated, 8.0, -5.0)
    logit = np.where(pl.Series(table["line"]).str.starts_with("See: ").to_numpy(), 0.0, logit)
    nothing, run = np.zeros(len(table)), runs(lines, seen, lines.around.opens)
    return table["line"].to_list(), ends(lines, seen, run, logit, nothing, repeated, nothing)


def told_pages(count: int, *below: str, seed: int = 5) -> list[str]:
    """Articles above some lines ({}: a headline that stands nowhere else)."""
    writer = Writer(seed)
    return ["\n".join([*writer.article(3), *(line.format(writer.headline()) for line in below)]) for _ in range(count)]


SHARE = ("Share this page", "Print this page")


def test_what_stands_below_the_end_of_all_texts_is_known_by_it() -> None:
    """By one vote of each other document; the article above has no evidence against it."""
    pages = told_pages(8, *SHARE, "See: {}", "See: {}")
    found, end = ends_of(pages)
    below = np.array([line.startswith("See: ") or line in SHARE for line in found])
    assert end.documents.tolist() == np.where(below, 7, 0).tolist()
    assert np.allclose(end.evidence, np.where(below, np.log(7.5 / 0.5), 0))


def test_a_document_that_goes_on_below_speaks_against_the_mark_and_has_not_ended() -> None:
    """By a third of its words, not by a comment. Nor are there ends where most go on, or where the line stands apart and may be
    part of the text."""
    pages = told_pages(8, *SHARE, "See: {}")
    pages[3] += "\n" + "\n".join(Writer(9).article(2))
    pages[5] += "\n" + Writer(10).sentence()
    _, end = ends_of(pages)
    assert set(np.round(end.evidence, 9)) == {0.0, np.round(np.log(6.5 / 1.5), 9)}
    first_of_next = sum(len(page.split("\n")) for page in pages[:4])
    here = slice(first_of_next - len(pages[3].split("\n")), first_of_next)
    assert not end.documents[here].any()
    goes_on = told_pages(5, *SHARE, "See: {}", seed=6) + [
        "\n".join([page, *Writer(n).article(2)]) for n, page in enumerate(pages)
    ]
    assert not ends_of(goes_on)[1].documents.any()
    assert not ends_of(told_pages(8, "We offer", "See: {}", "See: {}"))[1].documents.any()


def test_where_nothing_is_told_no_text_ends() -> None:
    """Lists and tables of few words, and sites where fewer than three other documents say so."""
    lists = ["\n".join([f"Item {n} {m}" for m in range(4)] + [*SHARE, f"See: {n}"]) for n in range(6)]
    assert not ends_of(lists)[1].documents.any()
    assert not ends_of(told_pages(OFTEN, *SHARE, "See: {}"))[1].documents.any()
    assert ends_of(told_pages(OFTEN + 1, *SHARE, "See: {}"))[1].documents.any()


# Kinds of lines: text; text that might be boilerplate; lines that look like content, short and of a third of the words of two texts
# and a title; and that do not. Of text that might be boilerplate: on its document's topic, and not quite; and no running text.
OWN = {"T": -2.5, "t": -2.0, "s": -1.0, "u": -1.0, "S": 0.0, "x": -1.0, "y": -1.0, "z": -1.0}
TAKEN = {"x": 0.25, "y": 0.24, "z": 1.0}
SHARED = {"A": ("Share this page", 0.0), "B": ("Print this page", 0.0), "C": ("Contact", 1.25), "D": ("Privacy", 1.0)}


PAGES = [
    "TAB",
    "TABS",
    "TABs",
    "TABt",
    "TTABt",
    "TTTABt",
    "TTTTABs",
    "TABT",
    "TAS",
    "SAT",
    "TSBA",
    "AB",
    "SAB",
    "TC",
    "TCS",
    "CT",
    "TD",
    "TTABu",
    "TTTTABxC",
    "TTTTABxB",
    "TTTTAByC",
    "TTTTABzC",
]


@given(st.lists(st.sampled_from(PAGES), max_size=3), st.lists(st.sampled_from(PAGES[:10]), min_size=3, max_size=9))
@settings(max_examples=200)
@example([], ["TABT"] * 2 + ["TAB"] * 6)  # five others for it, two against
@example([], ["TABT"] + ["TABS"] * 4)  # three for it, one against
@example([], ["TABS"] * 4 + ["TAS"] * 4)  # in a run in half of its documents
@example([], ["TABS"] * 4 + ["TAS"] * 5)
@example([], ["TABS"] * 3 + ["TACS"] * 3)  # in runs of three
@example([], ["TABS"] * 2 + ["TACS"] * 2)
@example([], ["TTTABt"] * 5)
@example([], ["TDS"] * 5)  # no more like furniture than it has to be
@example([], ["TTABu"] * 5)  # a third goes on below
@example([], ["TTTTABxC"] * 5)  # below the first mark stands a section
@example([], ["TTTTABxB"] * 5)  # as many words on the topic as twice those that others print
@example([], ["TTTTABxC"] + ["TTTTAByC"] * 4)
@example([], ["TTTTABzC"] * 5)
@example([], ["TABSA"] * 4)  # a mark printed twice speaks once
@example([], ["TCS"] * 5)  # it stands apart, and looks like furniture
@example([], ["tABS"] * 5)  # nothing above is surely text
def test_ends_are_what_a_loop_finds(some: list[str], more: list[str]) -> None:
    """Marks are first copies of furniture below a text that does not go on; the best one above a line counts."""
    kinds, pages, writer = [*some, *more], list[str](), Writer(3)
    told = "Nobody of {} had said in all these years that the old bridge of {} would ever be closed again."
    topic = "The old bridge of {}, we say once more, is closed by {}."
    sentences = {"T": told, "t": told, "u": " ".join(["word {0}{1}"] * 7), "x": topic, "y": topic, "z": topic.rstrip(".")}
    for number, page in enumerate(kinds):
        rows = [SHARED[kind][0] if kind in SHARED else writer.headline() for kind in page]
        rows = [sentences.get(kind, row).format(number, at) for at, (kind, row) in enumerate(zip(page, rows, strict=True))]
        pages.append("\n".join([f"Page {number}", *rows]))
    lines = arrange(lines_of(pages))
    flat = "".join(f"s{page}" for page in kinds)
    logit = np.array([OWN.get(kind, 8.0) for kind in flat])
    context = np.array([SHARED[kind][1] if kind in SHARED else 0.0 for kind in flat])
    seen = repetition(lines)
    repeated, run = seen.docs >= OFTEN, runs(lines, seen, lines.around.opens)
    taken = np.array([TAKEN.get(kind, 0.0) for kind in flat])
    found = ends(lines, seen, run, logit, context, repeated, taken)
    words = [size if kind in "Ttsuxyz" and docs == 1 else 0 for kind, docs, size in zip(flat, seen.docs, lines.size, strict=True)]

    def says(row: int) -> tuple[bool, bool, bool]:
        """Whether the document of a line speaks for it as a mark, and against it, and ends above it where it is one."""
        first, stop = int(lines.around.first[row]), int(lines.around.stop[row])
        if not repeated[row] or any(lines.passage[at] == lines.passage[row] for at in range(first, row)):
            return False, False, False
        goes_on = 3 * sum(words[row + 1 : stop]) > sum(words[first:row])
        topics = sum(words[at] for at in range(row + 1, stop) if flat[at] == "x")
        section = topics > 2 * sum(lines.size[at] for at in range(row + 1, stop) if seen.docs[at] >= 3)
        text = any(flat[at] == "T" and seen.docs[at] == 1 for at in range(first, row))
        furniture = (run[row] >= 3 and 2 * run[row] >= seen.docs[row]) or context[row] > 1
        ends_here = bool(furniture and text and not goes_on)
        return ends_here and not section, bool(goes_on or section), ends_here

    said = [says(row) for row in range(len(flat))]
    for row in range(len(flat)):
        best = (0.0, 0)
        for mark in range(int(lines.around.first[row]), row + 1):
            if said[mark][2]:
                others = [said[at] for at in range(len(flat)) if lines.passage[at] == lines.passage[mark] and at != mark]
                votes, against = (sum(one[side] for one in others) for side in (0, 1))
                if votes >= 3 and votes >= 3 * against:
                    best = max(best, (float(np.log((votes + 0.5) / (against + 0.5))), votes))
        assert (round(found.evidence[row], 9), found.documents[row]) == (round(best[0], 9), best[1])


@given(st.integers(1, 6), st.integers(0, 3))
@settings(max_examples=20)
def test_ends_are_those_of_a_site_by_itself(others: int, seed: int) -> None:
    """To the last bit, whatever other sites stand before it."""
    pages = told_pages(5, *SHARE, "See: {}", seed=seed)
    strange = told_pages(others, "Follow us", "See: {}", "Contact", seed=seed + 50)
    _, alone = ends_of(pages)
    _, together = ends_of([*strange, *pages], ["other"] * others + ["site"] * 5)
    count = len(alone.evidence)
    assert together.evidence[-count:].tobytes() == alone.evidence.tobytes()
    assert together.documents[-count:].tolist() == alone.documents.tolist()


# ---------------------------------------------------------------- a whole site


def test_menus_and_teasers_go_and_articles_stay() -> None:
    """On a site of eight articles with menu, teasers and footer: all of these are condemned, and no line of an article is."""
    found = weights_of(lines_of(site()))
    body = {line for text in site() for line in text.split("\n")[len(MENU) : len(MENU) + 7]}
    first = pl.col("seg").is_between(len(MENU), len(MENU) + 6)
    assert found.filter(first & (pl.col("logit") > 0))["line"].to_list() == []
    assert found.filter(~first & pl.col("line").is_in(body) & (pl.col("logit") < 2))["line"].to_list() == []
    assert found.filter(pl.col("line").is_in([*MENU[1:], *FOOTER]) & (pl.col("logit") < 2))["line"].to_list() == []
    assert found.filter("headline")["seg"].to_list() == [len(MENU)] * 8
    assert found.filter(pl.col("line").is_in(body) & ~first)["heads_another"].all()


def test_what_occurs_once_is_judged_by_its_siblings() -> None:
    """A teaser that no other page has stands where the others' teasers stand: it has their support."""
    pages = site(10, boxes=1)
    strange = Writer(77).headline()
    pages[0] = pages[0].replace("Most read\n", f"Most read\n{strange}\n")
    once = weights_of(lines_of(pages)).filter(pl.col("line") == strange)
    assert once["docs"].item() == 1 and once["logit"].item() > 1 and once["support"].item() >= 5


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_of_all_copies_at_most_one_is_home(seed: int) -> None:
    """No passage has two homes, no document two headlines."""
    lines = lines_of(site(seed=seed))
    found = weights_of(lines).join(lines.select("doc", "seg", "cluster"), on=["doc", "seg"])
    homes = found.filter("home")
    assert not homes.is_empty() and homes["cluster"].is_unique().all()
    assert found.filter("headline")["doc"].is_unique().all()


def test_sites_are_judged_apart() -> None:
    """Lines of another site are no copies: only `sites` says that others have the line."""
    texts = site(4) + site(4, seed=2)
    apart = weights_of(lines_of(texts, ["a"] * 4 + ["b"] * 4))
    assert apart.filter(line="Sport")["docs"].to_list() == [4] * 8
    assert apart["site_docs"].to_list() == [4] * len(apart)


@pytest.mark.parametrize("batches,partitions", [(1, 3), (3, 1), (7, 7)])
def test_pieces_do_not_change_the_answer(batches: int, partitions: int) -> None:
    """One, three or seven pieces, to the last bit."""
    texts = [text for seed in range(5) for text in site(4, seed)]
    lines = lines_of(texts, [f"site{seed}" for seed in range(5) for _ in range(4)])
    whole = weights_of(lines)
    assert weights_of(lines, LocalEngine(Config(), batches=batches, partitions=partitions)).equals(whole)


def test_the_order_of_rows_does_not_change_the_answer() -> None:
    """Shuffled lines are weighed as sorted ones."""
    lines = lines_of(site())
    assert weights_of(lines.sample(fraction=1.0, shuffle=True, seed=5)).equals(weights_of(lines))


def test_nothing_in_nothing_out() -> None:
    """No lines give no weights, with their columns; a table beside is asked for by name."""
    empty = pl.DataFrame(schema=WEIGHABLE)
    assert weigh(empty, Config(), pl.DataFrame(schema=COMMON)).schema == pl.Schema(WEIGHTS)
    assert common_words(words(empty, Config()), Config(), pl.DataFrame({"documents": [0]}, schema=CENSUS)).schema == pl.Schema(
        COMMON
    )
    with pytest.raises(TypeError, match="weigh takes a table beside"):
        weigh(empty, Config())
    with pytest.raises(TypeError, match="words takes no table beside"):
        words(empty, Config(), empty)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.lists(
            st.sampled_from([*MENU, "日本語", "1", "Ein Satz, der lang genug ist, um ein Satz zu sein, und mehr."]), max_size=4
        ),
        max_size=4,
    )
)
def test_documents_of_a_line_or_two(documents: list[list[str]]) -> None:
    """However short, every line that holds a token is weighed, once."""
    lines = lines_of(["\n".join(document) for document in documents])
    found = weights_of(lines)
    assert found.select("doc", "seg").equals(lines.select("doc", "seg"))
    assert found["logit"].is_finite().all()
