"""The bench: its corpus is what it says, its meter sees what a command takes, its tables say what was measured.

`make bench` measures; here nothing is asserted of any speed.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from bench.corpus import Document, Plan, documents, write
from bench.hard import CASES, Case, Desk
from bench.measure import Cost, FailedError, Limits, Meter, Run, once
from bench.straightforward import deduplicated
from bench.suites import Bench, growth, hard, large, start, tables
from quality.tables import Table, marks, rewrite

ROOT = Path(__file__).parent.parent
linux = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from Linux's /proc")


@pytest.fixture(scope="module")
def news() -> list[Document]:
    """Six megabytes of it, of one site."""
    return list(documents(Plan(6, sites=1)))


def read(path: Path) -> list[dict[str, str]]:
    """The records of a JSON Lines file."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


# ---------------------------------------------------------------- the corpus


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    """Figures can be compared only when the corpus is the same; another seed gives another one."""
    one, two, other = (tmp_path / name for name in ("one", "two", "other"))
    done = write(one, Plan(0.2, seed=1))
    assert write(two, Plan(0.2, seed=1)) == done and one.read_bytes() == two.read_bytes()
    write(other, Plan(0.2, seed=2))
    assert other.read_bytes() != one.read_bytes()


def test_the_file_is_as_large_as_asked_and_counted_truly(tmp_path: Path) -> None:
    """About the size asked for; what `write` tells is what stands there."""
    done = write(tmp_path / "news", Plan(1.5, sites=3))
    records = read(tmp_path / "news")
    assert done.size == (tmp_path / "news").stat().st_size and done.mb == pytest.approx(1.5, rel=0.1)
    assert done.documents == len(records) == len({record["id"] for record in records})
    assert done.sites == 3 and len({record["site"] for record in records}) == 3
    assert [list(record) for record in records] == [["id", "site", "url", "text"]] * len(records)


def test_without_sites_all_is_one_group() -> None:
    """No field names a site, and every address is of one host."""
    records = [document.record for document in documents(Plan(0.2, sites=3, grouped=False))]
    assert all(set(record) == {"id", "url", "text"} for record in records)
    assert len({record["url"].split("/")[2] for record in records}) == 1


def test_articles_and_blurbs_have_their_shape(news: list[Document]) -> None:
    """A headline, 6 to 11 kB with it, then 4 to 8 blurbs: headline, headline again, lead."""
    for document in news:
        lines = document.record["text"].split("\n\n")
        article, blurbs = lines[: -2 * len(document.blurbs)], lines[-2 * len(document.blurbs) :]
        assert 4 <= len(document.blurbs) <= 8
        assert document.mangled or 6_000 <= len("\n\n".join(article)) <= 11_000
        assert document.mangled or all(40 <= len(p.replace(" &amp;", "").replace(" —", "").split()) <= 120 for p in article[1:])
        assert all(len(set(doubled.split("\n"))) == 1 and "\n" in doubled for doubled in blurbs[::2])


