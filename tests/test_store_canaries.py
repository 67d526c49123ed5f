"""Faults elsewhere that the store works around: when one is mended upstream, its test here passes and tells us."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import zstandard
from damaged import abort

from clean.errors import refusal


@pytest.mark.xfail(reason="a lone surrogate escape becomes another character", strict=True)
def test_polars_keeps_a_lone_surrogate() -> None:
    """Why JSON Lines are read with the standard library's scanner: polars would have to refuse the line."""
    with pytest.raises(pl.exceptions.ComputeError):
        pl.read_ndjson(b'{"text": "a\\ud800b"}\n')


@pytest.mark.xfail(reason="one bad line costs the whole file, even with ignore_errors", strict=True)
def test_polars_skips_a_bad_line() -> None:
    """Why a bad line is put aside by us."""
    assert pl.read_ndjson(b'{"text": "a"}\nbad\n', ignore_errors=True).height == 1


@pytest.mark.xfail(reason="the file is one line, and that is taken for the header", strict=True)
def test_polars_reads_old_line_ends() -> None:
    """Why CSV is read with the standard library's parser."""
    assert pl.read_csv(b"id,text\r1,a\r", infer_schema=False).height == 1


@pytest.mark.xfail(reason="the stream ends silently", strict=True)
def test_zstandard_tells_of_a_truncated_stream() -> None:
    """Why frames are decompressed one by one, and the last must have ended."""
    whole = zstandard.compress(b"text " * 1000)
    with pytest.raises(zstandard.ZstdError):
        zstandard.ZstdDecompressor().stream_reader(io.BytesIO(whole[:-3])).read()


@pytest.mark.xfail(reason="`1.10` becomes a float and comes back as 1.1", strict=True)
def test_json_keeps_numbers_as_written() -> None:
    """Why other fields are never parsed and written again."""
    assert json.dumps(json.loads('{"x": 1.10}')) == '{"x": 1.10}'


@pytest.mark.xfail(reason="it aborts: it asks for 2 EB of memory", strict=True)
def test_polars_raises_for_a_page_of_less_than_no_values(tmp_path: Path) -> None:
    """Why another process reads a Parquet file first (store/trial.py)."""
    path = tmp_path / "a.parquet"
    pl.DataFrame({"text": ["a", "b", "c", "d", None]}).write_parquet(path)
    abort(path)
    program = "import sys, polars; polars.read_parquet(sys.argv[1])"
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, check=False)
    assert done.returncode >= 0, done.stderr


class Full(io.RawIOBase):
    """A file on a full disk."""

    def write(self, _: object) -> int:
        """It takes no more."""
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_polars_puts_a_number_before_the_systems_words() -> None:
    """Why `refusal` takes it away; what the system says itself has none."""
    with pytest.raises(OSError, match="No space left") as found:
        pl.DataFrame({"a": [1]}).write_ipc_stream(Full())  # type: ignore[call-overload]
    assert str(found.value) == "[Errno 28] No space left on device"
    assert refusal(found.value) == refusal(OSError(28, "No space left on device")) == "No space left on device"


@pytest.mark.parametrize("write", [pl.DataFrame.write_parquet, lambda table, path: table.lazy().sink_parquet(path)])
def test_polars_puts_words_of_its_own_before_a_number(write: Callable[[pl.DataFrame, str], None]) -> None:
    """Why `refusal` asks the system what the number means."""
    with pytest.raises(pl.exceptions.ComputeError) as found:
        write(pl.DataFrame({"a": [1]}), "/dev/full")
    said = "parquet: File out of specification: underlying IO error: No space left on device (os error 28)"
    assert str(found.value) == said
    assert refusal(found.value) == "No space left on device"
