"""Reports are whole, safe whatever a document holds, and the same for the same facts."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import ATTACKS, newsroom, poisoned, record

from clean.config import Config
from clean.report import as_html, as_json, as_markdown, card, layout, summary, write
from clean.visible import visible

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
NAMES = (
    "html head meta link title style body main h1 h2 h3 h4 p nav a section dl dt dd div ul li b br code pre span mark "
    "table thead tbody tr th td details summary article header figure figcaption svg desc rect line text"
)
ELEMENTS = set(NAMES.split())


@pytest.fixture(scope="module", params=["newsroom", "poisoned", "empty"])
def facts(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The facts of a usual run, of one that attacks, and of an empty one."""
    made = {"newsroom": lambda: record(newsroom()), "poisoned": poisoned, "empty": lambda: record([])}[request.param]()
    return made.facts()


@pytest.fixture(scope="module")
def poison() -> dict[str, Any]:
    """The facts of a run whose every text attacks."""
    return poisoned().facts()


class _Page(HTMLParser):
    """Element names, attributes and the text of a page; notes elements that are closed out of order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {(tag, name) for name, _ in attrs}
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag not in {"meta", "link", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def test_the_page_is_whole_and_asks_for_nothing(facts: dict[str, Any]) -> None:
    """Well nested, no script, no handler, no address but its own anchors; the policy stands in its head."""
    text = as_html(facts)
    page = _Page(text)
    assert page.wrong == [] and page.open == []
    assert page.names <= ELEMENTS
    assert not [name for _, name in page.attributes if name.startswith("on") or name in {"src", "srcset", "action"}]
    assert f'content="{POLICY}"' in text
    assert {link for link in page.links if not link.startswith("#")} == {"data:,"}


def test_anchors_lead_somewhere(facts: dict[str, Any]) -> None:
    """Every link finds its target, and no id is given twice."""
    page = _Page(as_html(facts))
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)


def test_plots_are_named_and_described(facts: dict[str, Any]) -> None:
    """Whoever cannot see a plot is told its title and what it shows."""
    page = as_html(facts)
    plots = re.findall(r'<svg class="(?:plot|stacked)".*?</svg>', page, re.DOTALL)
    assert plots
    assert all('role="img"' in plot and "<title id=" in plot and "<desc id=" in plot for plot in plots)


def test_nothing_unseen_leaves(facts: dict[str, Any]) -> None:
    """No control, bidi or zero-width character is in any report, nor in the table on the terminal."""
    reports = (as_html(facts), as_markdown(facts), as_json(facts), card(facts, ["data/*.parquet"]))
    for text in (*reports, summary(facts, Path("out\x1b[2J"))):
        assert visible(text) == text


def test_markdown_holds_no_markup_of_a_document(poison: dict[str, Any]) -> None:
    """No tag, link, image or code fence comes from a document, and every table row has its table's cells."""
    text = as_markdown(poison)
    outside = re.sub(r"`[^`\n]*`", "", text)
    assert not re.search(r"<[A-Za-z/!]", text)
    assert "://" not in text and "www." not in text and "@" not in text
    assert not re.search(r"(?<!\\)\[", outside)
    assert not re.search(r"^\s*(```|---\s*$|::)", text, re.MULTILINE)
    width = 0
    for line in text.splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line))
        if not line.startswith("|"):
            width = 0
            continue
        assert width in {0, cells}, line
        width = cells


@given(st.text() | st.text(st.sampled_from("ab\n\t -+=#>*_`[]()|~$!\\<&:/.1@w{}")))
def test_markdown_escapes_stay_on_one_line(text: str) -> None:
    """Escaped text is one line without a bare pipe, backtick, angle bracket or bracket, whatever it was."""
    shown = layout.markdown(text)
    assert "\n" not in shown and "<" not in shown and "://" not in shown
    assert not re.search(r"[|`\[\]*]", re.sub(r"\\.", "", shown))


