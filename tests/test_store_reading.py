"""From inputs to documents: what is meant is found, each file once, and nothing is read that is not a text."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from itertools import permutations
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from clean.config import Config
from clean.errors import InputError
from clean.jobs.explain import explain
from clean.jobs.restore import restore, verify
from clean.jobs.run import run
from clean.schema import DOCUMENTS, QUARANTINE
from clean.store import batching, reading
from clean.store.formats import finding, parquets, unpacking
from clean.store.formats.corpus import SOURCES
from clean.store.reading import Corpus, read


def corpus_of(folder: Path, *inputs: str, **settings: str) -> Corpus:
    """Inputs read relative to `folder`."""
    return read([str(folder / given) for given in inputs or ("",)], Config(**settings))  # type: ignore[arg-type]


def tree(folder: Path, files: dict[str, bytes]) -> None:
    """Files by their path in `folder`."""
    for name, raw in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(raw)


# ---------------------------------------------------------------- what is found


def test_the_tables_have_their_schemas(tmp_path: Path) -> None:
    """Every table travels with its columns, full or empty."""
    tree(tmp_path, {"a.txt": b"a", "b.jsonl": b'{"text": "b"}\nbad\n', "c.jsonl": b""})
    corpus = corpus_of(tmp_path)
    assert dict(corpus.documents.schema) == DOCUMENTS
    assert dict(corpus.quarantine.schema) == QUARANTINE
    assert dict(corpus.sources.schema) == SOURCES
    assert corpus.sources["records"].sum() == corpus.documents.height + corpus.quarantine.height


def test_the_order_of_arguments_does_not_matter(tmp_path: Path) -> None:
    """Files, folders and globs in any order, and one file named three ways, are one and the same corpus."""
    tree(tmp_path, {"b.txt": b"b", "a/x.txt": b"x", "a/b/y.txt": b"y", "c.jsonl": b'{"text": "c"}'})
    found = [corpus_of(tmp_path, *inputs) for inputs in permutations(["a", "a/b/y.txt", "*.txt", "c.jsonl"])]
    assert all(corpus.documents.equals(found[0].documents) for corpus in found)
    assert found[0].sources["source"].to_list() == ["b.txt", "c.jsonl", "x.txt", "y.txt"]


def test_equal_names_get_their_folders(tmp_path: Path) -> None:
    """Two files of one name are told apart by as many parents as it takes, and their ids too."""
    tree(tmp_path, {"one/deep/x.txt": b"1", "two/deep/x.txt": b"2", "two/y.txt": b"3"})
    corpus = corpus_of(tmp_path, "one/deep", "two/deep", "two/y.txt")
    assert corpus.sources["source"].to_list() == ["one/deep/x.txt", "two/deep/x.txt", "y.txt"]
    assert corpus.documents["doc_id"].to_list() == ["one/deep/x", "two/deep/x", "y"]


def test_a_text_is_named_without_suffixes(tmp_path: Path) -> None:
    """`a.txt.gz` is `a`; `001_x.txt` is `001_x`; what then is equal keeps what tells it apart."""
    tree(
        tmp_path,
        {
            "a.txt.gz": gzip.compress(b"a"),
            "001_x.txt": b"",
            "v.1.TXT": b"",
            "s/b.md": b"",
            "b.md": b"",
            "c.md": b"",
            "c.txt": b"",
        },
    )
    assert corpus_of(tmp_path).documents["doc_id"].to_list() == ["001_x", "a", "b", "c.md", "c.txt", "s/b", "v.1"]


def test_no_text_has_the_name_of_another(tmp_path: Path) -> None:
    """`a.txt.txt` would be `a.txt`, which beside `a.md` is the id of `a.txt`; and so on, from `a.txt.txt.txt`."""
    tree(tmp_path, dict.fromkeys(("a.md", "a.txt", "a.txt.txt", "a.txt.txt.txt", "b.txt.txt"), b""))
    found = corpus_of(tmp_path).documents
    assert found["doc_id"].to_list() == ["a.md", "a.txt", "a.txt.txt", "a.txt.txt.txt", "b.txt"]


FIELDS: dict[str, bytes] = {
    "a.jsonl": b'{"id": 1, "text": "a"}\n',
    "a.csv": b"id,text\n1,a\n",
    "a.tsv": b"id\ttext\n1\ta\n",
}


@pytest.mark.parametrize("name", [*FIELDS, "a.parquet"])
def test_a_misspelt_id_field_is_refused_with_those_that_are_there(tmp_path: Path, name: str) -> None:
    """Where no record has it; one of a corpus is enough, and `id`, which nobody named, may be missing from all."""
    tree(tmp_path, {name: FIELDS.get(name, b"")})
    if name == "a.parquet":
        pl.DataFrame({"id": [1], "text": ["a"]}).write_parquet(tmp_path / name)
    with pytest.raises(InputError, match=r"^no record has the field 'key' that --id-field names; there is id, text$"):
        corpus_of(tmp_path, id_field="key")
    tree(tmp_path, {"b.jsonl": b'{"key": "k", "text": "b"}\n', "c.jsonl": b'{"text": "c"}\n'})
    assert corpus_of(tmp_path, id_field="key").documents["doc_id"].to_list()[1:] == ["k", "c:1"]
    assert corpus_of(tmp_path, "c.jsonl").documents["doc_id"].to_list() == ["c:1"]


def test_texts_alone_need_no_id_field(tmp_path: Path) -> None:
    """Their ids are their names; the field is what these are called in the output."""
    tree(tmp_path, {"a.txt": b"a"})
    assert corpus_of(tmp_path, id_field="key").documents["doc_id"].to_list() == ["a"]


def test_what_is_left_alone_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links out of the folder, loops, fifos, sockets, hidden files and unknown suffixes: skipped, with the reason."""
    tree(tmp_path / "out", {"secret.txt": b"no"})
    tree(tmp_path / "in", {"a.txt": b"a", ".hidden.txt": b"", ".git/x.txt": b"", "x.png": b"", "sub/b.txt": b"b"})
    home = tmp_path / "in"
    (home / "away.txt").symlink_to(tmp_path / "out" / "secret.txt")
    (home / "away").symlink_to(tmp_path / "out")
    (home / "loop").symlink_to(home)
    (home / "round.txt").symlink_to("round.txt")
    (home / "dead.txt").symlink_to("nowhere")
    (home / "same.txt").symlink_to("a.txt")
    os.mkfifo(home / "fifo.txt")
    monkeypatch.chdir(home)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind("sock.txt")
        corpus = read(["."], Config())
    assert corpus.documents["raw"].to_list() == [b"a", b"b"]
    assert dict(corpus.skipped) == {
        ".git": "hidden",
        ".hidden.txt": "hidden",
        "away": "symbolic link that leaves the folder",
        "away.txt": "symbolic link that leaves the folder",
        "dead.txt": "symbolic link that leads nowhere or in a circle",
        "fifo.txt": "it is a fifo, not a regular file",
        "loop": "symbolic link to a folder that is read in its own place",
        "round.txt": "symbolic link that leads nowhere or in a circle",
        "same.txt": "the same file as a.txt",
        "sock.txt": "it is a socket, not a regular file",
        "x.png": "unknown suffix",
    }


