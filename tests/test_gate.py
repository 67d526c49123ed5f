"""The gate: each limit breaks where it should and only there; every format says it, whatever a name holds."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from made_up import ATTACKS, Document, Line, Record, newsroom, poisoned, record

from clean.errors import ConfigError, InputError
from clean.jobs.check import check
from clean.jobs.explain import explain
from clean.jobs.restore import verify
from clean.limits import Limits, resolve_limits, split_assignments
from clean.report import gate
from clean.report.sarif import as_sarif
from clean.stages.measure import Facts
from clean.stages.measure.gate import hold, unlike_facts

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "reports" / "seeds"
STRICT = Limits(
    min_documents=10**6,
    max_removed_ratio=0.0,
    max_copies_ratio=0.0,
    max_document_removed_ratio=0.0,
    max_group_removed_ratio=0.0,
    min_group_documents=1,
    max_unverified_ratio=0.0,
    max_damaged_ratio=0.0,
)


def held(made: Record, limits: Limits, baseline: Facts | None = None) -> dict[str, Facts]:
    """The checks of a made-up run, by limit."""
    checks = hold(made.facts(), made.pieces(1), limits, baseline)
    assert hold(made.facts(), made.pieces(3), limits, baseline) == checks
    return {one["limit"]: one for one in checks}


def checked(made: Record, limits: Limits = STRICT) -> dict[str, Any]:
    """What jobs/check.py would give for a made-up run."""
    checks = list(held(made, limits, record(newsroom(20)).facts()).values())
    notes = ["::error::a note\n::error::", "\ufffe\x1b[31m"]
    return {"ok": False, "checks": checks, "notes": notes, "documents": 3, "report": "a b/:%,::/report.json"}


@pytest.fixture(scope="module")
def run() -> Record:
    """Sixty articles of four sites, copies, learned blurbs, damage."""
    return record(newsroom())


def test_the_seeds_pass() -> None:
    """The committed run over the seeds keeps every default limit, also against itself."""
    found = check(SEEDS, Limits(), SEEDS / "report.json")
    assert found["ok"] and found["notes"] == []
    assert len(found["checks"]) == len(dataclasses.fields(Limits)) - 2  # two only say what the others are held against


def test_what_is_measured_is_what_the_facts_and_the_ledger_say(run: Record) -> None:
    """Each figure against its plain definition."""
    facts, checks = run.facts(), held(run, STRICT)
    ledger = [row for row in run.ledger if row["layer"] == "removal"]
    unverified = sum(len(row["before"].decode()) for row in ledger if row.get("twin_doc") is None)  # type: ignore[attr-defined]
    copies = sum(fate["fate"] != "kept" for fate in run.fates)
    assert checks["max_unverified_ratio"]["measured"] == pytest.approx(unverified / facts["text"]["chars_repaired"], abs=1e-6)
    assert checks["max_copies_ratio"]["measured"] == pytest.approx(copies / len(run.fates), abs=1e-6)
    assert checks["max_removed_ratio"]["measured"] == facts["text"]["removed_share"]
    assert checks["max_document_removed_ratio"]["measured"] == facts["worst"]["document"]["share"]
    assert checks["max_group_removed_ratio"]["measured"] == facts["worst"]["group"]["share"]
    assert checks["min_documents"]["measured"] == facts["documents"]["kept"]


def test_a_limit_holds_at_its_value_and_breaks_beyond_it(run: Record) -> None:
    """At the measured value it holds, a millionth less (for a count: one more) it does not."""
    for name, one in held(run, STRICT).items():
        if name in ("max_quarantined", "max_emptied"):
            continue
        least = name.startswith("min_")
        beyond = one["measured"] + 1 if least else round(one["measured"] - 1e-6, 6)
        assert held(run, dataclasses.replace(Limits(), min_group_documents=1, **{name: one["measured"]}))[name]["holds"], name
        assert not held(run, dataclasses.replace(Limits(), min_group_documents=1, **{name: beyond}))[name]["holds"], name


def test_quarantined_and_emptied_are_counted(run: Record) -> None:
    """A record put aside, and a document that lost everything."""
    made = record([*newsroom(12), Document("empty", [Line("gone\n", "furniture", 5, 1.0, 9, (0, 0))])])
    made.quarantine = [{"source": "x.jsonl", "line": 3, "offset": 9, "reason": "broken", "raw": b"{"}]
    checks = held(made, Limits())
    assert [(name, one["measured"]) for name, one in checks.items() if not one["holds"]] == [
        ("max_quarantined", 1),
        ("max_emptied", 1),
        ("max_document_removed_ratio", 1.0),
    ]
    [place] = checks["max_document_removed_ratio"]["broken"]
    assert (place["kind"], place["name"], place["source"]) == ("document", "empty", "articles.jsonl")


def test_all_that_breaks_is_counted_and_the_worst_comes_first(run: Record) -> None:
    """The list is capped; how many there are is said."""
    one = held(run, STRICT)["max_document_removed_ratio"]
    shares = [place["measured"] for place in one["broken"]]
    assert len(shares) == 25 < one["of"]
    assert shares == sorted(shares, reverse=True)
    assert gate.more(one) == f"and {one['of'] - 25} more that break max_document_removed_ratio"


def test_a_small_site_is_not_judged_by_itself() -> None:
    """One page that is a copy of another site's: all of its text went, and nothing is wrong."""
    body = newsroom()[3].lines
    made = record([*newsroom(), Document("mirror", body, "mirror.example", "near-document", 3, 0.9)])
    assert held(made, Limits(max_group_removed_ratio=0.99))["max_group_removed_ratio"]["holds"]
    none = held(made, Limits(min_group_documents=10_000))["max_group_removed_ratio"]
    assert none["holds"] and none["measured"] is None
    [place] = held(made, Limits(max_group_removed_ratio=0.99, min_group_documents=1))["max_group_removed_ratio"]["broken"]
    assert (place["kind"], place["name"], place["measured"]) == ("site", "mirror.example", 1.0)


