"""The OpenAPI 3.1 description of the public interface."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from marketplace.i18n import LANGUAGES
from marketplace.pilots.vocabulary import BANDS
from marketplace.search import public_offer
from marketplace.search.facets import FACETS, OF_OFFERS
from marketplace.search.query_string import LAST_PAGE, LONGEST_QUERY, MOST_CHOSEN, SORTS

TEXT = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
EUROS = "^[0-9]{1,7}([.,][0-9]{1,2})?$"

LICENCE_OF_DATA: Final = {
    "name": "Creative Commons Attribution 4.0 International (CC BY 4.0)",
    "url": "https://creativecommons.org/licenses/by/4.0/",
}
"""What may be done with what the interface answers; the program itself is under the EUPL."""

NOT_OF_PROVIDERS: Final = ("sort",)
"""Parameters of the search that the list of providers does not have: it is in the order of names."""


def specification(server: str, pilots: Iterable[str]) -> dict[str, Any]:
    """The description, as JSON values; `server` is the portal's address, `pilots` are the keys of the pilots."""
    search = _search_parameters(list(pilots))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Palvelutori public interface",
            "version": "1",
            "description": (
                "Approved providers, their services and their prices. Read-only, no key. Texts are in the language"
                " `lang`; without it, in Finnish. The licence is that of the data: name Palvelutori – Servicetorget"
                " and the organisation as the source. The program is licensed apart from it (EUPL-1.2)."
            ),
            "termsOfService": f"{server}/fi/about/developers#terms",
            "license": LICENCE_OF_DATA,
        },
        "externalDocs": {"url": f"{server}/fi/about/developers"},
        "servers": [{"url": f"{server}/api/v1"}],
        "paths": {
            "/offers": _get("A page of offers with facet counts", "OfferPage", search),
            "/offers/{id}": _get("One offer", "OfferDetail", [_id()], missing=True),
            "/providers": _get(
                "A page of approved providers, by name", "ProviderPage", _of_providers(search)
            ),
            "/providers/{id}": _get("One approved provider", "Provider", [_id()], missing=True),
            "/pilots": _get("The pilots", "Pilots"),
            "/services": _get("The services", "Services"),
            "/municipalities": _get("The municipalities", "Municipalities"),
            "/suggest": _get("Names that begin as typed", "Suggestions", [_query("q", TEXT)]),
        },
        "components": {"schemas": _schemas()},
    }


def _national() -> dict[str, Any]:
    """The codes of a service in national registers; empty where they are not known."""
    lists = ("classes", "concepts", "groups")
    return _object({name: _list(TEXT) for name in lists} | {"general_description": TEXT, "thl": TEXT})


def _get(
    summary: str, schema: str, parameters: Iterable[dict[str, Any]] = (), *, missing: bool = False
) -> dict[str, Any]:
    responses = {
        "200": _response("The answer", schema),
        "304": {"description": "Not changed since the ETag that was sent"},
        "400": _response("Something in the request was not understood", "Error"),
        "503": _response("The catalogue is being made again", "Error"),
    }
    if missing:
        responses["404"] = _response("There is no such thing", "Error")
    language = _query("lang", {"type": "string", "enum": list(LANGUAGES)})
    return {"get": {"summary": summary, "parameters": [*parameters, language], "responses": responses}}


