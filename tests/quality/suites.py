"""The measurements. Each runs the command over records, scores what comes back and gives tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clean.config import Config
from quality.command import Cleaned, clean, read
from quality.corpus import DATASETS, Corpus
from quality.score import Figures, Scores, alike, exact_repetition, score, surviving
from quality.tables import Table, percent, ratio

CONFIDENCES = (0.5, 0.8, 0.9, 0.94, 0.95, 0.97, 0.99)
ALIKE = 0.7  # Jaccard similarity from which a pair of near-duplicates must be found
FIGURES = ("precision", "recall", "F1", "content lost")

# Measured once, by others' code, on all sites of the labelled pages (those of pages.dev and as many again).
OTHERS = (
    ("drop lines that occur in 2 or more pages of a site", ".982", ".804", ".885", "1.3 %"),
    ("the same with MinHash, Jaccard >= 0.7", ".979", ".817", ".890", "1.5 %"),
    ("jusText (sees the HTML)", ".888", ".921", ".904", "10.2 %"),
    ("trafilatura 2.3 (sees the HTML)", ".960", ".948", ".954", "3.4 %"),
    ("a gradient-boosted model on plain-text features, trained on other sites' labels", ".989", ".896", ".940", "1.0 %"),
)


def _figures(figures: Figures) -> tuple[str, str, str, str]:
    return ratio(figures.precision), ratio(figures.recall), ratio(figures.f1), percent(figures.loss)


def _of(part: int, whole: int) -> str:
    return f"{part} of {whole}"


# ---------------------------------------------------------------- the corpus of our own making


@dataclass(frozen=True)
class Verdict:
    """One run over the own corpus, scored."""

    cleaned: Cleaned
    scores: Scores
    lost_homes: list[tuple[str, int]]
    lost_quotes: list[tuple[str, int]]
    survivors: Mapping[int, int]  # members left: families
    false_merges: list[tuple[str, str]]  # documents removed for one that is no copy of theirs


def judged(own: Corpus, **settings: float) -> Verdict:
    """Run the command over a corpus and hold the result against what is known of it."""
    cleaned = clean(own.records, **settings)
    scores = score(own.records, cleaned.texts, own.copies)
    family = {doc: i for i, docs in enumerate(own.copies) for doc in docs}
    strange = [pair for pair in cleaned.merged if family.get(pair[0], -1) != family.get(pair[1], -2)]
    return Verdict(
        cleaned,
        scores,
        scores.lost_lines(own.homes),
        scores.lost_lines(own.quotes),
        surviving(own.copies, cleaned.texts),
        strange,
    )


def own_corpus(own: Corpus) -> list[Table]:
    """The tables of the own corpus: by dataset, by kind of line, and what must hold."""
    verdict = judged(own)
    repetition = score(own.records, exact_repetition(own.records), own.copies)
    rows = [(name, *_figures(verdict.scores.by_dataset[name]), *_figures(repetition.by_dataset[name])[2:]) for name in DATASETS]
    by_dataset = Table(
        "Our own corpus, by what stands around the articles",
        "Words. Beside it, for comparison: drop every line that two or more pages of a site print.",
        ("dataset", *FIGURES, "repetition: F1", "content lost"),
        rows,
    )
    english = [r for r in own.records if DATASETS[r["dataset"]][0] == "english"]
    kinds = score(english, verdict.cleaned.texts, own.copies).by_kind.items()
    told = [(name, *_kind(figures)) for name, figures in sorted(kinds) if figures.content + figures.removed + figures.left]
    by_kind = Table("Our own corpus, by kind of line", "The English datasets.", ("kind", "words", "is", "removed"), told)
    return [by_dataset, by_kind, _must_hold(own, verdict)]


def _kind(figures: Figures) -> tuple[str, str, str]:
    if figures.content:
        return f"{figures.content:,}", "content", percent(figures.loss)
    return f"{figures.removed + figures.left:,}", "boilerplate", percent(figures.recall)


def _must_hold(own: Corpus, verdict: Verdict) -> Table:
    quotes, kept = len(set(own.quotes)), verdict.scores.kept
    homes = len({home for home in own.homes if home[0] in kept})
    rows = (
        ("lines that a teaser elsewhere was cut from (homes) lost, on pages that stay", _of(len(verdict.lost_homes), homes), "0"),
        ("homes on pages removed as copies of one that stays", str(len({h for h in own.homes if h[0] not in kept})), ""),
        ("statements that two articles print, lost", _of(len(verdict.lost_quotes), quotes), "0"),
        ("near-copies: families with exactly one survivor", _of(verdict.survivors.get(1, 0), len(own.copies)), "all"),
        ("near-copies: families without a survivor", _of(verdict.survivors.get(0, 0), len(own.copies)), "0"),
        ("documents merged with one that is no copy", str(len(verdict.false_merges)), "0"),
        ("content lost", percent(verdict.scores.all.loss), "<= 0.30 %"),
    )
    return Table("Our own corpus, what must hold", "", ("what", "measured", "wanted"), rows)


# ---------------------------------------------------------------- labelled pages


def labelled(folder: Path, curve: Sequence[float], say: Callable[[str], None]) -> Iterator[Table]:
    """The labelled pages of other hands: the field, by dataset, and the curve over the confidence."""
    pages, singles, seeds = (read(folder / name) for name in ("pages.dev.jsonl.gz", "singles.dev.jsonl.gz", "seeds_gold.jsonl"))
    homes = [(h["home_doc"], h["home_line"]) for h in read(folder / "teaser_home.dev.jsonl.gz")]
    say("pages.dev, singles.dev, seeds")
    sets = {"pages": pages, "singles": singles, "seeds": seeds}
    runs = {name: clean(records) for name, records in sets.items()}
    ours = {name: score(records, runs[name].texts) for name, records in sets.items()}
    copies = {name: _in_copies(records, runs[name]) for name, records in sets.items()}
    repeated = {name: score(records, exact_repetition(records)) for name, records in (("pages", pages), ("singles", singles))}
    here = (("clean, default settings; pages.dev", *_figures(ours["pages"].all)),)
    floor = (("drop lines that occur in 2 or more pages of a site; pages.dev, our count", *_figures(repeated["pages"].all)),)
    yield Table(
        "Where we stand: labelled pages",
        "Words. The rows of others are quoted; they cover all sites, of which pages.dev is about half. Ours sees plain text only.",
        ("method", *FIGURES),
        (*OTHERS, *floor, *here),
    )
    yield _by_dataset(ours, repeated, homes, copies)
    if curve:
        yield _curve(pages, singles, homes, curve, say)


def _in_copies(records: Sequence[Mapping[str, Any]], cleaned: Cleaned) -> float:
    """Share of the content that stands on pages removed as copies of others."""
    gone = {doc for doc, _ in cleaned.merged}
    return score([r for r in records if r["doc_id"] in gone], {}).all.content / max(1, score(records, {}).all.content)


def _by_dataset(
    ours: Mapping[str, Scores], repeated: Mapping[str, Scores], homes: list[tuple[str, int]], copies: Mapping[str, float]
) -> Table:
    rows = [(f"pages.dev: {name}", *_figures(figures)) for name, figures in sorted(ours["pages"].by_dataset.items())]
    rows += [(f"{name}: all", *_figures(ours[name].all)) for name in ("pages", "singles", "seeds")]
    rows += [(f"exact repetition, {name}", *_figures(repeated[name].all)) for name in ("pages", "singles")]
    known = len(set(homes))
    lost = [("clean", ours["pages"]), ("exact repetition", repeated["pages"])]
    note = "; ".join(f"{name} loses {_of(len(scores.lost_lines(homes)), known)}" for name, scores in lost)
    whole = ", ".join(f"{percent(share)} on {name}" for name, share in copies.items() if share)
    about = (
        f"Home lines (what a teaser elsewhere was cut from): {note}. Pages removed as copies count as lost: {whole or 'none'}."
    )
    return Table("Labelled pages, by set", about, ("set", *FIGURES), rows)


def _curve(
    pages: list[dict[str, Any]],
    singles: list[dict[str, Any]],
    homes: list[tuple[str, int]],
    curve: Sequence[float],
    say: Callable[[str], None],
) -> Table:
    rows = []
    for confidence in curve:
        say(f"confidence {confidence}")
        here = score(pages, clean(pages, confidence=confidence).texts)
        alone = score(singles, clean(singles, confidence=confidence).texts)
        rows.append((str(confidence), *_figures(here.all), percent(alone.all.loss), str(len(here.lost_lines(homes)))))
    return Table(
        "The curve over `confidence`",
        f"On pages.dev, and content lost on singles.dev. The default is {Config().confidence}.",
        ("confidence", *FIGURES, "singles lost", "homes lost"),
        rows,
    )


# ---------------------------------------------------------------- near-duplicates


def near_duplicates(folder: Path, say: Callable[[str], None]) -> Table:
    """Reuters-21578: are the near-copies found, and is every merge one that exact similarity confirms?"""
    bodies = {str(r["doc_id"]): r["text"] for r in read(folder / "reuters21578_docs.jsonl.gz")}
    pairs = [(str(p["a"]), str(p["b"])) for p in read(folder / "reuters21578_pairs.jsonl.gz") if p["jaccard_w3"] >= ALIKE]
    rows = []
    for level, texts in (
        ("documents", bodies),
        ("passages: a body a line", {doc: " ".join(t.split()) for doc, t in bodies.items()}),
    ):
        say(f"near-duplicates, {level}")
        rows.append((level, *_merges(texts, pairs, clean(_plain(texts)))))
    settings = Config()
    note = (
        f"A pair counts as found when not both of it stay. A merge counts as verified when the two texts have Jaccard >= "
        f"{settings.near_threshold} or containment >= {settings.truncated_threshold}, computed exactly, on word 3-grams."
    )
    return Table(
        "Near-duplicates: Reuters-21578",
        note,
        ("level", f"pairs, Jaccard >= {ALIKE}", "found", "recall", "documents merged", "verified", "precision"),
        rows,
    )


def _plain(texts: Mapping[str, str]) -> Iterable[dict[str, str]]:
    return ({"site": "reuters", "doc_id": doc, "text": text} for doc, text in texts.items())


def _merges(texts: Mapping[str, str], pairs: list[tuple[str, str]], cleaned: Cleaned) -> tuple[str, ...]:
    found = sum(not (a in cleaned.texts and b in cleaned.texts) for a, b in pairs)
    verified = sum(_verified(texts[gone], texts[stays]) for gone, stays in cleaned.merged)
    merged = len(cleaned.merged)
    return (
        str(len(pairs)),
        str(found),
        ratio(found / max(1, len(pairs))),
        str(merged),
        str(verified),
        ratio(verified / max(1, merged)),
    )


def _verified(a: str, b: str) -> bool:
    jaccard, contained = alike(a, b)
    return jaccard >= Config().near_threshold or contained >= Config().truncated_threshold
