"""An order over Stripe: whatever goes wrong and however often it is started, each payment is transferred once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.db import Database
from marketplace.money import Money
from marketplace.payments.rails.orders import Faulty, Hindrance, Impossible, Order, PaymentOutcome
from marketplace.payments.rails.stripe.gateway import Gateway, Mismatch, NoAnswer
from marketplace.payments.rails.stripe.models import StripeTransfer
from marketplace.payments.rails.stripe.rules import TRANSFER, TransferAction, TransferState
from marketplace.payments.rails.stripe.sending import Disagreement, StripeRail
from marketplace.workflow import NoSuchTransition
from tests.conftest import NOW
from tests.payments.orders import order, payee, payment
from tests.payments.stripe.double import Stripe

WAYS = ["lost", "unheard", "error", "done_error", "busy"]


def at(moment: datetime = NOW) -> Callable[[], datetime]:
    return lambda: moment


def order_at(stripe: Stripe, count: int = 2, key: str = "ORDER-1") -> Order:
    account = stripe.account()
    payments = [payment(n, payee=payee(n, stripe_account=account)) for n in range(1, count + 1)]
    return order(*payments, key=key)


@pytest.fixture
def rail(database: Database, gateway: Gateway) -> StripeRail:
    return StripeRail(database, gateway)


def test_every_payment_is_transferred_and_not_yet_paid_out(rail: StripeRail, stripe: Stripe) -> None:
    given_order = order_at(stripe)
    found = rail.send(given_order, at())
    assert [(each.payment, each.outcome) for each in found] == [
        ("P1", PaymentOutcome.TRANSFERRED),
        ("P2", PaymentOutcome.TRANSFERRED),
    ]
    assert [stripe.paid_to(each.key) for each in given_order.payments] == [[10_051], [10_052]]


def test_what_is_transferred_is_not_asked_about_again(rail: StripeRail, stripe: Stripe) -> None:
    given_order = order_at(stripe)
    first = rail.send(given_order, at())
    stripe.asked.clear()
    assert rail.send(given_order, at()) == first
    assert stripe.asked == []


@pytest.mark.parametrize("way", WAYS)
def test_after_an_answer_that_tells_nothing_it_is_transferred_once(
    rail: StripeRail, stripe: Stripe, way: str
) -> None:
    given_order = order_at(stripe, 1)
    stripe.go_wrong(way)
    assert rail.send(given_order, at()) == ()
    later = NOW + timedelta(minutes=1)
    found = rail.send(given_order, at(later))
    if way == "error":  # Stripe repeats its error for a day
        assert found == ()
        stripe.forget_keys()
        found = rail.send(given_order, at(NOW + timedelta(hours=25)))
    assert [each.outcome for each in found] == [PaymentOutcome.TRANSFERRED]
    assert stripe.paid_to("P1") == [10_051]


@pytest.mark.parametrize("way", ["lost", "done_error"])
def test_after_a_day_it_is_looked_up_before_it_is_sent_again(
    rail: StripeRail, stripe: Stripe, way: str
) -> None:
    given_order = order_at(stripe, 1)
    stripe.go_wrong(way)
    rail.send(given_order, at())
    stripe.forget_keys()
    stripe.asked.clear()
    [found] = rail.send(given_order, at(NOW + timedelta(days=3)))
    assert found.outcome == PaymentOutcome.TRANSFERRED
    assert stripe.asked == ["GET /v1/transfers"]
    assert stripe.paid_to("P1") == [10_051]


@given(st.lists(st.sampled_from([*WAYS, ""]), max_size=8), st.booleans())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_row_of_faults_ends_in_one_transfer(
    rail: StripeRail, stripe: Stripe, ways: list[str], days_pass: bool
) -> None:
    stripe.transfers.clear()
    with rail.database.transaction() as session:
        session.query(StripeTransfer).delete()
    stripe.forget_keys()
    stripe.wrong.clear()
    given_order = order_at(stripe, 2)
    stripe.go_wrong(*ways)
    for tries in range(12):
        if days_pass:
            stripe.forget_keys()
        rail.send(given_order, at(NOW + timedelta(days=tries)))
    stripe.forget_keys()
    found = rail.send(given_order, at(NOW + timedelta(days=40)))
    assert [each.outcome for each in found] == [PaymentOutcome.TRANSFERRED] * 2
    assert [stripe.paid_to("P1"), stripe.paid_to("P2")] == [[10_051], [10_052]]


def test_a_refusal_is_sure_and_can_be_tried_again_with_a_new_key(rail: StripeRail, stripe: Stripe) -> None:
    given_order = order_at(stripe, 1)
    stripe.balance = 100
    [refused] = rail.send(given_order, at())
    assert (refused.outcome, refused.reasons[0].code) == (PaymentOutcome.REJECTED, "balance_insufficient")
    assert rail.gateway.balance() == Money(100)
    rail.gateway.top_up(Money(50_000), "Täydennys", "top-up-1")
    assert rail.send(given_order, at()) == (refused,)
    rail.try_again("P1", NOW)
    [found] = rail.send(given_order, at())
    assert found.outcome == PaymentOutcome.TRANSFERRED
    assert stripe.paid_to("P1") == [10_051]
    with pytest.raises(NoSuchTransition):
        rail.try_again("P1", NOW)


def test_a_row_that_changed_is_never_sent(rail: StripeRail, stripe: Stripe) -> None:
    given_order = order_at(stripe, 1)
    rail.send(given_order, at())
    [sent] = given_order.payments
    dearer = order(payment(1, payee=sent.payee, amount=Money(1)), key=given_order.key)
    with pytest.raises(Disagreement):
        rail.send(dearer, at())
    with pytest.raises(Mismatch):
        rail.gateway.transfer("P1", given_order.key, sent.payee.stripe_account, Money(1), "palvelutori-P1-1")
    assert stripe.paid_to("P1") == [10_051]


def test_two_who_send_at_once_transfer_once(rail: StripeRail, stripe: Stripe) -> None:
    given_order = order_at(stripe, 3)
    threads = [Thread(target=rail.send, args=(given_order, at())) for _each in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [stripe.paid_to(each.key) for each in given_order.payments] == [[10_051], [10_052], [10_053]]


def test_money_can_be_taken_back(rail: StripeRail, stripe: Stripe) -> None:
    given_order = order_at(stripe, 1)
    rail.send(given_order, at())
    rail.reverse("P1", Money(51))
    rail.reverse("P1", Money(51))  # the same click twice
    assert stripe.transfers["tr_1"]["amount_reversed"] == 51


def test_an_order_without_accounts_is_refused_as_a_whole(rail: StripeRail, stripe: Stripe) -> None:
    good, bad = order_at(stripe, 1).payments[0], payment(2)
    assert rail.faults(order(good, bad)) == (Faulty(Hindrance.NO_STRIPE_ACCOUNT, "P2"),)
    assert rail.faults(order(good, good)) == (Faulty(Hindrance.TWICE, "P1"), Faulty(Hindrance.TWICE, "P1"))
    with pytest.raises(Impossible):
        rail.send(order(good, bad), at())
    assert stripe.transfers == {}


def test_a_stripe_that_is_away_is_no_refusal(database: Database) -> None:
    away = Gateway("sk_test_1", "http://127.0.0.1:9", retries=0, timeout=1)
    with pytest.raises(NoAnswer):
        away.balance()


@pytest.mark.parametrize("state", TransferState)
@pytest.mark.parametrize("action", TransferAction)
def test_the_table_of_transfers(state: TransferState, action: TransferAction) -> None:
    allowed = {
        TransferState.SENDING: {TransferAction.TAKE, TransferAction.REFUSE},
        TransferState.REFUSED: {TransferAction.TAKE, TransferAction.TRY_AGAIN},
        TransferState.TRANSFERRED: {TransferAction.PAY_OUT, TransferAction.REVERSE},
        TransferState.PAID_OUT: {TransferAction.BOUNCE, TransferAction.REVERSE},
        TransferState.REVERSED: set(),
    }
    assert TRANSFER.allows(state, action) == (action in allowed[state])
