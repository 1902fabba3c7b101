"""The filter form of the search pages. It is sent by GET and has nothing to protect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from flask import get_template_attribute
from markupsafe import Markup
from wtforms import BooleanField, Form, SelectField, StringField
from wtforms.form import BaseForm

from marketplace.i18n import _, _l
from marketplace.pilots.vocabulary import BANDS, follows_words
from marketplace.search.facets import FACETS
from marketplace.search.query_string import Asked
from marketplace.search.results.pilots import KnownPilot
from marketplace.search.service import FacetValue, Found
from marketplace.web.forms import ChoicesField, RadioField, options

_KEPT_FIELDS: Final = 500
"""Drawn fields that a process remembers: by language, order, band and highest price."""

Row = tuple[str, str, bool]
"""A box as the templates draw it: value, text, checked."""


class FacetField(ChoicesField):
    """The values of a facet as the search found them, each with the number of offers that it would give."""

    found: Sequence[FacetValue] = ()

    def iter_choices(self) -> Iterator[Row]:
        """One box for each value."""
        return map(_row, self.found)


class PlacesField(FacetField):
    """The municipalities, by county."""

    def has_groups(self) -> bool:
        """True: every municipality is in a county."""
        return True

    def iter_groups(self) -> Iterator[tuple[str, Iterator[Row]]]:
        """Each county with its boxes."""
        by_county = attrgetter("group")
        for county, values in groupby(sorted(self.found, key=by_county), by_county):
            yield county, map(_row, values)


def _row(value: FacetValue) -> Row:
    return value.key, f"{value.label} ({value.count})", value.chosen


class FacetForm(BaseForm):
    """What a search can be narrowed by and each choice of it says how many offers it would give."""

    def __init__(self, chosen: Mapping[str, Any], found: Mapping[str, Sequence[FacetValue]]) -> None:
        super().__init__(
            {
                "pilot": RadioField(
                    _l("Pilot"), description=_l("A personal budget pays only for services of its own pilot.")
                )
            }
            | {
                name: (PlacesField if facet.parent else FacetField)(
                    facet.label,
                    description=_l("All that you choose must hold.")
                    if facet.every
                    else _l("One of those that you choose is enough."),
                )
                for name, facet in FACETS.items()
            }
        )
        self["pilot"].choices = []
        self.process(data=chosen)
        for name, values in found.items():
            self[name].found = values

    def shown(self, *, folded: bool) -> list[FacetField]:
        """The fields that have a value, in their order on the page: those that stand open, or those folded away."""
        ordered = sorted(FACETS.values(), key=lambda facet: facet.place)
        return [self[facet.name] for facet in ordered if facet.folded == folded and self[facet.name].found]


class FixedFilterForm(Form):
    """What looks the same whatever was found."""

    available = BooleanField(_l("Free now"), render_kw={"value": "1"})
    band = SelectField(_l("Show the price for"))
    price_max = StringField(_l("Highest price, euros"))
    sort = SelectField(_l("Order"))


def facet_form(asked: Asked, found: Found, known: Mapping[str, KnownPilot], language: str) -> FacetForm:
    """The facets with what was chosen and the counts found."""
    form = FacetForm({**asked.chosen, "pilot": asked.pilot or ""}, found.facets)
    form["pilot"].choices = options(
        [
            ("", _("All pilots")),
            *(
                (key, f"{pilot.name[language]} ({found.pilots.get(key, 0)})")
                for key, pilot in known.items()
                if key in found.pilots or key == asked.pilot
            ),
        ]
    )
    return form


def plain_fields(asked: Asked, bands: Sequence[str], language: str, found: Found) -> Mapping[str, Markup]:
    """The other fields by name, drawn with what was asked and found. `bands` are the price bands to choose from."""
    placed = bool(found.origin)
    price_max = asked.parameters().get("price_max", "")
    sort = asked.sort if placed or asked.sort != "distance" else "match"
    kept = _plain_fields(language, asked.band or "", price_max, sort, tuple(bands), placed)
    free = FixedFilterForm(data={"available": asked.available}).available
    label = f"{free.label.text} ({found.free})"
    return {**kept, "available": get_template_attribute("components/fields.html", "field")(free, label=label)}


@follows_words
@lru_cache(maxsize=_KEPT_FIELDS)
def _plain_fields(
    language: str, band: str, price_max: str, sort: str, bands: tuple[str, ...], placed: bool
) -> Mapping[str, Markup]:
    form = FixedFilterForm(data={"band": band, "price_max": price_max, "sort": sort})
    form.band.choices = options(
        [("", _("The lowest price")), *((key, BANDS[key].name[language]) for key in bands)]
    )
    form.sort.choices = options(
        [
            ("match", _("Best match first")),
            ("price", _("Lowest price first")),
            ("name", _("By name, A–Ö")),
            *([("distance", _("Nearest first"))] if placed else []),
        ]
    )
    draw = get_template_attribute("components/fields.html", "field")
    hint = _("For the price chosen above.")
    return {
        "band": draw(form.band),
        "price_max": draw(form.price_max, hint=hint, inputmode="decimal", autocomplete="off", size=8),
        "sort": draw(form.sort),
    }
