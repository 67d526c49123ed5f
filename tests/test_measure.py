"""Facts add up, whatever the ledger, and do not depend on the order in which it is read."""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Iterator

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_up import VERSIONS, Document, Line, Record, newsroom, poisoned, record

from clean.config import Config
from clean.schema import RULES
from clean.stages.measure import EXCERPT, TOP, TOP_GROUPS, WHOLE, Clusters, measure, tally
from clean.stages.measure import Record as Tables
from clean.stages.measure.quotes import _from_difference

FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TEXT = st.text(st.sampled_from("ab é漢😀&"), max_size=12).map(lambda text: text + "\n")
LINE = st.builds(
    Line,
    text=TEXT,
    rule=st.none() | st.sampled_from([rule for rule in RULES if rule not in WHOLE]),
    cluster=st.none() | st.integers(0, 5),
    score=st.none() | st.floats(0, 1),
    docs=st.none() | st.integers(1, 2000),
    twin=st.none() | st.just((0, 0)),
    was=st.none() | st.binary(max_size=8),
    repair=st.sampled_from(["fix_encoding", "normalize", "unescape_html+normalize", "decode"]),
    stays=st.none() | st.sampled_from(["shared", "home", "ceiling"]),
).map(lambda line: dataclasses.replace(line, cluster=line.cluster or 0) if line.stays else line)
DOCUMENT = st.builds(
    Document,
    doc_id=st.text(max_size=3),
    lines=st.lists(LINE, max_size=6),
    group=st.sampled_from(["", "a", "b"]),
    fate=st.sampled_from(["kept", "kept", *WHOLE]),
    twin=st.just(0),
)
RECORD = st.lists(DOCUMENT, max_size=8).map(record)


@FEW
@given(RECORD)
def test_characters_are_conserved(made: Record) -> None:
    """What the rules removed and what came out is what went in after repair; so it is for every site, in bytes, too."""
    facts = made.facts()
    text = facts["text"]
    assert text["chars_repaired"] == sum(map(len, made.texts))
    assert sum(row["chars"] for row in facts["rules"].values()) == text["chars_removed"]
    assert text["chars_removed"] + text["chars_out"] == text["chars_repaired"]
    assert text["bytes_repaired"] == sum(len(words.encode()) for words in made.texts)
    assert text["bytes_removed"] + text["bytes_out"] == text["bytes_repaired"]
    for name, whole in (
        ("chars_in", text["chars_in"]),
        ("chars_removed", text["chars_removed"]),
        ("chars_out", text["chars_out"]),
    ):
        assert sum(group[name] for group in facts["groups"].values()) == whole


@FEW
@given(st.lists(DOCUMENT.map(lambda d: dataclasses.replace(d, lines=[dataclasses.replace(x, was=None) for x in d.lines]))))
def test_without_repair_in_is_out_and_removed(documents: list[Document]) -> None:
    """Where nothing was repaired, the characters of all rules and those that came out are those that went in."""
    facts = record(documents).facts()
    text = facts["text"]
    assert sum(row["chars"] for row in facts["rules"].values()) + text["chars_out"] == text["chars_in"]
    assert "account" not in [said["code"] for said in facts["warnings"]]


@FEW
@given(RECORD)
def test_documents_are_conserved(made: Record) -> None:
    """Each document is counted once: by fate, by site, and in the histogram of shares."""
    facts = made.facts()
    documents, share = facts["documents"], facts["removed_share"]
    assert documents["read"] == documents["kept"] + documents["removed"] + documents["quarantined"] == len(made.texts)
    assert share["untouched"] + sum(share["bins"]) == documents["kept"]
    assert share["whole"] == documents["removed"] == sum(facts["rules"][rule]["documents"] for rule in WHOLE)
    assert sum(group["documents"] for group in facts["groups"].values()) == documents["read"]


@FEW
@given(RECORD, st.randoms())
def test_order_of_rows_does_not_matter(made: Record, rng: random.Random) -> None:
    """Ledger, fates and kept may arrive in any order: the JSON is the same byte for byte."""
    before = made.facts()
    for rows in (made.ledger, made.fates, made.kept, made.quarantine):
        rng.shuffle(rows)
    assert json.dumps(made.facts()) == json.dumps(before)


