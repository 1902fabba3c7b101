"""What is refused stands in the trail: enough to see that somebody tries, never so much that it fills the trail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts import service
from marketplace.accounts.audit_actions import AccountAudit
from marketplace.accounts.guessing.rules import FREE
from marketplace.accounts.guessing.service import TooManyTries
from marketplace.accounts.models import User
from marketplace.accounts.second_factor import service as factors
from marketplace.accounts.second_factor.models import Passkey
from marketplace.accounts.second_factor.sealing import Sealer
from marketplace.accounts.service import NOBODY_KNOWN, actor_of
from marketplace.audit.models import AuditEvent
from marketplace.audit.proof import verify
from marketplace.db import Database
from marketplace.permissions import Role
from tests.accounts.conftest import SECRET
from tests.factories import NOW, make_user
from tests.forms import post_form

HOUR = timedelta(hours=1)
STRANGE = "nobody@example.fi"


@pytest.fixture
def reviewer(database: Database) -> User:
    """One of the staff of an office."""
    with database.transaction() as session:
        return make_user(
            session, Role.REVIEWER, organisation="keusote", email="anna@example.fi", password_hash=SECRET
        )


def told(database: Database, action: AccountAudit) -> Sequence[AuditEvent]:
    """The events of an action, in their order."""
    with database.read() as session:
        wanted = sa.select(AuditEvent).where(AuditEvent.action == action)
        return session.scalars(wanted.order_by(AuditEvent.id)).all()


def refuse(database: Database, **given: object) -> None:
    """A sign-in with a wrong password."""
    facts = {"email": "anna@example.fi", "address": "10.0.0.1", "browser": None, "now": NOW} | given
    assert service.sign_in(database, password="väärä salasana", **facts) is None  # type: ignore[arg-type]


def test_a_refused_sign_in_is_told_once_an_hour_for_each_network(database: Database, reviewer: User) -> None:
    for _time in range(2):
        refuse(database)
    [first] = told(database, AccountAudit.REFUSE_SIGN_IN)
    assert (first.subject_type, first.subject_id) == ("User", str(reviewer.id))
    assert (first.organisation_key, first.actor_id, first.actor_name) == ("keusote", None, "")
    refuse(database, address="10.0.0.2")
    refuse(database, now=NOW + HOUR)
    assert [each.at for each in told(database, AccountAudit.REFUSE_SIGN_IN)] == [NOW, NOW, NOW + HOUR]


def test_of_an_address_without_account_only_that_it_happened_is_kept(database: Database) -> None:
    for _time in range(2):
        refuse(database, email=STRANGE)
    [event] = told(database, AccountAudit.REFUSE_SIGN_IN)
    assert (event.subject_id, event.organisation_key, event.before, event.after) == (
        NOBODY_KNOWN,
        None,
        {},
        {},
    )


def test_a_try_that_has_to_wait_is_refused_too(database: Database, reviewer: User) -> None:
    later = NOW + HOUR
    refuse(database)
    for number in range(FREE - 1, 0, -1):
        refuse(database, now=later - timedelta(minutes=number))
    refuse(database, now=later - timedelta(seconds=1))
    assert len(told(database, AccountAudit.REFUSE_SIGN_IN)) == 1
    with pytest.raises(TooManyTries):
        refuse(database, now=later)
    assert [each.at for each in told(database, AccountAudit.REFUSE_SIGN_IN)] == [NOW, later]


def test_a_right_sign_in_is_no_refusal(client: FlaskClient, database: Database, known: User) -> None:
    entries = {"email": known.email, "password": "oikea lautanen paristo"}
    assert post_form(client, "/fi/account/sign-in", entries).status_code == 303
    assert told(database, AccountAudit.REFUSE_SIGN_IN) == []


def test_refused_pages_are_told_once_an_hour_for_each_person_and_page(
    app: Flask,
    client: FlaskClient,
    database: Database,
    reviewer: User,
    sign_in: Callable[[FlaskClient, User], None],
) -> None:
    sign_in(client, reviewer)
    for path in ("/fi/office/audit", "/sv/office/audit", "/fi/client/"):
        assert client.get(path).status_code == 403
    first, second = told(database, AccountAudit.REFUSE_ACCESS)
    assert (first.after, second.after) == ({"page": "audit.events"}, {"page": "client_area.home"})
    assert (first.actor_id, first.subject_id) == (reviewer.id, str(reviewer.id))
    assert first.organisation_key == "keusote"
    assert verify(database).problem is None


def test_who_is_not_signed_in_or_asks_for_what_is_not_there_is_not_told(
    client: FlaskClient, database: Database, reviewer: User, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    assert client.get("/fi/office/audit").status_code == 302
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert client.post("/fi/account/sign-in", headers=headers).status_code == 403
    sign_in(client, reviewer)
    assert client.get("/fi/no-such-page").status_code == 404
    assert told(database, AccountAudit.REFUSE_ACCESS) == []


def test_refusals_at_the_same_time_are_one_event(database: Database, reviewer: User) -> None:
    together = Barrier(4)

    def ask() -> None:
        together.wait()
        service.tell_refused_access(database, actor_of(reviewer), "audit.events", now=NOW)

    askers = [Thread(target=ask) for _number in range(4)]
    for each in askers:
        each.start()
    for each in askers:
        each.join()
    assert len(told(database, AccountAudit.REFUSE_ACCESS)) == 1


def test_a_refused_second_factor_is_told_once_an_hour_for_each_way(
    database: Database, reviewer: User
) -> None:
    sealer = Sealer(["a key of tests"])
    for code, now in (("123456", NOW), ("654321", NOW), ("abcd-efgh", NOW), ("123456", NOW + HOUR)):
        assert not factors.code_proves(database, reviewer.id, code, sealer=sealer, now=now)
    events = told(database, AccountAudit.REFUSE_FACTOR)
    assert [(each.after["by"], each.at) for each in events] == [
        ("app", NOW),
        ("recovery_code", NOW),
        ("app", NOW + HOUR),
    ]
    assert {(each.subject_id, each.organisation_key) for each in events} == {(str(reviewer.id), "keusote")}
    assert not any(code in str(each.after) for each in events for code in ("123456", "abcd"))


@pytest.mark.parametrize("credential", ["{}", "[" * 100_000])
def test_a_refused_passkey_is_told(
    database: Database,
    client: FlaskClient,
    reviewer: User,
    sign_in: Callable[[FlaskClient, User], None],
    credential: str,
) -> None:
    sign_in(client, reviewer)
    with database.transaction() as session:
        held = {"credential_id": "AA", "public_key": b"", "sign_count": 0, "name": "Avain"}
        session.add(Passkey(user_id=reviewer.id, created_at=NOW, **held))
    answer = post_form(
        client, "/fi/account/confirm/passkey", {"credential": credential}, page="/fi/account/confirm"
    )
    assert answer.status_code == 422
    assert [each.after for each in told(database, AccountAudit.REFUSE_FACTOR)] == [{"by": "passkey"}]
