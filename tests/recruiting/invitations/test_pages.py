"""The office's pages of inviting and the page behind a personal link, in a browser without JavaScript."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import unescape

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.applications.models import Application
from marketplace.db import Database
from marketplace.outbox import OutboxMessage
from marketplace.providers.models import Provider
from marketplace.recruiting.invitations import sending
from marketplace.recruiting.invitations.models import Invitation, InvitationLetter
from marketplace.recruiting.invitations.rules import InvitationState, LetterKind
from tests.accounts.letters import finish_registration
from tests.factories import NOW, business_id
from tests.forms import open_link, post_form
from tests.recruiting.invitations.conftest import PILOT, Office, listed, make_office
from tests.work import work_of

SignIn = Callable[[FlaskClient, User], None]
LIST = f"/fi/office/invitations/{PILOT}"
IDENTITY = business_id(1_234_567)


@pytest.fixture
def office(database: Database, client: FlaskClient, sign_in: SignIn) -> Office:
    """The office, whose coordinator is signed in."""
    with database.transaction() as session:
        office = make_office(session)
    sign_in(client, office.coordinator)
    return office


def invited(app: Flask, database: Database, office: Office, **facts: str) -> str:
    """Somebody who has got the letter: the personal link."""
    with app.app_context():
        with database.transaction() as session:
            listed(session, office, 1, **facts)
            sending.order(work_of(session, office.actor), PILOT, LetterKind.INVITATION)
        sending.write_letters(database, now=NOW)
        with database.read() as session:
            body = session.scalars(sa.select(OutboxMessage.body).order_by(OutboxMessage.id.desc())).first()
    found = re.search(r"http://localhost(/\w\w/invitation\?key=[\w-]+)", body or "")
    assert found is not None
    return found[1]


def state(database: Database) -> str:
    with database.read() as session:
        return session.scalars(sa.select(Invitation.state)).one()


@pytest.mark.parametrize(
    "path",
    ["", "/add", "/upload", "/letter", "/preview", "/send/invitation", "/send/reminder", "/1/correct"],
)
def test_another_organisations_pilot_does_not_exist(
    client: FlaskClient, office: Office, database: Database, sign_in: SignIn, path: str
) -> None:
    with database.transaction() as session:
        listed(session, office, 1)
    assert client.get(LIST + path).status_code == 200
    sign_in(client, office.stranger)
    assert client.get(LIST + path).status_code == 404


@pytest.mark.parametrize("path", ["/add", "/upload", "/letter", "/send/invitation"])
@pytest.mark.parametrize("who", ["decider", "auditor"])
def test_others_of_the_office_see_the_list_and_change_nothing(
    client: FlaskClient, office: Office, sign_in: SignIn, path: str, who: str
) -> None:
    sign_in(client, getattr(office, who))
    assert client.get(LIST).status_code == 200
    assert client.get("/sv/office/invitations").status_code == 200
    assert client.get(LIST + path).status_code == 403


def test_the_list_of_one_pilot_gives_nothing_of_another(
    client: FlaskClient, office: Office, database: Database
) -> None:
    with database.transaction() as session:
        [found] = listed(session, office, 1)
        found.pilot_key = "keusote-2019"
    assert client.get(f"{LIST}/{found.id}/correct").status_code == 404


def test_a_typed_row_is_added_and_a_wrong_one_comes_back_filled(
    client: FlaskClient, office: Office, database: Database
) -> None:
    entries = {"name": "Apu Oy", "email": "apu@example.fi", "language": "sv", "business_id": IDENTITY}
    assert post_form(client, f"{LIST}/add", entries).status_code == 303
    again = post_form(client, f"{LIST}/add", entries)
    assert again.status_code == 422
    assert "apu@example.fi" in again.text
    wrong = post_form(client, f"{LIST}/add", entries | {"email": "apu", "business_id": "1234567-0"})
    assert wrong.status_code == 422
    with database.read() as session:
        [found] = session.scalars(sa.select(Invitation))
        assert (found.name, found.language, found.business_id) == ("Apu Oy", "sv", IDENTITY)


def test_of_a_file_the_good_rows_are_listed_and_the_broken_ones_shown(
    client: FlaskClient, office: Office, database: Database
) -> None:
    content = "nimi;sähköposti\nHyvä Oy;hyva@example.fi\nRikki Oy;rikki\nÄlä Oy;ala@example.fi\n".encode(
        "cp1252"
    )
    page = post_form(client, f"{LIST}/upload", {"file": (io.BytesIO(content), "lista.csv")})
    assert page.status_code == 200
    assert 'value="rikki"' in page.text
    assert 'value="hyva@example.fi"' not in page.text
    with database.read() as session:
        assert set(session.scalars(sa.select(Invitation.name))) == {"Hyvä Oy", "Älä Oy"}
    again = post_form(client, f"{LIST}/upload", {"file": (io.BytesIO(content), "lista.csv")})
    assert "hyva@example.fi" in again.text
    with database.read() as session:
        assert len(session.scalars(sa.select(Invitation)).all()) == 2


def test_of_three_thousand_rows_the_forty_broken_ones_are_shown_and_all_others_listed(
    client: FlaskClient, office: Office, database: Database
) -> None:
    lines = [f"Yritys {n} Oy;yritys{n}@example.fi;fi" for n in range(3000)]
    broken = range(0, 3000, 75)
    for n in broken:
        lines[n] = f"Yritys {n} Oy;ei-osoite-{n};fi"
    content = "\n".join(["nimi;sähköposti;kieli", *lines]).encode()
    text = post_form(client, f"{LIST}/upload", {"file": (io.BytesIO(content), "lista.csv")}).text
    fields = [tag for tag in re.findall(r"<input[^>]*>", text) if "ei-osoite-" in tag]
    shown = [
        (int(row[1]), int(number[1]))
        for tag in fields
        if (row := re.search(r'name="email_(\d+)"', tag)) and (number := re.search(r"ei-osoite-(\d+)", tag))
    ]
    assert shown == [(n + 2, n) for n in broken]
    assert "2960 palveluntuottajaa lisättiin luetteloon." in " ".join(text.split())
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Invitation)) == 2960


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04\x00zip", b"colour;size\n"])
def test_a_file_that_is_no_list_is_refused(client: FlaskClient, office: Office, content: bytes) -> None:
    page = post_form(client, f"{LIST}/upload", {"file": (io.BytesIO(content), "lista.csv")})
    assert page.status_code == 422


def test_the_letter_is_written_in_both_languages_and_previewed(client: FlaskClient, office: Office) -> None:
    entries = {
        "seen": "0",
        "subject-fi": "Tervetuloa {name}",
        "subject-sv": "Välkommen {name}",
        "body-fi": "Linkki: {link} viimeistään {deadline}",
        "body-sv": "Länk: {link} senast {deadline}",
        "deadline": "24.12.2026",
    }
    page = post_form(client, f"{LIST}/letter", entries, follow_redirects=True)
    assert page.status_code == 200
    assert "24.12.2026" in page.text
    assert "http://localhost/fi/invitation?key=" in page.text
    assert "http://localhost/sv/invitation?key=" in page.text
    refused = post_form(client, f"{LIST}/letter", entries | {"seen": "1", "body-sv": "Länk {lank}"})
    assert refused.status_code == 422
    assert "{lank}" in unescape(refused.text)


def test_sending_shows_a_dry_run_and_orders_one_round(
    client: FlaskClient, office: Office, database: Database
) -> None:
    with database.transaction() as session:
        listed(session, office, 3)
    dry = client.get(f"{LIST}/send/invitation")
    assert "yritys2@example.fi" in dry.text
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(InvitationLetter)) == 0
    assert post_form(client, f"{LIST}/send/invitation", {}).status_code == 422, "nobody is chosen"
    with database.read() as session:
        ids = [str(each) for each in session.scalars(sa.select(Invitation.id).order_by(Invitation.id))]
    assert dry.text.count(" checked") >= 3, "everybody is chosen beforehand"
    assert post_form(client, f"{LIST}/send/invitation", {"chosen": ids[1:]}).status_code == 303
    second = client.get(f"{LIST}/send/invitation")
    assert "yritys0@example.fi" in second.text
    assert "yritys2@example.fi" not in second.text
    with database.read() as session:
        sent = session.scalars(sa.select(InvitationLetter.invitation_id)).all()
        assert sorted(map(str, sent)) == ids[1:]


def test_broken_rows_are_corrected_on_the_page(
    client: FlaskClient, office: Office, database: Database
) -> None:
    content = b"nimi;email\nHyva Oy;hyva@example.fi\nRikki Oy;rikki\nAla Oy;\n"
    page = post_form(client, f"{LIST}/upload", {"file": (io.BytesIO(content), "lista.csv")})
    assert 'value="rikki"' in page.text
    rows = {"numbers": "3 4", "name_3": "Rikki Oy", "email_3": "rikki@", "name_4": "", "email_4": ""}
    wrong = post_form(client, f"{LIST}/rows", rows, page=f"{LIST}/upload")
    assert wrong.status_code == 422
    assert 'value="rikki@"' in wrong.text
    mended = rows | {"email_3": "rikki@example.fi", "language_3": "sv"}
    assert post_form(client, f"{LIST}/rows", mended, page=f"{LIST}/upload").status_code == 303
    with database.read() as session:
        found = session.scalars(sa.select(Invitation).order_by(Invitation.id))
        assert [(each.email, each.language) for each in found] == [
            ("hyva@example.fi", "fi"),
            ("rikki@example.fi", "sv"),
        ]


def test_a_mail_that_came_back_by_mistake_did_arrive(
    app: Flask, client: FlaskClient, office: Office, database: Database
) -> None:
    invited(app, database, office)
    with database.read() as session:
        number = session.scalars(sa.select(Invitation.id)).one()
    post_form(client, f"{LIST}/{number}/bounce", {}, page=LIST)
    assert state(database) == InvitationState.BOUNCED
    assert "Kirje meni perille" in client.get(LIST).text
    post_form(client, f"{LIST}/{number}/restore", {}, page=LIST)
    assert state(database) == InvitationState.INVITED


def test_opening_the_link_is_noted_once_and_the_page_is_private(
    app: Flask, client: FlaskClient, office: Office, database: Database
) -> None:
    link = invited(app, database, office)
    visitor = app.test_client()
    page = visitor.get(open_link(visitor, link))
    assert page.status_code == 200
    assert "Yritys 0 Oy" in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert state(database) == "opened"
    app.extensions["clock"] = lambda: NOW.replace(hour=20)
    visitor.get(link)
    with database.read() as session:
        assert session.scalars(sa.select(Invitation.opened_at)).one() == NOW
    for unknown in (
        "/fi/invitation/not-a-token",
        "/fi/invitation?key=unknown",
        "/fi/invitation",
        "/fi/invitation/1",
    ):
        assert app.test_client().get(unknown).status_code == 404


@pytest.mark.parametrize(("said", "becomes"), [("decline", "declined"), ("disown", "wrong_address")])
def test_whoever_got_the_letter_can_say_that_it_is_not_for_them(
    app: Flask, client: FlaskClient, office: Office, database: Database, said: str, becomes: str
) -> None:
    link = invited(app, database, office)
    visitor = app.test_client()
    own = open_link(visitor, link)
    assert visitor.get(f"{own}/answer/{said}").status_code == 405
    assert post_form(visitor, f"{own}/answer/{said}", {}, page=own).status_code == 303
    assert state(database) == becomes
    assert visitor.get(own).status_code == 200
    assert state(database) == becomes


def test_from_the_link_a_newcomer_registers_with_known_facts_and_begins_the_application(
    app: Flask, client: FlaskClient, office: Office, database: Database
) -> None:
    link = invited(app, database, office, name="Metsäpolku Oy", business_id=IDENTITY)
    visitor = app.test_client()
    own = open_link(visitor, link)
    target = re.search(r'href="(/fi/provider/register\?[^"]+)"', visitor.get(own).text)
    assert target is not None
    register = unescape(target[1])
    form = visitor.get(register).text
    assert f'value="{IDENTITY}"' in form
    assert 'value="Metsäpolku Oy"' in form
    newcomer = {
        "name": "Maija Malli",
        "email": "maija@example.fi",
        "password": "neljä sanaa peräkkäin",
        "business_id": IDENTITY,
        "official_name": "Metsäpolku Oy",
        "legal_form": "limited_company",
        "phone": "040 123 4567",
    }
    assert post_form(visitor, register, newcomer).status_code == 200
    back = finish_registration(app, visitor)
    assert back.location == own
    with database.read() as session:
        provider_id = session.scalars(sa.select(Provider.id)).one()
    begun = post_form(visitor, f"{own}/apply", {"provider": provider_id}, page=own)
    assert begun.status_code == 303
    with database.read() as session:
        application = session.scalars(sa.select(Application)).one()
        assert (application.pilot_key, application.state) == (PILOT, "draft")
        assert session.scalars(sa.select(Invitation.provider_id)).one() == provider_id
    assert str(application.id) in begun.location


def test_nobody_applies_by_the_link_for_a_provider_of_others(
    app: Flask, client: FlaskClient, office: Office, database: Database, sign_in: SignIn
) -> None:
    from tests.factories import make_provider, make_provider_admin

    link = invited(app, database, office)
    with database.transaction() as session:
        mine, others = make_provider(session), make_provider(session)
        person = make_provider_admin(session, mine)
    visitor = app.test_client()
    sign_in(visitor, person)
    own = open_link(visitor, link)
    assert post_form(visitor, f"{own}/apply", {"provider": others.id}, page=own).status_code == 404
    with database.read() as session:
        assert session.scalars(sa.select(Application)).all() == []


def test_the_office_takes_off_puts_back_and_marks_mail_that_came_back(
    app: Flask, client: FlaskClient, office: Office, database: Database
) -> None:
    invited(app, database, office)
    with database.read() as session:
        found = session.scalars(sa.select(Invitation)).one()
    for action, becomes in (("bounce", "bounced"), ("remove", "removed"), ("restore", "listed")):
        assert post_form(client, f"{LIST}/{found.id}/{action}", {}, page=f"{LIST}?show=").status_code == 303
        assert state(database) == becomes
    assert post_form(client, f"{LIST}/{found.id}/bounce", {}, page=LIST).status_code == 303
    assert state(database) == "listed"


def test_removed_and_answered_addressees_are_found_by_the_filter(
    client: FlaskClient, office: Office, database: Database
) -> None:
    with database.transaction() as session:
        gone, _there = listed(session, office, 2)
        gone.state = InvitationState.REMOVED
    assert "yritys0@" not in client.get(LIST).text
    assert "yritys0@" in client.get(f"{LIST}?show=removed").text
    assert client.get(f"{LIST}?show=nonsense&page=7").status_code == 200
