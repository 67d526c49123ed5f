"""The command line itself, and the options that several commands share."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from clean.config import echoed
from clean.errors import ConfigError

STREAM = "-"
LEAST = 512 * 10**6  # bytes for --memory

app = typer.Typer(
    name="clean",
    help="Deduplicate and clean a corpus of text, prove every removal, undo all of it.",
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",  # in rich's own markup `[tool.clean]` would be a style, and vanish
    epilog="Begin with `clean run FOLDER -o OUT`, then open OUT/report.html. Exit codes: 0 done, 1 findings, 2 cannot be done.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class CheckFormat(StrEnum):
    """What `check` can print."""

    text = "text"
    json = "json"
    github = "github"
    sarif = "sarif"
    junit = "junit"
    markdown = "markdown"


class KnownFormat(StrEnum):
    """What `known` can print."""

    text = "text"
    json = "json"


class Engine(StrEnum):
    """What the work is done on."""

    local = "local"
    spark = "spark"


class LogFormat(StrEnum):
    """How progress is told."""

    text = "text"
    json = "json"


def folder(given: str) -> Path:
    """A folder as it was typed; nothing, and the sign for a stream, are none."""
    if given in ("", STREAM):
        raise ConfigError(f"{given!r} names no folder; give its name (./- if that is what it is called)")
    return Path(given)


def size(text: str) -> int:
    """A size in bytes: a number, or one such as 512MB (millions of bytes) or 2GiB (of 1024 x 1024 x 1024)."""
    found = re.fullmatch(r"(\d{1,18}(?:\.\d{1,18})?) *([KMGT]?)(i?)B?", text.strip(), re.IGNORECASE)
    if found is None:
        raise ConfigError(f"{echoed(text)} is not a size; write 512MB or 2GB")
    number, unit, binary = found.groups()
    return int(float(number) * (1024 if binary else 1000) ** (" KMGT".index(unit.upper() or " ")))


def memory_size(text: str) -> int:
    """The same, of memory: enough for a part of a corpus and the libraries."""
    given = size(text)
    if given < LEAST:
        raise ConfigError(f"{text} is too little: a part of a corpus and the libraries need {LEAST // 10**6}MB")
    return given


Finished = Annotated[Path, typer.Argument(parser=folder, metavar="OUT", help="The folder of a finished run.")]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings; default: clean.toml, then [tool.clean] of pyproject.toml."),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Any setting by its name; repeatable. `clean config` lists them."),
]
SetLimit = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="gate.NAME=VALUE", help="Any limit by its name; repeatable. `clean config` lists them."),
]
AsJson = Annotated[bool, typer.Option("--json", help="For programs: JSON on stdout.")]
