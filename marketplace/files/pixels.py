"""How many pixels a picture says that it has, read from its head: nothing is decoded.

A picture of some kilobytes can say that it has billions of pixels, all of them white. Whoever looks at it, a person's
browser too, sets memory aside for each.
"""

from __future__ import annotations

from typing import IO, Final

_PNG_SIZE: Final = 16
"""Where width and height stand in a PNG, four bytes each: its first chunk holds them (ISO/IEC 15948, 11.2.2)."""

_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""Markers of a JPEG after which its size stands (ITU-T T.81, table B.1)."""

_SCAN: Final = 0xDA
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length."""


_MOST_SEGMENTS: Final = 5000
"""A camera writes some dozens, and a colour profile of megabytes some hundred."""

_MOST: Final = 65_535 * 65_535
"""So many pixels a JPEG can have; taken for those of one that puts off saying it."""


def pixels_of(file: IO[bytes], media_type: str) -> int:
    """The number of pixels of a PNG or JPEG; 0 of anything else, and of what does not say it."""
    if media_type == "image/png":
        file.seek(_PNG_SIZE)
        return _number(file, 4) * _number(file, 4)
    return _pixels_of_jpeg(file) if media_type == "image/jpeg" else 0


def _pixels_of_jpeg(file: IO[bytes]) -> int:
    """Goes from segment to segment; each says how long it is."""
    file.seek(2)
    for _segment in range(_MOST_SEGMENTS):
        marker = _marker(file)
        if marker in (0, _SCAN):
            return 0
        if marker in _ALONE:
            continue
        length = _number(file, 2)
        if marker in _FRAMES:
            file.seek(1, 1)
            return _number(file, 2) * _number(file, 2)
        file.seek(max(length - 2, 0), 1)
    return _MOST


def _marker(file: IO[bytes]) -> int:
    """The next marker, however many bytes fill the space before it; 0 where there is none."""
    if file.read(1) != b"\xff":
        return 0
    while (byte := file.read(1)) == b"\xff":
        pass
    return int.from_bytes(byte, "big")


def _number(file: IO[bytes], size: int) -> int:
    return int.from_bytes(file.read(size), "big")
