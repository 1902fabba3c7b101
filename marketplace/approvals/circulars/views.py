"""The office's pages of messages to many: the list, writing one, looking at it before it goes, and what went."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.circulars import labels, queries, service
from marketplace.approvals.circulars.addressing import addressed
from marketplace.approvals.circulars.forms import CircularForm, recipients_form
from marketplace.approvals.circulars.models import Circular
from marketplace.approvals.circulars.rules import CIRCULAR, CircularAction
from marketplace.approvals.serving.labels import CHANNELS
from marketplace.approvals.standing.list_views import list_form, own_organisation
from marketplace.decisions.rules import Channel
from marketplace.i18n import _, ngettext
from marketplace.permissions import Permission
from marketplace.providers.labels import APPROVAL_STATES
from marketplace.providers.rules import APPROVAL
from marketplace.web.forms import options
from marketplace.web.frame import SAFE_METHODS, current_actor, render, requires, session, work
from marketplace.web.page_links import asked_page
from marketplace.web.posting import Elsewhere, carry_out, conflicts_lead_to, lead_on

CIRCULARS = "/office/messages"
CIRCULAR_PAGE = f"{CIRCULARS}/<int:circular_id>"


@blueprint.get(CIRCULARS)
@requires(Permission.VIEW_APPLICATIONS)
def circulars() -> ResponseReturnValue:
    """The messages of the organisation to many providers."""
    organisation = own_organisation()
    page = queries.of_organisation(session(), organisation, asked_page())
    pilots = list_form(organisation).pilot_names
    return render(
        "approvals/circulars/list.html",
        page=page,
        page_url=lambda number: url_for("approvals.circulars", page=number),
        chosen_by=lambda each: labels.chosen_by(each, pilots),
        counts=queries.counts(session(), page.rows),
        states=labels.STATES,
        may_write=current_actor().may(Permission.REVIEW_APPLICATIONS, organisation=organisation),
    )


@blueprint.route(f"{CIRCULARS}/new", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def new_circular() -> ResponseReturnValue:
    """Write a message; it is looked at before it goes."""
    organisation = own_organisation()
    form = _form(organisation, None)
    return carry_out(
        form,
        lambda: service.begin(work(), organisation, form.facts()),
        done=lambda made: lead_on(own_page(made)),
        show=lambda: render("approvals/circulars/write.html", form=form, circular=None),
    )


def own_page(circular: Circular) -> str:
    """The address of the message's page."""
    return url_for("approvals.circular", circular_id=circular.id)


def _form(organisation: str, circular: Circular | None) -> Any:
    """The form, with the choices of the list of approvals."""
    form: Any = CircularForm.from_request(circular)
    filters = list_form(organisation)
    for name in ("pilot", "service", "municipality"):
        form[name].choices = filters[name].choices
    states = [(state, APPROVAL_STATES[state][0]) for state in APPROVAL.standing]
    form.standing.choices = options([("", _("All approvals that stand")), *states])
    return form


def _ours(circular_id: int) -> Circular:
    own_organisation()
    return queries.for_office(work(), circular_id, lock=request.method not in SAFE_METHODS)


@blueprint.get(CIRCULAR_PAGE)
@requires(Permission.VIEW_APPLICATIONS)
def circular(circular_id: int) -> ResponseReturnValue:
    """A draft with the companies that it would go to, or what went and to whom."""
    return _page(_ours(circular_id))


def _page(shown: Circular) -> ResponseReturnValue:
    organisation = shown.organisation_key
    waits = CIRCULAR.allows(shown.state, CircularAction.SEND)
    companies = addressed(work(), shown) if waits else []
    return render(
        "approvals/circulars/circular.html",
        circular=shown,
        chosen_by=labels.chosen_by(shown, list_form(organisation).pilot_names),
        companies=companies,
        by_post=sum(each.reach.channel is Channel.POST for each in companies),
        documents=queries.documents(session(), shown),
        waits=waits,
        form=recipients_form(companies),
        channels=CHANNELS,
        states=labels.STATES,
        may_write=current_actor().may(Permission.REVIEW_APPLICATIONS, organisation=organisation),
    )


@blueprint.route(f"{CIRCULAR_PAGE}/edit", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def edit_circular(circular_id: int) -> ResponseReturnValue:
    """Write a draft anew."""
    draft = _draft(circular_id)
    form = _form(draft.organisation_key, draft)
    return carry_out(
        form,
        lambda: service.change(work(), circular_id, form.facts()),
        done=lambda changed: lead_on(own_page(changed)),
        show=lambda: render("approvals/circulars/write.html", form=form, circular=draft),
        moved_on=own_page(draft),
    )


def _draft(circular_id: int) -> Circular:
    found = _ours(circular_id)
    if not CIRCULAR.allows(found.state, CircularAction.CHANGE):
        raise Elsewhere(own_page(found), _("The message has been sent already."), "warning")
    return found


@blueprint.post(f"{CIRCULAR_PAGE}/send")
@requires(Permission.REVIEW_APPLICATIONS)
def send_circular(circular_id: int) -> ResponseReturnValue:
    """Send the message to the companies that are ticked."""
    draft = _draft(circular_id)
    form = recipients_form(addressed(work(), draft))
    return carry_out(
        form,
        lambda: service.send(work(), circular_id, form.numbers()),
        done=lambda count: lead_on(
            own_page(draft),
            ngettext("The message goes to %(num)d company.", "The message goes to %(num)d companies.", count),
        ),
        show=lambda: _page(draft),
        moved_on=own_page(draft),
    )


@blueprint.post(f"{CIRCULAR_PAGE}/delete")
@requires(Permission.REVIEW_APPLICATIONS)
def delete_circular(circular_id: int) -> ResponseReturnValue:
    """Delete a draft."""
    with conflicts_lead_to(url_for("approvals.circular", circular_id=circular_id)):
        service.delete(work(), circular_id)
    return lead_on(url_for("approvals.circulars"), _("The draft has been deleted."))
