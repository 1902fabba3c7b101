"""One agreement, which the client, two providers, the office, those who decide and time itself change at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import RoleGrant, User
from marketplace.accounts.service import actor_of
from marketplace.clients import service as register
from marketplace.clients.models import Client
from marketplace.db import Database
from marketplace.deliveries import service as deliveries
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DELIVERY
from marketplace.ledger import proof
from marketplace.offers.models import Offer
from marketplace.permissions import Actor, Role
from marketplace.providers.models import ServiceApproval
from marketplace.providers.participation.service import leave_pilot
from marketplace.providers.rules import ApprovalState
from marketplace.vouchers.agreeing import deadlines, service
from marketplace.vouchers.agreeing.rules import Wish
from marketplace.vouchers.granting import service as decisions
from marketplace.vouchers.granting.models import ServiceDecision
from marketplace.vouchers.granting.rules import DecisionKind
from marketplace.vouchers.mistakes import service as mistakes
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AGREEMENT, AgreementParty, AgreementTerms
from tests.deliveries.scenes import visit
from tests.factories import NOW
from tests.races.play import Shared, store, verb
from tests.vouchers.agreeing.conftest import FIRST, asked, make_choosing, make_store, reserved
from tests.vouchers.granting.conftest import PILOT, changed
from tests.work import work_of

TODAY: Final = datetime(2027, 1, 5, 10, 0, tzinfo=UTC)
"""When everything but what is asked for and answered is done: a month after the agreement began."""

ANSWERED: Final = NOW + timedelta(days=3)
NEXT: Final = date(2027, 1, 4)
"""The first day of the agreement that another provider is asked for in the place of this one."""

VISIT: Final = visit(datetime(2027, 1, 4, 7, 0, tzinfo=UTC), minutes=60)


@dataclass(frozen=True)
class Scene:
    """`agreement` is the one fought over, `request` would take its place, `later` would end its decision."""

    agreement: int
    request: int
    decision: int
    later: int
    client: int
    number: str
    participation: int
    offers: tuple[int, int]
    version: int
    providers: tuple[int, int]
    citizen: Actor
    admins: tuple[Actor, Actor]
    counsellor: Actor
    decider: Actor


def _make(session: Session) -> Scene:
    """An agreement that the office has written down, and that nobody means to replace."""
    return _staged(session, is_replaced=False)


def _make_replaced(session: Session) -> Scene:
    """The same, and the client has asked another provider for one in its place."""
    return _staged(session, is_replaced=True)


def _staged(session: Session, *, is_replaced: bool) -> Scene:
    """The counsellors of former scenes are gone, so that as many people are told of the same thing each time."""
    former = sa.select(RoleGrant.user_id).where(RoleGrant.role == Role.COUNSELLOR)
    session.execute(sa.update(User).where(User.id.in_(former)).values(active=False))
    made = make_choosing(session, facts=changed(ends_on=date(2027, 4, 30)))
    counsellor = actor_of(made.granting.olga)
    terms = AgreementTerms(made.client.number, FIRST, TODAY.date() + timedelta(days=60), "10")
    agreement = service.record_for_office(
        work_of(session, counsellor), made.offer.id, terms, store=make_store()
    )
    request = (
        asked(session, made, made.other, hours="10", first=NEXT, replaces=agreement.id).id
        if is_replaced
        else 0
    )
    later = decisions.begin_change(
        made.granting.work(session), made.decision.id, DecisionKind.END, date(2027, 4, 1)
    )
    decisions.save(
        made.granting.work(session),
        later.id,
        changed(starts_on=date(2027, 4, 1), grounds="Palvelu päättyy."),
    )
    decisions.propose(made.granting.work(session), later.id)
    [part] = made.client.participations
    return Scene(
        agreement=agreement.id,
        request=request,
        decision=made.decision.id,
        later=later.id,
        client=made.client.id,
        number=made.client.number,
        participation=part.id,
        offers=(made.offer.id, made.other.id),
        version=made.other.versions[-1].id,
        providers=(made.offer.provider_id, made.other.provider_id),
        citizen=actor_of(made.citizen),
        admins=(actor_of(made.admin), actor_of(made.other_admin)),
        counsellor=counsellor,
        decider=actor_of(made.granting.decider),
    )


def _own(session: Session, scene: Scene) -> Client:
    """The client's own page: the client has been read before anything is done."""
    return session.get_one(Client, scene.client)


def _ask(session: Session, scene: Scene, _hand: int) -> object:
    work, wish = (
        work_of(session, scene.citizen, now=TODAY),
        Wish(date(2027, 3, 20), {"weekday_day": Decimal(25)}, scene.version),
    )
    return service.ask(work, _own(session, scene), scene.offers[1], wish, by=AgreementParty.CLIENT)


def _record_other(session: Session, scene: Scene, _hand: int) -> object:
    work = work_of(session, scene.counsellor, now=TODAY)
    terms = AgreementTerms(scene.number, date(2027, 3, 20), None, "25")
    return service.record_for_office(work, scene.offers[1], terms, store=make_store())


def _interrupt(session: Session, scene: Scene, _hand: int) -> object:
    work = work_of(session, scene.citizen, now=TODAY)
    return register.interrupt(work, _own(session, scene), scene.participation, TODAY.date())