def test_drift_is_measured_against_the_baseline(run: Record) -> None:
    """Up or down, absolute and relative; a run does not drift from itself."""
    facts = run.facts()
    same = held(run, Limits(max_drift=0.0, max_relative_drift=0.0, max_documents_drift=0.0), facts)
    assert [name for name, one in same.items() if "drift" in name and not one["holds"]] == []
    earlier = json.loads(json.dumps(facts))
    earlier["text"]["removed_share"] = round(facts["text"]["removed_share"] + 0.04, 6)
    earlier["rules"]["furniture"]["share"] = 0.0
    earlier["groups"]["news.example"]["share"] = 0.9
    earlier["documents"]["kept"] = 2 * facts["documents"]["kept"]
    found = held(run, Limits(max_drift=0.05, max_relative_drift=0.5), earlier)
    places = {(name, place["kind"], place["name"]) for name, one in found.items() for place in one["broken"]}
    assert ("max_drift", "corpus", "all text") not in places
    assert ("max_drift", "site", "news.example") in places
    assert ("max_documents_drift", "corpus", "documents") not in places  # half as many is 0.5, as allowed
    assert found["max_documents_drift"]["measured"] == 0.5
    furniture = facts["rules"]["furniture"]["share"]
    assert (("max_relative_drift", "rule", "furniture") in places) == (furniture >= 0.02 and furniture / 0.02 > 0.5)
    tight = held(run, Limits(max_drift=0.0399), earlier)["max_drift"]["broken"]
    assert any((place["name"], place["measured"]) == ("all text", 0.04) for place in tight)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda facts: [], "it has no rules"),
        (lambda facts: facts | {"groups": 3}, "it has no groups"),
        (lambda facts: facts | {"documents": {}}, "documents.kept is no number"),
        (lambda facts: facts | {"text": {"removed_share": float("nan")}}, "text.removed_share is no number"),
        (lambda facts: facts | {"rules": {"furniture": None}}, "rules.furniture.share is no number"),
        (lambda facts: facts, None),
    ],
)
def test_what_is_no_report_is_no_baseline(run: Record, change: Any, words: str | None) -> None:
    """A file of the same name is looked at before it is compared."""
    assert unlike_facts(change(run.facts())) == words


