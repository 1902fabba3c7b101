"""What the states and faults of people near to clients are called on screen."""

from __future__ import annotations

from typing import Any, Final

from marketplace.i18n import _l, current_language, money_text
from marketplace.money import Money
from marketplace.pilots.vocabulary import SERVICES, UNITS
from marketplace.vouchers.own_people.rules import OwnPersonState

OWN_PERSON_STATES: Final[dict[OwnPersonState, tuple[Any, str]]] = {
    OwnPersonState.PROPOSED: (_l("Waits for a decision"), "info"),
    OwnPersonState.APPROVED: (_l("Approved"), "success"),
    OwnPersonState.REFUSED: (_l("Not approved"), "danger"),
    OwnPersonState.TAKEN_BACK: (_l("Proposal taken back"), "neutral"),
    OwnPersonState.ENDED: (_l("The approval has its last day"), "neutral"),
    OwnPersonState.WITHDRAWN: (_l("Approval withdrawn"), "danger"),
}
"""State → its name and the tone of its tag."""

OWN_PERSON_FAULTS: Final[dict[str, Any]] = {
    "no_such_unit": _l("Choose what the person is paid for from the list."),
    "no_price": _l("Write the price that you have agreed."),
    "decides": _l(
        "This person may act for the client by a mandate. Nobody who decides for a client can be paid for the client’s "
        "support. Revoke the mandate first, or propose somebody else."
    ),
    "past": _l("The last day has gone by already."),
    "settled": _l("Services have been recorded for a later day than this."),
}
"""Fault → what the person reads; that a price is above the highest one is told with the price."""


def paid_for_text(service_key: str, unit: str) -> str:
    """What a person is paid for: `Henkilökohtainen apu, tunti`."""
    language = current_language()
    return f"{SERVICES[service_key].name[language]}, {UNITS[unit].name[language]}"


def price_text(price: Money, unit: str) -> str:
    """A price with its unit: `16,00 €/h`."""
    return f"{money_text(price)}/{UNITS[unit].short[current_language()]}"
