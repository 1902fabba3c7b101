"""The public JSON interface: read-only, no key, open to every origin. `openapi.json` describes it.

One rule of language: `lang` is the language of every text of the answer; without it, Finnish. What a browser prefers
does not count, so an address means the same to everybody.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import wraps
from typing import Any, Final

from flask import Blueprint, Response, g, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.i18n import LANGUAGES, _, helsinki_date
from marketplace.offers.history import published_versions
from marketplace.permissions import Permission
from marketplace.pilots import queries as pilots
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.figures import months_paid
from marketplace.pilots.vocabulary import COUNTIES, MUNICIPALITIES, SERVICES
from marketplace.search import documents, openapi, public_offer, query_string, service
from marketplace.search.access import catalogue
from marketplace.search.engine import DamagedIndex, SearchAway
from marketplace.search.page_cache import OPEN
from marketplace.search.parsed_query import QueryPart
from marketplace.search.provider_list import pages as provider_pages
from marketplace.search.public_offer import PastPrice, PricePeriod, PublicOffer
from marketplace.search.query_string import Asked, QueryProblem
from marketplace.search.results.labels import api_message
from marketplace.web import compression
from marketplace.web.addresses import addresses
from marketplace.web.frame import now, requires, session, settings

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
description = Blueprint("api_description", __name__)
"""What stands at the root of the site."""

MOST_PER_PAGE: Final = 100

Answer = Any
Endpoint = Callable[..., Answer]


class RequestRefused(Exception):
    """The request was not understood or what it names does not exist."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"code": code, "message": message, "field": field}}


