"""Facts: what a run did, in numbers and in a few examples, from its records alone.

    facts = measure(ledger, fates, quarantine, kept, config, versions, read=texts_of)

The facts are plain dicts, lists, strings and numbers; `report.json` is their JSON, every other report is laid
out from them. Everything is counted vectorised over the whole tables; only the top lists, which are capped and
say so in `caps`, are gone through row by row.

Units: characters are Unicode code points, bytes are UTF-8; a share is a fraction of 0-1, six digits. The
account, which always adds up:

    chars_in  (+ what repair added or took away)  =  chars_repaired  =  chars_out + the characters of all rules
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import polars as pl
from polars import col

from clean.config import Config, settings
from clean.schema import FATES, KEPT, LEDGER, QUARANTINE, RULES
from clean.stage import check

Frame = pl.DataFrame | pl.LazyFrame
Facts = dict[str, Any]
Read = Callable[[Sequence[int]], pl.DataFrame]

FORMAT = 1  # of the facts; counts up when a key changes its meaning

TOP = 25  # rows of a top list
TOP_GROUPS = 50
TOP_DOCUMENTS = 100
EXAMPLES = 3  # of each kind of repair
EXCERPT = 300  # characters of a text that is shown

WHOLE = ("exact-document", "near-document")  # the rules that take a document as a whole
NORMALISATION = ("fix_line_breaks", "normalize")  # another spelling of the same text; all other repairs mend damage
SIZES = ((1, 1), (2, 2), (3, 3), (4, 5), (6, 10), (11, 20), (21, 50), (51, 100), (101, 1000), (1001, None))
BINS = 20  # of a score, 0.05 each

MUCH = 0.5  # of the text removed: more than boilerplate usually is
NEAR = 0.9  # of a ceiling reached: worth a mark


def measure(
    ledger: Frame,
    fates: Frame,
    quarantine: Frame,
    kept: Frame,
    config: Config,
    versions: Mapping[str, str] | None = None,
    read: Read | None = None,
) -> Facts:
    """The facts of a run, from its schema.LEDGER, FATES, QUARANTINE and KEPT, in any order of rows.

    `read` gives the repaired texts (columns `doc`, `text`) of the few documents that are quoted beside a removal
    or as kept; without it only what the ledger itself holds is quoted. Lazy frames are scanned three times, and
    never held with their texts. Raises TypeError when a table is not of its schema.
    """
    for name, table, schema in (
        ("ledger", ledger, LEDGER),
        ("fates", fates, FATES),
        ("quarantine", quarantine, QUARANTINE),
        ("kept", kept, KEPT),
    ):
        check(f"measure takes {name}:", table.lazy().limit(0).collect(), schema)
    ledger = ledger.lazy()
    removals, repairs, bad = _removals(ledger), _repairs(ledger), quarantine.lazy().drop("raw").collect()
    documents = _documents(fates.lazy(), removals, repairs)
    stays = _stays(kept.lazy(), documents)
    top = {"clusters": _biggest(removals), "weakest": _weakest(removals), "copies": _copies(removals)}
    facts: Facts = {
        "format": FORMAT,
        "documents": _document_counts(documents, bad),
        "text": _text_counts(documents),
        "rules": _rules(removals, documents),
        "repairs": _repair_counts(repairs),
        "repair_kinds": _repair_kinds(repairs),
        "repair_examples": _repair_examples(ledger, repairs, documents),
        "groups": _groups(documents, config),
        "worst": _worst(documents),
        "removed_share": _share_bins(documents),
        "removed_by_position": _positions(removals, documents),
        "cluster_sizes": _sizes(removals),
        "scores": _scores(removals, config),
        **_quoted(top, ledger, documents, read),
        "most_removed": _most_removed(documents, removals, config),
        "kept_repeats": {"reasons": _kept_reasons(stays), "top": _kept_top(stays, documents, read)},
        "quarantine": bad.sort("source", "line", "offset", "reason").head(TOP).to_dicts(),
    }
    facts["caps"] = _caps(facts, documents, removals, stays, bad)
    facts["settings"] = _settings(config)
    facts["config"] = config.as_dict()
    facts["fingerprint"] = config.fingerprint()
    facts["versions"] = dict(sorted((versions or {}).items()))
    facts["warnings"] = _warnings(facts, config)
    return facts


# ---------------------------------------------------------------- the ledger without its texts


def _removals(ledger: pl.LazyFrame) -> pl.DataFrame:
    """What was removed, in order: doc, start, rule, cluster, twin_doc, twin_start, score, docs, bytes, chars."""
    return (
        ledger.filter(col.layer == "removal")
        .select(
            *("doc", "start", "rule", "cluster", "twin_doc", "twin_start", "score", "docs"),
            bytes=col.before.bin.size().cast(pl.Int64),
            chars=col.before.cast(pl.String).str.len_chars().cast(pl.Int64),
        )
        .sort("doc", "start", "rule", "bytes")
        .collect()
    )


def _repairs(ledger: pl.LazyFrame) -> pl.DataFrame:
    """What was repaired, in order: doc, start, rule, bytes (of difference), damage."""
    names = col.rule.str.split("+")
    return (
        ledger.filter(col.layer == "repair")
        .select(
            *("doc", "start", "rule"),
            bytes=col.after.bin.size().cast(pl.Int64) - col.before.bin.size().cast(pl.Int64),
            damage=names.list.set_difference(list(NORMALISATION)).list.len() > 0,
        )
        .sort("doc", "start", "rule", "bytes")
        .collect()
    )


def _documents(fates: pl.LazyFrame, removals: pl.DataFrame, repairs: pl.DataFrame) -> pl.DataFrame:
    """A row for each document: its fate, its sizes, what was removed (chars, bytes, segments) and repaired (edits).

    `size` is in characters and `length` in bytes, both after repair, where removal begins.
    """
    removed = removals.group_by("doc").agg(removed=col.chars.sum(), removed_bytes=col.bytes.sum(), segments=pl.len())
    mended = repairs.group_by("doc").agg(repairs=pl.len(), grown=col.bytes.sum())
    numbers = ("raw_bytes", "chars_in", "chars_out", "removed", "removed_bytes", "segments", "repairs", "grown")
    return (
        fates.select(*("doc", "doc_id", "group", "fate", "raw_bytes", "chars_in", "chars_out"), null=col.raw_sha256.is_null())
        .collect()
        .join(removed, on="doc", how="left")
        .join(mended, on="doc", how="left")
        .with_columns(col.group.fill_null(""), col(numbers).cast(pl.Int64).fill_null(0))
        .with_columns(size=col.chars_out + col.removed, length=col.raw_bytes + col.grown)
        .with_columns(share=_share(col.removed, col.size))
        .sort("doc")
    )


def _share(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """`part` of `whole`, 0 of nothing."""
    return pl.when(whole > 0).then(part / whole).otherwise(0.0).round(6)


def _fraction(part: float, whole: float) -> float:
    return round(part / whole, 6) if whole else 0.0


# ---------------------------------------------------------------- counts


def _document_counts(documents: pl.DataFrame, bad: pl.DataFrame) -> Facts:
    """read = kept + removed + quarantined; null_text, changed (something removed), repaired and emptied are kept."""
    stayed = col.fate == "kept"
    counts = documents.select(
        kept=stayed.sum(),
        removed=(~stayed).sum(),
        null_text=(stayed & col.null).sum(),
        changed=(stayed & (col.removed > 0)).sum(),
        repaired=(stayed & (col.repairs > 0)).sum(),
        emptied=(stayed & (col.chars_out == 0) & (col.removed > 0)).sum(),
    ).row(0, named=True)
    return {"read": documents.height + bad.height, **counts, "quarantined": bad.height, "groups": documents["group"].n_unique()}


def _text_counts(documents: pl.DataFrame) -> Facts:
    """Characters and bytes: in, after repair, removed, out."""
    total = documents.select(col("chars_in", "chars_out", "removed", "size", "raw_bytes", "length", "removed_bytes").sum())
    sums = total.row(0, named=True)
    return {
        "chars_in": sums["chars_in"],
        "chars_repaired": sums["size"],
        "chars_removed": sums["removed"],
        "chars_out": sums["chars_out"],
        "removed_share": _fraction(sums["removed"], sums["size"]),
        "bytes_in": sums["raw_bytes"],
        "bytes_repaired": sums["length"],
        "bytes_removed": sums["removed_bytes"],
        "bytes_out": sums["length"] - sums["removed_bytes"],
    }


def _rules(removals: pl.DataFrame, documents: pl.DataFrame) -> Facts:
    """For all of schema.RULES: segments, chars, documents, clusters, and the share of the repaired text."""
    counts = removals.group_by("rule").agg(
        segments=pl.len(), chars=col.chars.sum(), documents=col.doc.n_unique(), clusters=col.cluster.drop_nulls().n_unique()
    )
    found = {row.pop("rule"): row for row in counts.sort("rule").to_dicts()}
    whole = dict(documents.group_by("fate").len().iter_rows())
    total = int(documents["size"].sum())
    rules = {}
    for rule in (*RULES, *sorted(set(found) - set(RULES))):
        row = found.get(rule) or {"segments": 0, "chars": 0, "documents": 0, "clusters": 0}
        if rule in WHOLE:  # an empty document that is there twice leaves no byte in the ledger, but a fate
            row["segments"] = row["documents"] = max(row["documents"], whole.get(rule, 0))
        rules[rule] = {**row, "share": _fraction(row["chars"], total)}
    return rules


def _repair_counts(repairs: pl.DataFrame) -> dict[str, int]:
    """Each repair's count, most frequent first; `unescape_html+normalize` counts once for each name."""
    names = repairs.select(col.rule.str.split("+").explode()).group_by("rule").len()
    return dict(names.sort("len", "rule", descending=[True, False]).iter_rows())


