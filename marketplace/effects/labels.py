"""What waves, states and ways of answering are called on screen."""

from __future__ import annotations

from typing import Any, Final

from marketplace.effects.rules import START, AskingState, Keeping, Way
from marketplace.i18n import _, _l, ngettext

STATES: Final[dict[AskingState, tuple[Any, str]]] = {
    AskingState.DUE: (_l("Waits for answers"), "info"),
    AskingState.OPENED: (_l("Begun"), "info"),
    AskingState.ANSWERED: (_l("Has answered"), "success"),
    AskingState.CLOSED: (_l("Has answered, but not sent the answers"), "success"),
    AskingState.SKIPPED: (_l("Does not want to answer this time"), "neutral"),
    AskingState.LAPSED: (_l("Time to answer is over"), "neutral"),
    AskingState.STOPPED: (_l("Not asked any more"), "neutral"),
}
"""State → what staff read, and its tone."""

OWN_STATES: Final[dict[AskingState, Any]] = {
    AskingState.DUE: _l("You can answer"),
    AskingState.OPENED: _l("You have begun"),
    AskingState.ANSWERED: _l("You have answered"),
    AskingState.CLOSED: _l("You have answered"),
    AskingState.SKIPPED: _l("You did not want to answer"),
    AskingState.LAPSED: _l("The time to answer is over"),
    AskingState.STOPPED: _l("You are not asked any more"),
}
"""State → what the client reads."""

WAYS: Final[dict[Way, Any]] = {Way.PORTAL: _l("On the portal"), Way.PAPER: _l("On paper")}

KEEPINGS: Final[dict[Keeping, Any]] = {
    Keeping.DELETE: _l("Delete my answers"),
    Keeping.KEEP: _l("Keep my answers, but do not ask me any more"),
}
"""What the client chooses when nobody is to ask any more."""

OF_CLIENT: Final[dict[Keeping, Any]] = {
    Keeping.DELETE: _l("Delete the answers"),
    Keeping.KEEP: _l("Keep the answers, but do not ask any more"),
}
"""The same as the counsellor reads it."""


def wave_name(wave: int) -> str:
    """When in the course of the budget somebody is asked."""
    if wave == START:
        return _("At the start")
    return ngettext("After %(num)d month", "After %(num)d months", wave)
