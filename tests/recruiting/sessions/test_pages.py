"""Pages of information sessions: the office plans, anybody registers, others' sessions do not exist."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.audit.models import AuditEvent
from marketplace.db import Database
from marketplace.outbox import OutboxMessage
from marketplace.recruiting.audit_actions import SessionAudit
from marketplace.recruiting.sessions import own_links
from marketplace.recruiting.sessions.models import InformationSession, SessionRegistration
from marketplace.recruiting.sessions.rules import RegistrationState
from tests.factories import NOW
from tests.forms import open_link, post_form
from tests.recruiting.invitations.conftest import PILOT, Office, make_office

SignIn = Callable[[FlaskClient, User], None]
OFFICE = "/fi/office/sessions"
ENTRIES = {
    "pilot": PILOT,
    "audience": "providers",
    "title-fi": "Infotilaisuus",
    "title-sv": "Informationsmöte",
    "day": "1.12.2026",
    "starts": "16",
    "ends": "17.30",
    "place-fi": "Hyvinkään kaupungintalo",
    "place-sv": "Hyvinge stadshus",
}
VISITOR = {"name": "Aino", "company": "Apu Oy", "email": "aino@example.fi"}


@pytest.fixture
def office(database: Database, client: FlaskClient, sign_in: SignIn) -> Office:
    """The office, whose coordinator is signed in."""
    with database.transaction() as session:
        office = make_office(session)
    sign_in(client, office.coordinator)
    return office


@pytest.fixture
def planned(client: FlaskClient, office: Office, database: Database) -> int:
    """A session that the coordinator has planned on the page."""
    assert post_form(client, f"{OFFICE}/new", ENTRIES).status_code == 303
    with database.read() as session:
        return session.scalars(sa.select(InformationSession.id)).one()


def test_times_are_finlands(planned: int, database: Database) -> None:
    with database.read() as session:
        found = session.get_one(InformationSession, planned)
        assert found.starts_at == datetime(2026, 12, 1, 14, 0, tzinfo=UTC)
        assert found.ends_at == datetime(2026, 12, 1, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "wrong",
    [{"starts": "25"}, {"starts": "neljältä"}, {"day": "31.2.2027"}, {"seats": "0"}, {"seats": "-3"}, {"seats": "²"},
     {"title-sv": ""}, {"ends": "15"}, {"day": "1.1.2020"}, {"place-fi": "", "place-sv": ""}],
    ids=str,
)  # fmt: skip
def test_a_wrong_entry_comes_back_with_its_error_and_everything_else_kept(
    client: FlaskClient, office: Office, wrong: dict[str, str]
) -> None:
    page = post_form(client, f"{OFFICE}/new", ENTRIES | wrong)
    assert page.status_code == 422
    assert "error-summary" in page.text
    assert "Infotilaisuus" in page.text


@pytest.mark.parametrize("day", ["", "1.1.2020"])
def test_a_name_that_is_missing_hides_nothing_else(client: FlaskClient, office: Office, day: str) -> None:
    wrong = {"title-sv": "", "day": day, "ends": "15", "place-fi": "", "place-sv": ""}
    page = post_form(client, f"{OFFICE}/new", ENTRIES | wrong).text
    told = {field for field in ("title-sv", "day", "ends", "place-fi") if f'href="#{field}"' in page}
    assert told == {"title-sv", "day", "place-fi"} | ({"ends"} if day else set())


def test_anybody_registers_without_an_account_and_withdraws_by_the_link(
    app: Flask, planned: int, database: Database
) -> None:
    visitor = app.test_client()
    assert f"/sv/sessions/{planned}" in visitor.get("/sv/sessions").text
    page = f"/sv/sessions/{planned}"
    assert post_form(visitor, page, VISITOR | {"email": "aino"}).status_code == 422
    assert post_form(visitor, page, VISITOR).status_code == 303
    with database.read() as session:
        mail = session.scalars(sa.select(OutboxMessage)).one()
    link = re.search(r"http://localhost(/sv/sessions/registrations\?key=\S+)", mail.body)
    assert link is not None
    own = open_link(visitor, link[1])
    assert "key" not in own
    assert "Aino" in visitor.get(own).text
    assert state_of(database) == RegistrationState.ASKED
    assert post_form(visitor, f"{own}/confirm", {}, page=own).status_code == 303
    assert state_of(database) == RegistrationState.COMING
    assert post_form(visitor, own, {}).status_code == 303
    assert state_of(database) == RegistrationState.WITHDRAWN
    assert post_form(visitor, f"{own}/confirm", {}, page=f"/sv/sessions/{planned}").status_code == 409
    assert app.test_client().get(own).status_code == 404, "another browser does not hold the key"
    assert visitor.get("/sv/sessions/registrations/unknown").status_code == 404
    assert visitor.get("/sv/sessions/999").status_code == 404


def test_families_register_without_a_company_and_see_how_many_seats_are_free(
    app: Flask, client: FlaskClient, office: Office, database: Database
) -> None:
    entries = ENTRIES | {"audience": "clients", "seats": "12"}
    assert post_form(client, f"{OFFICE}/new", entries).status_code == 303
    with database.read() as session:
        number = session.scalars(sa.select(InformationSession.id)).one()
    visitor = app.test_client()
    listed = visitor.get("/fi/sessions").text
    assert "Asiakkaille ja heidän läheisilleen" in listed
    page = visitor.get(f"/fi/sessions/{number}").text
    assert "12/12" in page
    assert 'name="company"' not in page
    answer = post_form(visitor, f"/fi/sessions/{number}", {"name": "Aino", "email": "aino@example.fi"})
    assert answer.status_code == 303
    with database.read() as session:
        assert session.scalars(sa.select(SessionRegistration.company)).one() == ""


def test_who_comes_to_a_full_session_waits_in_line_and_the_office_sees_it(
    app: Flask, client: FlaskClient, office: Office, database: Database
) -> None:
    assert post_form(client, f"{OFFICE}/new", ENTRIES | {"seats": "1"}).status_code == 303
    with database.read() as session:
        number = session.scalars(sa.select(InformationSession.id)).one()
    visitor = app.test_client()
    links = []
    for name in ("Aino", "Bertta"):
        entries = VISITOR | {"name": name, "email": f"{name}@example.fi"}
        post_form(visitor, f"/fi/sessions/{number}", entries)
        with app.app_context(), database.read() as session:
            newest = sa.select(SessionRegistration).order_by(SessionRegistration.id.desc()).limit(1)
            key = own_links.key_of(session.scalars(newest).one())
            links.append(open_link(visitor, f"/fi/sessions/registrations?key={key}"))
        assert post_form(visitor, f"{links[-1]}/confirm", {}, page=links[-1]).status_code == 303
    with database.read() as session:
        letters = session.scalars(
            sa.select(OutboxMessage.body).where(OutboxMessage.template == "session_confirm")
        ).all()
    assert ["olet jonossa" in body for body in letters if body] == [False, True]
    assert "olet jonossa" in visitor.get(links[1]).text
    assert "Ilmoittaudu jonoon" in visitor.get(f"/fi/sessions/{number}").text
    shown = client.get(f"{OFFICE}/{number}").text
    assert shown.index("Aino") < shown.index('id="waiting"') < shown.index("Bertta")
    assert post_form(visitor, links[0], {}).status_code == 303
    assert "varattuna" in visitor.get(links[1]).text
    assert post_form(visitor, f"{links[1]}/confirm", {}, page=links[1]).status_code == 303
    assert "Bertta" in client.get(f"{OFFICE}/{number}/participants.csv").text


def state_of(database: Database) -> RegistrationState:
    with database.read() as session:
        return session.scalars(sa.select(SessionRegistration.state)).one()


def test_the_calendar_file_is_for_everybody(app: Flask, planned: int) -> None:
    answer = app.test_client().get(f"/fi/sessions/{planned}/calendar.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.data.startswith(b"BEGIN:VCALENDAR\r\n")


@pytest.mark.parametrize("path", ["", "/edit", "/cancel", "/participants.csv"])
def test_another_organisations_session_does_not_exist(
    client: FlaskClient, office: Office, sign_in: SignIn, planned: int, path: str
) -> None:
    assert client.get(f"{OFFICE}/{planned}{path}").status_code == 200
    sign_in(client, office.stranger)
    assert client.get(f"{OFFICE}/{planned}{path}").status_code == 404
    assert "Infotilaisuus" not in client.get(OFFICE).text


def test_a_session_is_not_planned_for_another_organisations_pilot(
    client: FlaskClient, office: Office
) -> None:
    assert post_form(client, f"{OFFICE}/new", ENTRIES | {"pilot": "soite-2018"}).status_code == 422


def test_others_of_the_office_see_and_change_nothing(
    client: FlaskClient, office: Office, sign_in: SignIn, planned: int
) -> None:
    sign_in(client, office.auditor)
    assert client.get(f"{OFFICE}/{planned}").status_code == 200
    assert client.get(f"{OFFICE}/{planned}/edit").status_code == 403
    assert client.get(f"{OFFICE}/{planned}/cancel").status_code == 403


def test_the_office_changes_and_cancels_and_sees_who_comes(
    app: Flask, client: FlaskClient, office: Office, planned: int, database: Database
) -> None:
    visitor = app.test_client()
    post_form(visitor, f"/fi/sessions/{planned}", VISITOR)
    assert "Apu Oy" not in client.get(f"{OFFICE}/{planned}").text
    with app.app_context(), database.read() as session:
        key = own_links.key_of(session.scalars(sa.select(SessionRegistration)).one())
    own = open_link(visitor, f"/fi/sessions/registrations?key={key}")
    post_form(visitor, f"{own}/confirm", {}, page=own)
    assert "Apu Oy" in client.get(f"{OFFICE}/{planned}").text
    moved = {name: value for name, value in ENTRIES.items() if name != "pilot"} | {"day": "2.12.2026"}
    assert post_form(client, f"{OFFICE}/{planned}/edit", moved).status_code == 303
    assert post_form(client, f"{OFFICE}/{planned}/cancel", {}).status_code == 303
    assert client.get(f"{OFFICE}/{planned}/cancel").status_code == 302
    with database.read() as session:
        templates = session.scalars(sa.select(OutboxMessage.template).order_by(OutboxMessage.id)).all()
    assert list(templates) == [
        "session_confirm",
        "session_registered",
        "session_changed",
        "session_cancelled",
    ]
    assert "Aino;Apu Oy;aino@example.fi" in client.get(f"{OFFICE}/{planned}/participants.csv").text
    with database.read() as session:
        taken = sa.select(AuditEvent).where(AuditEvent.action == SessionAudit.EXPORT)
        [event] = session.scalars(taken).all()
        looks = sa.select(sa.func.count()).where(AuditEvent.action == SessionAudit.VIEW)
        assert session.scalar(looks) == 1, "the page with participants was opened once"
    assert (event.subject_type, event.subject_id) == ("InformationSession", str(planned))
    assert (event.actor_id, event.organisation_key) == (
        office.coordinator.id,
        office.coordinator.grants[0].organisation_key,
    )


def test_the_database_alone_makes_no_link_and_links_from_before_still_open(
    app: Flask, planned: int, database: Database
) -> None:
    visitor = app.test_client()
    post_form(visitor, f"/fi/sessions/{planned}", VISITOR)
    before = "GjXHBQ3H0lc1S2P7kWv0Y5a9qT8rE4nD"
    with database.transaction() as session:
        registration = session.scalars(sa.select(SessionRegistration)).one()
        token = registration.token
        assert visitor.get(f"/fi/sessions/registrations?key={token}").status_code == 404
        registration.token = hashlib.sha256(before.encode()).hexdigest()
    own = open_link(visitor, f"/fi/sessions/registrations/{before}")
    assert "Aino" in visitor.get(own).text
    kept = hashlib.sha256(before.encode()).hexdigest()
    assert app.test_client().get(f"/fi/sessions/registrations?key={kept}").status_code == 404


def test_the_page_of_a_pilot_tells_its_coming_sessions_with_their_free_seats(
    app: Flask, client: FlaskClient, planned: int, database: Database
) -> None:
    page = f"/fi/pilots/{PILOT}"
    with database.transaction() as session:
        session.get_one(InformationSession, planned).seats = 1
    assert "Yksi vapaa paikka." in client.get(page).text
    assert f'href="/fi/sessions/{planned}"' in client.get(page).text
    assert "Tulevat infotilaisuudet" not in client.get("/fi/pilots/soite-2018").text
    with database.transaction() as session:
        session.add(
            SessionRegistration(
                session_id=planned,
                name="Aino",
                company="",
                email="aino@esimerkki.fi",
                language="fi",
                state=RegistrationState.COMING,
                token="a token of nobody",
                registered_at=NOW,
            )
        )
    assert "Kaikki paikat on varattu" in client.get(page).text
    app.extensions["clock"] = lambda: datetime(2026, 12, 2, tzinfo=UTC)
    assert "Tulevat infotilaisuudet" not in client.get(page).text
