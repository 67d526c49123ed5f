"""repair: bytes become text, and the text is mended by ftfy. Every change is an edit, so that all of it can be undone.

Two layers, composed into one list of edits:

    decoding   raw bytes -> text: UTF-8 as it is; what is not UTF-8 by `decoding.decode`
    mending    text -> text: equal to `ftfy.fix_text(text, config)` on the whole document; `damage` says what to ask it
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import polars as pl

from clean.config import Config
from clean.damage import damage_filter, settings
from clean.decoding import Mend, decode, joined
from clean.edit import apply, difference
from clean.schema import DOCUMENTS, EDIT, REPAIRED, Schema
from clean.stage import stage

if TYPE_CHECKING:
    from ftfy import ExplanationStep

MENDS: Schema = {"row": pl.UInt32, "start": pl.UInt64, "before": pl.Binary, "after": pl.Binary, "rule": pl.String}

ANSWERS: Schema = {"line": pl.String, "html": pl.Boolean, "head": pl.UInt64, **{k: MENDS[k] for k in ("before", "after", "rule")}}


@stage(takes={name: DOCUMENTS[name] for name in ("doc", "raw")}, yields=REPAIRED)
def repair(documents: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Decode and mend: doc, raw -> doc, text, edits, one row a document, in the same order.

    `undo(text, edits) == raw` for all bytes; a null `raw` gives a null text and no edits. Edits hold byte offsets
    in `raw`, are sorted, and carry the repair's name; several that touched one place are joined by "+".
    Method: ftfy (Speer 2019, doi:10.5281/zenodo.2591652), under the configuration that `config.repair` names.
    """
    raws = documents["raw"]
    texts, decodings = _decoded(raws)
    mends = _mends(texts, config.repair)
    mended = _applied(texts, mends)
    edits = _composed(raws, mended, mends, decodings) if decodings else mends
    chars = texts.str.len_chars().cast(pl.UInt64)
    return pl.DataFrame({"doc": documents["doc"], "text": mended, "chars": chars, "edits": _listed(edits, len(raws))})


# ---------------------------------------------------------------- decoding


def _decoded(raws: pl.Series) -> tuple[pl.Series, dict[int, list[Mend]]]:
    """The texts, and the edits that decoding took, by row. All valid UTF-8 costs one cast and no loop."""
    try:
        return raws.cast(pl.String), {}
    except pl.exceptions.ComputeError:
        pass  # one bad row fails the whole column, also with strict=False; each row is asked (about 1 GB/s)
    texts: list[str | None] = []
    decodings: dict[int, list[Mend]] = {}
    for row, raw in enumerate(raws):
        try:
            texts.append(None if raw is None else raw.decode())
        except UnicodeDecodeError:
            text, decodings[row] = decode(raw)
            texts.append(text)
    return pl.Series(raws.name, texts, pl.String), decodings


# ---------------------------------------------------------------- mending


def _mends(texts: pl.Series, repair: str) -> pl.DataFrame:
    """MENDS: one edit for each line that ftfy changes, sorted; offsets are bytes in the decoded text."""
    documents = pl.DataFrame({"text": texts}).with_row_index("row")
    if repair == "off":
        return pl.DataFrame(schema=MENDS)
    # ASCII without "&" and control characters needs nothing, and needs not even the filter that asks more
    flagged = documents.filter(pl.col("text").str.contains(r"[^\t\n\x0c\x20-\x25\x27-\x7e]"))
    if not flagged.is_empty():
        flagged = flagged.filter(pl.col("text").str.contains(damage_filter(repair).document))
    if flagged.is_empty():
        return pl.DataFrame(schema=MENDS)
    lines = _lines(flagged, settings(repair).max_decode_length)
    return pl.concat(_asked(lines, repair)).sort("row", "start")