def _repair_kinds(repairs: pl.DataFrame) -> Facts:
    """Edits and documents of damage that was mended, and of mere normalisation, apart."""
    kinds = {}
    for kind, rows in (("damage", repairs.filter("damage")), ("normalisation", repairs.filter(~col.damage))):
        kinds[kind] = {"edits": rows.height, "documents": rows["doc"].n_unique()}
    return kinds


def _groups(documents: pl.DataFrame, config: Config) -> Facts:
    """Sites, most removed characters first: documents, copies, chars_in, chars_removed, chars_out, share."""
    groups = _by_group(documents).sort("chars_removed", "documents", "group", descending=[True, True, False]).head(TOP_GROUPS)
    near = config.max_document_share * NEAR
    return {row.pop("group"): {**row, "near_ceiling": row["share"] >= near} for row in groups.to_dicts()}


def _by_group(documents: pl.DataFrame) -> pl.DataFrame:
    return (
        documents.group_by("group")
        .agg(
            documents=pl.len(),
            copies=(col.fate != "kept").sum(),
            chars_in=col.chars_in.sum(),
            chars_removed=col.removed.sum(),
            chars_out=col.chars_out.sum(),
            size=col("size").sum(),
        )
        .with_columns(share=_share(col.chars_removed, col.size))
        .drop("size")
    )


