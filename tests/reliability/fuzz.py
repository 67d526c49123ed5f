"""Fuzzing: inputs by chance (Hypothesis) into whatever reads what strangers wrote. Each part runs for as long as it is told.

A part fails when anything but a CleanError comes out, or when what went in cannot be got back.
"""

from __future__ import annotations

import gzip
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import zstandard
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from clean.config import Config, config_of, parse_assignments, resolve
from clean.edit import apply, undo
from clean.errors import CleanError
from clean.jobs.restore import restore, verify
from clean.jobs.run import run
from clean.schema import KNOWN
from clean.stages.segment import segmented
from clean.stages.settle import cut, cut_texts, removals
from clean.store import batching
from clean.store.known import header_of, read_known, write_known
from clean.store.manifest import check_manifest, read_manifest, write_manifest
from clean.store.reading import read
from clean.store.trial import Trial

COLUMNS = ["what is fed", "examples", "failures"]
ROUND = 200  # examples between two looks at the clock

NAMES = ["a.txt", "a.jsonl", "a.csv", "a.tsv", "a.parquet", "a.txt.gz", "a.jsonl.gz", "a.csv.zst"]
PIECES = [
    b'{"text": "', b'"}', b"\n", b"\r\n", b"\r", b'"', b",", b"\t", b"text,id\n", b"text\tid\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\\ud800", b"\0", b"\xff",
    b'"id": 1.10', b'"text": null', b"{", b"[", b"}", b"]", b"\xe2\x80\xa8", b"1e400", b"\\u0000", b"PAR1", b"\x1f\x8b", b'{"text": "ok", "id": "../x"}\n',
]  # fmt: skip
raws = st.lists(
    st.one_of(st.sampled_from(PIECES), st.binary(max_size=12), st.text(max_size=8).map(lambda t: t.encode())), max_size=30
).map(b"".join)
files = st.dictionaries(st.sampled_from(NAMES), raws, min_size=1, max_size=3)
lines = st.lists(
    st.one_of(st.sampled_from(["", "A headline", "Some words that are a line.", " ", "日本語", "\u2028"]), st.text(max_size=10)),
    max_size=12,
)
values = st.one_of(
    st.integers(), st.floats(), st.text(max_size=8), st.booleans(), st.lists(st.text(max_size=5), max_size=3), st.none()
)
setting_names = st.one_of(st.sampled_from(sorted(Config().as_dict())), st.text(max_size=8))


@dataclass
class Tally:
    """How many examples a part was fed, and what failed."""

    name: str
    examples: int = 0
    failures: list[str] = field(default_factory=list)

    def row(self) -> list[str]:
        """For the table."""
        return [self.name, f"{self.examples:,}", f"{len(self.failures):,}"]


def packed(name: str, raw: bytes) -> bytes:
    """As its name says."""
    return gzip.compress(raw, mtime=0) if name.endswith(".gz") else zstandard.compress(raw) if name.endswith(".zst") else raw


def readers(given_files: dict[str, bytes], damage: bool) -> None:
    """Any bytes under any suffix: each record a document or in quarantine, or one sentence on the file."""
    with tempfile.TemporaryDirectory() as folder:
        for name, raw in given_files.items():
            Path(folder, name).write_bytes(raw if damage else packed(name, raw))
        try:
            corpus = read([folder], Config())
        except CleanError as error:
            assert "\n" not in str(error)
            return
        assert corpus.sources["records"].sum() == corpus.documents.height + corpus.quarantine.height
        texts = [
            *corpus.documents.filter(pl.col("source") == "a.txt")["raw"],
            *corpus.quarantine.filter(pl.col("source") == "a.txt")["raw"],
        ]
        assert texts == ([given_files["a.txt"]] if "a.txt" in given_files else [])


