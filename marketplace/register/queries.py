"""What should stand in the register now, what stands there, and the journal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.i18n import LANGUAGES
from marketplace.pilots.vocabulary import ORGANISATIONS, SERVICES
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import ApprovalState, ProviderState
from marketplace.register.models import RegisterEntry, RegisterSending
from marketplace.register.rules import RegisterPart, Sending, WantedEntry, rests_until, sending_of
from marketplace.register.shape import channel_entry, may_be_sent, service_entry, service_source

Address = Callable[..., str]
"""Makes the address of a page: `address(endpoint, language, …)`."""


def approved(session: Session) -> Sequence[ServiceApproval]:
    """The approvals that are in force, in the order of their numbers."""
    return session.scalars(
        sa.select(ServiceApproval)
        .where(ServiceApproval.state == ApprovalState.APPROVED)
        .options(joinedload(ServiceApproval.provider), joinedload(ServiceApproval.pilot))
        .order_by(ServiceApproval.id)
    ).all()


def wanted(
    session: Session, address: Address, *, ids: Mapping[str, str] | None = None
) -> dict[str, WantedEntry]:
    """What should stand in the register, by source: services first, then the channels that name them.

    `ids` are the organisations' ids in the register; by default those of the data files, and only those are sent.
    """
    known = register_ids() if ids is None else ids
    found: dict[str, WantedEntry] = {}
    of_provider: defaultdict[tuple[str, int], list[ServiceApproval]] = defaultdict(list)
    for approval in approved(session):
        organisation = approval.pilot.organisation_key
        service = SERVICES.get(approval.service_key)
        if organisation not in known or service is None or not may_be_sent(service):
            continue
        if approval.provider.state is ProviderState.LEFT:
            continue
        pilot = {each: address("pilots.pilot", each, key=approval.pilot_key) for each in LANGUAGES}
        entry = service_entry(
            approval, service, organisation=organisation, register_id=known[organisation], voucher_page=pilot
        )
        found[entry.source] = entry
        of_provider[organisation, approval.provider_id].append(approval)
    for (organisation, provider_id), approvals in sorted(of_provider.items()):
        page = {each: address("search.provider", each, provider_id=provider_id) for each in LANGUAGES}
        entry = channel_entry(
            approvals[0].provider,
            [service_source(each.id) for each in approvals],
            organisation=organisation,
            register_id=known[organisation],
            page=page,
        )
        found[entry.source] = entry
    return found


def register_ids() -> dict[str, str]:
    """The organisations that send, each with its id in the register."""
    return {key: each.register_id for key, each in ORGANISATIONS.items() if each.register_id is not None}


def entries(session: Session) -> dict[str, RegisterEntry]:
    """What has been sent, or tried, by source."""
    return {each.source: each for each in session.scalars(sa.select(RegisterEntry))}


def due(
    held: Mapping[str, RegisterEntry],
    wanted_now: Mapping[str, WantedEntry],
    *,
    now: datetime,
    resting: bool = False,
) -> list[tuple[str, Sending]]:
    """What is to be sent, in order: services are made before their channels and taken away after them.

    `resting`: what was refused lately, too.
    """
    found = []
    for source in dict.fromkeys([*wanted_now, *held]):
        entry, goal = held.get(source), wanted_now.get(source)
        action = sending_of(
            None if goal is None else goal.digest,
            None if entry is None else entry.accepted,
            withdrawn=entry is not None and entry.withdrawn,
        )
        if action is None:
            continue
        if not resting and entry is not None and _rests(entry, now):
            continue
        kind = goal.kind if goal is not None else held[source].kind
        found.append((_order(action, kind), source, action))
    return [(source, action) for _place, source, action in sorted(found, key=lambda each: each[:2])]


def _rests(entry: RegisterEntry, now: datetime) -> bool:
    """Whether an entry that was refused is left alone for a while."""
    if entry.tried_at is None or entry.failures == 0:
        return False
    return now < rests_until(entry.tried_at, entry.failures)


def _order(action: Sending, kind: RegisterPart) -> int:
    first = RegisterPart.CHANNEL if action is Sending.WITHDRAW else RegisterPart.SERVICE
    return 2 * (action is Sending.WITHDRAW) + (kind is not first)


def journal(session: Session, *, limit: int = 20) -> Sequence[RegisterSending]:
    """What was sent last, the latest first."""
    return session.scalars(sa.select(RegisterSending).order_by(RegisterSending.id.desc()).limit(limit)).all()


def failing(session: Session) -> Sequence[RegisterEntry]:
    """The entries that the register has refused or not answered, by source."""
    return session.scalars(
        sa.select(RegisterEntry).where(RegisterEntry.failures > 0).order_by(RegisterEntry.source)
    ).all()


def exported(wanted_now: Mapping[str, WantedEntry]) -> dict[str, list[Any]]:
    """What should stand in the register as JSON values: its services and its service channels."""
    return {
        name: [dict(each.content) for each in wanted_now.values() if each.kind is kind]
        for name, kind in (("services", RegisterPart.SERVICE), ("serviceChannels", RegisterPart.CHANNEL))
    }
