"""What the tests share: a corpus in memory, cleaned."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from typing import Any

import polars as pl
import pytest
from hypothesis import settings

from clean.config import Config
from clean.engines.local import LocalEngine
from clean.pipeline import Outcome, clean
from clean.schema import DOCUMENTS

# In CI the same examples every time: a change must not fail for what chance finds. At a desk chance goes on looking.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("desk", deadline=None)  # the first call compiles, and the machine is busy
settings.load_profile("ci" if os.environ.get("CI") else "desk")

# Under nohup a hangup is ignored, by the commands that tests start, too: some of them are to die of one.
signal.signal(signal.SIGHUP, signal.SIG_DFL)

Cleaner = Callable[..., dict[str, str]]


def documents(texts: Mapping[str, str | bytes | None], group: str = "") -> pl.DataFrame:
    """schema.DOCUMENTS of texts by id, in the order of the mapping."""
    raws = [text.encode() if isinstance(text, str) else text for text in texts.values()]
    count = len(raws)
    return pl.DataFrame(
        {
            "doc": range(count),
            "doc_id": list(texts),
            "group": [group] * count,
            "preference": [None] * count,
            "source": ["memory"] * count,
            "row": range(count),
            "raw": raws,
            "meta": [None] * count,
        },
        schema=DOCUMENTS,
    )


def outcome(texts: Mapping[str, str | bytes | None], **settings: Any) -> Outcome:
    """The whole outcome of cleaning texts by id."""
    return clean(documents(texts), LocalEngine(Config(**settings)))


@pytest.fixture
def cleaned() -> Cleaner:
    """Clean texts by id; give the texts that stay, by id."""

    def run(texts: Mapping[str, str], **settings: Any) -> dict[str, str]:
        ids = list(texts)
        return {ids[doc]: text for doc, text in outcome(texts, **settings).texts.iter_rows()}

    return run
