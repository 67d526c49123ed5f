"""The inner loops compiled: what `plain` does, one text after the other. Compiled once a machine, and cached."""

from __future__ import annotations

import sys

import numpy as np
from numba import njit
from numpy.typing import NDArray

from clean.kernels.plain import BREAK, FMIX, FOLD, MIX, MULTIPLIER, SPACE, U8, U32, U64, Bools, Ints

# Places for each key in a table of small counters: few keys share one by accident.
_ROOM = 4
# Hashes of a text from which calling numpy is cheaper than sorting here.
_LONG = 128
_GAPS = (57, 23, 10, 4, 1)  # of Shell's sort: Ciura 2001, "Best increments for the average case of Shellsort"

_M = np.uint64(MULTIPLIER)
_S1, _F1, _S2, _F2, _S3 = (np.uint64(x) for x in (*MIX[0], *MIX[1], MIX[2]))
_T1, _G1, _T2, _G2, _T3 = (np.uint32(x) for x in (*FMIX[0], *FMIX[1], FMIX[2]))
_FOLD, _TOP = np.uint64(FOLD), np.uint64(56)
_NONE = np.uint64(0)
_HALF, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)


@njit(cache=True, nogil=True, inline="always")
def _mix(value):  # type: ignore[no-untyped-def]
    value = (value ^ (value >> _S1)) * _F1
    value = (value ^ (value >> _S2)) * _F2
    return value ^ (value >> _S3)


@njit(cache=True, nogil=True, inline="always")
def _point(buffer, at):  # type: ignore[no-untyped-def]
    """The character that begins at a byte, and its bytes."""
    lead = np.int64(buffer[at])
    if lead < 0x80:
        return lead, 1
    if lead < 0xE0:
        return (lead & 0x1F) << 6 | (buffer[at + 1] & 0x3F), 2
    if lead < 0xF0:
        return (lead & 0x0F) << 12 | (buffer[at + 1] & 0x3F) << 6 | (buffer[at + 2] & 0x3F), 3
    return (lead & 0x07) << 18 | (buffer[at + 1] & 0x3F) << 12 | (buffer[at + 2] & 0x3F) << 6 | (buffer[at + 3] & 0x3F), 4


@njit(cache=True, nogil=True)
def _alphabet(buffer, seen):  # type: ignore[no-untyped-def]
    at = 0
    while at < len(buffer):
        point, size = _point(buffer, at)
        seen[point] = True
        at += size


def alphabet(buffer: U8) -> Ints:
    """See `kernels.alphabet`."""
    seen = np.zeros(sys.maxunicode + 1, bool)
    _alphabet(buffer, seen)
    return np.flatnonzero(seen)


@njit(cache=True, nogil=True)
def _fold(buffer, offsets, starts, sizes, folded, result, asked):  # type: ignore[no-untyped-def]
    alone = np.zeros(0x80, np.uint8)  # what the letters of ASCII become, a byte each
    for byte in range(len(alone)):
        if sizes[byte]:
            alone[byte] = folded[starts[byte]]
    size = 0
    for text in range(len(asked)):
        # A byte is written in any case, and stays where the next one goes past it: no branch that would be guessed wrong.
        begin, at, gap = size, offsets[text], True  # whether a space would be one too many
        while at < offsets[text + 1]:
            if buffer[at] < 0x80:
                kept = alone[buffer[at]]
                at += 1
                result[size] = kept
                size += (kept != SPACE) | (not gap)
                gap = kept == SPACE
                continue
            point, length = _point(buffer, at)
            at += length
            if starts[point] < 0:
                asked[text], size, gap = True, begin, True
                break
            for place in range(starts[point], starts[point] + sizes[point]):
                result[size] = folded[place]
                size += (folded[place] != SPACE) | (not gap)
                gap = folded[place] == SPACE
        size -= gap and size > begin
        result[size] = BREAK
        size += 1
    return size


def fold(buffer: U8, offsets: Ints, starts: NDArray[np.int32], sizes: U8, folded: U8) -> tuple[U8, Bools]:
    """See `kernels.fold`."""
    asked = np.zeros(len(offsets) - 1, bool)
    result = np.empty(2 * len(buffer) + len(asked), np.uint8)
    return result[: _fold(buffer, offsets, starts, sizes, folded, result, asked)], asked


@njit(cache=True, nogil=True)
def _class_counts(buffer, classes, result):  # type: ignore[no-untyped-def]
    at, text = 0, 0
    while at < len(buffer):
        point, size = _point(buffer, at)
        at += size
        if point == BREAK:
            text += 1
        elif classes[point]:
            result[classes[point] - 1, text] += 1


