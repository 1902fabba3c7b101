"""Beginning an application with what is already known, so that nobody is asked twice.

A provider with approvals in the pilot begins a supplementary application: it names only what is added, and sections
that were complete in the earlier one are not asked for again. Anybody else's new application is filled in from an
earlier one, and each section filled so waits until the provider says that it is still right.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy.orm import Session

from marketplace.applications import queries
from marketplace.applications.completeness import (
    COMPANY,
    EVIDENCE,
    RULEBOOK,
    SERVICES,
    is_answered,
    unanswered,
)
from marketplace.applications.definition_changes.rules import asks_again, changes
from marketplace.applications.findings import ProofState, proof_state
from marketplace.applications.models import Application, ApplicationLine, Supplement, UncheckedSection
from marketplace.applications.prefill import queries as applying
from marketplace.applications.prefill.rules import carried_answers, carried_area
from marketplace.pilots import queries as pilots
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.questions import Question
from marketplace.pilots.vocabulary import kinds_that_prove
from marketplace.providers.models import Evidence
from marketplace.providers.queries import evidence_of


def take_over(session: Session, application: Application, *, today: date) -> None:
    """Fill in a draft that has just been made from what the provider has told before."""
    approved = applying.approved_areas(session, application.provider_id, application.pilot_key)
    earlier = applying.earlier_application(session, application)
    definition = pilots.kept_definition(session, application.definition_version_id)
    same_pilot = earlier is not None and earlier.pilot_key == application.pilot_key
    if approved:
        _supplement(session, application, definition, approved, earlier if same_pilot else None, today=today)
    if earlier is not None and not (approved and same_pilot):
        _prefill(session, application, definition, earlier, services=not approved)


def offered_evidence(session: Session, application: Application) -> list[Evidence]:
    """The provider's proofs that prove something the application needs, the newest first."""
    definition = pilots.kept_definition(session, application.definition_version_id)
    needed = queries.requirements(definition, queries.service_keys(application))
    useful = {kind for requirement in needed for kind in kinds_that_prove(requirement.kind)}
    return [proof for proof in evidence_of(session, application.provider_id) if proof.kind in useful]


def usable_evidence(session: Session, application: Application, *, today: date) -> list[Evidence]:
    """Those of the offered proofs that would pass today."""
    definition = pilots.kept_definition(session, application.definition_version_id)
    needed = queries.requirements(definition, queries.service_keys(application))
    day = queries.applied_on(application, today)
    return [
        proof
        for proof in offered_evidence(session, application)
        if any(
            proof.counts
            and proof.kind in each.proven_by
            and proof_state(queries.proof_of(proof), each.max_age_months, applied_on=day, today=today)
            == ProofState.VALID
            for each in needed
        )
    ]


def _prefill(
    session: Session,
    application: Application,
    definition: PilotDefinition,
    earlier: Application,
    *,
    services: bool,
) -> None:
    """Take over answers and, when asked, services with areas; each section filled so waits for the provider's word."""
    answers = _answers(session, definition, earlier, declarations=False)
    application.answers = answers
    for line in earlier.lines if services else ():
        if line.service_key in definition.service_keys:
            area = carried_area(line.municipalities, definition.municipalities)
            application.lines.append(ApplicationLine(service_key=line.service_key, municipalities=area))
    session.flush()
    filled = [SERVICES] if application.lines else []
    filled += [
        section.key
        for section in definition.sections_for(definition.service_keys)
        if any(is_answered(question, answers) for question in section.questions)
    ]
    session.add_all(
        UncheckedSection(application_id=application.id, section=key, carried_from_id=earlier.id)
        for key in filled
    )
    session.flush()


def _supplement(
    session: Session,
    application: Application,
    definition: PilotDefinition,
    approved: Mapping[str, list[str]],
    earlier: Application | None,
    *,
    today: date,
) -> None:
    """Carry over everything that still stands; what the form asks again since then waits for the provider."""
    asked_again: set[str] = set()
    if earlier is not None:
        application.answers = _answers(session, definition, earlier, declarations=True)
        before = pilots.kept_definition(session, earlier.pilot_version_id)
        asked_again = {
            key for key, found in changes(before, definition, tuple(approved)).items() if asks_again(found)
        }
        if earlier.rulebook_accepted_at and before.rulebook.version == definition.rulebook.version:
            application.rulebook_accepted_at = earlier.rulebook_accepted_at
            application.rulebook_accepted_by_id = earlier.rulebook_accepted_by_id
    sections = definition.sections_for(tuple(approved))
    complete = [s.key for s in sections if not unanswered(s.questions, application.answers)]
    known = [COMPANY, EVIDENCE, *(key for key in complete if key not in asked_again)]
    if application.rulebook_accepted_at is not None:
        known.append(RULEBOOK)
    session.add(
        Supplement(application_id=application.id, earlier_id=earlier.id if earlier else None, known=known)
    )
    if earlier is not None:
        keys = {section.key for section in sections}
        session.add_all(
            UncheckedSection(
                application_id=application.id, section=key, since_version_id=earlier.pilot_version_id
            )
            for key in sorted(asked_again & keys)
        )
    application.evidence = usable_evidence(session, application, today=today)
    session.flush()


def _answers(
    session: Session, definition: PilotDefinition, earlier: Application, *, declarations: bool
) -> dict[str, object]:
    before = pilots.kept_definition(session, earlier.pilot_version_id)
    return carried_answers(
        earlier.answers, _all_questions(before), _all_questions(definition), declarations=declarations
    )


def _all_questions(definition: PilotDefinition) -> list[Question]:
    return [
        question
        for section in definition.sections_for(definition.service_keys)
        for question in section.questions
    ]
