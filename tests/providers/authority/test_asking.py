"""Showing the right to act for a company in Suomi.fi, over real HTTP: there and back twice, and what can go wrong."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace import health
from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of, grant
from marketplace.audit.models import AuditEvent
from marketplace.authorizations import Connection
from marketplace.backends import Authorizations
from marketplace.config import ConfigurationError, Identification, Settings
from marketplace.db import Database
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.outbox import OutboxMessage
from marketplace.permissions import Role
from marketplace.providers.authority import service
from marketplace.providers.authority.mandates import NoCompanyAnswer, SuomiFiMandates, VisitOver
from marketplace.providers.authority.models import ProviderRight
from marketplace.providers.authority.queries import is_proven
from marketplace.providers.authority.rules import CHECKED_FOR, TOLD_BEFORE, RightAction, codes_that_count
from marketplace.providers.company import people
from marketplace.providers.company.models import AccessRequest
from marketplace.providers.company.rules import AccessRequestState
from marketplace.providers.models import Provider
from tests.accounts import openid_provider
from tests.clients.mandate_register import CLIENT_ID, KEY
from tests.clients.test_identified import CLAIM, RSA
from tests.factories import NOW, make_approval, make_provider, make_provider_admin, make_user
from tests.forms import post_form
from tests.mandated import accept
from tests.providers.authority.register import PASSWORD, WEB_KEY, Register, serving
from tests.work import work_of

SignIn = Callable[[FlaskClient, User], None]
CODE = "131052-308T"
ACCEPTED = "NIMKO"
HOLDS_UNTIL = NOW.date() + CHECKED_FOR


@pytest.fixture(autouse=True)
def accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keusote takes the role of who may sign for a company; nobody else takes any."""
    accept(monkeypatch, {"keusote": (ACCEPTED,)})


@dataclass
class Play:
    """A portal that asks Suomi.fi, a company, and the browser of its admin."""

    app: Flask
    browser: FlaskClient
    register: Register
    company: Provider
    admin: User
    database: Database

    @property
    def page(self) -> str:
        return f"/sv/provider/{self.company.id}/right"

    def right(self) -> ProviderRight | None:
        with self.database.read() as session:
            return session.get(ProviderRight, self.company.id)

    def identified(self, path: str | None = None, browser: FlaskClient | None = None) -> TestResponse:
        """Leave, be identified, and come back."""
        browser = browser or self.browser
        there = browser.get(path or f"{self.page}/suomi-fi")
        assert there.status_code == 302, there.text
        return browser.get(_back(there.location))

    def ask(self, path: str | None = None, browser: FlaskClient | None = None) -> TestResponse:
        """Go all the way."""
        browser = browser or self.browser
        at_register = self.identified(path, browser)
        assert at_register.location.startswith(self.register.url), at_register.location
        return browser.get(_back(at_register.location))

    def told(self, answer: TestResponse) -> str:
        """The page on which somebody lands."""
        return self.browser.get(answer.location).text


def _back(location: str) -> str:
    back = requests.get(location, allow_redirects=False, timeout=10)
    return back.headers["Location"].removeprefix("http://localhost")


@pytest.fixture
def play(
    app: Flask, client: FlaskClient, sign_in: SignIn, database: Database, tmp_path: Path
) -> Iterator[Play]:
    key = tmp_path / "key.pem"
    key.write_text(RSA, encoding="ascii")
    with openid_provider.serving() as identification, serving(NOW) as register:
        identification.clock = NOW.timestamp()
        identification.person = {"sub": "somebody", CLAIM: CODE}
        identification.keys_of_client = lambda: app.test_client().get("/identification/jwks.json").get_json()
        app.extensions["settings"] = replace(
            app.extensions["settings"],
            identification=Identification(identification.issuer, openid_provider.CLIENT, key, CLAIM),
            authorizations=Authorizations(register.url, CLIENT_ID, "", WEB_KEY, PASSWORD),
        )
        app.extensions["identification of the test"] = identification
        with database.transaction() as session:
            company = make_provider(session, proven=False)
            admin = make_provider_admin(session, company)
        sign_in(client, admin)
        register.choice = company.business_id
        register.roles[CODE] = {company.business_id: [ACCEPTED, "PJ"]}
        yield Play(app, client, register, company, admin, database)


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
    play.browser.get(_back(at_register.location))
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
    back = _back(play.identified().location)
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
    code = parse_qs(urlsplit(_back(address)).query)["code"][0]
    with pytest.raises(VisitOver):
        ours.chosen(visit.session, code, return_address="http://localhost/x", asked_by="1", now=NOW)


