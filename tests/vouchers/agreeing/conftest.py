"""A client with a decision of thirty hours a month, two providers who could give the service, and who acts for whom."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, current_app, has_app_context
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.clients.mandates.models import Mandate
from marketplace.clients.mandates.rules import Scope, Source
from marketplace.clients.models import Client
from marketplace.db import Database
from marketplace.files.store import FileStore
from marketplace.i18n import helsinki_date
from marketplace.money import Money
from marketplace.offers.models import Offer, OfferPrice, OfferVersion
from marketplace.outbox import OutboxMessage
from marketplace.permissions import Role
from marketplace.vouchers.agreeing import service
from marketplace.vouchers.agreeing.rules import Wish
from marketplace.vouchers.granting.models import ServiceDecision
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AgreementParty
from marketplace.work import UnitOfWork
from tests.factories import (
    NOW,
    make_approval,
    make_offer,
    make_provider,
    make_provider_admin,
    make_required_evidence,
    make_user,
)
from tests.vouchers.granting.conftest import FACTS, LINE, SERVICE, Granting, made, make_granting

FIRST = FACTS.starts_on
"""The first day of the decision: 1.12.2026, nine days after NOW."""


def make_store() -> FileStore:
    """Where contracts are kept: with the portal's files where there is a portal."""
    if has_app_context():
        return FileStore.of(current_app.extensions["settings"])
    return FileStore(
        Path(tempfile.gettempdir()) / "agreeing-tests", secret="a secret of tests", limit=10_000_000
    )


@dataclass(frozen=True)
class Choosing:
    """`offer` and `other` are of two providers with their people; `citizen` is the client, `helper` may act."""

    granting: Granting
    decision: ServiceDecision
    offer: Offer
    other: Offer
    admin: User
    other_admin: User
    citizen: User
    helper: User

    @property
    def client(self) -> Client:
        """Who chooses."""
        return self.granting.client

    def work(self, session: Session, name: str = "citizen", now: datetime = NOW) -> UnitOfWork:
        """A unit of work of one of the people."""
        return UnitOfWork(session, actor_of(getattr(self, name)), now)


def make_choosing(session: Session, **given: Any) -> Choosing:
    """The scene in the caller's session. `given`: the `facts` and the `lines` of the decision."""
    granting = make_granting(session)
    citizen = make_user(session, Role.CLIENT, name="Aino Asiakas")
    helper = make_user(session, Role.HELPER, name="Helmi Auttaja")
    granting.client.user_id, granting.client.email = citizen.id, "aino@client.example"
    session.add(
        Mandate(
            client_id=granting.client.id,
            helper_id=helper.id,
            source=Source.PORTAL,
            scope=Scope.ACT,
            name=helper.name,
            email=helper.email,
            expires_at=NOW,
            given_at=NOW,
            given_by_id=citizen.id,
            accepted_at=NOW,
        )
    )
    facts, lines = given.get("facts", FACTS), given.get("lines", (LINE,))
    decision = made(session, granting, make_store(), facts, lines)
    offers = [_offer(session), _offer(session)]
    return Choosing(
        granting=granting,
        decision=decision,
        offer=offers[0],
        other=offers[1],
        admin=make_provider_admin(session, offers[0].provider),
        other_admin=make_provider_admin(session, offers[1].provider),
        citizen=citizen,
        helper=helper,
    )


def _offer(session: Session) -> Offer:
    approval = make_approval(session, make_provider(session), SERVICE)
    make_required_evidence(session, approval)
    return make_offer(session, approval)


def wish(
    offer: Offer, hours: str = "20", first: date = FIRST, replaces: int | None = None, why: str | None = None
) -> Wish:
    """Hours of weekdays from a day on."""
    return Wish(first, {"weekday_day": Decimal(hours)}, offer.versions[-1].id, replaces, why)


def asked(session: Session, scene: Choosing, offer: Offer | None = None, **given: Any) -> Agreement:
    """A request of the client's own, for twenty hours unless told otherwise."""
    wanted = offer or scene.offer
    client = session.get_one(Client, scene.client.id)
    return service.ask(
        scene.work(session), client, wanted.id, wish(wanted, **given), by=AgreementParty.CLIENT
    )


def accepted(session: Session, scene: Choosing, request: Agreement, who: str = "admin") -> Agreement:
    """The request, accepted by its provider."""
    return service.accept(scene.work(session, who), request.offer.provider_id, request.id, store=make_store())


def reserved(decision: ServiceDecision) -> list[int]:
    """What is reserved in the decision's first line, month by month, in minutes."""
    return [budget.account.reserved for budget in decision.lines[0].budgets]


def reprice(session: Session, offer: Offer, cents: int = 9_99) -> None:
    """New prices of the offer from today on."""
    [first] = offer.versions
    told = {
        column.key: getattr(first, column.key)
        for column in OfferVersion.__table__.columns
        if column.key not in ("id", "number", "valid_from", "revision")
    }
    prices = [
        OfferPrice(
            band=row.band, unit=row.unit, amount=Money(row.amount.cents + cents), vat_code="EX", includes=[]
        )
        for row in first.prices
    ]
    session.add(OfferVersion(**told, number=2, valid_from=helsinki_date(NOW), prices=prices))
    session.flush()
    session.expire(offer, ["versions"])


@pytest.fixture
def scene(app: Flask, session: Session) -> Choosing:
    """The scene in a session that is rolled back."""
    return make_choosing(session)


@pytest.fixture
def kept(app: Flask, database: Database) -> Choosing:
    """The scene in the portal's own database, for tests of pages and of two at once."""
    with app.app_context(), database.transaction() as session:
        return make_choosing(session)


def mails(session: Session) -> list[tuple[str, str]]:
    """Template and recipient of what has been written about agreements."""
    rows = session.execute(
        sa.select(OutboxMessage.template, OutboxMessage.recipient).order_by(OutboxMessage.id)
    )
    return [(template, recipient) for template, recipient in rows if template.startswith("agreement")]