@pytest.mark.parametrize("made", [record(newsroom()), poisoned()], ids=["newsroom", "poisoned"])
def test_lazy_frames_give_the_same(made: Record) -> None:
    """A ledger that is scanned, not held, gives the same facts."""
    [(ledger, fates, kept)] = made.pieces(1)
    lazy = Tables(ledger.lazy(), fates.lazy(), kept.lazy())
    assert json.dumps(measure([lazy], made.frames()[2], Config(), VERSIONS, made.read)) == json.dumps(made.facts())


class InSlots:
    """What was counted of some pieces, the clusters in a few slots, some of them empty."""

    def __init__(self, pieces: list[Tables], slots: int) -> None:
        self.pieces, self.of = [tally(piece) for piece in pieces], slots

    def tally(self, name: str) -> pl.DataFrame:
        """A tally of each piece, one under the other."""
        assert name not in Clusters._fields
        return pl.concat([piece[name] for piece in self.pieces])

    def slots(self) -> Iterator[Clusters]:
        """The clusters by their last digit."""
        for slot in range(self.of):
            yield Clusters(*(self.slot(pl.concat([piece[name] for piece in self.pieces]), slot) for name in Clusters._fields))

    def slot(self, rows: pl.DataFrame, slot: int) -> pl.DataFrame:
        """Those of a slot."""
        digits = pl.col("cluster").cast(pl.String).str.slice(-1)
        return rows.filter(digits.str.to_integer(base=16, strict=False).fill_null(0) % self.of == slot)


@FEW
@given(RECORD, st.integers(2, 7))
def test_pieces_of_a_record_give_the_same(made: Record, count: int) -> None:
    """However a record is cut between documents, and however many pieces are empty: the JSON is the same byte for byte. So it
    is where each piece was counted by itself, and clusters are looked at a slot at a time."""
    pieces, quarantine = made.pieces(count), made.frames()[2]
    whole = json.dumps(made.facts())
    assert json.dumps(measure(pieces, quarantine, Config(), VERSIONS, made.read)) == whole
    apart = InSlots(pieces, count)
    assert json.dumps(measure(pieces, quarantine, Config(), VERSIONS, made.read, counted=apart)) == whole


@pytest.mark.parametrize("slots", [1, 3, 16])
@pytest.mark.parametrize("made", [record(newsroom()), poisoned()], ids=["newsroom", "poisoned"])
def test_slots_of_clusters_give_the_same(made: Record, slots: int) -> None:
    """Full top lists among them: the first of all are among the first of each slot."""
    pieces, quarantine = made.pieces(5), made.frames()[2]
    apart = InSlots(pieces, slots)
    assert json.dumps(measure(pieces, quarantine, Config(), VERSIONS, made.read, counted=apart)) == json.dumps(made.facts())


@pytest.mark.parametrize("made", [record(newsroom()), poisoned()], ids=["newsroom", "poisoned"])
def test_pieces_of_a_newsroom_give_the_same(made: Record) -> None:
    """So it is where every list is filled."""
    pieces, quarantine = made.pieces(7), made.frames()[2]
    assert json.dumps(measure(pieces, quarantine, Config(), VERSIONS, made.read)) == json.dumps(made.facts())


@FEW
@given(RECORD)
def test_positions_hold_every_removed_byte(made: Record) -> None:
    """The ten tenths of the length together hold what was removed from the kept documents."""
    facts = made.facts()
    kept = {fate["doc"] for fate in made.fates if fate["fate"] == "kept"}
    length = sum(len(made.texts[doc].encode()) for doc in kept)
    removed = sum(len(row["before"]) for row in made.ledger if row["layer"] == "removal" and row["doc"] in kept)  # type: ignore[arg-type]
    assert sum(facts["removed_by_position"]["all"]) * length / 10 == pytest.approx(removed, abs=1e-5 * length + 1e-9)


def test_sidebars_sit_at_the_end() -> None:
    """A removed last line is seen in the last tenths, and only there."""
    lines = [Line("x" * 79 + "\n"), Line("y" * 19 + "\n", "furniture", 1, 1.0, 2)]
    facts = record([Document("a", lines), Document("b", lines)]).facts()
    assert facts["removed_by_position"]["all"] == [0.0] * 8 + [1.0, 1.0]
    assert facts["removed_by_position"]["rules"] == {"furniture": [0.0] * 8 + [1.0, 1.0]}


