"""Pictures for tests, good and bad."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image


def jpeg(width: int = 800, height: int = 600, *, exif: bool = False, orientation: int = 1) -> bytes:
    """A JPEG; `exif` writes who, where and when into it."""
    picture = Image.new("RGB", (width, height), (40, 120, 90))
    picture.paste((220, 60, 30), (0, 0, width // 2, height // 2))
    file = io.BytesIO()
    data = Image.Exif()
    data[0x0112] = orientation
    if exif:
        data[0x010F] = "SecretCamera"
        data[0x8769] = {0x9003: "2026:11:22 10:00:00"}
        data[0x8825] = {1: "N", 2: (60.0, 24.0, 0.0), 3: "E", 4: (25.0, 5.0, 0.0)}
    picture.save(file, "JPEG", exif=data)
    return file.getvalue()


def png(width: int = 800, height: int = 600) -> bytes:
    """A PNG that is half transparent."""
    file = io.BytesIO()
    Image.new("RGBA", (width, height), (0, 0, 255, 128)).save(file, "PNG")
    return file.getvalue()


def png_bomb(width: int, height: int) -> bytes:
    """A small PNG file that says it is so wide and high, and whose rows of zeros unfold to that."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    row = bytes(1 + width * 3)
    rows = b"".join(packer.compress(row) for _ in range(min(height, 2000))) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
