"""The inner loops in numpy: no loop over texts in Python, bounded memory."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MULTIPLIER = 0x9E3779B97F4A7C15  # 2^64 divided by the golden ratio
# splitmix64's finaliser and MurmurHash3's
MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), 31)
FMIX = ((16, 0x85EBCA6B), (13, 0xC2B2AE35), 16)
SPACE, BREAK = 32, 10
FOLD = 29

# What `looks` takes of characters and gives of lines: see weigh.shapes, which says in expressions what they are.
SIGNS = (
    *("word", "digit", "upper", "lower", "letter", "space", "trail", "stop", "stop_trail", "call", "closer", "opener"),
    *("colon", "breath", "arrow", "quote", "mark", "full", "comma", "bar", "dash", "rights"),
)
LOOKS = (
    *("ending", "opening", "sentences", "commas", "cased", "capitals", "shouting", "digits", "bars"),
    *("url", "copyright", "date", "clock", "number"),
)

_WORD = 8  # bytes of a token that are hashed at once
_MASKS = np.array([(1 << (8 * size)) - 1 for size in range(_WORD + 1)], np.uint64)
# Shingles whose permuted hashes are held at once: 128 permutations of them fill 4 MB, about one core's cache.
_CHUNK = 8192
# Look-ups at once, to bound memory.
_LOOKUPS = 1 << 20


def mix(values: U64) -> U64:
    """splitmix64's finaliser: each bit of a value moves half of the bits of its result. Shape as `values`."""
    for shift, factor in MIX[:2]:
        values = (values ^ (values >> np.uint64(shift))) * np.uint64(factor)
    return values ^ (values >> np.uint64(MIX[2]))


def alphabet(buffer: U8) -> Ints:
    """By counting."""
    return np.flatnonzero(np.bincount(points_of(buffer)))


def points_of(buffer: U8) -> U32:
    """The code points of UTF-8."""
    return np.frombuffer(buffer.tobytes().decode().encode("utf-32-le"), np.uint32)


def fold(buffer: U8, offsets: Ints, starts: NDArray[np.int32], sizes: U8, folded: U8) -> tuple[U8, Bools]:
    """What the characters become, a break after each text; then spaces go that follow one, or stand at an end."""
    points = points_of(buffer)
    characters = np.concatenate([[0], np.cumsum((buffer & 0xC0) != 0x80)])[offsets]
    size = sizes[points].astype(np.int64)
    text = np.repeat(np.arange(len(offsets) - 1), np.diff(characters))
    asked = np.bincount(text[starts[points] < 0], minlength=len(offsets) - 1) > 0
    size[asked[text]] = 0
    at = np.repeat(starts[points] - np.cumsum(size) + size, size) + np.arange(size.sum())
    ends = np.concatenate([[0], np.cumsum(size)])[characters[1:]]
    spaced = np.insert(folded[at], ends, BREAK)
    space = spaced == SPACE
    after = np.concatenate([[True], space[:-1] | (spaced[:-1] == BREAK)])
    spaced = spaced[~(space & after)]
    before = np.concatenate([spaced[1:] == BREAK, [False]])
    found: U8 = spaced[~((spaced == SPACE) & before)]
    return found, asked


def class_counts(buffer: U8, texts: int, classes: U8, count: int) -> Ints:
    """By numbering the texts."""
    points = points_of(buffer)
    ends = points == BREAK
    text = np.cumsum(ends) - ends
    found = classes[points]
    return np.stack([np.bincount(text[found == number], minlength=texts) for number in range(1, count + 1)])


def spaces(buffer: U8, texts: int) -> Ints:
    """By where the texts end among them."""
    return np.diff(np.searchsorted(np.flatnonzero(buffer == SPACE), np.flatnonzero(buffer == BREAK)), prepend=0)


def tokens(buffer: U8, texts: int, shortest: int = 1) -> tuple[Ints, U64, U8]:
    """Each token's bytes are folded eight at a time, as little-endian numbers."""
    ends = np.flatnonzero((buffer == SPACE) | (buffer == BREAK))
    starts = np.concatenate([[0], ends[:-1] + 1]) if len(ends) else ends
    characters = np.concatenate([[0], np.cumsum((buffer & 0xC0) != 0x80)])
    length = characters[ends] - characters[starts]
    kept = length >= shortest
    offsets = np.zeros(texts + 1, np.int64)
    offsets[1:] = np.cumsum(kept)[buffer[ends] == BREAK]
    starts, size = starts[kept], (ends - starts)[kept]
    lengths = np.minimum(length[kept], 255).astype(np.uint8)
    padded = np.concatenate([buffer, np.zeros(_WORD, np.uint8)])
    words = np.ndarray((len(buffer),), "<u8", padded, strides=(1,))  # the number that begins at each byte
    hashes = np.zeros(len(starts), np.uint64)
    long = np.flatnonzero(size >= _WORD)
    done = np.zeros(len(starts), np.int64)
    while len(long):
        folded = (hashes[long] * np.uint64(MULTIPLIER)) ^ words[starts[long] + done[long]]
        hashes[long] = folded ^ (folded >> np.uint64(FOLD))
        done[long] += _WORD
        long = long[size[long] - done[long] >= _WORD]
    left = size - done
    rest = words[np.minimum(starts + done, len(buffer) - 1)] & _MASKS[left]
    return offsets, mix((hashes * np.uint64(MULTIPLIER)) ^ rest ^ (size.astype(np.uint64) << np.uint64(56))), lengths


