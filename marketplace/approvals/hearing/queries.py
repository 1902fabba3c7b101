"""Reading the hearings of an application."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.applications.models import Application, Hearing
from marketplace.applications.rules import ApplicationState


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


def unanswered(session: Session, application: Application) -> Hearing | None:
    """The newest hearing without an answer that one which came by letter can still be written down to, or None.

    A letter that came in time may be opened after the last day: until the decision is proposed it is not too late.
    """
    newest = next(reversed(hearings(session, application)), None)
    is_open = application.state in (ApplicationState.HEARING, ApplicationState.IN_REVIEW)
    return newest if newest is not None and newest.answer is None and is_open else None


def heard_services(session: Session, application: Application) -> frozenset[str]:
    """The services on which the provider has been heard: it has answered, or the due date has passed."""
    held = (each.services for each in hearings(session, application) if each.closed_at is not None)
    return frozenset(service for services in held for service in services)
