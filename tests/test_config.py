"""Settings: where they come from, what is refused, and that one word says where and what to do."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clean.config import Config, config_of, parse_assignments, resolve
from clean.errors import ConfigError
from clean.limits import Limits, resolve_limits

DEFAULTS = Config().as_dict()
NUMBERS = [
    (kind, setting) for kind in (Config, Limits) for setting in dataclasses.fields(kind) if setting.metadata["low"] is not None
]
ANY_TEXT = st.text(st.characters(exclude_categories=()))  # lone surrogates, too: bytes of a command line that are not UTF-8
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | st.lists(st.text(), max_size=2) | st.just({})


@given(st.dictionaries(st.sampled_from([*DEFAULTS, "seeed", ""]), PLAIN, max_size=3))
def test_any_values_are_taken_or_refused_in_one_line(values: dict[str, Any]) -> None:
    """No other error than ConfigError, no line break in it; what is taken comes back from its plain values, and can be written."""
    try:
        config = config_of(values)
    except ConfigError as error:
        assert "\n" not in str(error)
    else:
        assert config_of(config.as_dict()) == config
        assert json.dumps(config.as_dict(), ensure_ascii=False, allow_nan=False).encode()
        assert config_of(config.as_dict()).fingerprint() == config.fingerprint()


def test_equal_settings_have_one_fingerprint(tmp_path: Path) -> None:
    """1 is 1.0 where a fraction may stand. How many bad records are too many decides nothing of what is written."""
    (tmp_path / "clean.toml").write_text("near_threshold = 1\nmax_bad = 3\n")
    from_file, origins = resolve({}, {}, folder=tmp_path)
    assert from_file.fingerprint() == config_of({"near_threshold": 1}).fingerprint() == Config(near_threshold=1.0).fingerprint()
    assert from_file.as_dict()["max_bad"] == 3 and {origin.name: origin.value for origin in origins}["near_threshold"] == 1
    for name, value in DEFAULTS.items():
        other = Config(
            **{name: {"repair": "off", "formats": ("csv",), "bands": 16, "permutations": 64}.get(name) or _other(value)}
        )
        assert (other.fingerprint() == Config().fingerprint()) == (name == "max_bad"), name


def _other(value: Any) -> Any:
    return f"{value}x" if isinstance(value, str) else value * 0.9 if isinstance(value, float) else value + 1


@given(st.text(), st.sampled_from(["near_threshold", "min_docs", "formats", "text_field", "no_such"]))
def test_any_text_is_parsed_or_refused(raw: str, name: str) -> None:
    """From the command line and from the environment alike."""
    for read in (
        lambda: resolve(parse_assignments([f"{name}={raw}"]), {}, folder=Path("/nonexistent")),
        lambda: resolve({}, {f"CLEAN_{name.upper()}": raw}, folder=Path("/nonexistent")),
    ):
        try:
            config, _ = read()
        except ConfigError as error:
            assert name in str(error).lower()
        else:
            assert name in config.as_dict()


@pytest.mark.parametrize(("kind", "setting"), NUMBERS, ids=lambda one: getattr(one, "name", None) or one.__name__)
def test_every_range_is_kept(kind: type[Any], setting: dataclasses.Field[Any]) -> None:
    """Just outside is refused with the range; NaN and infinity, which JSON has not, are outside of all."""
    low, high = setting.metadata["low"], setting.metadata["high"]
    outside = [low - 1] + ([] if high is None else [high + 1])
    outside += [float("nan"), float("inf"), -float("inf")] if isinstance(setting.default, float) else []
    for value in outside:
        with pytest.raises(ConfigError, match=rf"{setting.name} = .* is outside {low}"):
            kind(**{setting.name: value})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tool = 5", "tool = 5 is not a table; settings stand under [tool.clean]"),
        ("[tool]\nclean = 5", "clean = 5 is not a table; settings stand under [tool.clean]"),
        ("[tool.clean]\nmin_dogs = 5", "unknown setting 'min_dogs'; did you mean 'min_docs'?"),
        ("[tool.clean]\nmin_docs = 'five'", "min_docs = 'five' is not a whole number (default 10)"),
        ("[tool.clean", "is not valid TOML"),
        ("a = " + "[" * 5000, "is not valid TOML"),
        ("a = " + "9" * 5000, "is not valid TOML"),
    ],
)
def test_a_file_that_cannot_be_used_is_an_error(tmp_path: Path, text: str, words: str) -> None:
    """It is never passed over in silence."""
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(ConfigError) as error:
        resolve({}, {}, folder=tmp_path)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("text", "environment", "words"),
    [
        ("seed = -1", {}, "{file}: seed = -1 is outside 0-"),
        ("repair = 'of'", {}, "{file}: repair = 'of' is not one of gentle, ftfy, off; did you mean 'off'?"),
        ("text_field = ''", {}, "{file}: text_field is empty"),
        ("text_field = 'id'", {}, "{file}: text_field and id_field are both 'id'"),
        ("bands = 33", {}, "{file}: permutations = 128 is not a multiple of bands = 33"),
        ("prefer = '-'", {}, "{file}: prefer = '-' names no field"),
        ("[gate]\nmax_emptied = 0.5", {}, "{file}: max_emptied = 0.5 is not a whole number"),
        ("", {"CLEAN_SEED": "-1"}, "environment CLEAN_SEED: seed = -1 is outside"),
        ("seed = -1", {"CLEAN_SEED": "-2"}, "environment CLEAN_SEED: seed = -2 is outside"),
    ],
)
@pytest.mark.parametrize("name", ["clean.toml", "other.toml"])
def test_a_wrong_value_is_told_with_where_it_stands(
    tmp_path: Path, name: str, text: str, environment: dict[str, str], words: str
) -> None:
    """A file may have been found without being named; a flag has just been typed."""
    (tmp_path / name).write_text(text)
    file = None if name == "clean.toml" else tmp_path / name
    with pytest.raises(ConfigError) as error:
        resolve({}, environment, file=file, folder=tmp_path)
        resolve_limits({}, environment, file=file, folder=tmp_path)
    assert str(error.value).startswith(words.format(file=file or name))
    with pytest.raises(ConfigError, match=r"^seed = -3 is outside"):
        resolve(
            {"seed": -3, "repair": "off", "text_field": "a", "bands": 32, "prefer": ""}, environment, file=file, folder=tmp_path
        )


@pytest.mark.parametrize(
    "make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to(path.name), lambda path: path.symlink_to("x")]
)
def test_settings_that_are_no_file_are_an_error(tmp_path: Path, make: Callable[[Path], object]) -> None:
    """A link that leads nowhere was meant to set something; a fifo is not waited for."""
    make(tmp_path / "clean.toml")
    with pytest.raises(ConfigError, match=r"clean\.toml cannot be read"):
        resolve({}, {}, folder=tmp_path)


@pytest.mark.parametrize("text", ["", "[tool]", "[tool.other]\nx = 1", "[tool.clean]"])
def test_a_file_without_settings_leaves_the_defaults(tmp_path: Path, text: str) -> None:
    """Most projects have such a pyproject.toml."""
    (tmp_path / "pyproject.toml").write_text(text)
    assert resolve({}, {}, folder=tmp_path)[0] == Config()


def test_flag_before_environment_before_file_before_default(tmp_path: Path) -> None:
    """And every origin is told."""
    (tmp_path / "clean.toml").write_text("seed = 2\nmin_docs = 4\nbands = 64\n")
    (tmp_path / "pyproject.toml").write_text("[tool.clean]\nrepair = 'off'\n")
    config, origins = resolve({"seed": 9, "bands": None}, {"CLEAN_MIN_DOCS": "5", "CLEAN_SEED": "7"}, folder=tmp_path)
    found = {one.name: (one.value, one.source) for one in origins}
    assert found["seed"] == (9, "flag")
    assert found["min_docs"] == (5, "environment CLEAN_MIN_DOCS")
    assert found["bands"] == (64, "clean.toml")
    assert found["repair"] == ("gentle", "default")
    assert (config.seed, config.min_docs, config.bands, config.repair) == (9, 5, 64, "gentle")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"id_field": ""}, "id_field is empty; name a field (without the setting it is 'id')"),
        ({"text_field": ""}, "text_field is empty"),
        ({"text_field": "x", "id_field": "x"}, "text_field and id_field are both 'x'"),
        ({"permutations": 100}, "permutations = 100 is not a multiple of bands = 32"),
        ({"id_field": "a\udcff"}, "id_field = 'a\\udcff' is not UTF-8, and no table can hold it; write it in UTF-8"),
        ({"prefer": "-\ud800"}, "prefer = '-\\ud800' is not UTF-8"),
        ({"formats": ("xml",)}, "formats = 'xml' is not one of parquet, jsonl, csv, txt"),
    ],
)
def test_settings_that_do_not_go_together(values: dict[str, Any], words: str) -> None:
    """What is wrong, and what to do."""
    with pytest.raises(ConfigError) as error:
        Config(**values)
    assert words in str(error.value)


LONG = "9" * 5000


@pytest.mark.parametrize(
    "call",
    [
        lambda: parse_assignments([f"max_bad={LONG}"]),
        lambda: Config(max_bad=int("9" * 4000)),
        lambda: Config(seed=-(10**5000)),
        lambda: Config(max_document_share=10**5000),
        lambda: parse_assignments([LONG]),
        lambda: parse_assignments([f"{LONG}=1"]),
        lambda: config_of({LONG: 1}),
        lambda: resolve({}, {f"CLEAN_{LONG}": "1"}),
        lambda: resolve({}, {"CLEAN_SEED": LONG}),
        lambda: Config(repair=LONG),
        lambda: Config(formats=(LONG,)),
        lambda: Config(text_field=LONG, id_field=LONG),
    ],
)
def test_an_error_quotes_the_beginning_of_what_is_long(call: Callable[[], object]) -> None:
    """It is a line for a reader; and no number is taken that Python could not write down again."""
    with pytest.raises(ConfigError) as error:
        call()
    assert len(str(error.value)) < 300


def test_a_settings_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    """As editors on Windows write it."""
    (tmp_path / "clean.toml").write_bytes(b"\xef\xbb\xbfseed = 3\n")
    assert resolve({}, {}, folder=tmp_path)[0].seed == 3
