"""The pages of the balance: the client's own, a helper's for the client, and the counsellor's."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from marketplace.budgets.balance import Balance, balance_now, balance_of
from marketplace.clients.area.acting import Acting, acting
from marketplace.clients.looking import client_seen
from marketplace.clients.models import Client
from marketplace.clients.rules import Part
from marketplace.i18n import _, helsinki_date
from marketplace.permissions import Permission
from marketplace.pilots.branding import show_own_organisation
from marketplace.text import whole_number
from marketplace.vouchers.granting.balance import CHART, COLUMN
from marketplace.web.frame import feature_blueprint, now, render, requires, session

own_pages: Final = Blueprint("budgets", __name__, url_prefix="/balance")
blueprint = feature_blueprint("budgets", __name__, "/counsellor")


@own_pages.get("", endpoint="index")
@requires(Permission.OWN_MATTERS)
def own() -> ResponseReturnValue:
    """The client's balance by line and month."""
    whose = acting(Part.DECISIONS)
    return render(
        "budgets/own.html",
        balance=_balance(whose.client),
        year_url=lambda year: url_for("client_area.budgets.index", year=year),
        chart=CHART,
        column=COLUMN,
    )


@blueprint.get("/clients/<int:client_id>/balance", endpoint="balance")
@requires(Permission.VIEW_CLIENTS)
def of_client(client_id: int) -> ResponseReturnValue:
    """A client's balance by line and month, for the counsellor."""
    show_own_organisation()
    client = client_seen(client_id, Part.DECISIONS)
    return render(
        "budgets/client.html",
        client=client,
        balance=_balance(client),
        year_url=lambda year: url_for("budgets.balance", client_id=client.id, year=year),
        chart=CHART,
        column=COLUMN,
    )


def own_panel(whose: Acting) -> Markup:
    """A part of the client's first page: what is left now."""
    return _panel(whose.client, url_for("client_area.budgets.index"), own=True)


def client_panel(client: Client) -> Markup:
    """A part of the counsellor's page of a client: the same."""
    return _panel(client, url_for("budgets.balance", client_id=client.id), own=False)


def area_link() -> tuple[str, str]:
    """The page among those of the client's area; for the slot `clients.area_links`."""
    return _("Budget"), url_for("client_area.budgets.index")


def _balance(client: Client) -> Balance:
    year = whole_number(request.args.get("year"))
    return balance_of(session(), client, helsinki_date(now()), year=year)


def _panel(client: Client, more: str, *, own: bool) -> Markup:
    return Markup(  # noqa: S704 - the template escapes what it shows
        render_template(
            "budgets/_panel.html",
            decisions=balance_now(session(), client, helsinki_date(now())),
            chart=CHART,
            more=more,
            own=own,
        )
    )