def test_what_cannot_be_checked_is_told(tmp_path: Path) -> None:
    """One flipped bit, no run, no baseline, one of another format: InputError (exit 2), in one line that says what to do."""
    copy = tmp_path / "out"
    shutil.copytree(SEEDS, copy)
    (tmp_path / "list.json").write_text("[]")
    facts = json.loads((SEEDS / "report.json").read_bytes())
    (tmp_path / "old.json").write_text(json.dumps(facts | {"format": 0}))
    for baseline, words in (
        ("none.json", "none.json cannot be read"),
        ("list.json", "it has no rules"),
        ("old.json", "has format 0"),
    ):
        with pytest.raises(InputError, match=words):
            check(copy, Limits(), tmp_path / baseline)
    with pytest.raises(InputError, match="there is no such folder"):
        check(tmp_path / "nowhere", Limits())
    report = copy / "report.json"
    report.write_bytes(report.read_bytes().replace(b'"removed_share": 0.3', b'"removed_share": 0.1', 1))
    with pytest.raises(InputError, match=r"damaged.*report\.json"):
        check(copy, Limits())


@pytest.mark.parametrize("name", ["manifest.json", "report.json", "edits.parquet", "ledger"])
def test_what_may_not_be_read_is_not_called_damaged(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By no command: what nobody has seen may be as whole as ever."""
    opened, listed = Path.open, os.scandir

    def refuse(path: str | Path) -> None:
        if Path(path).name == name:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))

    def open_or_refuse(path: Path, *how: Any, **more: Any) -> Any:
        refuse(path)
        return opened(path, *how, **more)

    def list_or_refuse(path: str) -> Any:
        refuse(path)
        return listed(path)

    monkeypatch.setattr(Path, "open", open_or_refuse)
    monkeypatch.setattr(os, "scandir", list_or_refuse)
    for command in (lambda: check(SEEDS, Limits()), lambda: verify(SEEDS), lambda: explain(SEEDS, "x")):
        with pytest.raises(InputError, match=rf"^{re.escape(str(SEEDS))}.*{name} cannot be read: Permission denied$"):
            command()


# ---------------------------------------------------------------- where limits come from


@pytest.mark.parametrize(("share", "words"), [(0.9999999, "1"), (0.25, "0.250"), (0.123456, "0.123456"), (0.0, "0.000")])
def test_shares_are_written_as_limits_are(share: float, words: str) -> None:
    """Three digits, more where it needs them, and no bare point."""
    assert gate.value(share, "share") == words


def test_a_limit_without_its_prefix_is_told_how_to_be_written() -> None:
    """The nearest setting of a run would be another thing."""
    with pytest.raises(ConfigError, match=r"max_removed_ratio: a limit of `clean check`; write gate\.max_removed_ratio"):
        split_assignments(["max_removed_ratio=1"])


def test_limits_come_from_flag_environment_and_file(tmp_path: Path) -> None:
    """In that order; settings of a run in the same file and environment do not disturb."""
    (tmp_path / "clean.toml").write_text("min_docs = 5\n[gate]\nmax_drift = 0.3\nmax_emptied = 7\nmin_documents = 9\n")
    flags = split_assignments(["gate.min_documents=3", "seed=4"])[1]
    environment = {"CLEAN_GATE_MAX_EMPTIED": "4", "CLEAN_MIN_DOCS": "6"}
    limits, origins = resolve_limits(flags, environment, folder=tmp_path)
    assert (limits.min_documents, limits.max_emptied, limits.max_drift) == (3, 4, 0.3)
    found = {one.name: one.source for one in origins}
    assert found["gate.min_documents"] == "flag"
    assert found["gate.max_emptied"] == "environment CLEAN_GATE_MAX_EMPTIED"
    assert found["gate.max_drift"] == "clean.toml"
    assert found["gate.max_damaged_ratio"] == "default"


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("[gate]\nmax_drfit = 1", "unknown setting 'max_drfit'; did you mean 'max_drift'"),
        ("gate = 1", "gate = 1 is not a table"),
        ("[gate]\nmax_drift = 2", "max_drift = 2 is outside 0.0-1.0"),
        ("[gate]\nmin_documents = 1.5", "min_documents = 1.5 is not a whole number"),
    ],
)
def test_a_limit_that_cannot_be_used_is_refused(tmp_path: Path, toml: str, words: str) -> None:
    """With the nearest name, or the range."""
    (tmp_path / "clean.toml").write_text(toml)
    with pytest.raises(ConfigError, match=re.escape(words)):
        resolve_limits({}, {}, folder=tmp_path)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["check", SEEDS], 0, "all 9 limits hold, 5 documents"),
        (["check", SEEDS, "--set", "gate.max_removed_ratio=0.3"], 1, "max_removed_ratio: 0.320159 of all text was removed"),
        (["check", SEEDS, "--set", "gate.max_removed_ratio=0.3", "--exit-zero"], 0, "1 of 9 limits is broken"),
        (["check", SEEDS, "--set", "gate.max_removed=0.3"], 2, "did you mean 'max_removed_ratio'"),
        (["check", SEEDS, "--set", "min_docs=3"], 2, "made with its own settings"),
        (["check", ROOT / "seeds", "--exit-zero"], 2, "is not the OUT of a finished run"),
        (["run", ROOT / "seeds", "-o", "x", "--set", "gate.max_drift=1"], 2, "a limit of `clean check`"),
    ],
)
def test_the_command_exits_as_it_says(tmp_path: Path, arguments: list[str], code: int, words: str) -> None:
    """0 all hold, 1 one is broken, 2 cannot be checked; findings on stdout, errors in one line on stderr."""
    done = subprocess.run([sys.executable, "-m", "clean", *arguments], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == code
    assert words in (done.stderr if code == 2 else done.stdout)
    assert (code == 2) == bool(done.stderr) and done.stderr.count("\n") <= 1


# ---------------------------------------------------------------- formats


@pytest.fixture(scope="module", params=["newsroom", "poisoned"])
def broken(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Many broken limits, of a usual run and of one whose names all attack."""
    return checked(record(newsroom()) if request.param == "newsroom" else poisoned())


def unsafe(text: str) -> list[str]:
    """Control and bidi characters in a text."""
    return re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u202e\u2066]", text)


