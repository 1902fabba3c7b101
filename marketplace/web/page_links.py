"""The page of a list that an address asks for, and the addresses of the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import request, url_for

from marketplace.text import whole_number


def asked_page() -> int:
    """The number in `?page=`; 1 where there is none or it is no number of a page."""
    return whole_number(request.args.get("page")) or 1


def page_links(kept: Mapping[str, Any] | None = None) -> Callable[[int], str]:
    """The address of each page of the list that is shown now. `kept` are the filters in force; empty ones fall."""
    values = {**(request.view_args or {}), **{name: value for name, value in (kept or {}).items() if value}}
    return lambda number: url_for(str(request.endpoint), **values, page=number)
