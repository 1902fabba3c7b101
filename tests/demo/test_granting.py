"""The invented decisions on services: every state is there, and the books hold."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.budgets.summaries.models import ClientSummary
from marketplace.clients.mandates.models import Mandate
from marketplace.clients.models import Client
from marketplace.db import Database
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryKind, DeliveryState
from marketplace.demo import service as demo
from marketplace.demo.people import MAIN_ORGANISATION
from marketplace.files.store import FileStore
from marketplace.i18n import helsinki_date
from marketplace.ledger import proof
from marketplace.ledger.rules import Unit
from marketplace.payments.statements.models import Statement
from marketplace.vouchers.granting.models import Budget, ServiceDecision
from marketplace.vouchers.granting.queries import decisions_of
from marketplace.vouchers.granting.rules import DecisionState
from marketplace.vouchers.models import Agreement
from tests.conftest import NOW


def test_there_is_a_decision_in_every_state_and_the_books_hold(
    database: Database, core_app: Flask, tmp_path: Path
) -> None:
    with core_app.app_context():
        demo.load(
            database, FileStore(tmp_path, secret="", limit=0), providers=40, offers=120, seed=1, now=NOW
        )
    with database.read() as session:
        states = set(session.scalars(sa.select(ServiceDecision.state)))
        assert states == set(DecisionState)
        assert (session.scalar(sa.select(sa.func.count(Budget.id))) or 0) > 12
        assert list(proof.problems(session)) == []


def test_the_demo_s_own_client_has_months_behind_a_decision_in_hours_and_euros(content: Session) -> None:
    client = content.scalars(sa.select(Client).join(Client.user).where(User.email == "client@demo.fi")).one()
    decision = next(each for each in decisions_of(content, client.id) if each.state is DecisionState.MADE)
    assert {line.unit for line in decision.lines} == set(Unit)
    assert decision.starts_on < helsinki_date(NOW) - timedelta(days=80)
    for line in decision.lines:
        assert any(budget.account.reserved for budget in line.budgets), line.service_key
    given = content.scalars(sa.select(Delivery).where(Delivery.client_number == client.number)).all()
    assert {each.state for each in given} >= {
        DeliveryState.CONFIRMED,
        DeliveryState.DISPUTED,
        DeliveryState.RECORDED,
        DeliveryState.REJECTED,
        DeliveryState.WITHDRAWN,
    }
    assert {each.kind for each in given} == set(DeliveryKind)
    assert any(each.own_share.cents for each in given), "the pages of own shares have something to show"
    told = content.scalars(sa.select(ClientSummary).where(ClientSummary.client_id == client.id)).all()
    assert {each.made_at.day for each in told} == {3}
    assert len({each.month for each in told}) == 3
    helpers = sa.select(User.email).join(Mandate, Mandate.helper_id == User.id)
    assert content.scalars(helpers.where(Mandate.client_id == client.id)).all() == ["helper@demo.fi"]
    assert list(proof.problems(content)) == []


def test_other_clients_of_the_demo_s_counsellor_have_something_held_and_given(content: Session) -> None:
    held = content.execute(
        sa.select(Client.id)
        .join(Client.counsellor)
        .join(Agreement, Agreement.client_number == Client.number)
        .join(Delivery, Delivery.agreement_id == Agreement.id)
        .where(
            User.email == "counsellor@demo.fi",
            Agreement.organisation_key == Client.organisation_key,
            Agreement.line_id.is_not(None),
        )
        .distinct()
    ).all()
    assert len(held) > 2


def test_three_months_are_settled_and_their_statements_are_whole(content: Session) -> None:
    mine = sa.select(Statement).where(Statement.organisation_key == MAIN_ORGANISATION)
    statements = content.scalars(mine.order_by(Statement.id)).all()
    assert len({each.month for each in statements}) >= 3
    assert all(each.is_whole() for each in statements)
    assert [each.number for each in statements] == list(range(1, len(statements) + 1))
    assert content.scalars(sa.select(Delivery.id).where(Delivery.state == DeliveryState.REVERSED)).all()
