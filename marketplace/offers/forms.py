"""The forms of an offer: its editor, free places, its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast

from wtforms import BooleanField, Field, HiddenField, SelectField
from wtforms.validators import Length, Optional
from wtforms.widgets import TextInput

from marketplace.days import AGREED, PLANNED
from marketplace.i18n import _, _l, current_language
from marketplace.numerals import NoNumber, read_number
from marketplace.offers.content import ChosenUnit, Content, ContentPrice
from marketplace.offers.labels import AVAILABILITY, INCLUDES
from marketplace.offers.models import Offer
from marketplace.offers.pricing.rules import HOUR
from marketplace.offers.rules import Availability
from marketplace.offers.service import editable_version
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.vocabulary import (
    AGES,
    BANDS,
    COUNTIES,
    FEATURES,
    GROUPS,
    SERVICES,
    UNITS,
    ages_served,
    municipalities_by_name,
)
from marketplace.providers import labels
from marketplace.providers.forms import language_choices, said
from marketplace.providers.units.rules import UnitState
from marketplace.text import whole_number
from marketplace.web.forms import (
    BaseForm,
    BilingualField,
    ChoicesField,
    DateField,
    MoneyField,
    MunicipalitiesField,
    RadioField,
    StrippedString,
    WebAddressField,
    WholeNumberField,
    required,
)


def _words_of(unit: str) -> tuple[str, str]:
    """How people write a unit after a price: `h`, `matka`, `resa`."""
    short = UNITS[unit].short
    return short.fi, short.sv


class OfferForm(BaseForm):
    """The editor of an offer; `offer_form` adds the price table and the choices of the pilot's definition."""

    seen = HiddenField()
    title = BilingualField(_l("Title"), max_length=120)
    summary = BilingualField(_l("In one sentence"), max_length=250)
    description = BilingualField(_l("Description"), long=True, max_length=5000)
    plain = BilingualField(_l("The same in plain language"), long=True, max_length=3000)
    unit = SelectField(_l("Unit"), [Optional()])
    place = StrippedString(_l("Place where the service is given"), [Optional(), Length(max=200)])
    municipalities = MunicipalitiesField(
        _l("Municipalities in which you offer the service"),
        validate_choice=False,  # the service names what the approval does not cover
    )
    groups = ChoicesField(_l("Client groups"))
    languages = ChoicesField(_l("Languages of the service"))
    features = ChoicesField(_l("Accessibility and ways of working"))
    ages = ChoicesField(_l("Ages of the clients"))
    includes = ChoicesField(_l("What the price includes"))
    vat_code = SelectField(_l("Value added tax"))
    minimum_minutes = WholeNumberField(_l("Shortest time that is charged"), [Optional()])
    cancellation = BilingualField(_l("Cancelling"), long=True, max_length=600)
    sign_video = WebAddressField(_l("Video in sign language"), [Optional(), Length(max=500)])
    valid_from = DateField(
        _l("In force from"), [required(_l("Give the first day of these prices."))], reach=AGREED
    )

    @property
    def price_fields(self) -> dict[str, Any]:
        """Band → its field."""
        return {
            name.removeprefix("price_"): field
            for name, field in self._fields.items()
            if name.startswith("price_")
        }

    @property
    def content(self) -> Content:
        """What was written."""
        includes = tuple(self.includes.data or ())
        given = {band: field.data for band, field in self.price_fields.items() if field.data is not None}
        return Content(
            title=self.title.text,
            summary=self.summary.text,
            description=self.description.text,
            plain=self.plain.text,
            place=self.place.data or "",
            unit=None if (number := whole_number(self.unit.data)) is None else ChosenUnit(number),
            sign_video=self.sign_video.data or "",
            minimum_minutes=self.minimum_minutes.data,
            cancellation=self.cancellation.text,
            municipalities=tuple(self.municipalities.data or ()),
            groups=tuple(self.groups.data or ()),
            languages=tuple(self.languages.data or ()),
            features=tuple(self.features.data or ()),
            ages=tuple(self.ages.data or ()),
            prices={band: ContentPrice(amount, includes) for band, amount in given.items()},
            vat_code=self.vat_code.data,
            valid_from=cast(date, self.valid_from.data),  # required, so it is there once the form is valid
        )


def offer_form(
    offer: Offer, definition: PilotDefinition, day: date, values: Mapping[str, Any], *, as_saved: bool = False
) -> OfferForm:
    """The editor of this offer: its choices, and one price field for each band of the pilot's price table.

    VAT is shown with the rate in force on `day`. `values` are the first ones (`values_of`); `as_saved` gives these
    whatever the request brings.
    """
    language = current_language()
    bands = definition.service(offer.service_key).bands
    prices = {f"price_{row.band}": MoneyField(row.name[language], per=_words_of(row.unit)) for row in bands}
    form = (
        OfferForm(formdata=None, extra=prices, **values)
        if as_saved
        else OfferForm.from_request(extra=prices, **values)
    )
    for name, choices in _choices(offer, definition, day, language).items():
        form[name].choices = choices
    return form


