"""The limits of `clean check`: what a finished run must keep to pass.

They stand under `[gate]` in `clean.toml` (`[tool.clean.gate]` in `pyproject.toml`), in `CLEAN_GATE_…` variables, or in
`--set gate.NAME=VALUE`, in that order from the weakest. A ratio is a share of 0-1. A limit of 1 (a ratio) forbids
nothing; every other default is meant to pass on a corpus that is as it should be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from clean.config import GATE, Origin, check_values, layered, parse_assignments, setting
from clean.errors import ConfigError

PREFIX = f"{GATE}."


@dataclass(frozen=True)
class Limits:
    """Every limit of the gate. Invalid values raise ConfigError at construction."""

    # --- of one run
    min_documents: int = setting(1, "documents that must have been published, at the least", low=0)
    max_quarantined: int = setting(0, "records that may have been put aside as unreadable", low=0)
    max_emptied: int = setting(0, "published documents that may have lost all their text", low=0)
    max_removed_ratio: float = setting(0.6, "share of all text that may be removed, copies included", low=0.0, high=1.0)
    max_copies_ratio: float = setting(0.5, "share of the documents that may go as copies of others", low=0.0, high=1.0)
    max_document_removed_ratio: float = setting(0.9, "share of any one published document that may be removed", low=0.0, high=1.0)
    max_group_removed_ratio: float = setting(
        0.8, "share of any one site's text that may be removed, copies included", low=0.0, high=1.0
    )
    min_group_documents: int = setting(
        10, "sites with fewer documents are not judged one by one: a site of one page may well be a copy", low=1
    )
    max_unverified_ratio: float = setting(
        0.25, "share of all text that may go without a verified twin: learned, or by its looks", low=0.0, high=1.0
    )
    max_damaged_ratio: float = setting(1.0, "share of the documents that may have needed repair of damage", low=0.0, high=1.0)

    # --- against an earlier run (`--baseline`)
    max_drift: float = setting(
        0.1, "how far a share may move from the baseline, up or down: of 0.30, 0.1 allows 0.20-0.40", low=0.0, high=1.0
    )
    max_relative_drift: float = setting(
        1.0, "the same as a part of the baseline's share: of 0.04, 1.0 allows up to 0.08; moves below min_drift aside", low=0.0
    )
    min_drift: float = setting(0.02, "a share that moves less is not held against max_relative_drift", low=0.0, high=1.0)
    max_documents_drift: float = setting(
        0.5, "how much the number of published documents may change, as a part of the baseline's", low=0.0
    )

    def __post_init__(self) -> None:
        check_values(self)


def resolve_limits(
    flags: Mapping[str, Any], environment: Mapping[str, str] | None = None, file: Path | None = None, folder: Path | None = None
) -> tuple[Limits, list[Origin]]:
    """The limits in force and where each came from, as config.resolve gives the settings; its errors, too."""
    return layered(Limits, GATE, flags, environment, file, folder)


def split_assignments(assignments: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """`NAME=VALUE` texts apart: values of Config, and those of Limits (`gate.NAME=VALUE`). Raises ConfigError."""
    limits = [one.removeprefix(PREFIX) for one in assignments if one.startswith(PREFIX)]
    settings = [one for one in assignments if not one.startswith(PREFIX)]
    names = {one.name for one in fields(Limits)}
    for name in (one.partition("=")[0] for one in settings):
        if name in names:
            raise ConfigError(f"--set {name}: a limit of `clean check`; write {PREFIX}{name}")
    return parse_assignments(settings), parse_assignments(limits, Limits)
