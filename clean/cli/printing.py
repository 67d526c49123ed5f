"""JSON for programs, safe for a terminal."""

from __future__ import annotations

from typing import Any

import typer


def json_text(value: Any) -> str:
    """A value as indented JSON, with nothing in it that steers a terminal."""
    import json

    from clean import visible

    return visible.json_text(json.dumps(value, ensure_ascii=False, indent=1))


def print_json(value: Any) -> None:
    """The same on stdout."""
    typer.echo(json_text(value))
