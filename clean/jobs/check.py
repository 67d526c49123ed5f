"""The gate over a finished run: limits held against its record. Nothing is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from clean.errors import InputError, IntegrityError
from clean.limits import Limits
from clean.stages.measure import FORMAT
from clean.stages.measure.gate import hold, unlike_facts
from clean.store import finished
from clean.store.manifest import check_manifest

REPORT = "report.json"

Checked = dict[str, Any]


def check(folder: Path, limits: Limits, baseline: Path | None = None) -> Checked:
    """Whether every limit holds: `ok`, `checks` (see stages/measure/gate.py), `notes`, `documents` and `report`.

    `baseline`: an earlier run's report.json, or its folder. Everything in `folder` must agree with its manifest before
    any of it is believed. Raises InputError for a folder or a baseline that cannot be checked.
    """
    run = whole(folder)
    facts = _facts(folder / REPORT)
    earlier = None if baseline is None else _baseline(baseline)
    checks = hold(facts, run.pieces, limits, earlier)
    return {
        "ok": all(one["holds"] for one in checks),
        "checks": checks,
        "notes": [] if earlier is None else _notes(facts, earlier),
        "documents": facts["documents"]["kept"],
        "report": (folder / REPORT).as_posix(),
    }


def whole(folder: Path) -> finished.Finished:
    """The run in `folder`, each of whose files has the digest that its manifest gives. Raises InputError otherwise.

    Its tables are of this version's form; nothing of them is held yet.
    """
    try:
        run = finished.open_finished(folder)
        found = check_manifest(folder)
        if not found:
            _ = run.pieces, run.config
    except IntegrityError as error:
        found = [str(error)]
    if found:
        raise InputError(f"{folder} is damaged, nothing in it can be trusted: {found[0]}; `clean verify` lists what is wrong")
    return run


def _baseline(given: Path) -> Checked:
    if given.is_dir():
        whole(given)
        given = given / REPORT
    return _facts(given)


def _facts(path: Path) -> Checked:
    """The facts in a report.json. Raises InputError when there are none, or of another format."""
    try:
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}; name a run's {REPORT}") from None
    except (ValueError, RecursionError):
        raise InputError(f"{path} is not JSON; name a run's {REPORT}") from None
    why = unlike_facts(found)
    if why is not None:
        raise InputError(f"{path} is not the {REPORT} of a run: {why}")
    if found.get("format") != FORMAT:
        raise InputError(f"{path} has format {found.get('format')!r}, this clean compares {FORMAT}: run again")
    return dict(found)


def _notes(facts: Checked, earlier: Checked) -> list[str]:
    """What else differs from the baseline's run and may be why."""
    notes = []
    if facts["fingerprint"] != earlier.get("fingerprint"):
        config, before = facts["config"], earlier.get("config")
        before = before if isinstance(before, dict) else {}
        names = [name for name in dict.fromkeys((*config, *before)) if config.get(name) != before.get(name)]
        notes.append(f"the baseline was made with other settings: {', '.join(map(str, names)) or 'which, it does not say'}")
    if facts["versions"] != earlier.get("versions"):
        notes.append("the baseline was made by other versions")
    return notes
