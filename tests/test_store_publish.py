"""The folder of a run appears whole or not at all, and no bit of it changes unseen."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from clean.config import Config
from clean.errors import CleanError, InputError, IntegrityError, OutputError
from clean.jobs.run import run as run_job
from clean.schema import FATES, KEPT, LEDGER, LIKENESS, QUARANTINE, empty
from clean.store import publish
from clean.store.finished import FIRST_NOTE, LEDGER_FILE, open_finished, pieces, write_ledger, write_record
from clean.store.manifest import MANIFEST, check_manifest, is_ours, read_manifest, write_manifest
from clean.store.publish import publishing, refuse_overlap
from clean.store.tables import write_table


def run(out: Path, content: str = "new", force: bool = False) -> None:
    """A small run: two files, a folder, the manifest."""
    with publishing(out, force) as folder:
        (folder / "data").mkdir()
        (folder / "data" / "a.txt").write_text(content)
        (folder / "report.md").write_text(content)
        write_manifest(folder, {"config": {"seed": 1}, "versions": {"clean": "0.1.0"}})


def whole(out: Path, content: str) -> bool:
    """Whether `out` is a finished run with this content."""
    return check_manifest(out) == [] and (out / "data" / "a.txt").read_text() == content


def alone(out: Path) -> bool:
    """Whether nothing lies beside the output."""
    return [path.name for path in out.parent.iterdir()] in ([out.name], [])


# ---------------------------------------------------------------- whole or not at all


def test_a_run_is_published_in_one_step(tmp_path: Path) -> None:
    """Nothing at the place until the block ends; then all of it, and nothing beside it."""
    out = tmp_path / "out"
    with publishing(out, False) as folder:
        assert not out.exists()
        assert folder.parent == tmp_path and folder.name.startswith(".out.")
        write_manifest(folder, {})
    assert whole_listing(out) == ["manifest.json"]
    assert alone(out)


def whole_listing(folder: Path) -> list[str]:
    """Every file in the folder, by its path in it."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "failure",
    [ValueError("bug"), KeyboardInterrupt(), SystemExit(143), OSError(errno.ENOSPC, "No space left"), IntegrityError("does not")],
)
@pytest.mark.parametrize("earlier", [False, True])
def test_a_failure_leaves_nothing_behind(tmp_path: Path, failure: BaseException, earlier: bool) -> None:
    """Neither a half output nor a temporary folder; an earlier output is as it was, even with force."""
    out = tmp_path / "out"
    if earlier:
        run(out, "old")
    expected = OutputError if isinstance(failure, (OSError, IntegrityError)) else type(failure)
    with pytest.raises(expected), publishing(out, True) as folder:
        (folder / "half.txt").write_text("half")
        raise failure
    assert alone(out)
    assert whole(out, "old") if earlier else not out.exists()


def test_an_output_that_exists_is_refused(tmp_path: Path) -> None:
    """Without --force it stays; the message names the option. With it, it is replaced whole."""
    out = tmp_path / "out"
    run(out, "old")
    with pytest.raises(OutputError, match=r"out exists; give --force to replace it"):
        run(out)
    with pytest.raises(OutputError, match=r"out exists; name another folder"), publishing(out, None):
        pass  # for `restore`, which has no --force
    assert whole(out, "old")
    run(out, "new", force=True)
    assert whole(out, "new") and alone(out)


def test_a_strangers_folder_is_never_replaced(tmp_path: Path) -> None:
    """A folder without our manifest is somebody's work; an empty one is nobody's; a file is a file."""
    for name, content in (("notes", "x"), ("web", '{"name": "manifest of another tool"}')):
        out = tmp_path / name
        out.mkdir()
        (out / "manifest.json" if name == "web" else out / "a.txt").write_text(content)
        with pytest.raises(OutputError, match="is not the output of a run"):
            run(out, force=True)
        assert len(whole_listing(out)) == 1
    (tmp_path / "empty").mkdir()
    run(tmp_path / "empty")
    assert whole(tmp_path / "empty", "new")
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="file is a file"):
        run(tmp_path / "file", force=True)


