"""What `clean check` found as SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from clean.report.gate import finding, more
from clean.version import __version__
from clean.visible import json_text, visible

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
KINDS = {"corpus": "module", "site": "namespace", "document": "resource", "rule": "member"}

Row = Mapping[str, Any]


def as_sarif(checked: Mapping[str, Any]) -> str:
    """One run of one tool: a rule a limit, a result a broken place, located in the run's report; ends with a line break."""
    checks = checked["checks"]
    results = [
        _result(number, check, place, checked["report"]) for number, check in enumerate(checks) for place in check["broken"]
    ]
    left = [{"text": more(check)} for check in checks if more(check)]
    said = [{"level": "note", "message": {"text": visible(note, keep_newlines=False)}} for note in checked["notes"]]
    invocation = {
        "executionSuccessful": True,
        "toolExecutionNotifications": [*({"level": "note", "message": message} for message in left), *said],
    }
    driver = {"name": "clean", "version": __version__, "rules": [_rule(check) for check in checks]}
    run = {"tool": {"driver": driver}, "invocations": [invocation], "results": results, "columnKind": "unicodeCodePoints"}
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json_text(json.dumps(log, ensure_ascii=False, indent=1, allow_nan=False)) + "\n"


def _rule(check: Row) -> dict[str, Any]:
    return {
        "id": check["limit"],
        "shortDescription": {"text": f"{check['limit']} = {check['allowed']}"},
        "fullDescription": {"text": check["help"][:1].upper() + check["help"][1:] + "."},
        "help": {"text": check["do"]},
        "defaultConfiguration": {"level": "error"},
    }


def _result(number: int, check: Row, place: Row, report: str) -> dict[str, Any]:
    name = visible(place["name"] or "the corpus", keep_newlines=False) or "(no site)"
    key = f"{check['limit']}\n{place['kind']}\n{place['source']}\n{place['name']}"
    return {
        "ruleId": check["limit"],
        "ruleIndex": number,
        "level": "error",
        "message": {"text": f"{finding(check, place)}. {check['do']}"},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": _uri(report)}, "region": {"startLine": 1}},
                "logicalLocations": [{"name": name, "kind": KINDS[place["kind"]]}],
            }
        ],
        # the same finding of a later run is recognised as such, whatever was measured
        "partialFingerprints": {"clean/v1": hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()},
        "properties": {"measured": place["measured"], "allowed": check["allowed"]},
    }


def _uri(path: str) -> str:
    return Path(path).as_uri() if Path(path).is_absolute() else quote(path)
