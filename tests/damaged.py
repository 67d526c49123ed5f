"""A Parquet file for which polars does not raise, but aborts the process."""

from __future__ import annotations

from pathlib import Path

PAGE_OF_FIVE = (
    b"\x2c\x15\x0a"  # in the header of a page: the header of its data follows, whose first field is 5 values (zigzag: 10)
)


def abort(path: Path, page: int = 0) -> None:
    """Flip one bit of a file of five rows, as polars writes it: one of its pages says that it holds -6 values (zigzag: 11)."""
    raw = bytearray(path.read_bytes())
    at = -1
    for _ in range(page + 1):
        at = raw.index(PAGE_OF_FIVE, at + 1)
    raw[at + 2] ^= 1
    path.write_bytes(raw)
