"""The map of supply: a circle for each municipality, as large as the number of services in it. Drawn on the server."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

from marketplace.pilots.vocabulary import MUNICIPALITIES
from marketplace.search.service import FacetValue

WIDTH: Final = 320.0
_MARGIN: Final = 24.0
_LEAST_SPAN: Final = 0.6
"""Degrees of latitude that the map shows at least: a single municipality is not blown up to the whole picture."""

_SMALLEST, _LARGEST = 3.0, 16.0
_NAMED: Final = 5
"""How many of the largest circles carry their name."""


@dataclass(frozen=True, slots=True)
class Circle:
    """One municipality in the units of the picture."""

    x: float
    y: float
    radius: float
    name: str
    count: int
    chosen: bool
    named: bool


@dataclass(frozen=True, slots=True)
class SupplyMap:
    """The picture: its height for `WIDTH` and its circles, the largest first so that small ones lie on top."""

    height: float
    circles: Sequence[Circle]

    @property
    def drawn(self) -> Markup:
        """The circles as SVG: in Python, because a map of three hundred is drawn with every search."""
        return Markup("\n").join(
            Markup(  # noqa: S704 - numbers, and a name that is escaped
                f'<circle cx="{circle.x}" cy="{circle.y}" r="{circle.radius}" fill="currentColor"'
                f' fill-opacity="{0.85 if circle.chosen else 0.35}" stroke="currentColor">'
                f"<title>{escape(circle.name)}: {circle.count}</title></circle>"
            )
            for circle in self.circles
        )


def supply_map(values: Sequence[FacetValue]) -> SupplyMap | None:
    """The map of a municipality facet; None when there is nothing to show.

    Longitudes are shortened by the cosine of the middle latitude, which is exact enough for a part of Finland.
    """
    if not values:
        return None
    places = [MUNICIPALITIES[value.key] for value in values]
    south, north = min(p.latitude for p in places), max(p.latitude for p in places)
    west, east = min(p.longitude for p in places), max(p.longitude for p in places)
    shortened = math.cos(math.radians((south + north) / 2))
    span_x = max((east - west) * shortened, _LEAST_SPAN)
    span_y = max(north - south, _LEAST_SPAN)
    scale = (WIDTH - 2 * _MARGIN) / span_x
    left = _MARGIN + (span_x - (east - west) * shortened) * scale / 2
    top = _MARGIN + (span_y - (north - south)) * scale / 2
    most = max(1, *(value.count for value in values))
    named = {value.key for value in sorted(values, key=lambda value: -value.count)[:_NAMED]}
    circles = [
        Circle(
            x=round(left + (place.longitude - west) * shortened * scale, 1),
            y=round(top + (north - place.latitude) * scale, 1),
            radius=round(_SMALLEST + (_LARGEST - _SMALLEST) * math.sqrt(value.count / most), 1),
            name=value.label,
            count=value.count,
            chosen=value.chosen,
            named=value.chosen or value.key in named,
        )
        for value, place in zip(values, places, strict=True)
    ]
    return SupplyMap(
        height=round(span_y * scale + 2 * _MARGIN, 1),
        circles=sorted(circles, key=lambda circle: -circle.radius),
    )