def _worst(documents: pl.DataFrame) -> Facts:
    """The largest share removed of one kept document and of one site, over all of them: the gate asks for these."""
    document = documents.filter(col.fate == "kept").sort("share", "doc", descending=[True, False]).head(1)
    group = _by_group(documents).sort("share", "group", descending=[True, False]).head(1)
    return {
        "document": next(iter(document.select("doc_id", "share").to_dicts()), None),
        "group": next(iter(group.select("group", "share").to_dicts()), None),
    }


# ---------------------------------------------------------------- distributions


def _share_bins(documents: pl.DataFrame) -> Facts:
    """Documents by the share removed of them: untouched, ten bins (0, 0.1] to (0.9, 1], removed as a whole."""
    stayed = documents.filter(col.fate == "kept")
    tenth = (stayed["share"] * 10).ceil().cast(pl.Int64).clip(1, 10)
    counts = dict(tenth.filter(stayed["removed"] > 0).value_counts().iter_rows())
    return {
        "untouched": stayed.filter(col.removed == 0).height,
        "bins": [counts.get(tenth, 0) for tenth in range(1, 11)],
        "whole": documents.height - stayed.height,
    }


def _positions(removals: pl.DataFrame, documents: pl.DataFrame) -> Facts:
    """The share removed of each tenth of the documents' length, in all and by rule; whole documents apart.

    A removed span counts in every tenth that it touches, by its bytes there. Whole numbers throughout: in tenths
    of bytes, a tenth of a document is as many as the document has bytes.
    """
    stayed = documents.filter((col.fate == "kept") & (col.length > 0)).select("doc", "length")
    total = int(stayed["length"].sum())
    spans = removals.join(stayed, on="doc").with_columns(start=col.start.cast(pl.Int64))
    end = col.start + col.bytes
    overlaps = [
        (pl.min_horizontal(10 * end, (tenth + 1) * col.length) - pl.max_horizontal(10 * col.start, tenth * col.length))
        .clip(lower_bound=0)
        .sum()
        .alias(str(tenth))
        for tenth in range(10)
    ]
    sums = {row[0]: row[1:] for row in spans.group_by("rule").agg(overlaps).sort("rule").iter_rows()}
    rules = {rule: [_fraction(part, total) for part in sums[rule]] for rule in (*RULES, *sorted(sums)) if rule in sums}
    return {"all": [_fraction(sum(row[tenth] for row in sums.values()), total) for tenth in range(10)], "rules": rules}


