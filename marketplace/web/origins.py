"""Other sites: which forms come from them, and where our pages may lead forms and take content from."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from flask import make_response, request
from flask import session as browser_session
from werkzeug.wrappers import Response

from marketplace.config import Settings
from marketplace.i18n import _
from marketplace.web import error_pages

_POLICY: Final = (
    "default-src 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)


def content_security_policy(settings: Settings) -> str:
    """Everything comes from the portal; forms lead to it alone, and on signing out to the organisation’s sign-in."""
    issuers = [
        service.issuer for service in (settings.openid, settings.identification) if service is not None
    ]
    forms = ["'self'", *(origin_of(issuer) for issuer in issuers)]
    return "; ".join((*_POLICY, f"form-action {' '.join(forms)}"))


def comes_from_elsewhere(settings: Settings) -> bool:
    """Whether a page of another site sends the request: browsers say so themselves (Fetch metadata), or at least from
    where (Origin). A program that says neither is no browser that somebody else could steer.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is not None and origin not in (
        request.host_url.rstrip("/"),
        origin_of(settings.public_url),
    )


def refuse_from_elsewhere() -> Response:
    """Answer a request from another site: nothing is kept and no cookie is set, which would replace one left out."""
    message = _("The form came from another site, so nothing was done.")
    response = make_response(error_pages.error_page(403, message))
    browser_session.modified = False
    return response


def origin_of(address: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
