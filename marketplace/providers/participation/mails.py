"""Mail about a provider that pauses or leaves a pilot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from marketplace import outbox
from marketplace.accounts.models import User
from marketplace.outbox import OutboxMessage, Recipient
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.vocabulary import SERVICES
from marketplace.providers.models import Provider
from marketplace.work import UnitOfWork


def provider_paused(
    work: UnitOfWork,
    office: Recipient,
    provider: Provider,
    definition: PilotDefinition,
    *,
    until: date,
    reason: str,
    clients: int,
) -> OutboxMessage:
    """The provider has a pause, as it means until a day; to one of the pilot's office.

    `clients`: how many have agreements with it.
    """
    return outbox.send(
        work,
        office,
        "provider_paused",
        organisation_key=definition.organisation,
        provider=provider,
        pilot=definition.name[office.language],
        day=until,
        reason=reason,
        clients=clients,
        link=outbox.address("vouchers.agreements", office.language, state="touched"),
    )


def pause_over(work: UnitOfWork, admin: User, provider: Provider, *, last: date) -> OutboxMessage:
    """The last day of the pause is over and the offers are shown again; to one of the company's admins."""
    return outbox.send(
        work,
        admin,
        "pause_over",
        organisation_key=None,
        provider=provider,
        day=last,
        offers=outbox.address("providers.offers.index", admin.language, provider_id=provider.id),
        link=outbox.address("providers.participation.index", admin.language, provider_id=provider.id),
    )


def provider_goes_on(
    work: UnitOfWork, office: Recipient, provider: Provider, definition: PilotDefinition
) -> OutboxMessage:
    """The provider goes on after a pause; to one of the pilot's office."""
    return outbox.send(
        work,
        office,
        "provider_goes_on",
        organisation_key=definition.organisation,
        provider=provider,
        pilot=definition.name[office.language],
    )


def provider_left(
    work: UnitOfWork,
    office: Recipient,
    provider: Provider,
    definition: PilotDefinition,
    *,
    services: Sequence[str],
    notice_days: int,
    reason: str,
    withdrawn: Sequence[int],
    fallen: Sequence[tuple[str, object]],
    clients: int,
    until: date | None,
) -> OutboxMessage:
    """The provider has left the pilot; to one of its office. `until`: its approvals are ending until that day.

    `services` are the keys it was approved for, `notice_days` how long its clients are still served, `withdrawn` the
    numbers of its applications that fell, `fallen` the measures under way that fell (service, name), `clients` how many
    have agreements with it.
    """
    return outbox.send(
        work,
        office,
        "provider_left",
        organisation_key=definition.organisation,
        provider=provider,
        pilot=definition.name[office.language],
        services=[SERVICES[key].name[office.language] for key in services],
        days=notice_days,
        reason=reason,
        withdrawn=withdrawn,
        fallen=[(SERVICES[key].name[office.language], what) for key, what in fallen],
        clients=clients,
        until=until,
        link=outbox.address("vouchers.agreements", office.language, state="touched"),
    )


def pilot_left(
    work: UnitOfWork,
    admin: User,
    provider: Provider,
    definition: PilotDefinition,
    agreements: int,
    until: date | None,
) -> OutboxMessage:
    """What follows from leaving the pilot; to one of the company's admins. `until`: clients are served, under so many
    agreements.
    """
    return outbox.send(
        work,
        admin,
        "pilot_left",
        organisation_key=definition.organisation,
        provider=provider,
        pilot=definition.name[admin.language],
        agreements=agreements,
        until=until,
        contact=definition.contact,
    )
