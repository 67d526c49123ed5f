"""Which site a record is of: the value of the field that names it, else the host of its address."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from clean.config import Config

_ADDRESS = "url"
_PLAIN_HOST = re.compile(r"https?://[a-z0-9.-]{1,253}(?=/|\Z)")  # of many addresses the same, and looked at once


def field_of(config: Config) -> str:
    """The field that tells."""
    return config.group_field or _ADDRESS


def site_of(value: str | None, config: Config) -> str:
    """The site by what a record has in `field_of`; "" where that is nothing, or no address."""
    if value is None or config.group_field:
        return value or ""
    plain = _PLAIN_HOST.match(value)
    return _plain_host(plain[0]) if plain else _host(value)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # "http://[half"
        return ""


_plain_host = lru_cache(maxsize=1024)(_host)
