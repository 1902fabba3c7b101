"""How complete an application is: the state of each section of the task list and what is still missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final

from marketplace.applications.findings import (
    AssessedQuestion,
    AttachedProof,
    ProofState,
    Requirement,
    requirement_state,
)


class Progress(StrEnum):
    """How far a section has come."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    NEEDS_ATTENTION = "needs_attention"


COMPANY: Final = "company"
SERVICES: Final = "services"
EVIDENCE: Final = "evidence"
RULEBOOK: Final = "rulebook"
FIXED_SECTIONS: Final = (COMPANY, SERVICES, EVIDENCE, RULEBOOK)
"""Sections that every application has besides those of its pilot's form."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Something without which the application cannot be sent.

    `item`: the company fact, service, question or kind of evidence. `reason`: `empty`, `no_service`, `no_area`,
    `outside`, `unanswered`, `not_accepted`, `unchecked`, or a ProofState of evidence.
    """

    section: str
    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class SectionStatus:
    """How far one section of the task list is."""

    key: str
    progress: Progress
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """Everything the task list looks at.

    `company`: facts that must be there, by name. `areas`: municipality codes by chosen service. `sections`: the
    questions of each section of the form, in order. `asked`: sections that a completion request names and that have
    not been changed since. `unchecked`: sections that were carried over, or that the pilot has changed, and that the
    provider has not looked at since.
    """

    company: Mapping[str, str]
    areas: Mapping[str, Collection[str]]
    pilot_area: Collection[str]
    sections: Mapping[str, Sequence[AssessedQuestion]]
    answers: Mapping[str, Any]
    requirements: Sequence[Requirement]
    proofs: Collection[AttachedProof]
    rulebook_accepted: bool
    applied_on: date
    today: date
    asked: Collection[str] = field(default_factory=frozenset)
    unchecked: Collection[str] = field(default_factory=frozenset)


def is_answered(question: AssessedQuestion, answers: Mapping[str, Any]) -> bool:
    """Whether a question has an answer; a declaration counts only when it is given, a text only when it has words."""
    answer = answers.get(question.key)
    if question.type == "declaration":
        return answer is True
    return answer is not None and answer not in ("", [])


def unanswered(questions: Iterable[AssessedQuestion], answers: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of the questions that must be answered, given the answers so far, and are not."""
    return tuple(q.key for q in questions if q.is_required(answers) and not is_answered(q, answers))


def outline(draft: Outline) -> tuple[SectionStatus, ...]:
    """The state of every section, in the order of the task list."""
    statuses = (
        _company(draft),
        _services(draft),
        *(_form_section(key, questions, draft.answers) for key, questions in draft.sections.items()),
        _evidence(draft),
        _rulebook(draft),
    )
    return tuple(_with_attention(status, draft) for status in statuses)


def _with_attention(status: SectionStatus, draft: Outline) -> SectionStatus:
    """A section to look at again stands out; one that is only unchecked keeps the application from being sent."""
    if status.key in draft.unchecked:
        lacking = status.missing or (Missing(status.key, "", "unchecked"),)
        return SectionStatus(status.key, Progress.NEEDS_ATTENTION, lacking)
    if status.key in draft.asked:
        return SectionStatus(status.key, Progress.NEEDS_ATTENTION, status.missing)
    return status


def missing(statuses: Iterable[SectionStatus]) -> tuple[Missing, ...]:
    """Everything that keeps the application from being sent."""
    return tuple(each for status in statuses for each in status.missing)


def room_to_add(
    approved: Mapping[str, Collection[str]], services: Iterable[str], pilot_area: Collection[str]
) -> bool:
    """Whether a provider approved for `approved` (codes by service) could be approved for more in the pilot."""
    return any(not set(pilot_area) <= set(approved.get(service, ())) for service in services)


def settled(statuses: Iterable[SectionStatus], known: Collection[str]) -> frozenset[str]:
    """Sections of a supplementary application that are not asked for: known from before, and still complete."""
    return frozenset(
        status.key for status in statuses if status.key in known and status.progress == Progress.DONE
    )


def _status(key: str, lacking: Iterable[Missing], *, begun: bool) -> SectionStatus:
    left = tuple(lacking)
    progress = (
        Progress.DONE if not left and begun else Progress.IN_PROGRESS if begun else Progress.NOT_STARTED
    )
    return SectionStatus(key, progress, left)


def _company(draft: Outline) -> SectionStatus:
    lacking = [Missing(COMPANY, name, "empty") for name, value in draft.company.items() if not value]
    return _status(COMPANY, lacking, begun=True)


def _services(draft: Outline) -> SectionStatus:
    lacking = [] if draft.areas else [Missing(SERVICES, "", "no_service")]
    for service, codes in draft.areas.items():
        if not codes:
            lacking.append(Missing(SERVICES, service, "no_area"))
        elif not set(codes) <= set(draft.pilot_area):
            lacking.append(Missing(SERVICES, service, "outside"))
    return _status(SERVICES, lacking, begun=bool(draft.areas))


def _form_section(
    key: str, questions: Sequence[AssessedQuestion], answers: Mapping[str, Any]
) -> SectionStatus:
    lacking = (Missing(key, question, "unanswered") for question in unanswered(questions, answers))
    return _status(key, lacking, begun=any(is_answered(question, answers) for question in questions))


def _evidence(draft: Outline) -> SectionStatus:
    states = {
        requirement.kind: requirement_state(
            requirement, draft.proofs, applied_on=draft.applied_on, today=draft.today
        )
        for requirement in draft.requirements
    }
    lacking = tuple(
        Missing(EVIDENCE, kind, state) for kind, state in states.items() if state != ProofState.VALID
    )
    if any(each.reason in (ProofState.TOO_OLD, ProofState.EXPIRED) for each in lacking):
        return SectionStatus(EVIDENCE, Progress.NEEDS_ATTENTION, lacking)
    return _status(EVIDENCE, lacking, begun=bool(draft.proofs) or not states)


def _rulebook(draft: Outline) -> SectionStatus:
    lacking = [] if draft.rulebook_accepted else [Missing(RULEBOOK, "", "not_accepted")]
    return _status(RULEBOOK, lacking, begun=draft.rulebook_accepted)
