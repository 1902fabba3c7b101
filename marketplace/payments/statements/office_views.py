"""The payer's pages of statements: what has been frozen, what providers object to, freezing a month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.approvals.today import Matter
from marketplace.clients.rules import Ground
from marketplace.errors import NotAllowed
from marketplace.i18n import _, _l, helsinki_date, ngettext
from marketplace.payments.statements import document, labels, queries, service
from marketplace.payments.statements.forms import FreezeForm, RemarkForm, StatementsShownForm
from marketplace.payments.statements.rules import (
    MonthText,
    StatementState,
    month_before,
    read_month,
)
from marketplace.payments.statements.views import csv_file, pdf_file
from marketplace.permissions import Actor, Permission
from marketplace.pilots.branding import show_own_organisation
from marketplace.web.forms import options
from marketplace.web.frame import current_actor, feature_blueprint, now, render, requires, session, work
from marketplace.web.page_links import asked_page
from marketplace.web.posting import carry_out, lead_on

blueprint = feature_blueprint("office_statements", __name__, "/payments/statements")

MONTHS: Final = 24
"""How many months back the list and the freezing lead."""


@blueprint.get("")
@requires(Permission.VIEW_PAYMENTS)
def index() -> ResponseReturnValue:
    """The statements of the organisation, those objected to first."""
    return _listed(FreezeForm.from_request())


def _listed(freezing: FreezeForm) -> ResponseReturnValue:
    organisation = _organisation()
    months = _months()
    freezing.closing.choices = options((f"{each:%Y-%m}", document.month_text(each)) for each in months)
    form = StatementsShownForm(request.args)
    form.month.choices = options(
        [("", _("All")), *((f"{each:%Y-%m}", document.month_text(each)) for each in months)]
    )
    form.state.choices = options(
        [("", _("All")), *((state.value, words) for state, words in labels.FILTERS.items())]
    )
    month, state = _asked(form)
    page = queries.of_organisation(session(), organisation, month=month, state=state, page=asked_page())
    return render(
        "payments/statements/office.html",
        page=page,
        payments=queries.last_payments(session(), page.rows),
        today=helsinki_date(now()),
        form=form,
        freezing=freezing,
        may_freeze=work().may(Permission.MAKE_PAYMENTS, organisation=organisation),
        page_url=lambda number: url_for(
            "office_statements.index", month=form.month.data, state=form.state.data, page=number
        ),
    )


def _asked(form: StatementsShownForm) -> tuple[date | None, StatementState | None]:
    """The month and the state that are asked for; what is not understood asks for all."""
    try:
        month = read_month(form.month.data or "")
    except MonthText:
        month, form.month.data = None, ""
    try:
        state = StatementState(form.state.data)
    except ValueError:
        state, form.state.data = None, ""
    return month, state


def _months() -> list[date]:
    """The months that are over, the latest first."""
    found = [month_before(helsinki_date(now()))]
    while len(found) < MONTHS:
        found.append(month_before(found[-1]))
    return found


@blueprint.post("")
@requires(Permission.MAKE_PAYMENTS)
def freeze() -> ResponseReturnValue:
    """Freeze the statements of a month."""
    form = FreezeForm.from_request()
    organisation = _organisation()
    form.closing.choices = options((f"{each:%Y-%m}", "") for each in _months())
    return carry_out(
        form,
        lambda: service.freeze(work(), organisation, read_month(form.closing.data)),
        done=lambda frozen: lead_on(
            url_for("office_statements.index", month=form.closing.data),
            ngettext(
                "%(num)d statement has been frozen.",
                "%(num)d statements have been frozen.",
                frozen.statements,
            ),
        ),
        show=lambda: _listed(form),
    )


@blueprint.get("/<int:statement_id>")
@requires(Permission.VIEW_PAYMENTS)
def show(statement_id: int) -> ResponseReturnValue:
    """One statement with its rows and what the provider says of it."""
    return _shown(statement_id, RemarkForm.from_request())


def _shown(statement_id: int, form: RemarkForm) -> ResponseReturnValue:
    organisation = _organisation()
    statement = queries.for_payer(work(), statement_id)
    return render(
        "payments/statements/office_statement.html",
        statement=statement,
        form=form,
        may_answer=statement.state is StatementState.OBJECTED
        and work().may(Permission.MAKE_PAYMENTS, organisation=organisation),
        payments=queries.payments(session(), statement_id),
        payment_url=lambda row: url_for("payments.payment", payment_id=row.id),
        today=helsinki_date(now()),
    )


@blueprint.post("/<int:statement_id>/answer")
@requires(Permission.MAKE_PAYMENTS)
def answer(statement_id: int) -> ResponseReturnValue:
    """Answer an objection."""
    form = RemarkForm.from_request()
    return carry_out(
        form,
        lambda: service.answer(work(), statement_id, form.text.data or ""),
        done=lambda _statement: lead_on(
            url_for("office_statements.show", statement_id=statement_id),
            _("The provider has your answer. The statement can now be paid."),
        ),
        show=lambda: _shown(statement_id, form),
    )


@blueprint.get("/<int:statement_id>/statement.pdf")
@requires(Permission.VIEW_PAYMENTS)
def pdf(statement_id: int) -> Response:
    """The statement as a document."""
    return pdf_file(queries.for_payer(work(), statement_id))


@blueprint.get("/<int:statement_id>/statement.csv")
@requires(Permission.VIEW_PAYMENTS)
def csv(statement_id: int) -> Response:
    """The rows of the statement as a table."""
    return csv_file(queries.for_payer(work(), statement_id), Ground.PAYMENT)


def waiting_here(organisation: str) -> Mapping[str, sa.ScalarSelect[Any]]:
    """How many statements wait for an answer in the organisation, for the bar of every page."""
    return {"office_statements.index": queries.objected(organisation)}


def matters(actor: Actor, _day: date) -> Iterator[Matter]:
    """Statements that providers object to, among what waits for the office."""
    organisation = actor.organisation
    if organisation is not None and actor.may(Permission.MAKE_PAYMENTS, organisation=organisation):
        yield Matter(
            _("Statements that providers object to"),
            queries.objected_count(session(), organisation),
            url_for("office_statements.index", state=StatementState.OBJECTED),
            "warning",
        )


def _organisation() -> str:
    organisation = current_actor().organisation
    if organisation is None:
        raise NotAllowed(_l("Your account does not belong to an organisation."))
    show_own_organisation()
    return organisation
