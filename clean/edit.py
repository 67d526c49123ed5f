"""Edits on bytes: the only way text changes, and the way back.

An edit is (start, before, after): at byte `start` of the input stood `before`, now stands `after`. The edits
of one text are sorted by start and do not overlap. undo(apply(text, edits), edits) == text, always.
"""

from __future__ import annotations

from collections.abc import Sequence

from clean.errors import IntegrityError

Edit = tuple[int, bytes, bytes]


def apply(text: bytes, edits: Sequence[Edit]) -> bytes:
    """`text` with every edit made. Raises IntegrityError when an edit does not fit the text it is made on."""
    pieces, at = [], 0
    for start, before, after in edits:
        if start < at or text[start : start + len(before)] != before:
            raise IntegrityError(f"edit at byte {start} does not fit: the text there is not what the edit replaces")
        pieces += [text[at:start], after]
        at = start + len(before)
    pieces.append(text[at:])
    return b"".join(pieces)


def undo(text: bytes, edits: Sequence[Edit]) -> bytes:
    """The text before `edits` were made. Raises IntegrityError when `text` does not show their traces."""
    pieces, at, done = [], 0, 0  # at: position in `text`; done: position in the original
    for start, before, after in edits:
        here = at + start - done
        if start < done or here > len(text) or text[here : here + len(after)] != after:
            raise IntegrityError(f"edit at byte {start} cannot be undone: the text does not show it")
        pieces += [text[at:here], before]
        at = here + len(after)
        done = start + len(before)
    pieces.append(text[at:])
    return b"".join(pieces)


def difference(before: bytes, after: bytes) -> Edit | None:
    """The one smallest edit that turns `before` into `after`, cut on UTF-8 character borders; None if equal."""
    if before == after:
        return None
    limit = min(len(before), len(after))
    head = _common(before, after, limit)
    while head and _inside(before, head) | _inside(after, head):
        head -= 1
    tail = _common(before[::-1], after[::-1], limit - head)
    while tail and _inside(before, len(before) - tail) | _inside(after, len(after) - tail):
        tail -= 1
    return head, before[head : len(before) - tail], after[head : len(after) - tail]


def _common(a: bytes, b: bytes, limit: int) -> int:
    """Length of the common prefix, at most `limit`; by halving, so a long line costs no loop over bytes."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if a[:middle] == b[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _inside(text: bytes, at: int) -> bool:
    """Whether `at` lies inside a UTF-8 character (before a continuation byte)."""
    return at < len(text) and text[at] & 0xC0 == 0x80
