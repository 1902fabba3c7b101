"""The public catalogue: search, an offer, the comparison, the approved providers, and how results are ordered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import wraps
from io import BytesIO
from typing import Any

from flask import Response, current_app, g, request, send_file, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from marketplace.errors import NotFound
from marketplace.i18n import current_language, helsinki_date
from marketplace.permissions import Permission
from marketplace.pilots import queries as pilots
from marketplace.pilots.vocabulary import BANDS
from marketplace.providers.offers.public import count_interest
from marketplace.search import (
    asking,
    comparing,
    comparison,
    exporting,
    mapping,
    needs,
    offer_page,
    presenting,
    provider_pages,
    service,
    sitemap,
)
from marketplace.search.access import catalogue
from marketplace.search.asking import Asked, Problem
from marketplace.search.engine import DamagedIndex
from marketplace.search.forms import filter_form
from marketplace.search.service import Found
from marketplace.search.wording import problem_text, without_text
from marketplace.web import database, error_page, feature_blueprint, now, render, requires, session

blueprint = feature_blueprint("search", __name__)


@blueprint.record
def _add_site_map(state: BlueprintSetupState) -> None:
    """The pages for robots stand at the root, outside the languages."""
    state.app.add_url_rule("/robots.txt", "robots", sitemap.robots)
    state.app.add_url_rule("/sitemap.xml", "sitemap", sitemap.index)
    state.app.add_url_rule("/sitemap-<int:number>.xml", "sitemap_file", sitemap.file)


View = Callable[..., ResponseReturnValue]


def needs_index(view: View) -> View:
    """Answer 503 while there is no index that can be read; the worker is told and makes it again."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        try:
            return view(*args, **kwargs)
        except DamagedIndex:
            current_app.logger.warning("the search index cannot be read", exc_info=True)
            catalogue().report_damage()
            return error_page(503)

    return guarded


def today() -> date:
    """The day in Finland: what is visible and what it costs go by it."""
    return helsinki_date(now())


def ask() -> tuple[Asked, list[Problem]]:
    """The search in the request's query string."""
    keys = [pilot.key for pilot in pilots.pilots(session())]
    return asking.read(request.args, pilots=keys, more=("offer",))


@blueprint.get("/services")
@requires(Permission.PUBLIC)
@needs_index
def results() -> ResponseReturnValue:
    """Search and narrow; every filter is part of the address."""
    state = (catalogue().index.version(), today())
    return catalogue().pages.answer(request, state, _results, current_language())


