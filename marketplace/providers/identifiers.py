"""Numbers with check digits: the business ID of a Finnish organisation and its account number."""

from __future__ import annotations

from stdnum import iban
from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.fi import ytunnus

from marketplace.errors import Invalid
from marketplace.i18n import _l


def normal_business_id(text: str) -> str:
    """The business ID as `1234567-8`. Raises Invalid when it is not one, or its check digit is wrong."""
    try:
        return str(ytunnus.format(ytunnus.validate(text)))
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
