"""What is asked about once more before an offer is published: it may be so, but most often it is a slip."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from marketplace.i18n import LANGUAGES, _, current_language
from marketplace.money import Money
from marketplace.offers.content import Content, content_of
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.publishing.rules import PriceDoubt, price_doubts
from marketplace.offers.rules import OfferState, version_in_force
from marketplace.pilots.vocabulary import BANDS, SERVICES


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is asked about at a field of the editor.

    `for_office`: a version with it waits for the office in any pilot.
    """

    field: str
    message: str
    for_office: bool = False


def doubts_about(session: Session, offer: Offer, version: OfferVersion) -> tuple[Doubt, ...]:
    """What is asked about `version` before it is published: prices, then texts in the order of the editor."""
    content = content_of(version)
    return (*_of_prices(session, offer, content, version), *_of_texts(offer, content))


def _of_prices(session: Session, offer: Offer, content: Content, version: OfferVersion) -> Iterator[Doubt]:
    others = _prices_of_others(session, offer, version)
    prices = {band: price.amount for band, price in content.prices.items()}
    for band, doubt in price_doubts(prices, others).items():
        name = BANDS[band].name[current_language()]
        messages = {
            PriceDoubt.FREE: _("The price of “%(band)s” is 0 €. Is it really free of charge?", band=name),
            PriceDoubt.LOW: _(
                "The price of “%(band)s” is far below those of the others in this pilot. Is it right?",
                band=name,
            ),
        }
        yield Doubt(f"price_{band}", messages[doubt], for_office=True)


def _prices_of_others(session: Session, offer: Offer, version: OfferVersion) -> Mapping[str, Sequence[Money]]:
    """Band → what other providers ask for the service in the pilot on the first day of `version`."""
    found: dict[str, list[Money]] = defaultdict(list)
    others = session.scalars(
        sa.select(Offer)
        .where(
            Offer.pilot_key == offer.pilot_key,
            Offer.service_key == offer.service_key,
            Offer.provider_id != offer.provider_id,
            Offer.state == OfferState.PUBLISHED,
        )
        .options(selectinload(Offer.versions).selectinload(OfferVersion.prices))
    )
    for other in others:
        shown = version_in_force(other.versions, version.valid_from)
        for price in shown.prices if shown is not None else ():
            found[price.band].append(price.amount)
    return found


def _of_texts(offer: Offer, content: Content) -> Iterator[Doubt]:
    service = SERVICES[offer.service_key].name
    if any(getattr(content.title, language) == getattr(service, language) for language in LANGUAGES):
        yield Doubt(
            "title-fi", _("The title is only the name of the service. Clients cannot tell it from others.")
        )
    for name, field in (("summary", _("In one sentence")), ("description", _("Description"))):
        text = getattr(content, name)
        if len(text.missing) == len(LANGUAGES):
            yield Doubt(f"{name}-fi", _("“%(field)s” is missing. Clients see nothing there.", field=field))
            continue
        for language in text.missing:
            yield Doubt(f"{name}-{language}", _MISSING[language](field))
        for language in LANGUAGES:
            if len(getattr(text, language).split()) == 1:
                yield Doubt(
                    f"{name}-{language}", _("“%(field)s” is one word. Tell more of the service.", field=field)
                )


_MISSING = {
    "fi": lambda field: _(
        "“%(field)s” is missing in Finnish. Readers of Finnish see the Swedish one.", field=field
    ),
    "sv": lambda field: _(
        "“%(field)s” is missing in Swedish. Readers of Swedish see the Finnish one.", field=field
    ),
}
