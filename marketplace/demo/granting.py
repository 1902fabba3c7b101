"""Invented decisions on services, in every state, with the budgets that the made ones open and what agreements hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import RoleGrant, User
from marketplace.accounts.service import actor_of
from marketplace.clients.models import Client, Participation
from marketplace.demo.people import MAIN_ORGANISATION, PROVIDER_ACCOUNTS, staff_address
from marketplace.files.store import FileStore
from marketplace.i18n import HELSINKI, helsinki_date
from marketplace.ledger.rules import Amount, Unit
from marketplace.money import Money
from marketplace.offers.models import Offer
from marketplace.offers.pricing.rules import HOUR
from marketplace.offers.rules import version_in_force
from marketplace.pilots.definition import PilotService
from marketplace.pilots.queries import current_definition
from marketplace.providers.models import Provider
from marketplace.vouchers.choosing import choices
from marketplace.vouchers.granting import service
from marketplace.vouchers.granting.models import DecisionLine, ServiceDecision
from marketplace.vouchers.granting.rules import (
    Carry,
    Consumer,
    DecisionKind,
    DecisionState,
    Every,
    Facts,
    FeeGround,
    LineFacts,
    add_months,
    as_typed,
)
from marketplace.vouchers.queries import of_client as agreements_of
from marketplace.vouchers.rules import AgreementTerms
from marketplace.vouchers.service import record_agreement
from marketplace.work import UnitOfWork

BEFORE: Final = 3
"""How many months ago the decisions that are made took effect."""

AHEAD: Final = timedelta(days=20)
"""How long before its first day a decision is made."""

COURSES: Final = (
    DecisionState.MADE,
    DecisionState.PROPOSED,
    DecisionState.DRAFT,
    DecisionState.REPLACED,
    DecisionState.MADE,
    DecisionState.DISCARDED,
    DecisionState.MADE,
)
"""How far the decisions of the first clients have come, one each. The first is that of the demo's own account."""

OWN_SERVICES: Final = ("carer_leave_home", "day_activity", "transport")
"""The services that the client with the demo's own account is granted."""

WEEKDAY_HOURS: Final = frozenset({"weekday_day", "weekday_evening"})
"""The bands in which the demo's visits are mostly given."""

MONTHLY_SHARE: Final = 75
"""How much of a month, in per cent, the agreements of other clients hold."""


@dataclass(frozen=True, slots=True)
class DemoOffice:
    """Who writes and who decides, at which moment."""

    session: Session
    store: FileStore
    counsellor: User
    decider: User
    then: datetime
    now: datetime

    def writes(self) -> UnitOfWork:
        """What the counsellor does."""
        return UnitOfWork(self.session, actor_of(self.counsellor), self.then)

    def decides(self) -> UnitOfWork:
        """What the decider does."""
        return UnitOfWork(self.session, actor_of(self.decider), self.then)


def grant(session: Session, store: FileStore, *, now: datetime) -> None:
    """Write the decisions of the main organisation's first clients; nothing where it has none."""
    people = {
        name: session.scalar(sa.select(User).where(User.email == staff_address(name, MAIN_ORGANISATION)))
        for name in ("counsellor", "decider")
    }
    counsellor, decider = people["counsellor"], people["decider"]
    if counsellor is None or decider is None:
        return
    begins = add_months(helsinki_date(now).replace(day=1), -BEFORE)
    office = DemoOffice(session, store, counsellor, decider, noon(begins - AHEAD), now)
    for number, (client, part) in enumerate(_clients(session, begins)):
        decision = _write(office, client, part, begins, number)
        if COURSES[number] is DecisionState.MADE:
            _agree(replace(office, then=now), client, decision)


def noon(day: date) -> datetime:
    """Noon of a day in Finland."""
    return datetime.combine(day, time(12), HELSINKI)


