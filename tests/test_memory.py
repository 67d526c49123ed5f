"""Bounded memory: batches, parts, the shelf; and that none of it can be seen in the output."""

from __future__ import annotations

import gzip
import json
import pickle
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from writing import Writer, doubled, page

from clean import pipeline
from clean.config import Config
from clean.engines.local import LocalEngine
from clean.errors import InputError, IntegrityError
from clean.jobs import acts, gathering, volume, waiting
from clean.jobs import run as job
from clean.jobs.restore import restore, verify
from clean.jobs.rewrite import rewrite
from clean.schema import TEXTS
from clean.stages import across
from clean.stages import parts as parts_module
from clean.stages.parts import PARTITIONS, SIZES, partition_of, parts, site_key
from clean.store import batching, reading, writing
from clean.store.finished import open_finished, pieces
from clean.store.known import KNOWN_FILE, header_of, write_known
from clean.store.manifest import BESIDE, read_manifest, write_manifest
from clean.store.shelf import Index, Shelf, WorkFolder, among, digest_of


def corpus(folder: Path, sites: int = 6, pages: int = 7) -> Path:
    """A file of articles of several sites, each with teasers of its own, and one article that all sites print, each second one
    with a word changed."""
    records = []
    for site in range(sites):
        writer = Writer(site)
        bar = doubled([writer.teaser() for _ in range(3)])
        for number in range(pages):
            text = page([*writer.article(4), bar]) if number else page(Writer(99).article(6))
            if not number and site % 2:
                text = text.replace(text.split()[150], f"changed{site}", 1)
            records.append({"id": f"{site}-{number}", "site": f"s{site}", "text": text.replace("a", "á", 3)})
    path = folder / "in.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def published(folder: Path) -> dict[str, bytes]:
    """Every file of a run by its name."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def make_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts, batches and shards of a few documents."""
    monkeypatch.setattr(waiting, "parts", lambda sizes: parts(sizes, 20_000))
    monkeypatch.setattr(batching, "BATCH_BYTES", 8_000)
    monkeypatch.setattr(writing, "SHARD_BYTES", 30_000)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, for a test."""
    make_small(monkeypatch)


Told = list[tuple[str, int, int | None]]


@pytest.fixture(scope="module")
def first_ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Told]:
    """A run over the corpus in small parts, not to be changed, and what it told of its progress."""
    folder, told = tmp_path_factory.mktemp("ran"), Told()
    with pytest.MonkeyPatch.context() as monkeypatch:
        make_small(monkeypatch)
        job.run([str(corpus(folder))], folder / "out", Config(group_field="site"), tell=lambda *what: told.append(what))
    return folder / "out", told


@pytest.fixture
def ran(first_ran: tuple[Path, Told], tmp_path: Path) -> Path:
    """The same run, to be changed."""
    return Path(shutil.copytree(first_ran[0], tmp_path / "out"))


@pytest.mark.usefixtures("small")
def test_memory_and_workers_change_no_byte(tmp_path: Path) -> None:
    """One worker with no room at all, and three with plenty, publish the same files; all of it verifies and restores."""
    source, config = corpus(tmp_path), Config(group_field="site", formats=("jsonl", "parquet", "txt"))
    for name, workers, memory in (("a", 1, 0), ("b", 3, 8 << 30)):
        job.run([str(source)], tmp_path / name, config, workers=workers, memory=memory)
    assert published(tmp_path / "a") == published(tmp_path / "b")
    assert len(list((tmp_path / "a" / "ledger").iterdir())) > 1, "the ledger was to be long"
    assert verify(tmp_path / "a") == ([], 42)
    restore(tmp_path / "a", tmp_path / "back")
    back = [json.loads(line) for line in (tmp_path / "back" / "in.jsonl").read_text("utf-8").splitlines()]
    assert back == [json.loads(line) for line in source.read_text("utf-8").splitlines()]


class Post:
    """A cluster of which all there is to see is that what goes there, and comes back, is pickled."""

    elsewhere = True

    @contextmanager
    def workers(self, versions: Mapping[str, str], room: int) -> Iterator[Post]:
        """Connected at once."""
        assert versions["cleancorpus"]
        assert room >= 1
        yield self

    def each(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """One after the other."""
        function = pickle.loads(pickle.dumps(function))
        for item in items:
            if isinstance(function, volume.Write):  # as a task leaves it that was killed
                (function.folder / "data").mkdir(exist_ok=True)
                (function.folder / "data" / f"corpus-00000-of-.parquet.1-00{BESIDE}").write_bytes(b"half")
            yield pickle.loads(pickle.dumps(function(pickle.loads(pickle.dumps(item)))))


@pytest.mark.usefixtures("small")
def test_work_that_is_done_elsewhere_changes_no_byte(tmp_path: Path) -> None:
    """Of files of every kind, good and bad records among them; what is on its way there is small, and nothing is left beside."""
    source, config = tmp_path / "in", Config(group_field="site", formats=("jsonl", "parquet", "txt"))
    source.mkdir()
    corpus(source, sites=3, pages=5)
    (source / "in.jsonl").rename(source / "b.jsonl")
    raw = (source / "b.jsonl").read_bytes()
    (source / "c.jsonl.gz").write_bytes(gzip.compress(b"not JSON\n" + raw + b'{"text": null, "site": "s1"}\n[]\n'))
    pl.read_ndjson(raw).write_parquet(source / "d.parquet")
    pl.read_ndjson(raw).head(9).drop("id").write_csv(source / "e.csv")
    for number in range(5):
        (source / f"a{number}.txt").write_text(page(Writer(number).article(3)), "utf-8")
    job.run([str(source)], tmp_path / "here", config)
    job.run([str(source)], tmp_path / "there", config, machines=Post())
    assert published(tmp_path / "here") == published(tmp_path / "there")
    assert pl.read_parquet(tmp_path / "there" / "quarantine" / "records.parquet")["line"].to_list() == [1, 18]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["here", "in", "there"]
    with pytest.raises(InputError, match="no record has the field 'nothing' that --prefer names"):
        job.run([str(source)], tmp_path / "never", Config(prefer="nothing"), machines=Post())


@pytest.mark.usefixtures("small")
def test_an_article_that_sites_of_several_parts_print_goes_from_all_but_one(tmp_path: Path) -> None:
    """Copies are found across parts, and their twin is one that stays."""
    done = job.run([str(corpus(tmp_path))], tmp_path / "out", Config(group_field="site"))
    rules = done.facts["rules"]
    assert (rules["exact-document"]["documents"], rules["near-document"]["documents"]) == (2, 3)
    assert rules["shared-teaser"]["segments"] > 0
    ledger = pl.concat([pl.read_parquet(path) for path in sorted((tmp_path / "out" / "ledger").iterdir())])
    copies = ledger.filter(pl.col("rule").str.ends_with("-document"))
    kept = pl.read_parquet(tmp_path / "out" / "documents.parquet").filter(fate="kept")["doc_id"]
    assert set(copies["twin_doc_id"]) <= set(kept)


@pytest.mark.usefixtures("small")
def test_on_the_shelf_and_in_memory_the_same_is_decided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies in two parts are compared a few at a time, and what parts have learned is merged two parts at a time, a few lines of
    each; all at once, in memory, gives the same record."""
    config, source = Config(group_field="site"), corpus(tmp_path)
    documents = reading.read([str(source)], config).documents
    held = pipeline.clean(documents, LocalEngine(config), part_bytes=20_000)
    monkeypatch.setattr(across, "PAIRS_AT_ONCE", 2)
    monkeypatch.setattr(across, "WORDS_AT_ONCE", 1)
    for module in (acts, gathering):
        monkeypatch.setattr(module, "LEARNED_BYTES", 500)
    monkeypatch.setattr(gathering, "RUNS_AT_ONCE", 2)
    monkeypatch.setattr(gathering, "PIECE_BYTES", 700)
    job.run([str(source)], tmp_path / "out", config)
    run = open_finished(tmp_path / "out")
    assert run.ledger().equals(held.ledger)
    assert run.fates().drop("meta").equals(held.fates.drop("meta"))
    assert run.kept().equals(held.kept)
    taught = held.learned.join(documents.select("doc", "source", "doc_id"), on="doc", maintain_order="left")
    assert len(taught) > 30
    write_known(tmp_path / KNOWN_FILE, taught, header_of(config))
    assert (tmp_path / "out" / KNOWN_FILE).read_bytes() == (tmp_path / KNOWN_FILE).read_bytes()


