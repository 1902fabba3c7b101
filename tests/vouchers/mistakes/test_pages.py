"""The counsellor's pages that put right what was written down wrongly, and what the two sides see afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.db import Database
from marketplace.vouchers.agreeing.service import record_for_office
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AgreementState, AgreementTerms
from marketplace.work import UnitOfWork
from tests.factories import NOW
from tests.forms import post_form
from tests.vouchers.agreeing.conftest import FIRST, Choosing, make_store

SignIn = Callable[[FlaskClient, User], None]
REASON = "Kirjattiin <väärälle> asiakkaalle."


@pytest.fixture
def agreement(database: Database, kept: Choosing) -> int:
    """Recorded by the counsellor, with a last day."""
    with database.transaction() as session:
        made = record_for_office(
            UnitOfWork(session, actor_of(kept.granting.olga), NOW),
            kept.offer.id,
            AgreementTerms(kept.client.number, FIRST, FIRST + timedelta(days=30), "20"),
            store=make_store(),
        )
        return made.id


def page(agreement: int) -> str:
    return f"/fi/counsellor/agreements/{agreement}"


def send(client: FlaskClient, address: str, **fields: str) -> tuple[int, str]:
    answer = post_form(client, address, dict(fields), follow_redirects=True)
    return answer.status_code, answer.text


def test_a_counsellor_marks_a_mistake_and_both_sides_read_why(
    client: FlaskClient, database: Database, sign_in: SignIn, kept: Choosing, agreement: int
) -> None:
    sign_in(client, kept.granting.olga)
    assert f"{page(agreement)}/mistake" in client.get(page(agreement)).text
    status, text = send(client, f"{page(agreement)}/mistake", reason=REASON)
    assert status == 200
    assert "Kirjattu vahingossa" in text
    assert "&lt;väärälle&gt;" in text
    assert "Sopimuksen päätti" not in text
    assert f"{page(agreement)}/mistake" not in text
    sign_in(client, kept.admin)
    theirs = f"/fi/provider/{kept.offer.provider_id}/clients/{agreement}"
    text = client.get(theirs).text
    assert "&lt;väärälle&gt;" in text
    assert kept.client.name not in text
    assert client.get(f"{theirs}/contract").status_code == 404
    with database.read() as session:
        assert session.get_one(Agreement, agreement).state is AgreementState.MISTAKEN


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("", "Kirjoita, miten vahinko tapahtui."),
        ("x" * 20_001, "aria-invalid"),
        ("131052-308T", "henkilötunnusta"),
    ],
)
def test_a_mistake_without_a_good_reason_is_asked_again(
    client: FlaskClient, sign_in: SignIn, kept: Choosing, agreement: int, reason: str, told: str
) -> None:
    sign_in(client, kept.granting.olga)
    status, text = send(client, f"{page(agreement)}/mistake", reason=reason)
    assert status == 422
    assert told.casefold() in text.casefold()
    assert reason in text


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("1.12.2026", "Anna nykyistä viimeistä päivää myöhempi päivä"),
        ("joskus", "joskus"),
        ("1.1.2999", "1.1.2999"),
    ],
)
def test_a_day_that_does_not_do_is_told_and_kept(
    client: FlaskClient, sign_in: SignIn, kept: Choosing, agreement: int, day: str, told: str
) -> None:
    sign_in(client, kept.granting.olga)
    status, text = send(client, f"{page(agreement)}/later", ends_on=day)
    assert status == 422
    assert told in text
    assert f'value="{day}"' in text


def test_a_last_day_is_moved_on(client: FlaskClient, sign_in: SignIn, kept: Choosing, agreement: int) -> None:
    sign_in(client, kept.granting.olga)
    status, text = send(client, f"{page(agreement)}/later", ends_on="28.2.27")
    assert status == 200
    assert "28.2.2027" in text
    _status, text = send(client, f"{page(agreement)}/later", ends_on="")
    assert "Toistaiseksi" in text
    assert f"{page(agreement)}/later" not in text


def test_what_has_moved_on_meanwhile_leads_to_the_agreement(
    client: FlaskClient, sign_in: SignIn, kept: Choosing, agreement: int
) -> None:
    sign_in(client, kept.granting.olga)
    send(client, f"{page(agreement)}/mistake", reason=REASON)
    for way in ("mistake", "later"):
        answer = client.get(f"{page(agreement)}/{way}")
        assert (answer.status_code, answer.location) == (302, page(agreement))
