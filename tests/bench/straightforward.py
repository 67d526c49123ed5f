"""The program that one would write oneself: ftfy, then MinHash and LSH by datasketch, a paragraph at a time.

`python straightforward.py IN.jsonl OUT.jsonl`. Every text is mended by `ftfy.fix_text`; of paragraphs that are alike (an
estimated Jaccard similarity of 0.6 on word 3-grams, 128 permutations, as the command's defaults are) the first one stays.
Paragraphs of fewer than three words are compared as a whole. There is no evidence, no home and no way back; that is the point.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import ftfy
import msgspec
from datasketch import MinHash, MinHashLSH

THRESHOLD, PERMUTATIONS, SHINGLE = 0.6, 128, 3
WORD = re.compile(r"\w+")


def shingles(paragraph: str) -> list[bytes]:
    """The word 3-grams of a paragraph, as bytes."""
    words = WORD.findall(paragraph.lower())
    return [" ".join(words[at : at + SHINGLE]).encode() for at in range(max(1, len(words) - SHINGLE + 1))]


def deduplicated(texts: Iterator[str]) -> Iterator[str]:
    """The texts, mended, without the paragraphs that are like an earlier one."""
    index, count = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS), 0
    for text in texts:
        kept = []
        for paragraph in ftfy.fix_text(text).split("\n"):
            if not paragraph.strip():
                kept.append(paragraph)
                continue
            signature = MinHash(num_perm=PERMUTATIONS)
            signature.update_batch(shingles(paragraph))
            if not index.query(signature):
                index.insert(count, signature)
                kept.append(paragraph)
            count += 1
        yield "\n".join(kept)


def main(source: Path, target: Path) -> None:
    """Clean a file of records with a field `text`."""
    with source.open("rb") as lines, target.open("wb") as out:
        records = [msgspec.json.decode(line) for line in lines]
        for record, text in zip(records, deduplicated(record["text"] for record in records), strict=True):
            out.write(msgspec.json.encode({**record, "text": text}) + b"\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
