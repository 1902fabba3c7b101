"""The invented decisions on services: every state is there, and the books hold."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from marketplace.db import Database
from marketplace.demo import service as demo
from marketplace.ledger import proof
from marketplace.vouchers.granting.models import Budget, ServiceDecision
from marketplace.vouchers.granting.rules import DecisionState
from tests.conftest import NOW


def test_there_is_a_decision_in_every_state_and_the_books_hold(
    database: Database, core_app: Flask, tmp_path: Path
) -> None:
    with core_app.app_context():
        demo.load(database, tmp_path, providers=40, offers=120, seed=1, now=NOW)
    with database.read() as session:
        states = set(session.scalars(sa.select(ServiceDecision.state)))
        assert states == set(DecisionState)
        assert (session.scalar(sa.select(sa.func.count(Budget.id))) or 0) > 12
        assert list(proof.problems(session)) == []
