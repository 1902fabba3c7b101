"""Orders as tests need them: by hand, and invented by Hypothesis."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st
from stdnum import iban as iban_checks

from marketplace.money import Money
from marketplace.payments.rails.orders import Address, Order, Payee, Payer, Payment
from marketplace.payments.references import national_reference, rf_reference

MADE_AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
PAY_ON = date(2026, 11, 24)
PAYER = Payer("Keusoten hyvinvointialue", "1234567-1", "FI2112345600000785", "NDEAFIHH")


def finnish_iban(digits: int) -> str:
    """A Finnish account number of the bank 5 with right check digits."""
    number = f"5{digits:013d}"
    return f"FI{iban_checks.calc_check_digits(f'FI00{number}')}{number}"


def payee(number: int = 1, **given: Any) -> Payee:
    """A company with an account."""
    facts: dict[str, Any] = {
        "name": f"Hoiva {number} Oy",
        "iban": finnish_iban(number),
        "bic": "OKOYFIHH",
        "business_id": "2345678-9",
    }
    return Payee(**(facts | given))


def payment(number: int = 1, **given: Any) -> Payment:
    """A payment of a statement with a reference."""
    facts: dict[str, Any] = {
        "key": f"P{number}",
        "payee": payee(number),
        "amount": Money(10_050 + number),
        "reference": rf_reference(national_reference(1000 + number)),
    }
    return Payment(**(facts | given))


def order(*payments: Payment, **given: Any) -> Order:
    """An order of the given payments, or of three."""
    whole = Order("KEUSOTE-2026-7", MADE_AT, PAY_ON, PAYER, payments or tuple(payment(n) for n in (1, 2, 3)))
    return replace(whole, **given)


ADDRESS = Address("Hyryläntie 1", "04300", "Tuusula")

names = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn")), min_size=1, max_size=90
).filter(lambda text: any(letter.isascii() and letter.isalnum() for letter in text[:30]))


@st.composite
def orders(draw: st.DrawFn) -> Order:
    """Any order that can be paid: names in any letters, references of both kinds or messages."""
    count = draw(st.integers(1, 12))
    payments = []
    for number in range(1, count + 1):
        national = national_reference(draw(st.integers(100, 10**15)))
        payments.append(
            payment(
                number,
                payee=payee(draw(st.integers(0, 10**12)), name=draw(names)),
                amount=Money(draw(st.integers(1, 999_999_999_99))),
                reference=draw(st.sampled_from([national, rf_reference(national), ""])),
                message=draw(names),
            )
        )
    return order(*payments)
