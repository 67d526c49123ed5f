"""docs/ci.md and .pre-commit-hooks.yaml: what they say is what happens; their commands run as written."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from clean.limits import Limits

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "ci.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
WORKFLOW, HOOKS_USED = (yaml.safe_load(body) for kind, body in BLOCKS if kind == "yaml")
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with articles, a finished run, its baseline and settings."""
    folder = tmp_path_factory.mktemp("ci")
    shutil.copytree(ROOT / "seeds", folder / "articles")
    shutil.copytree(ROOT / "reports" / "seeds", folder / "cleaned")
    shutil.copy(ROOT / "reports" / "seeds" / "report.json", folder / "baseline.json")
    [settings] = [body for kind, body in BLOCKS if kind == "toml"]
    (folder / "clean.toml").write_text(settings)
    return folder


def shell(command: str, desk: Path) -> subprocess.CompletedProcess[str]:
    """Run one line in a shell in which `clean` is the command."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "GITHUB_STEP_SUMMARY": str(desk / "summary.md")}
    return subprocess.run(["bash", "-c", command], cwd=desk, env=environment, capture_output=True, text=True, check=False)


def steps() -> list[str]:
    """The commands of the workflow after those that install and make the run."""
    given = [step["run"] for step in WORKFLOW["jobs"]["clean"]["steps"] if "run" in step]
    assert given[:2] == ["python -m pip install path/to/clean", "clean run articles -o cleaned"]
    return given[2:]


def test_the_steps_of_the_workflow_run_and_hand_over_what_they_made(desk: Path) -> None:
    """As written, in the shell that the service uses; the files that are uploaded are those that are written."""
    for command in steps():
        done = shell(f"set -eo pipefail; {command}", desk)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
    uses = [step["with"] for step in WORKFLOW["jobs"]["clean"]["steps"] if "upload" in step.get("uses", "")]
    assert json.loads((desk / uses[0]["sarif_file"]).read_bytes())["version"] == "2.1.0"
    assert (desk / uses[1]["path"]).is_file()
    assert "max_removed_ratio" in (desk / "summary.md").read_text("utf-8")


def test_the_commands_of_the_page_run(desk: Path) -> None:
    """The console blocks in their order, but for the run, which the desk has."""
    commands = [line[2:] for kind, body in BLOCKS if kind == "console" for line in body.splitlines()]
    assert commands[0] == "clean run articles -o cleaned"
    for command in commands[1:]:
        done = shell(command, desk)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def test_the_hooks_run_and_the_example_names_them(desk: Path) -> None:
    """A hook's command is its entry and the user's arguments; it is asked for when a manifest is committed."""
    [repository] = HOOKS_USED["repos"]
    for used in repository["hooks"]:
        hook = HOOKS[used["id"]]
        assert re.search(hook["files"], "data/cleaned/manifest.json") and not re.search(hook["files"], "manifest.json.bak")
        done = shell(" ".join([hook["entry"], *used["args"]]), desk)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_make_rule_checks_and_does_no_needless_work(desk: Path, tmp_path: Path) -> None:
    """A broken limit leaves no stamp, and the next make tries again."""
    [rule] = [body for kind, body in BLOCKS if kind == "make"]
    shutil.copytree(desk / "articles", tmp_path / "articles")
    (tmp_path / "Makefile").write_text(rule)
    (tmp_path / "clean.toml").write_text("[gate]\nmax_removed_ratio = 0.4\n")
    assert shell("make", tmp_path).returncode == 0
    assert "up to date" in shell("make", tmp_path).stdout
    (tmp_path / "cleaned.checked").unlink()
    assert shell("CLEAN_GATE_MAX_REMOVED_RATIO=0.1 make", tmp_path).returncode != 0
    assert not (tmp_path / "cleaned.checked").exists()


def test_the_page_names_every_limit_with_its_default_and_meaning() -> None:
    """The tables of the page are those of limits.py."""
    rows: dict[str, tuple[Any, str]] = {
        name: (default, words) for name, default, words in re.findall(r"^\| `(\w+)` \| ([\d.]+) \| (.*) \|$", PAGE, re.MULTILINE)
    }
    assert rows == {one.name: (str(one.default), one.metadata["help"]) for one in dataclasses.fields(Limits)}
    [settings] = [body for kind, body in BLOCKS if kind == "toml"]
    assert Limits(**tomllib.loads(settings)["gate"]) != Limits()
