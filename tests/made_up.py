"""Made-up runs: the tables that a run leaves behind, without a run.

A document is a list of lines; a line knows whether it was removed, repaired or kept though it repeats. `record`
turns documents into the ledger, fates and kept of schema.py by plain concatenation, so that what measure says can
be held against what is known here. `newsroom` is a small corpus like real ones; `poisoned` is one that attacks.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise

import polars as pl

from clean.config import Config
from clean.schema import FATES, KEPT, LEDGER, QUARANTINE
from clean.stages.measure import Facts, measure
from clean.stages.measure import Record as Tables

VERSIONS = {"cleancorpus": "0.1.0", "polars": "2.1.0", "ftfy": "6.3.1", "datasketch": "2.0.0"}


@dataclass(frozen=True)
class Line:
    """A line with its line break. `was`: the raw text before `repair`; `rule`: why it was removed."""

    text: str
    rule: str | None = None
    cluster: int | None = None
    score: float | None = None
    docs: int | None = None
    twin: tuple[int, int] | None = None
    was: bytes | None = None
    repair: str = "fix_encoding"
    stays: str | None = None


@dataclass(frozen=True)
class Document:
    """A document of one site; `fate` other than kept removes it whole, as a copy of `twin`."""

    doc_id: str
    lines: list[Line]
    group: str = ""
    fate: str = "kept"
    twin: int | None = None
    score: float = 1.0
    null: bool = False


@dataclass
class Record:
    """The four tables of a run, and its repaired texts."""

    ledger: list[dict[str, object]] = field(default_factory=list)
    fates: list[dict[str, object]] = field(default_factory=list)
    quarantine: list[dict[str, object]] = field(default_factory=list)
    kept: list[dict[str, object]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def frames(self) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        """Ledger, fates, quarantine, kept, each of its schema."""
        return (
            pl.DataFrame(self.ledger, LEDGER),
            pl.DataFrame(self.fates, FATES),
            pl.DataFrame(self.quarantine, QUARANTINE),
            pl.DataFrame(self.kept, KEPT),
        )

    def read(self, docs: Sequence[int]) -> pl.DataFrame:
        """The repaired texts of some documents."""
        return pl.DataFrame({"doc": list(docs), "text": [self.texts[doc] for doc in docs]})

    def facts(self, config: Config | None = None) -> Facts:
        """The facts of this run."""
        ledger, fates, quarantine, kept = self.frames()
        return measure([Tables(ledger, fates, kept)], quarantine, config or Config(), VERSIONS, self.read)

    def pieces(self, count: int) -> list[Tables]:
        """Its ledger, fates and kept, cut between documents into so many pieces."""
        ledger, fates, _, kept = self.frames()
        edges = [len(self.texts) * number // count for number in range(count + 1)]
        return [
            Tables(*(table.filter(pl.col("doc").is_between(start, end, closed="left")) for table in (ledger, fates, kept)))
            for start, end in pairwise(edges)
        ]


def record(documents: Sequence[Document]) -> Record:
    """The tables that a run over `documents` would leave."""
    made = Record(texts=["".join(line.text for line in document.lines) for document in documents])
    ids = [document.doc_id for document in documents]
    for doc, document in enumerate(documents):
        _write(made, doc, document, ids)
    return made


def _write(made: Record, doc: int, document: Document, ids: list[str]) -> None:
    raw = b"".join(line.text.encode() if line.was is None else line.was for line in document.lines)
    stayed = document.fate == "kept"
    before = {"doc": doc, "doc_id": document.doc_id}
    at_raw = at = out = 0
    for line in document.lines:
        new = line.text.encode()
        old = new if line.was is None else line.was
        if old != new:
            made.ledger.append({**before, "layer": "repair", "start": at_raw, "before": old, "after": new, "rule": line.repair})
        if line.stays:
            place = {"start": at, "end": at + len(new), "docs": line.docs}
            made.kept.append({"cluster": line.cluster, "reason": line.stays, "doc": doc, **place})
        if line.rule and stayed:
            twin = _twin(line.twin, ids)
            evidence = {"cluster": _hex(line.cluster), "score": line.score, "docs": line.docs, **twin}
            removal = {"layer": "removal", "start": at, "before": new, "after": b"", "rule": line.rule}
            made.ledger.append({**before, **removal, **evidence})
        else:
            out += len(line.text)
        at, at_raw = at + len(new), at_raw + len(old)
    if not stayed and at:
        twin = _twin(None if document.twin is None else (document.twin, 0), ids)
        removal = {"layer": "removal", "start": 0, "before": made.texts[doc].encode(), "after": b"", "rule": document.fate}
        made.ledger.append({**before, **removal, "cluster": _hex(doc), "score": document.score, "docs": 2, **twin})
    chars_in = sum(len(line.text if line.was is None else line.was.decode(errors="replace")) for line in document.lines)
    made.fates.append(
        before
        | {"group": document.group, "source": "articles.jsonl", "row": doc, "fate": document.fate}
        | {"raw_bytes": len(raw), "raw_sha256": None if document.null else sha256(raw).hexdigest()}
        | {"chars_in": chars_in, "chars_out": out if stayed else 0}
    )


def _twin(twin: tuple[int, int] | None, ids: list[str]) -> dict[str, object]:
    return {} if twin is None else {"twin_doc": twin[0], "twin_doc_id": ids[twin[0]], "twin_start": twin[1], "home": True}


def _hex(cluster: int | None) -> str | None:
    return None if cluster is None else f"{cluster:032x}"


STORY = (
    "the council said on Tuesday that repairs of bridge and harbour will begin before winter while residents ask who "
    "pays for delays after storms closed roads in northern districts and engineers warned of further damage this year"
)
WORDS = STORY.split()
SITES = ("news.example", "harbour.example", "weekly.example", "wire.example")


def newsroom(articles: int = 60) -> list[Document]:
    """Articles of four sites with blurbs, navigation, captions, glued headlines, mojibake and copies."""
    rng = random.Random(7)
    bodies = [[_sentence(rng, 14, 30) for _ in range(rng.randint(5, 16))] for _ in range(articles)]
    titles = [_sentence(rng, 6, 10).rstrip(".\n") + "\n" for _ in range(articles)]
    documents = [_article(rng, number, titles, bodies) for number in range(articles)]
    copies = [
        Document("wire-copy-001", documents[3].lines[:6], SITES[3], "near-document", 3, 0.87),
        Document("wire-copy-002", documents[8].lines[:7], SITES[3], "near-document", 8, 0.641),
        Document("news-twice", documents[0].lines, SITES[0], "exact-document", 0),
    ]
    return [*documents, *copies, Document("no-text", [], SITES[3], null=True)]


def _sentence(rng: random.Random, low: int, high: int) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randint(low, high))).capitalize() + ".\n"


def _article(rng: random.Random, number: int, titles: list[str], bodies: list[list[str]]) -> Document:
    site = number % len(SITES)
    lines = [Line(titles[number]), Line(bodies[number][0])]
    if number % 5 == 0:
        lines.append(Line(titles[number], "repeated-line", 900 + number, 1.0, 1, (number, 0)))
    for sentence in bodies[number][1:]:
        lines.append(_glitch(rng, sentence))
    if number % 6 == 0:
        quote = "“We will rebuild every bridge before the winter,” the mayor of the harbour town told reporters.\n"
        lines.insert(3, Line(quote, stays="shared", cluster=5, docs=articles_by_six(len(titles))))
    if site != 2:
        lines += _sidebar(rng, number, titles, bodies)
    if site in (0, 1):
        lines.append(Line("Special Reports | Photos | Video | Newsletters\n", "furniture", 77 + site, 1.0, 15))
        lines.append(Line("© 2019 The Example Company. All rights reserved.\n", "furniture", 88 + site, 0.97, 15))
    return Document(f"{number:03d}_{sha256(str(number).encode()).hexdigest()[:16]}", lines, SITES[site])


def articles_by_six(articles: int) -> int:
    """How many of `articles` print the mayor's quote."""
    return -(-articles // 6)


def _glitch(rng: random.Random, sentence: str) -> Line:
    chance = rng.random()
    if chance < 0.05:
        mended = sentence.replace("the ", "the mayor\u2019s ", 1)
        return Line(mended, was=mended.encode().decode("cp1252").encode())
    if chance < 0.08:
        return Line(sentence.replace("and", "&"), was=sentence.replace("and", "&amp;").encode(), repair="unescape_html+normalize")
    if chance < 0.12:
        return Line(sentence, was=sentence.replace("\n", "\r\n").encode(), repair="fix_line_breaks")
    return Line(sentence)


def _sidebar(rng: random.Random, number: int, titles: list[str], bodies: list[list[str]]) -> list[Line]:
    lines = []
    for _ in range(rng.randint(1, 4)):
        other = rng.randrange(len(titles))
        lead = bodies[other][0][: rng.randint(50, 90)]
        score = rng.choice([1.0, 1.0, 0.98, 0.93, 0.86, 0.74, 0.63])
        words = lead if score == 1.0 else lead.replace("the", "a", 1).replace("and", "or", 1)
        block = f"{titles[other]}{titles[other]}\n{words}…\n"
        lines.append(Line(block, "shared-teaser", 300 + other, score, rng.randint(2, 9), (other, 0)))
    if number % 9 == 0:
        block = f"{_sentence(rng, 6, 9)}\n{_sentence(rng, 9, 12)[:-2]}…\n"
        lines.append(Line(block, "learned-teaser", None, rng.choice([0.91, 0.96, 0.99]), 24))
    if number % 13 == 0:
        lines.append(Line(" ".join(title.strip() for title in titles[:4]) + "\n", "headline-list", None, 0.95, 4))
    return lines


ATTACKS = (
    "<script>document.title='owned'</script>",
    "</style><style>body{display:none}</style>",
    '"><img src=x onerror="document.title=\'owned\'">',
    "</svg><svg onload=\"document.title='owned'\">",
    "\x1b[31mred\x1b]0;owned\x07",
    "\u202egnp.exe\u2066",
    "::error file=x::owned",
    "[/x] [bold]owned[/bold]",
    "a | b ` c * d _ e [f](javascript:owned) ~~g~~ ![h](https://evil.example/x.png)",
    "{{ 7*7 }} {% raw %} {# x #}",
    "<!-- --> <marquee>owned</marquee> &lt;b&gt;",
    "https://evil.example www.evil.example me@evil.example",
    "---\nconfigs: []\n---\n",
    "# heading\n- item\n> quote\n```\ncode\n",
)


def poisoned() -> Record:
    """A run in which ids, groups, texts, twins, repairs and reasons all attack whoever looks at them."""
    documents = []
    for number, attack in enumerate(ATTACKS):
        block = Line(f"{attack} {number}\n", "shared-teaser", 40, 0.6 + number / 100, 9, ((number + 1) % len(ATTACKS), 0))
        mended = Line(f"{attack}\n", was=attack.encode() + b"\xff\x1b[2J\n", repair=attack.replace("+", "") or "x")
        documents.append(Document(attack, [Line(f"{attack}\n", stays=attack, cluster=number, docs=3), mended, block], attack))
    copy = Document(ATTACKS[0] * 2, [Line(ATTACKS[2])], ATTACKS[2], "near-document", 0, 0.7)
    made = record([*documents, copy])
    made.quarantine = [
        {"source": attack, "line": line, "offset": 0, "reason": attack, "raw": attack.encode()}
        for line, attack in enumerate(ATTACKS)
    ]
    return made
