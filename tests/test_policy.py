"""What stays and what goes: the policy, case by case, on articles written for it."""

from __future__ import annotations

import random

import polars as pl
import pytest
from conftest import Cleaner, documents, outcome
from writing import Writer, doubled, edited, lead, page

from clean.config import Config
from clean.engines.local import LocalEngine
from clean.pipeline import clean


def corpus(articles: list[list[str]], sidebars: list[str]) -> dict[str, str]:
    """Texts by id: each article with its sidebar below."""
    return {
        f"d{i}": page([*article, sidebar] if sidebar else article)
        for i, (article, sidebar) in enumerate(zip(articles, sidebars, strict=True))
    }


def test_shared_teasers_go_and_articles_stay_whole(cleaned: Cleaner) -> None:
    """The same blocks below several articles are removed from all, and not a word of the articles is."""
    writer = Writer(1)
    articles = [writer.article() for _ in range(4)]
    sidebar = doubled([writer.teaser() for _ in range(4)])
    assert cleaned(corpus(articles, [sidebar] * 4)) == {f"d{i}": page(a) for i, a in enumerate(articles)}


@pytest.mark.parametrize("words", [1, 2, 3])
def test_teasers_edited_by_a_few_words_go(cleaned: Cleaner, words: int) -> None:
    """A copy of a block in which an editor changed one to three words is removed like the block."""
    writer = Writer(2)
    articles = [writer.article() for _ in range(4)]
    teasers = [writer.teaser(70) for _ in range(3)]
    sidebars = [doubled([(h, edited(t, words, seed=i)) for h, t in teasers]) for i in range(4)]
    assert cleaned(corpus(articles, sidebars)) == {f"d{i}": page(a) for i, a in enumerate(articles)}


def test_teasers_cut_at_other_lengths_go(cleaned: Cleaner) -> None:
    """The same lead, cut after 40, 60 or 80 words, is one teaser."""
    writer = Writer(3)
    articles = [writer.article() for _ in range(3)]
    stories = [(writer.headline(), writer.paragraph(6)) for _ in range(3)]
    sidebars = [doubled([(h, lead(p, cut)) for h, p in stories]) for cut in (40, 60, 80)]
    assert cleaned(corpus(articles, sidebars)) == {f"d{i}": page(a) for i, a in enumerate(articles)}


def test_teasers_seen_once_go_when_the_shape_is_learned(cleaned: Cleaner) -> None:
    """Blocks that occur in one document only are removed once two other blocks have shown their shape."""
    writer = Writer(4)
    articles = [writer.article() for _ in range(3)]
    shared, own = doubled([writer.teaser() for _ in range(3)]), doubled([writer.teaser() for _ in range(3)])
    texts = corpus(articles, [shared, shared, own])
    assert cleaned(texts)["d2"] == page(articles[2])
    rules = outcome(texts).ledger.filter(doc=2)["rule"].unique().to_list()
    assert rules == ["learned-teaser"]


@pytest.mark.parametrize("home", [0, 1, 2, 3])
def test_a_teasers_home_article_survives_whole(cleaned: Cleaner, home: int) -> None:
    """The article that a teaser was cut from keeps every line, wherever it stands in the corpus."""
    writer = Writer(5)
    articles = [writer.article() for _ in range(4)]
    sidebar = doubled([(articles[home][0], lead(articles[home][2], 50)), writer.teaser(), writer.teaser()])
    texts = corpus(articles, ["" if i == home else sidebar for i in range(4)])
    assert cleaned(texts) == {f"d{i}": page(a) for i, a in enumerate(articles)}


def test_a_home_whose_lead_is_printed_uncut_survives(cleaned: Cleaner) -> None:
    """A teaser that prints the whole first paragraph does not take that paragraph from its home."""
    writer = Writer(6)
    articles = [writer.article() for _ in range(4)]
    sidebar = doubled([(articles[0][0], articles[0][2]), writer.teaser(), writer.teaser()])
    texts = corpus(articles, ["", sidebar, sidebar, sidebar])
    assert cleaned(texts) == {f"d{i}": page(a) for i, a in enumerate(articles)}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_near_identical_articles_one_survives_whole(cleaned: Cleaner, order: tuple[int, int]) -> None:
    """Near-copies are settled before lines are: one goes, and the other's body is not taken for boilerplate."""
    writer = Writer(7)
    article = writer.article(10)
    other = [article[0], article[1], *(edited(p, 2, seed=i) for i, p in enumerate(article[2:]))]
    both = [page(article), page(other)]
    rest = {f"r{i}": page(writer.article()) for i in range(2)}
    result = cleaned({"a": both[order[0]], "b": both[order[1]], **rest})
    assert sorted(result) in (["a", "r0", "r1"], ["b", "r0", "r1"])
    assert next(text for name, text in result.items() if name in "ab") in both
    assert {name: result[name] for name in rest} == rest


