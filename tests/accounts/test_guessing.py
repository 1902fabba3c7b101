"""Guessing is slowed down for who guesses, and for nobody else."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace import slow_work
from marketplace.accounts import service
from marketplace.accounts.guessing.rules import FREE, FREE_WIDE, LONGEST, counts_of, wait_after
from marketplace.accounts.guessing.service import (
    FROM_PLACE,
    OF_ACCOUNT,
    WRONG_FROM_PLACE,
    TooManyFromPlace,
    TooManyTries,
    count_try,
    forgive,
    take_back,
)
from marketplace.accounts.models import User
from marketplace.allowances import TooOften
from marketplace.db import Database
from marketplace.networks import network_of
from marketplace.slow_work import Slow
from marketplace.turns import Turns
from tests.accounts import letters
from tests.accounts.conftest import PASSWORD, SECRET
from tests.factories import NOW, make_user
from tests.forms import post_form
from tests.turns import held
from tests.work import work_of

Try = Callable[..., User | None]


@pytest.fixture
def person(database: Database) -> User:
    """Somebody whom strangers try to sign in as."""
    with database.transaction() as session:
        return make_user(session, email="anna@example.fi", password_hash=SECRET)


@pytest.fixture
def attempt(database: Database, person: User, monkeypatch: pytest.MonkeyPatch) -> Try:
    """A try to sign in as her; the hash is compared as text here, for these tests count tries by the hundred."""
    monkeypatch.setattr(service, "password_is_right", lambda _hash, given: given == PASSWORD)
    monkeypatch.setattr(service, "is_outdated", lambda _hash: False)

    def attempt(password: str, **given: object) -> User | None:
        facts = {"email": person.email, "address": "10.0.0.1", "browser": None, "now": NOW} | given
        return service.sign_in(database, password=password, **facts)  # type: ignore[arg-type]

    return attempt


def test_the_wait_grows_from_nothing_to_a_quarter_of_an_hour() -> None:
    waits = [wait_after(failures, FREE) for failures in range(1, 20)]
    assert waits[: FREE - 1] == [timedelta(0)] * (FREE - 1)
    assert waits[FREE - 1 : FREE + 2] == [timedelta(seconds=s) for s in (2, 4, 8)]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST


def test_who_guesses_waits_longer_each_time_and_is_told_how_long(attempt: Try) -> None:
    for _time in range(FREE):
        assert attempt("väärä") is None
    with pytest.raises(TooManyTries) as refusal:
        attempt(PASSWORD)
    assert refusal.value.wait == 2
    assert attempt("väärä", now=NOW + timedelta(seconds=2)) is None
    with pytest.raises(TooManyTries) as refusal:
        attempt(PASSWORD, now=NOW + timedelta(seconds=2))
    assert refusal.value.wait == 4
    assert attempt(PASSWORD, now=NOW + timedelta(seconds=6)) is not None
    assert attempt("väärä", now=NOW + timedelta(seconds=6)) is None, "the count begins again"


def test_a_stranger_elsewhere_keeps_nobody_out(attempt: Try) -> None:
    for _time in range(FREE):
        attempt("väärä", address="192.0.2.66")
    with pytest.raises(TooManyTries):
        attempt("väärä", address="192.0.2.66")
    assert attempt(PASSWORD) is not None


def test_a_colleague_behind_the_same_address_is_not_held_up(attempt: Try, database: Database) -> None:
    with database.transaction() as session:
        colleague = make_user(session, password_hash=SECRET)
    for _time in range(FREE):
        attempt("väärä")
    assert attempt(PASSWORD, email=colleague.email) is not None


def test_a_known_browser_is_not_held_up_by_strangers_at_all(attempt: Try) -> None:
    for number in range(FREE_WIDE + 1):
        try:
            attempt("väärä", address=f"10.0.{number % 250}.{number // 250}")
        except TooManyTries:
            break
    with pytest.raises(TooManyTries):
        attempt(PASSWORD, address="10.9.9.9")
    assert attempt(PASSWORD, browser="hers") is not None


def test_trying_one_password_on_many_accounts_from_one_place_is_bounded(attempt: Try) -> None:
    for number in range(WRONG_FROM_PLACE.times):
        assert attempt("kesä2026kesä", email=f"person{number}@example.fi") is None
    with pytest.raises(TooManyFromPlace):
        attempt("kesä2026kesä", email="one-more@example.fi")
    assert attempt(PASSWORD, browser="hers") is not None, "whom the portal knows is not held up"
    soon = NOW + WRONG_FROM_PLACE.within / WRONG_FROM_PLACE.times
    assert attempt(PASSWORD, now=soon) is not None, (
        "others behind the place wait for moments and not for hours"
    )
    assert attempt(PASSWORD, now=soon) is not None, "what is right uses nothing up"
    assert attempt("kesä2026kesä", email="one-more@example.fi", now=soon) is None
    with pytest.raises(TooManyFromPlace):
        attempt("kesä2026kesä", email="yet-one@example.fi", now=soon)


def test_many_people_of_one_place_sign_in_at_the_same_time(attempt: Try, database: Database) -> None:
    with database.transaction() as session:
        people = [make_user(session, password_hash=SECRET).email for _number in range(60)]
    for email in people:
        assert attempt("väärä", email=email) is None, "a slip of everybody"
        assert attempt(PASSWORD, email=email) is not None
    for number in range(FROM_PLACE.times - 2 * len(people)):
        attempt(PASSWORD, email=people[number % len(people)])
    with pytest.raises(TooManyFromPlace):
        attempt(PASSWORD, email=people[0])
    assert attempt(PASSWORD, email=people[0], address="192.0.2.66") is not None


def test_an_own_account_does_not_keep_the_portal_busy_with_hashes(attempt: Try) -> None:
    for _time in range(OF_ACCOUNT.times):
        assert attempt(PASSWORD, browser="hers") is not None
    with pytest.raises(TooOften):
        attempt(PASSWORD, browser="hers")


def test_after_the_wide_wait_a_right_try_holds_up_no_other(attempt: Try) -> None:
    for number in range(FREE_WIDE):
        attempt("väärä", address=f"10.0.0.{number}")
    later = NOW + timedelta(hours=1) - timedelta(seconds=1)
    assert attempt(PASSWORD, address="192.0.2.1", now=later) is not None
    assert attempt(PASSWORD, address="192.0.2.2", now=later) is not None


def test_addresses_of_one_household_count_as_one_place() -> None:
    assert network_of("2001:db8:1:2:aaaa::1") == network_of("2001:db8:1:2:ffff::2") == "2001:db8:1:2::"
    assert network_of("192.0.2.1") != network_of("192.0.2.2")
    assert network_of("::ffff:192.0.2.1") == "192.0.2.1", "no one place of all that a machine with both hears"
    assert network_of("unknown") == "unknown"


def test_a_guess_in_flight_is_counted_before_it_is_looked_at(database: Database, person: User) -> None:
    """Forty guesses at once: no more are evaluated than may be without waiting."""
    counts, outcomes = counts_of(person.email, address="10.0.0.1", browser=None), Counter[str]()
    barrier = threading.Barrier(10)

    def guess() -> None:
        barrier.wait()
        for _time in range(4):
            try:
                with database.transaction() as session:
                    count_try(session, counts, now=NOW)
                outcomes["evaluated"] += 1
            except TooManyTries:
                outcomes["refused"] += 1

    threads = [threading.Thread(target=guess) for _number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {"evaluated": FREE, "refused": 40 - FREE}


def test_of_two_tries_at_once_the_earlier_may_be_counted_last(database: Database, person: User) -> None:
    counts = counts_of(person.email, address="10.0.0.1", browser=None)
    for now in (NOW, NOW - timedelta(milliseconds=20)):
        with database.transaction() as session:
            count_try(session, counts, now=now)
    for _more in range(FREE - 2):
        with database.transaction() as session:
            count_try(session, counts, now=NOW)
    with database.transaction() as session, pytest.raises(TooManyTries):
        count_try(session, counts, now=NOW)


def test_a_right_try_is_taken_out_of_the_wide_counts(database: Database, person: User) -> None:
    counts = counts_of(person.email, address="10.0.0.1", browser=None)
    for _time in range(3 * FREE_WIDE):
        with database.transaction() as session:
            count_try(session, counts, now=NOW)
            forgive(session, counts)


def test_an_operator_lifts_the_wait(attempt: Try, database: Database, person: User) -> None:
    for _time in range(FREE):
        attempt("väärä")
    with database.transaction() as session:
        assert service.unlock(work_of(session), session.get_one(User, person.id)) == 2
    assert attempt(PASSWORD) is not None


def test_the_page_tells_how_long_to_wait_and_a_new_password_lifts_it(
    app: Flask, client: FlaskClient, known: User
) -> None:
    entries = {"email": known.email, "password": "väärä"}
    for _time in range(FREE):
        assert post_form(client, "/sv/account/sign-in", entries).status_code == 422
    answer = post_form(client, "/sv/account/sign-in", entries | {"password": PASSWORD})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
    assert "2 sekunder" in answer.text
    post_form(client, "/sv/account/password", {"email": known.email})
    page = client.get(letters.link_in(letters.write(app)[-1]), follow_redirects=True)
    new = "fem röda hinkar på gården"
    assert post_form(client, page.request.path, {"password": new}).status_code == 303
    assert post_form(client, "/sv/account/sign-in", entries | {"password": new}).status_code == 303


def test_a_new_password_by_mail_gets_past_a_place_where_too_much_was_tried(
    app: Flask, client: FlaskClient, known: User
) -> None:
    database = app.extensions["database"]
    with database.transaction() as session:
        for _time in range(WRONG_FROM_PLACE.times):
            count_try(session, (), place="127.0.0.1", now=app.extensions["clock"]())
    entries = {"email": known.email, "password": PASSWORD}
    answer = post_form(client, "/sv/account/sign-in", entries)
    assert answer.status_code == 429
    assert "För många inloggningsförsök har gjorts från ditt nätverk" in answer.text
    post_form(client, "/sv/account/password", {"email": known.email})
    page = client.get(letters.link_in(letters.write(app)[-1]), follow_redirects=True)
    new = "fem röda hinkar på gården"
    assert post_form(client, page.request.path, {"password": new}).status_code == 303
    assert post_form(client, "/sv/account/sign-in", entries | {"password": new}).status_code == 303


def test_a_browser_is_known_again_by_a_signed_cookie_that_survives_signing_out(
    app: Flask, client: FlaskClient, known: User
) -> None:
    post_form(client, "/fi/account/sign-in", {"email": known.email, "password": PASSWORD})
    post_form(client, "/fi/account/sign-out", {}, page="/fi/account/")
    stranger = app.test_client()
    for _time in range(FREE):
        post_form(stranger, "/fi/account/sign-in", {"email": known.email, "password": "väärä"})
    assert (
        post_form(stranger, "/fi/account/sign-in", {"email": known.email, "password": PASSWORD}).status_code
        == 429
    )
    assert (
        post_form(client, "/fi/account/sign-in", {"email": known.email, "password": PASSWORD}).status_code
        == 303
    )


def test_who_waits_in_vain_for_a_hash_is_told_and_has_lost_no_try(
    client: FlaskClient, known: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Turns(1, patience=0.01)
    monkeypatch.setitem(slow_work.TURNS, Slow.HASH, full)
    entries = {"email": known.email, "password": PASSWORD}
    with held(full):
        for _time in range(FREE + 1):
            answer = post_form(client, "/fi/account/sign-in", entries)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
            assert "Odota muutama sekunti" in answer.text
            assert f'value="{known.email}"' in answer.text
    assert post_form(client, "/fi/account/sign-in", entries).status_code == 303


def test_a_try_that_was_not_looked_at_forgives_none_of_the_others(database: Database) -> None:
    counts = counts_of("anna@example.fi", address="10.0.0.1", browser=None)
    with database.transaction() as session:
        for _time in range(FREE):
            count_try(session, counts, now=NOW)
        held = NOW + wait_after(FREE, FREE)
        count_try(session, counts, now=held)
        take_back(session, counts, now=held)
        with pytest.raises(TooManyTries):
            count_try(session, counts, now=held)
        count_try(session, counts, now=held + wait_after(FREE, FREE))
