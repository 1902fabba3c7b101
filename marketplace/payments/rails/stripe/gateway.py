"""The only file that speaks to Stripe: its SDK's calls as values of ours, its errors as the three that matter.

The API version is the SDK's own (2026-08-26.dahlia with stripe 15.6). The SDK tries again by itself what may be tried
again, with the same idempotency key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Final

import stripe

from marketplace.config import Settings
from marketplace.i18n import helsinki_date
from marketplace.money import Money
from marketplace.payments.rails.stripe.rules import PayoutStatus, is_of_now

stripe.enable_telemetry = False

TIMEOUT: Final = 20.0
"""Seconds to wait for an answer."""

RETRIES: Final = 2

_TIMESTAMP: Final = re.compile(r"(?:^|,)\s*t=(\d{1,12})(?:,|$)")
_PER_PAGE: Final = 100


class NoAnswer(Exception):
    """Stripe did not answer, or not whether it has done what it was asked: it must be asked again with the same key."""


class GatewayRefusal(Exception):
    """Stripe will not do it, and has not. `code` is Stripe's own, `text` what it wrote beside it."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code, self.text = code, text


class Mismatch(Exception):
    """The same key was used before with another amount or payee: something of ours has changed that never may."""


class Forged(ValueError):
    """A call that does not come from Stripe, or not of now."""


@dataclass(frozen=True, slots=True)
class ConnectedAccount:
    """A provider's account: whether transfers can reach it and whether it pays out to the bank."""

    id: str
    takes_transfers: bool
    pays_out: bool


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer as Stripe has it. `payment` is our key, `receipt` the payment at the destination."""

    id: str
    payment: str
    destination: str
    receipt: str
    amount: Money
    reversed_amount: Money


@dataclass(frozen=True, slots=True)
class Payout:
    """A payout from a provider's account to the bank; `arrives_on` is when it is, or was, at the bank."""

    id: str
    status: PayoutStatus
    arrives_on: date


@dataclass(frozen=True, slots=True)
class GatewayNotice:
    """What a call is about: its own id, its kind, the provider's account where it is about one, the thing's id."""

    id: str
    kind: str
    account: str
    subject: str


@contextmanager
def _told() -> Iterator[None]:
    """The SDK's errors as ours: sure refusals apart from everything after which the outcome is not known."""
    try:
        yield
    except stripe.IdempotencyError as error:
        raise Mismatch(str(error)) from error
    except (stripe.InvalidRequestError, stripe.CardError) as error:
        raise GatewayRefusal(error.code or "invalid_request", error.user_message or str(error)) from error
    except stripe.StripeError as error:
        raise NoAnswer(f"{type(error).__name__}: {error}") from error


