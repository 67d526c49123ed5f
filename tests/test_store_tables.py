"""Our own tables: what was written is what is read, and nothing else is taken for it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from pathlib import Path

import polars as pl
import pytest

from clean.errors import InputError
from clean.schema import CLUSTERS, FATES, LEDGER, PASSAGES, REPAIRED, Schema, empty
from clean.store import tables
from clean.store.tables import read_notes, read_table, write_pieces, write_table


@pytest.mark.parametrize("schema", [LEDGER, FATES, REPAIRED, PASSAGES, CLUSTERS])
def test_every_schema_survives_the_disk(tmp_path: Path, schema: Schema) -> None:
    """Columns and types come back, from an empty table and from one with a row of nulls."""
    for frame in (empty(schema), empty(schema).clear(1)):
        write_table(tmp_path / "t.parquet", frame)
        assert read_table(tmp_path / "t.parquet", schema).equals(frame)
        assert dict(read_table(tmp_path / "t.parquet", schema).schema) == dict(frame.schema)


def test_wide_keys_survive_the_disk(tmp_path: Path) -> None:
    """A 128-bit key keeps every bit."""
    frame = pl.DataFrame({"passage": [2**128 - 1, 0], "cluster": [2**64, None], "score": [1.0, 0.5]}, schema=CLUSTERS)
    write_table(tmp_path / "t.parquet", frame)
    assert read_table(tmp_path / "t.parquet", CLUSTERS).equals(frame)


def test_the_same_rows_have_the_same_bytes(tmp_path: Path) -> None:
    """However the rows were put together in memory."""
    frame = pl.DataFrame({"passage": range(1000), "cluster": range(1000), "score": [1.0] * 1000}, schema=CLUSTERS)
    write_table(tmp_path / "a.parquet", frame, {"seed": "1", "hash": "xxh3_128"})
    write_table(tmp_path / "b.parquet", pl.concat([frame[:7], frame[7:]], rechunk=False), {"hash": "xxh3_128", "seed": "1"})
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_however_a_table_is_cut_it_has_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces larger and smaller than a row group, empty ones, and none at all."""
    monkeypatch.setattr(tables, "PIECE_GROUP", 300)
    frame = pl.DataFrame({"passage": range(1000), "cluster": range(1000), "score": [1.0] * 1000}, schema=CLUSTERS)
    written = set()
    for rows in (7, 300, 450, 1000):
        write_pieces(tmp_path / "t.parquet", chain([empty(CLUSTERS)], frame.iter_slices(rows)), CLUSTERS, {"seed": "1"})
        assert read_table(tmp_path / "t.parquet", CLUSTERS).equals(frame)
        written.add((tmp_path / "t.parquet").read_bytes())
    assert len(written) == 1
    write_pieces(tmp_path / "none.parquet", iter(()), CLUSTERS)
    write_pieces(tmp_path / "empty.parquet", iter([empty(CLUSTERS)]), CLUSTERS)
    assert read_table(tmp_path / "none.parquet", CLUSTERS).equals(empty(CLUSTERS))
    assert (tmp_path / "none.parquet").read_bytes() == (tmp_path / "empty.parquet").read_bytes()


def test_another_table_is_refused(tmp_path: Path) -> None:
    """Foreign, older, of other columns, or damaged: a sentence each, with what to do."""
    path = tmp_path / "t.parquet"
    cases: list[tuple[Callable[[], object], str]] = [
        (lambda: path.write_bytes(b"no"), "t.parquet is damaged, or not Parquet"),
        (lambda: empty(CLUSTERS).write_parquet(path), "t.parquet was not written by clean; give it as an input instead"),
        (
            lambda: empty(CLUSTERS).write_parquet(path, metadata={"clean.format_version": "0"}),
            "t.parquet has format 0, this clean reads 1: run again to make a new one",
        ),
        (lambda: write_table(path, empty(LEDGER), {"seed": "1"}), "t.parquet lacks the column 'passage' of type UInt128"),
    ]
    for make, message in cases:
        make()
        with pytest.raises(InputError, match=message) as error:
            read_table(path, CLUSTERS)
        assert "\n" not in str(error.value)
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_table(tmp_path / "none.parquet", CLUSTERS)


def test_notes_tell_how_a_table_was_made(tmp_path: Path) -> None:
    """What is needed to refuse an index of another scheme travels in the file."""
    write_table(tmp_path / "t.parquet", empty(CLUSTERS), {"scheme": "affine32"})
    assert read_notes(tmp_path / "t.parquet") == {"format_version": "1", "scheme": "affine32"}
