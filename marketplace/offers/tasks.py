"""What a provider’s people should do next about their offers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from marketplace.i18n import _, _l, current_language, date_text, filled, ngettext
from marketplace.offers.content import above_ceiling_message
from marketplace.offers.labels import OWN_HIDDEN, age_text
from marketplace.offers.listing import OfferList
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.pricing.queries import prices_above_ceiling
from marketplace.offers.publishing.changes import KINDS, kinds_changed
from marketplace.offers.queries import offers_of, standings_of
from marketplace.offers.rules import (
    Availability,
    Hidden,
    OfferState,
    VersionState,
    availability_is_stale,
    is_over,
    reasons_hidden,
)
from marketplace.offers.service import editable_version
from marketplace.pilots.vocabulary import SERVICES
from marketplace.providers import queries
from marketplace.providers.models import Provider
from marketplace.providers.rules import APPROVAL, ApprovalState
from marketplace.providers.todo import Task, TaskKind


def offer_tasks(session: Session, provider: Provider, today: date, now: datetime) -> Iterator[Task]:
    """Services without an offer, drafts, what the office has returned, what clients do not see.

    Nothing is asked of offers whose approval has come to its end.
    """
    going = [
        offer
        for offer in offers_of(session, provider.id)
        if offer.approval.state in APPROVAL.standing and not is_over(offer.state, offer.ends_on, today)
    ]
    yield from _approvals(session, provider, going)
    for offer in going:
        yield from _offer(offer, today)
    shown = [offer for offer in going if offer.state == OfferState.PUBLISHED]
    yield from _hidden(session, shown, today)
    for offer in shown:
        yield from _above_ceiling(session, offer, today)
    yield from _stale(shown, now)


def _approvals(session: Session, provider: Provider, offers: Iterable[Offer]) -> Iterator[Task]:
    offered = {offer.approval_id for offer in offers}
    for approval in queries.approvals_of(session, provider.id):
        if approval.state == ApprovalState.APPROVED and approval.id not in offered:
            yield Task(
                kind=TaskKind.OFFER_MISSING,
                title=_(
                    "Write an offer: %(service)s",
                    service=SERVICES[approval.service_key].name[current_language()],
                ),
                href=url_for("providers.offers.index", provider_id=provider.id),
                status=_("Approved, no offer yet"),
                tone="info",
            )


def _title(offer: Offer) -> str:
    language = current_language()
    return editable_version(offer).title[language] or SERVICES[offer.service_key].name[language]


def _offer(offer: Offer, today: date) -> Iterator[Task]:
    latest, title = editable_version(offer), _title(offer)
    if latest.state in (VersionState.WAITING, VersionState.RETURNED):
        yield _sent(offer, latest, title, today)
    elif latest.state != VersionState.PUBLISHED:
        yield Task(
            kind=TaskKind.OFFER_DRAFT,
            title=_("Finish and publish: %(offer)s", offer=title),
            href=_page("providers.offers.edit", offer),
            status=_("Draft"),
            tone="neutral",
        )
    elif _misses_texts(latest):
        yield Task(
            kind=TaskKind.OFFER_TEXTS,
            title=_("Write the missing texts: %(offer)s", offer=title),
            href=_page("providers.offers.edit", offer),
            status=_("Texts are missing"),
            tone="warning",
        )


def _misses_texts(version: OfferVersion) -> bool:
    """Whether a text that clients look for is not there in both languages, or another one in one language only."""
    needed = (version.title, version.summary, version.description)
    return any(text.missing for text in needed) or any(
        len(text.missing) == 1 for text in (version.plain, version.cancellation)
    )


def _sent(offer: Offer, version: OfferVersion, title: str, today: date) -> Task:
    """Changes that are with the office, or that have come back from it."""
    if version.state == VersionState.RETURNED:
        return Task(
            kind=TaskKind.OFFER_SENT,
            title=_("Correct and send again: %(offer)s", offer=title),
            href=_page("providers.offers.edit", offer),
            status=_("Returned"),
            tone="warning",
            hint=version.return_reason,
        )
    changed = kinds_changed(offer, version)
    kinds = ", ".join(str(KINDS[kind]) for kind in changed if kind != "date" or len(changed) == 1)
    hint = _("What changes: %(kinds)s. You need not do anything.", kinds=kinds)
    if version.valid_from <= today:
        hint = _("The first day has come. The changes take effect the day after the office approves them.")
    return Task(
        kind=TaskKind.OFFER_SENT,
        title=_("The office looks at the changes: %(offer)s", offer=title),
        href=_page("providers.offers.preview", offer),
        status=_("Asked for from %(day)s", day=date_text(version.valid_from)),
        tone="info",
        hint=hint,
    )


def _hidden(session: Session, offers: Sequence[Offer], today: date) -> Iterator[Task]:
    """Offers that clients do not see; several for the same reasons are one thing to do. A pause says itself."""
    standings = standings_of(session, offers, today)
    alike: defaultdict[tuple[Hidden, ...], list[Offer]] = defaultdict(list)
    for offer in offers:
        reasons = reasons_hidden(standings[offer.id], today)
        alike[tuple(reason for reason in reasons if reason != Hidden.PROVIDER_PAUSED)].append(offer)
    for reasons, hidden in alike.items():
        if reasons:
            title, href = _all_of(
                hidden,
                _l("Clients do not see: %(offer)s"),
                lambda number: ngettext(
                    "Clients do not see %(num)d service", "Clients do not see %(num)d services", number
                ),
                page="providers.offers.preview",
                among=OfferList.HIDDEN,
            )
            yield Task(
                kind=TaskKind.OFFER_HIDDEN,
                title=title,
                href=href,
                status=_("Hidden"),
                tone="warning",
                hint=" ".join(str(OWN_HIDDEN[reason]) for reason in reasons),
            )


def _above_ceiling(session: Session, offer: Offer, today: date) -> Iterator[Task]:
    above = prices_above_ceiling(session, offer, today)
    if above:
        yield Task(
            kind=TaskKind.CEILING,
            title=_("Bring the price under the ceiling: %(offer)s", offer=_title(offer)),
            href=_page("providers.offers.edit", offer),
            status=_("Above the ceiling"),
            tone="warning",
            hint=" ".join(
                [
                    *(above_ceiling_message(found) for found in above),
                    _("Clients see the price until a new version replaces it."),
                ]
            ),
        )


def _stale(offers: Iterable[Offer], now: datetime) -> Iterator[Task]:
    """One thing to do for all offers of which nobody has lately said whether places are free."""
    stale = [
        offer
        for offer in offers
        if availability_is_stale(offer.availability_state, offer.availability_updated_at, now)
    ]
    if stale:
        told = [each for each in stale if each.availability_state != Availability.UNTOLD]
        title, href = _all_of(
            stale,
            _l("Check the free places: %(offer)s"),
            lambda number: ngettext(
                "Check the free places of %(num)d service",
                "Check the free places of %(num)d services",
                number,
            ),
            page="providers.offers.availability",
            among=OfferList.STALE,
        )
        yield Task(
            kind=TaskKind.AVAILABILITY,
            title=title,
            href=href,
            status=age_text(min(each.availability_updated_at for each in told), now)
            if len(told) == len(stale)
            else _("Not told yet"),
            tone="warning",
        )


def _all_of(
    offers: Sequence[Offer], one: Any, many: Callable[[int], str], *, page: str, among: OfferList
) -> tuple[str, str]:
    """What a task about these offers is called, and where it is done: on the page of the one, or in the list."""
    first = offers[0]
    if len(offers) == 1:
        return filled(str(one), {"offer": _title(first)}), _page(page, first)
    return many(len(offers)), url_for(
        "providers.offers.index", provider_id=first.provider_id, state=among.value
    )


def _page(endpoint: str, offer: Offer) -> str:
    return url_for(endpoint, provider_id=offer.provider_id, offer_id=offer.id)