def test_one_article_under_two_sidebars_is_one_article(cleaned: Cleaner) -> None:
    """A sidebar does not make a copy another article."""
    writer = Writer(8)
    article, others = writer.article(6), [writer.article(6) for _ in range(4)]
    one, two = (doubled([writer.teaser(90) for _ in range(5)]) for _ in range(2))
    texts = corpus([article, article, *others], [one, two, one, one, two, two])
    result = cleaned(texts)
    assert sorted(result) in (["d0", "d2", "d3", "d4", "d5"], ["d1", "d2", "d3", "d4", "d5"])
    assert all(result[f"d{i + 2}"] == page(other) for i, other in enumerate(others))


@pytest.mark.parametrize("documents", [2, 3, 5])
def test_short_articles_under_one_long_sidebar_are_not_copies(cleaned: Cleaner, documents: int) -> None:
    """Nine tenths of two texts may be the same sidebar: they are two articles all the same."""
    writer = Writer(9)
    articles = [writer.article(2, 2) for _ in range(documents)]
    sidebar = doubled([writer.teaser(110) for _ in range(7)])
    assert cleaned(corpus(articles, [sidebar] * documents)) == {f"d{i}": page(a) for i, a in enumerate(articles)}


POSTS = [
    ["Kettle season", "The tin one whistles in two keys, and neither of them is in tune with the cat."],
    ["A bench for the bus stop", "Somebody left a plank on two crates, and by noon it had a name."],
    ["Twelve ways to lose a glove", "My favourite remains the tram; it took both, years apart, from one hand."],
    ["Paint that never dries", "Our neighbour swears by it, which explains the colour of his trousers."],
    ["Small maps", "This one shows every puddle between the bakery and the school."],
    ["Owls, mostly", "I counted nine on the way home; two turned out to be chimneys."],
    ["The ladder again", "It came back on Tuesday with a note that thanked us for the apples."],
    ["Soup without a recipe", "Begin with whatever stares at you longest when the cupboard is open."],
    ["Forty buttons", "None of them match, so the coat has become a calendar of sorts."],
]


@pytest.mark.parametrize("posts", [3, 5, 9])
def test_posts_of_a_line_amid_a_long_frame_are_not_copies(cleaned: Cleaner, posts: int) -> None:
    """A title and a few words among eighty short lines that all pages of a blog print: each is a post. One that comes twice goes."""
    writer = Writer(31)
    frame = [" ".join(writer.headline().split()[-3:]) for _ in range(80)]
    frame[5] = writer.paragraph(1)  # who writes it
    told = POSTS[:posts]
    pages = [[*frame[:12], *post, "0 comments", *frame[12:]] for post in told]
    again = [line.replace("0 comments", "3 comments") for line in pages[1]]
    result = cleaned({f"d{n}": "\n".join(lines) for n, lines in enumerate([*pages, again])})
    stay = [n for n, post in enumerate([*told, told[1]]) if set(post) <= set(result.get(f"d{n}", "").split("\n"))]
    assert stay in ([*range(posts)], [0, *range(2, posts + 1)])


@pytest.mark.parametrize("versions", [3, 4, 6])
def test_of_versions_of_a_poem_one_stays(cleaned: Cleaner, versions: int) -> None:
    """Nothing but short lines, of which each version has two of its own, in a corpus of nothing else: no frame, but a poem."""
    writer = Writer(7)
    poem = [writer.headline() for _ in range(16)]
    texts = {}
    for version in range(versions):
        lines = list(poem)
        for at in (2 * version + 1, 2 * version + 2):
            lines[at] = edited(lines[at], 1, seed=at)
        texts[f"d{version}"] = "\n".join(lines)
    (stays,) = cleaned(texts).items()
    assert stays in texts.items()


@pytest.mark.parametrize(("change", "stay"), [("verbatim", 1), ("shortened", 2)])
def test_another_site_keeps_what_it_has_shortened(change: str, stay: int) -> None:
    """An agency's report on two sites is one document where nearly all of it is the same; the other's shorter one is its own."""
    writer = Writer(18)
    report = writer.article(9)
    sites = []
    for name, version in (("a", report), ("b", report if change == "verbatim" else report[:7])):
        pages = [version, *(writer.article(6) for _ in range(4))]
        sites.append(documents(corpus(pages, [doubled([writer.teaser() for _ in range(3)])] * 5), group=name))
    table = pl.concat(sites).with_columns(doc=pl.int_range(pl.len(), dtype=pl.UInt32))
    outcome = clean(table, LocalEngine(Config()))
    assert outcome.texts["text"].str.contains(report[2], literal=True).sum() == stay


