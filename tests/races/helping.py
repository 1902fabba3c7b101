"""A helper acts for a client while the mandate is revoked, given again, accepted, or everything is erased."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any, Final

import sqlalchemy as sa
from flask import current_app, g
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.audit.models import AuditEvent, AuditSeal
from marketplace.clients.area.acting import acting_work
from marketplace.clients.audit_actions import MandateAudit
from marketplace.clients.mandates import service as mandates
from marketplace.clients.mandates.models import Mandate
from marketplace.clients.mandates.queries import digest, in_force, mandates_of
from marketplace.clients.mandates.rules import Scope, Source
from marketplace.clients.models import Client
from marketplace.clients.privacy import service as privacy
from marketplace.clients.rules import Part
from marketplace.clients.service import change_contact
from marketplace.permissions import Actor, Role
from marketplace.vouchers.agreeing import queries, service
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AgreementParty
from marketplace.work import UnitOfWork
from tests.factories import NOW, make_client, make_user
from tests.races.play import Deed, Shared, two_of_the_office, verb
from tests.vouchers.agreeing.conftest import accepted, asked, make_choosing, wish
from tests.vouchers.granting.conftest import changed
from tests.work import work_of


@dataclass(frozen=True)
class Scene:
    """A client with a mandate that a helper has accepted; `token` is that of a letter to another one."""

    client: int
    mandate: int
    citizen: Actor
    helper: Actor
    office: Actor
    running: int = 0
    request: int = 0
    waiting: int = 0
    token: str = ""
    newcomer: int = 0


def by_helper(do: Callable[[UnitOfWork, Client, Scene], object]) -> Deed:
    """What the helper does on the client's pages: each begins by finding out for whom, and by what mandate."""

    def deed(session: Session, scene: Scene, _hand: int) -> object:
        with current_app.test_request_context(f"/fi/client/?for={scene.client}", method="POST"):
            g.session, g._login_user = session, SimpleNamespace(is_authenticated=True, actor=scene.helper)
            try:
                whose, work = acting_work(Part.AGREEMENTS)
                return do(work_of(session, work.actor), whose.client, scene)
            finally:
                g.pop("session")

    return verb(deed)


def _late(session: Session, scene: Scene) -> list[str]:
    """What the helper has done after the mandate was revoked, by the chain of the trail."""
    sealed = (
        sa.select(AuditSeal.number, AuditEvent.action)
        .join(AuditEvent, AuditEvent.id == AuditSeal.event_id)
        .where(AuditEvent.organisation_key == "keusote")
    )
    revoked = sealed.where(
        AuditEvent.action == MandateAudit.REVOKE, AuditEvent.subject_id == str(scene.mandate)
    )
    done = sealed.where(AuditEvent.actor_id == scene.helper.user_id)
    return [
        f"{each.action} after the mandate was revoked"
        for end in session.execute(revoked)
        for each in session.execute(done)
        if each.number > end.number
    ]


# --- acting for a client ---------------------------------------------------------------------------------------------


def _make_helped(session: Session) -> Scene:
    """An agreement that runs and a request that waits, of a client for whom a helper may act."""
    made = make_choosing(session, facts=changed(ends_on=date(2027, 4, 30)))
    running = accepted(session, made, asked(session, made, hours="10"))
    request = asked(session, made, made.other, hours="5")
    [mandate] = mandates_of(session, made.client.id)
    return Scene(
        made.client.id,
        mandate.id,
        actor_of(made.citizen),
        actor_of(made.helper),
        actor_of(made.granting.olga),
        running.id,
        request.id,
    )


def _choose(work: UnitOfWork, client: Client, scene: Scene) -> object:
    """More hours of the same provider."""
    old = work.session.get_one(Agreement, scene.running)
    wanted = wish(old.offer, hours="12", first=date(2027, 1, 4), replaces=old.id)
    return service.ask(work, client, old.offer_id, wanted, by=AgreementParty.HELPER)


def _end(work: UnitOfWork, client: Client, scene: Scene) -> object:
    held = queries.for_client(work.session, client, scene.running, lock=True)
    return service.give_notice(work, held, date(2027, 3, 31), by=AgreementParty.HELPER)


def _revoke(session: Session, scene: Scene, _hand: int) -> None:
    client = session.get_one(Client, scene.client)
    mandates.revoke(work_of(session, scene.citizen), client, scene.mandate)


def _helped(session: Session, scene: Scene) -> object:
    """Whether the mandate holds, and the client's agreements."""
    client = session.get_one(Client, scene.client)
    query = sa.select(Agreement).where(Agreement.client_number == client.number).order_by(Agreement.id)
    return (
        session.get_one(Mandate, scene.mandate).revoked_at is not None,
        [(each.state, each.ends_on) for each in session.scalars(query)],
        client.phone,
    )