def test_the_session_of_another_person_is_refused(play: Play) -> None:
    """Who puts the code of another's journey into one's own gets nothing of it."""
    play.register.roles["010190-982A"] = {}
    play.app.extensions["identification of the test"].person[CLAIM] = "010190-982A"
    mine = _back(play.identified().location)
    play.app.extensions["identification of the test"].person[CLAIM] = CODE
    other = SuomiFiMandates(Connection(play.register.url, CLIENT_ID, WEB_KEY), PASSWORD)
    visit = other.begin(CODE, asked_by="1", now=NOW)
    back = "http://localhost/company-right/chosen"
    address = other.address(visit, return_address=back, state="s", language="fi")
    stolen = parse_qs(urlsplit(_back(address)).query)["code"][0]
    state = parse_qs(urlsplit(mine).query)["state"][0]
    answer = play.browser.get(f"/company-right/chosen?code={stolen}&state={state}")
    assert "Börja om" in play.told(answer)
    assert play.right() is None


def test_an_answer_is_taken_once_in_time_and_only_in_the_browser_that_asked(
    play: Play, sign_in: SignIn
) -> None:
    back = _back(play.identified().location)
    stranger = play.app.test_client()
    assert stranger.get(back).location == "/fi/provider/"
    wrong = play.browser.get(back.replace("state=", "state=x"))
    assert "Börja om" in play.told(wrong)
    assert "/provider/" in play.browser.get(back).location, "the question was over with the first answer"
    assert play.right() is None
    late = _back(play.identified().location)
    play.app.extensions["clock"] = lambda: NOW + timedelta(minutes=31)
    assert "Börja om" in play.told(play.browser.get(late))
    assert play.right() is None


def test_another_person_of_the_same_browser_ends_no_journey_of_the_first(play: Play, sign_in: SignIn) -> None:
    with play.database.transaction() as session:
        second = make_provider_admin(session, session.get_one(Provider, play.company.id))
    back = _back(play.identified().location)
    with play.browser.session_transaction() as held:
        kept = held["company_right_at_register"]
    sign_in(play.browser, second)
    with play.browser.session_transaction() as held:
        held["company_right_at_register"] = kept
    assert play.browser.get(back).status_code == 404
    assert play.right() is None


def test_who_has_lost_the_company_meanwhile_shows_nothing(play: Play) -> None:
    back = _back(play.identified().location)
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


# --- a company of others ---------------------------------------------------------------------------------------------


@pytest.fixture
def newcomer(play: Play, sign_in: SignIn) -> tuple[FlaskClient, User, int]:
    """Somebody who has asked for access to the company, in a browser of their own, and the number of the request."""
    browser = play.app.test_client()
    with play.app.test_request_context("/fi/"), play.database.transaction() as session:
        person = make_user(session, email="oikea@example.fi")
        asked = people.ask_access(
            work_of(session, actor_of(person)), user=person, business_id=play.company.business_id
        )
    sign_in(browser, person)
    return browser, person, asked.id


def test_who_shows_it_takes_a_company_over_from_people_who_have_shown_nothing(
    play: Play, newcomer: tuple[FlaskClient, User, int]
) -> None:
    browser, person, number = newcomer
    way = f"/fi/provider/requests/{number}/suomi-fi"
    assert way in browser.get("/fi/provider/").text
    assert play.ask(way, browser).location == f"/fi/provider/{play.company.id}/"
    assert browser.get(f"/fi/provider/{play.company.id}/").status_code == 200
    assert play.browser.get(f"/fi/provider/{play.company.id}/").status_code in (302, 403, 404)
    with play.database.read() as session:
        assert is_proven(session, play.company.id)
        assert session.get_one(AccessRequest, number).state is AccessRequestState.ACCEPTED
        told = session.scalars(
            sa.select(OutboxMessage.recipient).where(OutboxMessage.template == "company_taken_over")
        ).all()
        assert actor_of(session.get_one(User, person.id)).providers == (play.company.id,)
    assert told == [play.admin.email]


def test_nobody_takes_over_a_company_whose_people_have_shown_their_right(
    play: Play, newcomer: tuple[FlaskClient, User, int]
) -> None:
    browser, _person, number = newcomer
    way = f"/fi/provider/requests/{number}/suomi-fi"
    back = _back(play.identified(way, browser).location)
    play.ask()
    answer = browser.get(back)
    assert "ovat jo osoittaneet" in browser.get(answer.location).text
    assert way not in browser.get("/fi/provider/").text
    with play.database.read() as session:
        assert session.get_one(AccessRequest, number).state is AccessRequestState.WAITING
        assert actor_of(session.get_one(User, play.admin.id)).providers == (play.company.id,)


