"""`marketplace users`: what the operator does, each in the audit trail."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient

from marketplace.__main__ import command
from marketplace.accounts.models import User
from marketplace.accounts.passwords.hashing import UNUSABLE
from marketplace.audit.models import AuditEvent
from marketplace.permissions import Role
from tests.accounts.conftest import PASSWORD, SECRET
from tests.factories import make_user
from tests.forms import post_form

Run = Callable[..., Result]
NEW = "viisi punaista ämpäriä"


@pytest.fixture
def users(app: Flask) -> Run:
    """Run `marketplace users …`; the words are split at blanks."""

    def run(words: str, *, works: bool = True) -> Result:
        result = CliRunner().invoke(command, ["users", *words.split()], obj=app)
        assert (result.exit_code == 0) is works, result.output
        return result

    return run


def actions(app: Flask) -> list[str]:
    with app.extensions["database"].read() as session:
        done = (
            sa.select(AuditEvent.action)
            .where(AuditEvent.action.startswith("account."))
            .order_by(AuditEvent.id)
        )
        return list(session.scalars(done))


def link_in(result: Result) -> str:
    found = re.search(r"http://localhost(\S+)", result.output)
    assert found, result.output
    return found[1]


@pytest.mark.parametrize("role", ["decider", "DECIDER"])
def test_a_newcomer_gets_a_link_that_sets_a_password_once(
    app: Flask, client: FlaskClient, users: Run, role: str
) -> None:
    result = users(f"add Uusi@Example.fi --role {role} --organisation keusote --name Uusi --language sv")
    assert "uusi@example.fi: decider in keusote" in result.output
    page = client.get(link_in(result), follow_redirects=True)
    assert (page.status_code, page.request.path) == (200, "/sv/account/password/new")
    post_form(client, page.request.path, {"password": NEW})
    answer = post_form(client, "/sv/account/sign-in", {"email": "uusi@example.fi", "password": NEW})
    assert answer.location == "/sv/account/second-factor", (
        "the organisation requires one until it says otherwise"
    )
    assert client.get(link_in(result), follow_redirects=True).status_code == 404
    assert actions(app)[:2] == ["account.grant", "account.link"]


def test_who_has_a_password_keeps_it_and_gets_the_role(app: Flask, known: User, users: Run) -> None:
    assert "http" not in users(f"add {known.email} --role payer --organisation keusote").output
    with app.extensions["database"].read() as session:
        assert session.get_one(User, known.id).password_hash == SECRET


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("add not-an-address --role payer --organisation keusote", "is no e-mail address"),
        ("add a@example.fi --role payer --organisation nowhere", "known: keusote"),
        ("add a@example.fi --role king --organisation keusote", "'decider'"),
        ("list --organisation nowhere", "known: keusote"),
        ("close nobody@example.fi", "nobody has an account"),
        ("revoke anna@example.fi", "has no such role: no role"),
    ],
)
def test_what_cannot_be_done_is_said_in_english_with_what_is_known(
    known: User, users: Run, words: str, says: str
) -> None:
    assert says in users(words, works=False).output


def test_staff_of_another_organisation_are_refused_in_english(known: User, users: Run) -> None:
    users(f"add {known.email} --role payer --organisation keusote")
    told = users(f"add {known.email} --role payer --organisation soite", works=False).output
    assert "already works for another organisation" in told


def test_the_list_tells_roles_and_states(app: Flask, known: User, users: Run) -> None:
    with app.extensions["database"].transaction() as session:
        make_user(
            session, Role.REVIEWER, organisation="keusote", email="r@example.fi", password_hash=UNUSABLE
        )
    assert users("list").output.splitlines() == [
        "anna@example.fi: no role; open, password, no second factor, signed in on 0",
        "r@example.fi: reviewer in keusote; open, no password, no second factor, signed in on 0",
    ]
    assert users("list --organisation keusote").output.startswith("r@example.fi")


def test_who_leaves_loses_roles_or_the_account_and_is_out_at_once(
    app: Flask, client: FlaskClient, known: User, users: Run, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    for role in ("payer", "decider"):
        users(f"add {known.email} --role {role} --organisation keusote")
    sign_in(client, known)
    assert "payer taken away; left: decider in keusote" in users(f"revoke {known.email} --role payer").output
    assert client.get("/fi/account/").status_code == 302
    sign_in(client, known)
    users(f"close {known.email}")
    assert client.get("/fi/account/").status_code == 302
    users(f"close {known.email}", works=False)
    assert "--reopen" in users(f"add {known.email} --role payer --organisation keusote", works=False).output
    result = users(f"add {known.email} --role payer --organisation keusote --reopen")
    assert "http" in result.output, "without its old password"
    assert actions(app) == [
        *("account.grant", "account.grant", "account.revoke", "account.close"),
        *("account.reopen", "account.grant", "account.link"),
    ]


def test_a_password_that_others_know_is_taken_away(
    app: Flask, client: FlaskClient, known: User, users: Run, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    sign_in(client, known)
    result = users(f"reset {known.email}")
    assert client.get("/fi/account/").status_code == 302
    entries = {"email": known.email, "password": PASSWORD}
    assert post_form(client, "/fi/account/sign-in", entries).status_code == 422
    assert client.get(link_in(result), follow_redirects=True).status_code == 200
    assert "forgiven" in users(f"unlock {known.email}").output
    assert actions(app) == ["account.reset", "account.link", "account.refuse_sign_in", "account.unlock"]
