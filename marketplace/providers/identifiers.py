"""Numbers that can be checked: a business ID, an account number and its bank, an e-invoice address."""

from __future__ import annotations

import re
from typing import Final

from stdnum import iban
from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.fi import ytunnus

from marketplace.errors import Invalid
from marketplace.i18n import _l
from marketplace.text import one_line


def normal_business_id(text: str) -> str:
    """The business ID as `1234567-8`. Raises Invalid when it is not one, or its check digit is wrong."""
    written = one_line(text)
    if re.fullmatch(r"\d{6}-?\d", written):
        raise Invalid(
            _l(
                "A business ID has seven digits before the hyphen. An old one with six gets a 0 in front: "
                "write 737546-2 as 0737546-2."
            ),
            field="business_id",
        )
    try:
        return str(ytunnus.format(ytunnus.validate(written)))
    except InvalidChecksum as error:
        raise Invalid(
            _l("The check digit of the business ID does not match. Look for a slip of the hand: 1234567-8."),
            field="business_id",
        ) from error
    except ValidationError as error:
        raise Invalid(
            _l("A business ID has seven digits, a hyphen and a check digit. Write it like this: 1234567-8."),
            field="business_id",
        ) from error


def normal_iban(text: str) -> str:
    """The account number without blanks, or an empty text for none. Raises Invalid when its check digits are wrong."""
    if not text.strip():
        return ""
    try:
        return str(iban.validate(text))
    except ValidationError as error:
        raise Invalid(
            _l(
                "This is not a valid account number (IBAN). A Finnish one looks like this: FI21 1234 5600 0007 85."
            ),
            field="iban",
        ) from error


BANKS: Final = {
    **dict.fromkeys(("1", "2"), "NDEAFIHH"),
    "31": "HANDFIHH",
    "33": "ESSEFIHX",
    "34": "DABAFIHX",
    **dict.fromkeys(("36", "39"), "SBANFIHH"),
    "37": "DNBAFIHX",
    "38": "SWEDFIHH",
    "4": "ITELFIHH",
    **dict.fromkeys(("405", "497"), "HELSFIHH"),
    "47": "POPFFI22",
    "5": "OKOYFIHH",
    "6": "AABAFI22",
    "713": "CITIFIHX",
    "715": "ITELFIHH",
    "717": "BIGKFIH1",
    "799": "HOLVFIHH",
    "8": "DABAFIHH",
}
"""First digits of a Finnish account number → the bank's BIC; the longest that fits holds (list of Finance Finland)."""


def bic_of(account: str) -> str:
    """The BIC of the bank of a Finnish account number, or an empty text when the bank is not known here."""
    if not account.startswith("FI"):
        return ""
    digits = account[4:]
    return next((BANKS[digits[:length]] for length in (3, 2, 1) if digits[:length] in BANKS), "")


_OVT: Final = re.compile(r"0037(\d{8})[0-9A-Z]{0,5}")
_OPERATOR: Final = re.compile(r"[0-9A-Z]{4,20}")


def normal_einvoice_address(text: str, *, business_id: str) -> str:
    """An e-invoice address in one form: an OVT code or an account number; an empty text for none.

    An OVT code is 0037, the digits of the business ID and at most five characters of the company's own (SFS 5748), so
    another company's is refused. Raises Invalid.
    """
    code = re.sub(r"[\s-]", "", text).upper()
    if not code:
        return ""
    if iban.is_valid(code):
        return code
    ovt = _OVT.fullmatch(code)
    if ovt is None:
        raise Invalid(
            _l(
                "This is not an e-invoice address. It is the code 0037 and the digits of your business ID, "
                "for example 003712345678, or an account number."
            ),
            field="einvoice_address",
        )
    if ovt[1] != business_id.replace("-", ""):
        raise Invalid(
            _l("The digits after 0037 are not those of your business ID. Look for a slip of the hand."),
            field="einvoice_address",
        )
    return code


def normal_einvoice_operator(text: str) -> str:
    """The code of an e-invoice operator in one form; an empty text for none. Raises Invalid."""
    code = re.sub(r"[\s-]", "", text).upper()
    if code and not _OPERATOR.fullmatch(code):
        raise Invalid(
            _l("An operator’s code has 4–20 letters and digits, for example 003721291126 or NDEAFIHH."),
            field="einvoice_operator",
        )
    return code
