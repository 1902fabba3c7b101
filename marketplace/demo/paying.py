"""Invented months of payments: deliveries confirmed and frozen into statements, and batches of them in every state.

One organisation pays by files for its bank, one over Stripe. What the bank says is read like any answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.deliveries import service as deliveries
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryState
from marketplace.demo.banking import account_statement, status_report
from marketplace.demo.giving import WRITTEN, given_under, person_of
from marketplace.demo.people import MAIN_ORGANISATION, staff_address
from marketplace.files.store import FileStore
from marketplace.i18n import HELSINKI, helsinki_date
from marketplace.offers.models import Offer
from marketplace.payments.batches import answering, missing, queries, sending, service
from marketplace.payments.batches.models import Batch, PaymentRow
from marketplace.payments.batches.moving import take_answers
from marketplace.payments.batches.ordering import check_order_of, order_of
from marketplace.payments.batches.rules import PaymentState, bank_day_from, digest_of
from marketplace.payments.rails.orders import PaymentAnswer, PaymentOutcome
from marketplace.payments.rails.stripe.models import StripeAccount
from marketplace.payments.statements import service as statements
from marketplace.payments.statements.models import Statement
from marketplace.payments.statements.rules import STATEMENT, StatementAction, month_before
from marketplace.permissions import SYSTEM
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import ApprovalState
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.queries import is_agreed
from marketplace.work import UnitOfWork

OVER_STRIPE: Final = "metropolia"
COMPANIES: Final = {MAIN_ORGANISATION: 8, OVER_STRIPE: 3}
"""How many companies of an organisation give something besides what is given out of budgets."""

MONTHS: Final = 3
EVERY: Final = timedelta(days=14)
"""Between two deliveries under one of these agreements."""

OBJECTION: Final = timedelta(days=15)
"""So long after a delivery nobody objects to it any more."""

FROZEN_ON: Final = 3
"""The day of the next month on which a month is frozen."""

PREPARED_AFTER: Final = timedelta(days=8)
"""How long after that the month is paid."""

_REASON: Final = "Nimi on tarkistettu yrityksen kanssa puhelimessa."


def pay(session: Session, store: FileStore, *, now: datetime) -> None:
    """Lead the last months of two organisations to payments in every state."""
    for organisation in COMPANIES:
        months = _Months(session, store, organisation, now)
        months.give()
        for month in months.months:
            months.freeze(month)
    _Months(session, store, MAIN_ORGANISATION, now).pay_by_bank()
    _Months(session, store, OVER_STRIPE, now).pay_over_stripe()


def months_of(now: datetime) -> Sequence[date]:
    """The first days of the last months, the earliest first: those that stand in every state."""
    months = [month_before(helsinki_date(now))]
    while len(months) < MONTHS:
        months.insert(0, month_before(months[0]))
    return months


class _Months:
    """The last months of an organisation, and the two people who pay for it."""

    def __init__(self, session: Session, store: FileStore, organisation: str, now: datetime) -> None:
        self._session, self._store, self._organisation, self._now = session, store, organisation, now
        self._payers = [
            session.scalars(sa.select(User).where(User.email == staff_address(name, organisation))).one()
            for name in ("payer", "payer2")
        ]
        self._answers = 0
        self.months: Sequence[date] = months_of(now)

    def _work(self, at: datetime, payer: int = 0) -> UnitOfWork:
        return UnitOfWork(self._session, actor_of(self._payers[payer]), min(at, self._now))

    def _moment(self, month: date, later: timedelta = timedelta()) -> datetime:
        """When a month is frozen, or so much later; never after now."""
        following = (month + timedelta(days=32)).replace(day=FROZEN_ON)
        return min(datetime.combine(following, time(12), HELSINKI) + later, self._now)

    # --- deliveries and statements -----------------------------------------------------------------------------------

    def give(self) -> None:
        """Record what companies have given to clients without a budget, and let time pass over all of it."""
        for agreement in self._agreements():
            provider_id = agreement.offer.provider_id
            person = actor_of(person_of(self._session, provider_id))
            for day, said in given_under(agreement, self.months[0], EVERY, self._now):
                at = min(datetime.combine(day, WRITTEN, HELSINKI), self._now)
                deliveries.record(UnitOfWork(self._session, person, at), provider_id, agreement.id, said)
        waiting = sa.select(Delivery).where(
            Delivery.organisation_key == self._organisation, Delivery.state == DeliveryState.RECORDED
        )
        for delivery in self._session.scalars(waiting.order_by(Delivery.id)).all():
            at = datetime.combine(delivery.day, WRITTEN, HELSINKI) + OBJECTION
            if at < self._now:
                deliveries.confirm(UnitOfWork(self._session, SYSTEM, at), delivery)

    def _agreements(self) -> Sequence[Agreement]:
        """One agreement of each of some companies, running through all of the months."""
        query = (
            sa.select(Agreement)
            .join(Agreement.offer)
            .join(ServiceApproval, ServiceApproval.id == Offer.approval_id)
            .where(
                Agreement.organisation_key == self._organisation,
                is_agreed(),
                Agreement.line_id.is_(None),
                Agreement.ends_on.is_(None),
                Agreement.starts_on <= self.months[0],
                ServiceApproval.state == ApprovalState.APPROVED,
                ServiceApproval.approved_on <= self.months[0],
            )
            .order_by(Agreement.id)
        )
        found: dict[int, Agreement] = {}
        for agreement in self._session.scalars(query):
            if person_of(self._session, agreement.offer.provider_id) is not None:
                found.setdefault(agreement.offer.provider_id, agreement)
        return list(found.values())[: COMPANIES[self._organisation]]

    def freeze(self, month: date) -> None:
        """Freeze a month; the companies accept their statements."""
        at = self._moment(month)
        statements.freeze(self._work(at), self._organisation, month)
        mine = sa.select(Statement).where(
            Statement.organisation_key == self._organisation, Statement.month == month
        )
        for statement in self._session.scalars(mine.order_by(Statement.number)).all():
            person = person_of(self._session, statement.provider_id)
            if STATEMENT.allows(statement.state, StatementAction.ACCEPT):
                work = UnitOfWork(self._session, actor_of(person), min(at + timedelta(days=1), self._now))
                statements.accept(work, statement.provider_id, statement.id)

    # --- by the bank -------------------------------------------------------------------------------------------------

    def pay_by_bank(self) -> None:
        """Two months are paid, one with a rejection and a payment that came back; the last one stands everywhere."""
        first, second, third = (self._moment(month, PREPARED_AFTER) for month in self.months)
        if paid := self._prepared(first, self.months[0]):
            self._booked(self._sent(paid, first), paid.payments, first)
            self._missed(
                paid.payments[0], first, "Maksu tuli tilille 2 päivää myöhemmin. Pankki vahvisti sen."
            )
        if partly := self._prepared(second, self.months[1]):
            self._said(self._sent(partly, second), "AC04", 1, second)
            self._booked(partly, partly.payments[1:], second)
            self._booked(partly, partly.payments[1:2], second, returned="AC06")
            if len(partly.payments) > 2:
                self._missed(partly.payments[2], second)
        rest = [each.id for each in queries.payable(self._session, self._organisation, third.date())]
        gone, waits = self._day(third), self._day(self._now)
        leads = (
            (self._left_refused, gone),
            (self._left_sent, gone),
            (self._left_written, waits),
            (self._left_released, waits),
            (self._left_checked, waits),
            (self._left_prepared, waits),
            (self._left_cancelled, gone),
        )
        for statement, (lead, day) in zip(rest, leads, strict=False):
            lead(service.prepare(self._work(third), self._organisation, [statement], day), third)

    def _missed(self, row: PaymentRow, at: datetime, answer: str = "") -> None:
        """A company says that a payment has not come, and a payer answers."""
        later = at + timedelta(days=10)
        person = actor_of(person_of(self._session, row.provider_id))
        work = UnitOfWork(self._session, person, min(later, self._now))
        missing.miss(work, row.provider_id, row.id, "Maksua ei näy tilillämme.")
        if answer:
            missing.answer(self._work(later), row.id, answer)

    def _left_refused(self, batch: Batch, at: datetime) -> None:
        self._said(self._sent(batch, at), "AM04", len(batch.payments), at)

    def _left_sent(self, batch: Batch, at: datetime) -> None:
        self._said(self._sent(batch, at), "", 0, at)

    def _left_written(self, batch: Batch, at: datetime) -> None:
        self._written(batch, at)

    def _left_released(self, batch: Batch, at: datetime) -> None:
        self._released(batch, at)

    def _left_checked(self, batch: Batch, at: datetime) -> None:
        self._checked(batch, at, ["RVMC"])

    def _left_prepared(self, batch: Batch, at: datetime) -> None:
        """Nothing more is done to it."""

    def _left_cancelled(self, batch: Batch, at: datetime) -> None:
        service.cancel(self._work(at), batch.id, "Väärä maksupäivä.")

    def _day(self, at: datetime) -> date:
        return bank_day_from(helsinki_date(at) + timedelta(days=3))

    def _prepared(self, at: datetime, month: date, *, waits: bool = False) -> Batch | None:
        """A batch of a month's statements, paid then or later; None where the content is too small to have any."""
        wanted = [
            each.id
            for each in queries.payable(self._session, self._organisation, helsinki_date(at))
            if each.month == month
        ]
        if not wanted:
            return None
        day = self._day(self._now if waits else at)
        return service.prepare(self._work(at), self._organisation, wanted, day)

    def _checked(self, batch: Batch, at: datetime, codes: Sequence[str] = ()) -> None:
        order = check_order_of(batch)
        told = {
            each.key: (codes[number] if number < len(codes) else "RCVC", "")
            for number, each in enumerate(order.payments)
        }
        self._read(at, f"saajat-{batch.id}.xml", status_report(order, told, number=self._next()))

    def _released(self, batch: Batch, at: datetime) -> None:
        self._checked(batch, at)
        service.release(self._work(at, 1), batch.id, digest_of(order_of(batch)), _REASON)

    def _written(self, batch: Batch, at: datetime) -> None:
        self._released(batch, at)
        sending.write(self._work(at), self._store, batch.id)

    def _sent(self, batch: Batch, at: datetime) -> Batch:
        self._written(batch, at)
        return sending.send(self._work(at), batch.id)

    def _said(self, batch: Batch, reason: str, rejected: int, at: datetime) -> None:
        """The bank takes a file; it rejects so many of its payments for a reason."""
        order = order_of(batch)
        rows = {
            each.key: ("RJCT", reason) if number < rejected else ("ACSP", "")
            for number, each in enumerate(order.payments)
        }
        self._read(at, f"palaute-{batch.id}.xml", status_report(order, rows, number=self._next()))

    def _booked(self, batch: Batch, payments: Sequence[PaymentRow], at: datetime, returned: str = "") -> None:
        """The bank's statement of the day of payment; with `returned`, what came back the day after."""
        booked = bank_day_from(batch.pay_on + timedelta(days=bool(returned)))
        day = min(booked, helsinki_date(self._now))
        rows = [(row.key, row.amount) for row in payments]
        if not rows:
            return
        content = account_statement(batch.payer["iban"], rows, on=day, returned=returned, number=self._next())
        kind = "palautus" if returned else "tiliote"
        self._read(at + timedelta(days=4), f"{kind}-{batch.id}.xml", content)

    def _read(self, at: datetime, name: str, content: bytes) -> None:
        answering.read(self._work(at), self._store, self._organisation, name, content)

    def _next(self) -> int:
        self._answers += 1
        return self._answers

    # --- over Stripe -------------------------------------------------------------------------------------------------

    def pay_over_stripe(self) -> None:
        """The first month is paid out, the second is at Stripe, the third is released."""
        providers = sa.select(Statement.provider_id).where(Statement.organisation_key == self._organisation)
        for provider_id in sorted(set(self._session.scalars(providers))):
            self._session.add(
                StripeAccount(
                    provider_id=provider_id,
                    account=f"acct_demo{provider_id}",
                    takes_transfers=True,
                    pays_out=True,
                    created_at=self._moment(self.months[0]),
                    checked_at=self._now,
                )
            )
        self._session.flush()
        outcomes = (
            (PaymentOutcome.TRANSFERRED, PaymentOutcome.PAID),
            (PaymentOutcome.TRANSFERRED,),
            None,
        )
        for month, told in zip(self.months, outcomes, strict=True):
            at = self._moment(month, PREPARED_AFTER)
            batch = self._prepared(at, month, waits=told is None)
            if batch is None:
                continue
            service.release(self._work(at, 1), batch.id, digest_of(order_of(batch)), "")
            if told is None:
                continue
            sending.send(self._work(at), batch.id)
            for outcome in told:
                self._told(batch, outcome, at)

    def _told(self, batch: Batch, outcome: PaymentOutcome, at: datetime) -> None:
        """What Stripe has told of every payment of a batch."""
        rows = [row for row in batch.payments if row.state != PaymentState.LEFT_OUT]
        answers = [
            PaymentAnswer(row.key, outcome, batch.pay_on, row.amount, receipt=f"tr_demo{row.id}")
            for row in rows
        ]
        take_answers(UnitOfWork(self._session, SYSTEM, min(at, self._now)), batch, answers)
