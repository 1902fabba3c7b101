"""Reading what surrounds an application being filled in: earlier ones, approvals, sections to look at, sent copies.

The module knows nothing of `marketplace.applications.queries`, which builds on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.applications.definition_changes.rules import DefinitionChange, changes
from marketplace.applications.models import (
    Application,
    ApplicationEvidence,
    ApplicationLine,
    Decision,
    SentCopy,
    Supplement,
    UncheckedSection,
)
from marketplace.applications.prefill.rules import OwnArea
from marketplace.applications.rules import ApplicationState, Outcome
from marketplace.pilots import queries as pilots
from marketplace.pilots.models import Pilot
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import APPROVAL


def earlier_application(session: Session, application: Application) -> Application | None:
    """The provider's earlier application whose answers are worth taking over: of the same pilot first, the newest."""
    same_pilot = sa.case((Application.pilot_key == application.pilot_key, 0), else_=1)
    return session.scalar(
        sa.select(Application)
        .where(
            Application.provider_id == application.provider_id,
            Application.id != application.id,
            sa.or_(Application.submitted_at.is_not(None), Application.state == ApplicationState.WITHDRAWN),
        )
        .order_by(same_pilot, Application.id.desc())
        .limit(1)
    )


def approved_areas(session: Session, provider_id: int, pilot_key: str) -> dict[str, list[str]]:
    """Service → the municipality codes in which the provider is approved for it in the pilot."""
    rows = session.scalars(
        sa.select(ServiceApproval)
        .where(
            ServiceApproval.provider_id == provider_id,
            ServiceApproval.pilot_key == pilot_key,
            ServiceApproval.state.in_(APPROVAL.standing),
        )
        .order_by(ServiceApproval.id)
    )
    return {each.service_key: sorted(each.municipalities) for each in rows}


def own_areas(session: Session, application: Application, line: ApplicationLine) -> list[OwnArea]:
    """The areas of the provider's other services: of the same application, of approvals that stand, of applications.

    Approvals and applications of the same pilot come before those of others, the newest first.
    """
    here = [
        OwnArea(each.service_key, each.service_key, application.pilot_key, tuple(each.municipalities))
        for each in application.lines
        if each is not line
    ]
    approved = session.execute(
        sa.select(
            ServiceApproval.id,
            ServiceApproval.service_key,
            ServiceApproval.pilot_key,
            ServiceApproval.municipalities,
        )
        .where(
            ServiceApproval.provider_id == application.provider_id,
            ServiceApproval.state.in_(APPROVAL.standing),
        )
        .order_by(ServiceApproval.pilot_key != application.pilot_key, ServiceApproval.id.desc())
    )
    applied = session.execute(
        sa.select(
            ApplicationLine.id,
            ApplicationLine.service_key,
            Application.pilot_key,
            ApplicationLine.municipalities,
        )
        .join(Application, Application.id == ApplicationLine.application_id)
        .where(
            Application.provider_id == application.provider_id,
            Application.id != application.id,
        )
        .order_by(Application.pilot_key != application.pilot_key, ApplicationLine.id.desc())
    )
    return [
        *here,
        *(OwnArea(f"approval-{number}", key, pilot, tuple(area)) for number, key, pilot, area in approved),
        *(OwnArea(f"line-{number}", key, pilot, tuple(area)) for number, key, pilot, area in applied),
    ]


def earlier_decisions(session: Session, application: Application) -> Sequence[Decision]:
    """The decisions by which the provider has been approved in the application's pilot and still stands, in order."""
    standing = sa.exists().where(
        ApplicationLine.application_id == Application.id,
        ApplicationLine.outcome.in_([each for each in Outcome if each.approves]),
        ServiceApproval.provider_id == Application.provider_id,
        ServiceApproval.pilot_key == Application.pilot_key,
        ServiceApproval.service_key == ApplicationLine.service_key,
        ServiceApproval.state.in_(APPROVAL.standing),
    )
    return session.scalars(
        sa.select(Decision)
        .join(Application, Application.id == Decision.application_id)
        .where(
            Application.id != application.id,
            Application.provider_id == application.provider_id,
            Application.pilot_key == application.pilot_key,
            standing,
        )
        .order_by(Decision.decided_on, Decision.id)
    ).all()


def supplement_of(session: Session, application: Application) -> Supplement | None:
    """What marks the application as a supplementary one, or None."""
    return session.get(Supplement, application.id)


def unchecked_sections(session: Session, application: Application) -> dict[str, UncheckedSection]:
    """Section → why the provider has to look at it in this application."""
    rows = session.scalars(
        sa.select(UncheckedSection)
        .where(UncheckedSection.application_id == application.id)
        .options(joinedload(UncheckedSection.carried_from))
        .order_by(UncheckedSection.section)
    )
    return {row.section: row for row in rows}


def changes_since(
    session: Session, application: Application, unchecked: Mapping[str, UncheckedSection]
) -> dict[str, tuple[DefinitionChange, ...]]:
    """Section → what the pilot's definition says again since the provider last looked at that section of a draft."""
    version_id = application.pilot.version_id
    if application.state != ApplicationState.DRAFT or version_id is None:
        return {}
    services = [line.service_key for line in application.lines]
    after = pilots.kept_definition(session, version_id)
    last_seen = {
        section: row.since_version_id
        for section, row in unchecked.items()
        if row.since_version_id is not None
    }
    found: dict[int, dict[str, tuple[DefinitionChange, ...]]] = {}
    for base in {application.pilot_version_id, *last_seen.values()} - {version_id}:
        found[base] = changes(pilots.kept_definition(session, base), after, services)
    return {
        section: each
        for base, sections in found.items()
        for section, each in sections.items()
        if last_seen.get(section, application.pilot_version_id) == base
    }


def sent_copies(session: Session, application: Application) -> Sequence[SentCopy]:
    """The documents of what was sent, the newest first."""
    return session.scalars(
        sa.select(SentCopy)
        .where(SentCopy.application_id == application.id)
        .options(joinedload(SentCopy.file))
        .order_by(SentCopy.id.desc())
    ).all()


def proofs_shown_to(session: Session, provider_id: int, organisation: str) -> frozenset[int]:
    """The proofs, by number, in applications of the provider that the organisation has decided."""
    return frozenset(
        session.scalars(
            sa.select(ApplicationEvidence.evidence_id)
            .join(Application, Application.id == ApplicationEvidence.application_id)
            .join(Pilot, Pilot.key == Application.pilot_key)
            .where(
                Application.provider_id == provider_id,
                Application.state == ApplicationState.DECIDED,
                Pilot.organisation_key == organisation,
            )
        )
    )
