"""Turns: the lines of a conversation, each behind its speaker's name ("Ann Lee: Right."), or below it.

In interviews, podcasts, plays, debates and chats people say the same few words again and again, in short lines that no other
line takes up: by repetition and by looks alike every second line would be furniture.
"""

from __future__ import annotations

import numpy as np

from clean.kernels import kindred
from clean.stages.weigh.around import Bools, Keys, Lines
from clean.stages.weigh.shapes import COLON

# Lines of a document that begin with the same name, at the least, and names that do.
_LINES, _SPEAKERS = 3, 2


def turns(lines: Lines) -> Bools:
    """The lines that begin with a speaker's name, or stand right below it, of documents of which most lines do. A list of fields
    has each name once."""
    name: Keys = lines.distinct["speaker"].fill_null(0).to_numpy()[lines.text]
    _, first, _ = kindred(name, lines.doc)  # the first line of the document with the name
    said = np.bincount(first[name > 0], minlength=lines.around.n)
    turn: Bools = (name > 0) & (said[first] >= _LINES)
    speakers = lines.around.total((turn & (first == lines.around.index)).astype(np.int64))
    turn |= lines.around.neighbour(turn & (lines.of("ending") == COLON), -1, outside=False)
    most = 2 * lines.around.total(turn.astype(np.int64)) > lines.around.spread(lines.around.length)
    found: Bools = turn & most & (speakers >= _SPEAKERS)
    return found
