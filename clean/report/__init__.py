"""Reports: facts laid out for people. Nothing is counted here; see `stages/measure` for the facts.

write(facts, folder, data_files)     report.json  report.md  report.html  README.md (dataset card)
summary(facts), preview(facts)       the short table after a run; what a dry run adds to it
left_alone(skipped)                  what of the inputs was not read
write_ledger(ledger, folder)         ledger.jsonl, to be read in a diff
as_text(story), as_members(cluster)  one document's story, one cluster, for a terminal
stories(list), members(cluster)      the same as a page
difference, known                    what `diff` and `known` found
gate, sarif                          what `check` found, for people and for CI services
"""

from clean.report.pages import FILES, as_html, as_json, as_markdown, card, members, stories, write
from clean.report.review import write_ledger
from clean.report.story import as_members, as_text
from clean.report.terminal import left_alone, preview, summary

__all__ = [
    "FILES",
    "as_html",
    "as_json",
    "as_markdown",
    "as_members",
    "as_text",
    "card",
    "left_alone",
    "members",
    "preview",
    "stories",
    "summary",
    "write",
    "write_ledger",
]
