"""A Parquet file that ends its reader is an error that names it, wherever it is read; and nothing of the reader stays."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from damaged import abort
from test_memory import Post
from watching import is_gone, until

import clean
from clean import child
from clean.config import Config
from clean.errors import InputError
from clean.jobs import run as job
from clean.jobs.known import Together, compare, known_passages, save, together
from clean.schema import KNOWN
from clean.store.known import header_of, write_known
from clean.store.manifest import as_published
from clean.store.trial import Trial

ROWS = {"id": ["a", "b", "c", "d", "e"], "text": ["one text", "two", "three", None, "five"], "n": [1, 2, None, 4, 5]}
ASKS = (
    r"makes polars ask for 2,\d{3}(,\d{3}){5} bytes of memory; "
    "it is damaged, or too large for this machine: write it again, or leave it out"
)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with a file that is whole, and one of which a page of the texts says what no page can."""
    for name in ("a", "b"):
        pl.DataFrame(ROWS).write_parquet(tmp_path / f"{name}.parquet")
    abort(tmp_path / "b.parquet", page=1)
    return tmp_path


@pytest.fixture
def known(tmp_path: Path) -> Path:
    """A file of known passages, damaged alike."""
    row = {"group": "", "text": "x", "docs": 1, "source": "a.txt", "doc_id": "a"}
    passages = pl.DataFrame([row | {"text": text} for text in "abcde"], schema=KNOWN)
    write_known(tmp_path / "k.parquet", passages, header_of(Config()))
    abort(tmp_path / "k.parquet")
    return tmp_path / "k.parquet"


