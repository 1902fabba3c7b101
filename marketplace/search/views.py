"""The public catalogue: search, an offer, the comparison, the approved providers, and how results are ordered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from functools import wraps
from typing import Any, Final

from flask import Response, current_app, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from marketplace.clients.area.acting import PARAMETER
from marketplace.errors import NotFound
from marketplace.i18n import _, current_language, helsinki_date
from marketplace.offers.public import count_interest, offer_parts
from marketplace.permissions import Permission
from marketplace.pilots.branding import show_organisation
from marketplace.pilots.labels import cancelling_texts
from marketplace.search import (
    carried_plan,
    offer_cards,
    own_budget,
    query_string,
    service,
    sitemap,
    unmet_needs,
)
from marketplace.search.access import catalogue
from marketplace.search.concepts import place_text
from marketplace.search.engine import DamagedIndex, SearchAway
from marketplace.search.offer import checked, costing, next_steps
from marketplace.search.offer import page as offer_page
from marketplace.search.offer_comparison import files as exporting
from marketplace.search.offer_comparison import rules as comparing
from marketplace.search.offer_comparison import table as comparison
from marketplace.search.provider_list import pages as provider_pages
from marketplace.search.query_string import Asked, QueryProblem
from marketplace.search.results import page as results_page
from marketplace.search.results import pilots as pilot_choice
from marketplace.search.results.labels import problem_text
from marketplace.search.saved_services.views import saved_ids
from marketplace.search.supply_map import page as map_page
from marketplace.sheets import XLSX
from marketplace.slots import Panel
from marketplace.tallies import Tally
from marketplace.web.downloads import made_file
from marketplace.web.error_pages import error_page
from marketplace.web.frame import database, feature_blueprint, now, render, requires, session, settings

blueprint = feature_blueprint("search", __name__)


choosing: Final = Panel[Callable[..., Markup]](
    "search.choosing",
    "Beside an offer that is shown to somebody who may choose it: ready HTML for the offer with this id; `about` is "
    "its name where the page shows several.",
)


@blueprint.app_context_processor
def _choosing() -> dict[str, Any]:
    """The button that chooses an offer, for every page that shows one."""
    return {"choose_buttons": lambda offer_id, about="": [each(offer_id, about=about) for each in choosing]}


@blueprint.record
def _extend_templates(state: BlueprintSetupState) -> None:
    """Lists of offers draw their cards in Python, which remembers them."""
    state.app.jinja_env.globals["drawn_card"] = offer_cards.drawn_card


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
        except SearchAway as error:
            current_app.logger.warning("%s", error)
            return error_page(
                503,
                _("The list of providers, the pages of services and everything else work as usual."),
                _("The search does not answer just now"),
            )
        except DamagedIndex:
            current_app.logger.warning("the search index cannot be read", exc_info=True)
            catalogue().report_damage()
            return error_page(503)

    return guarded


def today() -> date:
    """The day in Finland: what is visible and what it costs go by it."""
    return helsinki_date(now())


def ask() -> tuple[Asked, list[QueryProblem]]:
    """The search in the request's query string."""
    keys = pilot_choice.known(session(), catalogue()) if "pilot" in request.args else ()
    return query_string.read(request.args, pilots=keys, more=("offer", carried_plan.PARAMETER, PARAMETER))


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
    last = results_page.pages_of(found, asked)
    if asked.page > last:
        asked = replace(asked, page=last)
        found = service.search(catalogue(), asked, language=current_language(), day=today())
    if found.is_unmet:
        _count(unmet_needs.needs(catalogue(), asked, found.parsed, language=current_language(), day=today()))
    if asked.pilot:
        show_organisation(pilot_choice.known(session(), catalogue())[asked.pilot].organisation)
    context = results_page.context(
        session(),
        catalogue(),
        asked,
        found,
        problems=problems,
        ticked=request.args.getlist("offer"),
        carried=carried_plan.read(request.args.get(carried_plan.PARAMETER)),
        language=current_language(),
        day=today(),
    )
    own = own_budget.known()
    fits = {} if own is None else offer_cards.fits(own, found.offers)
    return render("search/results.html", my_budget=own, fits=fits, **context), not found.is_unmet


def _count(needs: Iterable[unmet_needs.Need]) -> None:
    counted: Tally[unmet_needs.Need] = current_app.extensions.setdefault(
        "unmet needs", unmet_needs.tally(database())
    )
    counted.count(needs)


@blueprint.get("/services/map")
@requires(Permission.PUBLIC)
@needs_index
def supply_map() -> ResponseReturnValue:
    """How many offers of a search there are in each municipality, drawn and listed."""
    state = (catalogue().index.version(), today())
    return catalogue().pages.answer(request, state, _map, current_language())


