"""Inputs that mean harm, as data: every record is accounted for, and comes back byte for byte.

Each case is a folder of files. The command cleans all folders that take the same options at once, and restores them; then
what was read is what was published, removed and quarantined, and the texts that are not in quarantine are those that went in.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import zstandard
from writing import Writer, page

ARTICLE = page(Writer(11).article(3))
Text = str | None


@dataclass(frozen=True)
class Case:
    """Files by name; the texts that must come back by file, those of a text file as bytes; how many records are bad."""

    name: str
    files: dict[str, bytes]
    texts: dict[str, list[Text]] = field(default_factory=dict)  # records
    bad: int = 0
    contains: tuple[bytes, ...] = ()  # what must come back as it was written
    options: tuple[str, ...] = ()


def lines(*records: str, end: str = "\n") -> bytes:
    """Records as the lines of a file."""
    return "".join(record + end for record in records).encode()


def ids(*given: str) -> bytes:
    """One record for each id."""
    return lines(*(json.dumps({"id": id, "text": f"the text of record {number}"}) for number, id in enumerate(given)))


HARD_IDS = [
    "../up", "..", ".", "/etc/passwd", "a/b", "nul\0byte", "CON", "con.txt", "LPT1", "x" * 5000, "é" * 3000, "Case", "cASE",
    "caf\u00e9", "cafe\u0301", "\ufb01", "fi", " ", "", "trailing.", "trailing ", "a\nb", "\u202egpj", "\x1b[31m", "~", "%2F", "a%", "-o",
    "COM\u00b9", "\ud83d\ude00",
]  # fmt: skip

NEAR_IDS = [
    "\u00df",
    "SS",
    "ss",
    "\u1e9e",
    "\u0130",
    "i\u0307",
    "\u0131",
    "I",
    "i",
    "K",
    "\u212a",
    "k",
    "\u017f",
    "s",
    "S",
    "\u00c5",
    "\u212b",
    "A\u030a",
    "1",
    "1.0",
    "null",
]
URLS: list[Any] = [
    "http://[half", "http://[::1]/x", "//", "http://", "http://user:word@example.com:999999/", "http://example.com:port/", "mailto:x", "http://\0x/", "http://a b/",
    "http://" + "a" * 70_000 + ".com", "\ud83d", "http://\u202eevil/", "http://ex\u2100mple.com/", "http://[v1.x]/", "http:\\\\example.com\\", "http://%00/", "http://[::1%eth0]/",
    1, None, True, ["http://x"], {"a": "http://x"},
]  # fmt: skip
SKIPPED = b"\x50\x2a\x4d\x18\x05\0\0\0hello"  # a frame of Zstandard that holds nothing
FRAME = zstandard.compress(b'{"text": "a frame"}\n')

CASES = [
    Case("byte order mark", {"a.jsonl": b"\xef\xbb\xbf" + lines('{"text": "one"}'), "b.txt": b"\xef\xbb\xbftext"}, {"a.jsonl": ["one"]}),
    Case("line ends", {"a.jsonl": lines('{"text": "one\\r\\ntwo"}', "", " \t", '{"text": "three\\r"}', end="\r\n"), "b.txt": b"x\r\ny\rz\n\r\n"},
         {"a.jsonl": ["one\r\ntwo", "three\r"]}),
    Case("no last line end", {"a.jsonl": b'{"text": "one"}\n{"text": "two"}'}, {"a.jsonl": ["one", "two"]}),
    Case("lone surrogate escapes", {"a.jsonl": lines('{"text": "x \\ud800 y", "o": "\\udfff", "\\udead": 1}', '{"text": "\\ude00\\ud83d"}', '{"text": "\\ud83d\\ude00"}')},
         {"a.jsonl": ["x \ud800 y", "\ude00\ud83d", "\U0001f600"]}, contains=(b'"o": "\\udfff"',)),
    Case("NUL and U+2028", {"a.jsonl": lines('{"text": "a\\u0000b\u2028c\u2029d\u0085e"}'), "b.txt": "a\0b\u2028c\u2029d\u0085e\x0c\x1c".encode()},
         {"a.jsonl": ["a\0b\u2028c\u2029d\u0085e"]}),
    Case("duplicate keys", {"a.jsonl": lines('{"text": "first", "x": 1, "x": 2, "text": "last"}')}, {"a.jsonl": ["last"]}, contains=(b'"x": 1, "x": 2',)),
    Case("numbers", {"a.jsonl": lines('{"text": "one", "a": 1.10, "b": 1e400, "c": 1234567890123456789012345678901234567890, "d": -0, "e": NaN}')},
         {"a.jsonl": ["one"]}, contains=(b'"a": 1.10, "b": 1e400, "c": 1234567890123456789012345678901234567890, "d": -0, "e": NaN',)),
    Case("deep nesting", {"a.jsonl": lines('{"text": "one", "x": ' + "[" * 5000 + "]" * 5000 + "}", '{"text": "two", "x": ' + "[" * 150 + "]" * 150 + "}", '{"a":' * 100_000)},
         {"a.jsonl": ["two"]}, bad=2, contains=(b"[" * 150,)),
    Case("not UTF-8", {"a.jsonl": b'{"text": "good"}\n{"text": "\xff\xfe"}\n', "b.txt": b"\xff\x80 caf\xe9 \xed\xa0\x80 \xc0\xaf\n" * 3, "c.csv": b"text\ngood\nb\xffd\n"},
         {"a.jsonl": ["good"], "c.jsonl": ["good"]}, bad=2),
    Case("texts that are none", {"a.jsonl": lines('{"text": 7}', '{"text": ["x"]}', '{"text": {"text": "x"}}', '{"text": true}', '{"text": null}', '{"id": 1}', '{"text": ""}')},
         {"a.jsonl": [None, None, ""]}, bad=4),
    Case("lines that are no record", {"a.jsonl": lines("[]", "7", '"text"', "{", '{"text": "x"', '{"text": "x"}}', "{'text': 'x'}", '{"text": "fine"}', "\0")},
         {"a.jsonl": ["fine"]}, bad=8),
    Case("ragged CSV", {"a.csv": b'id,text\n1,one\n2\n3,three,more\n4,"fo\nur"\n5,"fi"ve"\n6,six\n7,"open\n8,eight\n'},
         {"a.jsonl": ["one", "fo\nur", "six", "eight"]}, bad=4),
    Case("CSV line ends and quotes", {"a.csv": b'id,text,"x,y"\r\n"007","a ""b"" c",1e5\r\n1e5,"x\r\ny",\r\n', "b.tsv": b'text\tid\r" a "\t1\rb\t2\r'},
         {"a.jsonl": ['a "b" c', "x\r\ny"], "b.jsonl": [" a ", "b"]}),
    Case("UTF-16 and Latin-1", {"a.txt": "Grüße aus Köln\n".encode("utf-16"), "b.txt": "Grüße aus Köln\n".encode("latin-1"), "c.txt": "Grüße\n".encode("utf-16-be")}),
    Case("binaries", {"a.txt": b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "b.txt": bytes(range(256)) * 40, "c.txt": b"PK\x03\x04zip", "d.txt": b"fine"}, bad=3),
    Case("names of files", {"we\nird.txt": b"1", "-o.txt": b"2", "A.txt": b"3", "a.txt": b"4", "caf\u00e9.txt": b"5", "cafe\u0301.txt": b"6", "s/a.txt": b"7",
                            "\u202e.txt": b"8", " .txt": b"9", "CON.txt": b"10", "a.txt.txt": b"11"}),
    Case("hard ids", {"a.jsonl": ids(*HARD_IDS)}, {"a.jsonl": [f"the text of record {n}" for n in range(len(HARD_IDS))]}),
    Case("equal ids", {"a.jsonl": ids("x", "x", "X", "x~2")}, {"a.jsonl": [f"the text of record {n}" for n in range(4)]}),
    Case("ids of all types", {"a.jsonl": lines('{"id": 1, "text": "a"}', '{"id": 1.10, "text": "b"}', '{"id": true, "text": "c"}', '{"id": null, "text": "d"}', '{"id": [1], "text": "e"}')},
         {"a.jsonl": ["a", "b", "c", "d", "e"]}, contains=(b'"id": 1.10', b'"id": true', b'"id": [1]')),
    Case("copies are removed and come back", {"a.jsonl": lines(*(json.dumps({"id": n, "text": ARTICLE, "n": 1}) for n in range(3))), "b.txt": ARTICLE.encode()},
         {"a.jsonl": [ARTICLE] * 3}),
    Case("records that are too long", {"a.jsonl": lines('{"text": "' + "x" * 3000 + '"}', '{"text": "short"}'), "b.csv": b"text\n" + b"y" * 3000 + b"\nshort\n", "c.txt": b"z" * 3000},
         {"a.jsonl": ["short"], "b.jsonl": ["short"]}, bad=3, options=("--max-record-bytes", "2000")),
    Case("escapes and markup", {"a.txt": b"\x1b[31mred\x1b]0;owned\x07 [/x] [bold]\n::error::x\n<script>alert(1)</script>\n{{ 7*7 }}\n", "b.txt": b"---\nconfigs: []\n---\n"}),
    Case("archives in pieces", {"a.txt.gz": gzip.compress(b"one\n") + gzip.compress(b"") + gzip.compress(b"two\n") + bytes(99),
                                "b.jsonl.gz": gzip.compress(b'{"text": "on') + gzip.compress(b'e"}\n'), "c.jsonl.zst": SKIPPED + FRAME + SKIPPED + FRAME + SKIPPED, "d.txt.zst": SKIPPED},
         {"b.jsonl": ["one"], "c.jsonl": ["a frame"] * 2}),
    Case("byte order marks alone", {"a.txt": b"\xef\xbb\xbf", "b.jsonl": b"\xef\xbb\xbf", "c.csv": b"\xef\xbb\xbf", "d.txt": b"\xff\xfe", "e.txt": b"\xfe\xff", "f.txt": b"\xef\xbb"}),
    Case("two byte order marks", {"a.txt": b"\xef\xbb\xbf\xef\xbb\xbfx", "b.jsonl": b"\xef\xbb\xbf\xef\xbb\xbf" + lines('{"text": "lost"}', '{"text": "one"}')}, {"b.jsonl": ["one"]}, bad=1),
    Case("UTF-32, and UTF-16 cut in the middle", {"a.txt": "Grüße aus Köln".encode("utf-32"), "b.txt": "Grüße aus Köln".encode("utf-32-be"), "c.txt": "Grüße 😀".encode("utf-16")[:-1],
                                                  "d.txt": b"\xff\xfe" + b"\x00\xd8" * 3, "e.txt": ("Grüße " * 30).encode("utf-32-le")}, bad=2),
    Case("lone carriage returns", {"a.txt": b"a\rb\r\rc\r" * 30, "b.csv": b"text,id\ra,1\rb,2\r", "c.jsonl": lines('{"text": "\\r"}', '{"text": "a\\r\\n\\rb"}')}, {"b.jsonl": ["a", "b"], "c.jsonl": ["\r", "a\r\n\rb"]}),
    Case("urls of odd shapes", {"a.jsonl": lines(*(json.dumps({"text": f"the text of url {number}", "url": url}) for number, url in enumerate(URLS)))},
         {"a.jsonl": [f"the text of url {number}" for number in range(len(URLS))]}),
    Case("ids that are nearly equal", {"a.jsonl": ids(*NEAR_IDS)}, {"a.jsonl": [f"the text of record {n}" for n in range(len(NEAR_IDS))]}),
    Case("nothing at all", {"a.txt": b"", "b.jsonl": b"", "c.csv": b"", "d.txt": b"\n\n \n", "e.csv": b"text\n"}),
]  # fmt: skip


def clean(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    """Run the command to its end."""
    return subprocess.run([sys.executable, "-m", "clean", *arguments], cwd=cwd, capture_output=True, timeout=120, check=False)


@dataclass(frozen=True)
class Ran:
    """What a run over some cases left, and what `restore` made of it."""

    folder: Path
    code: int
    manifest: dict[str, Any]
    documents: dict[str, int]  # of the report
    fates: pl.DataFrame
    quarantine: list[tuple[str, int, bytes]]  # source, offset, raw


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Callable[[tuple[str, ...]], Ran]:
    """Clean and restore all cases that take the same options, once."""

    @cache
    def run(options: tuple[str, ...]) -> Ran:
        folder = tmp_path_factory.mktemp("hostile")
        for case in CASES:
            for name, raw in case.files.items() if case.options == options else ():
                (folder / "in" / case.name / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / "in" / case.name / name).write_bytes(raw)
        formats = [word for format in ("jsonl", "parquet", "csv", "txt") for word in ("--format", format)]
        done = clean("run", "in", "-o", "out [1]", *formats, *options, cwd=folder)
        assert done.returncode in (0, 1), done.stderr
        assert b"Traceback" not in done.stderr and b"\x1b" not in done.stderr
        back = clean("restore", "out [1]", "-o", "back", cwd=folder)  # which verifies first
        assert back.returncode == 0, back.stderr
        assert sorted(path.name for path in folder.iterdir()) == ["back", "in", "out [1]"]
        return Ran(
            folder,
            done.returncode,
            json.loads((folder / "out [1]" / "manifest.json").read_bytes()),
            json.loads((folder / "out [1]" / "report.json").read_bytes())["documents"],
            pl.read_parquet(folder / "out [1]" / "documents.parquet", glob=False),
            pl.read_parquet(folder / "out [1]" / "quarantine" / "records.parquet", glob=False)
            .select("source", "offset", "raw")
            .rows(),
        )

    return run


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_record_is_accounted_for_and_comes_back(ran: Callable[[tuple[str, ...]], Ran], case: Case) -> None:
    """Published + removed + quarantined = read, for each file; restored texts are those that went in."""
    done = ran(case.options)
    bad = [row for row in done.quarantine if row[0].startswith(f"{case.name}/")]
    assert len(bad) == case.bad
    for source, offset, raw in bad:
        assert case.files[source.removeprefix(f"{case.name}/")][offset:].startswith(raw) and raw
    fates = done.fates.filter(pl.col("source").str.starts_with(f"{case.name}/"))
    records = [source["records"] for source in done.manifest["inputs"] if source["source"].startswith(f"{case.name}/")]
    assert len(records) == len(case.files)
    assert sum(records) == fates.height + len(bad)
    for name, raw in case.files.items():
        if name.endswith(".txt"):
            assert (done.folder / "back" / case.name / name).read_bytes() == raw, name
    for name, texts in case.texts.items():
        lines = (done.folder / "back" / case.name / name).read_bytes().split(b"\n")[:-1]
        assert [json.loads(line).get("text") for line in lines] == texts, name
    back = b"".join((done.folder / "back" / case.name / name).read_bytes() for name in case.texts)
    assert all(piece in back for piece in case.contains)


@pytest.mark.parametrize("options", sorted({case.options for case in CASES}), ids=str)
def test_the_whole_run_adds_up(ran: Callable[[tuple[str, ...]], Ran], options: tuple[str, ...]) -> None:
    """The report's numbers, exit 1 for what is bad, a file of its own in txt/ for every text, none outside."""
    done = ran(options)
    assert done.code == 1
    facts = done.documents
    assert facts["quarantined"] == sum(case.bad for case in CASES if case.options == options)
    assert facts["kept"] + facts["removed"] + facts["quarantined"] == facts["read"]
    assert sum(source["records"] for source in done.manifest["inputs"]) == facts["read"]
    texts = done.fates.filter(pl.col("fate") == "kept", pl.col("text_sha256").is_not_null())
    assert len({path.name.casefold() for path in (done.folder / "out [1]" / "txt").iterdir()}) == texts.height


