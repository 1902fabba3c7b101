"""Whose page it is: an organisation's colours, its name and its logo beside the portal's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import g, url_for
from flask_login import current_user

from marketplace.i18n import LocalizedText
from marketplace.pilots import vocabulary
from marketplace.pilots.logos import Logo
from marketplace.pilots.models import Organisation
from marketplace.web.assets import has_asset
from marketplace.web.frame import session

SHOWN_HEIGHT = 28
"""Pixels: the height of a logo in the header."""


@dataclass(frozen=True, slots=True)
class Brand:
    """What pages show of an organisation, for who keeps it longer than a session."""

    key: str
    theme: str
    short_name: LocalizedText

    @classmethod
    def of(cls, organisation: Organisation) -> Brand:
        """That of an organisation."""
        return cls(organisation.key, organisation.theme, organisation.short_name)


def show_organisation(organisation: Organisation | Brand) -> None:
    """Give the page that is being made the organisation's colours, and its name and logo in the header.

    Colours of which no stylesheet has been made yet are the portal's own.
    """
    g.theme = organisation.theme if has_asset(f"themes/{organisation.theme}.css") else None
    g.organisation_name = organisation.short_name
    g.organisation_logos = logos(organisation.key)


def themes_without_a_stylesheet() -> list[str]:
    """The themes of organisations of which no stylesheet has been made."""
    themes = {data.theme for data in vocabulary.ORGANISATIONS.values()}
    return sorted(theme for theme in themes if not has_asset(f"themes/{theme}.css"))


def show_own_organisation() -> None:
    """Show the organisation for which the signed-in person works: for pages of the office that are about no pilot."""
    key = current_user.actor.organisation if current_user.is_authenticated else None
    if key is not None:
        show_organisation(session().get_one(Organisation, key))


def logos(organisation_key: str) -> list[dict[str, Any]]:
    """The organisation's logos as they are shown (`src`, `ground`, `width`, `height`); none when it has none.

    `ground`: "light" and "dark" when there is one for each scheme, otherwise "any".
    """
    data = vocabulary.ORGANISATIONS.get(organisation_key)
    if data is None or data.logo is None:
        return []
    if data.logo_dark is None:
        return [_shown(organisation_key, data.logo, "any")]
    return [_shown(organisation_key, data.logo, "light"), _shown(organisation_key, data.logo_dark, "dark")]


def _shown(key: str, logo: Logo, ground: str) -> dict[str, Any]:
    return {
        "src": url_for("logos.logo", key=key, digest=logo.digest, suffix=logo.suffix),
        "ground": ground,
        "width": logo.width_at(SHOWN_HEIGHT),
        "height": SHOWN_HEIGHT,
    }


def logo_file(organisation_key: str, digest: str, suffix: str) -> Logo | None:
    """The organisation's logo with this digest, or None: a logo that has changed has another address."""
    data = vocabulary.ORGANISATIONS.get(organisation_key)
    held = (data.logo, data.logo_dark) if data is not None else ()
    return next((each for each in held if each and (each.digest, each.suffix) == (digest, suffix)), None)


def letterhead(organisation_key: str) -> dict[str, Any]:
    """What the sheet of a document (`letter.typ`) needs of the logo: nothing when the organisation has none."""
    data = vocabulary.ORGANISATIONS.get(organisation_key)
    if data is None or data.logo is None:
        return {}
    return {"logo": {"format": data.logo.suffix, "bytes": list(data.logo.content)}}
