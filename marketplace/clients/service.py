"""What is done to the register of clients: adding, changing, joining a pilot and leaving it, consents, the log.

The audit trail is kept for good and a client's data is not: it names clients by the number of their row and says which
facts were changed, never what they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.clients import queries
from marketplace.clients.audit_actions import ClientAudit
from marketplace.clients.labels import NUMBER_FAULTS
from marketplace.clients.models import Client, ClientAccess, Consent, Participation
from marketplace.clients.rules import (
    ClientFacts,
    ConsentKind,
    Ground,
    Part,
    client_number,
    number_fault,
)
from marketplace.db import for_change
from marketplace.errors import Conflict, Invalid
from marketplace.i18n import LANGUAGES, _l
from marketplace.permissions import Permission
from marketplace.pilots.queries import pilots
from marketplace.pilots.vocabulary import GROUPS, MUNICIPALITIES
from marketplace.slots import Reaction
from marketplace.work import UnitOfWork

interrupted: Final = Reaction[Callable[[UnitOfWork, Participation], None]](
    "clients.interrupted",
    "A client ends taking part in a pilot; `ended_on` is the last day wanted: agreements end by their rules.",
)
consent_withdrawn: Final = Reaction[Callable[[UnitOfWork, Client, ConsentKind], None]](
    "clients.consent_withdrawn", "A client has taken a consent back: what rested on it stops."
)


def add_client(work: UnitOfWork, number: str, facts: ClientFacts) -> Client:
    """Put a client on the register of the actor's organisation.

    Raises NotAllowed without the right to manage clients, Invalid for a number or facts that do not hold, and Conflict
    when there is a client with the number.
    """
    organisation = work.actor.organisation or ""
    work.ensure(Permission.MANAGE_CLIENTS, organisation=organisation)
    tidy = client_number(number)
    if fault := number_fault(tidy):
        raise Invalid(NUMBER_FAULTS[fault], field="number")
    client = Client(
        organisation_key=organisation,
        number=tidy,
        created_at=work.now,
        **_kept(work.session, organisation, facts),
    )
    try:
        with work.session.begin_nested():
            work.session.add(client)
    except IntegrityError as error:
        raise Conflict(_l("There is a client with this number already."), field="number") from error
    work.record(ClientAudit.ADD, client, organisation=organisation)
    return client


def save_client(work: UnitOfWork, client_id: int, facts: ClientFacts) -> Client:
    """Change what is kept of a client. Raises NotFound, Invalid."""
    client = queries.client_for_staff(work, client_id, permission=Permission.MANAGE_CLIENTS, lock=True)
    change_facts(work, client, facts)
    return client


def change_facts(work: UnitOfWork, client: Client, facts: ClientFacts) -> None:
    """Write the facts into a client that is held; the trail says which of them are others now. Raises Invalid."""
    kept = _kept(work.session, client.organisation_key, facts)
    changed = [name for name, value in kept.items() if getattr(client, name) != value]
    for name in changed:
        setattr(client, name, kept[name])
    if changed:
        work.record(
            ClientAudit.SAVE, client, organisation=client.organisation_key, after={"changed": sorted(changed)}
        )


def change_contact(work: UnitOfWork, client_id: int, *, phone: str, email: str) -> None:
    """The client, or who acts for the client, corrects how the client is reached."""
    client = work.session.get_one(Client, client_id, with_for_update=for_change(Client))
    changed = [name for name, value in (("email", email), ("phone", phone)) if getattr(client, name) != value]
    client.phone, client.email = phone, email
    if changed:
        work.record(
            ClientAudit.SAVE, client, organisation=client.organisation_key, after={"changed": changed}
        )


def _kept(session: Session, organisation: str, facts: ClientFacts) -> dict[str, object]:
    """The columns of the facts. Raises Invalid for an unknown key or another organisation's counsellor."""
    if facts.language not in LANGUAGES:
        raise Invalid(_l("Choose the language."), field="language")
    if facts.municipality is not None and facts.municipality not in MUNICIPALITIES:
        raise Invalid(_l("Choose from the list."), field="municipality")
    if facts.group is not None and facts.group not in GROUPS:
        raise Invalid(_l("Choose from the list."), field="group")
    own = {person.id for person in queries.counsellors(session, organisation)}
    if facts.counsellor_id is not None and facts.counsellor_id not in own:
        raise Invalid(_l("Choose one of your organisation’s counsellors."), field="counsellor")
    return asdict(facts.without_place())


