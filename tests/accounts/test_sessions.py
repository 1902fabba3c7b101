"""Sessions end: by themselves, by signing out here or everywhere, by a new password, another role or closing."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts import service
from marketplace.accounts.browser import SESSION_COOKIE
from marketplace.accounts.models import User
from marketplace.accounts.sessions.models import UserSession
from marketplace.accounts.sessions.queries import living_session
from marketplace.accounts.sessions.rules import ABSOLUTE, IDLE, KEPT_FOR, agent_summary, idle_time, is_over
from marketplace.accounts.sessions.service import open_session, purge
from marketplace.audit.models import AuditEvent
from marketplace.db import Database
from marketplace.permissions import STAFF_ROLES, Role
from tests.accounts.conftest import PASSWORD
from tests.factories import NOW, make_user
from tests.forms import post_form, token_on
from tests.work import work_of

SignIn = Callable[[FlaskClient, User], None]
HOME = "/fi/account/"


def copied(app: Flask, client: FlaskClient) -> FlaskClient:
    """A thief's browser, with the cookies of another."""
    thief = app.test_client()
    for name in (SESSION_COOKIE, "session"):
        cookie = client.get_cookie(name)
        if cookie is not None:
            thief.set_cookie(name, cookie.value)
    return thief


def is_in(client: FlaskClient) -> bool:
    return client.get(HOME).status_code == 200


def test_staff_may_be_away_for_half_an_hour_and_nobody_stays_for_longer_than_half_a_day() -> None:
    assert {IDLE[role] for role in STAFF_ROLES} == {timedelta(minutes=30)}
    assert idle_time([Role.PROVIDER_ADMIN, Role.DECIDER]) == timedelta(minutes=30)
    assert idle_time([]) > timedelta(minutes=30)
    busy = {"created_at": NOW, "last_seen_at": NOW + ABSOLUTE, "roles": []}
    assert not is_over(now=NOW + ABSOLUTE - timedelta(seconds=1), **busy)  # type: ignore[arg-type]
    assert is_over(now=NOW + ABSOLUTE, **busy)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("role", "minutes"), [(Role.REVIEWER, 29), (Role.REVIEWER, 31), (None, 31), (None, 121)]
)
def test_who_has_been_away_too_long_signs_in_again(session: Session, role: Role | None, minutes: int) -> None:
    person = make_user(session, role, organisation="keusote" if role else None)
    token = open_session(session, person, agent="", now=NOW)
    lives = living_session(session, token, NOW + timedelta(minutes=minutes)) is not None
    assert lives is (timedelta(minutes=minutes) < idle_time([role] if role else []))


def test_every_visit_prolongs_a_session_up_to_its_absolute_end(
    app: Flask, client: FlaskClient, known: User, sign_in: SignIn
) -> None:
    sign_in(client, known)
    moment = NOW
    app.extensions["clock"] = lambda: moment
    while moment < NOW + ABSOLUTE - timedelta(hours=1):
        assert is_in(client), moment
        moment += timedelta(minutes=59)
    moment = NOW + ABSOLUTE
    assert not is_in(client)


def test_the_token_is_kept_as_a_hash_and_the_frames_cookie_names_nobody(
    app: Flask, client: FlaskClient, known: User
) -> None:
    post_form(client, "/fi/account/sign-in", {"email": known.email, "password": PASSWORD})
    cookie = client.get_cookie(SESSION_COOKIE)
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site, cookie.max_age) == (True, "Lax", ABSOLUTE.total_seconds())
    with app.extensions["database"].read() as session:
        held = session.scalars(sa.select(UserSession)).one()
    assert cookie.value not in (held.token_hash, "")
    other = app.test_client()
    post_form(other, "/fi/account/sign-in", {"email": known.email, "password": PASSWORD})
    again = other.get_cookie(SESSION_COOKIE)
    assert again is not None
    tokens = [urlsafe_b64decode(f"{each.value}==") for each in (cookie, again)]
    assert [len(each) for each in tokens] == [32, 32], "256 bits"
    assert sum(one == two for one, two in zip(*tokens, strict=True)) < 8, "which are drawn for each session"
    with client.session_transaction() as frame:
        assert set(frame) <= {"_flashes", "csrf_token", "_permanent"}


def test_signing_out_ends_the_session_and_not_only_the_cookie(
    app: Flask, client: FlaskClient, known: User, sign_in: SignIn
) -> None:
    sign_in(client, known)
    thief = copied(app, client)
    assert is_in(thief)
    post_form(client, "/fi/account/sign-out", {}, page=HOME)
    assert not is_in(thief)


def test_a_new_session_begins_with_every_sign_in_and_the_old_one_of_that_browser_ends(
    app: Flask, client: FlaskClient, known: User, sign_in: SignIn
) -> None:
    sign_in(client, known)
    earlier = copied(app, client)
    post_form(client, "/fi/account/sign-in", {"email": known.email, "password": PASSWORD})
    assert is_in(client)
    assert not is_in(earlier)


