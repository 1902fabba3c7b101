"""What the states of requests for a review and of legal force are called."""

from __future__ import annotations

from typing import Any, Final

from marketplace.approvals.contesting.models import ReviewRequest
from marketplace.approvals.contesting.rules import Force, LegalForce, ReviewAction, ReviewState
from marketplace.i18n import _, _l, date_text

STATES: Final[dict[ReviewState, tuple[Any, str]]] = {
    ReviewState.PENDING: (_l("Under review"), "warning"),
    ReviewState.UPHELD: (_l("The decision stays in force"), "neutral"),
    ReviewState.CHANGED: (_l("The decision was changed"), "info"),
    ReviewState.SET_ASIDE: (_l("The decision was set aside"), "danger"),
    ReviewState.DISMISSED: (_l("The request was not examined"), "neutral"),
}
"""State of a request → its name and the tone of its tag."""

OUTCOMES: Final[dict[ReviewAction, Any]] = {
    ReviewAction.UPHOLD: _l("The decision stays in force"),
    ReviewAction.CHANGE: _l("The decision was changed"),
    ReviewAction.SET_ASIDE: _l("The decision was set aside"),
    ReviewAction.DISMISS: _l("The request was not examined"),
}
"""What came of a review → in words."""

FAULTS: Final[dict[str, Any]] = {
    "received_on": _l("The request came between the day of the decision and today."),
    "decided_on": _l("The review was decided between the day on which the request came and today."),
}
"""Field of a day that cannot be → what the person reads."""


def force_text(found: LegalForce) -> str:
    """Where a decision stands on its way to legal force, in a sentence."""
    day = date_text(found.day)
    texts = {
        Force.UNSERVED: _("The decision has not reached the provider yet, so that no time runs."),
        Force.OPEN: _("A review can be asked for until %(day)s.", day=day),
        Force.PENDING: _("A review is under way: the decision has no legal force yet."),
        Force.FINAL: _("The decision has had legal force since %(day)s.", day=day),
        Force.UPHELD: _(
            "The review of %(day)s left the decision in force. It has legal force unless that is appealed against.",
            day=day,
        ),
        Force.CHANGED: _("The review of %(day)s changed the decision.", day=day),
        Force.SET_ASIDE: _("The review of %(day)s set the decision aside.", day=day),
    }
    return texts[found.force]


def own_force_text(found: LegalForce) -> str:
    """The same, said to the provider."""
    if found.force is Force.UNSERVED:
        return _(
            "The decision has not been served on you yet. The time for asking for a review has not begun."
        )
    return force_text(found)


def settled_text(request: ReviewRequest, number: str) -> str:
    """Who decided on a request for a review of decision `number`, when, and what came of it, in a sentence."""
    known = {"who": request.decided_by, "day": date_text(request.decided_on), "number": number}
    texts = {
        ReviewState.UPHELD: _(
            "%(who)s settled the review of decision %(number)s on %(day)s: it stays in force.", **known
        ),
        ReviewState.CHANGED: _(
            "%(who)s settled the review of decision %(number)s on %(day)s: it was changed.", **known
        ),
        ReviewState.SET_ASIDE: _(
            "%(who)s settled the review of decision %(number)s on %(day)s: it was set aside.", **known
        ),
        ReviewState.DISMISSED: _(
            "%(who)s did not examine the request for a review of decision %(number)s (%(day)s).", **known
        ),
    }
    return texts[request.state]
