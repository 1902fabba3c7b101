"""What the states, kinds and faults of service decisions are called on screen, and amounts and values in words."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from marketplace.i18n import _, _l, current_language, money_text, ngettext
from marketplace.ledger.rules import Amount, Unit
from marketplace.money import Money
from marketplace.pilots.vocabulary import BANDS, LAWS
from marketplace.search.quantities import amount_text as quantity_text
from marketplace.vouchers.granting.rules import (
    BadAmount,
    Carry,
    Consumer,
    DecisionKind,
    DecisionStanding,
    DecisionState,
    Every,
    FeeGround,
    Fit,
    ValueKind,
    as_typed,
)

STATES: Final[dict[DecisionState, tuple[Any, str]]] = {
    DecisionState.DRAFT: (_l("Draft"), "neutral"),
    DecisionState.PROPOSED: (_l("Waits for a decision"), "info"),
    DecisionState.MADE: (_l("Made"), "success"),
    DecisionState.REPLACED: (_l("Replaced"), "neutral"),
    DecisionState.DISCARDED: (_l("Discarded"), "neutral"),
}
"""State of a decision → its name and the tone of its tag."""

STANDINGS: Final[dict[DecisionStanding, tuple[Any, str]]] = {
    DecisionStanding.TO_BEGIN: (_l("Begins later"), "info"),
    DecisionStanding.RUNNING: (_l("In force"), "success"),
    DecisionStanding.REPLACED: (_l("Replaced by a later decision"), "neutral"),
    DecisionStanding.OVER: (_l("No longer in force"), "neutral"),
}
"""How a decision stands for the client → its name and the tone of its tag."""

KINDS: Final[dict[DecisionKind, Any]] = {
    DecisionKind.GRANT: _l("Decision on services"),
    DecisionKind.CHANGE: _l("Decision on a change of services"),
    DecisionKind.END: _l("Decision on the end of services"),
}

CONSUMERS: Final[dict[Consumer, Any]] = {
    Consumer.ALONE: _l("Acts as a consumer without support"),
    Consumer.WITH_SUPPORT: _l("Acts as a consumer with somebody’s support"),
    Consumer.NOT_ABLE: _l("Cannot act as a consumer, even with support"),
}

UNITS: Final[dict[Unit, Any]] = {Unit.CENTS: _l("Euros"), Unit.MINUTES: _l("Hours")}

EVERY: Final[dict[Every, Any]] = {
    Every.MONTH: _l("Every month"),
    Every.PERIOD: _l("For the whole time"),
}

CARRIES: Final[dict[Carry, Any]] = {
    Carry.NONE: _l("What is left of a month returns to the organisation"),
    Carry.NEXT_MONTH: _l("What is left of a month may be used in the next one"),
    Carry.PERIOD: _l("What is left of a month may be used until the decision ends"),
}

VALUE_KINDS: Final[dict[ValueKind, Any]] = {
    ValueKind.FIXED: _l("Fixed"),
    ValueKind.INCOME: _l("By income, in a decision of its own"),
}

FEE_GROUNDS: Final[dict[FeeGround, Any]] = {
    FeeGround.FREE_BY_LAW: _l("Free of charge by law: no own share may be left to the client"),
    FeeGround.FREE_BY_DECISION: _l("Free of charge by the organisation’s decision"),
    FeeGround.FIXED_FEE: _l("Fixed client fee"),
    FeeGround.INCOME_TIED: _l("Client fee by income"),
}

FAULTS: Final[dict[str, Any]] = {
    "before_start": _l("The last day cannot be before the first."),
    "too_long": _l("A decision holds for three years at most."),
    "in_the_future": _l("This day has not come yet."),
    "no_grounds": _l("Write the grounds of the decision."),
    "no_consent": _l(
        "Give the day on which the client accepted a service voucher. A client may refuse one; the service is then "
        "arranged in another way."
    ),
    "not_able": _l("A client who cannot act as a consumer gets the service in another way than with a voucher."),
    "no_supporter": _l("Write with whose support the client acts as a consumer."),
    "no_lines": _l("Add at least one service."),
    "not_hours": _l("The budgets of this pilot are not in hours."),
    "not_euros": _l("The budgets of this pilot are not in euros."),
    "no_hours": _l("This service is not priced by the hour, so it is granted in euros."),
    "nothing_to_carry": _l("An amount for the whole time has no months between which anything could move."),
    "outside": _l("The first day must be after the first and at most the last day of the decision that is replaced."),
    "mid_month": _l("Budgets are by the month: choose the first day of a month."),
    "too_large": _l("The amount is too large."),
    "negative": _l("The amount cannot be negative."),
    "sub_cent": _l("Give the amount to the cent."),
    "not_a_number": _l("This is not an amount. Write it like this: 850,50"),
    "thousands": _l("This may be thousands or decimals. Write it like this: 1 000 or 1,00"),
    "other_unit": _l("Write the amount in euros alone, without a unit."),
    "hours_form": _l("This is not a number of hours. Write it like this: 30 or 30,5"),
    "too_many": _l("These are more hours than there are."),
    "no_minutes": _l("Give the hours to the minute, for example 30,5 or 30,25."),
    "nothing": _l("Give more than zero."),
}  # fmt: skip
"""Fault of a decision or a line → what the person reads."""


def amount_fault(error: BadAmount) -> Any:
    """What the person reads about a text that is no amount."""
    return FAULTS["hours_form" if error.code == "not_hours" else error.code]


def amount_text(amount: Amount) -> str:
    """An amount in words: `850,50 €`, `30,5 h`."""
    if amount.unit is Unit.CENTS:
        return money_text(Money(amount.number))
    return f"{as_typed(amount)}\u00a0h"


def granted_text(amount: Amount, every: Every) -> str:
    """What a line grants: `30 h a month`."""
    if every is Every.MONTH:
        return _("%(amount)s a month", amount=amount_text(amount))
    return _("%(amount)s for the whole time", amount=amount_text(amount))


def units_text(number: Decimal, unit: str) -> str:
    """An amount of a price's units in words: `30,5 h`, `12 päivää`, `15 matkaa`."""
    return quantity_text(number, unit).replace(" ", "\u00a0", 1)