def _lines(documents: pl.DataFrame, limit: int) -> pl.DataFrame:
    """row, line, start (bytes), html: the segments of `ftfy.fix_text`, each with its line break.

    html: a `<` stands in this line or an earlier one of the document, and so entities are left alone from here on.
    """
    long = pl.col("text").str.len_bytes() > limit
    short = documents.filter(~long).select("row", line=pl.col("text").str.split("\n", inclusive=True))
    cut = [(row, _segments(text, limit)) for row, text in documents.filter(long).iter_rows()]
    lines = pl.concat([short, pl.DataFrame(cut, short.schema, orient="row")]).explode("line")
    size = pl.col("line").str.len_bytes().cast(pl.UInt64)
    return lines.with_columns(
        start=(size.cum_sum() - size).over("row"),
        html=(pl.col("line").str.contains("<", literal=True).cum_sum() > 0).over("row"),
    )


def _segments(text: str, limit: int) -> list[str]:
    """The segments that `ftfy.fix_text` fixes one by one: lines, cut where they exceed `limit` characters."""
    segments, at = [], 0
    while at < len(text):
        end = text.find("\n", at) + 1 or len(text)
        end = min(end, at + limit)
        segments.append(text[at:end])
        at = end
    return segments


def _asked(lines: pl.DataFrame, repair: str) -> list[pl.DataFrame]:
    """The edits of the lines: CRLF that is alone in its line without ftfy, everything else that the filter holds back with it."""
    flags, crlf = damage_filter(repair).flags, pl.col("line").str.ends_with("\r\n")
    unix = pl.col("line").str.strip_suffix("\r\n") + "\n"
    lines = lines.with_columns(ask=flags(pl.col("line")), crlf=crlf)
    # ftfy looks at its own result again: the line with "\n" has to pass the filter, too
    returns = lines.filter("crlf", ~pl.col("ask")).with_columns(ask=flags(unix))
    asked = pl.concat([lines.filter("ask"), returns.filter("ask")])
    return [_line_ends(returns.filter(~pl.col("ask"))), _fixed(asked, repair)]


def _line_ends(lines: pl.DataFrame) -> pl.DataFrame:
    """MENDS for lines of which ftfy changes only the final CRLF, as edit.difference would give them."""
    return lines.select(
        "row",
        start=pl.col("start") + pl.col("line").str.len_bytes() - 2,
        before=pl.lit(b"\r"),
        after=pl.lit(b""),
        rule=pl.lit("fix_line_breaks"),
    ).cast(pl.Schema(MENDS))


def _fixed(lines: pl.DataFrame, repair: str) -> pl.DataFrame:
    """MENDS for lines that ftfy has to be asked about: each distinct (line, html) once."""
    from ftfy import fix_and_explain

    config = settings(repair)
    inside_html = config._replace(unescape_html=False)
    distinct = lines.select("line", "html").unique(maintain_order=True)
    answers = _unescaped(distinct, repair)
    known = pl.DataFrame({"line": [line for line, _ in answers], "html": False}, {"line": pl.String, "html": pl.Boolean})
    changes = [(line, False, text, "unescape_html") for line, text in answers]
    for line, html in distinct.join(known, on=["line", "html"], how="anti", maintain_order="left").iter_rows():
        text, steps = fix_and_explain(line, inside_html if html else config)
        changes.append((line, html, text, _rule(steps or [])))
    edits = ((line, html, difference(line.encode(), text.encode()), rule) for line, html, text, rule in changes)
    rows = [(line, html, *edit, rule) for line, html, edit, rule in edits if edit]
    found = lines.join(pl.DataFrame(rows, ANSWERS, orient="row"), on=["line", "html"])
    return found.with_columns(start=pl.col("start") + pl.col("head")).select(list(MENDS))


def _unescaped(lines: pl.DataFrame, repair: str) -> list[tuple[str, str]]:
    """The lines (with html) of which ftfy only unescapes entities, and what it makes of them.

    It looks at its own result again, which has to pass the filter: "&amp;lt;" is unescaped twice, and "&#146;" is a control
    character. A carriage return would pass at the end of a line.
    """
    from ftfy.fixes import unescape_html

    flags = damage_filter(repair)
    only = lines.filter(
        ~pl.col("html") & ~flags.flags_unescaped(pl.col("line")) & ~pl.col("line").str.contains("\r", literal=True)
    )
    after = pl.Series("line", [unescape_html(line) for line in only["line"]], pl.String)
    done = pl.DataFrame({"before": only["line"], "line": after, "html": only["html"]})
    done = done.filter(~flags.flags(pl.col("line")) & ~pl.col("line").str.contains("\r", literal=True))
    return list(done.select("before", "line").iter_rows())