def test_copies_under_sidebars_seen_once_leave_one(cleaned: Cleaner) -> None:
    """Five versions of one article, two edited, one shortened, each above a long sidebar of its own, come out once."""
    writer = Writer(19)
    article = writer.article(7)
    versions = [article, article, [article[0], *(edited(p, 2, seed=i) for i, p in enumerate(article[1:]))], article[:6], article]
    others = [writer.article(7) for _ in range(8)]
    popular = [writer.teaser() for _ in range(6)]
    sidebars = [doubled(writer.random.sample(popular, 3) + [writer.teaser() for _ in range(3)]) for _ in range(13)]
    result = cleaned(corpus([*versions, *others], sidebars))
    assert len([name for name in result if int(name[1:]) < 5]) == 1
    assert {f"d{i}" for i in range(5, 13)} <= result.keys()


@pytest.mark.parametrize(("more", "stay"), [(1, 1), (3, 2)])
def test_an_edited_copy_above_text_of_its_own_is_known_line_by_line(cleaned: Cleaner, more: int, stay: int) -> None:
    """Each paragraph is like its edited copy, the whole is not: a biography below stands nowhere else, and seems to be the
    document's own text. Where a third of each is its own, they are two articles."""
    writer = Writer(28)
    article = writer.article(6)
    other = [article[0], article[1], *(edited(p, 7, seed=i) for i, p in enumerate(article[2:]))]
    texts = {f"c{i}": page([*lines, *(writer.paragraph(3) for _ in range(more))]) for i, lines in enumerate((article, other))}
    result = cleaned(texts | {f"r{i}": page(writer.article(6)) for i in range(5)})
    assert len([name for name in result if name.startswith("c")]) == stay


def test_ten_near_copies_leave_one(cleaned: Cleaner) -> None:
    """A syndicated article that comes ten times, each lightly edited, comes out once."""
    writer = Writer(10)
    article = writer.article(8)
    copies = {
        f"c{i}": page([article[0], *(edited(p, 1, seed=i) if j % 3 == i % 3 else p for j, p in enumerate(article[1:]))])
        for i in range(10)
    }
    rest = {f"r{i}": page(writer.article()) for i in range(3)}
    result = cleaned({**copies, **rest})
    assert len([name for name in result if name in copies]) == 1
    assert {name: result[name] for name in rest} == rest


def test_a_quote_in_two_articles_stays_in_both(cleaned: Cleaner) -> None:
    """What two bodies both print is content."""
    writer = Writer(11)
    quote = f'"{writer.paragraph(3)}" the minister said.'
    articles = [writer.article(8) for _ in range(3)]
    for i in (0, 1):
        articles[i].insert(5, quote)
    texts = {f"d{i}": page(a) for i, a in enumerate(articles)}
    assert cleaned(texts) == texts


def test_headings_alike_but_not_equal_stay(cleaned: Cleaner) -> None:
    """Farm to Market Road 1506 and Farm to Market Road 1507 are two roads."""
    writer = Writer(12)
    texts = {}
    for i in range(4):
        article = writer.article(6)
        for at in (3, 5, 7):
            article.insert(at, f"Farm to Market Road {1500 + 10 * i + at}")
        texts[f"d{i}"] = page(article)
    assert cleaned(texts) == texts


def test_own_headline_as_caption_and_a_byline_twice_go(cleaned: Cleaner) -> None:
    """The headline again between paragraphs, and the author's name again below the summary, are removed; the first stay."""
    writer = Writer(13)
    article = writer.article(6)
    text = page(
        [
            article[0],
            "Nora Byrne\nA summary of what follows, in one sentence.\nNora Byrne",
            article[2],
            article[0],
            *article[3:5],
            article[0],
            *article[5:],
        ]
    )
    expected = page([article[0], "Nora Byrne\nA summary of what follows, in one sentence.", *article[2:]])
    assert cleaned({"a": text, "b": page(writer.article())})["a"] == expected


def test_below_navigation_the_headline_printed_twice_in_a_row_stays_once(cleaned: Cleaner) -> None:
    """A page that begins with a menu prints its headline twice above the text: the second copy goes, the first stays."""
    writer = Writer(23)
    articles = [writer.article() for _ in range(4)]
    texts = {f"d{i}": page(["Archive", a[0], a[0], "By Nora Byrne", *a[1:]]) for i, a in enumerate(articles)}
    for text, article in zip(cleaned(texts).values(), articles, strict=True):
        assert text.count(article[0]) == 1
        assert page(article[1:]) in text