def test_a_file_name_of_any_bytes(tmp_path: Path) -> None:
    """A name that is not UTF-8 is shown with escapes, and the file is read."""
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")).write_bytes(b"x")
    tree(tmp_path, {"a[1].txt": b"y"})
    assert corpus_of(tmp_path).documents.select("doc_id", "source").rows() == [("\\xff", "\\xff.txt"), ("a[1]", "a[1].txt")]
    assert corpus_of(tmp_path, "a[1].txt").documents["raw"].to_list() == [b"y"]


def test_names_that_are_shown_alike_are_two(tmp_path: Path) -> None:
    """A byte that is not UTF-8, and the escape that it is shown as."""
    for name in (b"/\xff.txt", b"/\\xff.txt"):
        Path(os.fsdecode(os.fsencode(tmp_path) + name)).write_bytes(name)
    documents = corpus_of(tmp_path).documents
    assert documents.select("source", "raw").rows() == [("2/\\xff.txt", b"/\xff.txt"), ("\\xff.txt", b"/\\xff.txt")]
    assert documents["doc_id"].n_unique() == 2


def test_a_file_name_of_any_bytes_comes_back(tmp_path: Path) -> None:
    """Byte for byte as the texts do, in folders of such names, too, whatever else is shown like it; also of what is no text."""
    files = {b"\xff.txt": b"a", b"\\xff.txt": b"b", b"s\xe9/\xe9.md": b"c", b"caf\xc3\xa9.txt": b"d", b"bin\xff.txt": b"\x7fELF"}
    (tmp_path / os.fsdecode(b"in/s\xe9")).mkdir(parents=True)
    for name, raw in files.items():
        (tmp_path / "in" / os.fsdecode(name)).write_bytes(raw)
    (tmp_path / "in" / os.fsdecode(b"t\xe9.csv")).write_bytes(b"id,text\n1,e\n")
    run([str(tmp_path / "in")], tmp_path / "out", Config())
    assert verify(tmp_path / "out") == ([], 5)
    assert restore(tmp_path / "out", tmp_path / "back").documents == 5
    there = [path for path in (tmp_path / "back").rglob("*") if path.is_file()]
    back = {os.fsencode(path.relative_to(tmp_path / "back")): path.read_bytes() for path in there}
    assert back == files | {b"t\xe9.jsonl": b'{"id": "1", "text": "e"}\n'}
    for name, id in ((b"\xff.txt", "2/\\xff"), (b"\\xff.txt", "\\xff"), (b"s\xe9/\xe9", "\\xe9")):
        assert [story["doc_id"] for story in explain(tmp_path / "out", os.fsdecode(name))] == [id]


