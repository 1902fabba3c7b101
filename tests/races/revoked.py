"""Somebody acts while what gives the right to it is taken away: the role, the account, the company, the key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Final

import sqlalchemy as sa
from flask import Response, current_app, g, make_response
from sqlalchemy.orm import Session

from marketplace.accounts import service as accounts
from marketplace.accounts.audit_actions import AccountAudit
from marketplace.accounts.browser import SESSION_COOKIE
from marketplace.accounts.impartiality import service as impartiality
from marketplace.accounts.impartiality.models import Disqualification
from marketplace.accounts.models import RoleGrant, User
from marketplace.accounts.service import actor_of
from marketplace.accounts.sessions.service import open_session
from marketplace.approvals.standing import conditions
from marketplace.approvals.standing import queries as standing
from marketplace.approvals.standing.models import ApprovalCondition
from marketplace.audit.models import AuditEvent, AuditSeal
from marketplace.db import Database
from marketplace.deliveries.audit_actions import DeliveryAudit
from marketplace.deliveries.models import Delivery
from marketplace.errors import NotAllowed
from marketplace.offers import service as offers
from marketplace.offers.audit_actions import OfferAudit
from marketplace.offers.models import Offer
from marketplace.offers.rules import Availability
from marketplace.permissions import Actor, Permission, Role
from marketplace.providers.api_keys import service as keys
from marketplace.providers.api_keys.models import ApiKey
from marketplace.providers.audit_actions import ApiKeyAudit, ApprovalAudit, PersonAudit
from marketplace.providers.authority import service as authority
from marketplace.providers.company import people
from marketplace.providers.queries import my_provider
from marketplace.web.frame import requires, work
from marketplace.work import UnitOfWork
from tests.deliveries.scenes import make_scene
from tests.factories import NOW, make_approval, make_offer, make_provider, make_provider_admin, make_user
from tests.races.play import Deed, Shared, two_of_the_office, verb
from tests.work import work_of

AFTER: Final = NOW + timedelta(days=30 * 365)
"""No session here runs out."""


@dataclass(frozen=True)
class Scene:
    """Somebody who acts, signed in by `token`, in the matters of a company; another admin of it, and the office."""

    person: int
    token: str
    provider: int
    approval: int
    offer: int
    admin: Actor
    coordinator: Actor


def _make(session: Session, role: Role, *, staff: bool) -> Scene:
    provider = make_provider(session)
    admin = make_provider_admin(session, provider)
    approval = make_approval(session, provider)
    whose = {"organisation": "keusote"} if staff else {"provider_id": provider.id}
    person = make_user(session, role, **whose)
    return Scene(
        person.id,
        open_session(session, person, agent="", now=AFTER),
        provider.id,
        approval.id,
        make_offer(session, approval).id,
        actor_of(admin),
        two_of_the_office(session, Role.COORDINATOR)[0],
    )


def by_person(permission: Permission, do: Callable[[UnitOfWork, Scene], object]) -> Deed:
    """What the person does on a page that asks for a permission, from the look at the cookie to the commit."""

    @requires(permission, by_form=False, once=False)
    def page(scene: Scene) -> Response:
        do(work(), scene)
        return make_response("", HTTPStatus.NO_CONTENT)

    def deed(_database: Database, scene: Scene, _hand: int) -> None:
        head = {"Cookie": f"{SESSION_COOKIE}={scene.token}"}
        with current_app.test_request_context("/fi/office/", method="POST", headers=head):
            g.lang = "fi"
            if make_response(page(scene)).status_code != HTTPStatus.NO_CONTENT:
                raise NotAllowed("signed out")

    return deed


def _taken(do: Callable[[UnitOfWork, User, Scene], object]) -> Deed:
    """What an operator does to the person's account."""
    return verb(
        lambda session, scene, _hand: do(work_of(session), session.get_one(User, scene.person), scene)
    )


def _ask(work: UnitOfWork, scene: Scene) -> object:
    approval = standing.for_office(work, scene.approval, lock=True)
    return conditions.send_request(work, approval, "Lähetä todistus.", NOW.date() + timedelta(days=9))


def _tell(work: UnitOfWork, scene: Scene) -> object:
    return offers.set_availability(
        work, provider_id=scene.provider, offer_id=scene.offer, state=Availability.FULL
    )


def _state(session: Session, scene: Scene) -> object:
    """The account with its roles and conflicts of interest, and what was done."""
    person = session.get_one(User, scene.person)
    conflicts = sa.select(Disqualification.cause).where(Disqualification.user_id == scene.person)
    asked = sa.select(ApprovalCondition.text).where(ApprovalCondition.approval_id == scene.approval)
    return (
        person.active,
        sorted(each.role for each in person.grants),
        session.scalars(conflicts).all(),
        session.scalars(asked).all(),
        session.get_one(Offer, scene.offer).availability_state,
    )


_TAKEN: Final = (AccountAudit.REVOKE, AccountAudit.DISQUALIFY, PersonAudit.REMOVE, PersonAudit.ROLE)
_DONE: Final = (ApprovalAudit.REQUEST, OfferAudit.AVAILABILITY)


def _late(session: Session, scene: Scene) -> list[str]:
    """What the person has done after the right to it was taken away, by the chain of the trail."""
    sealed = (
        sa.select(AuditSeal.number, AuditEvent)
        .join(AuditEvent, AuditEvent.id == AuditSeal.event_id)
        .where(AuditSeal.chain == "keusote")
    )
    about = {("User", str(scene.person)), ("Provider", str(scene.provider))}
    taken = [
        row
        for row in session.execute(sealed.where(AuditEvent.action.in_(_TAKEN)))
        if (row.AuditEvent.subject_type, row.AuditEvent.subject_id) in about
    ]
    done = session.execute(
        sealed.where(AuditEvent.action.in_(_DONE), AuditEvent.actor_id == scene.person)
    ).all()
    return [
        f"{late.AuditEvent.action} after {each.AuditEvent.action}"
        for each in taken
        for late in done
        if late.number > each.number
    ]


