"""Signing in with a code of a letter: once each, within its days, and no stranger keeps the client out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.accounts.guessing.service import TooManyTries
from marketplace.accounts.models import User
from marketplace.accounts.rules import has_mailbox
from marketplace.accounts.service import NOBODY_KNOWN, actor_of
from marketplace.allowances import TooOften
from marketplace.audit.models import AuditEvent
from marketplace.clients.audit_actions import ClientAudit
from marketplace.clients.letters import service
from marketplace.clients.letters.models import ClientCode
from marketplace.clients.letters.rules import LENGTH, Standing, standing
from marketplace.clients.models import Client
from marketplace.clients.people import account_of
from marketplace.codes import ALPHABET, as_typed, in_groups, new_code
from marketplace.db import Database
from marketplace.errors import NotAllowed, NotFound
from marketplace.permissions import Permission, Role
from marketplace.pilots.vocabulary import client_rules
from tests.clients.conftest import Enter, Scene
from tests.factories import NOW, make_user
from tests.forms import post_form

RULES = client_rules("keusote")
PAGE = "/fi/account/code"


def write(database: Database, kept: Scene, client: Client) -> Sequence[str]:
    """A letter from Olga; its codes."""
    with database.transaction() as session:
        return service.write_letter(kept.work(session, kept.olga), client.id)[1]


def try_code(
    database: Database, number: str, code: str, *, now: datetime = NOW, address: str = "192.0.2.1"
) -> User:
    return service.sign_in_by_code(database, number=number, code=code, address=address, now=now)


# --- rules -----------------------------------------------------------------------------------------------------------


def test_a_code_is_read_however_it_is_typed() -> None:
    code = new_code(LENGTH)
    assert len(code) == LENGTH
    assert set(code) <= set(ALPHABET)
    assert as_typed(f" {in_groups(code, LENGTH // 2).lower()} ") == code
    assert as_typed("ab cde–fgh23") == "ABCDEFGH23"
    assert not set("ILO01") & set(ALPHABET), "nobody takes one sign for another"


def test_how_a_letter_stands() -> None:
    late = NOW + timedelta(days=1)
    assert standing(expires_at=late, ended_at=None, now=NOW) is Standing.HOLDS
    assert standing(expires_at=NOW, ended_at=None, now=NOW) is Standing.EXPIRED
    assert standing(expires_at=late, ended_at=NOW, now=NOW) is Standing.ENDED


# --- signing in ------------------------------------------------------------------------------------------------------


def test_each_code_opens_the_clients_account_once(database: Database, kept: Scene) -> None:
    codes = write(database, kept, kept.aino)
    assert len(set(codes)) == RULES.codes
    assert try_code(database, "a–12", in_groups(codes[0], LENGTH // 2).lower()).id == kept.citizen.id
    with pytest.raises(service.CodeRefused):
        try_code(database, "A-12", codes[0])
    assert try_code(database, "A-12", codes[1]).id == kept.citizen.id


def test_a_client_without_an_account_gets_one_that_can_do_what_clients_do(
    database: Database, kept: Scene
) -> None:
    [code, *_more] = write(database, kept, kept.eino)
    opened = try_code(database, "B-7", code)
    with database.read() as session:
        user = session.get_one(User, opened.id)
        assert session.get_one(Client, kept.eino.id).user_id == user.id
        actor = actor_of(user)
    assert (user.name, user.language, has_mailbox(user.email)) == ("Eino Ek", "fi", False)
    assert actor.roles == {Role.CLIENT}
    assert {each for each in Permission if actor.may(each)} == {
        Permission.PUBLIC,
        Permission.SIGNED_IN,
        Permission.OWN_MATTERS,
    }


def test_only_keyed_hashes_of_codes_are_kept(database: Database, kept: Scene) -> None:
    codes = write(database, kept, kept.aino)
    with database.read() as session:
        hashes = session.scalars(sa.select(ClientCode.code_hash)).all()
    assert len(hashes) == len(codes)
    assert not any(code in kept_hash for code in codes for kept_hash in hashes)


def wrong_five_times(database: Database, number: str, now: datetime = NOW) -> list[type[Exception]]:
    """What five wrong codes from one place are answered with."""
    answers = list[type[Exception]]()
    for _try in range(RULES.code_tries):
        with pytest.raises(service.CodeRefused) as refused:
            try_code(database, number, "AAAAA-AAAAA", now=now)
        answers.append(refused.type)
    return answers


def test_five_wrong_codes_from_one_place_open_nothing_there_until_a_new_letter_or_the_next_day(
    database: Database, kept: Scene
) -> None:
    codes = write(database, kept, kept.aino)
    assert wrong_five_times(database, "A-12") == [*[service.CodeRefused] * 4, service.LetterLocked]
    later = NOW + timedelta(hours=1)
    with pytest.raises(service.LetterLocked):
        try_code(database, "A-12", codes[0], now=later)
    fresh = write(database, kept, kept.aino)
    assert try_code(database, "A-12", fresh[0], now=later).id == kept.citizen.id
    tomorrow = later + service.LOCKED_FOR
    wrong_five_times(database, "A-12", now=later)
    assert try_code(database, "A-12", fresh[1], now=tomorrow).id == kept.citizen.id


def test_a_stranger_elsewhere_keeps_no_client_out(database: Database, kept: Scene) -> None:
    codes = write(database, kept, kept.aino)
    for stranger in range(12):
        for _try in range(RULES.code_tries):
            with pytest.raises(service.CodeRefused):
                try_code(database, "A-12", "AAAAA-AAAAA", address=f"192.0.2.{stranger}")
    assert try_code(database, "A-12", codes[0], address="198.51.100.7").id == kept.citizen.id


def test_a_number_that_nobody_has_is_answered_like_any_other(database: Database, kept: Scene) -> None:
    write(database, kept, kept.aino)
    assert wrong_five_times(database, "X-404") == wrong_five_times(database, "A-12")


def test_from_one_network_nobody_tries_the_letters_of_many(database: Database, kept: Scene) -> None:
    codes = write(database, kept, kept.aino)
    for number in range(20):
        with pytest.raises(service.CodeRefused):
            try_code(database, f"B-{number}", "AAAAA-AAAAA")
    with pytest.raises(TooOften):
        try_code(database, "A-12", "AAAAA-AAAAA")
    assert try_code(database, "A-12", codes[0], address="198.51.100.7").id == kept.citizen.id


def test_a_right_code_forgives_the_wrong_ones(database: Database, kept: Scene) -> None:
    codes = write(database, kept, kept.aino)
    for round_ in range(2):
        for _wrong in range(RULES.code_tries - 1):
            with pytest.raises(service.CodeRefused):
                try_code(database, "A-12", "AAAAA-AAAAA")
        assert try_code(database, "A-12", codes[round_]).id == kept.citizen.id


def test_tries_from_everywhere_are_slowed_also_for_numbers_that_nobody_has(
    database: Database, kept: Scene
) -> None:
    for place in range(100):
        with pytest.raises(service.CodeRefused):
            try_code(database, "X-404", "AAAAA-AAAAA", address=f"192.0.2.{place}")
    with pytest.raises(TooManyTries):
        try_code(database, "X-404", "AAAAA-AAAAA", address="198.51.100.7")


def test_refused_codes_stand_in_the_trail_once_an_hour_and_nobody_fills_it(
    database: Database, kept: Scene
) -> None:
    write(database, kept, kept.aino)
    for number in ("A-12", "A-12", "X-404", "X-405"):
        with pytest.raises(service.CodeRefused):
            try_code(database, number, "AAAAA-AAAAA")
    with database.read() as session:
        wanted = sa.select(AuditEvent).where(AuditEvent.action == ClientAudit.REFUSE_CODE)
        events = session.scalars(wanted.order_by(AuditEvent.id)).all()
    assert [(each.subject_id, each.organisation_key) for each in events] == [
        (str(kept.aino.id), "keusote"),
        (str(kept.elsewhere.id), "siunsote"),
        (NOBODY_KNOWN, None),
    ], "the same number in two organisations is told to both"
    assert "AAAAA" not in str([each.after for each in events])


def test_a_code_holds_for_the_days_that_the_organisation_says(database: Database, kept: Scene) -> None:
    codes = write(database, kept, kept.aino)
    last = NOW + timedelta(days=RULES.code_days)
    assert try_code(database, "A-12", codes[0], now=last - timedelta(seconds=1)).id == kept.citizen.id
    with pytest.raises(service.LetterExpired):
        try_code(database, "A-12", codes[1], now=last)


def test_a_new_letter_ends_the_one_before(database: Database, kept: Scene) -> None:
    old, new = write(database, kept, kept.aino), write(database, kept, kept.aino)
    with pytest.raises(service.CodeRefused):
        try_code(database, "A-12", old[0])
    assert try_code(database, "A-12", new[0]).id == kept.citizen.id


def test_the_same_number_in_two_organisations_opens_by_whose_code_it_is(
    database: Database, kept: Scene
) -> None:
    mine = write(database, kept, kept.aino)
    with database.transaction() as session:
        theirs = service.write_letter(kept.work(session, kept.stranger), kept.elsewhere.id)[1]
    assert try_code(database, "A-12", mine[0]).id == kept.citizen.id
    assert try_code(database, "A-12", theirs[0]).id != kept.citizen.id


def test_one_code_at_two_places_at_once_opens_once(database: Database, kept: Scene) -> None:
    [code, *_more] = write(database, kept, kept.aino)
    start, opened = Barrier(2), list[User]()

    def enter(address: str) -> None:
        start.wait()
        try:
            opened.append(try_code(database, "A-12", code, address=address))
        except service.CodeRefused:
            return

    threads = [Thread(target=enter, args=(f"192.0.2.{place}",)) for place in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 1


def test_a_letter_opens_no_account_that_does_more_than_clients_do(session: Session, scene: Scene) -> None:
    scene.eino.user_id = make_user(session, Role.DECIDER, organisation="keusote").id
    session.flush()
    session.expire(scene.eino)
    with pytest.raises(NotAllowed):
        account_of(scene.work(session, scene.olga), scene.eino)


def test_nobody_else_makes_letters(session: Session, scene: Scene) -> None:
    for person in (scene.decider, scene.stranger, scene.citizen):
        with pytest.raises(NotFound):
            service.write_letter(scene.work(session, person), scene.aino.id)


# --- pages -----------------------------------------------------------------------------------------------------------


def test_the_counsellor_prints_the_letter_and_the_client_signs_in(
    app: Flask, database: Database, kept: Scene, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = list[str]()

    def remember(length: int) -> str:
        printed.append(new_code(length))
        return printed[-1]

    monkeypatch.setattr(service, "new_code", remember)
    browser = enter(kept.olga)
    form = f"/fi/counsellor/clients/{kept.aino.id}/letter"
    letter = post_form(browser, form, {})
    assert letter.mimetype == "application/pdf"
    assert letter.data.startswith(b"%PDF")
    assert "no-store" in letter.headers["Cache-Control"]
    client = app.test_client()
    refused = post_form(client, PAGE, {"number": "a-12", "code": "wrong"})
    assert refused.status_code == 422
    assert 'value="a-12"' in refused.text, "what was typed is kept"
    opened = post_form(client, PAGE, {"number": "a-12", "code": printed[0]})
    assert opened.location == "/fi/client/"
    assert "Aino Äijälä" in client.get("/fi/client/").text


def test_a_locked_letter_says_how_to_go_on(app: Flask, database: Database, kept: Scene) -> None:
    write(database, kept, kept.aino)
    client = app.test_client()
    answers = [
        post_form(client, PAGE, {"number": "A-12", "code": "AAAAA-AAAAA"}) for _try in range(RULES.code_tries)
    ]
    assert [each.status_code for each in answers] == [422, 422, 422, 422, 429]
    assert "uusi kirje" in answers[-1].text
