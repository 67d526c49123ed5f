"""File names from strangers: every id has its own, and none leads anywhere else."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from clean.store.formats.names import exact, folded, names, paths

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
    for key in (exact, folded):
        found = paths(sources, key)
        for path in found:
            parts = path.split("/")
            assert all(part not in {"", ".", ".."} and "\0" not in part and len(part.encode()) <= 255 for part in parts)
        taken = [key(path) for path in found]
        assert len(set(taken)) == len(sources)
        assert not any(other.startswith(path + "/") for path in taken for other in taken)


def test_a_source_keeps_its_name_where_the_file_system_does() -> None:
    """A line break, a case, a length of 255 bytes: legal, so kept; where case does not count, `~2` goes before the suffix."""
    sources = ["A.txt", "a.txt", "b\nc.txt", "d/" + "x" * 251 + ".txt", 'CON "quoted".txt', "x" * 251 + ".csv"]
    assert paths(sources, exact) == sources
    assert paths(sources, folded) == [sources[0], "a~2.txt", *sources[2:]]
    assert paths(["a.b.txt", "a.b.txt", "a.b.txt"], exact) == ["a.b.txt", "a.b~2.txt", "a.b~3.txt"]
    assert len(set(paths(["y" * 251 + ".txt"] * 3, exact))) == 3


def test_a_name_too_long_is_cut_and_keeps_its_suffix() -> None:
    """Two that differ only past the cut stay apart."""
    first, second = paths(["y" * 300 + "1.txt", "y" * 300 + "2.txt"], exact)
    assert first != second
    assert {len(first), len(second)} == {255} and first.endswith(".txt") and second.endswith(".txt")
