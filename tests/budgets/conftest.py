"""A client with a decision in hours and euros, a provider who is paid from it, and a helper who acts for the client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.clients.mandates.models import Mandate
from marketplace.clients.mandates.rules import Scope, Source
from marketplace.clients.models import Client
from marketplace.db import Database
from marketplace.files.store import FileStore
from marketplace.ledger.rules import Amount, Unit
from marketplace.permissions import Role
from marketplace.providers.models import Provider
from marketplace.vouchers import service as agreements
from marketplace.vouchers.granting.models import ServiceDecision
from marketplace.vouchers.granting.rules import LineFacts
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AgreementTerms
from tests.factories import (
    NOW,
    make_approval,
    make_offer,
    make_provider,
    make_provider_admin,
    make_required_evidence,
    make_user,
)
from tests.vouchers.granting.conftest import Granting, changed, made, make_granting

FIRST = date(2026, 11, 1)
HOURS = LineFacts("carer_leave_home", Amount(Unit.MINUTES, 30 * 60))
EUROS = LineFacts("day_activity", Amount(Unit.CENTS, 600_00))

Enter = Callable[[User], FlaskClient]


@dataclass(frozen=True)
class Budgeted:
    """`office` are the people of the decision; `citizen` is the client's account and `helper` may act."""

    office: Granting
    client: Client
    citizen: User
    helper: User
    provider: Provider
    admin: User
    decision: ServiceDecision
    agreements: tuple[Agreement, ...]


def make_budgeted(session: Session, store: FileStore) -> Budgeted:
    """The scene in the caller's session: twenty hours and four hundred euros a month are held since the first day."""
    office = make_granting(session)
    client = office.client
    citizen = make_user(session, Role.CLIENT, name=client.name)
    helper = make_user(session, Role.HELPER, name="Helmi Auttaja")
    client.user_id = citizen.id
    session.add(
        Mandate(
            client_id=client.id,
            helper_id=helper.id,
            source=Source.PORTAL,
            scope=Scope.ACT,
            name=helper.name,
            email=helper.email,
            expires_at=NOW + timedelta(days=7),
            given_at=NOW,
            given_by_id=citizen.id,
            accepted_at=NOW,
        )
    )
    decision = made(
        session,
        office,
        store,
        changed(starts_on=FIRST, ends_on=date(2027, 10, 31), applied_on=date(2026, 10, 1)),
        (HOURS, EUROS),
    )
    provider = make_provider(session)
    held = []
    for line, monthly in zip(decision.lines, ("20", "400"), strict=True):
        approval = make_approval(session, provider, line.service_key, approved_on=FIRST)
        make_required_evidence(session, approval)
        offer = make_offer(session, approval, version={"valid_from": FIRST})
        terms = AgreementTerms(client.number, FIRST, monthly=monthly)
        held.append(agreements.record_agreement(office.work(session), offer.id, terms))
    return Budgeted(
        office,
        client,
        citizen,
        helper,
        provider,
        make_provider_admin(session, provider),
        decision,
        tuple(held),
    )


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    """Where letters are kept."""
    return FileStore(tmp_path / "files", secret="a secret of tests", limit=10_000_000)


@pytest.fixture
def kept(app: Flask, database: Database, store: FileStore) -> Budgeted:
    """The scene in the portal's own database, for tests of pages."""
    with app.app_context(), database.transaction() as session:
        return make_budgeted(session, store)


@pytest.fixture
def enter(app: Flask, sign_in: Callable[[FlaskClient, User], None]) -> Enter:
    """A browser of the person's own."""

    def browser(person: User) -> FlaskClient:
        client = app.test_client()
        sign_in(client, person)
        return client

    return browser
