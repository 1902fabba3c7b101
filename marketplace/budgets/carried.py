"""For whom a helper of several clients looks, taken along from page to page of the catalogue.

It stands in the address (`for`) and never in a cookie, as on the client's own pages: two tabs of one browser may be
about two clients. Cards and filters of the catalogue are kept ready for all visitors, so the links of a finished page
get it and not those pieces.
"""

from __future__ import annotations

import re
from typing import Final

from flask import Flask, Response, g, request

from marketplace.clients.area.acting import PARAMETER

_CATALOGUE: Final = r"/(?:fi|sv)/(?:services|compare|plan|providers)(?=[/.?#\"])"
_LINK: Final = re.compile(rf'(<a\b[^>]*?\bhref=")({_CATALOGUE}[^"#]*)([^"]*")')
_FORM: Final = re.compile(rf'<form\b(?=[^>]*\bmethod="get")[^>]*\baction="{_CATALOGUE}[^"]*"[^>]*>')


def init_app(app: Flask) -> None:
    """Let the catalogue's pages take along for whom a helper looks."""
    app.after_request(_carry)


def into_links(page: str, whose: int) -> str:
    """The HTML of a page of the catalogue whose links and searches lead to other pages of it for the same client."""
    page = _LINK.sub(lambda found: found[1] + _with(found[2], whose) + found[3], page)
    return _FORM.sub(rf'\g<0><input type="hidden" name="{PARAMETER}" value="{whose}">', page)


def _with(address: str, whose: int) -> str:
    if re.search(rf"[?&;]{PARAMETER}=", address):
        return address
    return f"{address}{'&amp;' if '?' in address else '?'}{PARAMETER}={whose}"


def _carry(response: Response) -> Response:
    whose = g.get("budget_of")
    if whose is not None and request.blueprint in ("search", "planning") and response.mimetype == "text/html":
        response.set_data(into_links(response.get_data(as_text=True), whose))
    return response
