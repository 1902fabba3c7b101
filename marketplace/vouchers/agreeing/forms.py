"""The forms of requests and ends: what is wanted, a last day, a reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms import Field, SelectField
from wtforms.validators import Length, StopValidation

from marketplace.days import AGREED
from marketplace.decisions.rules import MAX_TEXT
from marketplace.i18n import _, _l, current_language
from marketplace.offers.pricing.rules import BadQuantity
from marketplace.pilots.vocabulary import CHANGE_REASONS
from marketplace.search.quantities import monthly_problem, read_monthly
from marketplace.vouchers.agreeing.rules import AskedPrice
from marketplace.vouchers.granting.labels import band_name
from marketplace.web.forms import BaseForm, DateField, Optional, Prose, StrippedString, options, required


class CountForm(BaseForm):
    """From when, and how much of each band in a month; sent in the address, to see what it costs."""

    class Meta:
        csrf = False

    starts_on = DateField(_l("First day"), validators=[required(_l("Give the first day."))], reach=AGREED)


class AskForm(BaseForm):
    """The request. What was counted goes along unseen."""


def change_reason_field() -> dict[str, Any]:
    """The field that asks why a client changes to another provider; it may stay empty."""
    language = current_language()
    named = [(key, each.name[language]) for key, each in CHANGE_REASONS.items()]
    return {
        "change_reason": SelectField(
            _("Why do you change the provider?"),
            choices=options([("", _("I would rather not say")), *named]),
            default="",
        )
    }


class LastDayForm(BaseForm):
    """The last day of an agreement that ends with notice."""

    ends_on = DateField(_l("Last day"), validators=[required(_l("Give the last day."))], reach=AGREED)


class ReasonForm(BaseForm):
    """Why a request is declined or an agreement ends at once; the verb says what is missing."""

    reason = Prose(_l("Reason"), validators=[Length(max=MAX_TEXT)])


def units_fields(prices: Mapping[str, AskedPrice]) -> dict[str, Any]:
    """A field for each band: how much of it is wanted in a month."""
    return {
        band: StrippedString(band_name(band), validators=[Optional(), _Monthly(price.unit)])
        for band, price in prices.items()
    }


class _Monthly:
    """Refuses what is no quantity of a unit in a month, and says how to write it."""

    def __init__(self, unit: str) -> None:
        self._unit = unit

    def __call__(self, _form: BaseForm, field: Field) -> None:
        text = field.data or ""
        try:
            read_monthly(text, self._unit)
        except BadQuantity as error:
            raise StopValidation(monthly_problem(error, text, self._unit)) from error


def nothing_wanted() -> str:
    """What the person reads who counts without having written how much."""
    return _("Write how much you need in a month.")