@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_a_folder_called_tilde_is_no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str) -> None:
    """polars would take `~/a.parquet` for a file of the home folder: another text would be read, published and verified."""
    tree(tmp_path, {"~/x": b"", "home/x": b""})
    pl.DataFrame({"text": ["of the home folder"]}).write_parquet(tmp_path / "home" / "a.parquet")
    pl.DataFrame({"text": ["of this folder"]}).write_parquet(tmp_path / "~" / "a.parquet")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    run(["~/a.parquet"], Path("~/out"), Config(formats=(format,)))
    assert verify(Path("~/out")) == ([], 1) and restore(Path("~/out"), Path("back")).documents == 1
    assert "of this folder" in (tmp_path / "back" / "a.jsonl").read_text() and not (tmp_path / "home" / "out").exists()


@pytest.mark.parametrize("folder", [b"/[x", b"/news [1]", b"/*", b"/\xff"])
def test_parquet_is_read_below_any_folder(tmp_path: Path, folder: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """polars would take brackets and stars for a pattern, and takes no name that is not UTF-8; from within the folder, too."""
    home = Path(os.fsdecode(os.fsencode(tmp_path) + folder))
    home.mkdir()
    with (home / "a.parquet").open("wb") as file:
        pl.DataFrame({"text": ["a text"], "n": [1]}).write_parquet(file)
    assert corpus_of(tmp_path).documents["raw"].to_list() == [b"a text"]
    monkeypatch.chdir(home)
    assert corpus_of(Path(), "a.parquet").documents["raw"].to_list() == [b"a text"]


@pytest.mark.parametrize(
    ("given_input", "message"),
    [
        ("nowhere", "nowhere does not exist; an input is a file, a folder, a glob, or -"),
        ("*.none", r"\*\.none matches nothing"),
        (
            "a.docx",
            r"a\.docx cannot be read: its suffix says no format; known are \.txt \.text \.md .*\(each also \.gz, .*and \.parquet$",
        ),
        ("a.parquet.gz", "its suffix says no format"),
        ("fifo", "it is a fifo; pipe it into - instead"),
        ("empty", r"empty: nothing to read; 1 left alone, such as .*\.hidden \(hidden\)|nothing to read"),
    ],
)
def test_an_input_that_cannot_be_used_is_an_error(tmp_path: Path, given_input: str, message: str) -> None:
    """One sentence: what, where, what to do."""
    tree(tmp_path, {"a.docx": b"", "a.parquet.gz": b"", "empty/.hidden": b""})
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(InputError, match=message) as error:
        corpus_of(tmp_path, given_input)
    assert "\n" not in str(error.value)


def test_stdin_is_json_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` reads records, named after stdin and their line."""
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b'{"text": "a"}\n{"text": "b"}\n')))
    corpus = read(["-"], Config())
    assert corpus.documents["doc_id"].to_list() == ["stdin:1", "stdin:2"]
    assert corpus.sources["bytes"].to_list() == [28]


def test_a_very_deep_folder_is_read(tmp_path: Path) -> None:
    """A stack, not recursion: 400 levels are nothing."""
    here = tmp_path
    for _ in range(400):
        here = here / "d"
        here.mkdir()
    (here / "x.txt").write_bytes(b"x")
    assert corpus_of(tmp_path).sources["source"].to_list() == ["d/" * 400 + "x.txt"]


# ---------------------------------------------------------------- what is packed


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.csv"])
def test_packed_and_plain_are_the_same(tmp_path: Path, name: str, suffix: str) -> None:
    """The same documents from every packing; size and sha256 are those of the file as stored."""
    raw = {"a.txt": b"x\ny", "a.jsonl": b'{"text": "x\\ny"}', "a.csv": b'text\n"x\ny"\n'}[name]
    packs: dict[str, Callable[[bytes], bytes]] = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}
    packed = packs[suffix](raw)  # once: gzip writes down the second
    tree(tmp_path, {name + suffix: packed})
    corpus = corpus_of(tmp_path)
    assert corpus.documents["raw"].to_list() == [b"x\ny"]
    assert corpus.sources["sha256"].to_list() == [hashlib.sha256(packed).hexdigest()]
    assert corpus.sources["bytes"].to_list() == [len(packed)]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_members_that_follow_each_other_are_one_file(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """Archives joined by `cat` are read to the end."""
    name = "a.txt.gz" if pack is gzip.compress else "a.txt.zst"
    tree(tmp_path, {name: pack(b"one ") + pack(b"") + pack(b"two")})
    assert corpus_of(tmp_path).documents["raw"].to_list() == [b"one two"]


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_damaged_archive_is_named(tmp_path: Path, suffix: str) -> None:
    """Cut anywhere, flipped, empty, or something else: an error with the file's name, never half a text."""
    text = os.urandom(3000).hex().encode()
    whole = gzip.compress(text) if suffix == ".gz" else zstandard.ZstdCompressor(write_checksum=True).compress(text)
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    for broken in [
        *(whole[:cut] for cut in range(0, len(whole), 97)),
        whole[:-1],
        bytes(flipped),
        b"plain text",
        whole + b"junk",
    ]:
        tree(tmp_path, {f"a.txt{suffix}": broken})
        with pytest.raises(InputError, match=rf"a\.txt\{suffix} is (truncated|damaged)"):
            corpus_of(tmp_path)


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive that unpacks to far more than its size stops early, whatever holds it."""
    monkeypatch.setattr(unpacking, "FREE", 1 << 20)
    bomb = b"a" * (8 << 20)
    for name, raw in {"a.txt.gz": gzip.compress(bomb), "b.jsonl.zst": zstandard.compress(bomb)}.items():
        tree(tmp_path / name, {name: raw})
        with pytest.raises(InputError, match=f"{name} unpacks to more than 200 times its size"):
            corpus_of(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "header", "row"), [("a.jsonl", b"", b"{}\n"), ("a.csv", b"text\n", b"a\n"), ("b.csv", b"text\r", b"a\r")]
)
@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_flood_of_tiny_records_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, header: bytes, row: bytes, pack: Callable[[bytes], bytes]
) -> None:
    """Every record takes memory, so 400 KB must not become 128 million; plain files and real ratios are no flood."""
    monkeypatch.setattr(unpacking, "FREE", 1 << 20)
    suffix = ".gz" if pack is gzip.compress else ".zst"
    flood = header + row * 10_000
    tree(tmp_path / "packed", {name + suffix: pack(flood)})
    with pytest.raises(InputError, match=rf"{name}\{suffix} unpacks to .* a flood of tiny records; if it is meant to, unpack it"):
        corpus_of(tmp_path / "packed")
    honest = header + row * 1_000 + (b'{"text": "x"}\n' if name == "a.jsonl" else b"")
    tree(tmp_path / "honest", {name + suffix: pack(honest)})
    assert corpus_of(tmp_path / "honest").documents.height >= 1_000


# ---------------------------------------------------------------- what is text


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0",
        b"plain",
        b"\xff\xfe\x41\x00\x42\x00" * 50,
        "Grüße\n".encode("latin-1") * 100,
        "text\n".encode("utf-16"),
        b"\xef\xbb\xbfmark",
        b"one NUL \0 in the middle of a text",
        b"\x1b[31mred\x1b[0m\r\n\x0c" * 100,
        bytes(range(256)),
        "新闻".encode("gb18030") * 500,
    ],
)
def test_a_text_of_any_encoding_is_read_as_it_is(tmp_path: Path, raw: bytes) -> None:
    """Decoding is repair's work: the bytes are passed on, however damaged."""
    tree(tmp_path, {"a.txt": raw})
    assert corpus_of(tmp_path).documents["raw"].to_list() == [raw]


@given(st.binary(max_size=300))
def test_short_texts_of_any_bytes_are_read_or_put_aside(raw: bytes) -> None:
    """Each input is accounted for, whole: as a document or in quarantine."""
    with tempfile.TemporaryDirectory() as folder:
        tree(Path(folder), {"a.txt": raw})
        corpus = read([folder], Config())
    assert [*corpus.documents["raw"], *corpus.quarantine["raw"]] == [raw]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "the file is not text: it begins like an image, an archive or a program"),
        (bytes(range(256)) * 40, "the file is not text: one byte in twenty or more is a control character"),
        ("a text\n".encode("utf-16-le") * 20, "the file looks like UTF-16 without a byte order mark: convert it to UTF-8"),
    ],
)
def test_a_binary_is_put_aside(tmp_path: Path, raw: bytes, reason: str) -> None:
    """Whole, with the reason; the other files are read."""
    tree(tmp_path, {"a.txt": raw, "b.txt": b"b"})
    corpus = corpus_of(tmp_path)
    assert corpus.quarantine.rows() == [("a.txt", 1, 0, reason, raw)]
    assert corpus.documents["doc_id"].to_list() == ["b"]


def test_the_site_is_the_host_of_the_address(tmp_path: Path) -> None:
    """Whatever stands around it, and in small letters; none where there is none."""
    hosts = {
        "https://a.example/one?x=1": "a.example", "https://a.example": "a.example", "https://a.example?q=/": "a.example",
        "http://A.Example/One": "a.example", "https://a.example:8080/x": "a.example", "https://me@b.example/x": "b.example",
        " https://a.example/x": "a.example", "https://a.ex\tample/x": "a.example", "//c.example/x": "c.example",
        "ftp://d.example/": "d.example", "http://[half": "", "a.example/x": "", "": "", "https://a_b.example/": "a_b.example",
    }  # fmt: skip
    lines = (json.dumps({"text": "x", "url": address}) for address in hosts)
    (tmp_path / "a.jsonl").write_text("\n".join(lines), "utf-8")
    assert corpus_of(tmp_path).documents["group"].to_list() == list(hosts.values())


# ---------------------------------------------------------------- Parquet


def test_parquet_gives_text_id_and_group(tmp_path: Path) -> None:
    """Ids of any type as text, null texts null, binary texts as they are; the other columns wait in the file."""
    pl.DataFrame({"id": [7, None], "text": ["a", None], "url": ["http://x.org/1", None]}).write_parquet(tmp_path / "a.parquet")
    pl.DataFrame({"text": [b"\xff"]}).write_parquet(tmp_path / "b.parquet")
    documents = corpus_of(tmp_path).documents
    assert documents["doc_id"].to_list() == ["7", "a:2", "b:1"]
    assert documents["raw"].to_list() == [b"a", None, b"\xff"]
    assert documents["group"].to_list() == ["x.org", "", ""]
    assert documents["row"].to_list() == [0, 1, 0]
    assert documents["meta"].null_count() == 3


def test_parquet_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    """Damaged, empty, without the column, or with a column that is no text: one sentence."""
    frame = pl.DataFrame({"body": ["a" * 1000], "n": [1]})
    frame.write_parquet(tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    with pytest.raises(InputError, match=r"a\.parquet has no column 'text'; it has body, n: .* --text-field"):
        corpus_of(tmp_path)
    with pytest.raises(InputError, match="column 'n' is Int64, not a text"):
        corpus_of(tmp_path, text_field="n")
    for broken in (b"", b"PAR1", whole[:-1], whole[: len(whole) // 2], b"x" * 100):
        tree(tmp_path, {"a.parquet": broken})
        with pytest.raises(InputError, match=r"a\.parquet is damaged, or not Parquet") as error:
            corpus_of(tmp_path, text_field="body")
        assert "\n" not in str(error.value)


def test_parquet_that_unpacks_without_end_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One value that fills a file of 1,000 bytes is read until it is too much; a few that repeat are read."""
    monkeypatch.setattr(unpacking, "FREE", 1 << 20)
    path = tmp_path / "a.parquet"
    pl.DataFrame({"text": pl.repeat("x" * 1_000_000, 50, eager=True)}).write_parquet(path)
    with pytest.raises(
        InputError, match=r"^a\.parquet unpacks to more than 10,000 times its size; if it is meant to, give it as"
    ):
        parquets.try_all(path, "a.parquet")
    pl.DataFrame({"text": ["one", "two"] * 500_000}).write_parquet(path)
    parquets.try_all(path, "a.parquet")


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_an_error_names_no_ten_thousand_columns(tmp_path: Path, suffix: str) -> None:
    """The first of them, and how long the list is."""
    table = pl.DataFrame({f"column {number}": ["x"] for number in range(300)})
    table.write_csv(tmp_path / "a.csv") if suffix == "csv" else table.write_parquet(tmp_path / "a.parquet")
    with pytest.raises(InputError, match=r"has no column '9{79}… .* it has column 0, column 1, ") as error:
        corpus_of(tmp_path, text_field="9" * 5000)
    assert len(str(error.value)) < 1500


def test_parquet_for_which_the_system_gives_no_file_is_not_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """polars panics when too many files are open."""

    def refuse(*_: object) -> None:
        panic = (
            'called `Result::unwrap()` on an `Err` value: Os { code: 24, kind: TooManyOpenFiles, message: "Too many open files" }'
        )
        raise pl.exceptions.PanicException(panic)

    (tmp_path / "a.parquet").write_bytes(b"x")
    monkeypatch.setattr(pl, "read_parquet_schema", refuse)
    with pytest.raises(InputError, match=r"^a\.parquet cannot be read: Too many open files$"):
        parquets.schema(tmp_path / "a.parquet", "a.parquet")


def test_many_rows_are_read_in_stretches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However little is stored of them."""
    monkeypatch.setattr(parquets, "ROWS", 3)
    path = tmp_path / "a.parquet"
    pl.DataFrame({"text": list("abcdefgh"), "n": range(8)}).write_parquet(path)
    read = list(parquets.stretches(path, "a.parquet", ["n"]))
    assert [first for first, _ in read] == [0, 3, 6]
    assert pl.concat(frame for _, frame in read)["n"].to_list() == list(range(8))


def test_a_row_of_parquet_over_the_cap_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With all its columns, as JSON; the rows around it keep their numbers, their ids and what else they hold."""
    monkeypatch.setattr(parquets, "ROWS", 3)
    texts = [b"a", b"x" * 9, None, b"b", b"\xff" * 9, b"c" * 8]
    pl.DataFrame({"n": range(6), "text": texts}).write_parquet(tmp_path / "a.parquet")
    corpus = read([str(tmp_path)], Config(max_record_bytes=8))
    assert corpus.documents.select("doc_id", "row", "raw").rows() == [(f"a:{row + 1}", row, texts[row]) for row in (0, 2, 3, 5)]
    reason = "the row's text has 9 bytes, more than max_record_bytes = 8 allows"
    assert corpus.quarantine.rows() == [
        ("a.parquet", 2, 0, reason, b'{"n": 1, "text": "xxxxxxxxx"}'),
        ("a.parquet", 5, 0, reason, b'{"n": 4, "text": "' + b"\\udcff" * 9 + b'"}'),
    ]
    assert corpus.sources["records"].to_list() == [6]


def test_stems() -> None:
    """The name without what says how to read it."""
    assert [finding.stem(name) for name in ("s/a.b.txt.gz", "a.JSONL", "a", "v1.2", "a.tar.gz")] == [
        "s/a.b",
        "a",
        "a",
        "v1.2",
        "a.tar",
    ]


# ---------------------------------------------------------------- read elsewhere, in portions

LINES = st.lists(
    st.sampled_from(
        [b'{"text": "a", "id": 1}', b'{"text": "long ' + b"x" * 90 + b'"}', b'{"x": 1}', b"not JSON", b"", b'{"text": null}\r']
    )
)


@given(st.lists(LINES, max_size=4), st.booleans(), st.integers(1, 130), st.integers(1, 40))
def test_what_is_read_in_portions_is_what_is_read_at_once(files: list[list[bytes]], ended: bool, batch: int, chunk: int) -> None:
    """Block by block, with all that is told of the sources, wherever windows and chunks are cut."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(batching, "BATCH_BYTES", batch)
        patch.setattr(unpacking, "CHUNK", chunk)
        lines = [b'{"text": "first"}', *(line for file in files for line in file)]
        for number, file in enumerate([lines, *files]):
            Path(folder, f"{number}.jsonl").write_bytes(b"\n".join(file) + b"\n" * ended)
        Path(folder, "a.jsonl.gz").write_bytes(gzip.compress(b"\n".join(lines)))
        Path(folder, "b.txt").write_text("text", "utf-8")
        found = []
        for read_blocks in (here, elsewhere):
            reader = reading.Reader([folder], Config())
            try:
                blocks = list(read_blocks(reader))
            except InputError as error:
                found.append(str(error))
                continue
            origin = reader.origin()
            found.append((blocks, origin.sources.rows(), origin.quarantine.rows()))
        assert found[0] == found[1]


def here(reader: reading.Reader) -> Iterator[list[tuple[object, ...]]]:
    """The blocks, each as its rows without their numbers."""
    for frame in reader.batches():
        yield frame.drop("doc").rows()


def elsewhere(reader: reading.Reader) -> Iterator[list[tuple[object, ...]]]:
    """The same, each portion read by itself."""
    batches = (
        (batch.told(file), batching.documents_of([batch], 0).drop("doc").rows())
        for portion in reader.portions()
        for file, batch in batching.read_sources(portion.sources, Config())
    )
    for block in reader.blocks(batches):
        yield [row for rows in block for row in rows]
