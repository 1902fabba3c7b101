"""A copy of everything, erasing, and the end of keeping.

What other rooms keep of a client comes by the slot `clients.kept_data` and goes by `clients.erased`, and why it must
stay by `clients.must_stay`:
evidence of what was paid is kept as long as the accounts are, whatever the client wishes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts import service as accounts
from marketplace.accounts.sessions.service import lock_people
from marketplace.clients.audit_actions import ClientAudit
from marketplace.clients.letters.models import ClientLetter
from marketplace.clients.letters.service import end_letters
from marketplace.clients.mandates.models import Mandate
from marketplace.clients.mandates.queries import mandates_of
from marketplace.clients.mandates.service import end_mandates
from marketplace.clients.models import Client, ClientAccess, Participation
from marketplace.clients.plans.queries import versions_of
from marketplace.clients.plans.service import forget_plans
from marketplace.clients.privacy.rules import is_over, years_before
from marketplace.clients.queries import consents_of
from marketplace.clients.rules import erased_number
from marketplace.db import Database, for_change
from marketplace.duties import each_by_itself
from marketplace.errors import Conflict
from marketplace.i18n import _l, helsinki_date
from marketplace.permissions import SYSTEM
from marketplace.pilots.vocabulary import ORGANISATIONS, client_rules
from marketplace.slots import Answer, Reaction
from marketplace.work import UnitOfWork

kept_data: Final = Answer[Callable[[Session, Client], tuple[str, Any]]](
    "clients.kept_data", "For a copy of a client's data: what a room above keeps, as (name, JSON value)."
)
must_stay: Final = Answer[Callable[[Session, Client, date], bool]](
    "clients.must_stay",
    "Before a client's data are erased: whether something of a room above still needs them.",
)
erased: Final = Reaction[Callable[[Session, int], None]](
    "clients.erased", "A client's data are erased: what a room above keeps of the client, by id, goes too."
)


def export(session: Session, client: Client, *, now: datetime) -> str:
    """Everything that is kept of a client, as JSON; the hash of the identity code says nothing and is left out."""
    content: dict[str, Any] = {
        "made_at": now.isoformat(),
        "organisation": client.organisation_key,
        "client": {
            "number": client.number,
            "name": client.name,
            "language": client.language,
            "municipality": client.municipality,
            "group": client.group,
            "email": client.email,
            "phone": client.phone,
            "address": client.address,
            "non_disclosure": client.protected,
            "recognised_by_identity_code": client.identity_hash is not None,
            "own_counsellor": client.counsellor.name if client.counsellor else None,
            "on_the_register_since": client.created_at.isoformat(),
        },
        "taking_part": [
            {"pilot": each.pilot_key, "from": _iso(each.joined_on), "to": _iso(each.ended_on)}
            for each in client.participations
        ],
        "consents": [
            {"kind": each.kind, "given": _iso(each.given_at), "taken_back": _iso(each.withdrawn_at)}
            for each in consents_of(session, client.id)
        ],
        "mandates": [_mandate(each) for each in mandates_of(session, client.id)],
        "support_plans": [
            {
                "version": each.number,
                "written": _iso(each.written_at),
                "by": each.writer,
                "goals": each.goals,
                "what_helps": each.helps,
                "lines": each.lines,
                "part_of_the_decision": each.in_decision,
            }
            for each in versions_of(session, client.id)
        ],
        "letters_with_codes": [
            _iso(each)
            for each in session.scalars(
                sa.select(ClientLetter.made_at).where(ClientLetter.client_id == client.id)
            )
        ],
        "log": [
            {
                "at": each.at.isoformat(),
                "who": each.user.name if each.user else None,
                "what": each.part,
                "ground": each.ground,
                "given_to": each.recipient or None,
            }
            for each in session.scalars(
                sa.select(ClientAccess).where(ClientAccess.client_id == client.id).order_by(ClientAccess.id)
            )
        ],
    } | dict(ask(session, client) for ask in kept_data)
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _mandate(mandate: Mandate) -> Mapping[str, Any]:
    return {
        "helper": mandate.name,
        "scope": mandate.scope,
        "given": _iso(mandate.given_at),
        "accepted": _iso(mandate.accepted_at),
        "to": _iso(mandate.ends_on),
        "revoked": _iso(mandate.revoked_at),
        "paper": mandate.file.name if mandate.file else None,
    }


def _iso(value: date | datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def ask_for_erasure(work: UnitOfWork, client_id: int) -> None:
    """The client wants the data erased; asking twice changes nothing. The office does it or answers why not."""
    client = work.session.get_one(Client, client_id, with_for_update=for_change(Client))
    if client.erasure_asked_at is None:
        client.erasure_asked_at = work.now
        work.record(ClientAudit.ASK_ERASURE, client, organisation=client.organisation_key)


def erase(work: UnitOfWork, client: Client) -> None:
    """Erase what is known of a client; what stays is the number of the row, for what was decided and paid.

    The account is closed and loses its name. Raises Conflict while something still needs the data.
    """
    work.session.flush()  # what the caller has changed of the client is not read over
    if client.user_id is not None:
        lock_people(work.session, [client.user_id])
    mandates_of(work.session, client.id, lock=True)
    work.session.refresh(client, with_for_update=for_change(Client))
    if client.erased_at is not None:
        raise Conflict(_l("The data have been erased already."))
    if any(each.ended_on is None or each.ended_on >= work.today for each in client.participations):
        raise Conflict(_l("The client still takes part in a pilot. End taking part first."))
    if any(ask(work.session, client, work.today) for ask in must_stay):
        raise Conflict(
            _l(
                "The client still has agreements, or something given waits to be confirmed or paid. End and settle"
                " them first."
            )
        )
    end_letters(work.session, client.id, now=work.now)
    end_mandates(work, client.id)
    forget_plans(work.session, client.id)
    for forget in erased:
        forget(work.session, client.id)
    user, client.user = client.user, None
    client.name = client.email = client.phone = client.address = ""
    client.municipality = client.group = client.identity_hash = client.identity_key_id = (
        client.counsellor_id
    ) = None
    client.number, client.erased_at = erased_number(client.id), work.now
    work.session.execute(sa.delete(ClientAccess).where(ClientAccess.client_id == client.id))
    work.record(ClientAudit.ERASE, client, organisation=client.organisation_key)
    if user is not None and user.active and accounts.actor_of(user).is_citizen:
        accounts.close(work, user)
        accounts.forget_person(work, user)


def erase_what_is_over(database: Database, *, now: datetime) -> int:
    """Erase the clients whose time has gone by, and drop what the log knows of longer than its time.

    A duty of the worker, each client in a transaction of its own; how many were erased.
    """
    with database.transaction() as session:
        for key in ORGANISATIONS:
            begins = years_before(helsinki_date(now), client_rules(key).log_years)
            clients = sa.select(Client.id).where(Client.organisation_key == key)
            session.execute(
                sa.delete(ClientAccess).where(
                    ClientAccess.client_id.in_(clients),
                    ClientAccess.at < datetime.combine(begins, datetime.min.time(), now.tzinfo),
                )
            )
    with database.read() as session:
        over = list(_over(session, helsinki_date(now)))
    return sum(
        each_by_itself(
            database, "erase a client", over, lambda client: _erase_one(database, client, now), now=now
        )
    )


def _over(session: Session, today: date) -> Iterator[int]:
    last = (
        sa.select(Client.id, Client.organisation_key, sa.func.max(Participation.ended_on))
        .join(Client.participations)
        .where(Client.erased_at.is_(None))
        .group_by(Client.id, Client.organisation_key)
        .having(sa.func.count(Participation.id) == sa.func.count(Participation.ended_on))
    )
    for client_id, organisation, last_day in session.execute(last):
        if is_over(last_day, client_rules(organisation).keep_years, today):
            yield client_id


def _erase_one(database: Database, client_id: int, now: datetime) -> bool:
    try:
        with database.transaction() as session:
            erase(UnitOfWork(session, SYSTEM, now), session.get_one(Client, client_id))
    except Conflict:
        return False
    return True
