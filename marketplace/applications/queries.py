"""Reading applications: finding one for who asks, its definition, and the plain data that the rules look at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload
from stdnum.fi import ytunnus

from marketplace.accounts.impartiality.rules import demand_impartial
from marketplace.applications import rules
from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.applications.completeness import (
    COMPANY,
    EVIDENCE,
    RULEBOOK,
    SERVICES,
    Outline,
    SectionStatus,
    outline,
)
from marketplace.applications.definition_changes.rules import asks_again
from marketplace.applications.findings import AssessedFacts, AttachedProof, Finding, Requirement, findings
from marketplace.applications.models import (
    AnswerAttachment,
    Application,
    CompletionRequest,
    Correction,
    Decision,
    Hearing,
)
from marketplace.applications.prefill import queries as applying
from marketplace.applications.rules import ApplicationState
from marketplace.audit.models import AuditEvent
from marketplace.db import asked_once, for_change
from marketplace.errors import NotFound
from marketplace.files.models import StoredFile
from marketplace.i18n import helsinki_date
from marketplace.permissions import Actor, Permission
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.models import Pilot
from marketplace.pilots.queries import current_definition, kept_definition
from marketplace.pilots.vocabulary import kinds_that_prove
from marketplace.providers.models import Evidence, Provider
from marketplace.work import UnitOfWork

COMPANY_FACTS: Final = (
    "official_name",
    "legal_form",
    "street",
    "postal_code",
    "city",
    "phone",
    "email",
    "iban",
)
"""What the office must know of a company before it can decide and pay; the provider's own pages hold them."""


def for_provider(
    work: UnitOfWork, provider_id: int, application_id: int, *, lock: bool = False, company: bool = False
) -> Application:
    """An application of the provider for which the actor works; `lock` for a change. Raises NotFound otherwise.

    `company`: the provider is locked before it, for what goes by all of its applications.
    """
    if not work.actor.may(Permission.EDIT_PROVIDER, provider=provider_id):
        raise NotFound()
    if company:
        work.session.get(Provider, provider_id, with_for_update=for_change(Provider))
    application = _load(work.session, application_id, lock=lock)
    if application is None or application.provider_id != provider_id:
        raise NotFound()
    return application


def for_office(work: UnitOfWork, application_id: int, *, lock: bool = False) -> Application:
    """An application sent to the actor's organisation; `lock` for a change. Raises NotFound otherwise.

    The office does not see drafts: they are the provider's own until they are sent.
    """
    application = _load(work.session, application_id, lock=lock)
    if application is None or application.submitted_at is None or not _is_of_office(work.actor, application):
        raise NotFound()
    demand_impartial(work.actor, application.provider_id)
    return application


def _load(session: Session, application_id: int, *, lock: bool) -> Application | None:
    return session.get(Application, application_id, with_for_update=for_change(Application) if lock else None)


def _is_of_office(actor: Actor, application: Application) -> bool:
    return actor.may(Permission.VIEW_APPLICATIONS, organisation=application.pilot.organisation_key)


def offices_considering(session: Session, provider_id: int) -> set[str]:
    """The organisations to which the provider's application has been sent and not decided."""
    return set(
        session.scalars(
            sa.select(Pilot.organisation_key)
            .join(Application, Application.pilot_key == Pilot.key)
            .where(
                Application.provider_id == provider_id,
                Application.state.in_(rules.APPLICATION.open),
                Application.state != ApplicationState.DRAFT,
            )
        )
    )


@asked_once
def of_provider(session: Session, provider_id: int) -> Sequence[Application]:
    """The provider's applications, the newest first, with what a list of them shows."""
    return session.scalars(
        sa.select(Application)
        .where(Application.provider_id == provider_id)
        .options(
            selectinload(Application.lines),
            selectinload(Application.completion_requests),
            selectinload(Application.decisions).joinedload(Decision.file),
            joinedload(Application.pilot).joinedload(Pilot.organisation),
        )
        .order_by(Application.id.desc())
    ).all()


def hearing_due(session: Session, application: Application) -> date | None:
    """The last day on which the provider can answer the hearing that is open, or None."""
    return session.scalar(
        sa.select(Hearing.due_on).where(Hearing.application_id == application.id, Hearing.closed_at.is_(None))
    )


def open_application(session: Session, provider_id: int, pilot_key: str) -> Application | None:
    """The one application of the provider in the pilot that is still under way, or None."""
    return session.scalar(
        sa.select(Application).where(
            Application.provider_id == provider_id,
            Application.pilot_key == pilot_key,
            Application.state.in_(rules.APPLICATION.open),
        )
    )


