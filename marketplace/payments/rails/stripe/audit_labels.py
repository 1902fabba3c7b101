"""What the fields of accounts at Stripe are called in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from marketplace.audit.fields import Field, numbered
from marketplace.i18n import _l

FIELDS: Final[dict[str, Field]] = {
    "stripe_account.account": Field(_l("Account at Stripe")),
    "stripe_account.provider": Field(_l("Provider"), numbered),
}


def fields() -> Mapping[str, Field]:
    """The words of this room’s fields, for the slot `audit.fields`."""
    return FIELDS