def _lapse(database: Database, scene: Scene, _hand: int) -> object:
    return deadlines.lapse_one(database, scene.request, NOW + timedelta(days=30))


def _leave(session: Session, scene: Scene, which: int) -> None:
    work = work_of(session, scene.admins[which], now=TODAY)
    leave_pilot(work, provider_id=scene.providers[which], pilot_key=PILOT)


def _state(session: Session, scene: Scene) -> object:
    """Every agreement of the client, what was given, both decisions, what is held of the budget, and the approvals."""
    agreements = session.scalars(
        sa.select(Agreement).where(Agreement.client_number == scene.number).order_by(Agreement.id)
    )
    given = session.scalars(sa.select(Delivery.state).where(Delivery.client_number == scene.number))
    decision = session.get_one(ServiceDecision, scene.decision)
    return (
        [(each.state, each.ends_on, each.ended_by, each.line_id is None) for each in agreements],
        sorted(given),
        (decision.state, session.get_one(ServiceDecision, scene.later).state),
        [
            (each.account.granted, each.account.reserved, each.account.used)
            for each in decision.lines[0].budgets
        ],
        reserved(decision),
        [(each.state, each.ends_on) for each in _approvals(session, scene)],
    )


def _approvals(session: Session, scene: Scene) -> list[ServiceApproval]:
    return [session.get_one(Offer, each).approval for each in scene.offers]


def _wrong(session: Session, scene: Scene) -> list[str]:
    found = [str(each) for each in proof.problems(session)]
    query = sa.select(Delivery).where(
        Delivery.client_number == scene.number, Delivery.state.in_(DELIVERY.counting)
    )
    for each in session.scalars(query):
        agreement = each.agreement
        if agreement.state not in AGREEMENT.agreed or (agreement.ends_on and each.day > agreement.ends_on):
            found.append(
                f"given on {each.day} under an agreement that is {agreement.state} until {agreement.ends_on}"
            )
    found += [
        "goes on under an approval that has ended"
        for each in session.scalars(
            sa.select(Agreement).where(
                Agreement.client_number == scene.number, Agreement.state.in_(AGREEMENT.standing)
            )
        )
        if each.offer.approval.state is ApprovalState.ENDED
    ]
    return found


_RECORD: Final = verb(
    lambda s, scene, _hand: deliveries.record(
        work_of(s, scene.admins[0], now=TODAY), scene.providers[0], scene.agreement, VISIT
    )
)
_END: Final = verb(
    lambda s, scene, _hand: service.end_for_office(
        work_of(s, scene.counsellor, now=TODAY), scene.agreement, date(2027, 1, 3)
    )
)
_ANNUL: Final = verb(
    lambda s, scene, _hand: mistakes.annul(
        work_of(s, scene.counsellor, now=TODAY), scene.agreement, "Väärä asiakas."
    )
)
_END_DECISION: Final = verb(
    lambda s, scene, _hand: decisions.make(work_of(s, scene.decider, now=TODAY), scene.later, store=store())
)

AGREED: Final = Shared(
    "agreement",
    _make,
    {
        "record a delivery": _RECORD,
        "end by the office": _END,
        "mark as a mistake": _ANNUL,
        "move its last day on": verb(
            lambda s, scene, _hand: mistakes.move_on(
                work_of(s, scene.counsellor, now=TODAY), scene.agreement, date(2027, 4, 30)
            )
        ),
        "end the decision": _END_DECISION,
        "leave by its provider": verb(lambda s, scene, _hand: _leave(s, scene, 0)),
        "leave by another provider": verb(lambda s, scene, _hand: _leave(s, scene, 1)),
        "ask for more": verb(_ask),
        "record another": verb(_record_other),
        "leave the pilot": verb(_interrupt),
    },
    {
        "record a delivery": (
            "end by the office",
            "mark as a mistake",
            "end the decision",
            "leave the pilot",
        ),
        "end the decision": (
            "move its last day on",
            "ask for more",
            "record another",
            "leave the pilot",
        ),
        "ask for more": (
            "record another",
            "leave the pilot",
        ),
        "leave by its provider": ("move its last day on", "record a delivery"),
        "leave by another provider": ("record another",),
        "leave the pilot": (
            "end by the office",
            "move its last day on",
        ),
    },
    _state,
    _wrong,
)
"""The agreement ends before the day from which the decision does."""

REPLACED: Final = Shared(
    "agreement that is replaced",
    _make_replaced,
    {
        "change to another provider": verb(
            lambda s, scene, _hand: service.accept(
                work_of(s, scene.admins[1], now=ANSWERED),
                scene.providers[1],
                scene.request,
                store=make_store(),
            )
        ),
        "let the request lapse": _lapse,
        "record a delivery": _RECORD,
        "end by the office": _END,
        "mark as a mistake": _ANNUL,
        "end the decision": _END_DECISION,
        "leave the pilot": verb(_interrupt),
        "leave by the new provider": verb(lambda s, scene, _hand: _leave(s, scene, 1)),
    },
    {
        "change to another provider": (
            "leave by the new provider",
            "record a delivery",
            "end by the office",
            "mark as a mistake",
            "end the decision",
            "leave the pilot",
        ),
        "let the request lapse": ("end the decision", "leave the pilot"),
    },
    _state,
    _wrong,
    second=frozenset({"end the decision"}),
)
"""What the request holds goes on after that day, so the decision ends only where the request has come to nothing."""