def test_lines_and_table_show_nothing_unseen(broken: dict[str, Any]) -> None:
    """No control character; every broken limit is named; one line a finding, whatever line breaks a name holds."""
    for text in (gate.as_lines(broken), gate.as_table(broken)):
        assert not unsafe(text)
        for one in broken["checks"]:
            assert one["holds"] or one["limit"] in text
    findings = sum(len(one["broken"]) for one in broken["checks"])
    assert len(re.findall(r"^\w+: ", gate.as_lines(broken), re.MULTILINE)) >= findings
    rows = [line for line in gate.as_table(broken).splitlines() if line.startswith("| `")]
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 5 for row in rows)
    assert "<script" not in gate.as_table(broken)


def test_annotations_are_commands_of_ours_only(broken: dict[str, Any]) -> None:
    """Each line that the service takes for a command is one that we meant, with our two properties."""
    lines = gate.as_annotations(broken).splitlines()
    commands = [line for line in lines if line.lstrip().startswith("::") or "##[" in line]
    meant = sum(len(one["broken"]) + bool(gate.more(one)) for one in broken["checks"]) + len(broken["notes"])
    assert len(commands) == meant == len(lines) - 1
    for line in commands:
        assert re.fullmatch(r"::(error|warning) file=[^:,]*(,title=[^:,]*)?::.*", line)
        assert unquote(re.findall(r"file=([^:,]*)", line)[0]) == broken["report"]
        assert not unsafe(line)


