"""Re-encoding a picture: the only place that decodes what somebody sent.

A sent file is taken apart and drawn again as WebP, so nothing of it is handed on but what is seen: no place, time or
device (Exif, XMP, IPTC), no profile, no second image or program hidden behind the first. The size is read from the
file's head and refused before a single pixel is decoded, so a small file that unfolds to gigabytes does no harm.
"""

from __future__ import annotations

import io
import math
import struct
import warnings
import zlib
from dataclasses import dataclass
from typing import Any, Final

from PIL import Image, ImageOps

from marketplace.errors import Invalid
from marketplace.i18n import _l
from marketplace.slow_work import Slow, turn

MEDIA_TYPE: Final = "image/webp"
MAX_PIXELS: Final = 25_000_000
"""The most that is decoded, some 100 MB of memory for a moment."""

WORKED_PIXELS: Final = 6_000_000
"""A larger picture is made smaller before it is turned and drawn on its ground, each of which takes memory again."""

MIN_SIDE: Final = 200
WIDTHS: Final = (1600, 960, 480)
"""Widths that are kept; a picture is never made larger than it is."""

QUALITY: Final = 80

_MESSAGES: Final[dict[str, Any]] = {
    "too_many_pixels": _l(
        "The picture has more than 25 million pixels. Save it in a smaller size, for example 3000 pixels wide."
    ),
    "malformed": _l("The picture cannot be read. Save it again as a JPEG or a PNG and choose it again."),
    "too_small": _l("The picture is too small. It must be at least 200 pixels wide and high."),
}

_BROKEN: Final = (OSError, SyntaxError, ValueError, EOFError, TypeError, IndexError, struct.error, zlib.error)
"""What the library raises for files that are not what they say they are."""

Image.MAX_IMAGE_PIXELS = MAX_PIXELS


class PictureRefused(Invalid):
    """A picture that is not taken; `code` is too_many_pixels, malformed or too_small."""

    def __init__(self, code: str) -> None:
        super().__init__(_MESSAGES[code])
        self.code = code


@dataclass(frozen=True, slots=True)
class Rendition:
    """A picture in one size: width and height in pixels, and the WebP file."""

    width: int
    height: int
    content: bytes


def remake(content: bytes) -> Rendition:
    """The picture of a JPEG or PNG file, drawn again in the widest kept size. Raises PictureRefused, Busy."""
    with turn(Slow.PICTURE):
        picture = _decoded(content, ("JPEG", "PNG"))
        if min(picture.size) < MIN_SIDE:
            raise PictureRefused("too_small")
        return _encoded(picture, WIDTHS[0])


def narrower(content: bytes) -> tuple[tuple[int, int], list[Rendition]]:
    """Width and height of a picture made by `remake`, and its narrower sizes, the widest first. Raises Busy."""
    with turn(Slow.PICTURE):
        picture = _decoded(content, ("WEBP",))
        return picture.size, [_encoded(picture, width) for width in WIDTHS if width < picture.width]


def _decoded(content: bytes, formats: tuple[str, ...]) -> Image.Image:
    """The pixels, upright and without transparency. Raises PictureRefused."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # about sizes (looked at below) and notes that are left behind anyway
            clear = _upright(content, formats)
    except PictureRefused:
        raise
    except Image.DecompressionBombError as error:
        raise PictureRefused("too_many_pixels") from error
    except _BROKEN as error:
        raise PictureRefused("malformed") from error
    ground = Image.new("RGB", clear.size, "white")
    ground.paste(clear, mask=clear.getchannel("A"))
    return ground


def _upright(content: bytes, formats: tuple[str, ...]) -> Image.Image:
    with Image.open(io.BytesIO(content), formats=formats) as file:
        if file.width * file.height > MAX_PIXELS:
            raise PictureRefused("too_many_pixels")
        file.draft("RGB", (WIDTHS[0], WIDTHS[0]))  # a large JPEG is decoded at a fraction of its size
        factor = math.isqrt(file.width * file.height // WORKED_PIXELS)
        smaller = file.reduce(factor) if factor > 1 and file.mode in ("RGB", "RGBA", "L") else file
        return ImageOps.exif_transpose(smaller).convert("RGBA")


def _encoded(picture: Image.Image, width: int) -> Rendition:
    """The picture at most so wide, as WebP without any metadata."""
    width = min(width, picture.width)
    height = max(round(picture.height * width / picture.width), 1)
    drawn = picture.resize((width, height), Image.Resampling.LANCZOS) if width < picture.width else picture
    file = io.BytesIO()
    drawn.save(file, "WEBP", quality=QUALITY, method=4, exif=b"", icc_profile=b"", xmp=b"")
    return Rendition(width, height, file.getvalue())
