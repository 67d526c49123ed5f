"""The few constants that are set, not learned."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Policy:
    """Log-likelihood ratios (positive: boilerplate) unless said otherwise.

    Repetition counts by where it happens: lists repeat in runs, beside the same neighbour, and a home stands apart. Of lines
    of 9 to 20 words in four or more documents, all those in runs were boilerplate, of those apart nearly half were content.
    """

    repeats: float = 6.0  # the line stands in three or more documents of its site, in a run
    repeats_twice: float = 2.0  # in two; or short and in three or more, but never beside the same line
    apart: float = 0.5  # it repeats, but this copy stands apart; or it is long and only in two documents
    counter: float = 5.0  # most documents of its site have it, but for a number ("23 comments"): its number is its own
    repeats_long: float = 4.0  # on top, growing with length: long text does not repeat by accident
    many_sites: float = 1.0  # the line stands on three or more sites ("Privacy Policy")
    lists: float = 7.0  # a part of it is the headline or first line of another document: "Read more: ITS HEADLINE"
    heads: float = 5.0  # it is itself the headline or first line of another document
    home: float = -1.0  # a home copy or headline, whatever its repetition would say
    home_context: float = 2.0  # the copy whose surroundings say less than this is home ...
    home_contrast: float = 0.3  # ... or the one whose document takes up this share more of it than the others do ...
    home_mass: float = 6.0  # ... and at least this much (nats: sum of idf)
    headline: float = -5.0  # the headline of its own document
    place: float = 0.35  # weight of siblings in the same place
    make: float = 0.2  # weight of siblings of the same make, for each of the makes
    doubled: float = 1.2  # and of those in the same place of a doubled headline
    ends: float = 1.0  # weight of a mark below which other documents of the site tell nothing any more
    shrink: float = 5.0  # siblings that it takes to count for half
    coin: float = 0.5  # siblings are held against their site's mean, never against less than this: doubt is no evidence
    rounds: int = 3  # of siblings, homes and headlines, each from the posterior of the round before


POLICY = Policy()
