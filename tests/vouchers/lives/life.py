"""A client's life with budgets, step by step: what people do on their pages, what the worker does as days go by, and
what must hold after every step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.budgets.balance import balance_of
from marketplace.budgets.summaries import service as summaries
from marketplace.clients import service as register
from marketplace.clients.models import Client, Participation
from marketplace.db import Database
from marketplace.deliveries import booking
from marketplace.deliveries import queries as given
from marketplace.deliveries import service as deliveries
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DELIVERY, DeliveryAction, DeliveryState
from marketplace.duties import DutyFault
from marketplace.ledger import proof
from marketplace.ledger import queries as books
from marketplace.ledger import service as ledger
from marketplace.ledger.models import Account, Posting
from marketplace.ledger.rules import AccountKind, Amount, Unit
from marketplace.payments.batches import queries as payments
from marketplace.payments.batches import reconciling
from marketplace.payments.batches import service as batches
from marketplace.payments.batches.models import Batch, PaymentRow
from marketplace.payments.batches.rules import PaymentState, bank_day_from
from marketplace.payments.statements import freezing
from marketplace.payments.statements import service as statements
from marketplace.payments.statements.models import Statement
from marketplace.payments.statements.rules import StatementState
from marketplace.vouchers.agreeing import deadlines
from marketplace.vouchers.agreeing import service as agreeing
from marketplace.vouchers.agreeing.rules import Wish
from marketplace.vouchers.granting import service as granting
from marketplace.vouchers.granting.holding import Hold
from marketplace.vouchers.granting.models import Budget, DecisionLine, ServiceDecision
from marketplace.vouchers.granting.rules import DecisionKind, LineFacts, add_months, returns_on
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AGREEMENT, AgreementAction, AgreementParty, AgreementState
from marketplace.work import UnitOfWork
from tests.deliveries.scenes import visit
from tests.factories import NOW
from tests.payments.batches.scenes import ORGANISATION, Cast, bank_statement, make_cast
from tests.payments.orders import finnish_iban
from tests.vouchers.agreeing.conftest import Choosing, make_choosing, make_store
from tests.vouchers.granting.conftest import changed

WORDS: Final = "Näin sovittiin."
FACTS: Final = changed(ends_on=date(2027, 3, 31))
LONGEST_WAIT: Final = 25
"""Days that pass at a time; a budget that is over is settled within a month of its return."""

SAID: Final = {
    "confirm": DeliveryAction.CONFIRM,
    "dispute": DeliveryAction.DISPUTE,
    "uphold": DeliveryAction.UPHOLD,
    "turn_down": DeliveryAction.REJECT,
    "reverse": DeliveryAction.REVERSE,
    "withdraw": DeliveryAction.WITHDRAW,
}


@dataclass
class Inside:
    """The database of the worker's duties inside the test's transaction: each of theirs is a savepoint."""

    session: Session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A transaction of a duty."""
        with self.session.begin_nested():
            yield self.session

    read = transaction


