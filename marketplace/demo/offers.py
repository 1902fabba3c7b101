"""Offers under the approvals: texts, places, prices, versions of the past and of days to come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from marketplace.demo.agreements import AgreementMaker, Begun
from marketplace.demo.applications import Approved, PilotInForce
from marketplace.demo.chance import Chance
from marketplace.demo.clients import ClientMaker
from marketplace.demo.companies import DemoCompany
from marketplace.demo.dates import moment
from marketplace.demo.pictures import Pictures
from marketplace.demo.places import place
from marketplace.demo.pricing import Tariff, price_rows, tariff
from marketplace.demo.rows import Rows
from marketplace.demo.sources import Profile, ServiceTexts, names, service_texts
from marketplace.demo.terms import DemoTerms, terms
from marketplace.demo.units import unit_row
from marketplace.demo.writing import DemoWords, profile_at, write
from marketplace.i18n import HELSINKI
from marketplace.offers.models import Offer, OfferPhoto, OfferPrice, OfferVersion
from marketplace.offers.rules import Availability, OfferState, VersionState
from marketplace.pilots.vocabulary import AGES, MUNICIPALITIES, OF_AGE, SERVICES
from marketplace.providers.rules import ApprovalState
from marketplace.providers.units.models import ServiceUnit

CHILDREN: Final = frozenset({"families_disabled_child", "families_with_children"})
"""Client groups among whom there are children."""

AVAILABILITY: Final = {
    Availability.NOW: 50.0,
    Availability.FROM: 16.0,
    Availability.QUEUE: 20.0,
    Availability.FULL: 14.0,
}
ONE_LANGUAGE_SHARE: Final = 0.12
UNIT_SHARE: Final = 0.75
ADULTS_ALONE_SHARE: Final = 0.1


@dataclass(frozen=True, slots=True)
class DemoDraft:
    """Everything that an offer's versions share."""

    words: DemoWords
    place: str
    municipalities: list[str]
    groups: list[str]
    languages: list[str]
    features: list[str]
    ages: list[str]
    tariff: Tariff
    terms: DemoTerms
    unit_id: int | None


