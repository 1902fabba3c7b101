"""Reading the hearings of an application."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.applications.models import Application, Hearing


def hearings(session: Session, application: Application) -> Sequence[Hearing]:
    """The hearings of an application, the first one first."""
    return session.scalars(
        sa.select(Hearing)
        .where(Hearing.application_id == application.id)
        .options(joinedload(Hearing.heard_by), joinedload(Hearing.answered_by))
        .order_by(Hearing.id)
    ).all()


def open_hearing(session: Session, application: Application) -> Hearing | None:
    """The hearing that waits for the provider's answer, or None."""
    return next((each for each in hearings(session, application) if each.closed_at is None), None)


def heard_services(session: Session, application: Application) -> frozenset[str]:
    """The services on which the provider has been heard: it has answered, or the due date has passed."""
    held = (each.services for each in hearings(session, application) if each.closed_at is not None)
    return frozenset(service for services in held for service in services)
