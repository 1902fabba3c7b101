"""What a provider's people should do next, gathered from company, proofs, approvals and offers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from flask import url_for
from sqlalchemy.orm import Session

from marketplace.i18n import _, current_language, date_text
from marketplace.pilots.vocabulary import EVIDENCE_KINDS, SERVICES
from marketplace.providers import queries, words
from marketplace.providers.models import Offer, OfferVersion, Provider
from marketplace.providers.offers.changes import KINDS, kinds_changed
from marketplace.providers.offers.content import above_ceiling_message
from marketplace.providers.offers.service import editable_version
from marketplace.providers.pricing.queries import prices_above_ceiling
from marketplace.providers.rules import (
    availability_is_stale,
    is_over,
    is_valid_on,
    missing_facts,
    reasons_hidden,
)

REMINDER: Final = timedelta(days=28)
"""How long before its last day a proof asks to be renewed."""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: where, how pressing it is in words, and the tone of that."""

    title: str
    href: str
    status: str
    tone: str
    hint: str = ""


more_tasks: Final[list[Callable[[Session, Provider], Iterable[Task]]]] = []
"""Features above this one add what waits for the provider: the office's questions come before everything else."""


def tasks(session: Session, provider: Provider, *, today: date, now: datetime) -> list[Task]:
    """Everything that waits for the provider, the most pressing kind first."""
    offers = queries.offers_of(session, provider.id)
    going = [offer for offer in offers if not is_over(offer.state, offer.ends_on, today)]
    return [
        *(task for source in more_tasks for task in source(session, provider)),
        *_proofs(session, provider, today),
        *_company(provider),
        *_approvals(session, provider, going),
        *(task for offer in going for task in _offer(session, offer, today, now)),
    ]


def _proofs(session: Session, provider: Provider, today: date) -> Iterator[Task]:
    for kind, proof in queries.latest_evidence(session, provider.id).items():
        if proof.valid_until is None or proof.valid_until > today + REMINDER:
            continue
        expired = not is_valid_on(proof, today)
        day = date_text(proof.valid_until)
        yield Task(
            title=_("Renew: %(proof)s", proof=EVIDENCE_KINDS[kind].name[current_language()]),
            href=url_for("providers.evidence.add", provider_id=provider.id, kind=kind),
            status=_("Expired %(day)s", day=day) if expired else _("Valid until %(day)s", day=day),
            tone="danger" if expired else "warning",
        )


def _company(provider: Provider) -> Iterator[Task]:
    if missing_facts(provider):
        yield Task(
            title=_("Complete the facts of the company"),
            href=url_for("providers.company", provider_id=provider.id),
            status=_("Incomplete"),
            tone="warning",
            hint=_("An application needs the address and the account number."),
        )


def _approvals(session: Session, provider: Provider, offers: Iterable[Offer]) -> Iterator[Task]:
    offered = {offer.approval_id for offer in offers}
    for approval in queries.approvals_of(session, provider.id):
        if approval.state == "approved" and approval.id not in offered:
            yield Task(
                title=_(
                    "Write an offer: %(service)s",
                    service=SERVICES[approval.service_key].name[current_language()],
                ),
                href=url_for("providers.offers.index", provider_id=provider.id),
                status=_("Approved, no offer yet"),
                tone="info",
            )


def _offer(session: Session, offer: Offer, today: date, now: datetime) -> Iterator[Task]:
    latest = editable_version(offer)
    title = latest.title[current_language()] or SERVICES[offer.service_key].name[current_language()]
    if latest.state in ("waiting", "returned"):
        yield _sent(offer, latest, title, today)
    elif latest.state != "published":
        yield Task(
            title=_("Finish and publish: %(offer)s", offer=title),
            href=_page("providers.offers.edit", offer),
            status=_("Draft"),
            tone="neutral",
        )
    elif _misses_texts(latest):
        yield Task(
            title=_("Write the missing texts: %(offer)s", offer=title),
            href=_page("providers.offers.edit", offer),
            status=_("Texts are missing"),
            tone="warning",
        )
    if offer.state == "published":
        yield from _shown(session, offer, title, today, now)


def _misses_texts(version: OfferVersion) -> bool:
    """Whether a text that clients look for is not there in both languages, or another one in one language only."""
    needed = (version.title, version.summary, version.description)
    return any(text.missing for text in needed) or any(
        len(text.missing) == 1 for text in (version.plain, version.cancellation)
    )


def _sent(offer: Offer, version: OfferVersion, title: str, today: date) -> Task:
    """Changes that are with the office, or that have come back from it."""
    if version.state == "returned":
        return Task(
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
        title=_("The office looks at the changes: %(offer)s", offer=title),
        href=_page("providers.offers.preview", offer),
        status=_("Asked for from %(day)s", day=date_text(version.valid_from)),
        tone="info",
        hint=hint,
    )


def _shown(session: Session, offer: Offer, title: str, today: date, now: datetime) -> Iterator[Task]:
    reasons = reasons_hidden(queries.standing_of(session, offer, today), today)
    if reasons:
        yield Task(
            title=_("Clients do not see: %(offer)s", offer=title),
            href=_page("providers.offers.preview", offer),
            status=_("Hidden"),
            tone="warning",
            hint=" ".join(str(words.HIDDEN[reason]) for reason in reasons),
        )
    above = prices_above_ceiling(session, offer, today)
    if above:
        yield Task(
            title=_("Bring the price under the ceiling: %(offer)s", offer=title),
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
    if availability_is_stale(offer.availability_updated_at, now):
        yield Task(
            title=_("Check the free places: %(offer)s", offer=title),
            href=_page("providers.offers.availability", offer),
            status=words.age_text(offer.availability_updated_at, now),
            tone="warning",
        )


def _page(endpoint: str, offer: Offer) -> str:
    return url_for(endpoint, provider_id=offer.provider_id, offer_id=offer.id)
