"""The service of strong identification (Suomi.fi), by which clients sign in and people of companies are known."""

from __future__ import annotations

from flask import current_app

from marketplace.accounts.openid.client import OpenIdClient
from marketplace.config import Identification
from marketplace.errors import NotFound
from marketplace.web.frame import settings


def identification() -> tuple[OpenIdClient, Identification]:
    """The service's client and its settings. Raises NotFound where there is none."""
    wanted = settings().identification
    if wanted is None:
        raise NotFound()
    kept: tuple[Identification, OpenIdClient] | None = current_app.extensions.get("identification")
    if kept is None or kept[0] != wanted:
        kept = current_app.extensions["identification"] = (wanted, OpenIdClient(wanted))
    return kept[1], wanted
