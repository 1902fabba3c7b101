"""What the fields of statements are called in the audit trail, and how their values read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from marketplace.audit.fields import Field, cents, choice, day, numbered
from marketplace.i18n import _l
from marketplace.payments.statements.labels import STATES

FIELDS: Final[dict[str, Field]] = {
    "statement.key": Field(_l("Key of the program"), numbered),
    "statement.first_number": Field(_l("First number")),
    "statement.last_number": Field(_l("Last number")),
    "statement.month": Field(_l("Month that begins on"), day),
    "statement.state": Field(_l("State"), choice(STATES)),
    "statement.statements": Field(_l("Statements")),
    "statement.total": Field(_l("Total"), cents),
}


def fields() -> Mapping[str, Field]:
    """The words of this part's fields, for the slot `audit.fields`."""
    return FIELDS
