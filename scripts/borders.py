"""Make the borders of the supply map from open data of municipalities.

    python -m scripts.borders FILE.geojson --source "…, 2023" [--join 588:507]

The file is a GeoJSON FeatureCollection in WGS 84 with a polygon for each municipality and its code in `NATCODE`, such
as the municipal division 1:4 500 000 of the National Land Survey of Finland (CC BY 4.0). A municipality that has been
joined to another since then is named with `--join OLD:NEW`. Every point is moved to a grid of about 400 metres, so
that neighbours keep one border; islands smaller than a cell of the map are left out. What is written is read by
`marketplace/search/supply_map/borders.py` and says where it comes from.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from marketplace.pilots.vocabulary import MUNICIPALITIES
from marketplace.search.supply_map.borders import FILE

Point = tuple[float, float]
Ring = list[Point]

GRID: Final = (0.008, 0.004)
"""Degrees of longitude and latitude."""

LEAST: Final = 0.0004
"""Square degrees below which an island is not drawn, unless it is all that its municipality has."""

_TRIES: Final = 40
"""Points in each direction among which the place of a name is looked for."""


def main() -> None:
    """Read the file and write the borders."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("file", type=Path)
    parser.add_argument("--source", required=True, help="whose data it is, its name and its year")
    parser.add_argument("--join", action="append", default=[], metavar="OLD:NEW")
    given = parser.parse_args()
    joined = dict(pair.split(":") for pair in given.join)
    shapes = borders(json.loads(given.file.read_text(encoding="utf-8")), joined)
    if missing := MUNICIPALITIES.keys() - shapes.keys():
        parser.error(f"these municipalities have no border: {', '.join(sorted(missing))}")
    written = {"source": given.source, "licence": "CC BY 4.0", "municipalities": shapes}
    FILE.write_text(json.dumps(written, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{FILE}: {len(shapes)} municipalities, {FILE.stat().st_size} bytes")


def borders(collection: Mapping[str, Any], joined: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The shape of each known municipality: `rings` of points and the point where its `name` stands."""
    found: dict[str, list[Ring]] = defaultdict(list)
    for feature in collection["features"]:
        code = str(feature["properties"]["NATCODE"])
        found[joined.get(code, code)] += [ring for ring in _rings(feature["geometry"]) if len(ring) > 2]
    shapes = {}
    for code in sorted(found.keys() & MUNICIPALITIES.keys()):
        rings = sorted(_outline(found[code]), key=_area, reverse=True)
        kept = [ring for at, ring in enumerate(rings) if at == 0 or _area(ring) >= LEAST]
        shapes[code] = {"rings": kept, "name": _inner_point(kept[0])}
    return shapes


def _rings(geometry: Mapping[str, Any]) -> Iterator[Ring]:
    """The rings of a geometry on the grid, without points that fall together."""
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    for polygon in polygons:
        for ring in polygon:
            points = [_on_grid(x, y) for x, y, *_height in ring]
            yield [point for at, point in enumerate(points) if point != points[at - 1]]


def _on_grid(x: float, y: float) -> Point:
    across, up = GRID
    return round(round(x / across) * across, 3), round(round(y / up) * up, 3)


def _outline(rings: Iterable[Ring]) -> list[Ring]:
    """The rings without the borders that they share: what is joined has none inside."""
    follows: dict[Point, list[Point]] = defaultdict(list)
    for ring in rings:
        for start, end in zip(ring, [*ring[1:], ring[0]], strict=True):
            if start in follows.get(end, ()):
                follows[end].remove(start)
            else:
                follows[start].append(end)
    found = []
    for start, ends in list(follows.items()):
        while ends:
            ring, at = [start], ends.pop()
            while at != start and follows[at]:
                ring.append(at)
                at = follows[at].pop()
            if len(ring) > 2:
                found.append(ring)
    return found


def _area(ring: Sequence[Point]) -> float:
    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2


def _inner_point(ring: Ring) -> Point:
    """The point inside that is farthest from the border, where a name has the most room."""
    xs, ys = [x for x, _y in ring], [y for _x, y in ring]
    wide, high = (max(xs) - min(xs)) / _TRIES, (max(ys) - min(ys)) / _TRIES
    tries = [
        (min(xs) + wide * (column + 0.5), min(ys) + high * (row + 0.5))
        for column in range(_TRIES)
        for row in range(_TRIES)
    ]
    shortened = math.cos(math.radians(sum(ys) / len(ys)))
    inside = [point for point in tries if _holds(ring, point)]
    x, y = max(inside, key=lambda point: _room(ring, point, shortened))
    return round(x, 3), round(y, 3)


def _holds(ring: Sequence[Point], point: Point) -> bool:
    x, y = point
    inside = False
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def _room(ring: Sequence[Point], point: Point, shortened: float) -> float:
    """How far the border is from a point; a name is wider than high, so what is beside it counts double."""

    def away(a: Point, b: Point) -> float:
        ax, ay, bx, by = a[0] * shortened / 2, a[1], b[0] * shortened / 2, b[1]
        px, py = point[0] * shortened / 2, point[1]
        length = (bx - ax) ** 2 + (by - ay) ** 2
        along = max(0.0, min(1.0, ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / length))
        return math.hypot(ax + along * (bx - ax) - px, ay + along * (by - ay) - py)

    return min(away(a, b) for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))


if __name__ == "__main__":
    main()
