"""Sending forms the way a browser does: with the token that the page carries."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.accounts.browser import SESSION_COOKIE

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def token_on(page: str) -> str:
    """The anti-forgery token of the first form on a page."""
    match = _TOKEN.search(page)
    assert match is not None, "the page holds no form"
    return match[1]


def open_link(client: FlaskClient, link: str) -> str:
    """The address to which the link of a letter leads, with its key in the browser."""
    answer = client.get(link)
    assert answer.status_code == 302, answer.status_code
    return str(answer.location)


def post_form(
    client: FlaskClient, path: str, entries: dict[str, Any], *, page: str | None = None, **options: Any
) -> TestResponse:
    """Send a form to `path`; the token comes from `page` (the same address when not given)."""
    token = token_on(client.get(page or path).text)
    return client.post(path, data={"csrf_token": token, **entries}, **options)


def hidden_on(page: str, action: str | None = None) -> dict[str, str]:
    """The hidden entries of the form that posts to `action`, or of the one that posts to its own page."""
    forms = re.findall(r'<form([^>]*method="post"[^>]*)>(.*?)</form>', page, re.DOTALL)
    [body] = [
        body for tag, body in forms if (f'action="{action}"' in tag if action else "action=" not in tag)
    ]
    fields = re.findall(r'<input(?=[^>]*type="hidden")[^>]*>', body)
    return {_attribute(field, "name"): unescape(_attribute(field, "value")) for field in fields}


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf' {name}="([^"]*)"', tag)
    return found[1] if found else ""


def same_browser(app: Flask, client: FlaskClient) -> FlaskClient:
    """Another connection of the same browser, for requests that run side by side."""
    other = app.test_client()
    for name in (SESSION_COOKIE, "session"):
        cookie = client.get_cookie(name)
        if cookie is not None:
            other.set_cookie(name, cookie.value)
    return other
