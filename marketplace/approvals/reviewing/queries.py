"""What the office keeps beside an application."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.applications.models import Application
from marketplace.approvals.reviewing.models import ChecklistMark, Note
from marketplace.pilots.definition import PilotDefinition


def marks(session: Session, application: Application) -> dict[str, ChecklistMark]:
    """The marks of the checklist by the key of their item."""
    found = session.scalars(
        sa.select(ChecklistMark)
        .where(ChecklistMark.application_id == application.id)
        .options(joinedload(ChecklistMark.marked_by))
    )
    return {mark.item_key: mark for mark in found}


def checked(session: Session, application: Application, definition: PilotDefinition) -> tuple[int, int]:
    """How many points of the checklist somebody has looked at, and how many there are."""
    points = definition.checklist_for([line.service_key for line in application.lines])
    marked = marks(session, application)
    return sum(point.key in marked for point in points), len(points)


def notes(session: Session, application: Application) -> Sequence[Note]:
    """The internal notes, the newest first."""
    return session.scalars(
        sa.select(Note)
        .where(Note.application_id == application.id)
        .options(joinedload(Note.author))
        .order_by(Note.id.desc())
    ).all()
