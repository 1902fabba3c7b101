"""What the public page of an offer takes from here: photos, the video in sign language, past prices, and counting."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app, render_template
from markupsafe import Markup

from marketplace.i18n import helsinki_date
from marketplace.offers.history import PublicPrices, history_of
from marketplace.offers.interest import Counted, Kind, interest_in, tally
from marketplace.offers.models import OfferPhoto, OfferVersion
from marketplace.offers.photos.queries import photos_of
from marketplace.offers.queries import offers_of
from marketplace.offers.rules import version_in_force
from marketplace.providers.models import Provider
from marketplace.providers.units.models import ServiceUnit
from marketplace.tallies import Tally
from marketplace.web.frame import database, now, session


@dataclass(frozen=True, slots=True)
class OfferParts:
    """Parts of an offer's public page."""

    photos: Sequence[OfferPhoto]
    unit: ServiceUnit | None
    sign_video: str
    history: PublicPrices
    today: date


def offer_parts(offer_id: int, versions: Sequence[OfferVersion]) -> OfferParts:
    """The parts of an offer that the page has found to be visible; `versions` are those published."""
    today = helsinki_date(now())
    version = version_in_force(versions, today)
    return OfferParts(
        photos=photos_of(session(), offer_id),
        unit=version.unit if version is not None else None,
        sign_video=version.sign_video if version is not None else "",
        history=history_of(versions),
        today=today,
    )


def count_interest(kind: Kind, offer_ids: Iterable[int]) -> None:
    """Count that visible offers were looked at (`views`) or put side by side (`comparisons`)."""
    extensions: dict[str, Any] = current_app.extensions
    counted: Tally[Counted] = extensions.setdefault("interest", tally(database()))
    counted.count((offer_id, helsinki_date(now()), kind) for offer_id in offer_ids)


def interest_panel(provider: Provider) -> Markup:
    """A part of the provider's home: how often its offers were looked at and compared. Nothing when none was."""
    found = interest_in(session(), provider.id, helsinki_date(now()))
    offers = {offer.id: offer for offer in offers_of(session(), provider.id) if offer.id in found}
    rows = sorted(found.items(), key=lambda row: -row[1].views)
    return Markup(  # noqa: S704 - the template escapes what it shows
        render_template("offers/_interest.html", provider=provider, rows=rows, offers=offers)
    )
