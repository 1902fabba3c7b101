"""A payment that has not come: who may say so and when, who hears of it, who answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.outbox import OutboxMessage
from marketplace.payments.batches import missing, queries
from marketplace.payments.batches.models import PaymentRow
from marketplace.payments.batches.rules import PaymentState, may_be_missed
from marketplace.permissions import Role
from marketplace.providers.company.queries import admins_of
from marketplace.work import UnitOfWork
from tests import factories
from tests.conftest import NOW
from tests.forms import post_form
from tests.payments.batches.scenes import ORGANISATION, PAY_ON, Cast, make_cast

LATER = NOW + timedelta(days=5)
WORDS = "Maksua ei näy tilillämme."


@pytest.fixture
def cast(core_app: Flask, session: Session, tmp_path: Path) -> Cast:
    """Three payments that are on their way."""
    cast = make_cast(session, tmp_path)
    cast.sent()
    return cast


def company(cast: Cast, row: PaymentRow) -> UnitOfWork:
    """What a company does when the day of payment has passed."""
    [admin] = admins_of(cast.session, row.provider_id)
    return UnitOfWork(cast.session, actor_of(admin), LATER)


def mailed(cast: Cast, template: str) -> list[str]:
    found = cast.session.query(OutboxMessage).filter_by(template=template)
    return sorted(each.recipient for each in found)


@pytest.mark.parametrize("state", PaymentState)
def test_only_what_has_left_can_be_missed_and_not_before_its_day(state: PaymentState) -> None:
    left = state in {PaymentState.SENT, PaymentState.ACCEPTED, PaymentState.TRANSFERRED, PaymentState.PAID}
    assert may_be_missed(state, PAY_ON, PAY_ON) is left
    assert not may_be_missed(state, PAY_ON, PAY_ON - timedelta(days=1))


def test_the_payers_hear_of_it_and_the_company_gets_the_answer(cast: Cast) -> None:
    row = cast.session.query(PaymentRow).order_by(PaymentRow.id).first()
    assert row is not None
    missing.miss(company(cast, row), row.provider_id, row.id, WORDS)
    missing.miss(company(cast, row), row.provider_id, row.id, "Lisäys.")
    assert row.state == PaymentState.SENT
    assert [each.id for each in queries.missed(cast.session, ORGANISATION, 1).rows] == [row.id]
    assert mailed(cast, "payment_missed") == sorted(2 * [cast.payer.email, cast.other.email])
    payer = replace(cast.work(), now=LATER)
    missing.answer(payer, row.id, "Pankki maksaa huomenna.")
    assert queries.missed_count(cast.session, ORGANISATION) == 0
    assert mailed(cast, "payment_missed_answered") == [
        each.email for each in admins_of(cast.session, row.provider_id)
    ]
    assert [each.text for each in queries.messages_of(cast.session, row.id)] == [
        WORDS,
        "Lisäys.",
        "Pankki maksaa huomenna.",
    ]
    with pytest.raises(Conflict):
        missing.answer(payer, row.id, "Uudestaan.")


def test_nobody_else_says_so_or_answers(cast: Cast) -> None:
    first, second = cast.session.query(PaymentRow).order_by(PaymentRow.id).limit(2)
    with pytest.raises(NotFound):
        missing.miss(company(cast, first), first.provider_id, second.id, WORDS)
    with pytest.raises(NotFound):
        missing.miss(company(cast, first), second.provider_id, second.id, WORDS)
    missing.miss(company(cast, first), first.provider_id, first.id, WORDS)
    elsewhere = factories.make_user(cast.session, Role.PAYER, organisation="metropolia")
    auditor = factories.make_user(cast.session, Role.AUDITOR, organisation=ORGANISATION)
    for person in (elsewhere, auditor):
        with pytest.raises(NotFound):
            missing.answer(cast.work(person), first.id, "Ei.")


@pytest.mark.parametrize("words", ["  ", "131052-308T ei ole tullut", "x" * 2001])
def test_what_cannot_be_taken_is_told_at_its_field(cast: Cast, words: str) -> None:
    row = cast.session.query(PaymentRow).first()
    assert row is not None
    with pytest.raises(Invalid) as refusal:
        missing.miss(company(cast, row), row.provider_id, row.id, words)
    assert refusal.value.field == "text"
    with pytest.raises(Conflict):
        missing.miss(replace(company(cast, row), now=NOW), row.provider_id, row.id, WORDS)


def test_the_pages_lead_from_the_company_to_the_payer_and_back(
    app: Flask, sign_in: Callable[[FlaskClient, User], None], tmp_path: Path
) -> None:
    app.extensions["clock"] = lambda: LATER
    with app.app_context(), app.extensions["database"].transaction() as session:
        cast = make_cast(session, tmp_path, owed=1)
        [row] = cast.sent().payments
        advice, page = f"/fi/provider/{row.provider_id}/payments/{row.id}", f"/fi/payments/payments/{row.id}"
        people = (admins_of(session, row.provider_id)[0], cast.payer)
    company, payer = app.test_client(), app.test_client()
    for browser, person in zip((company, payer), people, strict=True):
        sign_in(browser, person)
    assert post_form(company, f"{advice}/missing", {"text": " "}, page=advice).status_code == 422
    assert post_form(company, f"{advice}/missing", {"text": WORDS}, page=advice).status_code == 303
    assert WORDS in company.get(advice).text
    assert "/fi/payments/missing" in payer.get("/fi/payments").text
    assert page in payer.get("/fi/payments/missing").text
    answer = {"text": "Pankki maksaa huomenna."}
    assert post_form(payer, f"{page}/answer", answer, page=page).status_code == 303
    assert page not in payer.get("/fi/payments/missing").text
    assert "Pankki maksaa huomenna." in company.get(advice).text
