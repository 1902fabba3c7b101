"""Batches that go over Stripe: the worker sends what has not been asked about, and follows what Stripe has told.

It may be killed anywhere and begin again: the batch and its payments are committed as sent before Stripe hears of them,
and the rail itself transfers each payment once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from marketplace.db import Database
from marketplace.duties import each_by_itself
from marketplace.payments.batches import queries
from marketplace.payments.batches.moving import Moved, take_answers
from marketplace.payments.batches.ordering import order_of
from marketplace.payments.rails.stripe import sending
from marketplace.payments.rails.stripe.gateway import Gateway
from marketplace.payments.rails.stripe.sending import StripeRail
from marketplace.permissions import SYSTEM
from marketplace.work import UnitOfWork


def follow(database: Database, gateway: Gateway, clock: Callable[[], datetime]) -> int:
    """Carry on every batch that has been sent over Stripe; how many payments moved."""
    now = clock()
    with database.read() as session:
        waiting = queries.to_follow_at_stripe(session, now)
    moved = each_by_itself(
        database,
        "follow a batch at Stripe",
        waiting,
        lambda batch_id: follow_one(database, StripeRail(database, gateway), batch_id, clock),
        now=now,
    )
    return sum(each.changed for each in moved)


def follow_one(database: Database, rail: StripeRail, batch_id: int, clock: Callable[[], datetime]) -> Moved:
    """Send what has not been sent of one batch, and take what is known of its payments at Stripe."""
    with database.read() as session:
        order = order_of(queries.batch_of(session, batch_id))
    rail.send(order, clock)
    return take_known(database, batch_id, clock())


def take_known(database: Database, batch_id: int, now: datetime) -> Moved:
    """Take what is kept of a batch's transfers, without asking Stripe."""
    with database.transaction() as session:
        batch = queries.batch_of(session, batch_id, lock=True)
        answers = sending.answers(session, order_of(batch))
        return take_answers(UnitOfWork(session, SYSTEM, now), batch, answers)
