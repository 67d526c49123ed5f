"""Two finished runs compared. Nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from clean.jobs.check import whole
from clean.stages.measure.compare import compare

Differences = dict[str, Any]


def diff(a: Path, b: Path, top: int | None = 10) -> Differences:
    """What compare.py finds between the runs in `a` and `b`, and `settings` and `versions` that differ: name, a, b.

    Those two are told, but do not make runs different that did the same. Both folders must agree with their manifests.
    Raises InputError for one that cannot be compared.
    """
    runs = whole(a), whole(b)
    found = compare(runs[0].pieces, runs[1].pieces, top)
    told = {
        name: _changed(*(run.manifest[key] for run in runs)) for name, key in (("settings", "config"), ("versions", "versions"))
    }
    return {**found, **told}


def _changed(a: dict[str, Any], b: dict[str, Any]) -> list[dict[str, Any]]:
    names = [name for name in dict.fromkeys((*a, *b)) if a.get(name) != b.get(name)]
    return [{"name": name, "a": a.get(name), "b": b.get(name)} for name in names]
