"""The promises of README.md as laws: whatever comes in, these hold."""

from __future__ import annotations

import textwrap
import unicodedata

import polars as pl
import pytest
from conftest import documents, outcome
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from writing import Writer, doubled, page

from clean.config import Config
from clean.edit import apply
from clean.engines.local import LocalEngine
from clean.pipeline import Outcome, clean
from clean.pipeline.deciding import changed_groups
from clean.schema import FATES, LEDGER, RULES
from clean.stages.replay import replay
from clean.stages.segment import segmented

WRITER = Writer(99)
LINES = (
    [WRITER.headline() for _ in range(4)]
    + [WRITER.paragraph(3) for _ in range(4)]
    + ["Share", "By Nora Byrne", "***", "", "", "&amp; cafÃ©", "日本語の文章です。"]
)
SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])

line = st.one_of(st.sampled_from(LINES), st.text(max_size=12))
text = st.lists(line, max_size=14).map("\n".join)
corpora = st.lists(text, max_size=7).map(lambda texts: {f"d{i}": t for i, t in enumerate(texts)})
raws = st.lists(
    st.one_of(st.binary(max_size=60), text.map(str.encode), text.map(lambda t: t.encode("utf-16")), st.none()), max_size=5
)


def sidebar_corpus(seed: int = 5) -> dict[str, str]:
    """Articles, sidebars, a near-copy and a quote: every part of the policy has something to do."""
    writer = Writer(seed)
    articles = [writer.article(5) for _ in range(5)]
    shared, own = doubled([writer.teaser() for _ in range(3)]), doubled([writer.teaser() for _ in range(2)])
    bars = [shared, shared, own, shared, ""]
    texts = {f"d{i}": page([*a, bar]) for i, (a, bar) in enumerate(zip(articles, bars, strict=True))}
    return {**texts, "copy": texts["d0"].replace("crowns", "thalers"), "last": "caf\u00c3\u00a9\r\n" + texts["d2"].upper()}


def restored(done: Outcome) -> dict[int, bytes | None]:
    """Every document's text as the ledger gives it back; fails on any finding."""
    back = {}
    for doc, raw, finding in replay(done.texts, done.ledger, done.fates):
        assert finding is None
        back[doc] = raw
    return back


@SLOW
@given(raws)
def test_restore_gives_every_byte_back(given_raws: list[bytes | None]) -> None:
    """restore(run(x)) == x for any bytes: invalid UTF-8, UTF-16, carriage returns, NUL, nothing at all."""
    table = documents({f"d{i}": raw for i, raw in enumerate(given_raws)})
    assert restored(clean(table, LocalEngine(Config()))) == dict(enumerate(given_raws))


@SLOW
@given(corpora)
def test_cleaning_twice_removes_nothing_new(texts: dict[str, str]) -> None:
    """run(run(x)) removes nothing that run(x) left. (It may repair: a lone CR has become a line break.)"""
    once = dict(outcome(texts).texts.iter_rows())
    again = outcome({f"d{doc}": text for doc, text in once.items()})
    assert again.ledger.filter(layer="removal").is_empty()


def wrapped_corpus(seed: int) -> dict[str, str]:
    """Documents of paragraphs broken into lines, headlines, and paragraphs that several have."""
    writer = Writer(seed)
    chance = writer.random
    shared = [textwrap.fill(writer.paragraph(1), 66) for _ in range(4)]
    return {
        f"d{number}": "\n\n".join(
            [
                writer.headline(),
                *(textwrap.fill(writer.paragraph(2), chance.choice((60, 72))) for _ in range(chance.choice((1, 2)))),
                *(writer.headline() for _ in range(chance.randrange(9))),
                *chance.sample(shared, chance.choice((1, 2))),
            ]
        )
        for number in range(8)
    }


@pytest.mark.parametrize("seed", range(24))
def test_cleaning_twice_removes_nothing_new_where_documents_show_to_be_wrapped_when_lines_have_gone(seed: int) -> None:
    """Or do not show it any more: what is a paragraph depends on what is left."""
    once = outcome(wrapped_corpus(seed))
    twice = outcome({str(doc): text for doc, text in once.texts.iter_rows()})
    assert twice.texts["text"].to_list() == once.texts["text"].to_list()


@settings(SLOW, max_examples=40)
@given(corpora)
def test_laws_of_any_outcome(texts: dict[str, str]) -> None:
    """Each of the laws below, of the same outcome: to clean a corpus costs more than to look at what came of it."""
    done = outcome(texts)
    the_ledger_accounts_for_every_byte(done)
    published_texts_are_the_repaired_ones_with_the_cuts_applied(done)
    what_was_removed_has_a_reason_on_record(done)
    first_lines_stay(done)


def the_ledger_accounts_for_every_byte(done: Outcome) -> None:
    """The bytes that the ledger's removals hold are the difference between what was repaired and what is published."""
    size = pl.col("text").str.len_bytes().sum()
    removed = done.ledger.filter(layer="removal").select(pl.col("before").bin.size().sum()).item()
    assert done.repaired.select(size).item() - done.texts.select(size).item() == removed


def published_texts_are_the_repaired_ones_with_the_cuts_applied(done: Outcome) -> None:
    """Text changes by edits only: applying the removals one by one gives the published text."""
    published = dict(done.texts.iter_rows())
    for doc, repaired in done.repaired.select("doc", "text").iter_rows():
        rows = done.ledger.filter(layer="removal", doc=doc).select("start", "before", "after").rows()
        assert apply(repaired.encode(), rows).decode() == published.get(doc, "")


