"""The client's own page of agreements."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from marketplace.clients.area.acting import acting
from marketplace.clients.rules import Part
from marketplace.i18n import _
from marketplace.permissions import Permission
from marketplace.vouchers.panels import agreement_rows
from marketplace.web.frame import render, requires

blueprint: Final = Blueprint("agreements", __name__, url_prefix="/agreements")


@blueprint.get("", endpoint="index")
@requires(Permission.OWN_MATTERS)
def agreements() -> ResponseReturnValue:
    """All agreements of the client, with whom and from when to when."""
    whose = acting(Part.AGREEMENTS)
    return render("vouchers/client_agreements.html", rows=agreement_rows(whose.client))


def area_link() -> tuple[str, str]:
    """The page among those of the client's area; for the slot `clients.area_links`."""
    return _("Agreements"), url_for("client_area.agreements.index")
