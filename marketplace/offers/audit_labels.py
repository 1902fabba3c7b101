"""What the fields of offers are called in the audit trail, and how their values read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marketplace.audit.fields import About, Field, bilingual, choice, day, numbered
from marketplace.i18n import _, _l, money_text
from marketplace.money import Money
from marketplace.offers.labels import AVAILABILITY, OFFER_STATES, VERSION_STATES
from marketplace.offers.publishing.changes import KINDS, LABELS, minutes_text
from marketplace.pilots.labels import price_text
from marketplace.pilots.vocabulary import (
    AGES,
    BANDS,
    FEATURES,
    GROUPS,
    LANGUAGES,
    MUNICIPALITIES,
)
from marketplace.providers.audit_labels import entries, part_of


def _price(value: Any, _about: About) -> str:
    """A row of a price list, or an amount in cents alone."""
    if isinstance(value, Mapping):
        return price_text(Money(value["cents"]), value["unit"])
    return money_text(Money(value))


def _minutes(value: Any, _about: About) -> str:
    return minutes_text(value)


def _from(value: Any, about: About) -> str:
    """The day from which there is room, or the offer that was copied."""
    return day(value, about) if isinstance(value, str) else _("Offer %(number)s", number=value)


_STATES: Final[dict[str, Any]] = {
    **{str(state): name for state, name in OFFER_STATES.items()},
    **{str(state): name for state, name in VERSION_STATES.items()},
    **{str(state): name for state, name in AVAILABILITY.items()},
}
"""Of an offer, of its versions and of its free places: the trail keeps all of them as the state."""

FIELDS: Final[dict[str, Field]] = {
    "offer.alt": bilingual(_l("Text of the photo")),
    "offer.approval": Field(_l("Approval"), numbered),
    "offer.ends_on": Field(_l("Last day"), day),
    "offer.from": Field(_l("From"), _from),
    "offer.kinds": Field(_l("What changes"), choice(KINDS)),
    "offer.photo": Field(_l("Photo"), numbered),
    "offer.prices": Field(_l("Prices"), _price, part_of(BANDS)),
    "offer.queue_weeks": Field(_l("Weeks in the queue")),
    "offer.state": Field(_l("State"), choice(_STATES)),
    "features": Field(LABELS["features"], entries(FEATURES)),
    "ages": Field(LABELS["ages"], entries(AGES)),
    "groups": Field(LABELS["groups"], entries(GROUPS)),
    "languages": Field(LABELS["languages"], entries(LANGUAGES)),
    "minimum_minutes": Field(LABELS["minimum_minutes"], _minutes),
    "municipalities": Field(_l("Municipalities"), entries(MUNICIPALITIES)),
    "sign_video": Field(LABELS["sign_video"]),
    "unit": Field(LABELS["unit"], numbered),
    "valid_from": Field(LABELS["valid_from"], day),
    **{
        name: bilingual(LABELS[name]) for name in ("title", "summary", "description", "plain", "cancellation")
    },
    "place": bilingual(LABELS["place"]),
}


def fields() -> Mapping[str, Field]:
    """The words of this room’s fields, for the slot `audit.fields`."""
    return FIELDS
