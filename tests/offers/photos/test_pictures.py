"""Pictures are re-encoded: metadata goes, bombs and broken files are refused before they fill memory."""

from __future__ import annotations

import io
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from marketplace.offers.photos.pictures import MAX_PIXELS, PictureRefused, narrower, remake
from tests.offers.photos.files import jpeg, png, png_bomb


def opened(content: bytes) -> Image.Image:
    picture: Image.Image = Image.open(io.BytesIO(content))
    return picture


def test_a_large_picture_is_kept_in_three_widths_and_never_larger() -> None:
    widest = remake(jpeg(3200, 2400))
    size, smaller = narrower(widest.content)
    assert (widest.width, widest.height) == size == (1600, 1200)
    assert [(each.width, each.height) for each in smaller] == [(960, 720), (480, 360)]
    assert remake(jpeg(700, 500)).width == 700
    assert all(opened(each.content).format == "WEBP" for each in (widest, *smaller))


def test_place_time_and_device_are_not_in_the_new_picture() -> None:
    sent = jpeg(exif=True)
    assert b"SecretCamera" in sent
    made = remake(sent).content
    assert b"SecretCamera" not in made
    assert b"2026:11:22" not in made
    picture = opened(made)
    assert dict(picture.getexif()) == {}
    assert not {"exif", "xmp", "icc_profile"} & set(picture.info)


def test_a_picture_taken_sideways_stands_upright() -> None:
    made = remake(jpeg(800, 600, orientation=6))
    assert (made.width, made.height) == (600, 800)


@pytest.mark.parametrize("content", [jpeg(5000, 4000, orientation=6), png(5000, 4000)], ids=["jpeg", "png"])
def test_a_picture_of_twenty_megapixels_is_taken(content: bytes) -> None:
    made = remake(content)
    assert (made.width, made.height) in ((1600, 2000), (1600, 1280))


def test_transparency_becomes_white_ground() -> None:
    assert opened(remake(png()).content).mode == "RGB"


def test_what_is_appended_to_a_picture_is_left_behind() -> None:
    assert b"<script>" not in remake(jpeg() + b"<script>alert(1)</script>").content


@pytest.mark.parametrize(("width", "height"), [(8000, 5000), (40_000, 1_000), (100_000, 100_000)])
def test_a_picture_of_forty_megapixels_is_refused_before_it_fills_memory(width: int, height: int) -> None:
    bomb = png_bomb(width, height)
    assert width * height > MAX_PIXELS
    tracemalloc.start()
    with pytest.raises(PictureRefused) as refusal:
        remake(bomb)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refusal.value.code == "too_many_pixels"
    assert peak < 20_000_000


def test_a_real_jpeg_of_forty_megapixels_is_refused() -> None:
    with pytest.raises(PictureRefused) as refusal:
        remake(jpeg(8000, 5001))
    assert refusal.value.code == "too_many_pixels"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a" + bytes(64),
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.7",
        jpeg()[:400],
        png()[:60],
        b"\xff\xd8\xff" + bytes(200),
        b"\x89PNG\r\n\x1a\n" + bytes(200),
    ],
)
def test_a_malformed_picture_is_refused(content: bytes) -> None:
    with pytest.raises(PictureRefused) as refusal:
        remake(content)
    assert refusal.value.code == "malformed"


def test_a_thumbnail_is_too_small() -> None:
    with pytest.raises(PictureRefused) as refusal:
        remake(jpeg(150, 800))
    assert refusal.value.code == "too_small"


_SMALL = (jpeg(240, 220), png(240, 220))


@given(st.sampled_from(_SMALL), st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=12))
@settings(max_examples=60, deadline=None)
def test_any_damage_gives_a_picture_or_a_refusal(whole: bytes, damage: list[tuple[int, int]]) -> None:
    content = bytearray(whole)
    for place, value in damage:
        content[place % len(content)] = value
    with suppress(PictureRefused):
        assert remake(bytes(content)).width <= 1600