def _sizes(removals: pl.DataFrame) -> list[Facts]:
    """How many clusters are held by so many documents: from, to (null: no end), clusters, chars removed."""
    clusters = _clusters(removals)
    rows = []
    for low, high in SIZES:
        held = clusters.filter(col.docs.is_between(low, high or 2**32))
        rows.append({"from": low, "to": high, "clusters": held.height, "chars": int(held["chars"].sum())})
    return rows


def _clusters(removals: pl.DataFrame) -> pl.DataFrame:
    """A row for each cluster: its first removed place, copies removed, documents that hold it, characters removed."""
    return (
        removals.filter(col.cluster.is_not_null())
        .group_by("cluster", maintain_order=True)
        .agg(
            *(pl.first(name) for name in ("doc", "start", "twin_doc", "twin_start", "bytes")),
            rules=col.rule.unique().sort(),
            copies=pl.len(),
            docs=pl.max_horizontal(col.docs.max().fill_null(0).cast(pl.Int64), col.doc.n_unique().cast(pl.Int64)),
            chars=col.chars.sum(),
        )
    )


def _scores(removals: pl.DataFrame, config: Config) -> Facts:
    """Removed segments by score: likeness to a twin, and confidence where no twin is needed.

    `bins` are of width 1 / BINS and hold scores under 1; `exact` are those of 1, which would dwarf the others.
    """
    twin = col.twin_doc.is_not_null() | col.cluster.is_not_null()
    scored = removals.filter(col.score.is_not_null()).with_columns(twin=twin)
    return {
        "bins": BINS,
        "similarity": {
            **_histogram(scored.filter("twin")["score"]),
            "thresholds": {"near": config.near_threshold, "truncated": config.truncated_threshold},
        },
        "confidence": {**_histogram(scored.filter(~col.twin)["score"]), "thresholds": {"confidence": config.confidence}},
        "without": removals.height - scored.height,
    }


def _histogram(scores: pl.Series) -> Facts:
    low = scores.filter(scores < 1)
    # 0.6 * 20 is 12 in floats, but 0.35 * 20 is 6.999…: nudge before rounding down
    bins = (low * BINS + 1e-9).floor().cast(pl.Int64).clip(0, BINS - 1)
    counts = dict(bins.alias("bin").value_counts().iter_rows())
    return {"segments": [counts.get(number, 0) for number in range(BINS)], "exact": len(scores) - len(low)}


# ---------------------------------------------------------------- top lists


def _biggest(removals: pl.DataFrame) -> pl.DataFrame:
    """The clusters that most documents hold."""
    order = ["docs", "copies", "chars", "cluster"]
    return _clusters(removals).sort(order, descending=[True, True, True, False]).head(TOP)


def _weakest(removals: pl.DataFrame) -> pl.DataFrame:
    """The removals on the least evidence: lowest score, then fewest documents; one of each cluster.

    No score at all is the least; only an exact copy needs none.
    """
    score = pl.when(col.rule == "exact-document").then(col.score.fill_null(1.0)).otherwise(col.score.fill_null(0.0))
    order = [score, col.docs.fill_null(0), col.doc, col.start]
    clustered = removals.filter(col.cluster.is_not_null()).with_columns(copies=pl.len().over("rule", "cluster"))
    alone = removals.filter(col.cluster.is_null()).with_columns(copies=pl.lit(1, pl.UInt32))
    first = clustered.sort(order).unique(["rule", "cluster"], keep="first", maintain_order=True)
    return pl.concat([first.head(TOP), alone.sort(order).head(TOP)]).sort(order).head(TOP)


