"""The shape of one pilot: what `marketplace/pilots/definitions/<key>.yaml` holds and the rest of the portal asks of it.

The models check each value by itself (known service, amount, date, both languages). What holds between values, such as
a question that another one names, is in `checks`. `docs/pilots.md` explains every key to the person who writes a pilot.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import (
    AfterValidator,
    AliasChoices,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
)
from pydantic_core import PydanticCustomError

from marketplace.i18n import LocalizedText
from marketplace.pilots import vocabulary
from marketplace.pilots.known_keys import (
    BandKey,
    CountyCode,
    EvidenceKey,
    GroupKey,
    MunicipalityCode,
    OrganisationKey,
    ServiceKey,
    UnitKey,
)
from marketplace.pilots.own_people import OwnPeopleRules
from marketplace.pilots.questions import Question, Section
from marketplace.pilots.rulebook import Figure, Rulebook, RulebookSection, filled
from marketplace.pilots.texts import Amount, ClockTime, ContentModel, Email, Key, Phone, Text

DayKind = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday", "eve"]
"""Kinds of day in the time rules. A public holiday is `holiday` whatever weekday it is.

`docs/pricing.md` says which days are holidays and eves. A pilot that does not name `eve` prices an eve as its weekday.
"""

DAYS: Final[tuple[DayKind, ...]] = get_args(DayKind)


def kinds_told_apart(named: Iterable[str]) -> tuple[DayKind, ...]:
    """The kinds of day that a pilot's time rules must divide: all, but eves only when they are among the `named`."""
    return DAYS if "eve" in named else tuple(day for day in DAYS if day != "eve")


def _day_of_year(text: str) -> str:
    """`MM-DD` of a leap year, so that 02-29 is a day too."""
    try:
        day = date.fromisoformat(f"2000-{text}")
    except ValueError as error:
        raise PydanticCustomError(
            "day_of_year", f"“{text}” is not a day of the year; write it like 01-31"
        ) from error
    return f"{day:%m-%d}"