def test_a_report_counted_in_pieces_is_the_report(ran: Path) -> None:
    """Counted from the whole record, it has the same bytes."""
    before = published(ran)
    assert len(pieces(ran)) > 2
    rewrite(ran)
    assert published(ran) == before


@pytest.mark.parametrize(
    ("damaged", "why"),
    [
        (
            lambda shard: shard.with_columns(pl.col("text").str.replace(r"\w", "#")),
            "the published text is not the one that was recorded",
        ),
        (lambda shard: shard.head(len(shard) - 1), "36 documents are published, 37 are recorded as kept"),
        (lambda shard: pl.concat([shard, shard.head(2)]), "39 documents are published, 37 are recorded as kept"),
    ],
    ids=["changed", "fewer", "more"],
)
def test_damage_far_inside_a_run_is_found(ran: Path, damaged: Callable[[pl.DataFrame], pl.DataFrame], why: str) -> None:
    """Though the manifest agrees with it: `verify` says so, and `restore` leaves nothing behind."""
    out, back = ran, ran.with_name("back")
    last = sorted((out / "data").iterdir())[-1]
    damaged(pl.read_parquet(last)).write_parquet(last)
    header = read_manifest(out)
    write_manifest(out, {name: header[name] for name in ("config", "fingerprint", "versions", "inputs", "skipped")})
    found, _ = verify(out)
    assert why in found[0]
    with pytest.raises(IntegrityError, match=f"is damaged, and nothing was restored: .*{why}"):
        restore(out, back)
    assert not back.exists()


