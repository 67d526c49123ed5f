"""What lines look like, compiled: one pass over their bytes, for what `weigh.shapes` says with some twenty expressions.

Each character brings the signs that it shows (one bit each, in the order of plain.SIGNS); what an expression would look for
is followed by a small automaton beside the others.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from clean.kernels.compiled import _point
from clean.kernels.plain import LOOKS, SIGNS, U8, U32, Ints

_BIT = {name: np.uint32(1 << number) for number, name in enumerate(SIGNS)}
_WORD, _DIGIT, _UPPER, _LOWER, _LETTER, _SPACE = (_BIT[name] for name in ("word", "digit", "upper", "lower", "letter", "space"))
_TRAIL, _STOP, _STOP_TRAIL = (_BIT[name] for name in ("trail", "stop", "stop_trail"))
_CALL, _CLOSER, _OPENER = (_BIT[name] for name in ("call", "closer", "opener"))
_COLON, _BREATH, _ARROW, _QUOTE = (_BIT[name] for name in ("colon", "breath", "arrow", "quote"))
_MARK, _FULL, _COMMA, _BAR, _DASH, _RIGHTS = (_BIT[name] for name in ("mark", "full", "comma", "bar", "dash", "rights"))
_NONE = np.uint32(0)
_PLAIN = _WORD | _LOWER
_ELLIPSIS = 0x2026
_ENDS = (_COLON, _BREATH, _ARROW, _DIGIT, _WORD)  # codes 3 to 7 of `ending`
_STARTS = (_QUOTE, _UPPER, _LOWER, _DIGIT, _WORD)  # codes 0 to 4 of `opening`
_ENDING, _OPENING, _SENTENCES, _COMMAS, _CASED, _CAPITALS, _SHOUTING, _DIGITS, _BARS, _URL, _COPYRIGHT, _DATE, _CLOCK, _NUMBER = (
    range(len(LOOKS))
)


@njit(cache=True, nogil=True, inline="always")
def _before(buffer, at):  # type: ignore[no-untyped-def]
    """Where the character before byte `at` begins."""
    at -= 1
    while buffer[at] & 0xC0 == 0x80:
        at -= 1
    return at


@njit(cache=True, nogil=True)
def _without(buffer, first, last, signs, tail):  # type: ignore[no-untyped-def]
    """Where the characters at the end that show `tail` begin."""
    while last > first:
        at = _before(buffer, last)
        if not signs[_point(buffer, at)[0]] & tail:
            break
        last = at
    return last


@njit(cache=True, nogil=True)
def _ending(buffer, first, last, signs):  # type: ignore[no-untyped-def]
    """The code of how a line ends, see shapes."""
    if first == last:
        return 8
    end = _without(buffer, first, last, signs, _TRAIL)
    if end > first:
        at = _before(buffer, end)
        if _point(buffer, at)[0] == _ELLIPSIS:
            return 0
        if buffer[at] == 46 and at - first >= 2 and buffer[at - 2] == 46 and buffer[at - 1] in (46, 32):  # "..." or ". ."
            return 0
    end = _without(buffer, first, last, signs, _STOP_TRAIL)
    if end > first and signs[_point(buffer, _before(buffer, end))[0]] & _STOP:
        return 1
    end = _without(buffer, first, last, signs, _CLOSER)
    if end > first and signs[_point(buffer, _before(buffer, end))[0]] & _CALL:
        return 2
    shown = signs[_point(buffer, _before(buffer, last))[0]]
    for code in range(len(_ENDS)):
        if shown & _ENDS[code]:
            return 3 + code
    return 8


@njit(cache=True, nogil=True)
def _opening(point, shown):  # type: ignore[no-untyped-def]
    """The code of how a line begins, see shapes."""
    for code in range(len(_STARTS)):
        if shown & _STARTS[code]:
            return code
    return 5 if point == 0xA9 else 6  # ©


@njit(cache=True, nogil=True)
def _stands(buffer, at, last, text):  # type: ignore[no-untyped-def]
    """Whether `text` stands at byte `at`."""
    if at + len(text) > last:
        return False
    for place in range(len(text)):  # noqa: SIM110 (numba has no generators)
        if buffer[at + place] != text[place]:
            return False
    return True


_HTTP, _HTTPS, _SLASHES, _WWW = b"http", b"https", b"//", b"www"
_DOMAINS = (b"com", b"org", b"net", b"co.", b"edu", b"gov")


@njit(cache=True, nogil=True)
def _is_url(buffer, at, first, last, signs, after_word):  # type: ignore[no-untyped-def]
    """Whether the ":", "." or "@" at byte `at` is one of an address."""
    if buffer[at] == 58:
        known = (at - first >= 4 and _stands(buffer, at - 4, last, _HTTP)) or (
            at - first >= 5 and _stands(buffer, at - 5, last, _HTTPS)
        )
        return known and _stands(buffer, at + 1, last, _SLASHES)
    if buffer[at] == 64:
        return after_word and at + 1 < last and signs[_point(buffer, at + 1)[0]] & _WORD != _NONE
    if at - first >= 3 and _stands(buffer, at - 3, last, _WWW):
        return True
    if after_word:
        for domain in _DOMAINS:
            if _stands(buffer, at + 1, last, domain):
                return at + 4 == last or signs[_point(buffer, at + 4)[0]] & _WORD == _NONE
    return False


@njit(cache=True, nogil=True)
def _is_year(buffer, at, run):  # type: ignore[no-untyped-def]
    """Whether the `run` digits that end before byte `at` are a year; those of other scripts count as its last two."""
    if run != 4:
        return False
    for _ in range(2):
        at = _before(buffer, at)
    return (buffer[at - 2] == 49 and buffer[at - 1] == 57) or (buffer[at - 2] == 50 and buffer[at - 1] == 48)


@njit(cache=True, nogil=True)
def _look(buffer, first, last, signs, found):  # type: ignore[no-untyped-def]
    """One line without the spaces around it."""
    found[_ENDING] = _ending(buffer, first, last, signs)
    found[_OPENING] = 6
    # No literals: for one numba compiles what it is given to once more.
    word: Any = np.bool_(False)  # of the character before
    run: Any = np.int64(0)  # digits in a row
    start_upper, letters, runs = False, False, 0  # of the character before; of the line
    sentence, bar = 0, 0  # states
    separator = 0  # what stands between a digit and a run of them
    at = first
    while at < last:
        point, size = _point(buffer, at)
        shown = signs[point]
        if at == first:
            found[_OPENING] = _opening(point, shown)
        if run and not shown & _DIGIT:
            found[_DATE] |= _is_year(buffer, at, run)
            separator = 2 if point == 58 else 1 if point == 47 else 0
            run = 0
        elif not shown & _DIGIT:
            separator = 0
        if shown == _PLAIN:
            found[_CASED], letters = 1, True
            word, start_upper, sentence, bar = True, False, 0, 0
            at += size
            continue
        if shown & _DIGIT:
            if run == 0:
                runs += 1
            run += 1
            if separator and run == 2:
                found[_DATE] = 1
                found[_CLOCK] |= separator == 2
            found[_DIGITS] += not word
        letters |= shown & (_WORD | _DIGIT) == _WORD
        found[_CASED] |= shown & (_UPPER | _LOWER) != _NONE
        if shown & _UPPER:
            found[_CAPITALS] += not word
            found[_SHOUTING] += start_upper
            start_upper = not word
        else:
            start_upper = False
        found[_COMMAS] += shown & _COMMA != _NONE
        found[_COPYRIGHT] |= shown & _RIGHTS != _NONE
        if point in (46, 58, 64) and _is_url(buffer, at, first, last, signs, word):
            found[_URL] = 1
        if shown & _FULL:
            found[_SENTENCES] += 1
            sentence = 0
        elif shown & _MARK:
            sentence = 1
        elif sentence == 1:
            sentence = 2 if shown & _SPACE else 1 if shown & _CLOSER else 0
        elif sentence:
            if shown & (_UPPER | _LETTER):
                found[_SENTENCES] += 1
            sentence = 3 if shown & _OPENER else 2 if shown & _SPACE and sentence == 2 else 0
        if shown & _BAR or (bar == 2 and shown & _SPACE) or (bar == 3 and point == 58):
            found[_BARS] += 1
            bar = 0
        else:
            bar = 1 if shown & _SPACE else 2 if shown & _DASH and bar == 1 else 3 if point == 58 else 0
        word = shown & _WORD != _NONE
        at += size
    found[_DATE] |= _is_year(buffer, last, run)
    found[_NUMBER] = runs == 1 and not letters


@njit(cache=True, nogil=True)
def _looks(buffer, offsets, signs, result):  # type: ignore[no-untyped-def]
    for text in range(len(result)):
        first, last = offsets[text], _without(buffer, offsets[text], offsets[text + 1], signs, _SPACE)
        while first < last:
            point, size = _point(buffer, first)
            if not signs[point] & _SPACE:
                break
            first += size
        _look(buffer, first, last, signs, result[text])


def looks(buffer: U8, offsets: Ints, signs: U32) -> Ints:
    """See `kernels.looks`."""
    result = np.zeros((len(offsets) - 1, len(LOOKS)), np.int64)
    _looks(buffer, offsets, signs, result)
    return result
