"""Whoever registers a company is marked until the office, or a letter to its registered address, shows their right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.audit.models import AuditEvent
from marketplace.codes import in_groups
from marketplace.db import Database
from marketplace.errors import Conflict, Invalid, NotAllowed, NotFound
from marketplace.outbox import OutboxMessage
from marketplace.permissions import Role
from marketplace.providers.authority import queries, service
from marketplace.providers.authority.rules import CODE_HOLDS, GROUP, MOST_TRIES
from marketplace.providers.company import account, people
from marketplace.providers.company.queries import grants_of, invitations_of, waiting_change
from marketplace.providers.models import Provider
from marketplace.providers.queries import my_provider
from tests.factories import (
    NOW,
    make_application,
    make_approval,
    make_provider,
    make_provider_admin,
    make_user,
)
from tests.forms import post_form
from tests.work import work_of

SignIn = Callable[[FlaskClient, User], None]
HOW = "Soitettu yhtiön numeroon kaupparekisterissä."


@pytest.fixture
def company(session: Session) -> tuple[Provider, User]:
    provider = make_provider(session, proven=False)
    return provider, make_provider_admin(session, provider)


def coordinator(session: Session, organisation: str = "keusote") -> User:
    return make_user(session, Role.COORDINATOR, organisation=organisation)


# --- verbs -----------------------------------------------------------------------------------------------------------


def test_a_new_company_has_shown_nothing(session: Session, company: tuple[Provider, User]) -> None:
    assert not queries.is_proven(session, company[0].id)


def test_the_office_shows_the_right_with_its_reason_once(
    session: Session, company: tuple[Provider, User]
) -> None:
    provider, admin = company
    work = work_of(session, actor_of(coordinator(session)))
    with pytest.raises(Invalid):
        service.approve(work, provider_id=provider.id, reason=" ")
    service.approve(work, provider_id=provider.id, reason=HOW)
    assert queries.is_proven(session, provider.id)
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.after["reason"]) == ("provider.right_approve", HOW)
    mail = session.scalars(sa.select(OutboxMessage)).one()
    assert (mail.template, mail.recipient) == ("right_shown", admin.email)
    with pytest.raises(Conflict):
        service.approve(work, provider_id=provider.id, reason=HOW)


def test_only_the_office_that_answers_for_a_company_does_it(session: Session) -> None:
    provider = make_provider(session, proven=False)
    make_approval(session, provider)
    stranger, reviewer = (
        coordinator(session, "soite"),
        make_user(session, Role.REVIEWER, organisation="keusote"),
    )
    for person in (stranger, reviewer, make_provider_admin(session, provider)):
        with pytest.raises(NotFound):
            service.approve(work_of(session, actor_of(person)), provider_id=provider.id, reason=HOW)


def test_nobody_shows_the_right_of_a_company_of_their_own(session: Session) -> None:
    provider = make_provider(session, proven=False)
    person = coordinator(session)
    make_approval(session, provider)
    aside = replace(actor_of(person), disqualified=frozenset({provider.id}))
    with pytest.raises(NotAllowed):
        service.approve(work_of(session, aside), provider_id=provider.id, reason=HOW)


def test_the_code_of_the_last_letter_shows_the_right(
    session: Session, company: tuple[Provider, User]
) -> None:
    provider, admin = company
    office = work_of(session, actor_of(coordinator(session)))
    old = service.send_letter(office, provider_id=provider.id)
    code = service.send_letter(office, provider_id=provider.id)
    work = work_of(session, actor_of(admin))
    with pytest.raises(Invalid):
        service.enter_code(work, provider_id=provider.id, code=old)
    right = queries.right_of(session, provider.id)
    assert right is not None
    assert code not in (right.code_hash or "")
    service.enter_code(work, provider_id=provider.id, code=in_groups(code, GROUP).lower())
    assert queries.is_proven(session, provider.id)
    assert right.code_hash is None
    with pytest.raises(Conflict):
        service.enter_code(work, provider_id=provider.id, code=code)


def test_a_code_is_tried_five_times_and_for_thirty_days(database: Database) -> None:
    with database.transaction() as session:
        provider = make_provider(session, proven=False)
        service.send_letter(work_of(session, actor_of(coordinator(session))), provider_id=provider.id)
    with pytest.raises(Conflict):
        service.count_try(database, provider.id, now=NOW + CODE_HOLDS)
    for _time in range(MOST_TRIES):
        service.count_try(database, provider.id, now=NOW + CODE_HOLDS - timedelta(seconds=1))
    with pytest.raises(Conflict):
        service.count_try(database, provider.id, now=NOW)


def test_a_company_without_a_letter_has_no_code_to_try(database: Database) -> None:
    with database.transaction() as session:
        provider = make_provider(session, proven=False)
    with pytest.raises(Conflict):
        service.count_try(database, provider.id, now=NOW)


def test_handing_over_takes_everything_from_who_acted_and_tells_them(session: Session) -> None:
    provider = make_provider(session, iban="FI2112345600000785", proven=False)
    make_approval(session, provider)
    squatter = make_provider_admin(session, provider, email="squat@evil.example")
    work = work_of(session, actor_of(squatter))
    people.invite(
        work, provider_id=provider.id, email="friend@evil.example", role="provider_editor", language="fi"
    )
    account.ask_for_account(work, my_provider(work, provider.id), "FI8847304720017517")
    office = work_of(session, actor_of(coordinator(session)))
    service.hand_over(office, provider_id=provider.id, email="oikea@example.fi", language="sv", reason=HOW)
    session.flush()
    assert grants_of(session, provider.id) == []
    assert waiting_change(session, provider.id) is None
    assert [each.email for each in invitations_of(session, provider.id)] == ["oikea@example.fi"]
    assert actor_of(squatter).providers == ()
    told = session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.template == "company_handed_over")
    ).one()
    assert told.recipient == "squat@evil.example"
    assert HOW in told.body
    assert queries.is_proven(session, provider.id)
    actions = set(session.scalars(sa.select(AuditEvent.action)))
    assert {"provider.hand_over", "person.remove", "account_change.take_back"} <= actions


def test_nobody_of_the_office_takes_a_company_over(session: Session, company: tuple[Provider, User]) -> None:
    person = coordinator(session)
    with pytest.raises(Invalid):
        service.hand_over(
            work_of(session, actor_of(person)),
            provider_id=company[0].id,
            email=person.email.upper(),
            language="fi",
            reason=HOW,
        )


# --- pages -----------------------------------------------------------------------------------------------------------


def test_from_the_mark_to_the_letter_and_its_code(
    app: Flask, client: FlaskClient, sign_in: SignIn, database: Database
) -> None:
    with database.transaction() as session:
        provider = make_provider(session, proven=False)
        admin, office = make_provider_admin(session, provider), coordinator(session)
    sign_in(client, admin)
    page = f"/fi/provider/{provider.id}/right"
    assert "Osoita, että saat toimia yrityksen puolesta" in client.get(f"/fi/provider/{provider.id}/").text
    assert "ei ole osoitettu" in client.get(page).text
    desk = app.test_client()
    sign_in(desk, office)
    company = f"/fi/office/companies/{provider.id}/right"
    address = {
        "street": "Rekisterikatu 1",
        "postal_code": "04300",
        "city": "Tuusula",
        "letter_language": "fi",
    }
    refused = post_form(desk, f"{company}/letter", {**address, "street": ""}, page=company)
    assert refused.status_code == 422
    letter = post_form(desk, f"{company}/letter", address, page=company)
    assert (letter.status_code, letter.mimetype, letter.headers["Cache-Control"]) == (
        200,
        "application/pdf",
        "no-store",
    )
    words = " ".join(each.extract_text() for each in PdfReader(BytesIO(letter.data)).pages)
    assert "Rekisterikatu 1" in words
    code = next(word for word in words.split() if word.count("-") == 2 and len(word) == 14)
    assert post_form(client, page, {"code": "AAAA-BBBB-CCCC"}).status_code == 422
    with database.read() as session:
        right = queries.right_of(session, provider.id)
        assert right is not None
        assert right.tries == 1
    assert post_form(client, page, {"code": code}).status_code in (302, 303)
    assert "on osoitettu" in client.get(page).text
    assert "Osoita, että" not in client.get(f"/fi/provider/{provider.id}/").text


def test_the_reviewer_sees_the_mark_until_the_office_has_made_sure(
    app: Flask, client: FlaskClient, sign_in: SignIn, database: Database
) -> None:
    with database.transaction() as session:
        provider = make_provider(session, proven=False)
        application = make_application(
            session, provider, make_provider_admin(session, provider), state="in_review"
        )
        office = coordinator(session)
    sign_in(client, office)
    page, company = f"/fi/office/applications/{application.id}", f"/fi/office/companies/{provider.id}/right"
    assert "ei ole osoitettu" in client.get(page).text
    assert post_form(client, f"{company}/approve", {"reason": ""}, page=company).status_code == 422
    assert post_form(client, f"{company}/approve", {"reason": HOW}, page=company).status_code in (302, 303)
    assert "ei ole osoitettu" not in client.get(page).text
    assert HOW in client.get(company).text


@pytest.mark.parametrize("what", ["right", "right/approve", "right/letter", "right/hand-over"])
def test_a_company_of_another_office_is_not_there(
    client: FlaskClient, sign_in: SignIn, database: Database, what: str
) -> None:
    with database.transaction() as session:
        provider = make_provider(session, proven=False)
        make_approval(session, provider)
        stranger = coordinator(session, "soite")
    sign_in(client, stranger)
    answer: Any = client.get(f"/fi/office/companies/{provider.id}/right")
    if what != "right":
        answer = post_form(client, f"/fi/office/companies/{provider.id}/{what}", {}, page="/fi/account/")
    assert answer.status_code in ((404,) if what != "right/hand-over" else (404, 302, 303))
