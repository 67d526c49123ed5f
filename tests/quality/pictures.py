"""The pictures in docs/: drawings, and the report over a corpus of our own making, for which it needs a Chromium.

python -m quality.pictures FOLDER        seeds.svg, home.svg; report-desktop.png, report-phone.png
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from clean.config import Config
from clean.jobs.run import run
from quality import drawings
from quality.corpus import corpus

DATASETS = ("mixed", "copies", "doubled", "furniture", "links")
SIZES = {"report-desktop.png": (1280, 1400, "light"), "report-phone.png": (390, 2000, "dark")}
DAMAGE = (("’", "\u00e2\u20ac\u2122"), ("“", "\u00e2\u20ac\u0153"), (" and ", " &amp; "))
EVERY = 7  # documents of which one is damaged


def draw(folder: Path) -> list[Path]:
    """Clean a corpus and write the pictures of its report; the paths written. Raises FileNotFoundError without a Chromium."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        raise FileNotFoundError("no Chromium here: install Debian's `chromium`")
    with tempfile.TemporaryDirectory() as desk:
        source, out = Path(desk, "articles.jsonl"), Path(desk, "out")
        source.write_text("".join(json.dumps(record) + "\n" for record in records()), "utf-8")
        run([str(source)], out, Config(group_field="site"))
        for name, (width, height, scheme) in SIZES.items():
            flags = [
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--run-all-compositor-stages-before-draw",
            ]
            look = [f"--window-size={width},{height}", f"--blink-settings=preferredColorScheme={int(scheme == 'light')}"]
            where = [f"--user-data-dir={desk}/profile", f"--screenshot={folder.resolve() / name}", (out / "report.html").as_uri()]
            subprocess.run(
                [browser, *flags, "--virtual-time-budget=4000", *look, *where], capture_output=True, check=True, timeout=120
            )
    return [folder / name for name in SIZES]


def records() -> list[dict[str, str]]:
    """The articles, some with the damage that comes from reading bytes in the wrong encoding."""
    found = []
    for number, record in enumerate(corpus(seed=3, sites=3, documents=16, datasets=DATASETS).records):
        text = record["text"]
        for right, wrong in DAMAGE if number % EVERY == 0 else ():
            text = text.replace(right, wrong, 2)
        found.append({"id": record["doc_id"], "site": record["site"], "text": text})
    return found


if __name__ == "__main__":
    pictures = Path(sys.argv[1])
    for path in drawings.draw(Path("reports/seeds"), pictures) + draw(pictures):
        print(path, path.stat().st_size)
