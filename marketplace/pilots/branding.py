"""Whose page it is: an organisation's colours and its name beside the portal's own."""

from __future__ import annotations

from flask import g
from flask_login import current_user

from marketplace.pilots.models import Organisation
from marketplace.web import session


def show_organisation(organisation: Organisation) -> None:
    """Give the page that is being made the organisation's colours, and its name in the header."""
    g.theme = organisation.theme
    g.organisation_name = organisation.short_name


def show_own_organisation() -> None:
    """Show the organisation for which the signed-in person works: for pages of the office that are about no pilot."""
    key = current_user.actor.organisation if current_user.is_authenticated else None
    if key is not None:
        show_organisation(session().get_one(Organisation, key))
