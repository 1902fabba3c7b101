"""What the states and faults of agreements are called on screen."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from marketplace.i18n import _, _l, lazy_pgettext, money_text
from marketplace.ledger.rules import Amount
from marketplace.pilots.labels import price_text
from marketplace.search.quantities import amount_text as quantity_text
from marketplace.vouchers.granting.labels import amount_text, band_name
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AgreementParty, AgreementStanding, AgreementState

STATES: Final[dict[AgreementStanding, tuple[Any, str]]] = {
    AgreementStanding.REQUESTED: (_l("Waits for the provider"), "warning"),
    AgreementStanding.RUNNING: (_l("In force"), "success"),
    AgreementStanding.COMING: (_l("Begins later"), "info"),
    AgreementStanding.ENDING: (lazy_pgettext("agreement", "Ends"), "warning"),
    AgreementStanding.ENDED: (lazy_pgettext("agreement", "Ended"), "neutral"),
    AgreementStanding.CALLED_OFF: (_l("Called off before it began"), "neutral"),
    AgreementStanding.DECLINED: (_l("Request declined"), "danger"),
    AgreementStanding.LAPSED: (_l("Request not answered in time"), "neutral"),
    AgreementStanding.WITHDRAWN: (_l("Request withdrawn"), "neutral"),
    AgreementStanding.PRICE_CHANGED: (_l("The price changed"), "warning"),
    AgreementStanding.MISTAKEN: (_l("Recorded by mistake"), "neutral"),
}
"""How an agreement stands → its name and the tone of its tag."""

STATE_NAMES: Final[dict[AgreementState, Any]] = {
    AgreementState.REQUESTED: STATES[AgreementStanding.REQUESTED][0],
    AgreementState.IN_FORCE: STATES[AgreementStanding.RUNNING][0],
    AgreementState.ENDING: STATES[AgreementStanding.ENDING][0],
    AgreementState.STOPPED: _l("Ended at once"),
    **{
        AgreementState(each.value): STATES[each][0]
        for each in AgreementStanding
        if each.value in {"called_off", "declined", "lapsed", "withdrawn", "price_changed", "mistaken"}
    },
}
"""State of an agreement → its name, for the trail."""

PARTIES: Final[dict[AgreementParty, Any]] = {
    AgreementParty.CLIENT: _l("The client"),
    AgreementParty.HELPER: _l("A helper, for the client"),
    AgreementParty.PROVIDER: _l("The provider"),
    AgreementParty.OFFICE: _l("The client’s counsellor"),
}
"""Who asked for an agreement or ended it."""

FILTERS: Final[dict[str, Any]] = {
    "open": _l("In force or to begin"),
    "requested": _l("Waits for the provider"),
    "touched": _l("Provider unavailable"),
    "ended": lazy_pgettext("agreement", "Ended"),
}
"""What the register can be narrowed to."""

FAULTS: Final[dict[str, Any]] = {
    "before_approval": _l("The provider had not been approved for this service on that day."),
    "before_offer": _l("The service had no prices yet on that day."),
    "after_offer": _l("The service has ended by that day."),
    "too_far": _l("The first day is more than a year away. Check the year."),
    "before_start": _l("The agreement cannot end before it begins."),
    "after_end": _l("The agreement ends before that day already."),
    "no_end": _l("The agreement has no last day that could be moved on."),
    "not_later": _l("Give a day later than the last day so far, or leave the field empty."),
    "before_notice": _l("The last day is earlier than the period of notice allows."),
    "settled": _l("Services have been recorded for a later day. The agreement cannot end before it."),
}
"""Fault of a number or of days → what the person reads."""


def wanted_texts(agreement: Agreement) -> list[str]:
    """How much of each band is wanted in a month: `Weekday day: 10 h, 25,00 €/h`."""
    rows = {row.band: row for row in agreement.version.prices}
    return [
        _(
            "%(band)s: %(much)s × %(price)s",
            band=band_name(band),
            much=quantity_text(Decimal(much), rows[band].unit),
            price=price_text(rows[band].amount, rows[band].unit),
        )
        for band, much in agreement.wanted.items()
    ]


def own_share_texts(agreement: Agreement) -> list[str]:
    """By band of an agreement whose hour costs more than its value in the decision, who pays what of it."""
    line = agreement.line
    if line is None or not line.value.own_share_allowed:
        return []
    return [
        _(
            "%(band)s: of an hour the organisation pays %(owed)s and the client pays %(own)s to the provider.",
            band=band_name(row.band),
            owed=money_text(line.value.owed_each(row.unit, row.amount)),
            own=money_text(line.value.beyond(row.unit, row.amount)),
        )
        for row in agreement.version.prices
        if line.facts.pays(row.band, row.unit) and line.value.beyond(row.unit, row.amount).cents
    ]


def held_text(agreement: Agreement) -> str:
    """What the agreement takes of the budget each month; empty when it takes nothing."""
    line, monthly = agreement.line, agreement.monthly
    return "" if line is None or monthly is None else amount_text(Amount(line.unit, monthly))