def _response(description: str, schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": description, "content": content}


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _several(name: str, keys: Iterable[str]) -> dict[str, Any]:
    values = _list({"type": "string", "enum": list(keys)}) | {"maxItems": MOST_CHOSEN}
    return _query(name, values) | {"style": "form", "explode": True}


def _id() -> dict[str, Any]:
    return {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}


def _search_parameters(pilots: list[str]) -> list[dict[str, Any]]:
    return [
        _query("q", {**TEXT, "maxLength": LONGEST_QUERY}),
        _query("pilot", {"type": "string", "enum": pilots}),
        *(_several(facet.name, facet.vocabulary) for facet in FACETS.values()),
        _query("available", {"type": "string", "enum": ["0", "1"]}),
        _query("band", {"type": "string", "enum": list(BANDS)})
        | {
            "description": "The price that price_max is of and that sort=price goes by; it leaves no offer out"
        },
        _query("price_max", {"type": "string", "pattern": EUROS, "description": "Euros, for example 34,50"}),
        _query("sort", {"type": "string", "enum": list(SORTS)}),
        _query("page", {"type": "integer", "minimum": 1, "maximum": LAST_PAGE}),
        _query("per_page", {"type": "integer", "minimum": 1, "maximum": 100}),
    ]


def _of_providers(search: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The parameters of the search that narrow the list of providers, with what they mean there."""
    meanings = {"q": "Words of the provider's name"} | dict.fromkeys(
        (*OF_OFFERS, "available", "band", "price_max"), "Those who have an offer with it"
    )
    return [
        parameter | ({"description": meanings[parameter["name"]]} if parameter["name"] in meanings else {})
        for parameter in search
        if parameter["name"] not in NOT_OF_PROVIDERS
    ]


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _object(properties: dict[str, Any], *, optional: Iterable[str] = ()) -> dict[str, Any]:
    required = [name for name in properties if name not in set(optional)]
    return {"type": "object", "properties": properties, "required": required}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _schemas() -> dict[str, Any]:
    facet = _list(_object({"key": TEXT, "label": TEXT, "count": COUNT}))
    provider = _object(
        {
            "id": COUNT,
            "name": TEXT,
            "business_id": TEXT,
            "city": TEXT,
            "phone": TEXT,
            "email": TEXT,
            "website": TEXT,
            "location": {"$ref": "#/components/schemas/Location"},
            "services": _list(
                _object(
                    {
                        "service": TEXT,
                        "name": TEXT,
                        "pilot_key": TEXT,
                        "pilot": TEXT,
                        "municipality_keys": _list(TEXT),
                        "municipalities": TEXT,
                        "approved_on": {"type": "string", "format": "date"},
                    }
                )
            ),
            "offers_count": COUNT,
            "offers": _list({"$ref": "#/components/schemas/OfferItem"}),
            "url": TEXT,
        },
        optional=("offers",),
    )
    page = {"total": COUNT, "page": COUNT, "per_page": COUNT}
    named = {"key": TEXT, "name": TEXT}
    return {
        **public_offer.schemas(),
        "OfferPage": _object(
            page
            | {
                "items": _list({"$ref": "#/components/schemas/OfferItem"}),
                "facets": _object(dict.fromkeys((*FACETS, "pilot", "available"), facet)),
                "did_you_mean": _or_null(TEXT),
                "understood": _list(
                    _object({"kind": TEXT, "keys": _list(TEXT), "words": TEXT, "binds": {"type": "boolean"}})
                ),
                "left_out": _list(
                    _object(
                        {
                            "kind": TEXT,
                            "keys": _list(TEXT),
                            "words": TEXT,
                            "instead": _or_null(TEXT),
                            "kilometres": _or_null(COUNT),
                        }
                    )
                ),
            }
        ),
        "Provider": provider,
        "ProviderPage": _object(page | {"items": _list({"$ref": "#/components/schemas/Provider"})}),
        "Pilots": _list(
            _object(
                named
                | {
                    "summary": TEXT,
                    "organisation": TEXT,
                    "organisation_key": TEXT,
                    "services": _list(TEXT),
                    "municipalities": _list(TEXT),
                    "highest_prices": _list(
                        _object({"service": TEXT, "band": TEXT, "unit": TEXT, "amount_cents": COUNT})
                    ),
                    "days_to_paid": _list(_object({"month": TEXT, "median_days": _or_null(COUNT)})),
                    "url": TEXT,
                }
            )
        ),
        "Services": _list(_object(named | {"units": _list(TEXT), "national": _national()})),
        "Municipalities": _list(
            _object(
                named
                | {
                    "county": TEXT,
                    "county_name": TEXT,
                    "latitude": {"type": "number"},
                    "longitude": {"type": "number"},
                }
            )
        ),
        "Suggestions": _list(
            _object(
                {
                    "text": TEXT,
                    "kind": {"type": "string", "enum": ["service", "group", "municipality", "provider"]},
                }
            )
        ),
        "Error": _object({"error": _object({"code": TEXT, "message": TEXT, "field": _or_null(TEXT)})}),
    }
