"""Addresses of pages: many at a time, the same page in the other language, those that lead on, numbers in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit

from flask import current_app, g, request, url_for
from werkzeug.routing import IntegerConverter, Map

from marketplace.config import Settings
from marketplace.i18n import LANGUAGES


def addresses(endpoint: str, number: str, **values: Any) -> Callable[[int], str]:
    """What makes the addresses of many things that differ in one number, `number`: for long lists, where building
    each one by itself takes longer than the rest of its row.
    """
    place = 987654321
    before, _place, after = url_for(endpoint, **{**values, number: place}).partition(str(place))
    return lambda own: f"{before}{own}{after}"


def language_switch_url(language: str) -> str:
    """The present page in the other language, path and query kept; after a failed POST, the page the form is on."""
    head, _slash, rest = request.path.lstrip("/").partition("/")
    path = f"/{language}/{rest}" if head in LANGUAGES else f"/{language}/"
    query = request.query_string.decode("utf-8", "replace")
    return f"{path}?{query}" if query else path


def page_addresses(own: str | None = None) -> dict[str, str]:
    """The whole address of this page in each language, for search engines; `own` is its path where it differs."""
    head, _slash, rest = (own or request.path).lstrip("/").partition("/")
    if head not in LANGUAGES:
        return {}
    settings = cast(Settings, current_app.extensions["settings"])
    return {language: f"{settings.public_url}/{language}/{rest}" for language in LANGUAGES}


def safe_next(target: str | None) -> str | None:
    """`target` when it is a path of this portal, else None: a sign-in never sends anybody elsewhere."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    if not target.isprintable():  # a line end would begin another header of the answer
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target


def referring_page() -> str | None:
    """The page of ours that the browser says it comes from. A path of two slashes, whose page says that there is none,
    would lead to the host that it names.
    """
    try:
        referrer = urlsplit(request.referrer or "")
    except ValueError:
        return None
    page = referrer.path + (f"?{referrer.query}" if referrer.query else "")
    return safe_next(page) if referrer.netloc == request.host else None


class RowNumber(IntegerConverter):
    """A number in an address; one that no row of a database can have leads nowhere.

    One number is written in one way: what a proxy is told of addresses, and what is kept by them, holds for the page.
    """

    regex = "0|[1-9][0-9]*"

    def __init__(self, url_map: Map, fixed_digits: int = 0) -> None:
        super().__init__(url_map, fixed_digits, max=2**63 - 1)


def page_of_the_form() -> str:
    """The page that showed the form just sent: a form posts to its own page unless the browser says otherwise.

    The start page when the form posts to an address that is no page, and the browser does not say where it stood.
    """
    if (stood := referring_page()) is not None:
        return stood
    adapter = current_app.create_url_adapter(request)
    if adapter is not None and not adapter.test(method="GET"):
        return f"/{g.lang}/"
    return request.full_path.rstrip("?")