def test_blurbs_are_cut_from_the_article_they_name(news: list[Document]) -> None:
    """One in ten is edited; the others stand word for word in the named article, headline and lead; popular ones come often."""
    texts = {document.record["id"]: document.record["text"].split("\n\n") for document in news}
    broken = {document.record["id"] for document in news if document.mangled}
    seen: dict[str, int] = {}
    changed = total = 0
    for document in news:
        printed = document.record["text"].split("\n\n")[-2 * len(document.blurbs) :]
        for (home, edited), headline, lead in zip(document.blurbs, printed[::2], printed[1::2], strict=True):
            seen[home] = seen.get(home, 0) + 1
            total, changed = total + 1, changed + edited
            assert home != document.record["id"] and headline.startswith(texts[home][0])
            if home not in broken:
                assert texts[home][1].startswith(lead) is not edited
    assert changed / total == pytest.approx(0.10, abs=0.02)
    assert max(seen.values()) > 20 * sorted(seen.values())[len(seen) // 2]


def test_near_copies_are_nearly_copies(news: list[Document]) -> None:
    """About 2 % of the documents; most paragraphs are those of the original, not all."""
    paragraphs = {document.record["id"]: document.record["text"].split("\n\n")[: -2 * len(document.blurbs)] for document in news}
    copies = [document for document in news if document.copy_of and not document.mangled]
    assert len(copies) / len(news) == pytest.approx(0.02, abs=0.012)
    for copy in copies:
        mine, original = paragraphs[copy.record["id"]], paragraphs[copy.copy_of or ""]
        assert len(mine) == len(original) and 1 <= sum(a != b for a, b in zip(mine, original, strict=True)) <= 3


def test_some_documents_are_damaged(news: list[Document]) -> None:
    """About 1 % hold mojibake, which ftfy would mend; curly quotes and entities are everywhere."""
    damaged = [document for document in news if document.mangled]
    assert 0 < len(damaged) / len(news) < 0.025
    assert all(re.search("â€|Ã", document.record["text"]) for document in damaged)
    assert not any(re.search("â€|Ã", document.record["text"]) for document in news if not document.mangled)
    assert sum("“" in document.record["text"] for document in news) > 0.9 * len(news)
    assert any("&amp;" in document.record["text"] for document in news)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_hard_inputs_can_be_read(case: Case, tmp_path: Path) -> None:
    """Each grows with its scale, is of one line or of records with a text, and ends where it should."""
    small, large = tmp_path / "small", tmp_path / "large"
    case.write(small, 0.0001, Desk(1))
    case.write(large, 0.0002, Desk(1))
    assert large.stat().st_size == pytest.approx(2 * small.stat().st_size, rel=0.5 if case.name.startswith("2 MB") else 0.2)
    if case.suffix == ".jsonl":
        assert all(record["text"] for record in read(large))
    assert ("one line" not in case.name) or large.read_bytes().rstrip(b"\n").count(b"\n") == 0


# ---------------------------------------------------------------- the meter


@linux
def test_the_meter_counts_processes_that_a_command_starts(tmp_path: Path) -> None:
    """CPU seconds and memory of a child's child count as the command's."""
    work = "x = bytearray(60_000_000)\nimport time\nwhile time.process_time() < 0.2: pass\ntime.sleep(1)"
    started = f"import subprocess, sys; y = bytearray(40_000_000); subprocess.run([sys.executable, '-c', {work!r}])"
    run = once([sys.executable, "-c", started], tmp_path)
    assert run.cpu >= 0.2 and run.wall >= 0.2 and not run.over
    assert 100 <= run.peak < 200


@linux
def test_a_limit_ends_a_run_and_all_it_started(tmp_path: Path) -> None:
    """A run over its time is ended, not the bench; so is one over its memory; there is no second one after it."""
    asleep = [sys.executable, "-c", "import subprocess, time; subprocess.Popen(['sleep', '60']); time.sleep(60)"]
    cost = Meter(tmp_path, runs=3, limits=Limits(wall=0.2)).cost(asleep)
    assert cost.over == "over 0.2 s" and len(cost.runs) == 1 and cost.wall < 5
    greedy = [sys.executable, "-c", "x = bytearray(90_000_000); import time; time.sleep(60)"]
    assert once(greedy, tmp_path, Limits(memory=50)).over.startswith("over")


@linux
def test_a_failure_is_told_by_its_last_line(tmp_path: Path) -> None:
    """The code and what the command said last."""
    with pytest.raises(FailedError) as told:
        once([sys.executable, "-c", "import sys; sys.exit('no room\\nat the inn\\n╰──╯')"], tmp_path)
    assert (told.value.code, told.value.said) == (1, "at the inn")


def test_costs_are_medians_and_the_highest_peak() -> None:
    """One slow run does not change the figure; one high peak does."""
    cost = Cost([Run(1, 10, 100), Run(9, 90, 300), Run(2, 20, 200)])
    assert (cost.cpu, cost.wall, cost.peak, cost.spread) == (2, 20, 300, (1, 9))


def test_the_straightforward_program_does_what_it_is_said_to() -> None:
    """It mends, keeps the first of what is alike, and leaves the rest."""
    long = "one two three four five six seven eight nine ten eleven twelve"
    assert list(deduplicated(iter([f"{long}\ncafÃ©", f"{long} thirteen\nelse"]))) == [f"{long}\ncafé", "else"]


# ---------------------------------------------------------------- the tables


class Told(Meter):
    """A meter that runs nothing: each command takes what is said here, and leaves a report."""

    def cost(self, command: Sequence[str | Path], makes: str = "") -> Cost:
        """The figures that the tables must then show; only the steps are timed truly."""
        if "stages" in str(command[1]):
            return super().cost(command, makes)
        if makes == "out":
            (self.folder / "out").mkdir(exist_ok=True)
            told = {"text": {"removed_share": 0.25}, "documents": {"removed": 7}}
            (self.folder / "out" / "report.json").write_text(json.dumps(told))
        cpu = 8.0 if "sample.jsonl" in command else 0.5 if "copying" in str(command[1]) else 2.0
        return Cost([Run(cpu, 3.0, 150.0)])


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A tiny bench whose commands are not run."""
    return Bench(Told(tmp_path), lambda _: None, mb=0.2, sample_mb=0.1)


def cells(table: Table, row: int = 0) -> dict[str, str]:
    """A row by its columns."""
    return dict(zip(table.columns, table.rows[row], strict=True))


@linux
def test_every_table_is_printed_on_a_tiny_corpus(bench: Bench) -> None:
    """In order and with ratios that follow from the figures; the steps are measured truly, by one run of the command."""
    found = {table.title: table for table in tables(bench)}
    assert list(found) == [
        "Conditions",
        "The whole job, beside a plain copy",
        "Beside the straightforward program",
        "Where the time goes",
        "Growth",
        "Starting",
        "Workers",
    ]
    assert "a trial" in found["Conditions"].text() and str(ROOT) not in found["Conditions"].text()
    whole = found["The whole job, beside a plain copy"]
    assert cells(whole)["times the copy"] == "4.0" and cells(whole)["peak MB"] == "150"
    assert "7 were removed as copies, of the characters 25.00 %" in whole.note
    # two CPU seconds to start and six for about half of the corpus, where ours takes two for all of it
    assert float(cells(found["Beside the straightforward program"], 1)["times clean"]) == pytest.approx(7, rel=0.2)
    timed = [row[0] for row in found["Where the time goes"].rows]
    assert {"repair", "start: imports, the command line", "together"} <= set(timed)
    assert [row[0] for row in found["Growth"].rows] == ["1 x", "4 x", "16 x"]


def test_a_table_that_needs_an_unknown_option_is_left_out_kindly(bench: Bench) -> None:
    """An option is known when `clean run --help` names it, as a whole word."""
    said: list[str] = []
    bench.say = said.append
    bench.__dict__["help"] = "--workers N  Threads\n--memory-map"
    assert bench.knows("--workers") and not bench.knows("--memory") and not bench.knows("--work")
    assert "no option --memory in this version" in said[0]


def test_growth_and_start_and_large_name_their_sizes(bench: Bench) -> None:
    """A quarter of the corpus, the corpus, four times of it; what was written for it is gone afterwards."""
    sizes = [float(row[1]) for row in growth(bench).rows]
    assert sizes[1:] == pytest.approx([4 * sizes[0], 16 * sizes[0]], rel=0.5)
    assert [row[0] for row in start(bench).rows] == ["python -c pass", "clean --help", "clean run seeds"]
    bench.large_mb = 0.3
    assert cells(large(bench))["option"] == "--memory 1GB"
    assert not list(bench.folder.glob("growth*")) and not list(bench.folder.glob("large*"))


def test_a_hard_case_that_fails_does_not_end_the_bench(bench: Bench) -> None:
    """What is over a limit is marked, what fails is told in its row; the others are measured."""

    class Failing(Told):
        def cost(self, command: Sequence[str | Path], makes: str = "") -> Cost:
            if "hard.txt" in command:
                raise FailedError(["clean"], 2, f"clean: {self.folder}/hard.txt is too long")
            over = "over 60 s" if "hard.jsonl" in command else ""
            return Cost([Run(4.0 if over else 2.0, 3.0, 150.0, over)])

    bench.meter = Failing(bench.folder, limits=Limits(60, 12_000))
    [table] = hard(bench, 0.0001)
    assert len(table.rows) == len(CASES)
    assert (cells(table)["ended"], cells(table)["times the news"]) == ("exit 2: clean: hard.txt is too long", "")
    assert (cells(table, 1)["CPU s"], cells(table, 1)["ended"], cells(table, 1)["times the news"]) == (
        "> 4.00",
        "over 60 s",
        "> 2.0",
    )


def test_both_targets_write_into_the_page(tmp_path: Path) -> None:
    """The Makefile has them, the page has their markers, and one does not overwrite the other's tables."""
    for target in ("bench", "bench-hard"):
        done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True)
        assert "-m bench" in done.stdout and "--write docs/performance.md" in done.stdout
        assert ("--hard" in done.stdout) is (target == "bench-hard")
    page = tmp_path / "performance.md"
    page.write_bytes((ROOT / "docs" / "performance.md").read_bytes())
    rewrite(page, [Table("First", "", ("a", "b"), [("1", "2")])], "bench")
    rewrite(page, [Table("Second", "", ("a", "b"), [("3", "4")])], "bench-hard")
    first, second = (
        page.read_text("utf-8").split(marks(target)[0])[1].split(marks(target)[1])[0] for target in ("bench", "bench-hard")
    )
    assert "### First" in first and "### Second" in second and "Second" not in first
