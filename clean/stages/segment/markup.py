r"""Markup that holds a text together: code without its fence, or with a line of it gone, is worth nothing.

| what | is one segment | is judged |
|---|---|---|
| code between fences of backticks, or of tildes where the first names a language | yes | never |
| `<pre>`, `<script>`, `<style>` and `<textarea>` with what they enclose | yes | never |
| front matter: fields between two lines `---`, or `+++`, at the top | yes | never |
| a line of tags alone, the first line of an admonition (`::: note`, `/// note`), a line of a template (`{% ... %}`) | | never |
| a comment (`<!-- ... -->`) of several lines | yes | yes |
| a table whose second row is dashes | yes | yes |

After CommonMark 0.31.2 (sections 4.5 and 4.6) and GitHub Flavored Markdown 0.29 (section 4.10), with two exceptions. A fence
that nothing closes opens nothing: texts are scraped, and some end early. And fences may be indented as far as they like, as in
lists within lists.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from clean.schema import Schema
from clean.windows import run

# Most texts have none of these, nor front matter, and are not looked at further.
_TRACES = ["```", "~~~", "<!--", "</", "|-", "| -", "|:", "| :", "{%", ":::", "///"]
_BORDERS = ["```", "~~~", "<!--", "-->", "<pre", "<script", "<style", "<textarea", "</pre", "</script", "</style", "</textarea"]
_INDENT = r"^[ \t>]*"
_ITEM = r"(?:[-*+][ \t]+|\d{1,9}[.)][ \t]+)?"
_BACKTICKS = rf"{_INDENT}{_ITEM}(`{{3,}})[^`]*$"
# A line of tildes alone underlines a heading in reStructuredText.
_TILDES = rf"{_INDENT}{_ITEM}(~{{3,}})[ \t]*[\w{{.]"
_CLOSING = rf"{_INDENT}(`{{3,}}|~{{3,}})\s*$"
_COMMENT, _COMMENT_END = r"<!--(?:[^-]|-[^-]|--[^>])*$", r"-->"
_ELEMENT, _ELEMENT_END = (rf"(?i){start}(pre|script|style|textarea)(?:[\s>]|$)" for start in (rf"{_INDENT}<", "</"))
# A field, what goes on from the line above, or nothing.
_FIELD = r"(?:[\w\"'][^\n:=]*[:=][^\n]*|[ \t#}\]-][^\n]*|\r?)\n"
_FRONT = tuple(rf"\A({mark}[ \t]*\r?\n(?:{_FIELD})+?{mark}[ \t]*\r?(?:\n|\z))" for mark in ("---", r"\+\+\+"))
_ROW, _DASHES = rf"{_INDENT}\|", rf"{_INDENT}\|[ \t:|]*-[ \t:|-]*\s*$"
# Not "<https://...>", nor "<name@...>".
_TAGS = rf"{_INDENT}(?:</?[A-Za-z][\w.-]*(?:\s[^<>]*)?>\s*)+$"
# These hold nothing together, as nothing ends them: "<hr>", "<img ...>", "<Ad/>".
_VOID = "area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr"
_ENDLESS = rf"(?i){_INDENT}<(?:(?:{_VOID})\b|[^<>]*/>\s*$)"
_DIRECTIVE = rf"{_INDENT}(?::{{3,}}|/{{3,}})[ \t]*[\w{{]|^[ \t]*\{{%[^{{}}]*%\}}\s*$"

# Blocks, by the numbers of their first and last lines.
_BLOCKS: Schema = {"row": pl.UInt32, "until": pl.UInt32, "verbatim": pl.Boolean}


def with_blocks(pieces: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    """The lines of `texts` (doc, text), each block as one, and whether it is `verbatim`: code or markup, which is not judged.

    Takes doc, group, seg, start, end, piece, by document and line.
    """
    text = pl.col("text")
    fields = pl.coalesce(text.str.extract(mark) for mark in _FRONT).str.len_bytes().cast(pl.UInt64)
    traced = texts.select("doc", front=fields, traced=text.str.contains_any(_TRACES))
    traced = traced.filter(pl.col("traced") | pl.col("front").is_not_null())
    plain = pieces.with_columns(verbatim=pl.lit(value=False))
    if traced.is_empty():
        return plain
    here = pl.col("doc").is_in(traced["doc"].implode())
    lines = pieces.filter(here).join(traced.select("doc", "front"), on="doc", how="left", maintain_order="left")
    lines = _with_tables(_with_fences(lines.with_row_index("row")))
    line, in_block = pl.col("piece").str, pl.col("block").is_not_null()
    single = lines.filter(~in_block).with_columns(
        verbatim=(line.contains(_TAGS) & ~line.contains(_ENDLESS)) | line.contains(_DIRECTIVE)
    )
    whole = (
        lines.filter(in_block)
        .group_by("block", maintain_order=True)
        .agg(pl.col("doc", "group", "seg", "start", "verbatim").first(), pl.col("end").last(), line.join(""))
    )
    every = (plain.filter(~here), single.select(plain.columns), whole.select(plain.columns))
    return pl.concat(every).sort("doc", "seg")


def _with_fences(lines: pl.DataFrame) -> pl.DataFrame:
    """With `block`, the number of the first line of the code, front matter or comment that a line is in, and `verbatim`; null
    in none."""
    in_front = (pl.col("end") <= pl.col("front")).fill_null(value=False)
    piece = pl.col("piece").str
    marks = lines.filter(piece.contains_any(_BORDERS, ascii_case_insensitive=True) & ~in_front).select(
        "row",
        "doc",
        quotes=piece.extract(rf"({_INDENT})").str.count_matches(">", literal=True),
        opens=pl.coalesce(
            piece.extract(_BACKTICKS),
            piece.extract(_TILDES),
            pl.when(piece.contains(_COMMENT)).then(pl.lit("!")),
            pl.when(~piece.contains(_ELEMENT_END)).then(piece.extract(_ELEMENT).str.to_lowercase()),
        ),
        closes=pl.coalesce(
            piece.extract(_CLOSING),
            pl.when(piece.contains(_COMMENT_END)).then(pl.lit("!")),
            piece.extract(_ELEMENT_END).str.to_lowercase(),
        ),
    )
    found = pl.DataFrame(list(_paired([_Mark(*mark) for mark in marks.iter_rows()])), schema=_BLOCKS, orient="row")
    front = lines.filter(in_front).group_by("doc").agg(pl.col("row").first(), until=pl.col("row").last(), verbatim=True)
    blocks = pl.concat([found, front.select(list(_BLOCKS))]).sort("row").with_columns(block="row")
    lines = lines.join_asof(blocks, on="row")
    return lines.with_columns(pl.when(pl.col("row") <= pl.col("until")).then(pl.col("block", "verbatim"))).drop("until", "front")


class _Mark(NamedTuple):
    """A line that may open or close a block, and by what: the fence, the name of the element, "!" for a comment."""

    row: int
    doc: int
    quotes: int  # how many it stands in
    opens: str | None
    closes: str | None


def _paired(marks: list[_Mark]) -> Iterator[tuple[int, int, bool]]:
    """_BLOCKS: from the top, each line that opens one with the first below that closes it. There are none inside another."""
    closable, longest, doc = [], dict[tuple[int, str], str](), -1  # what closes such blocks further down; of fences, the longest
    for mark in reversed(marks):
        if mark.doc != doc:
            longest, doc = {}, mark.doc
        closable.append(mark.opens is not None and longest.get((mark.quotes, mark.opens[:3]), "").startswith(mark.opens))
        if mark.closes is not None:
            kind = (mark.quotes, mark.closes[:3])
            longest[kind] = max(longest.get(kind, ""), mark.closes)
    opened: _Mark | None = None
    for mark in marks:
        can_close = closable.pop()
        if opened is None:
            opened = mark if can_close else None
        elif mark.closes is not None and mark.quotes == opened.quotes and mark.closes.startswith(opened.opens or ""):
            yield opened.row, mark.row, opened.opens != "!"
            opened = None


def _with_tables(lines: pl.DataFrame) -> pl.DataFrame:
    """With `block` of the rows of tables, too."""
    is_row = pl.col("piece").str.contains(_ROW) & pl.col("block").is_null()
    lines = lines.with_columns(is_row=is_row).with_columns(rows=run(pl.col("is_row"), "doc"))
    lines = lines.with_columns(first=pl.col("row").first().over("rows"))
    dashes = pl.col("is_row") & (pl.col("row") == pl.col("first") + 1) & pl.col("piece").str.contains(_DASHES)
    table = pl.col("rows").is_in(lines.filter(dashes)["rows"].implode())
    return lines.with_columns(
        block=pl.when(table).then("first").otherwise("block"),
        verbatim=pl.when(table).then(pl.lit(value=False)).otherwise("verbatim"),
    ).drop("is_row", "rows", "first")
