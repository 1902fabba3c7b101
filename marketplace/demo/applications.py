"""Applications in every state, with their answers, proofs, requests for completion, decisions and approvals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from marketplace.applications.models import (
    Application,
    ApplicationEvidence,
    ApplicationLine,
    CompletionRequest,
    Decision,
    Hearing,
)
from marketplace.applications.rules import ApplicationState, Outcome, fingerprint
from marketplace.approvals.proposing.rules import Condition
from marketplace.demo.answering import Applicant, answer_all
from marketplace.demo.chance import Chance
from marketplace.demo.companies import DemoCompany
from marketplace.demo.dates import Course, moment
from marketplace.demo.papers import Papers
from marketplace.demo.people import Staff
from marketplace.demo.plan import Filing, PlannedLine
from marketplace.demo.rows import Rows
from marketplace.demo.sources import answers
from marketplace.files.models import StoredFile
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.questions import Question, Section
from marketplace.providers.models import ServiceApproval

HANDLED: Final = (
    ApplicationState.IN_REVIEW,
    ApplicationState.COMPLETION_REQUESTED,
    ApplicationState.HEARING,
    ApplicationState.PROPOSED,
    ApplicationState.DECIDED,
)


@dataclass(frozen=True, slots=True)
class PilotInForce:
    """A pilot as the content is made for it: its definition, that version's id and the organisation's people."""

    definition: PilotDefinition
    version_id: int
    organisation: str
    staff: Staff


@dataclass(frozen=True, slots=True)
class Approved:
    """An approval that offers can be made under."""

    id: int
    filing: Filing
    line: PlannedLine
    since: date
    conditions: Sequence[dict[str, str | None]]
    """The conditions of the decision, as lines keep them."""


@dataclass(frozen=True, slots=True)
class Case:
    """One application on its way into the database."""

    company: DemoCompany
    provider_id: int
    user_id: int
    filing: Filing
    course: Course
    pilot: PilotInForce
    proofs: Sequence[int]
    number: str | None
    """The number of the decision, when it is decided."""


def add_application(
    rows: Rows, papers: Papers, case: Case, *, chance: Chance, now: datetime
) -> list[Approved]:
    """The rows of one application; gives the approvals that followed from it."""
    filing, staff = case.filing, case.pilot.staff
    sent = None if filing.state == ApplicationState.DRAFT else moment(case.course.sent, now, chance)
    begun = (sent or moment(case.course.sent, now, chance)) - timedelta(hours=chance.between(1, 200))
    accepted = sent if sent is not None or chance.happens(0.4) else None
    if filing.state == ApplicationState.DRAFT and chance.happens(0.3):
        accepted = begun + timedelta(minutes=20)
    proposer = staff.coordinator if chance.happens(0.3) else staff.reviewer
    given = _answers(rows, papers, case, chance, now)
    application_id = rows.add(
        Application,
        {
            "pilot_key": filing.pilot,
            "pilot_version_id": case.pilot.version_id,
            "provider_id": case.provider_id,
            "state": filing.state,
            "created_by_id": case.user_id,
            "created_at": begun,
            "submitted_at": sent,
            "rulebook_accepted_at": accepted,
            "rulebook_accepted_by_id": case.user_id if accepted is not None else None,
            "answers": given,
            "handler_id": proposer if filing.state in HANDLED else None,
            "revision": 1,
        },
    )
    for evidence_id in case.proofs:
        rows.link(ApplicationEvidence, {"application_id": application_id, "evidence_id": evidence_id})
    if sent is not None:
        _add_completion(rows, case, application_id, given, proposer, chance, now)
    if filing.state == ApplicationState.DECIDED:
        _add_decision(rows, papers, case, application_id, proposer, now)
    return [
        approved
        for line in filing.lines
        if (approved := _add_line(rows, case, application_id, line, proposer, chance, now)) is not None
    ]


def _answers(rows: Rows, papers: Papers, case: Case, chance: Chance, now: datetime) -> dict[str, Any]:
    """The answers: all of them once the application has been sent, those of the first sections in a draft."""
    sections = _sections(case)
    if case.filing.state == ApplicationState.DRAFT:
        sections = sections[: chance.between(0, len(sections) - 1)]
    questions = [question for section in sections for question in section.questions]
    file_id = None
    if any(question.type == "file" for question in questions):
        file_id = _add_file(rows, papers, case, now)
    careless = case.filing.state in (
        ApplicationState.SUBMITTED,
        ApplicationState.IN_REVIEW,
        ApplicationState.COMPLETION_REQUESTED,
    )
    applicant = Applicant(case.company, case.filing.area, case.course.sent, careless, file_id)
    return answer_all(questions, applicant, chance)


def _sections(case: Case) -> tuple[Section, ...]:
    return case.pilot.definition.sections_for([line.service for line in case.filing.lines])


def _add_file(rows: Rows, papers: Papers, case: Case, now: datetime) -> int:
    paper = papers.proof("staff_qualifications", case.company.plan.language)
    values = {"sha256": paper.sha256, "media_type": paper.media_type, "size": paper.size, "name": paper.name}
    return rows.add(StoredFile, {**values, "uploaded_by_id": case.user_id, "created_at": now})


def _add_completion(
    rows: Rows,
    case: Case,
    application_id: int,
    given: Mapping[str, Any],
    reviewer: int,
    chance: Chance,
    now: datetime,
) -> None:
    """What the office asked to be completed: unanswered where it still waits, answered in some of the others."""
    waits = case.filing.state == ApplicationState.COMPLETION_REQUESTED
    if not waits and not (case.filing.state in HANDLED and chance.happens(0.25)):
        return
    days = case.pilot.definition.completion_days
    asked_on = case.course.sent + timedelta(days=chance.between(1, 3))
    if waits:  # half of its time is left
        asked_on = max(asked_on, now.date() - timedelta(days=days // 2))
    requested_at = moment(asked_on, now, chance)
    answered_at = None if waits else moment(asked_on + timedelta(days=chance.between(1, 2)), now, chance)
    rows.add(
        CompletionRequest,
        {
            "application_id": application_id,
            "requested_by_id": reviewer,
            "requested_at": requested_at,
            "due_on": asked_on + timedelta(days=days),
            "items": _completion_items(case, given, chance),
            "answered_at": answered_at,
        },
    )


def _completion_items(case: Case, given: Mapping[str, Any], chance: Chance) -> list[dict[str, Any]]:
    """One or two sections with what is asked and the mark of what the section held then."""
    language = 0 if case.company.plan.language == "fi" else 1
    questions: dict[str, tuple[Question, ...]] = {each.key: each.questions for each in _sections(case)}
    wordings = {
        key: texts for key, texts in answers()["completions"].items() if key in questions or key == "evidence"
    }
    items = []
    for section in chance.some(list(wordings), 1, 2):
        if section == "evidence":
            holds: Any = sorted(case.proofs)
        else:
            holds = {question.key: given.get(question.key) for question in questions[section]}
        text = chance.one(wordings[section])[language]
        items.append({"section": section, "text": text, "seen": fingerprint(holds)})
    return items


def _add_line(
    rows: Rows,
    case: Case,
    application_id: int,
    line: PlannedLine,
    proposer: int,
    chance: Chance,
    now: datetime,
) -> Approved | None:
    """The line, what was proposed and decided on it, and its approval."""
    outcome = line.outcome
    if case.filing.state == ApplicationState.PROPOSED:
        outcome = chance.weighted(
            {Outcome.APPROVED: 6.0, Outcome.APPROVED_WITH_CONDITIONS: 2.0, Outcome.REJECTED: 1.0}
        )
    grounds = _text("grounds", outcome, case, chance) if outcome else None
    decided_on = case.course.decided
    proposed_on = (decided_on or min(case.course.sent + timedelta(days=23), now.date())) - timedelta(days=1)
    conditional = outcome == Outcome.APPROVED_WITH_CONDITIONS
    conditions = _conditions(line, case, decided_on or now.date(), chance) if conditional else []
    line_id = rows.add(
        ApplicationLine,
        {
            "application_id": application_id,
            "service_key": line.service,
            "municipalities": list(case.filing.area),
            "proposed_outcome": outcome,
            "proposed_grounds": grounds,
            "proposed_conditions": conditions,
            "proposed_by_id": proposer if outcome else None,
            "proposed_at": moment(proposed_on, now, chance) if outcome else None,
            "outcome": line.outcome,
            "decided_by_id": case.pilot.staff.decider if line.outcome else None,
            "decided_at": moment(decided_on, now, chance) if decided_on else None,
        },
    )
    if outcome == Outcome.REJECTED or case.filing.state == ApplicationState.HEARING:
        _add_hearing(rows, case, application_id, line, grounds, proposer, proposed_on, chance, now)
    if line.approval is None or decided_on is None:
        return None
    standing = "\n".join(each["text"] or "" for each in conditions if each["due_on"] is None)
    approval_id = rows.add(
        ServiceApproval,
        {
            "provider_id": case.provider_id,
            "pilot_key": case.filing.pilot,
            "pilot_version_id": case.pilot.version_id,
            "service_key": line.service,
            "municipalities": list(case.filing.area),
            "conditions": standing,
            "public_conditions": standing,
            "state": line.approval,
            "approved_on": decided_on,
            "application_line_id": line_id,
        },
    )
    return Approved(approval_id, case.filing, line, decided_on, conditions)


def _add_hearing(
    rows: Rows,
    case: Case,
    application_id: int,
    line: PlannedLine,
    grounds: str | None,
    hearer: int,
    proposed_on: date,
    chance: Chance,
    now: datetime,
) -> None:
    """The hearing of the provider: still open while the application waits for it, closed before a rejection."""
    waits = case.filing.state == ApplicationState.HEARING
    heard_on = now.date() if waits else max(proposed_on - timedelta(days=16), case.course.sent)
    heard_at = moment(heard_on, now, chance)
    rows.add(
        Hearing,
        {
            "application_id": application_id,
            "services": [line.service],
            "reasons": grounds or _text("grounds", "rejected", case, chance),
            "due_on": heard_at.date() + timedelta(days=14),
            "heard_by_id": hearer,
            "heard_at": heard_at,
            "closed_at": None if waits else moment(proposed_on - timedelta(days=1), now, chance),
        },
    )


def _add_decision(
    rows: Rows, papers: Papers, case: Case, application_id: int, proposer: int, now: datetime
) -> None:
    """The decision with the shared stand-in document; `documents` gives the first ones documents of their own."""
    language = case.company.plan.language
    paper = papers.decision(language)
    name = f"{(case.number or '').replace('/', '-').lower()}.pdf"
    values = {"sha256": paper.sha256, "media_type": paper.media_type, "size": paper.size, "name": name}
    decider = case.pilot.staff.decider
    file_id = rows.add(StoredFile, {**values, "uploaded_by_id": decider, "created_at": now})
    rows.add(
        Decision,
        {
            "number": case.number,
            "application_id": application_id,
            "language": language,
            "decided_on": case.course.decided,
            "proposed_by_id": proposer,
            "decided_by_id": decider,
            "file_id": file_id,
        },
    )


def _conditions(
    line: PlannedLine, case: Case, decided_on: date, chance: Chance
) -> list[dict[str, str | None]]:
    """A condition, as lines keep them; most have a day by which they must be met."""
    texts = answers()["conditions"]
    fitting = texts[answers()["condition_of_transport"] :] if line.service == "transport" else texts[:2]
    finnish, swedish, days = chance.one(fitting)
    due_on = decided_on + timedelta(days=days) if days else None
    return [Condition(finnish if case.company.plan.language == "fi" else swedish, due_on).as_json()]


def _text(kind: str, key: str, case: Case, chance: Chance) -> str:
    return str(chance.one(answers()[kind][key])[0 if case.company.plan.language == "fi" else 1])
