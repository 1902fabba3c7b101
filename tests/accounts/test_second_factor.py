"""The second factor: set up, asked for, required by the organisation, lost and taken away."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from marketplace.accounts.guessing.rules import FREE
from marketplace.accounts.models import User
from marketplace.accounts.second_factor import service
from marketplace.accounts.second_factor.models import AppSecret, RecoveryCode
from marketplace.accounts.second_factor.queries import factors_of, needs_second_factor
from marketplace.accounts.second_factor.rules import (
    PERIOD,
    RECOVERY_CODES,
    matching_step,
    new_recovery_code,
    new_secret,
    recovery_hash,
)
from marketplace.accounts.second_factor.sealing import Sealer
from marketplace.accounts.sessions.rules import STEP_HOLDS
from marketplace.errors import Conflict, Invalid
from marketplace.outbox import OutboxMessage
from marketplace.permissions import Role
from tests.accounts.authenticator import Authenticator
from tests.accounts.conftest import PASSWORD, SECRET
from tests.factories import NOW, make_user
from tests.forms import post_form, token_on
from tests.work import work_of

SignIn = Callable[[FlaskClient, User], None]
KEY = "a secret for tests only, long enough to be accepted"
CODE_PAGE = "/fi/account/sign-in/code"


# --- codes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "holds"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)]
)
def test_a_code_holds_for_its_half_minute_and_those_beside_it(seconds: int, holds: bool) -> None:
    secret = new_secret()
    code = pyotp.TOTP(secret).at(NOW + timedelta(seconds=seconds))
    assert (matching_step(secret, code, after=0, now=NOW) is not None) is holds


def test_a_code_works_once_and_so_does_every_earlier_one() -> None:
    secret = new_secret()
    code = pyotp.TOTP(secret).at(NOW)
    step = matching_step(secret, f" {code[:3]} {code[3:]} ", after=0, now=NOW)
    assert step == int(NOW.timestamp()) // PERIOD
    assert matching_step(secret, code, after=step, now=NOW) is None
    assert (
        matching_step(secret, pyotp.TOTP(secret).at(NOW - timedelta(seconds=30)), after=step, now=NOW) is None
    )


def test_recovery_codes_are_long_random_and_compared_however_they_are_written() -> None:
    codes = {new_recovery_code() for _number in range(200)}
    assert len(codes) == 200
    assert all(re.fullmatch(r"[2-9a-z]{4}(-[2-9a-z]{4}){2}", code) for code in codes)
    assert recovery_hash(7, "k3px-9mtw-4hre") == recovery_hash(7, " K3PX 9MTW 4HRE ")
    assert recovery_hash(7, "k3px-9mtw-4hre") != recovery_hash(8, "k3px-9mtw-4hre")


def test_the_database_alone_opens_no_app_and_the_key_can_be_changed() -> None:
    old, new = Sealer(["old key"]), Sealer(["new key", "old key"])
    sealed = old.seal("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DP" not in sealed
    assert new.open(sealed) == "JBSWY3DPEHPK3PXP"
    assert Sealer(["another key"]).open(sealed) is None


# --- required or not -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "organisation", "said", "needs"),
    [
        (Role.REVIEWER, "keusote", None, True),
        (Role.REVIEWER, "keusote", True, True),
        (Role.REVIEWER, "keusote", False, False),
        (Role.CLIENT, None, None, False),
    ],
)
def test_staff_need_one_unless_their_organisation_says_that_they_do_not(
    session: Session, role: Role, organisation: str | None, said: bool | None, needs: bool
) -> None:
    person = make_user(session, role, organisation=organisation)
    if said is not None:
        service.set_policy(work_of(session), "keusote", second_factor=said)
    session.flush()
    assert needs_second_factor(session, person) is needs


# --- signing in ------------------------------------------------------------------------------------------------------


def password(client: FlaskClient, person: User, onward: str = "") -> TestResponse:
    return post_form(client, f"/fi/account/sign-in{onward}", {"email": person.email, "password": PASSWORD})


def with_app(app: Flask, person: User) -> tuple[pyotp.TOTP, list[str]]:
    """Give the person an app; the app and the recovery codes. The first code is that of a minute ago."""
    sealer = Sealer([KEY])
    with app.app_context(), app.extensions["database"].transaction() as session:
        user = session.get_one(User, person.id)
        service.begin_app(session, user, sealer=sealer, now=NOW)
        one = pyotp.TOTP(service.begun_secret(session, user.id, sealer=sealer))
        earlier = NOW - timedelta(minutes=1)
        return one, service.confirm_app(session, user, one.at(earlier), sealer=sealer, now=earlier)


def is_in(client: FlaskClient) -> bool:
    return client.get("/fi/account/").status_code == 200


def test_with_an_app_the_password_alone_opens_nothing(app: Flask, client: FlaskClient, known: User) -> None:
    one, _codes = with_app(app, known)
    answer = password(client, known, "?next=/fi/account/sessions")
    assert answer.location == f"{CODE_PAGE}?next=/fi/account/sessions"
    assert not is_in(client)
    wrong = post_form(client, answer.location, {"code": "000000"})
    assert wrong.status_code == 422
    answer = post_form(client, answer.location, {"code": one.at(NOW)})
    assert answer.location == "/fi/account/sessions"
    assert is_in(client)


def test_an_overheard_code_opens_nothing_a_second_time(app: Flask, client: FlaskClient, known: User) -> None:
    one, _codes = with_app(app, known)
    for browser, status in ((client, 303), (app.test_client(), 422)):
        password(browser, known)
        assert post_form(browser, CODE_PAGE, {"code": one.at(NOW)}).status_code == status


def test_codes_cannot_be_guessed_from_any_number_of_browsers(app: Flask, known: User) -> None:
    one, _codes = with_app(app, known)
    for number in range(FREE):
        browser = app.test_client()
        password(browser, known)
        assert post_form(browser, CODE_PAGE, {"code": f"{number:06d}"}).status_code == 422
    browser = app.test_client()
    password(browser, known)
    assert post_form(browser, CODE_PAGE, {"code": one.at(NOW)}).status_code == 429


def test_a_sign_in_waits_for_its_second_step_for_ten_minutes(
    app: Flask, client: FlaskClient, known: User
) -> None:
    with_app(app, known)
    password(client, known)
    assert client.get(CODE_PAGE).status_code == 200
    app.extensions["clock"] = lambda: NOW + STEP_HOLDS
    assert client.get(CODE_PAGE).location == "/fi/account/sign-in"


def test_nobody_sees_the_second_step_without_the_first(client: FlaskClient) -> None:
    assert client.get(CODE_PAGE).location == "/fi/account/sign-in"
    assert post_form(client, "/fi/account/sign-in/passkey", {}, page="/fi/account/sign-in").status_code == 303


def test_a_recovery_code_works_once_and_its_owner_hears_of_it(
    app: Flask, client: FlaskClient, known: User
) -> None:
    _one, codes = with_app(app, known)
    assert len(codes) == RECOVERY_CODES
    password(client, known)
    assert post_form(client, CODE_PAGE, {"code": codes[0].upper().replace("-", " ")}).status_code == 303
    assert is_in(client)
    other = app.test_client()
    password(other, known)
    assert post_form(other, CODE_PAGE, {"code": codes[0]}).status_code == 422
    with app.extensions["database"].read() as session:
        last = session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
        kept = session.scalars(sa.select(RecoveryCode.code_hash)).all()
    assert last is not None
    assert (last.template, last.recipient) == ("account_factor_changed", known.email)
    assert not any(code in "".join(kept) for code in codes)


# --- setting up ------------------------------------------------------------------------------------------------------


@pytest.fixture
def reviewer(app: Flask) -> User:
    """Staff of an organisation that requires a second factor."""
    with app.extensions["database"].transaction() as session:
        return make_user(session, Role.REVIEWER, organisation="keusote", password_hash=SECRET)


def test_staff_set_up_a_second_factor_before_anything_else(
    app: Flask, client: FlaskClient, reviewer: User
) -> None:
    assert password(client, reviewer, "?next=/fi/office").location == "/fi/account/second-factor"
    assert client.get("/fi/office").location == "/fi/account/second-factor"
    assert client.get("/fi/services").status_code in (200, 503), "what is for everybody stays open"
    answer = post_form(client, "/fi/account/second-factor/app", {}, page="/fi/account/second-factor")
    page = client.get(answer.location)
    assert "<svg" in page.text
    with app.extensions["database"].read() as session:
        secret = Sealer([KEY]).open(session.scalars(sa.select(AppSecret.sealed)).one())
    assert secret is not None
    assert " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)) in page.text
    entries = {"code": pyotp.TOTP(secret).at(NOW)}
    answer = post_form(client, answer.location, entries)
    assert answer.status_code == 200
    codes = re.findall(r"<code>([2-9a-z-]{14})</code>", answer.text)
    assert len(codes) == RECOVERY_CODES
    assert "no-store" in answer.headers["Cache-Control"]
    assert client.get("/fi/office").status_code == 200, "and then everything opens"


def test_no_new_session_on_the_way_gets_round_the_second_factor(
    app: Flask, client: FlaskClient, reviewer: User
) -> None:
    """What opens a session anew for who is signed in, such as a new password, does not open the office."""
    password(client, reviewer)
    changed = post_form(
        client,
        "/fi/account/password/change",
        {"current_password": PASSWORD, "password": "toinen lautanen ja paristo"},
    )
    registered = post_form(
        client,
        "/fi/provider/register",
        {"business_id": "3000003-8", "official_name": "Toinen Oy", "legal_form": "company"},
    )
    assert changed.status_code == 303
    assert registered.status_code in (303, 403, 422)
    assert client.get("/fi/office").location == "/fi/account/second-factor"


def test_a_wrong_first_code_takes_nothing_into_use(
    client: FlaskClient, known: User, sign_in: SignIn, app: Flask
) -> None:
    sign_in(client, known)
    answer = post_form(client, "/sv/account/second-factor/app", {}, page="/sv/account/second-factor")
    assert post_form(client, answer.location, {"code": "123456"}).status_code == 422
    with app.extensions["database"].read() as session:
        assert not factors_of(session, known.id)


def test_the_last_factor_stays_where_one_is_required(session: Session, app: Flask) -> None:
    sealer = Sealer([KEY])
    for role, organisation, stays in ((Role.REVIEWER, "keusote", True), (Role.CLIENT, None, False)):
        person = make_user(session, role, organisation=organisation)
        service.begin_app(session, person, sealer=sealer, now=NOW)
        one = pyotp.TOTP(service.begun_secret(session, person.id, sealer=sealer))
        service.confirm_app(session, person, one.at(NOW), sealer=sealer, now=NOW)
        if stays:
            with pytest.raises(Conflict):
                service.remove_app(session, person, now=NOW)
        else:
            service.remove_app(session, person, now=NOW)
        session.flush()
        assert bool(factors_of(session, person.id)) is stays


def test_an_operator_takes_every_factor_away(app: Flask, client: FlaskClient, known: User) -> None:
    with_app(app, known)
    with app.extensions["database"].transaction() as session:
        service.remove_all(work_of(session), session.get_one(User, known.id))
    assert password(client, known).location == "/fi/account/landing"


# --- passkeys --------------------------------------------------------------------------------------------------------

OPTIONS = re.compile(r'data-options="([^"]+)"')


def options_on(page: str) -> dict[str, object]:
    from html import unescape

    found = OPTIONS.search(page)
    assert found, page
    return dict(json.loads(unescape(found[1])))


def test_a_passkey_is_made_and_opens_the_account(
    app: Flask, client: FlaskClient, known: User, sign_in: SignIn
) -> None:
    device = Authenticator("localhost", "http://localhost")
    sign_in(client, known)
    page = client.get("/fi/account/second-factor/passkey").text
    answer = client.post(
        "/fi/account/second-factor/passkey",
        data={
            "csrf_token": token_on(page),
            "name": "Työkone",
            "credential": device.create(options_on(page)),
        },
    )
    assert "<code>" in answer.text, "with the first factor come recovery codes"
    other = app.test_client()
    assert password(other, known).location == CODE_PAGE
    page = other.get(CODE_PAGE).text
    entries = {"csrf_token": token_on(page), "credential": device.get(options_on(page))}
    assert other.post("/fi/account/sign-in/passkey", data=entries).location == "/fi/account/landing"
    assert is_in(other)
    replay = app.test_client()
    password(replay, known)
    token = token_on(replay.get(CODE_PAGE).text)
    assert replay.post("/fi/account/sign-in/passkey", data=entries | {"csrf_token": token}).status_code == 422


@pytest.mark.parametrize(
    ("host", "origin"), [("evil.example", "http://localhost"), ("localhost", "http://evil.example")]
)
def test_a_passkey_of_another_site_opens_nothing(session: Session, host: str, origin: str) -> None:
    person = make_user(session)
    site = service.Site("localhost", "http://localhost", "Palvelutori")
    options, challenge = service.registration_options(session, person, site=site)
    answer = Authenticator(host, origin).create(json.loads(options))
    with pytest.raises(Invalid):
        service.add_passkey(session, person, answer, challenge=challenge, name="x", site=site, now=NOW)
    with pytest.raises(Invalid):
        service.add_passkey(session, person, "not json", challenge=challenge, name="x", site=site, now=NOW)
