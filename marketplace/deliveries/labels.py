"""What the kinds, states and faults of deliveries are called on the screen."""

from __future__ import annotations

from typing import Final

from marketplace.deliveries.rules import DeliveryFlaw, DeliveryKind, DeliveryState, PricedDelivery
from marketplace.i18n import _, _l, with_unit
from marketplace.ledger.rules import Amount, Unit
from marketplace.vouchers.granting.labels import amount_text, units_text
from marketplace.vouchers.granting.rules import whole_units

KINDS: Final = {
    DeliveryKind.GIVEN: _l("Service given"),
    DeliveryKind.CANCELLED_LATE: _l("Cancelled late by the client"),
}

STATES: Final = {
    DeliveryState.RECORDED: (_l("Recorded, the client can object"), "info"),
    DeliveryState.CONFIRMED: (_l("Confirmed, not paid yet"), "success"),
    DeliveryState.DISPUTED: (_l("Disputed"), "warning"),
    DeliveryState.REJECTED: (_l("Rejected, will not be paid"), "danger"),
    DeliveryState.WITHDRAWN: (_l("Withdrawn by the provider"), "neutral"),
    DeliveryState.REVERSED: (_l("Taken back after it was confirmed"), "neutral"),
}
"""State → its words and its tone. Confirmed is not paid, and the words say so."""

CLIENT_STATES: Final = {
    **STATES,
    DeliveryState.RECORDED: (_l("Waits for you"), "info"),
    DeliveryState.CONFIRMED: (_l("Confirmed"), "success"),
    DeliveryState.DISPUTED: (_l("You have objected"), "warning"),
}
"""The same as the client reads them."""

FAULTS: Final = {
    DeliveryFlaw.NO_AGREEMENT: _l("You have no agreement with this client in this service."),
    DeliveryFlaw.IN_FUTURE: _l("The visit has not ended yet. Record it afterwards."),
    DeliveryFlaw.ENDS_FIRST: _l(
        "The end must come after the beginning. A visit over midnight lasts at most 16 hours."
    ),
    DeliveryFlaw.TOO_LONG: _l("One visit is at most 24 hours. Record several visits one by one."),
    DeliveryFlaw.TOO_OLD: _l("The day lies too far back. Ask the organisation that pays you."),
    DeliveryFlaw.BEFORE_AGREEMENT: _l("The agreement had not begun on this day."),
    DeliveryFlaw.AFTER_AGREEMENT: _l("The agreement had ended by this day."),
    DeliveryFlaw.NOT_APPROVED: _l("Your service was not approved on this day."),
    DeliveryFlaw.CLIENT_ELSEWHERE: _l("Another visit to the same client has been recorded at this time."),
    DeliveryFlaw.WORKER_ELSEWHERE: _l("The same worker has another visit at this time."),
    DeliveryFlaw.NO_CANCELLATION: _l("Late cancellations are not paid in this pilot."),
    DeliveryFlaw.NO_CANCELLED_AT: _l("Say when the client cancelled. It cannot lie in the future."),
    DeliveryFlaw.CANCELLED_IN_TIME: _l("The client cancelled in time, so nothing is charged for the visit."),
    DeliveryFlaw.NOT_IN_DECISION: _l("The client’s decision gives no budget for this day."),
    DeliveryFlaw.OVER_BUDGET: _l("There is not so much left of what your agreement with the client holds."),
    DeliveryFlaw.NO_PRICE: _l("The agreement has no price for this time or service."),
    DeliveryFlaw.ABOVE_VALUE: _l(
        "The price is higher than the value of an hour in the client’s decision. The service is free of charge by law, "
        "so nobody may pay the rest. Speak with the client’s counsellor."
    ),
    DeliveryFlaw.NEEDS_TIMES: _l("This service is counted in hours: give the times when it began and ended."),
    DeliveryFlaw.NEEDS_QUANTITY: _l(
        "This service is not counted in hours: choose the price and give how many."
    ),
    DeliveryFlaw.BAD_QUANTITY: _l("Give a quantity above zero with at most two decimals."),
    DeliveryFlaw.NO_ACTIVITY: _l("Say in a few words what was done."),
    DeliveryFlaw.TOO_LONG_TEXT: _l("The text is too long."),
    DeliveryFlaw.IDENTITY_CODE: _l("Never write a personal identity code here."),
    DeliveryFlaw.OTHER_BEFORE: _l("Another delivery with the same number of yours has been recorded before."),
}
"""What is wrong, in sentences for the provider."""

FIELDS: Final = {
    DeliveryFlaw.IN_FUTURE: "day",
    DeliveryFlaw.ENDS_FIRST: "end",
    DeliveryFlaw.TOO_LONG: "end",
    DeliveryFlaw.TOO_OLD: "day",
    DeliveryFlaw.BEFORE_AGREEMENT: "day",
    DeliveryFlaw.AFTER_AGREEMENT: "day",
    DeliveryFlaw.NOT_APPROVED: "day",
    DeliveryFlaw.CLIENT_ELSEWHERE: "start",
    DeliveryFlaw.WORKER_ELSEWHERE: "worker",
    DeliveryFlaw.NO_CANCELLATION: "kind",
    DeliveryFlaw.NO_CANCELLED_AT: "cancelled_day",
    DeliveryFlaw.CANCELLED_IN_TIME: "cancelled_day",
    DeliveryFlaw.NOT_IN_DECISION: "day",
    DeliveryFlaw.OVER_BUDGET: "end",
    DeliveryFlaw.NO_PRICE: "start",
    DeliveryFlaw.ABOVE_VALUE: "start",
    DeliveryFlaw.NEEDS_TIMES: "start",
    DeliveryFlaw.NEEDS_QUANTITY: "quantity",
    DeliveryFlaw.BAD_QUANTITY: "quantity",
    DeliveryFlaw.NO_ACTIVITY: "activity",
    DeliveryFlaw.TOO_LONG_TEXT: "activity",
    DeliveryFlaw.IDENTITY_CODE: "activity",
    DeliveryFlaw.OTHER_BEFORE: "reference",
}
"""The field of the form at which a fault is told."""


def duration_text(minutes: int) -> str:
    """Minutes in words: `1 h 30 min`."""
    hours, rest = divmod(minutes, 60)
    parts = [with_unit(hours, "h")] * bool(hours) + [with_unit(rest, "min")] * bool(rest)
    return " ".join(parts)


def would_fit(room: Amount, priced: PricedDelivery) -> str:
    """What of a delivery would fit into what is left: in its own unit where it has one price, otherwise in euros."""
    line = priced.lines[0] if len(priced.lines) == 1 else None
    if room.unit is Unit.MINUTES:
        fits = duration_text(room.number)
    elif line is None:
        fits = amount_text(room) if room.number else ""
    else:
        count = whole_units(room.number, line.unit, line.owed_each)
        fits = duration_text(int(count * 60)) if line.minutes is not None else ""
        fits = fits or (units_text(count, line.unit) if count and line.minutes is None else "")
    if not fits:
        return _("Nothing is left of what your agreement with the client holds for this time.")
    return _(
        "There is not so much left of what your agreement with the client holds. %(fits)s would fit.",
        fits=fits,
    )
