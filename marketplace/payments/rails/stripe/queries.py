"""Reading what is kept of Stripe."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.db import for_change
from marketplace.payments.rails.stripe.models import StripeAccount, StripeEvent, StripeTransfer
from marketplace.pilots import vocabulary
from marketplace.pilots.models import Pilot
from marketplace.pilots.paying import RailKind
from marketplace.providers.models import ServiceApproval


def account_of(session: Session, provider_id: int, *, lock: bool = False) -> StripeAccount | None:
    """A provider's account at Stripe; `lock` for a change."""
    return session.get(
        StripeAccount, provider_id, with_for_update=for_change(StripeAccount) if lock else None
    )


def account_named(session: Session, account: str) -> StripeAccount | None:
    """The provider's account that Stripe calls so; locked for a change."""
    query = sa.select(StripeAccount).where(StripeAccount.account == account)
    return session.scalar(query.with_for_update(**for_change(StripeAccount)))


def transfer_of(session: Session, payment: str) -> StripeTransfer | None:
    """The transfer of a payment row; locked for a change."""
    locked = for_change(StripeTransfer)
    return session.get(StripeTransfer, payment, with_for_update=locked)


def transfers_by_receipt(session: Session, receipts: Collection[str]) -> Sequence[StripeTransfer]:
    """The transfers that made these payments at providers' accounts; locked for a change, in one order for all."""
    return _locked(session, StripeTransfer.receipt.in_(receipts))


def transfers_in_payout(session: Session, payout: str) -> Sequence[StripeTransfer]:
    """The transfers that a payout has carried to the bank; locked for a change."""
    return _locked(session, StripeTransfer.payout == payout)


def _locked(session: Session, condition: sa.ColumnElement[bool]) -> Sequence[StripeTransfer]:
    query = sa.select(StripeTransfer).where(condition).order_by(StripeTransfer.payment)
    locked = query.with_for_update(**for_change(StripeTransfer))
    return session.scalars(locked).all()


def transfers_in_order(session: Session, order: str) -> Sequence[StripeTransfer]:
    """The transfers of an order, by payment."""
    query = sa.select(StripeTransfer).where(StripeTransfer.order_key == order)
    return session.scalars(query.order_by(StripeTransfer.payment)).all()


def waiting_events(session: Session, now: datetime, most: int) -> Sequence[StripeEvent]:
    """Calls that have not been handled and whose turn has come, the oldest first."""
    query = sa.select(StripeEvent).where(StripeEvent.handled_at.is_(None), StripeEvent.next_try_at <= now)
    return session.scalars(query.order_by(StripeEvent.received_at, StripeEvent.id).limit(most)).all()


def is_paid_over_stripe(session: Session, provider_id: int) -> bool:
    """Whether an organisation in whose pilots the provider is approved pays over Stripe."""
    payers = [
        key
        for key, data in vocabulary.ORGANISATIONS.items()
        if data.payment is not None and data.payment.rail == RailKind.STRIPE
    ]
    query = (
        sa.select(sa.literal(1))
        .select_from(ServiceApproval)
        .join(Pilot, Pilot.key == ServiceApproval.pilot_key)
        .where(ServiceApproval.provider_id == provider_id, Pilot.organisation_key.in_(payers))
        .limit(1)
    )
    return session.scalar(query) is not None