def open_applications(session: Session, provider_id: int, pilot_key: str | None) -> Sequence[Application]:
    """The provider's applications under way in a pilot, or in all of them (None); locked for a change."""
    wanted = sa.select(Application).where(
        Application.provider_id == provider_id, Application.state.in_(rules.APPLICATION.open)
    )
    if pilot_key is not None:
        wanted = wanted.where(Application.pilot_key == pilot_key)
    return session.scalars(wanted.order_by(Application.id).with_for_update(**for_change(Application))).all()


def accepted_rulebook(session: Session, application: Application) -> str | None:
    """The version of the rulebook that the provider has accepted, or None."""
    if application.rulebook_accepted_at is None:
        return None
    return kept_definition(session, application.pilot_version_id).rulebook.version


def waiting_completion(application: Application) -> CompletionRequest | None:
    """The completion request that the provider has not answered, or None; one that ended without it is over."""
    waits = (
        r for r in reversed(application.completion_requests) if r.answered_at is None and r.lapsed_at is None
    )
    return next(waits, None)


def ended_unanswered(application: Application) -> CompletionRequest | None:
    """The newest completion request, if it has ended without an answer; None otherwise."""
    newest = next(reversed(application.completion_requests), None)
    return newest if newest is not None and newest.lapsed_at is not None else None


def service_keys(application: Application) -> tuple[str, ...]:
    """The services applied for, in the order they were chosen."""
    return tuple(line.service_key for line in application.lines)


def company_facts(provider: Provider) -> dict[str, str]:
    """The facts of COMPANY_FACTS by name."""
    return {name: str(getattr(provider, name) or "") for name in COMPANY_FACTS}


def section_values(application: Application, definition: PilotDefinition, section: str) -> Any:
    """What a section holds now, as JSON values: what its fingerprint is made of."""
    if section == COMPANY:
        return company_facts(application.provider)
    if section == SERVICES:
        return {line.service_key: sorted(line.municipalities) for line in application.lines}
    if section == EVIDENCE:
        return sorted(proof.id for proof in application.evidence)
    if section == RULEBOOK:
        return [application.pilot_version_id, application.rulebook_accepted_at is not None]
    for each in definition.sections_for(service_keys(application)):
        if each.key == section:
            return {question.key: application.answers.get(question.key) for question in each.questions}
    return None


def section_keys(application: Application, definition: PilotDefinition) -> tuple[str, ...]:
    """Every section of the application, in the order of the task list."""
    of_form = (section.key for section in definition.sections_for(service_keys(application)))
    return (COMPANY, SERVICES, *of_form, EVIDENCE, RULEBOOK)


def asked_sections(application: Application) -> frozenset[str]:
    """The sections that the waiting completion request names."""
    request = waiting_completion(application)
    return frozenset(item["section"] for item in request.items) if request else frozenset()


def untouched_sections(application: Application, definition: PilotDefinition) -> frozenset[str]:
    """The sections asked for that the provider has not changed since."""
    request = waiting_completion(application)
    return unchanged_sections(request, application, definition) if request else frozenset()


def unchanged_sections(
    request: CompletionRequest, application: Application, definition: PilotDefinition
) -> frozenset[str]:
    """The sections that a completion request names and that are as they were when it was sent."""
    return frozenset(
        item["section"]
        for item in request.items
        if item.get("seen")
        in (None, rules.fingerprint(section_values(application, definition, item["section"])))
    )


def brought_back_until(application: Application) -> date | None:
    """The last day on which a withdrawn draft can be brought back; None for every other application."""
    withdrawn = application.withdrawn_at
    return rules.brought_back_until(
        application.state,
        was_sent=application.submitted_at is not None,
        withdrawn_on=None if withdrawn is None else helsinki_date(withdrawn),
    )


def applied_on(application: Application, today: date) -> date:
    """The day on which the age of proofs counts: the day of sending, today for a draft."""
    return helsinki_date(application.submitted_at) if application.submitted_at else today


def requirements(definition: PilotDefinition, services: Sequence[str]) -> tuple[Requirement, ...]:
    """The proofs that the pilot asks for these services."""
    known = [key for key in services if key in definition.service_keys]
    return tuple(
        Requirement(each.kind, kinds_that_prove(each.kind), each.max_age_months)
        for each in definition.required_evidence(*known)
    )


def proof_of(evidence: Evidence) -> AttachedProof:
    """A proof as the rules look at it."""
    return AttachedProof(evidence.kind, evidence.issued_on, evidence.valid_until)


