"""A company that nobody acts for, as an imported one: its office invites the first admin, and is asked to."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.audit.models import AuditEvent
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.outbox import OutboxMessage
from marketplace.permissions import Role
from marketplace.providers.company import people, queries
from marketplace.providers.models import Provider
from tests.factories import make_approval, make_provider, make_provider_admin, make_user
from tests.forms import post_form
from tests.providers.company.test_people import last_mail, token_in
from tests.work import work_of


@pytest.fixture
def provider(session: Session) -> Provider:
    imported = make_provider(session)
    make_approval(session, imported)
    return imported


@pytest.fixture
def coordinator(session: Session) -> User:
    return make_user(session, Role.COORDINATOR, organisation="keusote", language="sv")


def invite(session: Session, provider: Provider, by: User, email: str = "toimisto@example.fi") -> None:
    people.invite_first_admin(
        work_of(session, actor_of(by)), provider_id=provider.id, email=email, language="fi"
    )


def test_the_office_invites_the_first_admin_who_then_lets_in_others(
    session: Session, provider: Provider, coordinator: User
) -> None:
    invite(session, provider, coordinator)
    mail = last_mail(session)
    assert (mail.recipient, mail.language) == ("toimisto@example.fi", "fi")
    people.join_as_newcomer(
        work_of(session), name="Aino", password_hash="unusable", language="fi", token=token_in(mail)
    )
    assert [user.email for user in queries.admins_of(session, provider.id)] == ["toimisto@example.fi"]
    with pytest.raises(Conflict):
        invite(session, provider, coordinator, "toinen@example.fi")
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "person.invite")).one()
    assert (event.actor_id, event.organisation_key) == (coordinator.id, "keusote")


def test_nobody_of_the_office_becomes_the_companys_admin_by_inviting_oneself(
    session: Session, provider: Provider, coordinator: User
) -> None:
    with pytest.raises(Invalid):
        invite(session, provider, coordinator, coordinator.email.upper())


@pytest.mark.parametrize(
    ("role", "organisation"),
    [(Role.COORDINATOR, "soite"), (Role.REVIEWER, "keusote"), (Role.PAYER, "keusote")],
)
def test_only_those_who_invite_providers_in_an_organisation_of_the_company_do(
    session: Session, provider: Provider, role: Role, organisation: str
) -> None:
    with pytest.raises(NotFound):
        invite(session, provider, make_user(session, role, organisation=organisation))


def test_who_registers_its_business_id_asks_the_office_and_joining_answers_that(
    session: Session, provider: Provider, coordinator: User
) -> None:
    person = make_user(session)
    people.ask_access(work_of(session), user=person, business_id=provider.business_id)
    people.ask_access(work_of(session), user=person, business_id=provider.business_id)
    sent = session.execute(sa.select(OutboxMessage.template, OutboxMessage.recipient)).all()
    assert sorted(map(tuple, sent)) == [
        ("access_asked_office", coordinator.email),
        ("person_invited", provider.email),
    ]
    assert f"/office/companies/{provider.id}/first-admin" in "".join(
        session.scalars(sa.select(OutboxMessage.body))
    )
    invite(session, provider, coordinator, person.email)
    people.join(work_of(session), user=person, token=token_in(last_mail(session)))
    assert queries.admins_of(session, provider.id) == [person]
    assert queries.requests_of(session, provider.id) == []


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_the_way_leads_from_the_approval_to_the_invitation(
    app: Flask, client: FlaskClient, sign_in: Any, language: str
) -> None:
    with app.app_context(), app.extensions["database"].transaction() as session:
        provider = make_provider(session, email="")
        approval = make_approval(session, provider)
        coordinator = make_user(session, Role.COORDINATOR, organisation="keusote")
        person = make_user(session)
        people.ask_access(work_of(session), user=person, business_id=provider.business_id)
        asking, approved = person.email, approval.id
    sign_in(client, coordinator)
    page = f"/{language}/office/companies/{provider.id}/first-admin"
    assert page in client.get(f"/{language}/office/approvals/{approved}").text
    assert f'value="{asking}"' in client.get(page).text
    assert post_form(client, page, {"email": coordinator.email, "language": "fi"}).status_code == 422
    assert post_form(client, page, {"email": asking, "language": "fi"}).location == page
    assert asking in client.get(page).text
    with app.extensions["database"].transaction() as session:
        make_provider_admin(session, session.get_one(Provider, provider.id))
    assert "<form" not in client.get(page).text.split("<main")[1].split("</main>")[0]
    assert page not in client.get(f"/{language}/office/approvals/{approved}").text
