"""The pages of statements: what the provider sees and says, what the payer does, the documents and the command."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from marketplace.accounts.models import User
from marketplace.audit.models import AuditEvent
from marketplace.clients.models import Client, ClientAccess
from marketplace.db import Database
from marketplace.payments.batches import tracing
from marketplace.payments.commands import payments
from marketplace.payments.statements import freezing, service
from marketplace.payments.statements.audit_actions import StatementAudit
from marketplace.payments.statements.models import Statement
from marketplace.payments.statements.rules import StatementState
from marketplace.permissions import SYSTEM, Role
from marketplace.pilots.queries import current_definition
from tests import factories
from tests.conftest import NOW
from tests.forms import post_form
from tests.payments.statements.scenes import NOVEMBER, OCTOBER, Books, in_month, make_books
from tests.work import work_of

SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def books(database: Database) -> Books:
    """October is frozen, and a visit of November is confirmed."""
    with database.transaction() as session:
        books = make_books(session)
        books.confirmed(session, in_month(OCTOBER))
        books.confirmed(session, in_month(NOVEMBER, 20))
        service.freeze(work_of(session, SYSTEM), "keusote", OCTOBER)
        return books


def kept(database: Database) -> Statement:
    with database.read() as session:
        return session.scalars(sa.select(Statement)).one()


def test_the_provider_sees_the_statement_and_objects(
    database: Database, client: FlaskClient, sign_in: SignIn, books: Books
) -> None:
    sign_in(client, books.scene.admin)
    pages = f"/fi/provider/{books.scene.provider.id}/statements"
    listed = client.get(pages).text
    assert "KEUSOTE-1" in listed
    assert f'{pages}/open/keusote-2022">Keusoten henkilökohtainen budjetti 2022</a>' in listed, "November"
    assert client.get(f"{pages}/open/keusote-2022").status_code == 200
    page = f"{pages}/{kept(database).id}"
    assert "Itselaskutus" in client.get(page).text
    assert post_form(client, f"{page}/object", {"text": " "}, page=page).status_code == 422
    answer = post_form(client, f"{page}/object", {"text": "Yksi puuttuu."}, page=page, follow_redirects=True)
    assert "Yksi puuttuu." in answer.text
    assert kept(database).state is StatementState.OBJECTED


def test_the_provider_accepts(database: Database, client: FlaskClient, sign_in: SignIn, books: Books) -> None:
    sign_in(client, books.scene.admin)
    page = f"/fi/provider/{books.scene.provider.id}/statements/{kept(database).id}"
    answer = post_form(client, f"{page}/accept", {}, page=page, follow_redirects=True)
    assert "Sitä ei ole vielä maksettu" in answer.text
    assert kept(database).state is StatementState.PAYABLE


def test_the_documents_say_what_an_invoice_says(
    database: Database, client: FlaskClient, sign_in: SignIn, books: Books
) -> None:
    sign_in(client, books.scene.admin)
    page = f"/fi/provider/{books.scene.provider.id}/statements/{kept(database).id}/statement"
    pdf = client.get(f"{page}.pdf")
    assert pdf.data.startswith(b"%PDF-")
    assert pdf.data == client.get(f"{page}.pdf").data
    said = " ".join(each.extract_text() for each in PdfReader(io.BytesIO(pdf.data)).pages)
    with database.read() as session:
        pilot = current_definition(session, "keusote-2022").name["fi"]
    assert pilot in " ".join(said.split())
    assert "keusote-2022" not in said, "no key is printed"
    assert "EX" not in said.split()
    rows = client.get(f"{page}.csv").data.decode("utf-8-sig").splitlines()
    assert len(rows) == 2
    assert rows[1].startswith("KEUSOTE-1;1;")
    assert books.scene.hours.client_number in rows[1]
    assert looks(database, books) == [("deliveries", "service")]


def looks(database: Database, books: Books) -> list[tuple[str, str]]:
    """Who took the rows of a statement, as the trail and the client's own log say: in both, part and ground."""
    with database.read() as session:
        events = session.scalars(
            sa.select(AuditEvent).where(AuditEvent.action == StatementAudit.EXPORT)
        ).all()
        number = books.scene.hours.client_number
        kept = session.scalars(sa.select(ClientAccess).join(Client).where(Client.number == number)).all()
        told = [(each.part.value, each.ground.value) for each in kept]
    assert len(events) == len(told)
    return told