@pytest.mark.parametrize("finished", [False, True])
def test_a_mount_point_is_refused_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, finished: bool) -> None:
    """Empty or with a run in it, no folder can take its place; one below it can."""
    out = tmp_path / "out"
    out.mkdir()
    if finished:
        run(out, "old")
    monkeypatch.setattr(os.path, "ismount", lambda path: Path(path) == out)
    with pytest.raises(OutputError, match=r"out is a mount point, .*; name a folder below it"), publishing(out, True):
        raise AssertionError
    assert alone(out) and (not finished or whole(out, "old"))
    monkeypatch.setattr(os.path, "ismount", lambda path: Path(path) == tmp_path)
    run(out, "new", force=True)


def test_a_damaged_run_may_be_replaced(tmp_path: Path) -> None:
    """It is still ours."""
    out = tmp_path / "out"
    run(out, "old")
    with (out / "manifest.json").open("a") as file:
        file.write("damage")
    run(out, force=True)
    assert whole(out, "new")


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """The folder that it leads to is replaced, not the link."""
    run(tmp_path / "real", "old")
    (tmp_path / "link").symlink_to("real")
    run(tmp_path / "link", force=True)
    assert (tmp_path / "link").is_symlink() and whole(tmp_path / "real", "new")


def test_parents_are_made_and_unmade(tmp_path: Path) -> None:
    """Missing parents are created, and removed again when the run fails."""
    run(tmp_path / "a" / "b" / "out")
    assert whole(tmp_path / "a" / "b" / "out", "new")
    with pytest.raises(ZeroDivisionError), publishing(tmp_path / "c" / "d" / "out", False):
        raise ZeroDivisionError
    assert not (tmp_path / "c").exists()


def test_a_long_name_can_be_an_output(tmp_path: Path) -> None:
    """The hidden sibling's name is shorter than the output's where it must be."""
    run(tmp_path / ("x" * 250))
    assert whole(tmp_path / ("x" * 250), "new")


# ---------------------------------------------------------------- two runs, dead runs


def test_of_two_runs_one_wins(tmp_path: Path) -> None:
    """While one writes an output, another is told so at once; outputs beside it are free."""
    with publishing(tmp_path / "out", False) as folder:
        write_manifest(folder, {})
        with pytest.raises(OutputError, match="another run is writing"):
            run(tmp_path / "out")
        run(tmp_path / "out2")
    assert check_manifest(tmp_path / "out") == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "out2"]


def test_what_dead_runs_left_is_swept(tmp_path: Path) -> None:
    """Their folders and lock go; what merely looks alike stays."""
    for name in (".out.123-0a1b2c3d.partial", ".out.x.123-0a1b2c3d.partial", ".out.notes", ".out.lock"):
        (tmp_path / name).mkdir() if name != ".out.lock" else (tmp_path / name).touch()
    run(tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".out.notes", ".out.x.123-0a1b2c3d.partial", "out"]


def test_a_crash_between_two_renames_is_mended(tmp_path: Path) -> None:
    """Where two folders cannot be swapped in one step, what was moved aside comes back."""
    run(tmp_path / "out", "old")
    (tmp_path / "out").rename(tmp_path / ".out.123-0a1b2c3d.old")
    with pytest.raises(OutputError, match="exists; give --force"):
        run(tmp_path / "out")
    assert whole(tmp_path / "out", "old")


