"""What a provider's people should do next, gathered from company, proofs, approvals and offers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from flask import url_for
from sqlalchemy.orm import Session

from marketplace.i18n import _, current_language, date_text, pgettext
from marketplace.pilots.vocabulary import EVIDENCE_KINDS
from marketplace.providers import queries
from marketplace.providers.authority.queries import is_proven
from marketplace.providers.evidence.queries import looks_of_provider
from marketplace.providers.evidence.rules import LookState
from marketplace.providers.models import Evidence, Provider
from marketplace.providers.rules import ProviderState, is_valid_on, missing_facts
from marketplace.slots import Answer

REMINDER: Final = timedelta(days=28)
"""How long before its last day a proof asks to be renewed."""


class TaskKind(StrEnum):
    """Every kind of thing that a provider may have to do, and by which it goes again."""

    COMPLETION = "completion"
    """The office asks for a completion; gone when it is sent."""
    HEARING = "hearing"
    """The provider is heard before a rejection; gone when it has answered or the day has passed."""
    MESSAGE = "message"
    """The office has written; gone when it is read."""
    APPLICATION_DRAFT = "application_draft"
    """An application is not sent; gone when it is sent or withdrawn."""
    FIRST_APPLICATION = "first_application"
    """The company has applied to nothing, or withdrawn what it began; gone with the first application."""
    MEASURE = "measure"
    """The provider is heard about an approval; gone when it has explained or the day has passed."""
    CONDITION = "condition"
    """A condition of an approval is not met; gone when the office has found it met."""
    SUSPENSION = "suspension"
    """An approval is suspended; gone when it is reinstated or ends."""
    REQUEST = "request"
    """A client asks for an agreement; gone when it is answered."""
    PROOF = "proof"
    """A proof runs out; gone when a newer one is given."""
    RETURNED_PROOF = "returned_proof"
    """The office has returned a proof; gone when a newer one is given."""
    FACTS = "facts"
    """Facts are missing that an application needs; gone when they are given."""
    RIGHT = "right"
    """It is not shown that the company's people may act for it."""
    PAUSE = "pause"
    """The company has a pause; gone when it goes on."""
    QUESTION = "question"
    """A client has asked about a service; gone when it is answered."""
    OFFER_MISSING = "offer_missing"
    """An approved service has no offer; gone with the first draft."""
    OFFER_DRAFT = "offer_draft"
    """An offer is not published; gone when it is published or deleted."""
    OFFER_TEXTS = "offer_texts"
    """A published offer lacks a text in one language."""
    OFFER_SENT = "offer_sent"
    """Changes are with the office or have come back from it."""
    OFFER_HIDDEN = "offer_hidden"
    """Clients do not see a published offer."""
    CEILING = "ceiling"
    """A price is above the pilot's ceiling."""
    AVAILABILITY = "availability"
    """Nobody has said for sixty days whether places are free."""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: of which kind, where, how pressing it is in words, and the tone of that."""

    kind: TaskKind
    title: str
    href: str
    status: str
    tone: str
    hint: str = ""


tasks_of: Final = Answer[Callable[[Session, Provider, date, datetime], Iterable[Task]]](
    "providers.tasks",
    "What waits for the provider on a day, asked by its home page; the fillings stand in the order of the page, the "
    "office's questions before everything else.",
)


def tasks(session: Session, provider: Provider, *, today: date, now: datetime) -> list[Task]:
    """Everything that waits for the provider, the most pressing kind first."""
    return [task for source in tasks_of for task in source(session, provider, today, now)]


def own_tasks(session: Session, provider: Provider, today: date, _now: datetime) -> Iterator[Task]:
    """Proofs to renew, facts of the company that are missing, its right to act, its pause."""
    yield from _proofs(session, provider, today)
    yield from _company(provider)
    if provider.state == ProviderState.PAUSED:
        yield Task(
            kind=TaskKind.PAUSE,
            title=_("You have a pause"),
            href=url_for("providers.participation.index", provider_id=provider.id),
            status=_("Until %(day)s", day=date_text(provider.paused_until))
            if provider.paused_until
            else _("Paused"),
            tone="warning",
            hint=_("Clients do not see your services during the pause."),
        )
    if not is_proven(session, provider.id):
        yield Task(
            kind=TaskKind.RIGHT,
            title=_("Show that you may act for the company"),
            href=url_for("providers.authority.index", provider_id=provider.id),
            status=pgettext("right", "Not shown"),
            tone="warning",
            hint=_(
                "In Suomi.fi e-Authorizations where the organisation takes that, by a code that it sends by post, or "
                "by its word."
            ),
        )


def _proofs(session: Session, provider: Provider, today: date) -> Iterator[Task]:
    looks = looks_of_provider(session, provider.id)
    for kind, proof in queries.latest_evidence(session, provider.id).items():
        returned = next((look for look in looks[proof.id] if look.state == LookState.RETURNED), None)
        if returned is not None:
            yield Task(
                kind=TaskKind.RETURNED_PROOF,
                title=_("Send a new proof: %(proof)s", proof=EVIDENCE_KINDS[kind].name[current_language()]),
                href=url_for("providers.evidence.add", provider_id=provider.id, kind=kind),
                status=pgettext("proof", "Returned"),
                tone="danger",
                hint=returned.reason,
            )
            continue
        if proof.valid_until is None or proof.valid_until > today + REMINDER:
            continue
        expired = not is_valid_on(proof, today)
        yield Task(
            kind=TaskKind.PROOF,
            title=_("Renew: %(proof)s", proof=EVIDENCE_KINDS[kind].name[current_language()]),
            href=url_for("providers.evidence.add", provider_id=provider.id, kind=kind),
            status=_ending(proof, expired=expired),
            tone="danger" if expired else "warning",
        )


def _ending(proof: Evidence, *, expired: bool) -> str:
    day = date_text(proof.valid_until)
    if proof.is_due:
        return (
            _("A new one was due on %(day)s", day=day)
            if expired
            else _("A new one is due on %(day)s", day=day)
        )
    return _("Expired %(day)s", day=day) if expired else _("Valid until %(day)s", day=day)


def _company(provider: Provider) -> Iterator[Task]:
    if missing_facts(provider):
        yield Task(
            kind=TaskKind.FACTS,
            title=_("Complete the facts of the company"),
            href=url_for("providers.company", provider_id=provider.id),
            status=_("Incomplete"),
            tone="warning",
            hint=_("An application needs the address and the account number."),
        )