def _new_password(session: Session, user: User) -> None:
    service.change_password(work_of(session), user, password_hash="$other")


def _new_role(session: Session, user: User) -> None:
    service.grant_staff(work_of(session), user, Role.PAYER, organisation="keusote")


def _role_taken(session: Session, user: User) -> None:
    assert service.revoke_staff(work_of(session), user, STAFF_ROLES) == [Role.REVIEWER]


def _closed(session: Session, user: User) -> None:
    service.close(work_of(session), user)


def _taken_away(session: Session, user: User) -> None:
    service.reset(work_of(session), user)


@pytest.mark.parametrize("event", [_new_password, _new_role, _role_taken, _closed, _taken_away])
def test_what_changes_an_account_ends_its_sessions_on_every_device(
    session: Session, event: Callable[[Session, User], None]
) -> None:
    person, other = make_user(session, Role.REVIEWER, organisation="keusote"), make_user(session)
    tokens = [open_session(session, person, agent="", now=NOW) for _device in range(2)]
    untouched = open_session(session, other, agent="", now=NOW)
    event(session, person)
    assert [living_session(session, token, NOW) for token in tokens] == [None, None]
    assert living_session(session, untouched, NOW) is not None


def test_a_person_sees_where_they_are_signed_in_and_signs_out_one_browser_or_all(
    app: Flask, client: FlaskClient, known: User, sign_in: SignIn
) -> None:
    others = [app.test_client(), app.test_client()]
    for browser in (client, *others):
        sign_in(browser, known)
    page = client.get("/fi/account/sessions").text
    assert page.count('/end"') == 3, "two others, and all"
    with app.extensions["database"].read() as session:
        ids = session.scalars(sa.select(UserSession.id).order_by(UserSession.id)).all()
    post_form(client, f"/fi/account/sessions/{ids[1]}/end", {}, page=HOME)
    assert [is_in(browser) for browser in (client, *others)] == [True, False, True]
    post_form(client, "/fi/account/sessions/end", {}, page=HOME)
    assert [is_in(browser) for browser in (client, *others)] == [False, False, False]
    with app.extensions["database"].read() as session:
        done = sa.select(AuditEvent.action).where(AuditEvent.subject_type == "User").order_by(AuditEvent.id)
        actions = session.scalars(done).all()
    assert actions == ["account.sign_out", "account.sign_out_everywhere"]


def test_nobody_signs_out_the_browser_of_somebody_else(
    app: Flask, client: FlaskClient, known: User, sign_in: SignIn
) -> None:
    other = app.test_client()
    with app.extensions["database"].transaction() as session:
        stranger = make_user(session)
    sign_in(client, known)
    sign_in(other, stranger)
    with app.extensions["database"].read() as session:
        [theirs] = session.scalars(sa.select(UserSession.id).where(UserSession.user_id == stranger.id))
    assert post_form(client, f"/fi/account/sessions/{theirs}/end", {}, page=HOME).status_code == 404
    assert is_in(other)


def test_in_production_cookies_are_bound_to_the_host(app: Flask, known: User) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], production=True)
    app.config["SESSION_COOKIE_NAME"], app.config["SESSION_COOKIE_SECURE"] = "__Host-session", True
    secure = app.test_client()
    page = secure.get("/fi/account/sign-in", base_url="https://localhost")
    answer = secure.post(
        "/fi/account/sign-in",
        data={"csrf_token": token_on(page.text), "email": known.email, "password": PASSWORD},
        base_url="https://localhost",
    )
    given = [*page.headers.getlist("Set-Cookie"), *answer.headers.getlist("Set-Cookie")]
    assert {line.partition("=")[0] for line in given} == {
        "__Host-session",
        "__Host-signed_in",
        "__Host-known_browser",
    }
    assert all("Secure" in line and "HttpOnly" in line and "Path=/" in line for line in given)
    assert not any("Domain" in line for line in given)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        (
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
                "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
            ),
            "Edge, Windows",
        ),
        (
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                "Version/18.0 Mobile/15E148 Safari/604.1"
            ),
            "Safari, iPhone",
        ),
        ("curl/8", ""),
    ],
)
def test_a_browser_is_called_by_what_its_owner_knows(text: str, name: str) -> None:
    assert agent_summary(text) == name


def test_old_sessions_are_dropped(database: Database) -> None:
    with database.transaction() as session:
        person = make_user(session)
        open_session(session, person, agent="", now=NOW)
        open_session(session, person, agent="", now=NOW + KEPT_FOR + ABSOLUTE)
        assert purge(session, now=NOW + KEPT_FOR + ABSOLUTE + timedelta(hours=1)) == 1
