"""A batch over Stripe: sent by the worker, transferred, paid out; whatever is lost, each statement is paid once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import User
from marketplace.audit.models import AuditEvent
from marketplace.db import Database
from marketplace.duties import DutyFault
from marketplace.files.store import FileStore
from marketplace.money import Money
from marketplace.payments.batches import following, queries, sending
from marketplace.payments.batches.models import Batch, PaymentRow
from marketplace.payments.rails.stripe import events
from marketplace.payments.rails.stripe.gateway import Gateway, GatewayNotice
from marketplace.payments.rails.stripe.models import StripeAccount, StripeTransfer
from marketplace.permissions import Role
from tests import factories
from tests.conftest import NOW
from tests.forms import post_form
from tests.payments.batches.scenes import Cast, make_statement
from tests.payments.stripe.double import Stripe, stripe_double

ORGANISATION = "metropolia"


@pytest.fixture
def stripe() -> Iterator[Stripe]:
    with stripe_double() as state:
        yield state


@pytest.fixture
def gateway(stripe: Stripe) -> Gateway:
    return Gateway("sk_test_1", stripe.base, retries=0, timeout=5)


@pytest.fixture
def batch(app: Flask, database: Database, stripe: Stripe, tmp_path: Path) -> int:
    """A batch of two payments, sent."""
    return sent_batch(app, database, stripe, tmp_path, 120_000, 130_000)


def sent_batch(app: Flask, database: Database, stripe: Stripe, folder: Path, *sums: int) -> int:
    """A batch of payments of so many cents, sent."""
    with app.app_context(), database.transaction() as session:
        first, second = [
            factories.make_user(session, Role.PAYER, organisation=ORGANISATION) for _each in range(2)
        ]
        store = FileStore(folder, secret="secret", limit=1)
        cast = Cast(session, store, first, second, ORGANISATION)
        for cents in sums:
            statement = make_statement(session, cents, organisation=ORGANISATION)
            cast.statements.append(statement)
            session.add(
                StripeAccount(
                    provider_id=statement.provider_id,
                    account=stripe.account(),
                    takes_transfers=True,
                    pays_out=True,
                    created_at=NOW,
                    checked_at=NOW,
                )
            )
        session.flush()
        made = cast.released()
        sending.send(cast.work(), made.id)
        return made.id


def states(database: Database) -> tuple[str, list[str]]:
    with database.read() as session:
        batch = session.scalars(sa.select(Batch)).one()
        rows = session.scalars(sa.select(PaymentRow).order_by(PaymentRow.id))
        return batch.state.value, [row.state.value for row in rows]


def follow(app: Flask, database: Database, gateway: Gateway) -> int:
    with app.app_context():
        return following.follow(database, gateway, lambda: NOW)


def pay_out(app: Flask, database: Database, gateway: Gateway, stripe: Stripe, status: str = "paid") -> None:
    """Stripe pays both accounts out and tells of it."""
    with database.read() as session:
        accounts = session.scalars(sa.select(StripeAccount.account)).all()
    for account in accounts:
        name = stripe.pay_out(account, status)
        with database.transaction() as session:
            events.keep(session, GatewayNotice(f"evt_{name}", "payout.paid", account, name), NOW)
    events.handle_waiting(database, gateway, NOW)


def test_transferred_is_not_paid_and_paid_out_is(
    batch: int, app: Flask, database: Database, gateway: Gateway, stripe: Stripe
) -> None:
    assert states(database) == ("sent", ["sent", "sent"])
    assert follow(app, database, gateway) == 2
    assert states(database) == ("sent", ["transferred", "transferred"])
    with database.read() as session:
        assert queries.to_follow_at_stripe(session, NOW) == []
    pay_out(app, database, gateway, stripe)
    follow(app, database, gateway)
    assert states(database) == ("confirmed", ["paid", "paid"])
    assert follow(app, database, gateway) == 0


@pytest.mark.parametrize("way", ["lost", "unheard", "error", "done_error", "busy"])
def test_a_network_that_fails_after_the_transfer_was_taken_pays_once(
    batch: int, app: Flask, database: Database, gateway: Gateway, stripe: Stripe, way: str
) -> None:
    stripe.go_wrong(way)
    for _round in range(2):
        follow(app, database, gateway)
    stripe.forget_keys()  # a day later: what went wrong is not told again
    follow(app, database, gateway)
    with database.read() as session:
        keys = [row.key for row in session.scalars(sa.select(PaymentRow))]
    assert [len(stripe.paid_to(key)) for key in keys] == [1, 1]
    assert states(database)[1] == ["transferred", "transferred"]


def test_the_same_call_five_times_is_one(
    batch: int, app: Flask, database: Database, gateway: Gateway, stripe: Stripe
) -> None:
    follow(app, database, gateway)
    for _each in range(5):
        pay_out(app, database, gateway, stripe)
        follow(app, database, gateway)
    assert states(database) == ("confirmed", ["paid", "paid"])


def test_a_refused_payment_is_payable_again(
    batch: int, app: Flask, database: Database, gateway: Gateway, stripe: Stripe
) -> None:
    with database.transaction() as session:
        account = session.scalars(sa.select(PaymentRow)).first()
        assert account is not None
        session.execute(
            sa.update(PaymentRow).where(PaymentRow.id == account.id).values(stripe_account="acct_gone")
        )
    follow(app, database, gateway)
    assert states(database) == ("sent", ["rejected", "transferred"])
    with database.read() as session:
        again = queries.payable(session, ORGANISATION, NOW.date())
        assert [each.id for each in again] == [account.statement_id]


def test_a_batch_that_does_not_agree_with_stripe_stops_no_other(
    batch: int, app: Flask, database: Database, gateway: Gateway, stripe: Stripe, tmp_path: Path
) -> None:
    with database.transaction() as session:
        row = session.scalars(sa.select(PaymentRow).order_by(PaymentRow.id)).first()
        assert row is not None
        other = {"order_key": row.batch.key, "destination": row.stripe_account, "amount": Money(1)}
        session.add(StripeTransfer(payment=row.key, first_tried_at=NOW, **other))
    good = sent_batch(app, database, stripe, tmp_path, 140_000)
    assert follow(app, database, gateway) == 1
    with database.read() as session:
        kept = {
            number: [each.state for each in queries.batch_of(session, number).payments]
            for number in (batch, good)
        }
        [fault] = session.scalars(sa.select(DutyFault))
    assert kept == {batch: ["sent", "sent"], good: ["transferred"]}
    assert (fault.duty, fault.thing) == ("follow a batch at Stripe", str(batch))


# --- what a payer asks Stripe for on the pages -----------------------------------------------------------------------


@pytest.fixture
def payer(
    batch: int, app: Flask, stripe: Stripe, sign_in: Callable[[FlaskClient, User], None]
) -> FlaskClient:
    """A payer of the organisation, on a portal that is connected to the double."""
    app.extensions["settings"] = replace(
        app.extensions["settings"], stripe_key="sk_test_1", stripe_base=stripe.base
    )
    with app.extensions["database"].reading_session() as session:
        person = session.scalars(sa.select(User).join(User.grants).filter_by(role=Role.PAYER)).first()
    assert person is not None
    browser = app.test_client()
    sign_in(browser, person)
    return browser


def test_the_payer_sees_the_balance_and_fills_it_once(
    payer: FlaskClient, app: Flask, database: Database, stripe: Stripe
) -> None:
    stripe.balance = 1_000_00
    assert "/fi/payments/stripe" in payer.get("/fi/payments").text
    shown = payer.get("/fi/payments/stripe").text
    assert "1\u00a0000,00\u00a0€" in shown
    assert "2\u00a0500,00\u00a0€" in shown
    assert "Saldo ei riitä" in shown
    assert post_form(payer, "/fi/payments/stripe", {"amount": "0"}).status_code == 422
    token = {"form_token": "the-same-form"}
    for _twice in range(2):
        assert post_form(payer, "/fi/payments/stripe", {"amount": "1500"} | token).status_code == 303
    assert stripe.balance == 2_500_00
    assert "Saldo ei riitä" not in payer.get("/fi/payments/stripe").text
    with database.read() as session:
        told = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "stripe_balance.fill")).all()
    assert {(each.organisation_key, each.after["amount"]) for each in told} == {(ORGANISATION, 150_000)}
    stripe.go_wrong("busy", "busy", "busy")
    refused = post_form(payer, "/fi/payments/stripe", {"amount": "1500"})
    assert (refused.status_code, stripe.balance) == (409, 2_500_00)
    assert "ei kertonut" in refused.text
    app.extensions["settings"] = replace(app.extensions["settings"], stripe_base="http://127.0.0.1:9")
    assert "ei kerro saldoa" in payer.get("/fi/payments/stripe").text


def test_a_payment_at_stripe_is_taken_back_and_payable_again(
    batch: int, payer: FlaskClient, app: Flask, database: Database, gateway: Gateway, stripe: Stripe
) -> None:
    with database.read() as session:
        row = session.scalars(sa.select(PaymentRow).order_by(PaymentRow.id)).first()
        assert row is not None
        key = row.key
    page = f"/fi/payments/payments/{row.id}"
    assert payer.get(f"{page}/take-back").status_code == 404
    follow(app, database, gateway)
    assert f"{page}/take-back" in payer.get(page).text
    assert post_form(payer, f"{page}/take-back", {"text": ""}).status_code == 422
    assert post_form(payer, f"{page}/take-back", {"text": "Väärä yritys."}).location == page
    assert states(database)[1] == ["transferred", "transferred"]
    with database.transaction() as session:
        name = session.get_one(StripeTransfer, key).transfer or ""
        events.keep(session, GatewayNotice("evt_back", "transfer.reversed", "", name), NOW)
    events.handle_waiting(database, gateway, NOW)
    follow(app, database, gateway)
    assert states(database)[1] == ["returned", "transferred"]
    with database.read() as session:
        again = queries.payable(session, ORGANISATION, NOW.date())
    assert [each.id for each in again] == [row.statement_id]
    assert "Väärä yritys." in payer.get(page).text
    assert payer.get(f"{page}/take-back").status_code == 404


def test_where_nothing_is_paid_over_stripe_there_is_no_balance(
    app: Flask, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    with app.extensions["database"].transaction() as session:
        person = factories.make_user(session, Role.PAYER, organisation="keusote")
    browser = app.test_client()
    sign_in(browser, person)
    assert browser.get("/fi/payments/stripe").status_code == 404
    assert "/payments/stripe" not in browser.get("/fi/payments").text
