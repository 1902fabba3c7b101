"""The provider's pages of its approvals: measures that it is heard on or told of, and the conditions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from marketplace.approvals.blueprint import blueprint
from marketplace.approvals.contesting.panel import force_panel
from marketplace.approvals.correcting.queries import file_of
from marketplace.approvals.standing import labels, queries, rules, service
from marketplace.approvals.standing.forms import ExplanationForm
from marketplace.approvals.standing.models import ApprovalCondition, ApprovalMeasure
from marketplace.approvals.standing.rules import MeasureAction, MeasureState
from marketplace.errors import NotFound
from marketplace.files.uploads import hand_out
from marketplace.i18n import _, current_language, date_text, helsinki_date, pgettext
from marketplace.permissions import Permission
from marketplace.pilots import queries as pilots
from marketplace.pilots.branding import show_organisation
from marketplace.pilots.vocabulary import SERVICES
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.queries import approvals_of
from marketplace.providers.rules import ApprovalAction, ApprovalState
from marketplace.providers.todo import Task, TaskKind
from marketplace.web.frame import SAFE_METHODS, now, render, requires, session, work
from marketplace.web.posting import carry_out, lead_on

PAGE = "/provider/<int:provider_id>/measures/<int:measure_id>"


@blueprint.route(PAGE, methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def measure(provider_id: int, measure_id: int) -> ResponseReturnValue:
    """What the office plans or has decided, and the provider's explanation."""
    lock = request.method not in SAFE_METHODS
    told = queries.for_provider(work(), provider_id, measure_id, lock=lock)
    form: Any = ExplanationForm.from_request()
    show_organisation(pilots.pilot(session(), told.approval.pilot_key).organisation)
    if form.attachments.asked:
        return _page(told, form)
    return carry_out(
        form,
        lambda: service.answer(work(), told, form.answer.data, form.attachments.files),
        done=lambda _answered: lead_on(
            url_for("approvals.measure", provider_id=provider_id, measure_id=measure_id),
            _("Your explanation has been sent to the office."),
        ),
        show=lambda: _page(told, form),
    )


def _page(told: ApprovalMeasure, form: ExplanationForm) -> ResponseReturnValue:
    return render(
        "approvals/standing/measure_for_provider.html",
        form=form,
        measure=told,
        provider=told.approval.provider,
        definition=pilots.kept_definition(session(), told.approval.pilot_version_id),
        waits=rules.MEASURE.allows(told.state, MeasureAction.ANSWER),
        labels=labels,
        force_panel=force_panel,
    )


@blueprint.get(f"{PAGE}/attachments/<int:file_id>")
@requires(Permission.EDIT_PROVIDER)
def measure_attachment(provider_id: int, measure_id: int, file_id: int) -> ResponseReturnValue:
    """A file that went with the explanation."""
    return hand_out(queries.attachment_of(queries.for_provider(work(), provider_id, measure_id), file_id))


@blueprint.get(f"{PAGE}/decision.pdf")
@requires(Permission.EDIT_PROVIDER)
def measure_decision(provider_id: int, measure_id: int) -> ResponseReturnValue:
    """The archived decision."""
    told = queries.for_provider(work(), provider_id, measure_id)
    if told.file is None:
        raise NotFound()
    return hand_out(told.file)


@blueprint.get(f"{PAGE}/corrections/<int:correction_id>/<any(correction, copy):which>.pdf")
@requires(Permission.EDIT_PROVIDER)
def measure_corrected(
    provider_id: int, measure_id: int, correction_id: int, which: str
) -> ResponseReturnValue:
    """The archived correction of the decision, or the corrected copy."""
    return hand_out(file_of(queries.for_provider(work(), provider_id, measure_id), correction_id, which))


def standing_tasks(db: Session, provider: Provider, today: date, _now: datetime) -> Iterator[Task]:
    """Hearings about approvals, conditions that are not met, requests of the office, and suspensions."""
    told = queries.told_to_provider(db, provider.id)
    for measure in told:
        if rules.MEASURE.allows(measure.state, MeasureAction.ANSWER) and measure.hearing_due_on is not None:
            yield Task(
                kind=TaskKind.MEASURE,
                title=_(
                    "Read what the office intends and explain: %(service)s",
                    service=_service(measure.approval),
                ),
                href=_measure_page(measure),
                status=_("Answer by %(day)s", day=date_text(measure.hearing_due_on)),
                tone="danger",
            )
    for condition in queries.conditions_of_provider(db, provider.id):
        is_late = condition.state == rules.ConditionState.NOT_MET or condition.due_on < today
        yield Task(
            kind=TaskKind.CONDITION,
            title=_("Meet the condition of your approval: %(service)s", service=_service(condition.approval))
            if condition.binding
            else _("Answer what the office asks for: %(service)s", service=_service(condition.approval)),
            href=url_for("providers.overview", provider_id=provider.id) + "#standing-panel",
            status=_("Not met")
            if condition.state == rules.ConditionState.NOT_MET
            else pgettext("condition", "Late")
            if is_late
            else _("By %(day)s", day=date_text(condition.due_on)),
            tone="danger" if is_late else "warning",
            hint=condition.text,
        )
    for approval in approvals_of(db, provider.id):
        if approval.state == ApprovalState.SUSPENDED:
            decision = next((each for each in told if _suspends(each, approval)), None)
            yield Task(
                kind=TaskKind.SUSPENSION,
                title=_("Your approval is suspended: %(service)s", service=_service(approval)),
                href=_measure_page(decision)
                if decision is not None
                else url_for("providers.offers.index", provider_id=provider.id),
                status=pgettext("approval", "Suspended"),
                tone="danger",
                hint=_("Clients do not see the service. The decision says why, and what would put it right."),
            )


def _suspends(measure: ApprovalMeasure, approval: ServiceApproval) -> bool:
    return (
        measure.approval_id == approval.id
        and measure.kind is ApprovalAction.SUSPEND
        and measure.state is MeasureState.DECIDED
    )


def _service(approval: ServiceApproval) -> str:
    return SERVICES[approval.service_key].name[current_language()]


def _measure_page(measure: ApprovalMeasure) -> str:
    return url_for("approvals.measure", provider_id=measure.approval.provider_id, measure_id=measure.id)


def _asked(conditions: Sequence[ApprovalCondition]) -> list[tuple[Any, ...]]:
    """The conditions and the requests: the rows of each table, its title, heads and the words for states."""
    binding = [each for each in conditions if each.binding]
    asked = [each for each in conditions if not each.binding]
    tables = [
        (binding, _("Conditions of your approvals"), _("Condition"), _("To be met by"), labels.CONDITIONS),
        (
            asked,
            _("What the office asks of you"),
            _("Request of the office"),
            _("Answer by"),
            labels.REQUESTS,
        ),
    ]
    return [table for table in tables if table[0]]


def standing_panel(provider: Provider) -> Markup:
    """Measures, conditions and requests on the company's home page; nothing when there are none."""
    told = queries.told_to_provider(session(), provider.id)
    conditions = queries.conditions_of_provider(session(), provider.id)
    if not told and not conditions:
        return Markup()
    return Markup(  # noqa: S704 - the template escapes what it shows
        render_template(
            "approvals/standing/panel.html",
            provider=provider,
            measures=told,
            asked=_asked(conditions),
            labels=labels,
            today=helsinki_date(now()),
        )
    )
