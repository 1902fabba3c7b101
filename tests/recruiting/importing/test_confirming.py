"""Importing in the browser: a list is looked through in the reader's language, confirmed once, and people invited."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.audit.models import AuditEvent
from marketplace.db import Database
from marketplace.errors import Conflict, Invalid, NotAllowed, NotFound
from marketplace.outbox import OutboxMessage
from marketplace.providers.company.models import PersonInvitation
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.recruiting.importing import confirming, queries
from marketplace.recruiting.importing.confirming import FirstAdmin
from marketplace.recruiting.importing.models import SentList
from marketplace.recruiting.importing.report import Report
from marketplace.sheets import UnreadableFile, read_tables
from marketplace.work import UnitOfWork
from tests.factories import NOW, business_id
from tests.forms import hidden_on, post_form
from tests.recruiting.importing.tables import CLEAN, HEADER, csv_file, table
from tests.recruiting.invitations.conftest import PILOT, Office, make_office
from tests.work import work_of

SignIn = Callable[[FlaskClient, User], None]
IMPORTS = "/fi/office/imports"
BAD = ("9100180-9", "Sävel Osk", "", "", "soita", "", "Päivätoiminta", "Porvoo", "")
TAXI = ("9100190-5", "Kyyti Oy", "", "", "401234567", "", "Taksi", "Hyrylä", "")
SUM = ("YHTEENSÄ", "3 tuottajaa", "", "", "", "", "", "", "")


@pytest.fixture
def people(session: Session) -> Office:
    return make_office(session)


def kept(session: Session, office: Office, content: bytes | None = None) -> SentList:
    work = work_of(session, office.actor)
    return confirming.keep(work, PILOT, read_tables(content or csv_file()), file_name="tuottajat.csv")


def take(work: UnitOfWork, sent: SentList) -> Report:
    """Import a list as it has been looked through just now."""
    return confirming.confirm(work, sent.id, seen=confirming.rehearse(work, sent).stamp)


def count(session: Session, model: type) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_a_list_that_is_sent_imports_nothing(session: Session, people: Office) -> None:
    sent = kept(session, people)
    report = confirming.rehearse(work_of(session, people.actor), sent)
    assert [row.outcome for row in report.rows] == ["created"] * 3
    assert (count(session, Provider), count(session, ServiceApproval)) == (0, 0)


def test_what_is_kept_of_a_file_is_its_known_columns(session: Session, people: Office) -> None:
    content = csv_file([(*HEADER, "Yhteyshenkilö"), *((*row, "Eeva Esimerkki") for row in CLEAN[1:])])
    sent = kept(session, people, content)
    assert "Eeva" not in str(sent.content)
    report = confirming.rehearse(work_of(session, people.actor), sent)
    assert report.unread == ("”Yhteyshenkilö” (sarake J)",)


def test_a_date_cell_comes_back_as_a_date(session: Session, people: Office) -> None:
    content = csv_file([(*HEADER, "Hyväksytty"), *((*row, "1.3.26") for row in CLEAN[1:])])
    sent = kept(session, people, content)
    take(work_of(session, people.actor), sent)
    days = {each.approved_on.isoformat() for each in session.scalars(sa.select(ServiceApproval))}
    assert days == {"2026-03-01"}


def test_a_list_is_imported_once_however_often_it_is_confirmed(session: Session, people: Office) -> None:
    sent = kept(session, people)
    work = work_of(session, people.actor)
    take(work, sent)
    entered = (count(session, Provider), count(session, ServiceApproval), count(session, AuditEvent))
    with pytest.raises(Conflict, match="kahteen kertaan"):
        take(work, sent)
    again = kept(session, people)
    report = take(work, again)
    assert [row.outcome for row in report.rows] == ["unchanged"] * 3
    assert (count(session, Provider), count(session, ServiceApproval), count(session, AuditEvent)) == entered
    assert sent.outcome == {"created": 3, "updated": 0, "unchanged": 0, "refused": 0, "passed over": 0}


def test_what_has_changed_since_it_was_seen_is_not_imported(session: Session, people: Office) -> None:
    sent, work = kept(session, people), work_of(session, people.actor)
    seen = confirming.rehearse(work, sent).stamp
    take(work, kept(session, people, table(CLEAN[1])))
    entered = count(session, Provider)
    with pytest.raises(Conflict, match="muuttunut"):
        confirming.confirm(work, sent.id, seen=seen)
    assert sent.confirmed_at is None
    assert entered == 1


def test_the_trail_names_who_confirmed(session: Session, people: Office) -> None:
    take(work_of(session, people.actor), kept(session, people))
    events = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "provider.import")).all()
    assert {event.actor_name for event in events} == {"Kerttu Koordinaattori"}


def test_another_organisations_list_and_pilot_do_not_exist(session: Session, people: Office) -> None:
    sent = kept(session, people)
    stranger = work_of(session, actor_of(people.stranger))
    with pytest.raises(NotFound):
        take(stranger, sent)
    assert list(queries.sent_lists(stranger)) == []
    with pytest.raises(NotAllowed):
        confirming.keep(stranger, PILOT, read_tables(csv_file()), file_name="x.csv")


def test_a_list_that_is_too_long_for_a_page_is_refused(session: Session, people: Office) -> None:
    rows = [HEADER, *[(business_id(each), "Oy", *[""] * 7) for each in range(1, 2002)]]
    with pytest.raises(UnreadableFile, match=r"yli 2.000"):
        kept(session, people, csv_file(rows))


def test_lists_are_dropped_after_a_week_and_what_was_imported_stays(session: Session, people: Office) -> None:
    take(work_of(session, people.actor), kept(session, people))
    assert confirming.forget(session, now=NOW + timedelta(days=6)) == 0
    assert confirming.forget(session, now=NOW + timedelta(days=8)) == 1
    assert count(session, Provider) == 2


# --- first admins ----------------------------------------------------------------------------------------------------


def companies(session: Session, office: Office) -> list[int]:
    take(work_of(session, office.actor), kept(session, office))
    return list(session.scalars(sa.select(Provider.id).order_by(Provider.id)))


def test_the_first_admins_of_all_companies_are_invited_in_one_go(session: Session, people: Office) -> None:
    first, second = companies(session, people)
    wanted = [FirstAdmin(first, "a@koti.fi", "sv"), FirstAdmin(second, "b@savel.fi", "fi")]
    assert confirming.invite_admins(work_of(session, people.actor), wanted) == 2
    invitations = session.scalars(sa.select(PersonInvitation).order_by(PersonInvitation.provider_id)).all()
    assert [each.email for each in invitations] == ["a@koti.fi", "b@savel.fi"]
    letters = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.recipient == "a@koti.fi")).all()
    assert len(letters) == 1
    numbers = list(session.scalars(sa.select(Provider.business_id)))
    assert all(each.invited for each in queries.without_admin(session, numbers))


def test_what_is_wrong_with_an_address_is_told_at_each_company(session: Session, people: Office) -> None:
    first, second = companies(session, people)
    wanted = [FirstAdmin(first, "", "fi"), FirstAdmin(second, people.coordinator.email, "fi")]
    with pytest.raises(Invalid) as refusal:
        confirming.invite_admins(work_of(session, people.actor), wanted)
    assert [name for name, _message in refusal.value.faults] == [f"email_{first}", f"email_{second}"]
    with pytest.raises(Invalid, match="vähintään yksi"):
        confirming.invite_admins(work_of(session, people.actor), [])


# --- pages -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def office(database: Database, client: FlaskClient, sign_in: SignIn) -> Office:
    """The office, whose coordinator is signed in."""
    with database.transaction() as session:
        made = make_office(session)
    sign_in(client, made.coordinator)
    return made


def send(client: FlaskClient, content: bytes, address: str = IMPORTS) -> str:
    """Send a list from the page; the address of the page that shows it."""
    answer = post_form(client, address, {"pilot": PILOT, "file": (io.BytesIO(content), "tuottajat.csv")})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.headers["Location"])


def confirm(client: FlaskClient, page: str, shown: str = "") -> TestResponse:
    """Press the button of the page as it is now, or as it was when it was `shown`."""
    hidden = hidden_on(shown or client.get(page).get_data(as_text=True), f"{page}/confirm")
    return client.post(f"{page}/confirm", data=hidden)


def words(client: FlaskClient, address: str) -> str:
    return unescape(client.get(address).get_data(as_text=True)).replace("\xa0", " ")


def test_a_list_is_sent_looked_through_and_confirmed(
    client: FlaskClient, office: Office, database: Database
) -> None:
    page = send(client, table(CLEAN[1], BAD, TAXI, SUM))
    shown = words(client, page)
    assert "Porvoo (638)" in shown
    assert "Hyrylä luettiin näin: Tuusula" in shown
    assert "040 123 4567" in shown
    assert "vain laskee yhteen" in shown
    before = client.get(page).get_data(as_text=True)
    confirm(client, page, before)
    confirm(client, page, before)
    with database.read() as session:
        assert (count(session, Provider), count(session, ServiceApproval)) == (2, 2)
    after = words(client, page)
    assert "Kerttu Koordinaattori" in after
    assert "Ängsbacka Ab" in after
    answer = client.get(f"{page}/report.csv")
    assert "Tuusula" in answer.get_data(as_text=True)
    assert client.get(f"{page}/report.xlsx").status_code == 200


@pytest.mark.parametrize("name", ["../../tuotta\u202ejat.csv", "tuottajat" * 1000 + ".csv"])
def test_the_name_of_the_file_is_kept_short_and_without_signs_that_nobody_sees(
    client: FlaskClient, office: Office, database: Database, name: str
) -> None:
    post_form(client, IMPORTS, {"pilot": PILOT, "file": (io.BytesIO(csv_file()), name)})
    with database.read() as session:
        [kept_name] = session.scalars(sa.select(SentList.file_name))
    assert kept_name == "tuottajat.csv" or len(kept_name) <= 120


def test_the_report_is_in_the_readers_language(client: FlaskClient, office: Office) -> None:
    page = send(client, table(BAD), "/sv/office/imports")
    assert page.startswith("/sv/")
    assert "utanför försökets" in words(client, page)


def test_the_page_invites_the_first_admins(client: FlaskClient, office: Office, database: Database) -> None:
    page = send(client, csv_file())
    confirm(client, page)
    with database.read() as session:
        first, second = session.scalars(sa.select(Provider.id).order_by(Provider.id))
    answer = post_form(
        client,
        f"{page}/admins",
        {
            f"invite_{first}": "y",
            f"email_{first}": "maija@angsbacka.fi",
            f"language_{first}": "sv",
            f"email_{second}": "toimisto@savel.fi",
            f"language_{second}": "fi",
        },
        page=page,
    )
    assert answer.status_code == 303
    with database.read() as session:
        assert list(session.scalars(sa.select(PersonInvitation.email))) == ["maija@angsbacka.fi"]


def test_a_file_without_the_columns_says_what_is_needed(client: FlaskClient, office: Office) -> None:
    answer = post_form(
        client, IMPORTS, {"pilot": PILOT, "file": (io.BytesIO(b"Nimi;Puhelin\nKoti Oy;09 1"), "x.csv")}
    )
    assert answer.status_code == 422
    assert "y-tunnus" in unescape(answer.get_data(as_text=True))


@pytest.mark.parametrize("path", ["", "/report.csv"])
def test_another_organisations_list_is_not_found(
    client: FlaskClient, office: Office, sign_in: SignIn, path: str
) -> None:
    page = send(client, csv_file())
    sign_in(client, office.stranger)
    assert client.get(page + path).status_code == 404
    sign_in(client, office.decider)
    assert client.get(page + path).status_code == 403