def _copies(removals: pl.DataFrame) -> pl.DataFrame:
    """Documents removed as a whole, least alike first."""
    whole = removals.filter(col.rule.is_in(WHOLE))
    return whole.sort(col.score.fill_null(1.0), "doc").head(TOP)


def _most_removed(documents: pl.DataFrame, removals: pl.DataFrame, config: Config) -> list[Facts]:
    """Kept documents by the share that was removed from them, with the characters of each rule."""
    stayed = documents.filter(col.fate == "kept").sort("share", "removed", "doc", descending=[True, True, False])
    rows = stayed.head(TOP_DOCUMENTS)
    parts = removals.join(rows, on="doc", how="semi").group_by("doc", "rule").agg(col.chars.sum()).sort("doc", "rule")
    rules: dict[int, dict[str, int]] = {}
    for doc, rule, chars in parts.iter_rows():
        rules.setdefault(doc, {})[rule] = chars
    near = config.max_document_share * NEAR
    return [
        {
            **{name: row[name] for name in ("doc", "doc_id", "group", "chars_in", "chars_out", "share", "segments", "repairs")},
            "chars_removed": row["removed"],
            "rules": rules.get(row["doc"], {}),
            "near_ceiling": row["share"] >= near,
        }
        for row in rows.iter_rows(named=True)
    ]


