"""The process that opens somebody's photographs and locked PDFs: it writes one document, or what is wrong, and ends.

Run as a program by `photographs`. It limits its own memory and time before it looks at a file, so that no file takes
more than that, whatever it does to a library. It imports nothing of the portal.

Arguments: the task (`picture`, `document`, `password`) and the paths of the files. Output: a line of JSON, which is
`{"media_type": …}` with the content after it, `{"locked": true|false}`, or `{"fault": code}`.
"""

from __future__ import annotations

import io
import json
import sys
import warnings
from typing import Any, Final

MEMORY: Final = 900 * 1024 * 1024
SECONDS: Final = 20
MAX_PIXELS: Final = 52_000_000
"""What the largest camera of an iPhone takes; a JPEG of more is decoded at a fraction of its size."""

LONG_SIDE: Final = 2400
"""A page of A4 at some 200 dots to the inch: small print of a policy stays readable."""

DOTS: Final = 200
QUALITY: Final = 80
FORMATS: Final = ("JPEG", "PNG", "HEIF", "WEBP")


class TooLarge(Exception):
    """A picture has more pixels than are decoded."""


def picture(path: str) -> Any:
    """The picture of a file, upright, on white, at most LONG_SIDE long. Raises TooLarge, or what a library raises."""
    import pi_heif
    from PIL import Image, ImageOps

    pi_heif.register_heif_opener(thumbnails=False)
    Image.MAX_IMAGE_PIXELS = None  # the size is looked at below, before a pixel is decoded
    with Image.open(path, formats=FORMATS) as file:
        file.draft("RGB", (LONG_SIDE, LONG_SIDE))
        if file.width * file.height > MAX_PIXELS:
            raise TooLarge
        file.load()
        file.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
        upright = ImageOps.exif_transpose(file).convert("RGBA")
    ground = Image.new("RGB", upright.size, "white")
    ground.paste(upright, mask=upright.getchannel("A"))
    return ground


def drawn(paths: list[str], *, as_pages: bool) -> tuple[str, bytes]:
    """One JPEG, or a PDF with a page for each picture; nothing of the files is handed on but what is seen."""
    first, *rest = [picture(path) for path in paths]
    content = io.BytesIO()
    if as_pages:
        first.save(content, "PDF", save_all=True, append_images=rest, resolution=DOTS, quality=QUALITY)
        return "application/pdf", content.getvalue()
    first.save(content, "JPEG", quality=QUALITY, optimize=True)
    return "image/jpeg", content.getvalue()


def is_locked(path: str) -> bool:
    """Whether a PDF opens only with a password; one that merely forbids copying opens without."""
    from pypdf import PdfReader

    reader = PdfReader(path)
    return reader.is_encrypted and not reader.decrypt("")


def _limit() -> None:
    """Take no more memory and time than a few photographs need; leave no memory image behind."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Do the task and write what came of it."""
    _limit()
    warnings.simplefilter("ignore")  # about metadata that is left behind anyway
    task, paths = sys.argv[1], sys.argv[2:]
    answer: dict[str, Any]
    content = b""
    try:
        if task == "password":
            answer = {"locked": is_locked(paths[0])}
        else:
            media_type, content = drawn(paths, as_pages=task == "document")
            answer = {"media_type": media_type}
    except (TooLarge, MemoryError):
        answer = {"fault": "too_many_pixels"}
    except BaseException:  # noqa: BLE001 - whatever a library raises for a damaged file
        answer = {"fault": "malformed"}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + content)


if __name__ == "__main__":
    main()
