"""Every table that travels through `clean`, a comment per column. READ THIS FIRST.

Offsets are UTF-8 byte offsets, half-open. `doc` is the document's ordinal in canonical input order
(sources sorted by name, then their own order), so sorting by it gives the input's order back.
Schemas travel with the stages (`stage.py`), because an empty result has columns, too.
"""

from __future__ import annotations

import polars as pl

Schema = dict[str, pl.DataType | type[pl.DataType]]

# ---------------------------------------------------------------- what came in

DOCUMENTS: Schema = {
    "doc": pl.UInt32,  # ordinal in canonical order
    "doc_id": pl.String,  # the record's id; for a text file its name without suffix
    "group": pl.String,  # site: only documents of one group are compared as siblings
    "preference": pl.String,  # value of the field that `prefer` names; null: none
    "source": pl.String,  # the file's name, relative to the input it was found under
    "row": pl.UInt64,  # record number in its source, from 0
    "raw": pl.Binary,  # the text exactly as it came, before anything was decoded; null stays null
    "meta": pl.Binary,  # JSON object of the other fields as written, text field's place marked; null: see the source
}

QUARANTINE: Schema = {
    "source": pl.String,
    "line": pl.UInt64,  # from 1, as editors count
    "offset": pl.UInt64,  # bytes from the start of the (decompressed) source; 0 in Parquet, where rows have no place in bytes
    "reason": pl.String,  # one sentence for the reader
    "raw": pl.Binary,  # the bad record, whole; a row of Parquet as JSON
}

# ---------------------------------------------------------------- what happens to text

EDIT = pl.Struct(
    {
        "start": pl.UInt64,  # where `before` begins in the layer's input
        "before": pl.Binary,  # what stood there
        "after": pl.Binary,  # what stands there now
        "rule": pl.String,  # the repair's or the rule's name
    }
)

REPAIRED: Schema = {
    "doc": pl.UInt32,
    "text": pl.String,  # decoded and mended; null where raw was null
    "chars": pl.UInt64,  # characters of the decoded text, before it was mended
    "edits": pl.List(EDIT),  # undo(text, edits) == raw
}

ABOUT: Schema = {
    **{name: DOCUMENTS[name] for name in ("doc", "doc_id", "group", "source", "row", "meta")},
    "raw_bytes": pl.UInt64,
    "raw_sha256": pl.String,  # of the text as it came; null for a null text
    "chars": pl.UInt64,  # characters of the decoded text, before it was mended
}

REPAIRS: Schema = {"doc": pl.UInt32, "start": pl.UInt64, "before": pl.Binary, "after": pl.Binary, "rule": pl.String}

NORMALISATIONS = ("fix_character_width", "fix_line_breaks", "normalize", "uncurl_quotes")
"""Repairs that choose between two right spellings. Every other repair mends damage."""

TEXTS: Schema = {"doc": pl.UInt32, "text": pl.String}

# ---------------------------------------------------------------- what is compared

SEGMENTS: Schema = {
    "doc": pl.UInt32,
    "group": pl.String,
    "seg": pl.UInt32,  # its number in its document, of its first line where it is a paragraph; segments tile the text
    "start": pl.UInt64,  # byte offset of the line, or paragraph where the document is hard-wrapped
    "end": pl.UInt64,  # byte offset after its line break
    "line": pl.String,  # it without its last line break
    "passage": pl.UInt128,  # xxh3_128 of the normal form; null: no token in it (blank, ornament)
    "tokens": pl.UInt32,  # words of the normal form, by the measure of text.word_count
}

PASSAGES: Schema = {
    "passage": pl.UInt128,
    "normal": pl.String,  # the normal form: tokens joined by one space
    "tokens": pl.UInt32,
    "docs": pl.UInt32,  # documents that hold it
}

BUCKETS: Schema = {
    "bucket": pl.UInt64,  # band number and the band's values, hashed
    "passage": pl.UInt128,
}

PAIRS: Schema = {
    "a": pl.UInt128,  # a passage
    "b": pl.UInt128,  # another; a < b
    "relation": pl.String,  # near: Jaccard; truncated: containment of the shorter
    "score": pl.Float64,  # exact, on the shingles
}

LIKENESS: Schema = {
    "bin": pl.UInt8,  # Jaccard similarity of two passages in hundredths, rounded down to an even one: 60 is 0.60 to 0.62
    "verdict": pl.String,  # what became of the pair: near, truncated (see PAIRS), apart
    "pairs": pl.UInt64,  # so many
}

CLUSTERS: Schema = {
    "passage": pl.UInt128,  # a member
    "cluster": pl.UInt128,  # the representative's passage
    "score": pl.Float64,  # verified similarity to the representative; 1.0 for itself
}

# ---------------------------------------------------------------- what is decided

RULES = (
    "exact-document",
    "near-document",
    "shared-teaser",
    "learned-teaser",
    "furniture",
    "repeated-line",
    "headline-list",
)

KNOWN_RULE = "known-passage"
"""The rule of what is removed because earlier runs removed it. Only where such are given: not one of RULES."""

