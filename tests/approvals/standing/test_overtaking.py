"""Two people decide the same measure at once: one wins, the other is told, and there is one decision."""

from __future__ import annotations

import threading

import sqlalchemy as sa
from flask import Flask

from marketplace.accounts.service import actor_of
from marketplace.approvals.standing import deciding, queries
from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.errors import Conflict
from marketplace.files.store import FileStore
from marketplace.outbox import OutboxMessage
from marketplace.permissions import Actor, Role
from marketplace.providers.rules import ApprovalAction
from tests.approvals.cast import make_cast
from tests.approvals.standing.conftest import make_standing, open_measure
from tests.factories import make_user
from tests.work import work_of


def test_of_two_deciders_at_once_one_wins(app: Flask, store: FileStore) -> None:
    database = app.extensions["database"]
    with app.app_context(), database.transaction() as session:
        cast = make_cast(session)
        approval = make_standing(session, cast)
        measure = open_measure(
            session, approval, cast, ApprovalAction.WITHDRAW, due_on=None, safety=True, safety_reason="Vaara."
        )
        second = make_user(session, Role.DECIDER, organisation="keusote")
        actors = [cast.actor("decider"), actor_of(second)]
        urgent = session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) or 0
    start, outcomes = threading.Barrier(2), []

    def decide(actor: Actor) -> None:
        start.wait()
        try:
            with app.app_context(), database.transaction() as session:
                queries.for_office(work_of(session, actor), approval.id, lock=True)
                mine = session.get_one(ApprovalMeasure, measure.id)
                deciding.decide(work_of(session, actor), mine, store=store)
            outcomes.append("decided")
        except Conflict:
            outcomes.append("told")

    threads = [threading.Thread(target=decide, args=[actor]) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["decided", "told"]
    with database.read() as session:
        numbers = session.scalars(sa.select(ApprovalMeasure.number)).all()
        letters = session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage))
    assert (numbers, letters) == (["KEUSOTE-2026/S1"], urgent + 1)