def test_json_is_the_facts(facts: dict[str, Any]) -> None:
    """report.json read back is the facts, and as facts they give the same pages."""
    again = json.loads(as_json(facts))
    assert again == json.loads(json.dumps(facts))
    assert as_html(again) == as_html(facts)
    assert as_markdown(again) == as_markdown(facts)


def test_all_sections_stand_in_an_empty_report() -> None:
    """A corpus of no documents gets a whole report, and no division by nothing."""
    facts = record([]).facts()
    for text in (as_html(facts), as_markdown(facts)):
        for question in (
            "Did it do what you wanted?",
            "can you trust it?",
            "Where was text removed?",
            "What should you change?",
        ):
            assert question in text
    assert "removed: nothing" in summary(facts)


def test_the_summary_is_aligned_and_says_where_to_look() -> None:
    """Every rule that removed something has its row, numbers stand right-aligned, the report's path comes last."""
    text = summary(record(newsroom()).facts(), Path("out"))
    lines = text.splitlines()
    table = [line for line in lines if line.startswith(("removed ", "exact-", "near-", "shared-", "furniture"))]
    assert len({len(line) for line in table}) == 1
    assert "characters  115,061  87,981   26,988" in text
    assert lines[-1] == "report: " + str(Path("out/report.html"))


def test_write_writes_four_files(tmp_path: Path) -> None:
    """JSON, Markdown, HTML and the card, UTF-8 with plain line feeds, the same on every call."""
    facts = record(newsroom()).facts()
    paths = write(facts, tmp_path, ["data/*.jsonl.gz"])
    assert sorted(path.name for path in paths) == ["README.md", "report.html", "report.json", "report.md"]
    before = [path.read_bytes() for path in paths]
    write(facts, tmp_path, ["data/*.jsonl.gz"])
    assert [path.read_bytes() for path in paths] == before
    assert all(b"\r" not in text and text.endswith(b"\n") for text in before)


def test_the_card_names_the_data_files_only() -> None:
    """The YAML names the given patterns, so that a loader does not take the ledger for data."""
    text = card(record([]).facts(), ["data/*.parquet"])
    head = text.split("---\n")[1]
    assert '- config_name: default\n  data_files:\n  - split: train\n    path:\n    - "data/*.parquet"\n' in head
    assert "ledger" not in head


def test_changed_settings_are_written_out_to_run_again() -> None:
    """What differs from the defaults is given as lines of clean.toml."""
    facts = record(newsroom()).facts(Config(near_threshold=0.7, formats=("jsonl",)))
    assert 'formats = ["jsonl"]\nnear_threshold = 0.7' in layout.toml(facts["settings"])
    assert "--config clean.toml" in as_html(facts)


def test_pairs_beside_the_threshold_are_drawn_with_it() -> None:
    """Pairs that count and pairs that do not stand in one plot; where there are none near it, a sentence says so."""
    facts = record(newsroom()).facts()
    bins = {verdict: [0] * 50 for verdict in ("near", "truncated", "apart")}
    bins["apart"][1] = 1234
    facts["pairs"] = {"width": 0.02, **bins, "thresholds": {"near": 0.6}}
    assert "of 1,234 pairs that were compared, none reaches a similarity of 0.3" in as_html(facts)
    assert "No two different passages reach a similarity of 0.3" in as_markdown(facts)
    bins["near"][30], bins["truncated"][20], bins["apart"][29] = 7, 5, 3
    page = as_html(facts)
    for title in ("0.60 to 0.62, alike: 7", "0.40 to 0.42, a cut copy: 5", "0.58 to 0.60, not alike: 3"):
        assert f"<title>{title}</title>" in page
    assert "near 0.6" in page and "1,234 below 0.3" in page
    assert "| 0.58-0.60 | 0 | 0 | 3 |" in as_markdown(facts)
    assert _Page(page).wrong == []


