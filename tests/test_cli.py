"""The command as a process: what it prints where, how it exits, what it leaves behind."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from writing import Writer, doubled, page

SEEDS = Path(__file__).parent.parent / "seeds"


def clean(
    *arguments: str | Path, stdin: bytes | None = None, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the command to its end."""
    command = [sys.executable, "-m", "clean", *map(str, arguments)]
    return subprocess.run(
        command, input=stdin, capture_output=True, cwd=cwd, env=os.environ | environment, timeout=120, check=False
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run over the seeds, all formats; not to be changed."""
    out = tmp_path_factory.mktemp("cli") / "out"
    formats = [option for name in ("parquet", "jsonl", "csv", "txt") for option in ("--format", name)]
    assert clean("run", SEEDS, "-o", out, *formats).returncode == 0
    return out


def jsonl(path: Path, records: list[dict[str, object]]) -> Path:
    """Records as a JSON Lines file."""
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), "utf-8")
    return path


def test_run_talks_on_stderr_only(finished: Path) -> None:
    """The summary is talk: stdout stays empty, and names the report."""
    done = clean("run", SEEDS, "-o", finished.parent / "again")
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"shared-teaser" in done.stderr
    assert b"report.html" in done.stderr


def test_every_format_holds_the_same_texts(finished: Path) -> None:
    """Parquet, JSONL, CSV and text files agree, in the order of the input."""
    table = pl.read_parquet(finished / "data" / "*.parquet")
    packed = (finished / "data" / "corpus-00000-of-00001.jsonl.gz").read_bytes()
    lines = [json.loads(line) for line in gzip.decompress(packed).splitlines()]
    assert [(row["id"], row["text"]) for row in lines] == table.select("id", "text").rows()
    assert (
        pl.read_csv(finished / "data" / "corpus-00000-of-00001.csv", infer_schema=False).select("id", "text").rows()
        == table.rows()
    )
    assert {path.stem: path.read_text("utf-8") for path in (finished / "txt").iterdir()} == dict(
        table.select("id", "text").iter_rows()
    )
    assert table["id"].to_list() == sorted(path.stem for path in SEEDS.iterdir())


def test_restore_gives_the_seeds_back(finished: Path, tmp_path: Path) -> None:
    """Every file is there again, byte for byte."""
    assert clean("restore", finished, "-o", tmp_path / "back").returncode == 0
    assert {p.name: p.read_bytes() for p in (tmp_path / "back").iterdir()} == {p.name: p.read_bytes() for p in SEEDS.iterdir()}


def test_verify_passes_and_changes_nothing(finished: Path) -> None:
    """A whole run verifies with exit 0; --json says so to programs."""
    before = {path: path.stat().st_mtime_ns for path in finished.rglob("*")}
    assert clean("verify", finished).returncode == 0
    assert json.loads(clean("verify", finished, "--json").stdout) == {"ok": True, "documents": 5, "findings": []}
    assert {path: path.stat().st_mtime_ns for path in finished.rglob("*")} == before


@pytest.mark.parametrize(
    "name", ["report.json", "ledger/edits.parquet", "documents.parquet", "manifest.json", "data/corpus-00000-of-00001.csv"]
)
def test_verify_names_a_file_in_which_one_bit_flipped(finished: Path, tmp_path: Path, name: str) -> None:
    """One bit anywhere: exit 1, and the file's name; restore refuses."""
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", finished, copy], check=True)
    data = bytearray((copy / name).read_bytes())
    data[len(data) // 2] ^= 4
    (copy / name).write_bytes(data)
    done = clean("verify", copy)
    assert done.returncode == 1
    assert name.encode() in done.stdout + done.stderr
    assert clean("restore", copy, "-o", tmp_path / "back").returncode == 1
    assert not (tmp_path / "back").exists()


def test_explain_shows_what_went_and_why(finished: Path) -> None:
    """Removed lines are marked, with rule, documents, twin and score below; no escape sequence in a pipe."""
    text = clean("explain", finished, "004_b7cad934b29967a8").stdout.decode()
    assert "- Huang Yixuan\n  ^ repeated-line" in text
    assert "  Mayor honors innovative industry leaders\n" in text
    assert "\x1b" not in text


def test_explain_as_json_puts_the_text_together_again(finished: Path) -> None:
    """The pieces in order are the repaired text; those without a removal are what is published."""
    [story] = json.loads(clean("explain", finished, "001_e19702a037a1de48", "--json").stdout)
    assert "".join(piece["text"] for piece in story["pieces"]).encode() == (SEEDS / "001_e19702a037a1de48.txt").read_bytes()
    kept = "".join(piece["text"] for piece in story["pieces"] if "removal" not in piece)
    assert kept == (finished / "txt" / "001_e19702a037a1de48.txt").read_text("utf-8")


def test_report_is_written_again_to_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    """The report follows from the ledger alone, and the folder is whole afterwards."""
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", finished, copy], check=True)
    assert clean("report", copy).returncode == 0
    for name in ("report.json", "report.md", "report.html", "README.md", "manifest.json"):
        assert (copy / name).read_bytes() == (finished / name).read_bytes(), name


def test_jsonl_through_a_pipe(tmp_path: Path) -> None:
    """'-' reads JSONL from stdin and '-o -' writes it to stdout; other fields come out as they were written."""
    writer = Writer(1)
    bar = doubled([writer.teaser() for _ in range(3)])
    articles = [page(writer.article(4)) for _ in range(3)]
    lines = [
        f'{{"n": 1.10, "id": "d{i}", "text": {json.dumps(article + chr(10) * 2 + bar)}, "x": [1e400, {{"a":1,"a":2}}]}}'
        for i, article in enumerate(articles)
    ]
    done = clean("run", "-", "-o", "-", "--record", tmp_path / "record", stdin="\n".join(lines).encode())
    assert done.returncode == 0
    expected = [
        f'{{"n": 1.10, "id": "d{i}", "text": {json.dumps(a, ensure_ascii=False)}, "x": [1e400, {{"a":1,"a":2}}]}}'
        for i, a in enumerate(articles)
    ]
    assert done.stdout.decode() == "".join(line + "\n" for line in expected)
    assert clean("verify", tmp_path / "record").returncode == 0


def test_a_bad_line_is_put_aside_and_exit_1(tmp_path: Path) -> None:
    """A broken record is quarantined with its place; --max-bad allows some."""
    source = tmp_path / "in.jsonl"
    source.write_bytes(b'{"id": 1, "text": "fine"}\n{"id": 2, "text": \n{"id": 3, "text": null}\n')
    assert clean("run", source, "-o", tmp_path / "a").returncode == 1
    assert clean("run", source, "-o", tmp_path / "b", "--max-bad", "1").returncode == 0
    bad = pl.read_parquet(tmp_path / "a" / "quarantine" / "records.parquet")
    assert bad.select("source", "line", "raw").rows() == [("in.jsonl", 2, b'{"id": 2, "text": \n')]
    facts = json.loads((tmp_path / "a" / "report.json").read_bytes())["documents"]
    assert (facts["read"], facts["quarantined"], facts["kept"]) == (3, 1, 2)


@pytest.mark.parametrize(
    "arguments,words",
    [
        (["run", "nowhere", "-o", "out"], "nowhere"),
        (["run", "in.jsonl", "-o", "out", "--text-field", "body"], "--text-field"),
        (["run", "in.jsonl", "-o", "."], "overlap"),
        (["run", "in.jsonl", "-o", "out", "--set", "near_treshold=0.7"], "near_threshold"),
        (["run", "in.jsonl", "-o", "out", "--set", "near_threshold=1.4"], "outside 0.0-1.0"),
        (["run", "in.jsonl", "-o", "out", "--format", "xml"], "xml"),
        (["run", "in.jsonl", "-o", "out", "--config", "none.toml"], "none.toml"),
        (["explain", "nowhere", "x"], "nowhere"),
        (["verify", "."], "manifest.json"),
        (["restore", "in.jsonl", "-o", "back"], "in.jsonl"),
    ],
)
def test_errors_are_one_line_and_leave_nothing(tmp_path: Path, arguments: list[str], words: str) -> None:
    """What is wrong and where, on stderr, exit 1 or 2, no traceback, no file."""
    jsonl(tmp_path / "in.jsonl", [{"id": 1, "text": "one"}])
    done = clean(*arguments, cwd=tmp_path)
    assert done.returncode in (1, 2)
    assert words.encode() in done.stdout + done.stderr
    assert b"Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl"]


def test_an_existing_output_is_refused_and_force_replaces_it(tmp_path: Path) -> None:
    """Exit 2 and the old run untouched, unless --force is given; a folder that is no run is never replaced."""
    source = jsonl(tmp_path / "in.jsonl", [{"id": 1, "text": "one"}])
    assert clean("run", source, "-o", tmp_path / "out").returncode == 0
    manifest = (tmp_path / "out" / "manifest.json").read_bytes()
    assert clean("run", source, "-o", tmp_path / "out").returncode == 2
    assert (tmp_path / "out" / "manifest.json").read_bytes() == manifest
    assert clean("run", source, "-o", tmp_path / "out", "--force", "--set", "min_docs=4").returncode == 0
    assert (tmp_path / "out" / "manifest.json").read_bytes() != manifest
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    assert clean("run", source, "-o", tmp_path / "mine", "--force").returncode == 2
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "x"


def test_settings_come_from_flag_environment_file_and_default(tmp_path: Path) -> None:
    """In that order, and `config` says where each came from."""
    (tmp_path / "clean.toml").write_text("near_threshold = 0.7\nmin_docs = 5\nseed = 3\n")
    done = clean("config", "--json", "--set", "seed=9", cwd=tmp_path, CLEAN_MIN_DOCS="4")
    found = {name: (row["value"], row["source"]) for name, row in json.loads(done.stdout).items()}
    assert found["seed"] == (9, "flag")
    assert found["min_docs"] == (4, "environment CLEAN_MIN_DOCS")
    assert found["near_threshold"] == (0.7, "clean.toml")
    assert found["bands"] == (32, "default")
    (tmp_path / "clean.toml").write_text("nearthreshold = 0.7\n")
    done = clean("config", cwd=tmp_path)
    assert done.returncode == 2
    assert b"did you mean 'near_threshold'" in done.stderr


def test_a_closed_pipe_is_silent(tmp_path: Path) -> None:
    """`clean run … -o - | head -c 1` prints no complaint."""
    writer = Writer(2)
    source = jsonl(tmp_path / "in.jsonl", [{"id": i, "text": page(writer.article(30))} for i in range(60)])
    command = f"{sys.executable} -m clean run {source} -o - 2>err | head -c 1"
    subprocess.run(["bash", "-c", command], cwd=tmp_path, check=True, capture_output=True, timeout=60)
    errors = (tmp_path / "err").read_text()
    assert "Traceback" not in errors
    assert "Broken" not in errors


@pytest.mark.parametrize("number,code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_and_leaves_nothing(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """Exit 130 or 143, no traceback, no output, no temporary folder."""
    writer = Writer(3)
    source = jsonl(tmp_path / "in.jsonl", [{"id": i, "text": page(writer.article(40))} for i in range(900)])
    process = subprocess.Popen([sys.executable, "-m", "clean", "run", source, "-o", tmp_path / "out"], stderr=subprocess.PIPE)
    time.sleep(1.2)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == code, errors
    assert b"Traceback" not in errors
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl"]


def test_killed_runs_leave_the_earlier_output_whole(tmp_path: Path) -> None:
    """kill -9 at any moment: OUT verifies, and the next run sweeps what the dead one left."""
    writer = Writer(4)
    source = jsonl(tmp_path / "in.jsonl", [{"id": i, "text": page(writer.article(8))} for i in range(80)])
    out = tmp_path / "out"
    assert clean("run", source, "-o", out).returncode == 0
    for delay in (0.5, 0.8, 1.0, 1.2):
        process = subprocess.Popen(
            [sys.executable, "-m", "clean", "run", source, "-o", out, "--force"], stderr=subprocess.DEVNULL
        )
        time.sleep(delay)
        process.kill()
        process.wait()
        assert clean("verify", out).returncode == 0
    assert clean("run", source, "-o", out, "--force").returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out"]


def test_the_same_bytes_on_any_threads_hash_seed_and_order(tmp_path: Path) -> None:
    """Every published file is equal, whatever the machine does."""
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    writer = Writer(5)
    bar = doubled([writer.teaser() for _ in range(3)])
    for i in range(6):
        folder = tmp_path / ("a" if i % 2 else "b")
        (folder / f"{i}.txt").write_text(page([*writer.article(4), bar]) + "caf\u00c3\u00a9", "utf-8")
    runs = [("1", "0", ["a", "b"]), ("2", "1", ["b", "a"]), ("4", "77", ["b/*", "a"])]
    for number, (threads, seed, inputs) in enumerate(runs):
        done = clean(
            "run",
            *inputs,
            "-o",
            f"out{number}",
            "--workers",
            threads,
            "--format",
            "jsonl",
            "--format",
            "parquet",
            cwd=tmp_path,
            PYTHONHASHSEED=seed,
        )
        assert done.returncode == 0, done.stderr
    published = [
        {p.relative_to(out): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}
        for out in (tmp_path / f"out{n}" for n in range(3))
    ]
    assert published[0] == published[1] == published[2]


def test_help_and_version_need_nothing_heavy() -> None:
    """`--help` answers without polars, numpy, ftfy, datasketch or jinja2."""
    code = "import sys, clean.cli; sys.argv = ['clean', '--help']\ntry: clean.cli.main()\nexcept SystemExit: pass\nprint(sorted({'polars', 'numpy', 'ftfy', 'datasketch', 'jinja2', 'scipy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")
    assert "explain" in done.stdout
    assert clean("--version").stdout.startswith(b"clean 0.")
