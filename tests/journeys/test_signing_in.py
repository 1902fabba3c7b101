"""Signing in with a second factor in a real browser: setting one up, an app, a passkey, a recovery code.

The portal runs in this process under the name `localhost`, for browsers make no passkeys for a bare address. It stands
on a database with the pilots and no demo content: Keusote requires a second factor, as every organisation at first.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pyotp
import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from marketplace.accounts.models import User
from marketplace.accounts.passwords.hashing import hash_password
from marketplace.app import create_app
from marketplace.db import Database
from marketplace.permissions import Role
from tests.conftest import settings_for
from tests.factories import make_user
from tests.journeys import people
from tests.journeys.axe_rules import STANDARD
from tests.journeys.conftest import free_port
from tests.journeys.people import OWN_PASSWORD, PATIENCE, send
from tests.journeys.test_every_page import AXE, LOOK

SECRET: Final = hash_password(OWN_PASSWORD)
WIDTHS: Final = (390, 1280)
PICTURES: Final = os.environ.get("PICTURES")
"""A folder to keep pictures of the pages in, for who wants to look at them."""


@dataclass
class Place:
    """The running portal and its database."""

    address: str
    database: Database

    def url(self, path: str) -> str:
        """The whole address of a path."""
        return self.address + path


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Place]:
    """A portal of the test's own."""
    port = free_port()
    address = f"http://localhost:{port}"
    app = create_app(replace(settings_for(database_url, tmp_path), public_url=address))
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Place(address, app.extensions["database"])
    server.shutdown()
    thread.join(timeout=30)
    app.extensions["database"].dispose()


@pytest.fixture
def reviewer(place: Place) -> User:
    """Staff who have a password and nothing else yet."""
    with place.database.transaction() as session:
        return make_user(
            session, Role.REVIEWER, organisation="keusote", email="kaisa@example.fi", password_hash=SECRET
        )


def tab(browser: Browser, language: str, *, scripts: bool = True) -> Page:
    """A tab on another computer."""
    context = browser.new_context(
        locale=f"{language}-FI", reduced_motion="reduce", java_script_enabled=scripts
    )
    context.set_default_timeout(PATIENCE)
    return context.new_page()


def look(page: Page, name: str) -> None:
    """The page fits both widths and has no fault that axe finds; kept as a picture when somebody wants to see it."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} at {width}"
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE)
    assert page.evaluate(LOOK, {"type": "tag", "values": STANDARD})[0] == [], name


def password(page: Page, place: Place, language: str) -> None:
    """Give address and password."""
    page.goto(place.url(f"/{language}/account/sign-in"))
    page.fill("[name=email]", "kaisa@example.fi")
    page.fill("[name=password]", OWN_PASSWORD)
    send(page)


def sign_out(page: Page, place: Place, language: str) -> None:
    """Sign out on the page of one's account."""
    page.goto(place.url(f"/{language}/account/"))
    people.follow(page.locator("main form[action$='/sign-out'] button"))


def set_up_app(page: Page, language: str) -> tuple[pyotp.TOTP, list[str]]:
    """Set up an app from the page of second factors; the app and the recovery codes."""
    people.follow(page.locator("main form[action$='/second-factor/app'] button"))
    look(page, f"app-{language}")
    one = pyotp.TOTP(page.locator("main code").inner_text().replace(" ", ""))
    page.fill("[name=code]", one.at(datetime.now(UTC)))
    send(page)
    codes = page.locator("[data-recovery-codes] code").all_inner_texts()
    assert len(codes) == 10
    look(page, f"codes-{language}")
    return one, codes


@pytest.mark.browser
@pytest.mark.embedded
@pytest.mark.parametrize("language", ["fi", "sv"])
def test_staff_set_up_an_app_and_sign_in_with_a_passkey_or_a_code(
    browser: Browser, place: Place, reviewer: User, language: str
) -> None:
    page = tab(browser, language)
    page.goto(place.url(f"/{language}/account/sign-in"))
    look(page, f"sign-in-{language}")
    password(page, place, language)
    assert page.url.endswith(f"/{language}/account/second-factor")
    look(page, f"must-{language}")
    _one, codes = set_up_app(page, language)
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    page.goto(place.url(f"/{language}/account/second-factor/passkey"))
    look(page, f"passkey-{language}")
    page.fill("[name=name]", "Työkone")
    send(page)
    page.wait_for_url("**/account/second-factor")
    assert "Työkone" in page.inner_text("main")
    look(page, f"factors-{language}")

    sign_out(page, place, language)
    password(page, place, language)
    assert "/account/sign-in/code" in page.url
    look(page, f"step-{language}")
    people.follow(page.locator("[data-passkey] button"))
    page.wait_for_url("**/office*")

    sign_out(page, place, language)
    password(page, place, language)
    page.fill("[name=code]", codes[0])
    people.follow(page.locator("main form:has([name=code]) button[type=submit]"))
    assert "/account/" not in page.url
    page.goto(place.url(f"/{language}/account/sessions"))
    look(page, f"sessions-{language}")
    page.context.close()


@pytest.mark.browser
@pytest.mark.embedded
def test_an_app_needs_no_javascript_and_the_page_says_what_does(
    browser: Browser, place: Place, reviewer: User
) -> None:
    page = tab(browser, "fi", scripts=False)
    password(page, place, "fi")
    people.follow(page.locator("main form[action$='/second-factor/app'] button"))
    one = pyotp.TOTP(page.locator("main code").inner_text().replace(" ", ""))
    page.fill("[name=code]", one.at(datetime.now(UTC)))
    send(page)
    assert page.locator("[data-recovery-codes] code").count() == 10
    page.goto(place.url("/fi/account/second-factor/passkey"))
    assert page.locator("[data-passkey]").is_hidden()
    assert page.locator("[data-passkey-missing]").is_visible()
    page.context.close()