def test_all_rules_are_listed_in_an_empty_corpus() -> None:
    """Empty in: whole facts out, every rule with zeros, and a note that says so."""
    facts = record([]).facts()
    assert list(facts["rules"]) == list(RULES)
    assert {value for row in facts["rules"].values() for value in row.values()} == {0}
    assert facts["documents"]["read"] == facts["text"]["chars_in"] == 0
    assert [said["code"] for said in facts["warnings"]] == ["empty"]


def test_the_contract_of_report_json() -> None:
    """The keys that users of report.json rely on are there, and only plain values under them."""
    facts = record(newsroom()).facts()
    assert {"read", "kept", "removed", "quarantined"} <= set(facts["documents"])
    assert {"chars_in", "chars_out"} <= set(facts["text"])
    assert all({"segments", "chars", "documents", "clusters"} <= set(row) for row in facts["rules"].values())
    assert {"repairs", "groups", "config", "versions"} <= set(facts)
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts


def test_joined_repairs_count_once_each() -> None:
    """`unescape_html+normalize` is one of each; damage and normalisation are told apart."""
    lines = [
        Line("a & b\n", was=b"a &amp; b\n", repair="unescape_html+normalize"),
        Line("c\n", was=b"c\r\n", repair="fix_line_breaks"),
    ]
    facts = record([Document("a", lines)]).facts()
    assert facts["repairs"] == {"fix_line_breaks": 1, "normalize": 1, "unescape_html": 1}
    assert facts["repair_kinds"] == {"damage": {"edits": 1, "documents": 1}, "normalisation": {"edits": 1, "documents": 1}}
    assert facts["repair_examples"]["normalize"] == [{"doc_id": "a", "before": "a &amp; b\n", "after": "a & b\n"}]


def test_undecodable_bytes_can_be_shown() -> None:
    """A repair may replace bytes that are no UTF-8: they are quoted as U+FFFD and counted by their bytes."""
    facts = record([Document("a", [Line("\ufffd\n", was=b"\xff\n", repair="decode")])]).facts()
    assert facts["repair_examples"]["decode"][0]["before"] == "\ufffd\n"
    assert facts["text"]["bytes_in"] == 2


def test_weakest_comes_first_and_once_per_cluster() -> None:
    """The list starts with the lowest score, then the fewest documents; a cluster is shown once, with its copies."""
    lines = [
        Line("head\n"),
        Line("sure\n", "furniture", 1, 1.0, 9),
        Line("weak\n", "shared-teaser", 2, 0.61, 2, (0, 0)),
        Line("weak\n", "shared-teaser", 2, 0.61, 2, (0, 0)),
        Line("fair\n", "shared-teaser", 3, 0.61, 5, (0, 0)),
        Line("none\n", "headline-list"),
    ]
    weakest = record([Document("a", lines)]).facts()["weakest"]
    assert [row["text"] for row in weakest] == ["none", "weak", "fair", "sure"]
    assert [row["copies"] for row in weakest] == [1, 2, 1, 1]


def test_weakest_shows_those_with_a_twin_and_those_without() -> None:
    """A hundred that are unsure without a twin do not hide what is unlike its twin, and the other way round."""
    alone = [Line(f"alone {n}\n", "learned-teaser", n, 0.1, 1) for n in range(100)]
    twinned = [Line(f"twinned {n}\n", "shared-teaser", 100 + n, 0.7, 2, (0, 0)) for n in range(100)]
    for lines, few in ((alone + twinned, 12), (alone + twinned[:3], 3), (alone[:3] + twinned, 3)):
        weakest = record([Document("a", [Line("head\n"), *lines])]).facts()["weakest"]
        kinds = [row["twin"] is not None for row in weakest]
        assert len(kinds) == TOP and min(kinds.count(True), kinds.count(False)) == few
        assert kinds == sorted(kinds)  # 0.1 before 0.7: by score over both


def test_a_score_without_a_twin_is_a_confidence() -> None:
    """A learned line has a cluster, too; its score says how sure, not how alike."""
    lines = [Line("head\n"), Line("learned\n", "learned-teaser", 1, 0.32, 1), Line("near\n", "shared-teaser", 2, 0.72, 2, (0, 0))]
    scores = record([Document("a", lines)]).facts()["scores"]
    assert [n for n, count in enumerate(scores["confidence"]["segments"]) if count] == [6]
    assert [n for n, count in enumerate(scores["similarity"]["segments"]) if count] == [14]


