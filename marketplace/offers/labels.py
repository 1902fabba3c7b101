"""What the states of offers, free places and the contents of a price are called on screen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

from marketplace.i18n import _, _l, date_text, helsinki_date, listed, ngettext
from marketplace.offers.models import Offer
from marketplace.offers.rules import Availability, Hidden, OfferState, VersionState

INCLUDES: Final[dict[str, Any]] = {
    "travel": _l("The worker’s travel"),
    "transport": _l("Transport there and back"),
    "meals": _l("Meals"),
    "materials": _l("Materials"),
    "equipment": _l("Equipment and aids"),
    "assistance": _l("Help with getting in and out"),
}


def included_text(keys: Iterable[str]) -> str:
    """What a price includes, in a row; a key that is not known any more is left out."""
    return listed([str(INCLUDES[key]) for key in keys if key in INCLUDES])


AVAILABILITY: Final[dict[Availability, Any]] = {
    Availability.UNTOLD: _l("Free places not told"),
    Availability.NOW: _l("Free now"),
    Availability.FROM: _l("Free from a date"),
    Availability.QUEUE: _l("There is a queue"),
    Availability.FULL: _l("Full"),
}


AVAILABILITY_TONES: Final[dict[str, str]] = {
    Availability.UNTOLD: "neutral",
    Availability.NOW: "success",
    Availability.FROM: "info",
    Availability.QUEUE: "warning",
    Availability.FULL: "neutral",
}


OFFER_STATES: Final[dict[OfferState, tuple[Any, str]]] = {
    OfferState.DRAFT: (_l("Draft"), "neutral"),
    OfferState.PUBLISHED: (_l("Published"), "success"),
    OfferState.ENDED: (_l("Ended"), "neutral"),
    OfferState.PRIVATE: (_l("For one client only"), "neutral"),
}
"""State of an offer → its name and the tone of its tag."""


HIDDEN: Final[dict[Hidden, Any]] = {
    Hidden.PROVIDER_PAUSED: _l("The provider has paused its services."),
    Hidden.PROVIDER_LEFT: _l("The provider has left the portal."),
    Hidden.APPROVAL_SUSPENDED: _l("The approval of the service has been suspended."),
    Hidden.APPROVAL_WITHDRAWN: _l("The approval of the service has been withdrawn."),
    Hidden.APPROVAL_ENDING: _l(
        "The provider has left. It serves its present clients until the approval ends."
    ),
    Hidden.APPROVAL_ENDED: _l("The approval of the service has ended."),
    Hidden.APPROVAL_PRIVATE: _l("The person is approved for one client only."),
    Hidden.APPROVAL_PRIVATE_ENDED: _l("The person’s approval has ended."),
    Hidden.PRIVATE: _l("The service is for one client only."),
    Hidden.DRAFT: _l("The offer is a draft."),
    Hidden.ENDED: _l("The offer has ended."),
    Hidden.NOT_YET_IN_FORCE: _l("The offer’s first day has not come yet."),
    Hidden.EVIDENCE_EXPIRED: _l("A required proof is missing or has expired."),
}


OWN_HIDDEN: Final[dict[Hidden, Any]] = HIDDEN | {
    Hidden.PROVIDER_PAUSED: _l("You have a pause."),
    Hidden.PROVIDER_LEFT: _l("You have left the portal."),
    Hidden.APPROVAL_ENDING: _l(
        "You have left the pilot. You serve your present clients until the approval ends."
    ),
}
"""The same as it is told to the provider itself."""


def availability_text(offer: Offer, today: date) -> str:
    """Free places in words: `Free now`, `Free from 1.2.2027`, `Queue about 3 weeks`, `Full`."""
    if offer.availability_state == Availability.FROM and offer.available_from is not None:
        if offer.available_from <= today:
            return str(AVAILABILITY[Availability.NOW])
        return _("Free from %(date)s", date=date_text(offer.available_from))
    if offer.availability_state == Availability.QUEUE and offer.queue_weeks is not None:
        return ngettext("Queue about %(num)d week", "Queue about %(num)d weeks", offer.queue_weeks)
    return str(AVAILABILITY[offer.availability_state])


def age_text(moment: datetime, now: datetime) -> str:
    """How long ago in words: `Updated today`, `Updated 5 days ago`, `Updated 3 months ago`."""
    days = (helsinki_date(now) - helsinki_date(moment)).days
    if days < 1:
        return _("Updated today")
    if days < 60:
        return ngettext("Updated %(num)d day ago", "Updated %(num)d days ago", days)
    return ngettext("Updated %(num)d month ago", "Updated %(num)d months ago", days // 30)


VERSION_STATES: Final[dict[VersionState, tuple[Any, str]]] = {
    VersionState.DRAFT: (_l("Unpublished changes"), "neutral"),
    VersionState.WAITING: (_l("Changes wait for the office"), "info"),
    VersionState.RETURNED: (_l("Changes returned to you"), "warning"),
}
"""State of a version that is not published → its name and the tone of its tag."""
