"""How many pixels a picture says that it has, and whether it goes on to its end: nothing is decoded.

A picture of some kilobytes can say that it has billions of pixels, all of them white. Whoever looks at it, a person's
browser too, sets memory aside for each. One that was cut off on its way here is half a page, and browsers show it
without a word.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import IO, Final

_PNG_SIZE: Final = 16
"""Where width and height stand in a PNG, four bytes each: its first chunk holds them (ISO/IEC 15948, 11.2.2)."""

_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""Markers of a JPEG after which its size stands (ITU-T T.81, table B.1)."""

_SCAN: Final = 0xDA
_JPEG_END: Final = b"\xff\xd9"
"""Ends a JPEG's picture (ITU-T T.81, table B.1); among the coded pixels no byte 0xFF is followed by 0xD9."""

_PNG_END: Final = b"IEND\xae\x42\x60\x82"
"""Ends a PNG: its last chunk is empty, so that its check sum is always this (ISO/IEC 15948, 11.2.5)."""

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


def is_cut_off(file: IO[bytes], media_type: str) -> bool:
    """Whether a PNG or JPEG ends in the middle; False of anything else. What stands behind its end does not count."""
    if media_type == "image/png":
        file.seek(0)
        return _PNG_END not in file.read()
    return media_type == "image/jpeg" and not _reaches_end_of_jpeg(file)


def _pixels_of_jpeg(file: IO[bytes]) -> int:
    marker = _sought(file, _FRAMES | {_SCAN})
    if marker in _FRAMES:
        file.seek(3, 1)
        return _number(file, 2) * _number(file, 2)
    return _MOST if marker is None else 0


def _reaches_end_of_jpeg(file: IO[bytes]) -> bool:
    """Looked for behind the head, in which a small picture of the same has an end of its own."""
    return _sought(file, {_SCAN}) == _SCAN and _JPEG_END in file.read()


def _sought(file: IO[bytes], sought: AbstractSet[int]) -> int | None:
    """The first of these markers of a JPEG, read up to it; 0 where there is none, None where it is put off for ever.

    Goes from segment to segment; each says how long it is.
    """
    file.seek(2)
    for _segment in range(_MOST_SEGMENTS):
        marker = _marker(file)
        if marker == 0 or marker in sought:
            return marker
        if marker not in _ALONE:
            file.seek(max(_number(file, 2) - 2, 0), 1)
    return None


def _marker(file: IO[bytes]) -> int:
    """The next marker, however many bytes fill the space before it; 0 where there is none."""
    if file.read(1) != b"\xff":
        return 0
    while (byte := file.read(1)) == b"\xff":
        pass
    return int.from_bytes(byte, "big")


def _number(file: IO[bytes], size: int) -> int:
    return int.from_bytes(file.read(size), "big")