# --- joining a pilot and leaving it -----------------------------------------------------------------------------------


def join(work: UnitOfWork, client: Client, pilot_key: str, day: date) -> Participation:
    """The client takes part in a pilot of the organisation from `day` on, which is the client's own choice.

    Raises Invalid for a pilot of another organisation and Conflict when the client takes part already.
    """
    if pilot_key not in {pilot.key for pilot in pilots(work.session, client.organisation_key)}:
        raise Invalid(_l("Choose from the list."), field="pilot")
    joined = Participation(
        client_id=client.id,
        pilot_key=pilot_key,
        joined_on=day,
        recorded_by_id=work.person_id,
        recorded_at=work.now,
    )
    try:
        with work.session.begin_nested():
            work.session.add(joined)
    except IntegrityError as error:
        raise Conflict(_l("The client takes part in this pilot already."), field="pilot") from error
    _record_participation(work, client, joined, ClientAudit.JOIN, day)
    return joined


def interrupt(work: UnitOfWork, client: Client, participation_id: int, last_day: date) -> Participation:
    """End taking part, without giving a reason; what runs under it ends by its rules (`interrupted`).

    Raises Conflict when there is nothing to end, and Invalid for a day before today.
    """
    work.session.refresh(client, with_for_update=for_change(Client))
    held = work.session.get(Participation, participation_id, with_for_update=True)
    if held is None or held.client_id != client.id or held.ended_on is not None:
        raise Conflict(_l("Taking part in this pilot has ended already."))
    if last_day < work.today:
        raise Invalid(_l("The last day cannot be before today."), field="last_day")
    held.ended_on = max(last_day, held.joined_on)
    for react in interrupted:
        react(work, held)
    _record_participation(work, client, held, ClientAudit.INTERRUPT, last_day)
    return held


def _record_participation(
    work: UnitOfWork, client: Client, participation: Participation, action: ClientAudit, day: date
) -> None:
    work.record(
        action,
        client,
        organisation=client.organisation_key,
        after={"pilot": participation.pilot_key, "day": day.isoformat()},
    )


# --- consents --------------------------------------------------------------------------------------------------------


def give_consent(work: UnitOfWork, client: Client, kind: ConsentKind) -> None:
    """The client agrees to something; agreeing twice changes nothing."""
    if _given(work.session, client, kind) is not None:
        return
    consent = Consent(client_id=client.id, kind=kind, given_at=work.now, given_by_id=work.person_id)
    work.session.add(consent)
    work.record(
        ClientAudit.CONSENT, client, organisation=client.organisation_key, after={"consent": kind.value}
    )


def withdraw_consent(work: UnitOfWork, client: Client, kind: ConsentKind) -> None:
    """The client takes a consent back; taking back what was not given changes nothing."""
    held = _given(work.session, client, kind)
    if held is None:
        return
    held.withdrawn_at, held.withdrawn_by_id = work.now, work.person_id
    work.record(
        ClientAudit.WITHDRAW_CONSENT,
        client,
        organisation=client.organisation_key,
        after={"consent": kind.value},
    )
    for react in consent_withdrawn:
        react(work, client, kind)


def _given(session: Session, client: Client, kind: ConsentKind) -> Consent | None:
    """The consent that stands; the client stays locked, so that two answers at once follow one another."""
    session.refresh(client, with_for_update=for_change(Client))
    return session.scalar(
        sa.select(Consent).where(
            Consent.client_id == client.id, Consent.kind == kind, Consent.withdrawn_at.is_(None)
        )
    )


# --- the log ---------------------------------------------------------------------------------------------------------


def note_look(work: UnitOfWork, client_ids: Iterable[int], part: Part, ground: Ground) -> None:
    """Write down that the actor has looked at a part of these clients' data."""
    rows = [
        {
            "client_id": each,
            "at": work.now,
            "user_id": work.actor.user_id,
            "part": part,
            "ground": ground,
            "recipient": "",
        }
        for each in client_ids
    ]
    if rows:
        work.session.execute(sa.insert(ClientAccess), rows)


def note_gift(work: UnitOfWork, client: Client, part: Part, ground: Ground, *, recipient: str) -> None:
    """Write down to whom a part of the client's data was given, and on what ground (703/2023 § 11)."""
    work.session.add(
        ClientAccess(
            client_id=client.id,
            at=work.now,
            user_id=work.actor.user_id,
            part=part,
            ground=ground,
            recipient=recipient,
        )
    )