def _plain(number: Decimal) -> str:
    return f"{number:f}".replace(".", ",")


def band_name(key: str) -> str:
    """A band in the reader's language."""
    return str(BANDS[key].name.text(current_language())[0])


def fit_text(fit: Fit, place: str) -> str:
    """What a line buys in one band from those who can take a client, in a sentence, and in another who cannot; `place`
    is where the providers are counted.
    """
    if not fit.providers:
        return ngettext(
            "%(band)s: the only provider in %(place)s is full now.",
            "%(band)s: all %(num)d providers in %(place)s are full now.",
            fit.full,
            band=band_name(fit.band),
            place=place,
        )
    full = ngettext(
        "%(num)d more provider there is full now.", "%(num)d more providers there are full now.", fit.full
    )
    return f"{_bought_text(fit, place)} {full}" if fit.full else _bought_text(fit, place)


def _bought_text(fit: Fit, place: str) -> str:
    band = band_name(fit.band)
    if not fit.enough:
        return ngettext(
            "%(band)s: the value buys nothing from the only provider in %(place)s.",
            "%(band)s: the value buys nothing from any of the %(num)d providers in %(place)s.",
            fit.providers,
            band=band,
            place=place,
        )
    bought = units_text(fit.most, fit.unit)
    if fit.least != fit.most:
        bought = f"{_plain(fit.least)}–{bought}"
    return ngettext(
        "%(band)s: this buys %(bought)s from %(enough)d of %(num)d provider in %(place)s.",
        "%(band)s: this buys %(bought)s from %(enough)d of %(num)d providers in %(place)s.",
        fit.providers,
        band=band,
        bought=bought,
        enough=fit.enough,
        place=place,
    )


def bands_text(keys: Sequence[str]) -> str:
    """The bands that are allowed, in a row."""
    return ", ".join(map(band_name, keys)) if keys else _("All times of day and week")


def provision_text(basis: str) -> str:
    """A provision as a decision names it: `675/2023 24 §` with the name of the law, where `laws.yaml` has it."""
    basis = basis.replace(" §", "\N{NO-BREAK SPACE}§")
    number, _blank, section = basis.partition(" ")
    if number not in LAWS or not section:
        return basis
    return f"{LAWS[number].name[current_language()]} ({number}) {section}."
