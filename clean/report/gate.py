"""What `clean check` found, for people and for CI services.

    as_lines(checked)      a line a broken limit, then the sum: for a terminal or a log
    as_annotations(…)      GitHub's workflow commands, one a finding
    as_table(…)            Markdown, for a job's summary
    as_junit(…)            a test case a limit
    sarif.as_sarif(…)      SARIF 2.1.0

`checked` is what jobs/check.py gives. Names out of documents pass `visible` here, and nowhere later.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from clean.report.layout import markdown, number, spans
from clean.visible import github, visible
from clean.wording import counted

Checked = Mapping[str, Any]
Row = Mapping[str, Any]

# What XML 1.0 cannot hold even escaped; controls and surrogates are gone after `visible`.
_NO_XML = re.compile("[\ufffe\uffff]")


def value(measured: float | None, unit: str) -> str:
    """A measured or allowed value as limits are written: a count, or a share with three digits, more where it needs them."""
    if measured is None:
        return "–"
    if unit == "count":
        return number(round(measured))
    rough = f"{measured:.3f}"
    return rough if float(rough) == measured else f"{measured:.6f}".rstrip("0").rstrip(".")


def finding(check: Row, place: Row) -> str:
    """One broken place in a sentence: where, what was measured, what is allowed."""
    measured, allowed = value(place["measured"], check["unit"]), value(check["allowed"], check["unit"])
    bound = f"allowed is at {'least' if check['limit'].startswith('min_') else 'most'} {allowed}"
    if place["was"] is None:
        return f"{_where(place)}{measured} {check['what']}, {bound}"
    return f"{_where(place)}moved by {measured} {check['what']} {value(place['was'], _unit_before(place))}, {bound}"


def findings(checked: Checked) -> list[tuple[Row, Row, str]]:
    """(check, place, sentence) of everything that does not hold, and what to do about it at the sentence's end."""
    return [(check, place, f"{finding(check, place)}. {check['do']}") for check in checked["checks"] for place in check["broken"]]


def more(check: Row) -> str:
    """How many places a check has beyond those it lists; nothing where it lists all."""
    rest = check["of"] - len(check["broken"])
    return f"and {number(rest)} more that break {check['limit']}" if rest else ""


def as_lines(checked: Checked) -> str:
    """For a terminal or a log; ends with a line break."""
    lines = []
    for check in checked["checks"]:
        lines += [f"{check['limit']}: {finding(check, place)}" for place in check["broken"]]
        if check["broken"]:
            lines += [f"  {line}" for line in (more(check), check["do"]) if line]
    lines += [f"note: {visible(note, keep_newlines=False)}" for note in checked["notes"]]
    return "".join(line + "\n" for line in [*lines, _sum(checked)])


def as_annotations(checked: Checked) -> str:
    """GitHub's workflow commands: an error a finding, a warning a note; the sum as a plain line."""
    file = github(checked["report"], field=True)
    lines = []
    for check, _, words in findings(checked):
        lines.append(f"::error file={file},title={github('clean check: ' + check['limit'], field=True)}::{github(words)}")
    lines += [f"::error file={file}::{github(more(check))}" for check in checked["checks"] if more(check)]
    lines += [f"::warning file={file}::{github(note)}" for note in checked["notes"]]
    return "".join(line + "\n" for line in [*lines, _sum(checked)])


def as_table(checked: Checked) -> str:
    """Markdown: a row a limit, then what does not hold."""
    lines = [f"### {_sum(checked)}", "", "| limit | measured | allowed | |", "|---|---:|---:|---|"]
    for check in checked["checks"]:
        figures = (value(check[name], check["unit"]) for name in ("measured", "allowed"))
        verdict = "nothing to judge" if check["measured"] is None else "holds" if check["holds"] else "**broken**"
        lines.append(f"| `{check['limit']}` | {' | '.join(figures)} | {verdict} |")
    said = [f"`{check['limit']}`: {_prose(words)}" for check, _, words in findings(checked)]
    said += [more(check) for check in checked["checks"] if more(check)]
    said += [f"Note: {markdown(note)}" for note in checked["notes"]]
    return "\n".join(lines + ([""] if said else []) + [f"- {line}" for line in said]) + "\n"


def as_junit(checked: Checked) -> str:
    """JUnit's XML: a test case a limit, with a failure where it does not hold."""
    checks = checked["checks"]
    counts = {"tests": str(len(checks)), "failures": str(sum(not check["holds"] for check in checks)), "errors": "0"}
    root = ElementTree.Element("testsuites", {"name": "clean check", **counts})
    suite = ElementTree.SubElement(root, "testsuite", {"name": "clean check", **counts, "skipped": "0"})
    for check in checks:
        case = ElementTree.SubElement(suite, "testcase", {"classname": "clean.gate", "name": check["limit"]})
        if not check["holds"]:
            lines = [_xml(finding(check, place)) for place in check["broken"]]
            failure = ElementTree.SubElement(case, "failure", {"type": check["limit"], "message": lines[0]})
            failure.text = "\n".join([*lines, *filter(None, [more(check)]), check["do"]])
    if checked["notes"]:
        ElementTree.SubElement(suite, "system-out").text = "\n".join(_xml(note) for note in checked["notes"])
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _where(place: Row) -> str:
    if place["name"] is None:
        return ""
    name = visible(place["name"], keep_newlines=False) or "(no site)"
    if place["kind"] == "document":
        return f"document {name} ({visible(place['source'], keep_newlines=False)}): "
    return f"{name}: " if place["kind"] == "corpus" else f"{place['kind']} {name}: "


def _unit_before(place: Row) -> str:
    return "count" if place["name"] == "documents" and place["kind"] == "corpus" else "share"


def _sum(checked: Checked) -> str:
    broken = sum(not check["holds"] for check in checked["checks"])
    held = len(checked["checks"]) - broken
    documents = counted(checked["documents"], "document")
    if not broken:
        return f"clean check: all {held} limits hold, {documents}"
    return f"clean check: {broken} of {held + broken} limits {'is' if broken == 1 else 'are'} broken, {documents}"


def _prose(words: str) -> str:
    return "".join(f"`{piece}`" if code else markdown(piece) for code, piece in spans(words))


def _xml(text: str) -> str:
    shown = visible(text, keep_newlines=False)
    return _NO_XML.sub(lambda found: f"‹U+{ord(found[0]):04X}›", shown)
