"""Every key of the portal can be changed: what a former one signed, sealed or hashed goes on holding."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from flask import Flask

from marketplace.__main__ import command
from marketplace.accounts.second_factor.models import AppSecret
from marketplace.accounts.second_factor.sealing import Sealer
from marketplace.app import create_app
from marketplace.audit.anchors import write_checkpoint
from marketplace.audit.proof import verify
from marketplace.audit.rules import DEVELOPMENT_KEY, key_id
from marketplace.clients.letters.models import ClientCode, ClientLetter
from marketplace.clients.letters.service import add_codes, sign_in_by_code
from marketplace.config import ConfigurationError, Settings
from marketplace.db import Database
from marketplace.files.store import FileStore
from marketplace.keys import service
from tests.conftest import settings_for
from tests.factories import NOW, make_client, make_user
from tests.forms import token_on
from tests.trail import Tried
from tests.work import work_of

FORMER, PRESENT = "a former secret that is long enough", "the present secret that is long enough"
OLD, NEW = b"former client or audit key 32 by", b"present client or audit key 32 b"


@contextmanager
def with_keys(database: Database, **info: Any) -> Iterator[Database]:
    """The same database as a portal with other keys opens it."""
    opened = Database(database.url.render_as_string(hide_password=False), info=info)
    yield opened
    opened.dispose()


def test_forms_and_cookies_outlive_a_change_of_the_secret(database_url: str, tmp_path: Path) -> None:
    former = replace(settings_for(database_url, tmp_path), secret_key=FORMER)
    old = create_app(former).test_client()
    token = token_on(old.get("/fi/account/sign-in").text)
    cookie = old.get_cookie("session")
    assert cookie is not None
    answers = {}
    for known in ((FORMER,), ()):
        browser = create_app(replace(former, secret_key=PRESENT, former_secrets=known)).test_client()
        browser.set_cookie("session", cookie.value)
        sent = {"csrf_token": token, "email": "nobody@firma.fi", "password": "whatever it is"}
        answers[known] = browser.post("/fi/account/sign-in", data=sent).status_code
    assert answers == {(FORMER,): 422, (): 303}, "a wrong password is told; a forged form is asked for again"


def test_a_file_of_an_unfinished_form_outlives_it(tmp_path: Path) -> None:
    old = FileStore(tmp_path, secret=FORMER, limit=100)
    token = old.token(old.put(b"%PDF-", media_type="application/pdf", name="a.pdf"), owner="1")
    settings = replace(settings_for("sqlite://", tmp_path), secret_key=PRESENT, former_secrets=(FORMER,))
    new = FileStore(tmp_path, secret=settings.signing_keys, limit=100)
    assert new.recall(token, owner="1") is not None
    assert old.recall(new.token(new.recall(token, owner="1"), owner="1"), owner="1") is None  # type: ignore[arg-type]


def test_the_settings_read_former_keys_in_their_order(tmp_path: Path) -> None:
    environment = {
        "DATA_DIR": str(tmp_path),
        "SECRET_KEY": PRESENT,
        "SECRET_KEY_FALLBACKS": f"{FORMER}, one before",
        "CLIENT_KEY": f"{NEW.hex()},{OLD.hex()}",
    }
    read = Settings.from_environment(environment)
    assert read.signing_keys == ["one before", FORMER, PRESENT]
    assert read.client_keys == (NEW, OLD)
    before = Settings.from_environment({"DATA_DIR": str(tmp_path), "SECRET_KEY": FORMER})
    assert read.audit_keys[1] == before.audit_keys[0], (
        "keys made of the secret change with it and are still known"
    )


def test_secrets_of_apps_are_sealed_anew(database: Database, tmp_path: Path) -> None:
    with database.transaction() as session:
        person = make_user(session)
        sealed = Sealer([FORMER]).seal("JBSWY3DP")
        session.add(AppSecret(user_id=person.id, sealed=sealed, begun_at=NOW, confirmed_at=NOW, last_step=0))
    settings = replace(settings_for("", tmp_path), secret_key=PRESENT, former_secrets=(FORMER,))
    with database.read() as session:
        assert [use.number for use in service.uses(session, settings, now=NOW)][:2] == [0, 1]
    assert service.renew(database, settings, now=NOW) == (1, False)
    assert service.renew(database, settings, now=NOW) == (0, False)
    with database.read() as session:
        assert [use.number for use in service.uses(session, settings, now=NOW)][:2] == [1, 0]
        assert Sealer([PRESENT]).open(session.scalars(sa.select(AppSecret.sealed)).one()) == "JBSWY3DP"


def write_event(database: Database) -> None:
    with database.transaction() as session:
        work_of(session).record(Tried.EVENT, ("Thing", 1), organisation="soite")


def test_after_the_change_the_trail_holds_and_a_former_key_adds_nothing(
    database: Database, tmp_path: Path
) -> None:
    settings = settings_for("", tmp_path)
    with with_keys(database, audit_keys=(OLD, DEVELOPMENT_KEY)) as before:
        write_event(before)
    with with_keys(database, audit_keys=(NEW, OLD, DEVELOPMENT_KEY)) as portal:
        write_event(portal)
        assert service.renew(portal, settings, now=NOW) == (0, True)
        assert service.renew(portal, settings, now=NOW) == (0, False)
        write_event(portal)
        assert verify(portal).problem is None
        with with_keys(database, audit_keys=(OLD,)) as forger:
            write_event(forger)
        for whole in (True, False):
            problem = verify(portal, whole=whole).problem
            assert problem is not None
            assert problem.endswith(f"was sealed with a key that had been given up ({key_id(OLD)})")


def test_a_checkpoint_of_a_former_key_does_not_hold_either(database: Database, tmp_path: Path) -> None:
    settings = replace(settings_for("", tmp_path), audit_anchor_url=f"file://{tmp_path / 'shipped'}")
    with with_keys(database, audit_keys=(NEW, OLD, DEVELOPMENT_KEY)) as portal:
        service.renew(portal, settings, now=NOW)
        with with_keys(database, audit_keys=(OLD,)) as forger:
            write_event(forger)
            write_checkpoint(forger, "", NOW)
        assert "had been given up" in str(verify(portal).problem)
    assert (tmp_path / "shipped").read_text().count("\n") == 1


def test_codes_of_letters_are_known_by_a_former_key(database: Database) -> None:
    with database.transaction() as session:
        client = make_client(session, number="4711")
        letter = ClientLetter(
            client_id=client.id,
            made_at=NOW,
            made_by_id=make_user(session).id,
            expires_at=NOW + timedelta(days=60),
        )
        session.add(letter)
        session.flush()
        letter_id = letter.id
    with with_keys(database, client_keys=(OLD,)) as before, before.transaction() as session:
        add_codes(session, session.get_one(ClientLetter, letter_id), ["ABCDEFGHJK", "KJHGFEDCBA"])
    with with_keys(database, client_keys=(NEW, OLD)) as portal:
        user = sign_in_by_code(portal, number="4711", code="abcde-fghjk", address="192.0.2.1", now=NOW)
        with portal.read() as session:
            assert user.id is not None
            letters = list(service.uses(session, settings_for("", Path()), now=NOW))[-2:]
            assert [(use.key, use.number) for use in letters] == [(key_id(NEW), 0), (key_id(OLD), 1)]
            assert len(session.scalars(sa.select(ClientCode.used_at)).all()) == 2


def test_the_commands_of_a_change(app: Flask, tmp_path: Path) -> None:
    def run(*words: str) -> Result:
        return CliRunner().invoke(command, ["keys", *words], obj=app)

    assert len(run("new").output.strip()) == 96
    assert run("new").output != run("new").output
    listing = run("list")
    assert listing.exit_code == 0
    assert "(present): 0 secrets of apps" in listing.output
    app.extensions["settings"] = replace(app.extensions["settings"], client_keys=(NEW, OLD))
    assert run("print", "CLIENT_KEY").output.strip() == f"{NEW.hex()},{OLD.hex()}"
    assert "0 secrets of apps" in run("renew").output
    with app.extensions["database"].transaction() as session:
        person = make_user(session)
        sealed = Sealer(["a key that is lost"]).seal("JBSWY3DP")
        session.add(AppSecret(user_id=person.id, sealed=sealed, begun_at=NOW, last_step=0))
    lost = run("list")
    assert lost.exit_code == 1
    assert "SECRET_KEY unknown (not in the settings): 1 secrets of apps" in lost.output


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("CLIENT_KEY", "ab,cd", "at least 64 hex digits"),
        ("CLIENT_KEY", "x" * 64, "must be hex"),
        ("SECRET_KEY_FALLBACKS", "y" * 40, "SECRET_KEY must be set"),
        ("SECRET_KEY_FALLBACKS", f"{PRESENT},{FORMER}", "the present SECRET_KEY"),
    ],
)
def test_keys_that_cannot_work_stop_the_start(name: str, value: str, words: str, tmp_path: Path) -> None:
    environment = {"DATA_DIR": str(tmp_path), name: value}
    if PRESENT in value:
        environment["SECRET_KEY"] = PRESENT
    with pytest.raises(ConfigurationError, match=words):
        Settings.from_environment(environment)
