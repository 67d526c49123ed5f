"""The settings: one frozen, flat object, each value with its help, range and origin.

flag > environment (`CLEAN_NEAR_THRESHOLD=0.7`) > `clean.toml` or `[tool.clean]` in `pyproject.toml` > default.
The name of a setting is the same in all four places, in the manifest and in the documentation.

The limits of `clean check` are settings, too, in a table of their own (`[gate]`, `--set gate.NAME=VALUE`,
`CLEAN_GATE_NAME`): see limits.py. They change no output, so no fingerprint knows them.
"""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import json
import os
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from clean.errors import TRACEBACK, ConfigError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

ECHOED = 80  # characters of a value that an error quotes at most
NAMES = 1000  # characters of a list of column names in an error
LARGEST = 2**63 - 1  # the largest number that a setting can be: JSON has no infinity, and polars no larger integer

Settings = TypeVar("Settings", bound="DataclassInstance")

GATE = "gate"
"""The one table of settings that are not Config's: its fields are Limits' (limits.py)."""


class Repair(StrEnum):
    """How text is mended."""

    gentle = "gentle"
    ftfy = "ftfy"
    off = "off"


class Format(StrEnum):
    """What `run` can write."""

    parquet = "parquet"
    jsonl = "jsonl"
    csv = "csv"
    txt = "txt"


def setting(
    default: Any,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    one_of: Iterable[StrEnum] = (),
    decides: bool = True,
) -> Any:
    """A field of a settings object: default, one sentence of help, what values are taken, and whether it decides what is
    written (fingerprint) or only how the run is judged."""
    choices = tuple(one.value for one in one_of)
    return field(default=default, metadata={"help": help, "low": low, "high": high, "one_of": choices, "decides": decides})


@dataclass(frozen=True)
class Config:
    """Every setting of the main job. Invalid values raise ConfigError at construction."""

    # --- what is read and written
    text_field: str = setting("text", "the field that holds the text")
    id_field: str = setting("id", "the field that holds the document's id; a record without one is named after its file and line")
    group_field: str = setting("", "the field that names the site; empty: the host of a `url` field, else one group")
    formats: tuple[str, ...] = setting((), "formats to write; empty: parquet, plus txt where the input was txt", one_of=Format)
    max_bad: int = setting(
        0, "bad records that may be quarantined before the run counts as having findings", low=0, decides=False
    )
    max_record_bytes: int = setting(
        512 << 20, "a line, row or text file of more bytes is quarantined, not parsed: parsing takes 5 times its size", low=1
    )

    # --- repair
    repair: str = setting("gentle", "how text is mended: gentle (damage only), ftfy (its defaults), off", one_of=Repair)

    # --- what counts as the same
    shingle_tokens: int = setting(3, "tokens in a shingle, where words are written with spaces", low=1, high=16)
    shingle_chars: int = setting(5, "characters in a shingle, where they are not", low=1, high=32)
    permutations: int = setting(128, "MinHash permutations: bands x rows", low=2, high=4096)
    bands: int = setting(32, "LSH bands; each has permutations / bands rows", low=1, high=4096)
    seed: int = setting(1, "seed of the permutations", low=0, high=2**32 - 1)
    near_threshold: float = setting(0.60, "Jaccard similarity from which two texts are near-duplicates", low=0.0, high=1.0)
    document_threshold: float = setting(
        0.70, "Jaccard similarity from which two documents are copies of one article", low=0.0, high=1.0
    )
    across_threshold: float = setting(
        0.90, "the same for documents of two groups: what another site has shortened or rewritten is its own", low=0.0, high=1.0
    )
    near_tokens: int = setting(20, "shorter passages are compared exactly: two roads differ in one digit", low=1)
    prefer: str = setting(
        "",
        "of copies, keep the one with the least value of this field, with '-' before it the greatest; empty: the most complete",
    )
    truncated_threshold: float = setting(
        0.85, "containment from which a shorter text is a cut copy of a longer", low=0.0, high=1.0
    )

    # --- what belongs to an article
    min_docs: int = setting(10, "documents that must hold a line before it goes from the middle of a text, too", low=2)
    min_support: int = setting(2, "confirmed blocks from which the shape of a blurb is learned", low=1)
    confidence: float = setting(
        0.95, "how sure it must be that a line is boilerplate by its looks and its place", low=0.5, high=1.0
    )
    max_document_share: float = setting(0.90, "share of one document that may be removed line by line", low=0.0, high=1.0)

    def __post_init__(self) -> None:
        check_values(self)
        if self.permutations % self.bands:
            uneven = f"permutations = {self.permutations} is not a multiple of bands = {self.bands}"
            raise ConfigError(uneven, "permutations", "bands")
        if self.prefer and not self.preferred_field:
            raise ConfigError(
                f"prefer = {echoed(self.prefer)} names no field; '-published' keeps the copy published last", "prefer"
            )
        for name in ("text_field", "id_field"):
            if not getattr(self, name):
                usual = name.removesuffix("_field")
                raise ConfigError(f"{name} is empty; name a field (without the setting it is {usual!r})", name)
        if self.text_field == self.id_field:
            both = f"text_field and id_field are both {echoed(self.text_field)}; the text cannot be its own id"
            raise ConfigError(both, "text_field", "id_field")

    @property
    def preferred_field(self) -> str:
        """The field that `prefer` names, without its sign; empty for none."""
        return self.prefer.removeprefix("-")

    def fingerprint(self) -> str:
        """sha256 over every setting that decides what is written: two runs with equal fingerprints went by the same rules."""
        deciding = {one.name for one in dataclasses.fields(self) if one.metadata["decides"]}
        values = {name: value for name, value in self.as_dict().items() if name in deciding}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """The settings as plain values, in the order they are documented; 1 where 0.5 may stand is 1.0, to which it is equal."""
        plain: dict[type, Callable[[Any], Any]] = {tuple: list, float: float}
        fields = dataclasses.fields(self)
        return {one.name: plain.get(type(one.default), lambda value: value)(getattr(self, one.name)) for one in fields}


