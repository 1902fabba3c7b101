"""The office sees its own mail that no server took, and has it sent again; nobody else does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace import outbox
from marketplace.accounts.links import service as links
from marketplace.accounts.links.rules import HOLDS, KEPT_FOR, Purpose
from marketplace.accounts.models import User
from marketplace.audit.models import AuditEvent
from marketplace.clients.models import Client
from marketplace.clients.privacy import service as privacy
from marketplace.db import Database
from marketplace.outbox import GIVEN_UP_KEPT, MAX_ATTEMPTS, OutboxMessage
from marketplace.permissions import GRANTS, SYSTEM, Permission, Role
from marketplace.undelivered.audit_actions import MailAudit
from marketplace.work import UnitOfWork
from tests.factories import NOW, make_client, make_user
from tests.forms import post_form

SignIn = Callable[[FlaskClient, User], None]
PAGE = "/fi/office/undelivered"
REFUSED = "{'a@example.fi': (550, b'5.1.1 No such user')}"


def given_up(database: Database, recipient: str, **facts: Any) -> int:
    """A message that is not tried any more; its id."""
    values: dict[str, Any] = {
        "recipient": recipient,
        "language": "fi",
        "template": "application_message",
        "organisation_key": "keusote",
        "subject": "Viesti hakemuksesta",
        "body": "Teksti\n",
        "message_id": f"<{recipient}>",
        "created_at": NOW,
        "next_attempt_at": NOW,
        "attempts": MAX_ATTEMPTS,
        "last_error": REFUSED,
    }
    with database.transaction() as session:
        made = session.execute(sa.insert(OutboxMessage).values(values | facts).returning(OutboxMessage.id))
        return made.scalar_one()


def tries(database: Database) -> dict[str, int]:
    """How often each message has been tried."""
    with database.read() as session:
        return {each.recipient: each.attempts for each in session.scalars(sa.select(OutboxMessage))}


@pytest.fixture
def staff(database: Database) -> Callable[..., User]:
    def make(role: Role, organisation: str = "keusote") -> User:
        with database.transaction() as session:
            return make_user(session, role, organisation=organisation)

    return make


def test_the_office_reads_to_whom_what_and_why_and_sends_one_again(
    database: Database, client: FlaskClient, sign_in: SignIn, staff: Callable[..., User]
) -> None:
    one, other = given_up(database, "yksi@example.fi"), given_up(database, "kaksi@example.fi")
    sign_in(client, staff(Role.COORDINATOR))
    text = client.get(PAGE).text
    for words in ("yksi@", "kaksi@", "Viesti hakemuksesta", "Hakemus", "Osoitetta ei ole."):
        assert words in text, words
    assert f'href="{PAGE}"' in client.get("/fi/office").text
    answer = post_form(client, f"{PAGE}/{one}/again", {}, page=PAGE)
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert tries(database) == {"yksi@example.fi": 0, "kaksi@example.fi": MAX_ATTEMPTS}
    assert post_form(client, f"{PAGE}/{one}/again", {}, page=PAGE).status_code in (303, 409)
    assert "yksi@" not in client.get(PAGE).text
    with database.read() as session:
        events = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == MailAudit.SEND_AGAIN)).all()
        assert [(each.subject_id, each.organisation_key) for each in events] == [(str(one), "keusote")]
        assert not events[0].before
        assert not events[0].after
    assert other


def test_all_are_sent_again_at_once_but_never_what_is_another_offices(
    database: Database, client: FlaskClient, sign_in: SignIn, staff: Callable[..., User]
) -> None:
    given_up(database, "yksi@example.fi")
    given_up(database, "kaksi@example.fi")
    foreign = given_up(database, "muu@example.fi", organisation_key="soite")
    given_up(database, "tili@example.fi", organisation_key=None, template="account_password")
    sign_in(client, staff(Role.REVIEWER))
    text = client.get(PAGE).text
    assert "muu@" not in text
    assert "tili@" not in text
    assert post_form(client, f"{PAGE}/{foreign}/again", {}, page=PAGE).status_code == 404
    post_form(client, f"{PAGE}/again", {}, page=PAGE)
    assert tries(database) == {
        "yksi@example.fi": 0,
        "kaksi@example.fi": 0,
        "muu@example.fi": MAX_ATTEMPTS,
        "tili@example.fi": MAX_ATTEMPTS,
    }
    assert f'href="{PAGE}"' not in client.get("/fi/office").text, "nothing waits: the bar does not name it"


def test_who_gets_mail_about_clients_is_shown_to_those_who_see_clients(
    database: Database, client: FlaskClient, sign_in: SignIn, staff: Callable[..., User]
) -> None:
    given_up(database, "asiakas@example.fi", template="client_summary", subject="Kuukauden yhteenveto")
    sign_in(client, staff(Role.COORDINATOR))
    assert "asiakas@" not in client.get(PAGE).text
    assert "Kuukauden yhteenveto" not in client.get(PAGE).text
    sign_in(client, staff(Role.COUNSELLOR))
    assert "asiakas@" in client.get(PAGE).text


@pytest.mark.parametrize("role", [Role.AUDITOR, None])
def test_who_sends_no_mail_does_not_see_it(
    role: Role | None, database: Database, client: FlaskClient, sign_in: SignIn, staff: Callable[..., User]
) -> None:
    message = given_up(database, "yksi@example.fi")
    if role is not None:
        sign_in(client, staff(role))
    assert client.get(PAGE).status_code == (403 if role else 302)
    client.post(f"{PAGE}/{message}/again")
    assert tries(database) == {"yksi@example.fi": MAX_ATTEMPTS}


def test_only_staff_who_act_send_mail_again() -> None:
    may = {role for role, permissions in GRANTS.items() if Permission.SEND_MAIL_AGAIN in permissions}
    assert may == {Role.COORDINATOR, Role.REVIEWER, Role.DECIDER, Role.COUNSELLOR, Role.PAYER}


def test_what_nobody_sent_again_loses_its_text_after_ninety_days_and_is_not_told_any_more(
    app: Flask, database: Database
) -> None:
    old = NOW - GIVEN_UP_KEPT - timedelta(days=1)
    given_up(database, "vanha@example.fi", created_at=old)
    given_up(database, "odottaa@example.fi", created_at=old, attempts=3)
    given_up(database, "uusi@example.fi")
    outbox.forget_bodies(database, now=NOW)
    with database.read() as session:
        kept = {each.recipient: each.body for each in session.scalars(sa.select(OutboxMessage))}
        assert kept == {
            "": "",
            "odottaa@example.fi": "Teksti\n",
            "uusi@example.fi": "Teksti\n",
        }
        assert [each.recipient for each in outbox.waiting(session)] == [
            "odottaa@example.fi",
            "uusi@example.fi",
        ]
    with database.transaction() as session:
        assert outbox.retry(session, now=NOW) == 2


def test_letters_to_a_client_go_when_the_client_is_erased(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        account = make_user(session, Role.CLIENT, email="aino.oma@client.example")
        aino = make_client(session, email="aino@client.example", user_id=account.id)
        make_client(session, email="toinen@client.example")
    for recipient in ("aino@client.example", "aino.oma@client.example", "toinen@client.example"):
        for template in ("client_summary", "delivery_dispute_client", "account_password"):
            given_up(database, recipient, template=template, message_id=f"<{recipient} {template}>")
    given_up(database, "aino@client.example", template="enquiry_answer", message_id="<enquiry>")
    with database.transaction() as session:
        client = session.get_one(Client, aino.id)
        privacy.erase(UnitOfWork(session, SYSTEM, NOW), client)
    with database.read() as session:
        kept = {(each.recipient, each.template) for each in session.scalars(sa.select(OutboxMessage))}
    assert kept == {
        ("toinen@client.example", "client_summary"),
        ("toinen@client.example", "delivery_dispute_client"),
        ("toinen@client.example", "account_password"),
        ("aino@client.example", "enquiry_answer"),
    }


def test_a_letter_to_who_never_registered_is_forgotten_with_its_link(app: Flask, database: Database) -> None:
    old = NOW - HOLDS[Purpose.REGISTRATION] - KEPT_FOR
    given_up(database, "joku@muualla.example", template="registration_confirm", created_at=old)
    given_up(
        database, "uusi@muualla.example", template="registration_confirm", created_at=old + timedelta(hours=1)
    )
    given_up(database, "tunnettu@example.fi", template="account_password", created_at=old)
    with database.transaction() as session:
        links.purge(session, now=NOW)
    assert tries(database).keys() == {"uusi@muualla.example", "tunnettu@example.fi"}
