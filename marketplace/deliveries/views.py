"""A provider's pages of deliveries: the list of a month, recording one, a file of many, one with its dispute."""

from __future__ import annotations

import json
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.audit.viewing import record_view
from marketplace.clients.looking import note_when_shown
from marketplace.clients.rules import Ground, Part
from marketplace.deliveries import importing, labels, queries, service, sheet
from marketplace.deliveries.audit_actions import DeliveryAudit
from marketplace.deliveries.forms import (
    DeliveriesFileForm,
    MonthForm,
    ResultForm,
    WordsForm,
)
from marketplace.deliveries.recording import form_for, is_hourly, rules_of, said_faults
from marketplace.deliveries.rules import DELIVERY, DeliveryAction, DeliveryKind, DeliveryState
from marketplace.errors import NotFound
from marketplace.i18n import _, current_language, helsinki_date, money_text, with_unit
from marketplace.permissions import Permission
from marketplace.pilots.vocabulary import UNITS
from marketplace.providers.models import Provider
from marketplace.providers.queries import my_provider
from marketplace.sheets import CSV, XLSX, Value
from marketplace.vouchers.agreeing.queries import clients_of
from marketplace.vouchers.models import Agreement
from marketplace.web.forms import options
from marketplace.web.frame import now, render, requires, session, work
from marketplace.web.page_links import asked_page
from marketplace.web.posting import carry_out, lead_on
from marketplace.web.tables import sent_tables

blueprint = Blueprint("deliveries", __name__, url_prefix="/<int:provider_id>/deliveries")

MONTHS_SHOWN: Final = 12
"""How many months back the list leads by itself."""

FARTHEST_BACK: Final = timedelta(days=366)
"""Agreements that ended longer ago than this are not offered; the pilot's own limit is checked when one is recorded."""


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    """What the templates of deliveries need: the words of this room."""
    return {
        "delivery_kinds": labels.KINDS,
        "delivery_states": labels.STATES,
        "client_states": labels.CLIENT_STATES,
        "quantity_text": quantity_text,
    }


def quantity_text(line: Any) -> str:
    """A quantity in words: `1 h 30 min`, or the number with its unit."""
    if line.minutes is not None:
        return labels.duration_text(line.minutes)
    count = f"{line.quantity.normalize():f}".replace(".", ",")
    return with_unit(count, UNITS[line.unit].short[current_language()])


def deliveries_link(provider: Provider) -> tuple[str, str]:
    """The deliveries among the pages of the provider's area."""
    return _("Deliveries"), url_for("providers.deliveries.index", provider_id=provider.id)


@blueprint.get("")
@requires(Permission.EDIT_PROVIDER)
def index(provider_id: int) -> ResponseReturnValue:
    """The deliveries of a month, with their sums by state."""
    provider = my_provider(work(), provider_id)
    form = MonthForm(request.args)
    form.month.choices = options((each, f"{int(each[5:])}/{each[:4]}") for each in _months())
    first, last = _month(form.month.data or "")
    form.month.data = f"{first:%Y-%m}"
    page = queries.of_provider(session(), provider_id, first=first, last=last, page=asked_page())
    return render(
        "deliveries/index.html",
        provider=provider,
        page=page,
        sums=queries.sums(session(), provider_id, first=first, last=last),
        form=form,
        agreements=bool(_agreements(provider_id)),
        page_url=lambda number: url_for(
            "providers.deliveries.index", provider_id=provider_id, month=form.month.data, page=number
        ),
    )


def _month(text: str) -> tuple[date, date]:
    """The first and last day of `2026-11`; of this month for anything else."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        first = helsinki_date(now()).replace(day=1)
    return first, first.replace(day=monthrange(first.year, first.month)[1])


def _months() -> list[str]:
    """The month that it is, and those before it."""
    months, day = [], helsinki_date(now())
    for _each in range(MONTHS_SHOWN):
        months.append(f"{day:%Y-%m}")
        day = day.replace(day=1) - timedelta(days=1)
    return months


def _agreements(provider_id: int) -> Sequence[Agreement]:
    today = helsinki_date(now())
    return queries.agreements_of(session(), provider_id, since=today - FARTHEST_BACK, today=today)


@blueprint.get("/new")
@requires(Permission.EDIT_PROVIDER)
def choose(provider_id: int) -> ResponseReturnValue:
    """Whose visit it was: the provider's agreements."""
    provider = my_provider(work(), provider_id)
    return render("deliveries/choose.html", provider=provider, agreements=_agreements(provider_id))