def parquets(columns: dict[str, list[Any]], compression: Any, changes: list[tuple[int, bytes]]) -> None:
    """A Parquet file with some bytes replaced, in its pages or in its footer: documents, or one sentence on the file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.parquet")
        pl.DataFrame(columns).write_parquet(path, compression=compression)
        path.write_bytes(changed(path.read_bytes(), changes))
        try:
            corpus = read([folder], Config())
        except CleanError as error:
            assert "\n" not in str(error) and str(error).startswith("a.parquet")
            return
        assert corpus.sources["records"].sum() == corpus.documents.height


def there_and_back(given_files: dict[str, bytes]) -> None:
    """A whole run: it verifies, and every text file comes back."""
    with tempfile.TemporaryDirectory() as given_folder:
        folder = Path(given_folder)
        (folder / "in").mkdir()
        for name, raw in given_files.items():
            (folder / "in" / name).write_bytes(packed(name, raw))
        try:
            run([str(folder / "in")], folder / "out", Config())
        except CleanError as error:
            assert "\n" not in str(error) and not (folder / "out").exists()
            return
        assert verify(folder / "out")[0] == []
        restore(folder / "out", folder / "back")
        for name in ("a.txt", "a.txt.gz"):
            if name in given_files and (name == "a.txt" or "a.txt" not in given_files):
                assert (folder / "back" / "a.txt").read_bytes() == given_files[name]


def manifests(at: int, new: bytes, more: Any) -> None:
    """A manifest with some bytes replaced, or whose JSON is another's: refused in a sentence, or the very same."""
    with tempfile.TemporaryDirectory() as given_folder:
        folder = Path(given_folder)
        (folder / "a.txt").write_text("x")
        write_manifest(folder, {"config": Config().as_dict()})
        path, good = folder / "manifest.json", read_manifest(folder)
        raw = path.read_bytes()
        at %= len(raw)
        path.write_bytes(raw[:at] + new + raw[at + len(new) :])
        if path.read_bytes() != raw:
            assert check_manifest(folder)
        path.write_text(json.dumps({**good, **more} if isinstance(more, dict) else more))
        assert check_manifest(folder)


def known(columns: dict[str, list[Any]], changes: list[tuple[int, bytes]]) -> None:
    """A file of known passages with some bytes replaced: refused in a sentence, or the very passages that were written.

    It is the one table of ours that is read though no manifest speaks for it.
    """
    passages = pl.DataFrame({**columns, "group": "a.example", "docs": 2, "source": "a.txt"}, schema_overrides=KNOWN)
    passages = passages.with_columns(pl.lit(None, KNOWN[name]).alias(name) for name in KNOWN if name not in passages.columns)
    with tempfile.TemporaryDirectory() as folder, batching.Trial() as trial:
        path = Path(folder, "k.parquet")
        write_known(path, passages, header_of(Config()))
        path.write_bytes(changed(path.read_bytes(), changes))
        try:
            assert read_known(path, trial).passages.equals(passages.select(list(KNOWN)))
        except CleanError as error:
            assert "\n" not in str(error)


def changed(raw: bytes, changes: list[tuple[int, bytes]]) -> bytes:
    """With other bytes in some places, none more and none less."""
    for at, new in changes:
        at %= len(raw)
        raw = raw[:at] + new[: len(raw) - at] + raw[at + len(new) :]
    return raw


def cuts(given_lines: list[str], gone: list[bool], broken: bool) -> None:
    """Any lines of a text removed: what is left and the edits give the text back."""
    text = ("\n".join(given_lines) + "\n" * broken).encode("utf-8", "ignore").decode()
    texts = pl.DataFrame({"doc": [0], "text": [text]}, schema={"doc": pl.UInt32, "text": pl.String})
    pieces = segmented(texts.with_columns(group=pl.lit("")), Config())
    solid = pl.col("line").str.strip_chars() != ""
    rules = [("furniture" if gone[row % len(gone)] else None) if gone else None for row in range(len(pieces))]
    judged = pieces.with_columns(rule=pl.Series(rules, dtype=pl.String)).with_columns(rule=pl.when(solid).then("rule"))
    made = cut(judged, Config())
    edits = removals(made, texts).sort("start").select("start", "before", "after").rows()
    published = cut_texts(made, texts)["text"][0].encode()
    assert apply(text.encode(), edits) == published
    assert undo(published, edits) == text.encode()


