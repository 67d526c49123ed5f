"""Learns clean/stages/weigh/model.json from WCXB (CC-BY-4.0): `python tests/quality/train.py [OUT]`, about a minute.

A two-state linear-chain conditional random field over the lines of each page, by L-BFGS on the penalised likelihood
(Lafferty, McCallum, Pereira 2001), on tables of weights and on what pairs of questions about stretches say (`boosting`). The
features are the package's own, so training and judging cannot differ. Deterministic:
the same data and library versions give the same file, byte for byte.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import scipy.sparse as sparse
from boosting import Asked, Boosted, boosted, unseen
from labelled import common_of, lines_of, path_of, read, with_clusters
from numpy.typing import NDArray
from scipy.optimize import minimize

from clean.config import Config
from clean.stages.segment import segmented
from clean.stages.weigh.affinity import Affinity, affinity
from clean.stages.weigh.around import Around, Lines, arrange
from clean.stages.weigh.chain import MODEL, Chain
from clean.stages.weigh.shapes import Codes, shape_codes
from clean.stages.weigh.situation import copies, situation_codes

SOURCE = "wcxb.dev.jsonl.gz"
ABOUT = (
    "Line structure: log-odds of boilerplate for each category of each feature; written by tests/quality/train.py. "
    "Learned from WCXB: Web Content Extraction Benchmark, copyright 2026 Murrough Foley, "
    "https://github.com/Murrough-Foley/web-content-extraction-benchmark, CC-BY-4.0 "
    "(https://creativecommons.org/licenses/by/4.0/). Changed: pages cut into visible lines, lines labelled by alignment "
    "with the published main content."
)
# What a page counts for. The "content" of products, listings and collections is hardly running text.
TYPES = {"article": 1.0, "documentation": 0.7, "service": 0.5, "forum": 0.3}
OTHERS, CROPPED = 0.15, 0.7
CROPS = 100_000  # added to the ordinal of a page's cropped copy
BELOW = 1_000_000  # added to the ordinals of lines put below a cropped page
RIDGE, STEPS = 5.0, 120
# Categories of each feature. Those that never occur in training weigh nothing.
LEVELS = {
    "size": 14,
    "end": 54,
    "start": 42,
    "capitals": 54,
    "shouting": 5,
    "digits": 36,
    "bars": 24,
    "sentences": 24,
    "commas": 30,
    **dict.fromkeys(("url", "copyright", "date", "clock", "number"), 4),
    **{f"kind{step:+d}": 33 for step in (-3, -2, -1, 1, 2, 3)},
    **{f"look{step:+d}": 11 for step in (-1, 1)},
    "window5": 11,
    "window15": 11,
    "above": 9,
    "total": 6,
    "near": 81,
    "affinity": 42,
    "affinity-1": 8,
    "affinity+1": 8,
    "affinities2": 8,
    "affinities6": 8,
    "copies": 18,
    **{f"copies{step:+d}": 4 for step in (-1, 1, 2)},
    "headline": 500,
}

Array = NDArray[np.float64]


def with_crops(lines: pl.DataFrame) -> pl.DataFrame:
    """Every page of running text once more without what stands around its content: corpora of bare articles exist.

    Below the content stands, in turn: nothing; 1 to 11 lines of what stood there; teasers of other pages in three shapes.
    """
    bounds = lines.filter(label=1).group_by("doc").agg(top=pl.col("seg").min(), bottom=pl.col("seg").max())
    turn, tail = pl.col("doc").cast(pl.Int64) % 5, pl.col("doc").cast(pl.Int64) * 7919 % 11 + 1
    text = lines.join(bounds, on="doc").filter(pl.col("type").is_in(["article", "documentation", "service"]))
    reach = pl.col("bottom") + pl.when(turn == 1).then(tail).otherwise(0)
    cropped = text.filter((pl.col("seg") >= pl.col("top")) & (pl.col("seg") <= reach)).select(lines.columns)
    below = teasers(lines, cropped["doc"].unique().sort().to_list())
    copies = pl.concat([cropped, below]).with_columns(doc=pl.col("doc") + CROPS)
    return pl.concat([lines, copies]).sort("doc", "seg")


def teasers(lines: pl.DataFrame, docs: list[int]) -> pl.DataFrame:
    """Lines to put below the cropped pages, labelled boilerplate: headlines, doubled or not, and leads of other pages."""
    content = lines.filter(label=1).sort("doc", "seg")
    heads, leads = (
        dict(content.filter(fits).group_by("doc", maintain_order=True).first().select("doc", "line").rows())
        for fits in (pl.col("tokens").is_between(4, 25), pl.col("tokens") >= 30)
    )
    donors = sorted(heads.keys() & leads.keys())
    texts = []
    for doc in docs:
        shape = doc % 5
        many = 0 if shape < 2 else 4 + doc % 7 if shape == 3 else 2 + doc % 4
        others = [donors[(doc * 31 + number * 97) % len(donors)] for number in range(many)]
        texts.append("\n".join(teaser(shape, heads[other], leads[other]) for other in others if other != doc))
    known = lines.unique("doc", keep="first", maintain_order=True).select("doc", "group", "doc_id", "dataset", "type")
    table = pl.DataFrame({"doc": docs, "text": texts}, schema={"doc": pl.UInt32, "text": pl.String}).join(known, on="doc")
    placed = segmented(table, Config()).join(known.drop("group"), on="doc", how="left", maintain_order="left")
    placed = placed.drop_nulls("passage").with_columns(seg=pl.col("seg") + BELOW, label=pl.lit(0), ignore=pl.lit(0))
    return with_clusters(placed).select(pl.col(name).cast(dtype) for name, dtype in lines.schema.items())


def teaser(shape: int, head: str, lead: str) -> str:
    """A teaser of one of three shapes: headline twice and lead; headline; headline and cut lead."""
    return {2: f"{head}\n{head}\n{lead}", 3: head, 4: f"{head}\n{lead[:160].rsplit(' ', 1)[0]}..."}[shape]


def design(lines: Lines, of_text: Affinity) -> sparse.csr_matrix:
    """One row a line, one column a category: 1 where the line has it."""
    by_text = {name: code[lines.text] for name, code in shape_codes(lines.distinct).items()}
    codes: Codes = by_text | situation_codes(lines, of_text, copies(lines))
    offsets = np.cumsum([0, *LEVELS.values()])
    columns = np.stack([codes[name] + offset for name, offset in zip(LEVELS, offsets, strict=False)], axis=1)
    rows = np.arange(0, columns.size + 1, len(LEVELS))
    assert codes.keys() == LEVELS.keys() and all(codes[name].max() < levels for name, levels in LEVELS.items())
    return sparse.csr_matrix((np.ones(columns.size), columns.ravel(), rows), shape=(lines.around.n, offsets[-1]))


@dataclass(frozen=True)
class Lattice:
    """What the chain expects under given weights, over all documents at once; documents in the order of `chain.order`."""

    posterior: Array  # of boilerplate, of each line
    log_partition: Array  # of each document
    transitions: Array  # expected number of steps from state to state, documents weighed


def lattice(chain: Chain, emission: Array, steps: Array, start: float, weight: Array) -> Lattice:
    """Forward-backward in logarithms; `steps`: log weights [from, to]. No document is cut in pieces here."""
    e = emission[chain.layout]
    spans = [slice(at, at + count) for at, count in zip(chain.at, chain.active, strict=False)]
    forward, backward = np.zeros((2, len(e))), np.zeros((2, len(e)))
    forward[1, spans[0]] = start + e[spans[0]]
    for above, here in pairwise(spans):
        last = forward[:, above.start : above.start + here.stop - here.start]
        forward[:, here] = np.logaddexp(last[0] + steps[0][:, None], last[1] + steps[1][:, None])
        forward[1, here] += e[here]
    z, expected = np.zeros(len(weight)), np.zeros((2, 2))
    for number in range(len(spans) - 1, -1, -1):
        here = spans[number]
        below = spans[number + 1] if number + 1 < len(spans) else slice(0, 0)
        count = below.stop - below.start
        z[count : here.stop - here.start] = np.logaddexp(*forward[:, here])[count:]
        if count:
            ahead = backward[:, below] + np.stack([np.zeros(count), e[below]])
            here = slice(here.start, here.start + count)
            backward[:, here] = [np.logaddexp(ahead[0] + steps[i, 0], ahead[1] + steps[i, 1]) for i in (0, 1)]
            joint = forward[:, None, here] + steps[:, :, None] + ahead[None] - z[:count]
            expected += (np.exp(joint) * weight[:count]).sum(axis=2)
    posterior = np.empty(len(e))
    posterior[chain.layout] = 1 / (1 + np.exp(forward[0] + backward[0] - forward[1] - backward[1]))
    return Lattice(posterior, z, expected)


@dataclass(frozen=True)
class Fit:
    """The likelihood to be maximised: its parameters are the weights, three transitions and the start."""

    x: sparse.csr_matrix
    y: Array  # 1: boilerplate
    doc_weight: Array
    around: Around

    def run(self) -> Array:
        """The parameters that maximise it."""
        chain = Chain(self.around, longest=int(self.around.length.max()))
        weight = np.repeat(self.doc_weight, self.around.length)
        inner = np.flatnonzero(~self.around.opens)
        pairs = (2 * self.y[inner - 1] + self.y[inner]).astype(np.int64)
        seen = np.bincount(pairs, weight[inner], minlength=4).reshape(2, 2)
        first = self.around.start
        transposed, columns = self.x.T.tocsr(), self.x.shape[1]

        def loss(parameters: Array) -> tuple[float, Array]:
            w, start = parameters[:columns], parameters[columns + 3]
            steps = np.concatenate([[0.0], parameters[columns : columns + 3]]).reshape(2, 2)
            emission = self.x @ w
            found = lattice(chain, emission, steps, start, self.doc_weight[chain.order])
            likely = (weight * self.y * emission).sum() + (seen * steps).sum() + start * (self.doc_weight * self.y[first]).sum()
            value = (found.log_partition * self.doc_weight[chain.order]).sum() - likely + RIDGE / 2 * (w * w).sum()
            error = found.posterior - self.y
            slopes = (found.transitions - seen).ravel()[1:]
            return value, np.concatenate(
                [transposed @ (weight * error) + RIDGE * w, slopes, [(self.doc_weight * error[first]).sum()]]
            )

        begin = np.zeros(columns + 4)
        begin[columns : columns + 2] = -3.0
        return np.asarray(minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": STEPS, "maxcor": 20}).x)


def written(parameters: Array, found: Boosted, pairs: list[Asked], digest: str) -> str:
    """The model as JSON, a feature a line and a pair a line. The last weight is that of what the pairs say."""
    columns = sum(LEVELS.values())
    share, parameters = parameters[columns], np.delete(parameters, columns)
    tables = np.split(np.round(parameters[:columns], 2) + 0.0, np.cumsum(list(LEVELS.values()))[:-1])
    steps = np.round(np.concatenate([[0.0], parameters[columns : columns + 3]]), 3).reshape(2, 2).tolist()
    weights = (f'  "{name}": {json.dumps(table.tolist())}' for name, table in zip(LEVELS, tables, strict=True))
    asks = []
    for pair in pairs:
        questions = [[found.names[value], float(found.edges[value][edge])] for value, edge in (pair.first, pair.second)]
        asks.append("  " + json.dumps([*questions, (np.round(share * pair.says, 3) + 0.0).tolist()]))
    head = {"about": ABOUT, "source_sha256": digest, "transitions": steps, "start": round(float(parameters[columns + 3]), 3)}
    fields = "".join(f' "{name}": {json.dumps(value)},\n' for name, value in head.items())
    return "{\n" + fields + ' "weights": {\n' + ",\n".join(weights) + "\n },\n" + ' "pairs": [\n' + ",\n".join(asks) + "\n ]\n}\n"


def main(out: Path = MODEL) -> None:
    """Train and write."""
    table = with_crops(lines_of(read(SOURCE)))
    lines = arrange(table)
    around = lines.around
    kinds = table["type"].gather(around.start).to_list()
    weight = np.array([TYPES.get(kind, OTHERS) for kind in kinds]) / np.sqrt(around.length / 200)
    weight *= np.where(lines.doc[around.start] >= CROPS, CROPPED, 1.0)
    labels = 1.0 - table["label"].to_numpy()
    of_text = affinity(lines, common_of(table))
    found, weights = boosted(lines, of_text), around.spread(weight)
    pairs = found.run(labels, weights, around.spread(np.arange(len(around.start))))
    margin = unseen(found, labels, weights, around, lines.group)
    x = sparse.hstack([design(lines, of_text), margin[:, None]]).tocsr()
    parameters = Fit(x, labels, weight, around).run()
    digest = hashlib.sha256(gzip.decompress(path_of(SOURCE).read_bytes())).hexdigest()
    out.write_text(written(parameters, found, pairs, digest), encoding="utf-8")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