def _results() -> tuple[Response, bool]:
    """The page of results, and whether it may be kept: one that found nothing is counted every time."""
    asked, problems = ask()
    found = service.search(catalogue(), asked, language=current_language(), day=today())
    pages = max(1, -(-min(found.total, asking.LAST_PAGE * asked.per_page) // asked.per_page))
    if asked.page > pages:
        asked = replace(asked, page=pages)
        found = service.search(catalogue(), asked, language=current_language(), day=today())
    if not found.total:
        needs.count(database(), catalogue(), asked, language=current_language(), day=today())
    _set_theme(asked)
    bands = [band for band in BANDS if band in catalogue().index.bands()]
    page = render(
        "search/results.html",
        asked=asked,
        found=found,
        pages=pages,
        cards=_cards(found, asked),
        map=mapping.supply_map(found.facets["municipality"]),
        form=filter_form(asked, found, bands, current_language()),
        chips=_chips(asked),
        problems=[problem_text(problem) for problem in problems],
        without=without_text(found, asked, _address),
        count_text=presenting.count_text(found.total),
        page_url=lambda page: _address(asked, page=page),
        spelt_url=_address(asked, q=found.did_you_mean, page=1) if found.did_you_mean else None,
        compared=request.args.getlist("offer")[: comparing.MOST_OFFERS],
    )
    return page, bool(found.total)


def _address(asked: Asked, **changes: Any) -> str:
    return url_for("search.results", **asked.parameters(**changes))


def _cards(found: Found, asked: Asked) -> list[presenting.Card]:
    return [
        presenting.card(document, language=current_language(), band=asked.band, day=today())
        for document in found.offers
    ]


def _chips(asked: Asked) -> list[dict[str, str]]:
    """The narrowings in force, each with the address without it."""
    return [
        {"label": label, "href": _address(asked.without(name, value))}
        for name, value, label in presenting.narrowings(asked, current_language(), _pilot_name)
    ]


def _pilot_name(key: str) -> str:
    return pilots.current_definition(session(), key).name[current_language()]


def _set_theme(asked: Asked) -> None:
    """A search within one pilot wears the colours of its organisation."""
    if asked.pilot:
        g.theme = pilots.pilot(session(), asked.pilot).organisation.theme


@blueprint.get("/services/<int:offer_id>")
@requires(Permission.PUBLIC)
def offer(offer_id: int) -> ResponseReturnValue:
    """One offer with its prices; 410 and what could replace it when it has left the catalogue."""
    page = offer_page.load(session(), offer_id, today())
    if page is None:
        raise NotFound()
    if page.face is None:
        replacements = _replacements(page)
        return render("search/gone.html", status=410, page=page, cards=replacements)
    count_interest("views", [offer_id])
    shown = offer_page.present(page.face, page.upcoming, current_language(), now())
    g.theme = page.theme
    return render(
        "search/offer.html", offer=shown, structured=offer_page.structured(page.face, current_language())
    )


def _replacements(page: offer_page.OfferPage) -> list[presenting.Card]:
    """Offers of the same service in the same municipalities, for one that has left the catalogue."""
    asked = Asked(chosen={"service": (page.service,), "municipality": page.municipalities}, per_page=5)
    try:
        found = service.search(catalogue(), asked, language=current_language(), day=today(), facets=False)
    except DamagedIndex:
        catalogue().report_damage()
        return []
    return _cards(found, asked)


@blueprint.get("/compare")
@requires(Permission.PUBLIC)
def compare() -> ResponseReturnValue:
    """Up to four offers side by side, with the month's cost for one's own hours."""
    table = comparison.read(session(), request.args, current_language(), today())
    if len(table.columns) > 1:
        count_interest("comparisons", [column.id for column in table.columns])
    return render("search/compare.html", table=table, problems=table.problems)


@blueprint.get("/compare.<any(pdf, xlsx):form>")
@requires(Permission.PUBLIC)
def compare_file(form: str) -> ResponseReturnValue:
    """The comparison as a file; without offers there is none."""
    table = comparison.read(session(), request.args, current_language(), today())
    if not table.columns:
        raise NotFound()
    name = f"{exporting.file_name()}.{form}"
    if form == "pdf":
        content, media_type = (
            exporting.as_pdf(table, language=current_language(), now=now()),
            "application/pdf",
        )
    else:
        content, media_type = exporting.as_xlsx(table, language=current_language(), now=now()), exporting.XLSX
    return send_file(BytesIO(content), media_type, as_attachment=True, download_name=name)


@blueprint.get("/providers")
@requires(Permission.PUBLIC)
def providers() -> ResponseReturnValue:
    """The list of approved providers with their services and prices (Act 569/2009 § 4)."""
    asked, problems = ask()
    page = provider_pages.listing(session(), asked, current_language(), today())
    return render(
        "search/providers.html",
        asked=asked,
        page=page,
        lowest_price=lambda document: presenting.lowest_price(document, current_language()),
        form=provider_pages.filter_form(asked, session(), current_language()),
        problems=[problem_text(problem) for problem in problems],
        page_url=lambda number: url_for("search.providers", **asked.parameters(page=number)),
    )


@blueprint.get("/providers/<int:provider_id>")
@requires(Permission.PUBLIC)
def provider(provider_id: int) -> ResponseReturnValue:
    """One approved provider with what it offers."""
    shown = provider_pages.load(session(), provider_id, today(), current_language())
    if shown is None:
        raise NotFound()
    cards = [
        presenting.card(document, language=current_language(), band=None, day=today())
        for document in shown.documents
    ]
    return render("search/provider.html", shown=shown, cards=cards)


@blueprint.get("/about/ordering")
@requires(Permission.PUBLIC)
def ordering() -> ResponseReturnValue:
    """How the order of results is made."""
    return render("search/ordering.html")
