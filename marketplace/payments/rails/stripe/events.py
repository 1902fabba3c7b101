"""What Stripe tells by signed calls: each is kept once, then the thing that it is about is asked from Stripe again.

So it does not matter in which order the calls come, how often, or whether one is lost while another comes: what is kept
is always what Stripe has now.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from marketplace.db import Database, insert_missing
from marketplace.duties import each_by_itself
from marketplace.payments.rails.stripe import queries
from marketplace.payments.rails.stripe.gateway import Gateway, GatewayNotice, GatewayRefusal, NoAnswer
from marketplace.payments.rails.stripe.models import StripeEvent
from marketplace.payments.rails.stripe.sending import Disagreement, carry, take

log = logging.getLogger(__name__)

MOST_AT_ONCE: Final = 50
FIRST_PAUSE: Final = timedelta(seconds=30)
LAST_PAUSE: Final = timedelta(hours=6)


def keep(session: Session, notice: GatewayNotice, now: datetime) -> bool:
    """Keep a call; False when it has come before."""
    return insert_missing(
        session,
        StripeEvent,
        {
            "id": notice.id,
            "kind": notice.kind,
            "account": notice.account,
            "subject": notice.subject,
            "received_at": now,
            "next_try_at": now,
        },
    )


def handle_waiting(database: Database, gateway: Gateway, now: datetime) -> int:
    """Handle the calls that wait; gives how many are done. One that fails is tried again later, ever more rarely, and
    holds up no other.
    """
    with database.read() as session:
        waiting = {event.id: event for event in queries.waiting_events(session, now, MOST_AT_ONCE)}
    done = each_by_itself(
        database,
        "follow a call of Stripe",
        waiting,
        lambda number: _handle(database, gateway, waiting[number], now),
        now=now,
        rests=False,
    )
    return sum(done)


def _handle(database: Database, gateway: Gateway, event: StripeEvent, now: datetime) -> bool:
    try:
        _follow(database, gateway, event, now)
    except (NoAnswer, GatewayRefusal, Disagreement) as error:
        log.warning("The call %s (%s) waits: %s", event.id, event.kind, error)
        _try_later(database, event, now)
        return False
    except OperationalError:
        raise
    except Exception:
        _try_later(database, event, now)
        raise
    with database.transaction() as session:
        session.get_one(StripeEvent, event.id, with_for_update=True).handled_at = now
    return True


def _try_later(database: Database, event: StripeEvent, now: datetime) -> None:
    with database.transaction() as session:
        kept = session.get_one(StripeEvent, event.id, with_for_update=True)
        kept.next_try_at = now + min(FIRST_PAUSE * 2 ** min(kept.tries, 20), LAST_PAUSE)
        kept.tries += 1


def _follow(database: Database, gateway: Gateway, event: StripeEvent, now: datetime) -> None:
    thing = event.kind.partition(".")[0]
    if thing == "transfer":
        found = gateway.transfer_named(event.subject)
        with database.transaction() as session:
            take(session, found, now)
    elif thing == "payout" and event.account:
        _follow_payout(database, gateway, event, now)
    elif thing == "account":
        _follow_account(database, gateway, event.subject, now)


def _follow_account(database: Database, gateway: Gateway, account: str, now: datetime) -> None:
    found = gateway.account(account)
    with database.transaction() as session:
        kept = queries.account_named(session, account)
        if kept is not None:
            kept.takes_transfers, kept.pays_out, kept.checked_at = found.takes_transfers, found.pays_out, now


def _follow_payout(database: Database, gateway: Gateway, event: StripeEvent, now: datetime) -> None:
    payout = gateway.payout(event.account, event.subject)
    receipts = set(gateway.receipts_in_payout(event.account, payout.id))
    with database.read() as session:
        known = {row.receipt for row in queries.transfers_by_receipt(session, receipts)}
    unknown = [gateway.transfer_behind(event.account, each) for each in sorted(receipts - known)]
    transfers = [gateway.transfer_named(each) for each in unknown if each]
    with database.transaction() as session:
        for found in transfers:
            take(session, found, now)
        session.flush()
        carry(session, payout, receipts)
