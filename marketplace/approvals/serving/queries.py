"""Reading what was served, and what still waits to be posted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.applications.models import CompletionRequest, Correction, Decision, Hearing
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.serving.rules import Served
from marketplace.db import for_change
from marketplace.errors import NotFound
from marketplace.permissions import Permission
from marketplace.pilots.models import Pilot
from marketplace.work import UnitOfWork


def waiting(session: Session, organisation: str) -> Sequence[ServedDocument]:
    """The letters of the organisation that still have to be posted, the oldest first."""
    return session.scalars(
        sa.select(ServedDocument)
        .join(Pilot, Pilot.key == ServedDocument.pilot_key)
        .where(Pilot.organisation_key == organisation, ServedDocument.sent_on.is_(None))
        .options(joinedload(ServedDocument.provider))
        .order_by(ServedDocument.id)
    ).all()


def document_of(
    session: Session, kind: Served, subject: sa.orm.InstrumentedAttribute[int | None], number: int
) -> ServedDocument | None:
    """The newest document of a kind about a subject (`ServedDocument.measure_id` and its number), or None.

    What was sent before the portal wrote this down has none: it went by mail.
    """
    return session.scalar(
        sa.select(ServedDocument)
        .where(ServedDocument.kind == kind, subject == number)
        .order_by(ServedDocument.id.desc())
        .limit(1)
    )


def is_unserved(
    session: Session, kind: Served, subject: sa.orm.InstrumentedAttribute[int | None], number: int
) -> bool:
    """Whether the newest document of a kind about a subject still has to be posted."""
    found = document_of(session, kind, subject, number)
    return found is not None and found.sent_on is None


def unposted(kind: Served, subject: sa.orm.InstrumentedAttribute[int | None]) -> sa.Select[Any]:
    """The numbers of the subjects whose document of a kind still has to be posted, for a query."""
    return sa.select(subject).where(
        ServedDocument.kind == kind, subject.is_not(None), ServedDocument.sent_on.is_(None)
    )


def for_office(work: UnitOfWork, document_id: int, *, lock: bool = False) -> ServedDocument:
    """A document of the actor's organisation; `lock` for a change. Raises NotFound otherwise."""
    document = work.session.get(
        ServedDocument, document_id, with_for_update=for_change(ServedDocument) if lock else None
    )
    if document is None or not work.actor.may(
        Permission.VIEW_APPLICATIONS,
        organisation=document.pilot.organisation_key,
        about=document.provider_id,
    ):
        raise NotFound()
    return document


def of_application(session: Session, application_id: int) -> Sequence[ServedDocument]:
    """What was served about an application, the newest first."""
    requests = sa.select(CompletionRequest.id).where(CompletionRequest.application_id == application_id)
    heard = sa.select(Hearing.id).where(Hearing.application_id == application_id)
    decided = sa.select(Decision.id).where(Decision.application_id == application_id)
    corrected = sa.select(Correction.id).where(Correction.decision_id.in_(decided))
    return _newest_first(
        session,
        ServedDocument.completion_id.in_(requests),
        ServedDocument.hearing_id.in_(heard),
        ServedDocument.decision_id.in_(decided),
        ServedDocument.correction_id.in_(corrected),
    )


def of_measures(
    session: Session, measures: Iterable[int], conditions: Iterable[int]
) -> Sequence[ServedDocument]:
    """What was served about these measures and conditions, the newest first."""
    return _newest_first(
        session,
        ServedDocument.measure_id.in_(list(measures)),
        ServedDocument.correction_id.in_(
            sa.select(Correction.id).where(Correction.measure_id.in_(list(measures)))
        ),
        ServedDocument.condition_id.in_(list(conditions)),
    )


def _newest_first(session: Session, *about: sa.ColumnElement[bool]) -> Sequence[ServedDocument]:
    return session.scalars(
        sa.select(ServedDocument).where(sa.or_(*about)).order_by(ServedDocument.id.desc())
    ).all()
