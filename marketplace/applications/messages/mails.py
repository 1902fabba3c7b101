"""Mail about a message of the other side."""

from __future__ import annotations

from marketplace import outbox
from marketplace.applications.models import Application
from marketplace.outbox import OutboxMessage, Recipient
from marketplace.pilots.definition import PilotDefinition
from marketplace.work import UnitOfWork


def application_message(
    work: UnitOfWork,
    to: Recipient,
    application: Application,
    definition: PilotDefinition,
    *,
    to_office: bool,
) -> OutboxMessage:
    """A message waits on the side of `to`. The mail does not carry its words: they may be about people."""
    if to_office:
        link = outbox.address("applications.office_messages", to.language, application_id=application.id)
    else:
        link = outbox.address(
            "applications.messages",
            to.language,
            provider_id=application.provider_id,
            application_id=application.id,
        )
    return outbox.send(
        work,
        to,
        "application_message",
        organisation_key=application.pilot.organisation_key,
        application=application,
        pilot=definition.name[to.language],
        writer=work.actor.name,
        link=link,
    )
