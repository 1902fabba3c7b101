"""The office's pages about conditions and requests: ask for something, it has been met or answered, or it has not."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue

from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.serving.telling import outcome
from marketplace.approvals.standing import conditions, labels, queries, rules
from marketplace.approvals.standing.forms import NotMetForm, RequestForm
from marketplace.approvals.standing.models import ApprovalCondition
from marketplace.approvals.standing.rules import ConditionAction
from marketplace.approvals.standing.service import language_of
from marketplace.approvals.standing.views import APPROVAL_PAGE, ours, page_of, show_approval
from marketplace.errors import NotFound
from marketplace.i18n import _, helsinki_date
from marketplace.permissions import Permission
from marketplace.providers.models import ServiceApproval
from marketplace.web.frame import now, render, requires, session, work
from marketplace.web.posting import Elsewhere, carry_out, conflicts_lead_to, lead_on

CONDITION_PAGE = f"{APPROVAL_PAGE}/conditions/<int:condition_id>"


@blueprint.post(f"{APPROVAL_PAGE}/requests")
@requires(Permission.REVIEW_APPLICATIONS)
def send_request(approval_id: int) -> ResponseReturnValue:
    """Ask the provider for something; nothing follows from it without a decision."""
    approval = ours(approval_id)
    form: Any = RequestForm.from_request().addressed(language_of(session(), approval))
    return carry_out(
        form,
        lambda: conditions.send_request(work(), approval, form.text.data, form.due_on.data),
        done=lambda asked: lead_on(
            page_of(approval),
            outcome(
                Served.REQUEST,
                ServedDocument.condition_id,
                asked.id,
                _("The request has been mailed to the provider."),
            ),
        ),
        show=lambda: show_approval(approval, request_form=form),
        faults=lambda: conditions.request_refusals(form.due_on.data, helsinki_date(now())),
        moved_on=page_of(approval),
    )


def condition_here(approval: ServiceApproval, condition_id: int) -> ApprovalCondition:
    """A condition or request of this very approval. Raises NotFound for any other."""
    condition = queries.condition_of(session(), approval, condition_id)
    if condition is None:
        raise NotFound()
    return condition


@blueprint.post(f"{CONDITION_PAGE}/met")
@requires(Permission.REVIEW_APPLICATIONS)
def meet_condition(approval_id: int, condition_id: int) -> ResponseReturnValue:
    """Mark a condition as met, or a request as answered."""
    approval = ours(approval_id)
    condition = condition_here(approval, condition_id)
    with conflicts_lead_to(page_of(approval)):
        conditions.meet(work(), condition)
    return lead_on(
        page_of(approval),
        _("The condition has been marked.") if condition.binding else _("The request has been marked."),
    )


@blueprint.post(f"{CONDITION_PAGE}/open-again")
@requires(Permission.REVIEW_APPLICATIONS)
def reopen_condition(approval_id: int, condition_id: int) -> ResponseReturnValue:
    """Take back that a condition was met, or a request answered."""
    approval = ours(approval_id)
    condition = condition_here(approval, condition_id)
    with conflicts_lead_to(page_of(approval)):
        conditions.reopen(work(), condition)
    return lead_on(
        page_of(approval),
        _("The condition is open again.") if condition.binding else _("The request is open again."),
    )


@blueprint.route(f"{CONDITION_PAGE}/not-met", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def fail_condition(approval_id: int, condition_id: int) -> ResponseReturnValue:
    """Say why a condition has not been met, or a request not answered; the provider is told."""
    approval = ours(approval_id)
    condition = condition_here(approval, condition_id)
    if not rules.CONDITION.allows(condition.state, ConditionAction.FAIL):
        raise Elsewhere(page_of(approval), _("The condition has been settled already."), "warning")
    form: Any = NotMetForm.from_request().addressed(language_of(session(), approval))
    if not condition.binding:
        form.reason.label.text = _("What is lacking of what was asked for")
    return carry_out(
        form,
        lambda: conditions.fail(work(), condition, form.reason.data or ""),
        done=lambda _told: lead_on(page_of(approval), _told_text(condition)),
        show=lambda: render(
            "approvals/standing/not_met.html",
            form=form,
            condition=condition,
            approval=approval,
            labels=labels,
        ),
        moved_on=page_of(approval),
    )


def _told_text(condition: ApprovalCondition) -> str:
    return outcome(
        Served.NOT_MET,
        ServedDocument.condition_id,
        condition.id,
        _("The condition has been marked as not met, and the provider has been told.")
        if condition.binding
        else _("The request has been marked as not answered, and the provider has been told."),
    )
