"""A provider's pages of statements: what the month comes to so far, and what has been frozen."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, url_for
from flask.typing import ResponseReturnValue

from marketplace.audit.viewing import record_view
from marketplace.clients.looking import note_when_shown
from marketplace.clients.rules import Ground, Part
from marketplace.i18n import LocalizedText, _, current_language, helsinki_date
from marketplace.payments.statements import document, labels, queries, service
from marketplace.payments.statements.audit_actions import StatementAudit
from marketplace.payments.statements.forms import RemarkForm
from marketplace.payments.statements.models import Statement
from marketplace.payments.statements.rules import StatementState, last_day, may_be_paid, vat_sums
from marketplace.permissions import Permission
from marketplace.pilots.queries import current_definition, definition_on, pilot
from marketplace.providers.models import Provider
from marketplace.providers.queries import my_provider
from marketplace.sheets import CSV
from marketplace.web.frame import now, render, requires, session, work
from marketplace.web.page_links import asked_page
from marketplace.web.posting import carry_out, lead_on

blueprint = Blueprint("statements", __name__, url_prefix="/<int:provider_id>/statements")


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    """What the templates of statements need: the words of this room."""
    return {
        "statement_states": labels.STATES,
        "statement_words": document,
        "pilot_title": lambda key: current_definition(session(), key).name,
        "pilot_of_statement": _pilot_of,
        "may_be_paid": may_be_paid,
        "vat_sums": vat_sums,
    }


def _pilot_of(statement: Statement) -> LocalizedText:
    """What the pilot was called when the statement was frozen."""
    return definition_on(session(), statement.pilot_key, statement.frozen_at).name


def statements_link(provider: Provider) -> tuple[str, str]:
    """The statements among the pages of the provider's area."""
    return _("Statements"), url_for("providers.statements.index", provider_id=provider.id)


@blueprint.get("")
@requires(Permission.EDIT_PROVIDER)
def index(provider_id: int) -> ResponseReturnValue:
    """What is frozen, the latest first, and what the next statements come to so far."""
    provider = my_provider(work(), provider_id)
    page = queries.of_provider(session(), provider_id, asked_page())
    return render(
        "payments/statements/index.html",
        provider=provider,
        page=page,
        payments=queries.last_payments(session(), page.rows),
        today=helsinki_date(now()),
        live=queries.so_far(session(), provider_id, last_day(helsinki_date(now()))),
        page_url=lambda number: url_for("providers.statements.index", provider_id=provider_id, page=number),
    )


@blueprint.get("/open/<pilot_key>")
@requires(Permission.EDIT_PROVIDER)
def live(provider_id: int, pilot_key: str) -> ResponseReturnValue:
    """The rows of the next statement as they are now; they can still change."""
    provider = my_provider(work(), provider_id)
    shown = pilot(session(), pilot_key)
    today = helsinki_date(now())
    rows, _unstated = queries.rows_waiting(session(), shown.key, [provider_id], last_day(today))
    return render(
        "payments/statements/live.html",
        provider=provider,
        pilot=shown,
        rows=rows.get(provider_id, []),
        today=today,
    )


@blueprint.get("/<int:statement_id>")
@requires(Permission.EDIT_PROVIDER)
def show(provider_id: int, statement_id: int) -> ResponseReturnValue:
    """One statement with its rows."""
    return _shown(provider_id, statement_id, RemarkForm.from_request())


def _shown(provider_id: int, statement_id: int, form: RemarkForm) -> ResponseReturnValue:
    provider = my_provider(work(), provider_id)
    statement = queries.for_provider(work(), provider_id, statement_id)
    open_now = statement.state is StatementState.FROZEN and helsinki_date(now()) <= statement.objection_until
    return render(
        "payments/statements/statement.html",
        provider=provider,
        statement=statement,
        payments=queries.payments(session(), statement_id),
        payment_url=lambda row: url_for(
            "providers.payments.advice", provider_id=provider_id, payment_id=row.id
        ),
        form=form,
        may_object=open_now,
        today=helsinki_date(now()),
    )


@blueprint.post("/<int:statement_id>/accept")
@requires(Permission.EDIT_PROVIDER)
def accept(provider_id: int, statement_id: int) -> ResponseReturnValue:
    """Accept the statement, so that it is paid without waiting."""
    service.accept(work(), provider_id, statement_id)
    return lead_on(
        _page(provider_id, statement_id), _("You have accepted the statement. It has not been paid yet.")
    )


@blueprint.post("/<int:statement_id>/object")
@requires(Permission.EDIT_PROVIDER)
def object_to(provider_id: int, statement_id: int) -> ResponseReturnValue:
    """Object to the statement."""
    form = RemarkForm.from_request()
    return carry_out(
        form,
        lambda: service.object_to(work(), provider_id, statement_id, form.text.data or ""),
        done=lambda _statement: lead_on(
            _page(provider_id, statement_id),
            _("The organisation has your objection. The statement is not paid before it has answered."),
        ),
        show=lambda: _shown(provider_id, statement_id, form),
    )


def _page(provider_id: int, statement_id: int) -> str:
    return url_for("providers.statements.show", provider_id=provider_id, statement_id=statement_id)


@blueprint.get("/<int:statement_id>/statement.pdf")
@requires(Permission.EDIT_PROVIDER)
def pdf(provider_id: int, statement_id: int) -> Response:
    """The statement as a document."""
    return pdf_file(queries.for_provider(work(), provider_id, statement_id))


@blueprint.get("/<int:statement_id>/statement.csv")
@requires(Permission.EDIT_PROVIDER)
def csv(provider_id: int, statement_id: int) -> Response:
    """The rows of the statement as a table."""
    return csv_file(queries.for_provider(work(), provider_id, statement_id), Ground.SERVICE)


def pdf_file(statement: Statement) -> Response:
    """The document of a statement that the reader may see."""
    content = document.statement_pdf(statement, _pilot_of(statement), current_language())
    return _sent(statement, content, "application/pdf", "pdf")


def csv_file(statement: Statement, ground: Ground) -> Response:
    """The table of a statement that the reader may see. It tells the numbers of clients, so that it was taken is
    written into the trail and, with the `ground`, into each client's own log.
    """
    record_view(statement, organisation=statement.organisation_key, action=StatementAudit.EXPORT)
    note_when_shown(queries.clients_on(session(), statement.id), Part.DELIVERIES, ground)
    return _sent(statement, document.statement_csv(statement), CSV, "csv")


def _sent(statement: Statement, content: bytes, media_type: str, ending: str) -> Response:
    response = Response(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{statement.name}.{ending}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