def _clients(session: Session, begins: date) -> Sequence[tuple[Client, Participation]]:
    """The first clients who took part on a day, each with the pilot."""
    rows = session.execute(
        sa.select(Client, Participation)
        .join(Participation, Participation.client_id == Client.id)
        .where(
            Client.organisation_key == MAIN_ORGANISATION,
            Client.counsellor_id.is_not(None),
            Participation.joined_on <= begins,
            Participation.ended_on.is_(None),
        )
        .order_by(Client.id, Participation.id)
    )
    first: dict[int, tuple[Client, Participation]] = {}
    for client, part in rows:
        first.setdefault(client.id, (client, part))
    return list(first.values())[: len(COURSES)]


def _write(
    office: DemoOffice, client: Client, part: Participation, begins: date, number: int
) -> ServiceDecision:
    supported = number % 2 == 1
    facts = Facts(
        pilot_key=part.pilot_key,
        starts_on=begins,
        ends_on=add_months(begins, 12) - timedelta(days=1),
        applied_on=begins - timedelta(days=40),
        voucher_accepted_on=begins - timedelta(days=30),
        consumer=Consumer.WITH_SUPPORT if supported else Consumer.ALONE,
        supporter=_word(client, "sisar", "en syster") if supported else "",
        grounds=_word(
            client,
            "Tarvitset apua arjessasi, ja olet itse suunnitellut, miten palvelu sopii sinulle.",
            "Du behöver stöd i vardagen och har själv planerat hur tjänsten passar dig.",
        ),
    )
    decision = service.begin(office.writes(), client.id, facts)
    lines = _own_lines if client.user_id is not None else _lines
    for line in lines(office.session, part.pilot_key, number):
        service.add_line(office.writes(), decision.id, line)
    course = COURSES[number]
    if course is DecisionState.DISCARDED:
        service.discard(office.writes(), decision.id)
    if course in (DecisionState.PROPOSED, DecisionState.MADE, DecisionState.REPLACED):
        service.propose(office.writes(), decision.id)
    if course in (DecisionState.MADE, DecisionState.REPLACED):
        _make(office, decision)
    if course is DecisionState.REPLACED:
        _change(office, decision, add_months(begins, BEFORE + 1))
    return decision


def _make(office: DemoOffice, decision: ServiceDecision) -> None:
    service.make(office.decides(), decision.id, store=office.store)
    service.post_letter(office.writes(), decision.id, helsinki_date(office.then))