def test_junit_parses_and_counts(broken: dict[str, Any]) -> None:
    """A case a limit, in order; the counts are those of its children."""
    suite = ElementTree.fromstring(gate.as_junit(broken)).find("testsuite")
    assert suite is not None
    cases = suite.findall("testcase")
    assert [case.get("name") for case in cases] == [one["limit"] for one in broken["checks"]]
    failures = [case.find("failure") for case in cases if case.find("failure") is not None]
    assert (suite.get("tests"), suite.get("failures")) == (str(len(cases)), str(len(failures)))
    assert len(failures) == sum(not one["holds"] for one in broken["checks"])


# The members that the standard requires (SARIF 2.1.0, sections 3.13, 3.14, 3.18, 3.19, 3.27, 3.49) with their types,
# and all others that we write: a name that is not here is not in the standard, or needs a line here.
SARIF: dict[str, tuple[type, dict[str, Any], set[str]]] = {
    "log": (dict, {"version": str, "runs": ["run"], "$schema": str}, {"version", "runs"}),
    "run": (dict, {"tool": "tool", "results": ["result"], "invocations": ["invocation"], "columnKind": str}, {"tool"}),
    "tool": (dict, {"driver": "driver"}, {"driver"}),
    "driver": (dict, {"name": str, "version": str, "rules": ["rule"]}, {"name"}),
    "rule": (
        dict,
        {"id": str, "shortDescription": "text", "fullDescription": "text", "help": "text", "defaultConfiguration": "default"},
        {"id"},
    ),
    "default": (dict, {"level": str}, set()),
    "text": (dict, {"text": str}, {"text"}),
    "invocation": (dict, {"executionSuccessful": bool, "toolExecutionNotifications": ["notification"]}, {"executionSuccessful"}),
    "notification": (dict, {"level": str, "message": "text"}, {"message"}),
    "result": (
        dict,
        {
            "ruleId": str,
            "ruleIndex": int,
            "level": str,
            "message": "text",
            "locations": ["location"],
            "partialFingerprints": dict,
            "properties": dict,
        },
        {"message"},
    ),
    "location": (dict, {"physicalLocation": "physical", "logicalLocations": ["logical"]}, set()),
    "physical": (dict, {"artifactLocation": "artifact", "region": "region"}, {"artifactLocation"}),
    "artifact": (dict, {"uri": str}, {"uri"}),
    "region": (dict, {"startLine": int}, set()),
    "logical": (dict, {"name": str, "kind": str}, set()),
}


def assert_sarif(value: Any, kind: Any) -> None:
    """`value` is what SARIF names `kind`: its type, the members it must have, and no others."""
    if isinstance(kind, list):
        assert isinstance(value, list)
        for one in value:
            assert_sarif(one, kind[0])
    elif isinstance(kind, type):
        assert isinstance(value, kind)
    else:
        base, members, needed = SARIF[kind]
        assert isinstance(value, base) and needed <= set(value) <= set(members), (kind, value)
        for name, one in value.items():
            assert_sarif(one, members[name])


def test_sarif_has_the_form_of_the_standard(broken: dict[str, Any]) -> None:
    """Members and types, rules that results point at, a relative URI without characters that a URI cannot hold."""
    text = as_sarif(broken)
    assert not unsafe(text)
    log = json.loads(text)
    assert_sarif(log, "log")
    [run] = log["runs"]
    assert log["version"] == "2.1.0" and run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(rules) == len(set(rules))
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"] and result["level"] in ("none", "note", "warning", "error")
        [location] = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"(?:[\w.~/-]|%[0-9A-F]{2})+", uri) and unquote(uri) == broken["report"]
    prints = [result["partialFingerprints"]["clean/v1"] for result in run["results"]]
    assert len(set(prints)) == len(prints) == sum(len(one["broken"]) for one in broken["checks"])
    assert len(ATTACKS) <= len(prints)