def test_the_original_of_a_copy_is_named() -> None:
    """A document removed whole is a copy of a document, of no place in it."""
    body = [Line("A story of the harbour.\n")]
    made = record([Document("first", body), Document("second", body, fate="near-document", twin=0, score=0.9)])
    made.ledger[-1]["twin_start"] = None
    [copy] = made.facts()["copies"]
    assert (copy["twin"]["doc_id"], copy["twin"]["text"]) == ("first", "A story of the harbour.")
    made = record(
        [
            Document("first", [Line("Head\n"), Line("Ad\n")]),
            Document("second", [Line("Ad\n", "shared-teaser", 1, 0.7, 2, (0, 5))]),
        ]
    )
    made.ledger[-1]["twin_start"] = None  # somewhere in it: the copy that it stood in is gone
    [row] = made.facts()["weakest"]
    assert (row["twin"]["doc_id"], row["twin"]["text"], row["differs"]) == ("first", None, None)


def test_twin_is_quoted_with_what_differs() -> None:
    """A removal stands beside the words of its twin, and the words they do not share are marked."""
    first = Document("home", [Line("The mayor spoke on Monday.\n")])
    other = Document("copy", [Line("Title\n"), Line("The mayor spoke on Friday.\n", "shared-teaser", 1, 0.7, 2, (0, 0))])
    (row,) = record([first, other]).facts()["weakest"]
    assert row["twin"] == {"doc": 0, "doc_id": "home", "start": 0, "stays": True, "text": "The mayor spoke on Monday."}
    assert [words for differs, words in row["differs"]["here"] if differs] == ["Friday"]
    assert "".join(words for _, words in row["differs"]["there"]) == row["twin"]["text"]


def test_a_twin_is_quoted_without_the_lines_below_it() -> None:
    """A twin cut shorter ends where its line ends; a paragraph of short lines is quoted whole."""
    lead = "The mayor spoke on Monday about the harbour, the bridge and the new line to the north of the town.\n"
    below = Line("Read more about it in our magazine, which comes out on Saturday and is free for readers.\n")
    for twin, words in (
        ([Line(lead[:50] + "\n")], lead[:50]),
        ([Line(lead[n : n + 10].strip() + "\n") for n in range(0, 90, 10)], None),
        ([Line("The harbour\n"), Line(lead[:50] + "\n")], f"The harbour\n{lead[:50]}"),  # a headline that begins the paragraph
    ):
        copy = Document("copy", [Line("Title\n"), Line(lead, "shared-teaser", 1, 0.9, 2, (0, 0))])
        (row,) = record([Document("home", [*twin, below]), copy]).facts()["weakest"]
        assert row["twin"]["text"] == words if words else row["twin"]["text"].count("\n") > 5


def test_removed_twin_is_quoted_from_the_ledger() -> None:
    """Without the texts, a twin that was itself removed is still quoted: the ledger holds it."""
    lines = [Line("Title\n"), Line("Navigation\n", "furniture", 1, 1.0, 2, (1, 6))]
    made = record([Document("a", lines), Document("b", lines)])
    facts = measure(made.pieces(1), made.frames()[2], Config(), {})
    assert facts["weakest"][0]["twin"]["text"] == "Navigation"


def test_repeated_and_kept_is_quoted_with_its_reason() -> None:
    """What repeats and stays is listed with its reason, its places and its words."""
    quote = Line("“Quoted by two.”\n", stays="shared", cluster=7, docs=2)
    facts = record([Document("a", [Line("é\n"), quote]), Document("b", [quote])]).facts()
    assert facts["kept_repeats"]["reasons"] == {"shared": {"clusters": 1, "places": 2, "documents": 2}}
    assert [(row["doc_id"], row["text"]) for row in facts["kept_repeats"]["top"]] == [("a", "“Quoted by two.”")]