def test_nobody_takes_over_by_the_request_of_another_or_with_a_role_that_is_not_enough(
    play: Play, newcomer: tuple[FlaskClient, User, int]
) -> None:
    browser, _person, number = newcomer
    way = f"/fi/provider/requests/{number}/suomi-fi"
    assert play.browser.get(way).status_code == 404
    play.register.roles[CODE] = {play.company.business_id: ["PJ"]}
    answer = play.ask(way, browser)
    assert "ei riitä" in browser.get(answer.location).text
    assert play.right() is None


# --- the office, and a year later ------------------------------------------------------------------------------------


def test_the_office_sees_how_it_was_shown_and_takes_it_back(play: Play, sign_in: SignIn) -> None:
    play.ask()
    with play.database.transaction() as session:
        office = make_user(session, Role.COORDINATOR, organisation="keusote")
    desk, page = play.app.test_client(), f"/fi/office/companies/{play.company.id}/right"
    sign_in(desk, office)
    shown = desk.get(page).text
    assert "Suomi.fi-valtuuksissa" in shown
    assert ACCEPTED in shown
    assert post_form(desk, f"{page}/revoke", {"reason": " "}, page=page).status_code == 422
    answer = post_form(desk, f"{page}/revoke", {"reason": "Yhtiö ilmoitti, ettei tunne häntä."}, page=page)
    assert answer.status_code == 303
    assert "ettei tunne häntä" in desk.get(page).text
    assert "ettei tunne häntä" in play.browser.get(play.page).text
    right = play.right()
    assert right is not None
    assert (right.shown_by, right.checked_until, right.codes) == (None, None, "")
    with play.database.read() as session:
        assert not is_proven(session, play.company.id)
        mail = session.scalars(
            sa.select(OutboxMessage).where(OutboxMessage.template == "right_revoked")
        ).one()
    assert mail.recipient == play.admin.email
    again = post_form(desk, f"{page}/revoke", {"reason": "Uudelleen."}, page=page)
    assert again.status_code == 409


def test_another_office_takes_nothing_back(play: Play) -> None:
    with play.database.transaction() as session:
        company = session.get_one(Provider, play.company.id)
        make_approval(session, company)
        work = work_of(session, actor_of(make_user(session, Role.COORDINATOR, organisation="soite")))
        with pytest.raises(NotFound):
            service.revoke(work, provider_id=company.id, reason="Ei.")


def test_a_company_is_asked_a_month_before_and_is_marked_again_after_a_year(play: Play) -> None:
    play.ask()
    steps = [
        (HOLDS_UNTIL - TOLD_BEFORE - timedelta(days=1), 0, True),
        (HOLDS_UNTIL - TOLD_BEFORE, 1, True),
        (HOLDS_UNTIL, 0, True),
        (HOLDS_UNTIL + timedelta(days=1), 1, False),
        (HOLDS_UNTIL + timedelta(days=2), 0, False),
    ]
    for day, told, proven in steps:
        moment = NOW + (day - NOW.date())
        with play.app.app_context():
            assert service.look_again(play.database, now=moment) == told, day
        with play.database.read() as session:
            assert is_proven(session, play.company.id) is proven, day
    with play.database.read() as session:
        mails = session.scalars(
            sa.select(OutboxMessage.body).where(OutboxMessage.template == "right_due_again")
        ).all()
        last = session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id.desc())).first()
    assert len(mails) == 2
    assert mails[0] != mails[1]
    assert last == "provider.right_lapse"


def test_what_the_office_said_or_a_letter_showed_is_not_asked_again(play: Play) -> None:
    with play.app.test_request_context("/fi/"), play.database.transaction() as session:
        office = work_of(session, actor_of(make_user(session, Role.COORDINATOR, organisation="keusote")))
        service.approve(office, provider_id=play.company.id, reason="Soitettu.")
    with play.app.app_context():
        assert service.look_again(play.database, now=NOW + timedelta(days=900)) == 0


def test_nothing_is_taken_back_that_was_not_shown_or_without_a_reason(play: Play) -> None:
    with play.database.transaction() as session:
        office = work_of(session, actor_of(make_user(session, Role.COORDINATOR, organisation="keusote")))
        with pytest.raises(Invalid):
            service.revoke(office, provider_id=play.company.id, reason=" ")
        with pytest.raises(Conflict):
            service.revoke(office, provider_id=play.company.id, reason="Ei mitään.")


def test_handing_over_ends_what_the_register_told(play: Play) -> None:
    play.ask()
    with play.app.test_request_context("/fi/"), play.database.transaction() as session:
        office = work_of(session, actor_of(make_user(session, Role.COORDINATOR, organisation="keusote")))
        right = service.hand_over(
            office, provider_id=play.company.id, email="oikea@example.fi", language="fi", reason="Soitettu."
        )
        assert (right.shown_by, right.checked_until, right.codes) == (RightAction.HAND_OVER, None, "")


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
