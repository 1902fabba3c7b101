"""The office's pages about one condition of an approval: it has been met, or it has not."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.serving.telling import outcome
from marketplace.approvals.standing import labels, queries, rules, service
from marketplace.approvals.standing.forms import NotMetForm
from marketplace.approvals.standing.models import ApprovalCondition
from marketplace.approvals.standing.rules import ConditionAction
from marketplace.approvals.standing.views import APPROVAL_PAGE, ours, page_of
from marketplace.errors import NotFound
from marketplace.i18n import _
from marketplace.permissions import Permission
from marketplace.providers.models import ServiceApproval
from marketplace.web.frame import render, requires, session, work
from marketplace.web.posting import Elsewhere, carry_out, conflicts_lead_to, lead_on

CONDITION_PAGE = f"{APPROVAL_PAGE}/conditions/<int:condition_id>"


def _condition(approval: ServiceApproval, condition_id: int) -> ApprovalCondition:
    condition = queries.condition_of(session(), approval, condition_id)
    if condition is None:
        raise NotFound()
    return condition


@blueprint.post(f"{CONDITION_PAGE}/met")
@requires(Permission.REVIEW_APPLICATIONS)
def meet_condition(approval_id: int, condition_id: int) -> ResponseReturnValue:
    """Mark a condition as met."""
    approval = ours(approval_id)
    condition = _condition(approval, condition_id)
    with conflicts_lead_to(page_of(approval)):
        service.meet_condition(work(), condition)
    return lead_on(page_of(approval), _("The condition has been marked."))


@blueprint.route(f"{CONDITION_PAGE}/not-met", methods=["GET", "POST"])
@requires(Permission.REVIEW_APPLICATIONS)
def fail_condition(approval_id: int, condition_id: int) -> ResponseReturnValue:
    """Say why a condition has not been met; the provider is told."""
    approval = ours(approval_id)
    condition = _condition(approval, condition_id)
    if not rules.CONDITION.allows(condition.state, ConditionAction.FAIL):
        raise Elsewhere(page_of(approval), _("The condition has been settled already."), "warning")
    form = NotMetForm.from_request()
    return carry_out(
        form,
        lambda: service.fail_condition(work(), condition, form.reason.data or ""),
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
        _("The condition has been marked as not met, and the provider has been told."),
    )