def _rule(steps: Iterable[ExplanationStep]) -> str:
    """ftfy's explanation as names, each once: its functions' own, `fix_encoding` for what happens to bytes, `normalize`."""
    names = {"apply": None, "encode": "fix_encoding", "decode": "fix_encoding", "transcode": "fix_encoding"}
    return joined(names.get(action, action) or parameter for action, parameter in steps)


# ---------------------------------------------------------------- edits


def _applied(texts: pl.Series, mends: pl.DataFrame) -> pl.Series:
    """The texts with their edits made; only documents that have some are touched."""
    changed = mends.group_by("row", maintain_order=True).agg("start", "before", "after")
    if changed.is_empty():
        return texts
    before = texts.gather(changed["row"]).cast(pl.Binary)
    columns = (before, changed["start"], changed["before"], changed["after"])
    after = [apply(text, list(zip(*edits, strict=True))) for text, *edits in zip(*columns, strict=True)]
    return texts.scatter(changed["row"], pl.Series(after, dtype=pl.Binary).cast(pl.String))


def _composed(raws: pl.Series, texts: pl.Series, mends: pl.DataFrame, decodings: dict[int, list[Mend]]) -> pl.DataFrame:
    """MENDS from raw to text: where a document had to be decoded, both layers as one."""
    here = pl.col("row").is_in(list(decodings))
    second: dict[int, list[Mend]] = {row: [] for row in decodings}
    for row, start, before, after, rule in mends.filter(here).iter_rows():
        second[row].append((start, before, after, rule))
    both = []
    for row, first in decodings.items():
        both += [(row, *mend) for mend in compose(raws[row], texts[row].encode(), first, second[row])]
    return pl.concat([mends.filter(~here), pl.DataFrame(both, MENDS, orient="row")])


def compose(raw: bytes, text: bytes, first: Sequence[Mend], second: Sequence[Mend]) -> list[Mend]:
    """raw -first-> middle -second-> text as edits from raw to text; edits that touch in the middle become one."""
    composed, raw_shift, text_shift = [], 0, 0  # how far raw and text are ahead of the middle
    for low, high, (raw_grown, text_grown), rules in _touching(first, second):
        before = raw[low + raw_shift : high + raw_shift + raw_grown]
        after = text[low + text_shift : high + text_shift + text_grown]
        if before != after:
            composed.append((low + raw_shift, before, after, joined(rules)))
        raw_shift += raw_grown
        text_shift += text_grown
    return composed


Group = tuple[int, int, tuple[int, int], list[str]]


def _touching(first: Sequence[Mend], second: Sequence[Mend]) -> list[Group]:
    """Edits of both layers grouped where they touch: start and end in the middle, growth of raw and text, rules."""
    spans: list[Group] = []
    ahead = 0
    for start, before, after, rule in first:
        low, grown = start - ahead, len(before) - len(after)
        spans.append((low, low + len(after), (grown, 0), rule.split("+")))
        ahead += grown
    spans += [(start, start + len(b), (0, len(a) - len(b)), rule.split("+")) for start, b, a, rule in second]
    groups: list[Group] = []
    for span in sorted(spans, key=lambda span: span[:2]):
        groups.append(_merged(groups.pop(), span) if groups and span[0] <= groups[-1][1] else span)
    return groups


def _merged(a: Group, b: Group) -> Group:
    # names once each, or the 20,000 lines of a UTF-16 document would make a list that is copied 20,000 times
    return a[0], max(a[1], b[1]), (a[2][0] + b[2][0], a[2][1] + b[2][1]), list(dict.fromkeys(a[3] + b[3]))


def _listed(mends: pl.DataFrame, rows: int) -> pl.Series:
    """One list of edits for each of `rows` rows, empty where there are none."""
    fields = [field.name for field in EDIT.fields]
    lists = mends.group_by("row", maintain_order=True).agg(edits=pl.struct(fields))
    every = pl.DataFrame({"row": pl.arange(rows, dtype=pl.UInt32, eager=True)})
    return every.join(lists, on="row", how="left", maintain_order="left")["edits"].fill_null(pl.Series([[]], dtype=pl.List(EDIT)))
