"""The files of a report: JSON, Markdown, HTML and the dataset card.

Both template environments escape whatever they print, by default and at one place (`finalize`): first
`visible`, then the escaping of the format. A template cannot forget it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clean.report import layout, story
from clean.visible import json_text, visible
from clean.wording import counted

if TYPE_CHECKING:
    from jinja2 import Environment

Facts = Mapping[str, Any]

FILES = ("report.json", "report.md", "report.html", "README.md")


def write(facts: Facts, folder: Path, data_files: Sequence[str]) -> list[Path]:
    """Write report.json, report.md, report.html and README.md into an existing folder; the paths written.

    `data_files`: patterns of the published data, relative to the folder, for the dataset card.
    """
    texts = (as_json(facts), as_markdown(facts), as_html(facts), card(facts, data_files))
    for name, text in zip(FILES, texts, strict=True):
        (folder / name).write_bytes(text.encode())
    return [folder / name for name in FILES]


def as_json(facts: Facts) -> str:
    """The facts as JSON: keys in the order of the facts, characters that cannot be seen escaped."""
    return json_text(json.dumps(facts, ensure_ascii=False, indent=1, allow_nan=False)) + "\n"


def as_html(facts: Facts) -> str:
    """One self-contained page: no script, no request, inline SVG."""
    return _environment(_for_html).get_template("report.html.j2").render(facts=facts)


def as_markdown(facts: Facts) -> str:
    """The same story in Markdown, with text bars."""
    text = _environment(_for_markdown).get_template("report.md.j2").render(facts=facts)
    return re.sub(r"\n{3,}", "\n\n", text)  # only the template's: a document's line ends are shown as ⏎


def card(facts: Facts, data_files: Sequence[str]) -> str:
    """The dataset card: its YAML names the data files, so that no loader takes the ledger for data."""
    return _environment(_for_markdown).get_template("card.md.j2").render(facts=facts, data_files=list(data_files))


def stories(told: Sequence[Mapping[str, Any]]) -> str:
    """Documents' stories (see jobs/explain.py) as one page under the report's policy: no script, no request."""
    return _environment(_for_html).get_template("story.html.j2").render(stories=told)


def members(cluster: Mapping[str, Any]) -> str:
    """A cluster with its members (see jobs/cluster.py) as such a page."""
    return _environment(_for_html).get_template("cluster.html.j2").render(cluster=cluster)


def _environment(finalize: Callable[[Any], Any]) -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("clean.report"),
        autoescape=True,
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        name: getattr(layout, name) for name in ("number", "percent", "tick", "bar", "ticks", "plain", "repair", "toml", "spans")
    }
    environment.filters |= {"code": _code, "counted": counted}
    environment.filters |= {name: getattr(story, name) for name in ("member", "reasons", "repaired", "repairs", "runs", "short")}
    environment.globals |= {name: getattr(layout, name) for name in ("RULES", "REASONS", "ADVICE", "span")}
    return environment


def _for_html(value: Any) -> Any:
    """What an HTML template prints: text made visible; autoescape follows."""
    from markupsafe import Markup

    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _for_markdown(value: Any) -> Any:
    """What a Markdown template prints: text escaped for Markdown, and marked as done for autoescape."""
    from markupsafe import Markup

    return Markup(layout.markdown(value)) if isinstance(value, str) and not isinstance(value, Markup) else value


def _code(text: str) -> Any:
    """`text` for a Markdown code span, where nothing is markup but the backtick and, in tables, the pipe."""
    from markupsafe import Markup

    return Markup(visible(text, keep_newlines=False).replace("`", "'").replace("|", r"\|"))
