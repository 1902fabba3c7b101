"""From the database to the index: the public face of every visible offer on one Helsinki day.

An offer is visible when the provider is active, the approval in force, the offer published and not past its last
day, a version of it in force, and every proof that the pilot asks for valid (`providers.rules.is_visible`, the same
question the office asks). Rows are read in batches, so that 200,000 offers need no more memory than 500.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final, NamedTuple, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.i18n import LANGUAGES, LocalizedText, helsinki_date
from marketplace.language import lexicon, tables
from marketplace.language.keys import KeyMaker, Passage
from marketplace.language.words import words
from marketplace.offers.models import Offer, OfferPrice, OfferVersion
from marketplace.offers.rules import (
    STALE_AVAILABILITY,
    Availability,
    OfferStanding,
    OfferState,
    VersionState,
    is_visible,
)
from marketplace.pilots import queries as pilots
from marketplace.pilots import vocabulary
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.models import Organisation, Pilot, PilotVersion
from marketplace.providers.evidence.queries import proofs_by_provider
from marketplace.providers.evidence.rules import HeldProof, counting
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.rules import unproven
from marketplace.providers.units.models import ServiceUnit
from marketplace.search import places
from marketplace.search.columns import LOWEST
from marketplace.search.concepts import municipality_named, place_text
from marketplace.search.engine import Document
from marketplace.search.facets import FACETS
from marketplace.search.parsed_query import BAND, FREE, PROVIDER, TITLE
from marketplace.search.public_offer import (
    Location,
    OfferAvailability,
    OfferProvider,
    PriceFrom,
    PublicOffer,
    PublicPrice,
)
from marketplace.search.query_digits import phone_digits

RULES_VERSION: Final = 12
"""Raise it when documents are made in another way: every index is then made again."""

BATCH: Final = 500

_kinds_that_prove = vocabulary.derived(vocabulary.kinds_that_prove)
_vat_percent = vocabulary.derived(vocabulary.vat_percent)


@vocabulary.derived
def _band_ranks() -> Mapping[str, int]:
    return {band: rank for rank, band in enumerate(vocabulary.BANDS)}


class Priced(Protocol):
    """A price of any origin."""

    @property
    def band(self) -> str:
        """Key of the band."""

    @property
    def unit(self) -> str:
        """What it is counted by."""


Price = TypeVar("Price", bound=Priced)


class OfferRow(NamedTuple):
    """An offer with its provider, approval, the version in force and the unit where it is given, if there is one.

    Its pilot, and the versions of the pilot that it needs, are held by the session (`pilots.hold`).
    """

    offer: Any
    provider: Any
    approval: Any
    version: Any
    unit: Any


@vocabulary.derived
def fingerprint() -> str:
    """Changes when documents would come out differently: rules, vocabularies or synonyms were edited."""
    digest = hashlib.sha256(f"{RULES_VERSION} {lexicon.RULES_VERSION} {vocabulary.digest()}".encode())
    for file in sorted(
        each for folder in (tables.DATA, places.DATA) for each in folder.iterdir() if each.is_file()
    ):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def all_ids(session: Session) -> Iterator[Sequence[int]]:
    """The ids of all published offers, in batches."""
    last = 0
    query = sa.select(Offer.id).where(Offer.state == OfferState.PUBLISHED).order_by(Offer.id).limit(BATCH)
    while ids := session.scalars(query.where(Offer.id > last)).all():
        yield ids
        last = ids[-1]


def count(session: Session) -> int:
    """How many published offers there are, visible or not: what a progress bar counts to."""
    return (
        session.scalar(
            sa.select(sa.func.count()).select_from(Offer).where(Offer.state == OfferState.PUBLISHED)
        )
        or 0
    )


@dataclass(frozen=True, slots=True)
class Face:
    """The public side of one visible offer: its rows, its prices in force and the values one can filter by.

    `proofs` are those of its provider that count anywhere.
    """

    row: OfferRow
    prices: Sequence[Any]
    values: Mapping[str, tuple[str, ...]]
    proofs: Sequence[HeldProof]
    pilot_name: LocalizedText
    day: date

    @property
    def provider_name(self) -> str:
        """The name under which people know the provider."""
        return str(self.row.provider.name)

    @property
    def place(self) -> str:
        """Where the service is given: as the provider says it, or else the unit with its address; may be empty."""
        unit = self.row.unit
        if self.row.version.place or unit is None:
            return str(self.row.version.place)
        return f"{unit.name}, {unit.street}, {unit.postal_code} {unit.city}"


def documents(session: Session, keys: KeyMaker, ids: Iterable[int], day: date) -> Iterator[Document]:
    """The documents of those of the offers that are visible on `day`. `ids` should come in batches."""
    for face in faces(session, ids, day):
        yield _document(keys, face)


def faces(
    session: Session, ids: Iterable[int], day: date, *, read: Iterable[OfferVersion] = ()
) -> Iterator[Face]:
    """The public sides of those of the offers that are visible on `day`, in no order.

    `read` are versions that have been read with their prices already.
    """
    rows = _rows(session, list(ids), day)
    proofs = proofs_by_provider(session, {row.provider.id for row in rows})
    versions = {row.approval.pilot_version_id for row in rows}
    definitions = _definitions(session, versions)
    rows = [row for row in rows if row.approval.pilot_version_id in definitions]

    @cache
    def lacks(version: int, service: str, provider: int) -> tuple[str, ...]:
        definition = definitions[version]
        required = [item.kind for item in definition.required_evidence(service)]
        return unproven(required, counting(proofs[provider], definition.organisation), day, _kinds_that_prove)

    visible = [row for row in rows if _is_visible(row, lacks, day)]
    known = {version.id: version.prices for version in read}
    prices = _prices(session, [row.version.id for row in visible if row.version.id not in known]) | known
    names = {
        key: pilots.current_definition(session, key).name for key in {row.offer.pilot_key for row in visible}
    }
    for row in visible:
        own = proofs[row.provider.id]
        yield Face(
            row, prices.get(row.version.id, ()), _values(row, day), own, names[row.offer.pilot_key], day
        )


def _definitions(session: Session, versions: Iterable[int]) -> dict[int, PilotDefinition]:
    """The definitions of these versions; one that cannot be read takes the offers under it out of the catalogue."""
    found = {}
    for version in versions:
        with suppress(pilots.UnreadablePilot):
            found[version] = pilots.kept_definition(session, version)
    return found


def _rows(session: Session, ids: Sequence[int], day: date) -> list[OfferRow]:
    """The offers with what hangs on them; those without a version in force on `day` are left out."""
    if not ids:
        return []
    later = sa.orm.aliased(OfferVersion)
    in_force = sa.and_(
        OfferVersion.offer_id == Offer.id,
        OfferVersion.state == VersionState.PUBLISHED,
        OfferVersion.valid_from <= day,
        ~sa.exists().where(
            later.offer_id == OfferVersion.offer_id,
            later.state == VersionState.PUBLISHED,
            later.valid_from <= day,
            later.valid_from > OfferVersion.valid_from,
        ),
    )
    newest = sa.orm.aliased(PilotVersion)
    query = (
        sa.select(
            Offer,
            Provider,
            ServiceApproval,
            OfferVersion,
            ServiceUnit,
            Pilot,
            Organisation,
            PilotVersion,
            newest,
        )
        .join(Provider, Provider.id == Offer.provider_id)
        .join(ServiceApproval, ServiceApproval.id == Offer.approval_id)
        .join(OfferVersion, in_force)
        .outerjoin(ServiceUnit, ServiceUnit.id == OfferVersion.unit_id)
        .join(Pilot, Pilot.key == Offer.pilot_key)
        .join(Organisation, Organisation.key == Pilot.organisation_key)
        .join(PilotVersion, PilotVersion.id == ServiceApproval.pilot_version_id)
        .outerjoin(newest, newest.id == Pilot.version_id)
        .where(Offer.id.in_(ids))
        .options(sa.orm.lazyload("*"))
    )
    found = []
    for *row, pilot, organisation, version, current in session.execute(query):
        pilots.hold(session, pilot, organisation, version, current)
        found.append(OfferRow(*row))
    return found


def _is_visible(row: OfferRow, lacks: Callable[[int, str, int], tuple[str, ...]], day: date) -> bool:
    standing = OfferStanding(
        provider_state=row.provider.state,
        approval_state=row.approval.state,
        offer_state=row.offer.state,
        ends_on=row.offer.ends_on,
        in_force=True,
        unproven=lacks(row.approval.pilot_version_id, row.offer.service_key, row.provider.id),
    )
    return is_visible(standing, day)


def _prices(session: Session, versions: Sequence[int]) -> dict[int, Sequence[Any]]:
    if not versions:
        return {}
    found: dict[int, list[Any]] = defaultdict(list)
    columns = (OfferPrice.version_id, OfferPrice.band, OfferPrice.unit, OfferPrice.amount)
    query = sa.select(*columns, OfferPrice.vat_code, OfferPrice.includes).order_by(OfferPrice.id)
    for price in session.execute(query.where(OfferPrice.version_id.in_(versions))):
        found[price.version_id].append(price)
    return dict(found)


def _values(row: OfferRow, day: date) -> dict[str, tuple[str, ...]]:
    return {
        "pilot": (row.offer.pilot_key,),
        **{name: facet.read(row) for name, facet in FACETS.items()},
        "available": ("1",) if _is_available(row.offer, day) else (),
        "full": ("1",) if row.offer.availability_state == "full" else (),
        "seat": tuple(code for code in [_seat(row).municipality] if code),
    }


def _document(keys: KeyMaker, face: Face) -> Document:
    concepts = {
        facet.concept(key): facet.weight for name, facet in FACETS.items() for key in face.values[name]
    }
    concepts |= {BAND + price.band: 1.0 for price in face.prices}
    concepts |= dict.fromkeys(_provider_keys(face), 1.0)
    concepts |= {TITLE + "_".join(words(title)): 1.0 for title in _titles(face)}
    if face.values["available"]:
        concepts[FREE] = 1.0
    return Document(
        id=face.row.offer.id,
        keys=keys.document_keys(_passages(face), concepts),
        values=face.values,
        prices={price.band: price.amount.cents for price in face.prices} | _lowest(face.prices),
        names={language: face.row.version.title[language] for language in LANGUAGES},
        words={"provider": (face.provider_name,)},
        body=public_offer(face).model_dump_json().encode(),
    )


def _titles(face: Face) -> set[str]:
    return {face.row.version.title[language] for language in LANGUAGES}


def _provider_keys(face: Face) -> Iterator[str]:
    """The keys by which a provider is found: the words of its names, its business ID, its telephone number."""
    provider = face.row.provider
    for name in (face.provider_name, provider.official_name):
        yield from (PROVIDER + word for word in words(name))
    yield PROVIDER + provider.business_id
    if provider.phone and (digits := phone_digits(provider.phone)):
        yield PROVIDER + digits


def _is_available(offer: Any, day: date) -> bool:
    """True when the offer has free places on a day and that was told lately: what is old is not promised."""
    if day - helsinki_date(offer.availability_updated_at) > STALE_AVAILABILITY:
        return False
    if offer.availability_state == "from":
        return bool(offer.available_from <= day)
    return bool(offer.availability_state == "now")


def _passages(face: Face) -> Iterator[Passage]:
    """Every text by which an offer is found, the weightiest first."""
    version, values = face.row.version, face.values
    service = vocabulary.SERVICES[face.row.offer.service_key].name
    named = [
        *(
            facet.value_name(key)
            for name, facet in FACETS.items()
            if facet.named_in_text
            for key in values[name]
        ),
    ]
    for language in LANGUAGES:
        texts = (
            (version.title, 1.0, True),
            (service, 0.9, False),
            (version.summary, 0.6, True),
            (version.description, 0.3, False),
            (version.plain, 0.3, False),
        )
        for text, weight, concepts in texts:
            if words := getattr(text, language):
                yield Passage(language, words, weight, concepts)
        for name in (face.provider_name, face.row.provider.official_name):
            yield Passage(language, name, 0.85)
        for text in _place_texts(face.row, language):
            yield Passage(language, text, 0.4)
        for text in named:
            yield Passage(language, getattr(text, language), 0.3)


def _place_texts(row: OfferRow, language: str) -> Iterator[str]:
    """What says where the service is given; the town of a unit by its name in the language."""
    if row.version.place:
        yield row.version.place
    if row.unit is not None:
        yield row.unit.name
        yield f"{row.unit.street} {place_text(row.unit.city, language)}"


def public_offers(session: Session, ids: Iterable[int], day: date) -> Iterator[PublicOffer]:
    """Those of the offers that are visible on `day`, as the public sees them, in no order."""
    return map(public_offer, faces(session, ids, day))


def public_offer(face: Face) -> PublicOffer:
    """The offer as the public sees it."""
    offer, version, provider = face.row.offer, face.row.version, face.row.provider
    members = {
        facet.member: face.values[name][0] if facet.single else face.values[name]
        for name, facet in FACETS.items()
    }
    return PublicOffer(
        id=offer.id,
        title=version.title,
        summary=version.summary,
        cancellation=version.cancellation,
        place=face.place,
        unit_city=face.row.unit.city if face.row.unit is not None else "",
        provider=OfferProvider(id=provider.id, name=face.provider_name, business_id=provider.business_id),
        pilot=offer.pilot_key,
        pilot_name=face.pilot_name,
        phone=provider.phone,
        availability=availability(offer),
        prices=tuple(
            PublicPrice(
                band=price.band,
                unit=price.unit,
                amount_cents=price.amount.cents,
                vat_rate=vat_rate(face, price),
                includes=tuple(price.includes),
                valid_from=version.valid_from,
            )
            for price in face.prices
        ),
        price_from_cents=_lowest(face.prices).get(LOWEST),
        price_from=_price_from(face.prices),
        minimum_minutes=version.minimum_minutes,
        location=_seat(face.row),
        **members,
    )


def vat_rate(face: Face, price: Any) -> float:
    """Per cent of value added tax in one of the prices on the day of the face."""
    return float(_vat_percent(price.vat_code, face.day))


def main_prices(prices: Sequence[Price]) -> list[Price]:
    """The prices in the unit of the first band: a trip is not compared with a kilometre."""
    ranks = _band_ranks()
    ordered = sorted(prices, key=lambda price: ranks[price.band])
    return [price for price in ordered if price.unit == ordered[0].unit]


def _price_from(prices: Sequence[Any]) -> PriceFrom | None:
    lowest = min(main_prices(prices), key=lambda price: price.amount.cents, default=None)
    if lowest is None:
        return None
    return PriceFrom(amount_cents=lowest.amount.cents, band=lowest.band, unit=lowest.unit)


def _lowest(prices: Sequence[Any]) -> dict[str, int]:
    lowest = _price_from(prices)
    return {LOWEST: lowest.amount_cents} if lowest else {}


def _seat(row: OfferRow) -> Location:
    """Where a service is given or comes from: its unit, or else its provider."""
    return location(row.provider if row.unit is None else row.unit)


def location(of: Any) -> Location:
    """The address of a unit or a provider, with the centre of its municipality."""
    code = places.by_postal_code().get(of.postal_code) or municipality_named(of.city)
    centre = vocabulary.MUNICIPALITIES[code] if code else None
    return Location(
        name=of.name,
        street=of.street,
        postal_code=of.postal_code,
        city=of.city,
        municipality=code,
        latitude=centre.latitude if centre else None,
        longitude=centre.longitude if centre else None,
    )


def availability(offer: Any) -> OfferAvailability:
    """The free places of an offer as its provider told them."""
    return OfferAvailability(
        state=offer.availability_state,
        day=offer.available_from,
        queue_weeks=offer.queue_weeks,
        told_on=helsinki_date(offer.availability_updated_at)
        if offer.availability_state != Availability.UNTOLD
        else None,
    )
