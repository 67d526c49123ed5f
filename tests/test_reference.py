"""docs/commands.md is what the commands say; help shows all of it; completion completes."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from reference import parameters, reference
from typer.testing import CliRunner

from clean.cli import app

ROOT = Path(__file__).parent.parent
COMMANDS = {one.name or one.callback.__name__: one.callback for one in app.registered_commands if one.callback}


def test_the_reference_is_up_to_date() -> None:
    """If this fails, run `make reference` and commit docs/commands.md."""
    assert (ROOT / "docs" / "commands.md").read_text("utf-8") == reference()


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_every_word(name: str) -> None:
    """No part of a help text is taken for markup and lost; every option is there."""
    shown = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "300", "TERMINAL_WIDTH": "300"}, terminal_width=300).output
    words = " ".join(shown.replace("│", " ").split())
    command = COMMANDS[name]
    for text in [inspect.cleandoc(command.__doc__ or ""), *(one.told.help or "" for one in parameters(command))]:
        assert " ".join(text.replace("`", "").split()) in words.replace("`", "")
    for one in parameters(command):
        for option in re.findall(r"--?[\w-]+", one.names.split(" ")[-1] if not one.names.startswith("-") else one.names):
            assert option in words


def test_every_command_is_in_the_readme() -> None:
    """The table of commands leaves none out."""
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [name for name in COMMANDS if f"| `clean {name}" not in readme] == []


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("clean ch", "check"), ("clean check --out", "--output-format"), ("clean check --output-format sa", "sarif")],
)
def test_completion_completes(typed: str, offered: str) -> None:
    """What the script that `--show-completion` prints asks the command, as bash asks it."""
    words = {"_CLEAN_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    clean = Path(sys.executable).parent / "clean"
    done = subprocess.run([clean], env=os.environ | words, capture_output=True, text=True, check=False)
    assert offered in done.stdout.split(), done.stderr
