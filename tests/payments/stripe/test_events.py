"""Calls of Stripe: signed and of now or refused; in any order, as often as they like, they lead to what Stripe has."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.db import Database
from marketplace.duties import faults
from marketplace.payments.rails.stripe.events import handle_waiting, keep
from marketplace.payments.rails.stripe.gateway import Forged, Gateway, GatewayNotice, read_notice
from marketplace.payments.rails.stripe.models import StripeAccount, StripeEvent, StripeTransfer
from marketplace.payments.rails.stripe.rules import TransferState
from marketplace.payments.rails.stripe.sending import StripeRail
from tests import factories
from tests.conftest import NOW
from tests.payments.orders import order, payee, payment
from tests.payments.stripe.double import Stripe

SECRET = "whsec_test"
_numbers = itertools.count(1)


def body_of(kind: str, subject: str, account: str = "", name: str = "") -> bytes:
    told = {
        "id": name or f"evt_{next(_numbers)}",
        "object": "event",
        "type": kind,
        "data": {"object": {"id": subject}},
    }
    return json.dumps(told | ({"account": account} if account else {})).encode()


def signed(body: bytes, moment: datetime = NOW, secret: str = SECRET) -> str:
    stamp = int(moment.timestamp())
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


def tell(database: Database, gateway: Gateway, notices: Sequence[GatewayNotice], now: datetime = NOW) -> None:
    for notice in notices:
        with database.transaction() as session:
            keep(session, notice, now)
    handle_waiting(database, gateway, now)


def notice(kind: str, subject: str, account: str = "") -> GatewayNotice:
    return GatewayNotice(f"evt_{next(_numbers)}", kind, account, subject)


def states(database: Database) -> dict[str, TransferState]:
    with database.read() as session:
        return {row.payment: row.state for row in session.query(StripeTransfer)}


@pytest.fixture
def account(stripe: Stripe, database: Database, gateway: Gateway) -> str:
    """An account to which two payments have been transferred."""
    name = stripe.account()
    payments = [payment(n, payee=payee(n, stripe_account=name)) for n in (1, 2)]
    StripeRail(database, gateway).send(order(*payments, key="ORDER-1"), lambda: NOW)
    return name


# --- signatures ------------------------------------------------------------------------------------------------------


def test_a_signed_call_of_now_is_read() -> None:
    body = body_of("payout.paid", "po_1", "acct_1", "evt_7")
    assert read_notice(body, signed(body), SECRET, NOW) == GatewayNotice(
        "evt_7", "payout.paid", "acct_1", "po_1"
    )


@pytest.mark.parametrize(
    "moment", [NOW - timedelta(minutes=6), NOW + timedelta(minutes=6), NOW + timedelta(hours=1)]
)
def test_calls_of_another_time_are_refused(moment: datetime) -> None:
    body = body_of("payout.paid", "po_1")
    with pytest.raises(Forged):
        read_notice(body, signed(body, moment), SECRET, NOW)


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (b"{}", signed(b"{}")),
        (b"[]", signed(b"[]")),
        (b"no json", signed(b"no json")),
        (b"[" * 100_000, signed(b"[" * 100_000)),
        (b"\xff", signed(b"\xff")),
        (body_of("a.b", "x"), signed(body_of("a.b", "y"))),
        (body_of("a.b", "x"), ""),
        (b"{}", "t=9999999999999999999999,v1=0"),
        (b"{}", signed(b"{}", secret="another")),
    ],
)
def test_calls_that_are_not_signed_by_stripe_are_refused(body: bytes, signature: str) -> None:
    with pytest.raises(Forged):
        read_notice(body, signature, SECRET, NOW)


def test_the_same_call_five_times_is_kept_once(app: Flask, client: FlaskClient) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], stripe_webhook_secret=SECRET)
    body = body_of("payout.paid", "po_1", "acct_1", "evt_once")
    answers = [
        client.post(
            "/api/v1/stripe/webhook", data=body, headers={"Stripe-Signature": signed(body)}
        ).status_code
        for _each in range(5)
    ]
    assert answers == [200] * 5
    with app.extensions["database"].read() as session:
        assert [each.id for each in session.query(StripeEvent)] == ["evt_once"]


def test_forged_calls_are_answered_without_being_kept(app: Flask, client: FlaskClient) -> None:
    address, body = "/api/v1/stripe/webhook", body_of("payout.paid", "po_1")
    assert client.post(address, data=body).status_code == 404  # not connected to Stripe
    app.extensions["settings"] = replace(app.extensions["settings"], stripe_webhook_secret=SECRET)
    assert client.post(address, data=body).status_code == 400
    assert client.post(address, data=b" " * 300_000).status_code == 413
    assert client.get(address).status_code == 405
    with app.extensions["database"].read() as session:
        assert session.query(StripeEvent).count() == 0


# --- what they lead to -----------------------------------------------------------------------------------------------


def test_paid_out_is_another_state_than_transferred(
    stripe: Stripe, database: Database, gateway: Gateway, account: str
) -> None:
    assert set(states(database).values()) == {TransferState.TRANSFERRED}
    tell(database, gateway, [notice("payout.paid", stripe.pay_out(account), account)])
    assert set(states(database).values()) == {TransferState.PAID_OUT}
    with database.read() as session:
        row = session.get_one(StripeTransfer, "P1")
        assert (row.payout, row.paid_out_on is not None) == ("po_1", True)


def test_the_order_of_calls_does_not_matter(
    stripe: Stripe, database: Database, gateway: Gateway, account: str
) -> None:
    payout = stripe.pay_out(account)
    calls = [
        notice("payout.created", payout, account),
        notice("payout.paid", payout, account),
        notice("transfer.created", "tr_1"),
        notice("transfer.created", "tr_2"),
    ]
    for each in itertools.permutations(calls):
        tell(database, gateway, [replace(call, id=f"evt_{next(_numbers)}") for call in each])
        assert set(states(database).values()) == {TransferState.PAID_OUT}


def test_a_payout_tells_of_a_transfer_whose_answer_was_lost(
    stripe: Stripe, database: Database, gateway: Gateway
) -> None:
    name = stripe.account()
    stripe.go_wrong("lost")
    given_order = order(payment(1, payee=payee(1, stripe_account=name)), key="ORDER-2")
    assert StripeRail(database, gateway).send(given_order, lambda: NOW) == ()
    tell(database, gateway, [notice("payout.paid", stripe.pay_out(name), name)])
    assert states(database) == {"P1": TransferState.PAID_OUT}


def test_a_payout_that_failed_leaves_the_money_at_stripe(
    stripe: Stripe, database: Database, gateway: Gateway, account: str
) -> None:
    payout = stripe.pay_out(account)
    tell(database, gateway, [notice("payout.paid", payout, account)])
    stripe.payouts[payout]["status"] = "failed"
    tell(database, gateway, [notice("payout.failed", payout, account)])
    assert set(states(database).values()) == {TransferState.TRANSFERRED}


def test_a_transfer_that_was_taken_back_is_reversed(
    stripe: Stripe, database: Database, gateway: Gateway, account: str
) -> None:
    rail = StripeRail(database, gateway)
    rail.reverse("P1", order(payment(1)).payments[0].amount)
    rail.reverse("P2", order(payment(1)).payments[0].amount)  # a part of the second
    tell(database, gateway, [notice("transfer.reversed", "tr_1"), notice("transfer.updated", "tr_2")])
    assert states(database) == {"P1": TransferState.REVERSED, "P2": TransferState.TRANSFERRED}


def test_calls_about_what_is_not_ours_change_nothing(
    stripe: Stripe, database: Database, gateway: Gateway, account: str
) -> None:
    stripe.transfers["tr_9"] = stripe.transfers["tr_1"] | {"id": "tr_9", "metadata": {}}
    before = states(database)
    tell(database, gateway, [notice("transfer.created", "tr_9"), notice("customer.created", "cus_1")])
    assert states(database) == before
    with database.read() as session:
        assert all(each.handled_at for each in session.query(StripeEvent))


def test_a_call_that_cannot_be_followed_waits_and_is_tried_again(
    stripe: Stripe, database: Database, gateway: Gateway, account: str
) -> None:
    payout = stripe.pay_out(account)
    away = Gateway("sk_test_1", "http://127.0.0.1:9", retries=0, timeout=1)
    tell(database, away, [notice("payout.paid", payout, account)])
    assert handle_waiting(database, gateway, NOW) == 0  # not its turn yet
    assert handle_waiting(database, gateway, NOW + timedelta(minutes=1)) == 1
    assert set(states(database).values()) == {TransferState.PAID_OUT}


def test_an_account_is_ready_when_stripe_says_so(
    stripe: Stripe, database: Database, gateway: Gateway
) -> None:
    name = gateway.open_account(1, email="office@example.fi", name="Hoiva Oy").id
    with database.transaction() as session:
        provider = factories.make_provider(session)
        session.add(StripeAccount(provider_id=provider.id, account=name, created_at=NOW, checked_at=NOW))
        provider_id = provider.id
    stripe.accounts[name] |= {"payouts_enabled": True, "capabilities": {"transfers": "active"}}
    tell(database, gateway, [notice("account.updated", name, name), notice("account.updated", "acct_9")])
    with database.read() as session:
        kept = session.get_one(StripeAccount, provider_id)
        assert (kept.takes_transfers, kept.pays_out) == (True, True)


# --- many, and one that breaks ---------------------------------------------------------------------------------------


def test_a_call_that_breaks_the_handling_holds_up_no_other_and_is_told(
    stripe: Stripe, database: Database, gateway: Gateway, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_name: str) -> None:
        raise RuntimeError("something nobody thought of")

    monkeypatch.setattr(gateway, "account", broken)
    [first, *_] = states(database)
    with database.read() as session:
        transfer = session.query(StripeTransfer).filter_by(payment=first).one().transfer
    bad, good = notice("account.updated", account), notice("transfer.reversed", str(transfer))
    tell(database, gateway, [bad, good])
    with database.read() as session:
        kept = {row.id: (row.handled_at is not None, row.tries) for row in session.query(StripeEvent)}
        assert (kept[bad.id], kept[good.id]) == ((False, 1), (True, 0))
        assert "follow a call of Stripe" in " ".join(faults(session, now=NOW))


def test_calls_of_stripe_are_not_counted_like_forms(app: Flask, client: FlaskClient) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], stripe_webhook_secret=SECRET)
    for number in range(40):
        body = body_of("payout.paid", f"po_{number}")
        answer = client.post(
            "/api/v1/stripe/webhook", data=body, headers={"Stripe-Signature": signed(body, secret=SECRET)}
        )
        assert answer.status_code == 200, number