def what_was_removed_has_a_reason_on_record(done: Outcome) -> None:
    """Each removal names a rule, and a surviving home, other copies, or the examples its shape was learned from. What is said to
    stay does."""
    kept = set(done.fates.filter(fate="kept")["doc"])
    removals = done.ledger.filter(layer="removal")
    went: dict[int, list[range]] = {}
    for doc, start, size in removals.select("doc", "start", pl.col("before").bin.size()).iter_rows():
        went.setdefault(doc, []).append(range(start, start + size))
    for row in removals.iter_rows(named=True):
        assert row["rule"] in RULES
        twin_went = any(row["twin_start"] in places for places in went.get(row["twin_doc"], []))
        assert not (row["home"] and twin_went)
        if row["rule"] in ("exact-document", "near-document", "repeated-line"):
            assert row["twin_doc"] in kept
            assert row["home"] or twin_went
        else:
            assert row["docs"] >= 2 or row["support"] >= 2


def first_lines_stay(done: Outcome) -> None:
    """No document that stays loses its first line that has a word, once repaired: of a control character a mark can become,
    which is one."""
    repaired = dict(done.repaired.iter_rows())
    for doc, published in done.texts.iter_rows():
        first = _first_line(repaired[doc])
        if first in LINES:
            assert _first_line(published) == first


def _first_line(text: str) -> str:
    return next((line for line in text.split("\n") if any(map(_of_a_word, unicodedata.normalize("NFKC", line)))), "")


def _of_a_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNM"


@given(texts=st.lists(st.text(), min_size=1, max_size=5))
def test_segments_tile_the_text(texts: list[str]) -> None:
    """The segments of a text, put side by side, are the text."""
    clear = [t.encode("utf-8", "ignore").decode() for t in texts]
    table = pl.DataFrame(
        {"doc": range(len(clear)), "group": "", "text": clear}, schema={"doc": pl.UInt32, "group": pl.String, "text": pl.String}
    )
    pieces = segmented(table, Config())
    for doc, whole in enumerate(clear):
        spans = pieces.filter(doc=doc).select("start", "end").rows()
        assert b"".join(whole.encode()[start:end] for start, end in spans) == whole.encode()
        assert [end for _, end in spans[:-1]] == [start for start, _ in spans[1:]]


@pytest.mark.parametrize("batches,partitions", [(1, 3), (3, 1), (7, 7)])
def test_batches_and_partitions_do_not_change_the_outcome(batches: int, partitions: int) -> None:
    """One, three or seven pieces give the same texts, ledger and fates."""
    table = documents(sidebar_corpus())
    whole, cut = (clean(table, LocalEngine(Config(), batches=b, partitions=p)) for b, p in ((1, 1), (batches, partitions)))
    for name in ("texts", "ledger", "fates"):
        assert getattr(whole, name).equals(getattr(cut, name)), name


def test_each_kind_of_removal_happens_in_the_mixed_corpus() -> None:
    """The corpus of the law above is not a trivial one."""
    done = outcome(sidebar_corpus())
    assert {"shared-teaser", "learned-teaser", "near-document"} <= set(done.ledger["rule"])
    assert len(restored(done)) == 7


def test_empty_in_empty_out_with_the_schema() -> None:
    """No documents give no documents, and tables with all their columns."""
    done = outcome({})
    assert done.texts.schema == {"doc": pl.UInt32, "text": pl.String}
    assert done.ledger.schema == pl.Schema(LEDGER)
    assert done.fates.schema == pl.Schema(FATES)


def test_a_corpus_in_parts_is_undone_and_told_as_one() -> None:
    """Parts of any size: everything restores, what two parts have one of goes once, and workers change nothing."""
    sites = {f"{name}-{site}": text for site in range(5) for name, text in sidebar_corpus(site).items()}
    twice = {"twin-a": sites["d1-0"], "twin-b": sites["d4-3"]}
    groups = [name.rsplit("-", 1)[1] for name in sites] + ["elsewhere"] * 2
    table = documents(sites | twice).with_columns(group=pl.Series(groups))
    done = clean(table, LocalEngine(Config(), workers=3), part_bytes=9000)
    assert restored(done) == dict(enumerate(table["raw"]))
    gone = done.ledger.filter(pl.col("rule").str.ends_with("-document"))
    assert {"twin-a", "twin-b"} <= set(gone["doc_id"])
    assert set(gone["twin_doc"].drop_nulls()) <= set(done.texts["doc"])
    alone = clean(table, LocalEngine(Config()), part_bytes=9000)
    for name in ("texts", "ledger", "fates", "kept"):
        assert getattr(done, name).equals(getattr(alone, name)), name


def test_a_site_is_judged_again_when_a_line_came_went_or_is_another() -> None:
    """What is the same in both rounds is left alone."""

    def grounds(*rows: tuple[str, int, int]) -> pl.DataFrame:
        return pl.DataFrame(rows, schema={"group": pl.String, "doc": pl.UInt32, "cluster": pl.UInt128}, orient="row")

    before = grounds(("same", 0, 7), ("less", 1, 7), ("less", 2, 7), ("more", 3, 7), ("other", 4, 7), ("gone", 5, 7))
    after = grounds(("more", 6, 7), ("same", 0, 7), ("less", 1, 7), ("more", 3, 7), ("other", 4, 8), ("fresh", 9, 9))
    assert sorted(changed_groups(before, after)) == ["fresh", "less", "more", "other"]