def windows(offsets: Ints, hashes: U64, width: Ints) -> tuple[Ints, U64]:
    """A polynomial in the hashes of the tokens, then mixed."""
    counts = np.diff(offsets)
    width = np.minimum(width, counts)
    number = np.where(counts > 0, counts - width + 1, 0)
    borders = np.concatenate([[0], np.cumsum(number)]).astype(np.int64)
    first = np.repeat(offsets[:-1] - borders[:-1], number) + np.arange(borders[-1])
    reach = np.repeat(width, number)
    total = np.zeros(len(first), np.uint64)
    for step in range(int(width.max(initial=0))):
        inside = step < reach
        token = hashes[np.where(inside, first + step, 0)]
        total = np.where(inside, total * np.uint64(MULTIPLIER) + token, total)
    return borders, mix(total)


def signatures(offsets: Ints, hashes: U64, a: U32, b: U32) -> U32:
    """All permutations of a chunk at once, and their minima by text."""
    sizes = np.diff(offsets)
    low = fmix32(hashes.astype(np.uint32))
    result = np.full((len(sizes), len(a)), 0xFFFFFFFF, np.uint32)
    filled = np.flatnonzero(sizes)
    starts = offsets[filled]
    for first, last in _chunks(starts):
        begin, end = starts[first], starts[last] if last < len(starts) else len(low)
        permuted = low[None, begin:end] * a[:, None] + b[:, None]
        result[filled[first:last]] = np.minimum.reduceat(permuted, starts[first:last] - begin, axis=1).T
    return result


def fmix32(hashes: U32) -> U32:
    """MurmurHash3's 32-bit finaliser, datasketch's pre-mix for the affine schemes."""
    for shift, factor in FMIX[:2]:
        hashes = (hashes ^ (hashes >> np.uint32(shift))) * np.uint32(factor)
    return hashes ^ (hashes >> np.uint32(FMIX[2]))


