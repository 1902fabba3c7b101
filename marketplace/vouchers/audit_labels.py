"""What the fields of agreements are called in the audit trail, and how their values read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from marketplace.audit.fields import Field, cents, choice, day, numbered
from marketplace.i18n import _l
from marketplace.vouchers.granting.audit_labels import minutes
from marketplace.vouchers.labels import STATE_NAMES

FIELDS: Final[dict[str, Field]] = {
    "agreement.ends_on": Field(_l("Last day"), day),
    "agreement.monthly_cents": Field(_l("From the client’s budget each month"), cents),
    "agreement.monthly_minutes": Field(_l("From the client’s budget each month"), minutes),
    "agreement.offer": Field(_l("Offer"), numbered),
    "agreement.opened": Field(_l("Agreements seen")),
    "agreement.replaces": Field(_l("Takes the place of the agreement"), numbered),
    "agreement.starts_on": Field(_l("First day"), day),
    "agreement.state": Field(_l("State"), choice(STATE_NAMES)),
}


def fields() -> Mapping[str, Field]:
    """The words of this room’s fields, for the slot `audit.fields`."""
    return FIELDS
