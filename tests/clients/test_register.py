"""Asking the register of mandates over real HTTP: the signature, what it allows, and what becomes of the codes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.authorizations import Connection, checksum_header
from marketplace.backends import Authorizations
from marketplace.clients.keys import DEVELOPMENT_KEY
from marketplace.clients.mandates.models import Mandate
from marketplace.clients.mandates.register import NoRegisterAnswer, SuomiFiRegister
from marketplace.clients.mandates.rules import Source
from marketplace.clients.models import Client, ClientAccess
from marketplace.clients.rules import identity_hash
from marketplace.config import ConfigurationError, Settings
from marketplace.db import Database
from marketplace.web.saved_entries import KeptForm
from tests.clients.conftest import Enter, Scene
from tests.clients.mandate_register import CLIENT_ID, KEY, Register, serving
from tests.factories import NOW
from tests.forms import post_form

HELPER, AINO = "131052-308T", "010190-982A"
TERMS = {
    "name": "Helmi Auttaja",
    "email": "helmi@example.fi",
    "scope": "act",
    "ends_on": "30.6.2027",
    "helper_identity_code": HELPER,
    "client_identity_code": AINO,
}


@pytest.fixture
def register(app: Flask) -> Iterator[Register]:
    """A register to which the portal is connected."""
    with serving(NOW) as running:
        wanted = Authorizations(running.url, CLIENT_ID, KEY)
        app.extensions["settings"] = replace(app.extensions["settings"], authorizations=wanted)
        yield running


def page(scene: Scene) -> str:
    return f"/fi/counsellor/clients/{scene.aino.id}/mandates/check"


def mandates(database: Database) -> list[Mandate]:
    with database.read() as session:
        return list(session.scalars(sa.select(Mandate)))


def test_a_call_is_signed_over_its_path_and_the_moment() -> None:
    header = checksum_header(CLIENT_ID, KEY, "/service/rest/x?requestId=1", NOW)
    name, moment, checksum = header.split(" ")
    assert (name, moment) == (CLIENT_ID, "2026-11-22T10:00:00.000Z")
    assert checksum != checksum_header(CLIENT_ID, KEY, "/service/rest/y?requestId=1", NOW).split(" ")[2]


@pytest.mark.parametrize("minutes", [-6, -4, 4, 6])
def test_five_minutes_beside_the_register_are_too_many(minutes: int) -> None:
    with serving(NOW) as register:
        register.allowed.add((HELPER, AINO))
        ours = SuomiFiRegister(Connection(register.url, CLIENT_ID, KEY))
        moment = NOW + timedelta(minutes=minutes)
        if abs(minutes) < 5:
            assert ours.allows(HELPER.lower(), AINO, asked_by="1", now=moment)
            assert not ours.allows(AINO, HELPER, asked_by="1", now=moment)
        else:
            with pytest.raises(NoRegisterAnswer):
                ours.allows(HELPER, AINO, asked_by="1", now=moment)


@pytest.mark.parametrize(("key", "ill"), [("another key", False), (KEY, True)])
def test_a_register_that_refuses_or_is_ill_is_no_answer_and_tells_no_code(key: str, *, ill: bool) -> None:
    with serving(NOW) as register:
        register.ill = ill
        with pytest.raises(NoRegisterAnswer) as failed:
            SuomiFiRegister(Connection(register.url, CLIENT_ID, key)).allows(
                HELPER, AINO, asked_by="1", now=NOW
            )
        assert failed.value.__cause__ is None
        assert HELPER not in str(failed.value)


@pytest.mark.parametrize(
    "nonsense",
    [b"[" * 60_000, b"null", b"[]", b'{"result": ["ALLOWED"]}', b"\xff\x00", b'{"result": "ALLOWED"'],
)
def test_what_is_no_answer_allows_nothing(nonsense: bytes) -> None:
    with serving(NOW) as register:
        register.nonsense = nonsense
        with pytest.raises(NoRegisterAnswer):
            SuomiFiRegister(Connection(register.url, CLIENT_ID, KEY)).allows(
                HELPER, AINO, asked_by="1", now=NOW
            )


def test_what_the_register_allows_becomes_a_mandate_and_the_codes_are_kept_nowhere(
    app: Flask, database: Database, kept: Scene, enter: Enter, register: Register,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    register.allowed.add((HELPER, AINO))
    browser = enter(kept.olga)
    assert "/mandates/check" in browser.get(f"/fi/counsellor/clients/{kept.aino.id}/mandates").text
    answer = post_form(browser, page(kept), TERMS)
    assert answer.status_code == 303, answer.text
    [mandate] = mandates(database)
    assert (mandate.source, mandate.email, mandate.accepted_at) == (Source.REGISTER, "helmi@example.fi", None)
    assert register.asked == [(HELPER, AINO, str(kept.olga.id))]
    with database.read() as session:
        told = session.scalars(sa.select(ClientAccess.recipient).where(ClientAccess.recipient != "")).all()
        assert told == ["Suomi.fi"]
        rows = [
            str(tuple(row))
            for table in sa.inspect(session.connection()).get_table_names()
            for row in session.execute(sa.text(f'SELECT * FROM "{table}"'))
        ]
    whole = "\n".join([*rows, caplog.text])
    assert HELPER not in whole
    assert AINO not in whole


def test_what_it_does_not_allow_is_told_and_gives_nothing(
    database: Database, kept: Scene, enter: Enter, register: Register
) -> None:
    answer = post_form(enter(kept.olga), page(kept), TERMS)
    assert answer.status_code == 409
    assert "ei saa toimia" in answer.text
    assert HELPER not in answer.text
    assert "Helmi Auttaja" in answer.text, "what was typed is kept, but for the codes"
    assert mandates(database) == []


def test_another_persons_code_is_refused_before_anybody_is_asked(
    database: Database, kept: Scene, enter: Enter, register: Register
) -> None:
    with database.transaction() as session:
        aino = session.get_one(Client, kept.aino.id)
        aino.identity_hash = identity_hash(DEVELOPMENT_KEY, aino.organisation_key, HELPER)
    assert post_form(enter(kept.olga), page(kept), TERMS).status_code == 422
    assert register.asked == []


@pytest.mark.parametrize("wrong", [{"ends_on": ""}, {"ends_on": "30.6.2029"}, {"helper_identity_code": "x"}])
def test_a_day_too_far_and_what_is_no_code_are_told_at_the_field(
    database: Database, kept: Scene, enter: Enter, register: Register, wrong: dict[str, str]
) -> None:
    register.allowed.add((HELPER, AINO))
    answer = post_form(enter(kept.olga), page(kept), TERMS | wrong)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert mandates(database) == []


def test_a_form_that_comes_after_the_session_keeps_no_code(
    app: Flask, database: Database, kept: Scene, enter: Enter, register: Register
) -> None:
    browser = enter(kept.olga)
    browser.get(page(kept))
    app.extensions["clock"] = lambda: NOW + timedelta(days=30)
    browser.post(page(kept), data=TERMS | {"form_name": "checked_mandate_form"})
    with database.read() as session:
        for kept_form in session.scalars(sa.select(KeptForm)):
            assert HELPER not in str(vars(kept_form))


def test_without_a_register_there_is_no_page(app: Flask, kept: Scene, enter: Enter) -> None:
    browser = enter(kept.olga)
    assert browser.get(page(kept)).status_code == 404
    assert "/mandates/check" not in browser.get(f"/fi/counsellor/clients/{kept.aino.id}/mandates").text


def test_the_settings_are_all_three_or_none(tmp_path: Path) -> None:
    whole = {
        "AUTHORIZATIONS_URL": "https://valtuudet.example/",
        "AUTHORIZATIONS_CLIENT_ID": CLIENT_ID,
        "AUTHORIZATIONS_API_KEY": KEY,
        "DATA_DIR": str(tmp_path),
    }
    told = Settings.from_environment(whole).authorizations
    assert told == Authorizations("https://valtuudet.example", CLIENT_ID, KEY)
    assert KEY not in repr(told)
    for name in whole.keys() - {"DATA_DIR"}:
        with pytest.raises(ConfigurationError, match=name):
            Settings.from_environment({each: value for each, value in whole.items() if each != name})
