"""What the fields of agreements are called in the audit trail, and how their values read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from marketplace.audit.fields import Field, cents, day, numbered
from marketplace.i18n import _l
from marketplace.vouchers.granting.audit_labels import minutes

FIELDS: Final[dict[str, Field]] = {
    "agreement.ends_on": Field(_l("Last day"), day),
    "agreement.monthly_cents": Field(_l("From the client’s budget each month"), cents),
    "agreement.monthly_minutes": Field(_l("From the client’s budget each month"), minutes),
    "agreement.offer": Field(_l("Offer"), numbered),
    "agreement.opened": Field(_l("Agreements seen")),
    "agreement.starts_on": Field(_l("First day"), day),
}


def fields() -> Mapping[str, Field]:
    """The words of this room’s fields, for the slot `audit.fields`."""
    return FIELDS
