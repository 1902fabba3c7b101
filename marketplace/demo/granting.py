"""Invented decisions on services, in every state, with the budgets that the made ones open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.clients.models import Client, Participation
from marketplace.demo.people import MAIN_ORGANISATION, staff_address
from marketplace.files.store import FileStore
from marketplace.i18n import helsinki_date
from marketplace.ledger.rules import Amount, Unit
from marketplace.money import Money
from marketplace.pilots.queries import current_definition
from marketplace.vouchers.granting import service
from marketplace.vouchers.granting.models import ServiceDecision
from marketplace.vouchers.granting.rules import (
    HOUR,
    Carry,
    Consumer,
    DecisionKind,
    DecisionState,
    Every,
    Facts,
    FeeGround,
    LineFacts,
    add_months,
)
from marketplace.work import UnitOfWork

BEFORE: Final = 2
"""How many months ago the decisions that are made took effect."""

COURSES: Final = (
    DecisionState.MADE,
    DecisionState.PROPOSED,
    DecisionState.DRAFT,
    DecisionState.REPLACED,
    DecisionState.MADE,
    DecisionState.DISCARDED,
    DecisionState.MADE,
)
"""How far the decisions of the first clients have come, one each."""


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
    office = DemoOffice(session, store, counsellor, decider, now - timedelta(days=75), now)
    for number, (client, part) in enumerate(_clients(session, begins)):
        _write(office, client, part, begins, number)


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


def _write(office: DemoOffice, client: Client, part: Participation, begins: date, number: int) -> None:
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
    for line in _lines(office.session, part.pilot_key, number):
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


def _lines(session: Session, pilot_key: str, number: int) -> list[LineFacts]:
    """One or two lines: hours where the pilot grants hours, otherwise euros."""
    pilot = current_definition(session, pilot_key)
    hourly = [each for each in pilot.services if HOUR in each.units]
    found: list[LineFacts] = []
    if hourly and "hours" in pilot.budget_kinds:
        ceiling = next(row.ceiling for row in hourly[0].bands if row.unit == HOUR)
        found.append(
            LineFacts(
                hourly[0].key,
                Amount(Unit.MINUTES, (20 + 5 * number) * 60),
                carry=(Carry.NONE, Carry.NEXT_MONTH, Carry.PERIOD)[number % 3],
                unit_value=Money(ceiling.cents),
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


def _word(client: Client, finnish: str, swedish: str) -> str:
    return swedish if client.language == "sv" else finnish