def test_a_volume_ends_where_much_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nearly all documents are copies, the ledger is long, and hardly any text is published."""
    monkeypatch.setattr(volume, "READ_BYTES", 25)
    blocks = pl.DataFrame({"documents": [0] * 8, "bytes": [0] * 8, "read": [10] * 8})
    assert list(volume.volumes(blocks)) == [range(3), range(3, 6), range(6, 8)]


def test_what_is_told_of_progress(first_ran: tuple[Path, Told]) -> None:
    """Three stages, each from nothing to all of it."""
    _, told = first_ran
    assert list(dict.fromkeys(what for what, _, _ in told)) == ["reading", "cleaning", "writing"]
    assert [done for what, done, _ in told if what == "reading"][-1] == 42
    for stage in ("cleaning", "writing"):
        steps = [(done, total) for what, done, total in told if what == stage]
        assert [done for done, _ in steps] == list(range(steps[-1][1] + 1)), stage


def test_the_compiled_loops_and_the_plain_ones_publish_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether numba is there cannot be seen from the output."""
    pytest.importorskip("clean.kernels.compiled", reason="the extra `fast` (numba) is not installed")
    from clean import kernels
    from clean.kernels import compiled, plain

    source = corpus(tmp_path, sites=2)
    for name, chosen in (("plain", plain), ("compiled", compiled)):
        monkeypatch.setattr(kernels, "_kernels", lambda work, chosen=chosen: chosen)
        job.run([str(source)], tmp_path / name, Config(group_field="site"))
    assert published(tmp_path / "plain") == published(tmp_path / "compiled")


SITES = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 900)), max_size=60)


