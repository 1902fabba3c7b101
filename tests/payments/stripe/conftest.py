"""A Stripe of our own for each test, and the gateway to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from marketplace.payments.rails.stripe.gateway import Gateway
from tests.payments.stripe.double import Stripe, stripe_double


@pytest.fixture(scope="module")
def _running() -> Iterator[Stripe]:
    with stripe_double() as state:
        yield state


@pytest.fixture
def stripe(_running: Stripe) -> Stripe:
    """An empty Stripe."""
    fresh = Stripe()
    for name, value in vars(fresh).items():
        if name not in ("base", "lock"):
            setattr(_running, name, value)
    return _running


@pytest.fixture
def gateway(stripe: Stripe) -> Gateway:
    """The gateway to it, which does not try again by itself."""
    return Gateway("sk_test_1", stripe.base, retries=0, timeout=5)