def test_without_the_exchange_the_swap_still_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system may not know how to exchange two names."""
    run(tmp_path / "out", "old")
    monkeypatch.setattr(publish, "_exchange", lambda one, other: False)
    run(tmp_path / "out", force=True)
    assert whole(tmp_path / "out", "new") and alone(tmp_path / "out")


# ---------------------------------------------------------------- the disk


def test_any_call_may_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail the Nth call, for every N: an error in one line, the old output or the new one, whole, and the error knows which."""
    for name in ("fsync", "rename", "mkdir", "open", "close"):
        for number in range(1, 40):
            out = tmp_path / f"{name}{number}" / "out"
            out.parent.mkdir()
            run(out, "old")
            calls = fail_at(monkeypatch, name, number)
            try:
                run(out, "new", force=True)
                failed = False
            except OutputError as error:
                failed = True
                assert "\n" not in str(error) and "Input/output error" in str(error)
                assert whole(out, "new") == ("was published, but" in str(error))
            monkeypatch.undo()
            assert alone(out)
            assert whole(out, "new") or (failed and whole(out, "old"))
            if calls() < number:
                break
        else:
            pytest.fail(f"more calls of {name} than were tried")


def fail_at(monkeypatch: pytest.MonkeyPatch, name: str, number: int) -> Callable[[], int]:
    """Make the Nth call of a function of `os` fail with EIO; gives back how many calls there were."""
    real, count = getattr(os, name), [0]

    def failing(*args: Any, **kwargs: Any) -> Any:
        count[0] += 1
        if count[0] == number:
            raise OSError(errno.EIO, "Input/output error")
        return real(*args, **kwargs)

    monkeypatch.setattr(os, name, failing)
    return lambda: count[0]


@pytest.mark.parametrize("module", ["writing", "tables"])
def test_a_full_disk_is_told_by_the_folder_that_was_asked_for(
    tmp_path: Path, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though polars wraps what the system says, and though what was being written is somewhere else until it is whole."""
    (tmp_path / "a.txt").write_text("text")
    monkeypatch.setattr(f"clean.store.{module}.for_polars", lambda path: "/dev/full")
    full = r"/out cannot be written: No space left on device; make room there, or name another place; nothing was published$"
    with pytest.raises(OutputError, match=full):
        run_job([str(tmp_path / "a.txt")], tmp_path / "out", Config())
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_full_disk_is_told_where_polars_does_not_say_so(tmp_path: Path) -> None:
    """Met in the last bytes of a file. What else it cannot do is no matter of the disk."""
    cut_off = pl.exceptions.ComputeError("parquet: File out of specification: Invalid thrift: transport error")
    words = "out cannot be written: the disk took only a part of it; make room there.*; nothing was published$"
    with pytest.raises(OutputError, match=words), publishing(tmp_path / "out", False):
        raise cut_off
    ours = pl.exceptions.ComputeError("join keys did not fulfill m:1 validation")
    with pytest.raises(pl.exceptions.ComputeError, match="join keys"), publishing(tmp_path / "out", False):
        raise ours
    assert not (tmp_path / "out").exists()


def test_a_read_only_folder_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be created, the run says so."""

    def refused(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "mkdir", refused)
    with pytest.raises(OutputError, match=r"out cannot be written: Read-only file system; nothing was published"):
        run(tmp_path / "out")


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    """A limit on file size stops polars and Python alike: OutputError, and nothing left behind."""
    out = tmp_path / "out"
    frame = pl.DataFrame({"x": [os.urandom(1 << 20)]})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, before[1]))
    try:
        for write in (lambda path: write_table(path, frame), lambda path: path.write_bytes(bytes(1 << 20))):
            with pytest.raises(CleanError) as error, publishing(out, False) as folder:
                write(folder / "x.parquet")
            assert isinstance(error.value, OutputError) and "\n" not in str(error.value)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert list(tmp_path.iterdir()) == []


KILLED = """
import sys
from pathlib import Path
from tests.test_store_publish import run
while True:
    run(Path(sys.argv[1]), "new", force=True)
    print("published", flush=True)
"""