def test_top_lists_are_capped_and_say_so() -> None:
    """Many sites, clusters and documents: each list is as long as its cap, and the cap is on record."""
    documents = [
        Document(str(n), [Line("Title\n"), Line("é" * 999 + "\n", "shared-teaser", n, 0.9, 2, (0, 0))], f"site-{n}")
        for n in range(120)
    ]
    facts = record(documents).facts()
    assert facts["caps"]["groups"] == {"shown": TOP_GROUPS, "of": 120}
    assert facts["caps"]["clusters"] == facts["caps"]["weakest"] == {"shown": TOP, "of": 120}
    assert max(len(row["text"]) for row in facts["clusters"]) == EXCERPT
    assert facts["worst"]["group"] == {"group": "site-0", "share": facts["groups"]["site-0"]["share"]}


def test_empty_duplicate_is_counted() -> None:
    """An empty document removed as a copy leaves no byte in the ledger; its fate is counted all the same."""
    facts = record([Document("a", []), Document("b", [], fate="exact-document", twin=0)]).facts()
    assert facts["rules"]["exact-document"]["documents"] == 1
    assert facts["documents"]["removed"] == 1


def _codes(documents: list[Document], **changes: object) -> list[str]:
    return [said["code"] for said in record(documents).facts(Config(**changes))["warnings"]]  # type: ignore[arg-type]


def test_warnings_say_what_is_out_of_the_ordinary() -> None:
    """Each warning appears when its case does."""
    plain = [Document(str(n), [Line(f"Line {n}\n")]) for n in range(30)]
    gone = Document("gone", [Line("all\n", "furniture", 1, 1.0, 2)])
    assert _codes(plain[:1]) == ["few-documents"]
    assert _codes(plain[:5]) == ["nothing-removed"]
    assert _codes(plain) == ["nothing-removed", "one-group"]
    assert _codes(plain, group_field="site") == ["nothing-removed"]
    assert _codes([dataclasses.replace(d, group=d.doc_id) for d in plain]) == ["nothing-removed", "lone-groups"]
    assert _codes([*plain[:5], gone]) == ["emptied"]
    assert _codes([gone, gone, gone]) == ["emptied", "much-removed"]
    assert "ceiling" in _codes([Document("a", [Line("x\n", stays="ceiling", cluster=1, docs=3)])])
    assert "null-text" in _codes([Document("a", [], null=True)])


def test_quarantine_is_read_but_not_kept() -> None:
    """Bad records are counted, listed in order and warned about; their bytes are not in the facts."""
    made = record([Document("a", [Line("x\n")])])
    made.quarantine = [{"source": "b", "line": n, "offset": n, "reason": "not JSON", "raw": b"{"} for n in (3, 1)]
    facts = made.facts()
    assert (facts["documents"]["read"], facts["documents"]["quarantined"]) == (3, 2)
    assert [row["line"] for row in facts["quarantine"]] == [1, 3]
    assert "quarantined" in [said["code"] for said in facts["warnings"]]


def test_an_excerpt_shows_where_the_two_differ() -> None:
    """Two paragraphs that are the same for 900 characters: both are quoted from shortly before the difference on."""
    body = " ".join(f"word{number}" for number in range(120))
    one, other = _from_difference(f"{body} grey {body}", f"{body} green {body}")
    assert one.startswith("…word1") and "word119 grey word0" in one[:90]
    assert other.startswith("…word1") and "word119 green word0" in other[:90]
    cut, whole = _from_difference(body, f"{body} and more")
    assert whole == f"{cut} and more" and cut.startswith("…word1")
    for same in (("a b c", "a x c"), (body, body), ("", "a")):
        assert _from_difference(*same) == same


def test_a_wrong_table_is_refused_by_name() -> None:
    """A table of another schema is refused at the border, with the column that is missing."""
    ledger, fates, quarantine, kept = record([]).frames()
    with pytest.raises(TypeError, match=r"ledger.*'score'"):
        measure([Tables(ledger.drop("score"), fates, kept)], quarantine, Config())


def test_every_row_of_a_large_ledger_is_counted() -> None:
    """300,000 rows."""
    made = record([Document(f"d{n}", [Line("Title\n"), Line("Navigation\n", "furniture", n % 9, 1.0, 9)]) for n in range(1000)])
    ledger, fates, quarantine, kept = made.frames()
    many = pl.concat([ledger.with_columns(doc=pl.col("doc") + 1000 * n) for n in range(300)])
    docs = pl.concat([fates.with_columns(doc=pl.col("doc") + 1000 * n) for n in range(300)])
    assert measure([Tables(many, docs, kept)], quarantine, Config())["rules"]["furniture"]["segments"] == 300_000
