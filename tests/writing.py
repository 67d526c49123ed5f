"""Articles of our own making: sentences from templates and word lists, the same for the same seed.

Varied enough that unrelated paragraphs share few word 3-grams, plain enough to look like news.
"""

from __future__ import annotations

import random

PEOPLE = """Ada Marsh|Tom Okafor|Lena Fischer|Ravi Menon|Grace Lindqvist|Pablo Ortega|Mina Sato|Jonas Weber|Aisha Bello|Clara Novak
Peter Holm|Irene Costa|Samir Haddad|Ruth Adeyemi|Viktor Petrov|Nora Byrne|Hugo Laurent|Wanda Kowalska|Omar Farouk|Elin Berg
Marco Bianchi|Sofia Reyes|Daniel Cho|Petra Vasić|Kofi Mensah|Anna Lund|George Palmer|Yara Nasser|Felix Braun|Judith Stone"""
PLACES = """Harwick|Lowmoor|Port Ellis|Saint Aubin|Kestrel Bay|Northgate|Vallberg|Old Quay|Ferris Island|Danby|Millbrook|Caster Hill
Redmouth|Eastlea|Torrin|Blackwater|Halden|Quarry Bank|Skerry|Longford|Marsh End|Pinewood|Greyfriars|Ossian|Westerby|Tarn"""
THINGS = """the new ferry terminal|a regional seed bank|the city's water board|the county archive|a wind farm off the coast|the tram extension
the children's hospital|a village library|the flood barrier|the fishing cooperative|a vaccine trial|the night market|the public orchestra
a shipyard in receivership|the school meals programme|the mountain rescue service|the glass factory|a rail freight depot|the art museum
the university's physics laboratory|a housing association|the coastal footpath|the bus workers' union|a dairy on the plain
the botanical garden|the weather service|an apprenticeship fund|the stadium roof|the river trust|the chamber of commerce|a salt mine
the telephone exchange|the pension office|a cheese maker|the national theatre|the harbour police|the observatory|a bicycle plant"""
VERBS = """postponed|approved|questioned|expanded|inspected|defended|abandoned|restored|measured|financed|redesigned|opened|auctioned|insured
catalogued|rebuilt|surveyed|criticised|inherited|praised|merged|rescued|audited|relocated|modernised|suspended|celebrated|leased"""
REASONS = """after an unusually wet spring|because fuel had doubled in price|despite objections from two parishes|under a rule written in 1974
following a vote that nobody had expected to be close|when the last engineer retired|to the relief of its neighbours|for the third time in a decade
on the advice of an independent panel|with money borrowed from a savings bank|although the figures were still provisional
before the autumn storms arrived|in return for a promise of better roads|without waiting for the ministry|at a cost still being counted
as part of a wider settlement|while the courts considered an appeal|against the wishes of its founder|in front of a small and doubtful crowd"""
DETAILS = """the accounts, published late, show a gap that only volunteers have so far filled|most of the work will be done at night
residents were told by letter, and many of the letters went to the wrong address|the plans can be seen in the town hall until the end of the month
tests on the ground had found clay where everyone had assumed rock|the contract allows for delays of up to eleven weeks
nobody could say what the building had been used for between the wars|a second survey is expected to cost more than the first
the oldest machines were sold to a collector, who has promised to lend them back|children from four schools drew the posters
the insurers have asked for photographs of every beam|its ledgers, in a careful hand, go back to the year of the great frost
the smell of tar and oranges reaches as far as the railway station|the noise was measured at forty decibels from the nearest window
fewer than one in nine of the passengers had paid in cash|the roof leaks in exactly the places the architect had warned about
three bidders withdrew within a day of each other|the bees, moved twice, have settled on the south wall
by the end of the evening the queue had reached the bridge|the dispute began over a gate and ended with a map"""
SAID = """said|told reporters|wrote in a letter|explained|argued|recalled|admitted|insisted|noted|added"""
QUOTES = """We counted every nail twice, and then we counted them again|It is cheaper to keep a thing than to miss it
Nobody asked us for a miracle, only for a timetable|If the pump stops, the whole street knows within the hour
I have buried three budgets and I intend to outlive this one|The sea does not read our minutes|You cannot repair trust with paint
My father planted those limes and I will not be the one to fell them|People forgive a delay, but never a silence
We learned more from the failure than from twenty years of success|There are days when the bridge seems to hold us up
Give me two winters and a good welder|The forms are longer than the river|They came for the view and stayed for the bakery"""
TOPICS = "council|harbour|budget|school|music|health|transport|energy|history|farming|science|sport|housing|weather|trade|law"
ENDINGS = "and neighbours|in doubt|a year on|explained|at last|under review|by numbers|for beginners|without end|in pictures"
NUMBERS = (3, 7, 12, 14, 19, 23, 31, 38, 46, 52, 64, 77, 85, 93, 118, 140, 265, 312, 480, 650, 1200, 3400, 8900)