def test_a_killed_run_leaves_the_output_whole(tmp_path: Path) -> None:
    """SIGKILL at any moment: the output is whole, and the next run sweeps what was left."""
    out = tmp_path / "out"
    run(out)
    for round in range(6):
        command = [sys.executable, "-c", KILLED, str(out)]
        with subprocess.Popen(command, cwd=Path(__file__).parent.parent, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None and child.stdout.readline() == b"published\n"
            time.sleep(0.0017 * round)
            child.kill()
        assert whole(out, "new")
    run(out, force=True)
    assert alone(out)


# ---------------------------------------------------------------- input and output


def test_input_and_output_do_not_overlap(tmp_path: Path) -> None:
    """A run never writes into what it reads, nor reads what it will replace; neighbours are fine."""
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "link").symlink_to("in")
    for out in ("in", "in/out", "in/sub", "link/out", "."):
        with pytest.raises(OutputError, match="overlap; choose a folder beside it"):
            refuse_overlap(tmp_path / out, [tmp_path / "in"])
    refuse_overlap(tmp_path / "in2", [tmp_path / "in", tmp_path / "x.txt"])


def test_nothing_is_written_into_a_finished_run(tmp_path: Path) -> None:
    """However deep, by whatever way, be it replaced or not: its manifest does not list it. Beside it is a place like any other."""
    run(tmp_path / "done")
    (tmp_path / "link").symlink_to("done/data")
    for out in ("done/out", "done/data/new/out", "link/out", "beside/../done/out"):
        with pytest.raises(OutputError, match=r"out cannot be written: it is inside of .*done, a finished run; name a"):
            run(tmp_path / out, force=True)
    assert whole(tmp_path / "done", "new")
    run(tmp_path / "done.2" / "out")
    run(tmp_path / "done", "newer", force=True)


# ---------------------------------------------------------------- the manifest


