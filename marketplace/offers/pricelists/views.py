"""The pages of the price list: out, in, looked through row by row, and confirmed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from flask import Blueprint, Response, redirect, url_for
from flask.typing import ResponseReturnValue

from marketplace.errors import NotFound
from marketplace.i18n import _, helsinki_date, ngettext
from marketplace.offers.pricelists import service, table
from marketplace.offers.pricelists.forms import ConfirmForm, PriceListForm
from marketplace.offers.pricelists.plan import PriceListPlan, packed, plan, unpacked
from marketplace.offers.queries import offers_of
from marketplace.offers.rules import OfferState
from marketplace.permissions import Permission
from marketplace.pilots.queries import kept_definition
from marketplace.providers import queries
from marketplace.providers.models import Provider
from marketplace.sheets import CSV, XLSX, Table, Value
from marketplace.web.frame import notify, now, render, requires, session, work
from marketplace.web.posting import carry_out
from marketplace.web.tables import sent_tables

blueprint = Blueprint("pricelists", __name__, url_prefix="/<int:provider_id>/price-list")

FILES: Final[dict[str, tuple[str, Callable[[Sequence[Sequence[Value]]], bytes]]]] = {
    "csv": (CSV, table.as_csv),
    "xlsx": (XLSX, table.as_xlsx),
}


@blueprint.route("", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def index(provider_id: int) -> ResponseReturnValue:
    """The price list out, and a changed one in: what it would change is shown, nothing is changed yet."""
    provider = queries.my_provider(work(), provider_id)
    form = PriceListForm.from_request()
    return carry_out(
        form,
        lambda: _planned(provider_id, sent_tables(form.file)),
        done=lambda planned: _preview(
            provider, planned, ConfirmForm(formdata=None, changes=packed(planned.changes))
        ),
        show=lambda: render("offers/pricelists/index.html", form=form, provider=provider),
    )


def _planned(provider_id: int, tables: Sequence[Table]) -> PriceListPlan:
    """What the file would change, row by row; tried out, and nothing changed."""
    planned = plan(table.read(tables), {offer.id: offer for offer in offers_of(session(), provider_id)})
    service.rehearse(work(), planned, provider_id=provider_id)
    return planned


def _preview(provider: Provider, planned: PriceListPlan | None, form: ConfirmForm) -> ResponseReturnValue:
    """What the file would change, with the form that confirms it; no plan when only the form is shown again."""
    return render("offers/pricelists/preview.html", provider=provider, plan=planned, form=form)


@blueprint.post("/confirm")
@requires(Permission.EDIT_PROVIDER)
def confirm(provider_id: int) -> ResponseReturnValue:
    """Put the confirmed prices into the offers, all or none."""
    provider = queries.my_provider(work(), provider_id)
    form = ConfirmForm()
    return carry_out(
        form,
        lambda: service.apply(
            work(),
            unpacked(form.changes.data or ""),
            provider_id=provider_id,
            nothing_extra=form.nothing_extra.data,
        ),
        done=lambda done: _applied(provider_id, done),
        show=lambda: _preview(provider, None, form),
    )


def _applied(provider_id: int, done: service.Applied) -> ResponseReturnValue:
    if done.published:
        notify(
            ngettext("%(num)d service has new prices.", "%(num)d services have new prices.", done.published)
        )
    if done.waiting:
        notify(
            ngettext(
                "The new prices of %(num)d service wait for the office.",
                "The new prices of %(num)d services wait for the office.",
                done.waiting,
            ),
            "info",
        )
    return redirect(url_for("providers.offers.index", provider_id=provider_id))


@blueprint.get("/file.<ending>")
@requires(Permission.EDIT_PROVIDER)
def file(provider_id: int, ending: str) -> ResponseReturnValue:
    """The price list as CSV or XLSX."""
    provider = queries.my_provider(work(), provider_id)
    if ending not in FILES:
        raise NotFound()
    media_type, written = FILES[ending]
    today = helsinki_date(now())
    rows = [
        row
        for offer in reversed(offers_of(session(), provider_id))
        if offer.state != OfferState.ENDED
        for row in table.rows_of(
            offer,
            table.listed_version(offer),
            kept_definition(session(), offer.approval.pilot_version_id, current_ceilings=True),
            today,
        )
    ]
    response = Response(written(rows), content_type=media_type)
    name = f"{_('price-list')}-{provider.business_id}-{today.isoformat()}.{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