def class_counts(buffer: U8, texts: int, classes: U8, count: int) -> Ints:
    """See `kernels.class_counts`."""
    result = np.zeros((count, texts), np.int64)
    _class_counts(buffer, classes, result)
    return result


@njit(cache=True, nogil=True)
def _spaces(buffer, ends, result):  # type: ignore[no-untyped-def]
    start = 0
    for text in range(len(ends)):
        count = 0
        for at in range(start, ends[text]):
            count += buffer[at] == SPACE
        result[text], start = count, ends[text]


def spaces(buffer: U8, texts: int) -> Ints:
    """See `kernels.spaces`."""
    result = np.empty(texts, np.int64)
    _spaces(buffer, np.flatnonzero(buffer == BREAK), result)
    return result


@njit(cache=True, nogil=True)
def _tokens(buffer, shortest, offsets, hashes, lengths):  # type: ignore[no-untyped-def]
    found, text, size, length, bits = 0, 0, 0, 0, _NONE
    total, word = _NONE, _NONE
    for byte in buffer:
        if byte in (SPACE, BREAK):
            if size and length >= shortest:
                hashes[found] = _mix((total * _M) ^ word ^ (np.uint64(size) << _TOP))
                lengths[found] = min(length, 255)
                found += 1
            total, word, size, length, bits = _NONE, _NONE, 0, 0, _NONE
            if byte == BREAK:
                text += 1
                offsets[text] = found
        else:
            word |= np.uint64(byte) << bits
            bits += np.uint64(8)
            size += 1
            length += (byte & 0xC0) != 0x80
            if bits == np.uint64(64):
                total = (total * _M) ^ word
                total ^= total >> _FOLD
                word, bits = _NONE, _NONE
    return found


def tokens(buffer: U8, texts: int, shortest: int = 1) -> tuple[Ints, U64, U8]:
    """See `kernels.tokens`."""
    room = len(buffer) // 2 + 1
    offsets, hashes, lengths = np.zeros(texts + 1, np.int64), np.empty(room, np.uint64), np.empty(room, np.uint8)
    found = _tokens(buffer, shortest, offsets, hashes, lengths)
    return offsets, hashes[:found], lengths[:found]


@njit(cache=True, nogil=True)
def _windows(offsets, hashes, width, borders, result):  # type: ignore[no-untyped-def]
    for text in range(len(width)):
        at = borders[text]
        span = min(width[text], offsets[text + 1] - offsets[text])
        for first in range(offsets[text], offsets[text] + borders[text + 1] - at):
            total = _NONE
            for step in range(span):
                total = total * _M + hashes[first + step]
            result[at] = _mix(total)
            at += 1


def windows(offsets: Ints, hashes: U64, width: Ints) -> tuple[Ints, U64]:
    """See `kernels.windows`."""
    counts = np.diff(offsets)
    number = np.where(counts > 0, counts - np.minimum(width, counts) + 1, 0)
    borders = np.concatenate([[0], np.cumsum(number)]).astype(np.int64)
    result = np.empty(borders[-1], np.uint64)
    _windows(offsets, hashes, width, borders, result)
    return borders, result


@njit(cache=True, nogil=True)
def _signatures(offsets, hashes, a, b, result):  # type: ignore[no-untyped-def]
    for text in range(len(result)):
        row = result[text]
        for at in range(offsets[text], offsets[text + 1]):
            low = np.uint32(hashes[at])
            low = np.uint32((low ^ (low >> _T1)) * _G1)
            low = np.uint32((low ^ (low >> _T2)) * _G2)
            low = np.uint32(low ^ (low >> _T3))
            for number in range(len(a)):
                permuted = np.uint32(low * a[number] + b[number])
                row[number] = min(row[number], permuted)


def signatures(offsets: Ints, hashes: U64, a: U32, b: U32) -> U32:
    """See `kernels.signatures`."""
    result = np.full((len(offsets) - 1, len(a)), 0xFFFFFFFF, np.uint32)
    _signatures(offsets, hashes, a, b, result)
    return result


@njit(cache=True, nogil=True)
def _sort(hashes, first, last):  # type: ignore[no-untyped-def]
    """Shell's sort of hashes[first:last]. Ours, as numba's takes longer to compile than all else here that sorts or counts."""
    for gap in _GAPS:
        for at in range(first + gap, last):
            one, to = hashes[at], at
            while to >= first + gap and hashes[to - gap] > one:
                hashes[to] = hashes[to - gap]
                to -= gap
            hashes[to] = one


