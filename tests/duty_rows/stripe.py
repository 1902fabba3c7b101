"""Rows of payments over Stripe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from marketplace.db import Database
from marketplace.files.store import FileStore
from marketplace.money import Money
from marketplace.payments.batches import sending as sending_batches
from marketplace.payments.batches.models import PaymentRow
from marketplace.payments.batches.rules import PaymentState
from marketplace.payments.rails.stripe import events as stripe_events
from marketplace.payments.rails.stripe.gateway import GatewayNotice
from marketplace.payments.rails.stripe.models import StripeAccount, StripeEvent, StripeTransfer
from marketplace.permissions import Role
from tests.duty_rows.spoiling import count
from tests.factories import (
    NOW,
    make_user,
)
from tests.payments.batches.scenes import Cast as Payers
from tests.payments.batches.scenes import make_statement
from tests.payments.stripe.double import Stripe

RUNNING: Final = dict[str, Stripe]()
"""The Stripes that run, by their addresses."""


def stripe_calls(database: Database, settings: Any) -> Callable[[], int]:
    """Two calls of Stripe; one is about a transfer that Stripe does not have."""
    with database.transaction() as session:
        stripe_events.keep(session, GatewayNotice("evt_1", "transfer.created", "", "tr_none"), NOW)
        stripe_events.keep(session, GatewayNotice("evt_2", "customer.created", "", "cus_1"), NOW)
    return lambda: count(database, StripeEvent, StripeEvent.handled_at.is_not(None))


def stripe_batches(database: Database, settings: Any) -> Callable[[], int]:
    """Two batches that go over Stripe; one payment has been sent before with another amount."""
    stripe = RUNNING[settings.stripe_base]
    for number in range(2):
        with database.transaction() as session:
            one, other = (make_user(session, Role.PAYER, organisation="metropolia") for _each in range(2))
            payers = Payers(session, FileStore.of(settings), one, other, "metropolia")
            statement = make_statement(session, 120_000 + number, organisation="metropolia")
            payers.statements.append(statement)
            session.add(
                StripeAccount(
                    provider_id=statement.provider_id,
                    account=stripe.account(),
                    takes_transfers=True,
                    pays_out=True,
                    created_at=NOW,
                    checked_at=NOW,
                )
            )
            session.flush()
            batch = payers.released()
            sending_batches.send(payers.work(), batch.id)
            if number == 0:
                [row] = batch.payments
                facts = {"order_key": batch.key, "destination": row.stripe_account, "amount": Money(1)}
                session.add(StripeTransfer(payment=row.key, first_tried_at=NOW, **facts))
    return lambda: count(database, PaymentRow, PaymentRow.state == PaymentState.TRANSFERRED)