def _stays(kept: pl.LazyFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """What repeats and was kept, in order, with the id of its document."""
    stays = kept.collect().join(documents.select("doc", "doc_id"), on="doc", how="left")
    return stays.sort("cluster", "reason", "doc", "start", "end")


def _kept_reasons(stays: pl.DataFrame) -> Facts:
    """For each reason to keep: clusters, places, documents."""
    counts = stays.group_by("reason").agg(clusters=col.cluster.n_unique(), places=pl.len(), documents=col.doc.n_unique())
    return {row.pop("reason"): row for row in counts.sort("reason").to_dicts()}


def _kept_top(stays: pl.DataFrame, documents: pl.DataFrame, read: Read | None) -> list[Facts]:
    """What was kept though most documents hold it, by cluster and reason; the first place is quoted."""
    order = ["docs", "places", "cluster", "reason"]
    top = (
        stays.group_by("cluster", "reason", maintain_order=True)
        .agg(*(pl.first(name) for name in ("doc", "doc_id", "start", "end")), col.docs.max(), places=pl.len())
        .sort(order, descending=[True, True, False, False])
        .head(TOP)
    )
    texts = _texts(top["doc"], read)
    rows = []
    for row in top.iter_rows(named=True):
        text = _piece(texts.get(row["doc"]), row["start"], row["end"] - row["start"])
        named = {name: row[name] for name in ("reason", "docs", "places", "doc", "doc_id", "start")}
        rows.append({"cluster": f"{row['cluster']:032x}", **named, "text": text})
    return rows


# ---------------------------------------------------------------- quotations


def _quoted(top: dict[str, pl.DataFrame], ledger: pl.LazyFrame, documents: pl.DataFrame, read: Read | None) -> Facts:
    """The top lists with their words: what was removed, its document and group, its twin and the twin's words."""
    places = pl.concat([rows.select("doc", "start") for rows in top.values()]).unique()
    twins = pl.concat([rows.select(doc="twin_doc", start="twin_start") for rows in top.values()]).drop_nulls().unique()
    words = _words(ledger, pl.concat([places, twins]).unique())
    texts = _texts(twins["doc"], read)
    wanted = pl.concat([places, twins]).select("doc").unique()
    ids = documents.select("doc", "doc_id", "group").join(wanted, on="doc", how="semi")
    names = {doc: (doc_id, group) for doc, doc_id, group in ids.iter_rows()}
    return {name: [_quote(row, words, texts, names) for row in rows.iter_rows(named=True)] for name, rows in top.items()}


def _quote(row: Facts, words: dict[tuple[int, int], str], texts: dict[int, bytes], names: dict[int, tuple[str, str]]) -> Facts:
    doc, twin = row["doc"], row.pop("twin_doc")
    twin_start, size = row.pop("twin_start"), row.pop("bytes")
    at = twin_start or 0
    there = None if twin is None else _piece(texts.get(twin), at, size) or words.get((twin, at))
    here = words.get((doc, row["start"]), "")
    quote = {**row, "doc_id": names[doc][0], "group": names[doc][1], "text": here, "twin": None}
    if twin is not None:
        quote["twin"] = {"doc": twin, "doc_id": names[twin][0] if twin in names else None, "start": twin_start, "text": there}
        quote["differs"] = _differing(here, there) if there else None
    return quote


def _words(ledger: pl.LazyFrame, places: pl.DataFrame) -> dict[tuple[int, int], str]:
    """The beginning of what was removed at each of a few places (doc, start)."""
    rows = (
        ledger.filter(col.layer == "removal")
        .join(places.lazy(), on=["doc", "start"], how="semi")
        .select("doc", "start", text=col.before.cast(pl.String).str.slice(0, EXCERPT + 1))
        .collect()
        .sort("doc", "start", "text")
    )
    return {(doc, start): _excerpt(text) for doc, start, text in rows.iter_rows()}


def _texts(docs: pl.Series, read: Read | None) -> dict[int, bytes]:
    """The repaired texts of a few documents, as bytes, for offsets are in bytes."""
    wanted = sorted(set(docs.drop_nulls().to_list()))
    if read is None or not wanted:
        return {}
    return {doc: text.encode() for doc, text in read(wanted).select("doc", "text").iter_rows() if text is not None}


def _piece(text: bytes | None, start: int, size: int) -> str | None:
    """At most EXCERPT characters of what stands at a place, with … where a line goes on; None: no text at hand."""
    if text is None:
        return None
    cut = text[start : start + min(size, 4 * EXCERPT + 4)]  # a character has at most 4 bytes
    goes_on = size and b"\n" not in (cut[-1:], text[start + size : start + size + 1] or b"\n")
    return _excerpt(cut.decode(errors="ignore") + "…" * bool(goes_on))


def _excerpt(text: str) -> str:
    return text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"


def _differing(here: str, there: str) -> dict[str, list[list[Any]]]:
    """Both texts in pieces [differs (0 or 1), words], so that a reader sees at once which words are not shared."""
    a, b = (re.findall(r"\w+|\s+|[^\w\s]", text) for text in (here, there))
    sides: dict[str, list[list[Any]]] = {"here": [], "there": []}
    for tag, a_from, a_to, b_from, b_to in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        for side, words in (("here", a[a_from:a_to]), ("there", b[b_from:b_to])):
            if words:
                sides[side].append([int(tag != "equal"), "".join(words)])
    return sides


def _repair_examples(ledger: pl.LazyFrame, repairs: pl.DataFrame, documents: pl.DataFrame) -> dict[str, list[Facts]]:
    """The first few edits of each repair, in the order of the documents: doc_id, before, after."""
    named = repairs.with_columns(name=col.rule.str.split("+")).explode("name")
    first = named.group_by("name", maintain_order=True).head(EXAMPLES).select("name", "doc", "start", "rule")
    places = first.select("doc", "start", "rule").unique()
    sides = {side: pl.col(side).bin.slice(0, 4 * EXCERPT + 4) for side in ("before", "after")}
    rows = (
        ledger.filter(col.layer == "repair")
        .join(places.lazy(), on=["doc", "start", "rule"], how="semi")
        .select("doc", "start", "rule", **sides)
        .collect()
    )
    shown = first.join(rows, on=["doc", "start", "rule"]).join(documents.select("doc", "doc_id"), on="doc", how="left")
    examples: dict[str, list[Facts]] = {}
    for row in shown.sort("name", "doc", "start", "before", "after").iter_rows(named=True):
        # bytes that are no UTF-8 are what some repairs are about: show them as U+FFFD
        before, after = (_excerpt(row[side].decode(errors="replace")) for side in ("before", "after"))
        examples.setdefault(row["name"], []).append({"doc_id": row["doc_id"], "before": before, "after": after})
    return {name: rows[:EXAMPLES] for name, rows in examples.items()}


# ---------------------------------------------------------------- what to say about it


def _caps(
    facts: Facts, documents: pl.DataFrame, removals: pl.DataFrame, stays: pl.DataFrame, bad: pl.DataFrame
) -> dict[str, dict[str, int]]:
    """For each top list, how many rows it shows of how many there are."""
    decisions = removals.filter(col.cluster.is_not_null()).select("rule", "cluster").unique().height
    whole = {
        "groups": facts["documents"]["groups"],
        "clusters": removals["cluster"].drop_nulls().n_unique(),
        "weakest": decisions + removals["cluster"].null_count(),
        "copies": removals.filter(col.rule.is_in(WHOLE)).height,
        "most_removed": documents.filter(col.fate == "kept").height,
        "quarantine": bad.height,
    }
    caps = {name: {"shown": len(facts[name]), "of": of} for name, of in whole.items()}
    kept = stays.select("cluster", "reason").unique().height
    return {**caps, "kept_repeats": {"shown": len(facts["kept_repeats"]["top"]), "of": kept}}


def _settings(config: Config) -> list[Facts]:
    """Every setting: name, value, default, help, changed."""
    values = config.as_dict()
    rows = []
    for name, default, help in settings():
        plain = list(default) if isinstance(default, tuple) else default
        rows.append({"name": name, "value": values[name], "default": plain, "help": help, "changed": values[name] != plain})
    return rows


def _warnings(facts: Facts, config: Config) -> list[dict[str, str]]:
    """What a reader should know first: code, level (warning or note), a sentence with what to do about it."""
    said = [("warning", *row) for row in _dangers(facts, config)] + [("note", *row) for row in _notes(facts, config)]
    return [{"code": code, "level": level, "text": words} for level, holds, code, words in said if holds]


def _dangers(facts: Facts, config: Config) -> Iterable[tuple[bool, str, str]]:
    documents, text = facts["documents"], facts["text"]
    ceiling = facts["kept_repeats"]["reasons"].get("ceiling", {"documents": 0})["documents"]
    balance = text["chars_in"] == text["chars_repaired"] or facts["repairs"]
    yield (
        not balance,
        "account",
        "The account does not add up: the text changed its length without a repair on record. Run `clean verify`.",
    )
    yield (
        documents["quarantined"] > 0,
        "quarantined",
        f"{_count(documents['quarantined'], 'record')} could not be read and went to quarantine/, whole, with the reason.",
    )
    yield (
        documents["emptied"] > 0,
        "emptied",
        f"{_count(documents['emptied'], 'kept document')} lost all text. Look there first; "
        "`max_document_share` sets how much of one document may go.",
    )
    yield (
        ceiling > 0,
        "ceiling",
        f"The ceiling of {config.max_document_share:.0%} was reached in {_count(ceiling, 'document')}: more would have been "
        "removed. If it is boilerplate after all, raise `max_document_share`.",
    )
    yield (
        text["removed_share"] > MUCH,
        "much-removed",
        f"More than half of the text was removed ({text['removed_share']:.1%}). See the weakest decisions and the copies.",
    )


def _notes(facts: Facts, config: Config) -> Iterable[tuple[bool, str, str]]:
    documents = facts["documents"]
    compared, sites = documents["kept"] + documents["removed"], documents["groups"]
    untouched = documents["removed"] == documents["changed"] == 0
    few = 0 < compared < config.min_docs
    yield (
        few,
        "few-documents",
        f"{_count(compared, 'document')} cannot show what repeats: that takes `min_docs` = {config.min_docs}. "
        "Give what was learned before with `--known`.",
    )
    yield (
        untouched and compared > 0 and not few,
        "nothing-removed",
        f"Nothing was removed from {_count(compared, 'document')}. A line that only its repetition condemns must be "
        f"shared by `min_docs` = {config.min_docs} documents of one site.",
    )
    yield (
        compared > TOP and sites == 1 and not config.group_field,
        "one-group",
        f"All {compared:,} documents count as one site. If they come from several, name the field that tells: `--group-field`.",
    )
    yield (
        compared > TOP and sites == compared,
        "lone-groups",
        "Every document is a site of its own, so nothing can repeat within one. Is `group_field` the right field?",
    )
    yield (
        documents["null_text"] > 0,
        "null-text",
        f"{_count(documents['null_text'], 'document')} had no text (null) and passed through unchanged.",
    )
    yield compared == 0, "empty", "There was no document to clean."


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
