"""What earlier runs removed, recognised: known boilerplate.

    learned = learn(lines, removed)                    what a part teaches: LEARNED
    met     = best(exact, pairs, passages, known)       which of its passages are known, and from where
    lines   = lines + recall(lines + met)              how often each went before, from a place like this one

The modules:

| module | what it does |
|---|---|
| `places` | where a line stands: above, below or between what its document tells |
| `learn` | removed lines to known passages |
| `recall` | passages that are known, and the lines in which they may go again |

A line that is known is not yet one that goes: an article's headline and lead are known as a blurb, too, on the day on which
the article itself arrives. So a passage goes only from a place like those it went from before, and `judge` has the last word.
"""

from clean.stages.known.learn import LEARNED, learn, merge, merge_runs
from clean.stages.known.places import PLACES
from clean.stages.known.recall import MET, PREPARED, best, meet, met_exactly, prepare, recall, shapes_of

__all__ = [
    "LEARNED",
    "MET",
    "PLACES",
    "PREPARED",
    "best",
    "learn",
    "meet",
    "merge",
    "merge_runs",
    "met_exactly",
    "prepare",
    "recall",
    "shapes_of",
]