def _change(office: DemoOffice, before: ServiceDecision, day: date) -> None:
    """A later decision with half as much again, made now."""
    later = replace(office, then=office.now)
    after = service.begin_change(later.writes(), before.id, DecisionKind.CHANGE, day)
    for line in before.lines:
        more = Amount(line.unit, line.amount * 3 // 2)
        service.add_line(later.writes(), after.id, replace(line.facts, amount=more))
    for copied in list(after.lines)[: len(before.lines)]:
        service.drop_line(later.writes(), after.id, copied.id)
    service.save(later.writes(), after.id, replace(before.facts, starts_on=day, applied_on=None))
    service.propose(later.writes(), after.id)
    service.make(later.decides(), after.id, store=office.store)


def _agree(office: DemoOffice, client: Client, decision: ServiceDecision) -> None:
    """An agreement for each line, with the company of the demo's account where it sells the service."""
    for line in decision.lines:
        offer = _offer(office, client, decision, line.service_key)
        if offer is not None:
            terms = AgreementTerms(client.number, decision.starts_on, monthly=as_typed(_monthly(line)))
            record_agreement(office.writes(), offer.id, terms)


def _offer(office: DemoOffice, client: Client, decision: ServiceDecision, service_key: str) -> Offer | None:
    """An offer that clients see and that began before the decision, of the client's municipality where there is one."""
    session, organisation = office.session, client.organisation_key
    held = {each.offer_id for each in agreements_of(session, organisation, client.number)}
    own = session.scalars(
        sa.select(Provider).join(RoleGrant).join(User).where(User.email == PROVIDER_ACCOUNTS[0])
    ).one()
    day = decision.starts_on
    for words in (own.official_name, ""):
        found = choices(
            session, organisation, words=words, service=service_key, today=helsinki_date(office.now)
        )
        fitting = [
            each
            for each in found.rows
            if each.proven
            and each.offer.pilot_key == decision.pilot_key
            and each.offer.id not in held
            and each.offer.approval.approved_on <= day
            and version_in_force(each.offer.versions, day) is not None
        ]
        if fitting:
            return min(
                fitting,
                key=lambda each: (client.municipality not in each.version.municipalities, each.offer.id),
            ).offer
    return None


def _monthly(line: DecisionLine) -> Amount:
    """What the agreement holds of the line each month: its share, in whole hours or in tens of euros."""
    months = 1 if line.every is Every.MONTH else 12
    whole = 60 if line.unit is Unit.MINUTES else 10_00
    return Amount(line.unit, max(line.amount * MONTHLY_SHARE // 100 // months // whole, 1) * whole)


def _own_lines(session: Session, pilot_key: str, _number: int) -> list[LineFacts]:
    """What the client with the demo's own account is granted: hours and euros, by the month and for the whole time."""
    pilot = current_definition(session, pilot_key)
    hourly, daily, journeys = (pilot.service(key) for key in OWN_SERVICES)
    return [
        LineFacts(
            hourly.key,
            Amount(Unit.MINUTES, 24 * 60),
            carry=Carry.NEXT_MONTH,
            unit_value=_below_the_price(hourly),
            fee_ground=FeeGround.FIXED_FEE,
        ),
        LineFacts(daily.key, Amount(Unit.CENTS, 640_00)),
        LineFacts(
            journeys.key,
            Amount(Unit.CENTS, 1_200_00),
            every=Every.PERIOD,
            fee_ground=FeeGround.FREE_BY_DECISION,
        ),
    ]


def _lines(session: Session, pilot_key: str, number: int) -> list[LineFacts]:
    """One or two lines: hours where the pilot grants hours, otherwise euros."""
    pilot = current_definition(session, pilot_key)
    hourly = [each for each in pilot.services if HOUR in each.units]
    found: list[LineFacts] = []
    if hourly and "hours" in pilot.budget_kinds:
        found.append(
            LineFacts(
                hourly[0].key,
                Amount(Unit.MINUTES, (20 + 5 * number) * 60),
                carry=(Carry.NONE, Carry.NEXT_MONTH, Carry.PERIOD)[number % 3],
                unit_value=_dearest_hour(hourly[0]),
            )
        )
    others = [each for each in pilot.services if each not in hourly[:1]]
    if others and "euros" in pilot.budget_kinds:
        found.append(
            LineFacts(
                others[0].key,
                Amount(Unit.CENTS, 600_00 + 50_00 * number),
                every=Every.PERIOD if number == 2 else Every.MONTH,
                fee_ground=FeeGround.FREE_BY_DECISION if number % 2 else FeeGround.FREE_BY_LAW,
            )
        )
    return found


def _dearest_hour(service: PilotService) -> Money:
    """The highest price of an hour in the pilot: with it as its value, a service that is free by law can be had."""
    return Money(max(row.ceiling.cents for row in service.bands if row.unit == HOUR))


def _below_the_price(service: PilotService) -> Money:
    """Three quarters of the ceiling of the dearest weekday hour, in whole euros: demo prices begin at four fifths, so a
    part of what a visit costs is the client's own share.
    """
    dearest = max(
        row.ceiling.cents for row in service.bands if row.unit == HOUR and row.band in WEEKDAY_HOURS
    )
    return Money(dearest * 3 // 400 * 100)


def _word(client: Client, finnish: str, swedish: str) -> str:
    return swedish if client.language == "sv" else finnish
