"""The letter of the morning: what is in it, once a day, on working mornings, and only for who wants it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.applications.models import Application
from marketplace.approvals import mails
from marketplace.approvals.digest.queries import muted_by
from marketplace.approvals.digest.rules import TEMPLATES, OfficeMail, is_morning, kind_of
from marketplace.approvals.digest.service import write_letters
from marketplace.approvals.standing import service
from marketplace.db import Database
from marketplace.i18n import HELSINKI
from marketplace.outbox import OutboxMessage
from marketplace.permissions import Role
from marketplace.providers.rules import ApprovalAction
from tests.approvals.cast import Cast, make_cast
from tests.approvals.standing.conftest import SAFE, make_standing, open_measure
from tests.factories import make_application, make_provider, make_user
from tests.forms import post_form
from tests.work import work_of

MAILS = Path(__file__).parents[3] / "templates" / "emails"
SignIn = Callable[[FlaskClient, User], None]
MONDAY = datetime(2026, 11, 23, 6, 30, tzinfo=HELSINKI)


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("moment", "morning"),
    [
        (MONDAY, True),
        (MONDAY.replace(hour=5, minute=59), False),
        (MONDAY.replace(hour=11, minute=59), True),
        (MONDAY.replace(hour=12), False),
        (MONDAY - timedelta(days=1), False),
        (MONDAY - timedelta(days=2), False),
    ],
)
def test_letters_are_written_on_working_mornings(moment: datetime, morning: bool) -> None:
    assert is_morning(moment) is morning


def write(app: Flask, moment: datetime) -> int:
    """What the worker does at a moment."""
    with app.app_context():
        return write_letters(app.extensions["database"], now=moment)


@pytest.fixture
def cast(database: Database) -> Cast:
    """A new application and one in the reviewer's hands; an auditor, and an office with nothing to do."""
    with database.transaction() as session:
        cast = make_cast(session)
        make_user(session, Role.AUDITOR, organisation="keusote")
        for state, handler in (("submitted", None), ("in_review", cast.reviewer)):
            make_application(
                session,
                make_provider(session),
                cast.applicant,
                state=state,
                handler=handler,
                complete=False,
                submitted_at=MONDAY - timedelta(days=1),
            )
        return cast


def letters(database: Database) -> dict[str, str]:
    with database.read() as session:
        found = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.template == "office_morning"))
        return {letter.recipient: letter.body for letter in found}


def test_each_person_gets_one_letter_a_morning_with_what_waits(
    app: Flask, database: Database, cast: Cast
) -> None:
    assert write(app, MONDAY) == 2
    assert write(app, MONDAY + timedelta(hours=1)) == 0
    found = letters(database)
    assert found.keys() == {cast.reviewer.email, cast.decider.email}
    assert "Uudet hakemukset: 1" in found[cast.reviewer.email]
    assert "Hakemukset, joita käsittelet: 1" in found[cast.reviewer.email]
    assert "joita käsittelet" not in found[cast.decider.email]
    assert write(app, MONDAY + timedelta(days=1)) == 2


def test_nothing_is_written_at_other_times(app: Flask, database: Database, cast: Cast) -> None:
    assert write(app, MONDAY - timedelta(days=1)) == 0
    assert letters(database) == {}


def test_a_person_switches_the_letter_off_and_on(
    app: Flask, database: Database, client: FlaskClient, sign_in: SignIn, cast: Cast
) -> None:
    sign_in(client, cast.reviewer)
    page = "/fi/office/mail"
    assert page in client.get("/fi/office").text
    for _twice in range(2):
        assert post_form(client, page, {}).status_code == 303
    assert write(app, MONDAY) == 1
    assert cast.reviewer.email not in letters(database)
    assert post_form(client, page, {"morning": "y"}).status_code == 303
    assert write(app, MONDAY + timedelta(days=1)) == 2


def test_who_gets_no_mail_is_told_so_and_finds_nothing_to_save(
    database: Database, client: FlaskClient, sign_in: SignIn, cast: Cast
) -> None:
    with database.transaction() as session:
        auditor = make_user(session, Role.AUDITOR, organisation=cast.reviewer.organisation_key)
    sign_in(client, auditor)
    shown = client.get("/fi/office/mail").text
    assert "Tehtävässäsi et saa sähköpostia projektitoimiston työstä." in shown
    assert "Tallenna" not in shown


def test_every_template_that_can_be_switched_off_is_one_and_of_one_kind() -> None:
    named = [template for templates in TEMPLATES.values() for template in templates]
    assert len(named) == len(set(named))
    assert {kind_of(template) for template in named} == set(OfficeMail)
    assert [each for each in named if not (MAILS / f"{each}.txt").is_file()] == []
    assert kind_of("decision_made") is None


def test_each_kind_of_mail_has_its_switch_and_only_that_is_not_written(
    app: Flask, database: Database, client: FlaskClient, sign_in: SignIn, cast: Cast
) -> None:
    sign_in(client, cast.reviewer)
    page = "/fi/office/mail"
    shown = client.get(page).text
    assert ('name="answers"' in shown, 'name="safety"' in shown) == (True, False), "safety is the decider's"
    assert post_form(client, page, {"morning": "y", "answers": "y"}).status_code == 303
    with app.app_context(), database.transaction() as session:
        person = session.get_one(User, cast.reviewer.id)
        assert muted_by(session, person.id) == {OfficeMail.MESSAGES, OfficeMail.HANDED, OfficeMail.COMPANIES}
        application = session.scalars(sa.select(Application).where(Application.handler_id == person.id)).one()
        mails.application_handed_over(work_of(session, cast.actor("decider")), application, person)
        mails.application_handed_over(
            work_of(session, cast.actor("decider")), application, session.get_one(User, cast.decider.id)
        )
        sent = session.scalars(
            sa.select(OutboxMessage.recipient).where(OutboxMessage.template == "application_handed_over")
        ).all()
    assert sent == [cast.decider.email]
    assert write(app, MONDAY) == 2


def test_a_measure_that_is_proposed_waits_for_the_decider(app: Flask, database: Database, cast: Cast) -> None:
    with app.app_context(), database.transaction() as session:
        approval = make_standing(session, cast)
        open_measure(session, approval, cast, ApprovalAction.SUSPEND, **SAFE)
    write(app, MONDAY)
    found = letters(database)
    assert "Toimenpiteet, jotka odottavat päätöstä: 1" in found[cast.decider.email]
    assert "odottavat päätöstä" not in found[cast.reviewer.email]


def test_a_measure_that_was_returned_waits_for_the_reviewer(
    app: Flask, database: Database, cast: Cast
) -> None:
    with app.app_context(), database.transaction() as session:
        measure = open_measure(session, make_standing(session, cast), cast, ApprovalAction.SUSPEND, **SAFE)
        service.send_back(work_of(session, cast.actor("decider")), measure, "Perustelut puuttuvat.")
    write(app, MONDAY)
    found = letters(database)
    assert "Toimenpiteet, jotka odottavat ehdotusta: 1" in found[cast.reviewer.email]
    assert "odottavat ehdotusta" not in found[cast.decider.email]
