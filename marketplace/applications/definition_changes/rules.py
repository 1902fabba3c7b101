"""What is new for a draft when its pilot's definition changes: section by section, from the two definitions alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from marketplace.applications.completeness import EVIDENCE, RULEBOOK, SERVICES
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.questions import Question, Section

ChangeKind = Literal[
    "question_new",
    "question_now_required",
    "question_changed",
    "question_gone",
    "service_new",
    "service_gone",
    "area_more",
    "area_less",
    "evidence_new",
    "evidence_changed",
    "evidence_gone",
    "rulebook_new",
]

_RULES_OF_AN_ANSWER: Final = frozenset(
    {
        "label",
        "type",
        "options",
        "required",
        "required_when",
        "minimum",
        "maximum",
        "max_length",
        "help",
        "passes",
    }
)


_ASKED_ANEW: Final[frozenset[ChangeKind]] = frozenset(
    {
        "question_new",
        "question_now_required",
        "question_changed",
        "service_gone",
        "evidence_new",
        "evidence_changed",
        "rulebook_new",
    }
)


@dataclass(frozen=True, slots=True)
class DefinitionChange:
    """One difference. `subject`: the question, service, kind of evidence, municipality or version it is about."""

    section: str
    kind: ChangeKind
    subject: str


def changes(
    before: PilotDefinition, after: PilotDefinition, services: Collection[str]
) -> dict[str, tuple[DefinitionChange, ...]]:
    """Section → what is new in it for an application for `services`, in the order of the task list."""
    if before == after:
        return {}
    every = [
        *_services(before, after, services),
        *_questions(before, after, services),
        *_evidence(before, after, services),
    ]
    if before.rulebook.version != after.rulebook.version:
        every.append(DefinitionChange(RULEBOOK, "rulebook_new", after.rulebook.version))
    return {
        section: tuple(each for each in every if each.section == section)
        for section in dict.fromkeys(each.section for each in every)
    }


def asks_again(found: Collection[DefinitionChange]) -> bool:
    """Whether a section has to be looked at again: something there is asked again or no longer holds.

    A pilot that only offers more (a service, a municipality) or asks less leaves the answers as they were.
    """
    return any(each.kind in _ASKED_ANEW for each in found)


def _services(
    before: PilotDefinition, after: PilotDefinition, services: Collection[str]
) -> Iterator[DefinitionChange]:
    for key in after.service_keys:
        if key not in before.service_keys:
            yield DefinitionChange(SERVICES, "service_new", key)
    for key in before.service_keys:
        if key in services and key not in after.service_keys:
            yield DefinitionChange(SERVICES, "service_gone", key)
    for code in sorted(after.municipalities - before.municipalities):
        yield DefinitionChange(SERVICES, "area_more", code)
    for code in sorted(before.municipalities - after.municipalities):
        yield DefinitionChange(SERVICES, "area_less", code)


def _questions(
    before: PilotDefinition, after: PilotDefinition, services: Collection[str]
) -> Iterator[DefinitionChange]:
    old = {question.key: question for section in _form(before, services) for question in section.questions}
    asked: set[str] = set()
    for section in _form(after, services):
        for question in section.questions:
            asked.add(question.key)
            kind = _difference(old.get(question.key), question)
            if kind is not None:
                yield DefinitionChange(section.key, kind, question.key)
    kept = {section.key for section in _form(after, services)}
    for section in _form(before, services):
        for question in section.questions:
            if question.key not in asked and section.key in kept:
                yield DefinitionChange(section.key, "question_gone", question.key)


def _form(definition: PilotDefinition, services: Collection[str]) -> tuple[Section, ...]:
    return definition.sections_for([key for key in services if key in definition.service_keys])


def _difference(old: Question | None, new: Question) -> ChangeKind | None:
    if old is None:
        return "question_new"
    differing = {name for name in _RULES_OF_AN_ANSWER if getattr(old, name) != getattr(new, name)}
    if not differing:
        return None
    only_required = differing <= {"required", "required_when"}
    return "question_now_required" if only_required and new.required else "question_changed"


def _evidence(
    before: PilotDefinition, after: PilotDefinition, services: Collection[str]
) -> Iterator[DefinitionChange]:
    old, new = (
        {each.kind: each for each in form.required_evidence(*(k for k in services if k in form.service_keys))}
        for form in (before, after)
    )
    for kind, requirement in new.items():
        if kind not in old:
            yield DefinitionChange(EVIDENCE, "evidence_new", kind)
        elif requirement.max_age_months != old[kind].max_age_months:
            yield DefinitionChange(EVIDENCE, "evidence_changed", kind)
    for kind in old:
        if kind not in new:
            yield DefinitionChange(EVIDENCE, "evidence_gone", kind)
