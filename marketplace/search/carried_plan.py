"""A plan that is taken along while one looks for another service: in the address of each page, like the ticks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

from markupsafe import Markup
from werkzeug.datastructures import MultiDict

PARAMETER: Final = "plan"
_NAMES: Final = re.compile(r"offer|kind|budget|units\[[0-9]{1,9}\]\[[a-z_]{1,40}\]")
_LONGEST: Final = 2000
_OFFER_LINK: Final = re.compile(r'(href="/[a-z]{2}/services/[0-9]+)"')


def packed(parameters: Mapping[str, Any]) -> str:
    """A plan's own query string in one parameter; empty for a plan without services."""
    return urlencode(parameters, doseq=True) if parameters.get("offer") else ""


def read(text: str | None) -> str:
    """The plan that an address carries, made safe to be written again; empty for none and for what is no plan."""
    if not text or len(text) > _LONGEST:
        return ""
    pairs = parse_qsl(text, max_num_fields=200)
    return urlencode([(name, value) for name, value in pairs if _NAMES.fullmatch(name)])


def services(carried: str) -> int:
    """How many services the plan holds."""
    return len({value for name, value in parse_qsl(carried) if name == "offer"})


def unpacked(query: MultiDict[str, str]) -> MultiDict[str, str]:
    """A query with what the plan in it holds, before what was added to it since."""
    carried = read(query.get(PARAMETER))
    added = [(name, value) for name, value in query.items(multi=True) if name != PARAMETER]
    return MultiDict([*parse_qsl(carried), *added])


def into_links(markup: Markup, carried: str) -> Markup:
    """The markup of a list of offers, whose links to offers take the plan along."""
    if not carried:
        return markup
    query = quote(carried, safe="")
    return Markup(_OFFER_LINK.sub(rf'\1?{PARAMETER}={query}"', str(markup)))  # noqa: S704 - escaped before, and quoted