@given(SITES)
def test_parts_are_whole_sites_of_bounded_size(documents: list[tuple[str, int]]) -> None:
    """Every document is in one part; a site is in one part or is larger than one; a part is no larger than two."""
    groups = pl.Series([group for group, _ in documents], dtype=pl.String)
    size = [size for _, size in documents]
    sizes = pl.DataFrame({"doc": range(len(size)), "site": site_key(groups), "bytes": size, "preference": None}, schema=SIZES)
    placed = parts(sizes, 10_000).join(sizes, on="doc").with_columns(weight=pl.col("bytes") + parts_module.DOCUMENT_BYTES)
    assert sorted(placed["doc"]) == list(range(len(size)))
    assert sorted(placed["part"].unique()) == list(range(placed["part"].n_unique()))
    by_site = placed.group_by("site").agg(pl.col("part").n_unique(), pl.col("weight").sum())
    assert by_site.filter((pl.col("part") > 1) & (pl.col("weight") <= 10_000)).is_empty()
    assert (placed.group_by("part").agg(pl.col("weight").sum())["weight"].max() or 0) < 20_000 + 900 + 1024
    if placed["part"].n_unique() > 1:
        partitions = (
            placed.with_columns(partition=partition_of(placed["site"])).group_by("part").agg(pl.col("partition").n_unique())
        )
        assert partitions["partition"].max() <= PARTITIONS
    assert (parts_module.PART_BYTES, parts_module.DOCUMENT_BYTES) == (32 << 20, 1024)


PIECES = st.lists(st.tuples(st.integers(0, 2), st.text(max_size=30)), max_size=20)


@given(PIECES, st.integers(0, 500) | st.none())
def test_a_store_gives_back_what_was_put_there(pieces: list[tuple[int, str]], room: int | None) -> None:
    """In the order of the documents, whether a piece was held or written; what was handed over is gone from the index."""
    with TemporaryDirectory() as folder:
        store = WorkFolder(Path(folder)) if room is None else Shelf(room)
        index = Index(store)
        wanted: dict[int, list[tuple[int, str]]] = {}
        for number, (key, text) in enumerate(reversed(pieces)):
            rows = pl.DataFrame({"doc": [number], "text": [text]}, schema=TEXTS)
            index.enter(store.put(f"unit-{number}", "", [("texts", key, rows)]))
            wanted.setdefault(key, []).append((number, text))
        for key in range(3):
            rows = wanted.get(key, [])
            assert index.look("texts", key, TEXTS).rows() == rows
            odd = pl.Series([number for number, _ in rows if number % 2], dtype=pl.UInt32)
            assert among(index.places("texts", key), TEXTS, odd).rows() == [row for row in rows if row[0] % 2]
            assert index.take("texts", key, TEXTS).rows() == rows
            assert index.take("texts", key, TEXTS).is_empty()
        store.close()


def test_a_crate_is_found_again_only_whole_and_of_the_same(tmp_path: Path) -> None:
    """Not with one bit flipped anywhere, nor cut short, nor made from something else."""
    store = WorkFolder(tmp_path)
    rows = pl.DataFrame({"doc": [1, 2], "text": ["a", "b"]}, schema=TEXTS)
    digest = digest_of("settings", rows)
    assert store.find("unit", digest) is None
    put = store.put("unit", digest, [("texts", 7, rows)])
    found = store.find("unit", digest)
    assert found is not None
    assert found.found
    assert found.places == put.places
    assert store.find("unit", digest_of("settings", rows.reverse())) is None
    (path,) = tmp_path.iterdir()
    raw = path.read_bytes()
    for place in range(len(raw)):
        path.write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        assert store.find("unit", digest) is None
        path.write_bytes(raw[:place])
        assert store.find("unit", digest) is None


def test_things_are_taken_as_there_is_room() -> None:
    """An engine never runs ahead of what it has done by more than its workers; results keep their order."""
    taken: list[int] = []

    def things() -> object:
        for number in range(20):
            taken.append(number)
            yield number

    for done in LocalEngine(Config(), workers=3).each(lambda number: number, things()):
        assert len(taken) <= done + 4
    assert done == 19
