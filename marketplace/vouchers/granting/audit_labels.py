"""What the fields of service decisions are called in the audit trail, and how their values read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marketplace.audit.fields import About, Field, cents, choice, day
from marketplace.i18n import _l
from marketplace.ledger.rules import Amount, Unit
from marketplace.vouchers.granting.labels import KINDS, STATES, amount_text


def minutes(value: Any, _about: About) -> str:
    """Minutes as hours."""
    return amount_text(Amount(Unit.MINUTES, int(value)))


FIELDS: Final[dict[str, Field]] = {
    "service_decision.cents": Field(_l("Amount"), cents),
    "service_decision.kind": Field(_l("Kind"), choice(KINDS)),
    "service_decision.lines": Field(_l("Lines")),
    "service_decision.minutes": Field(_l("Hours"), minutes),
    "service_decision.number": Field(_l("Number")),
    "service_decision.posted_on": Field(_l("Posted on"), day),
    "service_decision.state": Field(
        _l("State"), choice({state: name for state, (name, _tone) in STATES.items()})
    ),
}


def fields() -> Mapping[str, Field]:
    """The words of this part's fields, for the slot `audit.fields`."""
    return FIELDS