def _map() -> tuple[Response, bool]:
    asked, problems = ask()
    found = service.search(catalogue(), asked, language=current_language(), day=today())
    context = map_page.context(
        asked,
        found,
        pilot_choice.known(session(), catalogue()),
        problems=problems,
        kept=map_page.kept_parameters(
            request.args.getlist("offer"),
            carried_plan.read(request.args.get(carried_plan.PARAMETER)),
        ),
        language=current_language(),
    )
    return render("search/map.html", **context), True


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
    shown = offer_page.present(page.face, page.upcoming, current_language(), now())
    question, own = costing.read(session(), page.face, request.args, current_language()), own_budget.known()
    if not question.asked:
        count_interest("views", [offer_id])
    show_organisation(page.organisation)
    return render(
        "search/offer.html",
        offer=shown,
        cancelling=cancelling_texts(page.pilot.deliveries),
        parts=offer_parts(offer_id, page.published),
        question=question,
        my_budget=own,
        fits=own_budget.price_fits(own, page.pilot.key, page.service, page.face.prices),
        cost_fits=own_budget.cost_fits(own, page.pilot.key, page.service, question.parts)
        if question.answered
        else None,
        steps=next_steps.of(page.pilot, page.organisation, today()),
        checked=checked.read(session(), page.face, current_language()),
        organisation=page.organisation,
        saved=offer_id in saved_ids(),
        carried=carried_plan.read(request.args.get(carried_plan.PARAMETER)),
        structured=offer_page.structured(
            page.face,
            current_language(),
            settings().public_url + url_for("search.offer", offer_id=offer_id),
        ),
    )


def _replacements(page: offer_page.OfferPage) -> list[offer_cards.Card]:
    """Offers of the same service in the same municipalities, for one that has left the catalogue."""
    asked = Asked(chosen={"service": (page.service,), "municipality": page.municipalities}, per_page=5)
    try:
        found = service.search(catalogue(), asked, language=current_language(), day=today(), facets=False)
    except DamagedIndex:
        catalogue().report_damage()
        return []
    return [offer_cards.kept_card(body, current_language(), None, today()) for body in found.bodies]


@blueprint.get("/compare")
@requires(Permission.PUBLIC)
def compare() -> ResponseReturnValue:
    """Up to four offers side by side, with the month's cost for one's own hours."""
    table = comparison.read(session(), request.args, current_language(), today())
    if len(table.columns) > 1:
        count_interest("comparisons", [column.id for column in table.columns])
    own = own_budget.known()
    return render(
        "search/compare.html",
        table=table,
        problems=table.problems,
        most_offers=comparing.MOST_OFFERS,
        my_budget=own,
        carried=carried_plan.read(request.args.get(carried_plan.PARAMETER)),
        fits=[] if own is None else comparison.fits(own, table),
    )


@blueprint.get("/compare/list")
@requires(Permission.PUBLIC)
def compare_list() -> ResponseReturnValue:
    """Up to ten offers below each other, for who chooses with a client: to look at, to print, to take along."""
    table = _listed()
    return render(
        "search/compare_list.html",
        table=table,
        problems=table.problems,
        most_offers=comparing.MOST_OFFERS,
        carried=carried_plan.read(request.args.get(carried_plan.PARAMETER)),
        remarks=exporting.remarks,
    )


@blueprint.get("/compare/list.xlsx")
@requires(Permission.PUBLIC)
def compare_list_file() -> ResponseReturnValue:
    """The list as a spreadsheet; without offers there is none."""
    table = _listed()
    if not table.columns:
        raise NotFound()
    address = settings().public_url + url_for("search.compare_list", **table.parameters)
    content = exporting.list_as_xlsx(table, language=current_language(), now=now(), address=address)
    return made_file(content, XLSX, f"{exporting.list_file_name()}.xlsx")


def _listed() -> comparison.ComparisonTable:
    return comparison.read(session(), request.args, current_language(), today(), most=comparing.MOST_LISTED)


@blueprint.get("/compare.<any(pdf, xlsx):form>")
@requires(Permission.PUBLIC)
def compare_file(form: str) -> ResponseReturnValue:
    """The comparison as a file; without offers there is none."""
    table = comparison.read(session(), request.args, current_language(), today())
    if not table.columns:
        raise NotFound()
    name = f"{exporting.file_name()}.{form}"
    address = settings().public_url + url_for("search.compare", **table.parameters)
    if form == "pdf":
        content, media_type = (
            exporting.as_pdf(table, language=current_language(), now=now(), address=address),
            "application/pdf",
        )
    else:
        content, media_type = (
            exporting.as_xlsx(table, language=current_language(), now=now(), address=address),
            XLSX,
        )
    return made_file(content, media_type, name)


@blueprint.get("/providers")
@requires(Permission.PUBLIC)
@needs_index
def providers() -> ResponseReturnValue:
    """The list of approved providers with their services and prices (Act 569/2009 § 4)."""
    asked, problems = ask()
    among = provider_pages.offering(session(), catalogue(), asked, today())
    page = provider_pages.listing(session(), asked, current_language(), today(), among=among)
    return render(
        "search/providers.html",
        asked=asked,
        page=page,
        place_text=place_text,
        lowest_price=lambda offer: offer_cards.lowest_price(offer, current_language()),
        form=provider_pages.filter_form(asked, session(), current_language()),
        problems=[problem_text(problem) for problem in problems],
        narrowings=results_page.chips(
            pilot_choice.known(session(), catalogue()),
            asked,
            current_language(),
            lambda changed: url_for("search.providers", **changed.parameters()),
        ),
        carried=provider_pages.carried(asked),
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
        offer_cards.card(offer, language=current_language(), band=None, day=today())
        for offer in shown.all_offers
    ]
    return render("search/provider.html", shown=shown, cards=cards, place_text=place_text)


@blueprint.get("/about/ordering")
@requires(Permission.PUBLIC)
def ordering() -> ResponseReturnValue:
    """How the order of results is made."""
    return render("search/ordering.html")
