"""Deliveries of past months, confirmed, and the people who settle them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.deliveries import service as deliveries
from marketplace.deliveries.models import Delivery
from marketplace.permissions import Role
from marketplace.work import UnitOfWork
from tests import factories
from tests.deliveries.scenes import Scene, make_scene, visit

OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)


def in_month(month: date, day: int = 25, hour: int = 6) -> datetime:
    """A moment of a month."""
    return datetime(month.year, month.month, day, hour, 0, tzinfo=UTC)


@dataclass
class Books:
    """The scene of deliveries, and a payer."""

    scene: Scene
    payer: User

    def payer_work(self, session: Session, now: datetime) -> UnitOfWork:
        """What the payer does at a moment."""
        return UnitOfWork(session, actor_of(self.payer), now)

    def confirmed(self, session: Session, start: datetime, minutes: int = 120, **given: Any) -> Delivery:
        """A visit, recorded two hours after it ended and confirmed."""
        now = start + timedelta(minutes=minutes, hours=2)
        scene = self.scene
        delivery = deliveries.record(
            scene.provider_work(session, now),
            scene.provider.id,
            scene.hours.id,
            visit(start, minutes, **given),
        )
        return deliveries.confirm(scene.office_work(session, now), delivery)

    def reversed(self, session: Session, delivery: Delivery, now: datetime) -> Delivery:
        """A confirmed visit taken back by the office."""
        return deliveries.reverse(self.scene.office_work(session, now), delivery, "Väärä kesto.")


def make_books(session: Session) -> Books:
    """The scene with its agreements since the middle of October."""
    scene = make_scene(session)
    return Books(scene, factories.make_user(session, Role.PAYER, organisation="keusote"))