class OfferMaker:
    """Makes offers; it counts them by pilot and service, so that titles and states come in turns."""

    def __init__(
        self,
        rows: Rows,
        pilots: Mapping[str, PilotInForce],
        pictures: Pictures,
        under_way: Container[int],
        clients: ClientMaker,
        *,
        seed: int,
        now: datetime,
    ) -> None:
        """`under_way`: the approvals that have a measure under way, whose offers have clients."""
        self._rows = rows
        self._pictures = pictures
        self._under_way = under_way
        self._agreements = AgreementMaker(rows, clients, seed=seed, now=now)
        self._pilots = pilots
        self._seed = seed
        self._now = now
        self._today = now.astimezone(HELSINKI).date()
        self._units: dict[
            tuple[int, str], int
        ] = {}  # of the company at hand: (its id, street) → the unit's id
        self._turns: Counter[tuple[str, str]] = Counter()
        self._states = 0

    def add(self, company: DemoCompany, provider_id: int, approved: Approved, count: int) -> None:
        """Make `count` offers under one approval."""
        for index in range(count):
            key = (approved.filing.pilot, approved.line.service)
            turn = self._turns[key]
            self._turns[key] += 1
            chance = Chance.of(self._seed, "offer", company.plan.number, *key, index)
            self._add_one(company, provider_id, approved, turn, index, chance)

    def _add_one(
        self,
        company: DemoCompany,
        provider_id: int,
        approved: Approved,
        turn: int,
        index: int,
        chance: Chance,
    ) -> None:
        draft = self._draft(company, provider_id, approved, turn, index, chance)
        state = self._state(company, approved)
        first_day = min(approved.since + timedelta(days=chance.between(1, 40)), self._today)
        created = moment(first_day, self._now, chance)
        last_day = self._last_day(state, first_day, chance)
        offer_id = self._rows.add(
            Offer,
            {
                "approval_id": approved.id,
                "provider_id": provider_id,
                "pilot_key": approved.filing.pilot,
                "service_key": approved.line.service,
                "state": state,
                "ends_on": last_day,
                **self._availability(state, created, chance),
                "created_at": created,
            },
        )
        beside = Chance.of(self._seed, "photos", company.plan.number, approved.line.service, index)
        for photo in self._pictures.some(beside, always=company.plan.part != "ordinary" and index == 0):
            self._rows.add(OfferPhoto, {"offer_id": offer_id, **photo, "created_at": created})
        if state == OfferState.DRAFT:
            self._version(offer_id, draft, 1, VersionState.DRAFT, first_day, draft.tariff.level, created)
            return
        versions = self._published(offer_id, draft, first_day, created, chance)
        self._agreements.add(
            offer_id,
            approved,
            self._pilots[approved.filing.pilot],
            versions,
            last_day,
            shown=(company.plan.part == "demo" and index == 0) or approved.id in self._under_way,
        )

    def _state(self, company: DemoCompany, approved: Approved) -> OfferState:
        """Every thirteenth offer is a draft and every twentieth has ended; the tour's first offers are all on show."""
        if company.plan.part != "ordinary":
            return OfferState.PUBLISHED
        if approved.line.approval in (ApprovalState.WITHDRAWN, ApprovalState.ENDED):
            return OfferState.ENDED
        self._states += 1
        return (
            OfferState.DRAFT
            if self._states % 13 == 6
            else OfferState.ENDED
            if self._states % 20 == 11
            else OfferState.PUBLISHED
        )

    # --- what the offer says ----------------------------------------------------------------------------------------

    def _draft(
        self,
        company: DemoCompany,
        provider_id: int,
        approved: Approved,
        turn: int,
        index: int,
        chance: Chance,
    ) -> DemoDraft:
        plan, filing, service = company.plan, approved.filing, approved.line.service
        texts = service_texts(service)
        profile = profile_at(texts, turn, self._seed)
        area = list(filing.area)
        # A second offer under the same approval is a second place of the same company.
        town = plan.home if index == 0 and plan.home in area else area[index % len(area)]
        features = self._features(texts, profile, chance)
        words = write(
            texts,
            profile,
            turn=turn,
            home=place(town),
            features=features,
            languages=company.languages,
            chance=chance,
        )
        if plan.part == "ordinary" and chance.happens(ONE_LANGUAGE_SHARE):
            words = words.only(plan.language)
        definition = self._pilots[filing.pilot].definition
        street = self._street(texts, town, index, company, chance)
        beside = Chance.of(self._seed, "terms", plan.number, filing.pilot, service, index)
        unit = self._unit(company, provider_id, street, town, features, beside)
        groups = self._groups(texts, definition.groups, chance)
        return DemoDraft(
            words=words,
            place=f"{street}, {MUNICIPALITIES[town].name[plan.language]}" if street and unit is None else "",
            municipalities=[town, *(code for code in area if code != town)]
            if not index
            else self._part(area, town),
            groups=groups,
            languages=list(company.languages),
            features=features,
            ages=[] if CHILDREN & set(groups) else self._ages(plan.number, approved, index),
            tariff=tariff(
                definition.service(service),
                texts.trade,
                SERVICES[service].vat,
                features,
                chance,
            ),
            terms=terms([row.unit for row in definition.service(service).bands], beside),
            unit_id=unit,
        )

    def _part(self, area: list[str], town: str) -> list[str]:
        """A part of the area around the second place: the town and what stands next to it in the area's order."""
        start = max(area.index(town) - 1, 0)
        return [town, *(code for code in area[start : start + 3] if code != town)]

    def _features(self, texts: ServiceTexts, profile: Profile, chance: Chance) -> list[str]:
        chosen = {*profile.features, *chance.some(texts.features, 0, 4)}
        if "no_pets" in chosen:
            chosen.discard("assistance_dog")
        return sorted(chosen)

    def _ages(self, company: int, approved: Approved, index: int) -> list[str]:
        """Few say for people of what age they are: those who serve adults alone."""
        chance = Chance.of(self._seed, "ages", company, approved.filing.pilot, approved.line.service, index)
        if not chance.happens(ADULTS_ALONE_SHARE):
            return []
        return [key for key, age in AGES.items() if age.least >= OF_AGE]

    def _groups(self, texts: ServiceTexts, of_pilot: Sequence[str], chance: Chance) -> list[str]:
        """The pilot's groups that the service is usually for, one at least."""
        fitting = [key for key in of_pilot if key in texts.groups] or list(of_pilot)
        return chance.some(fitting, max(len(fitting) - 1, 1), len(fitting))

    def _street(
        self, texts: ServiceTexts, town: str, index: int, company: DemoCompany, chance: Chance
    ) -> str:
        """The street address where the clients come, for services given at a place."""
        if not texts.place:
            return ""
        if index == 0 and town == company.plan.home:
            return str(company.row["street"])
        return f"{chance.one(names()[company.plan.language]['streets'])} {chance.between(1, 48)}"

    def _unit(
        self,
        company: DemoCompany,
        provider_id: int,
        street: str,
        town: str,
        features: list[str],
        chance: Chance,
    ) -> int | None:
        """The unit at the address, one for all offers given there; most companies have entered theirs."""
        if not street or (company.plan.part == "ordinary" and not chance.happens(UNIT_SHARE)):
            return None
        if (provider_id, street) not in self._units:
            row = unit_row(company, provider_id, street, town, features, chance, self._now)
            self._units = {key: id_ for key, id_ in self._units.items() if key[0] == provider_id}
            self._units[provider_id, street] = self._rows.add(ServiceUnit, row)
        return self._units[provider_id, street]

    # --- days and versions ------------------------------------------------------------------------------------------

    def _published(
        self, offer_id: int, draft: DemoDraft, first_day: date, created: datetime, chance: Chance
    ) -> list[Begun]:
        """The published versions so far, and perhaps one more to come: already published, or waiting for approval.

        Gives the published ones.
        """
        level, number, newest = draft.tariff.level, 1, first_day
        changed_on = first_day + timedelta(days=chance.between(60, 400))
        if changed_on <= self._today and chance.happens(0.5):
            cheaper = self._version(
                offer_id, draft, 1, VersionState.PUBLISHED, first_day, _cheaper(level), created
            )
            number, newest = 2, changed_on
            second = self._version(
                offer_id, draft, 2, VersionState.PUBLISHED, newest, level, moment(newest, self._now, chance)
            )
            begun = [Begun(cheaper, first_day), Begun(second, newest)]
        else:
            only = self._version(offer_id, draft, 1, VersionState.PUBLISHED, first_day, level, created)
            begun = [Begun(only, first_day)]
        coming = chance.weighted(
            {
                None: 80.0,
                VersionState.PUBLISHED: 10.0,
                VersionState.WAITING: 7.0,
                VersionState.DRAFT: 2.0,
                VersionState.RETURNED: 1.0,
            }
        )
        if coming:
            day = _first_of_month_after(self._today, chance.between(1, 3))
            written = max(
                self._now - timedelta(days=chance.between(1, 20)), moment(newest, self._now, chance)
            )
            raised = min(level + chance.between(10, 40), 1000)
            last = self._version(offer_id, draft, number + 1, coming, day, raised, written)
            if coming == VersionState.PUBLISHED:
                begun.append(Begun(last, day))
        return begun

    def _version(
        self,
        offer_id: int,
        draft: DemoDraft,
        number: int,
        state: VersionState,
        day: date,
        level: int,
        written: datetime,
    ) -> int:
        values: dict[str, Any] = {
            "offer_id": offer_id,
            "number": number,
            "state": state,
            "valid_from": day,
            "title": draft.words.title,
            "summary": draft.words.summary,
            "description": draft.words.description,
            "plain": draft.words.plain,
            "place": draft.place,
            "unit_id": draft.unit_id,
            "minimum_minutes": draft.terms.minimum_minutes,
            "cancellation": draft.terms.cancellation,
            "municipalities": draft.municipalities,
            "groups": draft.groups,
            "languages": draft.languages,
            "features": draft.features,
            "ages": draft.ages,
            "created_at": written,
            "published_at": written if state == VersionState.PUBLISHED else None,
            "revision": 1,
        }
        version_id = self._rows.add(OfferVersion, values)
        for row in price_rows(draft.tariff, level):
            self._rows.add(OfferPrice, {"version_id": version_id, **row})
        return version_id

    def _last_day(self, state: OfferState, first_day: date, chance: Chance) -> date | None:
        if state == OfferState.ENDED:
            return max(self._today - timedelta(days=chance.between(1, 120)), first_day)
        if state == OfferState.PUBLISHED and chance.happens(0.03):
            return self._today + timedelta(days=chance.between(15, 200))
        return None

    def _availability(self, offer: OfferState, created: datetime, chance: Chance) -> dict[str, Any]:
        """A word about free places and when it was given; now and then it is old, and of a draft nothing is said."""
        state = chance.weighted(AVAILABILITY)
        told = self._now - timedelta(
            days=chance.between(0, 60) if chance.happens(0.9) else chance.between(91, 160)
        )
        day = self._today + timedelta(days=chance.between(4, 120)) if state == Availability.FROM else None
        weeks = chance.one((1, 2, 2, 3, 4, 6, 8, 12)) if state == Availability.QUEUE else None
        if offer == OfferState.DRAFT:
            state, told, day, weeks = Availability.UNTOLD, created, None, None
        return {
            "availability_state": state,
            "available_from": day,
            "queue_weeks": weeks,
            "availability_updated_at": max(told, created),
        }


def _cheaper(level: int) -> int:
    """The level before a raise of some four per cent."""
    return max(level - 40, 780)


def _first_of_month_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)
