"""Pages of applications that carry something over, and what happens to a page when the connection or session breaks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.browser import SESSION_COOKIE
from marketplace.accounts.models import User
from marketplace.applications.models import Application
from tests.applications.definitions import new_version
from tests.approvals.cast import Cast, make_cast
from tests.factories import make_application
from tests.forms import post_form

SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def cast(app: Flask) -> Cast:
    with app.extensions["database"].transaction() as session:
        return make_cast(session)


@pytest.fixture
def signed_in(client: FlaskClient, sign_in: SignIn, cast: Cast) -> FlaskClient:
    sign_in(client, cast.applicant)
    return client


def earlier(app: Flask, cast: Cast, state: str) -> int:
    with app.extensions["database"].transaction() as session:
        provider, person = session.merge(cast.provider), session.merge(cast.applicant)
        made = make_application(session, provider, person, state=state, services=("day_activity",))
        return made.id


def begin(client: FlaskClient, cast: Cast, language: str = "fi") -> str:
    """Press the button that begins an application; its address."""
    home = f"/{language}/provider/{cast.provider.id}/applications"
    return post_form(client, f"{home}/start/keusote-2022", {}, page=home).location


def stored(app: Flask, page: str) -> Application:
    with app.extensions["database"].read() as session:
        found: Application = session.get_one(Application, int(page.rsplit("/", 1)[1]))
    return found


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_what_was_carried_over_is_confirmed_with_one_button(
    app: Flask, signed_in: FlaskClient, cast: Cast, language: str
) -> None:
    earlier(app, cast, "withdrawn")
    page = begin(signed_in, cast, language)
    confirm = f"{page}/confirm/staff"
    assert confirm in signed_in.get(f"{page}/sections/staff").text
    answer = post_form(signed_in, confirm, {}, page=f"{page}/sections/staff")
    assert answer.location == page
    assert confirm not in signed_in.get(f"{page}/sections/staff").text


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_supplement_shows_what_is_approved_and_asks_for_what_is_not(
    app: Flask, signed_in: FlaskClient, cast: Cast, language: str
) -> None:
    earlier(app, cast, "decided")
    page = begin(signed_in, cast, language)
    tasks = signed_in.get(page).text
    assert tasks.count('<li class="task">') == 1
    services = signed_in.get(f"{page}/services")
    seen = services.text.split('name="seen"')[1].split('value="')[1].split('"')[0]
    answer = post_form(signed_in, f"{page}/services", {"services": ["day_activity"], "seen": seen})
    area = signed_in.get(answer.location).text
    assert 'value="106"' in area
    assert 'value="858"' not in area


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_the_task_list_tells_what_the_pilot_has_changed(
    app: Flask, signed_in: FlaskClient, cast: Cast, language: str
) -> None:
    number = earlier(app, cast, "draft")
    with app.extensions["database"].transaction() as session:
        new_version(session)
    page = f"/{language}/provider/{cast.provider.id}/applications/{number}"
    question = {"fi": "Työskenteletkö öisin?", "sv": "Arbetar du nattetid?"}[language]
    assert question in signed_in.get(page).text
    assert question in signed_in.get(f"{page}/sections/staff").text


def test_a_page_sent_after_the_session_ended_is_given_back_filled(
    app: Flask, signed_in: FlaskClient, sign_in: SignIn, cast: Cast
) -> None:
    number = earlier(app, cast, "draft")
    page = f"/fi/provider/{cast.provider.id}/applications/{number}"
    shown = signed_in.get(f"{page}/sections/staff").text
    token = shown.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    signed_in.delete_cookie(SESSION_COOKIE)
    answer = signed_in.post(
        f"{page}/sections/staff",
        data={"csrf_token": token, "form_name": "PageForm", "q-staff_count": "37", "seen": "x"},
    )
    assert "/account/sign-in" in answer.location
    sign_in(signed_in, cast.applicant)
    assert 'value="37"' in signed_in.get(f"{page}/sections/staff").text
    assert stored(app, page).answers["staff_count"] != 37


def test_sending_twice_leads_to_the_same_receipt_with_one_copy(
    app: Flask, signed_in: FlaskClient, cast: Cast
) -> None:
    number = earlier(app, cast, "draft")
    page = f"/fi/provider/{cast.provider.id}/applications/{number}"
    token = (
        signed_in.get(f"{page}/check").text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    )
    places = {signed_in.post(f"{page}/check", data={"csrf_token": token}).location for _time in range(2)}
    assert places == {f"{page}/receipt"}
    receipt = signed_in.get(f"{page}/receipt").text
    copy = receipt.split(f'href="{page}/files/')[1].split('"')[0]
    with signed_in.get(f"{page}/files/{copy}") as answer:
        assert answer.data.startswith(b"%PDF")
