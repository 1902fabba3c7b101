"""Photos of the demo offers: small drawings of the portal's own, each with a text that says what is in it."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from PIL import Image, ImageDraw

from marketplace.demo.chance import Chance
from marketplace.files.store import FileStore
from marketplace.i18n import LocalizedText
from marketplace.offers.photos.pictures import MEDIA_TYPE, Rendition, narrower, remake

MOST_PICTURED: Final = 60
"""How many offers get drawings, however many there are: each photo is rows and files."""

PICTURED_SHARE: Final = 0.4

WIDTH, HEIGHT = 960, 640
FINE: Final = 2
"""Drawn so many times larger and made smaller again, for smooth edges."""

COUNTS: Final = {3: ("kolme", "tre"), 4: ("neljä", "fyra"), 5: ("viisi", "fem")}
TIMES: Final = {
    3: ("aamulla", "på morgonen", "#f6d9b8", "#f2a65a"),
    4: ("päivällä", "på dagen", "#bfe0ee", "#ffd75e"),
    5: ("illalla", "på kvällen", "#3b4a6b", "#f3e3b3"),
}
"""By the number of things in the picture: the time of day in both languages, the colours of sky and sun or moon."""

ALT: Final = {
    "hills": ("Piirros: {count} vihreää kukkulaa {time}.", "Teckning: {count} gröna kullar {time}."),
    "houses": ("Piirros: {count} taloa rivissä {time}.", "Teckning: {count} hus i rad {time}."),
    "trees": ("Piirros: {count} puuta niityllä {time}.", "Teckning: {count} träd på en äng {time}."),
    "boats": (
        "Piirros: {count} purjevenettä järvellä {time}.",
        "Teckning: {count} segelbåtar på en sjö {time}.",
    ),
}
WALLS: Final = ("#c2573f", "#e0b04c", "#f4ede0", "#2f4a6d", "#8a5a44")

Pen = ImageDraw.ImageDraw


class Pictures:
    """Hands out photos for offers, drawing each picture when it is first asked for, until enough offers have some."""

    def __init__(self, store: FileStore) -> None:
        self._store = store
        self._left = MOST_PICTURED
        self._kept = cache(self._keep)

    def some(self, chance: Chance, *, always: bool) -> list[dict[str, Any]]:
        """The photos of one offer, one to three, as rows without their offer; none when enough have been given."""
        if not self._left or not (always or chance.happens(PICTURED_SHARE)):
            return []
        self._left -= 1
        motifs = chance.some(list(ALT), 1, 3)
        return [
            self._kept(motif, chance.one(list(COUNTS))) | {"position": n} for n, motif in enumerate(motifs, 1)
        ]

    def _keep(self, motif: str, count: int) -> dict[str, Any]:
        """Description and renditions of a picture that is put into the file store."""
        whole = remake(drawing(motif, count))
        _size, narrow = narrower(whole.content)
        return {
            "alt": description(motif, count),
            "renditions": [self._put(motif, each) for each in (whole, *narrow)],
        }

    def _put(self, motif: str, made: Rendition) -> dict[str, Any]:
        kept = self._store.put(made.content, media_type=MEDIA_TYPE, name=f"{motif}.webp")
        return {"width": made.width, "height": made.height, "size": kept.size, "sha256": kept.sha256}


def description(motif: str, count: int) -> LocalizedText:
    """What the picture shows, in both languages."""
    texts = zip(ALT[motif], COUNTS[count], TIMES[count][:2], strict=True)
    return LocalizedText(*(text.format(count=number, time=time) for text, number, time in texts))


def drawing(motif: str, count: int) -> bytes:
    """A picture of `count` (3–5) things as a PNG file; the same arguments give the same picture."""
    chance = Chance.of("drawing", motif, count)
    _fi, _sv, sky, light = TIMES[count]
    image = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE), sky)
    pen = ImageDraw.Draw(image)
    _disc(pen, 0.8, 0.2, 0.09, light)
    DRAWN[motif](pen, count, chance)
    file = io.BytesIO()
    image.resize((WIDTH, HEIGHT), Image.Resampling.BOX).save(file, "PNG", compress_level=1)
    return file.getvalue()


def _hills(pen: Pen, count: int, chance: Chance) -> None:
    """Hills side by side, each a lighter green than the one behind it."""
    for number in range(count):
        middle, green = (number + 0.5) / count, 90 + 22 * number
        height = 0.35 + 0.12 * chance.random()
        box = (middle - 0.75 / count, 1 - height, middle + 0.75 / count, 1 + height)
        pen.ellipse(_box(*box), fill=(green // 2, green, green // 2 + 12))


def _houses(pen: Pen, count: int, chance: Chance) -> None:
    """Houses with a roof, a door and a window on grass."""
    pen.rectangle(_box(0, 0.82, 1, 1), fill="#6f9460")
    step = 0.92 / count
    for number in range(count):
        left, top = 0.06 + number * step, 0.52 - 0.08 * chance.random()
        right = left + step * 0.78
        pen.rectangle(_box(left, top, right, 0.86), fill=WALLS[number])
        pen.polygon(
            _points((left - 0.012, top), ((left + right) / 2, top - 0.16), (right + 0.012, top)),
            fill="#4a3b36",
        )
        pen.rectangle(_box(left + step * 0.12, 0.68, left + step * 0.32, 0.86), fill="#3d3330")
        pen.rectangle(_box(left + step * 0.45, top + 0.06, left + step * 0.65, top + 0.16), fill="#fdf3c8")


def _trees(pen: Pen, count: int, chance: Chance) -> None:
    """Trees of different heights on a meadow."""
    pen.rectangle(_box(0, 0.74, 1, 1), fill="#8fb573")
    for number in range(count):
        middle, top = (number + 0.5) / count, 0.2 + 0.18 * chance.random()
        pen.rectangle(_box(middle - 0.012, 0.6, middle + 0.012, 0.84), fill="#5b4636")
        half = 0.34 / count
        pen.polygon(_points((middle - half, 0.74), (middle, top), (middle + half, 0.74)), fill="#2f6b4a")


def _boats(pen: Pen, count: int, chance: Chance) -> None:
    """Sailing boats on a lake with a far shore."""
    pen.rectangle(_box(0, 0.5, 1, 0.56), fill="#3f6b52")
    pen.rectangle(_box(0, 0.55, 1, 1), fill="#4f88a8")
    for number in range(count):
        middle, water = (number + 0.5) / count, 0.7 + 0.18 * chance.random()
        half = 0.26 / count
        pen.polygon(
            _points((middle, water - 0.3), (middle, water - 0.03), (middle + half, water - 0.03)),
            fill="#fbf7ee",
        )
        hull = (
            (middle - half, water),
            (middle + half, water),
            (middle + half * 0.6, water + 0.05),
            (middle - half * 0.6, water + 0.05),
        )
        pen.polygon(_points(*hull), fill=WALLS[number])


DRAWN: Final[dict[str, Callable[[Pen, int, Chance], None]]] = {
    "hills": _hills,
    "houses": _houses,
    "trees": _trees,
    "boats": _boats,
}


def _box(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
    """Pixels of a box given in shares of the picture."""
    across, down = WIDTH * FINE, HEIGHT * FINE
    return left * across, top * down, right * across, bottom * down


def _points(*shares: tuple[float, float]) -> list[tuple[float, float]]:
    return [(x * WIDTH * FINE, y * HEIGHT * FINE) for x, y in shares]


def _disc(pen: Pen, x: float, y: float, radius: float, colour: str) -> None:
    """The sun or the moon: round, whatever the shape of the picture."""
    (middle, down), size = _points((x, y))[0], radius * HEIGHT * FINE
    pen.ellipse((middle - size, down - size, middle + size, down + size), fill=colour)