class Area(ContentModel):
    """Where the pilot runs: whole counties, without some municipalities, and single municipalities.

    Kept versions hold the resolved municipalities, so that a later change of the counties does not move an old pilot.
    """

    description: Text
    counties: tuple[CountyCode, ...] = ()
    without: tuple[MunicipalityCode, ...] = Field((), validation_alias=AliasChoices("except", "without"))
    municipalities: tuple[MunicipalityCode, ...] = ()

    @cached_property
    def codes(self) -> frozenset[str]:
        """The codes of all municipalities of the area."""
        of_counties = {
            code for code, place in vocabulary.MUNICIPALITIES.items() if place.county in self.counties
        }
        return frozenset(of_counties - set(self.without) | set(self.municipalities))

    @model_serializer(mode="wrap")
    def _resolved(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {"description": handler(self)["description"], "municipalities": sorted(self.codes)}


class Period(ContentModel):
    """First and last day; without a last day it goes on until further notice."""

    starts: date
    ends: date | None = None

    def covers(self, day: date) -> bool:
        """Whether `day` is in the period."""
        return self.starts <= day and (self.ends is None or day <= self.ends)


class LaterCeiling(ContentModel):
    """The ceiling from a day on."""

    starts: date = Field(validation_alias=AliasChoices("from", "starts"))
    ceiling: Amount


class PriceBand(ContentModel):
    """A row of the price table: at most `ceiling` per `unit`. A provider must price the rows that are `required`.

    `later` are ceilings that replace it from their days on; `on(day)` is the row as it holds on a day.
    """

    band: BandKey
    unit: UnitKey
    ceiling: Amount
    required: bool = False
    later: tuple[LaterCeiling, ...] = ()

    def on(self, day: date) -> PriceBand:
        """The row with the ceiling that holds on `day`."""
        begun = [row for row in self.later if row.starts <= day]
        if not begun:
            return self
        return self.model_copy(update={"ceiling": max(begun, key=lambda row: row.starts).ceiling})

    @property
    def name(self) -> LocalizedText:
        """The band's name."""
        return vocabulary.BANDS[self.band].name


class EvidenceRequirement(ContentModel):
    """A proof that is asked for; at application it is at most `max_age_months` old (None: any age while valid)."""

    kind: EvidenceKey
    max_age_months: Annotated[int, Field(ge=1, le=60)] | None = None

    @property
    def name(self) -> LocalizedText:
        """The name of the kind of evidence."""
        return vocabulary.EVIDENCE_KINDS[self.kind].name


class PilotService(ContentModel):
    """A service of the pilot: its price table, what it asks for beyond the pilot, its part of the rulebook.

    `fixed_prices`: the ceiling is the price, the same for every provider.
    """

    key: ServiceKey
    bands: Annotated[tuple[PriceBand, ...], Field(min_length=1)]
    fixed_prices: bool = False
    evidence: tuple[EvidenceRequirement, ...] = ()
    rulebook: Annotated[tuple[RulebookSection, ...], Field(min_length=1)]
    questions: tuple[Question, ...] = ()

    @property
    def name(self) -> LocalizedText:
        """The service's name."""
        return vocabulary.SERVICES[self.key].name

    @property
    def units(self) -> tuple[str, ...]:
        """The units of the price table, each once, in its order."""
        return tuple(dict.fromkeys(row.unit for row in self.bands))

    def bands_on(self, day: date) -> tuple[PriceBand, ...]:
        """The price table with the ceilings that hold on `day`."""
        return tuple(row.on(day) for row in self.bands)

    def with_ceilings_of(self, newer: PilotService) -> PilotService:
        """The price table with the highest prices of `newer` (see `PilotDefinition.with_ceilings_of`)."""
        known = {(row.band, row.unit): row for row in newer.bands}
        bands = tuple(
            row.model_copy(update={"ceiling": newer_row.ceiling, "later": newer_row.later})
            if (newer_row := known.get((row.band, row.unit)))
            else row
            for row in self.bands
        )
        return self.model_copy(update={"bands": bands, "fixed_prices": newer.fixed_prices})

    def band(self, key: str) -> PriceBand:
        """The row of the price table with this band. Raises KeyError."""
        for row in self.bands:
            if row.band == key:
                return row
        raise KeyError(key)


class TimeBand(ContentModel):
    """When an hour belongs to a band: on these days between these times.

    `start` after `end` means both ends of the same calendar day: 22:00–07:00 is 00–07 and 22–24.
    """

    band: BandKey
    days: Annotated[tuple[DayKind, ...], Field(min_length=1)]
    start: ClockTime = Field(validation_alias=AliasChoices("from", "start"))
    end: ClockTime = Field(validation_alias=AliasChoices("to", "end"))

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """The minutes of the day it covers, as (from, to) pairs, `to` excluded."""
        if self.start < self.end:
            return ((self.start, self.end),)
        return ((0, self.end), (self.start, 24 * 60))


class ChecklistItem(ContentModel):
    """A thing the reviewer looks at; for the named services only, or always when none is named."""

    key: Key
    text: Text
    services: tuple[ServiceKey, ...] = ()


class Notice(ContentModel):
    """Days of notice: a client ends an agreement, a provider ends one, a provider announces a new price."""

    client_days: Annotated[int, Field(ge=0)]
    provider_days: Annotated[int, Field(ge=0)]
    price_change_days: Annotated[int, Field(ge=0)]


ChangeKind = Literal["price", "area", "groups", "text", "details", "contact", "date"]
"""What a change of an offer can touch; `offers.publishing.rules.FIELDS` says which fields belong to which kind."""

DayOfYear = Annotated[str, AfterValidator(_day_of_year)]
"""A day of every year, `MM-DD`."""


class PriceWindow(ContentModel):
    """Days of every year on which new prices may take effect, both ends included; it may run over the new year."""

    start: DayOfYear = Field(validation_alias=AliasChoices("from", "start"))
    end: DayOfYear = Field(validation_alias=AliasChoices("to", "end"))

    def covers(self, day: date) -> bool:
        """Whether new prices may take effect on `day`."""
        at = f"{day:%m-%d}"
        if self.start <= self.end:
            return self.start <= at <= self.end
        return at >= self.start or at <= self.end


class OfferRules(ContentModel):
    """How offers change: which kinds of change wait for the office, and when new prices may take effect.

    What is not in `approval_needed` goes live at once and is listed for the office. `first`: what happens to the first
    version under an approved line, which the office has just looked at. Without windows, every day will do.
    """

    approval_needed: tuple[ChangeKind, ...] = ("price", "area", "groups", "text")
    first: Literal["at_once", "approve"] = "at_once"
    price_windows: tuple[PriceWindow, ...] = ()

    def price_may_begin(self, day: date) -> bool:
        """Whether new prices may take effect on `day`."""
        return not self.price_windows or any(window.covers(day) for window in self.price_windows)


class ServiceDecisionRules(ContentModel):
    """How decisions on clients' services are made. `two_people`: one proposes, another one decides."""

    two_people: bool = True


class DeliveryRules(ContentModel):
    """How deliveries are recorded and when they are paid.

    `oldest_days`: how far back a delivery may lie. `objection_days`: how long the client can object to one that is paid
    unless the client objects. `dispute_days`: how soon the office looks into a dispute. A visit that is cancelled less
    than `cancellation_hours` before it begins may be charged at `cancellation_percent` of its price (0: at nothing).
    """

    oldest_days: Annotated[int, Field(ge=1, le=366)] = 62
    objection_days: Annotated[int, Field(ge=1, le=90)] = 14
    dispute_days: Annotated[int, Field(ge=1, le=90)] = 14
    cancellation_hours: Annotated[int, Field(ge=0, le=24 * 14)] = 24
    cancellation_percent: Annotated[int, Field(ge=0, le=100)] = 100


class StatementRules(ContentModel):
    """How months are settled with providers.

    `freeze_day`: on which day of the next month the statements of a month are frozen, unless a payer does it earlier.
    `objection_days`: how long a provider can object to a statement before it is paid. `einvoice_address`: whether the
    organisation asks providers for an e-invoice address, to send its self-billed invoices there too.
    """

    freeze_day: Annotated[int, Field(ge=1, le=28)] = 10
    objection_days: Annotated[int, Field(ge=1, le=60)] = 7
    einvoice_address: bool = False


class AgreementRules(ContentModel):
    """How clients and providers come to an agreement.

    `answer_days`: a request that the provider has not answered for longer lapses. `price_changed`: what becomes of a
    request when the provider's prices for its first day change before the answer: the prices of the request are `kept`,
    or the client is `asked_anew`.
    """

    answer_days: Annotated[int, Field(ge=1, le=60)] = 7
    price_changed: Literal["kept", "asked_anew"] = "kept"


class Contact(ContentModel):
    """Whom to ask. `hours` says when somebody answers."""

    name: Text
    email: Annotated[Email, Field(min_length=1)]
    phone: Phone = ""
    hours: Text | None = None


class Event(ContentModel):
    """An information session: its day, its times and its place."""

    name: Text
    day: date
    start: ClockTime = Field(validation_alias=AliasChoices("from", "start"))
    end: ClockTime = Field(validation_alias=AliasChoices("to", "end"))
    place: Text


def _asked_of(points: Iterable[ChecklistItem], service_keys: Collection[str]) -> tuple[ChecklistItem, ...]:
    return tuple(each for each in points if not each.services or set(each.services) & set(service_keys))


class PilotDefinition(ContentModel):
    """One pilot. `read_definition` reads it from a file, `queries.definition` from a kept version.

    `own_people`: whether a person near to the client may be paid from the budget, approved in a light way, and
    `own_people_rules` how; kept versions from before there were such rules let nobody be approved.
    `yearly_check`: what the office looks at once a year in an approval; none leaves it to words of its own.
    `proof_look_days`: how long a new proof of an approved provider counts before somebody of the office looks at it.
    """

    key: Key
    organisation: OrganisationKey
    name: Text
    summary: Text
    lead: Annotated[tuple[Text, ...], Field(min_length=1)]
    principles: tuple[Text, ...] = ()
    area: Area
    period: Period
    application_period: Period
    groups: Annotated[tuple[GroupKey, ...], Field(min_length=1)]
    budget_kinds: Annotated[tuple[Literal["euros", "hours"], ...], Field(min_length=1)]
    own_people: Literal["unpaid", "paid"] = "unpaid"
    own_people_rules: OwnPeopleRules | None = None
    time_bands: tuple[TimeBand, ...] = ()
    services: Annotated[tuple[PilotService, ...], Field(min_length=1)]
    evidence: tuple[EvidenceRequirement, ...] = ()
    rulebook: Rulebook
    checklist: Annotated[tuple[ChecklistItem, ...], Field(min_length=1)]
    yearly_check: tuple[ChecklistItem, ...] = ()
    application: Annotated[tuple[Section, ...], Field(min_length=1)]
    handling_days: Annotated[int, Field(ge=1, le=365)]
    completion_days: Annotated[int, Field(ge=1, le=90)]
    proof_look_days: Annotated[int, Field(ge=1, le=90)] = 14
    notice: Notice
    offers: OfferRules = OfferRules()
    service_decisions: ServiceDecisionRules = ServiceDecisionRules()
    agreements: AgreementRules = AgreementRules()
    deliveries: DeliveryRules = DeliveryRules()
    statements: StatementRules = StatementRules()
    contact: Contact
    events: tuple[Event, ...] = ()

    @cached_property
    def figures(self) -> Mapping[Figure, str]:
        """The pilot's own figures, for the rulebook."""
        return {
            Figure.CLIENT_DAYS: str(self.notice.client_days),
            Figure.PROVIDER_DAYS: str(self.notice.provider_days),
            Figure.PRICE_CHANGE_DAYS: str(self.notice.price_change_days),
            Figure.OLDEST_DAYS: str(self.deliveries.oldest_days),
            Figure.OBJECTION_DAYS: str(self.deliveries.objection_days),
            Figure.CANCELLATION_HOURS: str(self.deliveries.cancellation_hours),
            Figure.CANCELLATION_PERCENT: str(self.deliveries.cancellation_percent),
            Figure.FREEZE_DAY: str(self.statements.freeze_day),
            Figure.STATEMENT_DAYS: str(self.statements.objection_days),
        }

    def with_figures(self, text: LocalizedText) -> LocalizedText:
        """A text of the rulebook with the pilot's figures in the places that it leaves for them."""
        return filled(text, self.figures)

    @cached_property
    def day_kinds(self) -> tuple[DayKind, ...]:
        """The kinds of day that the pilot tells apart in its time rules."""
        return kinds_told_apart(day for row in self.time_bands for day in row.days)

    @cached_property
    def municipalities(self) -> frozenset[str]:
        """The codes of the pilot's area."""
        return self.area.codes

    @property
    def paid_people(self) -> OwnPeopleRules | None:
        """How a person near to a client is approved to be paid; None where the pilot does not allow it."""
        return self.own_people_rules if self.own_people == "paid" else None

    def own_person_units(self, service_key: str) -> tuple[str, ...]:
        """The units of a service by which a person near to a client can be paid."""
        rules = self.paid_people
        if rules is None or service_key not in self.service_keys:
            return ()
        return tuple(unit for unit in self.service(service_key).units if rules.ceiling_of(unit) is not None)

    @property
    def service_keys(self) -> tuple[str, ...]:
        """The keys of the pilot's services, in its order."""
        return tuple(service.key for service in self.services)

    def service(self, key: str) -> PilotService:
        """The service with this key. Raises KeyError when the pilot does not have it."""
        for service in self.services:
            if service.key == key:
                return service
        raise KeyError(key)

    def with_ceilings_of(self, newer: PilotDefinition) -> PilotDefinition:
        """The definition with the highest prices of `newer` in the rows that both have by the same unit.

        Which rows there are, and which of them must be priced, stays.
        """
        known = {service.key: service for service in newer.services}
        services = tuple(
            service.with_ceilings_of(known[service.key]) if service.key in known else service
            for service in self.services
        )
        return self.model_copy(update={"services": services})

    def takes_applications(self, day: date) -> bool:
        """Whether providers may apply on `day`."""
        return self.application_period.covers(day)

    def required_evidence(self, *service_keys: str) -> tuple[EvidenceRequirement, ...]:
        """The proofs asked of a provider of these services: the pilot's and the services', the stricter age winning."""
        ages: dict[str, int | None] = {}
        of_services = (each for key in service_keys for each in self.service(key).evidence)
        for requirement in (*self.evidence, *of_services):
            known = ages.get(requirement.kind)
            given = requirement.max_age_months
            ages[requirement.kind] = min((age for age in (known, given) if age is not None), default=None)
        return tuple(EvidenceRequirement(kind=kind, max_age_months=age) for kind, age in ages.items())

    def checklist_for(self, service_keys: Collection[str]) -> tuple[ChecklistItem, ...]:
        """What a reviewer looks at when these services are applied for."""
        return _asked_of(self.checklist, service_keys)

    def yearly_check_of(self, service_key: str) -> tuple[ChecklistItem, ...]:
        """What the office looks at once a year in an approval of this service."""
        return _asked_of(self.yearly_check, [service_key])

    def sections_for(self, service_keys: Collection[str]) -> tuple[Section, ...]:
        """The application form for these services: the pilot's sections, then one per service with questions."""
        of_services = (
            Section(key=f"service-{service.key}", title=service.name, questions=service.questions)
            for service in self.services
            if service.key in service_keys and service.questions
        )
        return (*self.application, *of_services)

    def document(self) -> dict[str, Any]:
        """The definition as plain JSON data, which `PilotDefinition.model_validate` reads back.

        Defaults are left out, so that a key added to this model later does not make every pilot look changed.
        """
        return self.model_dump(mode="json", exclude_defaults=True)
