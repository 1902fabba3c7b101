"""The list of approved providers, their services and prices, which the organisation publishes (Act 569/2009 § 4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session
from wtforms import Form, SelectField, StringField

from marketplace.i18n import _, _l
from marketplace.offers.models import Offer
from marketplace.offers.rules import OfferState
from marketplace.paging import Page, page_of
from marketplace.pilots import queries as pilots
from marketplace.pilots.vocabulary import MUNICIPALITIES, SERVICES, municipality_names
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.rules import LISTED, ApprovalState, ProviderState
from marketplace.search import documents
from marketplace.search.catalogue import Catalogue
from marketplace.search.engine import SearchQuery
from marketplace.search.facets import OF_OFFERS
from marketplace.search.public_offer import PublicOffer
from marketplace.search.query_string import Asked
from marketplace.sorting import by_name, sort_key
from marketplace.web.forms import options

_OFFERS_AT_ONCE: Final = 10_000
"""Ids in one question to the database: SQLite takes some 32,000, PostgreSQL 65,000."""

_ANY_PRICE: Final = 1_000_000_00
"""Cents, more than any price is: who asks for a time alone asks for those who offer something then."""


class ProviderFilterForm(Form):
    """Narrows the list of providers."""

    q = StringField(_l("Name of the provider"))
    pilot = SelectField(_l("Pilot"))
    service = SelectField(_l("Service"))
    municipality = SelectField(_l("Municipality"))


@dataclass(frozen=True, slots=True)
class ApprovedService:
    """A service that a provider is approved for in a pilot, with its offers; `places` are municipalities by name."""

    approval: ServiceApproval
    name: str
    pilot: str
    places: str
    offers: Sequence[PublicOffer]


@dataclass(frozen=True, slots=True)
class ApprovedProvider:
    """A provider with everything it is approved for."""

    provider: Provider
    services: Sequence[ApprovedService]

    @property
    def is_paused(self) -> bool:
        """Whether the provider has a pause: it stays on the list, and none of its services is shown."""
        return self.provider.state == ProviderState.PAUSED

    @property
    def all_offers(self) -> list[PublicOffer]:
        """The offers of all services of the provider, in their order."""
        return [offer for service in self.services for offer in service.offers]


def filter_form(asked: Asked, session: Session, language: str) -> ProviderFilterForm:
    """The form filled with what was asked."""
    first = {name: next(iter(asked.chosen.get(name, ())), "") for name in ("service", "municipality")}
    form = ProviderFilterForm(data={"q": asked.q, "pilot": asked.pilot or "", **first})
    area = {
        code
        for pilot in pilots.pilots(session)
        for code in pilots.current_definition(session, pilot.key).municipalities
    }
    names = {
        pilot.key: pilots.current_definition(session, pilot.key).name for pilot in pilots.pilots(session)
    }
    form.pilot.choices = options(
        [("", _("All pilots")), *((key, name[language]) for key, name in names.items())]
    )
    form.service.choices = options(
        [("", _("All services")), *((key, service.name[language]) for key, service in SERVICES.items())]
    )
    places = sorted(
        ((code, MUNICIPALITIES[code].name[language]) for code in area), key=lambda place: sort_key(place[1])
    )
    form.municipality.choices = options([("", _("The whole area")), *places])
    return form


def asks_for_offers(asked: Asked) -> bool:
    """True when something is asked of what the providers offer, not only of what they are approved for."""
    priced = asked.band is not None or asked.price_max is not None
    return asked.available or priced or any(asked.chosen.get(name) for name in OF_OFFERS)


def offering(session: Session, catalogue: Catalogue, asked: Asked, day: date) -> set[int] | None:
    """The providers of which one offer has everything that is asked of offers; None when nothing is.

    Raises DamagedIndex when there is no index.
    """
    if not asks_for_offers(asked):
        return None
    most = _ANY_PRICE if asked.band is not None and asked.price_max is None else asked.price_max
    question = SearchQuery(filters=asked.filters, band=asked.band, price_max=most, day=day, facets=False)
    ids = catalogue.index.ids(question)
    return {
        identity
        for start in range(0, len(ids), _OFFERS_AT_ONCE)
        for identity in session.scalars(
            sa.select(Offer.provider_id).where(Offer.id.in_(ids[start : start + _OFFERS_AT_ONCE])).distinct()
        )
    }


def carried(asked: Asked) -> dict[str, Any]:
    """What the form of the page has no field for and keeps in force: what is asked of offers."""
    kept = (*OF_OFFERS, "available", "band", "price_max")
    return {name: value for name, value in asked.parameters().items() if name in kept}


def listing(
    session: Session, asked: Asked, language: str, day: date, *, among: Collection[int] | None = None
) -> Page[ApprovedProvider]:
    """A page of the approved providers in the order of their names; `among`: only of these (see `offering`)."""
    query = _approved(asked)
    if among is not None:
        query = query.where(Provider.id.in_(among))
    name = by_name(sa.func.coalesce(sa.func.nullif(Provider.trade_name, ""), Provider.official_name))
    found = page_of(session, query.order_by(name, Provider.id), asked.page, asked.per_page)
    return found.showing(_with_services(session, found.rows, language, day))


def approved_ids(session: Session) -> Sequence[int]:
    """Every approved provider."""
    return session.scalars(_approved(Asked()).order_by(Provider.id)).all()


def _approved(asked: Asked) -> sa.Select[int]:
    """The ids of providers that are approved for something, narrowed as asked."""
    approval = sa.exists().where(
        ServiceApproval.provider_id == Provider.id, ServiceApproval.state == ApprovalState.APPROVED
    )
    if asked.pilot:
        approval = approval.where(ServiceApproval.pilot_key == asked.pilot)
    if services := asked.chosen.get("service"):
        approval = approval.where(ServiceApproval.service_key.in_(services))
    if codes := asked.chosen.get("municipality"):
        listed = sa.cast(ServiceApproval.municipalities, sa.Text)
        approval = approval.where(sa.or_(*(listed.contains(f'"{code}"') for code in codes)))
    query = sa.select(Provider.id).where(Provider.state.in_(LISTED), approval)
    for word in asked.q.replace("\x00", " ").split():
        query = query.where(
            sa.or_(
                *(
                    column.icontains(word, autoescape=True)
                    for column in (Provider.official_name, Provider.trade_name)
                )
            )
        )
    return query


def load(session: Session, provider_id: int, day: date, language: str = "fi") -> ApprovedProvider | None:
    """One approved provider with its offers; None when it is not approved for anything."""
    if provider_id > 2**31:
        return None
    query = _approved(Asked()).where(Provider.id == provider_id)
    found = _with_services(session, session.scalars(query).all(), language, day)
    return found[0] if found else None


def _with_services(session: Session, ids: Sequence[int], language: str, day: date) -> list[ApprovedProvider]:
    """The providers in the given order with their approvals and offers."""
    providers = {
        found.id: found for found in session.scalars(sa.select(Provider).where(Provider.id.in_(ids)))
    }
    approvals: dict[int, list[ServiceApproval]] = defaultdict(list)
    query = sa.select(ServiceApproval).where(
        ServiceApproval.provider_id.in_(ids), ServiceApproval.state == ApprovalState.APPROVED
    )
    for approval in session.scalars(query.order_by(ServiceApproval.id)):
        approvals[approval.provider_id].append(approval)
    offers: dict[int, list[PublicOffer]] = defaultdict(list)
    published = (
        sa.select(Offer.id)
        .where(Offer.provider_id.in_(ids), Offer.state == OfferState.PUBLISHED)
        .order_by(Offer.id)
    )
    for face in sorted(
        documents.faces(session, session.scalars(published), day), key=lambda face: face.row.offer.id
    ):
        offers[face.row.approval.id].append(documents.public_offer(face))
    return [
        ApprovedProvider(
            providers[identity],
            [_service(session, approval, offers[approval.id], language) for approval in approvals[identity]],
        )
        for identity in ids
    ]


def _service(
    session: Session, approval: ServiceApproval, offers: Sequence[PublicOffer], language: str
) -> ApprovedService:
    return ApprovedService(
        approval=approval,
        name=SERVICES[approval.service_key].name[language],
        pilot=pilots.current_definition(session, approval.pilot_key).name[language],
        places=", ".join(municipality_names(approval.municipalities, language)),
        offers=offers,
    )
