"""Bytes that are not UTF-8 become text: by byte order mark, around damage, or by detection. Every change is an edit."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from clean.edit import difference

Mend = tuple[int, bytes, bytes, str]
"""An edit and the name of the repair; names of several repairs at one place are joined by "+"."""

# The legacy encodings of the web, as Python names them, where detection may choose. MacRoman and cp437 are not among them:
# detection took 8 of 44 pages of accented Latin text in windows-1252 for MacRoman.
LEGACY = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "koi8_r"),
    *("cp874", "cp932", "euc_jp", "gb18030", "big5", "cp949"),
)

# Three bytes for one half of a UTF-16 pair: no UTF-8, but what a JSON escape such as \ud83d leaves behind (WTF-8).
SURROGATES = re.compile(rb"((?:\xed[\xa0-\xbf][\x80-\xbf])+)")
UNDECODED = re.compile("([\udc80-\udcff]+)")  # bytes that are not UTF-8, as `surrogateescape` shows them


def decode(raw: bytes) -> tuple[str, list[Mend]]:
    """The text of bytes that are not UTF-8, with the edits that lead from one to the other.

    In this order: a UTF-16 or UTF-32 byte order mark; UTF-8 with damage, when valid characters outnumber the bad bytes
    (small edits that hold only these: `decode-bytes`, `fix_surrogates`); else a legacy encoding, over the whole document.
    """
    marked = _by_mark(raw)
    if marked:
        text, encoding = marked
        return text, [(0, raw, text.encode(), f"decode-{encoding}")]
    escaped = raw.decode("utf-8", "surrogateescape")
    valid, bad = _evidence(escaped)
    if valid > bad or not bad:
        return _around_bad_bytes(escaped)
    text, encoding = _by_detection(raw)
    change = difference(raw, text.encode())
    return text, [(*change, f"decode-{encoding}")] if change else []


def _by_mark(raw: bytes) -> tuple[str, str] | None:
    if raw.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        try:
            return raw.decode("utf-32"), "utf-32"
        except UnicodeDecodeError:
            pass  # UTF-16 whose first character is NUL begins with the same four bytes
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace"), "utf-16"
    return None


def _evidence(escaped: str) -> tuple[int, int]:
    """How many characters of several bytes are valid (halves of UTF-16 pairs count), and how many bytes are not."""
    valid, bad = len(escaped) - len(escaped.encode("ascii", "ignore")), 0
    for run in UNDECODED.findall(escaped):
        data = run.encode("utf-8", "surrogateescape")
        halves = sum(map(len, SURROGATES.findall(data)))
        valid += halves // 3 - len(run)
        bad += len(data) - halves
    return valid, bad


def _around_bad_bytes(escaped: str) -> tuple[str, list[Mend]]:
    """UTF-8 decoded as browsers do, U+FFFD for what cannot be: one edit for each run of bad bytes.

    A lone 0x93 may be a quote in windows-1252 or what is left of a dash (e2 80 93): nothing is guessed, the edit keeps it.
    """
    pieces, edits, at = [], [], 0
    for ordinal, piece in enumerate(UNDECODED.split(escaped)):
        before = piece.encode("utf-8", "surrogateescape")
        if ordinal % 2:
            piece, rule = _replaced(before)
            edits.append((at, before, piece.encode(), rule))
        pieces.append(piece)
        at += len(before)
    return "".join(pieces), edits


def _replaced(run: bytes) -> tuple[str, str]:
    """What stands for a run of bytes that are not UTF-8: UTF-16 pairs are joined, everything else is U+FFFD."""
    from ftfy.fixes import fix_surrogates

    text, rules = "", []
    for ordinal, piece in enumerate(SURROGATES.split(run)):
        if ordinal % 2:
            text += fix_surrogates(piece.decode("utf-8", "surrogatepass"))
            rules.append("fix_surrogates")
        elif piece:
            text += piece.decode("utf-8", "replace")
            rules.append("decode-bytes")
    return text, joined(rules)


def _by_detection(raw: bytes) -> tuple[str, str]:
    """Text and encoding of bytes in a legacy encoding: by statistics where there is something to count, else by ftfy's guess.

    Telling are the bytes that the Windows code pages read differently. Below 20 of them, unless they are dense, detection
    found windows-949 in French, and windows-1250 in English with many quotes. Then ftfy.guess_bytes decides: windows-1252,
    or MacRoman where lines end in CR alone. It decodes any bytes.
    """
    from charset_normalizer import from_bytes
    from ftfy import guess_bytes

    guess, encoding = guess_bytes(raw)
    telling = len(raw.translate(None, _shared_bytes()))
    if telling >= 20 or 8 <= telling > len(raw) / 4:
        match = from_bytes(raw, cp_isolation=list(LEGACY), enable_fallback=False).best()
        # a long text is detected on samples: the rest need not fit
        text = raw.decode(match.encoding, "replace") if match else guess
        if match and text != guess and "\ufffd" not in text:
            return text, match.encoding
    return guess, encoding.removeprefix("sloppy-")


@functools.cache
def _shared_bytes() -> bytes:
    """The bytes that mean one thing in all Windows code pages of alphabets: ASCII, curly quotes, dashes, the ellipsis."""
    pages = [bytes(range(256)).decode(f"cp125{page}", "replace") for page in range(8)]
    return bytes(byte for byte, readings in enumerate(zip(*pages, strict=True)) if len(set(readings)) == 1)


def joined(rules: Iterable[str]) -> str:
    """Names of repairs as one: each once, in order, with "+" between them."""
    return "+".join(dict.fromkeys(rules))