def test_what_a_delivery_brought_and_what_took_it_back_can_be_followed(
    database: Database, client: FlaskClient, sign_in: SignIn, books: Books
) -> None:
    with database.transaction() as session:
        delivery = books.confirmed(session, in_month(NOVEMBER, 19))
        books.reversed(session, delivery, in_month(NOVEMBER, 22))
        number = delivery.id
        sources = [entry.source for entry in tracing.trace(books.payer_work(session, NOW), number).entries]
    assert sources == [f"delivery:{number}", f"delivery:{number}:reversed"]
    sign_in(client, books.payer)
    page = client.get(f"/fi/payments/trace/{number}").text
    assert page.count(", vienti ") == len(sources)
    assert "Velkaa palveluntuottajalle" in page


def test_the_payer_answers_and_freezes(
    database: Database, client: FlaskClient, sign_in: SignIn, books: Books
) -> None:
    with database.transaction() as session:
        work = books.scene.provider_work(session)
        service.object_to(work, books.scene.provider.id, kept(database).id, "Yksi puuttuu.")
    sign_in(client, books.payer)
    assert "KEUSOTE-1" in client.get("/sv/payments/statements?state=objected&month=2026-10").text
    assert "KEUSOTE-1" not in client.get("/fi/payments/statements?month=2026-09").text
    page = f"/fi/payments/statements/{kept(database).id}"
    answer = post_form(client, f"{page}/answer", {"text": "Se tulee."}, page=page, follow_redirects=True)
    assert "Se tulee." in answer.text
    assert client.get(f"{page}/statement.csv").status_code == 200
    assert looks(database, books) == [("deliveries", "payment")]
    refused = post_form(
        client, "/fi/payments/statements", {"closing": "2026-11"}, page="/fi/payments/statements"
    )
    assert refused.status_code == 422
    done = post_form(
        client,
        "/fi/payments/statements",
        {"closing": "2026-09"},
        page="/fi/payments/statements",
        follow_redirects=True,
    )
    assert "0 tilitystä on lukittu" in done.text


def test_others_do_not_find_it(
    database: Database, client: FlaskClient, sign_in: SignIn, books: Books
) -> None:
    with database.transaction() as session:
        stranger = factories.make_user(session, Role.PAYER, organisation="siunsote")
        auditor = factories.make_user(session, Role.AUDITOR, organisation="keusote")
    page = f"/fi/payments/statements/{kept(database).id}"
    sign_in(client, stranger)
    assert client.get(page).status_code == 404
    sign_in(client, auditor)
    assert client.get(page).status_code == 200
    assert "Lukitse kuukausi" not in client.get("/fi/payments/statements").text


def test_the_worker_freezes_on_the_day_of_the_pilot(database: Database, books: Books) -> None:
    assert freezing.freeze_due(database, now=datetime(2026, 12, 9, 8, tzinfo=UTC)) == 0
    assert freezing.freeze_due(database, now=datetime(2026, 12, 10, 8, tzinfo=UTC)) == 1
    assert freezing.freeze_due(database, now=datetime(2026, 12, 11, 8, tzinfo=UTC)) == 0


def test_the_command_freezes_a_month_and_names_what_it_cannot(
    app: Flask, database: Database, books: Books
) -> None:
    app.extensions["clock"] = lambda: datetime(2026, 12, 2, 8, tzinfo=UTC)
    with database.transaction() as session:
        bad = books.confirmed(session, in_month(NOVEMBER, 19))
        bad.lines = [{**bad.lines[0], "vat_code": "R2"}]
    with app.app_context():
        runner = CliRunner()
        assert runner.invoke(payments, ["statements", "keusote", "11/2026"]).exit_code == 2
        done = runner.invoke(payments, ["statements", "keusote", "2026-11"])
        early = runner.invoke(payments, ["statements", "keusote", "2026-12"])
    assert "1 statements with 1 rows" in done.output
    assert (done.exit_code, f"delivery {bad.id}" in done.output) == (1, True)
    assert (early.exit_code, "not over yet" in early.output) == (1, True)
