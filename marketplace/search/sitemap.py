"""The site map for search engines: the public pages in both languages, in files of at most 10,000 offers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

from flask import Response, current_app, url_for
from flask.typing import ResponseReturnValue

from marketplace.errors import NotFound
from marketplace.i18n import LANGUAGES, helsinki_date
from marketplace.permissions import Permission
from marketplace.pilots import queries as pilots
from marketplace.search import queries
from marketplace.search.access import catalogue
from marketplace.search.engine import DamagedIndex
from marketplace.search.provider_list import pages as provider_pages
from marketplace.slots import Answer
from marketplace.web.frame import now, requires, session, settings

OFFERS_IN_A_FILE: Final = 10_000
_OF_THE_CATALOGUE: Final = ("pages.start", "search.results", "search.supply_map", "search.providers")
"""Standing pages that say something new whenever an offer does."""

_OF_TEXT: Final = ("planning.plan", "pilots.index", "search.ordering")
more_pages: Final = Answer[Callable[[], Iterable[tuple[str, Mapping[str, Any]]]]](
    "sitemap.more_pages",
    "when the site map is made: the standing pages of rooms above, by endpoint and the values of their addresses",
)

_NAMESPACE: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"


@requires(Permission.PUBLIC)
def robots() -> ResponseReturnValue:
    """What robots may read: the public pages; filters and comparisons are endless and say nothing new."""
    lines = [
        "User-agent: *",
        *(f"Disallow: /{language}/compare" for language in LANGUAGES),
        "Disallow: /api/",
    ]
    return Response(
        "\n".join([*lines, f"Sitemap: {settings().public_url}/sitemap.xml", ""]), mimetype="text/plain"
    )


@requires(Permission.PUBLIC)
def index() -> ResponseReturnValue:
    """The list of the files of the site map."""
    files = -(-len(_offers()) // OFFERS_IN_A_FILE) + 1
    rows = (
        f"<sitemap><loc>{settings().public_url}/sitemap-{number}.xml</loc></sitemap>"
        for number in range(files)
    )
    return _xml("sitemapindex", rows)


@requires(Permission.PUBLIC)
def file(number: int) -> ResponseReturnValue:
    """File 0 has the standing pages, the pilots and the providers, the others the offers."""
    if number == 0:
        return _xml("urlset", _standing())
    offers = _offers()[(number - 1) * OFFERS_IN_A_FILE : number * OFFERS_IN_A_FILE]
    if not offers:
        raise NotFound()
    changed = queries.last_changes(session(), offers, helsinki_date(now()))
    rows = (
        row for offer in offers for row in _urls("search.offer", changed=changed.get(offer), offer_id=offer)
    )
    return _xml("urlset", rows)


def _standing() -> Iterator[str]:
    today = helsinki_date(now())
    written = _texts_came(current_app.jinja_loader.searchpath[0])  # type: ignore[union-attr]  # a folder of templates
    newest = max(written, queries.last_change(session(), today) or written)
    for page in _OF_THE_CATALOGUE:
        yield from _urls(page, changed=newest)
    for page in _OF_TEXT:
        yield from _urls(page, changed=written)
    for more in more_pages:
        for endpoint, values in more():
            yield from _urls(endpoint, changed=written, **values)
    for pilot in pilots.pilots(session()):
        loaded = helsinki_date(pilots.current_version(session(), pilot.key).loaded_at)
        yield from _urls("pilots.pilot", changed=loaded, key=pilot.key)
    approved = provider_pages.approved_ids(session())
    told = queries.last_changes_of_providers(session(), approved, today)
    for identity in approved:
        yield from _urls("search.provider", changed=told.get(identity), provider_id=identity)


@cache
def _texts_came(folder: str) -> date:
    """The Helsinki day on which the newest of the portal's texts came to this machine."""
    newest = max(file.stat().st_mtime for file in Path(folder).rglob("*.html"))
    return helsinki_date(datetime.fromtimestamp(newest, UTC))


def _offers() -> Sequence[int]:
    try:
        return catalogue().index.ids()
    except DamagedIndex:
        return []


def _urls(endpoint: str, *, changed: date | None = None, **values: Any) -> Iterator[str]:
    """The page in each language, each naming the other; the day of its last change only where it is known."""
    addresses = {code: settings().public_url + url_for(endpoint, lang=code, **values) for code in LANGUAGES}
    others = "".join(
        f'<xhtml:link rel="alternate" hreflang="{code}" href="{escape(address)}"/>'
        for code, address in addresses.items()
    )
    last = f"<lastmod>{changed.isoformat()}</lastmod>" if changed else ""
    for address in addresses.values():
        yield f"<url><loc>{escape(address)}</loc>{last}{others}</url>"


def _xml(root: str, rows: Iterator[str]) -> Response:
    links = ' xmlns:xhtml="http://www.w3.org/1999/xhtml"' if root == "urlset" else ""
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{_NAMESPACE}"{links}>{"".join(rows)}</{root}>\n'
    return Response(body, mimetype="application/xml")
