"""A short piece of each campaign of tests/reliability (`make faults`, `make fuzz`, `make determinism`, `make mutants`)."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from quality.tables import Table
from reliability import determinism, faults, fuzz, mutants
from reliability.__main__ import rewrite
from reliability.bench import Desk, tree

from clean.config import Config
from clean.jobs import run as job
from clean.jobs.restore import verify
from clean.store import batching, writing


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A small corpus, and what two runs over it leave."""
    return Desk.set_up(tmp_path_factory.mktemp("desk").resolve(), documents=4)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The disk that fails."""
    made = faults.build(tmp_path_factory.mktemp("faults"))
    if made is None:
        pytest.skip("no C compiler, or not Linux")
    return made


def test_a_fault_leaves_the_earlier_output_or_the_new_one(desk: Desk, library: Path) -> None:
    """A write fails, then the process dies at an fsync: the earlier output stays, and the next run sweeps what was left."""
    failed = faults.at_each(desk, library, "write", 5, [9])
    assert (failed.complaints, failed.old, failed.died) == ([], 1, 0)
    killed = faults.at_each(desk, library, "fsync", 0, [3])
    assert (killed.complaints, killed.old, killed.died) == ([], 1, 1)
    assert desk.beside()
    assert faults.swept(desk).complaints == []


def test_what_is_torn_would_be_seen(desk: Desk) -> None:
    """The bench itself: a changed byte is neither output, something beside is something beside."""
    report = desk.folder / "out" / "report.md"
    raw = report.read_bytes()
    report.write_bytes(raw + b"x")
    (desk.folder / "left").touch()
    assert (desk.state(), desk.beside()) == ("torn", ["left"])
    report.write_bytes(raw)
    (desk.folder / "left").unlink()
    assert desk.state() != "torn"


def test_damage_to_a_real_output_is_named(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One bit flipped, in a sample of the bytes of each published file; a file cut, swapped with another, gone or added: named."""
    monkeypatch.setattr(batching, "BATCH_BYTES", 1)
    monkeypatch.setattr(writing, "SHARD_ROWS", 3)
    out, chance = tmp_path / "out", random.Random(1)
    job.run([str(desk.folder / "in")], out, Config(formats=("parquet", "jsonl", "csv", "txt")), review=True)
    files = sorted(tree(out))
    assert {"README.md", "report.json", "report.md", "report.html", "documents.parquet", "kept.parquet", "manifest.json"} <= set(
        files
    )
    assert {"ledger/edits.parquet", "ledger/edits-00001.parquet", "ledger.jsonl", "quarantine/records.parquet"} <= set(files)
    for name in files:
        raw = (out / name).read_bytes()
        for at in {0, len(raw) - 1, *(chance.randrange(len(raw)) for _ in range(4))}:
            (out / name).write_bytes(raw[:at] + bytes([raw[at] ^ 1 << chance.randrange(8)]) + raw[at + 1 :])
            assert [finding for finding in verify(out)[0] if name in finding], (name, at)
        (out / name).write_bytes(raw[:-1])
        assert [finding for finding in verify(out)[0] if name in finding]
        other = files[files.index(name) - 1]
        shutil.copy(out / other, out / name)
        assert [finding for finding in verify(out)[0] if name in finding]
        (out / name).unlink()
        assert [finding for finding in verify(out)[0] if name in finding]
        (out / name).write_bytes(raw)
    (out / "ledger" / "edits-00009.parquet").touch()
    assert verify(out)[0] == ["ledger/edits-00009.parquet is not in the manifest"]


def test_fuzzing_finds_nothing_in_a_moment() -> None:
    """Each part for a fraction of a second."""
    assert [failure for tally in fuzz.campaign(0.02, 1) for failure in tally.failures] == []


def test_pieces_do_not_change_the_outcome(desk: Desk) -> None:
    """The engine's batches and partitions, over all formats."""
    tally = determinism.pieces(desk.folder, (1, 3))
    assert (tally.runs, tally.differ) == (4, [])


def test_a_mutant_dies() -> None:
    """The mutator makes modules that differ, puts them in place, and the tests see it."""
    name = "clean/edit.py"
    source = (mutants.HOUSE / name).read_text("utf-8")
    made = mutants.mutants(source)
    assert len({text for _, text in made}) == len(made) > 30
    [(_, worse)] = [one for one in made if "start < at" in one[0] and "LtE" in one[0]]
    with mutants.Nursery() as nursery:
        assert nursery.try_one(name, source, mutants.TARGETS[name], 60) == 0
        assert nursery.try_one(name, worse, mutants.TARGETS[name], 60) == 1


def test_the_table_goes_between_its_own_markers(tmp_path: Path) -> None:
    """And a page without them is an error."""
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- generated by `make fuzz`: begin -->\nold\n<!-- generated by `make fuzz`: end -->\nb\n")
    rewrite(page, "fuzz", Table("T", "", ["x", "y"], [["1", "2"]]))
    assert "old" not in page.read_text() and "| 1 | 2 |" in page.read_text() and page.read_text().endswith("b\n")
    with pytest.raises(ValueError, match="make faults"):
        rewrite(page, "faults", Table("T", "", [], []))
