"""Clients and helpers are told by mail of what providers have recorded, once a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.accounts.service import actor_of
from marketplace.clients.mandates.models import Mandate
from marketplace.clients.mandates.rules import Scope
from marketplace.clients.models import Client
from marketplace.db import Database
from marketplace.deliveries import service, telling
from marketplace.deliveries.models import Delivery
from marketplace.files.store import FileStore
from marketplace.outbox import OutboxMessage
from tests.budgets.conftest import Budgeted, make_budgeted
from tests.deliveries.scenes import MORNING, visit
from tests.factories import NOW
from tests.work import work_of

TOMORROW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
"""Seven in the morning in Finland, of the day after NOW."""


@dataclass
class Told:
    """A client with an address and a helper who acts."""

    database: Database
    scene: Budgeted

    def change(self, **values: object) -> None:
        with self.database.transaction() as session:
            client = session.get_one(Client, self.scene.client.id)
            for name, value in values.items():
                setattr(client, name, value)

    def mandate(self, **values: object) -> None:
        with self.database.transaction() as session:
            session.execute(sa.update(Mandate).values(**values))

    def record(self, hours: int = 0) -> int:
        with self.database.transaction() as session:
            work = work_of(session, actor_of(self.scene.admin))
            said = visit(MORNING + timedelta(hours=hours), 60)
            return service.record(work, self.scene.provider.id, self.scene.agreements[0].id, said).id

    def tell(self, now: datetime = NOW) -> list[OutboxMessage]:
        """The letters that are new."""
        with self.database.read() as session:
            before = set(session.scalars(sa.select(OutboxMessage.id)))
        telling.tell(self.database, now=now)
        with self.database.read() as session:
            query = sa.select(OutboxMessage).where(OutboxMessage.id.not_in(before)).order_by(OutboxMessage.id)
            return list(session.scalars(query))


@pytest.fixture
def told(app: Flask, database: Database) -> Iterator[Told]:
    with app.app_context():
        with database.transaction() as session:
            scene = make_budgeted(session, FileStore.of(app.extensions["settings"]))
            scene.client.email = "aino@example.fi"
        yield Told(database, scene)


def test_client_and_helper_hear_once_a_day_of_what_is_new(told: Told) -> None:
    assert told.tell() == []
    told.record()
    told.record(hours=2)
    client, helper = told.tell()
    assert (client.recipient, helper.recipient) == ("aino@example.fi", told.scene.helper.email)
    for letter in (client, helper):
        assert "2 palvelu" in letter.body
        assert "6.12.2026" in letter.body
        assert f"/fi/client/deliveries?for={told.scene.client.id}" in letter.body
        assert "Suihku" not in letter.body
    told.record(hours=4)
    assert told.tell() == []
    assert told.tell(TOMORROW - timedelta(minutes=1)) == []
    assert len(told.tell(TOMORROW)) == 2
    assert told.tell(TOMORROW + timedelta(days=10)) == []


def test_who_is_asked_each_time_is_told_again_after_a_week(told: Told) -> None:
    told.change(ask_each_time=True)
    delivery = told.record()
    first, _helper = told.tell()
    assert "ei makseta ennen vastaustasi" in first.body
    assert told.tell(TOMORROW + timedelta(days=5)) == []
    assert len(told.tell(TOMORROW + timedelta(days=7))) == 2
    with told.database.transaction() as session:
        service.confirm(
            work_of(session, actor_of(told.scene.office.olga)),
            session.get_one(Delivery, delivery),
        )
    assert told.tell(TOMORROW + timedelta(days=30)) == []


def test_only_who_can_look_and_act_hears_of_it(told: Told) -> None:
    told.record()
    told.change(email="")
    told.mandate(scope=Scope.SEE)
    assert told.tell() == []
    told.mandate(scope=Scope.ACT, revoked_at=NOW, revoked_by_id=told.scene.citizen.id)
    assert told.tell() == []
    told.mandate(revoked_at=None, revoked_by_id=None, ends_on=NOW.date() - timedelta(days=1))
    assert told.tell() == []
    told.change(email="aino@example.fi", protected=True, municipality=None, address="")
    assert told.tell() == []
    told.mandate(ends_on=NOW.date())
    [letter] = told.tell()
    assert letter.recipient == told.scene.helper.email
