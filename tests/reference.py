"""docs/commands.md: the reference, made from what the commands say of themselves.

PYTHONPATH=tests python -m reference docs/commands.md
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_type_hints

from typer.models import ArgumentInfo, OptionInfo

from clean.cli import app, top
from clean.config import Config
from clean.limits import Limits

HEAD = """\
# The commands

Made by `make reference` from the commands' own help; a test compares the two. What the options are good for:
[README.md](../README.md), [ci.md](ci.md).

Data goes to stdout, talk to stderr. Exit codes: 0 done; 1 findings (quarantined records, a broken limit, a difference, a run
that does not verify); 2 something cannot be used; 129, 130, 143 and 141 on signals and a closed pipe.

Completion in the shell (bash, zsh, fish, PowerShell): `clean --install-completion`, then open a new shell;
`clean --show-completion` prints the script for those who install it themselves.
"""
SETTINGS = """\
## Settings

`--set NAME=VALUE` goes before the environment (`CLEAN_NAME`), that before `clean.toml` or `[tool.clean]` in `pyproject.toml`.
`clean config` shows those in force.
"""
LIMITS = """\
## Limits of `clean check`

`--set gate.NAME=VALUE`, `CLEAN_GATE_NAME`, or `[gate]` in `clean.toml` (`[tool.clean.gate]` in `pyproject.toml`).
"""


@dataclasses.dataclass(frozen=True)
class Parameter:
    """An argument or option of a command, as its signature has it."""

    name: str
    kind: Any
    told: ArgumentInfo | OptionInfo
    default: Any

    @property
    def flag(self) -> bool:
        """Whether it takes no value."""
        return self.kind is bool

    @property
    def names(self) -> str:
        """What is typed: an option's names and what it takes, an argument's place."""
        if isinstance(self.told, ArgumentInfo):
            return str(self.told.metavar)
        # in Annotated, typer keeps the first name where a default stands elsewhere
        first = [self.told.default] if isinstance(self.told.default, str) else []
        return ", ".join([*first, *(self.told.param_decls or ())] or ["--" + self.name.replace("_", "-")]) + self.value

    @property
    def value(self) -> str:
        """What an option takes: the choices, or a word for it."""
        if self.flag:
            return ""
        enums = [one for one in (self.kind, *_inside(self.kind)) if isinstance(one, type) and issubclass(one, Enum)]
        return " " + (self.told.metavar or ("|".join(one.value for one in enums[0]) if enums else "VALUE"))

    @property
    def otherwise(self) -> str:
        """What holds without it."""
        if self.default is inspect.Parameter.empty:
            return "required"
        if isinstance(self.told.show_default, str):
            return self.told.show_default
        return "" if self.default in (None, False) else str(getattr(self.default, "value", self.default))


def _inside(kind: Any) -> list[Any]:
    """The types that a type is made of."""
    return [one for part in get_args(kind) for one in (part, *_inside(part))]


def parameters(command: Any) -> list[Parameter]:
    """The arguments and options of a command, in their order."""
    hints = get_type_hints(command, include_extras=True)
    found = []
    for name, given in inspect.signature(command).parameters.items():
        kind, told = get_args(hints[name])
        found.append(Parameter(name, kind, told, given.default))
    return found


def reference() -> str:
    """The whole page."""
    parts = [HEAD, _section("clean", "clean [OPTIONS] COMMAND", top)]
    for one in app.registered_commands:
        name = one.name or one.callback.__name__  # type: ignore[union-attr]
        shown = parameters(one.callback)
        words = [each.names for each in shown if isinstance(each.told, ArgumentInfo)]
        words += [
            each.names.split(", ")[0] + each.value
            for each in shown
            if each.names.startswith("-") and each.otherwise == "required"
        ]
        parts.append(_section(f"clean {name}", " ".join(["clean", name, *words, "[OPTIONS]"]), one.callback))
    parts += [SETTINGS + "\n" + _fields(Config), LIMITS + "\n" + _fields(Limits)]
    return "\n".join(parts)


def _section(name: str, usage: str, command: Any) -> str:
    """A command: what it does, its usage, its arguments and options."""
    lines = [
        f"## `{name}`",
        "",
        inspect.cleandoc(command.__doc__),
        "",
        "```text",
        usage,
        "```",
        "",
        "| | without it | |",
        "|---|---|---|",
    ]
    lines += [f"| `{_cell(one.names)}` | {_cell(one.otherwise)} | {_cell(one.told.help or '')} |" for one in parameters(command)]
    return "\n".join(lines) + "\n"


def _fields(kind: type[Any]) -> str:
    lines = ["| | default | |", "|---|---|---|"]
    for one in dataclasses.fields(kind):
        plain = ", ".join(one.default) if isinstance(one.default, tuple) else one.default
        lines.append(f"| `{one.name}` | {f'`{plain}`' if plain != '' else ''} | {_cell(one.metadata['help'])} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(reference(), "utf-8")