HELPED: Final = Shared(
    "helped client",
    _make_helped,
    {
        "revoke the mandate": verb(_revoke),
        "choose for the client": by_helper(_choose),
        "end for the client": by_helper(_end),
        "take the request back for the client": by_helper(
            lambda work, client, scene: service.withdraw(
                work, queries.for_client(work.session, client, scene.request, lock=True)
            )
        ),
        "say how the client is reached": by_helper(
            lambda work, client, _scene: change_contact(work, client.id, phone="+358409", email=client.email)
        ),
    },
    {
        "revoke the mandate": (
            "choose for the client",
            "end for the client",
            "take the request back for the client",
            "say how the client is reached",
        ),
    },
    _helped,
    _late,
)


# --- the mandate itself ----------------------------------------------------------------------------------------------


def _make_mandated(session: Session) -> Scene:
    """A client whose data can be erased: one helper has accepted, another has a letter."""
    citizen, helper = make_user(session, Role.CLIENT), make_user(session, Role.HELPER)
    newcomer = make_user(session)
    client = make_client(session, user_id=citizen.id, email=citizen.email)
    by_client = work_of(session, actor_of(citizen))
    kept = []
    for person in (helper, newcomer):
        terms = mandates.Terms(person.name, person.email, Scope.ACT)
        kept.append(mandates.give(by_client, client, Source.PORTAL, terms))
    tokens = [f"token {each.id}" for each in kept]
    for mandate, token in zip(kept, tokens, strict=True):
        mandate.token_hash = digest(token)
    session.flush()
    mandates.accept(work_of(session), helper, tokens[0])
    office, _other = two_of_the_office(session, Role.COUNSELLOR)
    return Scene(
        client.id,
        kept[0].id,
        actor_of(citizen),
        actor_of(helper),
        office,
        waiting=kept[1].id,
        token=tokens[1],
        newcomer=newcomer.id,
    )


def _give(session: Session, scene: Scene, _hand: int) -> object:
    """The client's page has been read before anything is given."""
    client = session.get_one(Client, scene.client)
    assert mandates_of(session, client.id)
    terms = mandates.Terms(
        "Oiva Omainen", f"oiva{scene.client}@example.fi", Scope.SEE, NOW.date() + timedelta(9)
    )
    return mandates.give(work_of(session, scene.citizen), client, Source.PORTAL, terms)


def _accept(session: Session, scene: Scene, _hand: int) -> object:
    return mandates.accept(work_of(session), session.get_one(User, scene.newcomer), scene.token)


def _revoke_waiting(session: Session, scene: Scene, _hand: int) -> None:
    client = session.get_one(Client, scene.client)
    mandates.revoke(work_of(session, scene.office), client, scene.waiting)


def _erase(session: Session, scene: Scene, _hand: int) -> None:
    privacy.erase(work_of(session, scene.office), session.get_one(Client, scene.client))


def _mandated(session: Session, scene: Scene) -> object:
    """Each mandate: whose it is, whether it was accepted and revoked, by whom; and what is left of the client."""
    client = session.get_one(Client, scene.client)
    given: list[Any] = [
        (
            bool(each.email),
            each.accepted_at is not None,
            each.revoked_at is not None,
            each.revoked_by_id == scene.office.user_id,
            each.token_hash is not None,
        )
        for each in mandates_of(session, scene.client)
    ]
    return given, client.erased_at is not None, client.phone


def _wrong(session: Session, scene: Scene) -> list[str]:
    """One address has one mandate, and of who has been erased nobody is the helper."""
    given = mandates_of(session, scene.client)
    living = [each.email for each in given if each.revoked_at is None]
    found = [f"two mandates of {each}" for each in set(living) if living.count(each) > 1]
    if session.get_one(Client, scene.client).erased_at is not None:
        found += [f"a helper, {each.name}, of who is erased" for each in given if in_force(each, NOW.date())]
        found += [f"the name of a helper, {each.name}" for each in given if each.name]
    return found + _late(session, scene)


MANDATED: Final = Shared(
    "mandate",
    _make_mandated,
    {
        "give another": verb(_give),
        "accept": verb(_accept),
        "revoke": verb(_revoke_waiting),
        "revoke what was accepted": verb(_revoke),
        "say how the client is reached": by_helper(
            lambda work, client, _scene: change_contact(work, client.id, phone="+358409", email=client.email)
        ),
        "erase the client": verb(_erase),
    },
    {
        "erase the client": (
            "give another",
            "accept",
            "revoke",
            "revoke what was accepted",
            "say how the client is reached",
        ),
        "give another": ("give another",),
        "revoke": ("accept", "revoke"),
    },
    _mandated,
    _wrong,
)
