"""What is waited for is called, to the office and to the provider, and what is wrong with a new day."""

from __future__ import annotations

from typing import Any, Final

from marketplace.approvals.serving.labels import TOO_SOON
from marketplace.approvals.serving.rules import Served
from marketplace.decisions.rules import MAX_TEXT
from marketplace.i18n import _l

AWAITED: Final[dict[Served, Any]] = {
    Served.HEARING: _l("The answer to the hearing"),
    Served.COMPLETION: _l("The completion of the application"),
    Served.MEASURE_HEARING: _l("The explanation on the approval"),
    Served.REQUEST: _l("The answer to the request"),
    Served.DECISION: _l("The condition of the approval"),
    Served.MEASURE_DECISION: _l("The condition of the approval"),
}
"""What the office has asked for → what it waits for."""

ASKED_OF_YOU: Final[dict[Served, Any]] = {
    Served.HEARING: _l("your answer to the hearing"),
    Served.COMPLETION: _l("the completion of your application"),
    Served.MEASURE_HEARING: _l("your explanation on your approval"),
    Served.REQUEST: _l("your answer to the request of the office"),
    Served.DECISION: _l("you to meet a condition of your approval"),
    Served.MEASURE_DECISION: _l("you to meet a condition of your approval"),
}
"""The same inside a sentence to the provider."""

FAULTS: Final[dict[str, Any]] = {
    "not_later": _l("Give a day after the present one: time that was given is not taken back."),
    "past": TOO_SOON,
    "no_reason": _l("Write why the day is put off. The provider reads it."),
    "too_long": _l("The text is too long: at most %(max)d characters.", max=MAX_TEXT),
}
"""Fault of `rules.put_off_faults` → what the person reads."""
