"""The mail about a day that was put off."""

from __future__ import annotations

from datetime import date

from marketplace import outbox
from marketplace.applications.models import Application, Hearing
from marketplace.approvals.extending.labels import ASKED_OF_YOU
from marketplace.approvals.extending.queries import Awaited
from marketplace.approvals.standing.models import ApprovalCondition, ApprovalMeasure
from marketplace.outbox import MailAddress, OutboxMessage, Recipient
from marketplace.pilots.queries import kept_definition
from marketplace.work import UnitOfWork


def due_day_put_off(
    work: UnitOfWork, to: Recipient, awaited: Awaited, *, due_on: date, reason: str
) -> OutboxMessage:
    """The provider has more time: until `due_on`, instead of the day by which it had been asked."""
    thing = awaited.thing
    version = thing.definition_version_id if isinstance(thing, Application) else thing.pilot_version_id
    definition = kept_definition(work.session, version)
    return outbox.send(
        work,
        to,
        "due_day_put_off",
        organisation_key=thing.pilot.organisation_key,
        asked=ASKED_OF_YOU[awaited.kind],
        before=awaited.due_on,
        due_on=due_on,
        reason=reason,
        about=awaited.subject.text if isinstance(awaited.subject, ApprovalCondition) else "",
        pilot=definition.name[to.language],
        contact=definition.contact,
        link=_page(awaited, to),
    )


def _page(awaited: Awaited, to: Recipient) -> str:
    """Where the provider answers; empty for who has no account to open it with."""
    if isinstance(to, MailAddress):
        return ""
    subject, provider_id = awaited.subject, awaited.provider.id
    if isinstance(subject, ApprovalMeasure):
        return outbox.address(
            "approvals.measure", to.language, provider_id=provider_id, measure_id=subject.id
        )
    if isinstance(awaited.thing, Application):
        page = "approvals.hearing" if isinstance(subject, Hearing) else "applications.application"
        return outbox.address(page, to.language, provider_id=provider_id, application_id=awaited.thing.id)
    return outbox.address("providers.overview", to.language, provider_id=provider_id)