def test_advice_names_settings_and_their_values() -> None:
    """Each row of "What should you change?" is about a setting that there is, and shows its value."""
    assert {name for _, name, _ in layout.ADVICE} <= set(Config().as_dict())
    changed = record(newsroom()).facts(Config(confidence=0.875))
    assert "<td>0.875</td>" in as_html(changed) and "| 0.875 | raise |" in as_markdown(changed)


@pytest.mark.parametrize(
    ("share", "words"), [(0, "0 %"), (1, "100 %"), (0.0004, "< 0.1 %"), (0.9996, "> 99.9 %"), (0.26, "26.0 %"), (0.0412, "4.1 %")]
)
def test_a_share_reads_as_what_it_is(share: float, words: str) -> None:
    """Little never reads as nothing, nearly all never as all."""
    assert layout.percent(share) == words


@given(st.integers(0, 10**12) | st.floats(0.0001, 1))
def test_axes_are_round_and_high_enough(maximum: float) -> None:
    """Ticks start at 0, reach the maximum, are few and evenly spaced."""
    values = layout.ticks(maximum)
    assert values[0] == 0 and values[-1] >= maximum * 0.99
    assert 2 <= len(values) <= 6
    steps = [b - a for a, b in itertools.pairwise(values)]
    assert max(steps) == pytest.approx(min(steps), rel=0.01)
    assert maximum < 1 or all(value == int(value) for value in values)


@given(st.floats(0, 1), st.integers(1, 40))
def test_text_bars_have_one_width(share: float, width: int) -> None:
    """A bar is as wide as asked, and shows something when there is something."""
    bar = layout.bar(share, width)
    assert len(bar) == width and (layout.FULL in bar) == (share > 0)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: install Debian's `chromium` to test the page in a browser")
def test_a_browser_finds_nothing_of_a_document_in_the_page(poison: dict[str, Any], tmp_path: Path) -> None:
    """In a real browser, no script runs and no element, attribute or style comes from a document's text."""
    (tmp_path / "report.html").write_text(as_html(poison), "utf-8")
    flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    more = "--disable-component-update --disable-sync --virtual-time-budget=2000 --enable-logging=stderr --dump-dom"
    command = [str(CHROMIUM), *flags.split(), *more.split(), f"--user-data-dir={tmp_path / 'profile'}"]
    done = subprocess.run(
        [*command, (tmp_path / "report.html").as_uri()], capture_output=True, text=True, encoding="utf-8", timeout=60, check=True
    )
    page = _Page(done.stdout)
    assert "<title>Cleaning report</title>" in done.stdout
    assert page.names <= ELEMENTS
    assert not [name for _, name in page.attributes if name.startswith("on") or name == "src"]
    assert page.names & {"script", "img", "marquee"} == set() and "CONSOLE" not in done.stderr
    assert len(re.findall(r"<style", done.stdout)) == 1
    assert "&lt;script&gt;" in done.stdout and ATTACKS[0] not in done.stdout


@pytest.mark.parametrize(
    ("twin", "chars", "said"),
    [
        ("Stir well.", 11, ""),
        ("Stir, well!", 11, "They differ by marks alone."),
        ("Stir well.", 900, "As far as they are quoted"),
    ],
)
def test_a_pair_without_a_marked_word_says_in_what_it_differs(twin: str, chars: int, said: str) -> None:
    """Nothing where it does not: the score of furniture is how sure it is, not how alike."""
    facts = record(newsroom()).facts()
    row = next(row for row in facts["weakest"] if row["twin"] and row["differs"])
    row |= {"text": "Stir well.", "chars": chars, "score": 0.99, "differs": {"here": [[0, "Stir well."]], "there": [[0, twin]]}}
    row["twin"] |= {"text": twin}
    facts |= {"weakest": [row], "clusters": [], "copies": []}
    page = as_html(facts)
    assert {said} - {""} == {words for words in ("They differ by marks alone.", "As far as they are quoted") if words in page}
