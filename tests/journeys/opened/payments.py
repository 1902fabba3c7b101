"""What the pages of statements and payments open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import RoleGrant, User
from marketplace.demo.people import MAIN_ORGANISATION
from marketplace.payments.batches.models import Batch, PaymentRow
from marketplace.payments.batches.rules import BatchState, PaymentState
from marketplace.payments.rails.stripe.models import StripeAccount
from marketplace.payments.statements.models import Statement, StatementRow
from marketplace.pilots.paying import RailKind
from tests.journeys.opened.demo import provider_of


def _statement(session: Session) -> int:
    """One of the demo's own company."""
    own = sa.select(Statement.id).where(Statement.provider_id == provider_of(session))
    found = session.scalars(own.order_by(Statement.id)).first()
    assert found is not None, "the demo's own company has no statement"
    return found


def _batch(session: Session) -> int:
    """One that waits for its release, with a payee to look at."""
    wanted = sa.select(Batch.id).where(
        Batch.organisation_key == MAIN_ORGANISATION, Batch.state == BatchState.CHECKED
    )
    found = session.scalars(wanted.order_by(Batch.id)).first()
    assert found is not None, "no batch of the demo waits for its release"
    return found


def _payment(session: Session) -> int:
    """One that is paid, by the main organisation."""
    wanted = (
        sa.select(PaymentRow.id)
        .join(Batch)
        .where(Batch.organisation_key == MAIN_ORGANISATION, PaymentRow.state == PaymentState.PAID)
    )
    found = session.scalars(wanted.order_by(PaymentRow.id)).first()
    assert found is not None, "the demo has no payment that is paid"
    return found


def _advice(session: Session) -> dict[str, Any]:
    """A payment of the demo's own company."""
    mine = sa.select(PaymentRow.id).where(
        PaymentRow.provider_id == provider_of(session), PaymentRow.state != PaymentState.LEFT_OUT
    )
    return {"payment_id": session.scalars(mine.order_by(PaymentRow.id)).first()}


def _paid_over_stripe(session: Session) -> dict[str, Any]:
    """A company that an organisation pays over Stripe, opened by a person of it."""
    provider_id = session.scalars(sa.select(StripeAccount.provider_id).order_by("provider_id")).first()
    who = session.scalars(
        sa.select(User.email).join(RoleGrant).where(RoleGrant.provider_id == provider_id)
    ).first()
    return {"provider_id": provider_id, "who": who}


STRIPE_PAYER: Final = "payer.metropolia@demo.fi"


def _stripe_payer(_session: Session) -> dict[str, Any]:
    """Somebody who pays over Stripe."""
    return {"who": STRIPE_PAYER}


def _at_stripe(session: Session) -> dict[str, Any]:
    """A payment that Stripe has taken, opened by somebody who pays."""
    wanted = (
        sa.select(PaymentRow.id)
        .join(Batch)
        .where(
            Batch.rail == RailKind.STRIPE,
            PaymentRow.state.in_([PaymentState.TRANSFERRED, PaymentState.PAID]),
        )
    )
    return {"payment_id": session.scalars(wanted.order_by(PaymentRow.id)).first(), "who": STRIPE_PAYER}


def _paid_delivery(session: Session) -> dict[str, Any]:
    """A delivery that is paid."""
    wanted = (
        sa.select(StatementRow.delivery_id)
        .join(PaymentRow, PaymentRow.statement_id == StatementRow.statement_id)
        .where(PaymentRow.id == _payment(session))
    )
    return {"delivery_id": session.scalars(wanted.order_by(StatementRow.id)).first()}


VALUES: Final[dict[str, Callable[[Session], Any]]] = {
    "batch_id": _batch,
    "payment_id": _payment,
    "statement_id": _statement,
}

SPECIAL: Final[dict[str, Callable[[Session], dict[str, Any]]]] = {
    "payments.stripe_balance": _stripe_payer,
    "payments.take_back": _at_stripe,
    "payments.trace": _paid_delivery,
    "providers.payments.advice": _advice,
    "providers.stripe.index": _paid_over_stripe,
}
