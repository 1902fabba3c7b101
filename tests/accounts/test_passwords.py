"""Passwords: which are accepted, how they are kept, and how they change."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from argon2 import Type
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.links import service as links
from marketplace.accounts.links.models import MailedLink
from marketplace.accounts.links.rules import LETTERS_A_DAY, LETTERS_AN_HOUR, Purpose
from marketplace.accounts.models import User
from marketplace.accounts.passwords.hashing import UNUSABLE, hash_password, password_is_right
from marketplace.accounts.passwords.rules import check_password
from marketplace.db import Database
from marketplace.errors import Invalid
from tests.accounts import letters
from tests.accounts.conftest import PASSWORD, SECRET
from tests.factories import NOW
from tests.forms import post_form
from tests.quick_hashes import SHIPPED

NEW = "viisi punaista ämpäriä"


@pytest.mark.parametrize(
    "password",
    [
        *("lyhyt", "password1234", "123456789012", "aaaaaaaaaaaa", "qwertyuiop12", "Salasana2026!"),
        *("lösenord1234", "palvelutori-demo", "Kesä2026Kesä2026", "anna.virtanen@yritys.fi", "annavirtanen1"),
        *("Yritys Oy 2026", "x" * 201),
    ],
)
def test_short_common_and_own_words_are_refused(password: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_password(password, about=("anna.virtanen@yritys.fi", "Anna Virtanen", "Yritys Oy"))
    assert refusal.value.field == "password"


@pytest.mark.parametrize("password", [PASSWORD, NEW, "correct horse battery", "aB3$xK9@mQ2!", "å" * 3 + NEW])
def test_several_words_or_a_random_dozen_are_accepted(password: str) -> None:
    check_password(password, about=("anna.virtanen@yritys.fi", "Anna Virtanen"))


def test_passwords_are_kept_as_argon2id_with_a_strength_that_is_recommended() -> None:
    """RFC 9106, section 4: the second recommended option, for where memory is short."""
    assert SHIPPED.type is Type.ID
    assert SHIPPED.time_cost >= 3
    assert SHIPPED.memory_cost >= 64 * 1024
    assert SECRET.startswith("$argon2id$")
    assert password_is_right(SECRET, PASSWORD)
    assert not password_is_right(SECRET, PASSWORD.upper())


def test_a_letter_is_the_same_however_the_keyboard_writes_it() -> None:
    assert password_is_right(
        hash_password(unicodedata.normalize("NFD", NEW)), unicodedata.normalize("NFC", NEW)
    )


@pytest.mark.parametrize("kept", [None, UNUSABLE])
def test_no_password_opens_an_account_that_has_none(kept: str | None) -> None:
    assert not password_is_right(
        kept, "an account that does not exist takes as long to refuse as one that does"
    )


def test_a_forgotten_password_is_renewed_once_by_mail(app: Flask, client: FlaskClient, known: User) -> None:
    post_form(client, "/fi/account/password", {"email": known.email})
    [mail] = letters.write(app)
    assert mail.language == "sv"
    link = letters.link_in(mail)
    assert link.startswith("/sv/account/password/new?key=")
    answer = client.get(link)
    assert answer.location == "/sv/account/password/new", "the key leaves the address at once"
    assert post_form(client, answer.location, {"password": "lyhyt"}).status_code == 422
    assert post_form(client, answer.location, {"password": NEW}).status_code == 303
    assert client.get(link, follow_redirects=True).status_code == 404, "the link works once"
    assert (
        post_form(client, "/fi/account/sign-in", {"email": known.email, "password": NEW}).status_code == 303
    )
    assert [each.template for each in letters.write(app)] == ["account_password", "account_password_changed"]


def test_looking_at_the_link_uses_nothing_up_and_it_grows_old(
    app: Flask, client: FlaskClient, known: User
) -> None:
    post_form(client, "/fi/account/password", {"email": known.email})
    link = letters.link_in(letters.write(app)[0])
    for _scanner in range(3):
        assert app.test_client().get(link, follow_redirects=True).status_code == 200
    app.extensions["clock"] = lambda: NOW + timedelta(minutes=61)
    assert client.get(link, follow_redirects=True).status_code == 404


def test_an_unknown_address_gets_the_same_answer_the_same_work_and_no_mail(
    app: Flask, client: FlaskClient, known: User
) -> None:
    answers = [
        post_form(client, "/fi/account/password", {"email": email})
        for email in (known.email, "no@example.fi")
    ]
    assert [(answer.status_code, answer.location) for answer in answers] == [(303, "/fi/account/sign-in")] * 2
    with app.extensions["database"].read() as session:
        rows = session.execute(
            sa.select(MailedLink.purpose, MailedLink.token_hash, MailedLink.settled_at, MailedLink.language)
        ).all()
    assert rows[0] == rows[1], "what is written does not depend on who it is; the worker looks"
    assert [mail.recipient for mail in letters.write(app)] == [known.email]


def test_nobody_is_flooded_with_letters(app: Flask, client: FlaskClient, known: User) -> None:
    for _time in range(LETTERS_AN_HOUR + 5):
        post_form(client, "/fi/account/password", {"email": known.email})
    assert len(letters.write(app)) == LETTERS_AN_HOUR
    app.extensions["clock"] = lambda: NOW + timedelta(hours=1, minutes=1)
    post_form(client, "/fi/account/password", {"email": known.email})
    assert len(letters.write(app)) == LETTERS_AN_HOUR + 1


def test_a_stranger_gets_six_letters_a_day_and_who_has_an_account_always_a_new_password(
    app: Flask, database: Database
) -> None:
    for hour in range(24):
        now = NOW + timedelta(hours=hour)
        app.extensions["clock"] = lambda now=now: now
        with database.transaction() as session:
            for purpose in Purpose:
                for _time in range(LETTERS_AN_HOUR + 1):
                    links.ask(session, purpose, email="joku@example.fi", language="fi", now=now)
        letters.write(app)
    with database.read() as session:
        written = dict(
            session.execute(
                sa.select(MailedLink.purpose, sa.func.count(MailedLink.token_hash)).group_by(
                    MailedLink.purpose
                )
            ).all()
        )
    assert written == {Purpose.REGISTRATION: LETTERS_A_DAY, Purpose.PASSWORD: 24 * LETTERS_AN_HOUR}


@pytest.mark.parametrize(
    ("entries", "field"),
    [
        ({"current_password": "väärä", "password": NEW}, "current_password"),
        ({"current_password": PASSWORD, "password": PASSWORD}, "password"),
        ({"current_password": PASSWORD, "password": "salasana1234"}, "password"),
    ],
)
def test_a_change_needs_the_present_password_and_a_good_new_one(
    client: FlaskClient,
    known: User,
    sign_in: Callable[[FlaskClient, User], None],
    entries: dict[str, str],
    field: str,
) -> None:
    sign_in(client, known)
    answer = post_form(client, "/fi/account/password/change", entries)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text


def test_a_changed_password_keeps_this_browser_signed_in_and_no_other_and_is_told_by_mail(
    app: Flask, client: FlaskClient, known: User, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    other = app.test_client()
    for browser in (client, other):
        sign_in(browser, known)
    answer = post_form(client, "/fi/account/password/change", {"current_password": PASSWORD, "password": NEW})
    assert answer.location == "/fi/account/"
    assert client.get("/fi/account/").status_code == 200
    assert other.get("/fi/account/").status_code == 302
    [notice] = letters.write(app)
    assert (notice.template, notice.recipient) == ("account_password_changed", known.email)
