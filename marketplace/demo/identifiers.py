"""Numbers and addresses that are well formed and belong to nobody; the package's docstring says why."""

from __future__ import annotations

import unicodedata

from stdnum import luhn
from stdnum.fi import ytunnus

FIRST_BUSINESS_ID = 9_000_000
MAX_PROVIDERS = 500_000
"""Two numbers are set aside for each provider, and seven digits that begin with 9 are a million."""

AREA_CODES = {"06": "014", "07": "014", "08": "019", "11": "015", "14": "013", "18": "016", "20": "017"}
"""Telephone area by wellbeing services county; elsewhere 09.

Not every one is the area of its county: where 000 follows 02, 03, 05, 06 or 08 the number is that of a service or of a
mobile telephone, and somebody answers who may charge for it.
"""


def business_id(number: int) -> str:
    """The valid business ID of the provider with this running number (from 0), `9000000-1` onwards."""
    if not 0 <= number < MAX_PROVIDERS:
        raise ValueError(f"provider numbers go from 0 to {MAX_PROVIDERS - 1}")
    first = FIRST_BUSINESS_ID + 2 * number
    # Every eleventh number has no check digit, but of two neighbours at least one has.
    for digits in (str(first), str(first + 1)):
        for check in "0123456789":
            if ytunnus.is_valid(digits + check):
                return f"{digits}-{check}"
    raise AssertionError("two neighbouring numbers without a check digit")


def iban(number: int) -> str:
    """A Finnish account number that begins with the bank group 9, with both of its checks right."""
    body = f"9{number:012d}"
    account = body + luhn.calc_check_digit(body)
    check = 98 - int(account + "151800") % 97  # FI00 as digits, ISO 13616
    return f"FI{check:02d}{account}"


def phone(county: str, number: int) -> str:
    """A landline number whose subscriber part begins with 000, so that it is nobody's."""
    return f"{AREA_CODES.get(county, '09')} 000 {number % 10_000:04d}"


def slug(name: str) -> str:
    """The name as part of an address: `kaislapuron-paivakehra`."""
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return "-".join("".join(c if c.isalnum() else " " for c in plain).split())
