"""Two years lie behind the demo, and everything in them holds."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.clients.models import Client, Participation
from marketplace.decisions.rules import CLIENTS as SERIES
from marketplace.decisions.rules import number_prefix
from marketplace.deliveries.models import Delivery
from marketplace.demo.giving import LAPSED_AFTER
from marketplace.demo.history import CLIENTS, MONTHS
from marketplace.demo.people import MAIN_ORGANISATION
from marketplace.i18n import helsinki_date
from marketplace.ledger import proof
from marketplace.payments.batches.models import Batch, PaymentRow
from marketplace.payments.batches.reconciling import disagreements
from marketplace.payments.batches.rules import OPEN, BatchState, PaymentState
from marketplace.payments.statements.models import Statement
from marketplace.pilots.queries import current_definition, pilots
from marketplace.reports.rules import told_quarters
from marketplace.search.models import UnmetNeed
from marketplace.vouchers.granting.models import Budget, DecisionLine, ServiceDecision
from marketplace.vouchers.granting.rules import returns_on
from tests.conftest import NOW

FORMER = Client.number.startswith("B-")


def test_former_clients_have_months_behind_them(content: Session) -> None:
    assert content.scalar(sa.select(sa.func.count()).where(FORMER)) == CLIENTS
    first, last, months = content.execute(
        sa.select(sa.func.min(Delivery.day), sa.func.max(Delivery.day), sa.func.count()).where(
            Delivery.client_number.startswith("B-")
        )
    ).one()
    assert (last - first).days > (MONTHS - 3) * 30
    newest = told_quarters(first, helsinki_date(NOW))[-1]
    assert newest.last - timedelta(days=7) <= last < helsinki_date(NOW) - LAPSED_AFTER
    assert months > 1000


def test_nothing_of_it_is_left_to_do_but_what_is_to_return_later(content: Session) -> None:
    own = (
        sa.select(Budget)
        .join(DecisionLine, DecisionLine.id == Budget.line_id)
        .join(ServiceDecision, ServiceDecision.id == DecisionLine.decision_id)
        .join(Client, Client.id == ServiceDecision.client_id)
        .where(FORMER)
    )
    for budget in content.scalars(own):
        sums = budget.account.sums
        over = returns_on(budget.last_on) < helsinki_date(NOW)
        assert (budget.settled_at is not None) == over
        assert not over or sums.left == 0
        assert budget.last_on > helsinki_date(NOW) - timedelta(days=63) or sums.reserved == 0


def test_its_numbers_are_those_of_the_organisation(content: Session) -> None:
    numbers = content.scalars(
        sa.select(ServiceDecision.number).join(Client).where(FORMER, ServiceDecision.number.is_not(None))
    ).all()
    prefixes = tuple(number_prefix(MAIN_ORGANISATION, year, SERIES) for year in (2024, 2025, 2026))
    assert len(numbers) == len(set(numbers)) == CLIENTS
    assert all(number.startswith(prefixes) for number in numbers if number)


def test_what_was_given_was_paid_and_agrees_to_the_cent(content: Session) -> None:
    assert list(proof.problems(content)) == []
    assert list(disagreements(content, MAIN_ORGANISATION)) == []
    month = sa.select(sa.func.min(Statement.month)).scalar_subquery()
    [paid] = set(
        content.scalars(
            sa.select(PaymentRow.state)
            .join(Statement, Statement.id == PaymentRow.statement_id)
            .where(Statement.month == month, Statement.organisation_key == MAIN_ORGANISATION)
        )
    )
    assert paid is PaymentState.PAID
    assert content.scalars(sa.select(Batch.id).where(Batch.state == BatchState.CONFIRMED)).all()


def test_what_has_not_been_paid_yet_can_be_on_its_day(content: Session) -> None:
    """Who opens the demo releases, writes and sends without choosing another day first."""
    waiting = content.scalars(sa.select(Batch).where(Batch.state.in_({*OPEN, BatchState.WRITTEN}))).all()
    assert {batch.state for batch in waiting} == {*OPEN, BatchState.WRITTEN}
    assert min(batch.pay_on for batch in waiting) > helsinki_date(NOW)


def test_clients_belong_to_groups_of_their_pilots_and_searches_to_their_municipalities(
    content: Session,
) -> None:
    for pilot in pilots(content):
        definition = current_definition(content, pilot.key)
        groups = content.scalars(
            sa.select(Client.group).join(Client.participations).where(Participation.pilot_key == pilot.key)
        ).all()
        assert groups
        assert set(groups) <= set(definition.groups)
        found = content.scalars(
            sa.select(UnmetNeed.day).where(UnmetNeed.municipality.in_(definition.municipalities))
        ).all()
        assert (max(found) - min(found)).days > 600
        assert max(found) <= helsinki_date(NOW)
