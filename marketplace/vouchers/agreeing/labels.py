"""What keeps an offer from being chosen, and the rules of an agreement, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marketplace.i18n import _, _l, current_language, days_text, money_text
from marketplace.offers.labels import HIDDEN
from marketplace.offers.models import OfferVersion
from marketplace.offers.rules import Hidden
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.labels import cancelling_texts
from marketplace.vouchers.agreeing.rules import Obstacle
from marketplace.vouchers.granting.labels import band_name

OBSTACLES: Final[dict[Obstacle, Any]] = {
    Obstacle.FULL: _l("The provider takes no new clients now."),
    Obstacle.NOT_TAKING_PART: _l("The service belongs to a pilot in which you do not take part on that day."),
    Obstacle.OUTSIDE_AREA: _l("The provider does not give this service where you live."),
    Obstacle.OTHER_GROUP: _l("The service is for other client groups."),
    Obstacle.NO_DECISION: _l("You have no decision on this service that is in force on that day."),
    Obstacle.NOT_IN_HOURS: _l("Your decision is in hours, and this service is not priced by the hour."),
    Obstacle.ABOVE_VALUE: _l(
        "The price of an hour is higher than its value in your decision. This service is free of charge by law, so "
        "you cannot pay the rest yourself."
    ),
    Obstacle.ALREADY: _l("You have an agreement in this service already, or you have asked for one."),
}
"""What keeps an offer from being chosen → the sentence that says so to the client."""


def obstacle_text(obstacle: Hidden | Obstacle) -> Any:
    """Why an offer cannot be chosen, in a sentence."""
    return HIDDEN[obstacle] if isinstance(obstacle, Hidden) else OBSTACLES[obstacle]


def rule_texts(pilot: PilotDefinition, version: OfferVersion) -> Mapping[str, list[str]]:
    """The rules of an agreement in sentences, by heading: its price, cancelling a visit, ending it.

    A person near to the client who is paid is called so, not a provider.
    """
    private = version.offer.provider.is_private
    return {
        _("If the price rises"): [_price_rises(days_text(pilot.notice.price_change_days), private=private)],
        _("If you cancel a visit"): _cancelling(pilot, version, private=private),
        _("If you end the agreement"): [
            _(
                "You may end the agreement when you like. The period of notice is %(days)s.",
                days=days_text(pilot.notice.client_days),
            ),
            _ended_by_the_other(days_text(pilot.notice.provider_days), private=private),
            _(
                "If the other one does not keep to the agreement in a way that matters, you may end it at once. "
                "You then say why."
            ),
        ],
    }  # fmt: skip


def _price_rises(days: str, *, private: bool) -> str:
    if private:
        return _(
            "The prices of this agreement stay as they are. The person tells of new prices at least %(days)s before "
            "they take effect, and they hold for you only if you ask for a new agreement at them.",
            days=days,
        )
    return _(
        "The prices of this agreement stay as they are. A provider tells of new prices at least %(days)s before they "
        "take effect, and they hold for you only if you ask for a new agreement at them.",
        days=days,
    )


def _ended_by_the_other(days: str, *, private: bool) -> str:
    if private:
        return _("The person may end it too. The period of notice is then %(days)s.", days=days)
    return _("The provider may end it too. Its period of notice is %(days)s.", days=days)


def _cancelling(pilot: PilotDefinition, version: OfferVersion, *, private: bool) -> list[str]:
    """The pilot's rule, which binds, and after it what the provider says of itself."""
    found = cancelling_texts(pilot.deliveries, private=private)
    own = version.cancellation.text(current_language())[0]
    if own:
        found.append(_("On cancelling, in the provider’s own words: “%(words)s”", words=own))
    return found


def dearer_text(band: str, more: Any) -> str:
    """An hour costs more than its value: by how much."""
    return _(
        "%(band)s: an hour costs %(more)s more than its value in your decision.",
        band=band_name(band),
        more=money_text(more),
    )