EVIDENCE: Schema = {
    "rule": pl.String,  # one of RULES, or KNOWN_RULE
    "cluster": pl.UInt128,  # null where the rule needs no twin
    "twin_doc": pl.UInt32,  # the copy that stays (its home), else a copy elsewhere; null: learned
    "twin_start": pl.UInt64,  # bytes, in the twin's repaired text; null: the document as a whole
    "home": pl.Boolean,  # whether the twin stays; null: no twin
    "score": pl.Float64,  # how like its twin it is, or how sure the decision; see judge.evidence
    "docs": pl.UInt32,  # documents that hold it
    "support": pl.UInt32,  # for what was learned: the examples it rests on; known: documents of earlier runs that lost it
}

SHAPES: Schema = {
    "group": pl.String,
    "shape": pl.String,  # by which a blurb is recognised: doubled, cut, or a phrase
    "examples": pl.UInt32,  # different passages of the group that have it and that earlier runs removed
}

REMOVALS: Schema = {
    "doc": pl.UInt32,
    "start": pl.UInt64,  # bytes, in the repaired text
    "before": pl.Binary,  # what stood there
    "after": pl.Binary,  # what stands there now: nothing, or the blank lines that part its neighbours
    **EVIDENCE,
}

SURVIVORS: Schema = {
    "doc": pl.UInt32,
    "group": pl.String,
    "given": pl.UInt128,  # equal for documents of one normal form as they came; null: no token in it
    "key": pl.UInt128,  # the same, of what stays
    "rank": pl.UInt32,  # preference.RANKS
    "tokens": pl.UInt32,  # words of what stays
    "signature": pl.Binary,  # MinHash signature of what stays
    "anchor": pl.UInt64,  # hash of its first words; null where there are fewer
}

COPIES: Schema = {
    "doc": pl.UInt32,
    "original": pl.UInt32,  # the copy that stays
    "rule": pl.String,  # exact-document, near-document
    "score": pl.Float64,  # verified similarity to the original; 1.0 for exact copies
}

LEDGER: Schema = {
    "doc": pl.UInt32,
    "doc_id": pl.String,
    "layer": pl.String,  # repair: raw -> repaired; removal: repaired -> cleaned
    "start": pl.UInt64,  # bytes, in the layer's input
    "before": pl.Binary,  # what stood there
    "after": pl.Binary,  # what stands there now
    "rule": pl.String,  # a repair's name, one of RULES, or KNOWN_RULE
    # The rest is EVIDENCE, and null for a repair.
    "cluster": pl.String,  # hexadecimal; null where the rule needs no twin
    "twin_doc_id": pl.String,  # the twin's id
    "twin_doc": pl.UInt32,
    "twin_start": pl.UInt64,
    "home": pl.Boolean,
    "score": pl.Float64,
    "docs": pl.UInt32,
    "support": pl.UInt32,
}

FATES: Schema = {
    "doc": pl.UInt32,
    "doc_id": pl.String,
    "group": pl.String,
    "source": pl.String,  # file it came from
    "row": pl.UInt64,  # its place there: see DOCUMENTS
    "fate": pl.String,  # kept, exact-document, near-document
    "raw_bytes": pl.UInt64,
    "raw_sha256": pl.String,  # of the text as it came; null for a null text
    "chars_in": pl.UInt64,  # characters of the text as decoded, before repair
    "chars_out": pl.UInt64,  # characters published; 0 for a removed document
    "text_sha256": pl.String,  # of the published text; null for a removed or null one
    "meta": pl.Binary,  # the other fields of a removed document, so that nothing is lost
}

KEPT: Schema = {
    "cluster": pl.UInt128,  # what repeats and stays all the same
    "reason": pl.String,  # first line, home, shared, syndicated, last copy, unconfirmed, ceiling: see judge
    "doc": pl.UInt32,
    "start": pl.UInt64,  # bytes, in the repaired text
    "end": pl.UInt64,
    "docs": pl.UInt32,  # documents that hold it
}

# ---------------------------------------------------------------- what one run tells the next

KNOWN: Schema = {
    "group": pl.String,  # site
    "text": pl.String,  # normal form of a passage that was removed as boilerplate; with the site it is the key
    "docs": pl.UInt64,  # documents it was removed from
    "head": pl.UInt64,  # of these, where it stood above the document's own text, within a few lines of it
    "top": pl.UInt64,  # above it, further up
    "middle": pl.UInt64,  # between its paragraphs
    "end": pl.UInt64,  # below it
    "shape": pl.String,  # what blurbs like it are known by: doubled, cut, or a phrase ("read more:"); see judge.JUDGED; else null
    "source": pl.String,  # the first document it was removed from, by the names of source and document
    "doc_id": pl.String,
}

RECALLED: Schema = {
    "cluster": pl.String,  # as in the ledger, where the rule is KNOWN_RULE
    "group": pl.String,
    "text": pl.String,  # the known passage
    "file": pl.String,  # the name of the file it is known from
    "docs": pl.UInt64,  # documents it was removed from, by that file
    "source": pl.String,  # the first of them
    "doc_id": pl.String,
}


def empty(schema: Schema) -> pl.DataFrame:
    """A frame of no rows with the columns of `schema`."""
    return pl.DataFrame(schema=schema)