def _choices(
    offer: Offer, definition: PilotDefinition, day: date, language: str
) -> dict[str, dict[str, Any]]:
    """Field → what can be chosen in it."""
    return {
        "unit": _units(offer),
        "municipalities": _places(offer.approval.municipalities, language),
        "groups": {key: GROUPS[key].name[language] for key in definition.groups},
        "languages": language_choices(),
        "features": {key: entry.name[language] for key, entry in FEATURES.items()},
        "ages": {key: AGES[key].name[language] for key in ages_served(offer.service_key)},
        "includes": said(INCLUDES),
        "vat_code": {key: labels.vat_text(key, day) for key in SERVICES[offer.service_key].vat},
    }


def _units(offer: Offer) -> dict[str, str]:
    """Id → name and address of the provider's open units and the one chosen before; first the choice of none."""
    chosen = editable_version(offer).unit_id
    units = [unit for unit in offer.provider.units if unit.state == UnitState.OPEN or unit.id == chosen]
    return {"": _("Not in a unit of ours")} | {
        str(unit.id): f"{unit.name}, {unit.street}, {unit.city}" for unit in units
    }


def _places(codes: Iterable[str], language: str) -> dict[str, dict[str, str]]:
    """County → code → name, the municipalities in the order of their names."""
    places: dict[str, dict[str, str]] = {}
    for place in municipalities_by_name(codes, language):
        places.setdefault(COUNTIES[place.county].name[language], {})[place.code] = place.name[language]
    return places


def values_of(content: Content) -> dict[str, Any]:
    """First values for the editor's fields."""
    included = {key for price in content.prices.values() for key in price.includes}
    return {
        "title": content.title,
        "summary": content.summary,
        "description": content.description,
        "plain": content.plain,
        "place": content.place,
        "unit": str(content.unit.id) if content.unit is not None else "",
        "sign_video": content.sign_video,
        "minimum_minutes": content.minimum_minutes,
        "cancellation": content.cancellation,
        "municipalities": list(content.municipalities),
        "groups": list(content.groups),
        "languages": list(content.languages),
        "features": list(content.features),
        "ages": list(content.ages),
        "includes": sorted(included),
        "vat_code": content.vat_code,
        "valid_from": content.valid_from,
        **{f"price_{band}": price.amount for band, price in content.prices.items()},
    }


class AvailabilityForm(BaseForm):
    """How many places are free."""

    state = RadioField(_l("Free places"))
    available_from = DateField(_l("Free from"), [Optional()], reach=PLANNED)
    queue_weeks = WholeNumberField(_l("Length of the queue in weeks"), [Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = said(AVAILABILITY)
        del told[Availability.UNTOLD]
        self.state.choices = told


class PublishForm(AvailabilityForm):
    """The publishing of exactly the version that the preview shows, with free places when nobody has told of them."""

    seen = HiddenField()
    nothing_extra = BooleanField(
        _l("I accept that the client is charged nothing beyond these prices: nothing extra is charged.")
    )
    sure = BooleanField(_l("I have looked at these, and this is how I mean it."))


class CoefficientsForm(BaseForm):
    """Several prices at once: the price of a weekday hour and what each other band multiplies it with.

    `coefficients_form` adds a field for each band.
    """

    seen = HiddenField()
    base = MoneyField(
        _l("Price of an hour on a weekday"), [required(_l("Give the price."))], per=_words_of(HOUR)
    )

    @property
    def coefficients(self) -> dict[str, Decimal]:
        """Band → coefficient, for the bands that have one."""
        given = {
            name.removeprefix("coefficient_"): field.data
            for name, field in self._fields.items()
            if name.startswith("coefficient_")
        }
        return {band: factor for band, factor in given.items() if factor is not None}


class CoefficientField(Field):
    """A coefficient as it is written in Finland, `1,15`; `data` is a Decimal or None."""

    widget = TextInput()
    data: Decimal | None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return str(self.data).replace(".", ",") if self.data is not None else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not text:
            return
        try:
            self.data = read_number(text)
        except NoNumber as error:
            raise ValueError(coefficient_message("not_a_number")) from error


def coefficient_message(code: str) -> str:
    """What a person reads when a coefficient will not do; `code` is BadCoefficient's."""
    return {
        "not_a_number": _("Write the coefficient like this: 1,15"),
        "not_positive": _("The coefficient must be more than zero."),
        "too_large": _("The coefficient is at most 10."),
    }[code]


def coefficients_form(bands: Iterable[str], *, seen: str) -> CoefficientsForm:
    """The form of several prices at once for these bands; it begins with what counties use."""
    language = current_language()
    fields = {
        f"coefficient_{band}": CoefficientField(BANDS[band].name[language], default=BANDS[band].coefficient)
        for band in bands
    }
    return CoefficientsForm.from_request(extra=fields, seen=seen)


class DeleteForm(BaseForm):
    """Asks once more before a draft is deleted."""


class WithdrawForm(BaseForm):
    """Asks once more before published changes are withdrawn."""


class EndOfferForm(BaseForm):
    """When an offer ends."""

    last_day = DateField(_l("Last day"), [Optional()], reach=AGREED)
