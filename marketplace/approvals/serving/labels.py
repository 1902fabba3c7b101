"""What is served is called, how it goes, and what is wrong with a day."""

from __future__ import annotations

from typing import Any, Final

from marketplace.approvals.serving.rules import Served
from marketplace.decisions.rules import HEARING_DAYS, LEAST_DAYS, Channel
from marketplace.i18n import _l

KINDS: Final[dict[Served, Any]] = {
    Served.HEARING: _l("Hearing before a rejection"),
    Served.COMPLETION: _l("Completion request"),
    Served.COMPLETION_END: _l("Word that a completion request was taken back"),
    Served.DECISION: _l("Decision on an application"),
    Served.CORRECTION: _l("Correction of a decision"),
    Served.MEASURE_HEARING: _l("Hearing on an approval"),
    Served.MEASURE_DECISION: _l("Decision on an approval"),
    Served.MEASURE_END: _l("Word that nothing is decided"),
    Served.REQUEST: _l("Request of the office"),
    Served.NOT_MET: _l("Word that something has not been met or answered"),
    Served.PUT_OFF: _l("Word that a last day has been put off"),
    Served.CIRCULAR: _l("Message to many providers"),
}
"""What is served → its name."""

CHANNELS: Final[dict[Channel, Any]] = {
    Channel.PEOPLE: _l("By e-mail to the people of the company"),
    Channel.COMPANY: _l("By e-mail to the company’s own address"),
    Channel.POST: _l("By post"),
}
"""How it goes → in words."""

TOO_SOON: Final = _l("Give the provider at least until tomorrow to answer.")

SHORT_HEARING: Final = _l(
    "A hearing takes at least %(days)d days. Write why the provider gets fewer.", days=HEARING_DAYS
)

SHORT_COMPLETION: Final = _l(
    "A completion takes at least %(days)d days. Write why the provider gets fewer.", days=LEAST_DAYS
)

POSTING_FAULTS: Final[dict[str, Any]] = {
    "not_then": _l("The letter was posted between the day it was written and today."),
    "not_received_then": _l("The letter was received between the day it was posted and today."),
}
"""Fault of `rules.posting_fault` → what the person reads."""
