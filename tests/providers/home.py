"""A company and its person, and how its pages are read, for the tests of the provider's pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from marketplace.accounts.models import User
from tests.factories import make_approval, make_provider, make_provider_admin

SignIn = Callable[[FlaskClient, User], None]


class Home:
    """A provider with one approval, and a person of it who is signed in."""

    def __init__(self, session: Session) -> None:
        self.provider = make_provider(session)
        self.person = make_provider_admin(session, self.provider)
        self.approval = make_approval(session, self.provider)
        self.path = f"/fi/provider/{self.provider.id}"


def problems(answer: TestResponse) -> str:
    """The words of the error summary."""
    summary = re.search(r'id="error-summary".*?</ul>', answer.text, re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", " ", summary[0])) if summary else ""


def seen_on(client: FlaskClient, path: str) -> str:
    match = re.search(r'name="seen"[^>]*value="([^"]+)"', client.get(path).text)
    assert match is not None
    return match[1]