def test_a_panic_of_polars_is_one_line(tmp_path: Path) -> None:
    """polars prints a page before it raises: here for a number in the footer that no file can have."""
    buffer = io.BytesIO()
    pl.DataFrame({"text": [ARTICLE] * 9}).write_parquet(buffer)
    whole = buffer.getvalue()
    (tmp_path / "a.parquet").write_bytes(next(broken for broken in map(partial(changed, whole), range(9, 600)) if panics(broken)))
    done = clean("run", "a.parquet", "-o", "out", cwd=tmp_path)
    assert done.returncode == 2
    assert re.fullmatch(rb"clean: a\.parquet is damaged, or not Parquet: [^\n]*\n", done.stderr)


def changed(raw: bytes, back: int) -> bytes:
    """With another byte, so many before the end."""
    return raw[:-back] + b"\x09" + raw[len(raw) - back + 1 :]


def panics(raw: bytes) -> bool:
    """Whether polars panics over these bytes."""
    try:
        pl.read_parquet_schema(io.BytesIO(raw))
    except pl.exceptions.PanicException:
        return True
    except pl.exceptions.PolarsError:
        return False
    return False


def test_links_fifos_and_sockets_are_left_alone(tmp_path: Path) -> None:
    """Nothing is read through a link that leaves the folder, nothing waits for a fifo, and each is named in the manifest."""
    home = tmp_path / "in"
    (home / "sub").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret")
    (home / "a.txt").write_text("a text")
    makers: dict[str, Callable[[Path], object]] = {
        "away.txt": lambda path: path.symlink_to(tmp_path / "secret.txt"),
        "up": lambda path: path.symlink_to(".."),
        "round": lambda path: path.symlink_to("round"),
        "sub/loop": lambda path: path.symlink_to(home),
        "fifo.txt": os.mkfifo,
        "dead.jsonl": lambda path: path.symlink_to("nowhere"),
    }
    for name, make in makers.items():
        make(home / name)
    with socket.socket(socket.AF_UNIX) as unix:
        here = Path.cwd()
        os.chdir(home)  # a socket's path is short
        unix.bind("sock.txt")
        os.chdir(here)
        done = clean("run", "in", "-o", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_bytes())
    assert [source["source"] for source in manifest["inputs"]] == ["a.txt"]
    assert sorted(name for name, _ in manifest["skipped"]) == sorted([*makers, "sock.txt"])
