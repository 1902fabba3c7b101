"""What the fields of deliveries are called in the audit trail, and how their values read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marketplace.audit.fields import About, Field, cents, day, numbered
from marketplace.deliveries.labels import KINDS, STATES
from marketplace.deliveries.rules import DeliveryKind, DeliveryState
from marketplace.i18n import _l


def _state(value: Any, _about: About) -> str:
    return str(STATES[DeliveryState(value)][0])


def _kind(value: Any, _about: About) -> str:
    return str(KINDS[DeliveryKind(value)])


FIELDS: Final[dict[str, Field]] = {
    "delivery.ask_each_time": Field(_l("Asked each time")),
    "delivery.agreement": Field(_l("Agreement"), numbered),
    "delivery.key": Field(_l("Key of the program"), numbered),
    "delivery.amount": Field(_l("Amount"), cents),
    "delivery.day": Field(_l("Day"), day),
    "delivery.due_on": Field(_l("To be settled by"), day),
    "delivery.kind": Field(_l("Kind"), _kind),
    "delivery.message": Field(_l("Message"), numbered),
    "delivery.state": Field(_l("State"), _state),
}


def fields() -> Mapping[str, Field]:
    """The words of this room’s fields, for the slot `audit.fields`."""
    return FIELDS