def configs(names: dict[str, Any], assignments: list[str]) -> None:
    """Settings by any name and of any value, from a program, a file and a command line: settings, or one sentence."""
    for call in (
        lambda: config_of(names),
        lambda: resolve(names, {}),
        lambda: resolve({}, {f"CLEAN_{name.upper()}": str(value) for name, value in names.items()}),
        lambda: parse_assignments(assignments),
    ):
        try:
            call()
        except CleanError as error:
            assert len(str(error)) < 10_000
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "clean.toml").write_bytes("\n".join(assignments).encode("utf-8", "ignore"))
        try:
            resolve({}, {}, folder=Path(folder))
        except CleanError as error:
            assert str(error)


bytes_in = st.tuples(st.integers(0, 5000), st.binary(min_size=1, max_size=4))
tables_in = st.integers(1, 9).flatmap(
    lambda rows: st.fixed_dictionaries(
        {
            "text": st.lists(st.text(max_size=20) | st.none(), min_size=rows, max_size=rows),
            "id": st.lists(st.integers(0, 9) | st.none(), min_size=rows, max_size=rows),
            "tags": st.lists(st.lists(st.sampled_from("abc"), max_size=3) | st.none(), min_size=rows, max_size=rows),
        }
    )
)
passages_in = st.integers(1, 9).flatmap(
    lambda rows: st.fixed_dictionaries(
        {
            "text": st.lists(st.text(min_size=1, max_size=20), min_size=rows, max_size=rows, unique=True),
            "shape": st.lists(st.sampled_from([None, "cut"]), min_size=rows, max_size=rows),
        }
    )
)
PARTS: dict[str, tuple[Callable[..., None], st.SearchStrategy[Any]]] = {
    "the readers: any bytes, any suffix": (readers, st.tuples(files, st.booleans())),
    "a Parquet file, some bytes changed": (
        parquets,
        st.tuples(
            tables_in, st.sampled_from(["uncompressed", "zstd", "snappy", "gzip", "lz4"]), st.lists(bytes_in, min_size=1, max_size=4)
        ),
    ),
    "a whole run, verified and restored": (there_and_back, st.tuples(files)),
    "the manifest": (manifests, st.builds(lambda a, b: (*a, b), bytes_in, st.one_of(values, st.dictionaries(st.text(max_size=5), values, min_size=1)))),
    "a file of known passages, some bytes changed": (known, st.tuples(passages_in, st.lists(bytes_in, min_size=1, max_size=3))),
    "segment, cut and undo": (cuts, st.tuples(lines, st.lists(st.booleans(), max_size=8), st.booleans())),
    "the settings": (
        configs,
        st.tuples(
            st.dictionaries(setting_names, values, max_size=3),
            st.lists(st.builds(lambda n, v: f"{n}={v!r}", setting_names, values) | st.text(max_size=10), max_size=3),
        ),
    ),
}  # fmt: skip


def campaign(minutes: float, start: int) -> Iterator[Tally]:
    """Each part for its share of so many minutes; the seeds count from `start`.

    Parquet files of all examples are tried in one process: to start one for each would leave a twentieth of them.
    """
    one_for_each, shared = batching.Trial, Trial()
    batching.Trial = lambda: nullcontext(shared)
    try:
        with shared:
            yield from _campaign(minutes, start)
    finally:
        batching.Trial = one_for_each


def _campaign(minutes: float, start: int) -> Iterator[Tally]:
    for name, (check, strategy) in PARTS.items():
        tally, end, number = Tally(name), time.monotonic() + 60 * minutes / len(PARTS), start
        while not tally.examples or (time.monotonic() < end and not tally.failures):
            _round(tally, check, strategy, number, end)
            number += 1
        yield tally


def _round(tally: Tally, check: Callable[..., None], strategy: st.SearchStrategy[Any], number: int, end: float) -> None:
    @seed(number)
    @settings(
        max_examples=ROUND,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def fed(example: Any) -> None:
        if time.monotonic() < end or not tally.examples:
            tally.examples += 1
            check(*example)

    try:
        fed()
    except Exception as error:  # noqa: BLE001 (whatever it is, it is what this looks for)
        notes = " ".join(getattr(error, "__notes__", []))
        tally.failures.append(f"{tally.name}, seed {number}: {type(error).__name__}: {str(error)[:300]} {notes[:1500]}")
