"""The filter form of the search pages. It is sent by GET and has nothing to protect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape
from wtforms import BooleanField, Form, SelectField, StringField
from wtforms.fields.choices import Choice, SelectChoice
from wtforms.widgets import Select

from marketplace.forms import ChoicesField, MunicipalitiesField, options
from marketplace.i18n import _, _l
from marketplace.pilots.vocabulary import BANDS
from marketplace.search.asking import Asked
from marketplace.search.service import FacetValue, Found


class PlainSelect(Select):
    """A select whose options have no attributes of their own: drawn in a tenth of the time."""

    @classmethod
    def render_option(cls, choice: Choice) -> Markup:
        """One option as the base class draws it."""
        chosen = "selected " if choice.selected else ""
        return Markup(f'<option {chosen}value="{escape(choice.value)}">{escape(choice.label)}</option>')  # noqa: S704


class FilterForm(Form):
    """Everything a search can be narrowed by; each choice says how many offers it would give."""

    service = ChoicesField(_l("Service"))
    municipality = MunicipalitiesField(_l("Municipality"))
    available = BooleanField(_l("Free now"), render_kw={"value": "1"})
    group = ChoicesField(_l("For whom"))
    language = ChoicesField(_l("Language of service"))
    feature = ChoicesField(_l("Accessibility and ways of working"))
    band = SelectField(_l("Show the price for"), widget=PlainSelect())
    price_max = StringField(_l("Highest price, euros"))
    sort = SelectField(_l("Order"), widget=PlainSelect())


def filter_form(asked: Asked, found: Found, bands: Sequence[str], language: str) -> FilterForm:
    """The form filled with what was asked and the counts found. `bands` are the price bands to choose from."""
    data: dict[str, Any] = {name: list(values) for name, values in asked.chosen.items()}
    parameters = asked.parameters()
    form = FilterForm(
        data={
            **data,
            "available": asked.available,
            "band": asked.band or "",
            "price_max": parameters.get("price_max", ""),
            "sort": asked.sort,
        }
    )
    for name in ("service", "group", "language", "feature"):
        form[name].choices = options((value.key, _counted(value)) for value in found.facets[name])
    places = sorted(found.facets["municipality"], key=lambda value: value.group)
    form.municipality.choices = [
        SelectChoice(value.key, _counted(value), optgroup=value.group or None) for value in places
    ]
    form.band.choices = options(
        [("", _("The lowest price")), *((key, BANDS[key].name[language]) for key in bands)]
    )
    form.sort.choices = options(
        [("match", _("Best match first")), ("price", _("Lowest price first")), ("name", _("By name, A–Ö"))]
    )
    return form


def _counted(value: FacetValue) -> str:
    return f"{value.label} ({value.count})"
