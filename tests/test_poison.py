"""A corpus written to make the tool delete somebody else's article: it must not succeed without a word.

The victim's prose stays somewhere, or the record says of each passage that goes with which document it was taken for a copy.
"""

from __future__ import annotations

import time
from typing import Any

import polars as pl
import pytest
from conftest import documents, outcome
from writing import Writer, doubled, edited, lead, page

from clean.config import Config
from clean.engines.base import Engine
from clean.pipeline import Outcome, deciding
from clean.schema import COPIES, RULES
from clean.stages.match import propose

VICTIM = Writer(21).article(8)
OTHERS = [Writer(3 + number).article(6) for number in range(20)]
BODY = VICTIM[2:]


def short_texts(number: int) -> str:
    """A headline of its own, and two of the victim's paragraphs."""
    return page([OTHERS[number][0], BODY[number % 8], BODY[(number + 1) % 8]])


ATTACKS = {
    "paragraphs spread in the middle of others": lambda n: page([*OTHERS[n][:4], BODY[n % 8], *OTHERS[n][4:]]),
    "the whole body below others": lambda n: page([*OTHERS[n], *BODY]),
    "the whole article below others": lambda n: page([*OTHERS[n], *VICTIM]),
    "the whole body above others": lambda n: page([OTHERS[n][0], *BODY, *OTHERS[n][1:]]),
    "each paragraph twice in a row below others": lambda n: page([*OTHERS[n], *(text for text in BODY for _ in range(2))]),
    "its headline and leads as blurbs": lambda n: page([*OTHERS[n], doubled([(VICTIM[0], lead(BODY[0], 30)), (VICTIM[0], BODY[1])])]),
    "its headline as theirs": lambda n: page([VICTIM[0], *OTHERS[n][1:]]),
    "one paragraph, nothing else": lambda n: BODY[n % 8],
    "two paragraphs below a headline": short_texts,
    "its first half above their own": lambda n: page([*VICTIM[:6], *OTHERS[n][2:]]),
    "its first half below a headline of their own": lambda n: page([OTHERS[n][0], *VICTIM[2:6], *OTHERS[n][2:]]),
    "its last half below others": lambda n: page([*OTHERS[n], *VICTIM[6:]]),
    "its first half above and its last half below": lambda n: page([*VICTIM[:6], *OTHERS[n][2:]] if n % 2 else [*OTHERS[n], *VICTIM[6:]]),
    "all but its first paragraph below others": lambda n: page([*OTHERS[n], *VICTIM[3:]]),
    "its paragraphs in another order": lambda n: page([OTHERS[n][0], *BODY[n % 8:], *BODY[:n % 8], *OTHERS[n][2:]]),
    "the whole with navigation around it": lambda n: page(["Home", "Share", *VICTIM, "Read more", "Share"]),
}  # fmt: skip


def lost(done: Outcome, given: list[str]) -> list[str]:
    """Of some paragraphs, those that stand in no published text."""
    published = "\n".join(done.texts["text"])
    return [text for text in given if text not in published]


@pytest.mark.parametrize("count", [8, 20])
@pytest.mark.parametrize("name", ATTACKS)
def test_no_prose_is_deleted_by_reprinting_it(name: str, count: int) -> None:
    """However many others print the victim's prose, and wherever: each paragraph stays in a document."""
    attackers = {f"other{number:02}": ATTACKS[name](number) for number in range(count)}
    victim = {"victim": page(VICTIM)}
    assert lost(outcome({**victim, **attackers} if count == 8 else {**attackers, **victim}), BODY) == []


def test_lines_whose_home_goes_later_are_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The victim's paragraphs went from eight documents, for they stay with the victim; then it goes as a copy of one of these."""
    asked: list[int] = []
    settle = deciding.settle_documents

    def second_round_takes_the_victim(engine: Engine, lines: pl.DataFrame, *rest: Any) -> pl.DataFrame:
        asked.append(lines["doc"].n_unique())
        if len(asked) == 2:
            return pl.DataFrame([{"doc": 0, "original": 1, "rule": "near-document", "score": 0.8}], schema=COPIES)
        return settle(engine, lines, *rest)

    monkeypatch.setattr(deciding, "settle_documents", second_round_takes_the_victim)
    attack = ATTACKS["the whole body below others"]
    done = outcome({"victim": page(VICTIM), **{f"other{n}": attack(n) for n in range(8)}})
    assert asked[:3] == [9, 9, 8] and lost(done, BODY) == []
    for row in done.ledger.filter(layer="removal", home=True).to_dicts():
        assert row["twin_doc_id"] != row["doc_id"]


def test_copies_that_are_more_complete_are_on_record() -> None:
    """Of paragraphs that nine documents tell in nearly the same words some go: the record has each, and the document that stays."""
    longer = {
        f"longer{number}": page([*(edited(text, 6, number) if len(text) > 99 else text for text in VICTIM), *Writer(number).article(2)[2:]])
        for number in range(8)
    }  # fmt: skip
    done = outcome({"victim": page(VICTIM), **longer})
    kept = set(done.fates.filter(fate="kept")["doc_id"])
    rows = done.ledger.filter((pl.col("layer") == "removal") & (pl.col("before").bin.size() > 99)).to_dicts()
    assert rows, "nothing went"
    for row in rows:
        assert row["rule"] in RULES and row["twin_doc_id"] in kept - {row["doc_id"]} and row["score"] >= 0.6


def test_a_notice_goes_from_all_pages() -> None:
    """That is not the price: a paragraph that all pages of a site print at their end is no part of an article."""
    notice = Writer(50).paragraph(3)
    done = outcome({f"page{n:02}": page([*OTHERS[n], "About us", notice]) for n in range(12)})
    assert lost(done, [notice]) == [notice]
    assert len(done.ledger.filter(pl.col("before").bin.contains(notice.encode()))) == 12


@pytest.mark.parametrize("shape", ["one bucket", "one shingle"])
def test_a_flooded_bucket_stays_linear(shape: str) -> None:
    """So many texts in one bucket, or so many buckets: candidates grow with the texts, not with their pairs."""
    counts = []
    for size in (5_000, 10_000):
        passages = pl.int_range(size, eager=True).cast(pl.UInt128)
        bucket = (
            pl.repeat(7, size, dtype=pl.UInt64, eager=True)
            if shape == "one bucket"
            else (pl.int_range(size, eager=True) // 100).cast(pl.UInt64)
        )
        started = time.process_time()
        counts.append(len(propose(pl.DataFrame({"bucket": bucket, "passage": passages}), Config())))
        assert time.process_time() - started < 5
    assert counts[1] <= 2.1 * counts[0]
    assert counts[1] <= 9 * 10_000


def test_the_attacks_are_no_trifles() -> None:
    """Without the policy's care they would work: the body is long, stands in all of them, and something is removed."""
    attack = ATTACKS["the whole body below others"]
    done = outcome({"victim": page(VICTIM), **{f"other{n}": attack(n) for n in range(8)}})
    assert documents({"victim": page(VICTIM)})["raw"][0].count(b"\n") > 10
    removed = done.ledger.filter(layer="removal")
    assert set(removed["doc_id"]) == {f"other{n}" for n in range(8)}
    assert set(removed["twin_doc_id"]) == {"victim"} and all(removed["home"])