@njit(cache=True, nogil=True)
def _distinct(offsets, hashes, borders):  # type: ignore[no-untyped-def]
    kept = 0
    for text in range(len(offsets) - 1):
        first, last = offsets[text], offsets[text + 1]
        if last - first < _LONG:
            _sort(hashes, first, last)
        for at in range(first, last):  # what is written never overtakes what is read
            if kept == borders[text] or hashes[at] != hashes[kept - 1]:
                hashes[kept] = hashes[at]
                kept += 1
        borders[text + 1] = kept
    return kept


def distinct(offsets: Ints, hashes: U64) -> tuple[Ints, U64]:
    """See `kernels.distinct`."""
    borders, result = np.zeros(len(offsets), np.int64), hashes.copy()
    for text in np.flatnonzero(np.diff(offsets) >= _LONG):
        result[offsets[text] : offsets[text + 1]].sort()  # numpy's own is five times as fast, from some length on
    return borders, result[: _distinct(offsets, result, borders)]


@njit(cache=True, nogil=True)
def _shared(offsets, hashes, left, right, result):  # type: ignore[no-untyped-def]
    for pair in range(len(left)):
        a, a_end = offsets[left[pair]], offsets[left[pair] + 1]
        b, b_end = offsets[right[pair]], offsets[right[pair] + 1]
        count = 0
        while a < a_end and b < b_end:  # without branches: which of two hashes is less nobody can predict
            here, there = hashes[a], hashes[b]
            count += here == there
            a += here <= there
            b += there <= here
        result[pair] = count


def shared(offsets: Ints, hashes: U64, left: Ints, right: Ints) -> Ints:
    """See `kernels.shared`."""
    result = np.zeros(len(left), np.int64)
    _shared(offsets, hashes, left, right, result)
    return result


@njit(cache=True, nogil=True)
def _agreeing(matrix, left, right, result):  # type: ignore[no-untyped-def]
    for pair in range(len(left)):
        count = 0
        for column in range(matrix.shape[1]):
            count += matrix[left[pair], column] == matrix[right[pair], column]
        result[pair] = count


def agreeing(matrix: U32, left: Ints, right: Ints) -> Ints:
    """See `kernels.agreeing`."""
    result = np.zeros(len(left), np.int64)
    _agreeing(matrix, left, right, result)
    return result


@njit(cache=True, nogil=True)
def _least(matrix, rows, starts, result):  # type: ignore[no-untyped-def]
    for run in range(len(starts)):
        row = result[run]
        for at in range(starts[run], starts[run + 1] if run + 1 < len(starts) else len(rows)):
            other = matrix[rows[at]]
            for column in range(matrix.shape[1]):
                row[column] = min(row[column], other[column])


def least(matrix: U32, rows: Ints, starts: Ints) -> U32:
    """See `kernels.least`."""
    result = np.full((len(starts), matrix.shape[1]), 0xFFFFFFFF, np.uint32)
    _least(matrix, rows, starts, result)
    return result


@njit(cache=True, nogil=True)
def _repeated(keys, table, result):  # type: ignore[no-untyped-def]
    last = np.uint64(len(table) - 1)
    for at in range(len(keys)):
        place = _mix(keys[at]) & last
        table[place] = min(table[place] + 1, 2)
    for at in range(len(keys)):
        result[at] = table[_mix(keys[at]) & last] > 1


def repeated(keys: U64) -> Bools:
    """See `kernels.repeated`. By counting in a table that may hold two keys in one place."""
    table = np.zeros(1 << max(len(keys) * _ROOM - 1, 1).bit_length() >> 1, np.uint8)
    result = np.empty(len(keys), bool)
    _repeated(keys, table, result)
    return result


@njit(cache=True, nogil=True, inline="always")
def _slot(table, key):  # type: ignore[no-untyped-def]
    """The row where `key` stands, or would stand, in an open table of keys and what is known of them, side by side: that is one
    look into memory. 0 is an empty place, so keys are never 0."""
    last = np.uint64(len(table) - 1)
    place = ((key * _M) >> _HALF) & last
    while table[place, 0] != _NONE and table[place, 0] != key:
        place = (place + np.uint64(1)) & last
    return place


