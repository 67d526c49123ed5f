"""`clean.run` in a program: frames in and out, columns of any type, and settings that are none."""

from __future__ import annotations

import datetime
from typing import Any

import polars as pl
import pytest

import clean
from clean.config import config_of
from clean.errors import ConfigError, InputError

TEXTS = ["The ferry is late again.", "A bridge will take its place, says the mayor."]
LONG = [list(range(200)), [*range(100), -1, *range(101, 200)]]  # polars shows both as [0, 1, … 199]


def test_a_setting_that_does_not_exist_is_refused() -> None:
    """Not passed over: the default would be in force without a word."""
    with pytest.raises(ConfigError, match="'near_treshold'; did you mean 'near_threshold'"):
        clean.run(pl.DataFrame({"text": TEXTS}), near_treshold=0.9)
    assert clean.run(pl.DataFrame({"text": TEXTS}), near_threshold=None).config == config_of({})


def test_neither_environment_nor_file_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """A program says what it wants."""
    (tmp_path / "clean.toml").write_text("near_threshold = 0.9")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLEAN_MIN_DOCS", "77")
    assert clean.run(pl.DataFrame({"text": TEXTS})).config == config_of({})


def test_a_lazy_frame_is_collected() -> None:
    """What it would give is what is cleaned."""
    frame = pl.DataFrame({"text": TEXTS, "n": [1, 2]})
    assert clean.run(frame.lazy().filter(pl.col("n") > 1)).documents.equals(frame[1:])


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ([7, None], ["7", "1"]),
        ([b"a", b"b\xff"], ["a", "b\\xff"]),
        (LONG, [str(value).replace(" ", "") for value in LONG]),
        ([{"n": 1}, {"n": 2}], ['{"n":1}', '{"n":2}']),
        ([datetime.timedelta(seconds=1), None], ["PT1S", "1"]),
        ([datetime.date(2024, 5, 1), datetime.date(2024, 5, 2)], ["2024-05-01", "2024-05-02"]),
    ],
)
def test_ids_and_sites_of_any_type_are_told_apart(values: list[Any], names: list[str], tmp_path: Any) -> None:
    """From a frame and from Parquet alike: bytes are text, nested values JSON, none of them the way Python shows them."""
    frame = pl.DataFrame({"id": pl.Series(values), "site": pl.Series(values), "text": TEXTS})
    fates = clean.run(frame, group_field="site", prefer="site").fates
    assert fates["doc_id"].to_list() == names
    assert fates["group"].to_list() == ["" if value is None else name for value, name in zip(values, names, strict=True)]
    frame.write_parquet(tmp_path / "a.parquet")
    stored = clean.run(tmp_path / "a.parquet", group_field="site").fates
    assert stored["group"].to_list() == fates["group"].to_list()
    assert [name for name in stored["doc_id"] if not name.startswith("a:")] == [
        n for n, v in zip(names, values, strict=True) if v is not None
    ]


@pytest.mark.parametrize("settings", [{}, {"group_field": "id"}, {"prefer": "id", "id_field": "other"}])
def test_objects_of_python_are_no_names(settings: dict[str, str]) -> None:
    """Their text would be another one in the next process."""
    frame = pl.DataFrame({"id": pl.Series([object(), object()], dtype=pl.Object), "text": TEXTS})
    with pytest.raises(InputError, match=r"column 'id' holds objects of Python.*cast it"):
        clean.run(frame, **settings)
