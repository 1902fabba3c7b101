"""Reading messages to many: those of an organisation, to whom one went, and what has gone to a company."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.approvals.circulars.models import Circular
from marketplace.approvals.circulars.rules import CircularState
from marketplace.approvals.serving.models import ServedDocument
from marketplace.db import for_change
from marketplace.errors import NotFound
from marketplace.paging import Page, page_of
from marketplace.permissions import Permission
from marketplace.work import UnitOfWork


def of_organisation(session: Session, organisation: str, page: int) -> Page[Circular]:
    """The messages of the organisation, the newest first."""
    query = (
        sa.select(Circular)
        .where(Circular.organisation_key == organisation)
        .options(joinedload(Circular.written_by))
        .order_by(Circular.id.desc())
    )
    return page_of(session, query, page)


def counts(session: Session, circulars: Sequence[Circular]) -> dict[int, int]:
    """Message → how many companies it went to."""
    rows = session.execute(
        sa.select(ServedDocument.circular_id, sa.func.count())
        .where(ServedDocument.circular_id.in_([each.id for each in circulars]))
        .group_by(ServedDocument.circular_id)
    )
    return {row[0]: row[1] for row in rows if row[0] is not None}


def for_office(work: UnitOfWork, circular_id: int, *, lock: bool = False) -> Circular:
    """A message of the actor's organisation; `lock` for a change. Raises NotFound otherwise."""
    circular = work.session.get(Circular, circular_id, with_for_update=for_change(Circular) if lock else None)
    if circular is None or not work.may(Permission.VIEW_APPLICATIONS, organisation=circular.organisation_key):
        raise NotFound()
    return circular


def documents(session: Session, circular: Circular) -> Sequence[ServedDocument]:
    """To whom a message went, and how, in the order of the companies' names when it was sent."""
    return session.scalars(
        sa.select(ServedDocument)
        .where(ServedDocument.circular_id == circular.id)
        .options(joinedload(ServedDocument.provider))
        .order_by(ServedDocument.id)
    ).all()


def of_company(
    session: Session, organisation: str, provider_id: int
) -> list[tuple[Circular, ServedDocument]]:
    """What the organisation has sent to a company among others, the newest first."""
    rows = session.execute(
        sa.select(Circular, ServedDocument)
        .join(ServedDocument, ServedDocument.circular_id == Circular.id)
        .where(
            Circular.organisation_key == organisation,
            Circular.state == CircularState.SENT,
            ServedDocument.provider_id == provider_id,
        )
        .order_by(Circular.id.desc())
    )
    return [(row[0], row[1]) for row in rows]