@dataclass(frozen=True)
class Origin:
    """Where one setting's value came from, for `clean config`."""

    name: str
    value: Any
    source: str  # "flag", "environment CLEAN_…", a file's name, or "default"
    help: str


def resolve(
    flags: Mapping[str, Any], environment: Mapping[str, str] | None = None, file: Path | None = None, folder: Path | None = None
) -> tuple[Config, list[Origin]]:
    """The settings in force and where each came from.

    `flags` holds what was given on the command line (None: not given). Without `file`, `clean.toml` and then
    `[tool.clean]` of `pyproject.toml` in `folder` (default: the current one) are looked for.
    Raises ConfigError for a file that cannot be read, an unknown name or a value out of its range.
    """
    return layered(Config, "", flags, environment, file, folder)


def layered(
    kind: type[Settings],
    table: str,
    flags: Mapping[str, Any],
    environment: Mapping[str, str] | None = None,
    file: Path | None = None,
    folder: Path | None = None,
) -> tuple[Settings, list[Origin]]:
    """One settings object by the four places, and where each value came from; for resolve and limits.py.

    `kind`: the object's class; `table`: its table in a settings file, "" for the top. Raises ConfigError.
    """
    layers: list[tuple[str, Mapping[str, Any]]] = [("flag", {k: v for k, v in flags.items() if v is not None})]
    layers.append(("environment", _from_environment(os.environ if environment is None else environment, kind, table)))
    layers.append(_from_file(file, folder or Path(), kind, table))
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for one in dataclasses.fields(kind):
        source, value = "default", one.default
        for name, layer in layers:
            if one.name in layer:
                source = f"environment {_variable(one.name, table)}" if name == "environment" else name
                value = layer[one.name]
                break
        values[one.name] = tuple(value) if isinstance(value, list) else value
        origins[one.name] = Origin(f"{table}.{one.name}" if table else one.name, value, source, one.metadata["help"])
    try:
        return kind(**values), list(origins.values())
    except ConfigError as error:
        # a flag is before the reader's eyes; a file, or the environment, may have been found without being named
        unseen = [source for name in error.about if (source := origins[name].source) not in ("flag", "default")]
        raise ConfigError(f"{unseen[0]}: {error}" if unseen else str(error), *error.about) from None


def config_of(values: Mapping[str, Any], where: str = "stored settings") -> Config:
    """The Config of plain values by name, as `Config.as_dict` gives them; what is not named has its default. Raises ConfigError
    for an unknown name, found `where`, or a bad value."""
    _known(where, values, Config)
    plain: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return Config(**plain)


def parse_assignments(assignments: Sequence[str], kind: type[Any] = Config) -> dict[str, Any]:
    """`NAME=VALUE` texts as values of the settings' types. Raises ConfigError for an unknown name or a wrong type."""
    defaults = {one.name: one.default for one in dataclasses.fields(kind)}
    found = {}
    for assignment in assignments:
        name, equals, raw = assignment.partition("=")
        if not equals:
            raise ConfigError(f"--set {echoed(assignment)} is not NAME=VALUE")
        if name not in defaults:
            raise ConfigError(f"--set {shortened(name)}: no such setting{_nearest(name, list(defaults))}")
        found[name] = _parse(f"--set {name}", raw, defaults[name])
    return found


def settings() -> list[tuple[str, Any, str]]:
    """Name, default and help of every setting, in the order they are documented."""
    return [(s.name, s.default, s.metadata["help"]) for s in dataclasses.fields(Config)]


def _variable(name: str, table: str = "") -> str:
    return "_".join(part.upper() for part in ("clean", table, name) if part)


def _names(kind: type[Any]) -> list[str]:
    return [one.name for one in dataclasses.fields(kind)]


