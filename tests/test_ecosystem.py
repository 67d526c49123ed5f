"""The output folder as other tools load it: polars, pandas, DuckDB, and Hugging Face's `datasets`.

The last three are heavy: `make test-ecosystem` installs them and runs this; without them their tests are skipped.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from writing import Writer, page

LOADERS = {
    "polars": "import polars; rows = polars.read_parquet(f'{out}/data/*.parquet').to_dicts()",
    "pandas": "import pandas; rows = pandas.read_parquet(f'{out}/data').to_dict('records')",
    "duckdb": "import duckdb; found = duckdb.sql(f\"select * from '{out}/data/*.parquet'\"); rows = [dict(zip(found.columns, row)) for row in found.fetchall()]",
    "datasets": "import datasets; loaded = datasets.load_dataset(out); assert list(loaded) == ['train']; rows = loaded['train'].to_list()",
}
NEEDS = {"polars": ["polars"], "pandas": ["pandas", "pyarrow"], "duckdb": ["duckdb"], "datasets": ["datasets"]}


def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python to its end."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=os.environ | environment, capture_output=True, text=True, check=False
    )


def skip_without(loader: str) -> None:
    """Skip the test where what it needs is not installed."""
    missing = [name for name in NEEDS[loader] if find_spec(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed: `make test-ecosystem` installs it and runs this")


def load(loader: str, out: Path, desk: Path) -> list[dict[str, Any]]:
    """The rows that a library finds in the folder of a run, in a process of its own, without a network."""
    code = f"import json\nout = {str(out)!r}\n{LOADERS[loader]}\nprint(json.dumps(rows))"
    done = run("-c", code, cwd=desk, HF_HOME=str(desk / "cache"), HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus with fields of its own, lines to remove and a ledger, cleaned into every format."""
    folder, writer = tmp_path_factory.mktemp("ecosystem"), Writer(11)
    records = [
        {"id": f"a{n}", "text": page(writer.article(3)) + "caf\u00c3\u00a9 \u5317\u4eac\r\n", "score": n / 2, "seen": n % 2 == 0}
        for n in range(12)
    ]
    records += [{"id": "again", "text": records[0]["text"], "score": 7.0, "seen": True}]
    (folder / "in.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    clean(folder, "all", "parquet", "txt")
    return folder


def clean(desk: Path, out: str, *formats: str) -> None:
    """Clean the corpus into these formats."""
    options = [option for name in formats for option in ("--format", name)]
    done = run("-m", "clean", "run", "in.jsonl", "-o", out, *options, cwd=desk)
    assert done.returncode == 0, done.stderr


def published(desk: Path) -> dict[str, str]:
    """The published texts by id, from the text files."""
    return {path.stem: path.read_bytes().decode() for path in sorted((desk / "all" / "txt").iterdir())}


@pytest.mark.parametrize("loader", LOADERS)
def test_the_data_load_with_their_fields_and_nothing_else(loader: str, desk: Path) -> None:
    """Every document once, in order, with its text and its own types; neither ledger nor fates among them."""
    skip_without(loader)
    rows = load(loader, desk / "all", desk)
    assert [row["id"] for row in rows] == [f"a{n}" for n in range(12)]
    assert {row["id"]: row["text"] for row in rows} == published(desk)
    assert [(row["score"], row["seen"]) for row in rows] == [(n / 2, n % 2 == 0) for n in range(12)]
    assert set(rows[0]) == {"id", "text", "score", "seen"}


@pytest.mark.parametrize("out", ["jsonl", "csv", "txt"])
def test_every_format_loads_as_a_dataset(out: str, desk: Path) -> None:
    """One row a document, whatever was written. A text file is one, not its lines, though `datasets` mends line ends."""
    skip_without("datasets")
    clean(desk, out, out)
    texts = [row["text"] for row in load("datasets", desk / out, desk)]
    expected = published(desk)
    if out == "txt":
        assert texts == [text.replace("\r\n", "\n") for text in expected.values()]
    else:
        assert texts == [expected[f"a{n}"] for n in range(12)]


def test_the_ledger_loads_by_itself(desk: Path) -> None:
    """It is Parquet, too, for whoever asks for it by name."""
    import polars as pl

    ledger = pl.read_parquet(desk / "all" / "ledger" / "*.parquet")
    assert set(ledger["rule"]) >= {"exact-document"}
