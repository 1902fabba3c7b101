"""Reading summaries, and what one is made of."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.budgets.queries import budgets_of
from marketplace.budgets.summaries.models import ClientSummary
from marketplace.clients.models import Client
from marketplace.deliveries.models import Delivery
from marketplace.errors import NotFound
from marketplace.i18n import helsinki_date
from marketplace.ledger.models import Account
from marketplace.money import Money
from marketplace.offers.models import Offer
from marketplace.paging import Page, page_of
from marketplace.providers.models import ServiceApproval
from marketplace.slots import Answer
from marketplace.vouchers.granting.models import Budget, DecisionLine, ServiceDecision
from marketplace.vouchers.granting.rules import kept_until
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AGREEMENT

paid_between: Final = Answer[Callable[[Session, Client, date, date], Money]](
    "budgets.paid_between",
    "What was paid to providers, from one day to another, for what they had given a client.",
)


def without_summary(session: Session, month: date) -> Sequence[int]:
    """The clients to whom something was granted in the month and who have no summary of it yet.

    Budgets that a replaced decision or an interruption has emptied say nothing, and nobody is written to for them.
    """
    return session.scalars(
        sa.select(ServiceDecision.client_id)
        .join(ServiceDecision.lines)
        .join(DecisionLine.budgets)
        .join(Account, Account.id == Budget.account_id)
        .join(Client, Client.id == ServiceDecision.client_id)
        .where(
            Budget.first_on <= last_day(month),
            Budget.last_on >= month,
            Account.granted > 0,
            Client.erased_at.is_(None),
            ~sa.exists().where(
                ClientSummary.client_id == ServiceDecision.client_id, ClientSummary.month == month
            ),
        )
        .distinct()
        .order_by(ServiceDecision.client_id)
    ).all()


def content_of(session: Session, client: Client, month: date, today: date) -> dict[str, Any]:
    """What a summary of the month says, in keys and numbers: the budgets of the month, the agreements that held in it,
    what was given in it, and what was paid in it.
    """
    last = last_day(month)
    held = budgets_of(session, client, today)
    lines = [
        {
            "service": line.service_key,
            "unit": line.unit,
            "first": period.first.isoformat(),
            "last": period.last.isoformat(),
            "granted": period.sums.granted,
            "reserved": period.sums.reserved,
            "used": period.sums.used,
            "disputed": period.disputed,
            "left": period.sums.left,
            "returns_on": kept_until(period.last, today).isoformat(),
        }
        for decision in held.decisions
        for line in decision.lines
        for period in held.periods.get(line.id, ())
        if period.first <= last and period.last >= month and period.sums.granted
    ]
    return {
        "lines": lines,
        "agreed": [_agreed(each) for each in _agreements(session, client, month, last)],
        "given": [_given(each) for each in _deliveries(session, client, month, last)],
        "paid": sum(ask(session, client, month, last).cents for ask in paid_between),
    }


def last_day(month: date) -> date:
    """The last day of the month that begins on a day."""
    return month.replace(day=monthrange(month.year, month.month)[1])


def _agreed(agreement: Agreement) -> dict[str, Any]:
    return {
        "provider": agreement.offer.approval.provider.name,
        "service": agreement.offer.service_key,
        "first": agreement.starts_on.isoformat(),
        "last": None if agreement.ends_on is None else agreement.ends_on.isoformat(),
        "unit": None if agreement.line is None else agreement.line.unit,
        "monthly": agreement.monthly,
    }


def _agreements(session: Session, client: Client, first: date, last: date) -> Sequence[Agreement]:
    """The agreements that held on some day of the month, the oldest first."""
    return session.scalars(
        sa.select(Agreement)
        .where(
            Agreement.organisation_key == client.organisation_key,
            Agreement.client_number == client.number,
            Agreement.state.in_(AGREEMENT.agreed),
            Agreement.starts_on <= last,
            sa.or_(Agreement.ends_on.is_(None), Agreement.ends_on >= first),
        )
        .options(
            joinedload(Agreement.line),
            joinedload(Agreement.offer).joinedload(Offer.approval).joinedload(ServiceApproval.provider),
        )
        .order_by(Agreement.starts_on, Agreement.id)
    ).all()


def _given(delivery: Delivery) -> dict[str, Any]:
    return {
        "day": delivery.day.isoformat(),
        "provider": delivery.agreement.offer.approval.provider.name,
        "service": delivery.agreement.offer.service_key,
        "minutes": sum(line.minutes or 0 for line in delivery.priced),
        "cents": delivery.amount.cents,
        "own_share": delivery.own_share.cents,
        "state": delivery.state,
        "until": delivery.objection_until and delivery.objection_until.isoformat(),
    }


def _deliveries(session: Session, client: Client, first: date, last: date) -> Sequence[Delivery]:
    return session.scalars(
        sa.select(Delivery)
        .where(
            Delivery.organisation_key == client.organisation_key,
            Delivery.client_number == client.number,
            Delivery.day.between(first, last),
        )
        .options(
            joinedload(Delivery.agreement)
            .joinedload(Agreement.offer)
            .joinedload(Offer.approval)
            .joinedload(ServiceApproval.provider)
        )
        .order_by(Delivery.day, Delivery.id)
    ).all()


def summaries_of(session: Session, client_id: int) -> Sequence[ClientSummary]:
    """The summaries of a client, the latest month first."""
    return session.scalars(
        sa.select(ClientSummary)
        .where(ClientSummary.client_id == client_id)
        .order_by(ClientSummary.month.desc())
    ).all()


def summary_of(session: Session, client_id: int, month: date) -> ClientSummary:
    """The summary of a client's month. Raises NotFound."""
    found = session.scalars(
        sa.select(ClientSummary).where(ClientSummary.client_id == client_id, ClientSummary.month == month)
    ).one_or_none()
    if found is None:
        raise NotFound()
    return found


def told_on(session: Session, budget: Budget) -> date | None:
    """The day on which the summary of the last month of a budget was mailed or posted; None while it was not. For the
    slot `vouchers.told_of_unused`.
    """
    summary = session.scalars(
        sa.select(ClientSummary).where(
            ClientSummary.client_id == budget.line.decision.client_id,
            ClientSummary.month == budget.last_on.replace(day=1),
        )
    ).one_or_none()
    if summary is None:
        return None
    return helsinki_date(summary.made_at) if summary.mailed else summary.posted_on


def to_post(session: Session, organisation: str, page: int) -> Page[ClientSummary]:
    """The summaries that the organisation has to post, the oldest first."""
    return page_of(session, _waiting(organisation).options(joinedload(ClientSummary.client)), page)


def count_to_post(session: Session, organisation: str) -> int:
    """How many there are."""
    return session.scalar(sa.select(sa.func.count()).select_from(_waiting(organisation).subquery())) or 0


def _waiting(organisation: str) -> sa.Select[ClientSummary]:
    return (
        sa.select(ClientSummary)
        .join(ClientSummary.client)
        .where(
            Client.organisation_key == organisation,
            ~ClientSummary.mailed,
            ClientSummary.posted_on.is_(None),
        )
        .order_by(ClientSummary.month, ClientSummary.id)
    )


def data_of_client(session: Session, client: Client) -> tuple[str, list[dict[str, Any]]]:
    """What summaries keep of a client, for a copy of the client's data; for the slot `clients.kept_data`."""
    return "monthly_summaries", [
        {"month": each.month.isoformat(), "told": each.content} for each in summaries_of(session, client.id)
    ]
