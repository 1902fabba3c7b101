"""What a payer asks Stripe for beside paying: to fill the balance that transfers are taken from, and to take one back.

That it is asked for is committed before Stripe hears of it. What has come of it, Stripe tells: the balance, or its call
about the transfer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.db import Database
from marketplace.errors import Conflict
from marketplace.i18n import _l
from marketplace.money import Money
from marketplace.payments.batches import missing, queries
from marketplace.payments.batches.audit_actions import PaymentAudit, StripeBalanceAudit
from marketplace.payments.batches.models import Batch, PaymentRow
from marketplace.payments.batches.rules import PaymentState
from marketplace.payments.rails.stripe.gateway import Gateway, GatewayRefusal, Mismatch, NoAnswer
from marketplace.payments.rails.stripe.sending import StripeRail
from marketplace.permissions import Permission
from marketplace.pilots import vocabulary
from marketplace.pilots.paying import RailKind
from marketplace.work import UnitOfWork

Begin = Callable[[Session], UnitOfWork]
"""The actor's unit of work in a session."""


def pays_over_stripe(organisation: str) -> bool:
    """Whether the organisation's data say that it pays over Stripe."""
    known = vocabulary.ORGANISATIONS.get(organisation)
    return known is not None and known.payment is not None and known.payment.rail == RailKind.STRIPE


def still_to_leave(session: Session, organisation: str) -> Money:
    """What the organisation's batches over Stripe will take from the balance: everything not transferred yet."""
    found = session.scalar(
        sa.select(sa.func.sum(PaymentRow.amount))
        .join(Batch, Batch.id == PaymentRow.batch_id)
        .where(
            Batch.organisation_key == organisation,
            Batch.rail == RailKind.STRIPE,
            PaymentRow.state.in_([PaymentState.WAITING, PaymentState.SENT]),
        )
    )
    return Money(0) if found is None else found


def may_be_taken_back(row: PaymentRow) -> bool:
    """Whether Stripe can be asked to take a payment back: it has taken it, and has not given it back."""
    return row.batch.rail == RailKind.STRIPE and row.state in {PaymentState.TRANSFERRED, PaymentState.PAID}


def fill(
    database: Database, gateway: Gateway, begin: Begin, organisation: str, amount: Money, *, key: str
) -> None:
    """Fetch money from the payer's bank account to the balance; the same `key` fetches it once. Raises Conflict."""
    with database.transaction() as session:
        work = begin(session)
        work.ensure(Permission.MAKE_PAYMENTS, organisation=organisation)
        work.record(
            StripeBalanceAudit.FILL,
            ("Organisation", organisation),
            organisation=organisation,
            after={"amount": amount.cents},
        )
    with _told():
        gateway.top_up(amount, organisation, key)


def take_back(database: Database, gateway: Gateway, begin: Begin, payment_id: int, reason: str) -> None:
    """Ask Stripe to take a whole payment back. The company reads why; the statement is payable again when Stripe says
    that it has been taken back.

    Raises NotFound, Disqualified, Invalid without a reason, and Conflict when it cannot be.
    """
    with database.transaction() as session:
        work = begin(session)
        found = queries.payment_for(work, payment_id, permission=Permission.MAKE_PAYMENTS)
        row = queries.payment_to_change(session, found)
        if not may_be_taken_back(row):
            raise Conflict(
                _l("This payment cannot be taken back: it is not at Stripe, or it has come back already.")
            )
        missing.say(work, row, reason)
        key, amount = row.key, row.amount
        work.record(
            PaymentAudit.TAKE_BACK,
            row,
            organisation=row.batch.organisation_key,
            after={"amount": amount.cents},
        )
    with _told():
        StripeRail(database, gateway).reverse(key, amount)


@contextmanager
def _told() -> Iterator[None]:
    """Stripe's refusals and silence as what the payer reads."""
    try:
        yield
    except GatewayRefusal as refusal:
        raise Conflict(_l("Stripe has refused this: %(words)s", words=refusal.text)) from refusal
    except (NoAnswer, Mismatch) as error:
        raise Conflict(
            _l(
                "Stripe did not say whether it has done this. Look at the state here before you ask for it again."
            )
        ) from error
