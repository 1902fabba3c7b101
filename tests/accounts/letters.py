"""Following the links that the portal mails."""

from __future__ import annotations

import re

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.accounts.links.service import write_letters
from marketplace.outbox import OutboxMessage
from tests.forms import token_on


def write(app: Flask) -> list[OutboxMessage]:
    """Let the worker write the letters that were asked for; all mail there is, oldest first."""
    database = app.extensions["database"]
    with app.app_context():
        write_letters(database, now=app.extensions["clock"]())
    with database.read() as session:
        return list(session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)))


def link_in(mail: OutboxMessage) -> str:
    """The path of the link with a key in a letter."""
    found = re.search(r"http://localhost(\S+key=\S+)", mail.body)
    assert found, mail.body
    return found[1]


def finish_registration(app: Flask, client: FlaskClient) -> TestResponse:
    """Follow the link that was mailed last and press the button behind it."""
    page = client.get(link_in(write(app)[-1]), follow_redirects=True)
    assert page.status_code == 200, page.text
    return client.post(page.request.path, data={"csrf_token": token_on(page.text)})
