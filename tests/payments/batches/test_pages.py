"""The pages: two people lead a batch from statements to paid; the company sees what is sent and what is paid."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.files.store import FileStore
from marketplace.i18n import money_text
from marketplace.money import Money
from marketplace.payments.batches import queries
from marketplace.payments.batches.models import Batch
from marketplace.payments.batches.rules import BatchState
from marketplace.permissions import Role
from marketplace.providers.company.queries import admins_of
from marketplace.providers.models import Provider
from tests import factories
from tests.conftest import NOW
from tests.forms import post_form
from tests.payments.batches.scenes import REASON, Cast, bank_statement, make_cast, said, verdicts
from tests.payments.orders import finnish_iban

SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def office(app: Flask) -> Cast:
    """Two payers and three statements, committed."""
    store = app.extensions["settings"].files_dir
    with app.app_context(), app.extensions["database"].transaction() as session:
        cast = make_cast(session, Path(store))
        factories.make_provider_admin(session, cast.statements[0].provider)
    return cast


def now_in(app: Flask) -> Session:
    """What the database holds now."""
    return app.extensions["database"].reading_session()  # type: ignore[no-any-return]


def browsers(app: Flask, sign_in: SignIn, *people: User) -> list[FlaskClient]:
    found = [app.test_client() for _person in people]
    for browser, person in zip(found, people, strict=True):
        sign_in(browser, person)
    return found


def press(browser: FlaskClient, page: str, path: str, status: int = 303, **entries: object) -> str:
    answer = post_form(browser, path, entries, page=page)
    assert answer.status_code == status, answer.text
    return str(answer.text)


def test_two_people_pay_and_the_company_reads_along(office: Cast, app: Flask, sign_in: SignIn) -> None:
    first, second = browsers(app, sign_in, office.payer, office.other)
    assert "3" in first.get("/fi/payments").text
    new = "/fi/payments/batches/new"
    press(first, new, new, statements=[str(each.id) for each in office.statements], pay_on="25.11.2026")
    with now_in(app) as session:
        batch = session.query(Batch).one()
        page = f"/fi/payments/batches/{batch.id}"
        answer = verdicts(batch, "RCVC", "RCVC", "RVMC")
    questions = first.get(f"{page}/payee-check")
    assert questions.status_code == 200
    assert b"0.01" in questions.data
    press(first, "/fi/payments/answers", "/fi/payments/answers", file=(io.BytesIO(answer), "vop.xml"))
    assert "Vapauta maksuerä" not in first.get(page).text
    shown = second.get(page).text
    digest = re.search(r'name="digest"[^>]*value="([0-9a-f]{64})"', shown) or re.search(
        r'value="([0-9a-f]{64})"', shown
    )
    assert digest is not None
    costs = re.search(r"Kustannuspaikka.*?</table>", shown, re.DOTALL)
    assert costs is not None
    total = money_text(Money(sum(each.payable_cents for each in office.statements)))
    assert all(words in costs[0] for words in ("7730", "HB22", "4430", total))
    press(second, page, f"{page}/release", 422, digest=digest[1], reason="")
    press(second, page, f"{page}/release", digest=digest[1], reason=REASON)
    press(first, page, f"{page}/file")
    content = first.get(f"{page}/file")
    assert content.data.startswith(b"<?xml")
    content.close()
    press(first, page, f"{page}/send")
    with now_in(app) as session:
        batch = session.query(Batch).one()
        whole = said(batch, ("ACSP", ""), ("RJCT", "AC04"), ("ACSP", ""))
        booked = bank_statement(
            [(row.key, -row.amount.cents) for row in (batch.payments[0], batch.payments[2])]
        )
        first_payment = batch.payments[0].id
    for name, file in (("vastaus.xml", whole), ("tiliote.xml", booked)):
        press(first, "/fi/payments/answers", "/fi/payments/answers", file=(io.BytesIO(file), name))
    told = first.get(page).text
    assert "Osittain maksettu" in told
    assert "Saajan tili on lopetettu" in told or "AC04" not in told
    with now_in(app) as session:
        assert session.query(Batch).one().state == BatchState.PARTLY_PAID
        provider = office.statements[0].provider_id
        admin = session.query(User).join(User.grants).filter_by(provider_id=provider).all()[-1]
    [company] = browsers(app, sign_in, admin)
    assert "Maksettu" in company.get(f"/fi/provider/{provider}/payments").text
    advice = company.get(f"/fi/provider/{provider}/payments/{first_payment}")
    assert "tiliote.xml" in advice.text
    assert company.get(f"/fi/provider/{provider}/payments/{first_payment + 1}").status_code == 404
    assert first.get(f"/sv/payments/payments/{first_payment}").status_code == 200
    assert first.get(f"{page}/journal").status_code == 200


def test_a_file_that_is_no_answer_is_told_in_words_and_leaves_no_trace(
    office: Cast, app: Flask, sign_in: SignIn
) -> None:
    [browser] = browsers(app, sign_in, office.payer)
    text = press(
        browser,
        "/fi/payments/answers",
        "/fi/payments/answers",
        422,
        file=(io.BytesIO(b"<Document/>"), "x.xml"),
    )
    assert "pain.002" in text
    with now_in(app) as session:
        assert queries.answers(session, "keusote", 1).total == 0


def test_a_full_disk_is_told_on_the_page(
    office: Cast, app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context(), app.extensions["database"].transaction() as session:
        office.session = session
        number = office.released().id
    [browser] = browsers(app, sign_in, office.payer)

    def full(*_args: object, **_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FileStore, "put", full)
    page = f"/fi/payments/batches/{number}"
    assert "levy on täynnä" in press(browser, page, f"{page}/file", 503)
    with now_in(app) as session:
        assert session.query(Batch).one().state == BatchState.RELEASED


@pytest.mark.parametrize("state", [BatchState.PREPARED, BatchState.RELEASED])
def test_a_day_that_has_passed_offers_another_and_no_release(
    office: Cast, app: Flask, sign_in: SignIn, state: BatchState
) -> None:
    with app.app_context(), app.extensions["database"].transaction() as session:
        office.session = session
        batch = office.prepared() if state is BatchState.PREPARED else office.released()
        page = f"/fi/payments/batches/{batch.id}"
    first, second = browsers(app, sign_in, office.payer, office.other)
    ready = "/release" if state is BatchState.PREPARED else "/file"
    assert f'action="{page}{ready}"' in second.get(page).text
    app.extensions["clock"] = lambda: NOW + timedelta(days=4)
    first, second = browsers(app, sign_in, office.payer, office.other)
    for each in (first, second):
        late = each.get(page).text
        assert "Maksupäivä on jo ohi" in late
        assert f'action="{page}{ready}"' not in late
        assert late.count(f'action="{page}/day"') == 1
        assert "26.11.2026" not in late
    again = press(first, page, f"{page}/day", 422, pay_on="25.11.2026")
    assert "Maksupäivä on jo ohi." in again
    press(first, page, f"{page}/day", pay_on="30.11.2026")
    assert f'action="{page}/release"' in second.get(page).text


def test_who_is_paid_to_another_account_by_now_is_released_after_the_details_are_taken(
    office: Cast, app: Flask, sign_in: SignIn
) -> None:
    with app.app_context(), app.extensions["database"].transaction() as session:
        office.session = session
        batch = office.prepared()
        page, company = f"/fi/payments/batches/{batch.id}", batch.payments[0].provider_id
        session.get_one(Provider, company).iban = finnish_iban(7_654_321)
    first, second = browsers(app, sign_in, office.payer, office.other)
    assert f'action="{page}/release"' not in second.get(page).text
    press(first, page, f"{page}/renew")
    assert f'action="{page}/release"' in second.get(page).text


@pytest.mark.parametrize("role", [Role.COUNSELLOR, Role.COORDINATOR, Role.AUDITOR])
def test_who_does_not_pay_changes_nothing(office: Cast, app: Flask, sign_in: SignIn, role: Role) -> None:
    with app.app_context(), app.extensions["database"].transaction() as session:
        office.session = session
        number = office.prepared().id
        person = factories.make_user(session, role, organisation="keusote")
    [browser] = browsers(app, sign_in, person)
    sees = role == Role.AUDITOR
    page = f"/fi/payments/batches/{number}"
    assert browser.get(page).status_code == (200 if sees else 403)
    assert browser.get(f"{page}/payee-check").status_code == 403
    if sees:
        assert "<form" not in browser.get(page).text.split("<main")[1].split("</main")[0]


def test_the_statement_tells_how_its_payments_stand(app: Flask, office: Cast, sign_in: SignIn) -> None:
    with app.app_context(), app.extensions["database"].transaction() as session:
        office.session = session
        batch = office.sent()
        office.read(said(batch, ("RJCT", "AC04"), ("ACSP", ""), ("ACSP", "")))
        statement = batch.payments[0].statement
        page = f"/fi/provider/{statement.provider_id}/statements/{statement.id}"
        admin = admins_of(session, statement.provider_id)[0]
    company, payer = browsers(app, sign_in, admin, office.payer)
    shown = company.get(page).text.partition("Tilityksen maksut")[2]
    assert "Hylätty, ei maksettu" in shown
    assert "Saajan tili on lopetettu." in shown
    listed = company.get(page.rpartition("/")[0]).text
    assert "Hylätty, ei maksettu" in listed
    assert "odottaa lähettämistä" not in listed, "a statement whose payment has left waits for nothing"
    assert "Hylätty, ei maksettu" in payer.get(f"/fi/payments/statements/{statement.id}").text
    every = payer.get("/fi/payments/statements").text
    assert every.count("Pankki on ottanut vastaan, ei vielä maksettu") == 2
    assert "odottaa lähettämistä" not in every.partition("<tbody")[2]
