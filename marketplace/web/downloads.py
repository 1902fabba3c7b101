"""Files that are made for who asks, to keep: what no machine between should keep, too."""

from __future__ import annotations

from flask import Response


def made_file(content: bytes, media_type: str, name: str) -> Response:
    """A file that was made for this request, under a name that may hold any letters."""
    response = Response(content, content_type=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response
