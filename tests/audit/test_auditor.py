"""An auditor sees and changes nothing: every address that takes a form is tried, with things that are there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import AnyConverter, IntegerConverter, Rule

from marketplace.accounts.models import User
from marketplace.db import Base, Database
from marketplace.permissions import GRANTS, Permission, Role
from marketplace.providers.rules import ApprovalAction
from tests.approvals.cast import make_cast
from tests.approvals.offer_changes.offers import DEAR, make_case, send, write
from tests.approvals.standing.conftest import make_standing, open_measure
from tests.factories import NOW, make_application, make_client, make_user
from tests.forms import token_on
from tests.recruiting.invitations.conftest import listed, make_office

SignIn = Callable[[FlaskClient, User], None]

OWN = {Permission.PUBLIC, Permission.SIGNED_IN}
"""What everybody may do: their own account, and what needs none."""

SAID_OF_ONESELF = {"approvals.own_mail", "approvals.step_aside"}
"""That one is disqualified, and which mail one wants, is said of oneself by whoever looks at a matter."""

NOTES = {
    "audit_events", "audit_seals", "audit_chains", "audit_roots", "client_accesses", "kept_forms", "sent_forms",
    "allowance_uses", "user_sessions", "sign_in_counts", "thread_marks",
}  # fmt: skip
"""What is noted of looking and of trying: this grows when an auditor looks."""


@pytest.fixture
def database(app: Flask) -> Database:
    """Of everything that an office deals with, one."""
    held: Database = app.extensions["database"]
    with app.app_context(), held.transaction() as session:
        cast = make_cast(session)
        make_application(session, cast.provider, cast.applicant, state="in_review")
        approval = make_standing(session, make_cast(session))
        open_measure(session, approval, make_cast(session), ApprovalAction.SUSPEND)
        case = make_case(session)
        write(session, case, NOW.date().replace(year=2027), price=DEAR)
        send(session, case)
        listed(session, make_office(session), 1)
        make_client(session)
    return held


def unsafe_rules(app: Flask) -> list[Rule]:
    """Every address that takes a form and asks for a permission of its own."""
    return [
        rule
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ())
        and vars(app.view_functions[rule.endpoint])["permission"] not in OWN
        and rule.endpoint not in SAID_OF_ONESELF
    ]


def address(rule: Rule) -> str:
    """The address with the first of everything."""
    values: dict[str, object] = {"lang": "fi"}
    for name, converter in rule._converters.items():
        if name == "lang":
            continue
        if isinstance(converter, AnyConverter):
            values[name] = min(converter.items)
        elif isinstance(converter, IntegerConverter):
            values[name] = 1
        else:
            values[name] = "keusote-2022"
    built = rule.build(values)
    assert built is not None
    return built[1]


def contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables, but what is noted of looking."""
    with database.read() as session:
        return {
            name: sorted(tuple(map(str, row)) for row in session.execute(sa.select(table)))
            for name, table in Base.metadata.tables.items()
            if name not in NOTES
        }


def test_an_auditor_changes_nothing_anywhere(
    app: Flask, client: FlaskClient, sign_in: SignIn, database: Database
) -> None:
    with database.transaction() as session:
        auditor = make_user(session, Role.AUDITOR, organisation="keusote")
    sign_in(client, auditor)
    token = token_on(client.get("/fi/account/").text)
    rules = unsafe_rules(app)
    assert len(rules) > 80
    before = contents(database)
    words = dict.fromkeys(
        ("text", "reason", "message", "grounds", "note", "answer", "words", "body"), "Sana."
    )
    for rule in rules:
        permission = vars(app.view_functions[rule.endpoint])["permission"]
        sent = client.post(address(rule), data={"csrf_token": token, **words})
        if permission not in GRANTS[Role.AUDITOR]:
            assert sent.status_code in (403, 404), rule.endpoint
        assert contents(database) == before, rule.endpoint
