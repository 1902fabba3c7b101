"""The supply of one county as a drawing: its municipalities with names and numbers, and its neighbours around it.

Pure: from borders and numbers to paths and places of words, in the units of the drawing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from marketplace.search.supply_map.borders import Point, Shape

WIDTH: Final = 400.0
"""The drawing's own units, about the pixels of a phone."""

LEVELS: Final = 4
"""Shades, from the fewest offers to the most; the number stands beside each name."""

_LEAST_HEIGHT, _MOST_HEIGHT = 260.0, 620.0
_MARGIN: Final = 18.0
_TEXT: Final = 15.0
_LINE: Final = 16.0
_LETTER: Final = 0.56
"""The width of a letter against the size of the text, on average."""

_MOVES: Final = tuple(
    sorted(
        ((across * 11.0, down * 8.0) for down in range(-7, 8) for across in range(-8, 9)),
        key=lambda move: move[0] ** 2 + move[1] ** 2,
    )
)
"""Where a name may stand beside its place when another is in its way, the nearest first."""

_HERE: Final = ((0.0, 0.0),)
_LEAST_SPAN: Final = 0.62
"""Degrees of latitude shown at least, some 70 km: one municipality alone is seen among its neighbours."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the drawing, centred at `x`; `y` is its base line."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class DrawnArea:
    """A municipality in the drawing. `level` is 0 without offers, else 1 to LEVELS; `words`: name and number."""

    code: str
    name: str
    path: str
    count: int
    level: int
    chosen: bool
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A municipality around those of the drawing; its name where there is room for it."""

    path: str
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing of `WIDTH` by `height`."""

    height: float
    areas: Sequence[DrawnArea]
    around: Sequence[Neighbour]


@dataclass(frozen=True, slots=True)
class Counted:
    """A municipality with its number of offers."""

    code: str
    name: str
    count: int
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: _Box) -> bool:
        apart = self.right <= other.left or other.right <= self.left
        return not apart and not (self.bottom <= other.top or other.bottom <= self.top)

    def within(self, width: float, height: float) -> bool:
        return self.left >= 0 and self.top >= 0 and self.right <= width and self.bottom <= height


@dataclass(frozen=True, slots=True)
class DrawnGround:
    """What does not depend on what is searched for: paths and the places of names by code, neighbours included."""

    height: float
    paths: Mapping[str, str]
    places: Mapping[str, tuple[float, float]]
    around: Sequence[str]
    """The codes of the neighbours."""


def ground_of(codes: Sequence[str], shapes: Mapping[str, Shape]) -> DrawnGround:
    """The ground of these municipalities, which fill the drawing; others stand around them without a name."""
    points = [point for code in codes for ring in shapes[code].rings for point in ring]
    place, height = _view(points)
    around = [
        code
        for code, shape in shapes.items()
        if code not in codes and _is_seen((place(point) for ring in shape.rings for point in ring), height)
    ]
    seen = (*codes, *around)
    return DrawnGround(
        height=height,
        paths={code: _path(shapes[code], place) for code in seen},
        places={code: place(shapes[code].name) for code in seen},
        around=around,
    )


def drawing(on: DrawnGround, counted: Sequence[Counted], neighbours: Mapping[str, str]) -> Drawing:
    """The drawing of the municipalities of a ground with their numbers; `neighbours` are names by code."""
    most = max((each.count for each in counted), default=0)
    taken: list[_Box] = []
    words = _words(counted, on, taken)
    areas = [
        DrawnArea(
            code=each.code,
            name=each.name,
            path=on.paths[each.code],
            count=each.count,
            level=math.ceil(each.count / most * LEVELS) if most else 0,
            chosen=each.chosen,
            words=words[each.code],
        )
        for each in counted
    ]
    around = []
    for code in on.around:
        placed = _placed((neighbours[code],), on.places[code], on.height, taken, _HERE)
        if placed is not None:
            taken.append(placed[1])
        around.append(Neighbour(on.paths[code], placed[0] if placed else ()))
    return Drawing(on.height, areas, around)


def _view(points: Sequence[Point]) -> tuple[Callable[[Point], tuple[float, float]], float]:
    """What turns longitude and latitude into places of the drawing, and its height.

    The projection is sinusoidal about the middle of what is shown: areas are true, and north is up.
    """
    middle = (min(x for x, _y in points) + max(x for x, _y in points)) / 2

    def flat(point: Point) -> tuple[float, float]:
        longitude, latitude = point
        return (longitude - middle) * math.cos(math.radians(latitude)), -latitude

    flattened = [flat(point) for point in points]
    left, right = _widened(min(x for x, _y in flattened), max(x for x, _y in flattened))
    top, bottom = _widened(min(y for _x, y in flattened), max(y for _x, y in flattened))
    scale = min(
        (WIDTH - 2 * _MARGIN) / (right - left),
        (_MOST_HEIGHT - 2 * _MARGIN) / (bottom - top),
    )
    height = max(_LEAST_HEIGHT, (bottom - top) * scale + 2 * _MARGIN)
    across = (WIDTH - (right - left) * scale) / 2
    down = (height - (bottom - top) * scale) / 2

    def place(point: Point) -> tuple[float, float]:
        x, y = flat(point)
        return across + (x - left) * scale, down + (y - top) * scale

    return place, round(height, 1)


def _widened(least: float, most: float) -> tuple[float, float]:
    """An extent about the same middle that is at least `_LEAST_SPAN`."""
    more = max(0.0, _LEAST_SPAN - (most - least)) / 2
    return least - more, most + more


def _path(shape: Shape, place: Callable[[Point], tuple[float, float]]) -> str:
    """A shape as the data of an SVG path, to a tenth of a unit."""
    rings = (" ".join(f"{x:.1f},{y:.1f}" for x, y in map(place, ring)) for ring in shape.rings)
    return "".join(f"M{ring}Z" for ring in rings)


def _is_seen(points: Iterable[tuple[float, float]], height: float) -> bool:
    """Whether a shape comes into the drawing, as far as the box around it tells."""
    xs, ys = zip(*points, strict=True)
    return _Box(min(xs), min(ys), max(xs), max(ys)).meets(_Box(0, 0, WIDTH, height))


def _words(counted: Sequence[Counted], on: DrawnGround, taken: list[_Box]) -> dict[str, tuple[Word, ...]]:
    """Name and number of each municipality, where none lies on another: those with the most offers are placed first.

    Where there is no room for both, the number alone stands there; the table beside the drawing has the name.
    """
    found: dict[str, tuple[Word, ...]] = {}
    for each in sorted(counted, key=lambda each: (-each.count, each.code)):
        for lines in ((each.name, str(each.count)), (str(each.count),)):
            placed = _placed(lines, on.places[each.code], on.height, taken, _MOVES)
            if placed is not None:
                found[each.code], box = placed
                taken.append(box)
                break
        else:
            found[each.code] = ()
    return found


def _placed(
    lines: Sequence[str],
    at: tuple[float, float],
    height: float,
    taken: Sequence[_Box],
    moves: Sequence[tuple[float, float]],
) -> tuple[tuple[Word, ...], _Box] | None:
    """The lines at their place or as near to it as there is room; None when there is none."""
    wide = max(len(line) for line in lines) * _TEXT * _LETTER
    high = len(lines) * _LINE
    for across, down in moves:
        x = min(max(at[0] + across, wide / 2), WIDTH - wide / 2)
        y = at[1] + down
        box = _Box(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
        if box.within(WIDTH, height) and not any(box.meets(other) for other in taken):
            words = tuple(
                Word(round(x, 1), round(box.top + _LINE * (line + 0.8), 1), text)
                for line, text in enumerate(lines)
            )
            return words, box
    return None
