"""The auditor's page: only the own organisation's events, narrowed by the address, with what they changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.audit import queries
from marketplace.audit.labels import action_name
from marketplace.audit.models import AuditEvent
from marketplace.audit.proof import verify
from marketplace.db import Database
from marketplace.permissions import Role
from marketplace.work import AuditAction
from tests.factories import NOW, make_application, make_provider, make_provider_admin, make_user
from tests.trail import Tried
from tests.work import work_of

SignIn = Callable[[FlaskClient, User], None]
PAGE = "/fi/office/audit"


@pytest.fixture
def auditor(app: Flask, database: Database, sign_in: SignIn, client: FlaskClient) -> FlaskClient:
    with database.transaction() as session:
        person = make_user(session, Role.AUDITOR, organisation="keusote")
    sign_in(client, person)
    return client


def write(
    database: Database, name: str, action: AuditAction, *, organisation: str = "keusote", days: int = 0
) -> None:
    """One event about application 12 by a person of that name, so many days after today."""
    with database.transaction() as session:
        person = make_user(session, Role.REVIEWER, organisation=organisation, name=name)
        work_of(session, actor_of(person), now=NOW + timedelta(days=days)).record(
            action,
            ("Application", 12),
            organisation=organisation,
            before={"state": "submitted", "handler": 1},
            after={"state": "in_review", "handler": 1, "reason": "<b>"},
        )


def test_an_auditor_sees_the_own_organisations_events_and_no_others(
    auditor: FlaskClient, database: Database
) -> None:
    write(database, "Oma Ihminen", ApplicationAudit.TAKE)
    write(database, "Toisen Ihminen", ApplicationAudit.TAKE, organisation="soite")
    shown = auditor.get(PAGE).text
    assert "Oma Ihminen" in shown
    assert "Toisen Ihminen" not in shown


def test_what_changed_is_shown_as_differences_and_never_as_markup(
    auditor: FlaskClient, database: Database
) -> None:
    write(database, "Oma Ihminen", ApplicationAudit.TAKE)
    shown = auditor.get(PAGE).text
    assert "Tila: <del>Saapunut</del> → Käsittelyssä" in shown
    assert "Syy: &lt;b&gt;" in shown
    assert "in_review" not in shown
    assert "Käsittelijä:" not in shown


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"Aino Eka", "Eero Toka"}),
        ("?who=aino", {"Aino Eka"}),
        ("?action=application.propose", {"Eero Toka"}),
        ("?subject=application+12", {"Aino Eka", "Eero Toka"}),
        ("?subject=hakemus+12", {"Aino Eka", "Eero Toka"}),
        ("?subject=Hakemus", {"Aino Eka", "Eero Toka"}),
        ("?subject=Hakemus+13", set()),
        ("?subject=Application+13", set()),
        ("?subject=Offer", set()),
        ("?first=23.11.2026", {"Eero Toka"}),
        ("?last=2026-11-22", {"Aino Eka"}),
        ("?first=22.11.2026&last=25.11.2026", {"Aino Eka", "Eero Toka"}),
        ("?who=%25&action=nonsense&first=soon&page=99", set()),
    ],
)
def test_the_address_narrows_the_trail(
    auditor: FlaskClient, database: Database, query: str, names: set[str]
) -> None:
    write(database, "Aino Eka", ApplicationAudit.TAKE)
    write(database, "Eero Toka", ApplicationAudit.PROPOSE, days=3)
    shown = auditor.get(PAGE + query).text
    assert {name for name in ("Aino Eka", "Eero Toka") if name in shown} == names


def test_the_trail_comes_in_pages_that_keep_the_filters(auditor: FlaskClient, database: Database) -> None:
    with database.transaction() as session:
        actor = actor_of(make_user(session, Role.REVIEWER, organisation="keusote", name="Aino Eka"))
        for number in range(queries.PER_PAGE + 1):
            work_of(session, actor).record(
                ApplicationAudit.TAKE, ("Application", number), organisation="keusote"
            )
    first = auditor.get(f"{PAGE}?who=Aino").text
    assert f"{PAGE}?who=Aino&amp;page=2" in first
    assert auditor.get(f"{PAGE}?who=Aino&page=2").text.count("Aino Eka") == 1


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.DECIDER, Role.COORDINATOR, Role.PAYER])
def test_nobody_but_an_auditor_sees_the_trail(
    app: Flask, database: Database, sign_in: SignIn, client: FlaskClient, role: Role
) -> None:
    with database.transaction() as session:
        person = make_user(session, role, organisation="keusote")
    sign_in(client, person)
    assert client.get(PAGE).status_code == 403


def test_opening_an_application_is_itself_recorded_and_the_chain_holds(
    app: Flask, database: Database, auditor: FlaskClient
) -> None:
    with database.transaction() as session:
        provider = make_provider(session)
        person = make_provider_admin(session, provider)
        application = make_application(session, provider, person, state="submitted")
    assert auditor.get(f"/fi/office/applications/{application.id}").status_code == 200
    with database.read() as session:
        seen = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "application.view")).one()
        assert (seen.subject_type, seen.subject_id, seen.organisation_key) == (
            "Application",
            str(application.id),
            "keusote",
        )
    assert verify(database).problem is None
    with app.test_request_context(PAGE):
        assert action_name("application.view") in auditor.get(PAGE).text


def test_the_last_possible_day_does_no_harm() -> None:
    wanted = queries.TrailFilter(first=date.min + timedelta(days=2), last=date.max)
    assert len(queries._within(wanted, AuditEvent)) == 1


def test_an_action_and_a_thing_of_an_earlier_version_are_told_in_sentences(
    auditor: FlaskClient, database: Database
) -> None:
    with database.transaction() as session:
        work_of(session).record(Tried.EVENT, ("Thing", 7), organisation="keusote", after={"colour": "blue"})
    text = auditor.get(PAGE).text
    assert "test.event" not in text.replace('value="test.event"', "")
    assert "Thing" not in text
    assert "colour" not in text
    for told in ("Toimi, jota", "Kohde, joka", "Tieto, jonka"):
        assert told in text
