"""The list of a provider's offers: each with what clients see of it, and narrowed by name, service and state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy.orm import Session
from wtforms import Form, SelectField

from marketplace.i18n import LANGUAGES, _l, current_language, helsinki_date
from marketplace.offers.labels import OWN_HIDDEN
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.queries import offers_of, standings_of
from marketplace.offers.rules import (
    Hidden,
    OfferStanding,
    OfferState,
    VersionState,
    availability_is_stale,
    is_over,
    reasons_hidden,
    version_in_force,
)
from marketplace.offers.service import editable_version
from marketplace.pilots.vocabulary import SERVICES
from marketplace.providers.labels import last_day_text
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import ApprovalState
from marketplace.sorting import sort_key
from marketplace.web.forms import StrippedString, options

FEW: Final = 5
"""So many offers are seen at a glance; only a longer list is narrowed and changed at once."""


class OfferList(StrEnum):
    """What the list can be narrowed to."""

    SHOWN = "shown"
    HIDDEN = "hidden"
    UNPUBLISHED = "unpublished"
    STALE = "stale"
    ENDED = "ended"


NAMES: Final[dict[OfferList, Any]] = {
    OfferList.SHOWN: _l("Clients see it"),
    OfferList.HIDDEN: _l("Published, but clients do not see it"),
    OfferList.UNPUBLISHED: _l("Drafts and unpublished changes"),
    OfferList.STALE: _l("Free places not told, or told 60 days ago"),
    OfferList.ENDED: _l("Ended"),
}


@dataclass(frozen=True, slots=True)
class ListedOffer:
    """An offer in the list. `version`: what clients see, or the latest; `draft`: what is not published of it."""

    offer: Offer
    state: OfferState
    version: OfferVersion
    draft: OfferVersion | None
    coming: tuple[OfferVersion, ...]
    reasons: tuple[Hidden, ...]
    stale: bool

    @property
    def public(self) -> bool:
        """Whether clients see it now."""
        return self.state == OfferState.PUBLISHED and not self.reasons

    def is_among(self, wanted: OfferList) -> bool:
        """Whether the offer is one of those that the list is narrowed to."""
        return {
            OfferList.SHOWN: self.public,
            OfferList.HIDDEN: self.state == OfferState.PUBLISHED and bool(self.reasons),
            OfferList.UNPUBLISHED: self.state != OfferState.ENDED and self.draft is not None,
            OfferList.STALE: self.state == OfferState.PUBLISHED and self.stale,
            OfferList.ENDED: self.state == OfferState.ENDED,
        }[wanted]

    def is_called(self, words: Iterable[str]) -> bool:
        """Whether all words stand in its name, its place or the name of its service, in either language."""
        texts = (self.version.title, SERVICES[self.offer.service_key].name)
        said = " ".join([self.version.place, *(getattr(text, key) for text in texts for key in LANGUAGES)])
        return all(word in said.casefold() for word in words)


def closed_services(approvals: Iterable[ServiceApproval]) -> list[tuple[ServiceApproval, str]]:
    """The approvals under which nothing can be offered now, each with why; not those that another one has followed."""
    known = list(approvals)
    open_now = {(each.pilot_key, each.service_key) for each in known if each.state == ApprovalState.APPROVED}
    return [
        (each, f"{OWN_HIDDEN[Hidden(f'approval_{each.state}')]} {last_day_text(each)}".strip())
        for each in known
        if (each.pilot_key, each.service_key) not in open_now
    ]


class OfferFilterForm(Form):
    """Narrows the list of offers."""

    q = StrippedString(_l("Name or place"))
    service = SelectField(_l("Service"), validate_choice=False)
    state = SelectField(_l("State"), validate_choice=False)


def rows_of(session: Session, provider_id: int, now: datetime) -> list[ListedOffer]:
    """The provider's offers in the order of the list."""
    offers = offers_of(session, provider_id, with_photos=True)
    standings = standings_of(session, offers, helsinki_date(now))
    return [_row(offer, standings[offer.id], now) for offer in offers]


def filter_form(rows: Sequence[ListedOffer], asked: Any) -> OfferFilterForm:
    """The form filled with what was `asked` (the query); its services are those of the rows."""
    form = OfferFilterForm(asked)
    names = {row.offer.service_key: SERVICES[row.offer.service_key].name[current_language()] for row in rows}
    services = sorted(names.items(), key=lambda each: sort_key(each[1]))
    form.service.choices = options([("", _l("All services")), *services])
    form.state.choices = options([("", _l("All states")), *NAMES.items()])
    return form


def narrowed(rows: Iterable[ListedOffer], form: OfferFilterForm) -> list[ListedOffer]:
    """The rows that the form asks for; a word that it does not know narrows nothing."""
    words = (form.q.data or "").casefold().split()
    states = [state for state in OfferList if state == form.state.data]
    service = form.service.data if form.service.data in SERVICES else ""
    return [
        row
        for row in rows
        if row.is_called(words)
        and (not service or row.offer.service_key == service)
        and all(row.is_among(state) for state in states)
    ]


def _row(offer: Offer, standing: OfferStanding, now: datetime) -> ListedOffer:
    today = helsinki_date(now)
    latest = editable_version(offer)
    return ListedOffer(
        offer=offer,
        state=OfferState.ENDED if is_over(offer.state, offer.ends_on, today) else offer.state,
        version=version_in_force(offer.versions, today) or latest,
        draft=latest if latest.state != VersionState.PUBLISHED else None,
        coming=tuple(
            each
            for each in offer.versions
            if each.state == VersionState.PUBLISHED and each.valid_from > today
        ),
        reasons=reasons_hidden(standing, today),
        stale=availability_is_stale(offer.availability_state, offer.availability_updated_at, now),
    )
