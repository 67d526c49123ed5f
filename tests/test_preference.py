"""Which copy stays, where the user names a field to tell it by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import clean
from clean import pipeline
from clean.config import Config
from clean.engines.local import LocalEngine
from clean.errors import ConfigError, InputError
from clean.stages.preference import ranks

PLACES = ("Aldby bridge", "Brill mill", "Crewe school", "Dunmow well", "Epping wood", "Frome market", "Goole dock", "Hythe pier")
BODY = "\n".join(
    f"Paragraph {number} tells what the council decided about the {place} on the day when it met again, and why it {verb} so."
    for number, (place, verb) in enumerate(zip(PLACES, ("took", "cost", "ended", "began") * 2, strict=True))
)
OTHER = "A wholly different article about bees that live in the walls of an old brewery and make honey that tastes of hops."
NEAR = BODY.replace("again.", "again on Monday.", 1)
LONGER = BODY + "\nOne more paragraph stands only here, and says that the next meeting of the council will be held in May."

CASES = {
    "the most complete without it": ([(BODY, None), (NEAR, None), (LONGER, None)], "", 2),
    "the least text": ([(BODY, "2024-03-02"), (NEAR, "2024-03-01"), (LONGER, "2024-03-03")], "mark", 1),
    "the greatest text": ([(LONGER, "2024-03-02"), (BODY, "2024-03-01"), (NEAR, "2024-03-03")], "-mark", 2),
    "numbers as numbers": ([(BODY, "10"), (NEAR, "9"), (LONGER, "100")], "mark", 1),
    "the greatest number": ([(BODY, "10"), (NEAR, "9"), (LONGER, "1e1")], "-mark", 2),
    "none comes last": ([(LONGER, None), (BODY, ""), (NEAR, "z")], "mark", 2),
    "none comes last, the greatest first": ([(LONGER, None), (BODY, "a"), (NEAR, "")], "-mark", 1),
    "moments in nanoseconds": (
        [(LONGER, "1700000000000000090"), (BODY, "1700000000000000001"), (NEAR, "1700000000000000050")],
        "mark",
        1,
    ),
    "the largest of whole numbers": ([(LONGER, str(2**64 - 1)), (BODY, str(2**64 - 3)), (NEAR, str(2**64 - 2))], "mark", 1),
    "equal values: the most complete": ([(BODY, "a"), (LONGER, "a"), (NEAR, "b")], "mark", 1),
    "exact copies": ([(BODY, "b"), (BODY, "a"), (BODY, "c")], "mark", 1),
    "exact and near": ([(BODY, "b"), (NEAR, "a"), (BODY, "c")], "mark", 1),
}


def frame(rows: list[tuple[str, str | None]]) -> pl.DataFrame:
    """A corpus of copies, and one article that is none."""
    texts, marks = zip(*rows, (OTHER, None), strict=True)
    return pl.DataFrame({"text": texts, "mark": marks}, schema={"text": pl.String, "mark": pl.String})


@pytest.mark.parametrize(("rows", "prefer", "stays"), CASES.values(), ids=CASES)
def test_the_preferred_copy_stays(rows: list[tuple[str, str | None]], prefer: str, stays: int) -> None:
    """One copy stays, the best by its field; what is no copy stays in any case."""
    done = clean.run(frame(rows), prefer=prefer)
    assert done.outcome.texts["doc"].to_list() == sorted([stays, len(rows)])
    assert set(done.ledger["twin_doc"].drop_nulls()) == {stays}
    again = clean.run(done.documents, prefer=prefer)
    assert again.documents.equals(done.documents)


def test_between_parts_the_preferred_copy_stays() -> None:
    """What two parts have one of is settled by the same field."""
    texts = [BODY, NEAR + "\n" + OTHER, NEAR]
    rows = [
        (doc, f"d{doc}", f"site{doc}", mark, text.encode()) for doc, (text, mark) in enumerate(zip(texts, "bca", strict=True))
    ]
    documents = pl.DataFrame(
        [(doc, id, group, mark, "memory", doc, raw, None) for doc, id, group, mark, raw in rows],
        schema=clean_documents(),
        orient="row",
    )
    done = pipeline.clean(documents, LocalEngine(Config(prefer="mark")), part_bytes=100)
    assert done.texts["doc"].to_list() == [1, 2]


def clean_documents() -> dict[str, Any]:
    """schema.DOCUMENTS, as polars takes it."""
    from clean.schema import DOCUMENTS

    return dict(DOCUMENTS)


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_every_format_hands_the_field_on(tmp_path: Path, kind: str) -> None:
    """The value is the record's, whatever the record is written in; numbers need no quotes."""
    records = [{"text": BODY, "score": 7}, {"text": NEAR, "score": 12}, {"text": LONGER}]
    path = tmp_path / f"in.{kind}"
    if kind == "jsonl":
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
    elif kind == "csv":
        pl.DataFrame(records).write_csv(path)
    else:
        pl.DataFrame(records).write_parquet(path)
    assert clean.run(path, prefer="-score").outcome.texts["doc"].to_list() == [1]


def test_a_field_that_nothing_has_is_an_error(tmp_path: Path) -> None:
    """A typo must not pass for the default."""
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps({"text": BODY, "published": "2024"}) + "\n")
    with pytest.raises(InputError, match="no record has the field 'publshed' that --prefer names"):
        clean.run(path, prefer="-publshed")
    with pytest.raises(InputError, match="no column 'publshed'"):
        clean.run(frame([(BODY, None)]), prefer="publshed")
    with pytest.raises(ConfigError, match="names no field"):
        Config(prefer="-")


def test_ranks_do_not_mix_numbers_and_words() -> None:
    """One value that is no number, and all are compared as text; NaN is no value."""
    for values, order in ((["10", "9", "x"], [0, 1, 2]), (["10", "9", "NaN"], [1, 0, 2]), (["10", "9", None], [1, 0, 2])):
        table = pl.DataFrame({"doc": range(3), "preference": values}, schema={"doc": pl.UInt32, "preference": pl.String})
        ranked = ranks(table, Config(prefer="mark")).sort("doc")["rank"]
        assert ranked.arg_sort().to_list() == pl.Series(order).arg_sort().to_list()


def test_durations_are_ranked_by_their_length() -> None:
    """ISO 8601 has "PT10H" before "PT9H"; a column may be named like a pattern."""
    hours = pl.Series([10, 9, None]) * 3600 * 10**6
    table = pl.DataFrame({"text": [BODY, BODY, OTHER], "^t$": hours.cast(pl.Duration("us"))})
    assert clean.run(table, prefer="^t$").outcome.texts["doc"].to_list() == [1, 2]
    named = clean.run(table.rename({"text": "^x$"}), text_field="^x$", id_field="^t$", group_field="^t$")
    assert named.documents["^x$"].to_list() == [BODY, OTHER]
    assert named.fates["doc_id"].to_list() == ["PT10H", "PT9H", "2"]