def call(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command."""
    command = [sys.executable, "-m", "clean", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=os.environ | environment)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_command_says_it_in_a_line(desk: Path) -> None:
    """Exit 2, and no library's page; the earlier output is as it was, and nothing lies beside it, least of all a core."""
    assert call("run", "a.parquet", "-o", "out", cwd=desk).returncode == 0
    before = contents(desk)
    done = call("run", "a.parquet", "b.parquet", "-o", "out", "--force", "--workers", "2", cwd=desk, RUST_BACKTRACE="full")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(rf"clean: b\.parquet cannot be read: it {ASKS}\n", done.stderr), done.stderr
    assert contents(desk) == before


READERS: dict[str, Callable[[Path], object]] = {
    "a dry run": lambda file: job.run([str(file)], None, Config(), dry=True),
    "a library": lambda file: clean.run(file),
    "a cluster": lambda file: job.run([str(file)], file.with_name("out"), Config(), machines=Post()),
}


@pytest.mark.parametrize("reader", READERS)
def test_sources_are_tried_wherever_they_are_read(reader: str, desk: Path) -> None:
    """What ends the reader there is an error here; also in a column that is read only when the data are written."""
    pl.DataFrame(ROWS).write_parquet(desk / "b.parquet")
    abort(desk / "b.parquet", page=2)
    with pytest.raises(InputError, match=rf"^b\.parquet cannot be read: it {ASKS}$"):
        READERS[reader](desk / "b.parquet")
    assert sorted(path.name for path in desk.iterdir()) == ["a.parquet", "b.parquet"]


RECALLED: dict[str, Callable[[Path], object]] = {
    "run --known": lambda path: known_passages([path], Config()),
    "known": lambda path: together([path]),
    "known --compare": lambda path: compare(path, path, 1),
}


@pytest.mark.parametrize("reader", RECALLED)
def test_known_passages_are_tried(reader: str, known: Path) -> None:
    """A file that anybody may have made."""
    with pytest.raises(InputError, match=rf"k\.parquet cannot be used: it {ASKS}$"):
        RECALLED[reader](known)


def test_known_passages_that_are_to_be_replaced_are_tried(known: Path) -> None:
    """What cannot be read holds no known passages, and stays."""
    before = contents(known.parent)
    with pytest.raises(clean.CleanError, match="holds no known passages: not replaced"):
        save(Together({}, pl.DataFrame(schema=KNOWN), 0), known, force=True)
    assert contents(known.parent) == before


def test_what_a_manifest_vouches_for_is_not_tried(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run's known passages whose checksum is right need no process; a bit of them changed, they do."""
    out = desk / "out"
    job.run([str(desk / "a.parquet")], out, Config())
    tried: list[str] = []
    monkeypatch.setattr(Trial, "read", lambda self, path, name: tried.append(name))
    together([out])
    assert as_published(out / "known.parquet") and not tried
    raw = bytearray((out / "known.parquet").read_bytes())
    raw[len(raw) // 2] ^= 1
    (out / "known.parquet").write_bytes(raw)
    with pytest.raises(InputError):
        together([out])
    assert tried == ["known.parquet"]
    (out / "manifest.json").unlink()
    os.mkfifo(out / "manifest.json")  # which would be waited for
    assert not as_published(out / "known.parquet")


# ---------------------------------------------------------------- the other process


def test_one_process_tries_all_files(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Started for the first one, in a session to which Ctrl-C is not sent, replaced when it has died, and gone after the last."""
    with Trial() as one:
        assert one._child is None
        one.read(desk / "a.parquet", "a.parquet", "text")
        first = one._child
        assert first is not None and os.getsid(first._process.pid) == first._process.pid
        with pytest.raises(InputError, match=r"^a\.parquet has no column 'body'; it has id, text, n: "):
            one.read(desk / "a.parquet", "a.parquet", "body")
        assert one._child is first
        with pytest.raises(InputError, match=ASKS):
            one.read(desk / "b.parquet", "b.parquet", "text")
        one.read(desk / "a.parquet", "a.parquet", "text")
        second = one._child
        assert second is not None and second is not first
    assert (first.death(), second.death()) == ("SIGABRT", "SIGKILL")


@pytest.mark.parametrize(
    ("dies", "told"),
    [
        (
            "os.kill(os.getpid(), signal.SIGKILL)",
            "the process that tried it was killed, as the system does when memory runs out;",
        ),
        ("os.kill(os.getpid(), signal.SIGSEGV)", r"polars dies of it \(SIGSEGV\);"),
        ("os._exit(3)", r"polars dies of it \(exit code 3\);"),
    ],
)
def test_whatever_it_dies_of_is_told(dies: str, told: str, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal by its name."""
    stub = f"import os, signal, sys; os.write(1, bytes(8)); os.read(0, 1); {dies}"
    monkeypatch.setattr(child, "PROGRAM", stub)
    with Trial() as one, pytest.raises(InputError, match=rf"^a\.parquet cannot be read: {told} it is damaged, or"):
        one.read(desk / "a.parquet", "a.parquet")


@pytest.mark.parametrize("broken", ["no Python", "no library", "no executable"])
def test_where_no_process_can_be_had_files_are_not_tried(broken: str, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are read as they would be without."""
    if broken == "no library":
        monkeypatch.setattr(child, "PROGRAM", "import nothing_of_that_name")
    else:
        monkeypatch.setattr(sys, "executable", "/nonexistent/python" if broken == "no Python" else "")
    with Trial() as one:
        one.read(desk / "b.parquet", "b.parquet")
        one.read(desk / "b.parquet", "b.parquet")


def test_it_ends_with_who_started_it(desk: Path) -> None:
    """Who is killed has no time to say so."""
    program = (
        "import os, signal; from pathlib import Path; from clean.store.trial import Trial; one = Trial(); "
        "one.read(Path('a.parquet'), 'a.parquet'); print(one._child._process.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=desk, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    until(lambda: is_gone(int(done.stdout)), "it has ended")


def test_a_library_in_the_current_folder_is_not_taken(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor anything else that lies beside a corpus."""
    for name in ("json", "polars"):
        (desk / f"{name}.py").write_text("raise SystemExit")
    monkeypatch.chdir(desk)
    with Trial() as one, pytest.raises(InputError, match=ASKS):
        one.read(Path("b.parquet"), "b.parquet")
