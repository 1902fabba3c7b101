"""A provider with an agreement in a service that is counted in hours, and one in days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryKind, Quantity, Said, Times
from marketplace.deliveries.service import record
from marketplace.offers.pricing.rules import HOUR
from marketplace.permissions import Role
from marketplace.providers.models import Provider
from marketplace.vouchers.models import Agreement
from marketplace.work import UnitOfWork
from tests import factories
from tests.conftest import NOW

MORNING = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
"""Eight in the morning of a Saturday in Finland, the day before NOW."""


@dataclass
class Scene:
    """Everybody of the scene; `hours` and `days` are agreements of different clients."""

    provider: Provider
    admin: User
    counsellor: User
    hours: Agreement
    days: Agreement

    def provider_work(self, session: Session, now: datetime = NOW) -> UnitOfWork:
        return UnitOfWork(session, actor_of(self.admin), now)

    def office_work(self, session: Session, now: datetime = NOW) -> UnitOfWork:
        return UnitOfWork(session, actor_of(self.counsellor), now)

    def delivered(self, session: Session, **given: Any) -> Delivery:
        """A visit of two hours, recorded."""
        return record(self.provider_work(session), self.provider.id, self.hours.id, visit(**given))


def visit(start: datetime = MORNING, minutes: int = 120, **given: Any) -> Said:
    """A visit as the provider tells of it."""
    facts: dict[str, Any] = {
        "kind": DeliveryKind.GIVEN,
        "measure": Times(start, start + timedelta(minutes=minutes)),
        "activity": "Suihku ja aamiainen",
    }
    return Said(**(facts | given))


def days_of(agreement: Agreement, count: str = "1", **given: Any) -> Said:
    """Days in a service that is counted by them."""
    band = next(row.band for row in agreement.version.prices if row.unit != HOUR)
    facts: dict[str, Any] = {
        "kind": DeliveryKind.GIVEN,
        "measure": Quantity(MORNING.date(), band, Decimal(count)),
        "activity": "Päivätoiminta",
    }
    return Said(**(facts | given))


def make_scene(session: Session) -> Scene:
    """The scene in the caller's session: agreements since a month ago."""
    provider = factories.make_provider(session)
    counsellor = factories.make_user(session, Role.COUNSELLOR, organisation="keusote", name="Olga Ohjaaja")
    begun = (NOW - timedelta(days=40)).date()
    agreements = []
    for service in ("carer_leave_home", "day_activity"):
        approval = factories.make_approval(session, provider, service, approved_on=begun)
        offer = factories.make_offer(session, approval, version={"valid_from": begun})
        number = factories.make_client(session).number
        agreements.append(
            factories.make_agreement(session, offer, counsellor, starts_on=begun, client_number=number)
        )
    hours, days = agreements
    return Scene(provider, factories.make_provider_admin(session, provider), counsellor, hours, days)
