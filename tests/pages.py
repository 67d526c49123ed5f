"""The pages that people read, taken apart so that tests can do what they say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def blocks(page: str) -> list[tuple[str, str]]:
    """The fenced blocks of a page, in order: (language, what stands in it)."""
    return re.findall(r"^```(\w+)\n(.*?)^```", (ROOT / page).read_text("utf-8"), re.DOTALL | re.MULTILINE)


def commands(block: str) -> list[str]:
    """The lines of a console block that are typed."""
    return [line[2:] for line in block.splitlines() if line.startswith("$ ")]


def run(command: str, desk: Path) -> subprocess.CompletedProcess[str]:
    """Run one line in a shell, in a folder, with the command on the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", command], cwd=desk, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
    )


def missing(shown: str, printed: str) -> list[str]:
    """The lines shown on a page that were not printed; a line that ends in … is the beginning of one."""
    lines = printed.splitlines()
    wanted = [line.rstrip() for line in shown.splitlines() if line.strip()]
    return [
        line
        for line in wanted
        if not any(there.startswith(line[:-1].rstrip()) if line.endswith("…") else there.rstrip() == line for there in lines)
    ]
