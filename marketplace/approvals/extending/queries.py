"""What the office waits for from a provider, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import InstrumentedAttribute, Session

from marketplace.applications.models import Application, CompletionRequest, Hearing
from marketplace.applications.queries import waiting_completion
from marketplace.applications.rules import ApplicationState
from marketplace.approvals.hearing.queries import open_hearing
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.serving.rules import Served
from marketplace.approvals.standing.models import ApprovalCondition, ApprovalMeasure
from marketplace.approvals.standing.rules import ConditionState, MeasureState
from marketplace.providers.models import Provider, ServiceApproval

Asked = Hearing | CompletionRequest | ApprovalMeasure | ApprovalCondition


@dataclass(frozen=True, slots=True)
class Awaited:
    """Something that a provider has been asked for: `kind` as it was served, and its last day."""

    kind: Served
    subject: Asked
    due_on: date

    @property
    def thing(self) -> Application | ServiceApproval:
        """The application or approval that it belongs to."""
        found: Application | ServiceApproval = (
            self.subject.application
            if isinstance(self.subject, (Hearing, CompletionRequest))
            else self.subject.approval
        )
        return found

    @property
    def provider(self) -> Provider:
        """Who has been asked."""
        return self.thing.provider


def column_of(awaited: Awaited) -> InstrumentedAttribute[int | None]:
    """The column of `ServedDocument` that names the subject."""
    match awaited.subject:
        case Hearing():
            return ServedDocument.hearing_id
        case CompletionRequest():
            return ServedDocument.completion_id
        case ApprovalMeasure():
            return ServedDocument.measure_id
        case ApprovalCondition():
            return ServedDocument.condition_id


def of_application(session: Session, application: Application) -> Awaited | None:
    """The answer or completion that the application waits for, or None."""
    if application.state is ApplicationState.HEARING and (heard := open_hearing(session, application)):
        return Awaited(Served.HEARING, heard, heard.due_on)
    asked = waiting_completion(application)
    if application.state is ApplicationState.COMPLETION_REQUESTED and asked is not None:
        return Awaited(Served.COMPLETION, asked, asked.due_on)
    return None


def of_measure(measure: ApprovalMeasure) -> Awaited | None:
    """The explanation that a measure waits for, or None."""
    if measure.state is not MeasureState.HEARING or measure.hearing_due_on is None:
        return None
    return Awaited(Served.MEASURE_HEARING, measure, measure.hearing_due_on)


def of_request(condition: ApprovalCondition) -> Awaited | None:
    """The answer to a request that is open, or None: the day of a condition stands in a decision."""
    if condition.binding or condition.state is not ConditionState.OPEN:
        return None
    return Awaited(Served.REQUEST, condition, condition.due_on)


def of_condition(condition: ApprovalCondition) -> Awaited | None:
    """What an open condition asks for, served with the decision that set it; None for a request."""
    if not condition.binding or condition.state is not ConditionState.OPEN:
        return None
    decided = Served.DECISION if condition.measure_id is None else Served.MEASURE_DECISION
    return Awaited(decided, condition, condition.due_on)