@blueprint.route("/new/<int:agreement_id>", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def record(provider_id: int, agreement_id: int) -> ResponseReturnValue:
    """Record one visit, or one day's quantity."""
    provider = my_provider(work(), provider_id)
    agreement = queries.agreement_of(session(), provider_id, agreement_id)
    form = form_for(agreement)
    return carry_out(
        form,
        lambda: service.record(work(), provider_id, agreement_id, form.said(form.measure)),
        done=lambda delivery: lead_on(
            url_for("providers.deliveries.show", provider_id=provider_id, delivery_id=delivery.id),
            _("The delivery has been recorded: %(amount)s.", amount=money_text(delivery.amount)),
        ),
        faults=lambda: said_faults(work(), form, agreement),
        show=lambda: render(
            "deliveries/record.html",
            provider=provider,
            agreement=agreement,
            form=form,
            hourly=is_hourly(agreement),
            rules=rules_of(agreement),
        ),
    )


@blueprint.get("/<int:delivery_id>")
@requires(Permission.EDIT_PROVIDER)
def show(provider_id: int, delivery_id: int) -> ResponseReturnValue:
    """One delivery: what it costs and how it stands."""
    return _shown(provider_id, delivery_id, WordsForm.from_request())


def _shown(provider_id: int, delivery_id: int, form: WordsForm) -> ResponseReturnValue:
    provider = my_provider(work(), provider_id)
    delivery = queries.for_provider(work(), provider_id, delivery_id)
    return render(
        "deliveries/delivery.html",
        provider=provider,
        delivery=delivery,
        messages=queries.messages_of(session(), delivery_id),
        form=form,
        may_withdraw=DELIVERY.allows(delivery.state, DeliveryAction.WITHDRAW),
        may_write=delivery.state == DeliveryState.DISPUTED,
        may_reverse=DELIVERY.allows(delivery.state, DeliveryAction.REVERSE),
    )


@blueprint.post("/<int:delivery_id>/answer")
@requires(Permission.EDIT_PROVIDER)
def answer(provider_id: int, delivery_id: int) -> ResponseReturnValue:
    """Say something about a disputed delivery."""
    form = WordsForm.from_request()
    return carry_out(
        form,
        lambda: service.answer(
            work(), queries.for_provider(work(), provider_id, delivery_id, lock=True), form.text.data or ""
        ),
        done=lambda _message: lead_on(_page(provider_id, delivery_id), _("Your message has been sent.")),
        show=lambda: _shown(provider_id, delivery_id, form),
    )


@blueprint.post("/<int:delivery_id>/withdraw")
@requires(Permission.EDIT_PROVIDER)
def withdraw(provider_id: int, delivery_id: int) -> ResponseReturnValue:
    """Take a delivery back that should not have been recorded."""
    service.withdraw(work(), provider_id, delivery_id)
    return lead_on(
        _page(provider_id, delivery_id), _("The delivery has been withdrawn. It will not be paid.")
    )


def _page(provider_id: int, delivery_id: int) -> str:
    return url_for("providers.deliveries.show", provider_id=provider_id, delivery_id=delivery_id)


@blueprint.post("/<int:delivery_id>/reverse")
@requires(Permission.EDIT_PROVIDER)
def reverse(provider_id: int, delivery_id: int) -> ResponseReturnValue:
    """Take back a confirmed delivery that was wrong, with the reason."""
    form = WordsForm.from_request()
    return carry_out(
        form,
        lambda: service.reverse(
            work(), queries.for_provider(work(), provider_id, delivery_id, lock=True), form.text.data or ""
        ),
        done=lambda _delivery: lead_on(
            _page(provider_id, delivery_id),
            _("The delivery has been taken back. If it should have been another one, record that now."),
        ),
        show=lambda: _shown(provider_id, delivery_id, form),
    )


# --- files -----------------------------------------------------------------------------------------------------------


@blueprint.route("/file", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def send_file(provider_id: int) -> ResponseReturnValue:
    """Record many deliveries from a file: good rows are taken, bad ones come back with the reason."""
    my_provider(work(), provider_id)
    form = DeliveriesFileForm.from_request()
    return carry_out(
        form,
        lambda: importing.record_rows(work(), provider_id, sheet.read(sent_tables(form.file))),
        done=lambda outcomes: _result(provider_id, outcomes),
        show=lambda: render("deliveries/file.html", provider=my_provider(work(), provider_id), form=form),
    )


def _result(provider_id: int, outcomes: Sequence[sheet.SheetRowOutcome]) -> ResponseReturnValue:
    rows = sheet.result_rows(outcomes)
    form = ResultForm(formdata=None, rows=json.dumps(rows, ensure_ascii=False))
    return render(
        "deliveries/result.html",
        provider=my_provider(work(), provider_id),
        refused=[each for each in outcomes if each.problems],
        recorded=[each for each in outcomes if not each.problems],
        form=form,
    )


@blueprint.post("/file/result.<ending>")
@requires(Permission.EDIT_PROVIDER)
def result_file(provider_id: int, ending: str) -> ResponseReturnValue:
    """The result that the page shows, as a file in the same columns."""
    my_provider(work(), provider_id)
    form = ResultForm()
    try:
        rows = [[str(cell) for cell in row] for row in json.loads(form.rows.data or "")]
    except (ValueError, TypeError, RecursionError) as error:
        raise NotFound() from error
    return _file(rows, ending, _("deliveries-result"), result=True)


@blueprint.get("/file/template.<ending>")
@requires(Permission.EDIT_PROVIDER)
def template_file(provider_id: int, ending: str) -> ResponseReturnValue:
    """An empty file with a row for each agreement."""
    my_provider(work(), provider_id)
    kind, agreements = str(labels.KINDS[DeliveryKind.GIVEN]), _agreements(provider_id)
    rows: list[list[Value]] = [
        ["", str(each.id), each.client_number, kind, *[""] * (len(sheet.COLUMNS) - 4)] for each in agreements
    ]
    response = _file(rows, ending, _("deliveries"), result=False)
    clients = clients_of(session(), agreements)
    note_when_shown([each.id for each in clients.values()], Part.LIST, Ground.SERVICE)
    for organisation in sorted({each.organisation_key for each in agreements}):
        record_view(("Provider", provider_id), organisation=organisation, action=DeliveryAudit.EXPORT)
    return response


def _file(rows: Sequence[Sequence[Value]], ending: str, name: str, *, result: bool) -> Response:
    kinds = {"csv": (CSV, sheet.as_csv), "xlsx": (XLSX, sheet.as_xlsx)}
    if ending not in kinds:
        raise NotFound()
    media_type, written = kinds[ending]
    response = Response(written(rows, result=result), content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
