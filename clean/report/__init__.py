"""Reports: facts laid out for people. Nothing is counted here; see `stages/measure.py` for the facts.

write(facts, folder, data_files)     report.json  report.md  report.html  README.md (dataset card)
summary(facts)                       the short table after a run
"""

from clean.report.pages import as_html, as_json, as_markdown, card, write
from clean.report.terminal import summary

__all__ = ["as_html", "as_json", "as_markdown", "card", "summary", "write"]
