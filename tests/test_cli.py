"""The command as a process: what it prints where, how it exits, what it leaves behind."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import chdir, suppress
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner
from writing import Writer, doubled, page

from clean.cli import app
from clean.errors import CleanError

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


@pytest.fixture(scope="module")
def first_small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small corpus, in.jsonl, and its finished run, out; not to be changed."""
    folder = tmp_path_factory.mktemp("small")
    jsonl(folder / "in.jsonl", [{"id": 1, "text": "one"}])
    assert clean("run", "in.jsonl", "-o", "out", cwd=folder).returncode == 0
    return folder


@pytest.fixture
def small(first_small: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    shutil.copytree(first_small, tmp_path, dirs_exist_ok=True)
    return tmp_path


def here(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    """The command in this process, where what it does to files counts, and not how a process ends: a start costs a second."""
    with chdir(cwd or Path.cwd()):
        done = CliRunner().invoke(app, [*map(str, arguments)])
    if isinstance(done.exception, CleanError):
        return subprocess.CompletedProcess(arguments, done.exception.exit_code, b"", f"clean: {done.exception}\n".encode())
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout_bytes, done.stderr_bytes)


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a line of bash in which `clean` is the command."""
    script = f'clean() {{ "{sys.executable}" -m clean "$@"; }}\n{command}'
    return subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, timeout=120, check=False)


def names_in(folder: Path) -> list[str]:
    """What is in a folder, hidden or not."""
    return sorted(path.name for path in folder.iterdir())


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


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
    done = here("verify", copy)
    assert done.returncode == 1
    assert name.encode() in done.stdout + done.stderr
    assert here("restore", copy, "-o", tmp_path / "back").returncode == 1
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
    assert here("report", copy).returncode == 0
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
    """A broken record is quarantined with its place, which stderr tells with the reason; --max-bad allows some."""
    source = tmp_path / "in.jsonl"
    source.write_bytes(b'{"id": 1, "text": "fine"}\n{"id": 2, "text": \n{"id": 3, "text": null}\n')
    told = here("run", source, "-o", tmp_path / "a")
    assert told.returncode == 1 and "quarantined: 1\n  in.jsonl:2: the line is not JSON" in told.stderr.decode()
    assert here("run", source, "-o", tmp_path / "b", "--max-bad", "1").returncode == 0
    bad = pl.read_parquet(tmp_path / "a" / "quarantine" / "records.parquet")
    assert bad.select("source", "line", "raw").rows() == [("in.jsonl", 2, b'{"id": 2, "text": \n')]
    facts = json.loads((tmp_path / "a" / "report.json").read_bytes())["documents"]
    assert (facts["read"], facts["quarantined"], facts["kept"]) == (3, 1, 2)


def test_without_a_folder_nothing_keeps_a_bad_record_and_it_is_said(tmp_path: Path) -> None:
    """To stdout there is no quarantine/ but that of --record; --dry-run only says what would be."""
    source = tmp_path / "in.jsonl"
    source.write_bytes(b'{"id": 1, "text": "fine"}\n{"id": 2, "text": \n')
    said = b"clean: no folder was asked for, so there is no quarantine/: --record DIR keeps what cannot be read"
    assert said in clean("run", source, "-o", "-").stderr
    for kept in (["-o", "-", "--record", tmp_path / "record"], ["-o", tmp_path / "out"], ["--dry-run"]):
        assert said not in clean("run", source, *kept).stderr


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
        (["verify", "."], ". is not the OUT of a finished run: it has no manifest.json of ours"),
        (["verify", "nowhere"], "nowhere is not the OUT of a finished run: there is no such folder"),
        (["report", "."], ". is not the OUT of a finished run"),
        (["restore", "in.jsonl", "-o", "back"], "in.jsonl is not the OUT of a finished run: it is a file"),
        (
            ["run", "in.jsonl", "-o", "-", "--format", "csv"],
            "formats = csv cannot go to stdout, which is JSON Lines; give --format",
        ),
        (["run", "in.jsonl", "-o", "-", "--set", "formats=jsonl,txt"], "formats = txt cannot go to stdout, which is JSON Lines"),
        (["run", "in.jsonl", "-o", "-", "--review"], "--review needs a folder for its ledger.jsonl: give -o OUT, or --record"),
        (["run", "in.jsonl", "--dry-run", "--review"], "--review needs a folder"),
        (["run", "in.jsonl", "-o", "-", "--record", "-"], "'-' names no folder"),
        (["run", "in.jsonl", "-o", ""], "'' names no folder"),
        (["run", "", "-o", "out"], "an input is named by nothing"),
        (["restore", "out", "-o", "-"], "'-' names no folder"),
        (["verify", ""], "'' names no folder"),
        (["run", "in.jsonl", "-o", "out", "--id-field", ""], "id_field is empty; name a field"),
        (["run", "in.jsonl", "-o", "out", "--id-field", "a\udcff"], r"id_field = 'a\udcff' is not UTF-8"),
        (["run", "in.jsonl", "-o", "out", "--known", "a\udcff"], r"a\xff cannot be read: its name is not UTF-8; rename it"),
        (["known", "a\udcff"], r"a\xff cannot be read: its name is not UTF-8; rename it"),
    ],
)
def test_errors_are_one_line_and_leave_nothing(tmp_path: Path, arguments: list[str], words: str) -> None:
    """What is wrong and where, on stderr, exit 2, no traceback, no file."""
    jsonl(tmp_path / "in.jsonl", [{"id": 1, "text": "one"}])
    done = clean(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert words.encode() in done.stderr
    assert arguments[-1] == "xml" or done.stderr.count(b"\n") == 1
    assert b"Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl"]


def test_formats_of_a_settings_file_are_not_passed_over_in_a_stream(tmp_path: Path) -> None:
    """They are refused as those of the command line are, which go before them."""
    source = jsonl(tmp_path / "in.jsonl", [{"id": 1, "text": "one"}])
    (tmp_path / "clean.toml").write_text('formats = ["parquet"]\n')
    refused = clean("run", source, "-o", "-", cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert b"formats = parquet cannot go to stdout" in refused.stderr
    done = clean("run", source, "-o", "-", "--format", "jsonl", "--record", "record", "--review", cwd=tmp_path)
    assert done.stdout == b'{"id": 1, "text": "one"}\n' and (tmp_path / "record" / "ledger.jsonl").exists()


def test_an_existing_output_is_refused_and_force_replaces_it(tmp_path: Path) -> None:
    """Exit 2 and the old run untouched, unless --force is given; a folder that is no run is never replaced."""
    source = jsonl(tmp_path / "in.jsonl", [{"id": 1, "text": "one"}])
    assert here("run", source, "-o", tmp_path / "out").returncode == 0
    manifest = (tmp_path / "out" / "manifest.json").read_bytes()
    assert here("run", source, "-o", tmp_path / "out").returncode == 2
    assert (tmp_path / "out" / "manifest.json").read_bytes() == manifest
    assert here("run", source, "-o", tmp_path / "out", "--force", "--set", "min_docs=4").returncode == 0
    assert (tmp_path / "out" / "manifest.json").read_bytes() != manifest
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    assert here("run", source, "-o", tmp_path / "mine", "--force").returncode == 2
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


@pytest.mark.parametrize(
    "arguments", ["run in.jsonl -o -", "run in.jsonl -o - --record dir", "explain out 1", "config", "--help", "verify out"]
)
def test_a_closed_pipe_is_silent(small: Path, arguments: str) -> None:
    """Nothing on stderr, 141 as for any tool whose reader went away, and no record of what did not arrive."""
    done = shell(f"clean {arguments} | true; exit ${{PIPESTATUS[0]}}", small)
    assert (done.returncode, done.stderr) == (141, b"")
    assert names_in(small) == ["in.jsonl", "out"]


@pytest.mark.parametrize(
    "arguments",
    [
        "run in.jsonl -o -",
        "run in.jsonl -o - --record dir",
        "explain out 1",
        "config",
        "--help",
        "verify out",
        "verify out --json",
    ],
)
@pytest.mark.parametrize(("target", "why"), [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")])
def test_a_stdout_that_refuses_is_one_line(small: Path, arguments: str, target: str, why: str) -> None:
    """Exit 2, whatever was to be written, and nothing is left behind."""
    done = shell(f"clean {arguments} {target}", small)
    assert (done.returncode, done.stderr.decode()) == (2, f"clean: stdout cannot be written: {why}\n")
    assert names_in(small) == ["in.jsonl", "out"]


@pytest.mark.parametrize("streams", [">&-", "2>&-", "2>/dev/full", ">&- 2>&- <&-"])
def test_a_stream_that_is_not_needed_may_be_missing(small: Path, streams: str) -> None:
    """A run into a folder is the same, byte for byte, without stdout, and though nobody hears its talk."""
    done = shell(f"clean run in.jsonl -o again {streams}", small)
    assert done.returncode == 0
    assert (b"documents" in done.stderr) == (streams == ">&-")
    assert contents(small / "again") == contents(small / "out")


def test_a_closed_stdin_is_one_line(small: Path) -> None:
    """It is not an empty corpus."""
    done = shell("clean run - -o again <&-", small)
    assert (done.returncode, done.stderr) == (2, b"clean: stdin cannot be read: Bad file descriptor\n")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("POLARS_MAX_THREADS=0 clean run in.jsonl -o again", "POLARS_MAX_THREADS = '0' is not a whole number from 1"),
        ("ulimit -v 700000; clean run in.jsonl -o again", "ulimit -v allows 683 MiB of memory; the libraries alone reserve 1024"),
        ("ln -s loop loop; clean run in.jsonl -o loop", "loop cannot be written: its symbolic link leads in a circle"),
        ("mkdir x; cd x; rmdir ../x; clean run {0}/in.jsonl -o y", "y cannot be written: the folder it is to be in"),
        ("mkdir x; cd x; rmdir ../x; clean run in.jsonl -o {0}/y", "in.jsonl does not exist"),
    ],
)
def test_an_odd_place_is_one_line(small: Path, command: str, words: str) -> None:
    """A link to itself, a folder that was deleted, a setting that polars would panic at."""
    done = shell(command.format(small), small)
    assert done.returncode == 2
    assert words in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


def test_more_workers_than_cores_are_no_harm(small: Path) -> None:
    """100,000 threads would never start."""
    assert clean("run", "in.jsonl", "-o", "again", "--workers", "100000", cwd=small).returncode == 0


@pytest.mark.parametrize("error", ["MemoryError()", "OSError(5, 'Input/output error', 'x')", "BaseException('worker\\nthreads')"])
def test_what_nobody_foresaw_is_one_line(error: str) -> None:
    """A panic of polars is no Exception, and yet no traceback."""
    code = f"import clean.cli, sys\ndef fail(): raise {error}\nclean.cli.app = fail\nclean.cli.main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stderr.count(b"\n"), done.stdout) == (2, 1, b"")
    assert done.stderr.startswith(b"clean: ")


@pytest.mark.parametrize("damage", ["missing", "cut", "foreign"])
def test_a_damaged_manifest_is_damage_and_not_a_stranger(small: Path, damage: str) -> None:
    """Exit 1 where a run is, or was; exit 2 where there never was one."""
    manifest = small / "out" / "manifest.json"
    raw = manifest.read_bytes()
    manifest.unlink()
    if damage != "missing":
        manifest.write_bytes(raw[:100] if damage == "cut" else b"{}")
    done = here("verify", "out", cwd=small)
    assert done.returncode == 1
    assert b"manifest.json" in done.stdout


# ---------------------------------------------------------------- what is read, and what comes back


@pytest.mark.parametrize("format", ["parquet", "jsonl", "csv", "txt"])
def test_a_field_of_any_name_passes_through(tmp_path: Path, format: str) -> None:
    """An empty name, and names that polars takes for patterns, are names."""
    fields = {"": 1, "*": "a", "^.*$": "b", "^te": "c", "tex": "d"}
    jsonl(tmp_path / "p.jsonl", [{"id": "j", "text": "hello"} | fields])
    (tmp_path / "q.csv").write_text("id,,text,*\nk,0,world,x\n")
    pl.DataFrame({"id": ["l"], "text": ["here"], "": ["2"], "^.*$": ["e"]}).write_parquet(tmp_path / "r.parquet")
    assert here("run", "p.jsonl", "q.csv", "r.parquet", "-o", "out", "--format", format, cwd=tmp_path).returncode == 0
    assert here("verify", "out", cwd=tmp_path).returncode == 0
    assert here("restore", "out", "-o", "back", cwd=tmp_path).returncode == 0
    first = json.loads((tmp_path / "back" / "p.jsonl").read_text())
    assert first["text"] == "hello"
    if format == "jsonl":
        assert first == {"id": "j", "text": "hello"} | fields
    if format == "parquet":
        table = pl.read_parquet(tmp_path / "out" / "data" / "*.parquet")
        assert table.columns == ["id", "text", *fields]
        assert table[""].to_list() == ["1", '"0"', '"2"']


@pytest.mark.parametrize("format", ["parquet", "jsonl", "csv", "txt"])
def test_a_run_with_other_settings_is_opened_with_its_own(tmp_path: Path, format: str) -> None:
    """Which field is the text, which the id: the manifest knows, and no settings around it count."""
    jsonl(tmp_path / "in.jsonl", [{"key": "a", "body": "one", "text": 7}, {"key": "b", "body": None, "text": 8}])
    options = ["--text-field", "body", "--id-field", "key", "--format", format, "--set", "min_docs=9"]
    assert here("run", "in.jsonl", "-o", "out", *options, cwd=tmp_path).returncode == 0
    (tmp_path / "clean.toml").write_text("no_such_setting = 1\n")
    for command in (["verify", "out"], ["report", "out"], ["verify", "out"], ["explain", "out", "a"]):
        done = here(*command, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert here("restore", "out", "-o", "back", cwd=tmp_path).returncode == 0
    lines = (tmp_path / "back" / "in.jsonl").read_text().splitlines()
    assert [json.loads(line)["body"] for line in lines] == ["one", None]


def test_what_is_left_alone_is_named(tmp_path: Path) -> None:
    """On stderr the first ten, in the manifest all, by names that say nothing of the machine."""
    (tmp_path / "in").mkdir()
    for number in range(12):
        (tmp_path / "in" / f"{number:02}.png").touch()
    (tmp_path / "in" / "a.txt").write_text("a text")
    (tmp_path / "in" / "dead.txt").symlink_to("nowhere")
    for given in (str(tmp_path / "in"), str(tmp_path / "in" / "*")):
        done = here("run", given, "-o", tmp_path / "out", "--force")
        lines = done.stderr.decode().splitlines()
        assert done.returncode == 0
        assert lines[-11].startswith("not read: 00.png: ") and lines[-1] == "not read: and 3 more"
        manifest = (tmp_path / "out" / "manifest.json").read_text()
        skipped = json.loads(manifest)["skipped"]
        assert [name for name, _ in skipped] == [*(f"{number:02}.png" for number in range(12)), "dead.txt"]
        assert skipped[-1][1] == "symbolic link that leads nowhere or in a circle"
        assert str(tmp_path) not in manifest


def test_restore_gives_back_a_folder_as_it_was(tmp_path: Path) -> None:
    """Names that differ in case, a line break in a name, a picture with a text's suffix: each file is there again."""
    files = {
        "A.txt": b"upper",
        "a.txt": b"lower",
        "we\nird.txt": b"n",
        "fake.txt": b"\x89PNG\r\n\x1a\n" + bytes(64),
        "s/A.txt": b"x",
    }
    for name, raw in files.items():
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(raw)
    assert here("run", "in", "-o", "out", cwd=tmp_path).returncode == 1
    done = here("restore", "out", "-o", "back", cwd=tmp_path)
    assert done.returncode == 0
    assert b"back from quarantine, as bytes: 1 file without text" in done.stderr
    assert contents(tmp_path / "back") == files


def test_explain_takes_a_file_name_and_any_id(tmp_path: Path) -> None:
    """Where no id matches, a text file's name does; after `--` an id may begin with a dash."""
    (tmp_path / "sub").mkdir()
    for name in ("sub/a.txt", "-dash.txt"):
        (tmp_path / name).write_text(f"the text of {name}")
    assert here("run", ".", "-o", "../out", cwd=tmp_path).returncode == 0
    for arguments in (["a"], ["sub/a"], ["sub/a.txt"], ["--", "-dash"]):
        done = here("explain", tmp_path.parent / "out", *arguments)
        assert done.returncode == 0, done.stderr
        assert arguments[-1].removesuffix(".txt").removeprefix("sub/") in done.stdout.decode()
    assert b"After --" in clean("explain", "--help", COLUMNS="200").stdout


@pytest.mark.parametrize("number,code", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_the_run_and_leaves_nothing(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """Exit 128 and its number, no traceback, no output, no temporary folder."""
    writer = Writer(3)
    source = jsonl(tmp_path / "in.jsonl", [{"id": i, "text": page(writer.article(40))} for i in range(900)])
    command = [sys.executable, "-m", "clean", "run", source, "-o", tmp_path / "out", "--log-format", "json"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    assert process.stderr is not None and process.stderr.readline().startswith(b"{")  # it is under way
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == code, errors
    assert b"Traceback" not in errors
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl"]


def test_a_run_under_nohup_outlives_its_terminal(tmp_path: Path) -> None:
    """SIGHUP ends nothing where it is ignored."""
    writer = Writer(3)
    source = jsonl(tmp_path / "in.jsonl", [{"id": i, "text": page(writer.article(9))} for i in range(60)])
    command = ["nohup", sys.executable, "-m", "clean", "run", source, "-o", tmp_path / "out", "--log-format", "json"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None and process.stderr.readline().startswith(b"{")  # it is under way
    process.send_signal(signal.SIGHUP)
    assert (tmp_path / "out").exists() is False
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert clean("verify", tmp_path / "out").returncode == 0


def test_a_locale_without_utf_8_is_refused(tmp_path: Path) -> None:
    """Some ids could not be the names of files there."""
    done = clean("run", tmp_path, "-o", tmp_path / "out", LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")
    assert done.returncode == 2
    assert done.stderr == b"clean: file names are in ascii here (LANG, LC_ALL); set PYTHONUTF8=1, or a locale of UTF-8\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_at_once(number: signal.Signals) -> None:
    """Also where a library holds the machine: here a sum without an end, in C."""
    code = "import clean.cli, itertools\ndef stuck(): print('in', flush=True); sum(itertools.repeat(0))\nclean.cli.app = stuck\nclean.cli.main()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"in\n"
        time.sleep(0.3)  # it is in there now
        process.send_signal(number)
        time.sleep(0.3)
        assert process.poll() is None, "nothing was stuck, and nothing is shown"
        process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
        process.kill()
    assert process.returncode == -number


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
        assert here("verify", out).returncode == 0
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


def test_memory_is_a_size(tmp_path: Path) -> None:
    """What is no size, or too little, is one line and exit 2."""
    for given, why in (("3", "too little"), ("many", "not a size"), ("9" * 5000, "not a size"), ("511MB", "too little")):
        done = here("run", SEEDS, "-o", tmp_path / "out", "--memory", given)
        assert done.returncode == 2 and why.encode() in done.stderr and len(done.stderr.splitlines()) == 1
    assert here("run", SEEDS, "-o", tmp_path / "out", "--memory", "0.6 GiB").returncode == 0


def test_progress_for_machines(tmp_path: Path) -> None:
    """One JSON line a stage, before the summary; nothing of the kind without being asked."""
    done = clean("run", SEEDS, "-o", tmp_path / "a", "--log-format", "json")
    stages = [json.loads(line) for line in done.stderr.splitlines() if line.startswith(b"{")]
    assert [stage["stage"] for stage in stages] == ["reading", "cleaning", "writing"]
    assert stages[0]["done"] == 5 and all(stage["seconds"] >= 0 for stage in stages)
    assert b"{" not in clean("run", SEEDS, "-o", tmp_path / "b").stderr