def _list(block: str) -> list[str]:
    return [item for line in block.split("\n") for item in line.split("|")]


class Writer:
    """Writes headlines, paragraphs and articles, drawn from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.words = {name: _list(value) for name, value in globals().items() if name.isupper() and isinstance(value, str)}

    def pick(self, name: str) -> str:
        """A word or phrase of one list."""
        return self.random.choice(self.words[name])

    def sentence(self) -> str:
        """One sentence, ended by a full stop."""
        p, number = self.pick, self.random.choice(NUMBERS)
        shape = self.random.randrange(9)
        thing = p("THINGS")
        text = (
            f"{p('PEOPLE')} of {p('PLACES')} {p('VERBS')} {thing} {p('REASONS')}",
            f'"{p("QUOTES")}," {p("PEOPLE")} {p("SAID")}',
            f"In {p('PLACES')}, where {p('DETAILS')}, {thing} was {p('VERBS')} {p('REASONS')}",
            f"About {number} people in {p('PLACES')} and {p('PLACES')} depend on {thing}, and {p('DETAILS')}",
            f"{p('REASONS')}, {thing} {p('VERBS')} {p('THINGS')}, and {p('DETAILS')}",
            f"{p('PEOPLE')}, who {p('VERBS')} {thing} for {number} years, {p('SAID')} that {p('DETAILS')}",
            f"The {p('TOPICS')} committee of {p('PLACES')} {p('VERBS')} {thing} by {number} votes, {p('REASONS')}",
            f"What {p('PEOPLE')} {p('VERBS')} in {p('PLACES')} cost {number} thousand crowns, and {p('DETAILS')}",
            f"Between {p('PLACES')} and {p('PLACES')}, {p('DETAILS')}; {p('PEOPLE')} {p('VERBS')} {thing} {p('REASONS')}",
        )[shape]
        return text[0].upper() + text[1:] + "."

    def paragraph(self, sentences: int = 4) -> str:
        """So many sentences on one line."""
        return " ".join(self.sentence() for _ in range(sentences))

    def headline(self) -> str:
        """A headline without a full stop, with numbers and names enough to be the only one of its kind."""
        p, number = self.pick, self.random.choice(NUMBERS)
        return self.random.choice(
            (
                f"{p('PLACES')} {p('VERBS')} {p('THINGS')} {p('REASONS')}",
                f"Why {p('PEOPLE')} {p('VERBS')} {p('THINGS')} in {p('PLACES')}, and what {number} neighbours think",
                f"{number} questions about {p('THINGS')} that {p('PLACES')} {p('VERBS')} {p('REASONS')}",
                f"{p('THINGS').capitalize()} {p('ENDINGS')}: {p('PEOPLE')} on {p('TOPICS')} and {p('TOPICS')} in {p('PLACES')}",
            )
        )

    def article(self, paragraphs: int = 8, sentences: int = 4) -> list[str]:
        """The lines of an article: headline, dateline, paragraphs."""
        dateline = f"By {self.pick('PEOPLE')}, {self.pick('PLACES')}"
        return [self.headline(), dateline, *(self.paragraph(sentences) for _ in range(paragraphs))]

    def teaser(self, cut: int = 60) -> tuple[str, str]:
        """Headline and lead of another article, the lead cut after so many words."""
        return self.headline(), lead(self.paragraph(5), cut)


def lead(paragraph: str, words: int) -> str:
    """A paragraph cut after so many words, as sidebars cut them: in the middle of a sentence."""
    return " ".join(paragraph.split(" ")[:words]).rstrip(".,;")


def edited(text: str, words: int, seed: int = 0) -> str:
    """The text with so many words replaced, as a second editor leaves it."""
    pieces, chance = text.split(" "), random.Random(seed)
    for at in chance.sample(range(len(pieces)), words):
        pieces[at] = f"word{at}"
    return " ".join(pieces)


def page(lines: list[str]) -> str:
    """Lines as a text of paragraphs."""
    return "\n\n".join(lines)


def doubled(teasers: list[tuple[str, str]]) -> str:
    """A sidebar of blocks: headline, headline again, blank line, lead."""
    return "\n\n".join(f"{headline}\n{headline}\n\n{text}" for headline, text in teasers)