def answers(endpoint: Endpoint) -> Callable[..., ResponseReturnValue]:
    """Turn what an endpoint returns into JSON with an ETag, compressed where it is wanted, readable from anywhere."""

    @wraps(endpoint)
    def respond(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        status = 200
        try:
            g.lang = _language()
            content = endpoint(*args, **kwargs)
            if isinstance(content, Response):
                return _open(content)
        except RequestRefused as refusal:
            status, content = refusal.status, refusal.body
        except SearchAway:
            message = "The search does not answer just now; try again in a moment."
            status, content = 503, RequestRefused(503, "unavailable", message).body
        except DamagedIndex:
            catalogue().report_damage()
            message = "The catalogue is being made again; try again in a moment."
            status, content = 503, RequestRefused(503, "unavailable", message).body
        return _response(content, status)

    return respond


def _response(content: Answer, status: int) -> Response:
    response = _open(_plain(content, status))
    compression.compress(response, request)
    return response


def _open(response: Response) -> Response:
    """The answer with what everybody may do with it."""
    response.headers.update(OPEN)
    response.headers["Link"] = f'<{openapi.LICENCE_OF_DATA["url"]}>; rel="license"'
    if response.status_code < 400:
        response.headers["Content-Language"] = g.lang
    return response


def _plain(content: Answer, status: int = 200) -> Response:
    data = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(data, status, content_type="application/json; charset=utf-8")


def _language() -> str:
    """The language of the answer: `lang`, or Finnish."""
    given = request.args.getlist("lang")
    if not given:
        return LANGUAGES[0]
    if given[0] not in LANGUAGES:
        raise RequestRefused(
            400, "unknown_value", api_message(QueryProblem("lang", "unknown_value", given[0])), "lang"
        )
    return given[0]


def _only(*known: str) -> None:
    """Refuse parameters that the endpoint does not have."""
    for name in request.args:
        if name not in (*known, "lang"):
            raise _refusal(QueryProblem(name, "unknown_parameter", name))


def _refusal(problem: QueryProblem) -> RequestRefused:
    return RequestRefused(400, problem.code, api_message(problem), problem.field[:40])


def _ask(*, unread: Iterable[str] = ()) -> Asked:
    """What is asked; parameters of the search that the endpoint does not have (`unread`) are refused."""
    for name in unread:
        if name in request.args:
            raise _refusal(QueryProblem(name, "unknown_parameter", name))
    keys = [pilot.key for pilot in pilots.pilots(session())] if "pilot" in request.args else []
    asked, problems = query_string.read(
        request.args, pilots=keys, more=("lang", "per_page"), largest_page=MOST_PER_PAGE
    )
    for problem in problems:
        raise _refusal(problem)
    return asked


@blueprint.get("/offers")
@requires(Permission.PUBLIC)
@answers
def offers() -> Answer:
    """A page of offers with facet counts; kept ready as long as the index stands still."""
    state = (catalogue().index.version(), helsinki_date(now()))
    return catalogue().answers.answer(request, state, lambda: (_plain(_offers()), True), g.lang)


def _offers() -> dict[str, Any]:
    asked = _ask()
    found = service.search(catalogue(), asked, language=g.lang, day=helsinki_date(now()))
    if asked.sort == "distance" and not found.origin:
        raise _refusal(QueryProblem("sort", "needs_municipality", asked.sort))
    return {
        "total": found.total,
        "page": asked.page,
        "per_page": asked.per_page,
        "items": _found_json(found.bodies),
        "facets": {
            facet: [{"key": value.key, "label": value.label, "count": value.count} for value in values]
            for facet, values in found.facets.items()
        }
        | {"pilot": _pilot_counts(found), "available": _free_count(found)},
        "did_you_mean": found.did_you_mean,
        "understood": [_part_json(part, found) for part in found.parsed.parts],
        "left_out": [asdict(left) | {"keys": list(left.keys)} for left in found.left_out],
    }


def _pilot_counts(found: service.Found) -> list[dict[str, Any]]:
    """The pilots of the offers that can be read, counted as a facet."""
    return [
        {"key": key, "label": definition.name[g.lang], "count": found.pilots[key]}
        for key, definition in _definitions().items()
        if key in found.pilots
    ]


def _definitions() -> dict[str, PilotDefinition]:
    """The definition that each pilot follows, by key."""
    return {each.key: pilots.current_definition(session(), each.key) for each in pilots.pilots(session())}


def _free_count(found: service.Found) -> list[dict[str, Any]]:
    """The offers with free places now, counted as a facet with one value."""
    return [{"key": "1", "label": _("Free now"), "count": found.free}] if found.free else []


def _part_json(part: QueryPart, found: service.Found) -> dict[str, Any]:
    """One thing that was read from the words: `binds` tells a filter from an order."""
    words = found.parsed.words_of(part.words)
    return {"kind": part.kind, "keys": list(part.keys), "words": words, "binds": part.binds}


@blueprint.get("/offers/<int:offer_id>")
@requires(Permission.PUBLIC)
@answers
def offer(offer_id: int) -> Answer:
    """One offer with its whole text."""
    _only()
    day = helsinki_date(now())
    face = next(documents.faces(session(), [offer_id], day), None) if offer_id < 2**31 else None
    if face is None:
        raise RequestRefused(404, "not_found", "There is no such offer in the catalogue.")
    version = face.row.version
    found = public_offer.item(documents.public_offer(face), g.lang, _offer_address()(offer_id))
    return public_offer.detail(
        found,
        description=version.description[g.lang],
        plain=version.plain[g.lang],
        place=face.place,
        price_history=_price_history(offer_id),
    ).model_dump(mode="json")


def _price_history(offer_id: int) -> list[PricePeriod]:
    return [
        PricePeriod(
            valid_from=version.valid_from,
            prices=tuple(
                PastPrice(band=price.band, unit=price.unit, amount_cents=price.amount.cents)
                for price in version.prices
            ),
        )
        for version in published_versions(session(), offer_id)
    ]


@blueprint.get("/providers")
@requires(Permission.PUBLIC)
@answers
def providers() -> Answer:
    """A page of the approved providers, by name; narrowed by offers, those who have such an offer."""
    asked = _ask(unread=openapi.NOT_OF_PROVIDERS)
    day = helsinki_date(now())
    among = provider_pages.offering(session(), catalogue(), asked, day)
    listing = provider_pages.listing(session(), asked, g.lang, day, among=among)
    return {
        "total": listing.total,
        "page": listing.page,
        "per_page": asked.per_page,
        "items": [provider_json(found) for found in listing.rows],
    }


@blueprint.get("/providers/<int:provider_id>")
@requires(Permission.PUBLIC)
@answers
def provider(provider_id: int) -> Answer:
    """One approved provider with its offers."""
    _only()
    found = provider_pages.load(session(), provider_id, helsinki_date(now()), g.lang)
    if found is None:
        raise RequestRefused(404, "not_found", "There is no such approved provider.")
    return provider_json(found) | {"offers": _offers_json(found.all_offers)}


@blueprint.get("/pilots")
@requires(Permission.PUBLIC)
@answers
def pilots_list() -> Answer:
    """The pilots with their services and municipalities."""
    _only()
    day = helsinki_date(now())
    known = [(pilot, pilots.current_definition(session(), pilot.key)) for pilot in pilots.pilots(session())]
    return [
        {
            "key": pilot.key,
            "name": definition.name[g.lang],
            "summary": definition.summary[g.lang],
            "organisation": pilot.organisation.name[g.lang],
            "organisation_key": pilot.organisation_key,
            "services": list(definition.service_keys),
            "municipalities": sorted(definition.municipalities),
            "highest_prices": [
                {
                    "service": service.key,
                    "band": row.band,
                    "unit": row.unit,
                    "amount_cents": row.ceiling.cents,
                }
                for service in definition.services
                for row in service.bands_on(day)
            ],
            "days_to_paid": [
                {"month": f"{each.month:%Y-%m}", "median_days": each.days}
                for each in months_paid(session(), pilot.key, day)
            ],
            "url": settings().public_url + url_for("pilots.pilot", key=pilot.key, lang=g.lang),
        }
        for pilot, definition in known
    ]


@blueprint.get("/services")
@requires(Permission.PUBLIC)
@answers
def services() -> Answer:
    """The services by key."""
    _only()
    return [
        {
            "key": key,
            "name": entry.name[g.lang],
            "units": list(entry.units),
            "national": entry.national.model_dump(mode="json"),
        }
        for key, entry in SERVICES.items()
    ]


@blueprint.get("/municipalities")
@requires(Permission.PUBLIC)
@answers
def municipalities() -> Answer:
    """The municipalities by code."""
    _only()
    return [
        {
            "key": code,
            "name": place.name[g.lang],
            "county": place.county,
            "county_name": COUNTIES[place.county].name[g.lang],
            "latitude": place.latitude,
            "longitude": place.longitude,
        }
        for code, place in MUNICIPALITIES.items()
    ]


@blueprint.get("/suggest")
@requires(Permission.PUBLIC)
@answers
def suggest() -> Answer:
    """Names that begin as typed."""
    _only("q")
    found = catalogue().suggestions(g.lang).begin_with(request.args.get("q", "")[:60])
    return [{"text": suggestion.text, "kind": suggestion.kind} for suggestion in found]


@blueprint.get("/openapi.json")
@requires(Permission.PUBLIC)
@answers
def specification() -> Answer:
    """The description of this interface."""
    return openapi.specification(settings().public_url, [pilot.key for pilot in pilots.pilots(session())])


def _offer_address() -> Callable[[int], str]:
    own = addresses("search.offer", "offer_id", lang=g.lang)
    return lambda offer: settings().public_url + own(offer)


def _offers_json(found: Iterable[PublicOffer]) -> list[dict[str, Any]]:
    address = _offer_address()
    return [public_offer.item(offer, g.lang, address(offer.id)).model_dump(mode="json") for offer in found]


def _found_json(bodies: Iterable[bytes]) -> list[dict[str, Any]]:
    address = _offer_address()
    kept = [public_offer.kept_item(body, g.lang) for body in bodies]
    return [{**each, "url": address(each["id"])} for each in kept]


def provider_json(found: provider_pages.ApprovedProvider) -> dict[str, Any]:
    """A provider of the interface with the services it is approved for."""
    row = found.provider
    return {
        "id": row.id,
        "name": row.name,
        "business_id": row.business_id,
        "city": row.city,
        "phone": row.phone,
        "email": row.email,
        "website": row.website,
        "location": documents.location(row).model_dump(mode="json"),
        "services": [
            {
                "service": approved.approval.service_key,
                "name": approved.name,
                "pilot_key": approved.approval.pilot_key,
                "pilot": approved.pilot,
                "municipality_keys": list(approved.approval.municipalities),
                "municipalities": approved.places,
                "approved_on": approved.approval.approved_on.isoformat(),
            }
            for approved in found.services
        ],
        "offers_count": len(found.all_offers),
        "url": settings().public_url + url_for("search.provider", provider_id=row.id, lang=g.lang),
    }


# --- where people and programs begin ---------------------------------------------------------------------------------


def for_people(page: Endpoint) -> Endpoint:
    """An address that programs read as JSON; a browser is led to the page for developers."""

    @wraps(page)
    def led(*args: Any, **kwargs: Any) -> Answer:
        wished = request.accept_mimetypes
        if wished.best_match(("application/json", "text/html")) == "text/html":
            language = request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]
            response = redirect(url_for("pages.about", topic="developers", lang=language))
        else:
            response = make_response(page(*args, **kwargs))
        response.vary.update(("Accept", "Accept-Language"))
        return response

    return led


@blueprint.get("/", strict_slashes=False)
@requires(Permission.PUBLIC)
@for_people
@answers
def index() -> Answer:
    """What there is: every endpoint with its address, where it is described, and what may be done with the data."""
    _only()
    server = settings().public_url
    base = f"{server}{blueprint.url_prefix}"
    described = openapi.specification(server, [])["paths"]
    return {
        "name": "Palvelutori – Servicetorget",
        "version": "1",
        "description": f"{base}/openapi.json",
        "documentation": server + url_for("pages.about", topic="developers", lang=g.lang),
        "licence": openapi.LICENCE_OF_DATA,
        "endpoints": {path: base + path for path in described},
        "files": {
            kind: server + url_for("provider_list.download", kind=kind, lang=g.lang)
            for kind in ("csv", "xlsx", "json")
        },
    }


@description.get("/openapi.json")
@requires(Permission.PUBLIC)
@for_people
def root_specification() -> ResponseReturnValue:
    """The description at the address where programs look first."""
    return specification()
