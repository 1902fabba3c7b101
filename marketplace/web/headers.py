"""What every answer of the portal says of itself in its head, and whether it is compressed."""

from __future__ import annotations

from flask import Response, request

from marketplace.config import Settings
from marketplace.i18n import current_language
from marketplace.web import compression, origins


def give(response: Response, settings: Settings, *, everybody: bool) -> None:
    """Set the headers that the view has not set itself.

    `everybody`: the answer holds nothing of the person who reads it, so it may be kept, found and compressed.
    """
    headers = response.headers
    headers.setdefault("Content-Security-Policy", origins.content_security_policy(settings))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    if settings.production:
        below = "; includeSubDomains" if settings.hsts_subdomains else ""
        headers.setdefault("Strict-Transport-Security", f"max-age=31536000{below}")
    if response.mimetype == "text/html":
        headers.setdefault("Content-Language", current_language())
    if everybody:
        compression.compress(response, request)
    else:
        # what holds a token, a key of a link or something of a person is kept by nobody and found by no search engine
        headers.setdefault("Cache-Control", "private, no-store")
        headers.setdefault("X-Robots-Tag", "noindex")
