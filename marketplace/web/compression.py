"""Answers that everybody may read: sent compressed, and not again to a browser that has them.

Pages of signed-in people and pages with a form token stay as they are: compressed, the length of a page tells
something of what is secret in it to who can choose another part of it.
"""

from __future__ import annotations

import gzip
import hashlib
from typing import Final

from werkzeug.wrappers import Request, Response

MIN_COMPRESSED_BYTES: Final = 1000
"""A shorter body is sent as it is: gzip saves too little."""

_LEVEL: Final = 3
"""Half the time of 5 for a tenth more bytes: what nobody asked for before is compressed while the reader waits."""

_TYPES: Final = frozenset(
    {
        "text/html",
        "text/css",
        "text/javascript",
        "text/plain",
        "application/json",
        "application/xml",
        "image/svg+xml",
    }
)


def etag_of(body: bytes) -> str:
    """What changes when the body does."""
    return hashlib.sha256(body).hexdigest()[:20]


def gzipped(body: bytes) -> bytes:
    """The body as gzip; the same body always gives the same bytes."""
    return gzip.compress(body, _LEVEL, mtime=0)


def accepts_gzip(request: Request) -> bool:
    """True when the browser reads gzip."""
    return request.accept_encodings["gzip"] > 0


def compress(response: Response, request: Request) -> None:
    """Give a finished answer its ETag; make it 304 where the browser has it, and gzip where it reads that."""
    if (
        response.status_code != 200
        or response.mimetype not in _TYPES
        or "Content-Encoding" in response.headers
    ):
        return
    response.direct_passthrough = False
    body = response.get_data()
    response.set_etag(response.get_etag()[0] or etag_of(body), weak=True)
    response.vary.add("Accept-Encoding")
    response.make_conditional(request)
    if response.status_code == 200 and len(body) >= MIN_COMPRESSED_BYTES and accepts_gzip(request):
        response.set_data(gzipped(body))
        response.headers["Content-Encoding"] = "gzip"