_CLOSE: Final = _taken(lambda work, person, _scene: accounts.close(work, person))

OFFICE: Final = Shared(
    "person of an office",
    lambda session: _make(session, Role.REVIEWER, staff=True),
    {
        "ask the provider": by_person(Permission.REVIEW_APPLICATIONS, _ask),
        "take the role away": _taken(
            lambda work, person, _scene: accounts.revoke_staff(work, person, [Role.REVIEWER])
        ),
        "close the account": _CLOSE,
        "say to be disqualified": by_person(
            Permission.REVIEW_APPLICATIONS,
            lambda work, scene: impartiality.declare(work, scene.provider, "Sukulainen."),
        ),
    },
    {
        "ask the provider": ("take the role away", "say to be disqualified", "close the account"),
        "say to be disqualified": ("say to be disqualified", "take the role away"),
    },
    _state,
    _late,
)

COMPANY: Final = Shared(
    "person of a company",
    lambda session: _make(session, Role.PROVIDER_ADMIN, staff=False),
    {
        "say that it is full": by_person(Permission.EDIT_PROVIDER, _tell),
        "remove the person": verb(
            lambda session, scene, _hand: people.remove(
                work_of(session, scene.admin), provider_id=scene.provider, user_id=scene.person
            )
        ),
        "change the role": verb(
            lambda session, scene, _hand: people.change_role(
                work_of(session, scene.admin),
                provider_id=scene.provider,
                user_id=scene.person,
                role=Role.PROVIDER_EDITOR,
            )
        ),
        "hand the company over": verb(
            lambda session, scene, _hand: authority.hand_over(
                work_of(session, scene.coordinator),
                provider_id=scene.provider,
                email=f"oikea{scene.provider}@example.fi",
                language="fi",
                reason="Soitettu.",
            )
        ),
        "change the company": by_person(
            Permission.EDIT_PROVIDER, lambda work, scene: my_provider(work, scene.provider, lock=True)
        ),
        "close the account": _CLOSE,
    },
    {
        "say that it is full": (
            "remove the person",
            "change the role",
            "hand the company over",
            "close the account",
        ),
        "change the company": ("remove the person", "change the role", "hand the company over"),
    },
    _state,
    _late,
)


# --- a program -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Calling:
    """A key of a provider's program, who made it, and another admin; the agreement under which it records."""

    provider: int
    agreement: int
    key: int
    token: str
    maker: int
    admin: Actor


def _make_calling(session: Session) -> Calling:
    made = make_scene(session)
    key, token = keys.make_key(made.provider_work(session), made.provider.id, "Kirjaaja")
    session.flush()
    other = make_provider_admin(session, made.provider)
    return Calling(made.provider.id, made.hours.id, key.id, token, made.admin.id, actor_of(other))


def _record(_database: Database, scene: Calling, _hand: int) -> None:
    day = {"day": "2026-11-20", "start": "8:00", "end": "10:00", "activity": "Suihku"}
    row = {"reference": f"A{scene.provider}", "agreement": scene.agreement, **day}
    head = {"Authorization": f"Bearer {scene.token}"}
    answer = current_app.test_client().post("/api/v1/deliveries", json={"deliveries": [row]}, headers=head)
    if answer.status_code != HTTPStatus.OK:
        raise NotAllowed("the key does not hold")
    assert answer.json["deliveries"][0]["outcome"] == "recorded"  # type: ignore[index]


def _called(session: Session, scene: Calling) -> object:
    """Whether the key holds, who acts for the company, and what was recorded."""
    acting = sa.select(sa.func.count()).where(RoleGrant.provider_id == scene.provider)
    recorded = sa.select(Delivery.state).where(Delivery.provider_id == scene.provider)
    return (
        session.get_one(ApiKey, scene.key).revoked_at is not None,
        session.scalar(acting),
        session.scalars(recorded).all(),
    )


def _late_call(session: Session, scene: Calling) -> list[str]:
    """What was recorded with the key after it had been revoked, or who made it removed, by the chain of the trail."""
    ends = {(ApiKeyAudit.REVOKE, str(scene.key)), (PersonAudit.REMOVE, str(scene.provider))}
    sealed = (
        sa.select(AuditSeal.number, AuditEvent)
        .join(AuditEvent, AuditEvent.id == AuditSeal.event_id)
        .where(AuditSeal.chain == "keusote")
    )
    events = [(row.number, row.AuditEvent) for row in session.execute(sealed)]
    taken = [number for number, each in events if (each.action, each.subject_id) in ends]
    return [
        "recorded with a key that held no more"
        for number, each in events
        if each.action == DeliveryAudit.RECORD
        and each.actor_id == scene.maker
        and number > min(taken, default=number)
    ]


KEY: Final = Shared(
    "key of a program",
    _make_calling,
    {
        "record with it": _record,
        "revoke it": verb(
            lambda session, scene, _hand: keys.revoke_key(
                work_of(session, scene.admin), scene.provider, scene.key
            )
        ),
        "remove who made it": verb(
            lambda session, scene, _hand: people.remove(
                work_of(session, scene.admin), provider_id=scene.provider, user_id=scene.maker
            )
        ),
    },
    {"record with it": ("revoke it", "remove who made it")},
    _called,
    _late_call,
)
