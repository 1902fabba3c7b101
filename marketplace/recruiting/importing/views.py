"""The office's pages of importing: send a list, look through it row by row, confirm it, invite the first people."""

from __future__ import annotations

from typing import Final

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from marketplace.files.store import clean_name
from marketplace.i18n import _, current_language, ngettext
from marketplace.permissions import Permission
from marketplace.pilots.branding import show_organisation
from marketplace.pilots.models import Pilot
from marketplace.pilots.queries import current_definition
from marketplace.recruiting.blueprint import blueprint
from marketplace.recruiting.importing import confirming, labels, queries
from marketplace.recruiting.importing.forms import (
    ConfirmListForm,
    FirstAdminsForm,
    SentListForm,
    first_admins_form,
)
from marketplace.recruiting.importing.models import SentList
from marketplace.recruiting.importing.report import Report, RowOutcome
from marketplace.sheets import Value
from marketplace.web.forms import options
from marketplace.web.frame import render, requires, session, work
from marketplace.web.posting import carry_out, lead_on
from marketplace.web.tables import sent_tables, table_file

IMPORTS: Final = "/office/imports"
LIST: Final = f"{IMPORTS}/<int:list_id>"
SHOWN: Final = 200
"""Rows of one kind that a page shows; the file has all."""


@blueprint.route(IMPORTS, methods=["GET", "POST"])
@requires(Permission.INVITE_PROVIDERS)
def imports() -> ResponseReturnValue:
    """Send a list of approved providers; the lists of the last days."""
    pilots = queries.pilots_to_import(work())
    if pilots:
        show_organisation(pilots[0].organisation)
    form = SentListForm.from_request(pilot=pilots[0].key if len(pilots) == 1 else None)
    form.pilot.choices = options((pilot.key, _name(pilot)) for pilot in pilots)
    return carry_out(
        form,
        lambda: confirming.keep(
            work(),
            form.pilot.data,
            sent_tables(form.file),
            file_name=clean_name(form.file.data.filename or ""),
        ),
        done=lambda kept: lead_on(_url(kept.id)),
        show=lambda: render(
            "recruiting/imports.html",
            form=form,
            lists=queries.sent_lists(work()),
            names={pilot.key: _name(pilot) for pilot in pilots},
            days=confirming.KEPT.days,
        ),
    )


@blueprint.get(LIST)
@requires(Permission.INVITE_PROVIDERS)
def imported(list_id: int) -> ResponseReturnValue:
    """A list row by row: what importing it would do, or what it did."""
    return _page(queries.sent_list(work(), list_id))


def _page(
    kept: SentList, form: ConfirmListForm | None = None, admins: FirstAdminsForm | None = None
) -> ResponseReturnValue:
    show_organisation(kept.pilot.organisation)
    report = confirming.rehearse(work(), kept)
    companies = queries.without_admin(session(), _companies(report)) if kept.confirmed_at else []
    return render(
        "recruiting/imported.html",
        kept=kept,
        pilot_title=_name(kept.pilot),
        report=report,
        groups=_groups(report),
        counts=kept.outcome or report.counts,
        labels=labels,
        shown=SHOWN,
        form=form or ConfirmListForm(formdata=None, seen=report.stamp),
        companies=companies,
        admins=admins or first_admins_form(companies),
    )


def _groups(report: Report) -> list[tuple[str, str, list[object]]]:
    """The rows in the order in which they matter: (id, heading, rows)."""
    by_outcome = {outcome: [row for row in report.rows if row.outcome == outcome] for outcome in RowOutcome}
    good = [row for row in report.rows if row.outcome not in (RowOutcome.REFUSED, RowOutcome.PASSED_OVER)]
    groups = [
        ("refused", _("Rows that are not imported"), by_outcome[RowOutcome.REFUSED]),
        ("noted", _("Rows to look at"), [row for row in good if row.notes]),
        ("clear", _("Rows that are clear"), [row for row in good if not row.notes]),
        ("passed", _("Rows that are passed over"), by_outcome[RowOutcome.PASSED_OVER]),
    ]
    return [(key, heading, list(rows)) for key, heading, rows in groups if rows]


def _companies(report: Report) -> list[str]:
    """The business IDs of the companies whose rows are imported, each once."""
    return list(
        dict.fromkeys(
            row.business_id
            for row in report.rows
            if row.outcome not in (RowOutcome.REFUSED, RowOutcome.PASSED_OVER)
        )
    )


@blueprint.post(f"{LIST}/confirm")
@requires(Permission.INVITE_PROVIDERS)
def confirm_import(list_id: int) -> ResponseReturnValue:
    """Write the good rows, once, as the page has told."""
    kept, form = queries.sent_list(work(), list_id), ConfirmListForm.from_request()
    return carry_out(
        form,
        lambda: confirming.confirm(work(), list_id, seen=form.seen.data or ""),
        done=lambda report: lead_on(_url(list_id), _confirmed(report)),
        show=lambda: _page(kept, form),
        moved_on=_url(list_id),
    )


def _confirmed(report: Report) -> str:
    written = report.counts[RowOutcome.CREATED] + report.counts[RowOutcome.UPDATED]
    return ngettext("%(num)d row has been imported.", "%(num)d rows have been imported.", written)


@blueprint.post(f"{LIST}/admins")
@requires(Permission.INVITE_PROVIDERS)
def invite_first_admins(list_id: int) -> ResponseReturnValue:
    """Invite the first admins of the list's companies in one go."""
    kept = queries.sent_list(work(), list_id)
    companies = queries.without_admin(session(), _companies(confirming.rehearse(work(), kept)))
    form = first_admins_form(companies)
    return carry_out(
        form,
        lambda: confirming.invite_admins(work(), form.wanted),
        done=lambda number: lead_on(
            _url(list_id),
            ngettext("%(num)d invitation is on its way.", "%(num)d invitations are on their way.", number),
        ),
        show=lambda: _page(queries.sent_list(work(), list_id), admins=form),
    )


@blueprint.get(f"{LIST}/report.<any(csv, xlsx):kind>")
@requires(Permission.INVITE_PROVIDERS)
def import_report(list_id: int, kind: str) -> Response:
    """Every row with what becomes of it, as a file."""
    kept = queries.sent_list(work(), list_id)
    heads = [
        _("Row"),
        _("Business ID"),
        _("Provider"),
        _("Result of the row"),
        _("What the row says"),
        _("To look at"),
    ]
    rows: list[list[Value]] = [
        [
            row.number,
            row.business_id,
            row.name,
            str(labels.OUTCOMES[row.outcome][0]),
            "; ".join(row.details),
            "; ".join(row.notes),
        ]
        for row in confirming.rehearse(work(), kept).rows
    ]
    return table_file(kind, heads, rows, title=_("Import"), name=f"{_('import')}-{kept.id}")


def _url(list_id: int) -> str:
    return url_for("recruiting.imported", list_id=list_id)


def _name(pilot: Pilot) -> str:
    return current_definition(session(), pilot.key).name[current_language()]
