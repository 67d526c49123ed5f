"""How much the driver needs as the corpus grows, and how much goes through the shared folder:
`PYTHONPATH=tests python -m spark.memory`, as rows of the table in docs/clusters.md."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.corpus import Plan, write
from watching import children

from spark.standalone import command

ACTS = ("read", "mend", "part", "volume")  # what the files in the work folder are called by


def row(folder: Path, mb: float, master: str) -> str:
    """A row: the corpus (MB, documents); the most memory (MB) that the driver and its Java process had; files of each act in
    the work folder, in bytes, by those of the corpus."""
    corpus, out = folder / "news.jsonl", folder / "out"
    written = write(corpus, Plan(mb))
    options = ["-o", out, "--force", "--engine", "spark", "--master", master]
    run = subprocess.Popen([sys.executable, "-m", "clean", "run", corpus, *options], stderr=subprocess.PIPE)
    most, acts = [0.0, 0.0], dict.fromkeys(ACTS, 0)
    while run.poll() is None:
        java = [peak(child) for child in children(run.pid) if "java" in command(child)]
        most = [max(most[0], peak(run.pid)), max(most[1], *java, 0)]
        acts = {act: max(size, stored(folder / ".out.work", act)) for act, size in acts.items()}
        time.sleep(0.2)
    assert run.returncode == 0, run.stderr and run.stderr.read()
    figures = [f"{number:,.0f}" for number in (written.mb, written.documents, *most)]
    return "| " + " | ".join([*figures, *(f"{size / written.size:.2f}" for size in acts.values())]) + " |"


def peak(process: int) -> float:
    """The most memory that a process has had, in MB; nothing when it has gone."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM")), 0)


def stored(folder: Path, act: str) -> int:
    """Bytes of an act's files in a folder, which may go meanwhile."""
    total = 0
    for path in folder.glob(f"{act}-*"):
        try:
            total += path.stat().st_size
        except OSError:
            continue
    return total


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(prog="spark.memory", description=__doc__.partition(":")[0])
    parser.add_argument("--mb", type=float, nargs="+", default=[20, 200], help="megabytes of news (default: 20 200)")
    parser.add_argument("--master", default="local[2]", help="(default: local[2])")
    given = parser.parse_args()
    for mb in given.mb:
        with TemporaryDirectory() as folder:
            print(row(Path(folder), mb, given.master), flush=True)


if __name__ == "__main__":
    main()