def _from_environment(environment: Mapping[str, str], kind: type[Any], table: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    variables = {_variable(one.name, table): one for one in dataclasses.fields(kind)}
    for variable, raw in environment.items():
        if not variable.startswith("CLEAN_") or variable == TRACEBACK:
            continue
        if variable.startswith(_variable("", GATE) + "_") != (table == GATE):
            continue  # the other object's, which is asked for it, too
        if variable not in variables:
            raise ConfigError(f"environment variable {shortened(variable)} names no setting{_nearest(variable, list(variables))}")
        one = variables[variable]
        found[one.name] = _parse(f"environment variable {variable}", raw, one.default)
    return found


def _parse(where: str, raw: str, default: Any) -> Any:
    if isinstance(default, tuple):
        return tuple(part.strip() for part in raw.split(",") if part.strip())
    try:
        return type(default)(raw)
    except ValueError:
        raise ConfigError(f"{where} = {echoed(raw)} is not {_kind(default)}") from None


def _from_file(file: Path | None, folder: Path, kind: type[Any], table: str) -> tuple[str, Mapping[str, Any]]:
    if file is not None:
        return str(file), _of_table(str(file), _section(file, _load(file)), kind, table)
    for name in ("clean.toml", "pyproject.toml"):
        path = folder / name
        if os.path.lexists(path):
            section = _section(path, _load(path))
            if section or name == "clean.toml":
                return name, _of_table(name, section, kind, table)
    return "default", {}


def _of_table(where: str, section: Mapping[str, Any], kind: type[Any], table: str) -> Mapping[str, Any]:
    """The values of one settings object among those of a file, where another object's stand in a table."""
    if table:
        values = section.get(table, {})
        if not isinstance(values, dict):
            raise ConfigError(f"{where}: {table} = {echoed(values)} is not a table; its limits stand under [{table}]")
        return _known(f"{where}, [{table}]", values, kind)
    return _known(where, {name: value for name, value in section.items() if name != GATE}, kind)


def _load(path: Path) -> dict[str, Any]:
    if path.exists() and not (path.is_file() or path.is_char_device()):  # a fifo would be waited for
        raise ConfigError(f"{path} cannot be read: it is no file")
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:  # not TOML, not UTF-8, a number of 5,000 digits, 5,000 brackets
        raise ConfigError(f"{path} is not valid TOML: {error}") from None


def _section(path: Path, table: dict[str, Any]) -> dict[str, Any]:
    if path.name != "pyproject.toml":
        return table
    for name in ("tool", "clean"):
        table = table.get(name, {})
        if not isinstance(table, dict):
            raise ConfigError(f"{path}: {name} = {echoed(table)} is not a table; settings stand under [tool.clean]")
    return table


def _known(where: str, values: Mapping[str, Any], kind: type[Any]) -> Mapping[str, Any]:
    for name in values:
        if name not in _names(kind):
            raise ConfigError(f"{where}: unknown setting {echoed(name)}{_nearest(name, _names(kind))}")
    return values


def _nearest(name: str, names: list[str]) -> str:
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else "; `clean config` lists them all"


def _kind(default: Any) -> str:
    kinds = {float: "a number", int: "a whole number", str: "a text", tuple: "a list of texts"}
    return kinds[type(default)]


def echoed(value: object) -> str:
    """A value as an error quotes it."""
    try:
        return shortened(repr(value))
    except ValueError:  # Python writes no number of more than 4,300 digits
        return "a number of thousands of digits"


def shortened(text: str, most: int = ECHOED) -> str:
    """The beginning of what somebody gave, with its length where it is long: an error is a line for a reader."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"


def check_values(settings: Any) -> None:
    """Raise ConfigError for the first value of a settings object that is of another type or outside its range."""
    for one in dataclasses.fields(settings):
        _check(one, getattr(settings, one.name))


def _check(one: dataclasses.Field[Any], value: Any) -> None:
    name, default, limits = one.name, one.default, one.metadata
    fits = isinstance(value, (int, float) if isinstance(default, float) else type(default)) and not isinstance(value, bool)
    if not fits:
        raise ConfigError(f"{name} = {echoed(value)} is not {_kind(default)} (default {default!r})", name)
    low, high, one_of = limits["low"], limits["high"], limits["one_of"]
    if isinstance(value, (int, float)) and not -LARGEST <= value <= LARGEST:  # neither manifest nor report could hold it
        low, high = low if low is not None else -LARGEST, LARGEST if high is None else high
    if low is not None and not (low <= value <= (high if high is not None else value)):
        span = f"{low}-{high}" if high is not None else f"{low} or more"
        raise ConfigError(f"{name} = {echoed(value)} is outside {span} (default {default})", name)
    for choice in value if isinstance(value, tuple) else (value,):
        if isinstance(choice, str) and any("\ud800" <= char <= "\udfff" for char in choice):  # bytes of a command line, say
            raise ConfigError(f"{name} = {echoed(choice)} is not UTF-8, and no table can hold it; write it in UTF-8", name)
        if one_of and choice not in one_of:
            near = _nearest(str(choice), list(one_of))
            raise ConfigError(f"{name} = {echoed(choice)} is not one of {', '.join(one_of)}{near}", name)