def test_an_interview_keeps_its_speakers(cleaned: Cleaner) -> None:
    """A short line that repeats honestly (a speaker's name) stays every time."""
    writer = Writer(14)
    lines = [writer.headline(), writer.paragraph(2)]
    for _ in range(6):
        lines += ["Nora Byrne:", writer.sentence(), "Question:", writer.sentence()]
    texts = {"a": page(lines), "b": page(writer.article())}
    assert cleaned(texts) == texts


def test_a_glued_list_of_headlines_at_the_end_goes(cleaned: Cleaner) -> None:
    """One line of headlines glued together, below a removed sidebar, is removed with it."""
    writer = Writer(15)
    articles = [writer.article() for _ in range(3)]
    sidebar = doubled([writer.teaser() for _ in range(3)])
    glued = "".join(f"{writer.headline()} | {writer.pick('TOPICS')} | {writer.pick('TOPICS')}" for _ in range(5))
    texts = corpus(articles, [sidebar, sidebar, f"{sidebar}\n\n{glued}"])
    assert cleaned(texts) == {f"d{i}": page(a) for i, a in enumerate(articles)}


@pytest.mark.parametrize("count", [0, 1])
def test_a_corpus_of_none_or_one_document_loses_nothing(cleaned: Cleaner, count: int) -> None:
    """Without another document nothing is boilerplate."""
    writer = Writer(16)
    texts = {f"d{i}": page(writer.article()) for i in range(count)}
    assert cleaned(texts) == texts


def test_empty_and_blank_documents_pass_through(cleaned: Cleaner) -> None:
    """A text without a token has nothing to compare, and stays as it is."""
    texts = {"a": "", "b": "\n\n", "c": "***", "d": "", "e": " "}
    assert cleaned(texts) == texts


def chinese(writer: Writer, sentences: int) -> str:
    """A paragraph of Chinese sentences from templates."""
    pick = writer.random.choice
    who = ["市长", "工程师", "老师", "渔民", "校长", "医生", "记者", "农民", "诗人", "船长"]
    where = ["北港", "南山", "东湖", "西河", "青岛", "老城", "海边", "山村", "新区", "码头"]
    what = [
        "修复了旧桥",
        "扩建图书馆",
        "检查水质",
        "讨论新的电车线路",
        "种下三百棵树",
        "研究海浪发电",
        "整理了百年档案",
        "开办夜校",
        "拍卖旧船",
        "举行音乐会",
    ]
    why = [
        "因为去年的洪水",
        "尽管预算不足",
        "为了孩子们的安全",
        "在秋季风暴到来之前",
        "按照一九七四年的规定",
        "经过三轮投票",
        "得到邻居的支持",
        "根据专家的建议",
    ]
    return "".join(
        f"{pick(where)}的{pick(who)}{pick(why)}{pick(what)}，{pick(who)}和{pick(who)}在{pick(where)}{pick(what)}。"
        for _ in range(sentences)
    )


def thai(writer: Writer, sentences: int) -> str:
    """A paragraph of Thai clauses from templates."""
    pick = writer.random.choice
    who = ["นายกเทศมนตรี", "วิศวกร", "ครูใหญ่", "ชาวประมง", "แพทย์", "นักข่าว", "ชาวนา", "กัปตัน"]
    what = [
        "ซ่อมสะพานเก่า",
        "ขยายห้องสมุด",
        "ตรวจคุณภาพน้ำ",
        "ปลูกต้นไม้สามร้อยต้น",
        "เปิดโรงเรียนกลางคืน",
        "จัดคอนเสิร์ต",
        "ขายเรือเก่า",
        "ศึกษาพลังงานคลื่น",
    ]
    where = ["ที่ท่าเรือเหนือ", "ในหมู่บ้านบนเขา", "ริมทะเลสาบ", "ในเมืองเก่า", "ที่เขตใหม่", "ใกล้แม่น้ำ"]
    why = ["เพราะน้ำท่วมปีก่อน", "แม้งบประมาณไม่พอ", "เพื่อความปลอดภัยของเด็ก", "ก่อนพายุฤดูใบไม้ร่วง", "หลังการลงคะแนนสามรอบ"]
    return " ".join(
        f"{pick(who)}{pick(what)}{pick(where)}{pick(why)}และ{pick(who)}{pick(what)}{pick(where)}" for _ in range(sentences)
    )