def test_every_flipped_bit_is_seen(tmp_path: Path) -> None:
    """Any single bit of any published file, the manifest included: found, and the file named."""
    out = tmp_path / "out"
    run(out)
    for path in sorted(out.rglob("*")):
        if path.is_file():
            raw = path.read_bytes()
            name = path.relative_to(out).as_posix()
            for at in range(len(raw) * 8):
                path.write_bytes(raw[: at // 8] + bytes([raw[at // 8] ^ 1 << at % 8]) + raw[at // 8 + 1 :])
                findings = check_manifest(out)
                assert findings and all(finding.startswith(name) for finding in findings)
            path.write_bytes(raw)
    assert whole(out, "new")


def test_every_other_change_is_seen(tmp_path: Path) -> None:
    """Missing, added, cut, swapped, a link instead of a file: a sentence each that names the file."""
    out = tmp_path / "out"
    run(out)
    target = out / "report.md"
    target.write_text("longer")
    (out / ".extra").touch()
    (out / "data" / "a.txt").unlink()
    (out / "away").symlink_to(tmp_path)
    assert check_manifest(out) == [
        "data/a.txt is missing",
        ".extra is not in the manifest",
        "away is not in the manifest",
        "report.md has changed: 6 bytes, not 3",
    ]
    target.unlink()
    os.mkfifo(target)
    assert "report.md has changed: 0 bytes, not 3" in check_manifest(out)


def test_a_foreign_manifest_is_refused(tmp_path: Path) -> None:
    """Missing, not JSON, of another tool or version: a sentence, never a traceback."""
    out = tmp_path / "out"
    run(out)
    whole_raw = (out / "manifest.json").read_bytes()
    cases = [
        (b"no", "manifest.json is damaged: it is not JSON"),
        (b"[" * 100_000, "manifest.json is damaged: it is not JSON"),
        (b"[]", "manifest.json was not written by clean"),
        (b"{}", "manifest.json was not written by clean"),
        (
            whole_raw.replace(b'"format_version": 1', b'"format_version": 0'),
            "manifest.json has format 0, this clean reads 1: run again",
        ),
        (whole_raw.replace(b'"seed": 1', b'"seed": 2'), "manifest.json is damaged: it does not match its own digest"),
        (whole_raw + b"\n", "manifest.json is damaged: it does not match its own digest"),
    ]
    for raw, message in cases:
        (out / "manifest.json").write_bytes(raw)
        assert check_manifest(out) == [message]
    (out / "manifest.json").unlink()
    assert "is not a finished run" in check_manifest(out)[0]


def test_the_manifest_says_what_was_published(tmp_path: Path) -> None:
    """The header as given; size and sha256 of every file; the same content, the same bytes."""
    run(tmp_path / "one")
    run(tmp_path / "two")
    assert (tmp_path / "one" / "manifest.json").read_bytes() == (tmp_path / "two" / "manifest.json").read_bytes()
    manifest = read_manifest(tmp_path / "one")
    assert manifest["config"] == {"seed": 1}
    assert sorted(manifest["files"]) == ["data/a.txt", "report.md"]
    assert manifest["files"]["report.md"]["bytes"] == 3


def test_a_name_that_is_not_utf_8_is_refused_before_the_work(tmp_path: Path) -> None:
    """polars could not write there, nor read it again."""
    out = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    with pytest.raises(OutputError, match="its name is not UTF-8"), publishing(out, force=False):
        raise AssertionError
    with pytest.raises(InputError, match="its name is not UTF-8"):
        open_finished(out)


def test_a_folder_that_is_not_utf_8_is_refused_from_within(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative name is given to polars whole."""
    here = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    run(tmp_path / "out")
    here.mkdir()
    (tmp_path / "out").rename(here / "out")
    monkeypatch.chdir(here)
    with pytest.raises(InputError, match=r"/\\xff/out cannot be read: its name is not UTF-8; rename it"):
        open_finished(Path("out"))


@pytest.mark.parametrize("first", [None, "", "-1", "x", "4294967296", "٣"])
def test_a_ledger_that_does_not_say_what_it_is_about_is_refused(tmp_path: Path, first: str | None) -> None:
    """Where its documents begin is not guessed: those before the first edit belong to it, too."""
    write_table(tmp_path / LEDGER_FILE, empty(LEDGER), None if first is None else {FIRST_NOTE: first})
    write_record(tmp_path, iter([empty(FATES)]), iter([empty(KEPT)]), empty(LIKENESS), empty(QUARANTINE))
    with pytest.raises(
        InputError, match=r"edits\.parquet does not say which documents it is about: it is an older one; run again"
    ):
        pieces(tmp_path)
    write_ledger(tmp_path, 0, 7, empty(LEDGER))
    write_ledger(tmp_path, 1, 9, empty(LEDGER))
    assert [piece.end for piece in pieces(tmp_path)] == [9, 2**32 - 1]


def test_a_manifest_that_is_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    """Nobody would ever write to it; the folder is not ours."""
    os.mkfifo(tmp_path / MANIFEST)
    assert not is_ours(tmp_path)


def test_a_work_folder_loses_what_is_ours_and_when_a_run_asks_for_it(tmp_path: Path) -> None:
    """Whoever publishes for something else (`restore`, `report`) leaves the work of a killed run; a stranger's file stays."""
    out = tmp_path / "out"
    work = publish.work_folder(out)
    for name in ("mend-000000.crate", "part-000001.crate.7-0123abcd.beside", "mine"):
        (work / name).write_text(name)
    run(out, "some")
    assert len(list(work.iterdir())) == 3
    publish.remove_work(out)
    assert [path.name for path in work.iterdir()] == ["mine"]
    (work / "mine").unlink()
    publish.remove_work(out)
    assert not work.exists()


def test_a_work_folder_is_no_link(tmp_path: Path) -> None:
    """Whoever put it there would get all texts, and keep them."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".out.work").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="is a symbolic link"):
        publish.work_folder(tmp_path / "out")
