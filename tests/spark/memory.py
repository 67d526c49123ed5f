"""How much the driver needs as the corpus grows: `PYTHONPATH=tests python -m spark.memory`, as rows of docs/clusters.md."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.corpus import Plan, write
from spark.standalone import children, command

ROW = "| {mb:,.0f} | {documents:,} | {driver:,.0f} | {java:,.0f} | {work:.2f} |"


def row(folder: Path, mb: float, master: str) -> str:
    """A row: the corpus, the highest memory (MB) of the driver and of its Java process, the most that was in the work folder by
    the bytes of the corpus."""
    corpus, out = folder / "news.jsonl", folder / "out"
    written = write(corpus, Plan(mb))
    options = ["-o", out, "--force", "--engine", "spark", "--master", master]
    run = subprocess.Popen([sys.executable, "-m", "clean", "run", corpus, *options], stderr=subprocess.PIPE)
    driver = java = work = 0.0
    while run.poll() is None:
        driver = max(driver, peak(run.pid))
        java = max([java, *(peak(child) for child in children(run.pid) if "java" in command(child))])
        work = max(work, size(folder / ".out.work") / written.size)
        time.sleep(0.2)
    assert run.returncode == 0, run.stderr and run.stderr.read()
    return ROW.format(mb=written.mb, documents=written.documents, driver=driver, java=java, work=work)


def peak(process: int) -> float:
    """The most memory that a process has had, in MB; nothing when it has gone."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM")), 0)


def size(folder: Path) -> int:
    """Bytes of the files in a folder, which may go meanwhile."""
    total = 0
    for path in folder.glob("*"):
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
