r"""Markup that holds a text together: code without its fence, or with a line of it gone, is worth nothing.

| what | is one segment | is judged |
|---|---|---|
| code between fences of backticks, or of tildes where the first names a language | yes | never |
| `<pre>`, `<script>`, `<style>` and `<textarea>` with what they enclose | yes | never |
| what is indented below a line that ends in `::`, or a directive, and that line (reStructuredText) | yes | never |
| front matter: fields at the top, between two lines `---` or `+++`, or three and more above a blank line | yes | never |
| a table whose second row is dashes, whose first is (`+---+---+`), between two of `===  ===`, or in `<table>` | yes | never |
| a line of tags, a template's (`{% ... %}`), the first of an admonition (`::: note`, `/// note`) | | never |
| where a link leads (`[1]: ...`, `.. _ships: ...`), a directive with nothing below (`.. include:: ships.rst`) | | never |
| a comment (`<!-- ... -->`) of several lines | yes | yes |
| a heading and the line of signs that underlines it | yes | yes |

After CommonMark 0.31.2 (sections 4.5 and 4.6) and GitHub Flavored Markdown 0.29 (section 4.10), with two exceptions. A fence
that nothing closes opens nothing: texts are scraped, and some end early. And fences may be indented as far as they like, as in
lists within lists.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from clean.schema import Schema
from clean.windows import beside, run

# Most texts have none of these, nor front matter, and are not looked at further.
_TRACES = ["```", "~~~", "<!--", "</", "|-", "| -", "|:", "| :", "{%", ":::", "///", "::", "]: "]
_TRACES += ["+--", "\n..", ".. _", ".. |", *(f"\n{sign * 3}" for sign in "=-~^\"'+*#._")]
_ELEMENTS = ("pre", "script", "style", "textarea", "table")
_BORDERS = ["```", "~~~", "<!--", "-->", *(f"{start}{name}" for start in ("<", "</") for name in _ELEMENTS)]
_INDENT = r"^[ \t>]*"
_ITEM = r"(?:[-*+][ \t]+|\d{1,9}[.)][ \t]+)?"
_BACKTICKS = rf"{_INDENT}{_ITEM}(`{{3,}})[^`]*$"
# A line of tildes alone underlines a heading in reStructuredText.
_TILDES = rf"{_INDENT}{_ITEM}(~{{3,}})[ \t]*[\w{{.]"
_CLOSING = rf"{_INDENT}(`{{3,}}|~{{3,}})\s*$"
_COMMENT, _COMMENT_END = r"<!--(?:[^-]|-[^-]|--[^>])*$", r"-->"
_ELEMENT, _ELEMENT_END = (rf"(?i){start}({'|'.join(_ELEMENTS)})(?:[\s>]|$)" for start in (rf"{_INDENT}<", "</"))
# A comment or a field, and what follows down to the second mark.
_FIELD, _FIELDS = r"(?:#|\[|[\w\"'.-]+[ \t]*[:=])[^\n]*\n", r"(?:[^\n]*\n){0,200}?"
_FRONT = tuple(rf"\A({mark}[ \t]*\r?\n{_FIELD}{_FIELDS}{mark}[ \t]*\r?(?:\n|\z))" for mark in ("---", r"\+\+\+"))
_HEADER = r"\A((?:From [^\n]*\n)?(?:[A-Za-z][\w-]*:[^\n]*\n(?:[ \t]+\S[^\n]*\n)*){3,})\r?\n"
# A directive, a link's target, a substitution; a footnote is text.
_EXPLICIT = r"^[ \t]*\.\.[ \t]+(?:[\w:+-]+::|_[^\n]*:|\|)"
_LITERAL = rf"::\s*$|{_EXPLICIT}"
# "====" under a line of any length; of other signs, as many as the line above has characters.
_DOUBLE, _UNDERLINE = r"^={3,}\s*$", "^(?:" + "|".join(f"[{sign}]{{3,}}" for sign in (*"=~\"'+*#._-", r"\^")) + r")\s*$"
_LONGEST_HEADING, _NEARLY = 120, 2
_ROW, _DASHES = rf"{_INDENT}\|", rf"{_INDENT}\|[ \t:|]*-[ \t:|-]*\s*$"
# reStructuredText's tables: a grid, and what stands between two borders, of which the second has a blank line below.
_GRID, _BORDER = rf"{_INDENT}\+[-=+]{{3,}}\+\s*$", r"^[ \t]*={2,}(?:[ \t]+={2,})+\s*$"
# Not "<https://...>", nor "<name@...>".
_TAGS = rf"{_INDENT}(?:</?[A-Za-z][\w.-]*(?:\s[^<>]*)?>\s*)+$"
# These hold nothing together, as nothing ends them: "<hr>", "<img ...>", "<Ad/>".
_VOID = "area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr"
_ENDLESS = rf"(?i){_INDENT}<(?:(?:{_VOID})\b|[^<>]*/>\s*$)"
_DIRECTIVE = rf"{_INDENT}(?:(?::{{3,}}|/{{3,}})[ \t]*[\w{{]|\{{%[^{{}}]*%\}}\s*$|\[[^\]]+\]:[ \t]+\S+\s*$)|{_EXPLICIT}"

# Blocks, by the numbers of their first and last lines.
_BLOCKS: Schema = {"row": pl.UInt32, "until": pl.UInt32, "verbatim": pl.Boolean}


def with_blocks(pieces: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    """The lines of `texts` (doc, text), each block as one, and whether it is `verbatim`: code or markup, which is not judged.

    Takes doc, group, seg, start, end, piece, by document and line.
    """
    text = pl.col("text")
    fields = pl.coalesce(text.str.extract(mark) for mark in (*_FRONT, _HEADER)).str.len_bytes().cast(pl.UInt64)
    traced = texts.select("doc", front=fields, traced=text.str.contains_any(_TRACES))
    traced = traced.filter(pl.col("traced") | pl.col("front").is_not_null())
    plain = pieces.with_columns(verbatim=pl.lit(value=False))
    if traced.is_empty():
        return plain
    here = pl.col("doc").is_in(traced["doc"].implode())
    lines = pieces.filter(here).join(traced.select("doc", "front"), on="doc", how="left", maintain_order="left")
    lines = _with_headings(_with_tables(_with_literals(_with_fences(lines.with_row_index("row")))))
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
    nowhere = {"block": pl.lit(None, dtype=pl.UInt32), "verbatim": pl.lit(None, dtype=pl.Boolean)}
    return _in_blocks(lines.drop("front").with_columns(**nowhere), pl.concat([found, front.select(list(_BLOCKS))]))


def _in_blocks(lines: pl.DataFrame, blocks: pl.DataFrame) -> pl.DataFrame:
    """The lines with `block` and `verbatim` of those in `blocks`, _BLOCKS of lines that were in none."""
    blocks = blocks.sort("row").select("row", "until", first="row", is_verbatim="verbatim")
    lines = lines.join_asof(blocks, on="row")
    inside = pl.col("row") <= pl.col("until")
    found = {"block": pl.when(inside).then("first"), "verbatim": pl.when(inside).then("is_verbatim")}
    return lines.with_columns(pl.coalesce(name, found[name]) for name in found).drop("until", "first", "is_verbatim")


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


def _with_literals(lines: pl.DataFrame) -> pl.DataFrame:
    """With `block` and `verbatim` of what is indented below "::", and of the line that ends so."""
    piece = pl.col("piece").str
    opens = lines.filter(piece.contains(_LITERAL) & pl.col("block").is_null())["row"].to_list()
    if not opens:
        return lines
    indent = pl.when(piece.contains(r"\S")).then(piece.extract(r"^([ \t]*)").str.len_chars())
    places = lines.select("doc", depth=pl.when(pl.col("block").is_null()).then(indent).otherwise(-1))
    found = pl.DataFrame(list(_indented(opens, *places)), schema=_BLOCKS, orient="row")
    return _in_blocks(lines, found)


def _indented(opens: list[int], doc: pl.Series, depth: pl.Series) -> Iterator[tuple[int, int, bool]]:
    """_BLOCKS of the rows that open one, with those below that are indented further, or blank (`depth` null), down to the last
    that is not."""
    documents, depths, last = doc.to_list(), depth.to_list(), -1
    for first in opens:
        if first <= last:
            continue
        row = last = first
        while (row := row + 1) < len(depths) and documents[row] == documents[first]:
            here = depths[row]
            if here is not None and here <= depths[first]:
                break
            last = last if here is None else row
        if last > first:
            yield first, last, True


def _with_tables(lines: pl.DataFrame) -> pl.DataFrame:
    """With `block` and `verbatim` of rows between bars, in a grid, and between two borders."""
    piece, free = pl.col("piece").str, pl.col("block").is_null()
    lines = lines.with_columns(grid=piece.contains(_GRID) & free).with_columns(
        is_row=(piece.contains(_ROW) & free) | pl.col("grid")
    )
    lines = lines.with_columns(rows=run(pl.col("is_row"), "doc")).with_columns(first=pl.col("row").first().over("rows"))
    at_first, below = pl.col("row") == pl.col("first"), pl.col("row") == pl.col("first") + 1
    shows = pl.col("is_row") & ((at_first & pl.col("grid")) | (below & piece.contains(_DASHES)))
    tables = lines.filter(pl.col("rows").is_in(lines.filter(shows)["rows"].implode()))
    found = tables.group_by("rows").agg(pl.col("row").first(), until=pl.col("row").last(), verbatim=True)
    lines = _in_blocks(lines.drop("grid", "is_row", "rows", "first"), found.select(list(_BLOCKS)))
    return _in_blocks(lines, _bordered(lines))


def _bordered(lines: pl.DataFrame) -> pl.DataFrame:
    """_BLOCKS of tables between borders: from each that opens one to the next below which the document ends or is blank."""
    piece = pl.col("piece").str
    borders = lines.with_columns(ends=~beside(piece.contains(r"\S"), 1, "doc").fill_null(value=False)).filter(
        piece.contains(_BORDER) & pl.col("block").is_null()
    )
    found, opened = list[tuple[int, int, bool]](), None
    for row, doc, ends in borders.select("row", "doc", "ends").iter_rows():
        if opened is None or opened[1] != doc:
            opened = None if ends else (row, doc)
        elif ends:
            found.append((opened[0], row, True))
            opened = None
    return pl.DataFrame(found, schema=_BLOCKS, orient="row")


def _with_headings(lines: pl.DataFrame) -> pl.DataFrame:
    """With `block` and `verbatim` of headings and what underlines them."""
    piece = pl.col("piece").str
    size = piece.strip_chars_end().str.len_chars().cast(pl.Int64)
    heading = piece.contains(r"^\S.*\w") & (size <= _LONGEST_HEADING) & pl.col("block").is_null()
    below_heading = beside(heading, -1, "doc") & pl.col("block").is_null()
    as_long = piece.contains(_DOUBLE) | ((size - beside(size, -1, "doc")).abs() <= _NEARLY)
    found = lines.filter(piece.contains(_UNDERLINE) & below_heading & as_long)
    return _in_blocks(lines, found.select(row=pl.col("row") - 1, until="row", verbatim=pl.lit(value=False)))