@pytest.mark.parametrize("compose", [chinese, thai])
def test_scripts_without_spaces_are_cleaned_alike(cleaned: Cleaner, compose) -> None:
    """Repeated blocks go, and articles stay, where words are not written apart."""
    writer = Writer(17)
    articles = [[compose(writer, 1), *(compose(writer, 5) for _ in range(5))] for _ in range(3)]
    teasers = [(compose(writer, 1), compose(writer, 3)[:-9]) for _ in range(3)]
    texts = corpus(articles, [doubled(teasers)] * 3)
    assert cleaned(texts) == {f"d{i}": page(a) for i, a in enumerate(articles)}


BUTTONS = ["Like this post", "Quote", "Report"]
SITE = ["Share this page", "Print this page", "Contact", "Privacy"]


def test_below_the_end_of_a_text_what_stands_once_goes(cleaned: Cleaner) -> None:
    """Headlines that no other page has, and a portrait of the author, below furniture at which all other articles end."""
    writer = Writer(31)
    articles = [writer.article() for _ in range(8)]
    site = [*SITE, writer.paragraph(1)]
    tails = [[*site[:2], writer.headline(), *([writer.paragraph(5)] if n == 3 else []), *site[2:]] for n in range(8)]
    kept = cleaned({f"d{n}": page([*article, *tail]) for n, (article, tail) in enumerate(zip(articles, tails, strict=True))})
    assert kept == {f"d{n}": page(article) for n, article in enumerate(articles)}


def test_the_last_section_of_every_document_is_no_end_of_it(cleaned: Cleaner) -> None:
    """Half of them have nothing to say below that heading, and end there; the others say what they are about once more."""
    writer = Writer(35)
    texts, sections = {}, {}
    for number in range(24):
        article = writer.article(8)
        said = " ".join(writer.random.sample([sentence for line in article[2:] for sentence in line.split(". ")], 2))
        sections[f"d{number}"] = "None are known." if number % 2 else f"It should be known that {lead(said, 18)}."
        texts[f"d{number}"] = page([*article, "Security considerations", sections[f"d{number}"], "Copyright", "Waived."])
    kept = cleaned(texts)
    assert [name for name in list(texts)[::2] if sections[name] not in kept[name]] == []


def test_a_list_of_changes_is_not_taken_for_furniture(cleaned: Cleaner) -> None:
    """Headings that each release has, and below them short lines that none has twice: each makes the next one look like a menu."""
    writer = Writer(32)
    headings = ["New Features", "Commands", "Variables", "Modules", "Deprecated and Removed Features", "Other Changes"]
    notes = {
        f"d{release}": page(
            [f"Release notes of version 3.{release}", *(writer.paragraph(4) for _ in range(6))]
            + [line for heading in headings for line in (heading, *(f"* {writer.headline()}" for _ in range(6)))]
        )
        for release in range(12)
    }
    kept = cleaned(notes)
    for name, text in notes.items():
        assert {line for line in text.split("\n") if line.startswith("*")} <= set(kept[name].split("\n"))


@pytest.mark.parametrize("answered", [8, 2])
def test_the_answers_to_a_question_are_no_end_of_it(cleaned: Cleaner, answered: int) -> None:
    """In a forum, below the buttons of the first post, though most questions have no answer."""
    writer = Writer(32)
    names = ["anna", "bert", "carla"]
    texts, posts = {}, {}
    for number in range(8):
        question = writer.article(2)
        answers = [line for name in names for line in (name, writer.paragraph())] if number < answered else []
        texts[f"d{number}"] = page([*question, *BUTTONS, *answers, *SITE])
        posts[f"d{number}"] = [*question, *answers[1::2]]
    kept = cleaned(texts)
    assert {name: [line for line in lines if line not in kept[name]] for name, lines in posts.items()} == {
        name: [] for name in posts
    }


@pytest.mark.parametrize("count", [8, 40])
def test_the_ingredients_of_a_book_of_recipes_stay_in_each(cleaned: Cleaner, count: int) -> None:
    """Each stands in many, among others; what is printed as it is below all of them goes."""
    writer, order = Writer(33), random.Random(33)
    pantry = [
        f"{amount} of {what}" for what in ("salt", "olive oil", "flour", "butter", "sugar") for amount in ("a cup", "2 tsp")
    ]
    recipes = [
        [*writer.article(2), "Ingredients", *order.sample(pantry, 8), "Method", writer.paragraph(), writer.paragraph()]
        for _ in range(count)
    ]
    kept = cleaned({f"d{number}": page([*recipe, *SITE]) for number, recipe in enumerate(recipes)})
    assert kept == {f"d{number}": page(recipe) for number, recipe in enumerate(recipes)}