def _chunks(starts: Ints) -> list[tuple[int, int]]:
    """Runs [first, last) of texts with about _CHUNK shingles each; a longer text is a run of its own."""
    if not len(starts):
        return []
    cuts = np.flatnonzero(np.diff(starts // _CHUNK)) + 1
    return list(pairwise([0, *cuts.tolist(), len(starts)]))


def distinct(offsets: Ints, hashes: U64) -> tuple[Ints, U64]:
    """Sorted by text and hash; of equals the first."""
    text = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    order = np.lexsort((hashes, text))
    text, hashes = text[order], hashes[order]
    fresh = np.ones(len(text), bool)
    fresh[1:] = (text[1:] != text[:-1]) | (hashes[1:] != hashes[:-1])
    sizes = np.bincount(text[fresh], minlength=len(offsets) - 1)
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), hashes[fresh]


def shared(offsets: Ints, hashes: U64, left: Ints, right: Ints) -> Ints:
    """The hashes of the smaller text are looked up among all, each under its text's number and its own rank."""
    sizes = np.diff(offsets)
    values, ranks = np.unique(hashes, return_inverse=True)
    width = max(len(values), 1)
    keys = np.repeat(np.arange(len(sizes)), sizes) * width + ranks  # sorted: texts are in order, and the hashes of each
    small, large = np.where(sizes[left] > sizes[right], (right, left), (left, right))
    result = np.zeros(len(left), np.int64)
    for low, high in pairwise(_even_cuts(sizes[small])):
        counts = sizes[small[low:high]]
        pair = np.repeat(np.arange(low, high), counts)
        place = np.repeat(offsets[small[low:high]] - (np.cumsum(counts) - counts), counts) + np.arange(len(pair))
        wanted = large[pair] * width + ranks[place]
        found = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        hit = keys[found] == wanted if len(keys) else np.zeros(0, bool)
        result[low:high] = np.bincount(pair[hit] - low, minlength=high - low)
    return result


def _even_cuts(work: Ints) -> list[int]:
    """Borders of runs of about _LOOKUPS look-ups each."""
    total = np.cumsum(work)
    steps = np.arange(_LOOKUPS, int(total[-1]), _LOOKUPS) if len(total) else np.array([], dtype=np.int64)
    return [0, *np.unique(np.searchsorted(total, steps)).tolist(), len(work)]


def agreeing(matrix: U32, left: Ints, right: Ints) -> Ints:
    """A chunk of pairs at once."""
    result = np.zeros(len(left), np.int64)
    for low in range(0, len(left), _CHUNK):
        chunk = slice(low, low + _CHUNK)
        result[chunk] = (matrix[left[chunk]] == matrix[right[chunk]]).sum(axis=1)
    return result


def least(matrix: U32, rows: Ints, starts: Ints) -> U32:
    """Of every two rows of a run one, until each run is one row: `np.minimum.reduceat` takes ten times as long."""
    matrix, sizes = matrix[rows], np.diff(starts, append=len(rows))
    while sizes.max(initial=0) > 1:
        halves = (sizes + 1) // 2
        ends, begin = np.cumsum(halves), np.repeat(starts, halves)
        first = begin + 2 * (np.arange(len(begin)) - np.repeat(ends - halves, halves))
        second = np.minimum(first + 1, begin + np.repeat(sizes, halves) - 1)
        matrix, sizes, starts = np.minimum(matrix[first], matrix[second]), halves, ends - halves
    return matrix


def repeated(keys: U64) -> Bools:
    """By sorting."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    twin = np.zeros(len(keys), bool)
    equal = ordered[1:] == ordered[:-1]
    twin[1:] |= equal
    twin[:-1] |= equal
    result = np.empty(len(keys), bool)
    result[order] = twin
    return result


def numbered(offsets: Ints, keys: U64) -> tuple[Ints, U32]:
    """By sorting."""
    text = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    _, first, rank = np.unique(keys, return_index=True, return_inverse=True)
    number = np.empty(len(first), np.uint32)
    number[np.argsort(first)] = np.arange(len(first), dtype=np.uint32)
    once = np.sort(np.unique(text * max(len(first), 1) + rank, return_index=True)[1])
    sizes = np.bincount(text[once], minlength=len(offsets) - 1)
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), number[rank[once]]


def document_counts(offsets: Ints, words: U32, text: Ints, doc: Ints) -> Ints:
    """Each pair of word and document once, then counted."""
    row, at = _rows(offsets, text)
    word, owner = words[at], doc[row]
    order = np.lexsort((owner, word))
    word, owner = word[order], owner[order]
    fresh = np.ones(len(word), bool)
    fresh[1:] = (word[1:] != word[:-1]) | (owner[1:] != owner[:-1])
    return np.bincount(word[fresh], minlength=int(words.max(initial=0)) + 1)


def taken_up(offsets: Ints, words: U32, weights: Ints, text: Ints, doc: Ints, speaks: Bools) -> tuple[Ints, Ints]:
    """By document and word, how many speak."""
    row, at = _rows(offsets, text)
    word = words[at]
    order = np.lexsort((row, word))  # rows are in the order of their documents, so that those of one stand together
    row, word = row[order], word[order]
    pair = np.ones(len(row), bool)
    pair[1:] = (word[1:] != word[:-1]) | (doc[row[1:]] != doc[row[:-1]])
    which = np.cumsum(pair) - 1
    speaking = speaks[row].astype(np.int64)
    others = np.bincount(which, speaking)[which] > speaking if len(row) else np.zeros(0, bool)
    mass, taken = (np.bincount(row, weights[word] * kept, minlength=len(text)) for kept in (np.ones(len(row)), others))
    return mass.astype(np.int64), taken.astype(np.int64)


def _rows(offsets: Ints, text: Ints) -> tuple[Ints, Ints]:
    """The words of the texts, one text after the other: the row of `text`, and the place in `words`."""
    size = np.diff(offsets)[text]
    row = np.repeat(np.arange(len(text)), size)
    return row, np.arange(len(row)) + (offsets[text] - np.cumsum(size) + size)[row]


def kindred(keys: U64, doc: Ints) -> tuple[Ints, Ints, Ints]:
    """By sorting: documents are runs within a key."""
    order = np.argsort(keys, kind="stable")
    key, owner = keys[order], doc[order]
    new_key = np.ones(len(keys), bool)
    new_key[1:] = key[1:] != key[:-1]
    new_pair = new_key.copy()
    new_pair[1:] |= owner[1:] != owner[:-1]
    first, first_there, documents = (np.empty(len(keys), np.int64) for _ in range(3))
    first[order] = order[new_key][np.cumsum(new_key) - 1]
    first_there[order] = order[new_pair][np.cumsum(new_pair) - 1]
    documents[order] = np.add.reduceat(new_pair, np.flatnonzero(new_key), dtype=np.int64)[np.cumsum(new_key) - 1]
    own, none = np.arange(len(keys)), keys == 0
    return np.where(none, own, first), np.where(none, own, first_there), np.where(none, 0, documents)