def draft_of(session: Session, application: Application, *, today: date) -> Outline:
    """What the task list is made of."""
    definition = kept_definition(session, application.definition_version_id)
    services = service_keys(application)
    in_force = current_definition(session, application.pilot_key).rulebook.version
    return Outline(
        company=company_facts(application.provider),
        areas={line.service_key: line.municipalities for line in application.lines},
        pilot_area=definition.municipalities,
        sections={section.key: section.questions for section in definition.sections_for(services)},
        answers=application.answers,
        requirements=requirements(definition, services),
        proofs=[proof_of(evidence) for evidence in application.evidence if evidence.counts],
        rulebook_accepted=accepted_rulebook(session, application) == in_force,
        applied_on=applied_on(application, today),
        today=today,
        asked=untouched_sections(application, definition),
        unchecked=sections_to_check(session, application),
    )


def sections_to_check(session: Session, application: Application) -> frozenset[str]:
    """Sections carried over from an earlier application, or changed by the pilot, that wait for the provider."""
    unchecked = applying.unchecked_sections(session, application)
    changed = applying.changes_since(session, application, unchecked)
    return frozenset(unchecked) | {key for key, found in changed.items() if asks_again(found)}


def outline_of(session: Session, application: Application, *, today: date) -> tuple[SectionStatus, ...]:
    """How far each section of the application is."""
    return outline(draft_of(session, application, today=today))


def findings_of(session: Session, application: Application, *, today: date) -> tuple[Finding, ...]:
    """The automatic checks of the application as it stands."""
    definition = kept_definition(session, application.definition_version_id)
    services = service_keys(application)
    return findings(
        AssessedFacts(
            business_id=application.provider.business_id,
            business_id_holds=ytunnus.is_valid(application.provider.business_id),
            areas={line.service_key: line.municipalities for line in application.lines},
            pilot_area=definition.municipalities,
            requirements=requirements(definition, services),
            proofs=[proof_of(evidence) for evidence in application.evidence if evidence.counts],
            accepted_rulebook=accepted_rulebook(session, application),
            rulebook=current_definition(session, application.pilot_key).rulebook.version,
            questions=[
                question for section in definition.sections_for(services) for question in section.questions
            ],
            answers=application.answers,
            applied_on=applied_on(application, today),
            today=today,
        )
    )


def answer_files(
    session: Session, application: Application, definition: PilotDefinition
) -> dict[int, StoredFile]:
    """The files given as answers, by id."""
    asked = (
        application.answers.get(question.key)
        for section in definition.sections_for(service_keys(application))
        for question in section.questions
        if question.type == "file"
    )
    ids = [file_id for file_id in asked if isinstance(file_id, int)]
    if not ids:
        return {}
    return {file.id: file for file in session.scalars(sa.select(StoredFile).where(StoredFile.id.in_(ids)))}


def file_of(session: Session, application: Application, file_id: int) -> StoredFile:
    """A file of the application: proof, answer, letter, decision, correction, copy. Raises NotFound for any other."""
    files = answer_files(session, application, kept_definition(session, application.definition_version_id))
    files |= {proof.file.id: proof.file for proof in application.evidence if proof.file is not None}
    files |= {decision.file.id: decision.file for decision in application.decisions}
    files |= {file.id: file for file in session.scalars(_correction_files(application))}
    files |= {file.id: file for file in session.scalars(_hearing_files(application))}
    files |= {copy.file.id: copy.file for copy in applying.sent_copies(session, application)}
    if file_id not in files:
        raise NotFound()
    return files[file_id]


def _correction_files(application: Application) -> sa.Select[StoredFile]:
    """The corrections of the application's decisions."""
    return (
        sa.select(StoredFile)
        .join(Correction, sa.or_(Correction.file_id == StoredFile.id, Correction.copy_id == StoredFile.id))
        .join(Decision, Decision.id == Correction.decision_id)
        .where(Decision.application_id == application.id)
    )


def _hearing_files(application: Application) -> sa.Select[StoredFile]:
    """The letters in which the provider has answered hearings, and what it gave with its answers."""
    heard = sa.select(Hearing.id).where(Hearing.application_id == application.id)
    letters = sa.select(Hearing.answer_file_id).where(Hearing.application_id == application.id)
    attached = sa.select(AnswerAttachment.file_id).where(AnswerAttachment.hearing_id.in_(heard))
    return sa.select(StoredFile).where(sa.or_(StoredFile.id.in_(letters), StoredFile.id.in_(attached)))


def history(session: Session, application: Application) -> Sequence[AuditEvent]:
    """Everything that was done to the application, the newest first; who has opened it is the auditor's to see."""
    return session.scalars(
        sa.select(AuditEvent)
        .where(
            AuditEvent.subject_type == Application.__audit_name__,
            AuditEvent.subject_id == str(application.id),
            AuditEvent.action.not_in((ApplicationAudit.VIEW, ApplicationAudit.VIEW_FILE)),
        )
        .order_by(AuditEvent.id.desc())
    ).all()
