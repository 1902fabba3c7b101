"""Nobody sends mail to strangers through the portal, by the hundred or in words of their own."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.allowances import TooOften
from marketplace.db import Database
from marketplace.outbox import OutboxMessage
from marketplace.providers.company import people
from marketplace.providers.models import Provider
from marketplace.work import UnitOfWork
from tests.accounts.letters import finish_registration
from tests.factories import NOW, make_provider, make_provider_admin, make_user
from tests.forms import post_form
from tests.providers.company.test_pages import NEWCOMER

HOSTILE = "VOITIT 1000 EUR"


@pytest.fixture
def provider(session: Session) -> Provider:
    return make_provider(session, official_name=HOSTILE)


@pytest.fixture
def admin(session: Session, provider: Provider) -> User:
    return make_provider_admin(session, provider, name=HOSTILE)


def invite(session: Session, provider: Provider, admin: User, email: str) -> None:
    work = UnitOfWork(session, actor_of(admin), NOW)
    people.invite(work, provider_id=provider.id, email=email, role="provider_editor", language="fi")


def test_a_person_invites_twenty_colleagues_a_day(session: Session, provider: Provider, admin: User) -> None:
    for number in range(20):
        invite(session, provider, admin, f"kollega{number}@example.fi")
    with pytest.raises(TooOften):
        invite(session, provider, admin, "kollega@example.fi")


def test_an_address_gets_three_invitations_a_day_whoever_sends_them(session: Session) -> None:
    for _company in range(3):
        each = make_provider(session)
        invite(session, each, make_provider_admin(session, each), "uhri@example.fi")
    other = make_provider(session)
    with pytest.raises(TooOften):
        invite(session, other, make_provider_admin(session, other), "Uhri@example.fi")


def test_what_a_stranger_calls_a_company_or_oneself_is_no_subject_of_our_mail(
    session: Session, provider: Provider, admin: User
) -> None:
    invite(session, provider, admin, "uhri@example.fi")
    asker = make_user(session, name=HOSTILE)
    work = UnitOfWork(session, actor_of(asker), NOW)
    request = people.ask_access(work, user=asker, business_id=provider.business_id)
    people.accept(
        UnitOfWork(session, actor_of(admin), NOW),
        provider_id=provider.id,
        request_id=request.id,
        role="provider_editor",
    )
    mails = session.scalars(sa.select(OutboxMessage)).all()
    assert {mail.template for mail in mails} == {"person_invited", "access_asked", "access_answered"}
    assert not any(HOSTILE in mail.subject for mail in mails)


@pytest.mark.parametrize("name", ["Avaa https://evil.example", "WWW.evil.example Oy", "H\u043eiva Oy"])
def test_a_name_holds_no_address_of_the_web_and_no_letters_that_pass_for_others(
    client: FlaskClient, name: str
) -> None:
    entries = {"name": name, "official_name": name, "email": "maija@example.fi"}
    page = post_form(client, "/fi/provider/register", entries).text
    assert 'href="#name"' in page
    assert 'href="#official_name"' in page


def test_what_a_form_hides_keeps_the_rules_of_what_it_shows(
    app: Flask, client: FlaskClient, database: Database
) -> None:
    hidden = {"trade_name": "Avaa https://evil.example", "street": "Katu\x00\u202e 1", "city": "Lahti\u3164"}
    post_form(client, "/fi/provider/register", NEWCOMER | hidden)
    finish_registration(app, client)
    with database.read() as session:
        kept = session.scalars(sa.select(Provider)).one()
        assert (kept.trade_name, kept.street, kept.city) == ("", "Katu 1", "Lahti")
