"""The calls as the real stripe-mock takes them: it knows every path and parameter of the API version of the SDK.

`make test` builds it; without it these tests fail where CI is set and say so elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from marketplace.money import Money
from marketplace.payments.rails.stripe.gateway import Gateway, NoAnswer
from tests.payments.stripe.mock import KEY, stripe_mock


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a stripe-mock."""
    with stripe_mock() as found:
        yield found


@pytest.fixture
def mock(address: str) -> Gateway:
    """The gateway to it."""
    return Gateway(KEY, address, retries=0, timeout=10)


def test_an_account_is_opened_and_led_to_stripe(mock: Gateway) -> None:
    account = mock.open_account(7, email="office@example.fi", name="Hoiva Oy")
    assert account.id.startswith("acct_")
    assert mock.account(account.id).id.startswith("acct_")
    link = mock.onboarding_link(account.id, again="https://example.fi/a", back="https://example.fi/b")
    assert link.startswith("https://")


def test_money_is_transferred_looked_up_and_taken_back(mock: Gateway) -> None:
    made = mock.transfer("P1", "ORDER-1", "acct_1", Money(1050), "palvelutori-P1-1")
    assert (made.amount, made.payment) == (Money(1050), "P1")
    assert made.receipt.startswith("py_")
    assert mock.transfer_named(made.id).id == made.id
    assert mock.find_transfer("P1") is None  # it keeps nothing: what it lists is not ours
    mock.reverse(made.id, Money(50), "palvelutori-P1-1-back")


def test_the_balance_is_read_and_filled(mock: Gateway) -> None:
    assert mock.balance() >= Money(0)
    assert mock.top_up(Money(5000), "Täydennys", "top-up-1").startswith("tu_")


def test_a_payout_and_what_it_carries_are_read(mock: Gateway) -> None:
    payout = mock.payout("acct_1", "po_1")
    assert payout.id.startswith("po_")
    assert all(mock.receipts_in_payout("acct_1", payout.id))
    assert isinstance(mock.transfer_behind("acct_1", "py_1"), str)


def test_a_key_that_stripe_does_not_know_is_no_refusal(address: str) -> None:
    with pytest.raises(NoAnswer):
        Gateway("no key", address, retries=0, timeout=10).balance()
