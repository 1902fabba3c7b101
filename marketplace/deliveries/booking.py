"""What a delivery takes from the client's budget and brings the provider, in the books.

An agreement that is paid from a line of a decision holds a part of each of its budgets. A delivery may take what the
agreement still holds of the budget of its day: what is held, less what is recorded and not booked yet. When it is
confirmed it draws the reservation; when it is taken back afterwards, that is an entry of its own, and the agreement
holds it again. What is delivered under an agreement without a line is owed to the provider straight from the
organisation's funds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from marketplace.db import Database, for_change
from marketplace.deliveries import queries
from marketplace.deliveries.models import Delivery
from marketplace.duties import each_by_itself
from marketplace.i18n import helsinki_date
from marketplace.ledger import queries as books
from marketplace.ledger import service as ledger
from marketplace.ledger.models import Account
from marketplace.ledger.rules import Amount, Leg, Unit, granting
from marketplace.ledger.service import Cause, NotEnough
from marketplace.permissions import SYSTEM
from marketplace.pilots.queries import kept_definition
from marketplace.vouchers.granting.holding import (
    funds_account,
    hold_again,
    let_go_before,
    provider_account,
)
from marketplace.vouchers.granting.models import Budget
from marketplace.vouchers.models import Agreement
from marketplace.work import UnitOfWork


def budget_on(agreement: Agreement, day: date) -> Budget | None:
    """The budget of the agreement's line in which a day lies, if there is one."""
    if agreement.line is None:
        return None
    return next((each for each in agreement.line.budgets if each.first_on <= day <= each.last_on), None)


def room_in(work: UnitOfWork, agreement: Agreement, budget: Budget) -> Amount:
    """What may still be delivered under the agreement from the budget, which is locked until the transaction ends."""
    ledger.lock_accounts(work, [budget.account_id])
    about = f"agreement:{agreement.id}"
    held = books.open_reservations(work.session, about=about, budgets=[budget.account_id])
    waiting = queries.not_booked(work.session, agreement.id).get(budget.id, 0)
    return Amount(budget.account.unit, max(0, sum(each.amount.number for each in held) - waiting))


def still_to_come(session: Session, agreement: Agreement) -> Mapping[int, int]:
    """What has been delivered under an agreement and is not booked yet, by budget; for the slot
    `vouchers.still_to_come`.
    """
    return queries.not_booked(session, agreement.id)


def _source(delivery: Delivery) -> str:
    return f"delivery:{delivery.id}"


def book(work: UnitOfWork, delivery: Delivery) -> None:
    """Draw what a confirmed delivery takes, and owe the provider what it costs. Raises NotEnough."""
    accounts = _Accounts(work, delivery)
    cause = Cause(_source(delivery), f"agreement:{delivery.agreement_id}", delivery.day)
    price = Amount(Unit.CENTS, delivery.amount.cents)
    if accounts.budget is None:
        if price.number:
            ledger.grant(work, accounts.funds, accounts.owed, price, cause)
        return
    takes = Amount(accounts.budget.account.unit, delivery.takes)
    if not takes.number:  # a price of nothing: nothing is held, and nothing is owed
        return
    accounts.lock(work)
    held = books.open_reservations(work.session, about=cause.about, budgets=[accounts.budget.account_id])
    if not held:
        raise NotEnough(Amount(takes.unit, 0))
    whole = held[0].entry
    if len(held) > 1:  # an agreement that has followed another one holds what that let go of beside its own
        together = Cause(f"{cause.source}:held", cause.about, delivery.day)
        whole = hold_again(work, accounts.budget, accounts.receiver, Amount(takes.unit, 0), together)
    ledger.draw(work, whole, takes, cause, more=accounts.earned(price))


def unbook(work: UnitOfWork, delivery: Delivery) -> None:
    """Take back in the books what a delivery took that turned out to be wrong; nothing when it was never booked."""
    if books.entry_of(work.session, _source(delivery)) is None:
        return
    accounts = _Accounts(work, delivery)
    source, about = f"{_source(delivery)}:reversed", f"agreement:{delivery.agreement_id}"
    price = Amount(Unit.CENTS, delivery.amount.cents)
    if accounts.budget is None:
        ledger.take_back(work, accounts.funds, accounts.owed, price, Cause(source, about))
        return
    takes = Amount(accounts.budget.account.unit, delivery.takes)
    accounts.lock(work)
    budget = accounts.budget
    ledger.correct(
        work, budget.account, accounts.receiver, -takes, Cause(source, about), more=accounts.earned(-price)
    )
    agreement = delivery.agreement
    if budget.settled_at is None and (agreement.ends_on is None or delivery.day <= agreement.ends_on):
        cause = Cause(f"{source}:held", about, delivery.day)
        hold_again(work, budget, accounts.receiver, takes, cause)


def let_go(database: Database, *, now: datetime) -> int:
    """Let go of what agreements hold in budgets of whose days nothing can be recorded any more; of how many parts.

    What has been recorded and is not booked yet stays held until it is. What is let go of returns when the budget is
    settled. Each agreement in a transaction of its own.
    """
    today = helsinki_date(now)
    with database.read() as session:
        waiting = [
            agreement
            for agreement, version, last in queries.holding_past(session, today)
            if last < _oldest(session, version, today)
        ]

    def do(agreement_id: int) -> int:
        with database.transaction() as session:
            agreement = session.get_one(Agreement, agreement_id, with_for_update=for_change(Agreement))
            if agreement.line is None:
                return 0
            oldest = _oldest(session, agreement.offer.approval.pilot_version_id, today)
            return let_go_before(
                UnitOfWork(session, SYSTEM, now),
                agreement.line,
                f"agreement:{agreement_id}",
                oldest,
                lambda: queries.not_booked(session, agreement_id),
            )

    return sum(each_by_itself(database, "let go of a budget", waiting, do, now=now))


def _oldest(session: Session, version: int, today: date) -> date:
    """The first day of which a delivery can still be recorded."""
    rules = kept_definition(session, version, current_ceilings=True).deliveries
    return today - timedelta(days=rules.oldest_days)


class _Accounts:
    """The accounts that a delivery touches: the budget, and what it is used for (`receiver`), in the budget's unit;
    what the provider is owed and where that comes from, in cents.
    """

    def __init__(self, work: UnitOfWork, delivery: Delivery) -> None:
        organisation, provider = delivery.organisation_key, delivery.provider_id
        self.budget = delivery.budget
        self.owed = provider_account(work, provider, Unit.CENTS, organisation=organisation)
        self.funds = funds_account(
            work, delivery.agreement.offer.pilot_key, Unit.CENTS, organisation=organisation
        )
        unit = Unit.CENTS if self.budget is None else self.budget.account.unit
        self.receiver: Account = (
            self.owed
            if unit is Unit.CENTS
            else provider_account(work, provider, unit, organisation=organisation)
        )

    def lock(self, work: UnitOfWork) -> None:
        """Lock all of them, so that what is read of the budget holds."""
        wanted = [
            self.owed,
            self.funds,
            self.receiver,
            *(() if self.budget is None else (self.budget.account,)),
        ]
        ledger.lock_accounts(work, {each.id for each in wanted})

    def earned(self, price: Amount) -> tuple[Leg, ...]:
        """What the provider earns beside hours that are used; nothing of its own where cents are used."""
        if self.receiver is self.owed or not price.number:
            return ()
        return granting(self.funds.id, self.owed.id, price)
