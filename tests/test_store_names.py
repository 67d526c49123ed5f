"""File names from strangers: every id has its own, and none leads anywhere else."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from clean.store.formats.names import names, paths

HOSTILE = [
    "../x",
    "/etc/passwd",
    "..",
    ".",
    "",
    "CON",
    "con.txt",
    "NUL",
    "a\0b",
    "x" * 5000,
    "é" * 5000,
    "A",
    "a",
    "\u00e9",
    "e\u0301",
]
IDS = st.lists(st.sampled_from(HOSTILE) | st.text(st.characters(codec="utf-8")), max_size=12)


@given(IDS)
def test_every_id_gets_a_name_of_its_own(ids: list[str]) -> None:
    """Flat, short, not hidden, not reserved, and distinct even where case and Unicode form do not count."""
    found = names(ids, ".txt")
    assert len(found) == len(ids)
    for name in found:
        assert "/" not in name and "\\" not in name and "\0" not in name and not name.startswith(".")
        assert len(name.encode()) <= 255
        assert name.split(".")[0].upper() not in {"CON", "NUL", "AUX", "PRN", "COM1"}
    assert len({unicodedata.normalize("NFC", name).casefold() for name in found}) == len(ids)


def test_hostile_names_can_all_be_files(tmp_path: Path) -> None:
    """The names exist as files side by side, in the one folder."""
    for name in names(HOSTILE, ".txt"):
        (tmp_path / name).touch(exist_ok=False)
    assert len(list(tmp_path.iterdir())) == len(HOSTILE)


def test_a_plain_id_is_its_own_name() -> None:
    """What is safe stays readable."""
    ids = ["001_e19702a037a1de48", "新闻 3", "a.b-c"]
    assert names(ids, ".txt") == [f"{id}.txt" for id in ids]


@given(
    st.lists(
        st.sampled_from(["a.txt", "a.txt/b", "A.TXT", "../x", "/", "a//b", "..", "x/../../y", "c" * 300]) | st.text("ab./\0"),
        max_size=8,
    )
)
def test_no_path_leaves_the_folder(sources: list[str]) -> None:
    """Relative, without `..`, distinct, and no file where another needs a folder."""
    found = paths(sources)
    for path in found:
        parts = path.split("/")
        assert all(part not in {"", ".", ".."} and "\0" not in part for part in parts)
    folded = [path.casefold() for path in found]
    assert len(set(folded)) == len(sources)
    assert not any(other.startswith(path + "/") for path in folded for other in folded)
