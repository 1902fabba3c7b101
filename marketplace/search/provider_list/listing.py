"""The list of approved providers, their services and prices, as data to take along (Voucher Act 569/2009 § 4).

One row is one price of one offer; an approval without a visible offer has one row without a price. What stands in a
row is what the pages show on the same day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.contact import shown_phone
from marketplace.i18n import _
from marketplace.money import Money
from marketplace.offers.models import Offer
from marketplace.pilots import queries as pilots
from marketplace.pilots.vocabulary import BANDS, SERVICES, UNITS, municipality_names
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.rules import LISTED, ApprovalState
from marketplace.search import documents, openapi
from marketplace.search.public_offer import PublicOffer
from marketplace.sheets import Value
from marketplace.sorting import sort_key


@dataclass(frozen=True, slots=True)
class Listed:
    """An approved provider with what it is approved for: each approval with the public documents of its offers."""

    provider: Provider
    services: Sequence[tuple[ServiceApproval, Sequence[PublicOffer]]]


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a file is narrowed to, as the page of the list is; None does not narrow."""

    pilot: str | None = None
    service: str | None = None
    municipality: str | None = None


def listed(session: Session, narrowed: Narrowing, day: date) -> list[Listed]:
    """Everybody who is approved for something that is asked for, by name."""
    query = (
        sa.select(ServiceApproval)
        .join(Provider, Provider.id == ServiceApproval.provider_id)
        .where(ServiceApproval.state == ApprovalState.APPROVED, Provider.state.in_(LISTED))
        .order_by(ServiceApproval.pilot_key, ServiceApproval.service_key, ServiceApproval.id)
    )
    if narrowed.pilot:
        query = query.where(ServiceApproval.pilot_key == narrowed.pilot)
    if narrowed.service:
        query = query.where(ServiceApproval.service_key == narrowed.service)
    if narrowed.municipality:
        codes = sa.cast(ServiceApproval.municipalities, sa.Text)
        query = query.where(codes.contains(f'"{narrowed.municipality}"'))
    approvals = session.scalars(query).all()
    offers = _offers(session, narrowed, day)
    grouped: dict[int, list[ServiceApproval]] = defaultdict(list)
    for approval in approvals:
        grouped[approval.provider_id].append(approval)
    found = [
        Listed(own[0].provider, [(approval, offers[approval.id]) for approval in own])
        for own in grouped.values()
    ]
    return sorted(found, key=lambda each: (sort_key(each.provider.name), each.provider.id))


def _offers(session: Session, narrowed: Narrowing, day: date) -> dict[int, list[PublicOffer]]:
    """Approval → its visible offers."""
    asked = [
        column == value
        for column, value in ((Offer.pilot_key, narrowed.pilot), (Offer.service_key, narrowed.service))
        if value
    ]
    found: dict[int, list[PublicOffer]] = defaultdict(list)
    for ids in documents.all_ids(session):
        wanted = ids
        if asked:
            wanted = session.scalars(sa.select(Offer.id).where(Offer.id.in_(ids), *asked)).all()
        for face in sorted(documents.faces(session, wanted, day), key=lambda face: face.row.offer.id):
            found[face.row.approval.id].append(documents.public_offer(face))
    return found


# --- a table: CSV and XLSX -------------------------------------------------------------------------------------------


def header() -> list[str]:
    """The names of the columns in the reader's language."""
    return [
        _("Pilot"),
        _("Provider"),
        _("Business ID"),
        _("Street address"),
        _("Postal code"),
        _("Town or city"),
        _("Phone"),
        _("E-mail"),
        _("Website"),
        _("Service"),
        _("Operating area"),
        _("Title of the offer"),
        _("What the price is for"),
        _("Unit"),
        _("Price, € (VAT included)"),
        _("VAT, per cent"),
        _("In force from"),
    ]


def rows(session: Session, found: Iterable[Listed], language: str) -> Iterator[list[Value]]:
    """The table's rows; a price is an amount, a day a day, everything else text."""
    names = {
        pilot.key: pilots.current_definition(session, pilot.key).name[language]
        for pilot in pilots.pilots(session)
    }
    for each in found:
        provider = each.provider
        company: list[Value] = [
            provider.name,
            provider.business_id,
            provider.street,
            provider.postal_code,
            provider.city,
            shown_phone(provider.phone, language),
            provider.email,
            provider.website,
        ]
        for approval, offers in each.services:
            area = ", ".join(municipality_names(approval.municipalities, language))
            start = [names[approval.pilot_key], *company, SERVICES[approval.service_key].name[language], area]
            for cells in _offer_cells(offers, language):
                yield [*start, *cells]


def _offer_cells(offers: Sequence[PublicOffer], language: str) -> Iterator[list[Value]]:
    """The cells about offers and prices; one empty set when nothing is offered."""
    if not offers:
        yield [None] * 6
    for offer in offers:
        for price in offer.prices:
            yield [
                offer.title.text(language)[0],
                BANDS[price.band].name[language],
                UNITS[price.unit].name[language],
                Money(price.amount_cents),
                Decimal(str(price.vat_rate)),
                price.valid_from,
            ]


# --- JSON ------------------------------------------------------------------------------------------------------------


def as_data(found: Iterable[Listed], day: date) -> dict[str, Any]:
    """The list as JSON values: providers with their approvals and offers, texts in both languages."""
    return {
        "day": day.isoformat(),
        "licence": openapi.LICENCE_OF_DATA,
        "providers": [
            {
                "id": each.provider.id,
                "name": each.provider.name,
                "business_id": each.provider.business_id,
                "street": each.provider.street,
                "postal_code": each.provider.postal_code,
                "city": each.provider.city,
                "phone": each.provider.phone,
                "email": each.provider.email,
                "website": each.provider.website,
                "services": [
                    {
                        "pilot": approval.pilot_key,
                        "service": approval.service_key,
                        "name": {
                            language: SERVICES[approval.service_key].name[language]
                            for language in ("fi", "sv")
                        },
                        "municipalities": list(approval.municipalities),
                        "approved_on": approval.approved_on.isoformat(),
                        "offers": [offer.model_dump(mode="json") for offer in offers],
                    }
                    for approval, offers in each.services
                ],
            }
            for each in found
        ],
    }