class Gateway:
    """One platform account at Stripe."""

    def __init__(self, key: str, base: str = "", *, retries: int = RETRIES, timeout: float = TIMEOUT) -> None:
        """`base` is the address of the API where it is not Stripe's own."""
        addresses: Any = {"api": base} if base else {}
        self._client = stripe.StripeClient(
            key,
            base_addresses=addresses,
            max_network_retries=retries,
            http_client=stripe.RequestsClient(timeout=timeout),
        )

    @property
    def _v1(self) -> Any:
        return self._client.v1

    # --- accounts of providers -----------------------------------------------------------------------------------

    def open_account(self, provider: int, *, email: str, name: str) -> ConnectedAccount:
        """A new account for a provider, the same one when asked twice within a day.

        The platform answers for losses and pays the fees; the provider gets Stripe's own small dashboard.
        """
        params = {
            "country": "FI",
            "email": email,
            "business_profile": {"name": name},
            "controller": {
                "fees": {"payer": "application"},
                "losses": {"payments": "application"},
                "stripe_dashboard": {"type": "express"},
            },
            "capabilities": {"transfers": {"requested": True}},
            "metadata": {"provider": str(provider)},
        }
        with _told():
            made = self._v1.accounts.create(
                params=params, options={"idempotency_key": f"palvelutori-account-{provider}"}
            )
        return _account(made)

    def account(self, account: str) -> ConnectedAccount:
        """An account as it stands now."""
        with _told():
            return _account(self._v1.accounts.retrieve(account))

    def onboarding_link(self, account: str, *, again: str, back: str) -> str:
        """A link, good once and for minutes, under which the provider tells Stripe what it must know.

        `again` is where Stripe sends somebody whose link is used up, `back` where it sends them when they are done.
        """
        params = {
            "account": account,
            "type": "account_onboarding",
            "refresh_url": again,
            "return_url": back,
        }
        with _told():
            return str(self._v1.account_links.create(params=params).url)

    # --- money ---------------------------------------------------------------------------------------------------

    def transfer(self, payment: str, order: str, destination: str, amount: Money, key: str) -> Transfer:
        """Move money from the platform's balance to a provider's account. Raises NoAnswer, Refused and Mismatch."""
        params = {
            "amount": amount.cents,
            "currency": "eur",
            "destination": destination,
            "transfer_group": payment,
            "description": payment,
            "metadata": {"payment": payment, "order": order},
        }
        with _told():
            return _transfer(
                self._v1.transfers.create(params=params, options={"idempotency_key": key}), payment
            )

    def find_transfer(self, payment: str) -> Transfer | None:
        """The transfer of a payment row that Stripe has, or None. Raises NoAnswer."""
        with _told():
            listed = self._v1.transfers.list(params={"transfer_group": payment, "limit": _PER_PAGE})
            found = [each for each in listed.auto_paging_iter() if _key_in(each) == payment]
        return _transfer(found[0], payment) if found else None

    def transfer_named(self, transfer: str) -> Transfer:
        """A transfer by Stripe's name of it."""
        with _told():
            found = self._v1.transfers.retrieve(transfer)
        return _transfer(found, _key_in(found))

    def reverse(self, transfer: str, amount: Money, key: str) -> None:
        """Take money of a transfer back; the provider's account must hold it. Raises NoAnswer, Refused, Mismatch."""
        with _told():
            self._v1.transfers.reversals.create(
                transfer, params={"amount": amount.cents}, options={"idempotency_key": key}
            )

    def top_up(self, amount: Money, text: str, key: str) -> str:
        """Fetch money from the platform's bank account to its balance; gives Stripe's name of the top-up."""
        params = {"amount": amount.cents, "currency": "eur", "description": text}
        with _told():
            return str(self._v1.topups.create(params=params, options={"idempotency_key": key}).id)

    def balance(self) -> Money:
        """The euros on the platform's balance that can be transferred now."""
        with _told():
            balance = self._v1.balance.retrieve()
        return Money(sum(each.amount for each in balance.available if each.currency == "eur"))

    def payout(self, account: str, payout: str) -> Payout:
        """A payout of a provider's account."""
        with _told():
            found = self._v1.payouts.retrieve(payout, options={"stripe_account": account})
        arrives = helsinki_date(datetime.fromtimestamp(found.arrival_date, UTC))
        return Payout(found.id, PayoutStatus(found.status), arrives)

    def receipts_in_payout(self, account: str, payout: str) -> tuple[str, ...]:
        """The payments at a provider's account that a payout carries to the bank."""
        params = {"payout": payout, "limit": _PER_PAGE, "type": "payment"}
        with _told():
            listed = self._v1.balance_transactions.list(params=params, options={"stripe_account": account})
            return tuple(_id_of(each.source) for each in listed.auto_paging_iter())

    def transfer_behind(self, account: str, receipt: str) -> str:
        """The transfer that made a payment at a provider's account, or an empty text."""
        with _told():
            found = self._v1.charges.retrieve(receipt, options={"stripe_account": account})
        return _id_of(getattr(found, "source_transfer", None))


def _account(found: Any) -> ConnectedAccount:
    transfers = getattr(getattr(found, "capabilities", None), "transfers", "")
    return ConnectedAccount(found.id, transfers == "active", bool(found.payouts_enabled))


def _transfer(found: Any, payment: str) -> Transfer:
    return Transfer(
        id=found.id,
        payment=payment,
        destination=_id_of(found.destination),
        receipt=_id_of(getattr(found, "destination_payment", None)),
        amount=Money(found.amount),
        reversed_amount=Money(found.amount_reversed),
    )


def _key_in(found: Any) -> str:
    """Our key of the payment in a thing of Stripe's, or an empty text for what is none of ours."""
    return str(getattr(getattr(found, "metadata", None), "payment", ""))


def _id_of(value: Any) -> str:
    """The name of a thing that stands as its name, whole, or not at all."""
    return value if isinstance(value, str) else str(getattr(value, "id", "") or "")


def gateway_of(settings: Settings) -> Gateway | None:
    """The gateway that the settings name, or None where the portal is not connected to Stripe."""
    return _gateway(settings.stripe_key, settings.stripe_base) if settings.stripe_key else None


@cache
def _gateway(key: str, base: str) -> Gateway:
    return Gateway(key, base)


def read_notice(body: bytes, signature: str, secret: str, now: datetime) -> GatewayNotice:
    """What a signed call says. Raises Forged for a wrong signature and for one that was not made lately.

    The SDK refuses old calls, by the machine's clock, and takes those of the future; both are refused here.
    """
    found = _TIMESTAMP.search(signature)
    if found is None or not is_of_now(datetime.fromtimestamp(int(found[1]), UTC), now):
        raise Forged("the call is not of now")
    verify: Callable[..., object] = stripe.WebhookSignature.verify_header
    try:
        text = body.decode("utf-8")
        verify(text, signature, secret, None)
        told = json.loads(text)
        subject = told["data"]["object"]["id"]
        return GatewayNotice(str(told["id"]), str(told["type"]), str(told.get("account") or ""), str(subject))
    except (ValueError, RecursionError, stripe.SignatureVerificationError) as error:
        raise Forged(str(error)) from error
    except (KeyError, TypeError) as error:
        raise Forged("the call is about nothing") from error