@njit(cache=True, nogil=True)
def _numbered(offsets, keys, borders, result):  # type: ignore[no-untyped-def]
    table = np.zeros((1 << 12, 2), np.uint64)  # a key; its number, and above it the last text (from 1) that has it
    known, kept = 0, 0
    for text in range(len(offsets) - 1):
        for at in range(offsets[text], offsets[text + 1]):
            place = _slot(table, keys[at])
            if table[place, 0] == _NONE:
                table[place, 0], table[place, 1] = keys[at], known
                known += 1
            number, latest = table[place, 1] & _LOW, table[place, 1] >> _HALF
            table[place, 1] = number | np.uint64(text + 1) << _HALF
            result[kept] = number
            kept += latest <= np.uint64(text)  # else the next one takes its place; a branch would be guessed wrong half the time
            if 2 * known > len(table):
                old, table = table, np.zeros((2 * len(table), 2), np.uint64)
                for other in range(len(old)):
                    if old[other, 0] != _NONE:
                        place = _slot(table, old[other, 0])  # one by one: rows would double the time that compiling takes
                        table[place, 0], table[place, 1] = old[other, 0], old[other, 1]
        borders[text + 1] = kept
    return kept


def numbered(offsets: Ints, keys: U64) -> tuple[Ints, U32]:
    """See `kernels.numbered`."""
    borders, result = np.zeros(len(offsets), np.int64), np.empty(len(keys), np.uint32)
    return borders, result[: _numbered(offsets, keys, borders, result)]


@njit(cache=True, nogil=True)
def _document_counts(offsets, words, text, doc, latest, counts):  # type: ignore[no-untyped-def]
    for row in range(len(text)):
        here = doc[row]
        for at in range(offsets[text[row]], offsets[text[row] + 1]):
            word = words[at]
            if latest[word] != here:
                latest[word] = here
                counts[word] += 1


def document_counts(offsets: Ints, words: U32, text: Ints, doc: Ints) -> Ints:
    """See `kernels.document_counts`."""
    counts = np.zeros(int(words.max(initial=0)) + 1, np.int64)
    _document_counts(offsets, words, text, doc, np.full(len(counts), -1, np.int64), counts)
    return counts


@njit(cache=True, nogil=True)
def _taken_up(offsets, words, weights, text, doc, speaks, state, mass, taken):  # type: ignore[no-untyped-def]
    # Of each word: the latest document that speaks it (the first of its rows, from 1), and how many rows there do.
    first = 0
    while first < len(text):
        here, last = first + 1, first
        while last < len(text) and doc[last] == doc[first]:
            if speaks[last]:
                for at in range(offsets[text[last]], offsets[text[last] + 1]):
                    word = words[at]
                    if state[word, 0] != here:
                        state[word, 0], state[word, 1] = here, 0
                    state[word, 1] += 1
            last += 1
        for row in range(first, last):
            total, shared = 0, 0
            for at in range(offsets[text[row]], offsets[text[row] + 1]):
                word = words[at]
                total += weights[word]
                if state[word, 0] == here and state[word, 1] > speaks[row]:
                    shared += weights[word]
            mass[row], taken[row] = total, shared
        first = last


def taken_up(offsets: Ints, words: U32, weights: Ints, text: Ints, doc: Ints, speaks: Bools) -> tuple[Ints, Ints]:
    """See `kernels.taken_up`."""
    mass, taken = np.zeros(len(text), np.int64), np.zeros(len(text), np.int64)
    _taken_up(offsets, words, weights, text, doc, speaks, np.zeros((len(weights), 2), np.int32), mass, taken)
    return mass, taken


@njit(cache=True, nogil=True)
def _kindred(keys, doc, table, first, first_there, documents):  # type: ignore[no-untyped-def]
    latest = np.empty(len(keys), np.int64)  # of each first row: the first row of the document that was last seen with the key
    for row in range(len(keys)):
        first[row] = first_there[row] = row
        if keys[row] == _NONE:
            continue
        place = _slot(table, keys[row])
        if table[place, 0] == _NONE:
            table[place, 0], table[place, 1] = keys[row], row
            latest[row], documents[row] = row, 1
        else:
            first[row] = table[place, 1]
            if doc[latest[first[row]]] != doc[row]:
                latest[first[row]] = row
                documents[first[row]] += 1
            first_there[row] = latest[first[row]]
    for row in range(len(keys)):
        documents[row] = documents[first[row]]


def kindred(keys: U64, doc: Ints) -> tuple[Ints, Ints, Ints]:
    """See `kernels.kindred`."""
    first, first_there, documents = np.empty(len(keys), np.int64), np.empty(len(keys), np.int64), np.zeros(len(keys), np.int64)
    _kindred(keys, doc, np.zeros((_table_size(len(keys)), 2), np.uint64), first, first_there, documents)
    return first, first_there, documents


def _table_size(entries: int) -> int:
    """The power of two that leaves half of the places free."""
    size: int = 1 << max(2 * entries - 1, 15).bit_length()
    return size