@dataclass
class Life:
    """A client, two providers, the office and two payers; `now` only goes on."""

    session: Session
    scene: Choosing
    cast: Cast
    now: datetime = NOW
    faults: list[str] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The day it is."""
        return self.now.date()

    def work(self, who: User) -> UnitOfWork:
        """What somebody does now."""
        return UnitOfWork(self.session, actor_of(who), self.now)

    @property
    def client(self) -> Client:
        """The client."""
        return self.session.get_one(Client, self.scene.client.id)

    # --- what is found ---------------------------------------------------------------------------------------------

    def agreements(self, *states: AgreementState) -> list[Agreement]:
        """The client's agreements, those in the states when some are named."""
        found = self.session.scalars(
            sa.select(Agreement)
            .where(Agreement.client_number == self.client.number)
            .order_by(Agreement.id)
            .execution_options(populate_existing=True)
        )
        return [each for each in found if not states or each.state in states]

    def budgets(self) -> list[Budget]:
        """Every budget of the client."""
        return list(
            self.session.scalars(
                sa.select(Budget)
                .join(Budget.line)
                .join(DecisionLine.decision)
                .where(ServiceDecision.client_id == self.client.id)
                .order_by(Budget.id)
                .execution_options(populate_existing=True)
            )
        )

    def given(self, *states: DeliveryState) -> list[Delivery]:
        """What has been recorded."""
        found = self.session.scalars(
            sa.select(Delivery)
            .where(Delivery.client_number == self.client.number)
            .order_by(Delivery.id)
            .execution_options(populate_existing=True)
        )
        return [each for each in found if not states or each.state in states]

    # --- what is done ----------------------------------------------------------------------------------------------

    def ask(self, pick: int, hours: int, lead: int, *, replace: bool, helps: bool) -> None:
        """The client, or the helper, asks one of the two providers for hours a month from a day on."""
        offer = (self.scene.offer, self.scene.other)[pick % 2]
        standing = self.agreements(*AGREEMENT.standing)
        old = standing[pick % len(standing)].id if replace and standing else None
        first = max(self.today + timedelta(days=lead), FACTS.starts_on)
        wish = Wish(first, {"weekday_day": Decimal(hours)}, offer.versions[-1].id, old)
        person, by = (
            (self.scene.helper, AgreementParty.HELPER)
            if helps
            else (self.scene.citizen, AgreementParty.CLIENT)
        )
        agreeing.ask(self.work(person), self.client, offer.id, wish, by=by)

    def answer(self, pick: int, how: AgreementAction) -> None:
        """A request is accepted or declined by its provider, or taken back by the client."""
        waiting = self.agreements(AgreementState.REQUESTED)
        if not waiting:
            return
        request = waiting[pick % len(waiting)]
        admin = self.scene.admin if request.offer_id == self.scene.offer.id else self.scene.other_admin
        provider = request.offer.provider_id
        if how is AgreementAction.ACCEPT:
            agreeing.accept(self.work(admin), provider, request.id, store=make_store())
        elif how is AgreementAction.DECLINE:
            agreeing.decline(self.work(admin), provider, request.id, WORDS)
        else:
            agreeing.withdraw(self.work(self.scene.citizen), request)

    def end(self, pick: int, by: AgreementParty, days: int, *, at_once: bool) -> None:
        """Either side, or the counsellor, ends an agreement: with notice, or at once."""
        standing = self.agreements(*AGREEMENT.standing)
        if not standing:
            return
        one = standing[pick % len(standing)]
        last = self.today + timedelta(days=days)
        if by is AgreementParty.OFFICE:
            agreeing.end_for_office(self.work(self.scene.granting.olga), one.id, last)
            return
        admin = self.scene.admin if one.offer_id == self.scene.offer.id else self.scene.other_admin
        work = self.work(admin if by is AgreementParty.PROVIDER else self.scene.citizen)
        if at_once:
            agreeing.stop(work, one, WORDS, by=by)
        else:
            agreeing.give_notice(work, one, last, by=by)

    def decide_anew(self, months: int, percent: int) -> None:
        """The decision is changed from the first day of a month on, or ended when nothing is to be granted."""
        made = self.session.scalars(
            sa.select(ServiceDecision)
            .where(ServiceDecision.client_id == self.client.id)
            .order_by(ServiceDecision.id.desc())
        ).first()
        assert made is not None
        olga = self.work(self.scene.granting.olga)
        kind = DecisionKind.CHANGE if percent else DecisionKind.END
        day = add_months(self.today.replace(day=1), months)
        new = granting.begin_change(olga, made.id, kind, day)
        granting.save(olga, new.id, changed(starts_on=day, ends_on=made.ends_on))
        for line in list(new.lines):
            granting.drop_line(olga, new.id, line.id)
            number = max(1, line.amount * percent // 100)
            facts: LineFacts = line.facts
            granting.add_line(
                olga, new.id, LineFacts(**(vars_of(facts) | {"amount": Amount(line.unit, number)}))
            )
        granting.propose(olga, new.id)
        granting.make(self.work(self.scene.granting.decider), new.id, store=make_store())

    def record(self, pick: int, minutes: int, hour: int, back: int) -> None:
        """A provider records a visit of a day of late."""
        agreed = self.agreements(*AGREEMENT.agreed)
        if not agreed:
            return
        one = agreed[pick % len(agreed)]
        admin = self.scene.admin if one.offer_id == self.scene.offer.id else self.scene.other_admin
        start = datetime.combine(self.today - timedelta(days=back), time(hour), UTC)
        deliveries.record(
            self.work(admin), one.offer.provider_id, one.id, visit(start, minutes, activity="Apua kotona")
        )

    def say(self, pick: int, what: str) -> None:
        """The client, the office or the provider says something of a delivery."""
        action = SAID[what]
        found = [each for each in self.given() if DELIVERY.allows(each.state, action)]
        if not found:
            return
        one = found[pick % len(found)]
        office, citizen = self.work(self.scene.granting.olga), self.work(self.scene.citizen)
        admin = (
            self.scene.admin if one.provider_id == self.scene.offer.provider_id else self.scene.other_admin
        )
        match what:
            case "confirm":
                deliveries.confirm(citizen, one)
            case "dispute":
                deliveries.dispute(citizen, one, WORDS, owner_id=office.person_id)
            case "reverse":
                deliveries.reverse(office, one, WORDS)
            case "withdraw":
                deliveries.withdraw(self.work(admin), one.provider_id, one.id)
            case _:
                deliveries.decide(office, one, upheld=what == "uphold", reason=WORDS)

    def leave(self, days: int) -> None:
        """The client stops taking part."""
        part = self.session.scalars(
            sa.select(Participation).where(Participation.client_id == self.client.id)
        ).one()
        register.interrupt(
            self.work(self.scene.citizen), self.client, part.id, self.today + timedelta(days=days)
        )

    def pay(self) -> None:
        """The providers accept their statements, and everything that can be paid is paid."""
        for statement in self.session.scalars(
            sa.select(Statement).where(Statement.state == StatementState.FROZEN)
        ).all():
            admin = (
                self.scene.admin
                if statement.provider_id == self.scene.offer.provider_id
                else self.scene.other_admin
            )
            if statement.objection_until >= self.today:
                statements.accept(self.work(admin), statement.provider_id, statement.id)
        wanted = [each.id for each in payments.payable(self.session, ORGANISATION, self.today)]
        if not wanted:
            return
        cast = Living(self, self.cast)
        batch = batches.prepare(cast.work(), ORGANISATION, wanted, bank_day_from(self.today))
        cast.pay(cast.sent(batch))

    def wait(self, days: int, stride: int = 1) -> None:
        """Days go by, so many at a time, and the worker does what it does."""
        database = cast_database(Inside(self.session))
        for _night in range(0, days, stride):
            self.now += timedelta(days=stride)
            ledger.let_run_out(database, now=self.now)
            booking.let_go(database, now=self.now)
            granting.settle(database, now=self.now)
            deadlines.remind(database, now=self.now)
            deadlines.lapse(database, now=self.now)
            summaries.write_summaries(database, now=self.now)
            deliveries.lapse(database, self.now)
            freezing.freeze_due(database, now=self.now)

    def finish(self) -> None:
        """Whatever is under way comes to its end: what is recorded is confirmed, all is settled, stated and paid."""
        for one in self.given(DeliveryState.RECORDED):
            deliveries.confirm(self.work(self.scene.citizen), one)
        for one in self.given(DeliveryState.DISPUTED):
            deliveries.decide(self.work(self.scene.granting.olga), one, upheld=True, reason=WORDS)
        for request in self.agreements(AgreementState.REQUESTED):
            agreeing.withdraw(self.work(self.scene.citizen), request)
        over = returns_on(max(each.last_on for each in self.budgets())) + timedelta(days=40)
        while self.today < over:
            self.wait(30, stride=6)
            self.pay()

    # --- what must hold --------------------------------------------------------------------------------------------

    def wrong(self) -> Iterator[str]:
        """Everything that does not hold now, in words."""
        self.session.flush()
        yield from proof.problems(self.session)
        for fault in self.session.scalars(sa.select(DutyFault)):
            yield f"the worker could not {fault.duty} ({fault.thing}): {fault.fault}"
        yield from self._wrong_budgets()
        yield from self._wrong_balance()
        yield from self._wrong_agreements()
        yield from self._wrong_providers()
        yield from reconciling.disagreements(self.session, ORGANISATION)

    def _wrong_budgets(self) -> Iterator[str]:
        used = Counter[int]()
        for one in self.given(DeliveryState.CONFIRMED):
            if one.budget_id is not None:
                used[one.budget_id] += one.takes
        for budget in self.budgets():
            sums = budget.account.sums
            name = f"budget {budget.id} of {budget.first_on:%Y-%m}"
            if min(sums.granted, sums.reserved, sums.used, sums.left) < 0:
                yield f"{name} holds {sums}"
            held = books.open_reservations(self.session, budgets=[budget.account_id])
            if sums.reserved != sum(each.amount.number for each in held):
                yield f"{name} has {sums.reserved} reserved, and {held} are open"
            if sums.used != used[budget.id]:
                yield f"{name} has {sums.used} used, and {used[budget.id]} was confirmed"

    def _wrong_balance(self) -> Iterator[str]:
        """Where a page of the balance says anything else than the postings and the deliveries, added up one by one."""
        pages = [
            balance_of(self.session, self.client, self.today, year=year)
            for year in range(NOW.year, self.today.year + 2)
        ]
        said = {
            (line.id, row.period.first): (row.granted, row.reserved, row.used, row.left, row.disputed)
            for page in pages
            for decision in page.decisions
            for line in decision.lines
            for row in line.rows
        }
        for budget in self.budgets():
            found = Counter[str]()
            for posting in self.session.scalars(
                sa.select(Posting).where(Posting.account_id == budget.account_id)
            ):
                found[posting.flow] += (
                    -posting.amount if posting.flow in ("reserved", "used") else posting.amount
                )
            disputed = sum(
                each.takes for each in self.given(DeliveryState.DISPUTED) if each.budget_id == budget.id
            )
            unit = budget.account.unit
            wanted = (
                *(_shown(unit, found[each]) for each in ("granted", "reserved", "used")),
                _shown(unit, found["granted"] - found["reserved"] - found["used"]),
                _shown(unit, disputed) if disputed else "",
            )
            there = said.pop((budget.line_id, budget.first_on), None)
            if there is None and any(found.values()):
                yield f"budget {budget.id} of {budget.first_on:%Y-%m} is on no page and holds {found}"
            if there not in (None, wanted):
                yield f"budget {budget.id} is shown as {there}, and it is {wanted}"
        if said:
            yield f"pages show budgets that there are not: {said}"

    def _wrong_agreements(self) -> Iterator[str]:
        budgets = {each.account_id: each for each in self.budgets()}
        drawn = Counter[tuple[int, int]]()
        for one in self.given(DeliveryState.CONFIRMED):
            drawn[one.agreement_id, one.budget_id or 0] += one.takes
        for agreement in self.agreements():
            held = Counter[int]()
            for each in books.open_reservations(self.session, about=f"agreement:{agreement.id}"):
                held[budgets[each.budget_id].id] += each.amount.number
            waiting = given.not_booked(self.session, agreement.id)
            for budget in budgets.values():
                name = f"agreement {agreement.id} ({agreement.state}) in budget {budget.id}"
                holds, to_come = held[budget.id], waiting.get(budget.id, 0)
                if holds < to_come:
                    yield f"{name} holds {holds}, and {to_come} was recorded and is to be booked"
                assert agreement.line is not None and agreement.monthly is not None  # noqa: PT018
                widest = Hold(
                    agreement.id,
                    agreement.offer.provider_id,
                    Amount(agreement.line.unit, agreement.monthly),
                    agreement.starts_on,
                    None,
                ).share(budget)
                if budget.line_id == agreement.line_id and holds + drawn[agreement.id, budget.id] > widest:
                    yield f"{name} takes {holds} and {drawn[agreement.id, budget.id]}, more than {widest}"
                if agreement.state not in AGREEMENT.taking and holds > to_come:
                    yield f"{name} still holds {holds}"
                if agreement.ends_on is not None and budget.first_on > agreement.ends_on and holds > to_come:
                    yield f"{name} ends before it and holds {holds}"

    def _wrong_providers(self) -> Iterator[str]:
        owed, paid = Counter[int](), Counter[int]()
        for one in self.given(DeliveryState.CONFIRMED):
            owed[one.provider_id] += one.amount.cents
        for row in self.session.scalars(sa.select(PaymentRow).where(PaymentRow.state == PaymentState.PAID)):
            paid[row.provider_id] += row.amount.cents
        for offer in (self.scene.offer, self.scene.other):
            key = f"provider:{offer.provider_id}:{ORGANISATION}:{Unit.CENTS}"
            account = self.session.scalars(
                sa.select(Account).where(Account.key == key).execution_options(populate_existing=True)
            ).one_or_none()
            kept = (0, 0) if account is None else (account.granted, account.used)
            if kept != (owed[offer.provider_id], paid[offer.provider_id]):
                yield f"provider {offer.provider_id}: the books say {kept}, delivered and paid were " + str(
                    (owed[offer.provider_id], paid[offer.provider_id])
                )

    def unfinished(self) -> Iterator[str]:
        """What is not over when everything should be, in words."""
        yield from self.wrong()
        for budget in self.budgets():
            sums = budget.account.sums
            if sums.reserved or sums.left:
                yield f"budget {budget.id} of {budget.first_on:%Y-%m} still holds {sums}"
        granted = Counter[Unit]()
        for budget in self.budgets():
            granted[budget.account.unit] += budget.account.sums.granted
        earned = sum(one.amount.cents for one in self.given(DeliveryState.CONFIRMED))
        cents = granted[Unit.CENTS] or earned
        for unit, number in ((Unit.CENTS, cents), (Unit.MINUTES, granted[Unit.MINUTES])):
            funds = self.session.scalars(
                sa.select(sa.func.sum(Account.used)).where(
                    Account.kind == AccountKind.FUNDS, Account.unit == unit
                )
            ).one()
            if (funds or 0) != number:
                yield f"{funds} {unit} came from the funds, {number} were used"
        carried = [each for each in self.session.scalars(sa.select(Statement)) if each.sums.left_over]
        paid = sum(
            row.amount.cents
            for row in self.session.scalars(
                sa.select(PaymentRow).where(PaymentRow.state == PaymentState.PAID)
            )
        )
        if not carried and paid != earned:
            yield f"{paid} cents were paid of {earned}"


@dataclass
class Living(Cast):
    """The payers at the time of a life."""

    def __init__(self, life: Life, cast: Cast) -> None:
        super().__init__(cast.session, cast.store, cast.payer, cast.other, statements=[])
        self._life = life

    def work(self, who: User | None = None) -> UnitOfWork:
        """What somebody does at that time."""
        return self._life.work(who or self.payer)

    def pay(self, batch: Batch, *rows: PaymentRow) -> Any:
        """The bank's statement of the day."""
        paid = rows or list(batch.payments)
        return self.read(bank_statement([(row.key, -row.amount.cents) for row in paid], on=self._life.today))


def _shown(unit: Unit, number: int) -> str:
    """An amount as a page shows it, written here once more."""
    if unit is Unit.CENTS:
        whole = f"{number // 100:,}".replace(",", " ")
        return f"{whole},{number % 100:02d} €"
    return f"{number / 60:.2f}".rstrip("0").rstrip(".").replace(".", ",") + " h"


def vars_of(facts: LineFacts) -> dict[str, Any]:
    """The fields of a line."""
    return {name: getattr(facts, name) for name in facts.__dataclass_fields__}


def cast_database(inside: Inside) -> Database:
    """The stand-in as the database that the duties ask for: they only open transactions and read."""
    return cast(Database, inside)


def begin(session: Session, line: LineFacts, folder: Any) -> Life:
    """A life that begins with a decision of one line."""
    scene = make_choosing(session, facts=FACTS, lines=(line,))
    for offer in (scene.offer, scene.other):
        offer.provider.iban = finnish_iban(offer.provider_id)
    return Life(session, scene, make_cast(session, folder, owed=0))
