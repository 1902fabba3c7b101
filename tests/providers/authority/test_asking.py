"""Showing the right to act for a company in Suomi.fi, over real HTTP: there and back twice, and what can go wrong."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace import health
from marketplace.accounts.service import actor_of, grant
from marketplace.audit.models import AuditEvent
from marketplace.authorizations import Connection
from marketplace.backends import Authorizations
from marketplace.config import ConfigurationError, Settings
from marketplace.db import Database
from marketplace.permissions import Role
from marketplace.providers.authority.mandates import NoCompanyAnswer, SuomiFiMandates, VisitOver
from marketplace.providers.authority.models import ProviderRight
from marketplace.providers.authority.rules import RightAction, codes_that_count
from marketplace.providers.company import people
from marketplace.providers.models import Provider
from tests.clients.mandate_register import CLIENT_ID, KEY
from tests.clients.test_identified import CLAIM, RSA
from tests.factories import NOW, make_approval, make_provider, make_provider_admin, make_user
from tests.mandated import accept
from tests.providers.authority.conftest import ACCEPTED, CODE, HOLDS_UNTIL, Play, SignIn, way_back
from tests.providers.authority.register import PASSWORD, WEB_KEY
from tests.work import work_of

# --- the way ---------------------------------------------------------------------------------------------------------


def test_an_admin_shows_the_right_there_and_its_role_and_day_are_kept(play: Play) -> None:
    assert "Visa rätten i Suomi.fi" in play.browser.get(play.page).text
    assert play.ask().location == play.page
    right = play.right()
    assert right is not None
    assert (right.shown_by, right.codes, right.checked_until, right.shown_by_id) == (
        RightAction.ASK_REGISTER,
        ACCEPTED,
        HOLDS_UNTIL,
        play.admin.id,
    )
    assert "i Suomi.fi-fullmakter" in play.browser.get(play.page).text
    with play.database.read() as session:
        event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert event.action == "provider.right_register"
    assert event.after["codes"] == ACCEPTED


def test_the_identity_code_and_the_session_there_are_kept_nowhere(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    at_register = play.identified()
    [session_there] = play.register.sessions
    cookie = play.browser.get_cookie("session")
    assert cookie is not None
    decoded = play.app.session_interface.get_signing_serializer(play.app).loads(cookie.value)  # type: ignore[attr-defined]
    assert session_there not in str(decoded)
    assert CODE not in str(decoded)
    play.browser.get(way_back(at_register.location))
    with play.database.read() as session:
        rows = [
            str(tuple(row))
            for table in sa.inspect(session.connection()).get_table_names()
            for row in session.execute(sa.text(f'SELECT * FROM "{table}"'))
        ]
    ours = [each.getMessage() for each in caplog.records if each.name != "werkzeug"]  # that is the register's
    whole = "\n".join([*rows, *ours])
    assert CODE not in whole
    assert session_there not in whole


def test_it_is_shown_again_and_holds_for_another_year(play: Play) -> None:
    play.ask()
    with play.database.transaction() as session:
        session.get_one(ProviderRight, play.company.id).checked_until = NOW.date() + timedelta(days=3)
    assert play.ask().location == play.page
    right = play.right()
    assert right is not None
    assert right.checked_until == HOLDS_UNTIL


def test_an_editor_and_another_companys_admin_cannot_leave(play: Play, sign_in: SignIn) -> None:
    with play.database.transaction() as session:
        editor = make_user(session)
        grant(session, editor, Role.PROVIDER_EDITOR, provider_id=play.company.id, now=NOW)
        stranger = make_provider_admin(session, make_provider(session))
    for person, expected in ((editor, (403,)), (stranger, (403, 404))):
        browser = play.app.test_client()
        sign_in(browser, person)
        assert browser.get(f"{play.page}/suomi-fi").status_code in expected


# --- what can go wrong -----------------------------------------------------------------------------------------------


def test_who_turns_back_there_has_shown_nothing(play: Play) -> None:
    play.register.choice = None
    assert "valde inget företag" in play.told(play.ask())
    assert play.right() is None


def test_another_company_than_this_shows_nothing(play: Play) -> None:
    play.register.roles[CODE]["0737546-2"] = [ACCEPTED]
    play.register.choice = "0737546-2"
    assert play.company.business_id in play.told(play.ask())
    assert play.right() is None


def test_a_company_for_which_the_person_may_not_act_shows_nothing(play: Play) -> None:
    play.register.roles.clear()
    assert play.company.business_id in play.told(play.ask())
    assert play.right() is None


def test_a_role_that_no_organisation_of_the_company_takes_is_not_enough(play: Play) -> None:
    play.register.roles[CODE] = {play.company.business_id: ["PJ"]}
    assert "räcker inte" in play.told(play.ask())
    assert play.right() is None


def test_the_roles_of_an_organisation_that_has_nothing_to_do_with_the_company_do_not_count(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(monkeypatch, {"soite": (ACCEPTED,)})
    assert "Visa rätten i Suomi.fi" in play.browser.get(play.page).text
    with play.database.transaction() as session:
        make_approval(session, session.get_one(Provider, play.company.id))
    assert "Visa rätten i Suomi.fi" not in play.browser.get(play.page).text
    assert "räcker inte" in play.told(play.ask())


def test_a_register_that_is_away_when_one_leaves_is_told(play: Play) -> None:
    play.register.ill = True
    answer = play.identified()
    assert answer.location == play.page
    assert "svarar inte just nu" in play.told(answer)


def test_a_register_that_is_away_when_one_comes_back_is_told(play: Play) -> None:
    back = way_back(play.identified().location)
    play.register.ill = True
    assert "svarar inte just nu" in play.told(play.browser.get(back))
    assert play.right() is None


@pytest.mark.parametrize(
    "nonsense",
    [
        {},
        "null",
        "[1]",
        '[{"identifier": 1, "roles": []}]',
        '[{"identifier": "1"}]',
        "[" * 60_000,
        "[{}]" * 60,
    ],
)
def test_what_is_no_answer_shows_nothing(play: Play, nonsense: Any) -> None:
    play.register.nonsense = nonsense
    assert "svarar inte just nu" in play.told(play.ask())
    assert play.right() is None


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_clock_that_is_off_begins_nothing(play: Play, minutes: int) -> None:
    play.register.clock = NOW + timedelta(minutes=minutes)
    assert play.identified().location == play.page


@pytest.mark.parametrize(("key", "password"), [("another key", PASSWORD), (WEB_KEY, "another password")])
def test_a_forged_signature_and_a_wrong_password_get_no_answer(play: Play, key: str, password: str) -> None:
    ours = SuomiFiMandates(Connection(play.register.url, CLIENT_ID, key), password)
    if key != WEB_KEY:
        with pytest.raises(NoCompanyAnswer) as failed:
            ours.begin(CODE, asked_by="1", now=NOW)
        assert failed.value.__cause__ is None
        return
    visit = ours.begin(CODE, asked_by="1", now=NOW)
    address = ours.address(visit, return_address="http://localhost/x", state="s", language="fi")
    code = parse_qs(urlsplit(way_back(address)).query)["code"][0]
    with pytest.raises(VisitOver):
        ours.chosen(visit.session, code, return_address="http://localhost/x", asked_by="1", now=NOW)


def test_the_session_of_another_person_is_refused(play: Play) -> None:
    """Who puts the code of another's journey into one's own gets nothing of it."""
    play.register.roles["010190-982A"] = {}
    play.app.extensions["identification of the test"].person[CLAIM] = "010190-982A"
    mine = way_back(play.identified().location)
    play.app.extensions["identification of the test"].person[CLAIM] = CODE
    other = SuomiFiMandates(Connection(play.register.url, CLIENT_ID, WEB_KEY), PASSWORD)
    visit = other.begin(CODE, asked_by="1", now=NOW)
    back = "http://localhost/company-right/chosen"
    address = other.address(visit, return_address=back, state="s", language="fi")
    stolen = parse_qs(urlsplit(way_back(address)).query)["code"][0]
    state = parse_qs(urlsplit(mine).query)["state"][0]
    answer = play.browser.get(f"/company-right/chosen?code={stolen}&state={state}")
    assert "Börja om" in play.told(answer)
    assert play.right() is None


def test_an_answer_is_taken_once_in_time_and_only_in_the_browser_that_asked(
    play: Play, sign_in: SignIn
) -> None:
    back = way_back(play.identified().location)
    stranger = play.app.test_client()
    assert stranger.get(back).location == "/fi/provider/"
    wrong = play.browser.get(back.replace("state=", "state=x"))
    assert "Börja om" in play.told(wrong)
    assert "/provider/" in play.browser.get(back).location, "the question was over with the first answer"
    assert play.right() is None
    late = way_back(play.identified().location)
    play.app.extensions["clock"] = lambda: NOW + timedelta(minutes=31)
    assert "Börja om" in play.told(play.browser.get(late))
    assert play.right() is None


def test_another_person_of_the_same_browser_ends_no_journey_of_the_first(play: Play, sign_in: SignIn) -> None:
    with play.database.transaction() as session:
        second = make_provider_admin(session, session.get_one(Provider, play.company.id))
    back = way_back(play.identified().location)
    with play.browser.session_transaction() as held:
        kept = held["company_right_at_register"]
    sign_in(play.browser, second)
    with play.browser.session_transaction() as held:
        held["company_right_at_register"] = kept
    assert play.browser.get(back).status_code == 404
    assert play.right() is None


def test_who_has_lost_the_company_meanwhile_shows_nothing(play: Play) -> None:
    back = way_back(play.identified().location)
    with play.app.test_request_context("/fi/"), play.database.transaction() as session:
        other = make_provider_admin(session, session.get_one(Provider, play.company.id))
        people.remove(work_of(session, actor_of(other)), provider_id=play.company.id, user_id=play.admin.id)
    assert play.browser.get(back).status_code in (302, 404)
    assert play.right() is None


def test_an_identification_without_a_finnish_code_is_told(play: Play) -> None:
    play.app.extensions["identification of the test"].person.pop(CLAIM)
    answer = play.identified()
    assert answer.location == play.page
    assert "ingen finländsk personbeteckning" in play.told(answer)


def test_an_identification_that_fails_is_told_in_the_language_in_which_one_left(play: Play) -> None:
    play.browser.get(f"{play.page}/suomi-fi")
    answer = play.browser.get("/company-right/identified?error=cancel&state=another")
    assert answer.location == "/sv/provider/"
    assert "Identifieringen misslyckades" in play.browser.get(play.page).text


# --- rules and settings ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], None),
        ([("2", ("A",))], None),
        ([("1", ())], ()),
        ([("1", ("B",))], ()),
        ([("1", ("C", "A", "B"))], ("A", "C")),
        ([("1", ("B",)), ("1", ("A",))], ("A",)),
    ],
)
def test_which_codes_count(
    found: list[tuple[str, tuple[str, ...]]], expected: tuple[str, ...] | None
) -> None:
    assert codes_that_count(found, "1", {"A", "C"}) == expected


def test_without_the_setting_there_is_no_way_there(play: Play) -> None:
    settings = play.app.extensions["settings"]
    for wanted in (None, Authorizations(play.register.url, CLIENT_ID, KEY)):
        play.app.extensions["settings"] = replace(settings, authorizations=wanted)
        assert "Suomi.fi" not in play.browser.get(play.page).text.split("<main")[1].split("</main")[0]
        assert play.browser.get(f"{play.page}/suomi-fi").status_code == 404


def test_half_a_configuration_is_told(tmp_path: Path) -> None:
    whole = {
        "AUTHORIZATIONS_URL": "https://valtuudet.example",
        "AUTHORIZATIONS_CLIENT_ID": CLIENT_ID,
        "AUTHORIZATIONS_WEB_KEY": WEB_KEY,
        "AUTHORIZATIONS_OAUTH_PASSWORD": PASSWORD,
        "CLIENT_OIDC_ISSUER": "https://tunnistus.example",
        "CLIENT_OIDC_CLIENT_ID": "palvelutori",
        "CLIENT_OIDC_KEY_FILE": str(tmp_path / "key.pem"),
        "DATA_DIR": str(tmp_path),
    }
    (tmp_path / "key.pem").write_text(RSA, encoding="ascii")
    told = Settings.from_environment(whole).authorizations
    assert told == Authorizations("https://valtuudet.example", CLIENT_ID, "", WEB_KEY, PASSWORD)
    assert PASSWORD not in repr(told)
    for name in whole.keys() - {"DATA_DIR"}:
        with pytest.raises(ConfigurationError, match=name):
            Settings.from_environment({each: value for each, value in whole.items() if each != name})


@pytest.mark.usefixtures("accepted")
def test_check_tells_when_only_one_side_is_set(
    app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def problems(authorizations: Authorizations | None) -> str:
        settings = replace(app.extensions["settings"], authorizations=authorizations)
        with app.app_context():
            return "\n".join(health.problems(database, settings, now=NOW))

    asks = Authorizations("https://valtuudet.example", CLIENT_ID, "", WEB_KEY, PASSWORD)
    assert "keusote names company_mandates, but AUTHORIZATIONS_WEB_KEY" in problems(None)
    assert "company_mandates" not in problems(asks)
    accept(monkeypatch, {})
    assert "no organisation names its company_mandates" in problems(asks)
    assert "company_mandates" not in problems(None)
