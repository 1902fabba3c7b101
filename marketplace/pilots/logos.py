"""The logo of an organisation: a small SVG or PNG file beside `data/organisations.yaml`, checked when it is read.

A logo is served as a file of its own and shown as `<img>`, where a browser runs no script and fetches nothing. What is
refused here would do so for somebody who opens the file by its address, or would not look the same everywhere.
"""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Final
from xml.parsers import expat

from PIL import Image, UnidentifiedImageError

LOGO_BYTES: Final = 50_000
"""The largest file. A logo is on every page of its organisation."""

LOGO_PIXELS: Final = 2_000
"""The longest side of a PNG."""

_NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\.(?P<kind>svg|png)")
_SVG: Final = "http://www.w3.org/2000/svg"
_DRAWING: Final = frozenset(
    (
        *("svg", "g", "defs", "symbol", "use", "title", "desc", "style"),
        *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
        *("linearGradient", "radialGradient", "stop", "clipPath", "mask"),
    )
)
"""The elements that only draw. Text is not among them: the font would be the reader's own, so it is drawn as paths."""

_INNER_URL: Final = re.compile(r"""url\(\s*["']?#[\w-]+["']?\s*\)""")
_OUTER: Final = re.compile(
    r"[@\\]|\b(?:url|src|image|image-set|expression)\s*\(|(?:java|vb)script:", re.IGNORECASE
)


class InvalidLogo(ValueError):
    """The file cannot be a logo; the message says why, in English for the person who edits the data."""


@dataclass(frozen=True)
class Logo:
    """A checked logo. `width` and `height` tell its shape only: pixels of a PNG, the view box of an SVG."""

    suffix: str
    content: bytes
    width: float
    height: float

    @property
    def media_type(self) -> str:
        """What the file is served as."""
        return {"svg": "image/svg+xml", "png": "image/png"}[self.suffix]

    @cached_property
    def digest(self) -> str:
        """What changes when the picture does: part of its address, which may be kept for ever."""
        return hashlib.sha256(self.content).hexdigest()[:12]

    def width_at(self, height: int) -> int:
        """Its width when it is shown `height` high."""
        return max(1, round(self.width / self.height * height))


def read_logo(folder: Path, name: str) -> Logo:
    """The logo in the file `name` of `folder`. Raises InvalidLogo, which names the file and in an SVG the line."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise InvalidLogo(
            f"“{name}” should be a file name of small letters, digits and - that ends in .svg or .png"
        )
    path = folder / name
    try:
        size = path.stat().st_size
        if size > LOGO_BYTES:
            raise InvalidLogo(f"the file {name} has {size} bytes; at most {LOGO_BYTES} are allowed")
        content = path.read_bytes()
    except OSError as error:
        raise InvalidLogo(f"the file {name} cannot be read: {error.strerror or error}") from error
    suffix = match["kind"]
    width, height = _svg_shape(name, content) if suffix == "svg" else _png_shape(name, content)
    return Logo(suffix, content, width, height)


def _png_shape(name: str, content: bytes) -> tuple[float, float]:
    try:
        with Image.open(BytesIO(content), formats=["PNG"]) as picture:
            width, height = picture.size
            if max(width, height) > LOGO_PIXELS:
                raise InvalidLogo(
                    f"the file {name} is {width} × {height} pixels; at most {LOGO_PIXELS} are allowed"
                )
            picture.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise InvalidLogo(f"the file {name} is not a whole PNG picture") from error
    return width, height


def _svg_shape(name: str, content: bytes) -> tuple[float, float]:
    drawing = _Drawing(name)
    try:
        drawing.parser.Parse(content, True)
    except expat.ExpatError as error:
        raise InvalidLogo(f"the file {name} is not a whole SVG drawing (line {error.lineno})") from error
    return drawing.shape


class _Drawing:
    """One reading of an SVG file: stops at the first thing that does more than draw."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.shape = (0.0, 0.0)
        self._depth = 0
        self._in_style = False
        self._style: list[str] = []
        self.parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.ProcessingInstructionHandler = self._instruction
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _refuse(self, what: str) -> InvalidLogo:
        return InvalidLogo(f"the file {self.name}, line {self.parser.CurrentLineNumber}: {what}")

    def _doctype(self, *_parts: object) -> None:
        raise self._refuse("a document type may bring in other files; remove it")

    def _instruction(self, target: str, _data: str) -> None:
        raise self._refuse(f"<?{target}?> may bring in other files; remove it")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, element = name.rpartition(" ")
        if self._depth == 0:
            if (space, element) != (_SVG, "svg"):
                raise self._refuse("an SVG drawing begins with <svg xmlns=…>")
            self.shape = self._view_box(attributes.get("viewBox", ""))
        if space != _SVG or element not in _DRAWING:
            raise self._refuse(f"<{element}> is not allowed in a logo, which only draws")
        self._depth += 1
        self._in_style = element == "style"
        for key, value in attributes.items():
            self._attribute(key.rpartition(" ")[2], value)

    def _attribute(self, name: str, value: str) -> None:
        if name.lower().startswith("on"):
            raise self._refuse(f"{name} is a script")
        if name == "href" and not value.startswith("#"):
            raise self._refuse(f"href leads out of the file: “{value[:60]}”")
        self._inside(name, value)

    def _inside(self, what: str, value: str) -> None:
        """Refuse a value that reaches out of the file: `url(…)` may name a part of the drawing alone."""
        if _OUTER.search(_INNER_URL.sub("", value)):
            raise self._refuse(f"{what} may lead out of the file: “{' '.join(value.split())[:60]}”")

    def _text(self, text: str) -> None:
        if self._in_style:
            self._style.append(text)

    def _end(self, _name: str) -> None:
        self._depth -= 1
        if self._in_style:
            self._inside("<style>", "".join(self._style))
            self._style.clear()
            self._in_style = False

    def _view_box(self, value: str) -> tuple[float, float]:
        try:
            _left, _top, width, height = (float(part) for part in re.split(r"[\s,]+", value.strip()))
        except ValueError:
            width = height = 0.0
        if not (0 < width < math.inf and 0 < height < math.inf):
            raise self._refuse('the drawing needs a viewBox, such as viewBox="0 0 120 40"')
        return width, height
