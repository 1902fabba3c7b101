"""What a provider's people should do next, gathered from company, proofs, approvals and offers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from flask import url_for
from sqlalchemy.orm import Session

from marketplace.i18n import _, current_language, date_text
from marketplace.pilots.vocabulary import EVIDENCE_KINDS
from marketplace.providers import queries
from marketplace.providers.authority.queries import is_proven
from marketplace.providers.evidence.queries import looks_of_provider
from marketplace.providers.evidence.rules import LookState
from marketplace.providers.models import Provider
from marketplace.providers.rules import is_valid_on, missing_facts
from marketplace.slots import Answer

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


tasks_of: Final = Answer[Callable[[Session, Provider, date, datetime], Iterable[Task]]](
    "providers.tasks",
    "What waits for the provider on a day, asked by its home page; the fillings stand in the order of the page, the "
    "office's questions before everything else.",
)


def tasks(session: Session, provider: Provider, *, today: date, now: datetime) -> list[Task]:
    """Everything that waits for the provider, the most pressing kind first."""
    return [task for source in tasks_of for task in source(session, provider, today, now)]


def own_tasks(session: Session, provider: Provider, today: date, _now: datetime) -> Iterator[Task]:
    """Proofs to renew, and facts of the company that are missing."""
    yield from _proofs(session, provider, today)
    yield from _company(provider)
    if not is_proven(session, provider.id):
        yield Task(
            title=_("Show that you may act for the company"),
            href=url_for("providers.authority.index", provider_id=provider.id),
            status=_("Not shown"),
            tone="warning",
            hint=_("By a code that the organisation sends by post, or by its word."),
        )


def _proofs(session: Session, provider: Provider, today: date) -> Iterator[Task]:
    looks = looks_of_provider(session, provider.id)
    for kind, proof in queries.latest_evidence(session, provider.id).items():
        returned = next((look for look in looks[proof.id] if look.state == LookState.RETURNED), None)
        if returned is not None:
            yield Task(
                title=_("Send a new proof: %(proof)s", proof=EVIDENCE_KINDS[kind].name[current_language()]),
                href=url_for("providers.evidence.add", provider_id=provider.id, kind=kind),
                status=_("Returned"),
                tone="danger",
                hint=returned.reason,
            )
            continue
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
