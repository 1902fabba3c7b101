"""What the office asks stands first on the company's home, and goes when it has been done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.applications.messages.models import Message
from marketplace.applications.messages.rules import Side
from marketplace.applications.models import Application, CompletionRequest
from marketplace.applications.rules import ApplicationState
from marketplace.db import Database
from tests.factories import NOW, make_application, make_provider, make_provider_admin

SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def application(app: Flask, client: FlaskClient, sign_in: SignIn) -> Application:
    """An application that is in review, and its person signed in."""
    database: Database = app.extensions["database"]
    with database.transaction() as session:
        provider = make_provider(session)
        person = make_provider_admin(session, provider)
        application = make_application(session, provider, person, state=ApplicationState.IN_REVIEW)
    sign_in(client, person)
    return application


def home(client: FlaskClient, application: Application) -> str:
    return client.get(f"/fi/provider/{application.provider_id}/").text


def page_of(application: Application, page: str = "") -> str:
    return f'href="/fi/provider/{application.provider_id}/applications/{application.id}{page}"'


def change(app: Flask, application: Application, state: ApplicationState, *things: object) -> None:
    database: Database = app.extensions["database"]
    with database.transaction() as session:
        session.get_one(Application, application.id).state = state
        session.add_all(things)


def test_nothing_waits_while_the_office_reviews(client: FlaskClient, application: Application) -> None:
    assert 'class="task-list"' not in home(client, application)


def test_a_completion_that_is_asked_waits_with_its_day(
    app: Flask, client: FlaskClient, application: Application
) -> None:
    request = CompletionRequest(
        application_id=application.id, requested_by_id=application.handler_id, requested_at=NOW,
        due_on=NOW.date() + timedelta(days=14), items=[{"section": "services", "text": "Mikä alue?"}],
    )  # fmt: skip
    change(app, application, ApplicationState.COMPLETION_REQUESTED, request)
    tasks = home(client, application).split('class="task-list"')[1].split("</ol>")[0]
    assert page_of(application) in tasks
    assert "6.12.2026" in tasks


def test_a_hearing_waits_for_the_companys_answer(
    app: Flask, client: FlaskClient, application: Application
) -> None:
    change(app, application, ApplicationState.HEARING)
    assert page_of(application, "/hearing") in home(client, application)


def test_an_unread_message_waits_until_it_is_read(
    app: Flask, client: FlaskClient, application: Application
) -> None:
    message = Message(
        application_id=application.id,
        author_id=application.handler_id,
        side=Side.OFFICE,
        text="Hei!",
        sent_at=NOW,
    )
    change(app, application, ApplicationState.IN_REVIEW, message)
    link = page_of(application, "/messages")
    assert link in home(client, application)
