"""The pages of summaries: the client's, a helper's for the client, and the office's letters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from flask import Blueprint, Response, url_for
from flask.typing import ResponseReturnValue

from marketplace.approvals.today import Matter
from marketplace.budgets.summaries import queries, service
from marketplace.budgets.summaries.document import summary_pdf
from marketplace.budgets.summaries.models import ClientSummary
from marketplace.budgets.summaries.shown import shown
from marketplace.clients.area.acting import acting
from marketplace.clients.looking import client_seen, note_when_shown
from marketplace.clients.rules import Ground, Part
from marketplace.clients.views import organisation_of_staff
from marketplace.errors import NotFound
from marketplace.i18n import _
from marketplace.permissions import Actor, Permission
from marketplace.pilots.branding import show_own_organisation
from marketplace.pilots.models import Organisation
from marketplace.web.frame import feature_blueprint, now, render, requires, session, work
from marketplace.web.page_links import asked_page
from marketplace.web.posting import lead_on

own_pages: Final = Blueprint("summaries", __name__, url_prefix="/summaries")
blueprint = feature_blueprint("summaries", __name__, "/counsellor")


@own_pages.get("", endpoint="index")
@requires(Permission.OWN_MATTERS)
def own() -> ResponseReturnValue:
    """The months that have been told."""
    whose = acting(Part.DECISIONS)
    return render("budgets/summaries/own.html", summaries=queries.summaries_of(session(), whose.client.id))


@own_pages.get("/<month>", endpoint="show")
@requires(Permission.OWN_MATTERS)
def show(month: str) -> ResponseReturnValue:
    """One month in words."""
    whose = acting(Part.DECISIONS)
    summary = queries.summary_of(session(), whose.client.id, _month(month))
    return render("budgets/summaries/summary.html", summary=summary, said=shown(summary))


@own_pages.get("/<month>.pdf", endpoint="file")
@requires(Permission.OWN_MATTERS)
def own_file(month: str) -> ResponseReturnValue:
    """One month as a document."""
    whose = acting(Part.DECISIONS)
    return _document(queries.summary_of(session(), whose.client.id, _month(month)))


@blueprint.get("/summaries", endpoint="to_post")
@requires(Permission.MANAGE_CLIENTS)
def to_post() -> ResponseReturnValue:
    """The summaries that wait to be posted: of clients without e-mail or under a non-disclosure order."""
    show_own_organisation()
    page = queries.to_post(session(), organisation_of_staff(), asked_page())
    note_when_shown([each.client_id for each in page.rows], Part.LIST, Ground.FINDING)
    return render(
        "budgets/summaries/to_post.html",
        page=page,
        page_url=lambda number: url_for("summaries.to_post", page=number),
    )


@blueprint.get("/clients/<int:client_id>/summaries/<month>.pdf", endpoint="letter")
@requires(Permission.VIEW_CLIENTS)
def letter(client_id: int, month: str) -> ResponseReturnValue:
    """The letter of a month."""
    client = client_seen(client_id, Part.LETTER)
    return _document(queries.summary_of(session(), client.id, _month(month)))


@blueprint.post("/clients/<int:client_id>/summaries/<month>/posted", endpoint="posted")
@requires(Permission.MANAGE_CLIENTS)
def posted(client_id: int, month: str) -> ResponseReturnValue:
    """Write down that the letter has been posted."""
    service.post_summary(work(), client_id, _month(month))
    return lead_on(url_for("summaries.to_post"), _("Written down."))


def office_matters(actor: Actor, _day: date) -> Iterator[Matter]:
    """Summaries that wait to be posted; it is added to the office's page of today."""
    organisation = actor.organisation
    if organisation is not None and actor.may(Permission.MANAGE_CLIENTS, organisation=organisation):
        count = queries.count_to_post(session(), organisation)
        yield Matter(_("Summaries of clients to post"), count, url_for("summaries.to_post"), "info")


def _month(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month has no time
    except ValueError as error:
        raise NotFound() from error


def _document(summary: ClientSummary) -> Response:
    organisation = session().get_one(Organisation, summary.client.organisation_key)
    response = Response(summary_pdf(summary, organisation, now=now()), mimetype="application/pdf")
    name = f"{summary.month:%Y-%m}.pdf"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response
