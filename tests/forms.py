"""Sending forms the way a browser does: with the token that the page carries."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def token_on(page: str) -> str:
    """The anti-forgery token of the first form on a page."""
    match = _TOKEN.search(page)
    assert match is not None, "the page holds no form"
    return match[1]


def post_form(
    client: FlaskClient, path: str, entries: dict[str, Any], *, page: str | None = None, **options: Any
) -> TestResponse:
    """Send a form to `path`; the token comes from `page` (the same address when not given)."""
    token = token_on(client.get(page or path).text)
    return client.post(path, data={"csrf_token": token, **entries}, **options)
