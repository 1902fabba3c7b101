"""Information sessions and who has registered."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, Revised, one_of
from marketplace.i18n import LocalizedText
from marketplace.pilots.models import Pilot
from marketplace.recruiting.sessions.audiences import FIRST
from marketplace.recruiting.sessions.rules import RegistrationState, SessionState


class InformationSession(Revised, Base):
    """A session of a pilot, at a place or behind a link; `sequence` counts the changes for people's calendars."""

    __tablename__ = "information_sessions"
    __audit_name__ = "InformationSession"
    __table_args__ = (
        one_of("state", SessionState, "state_is_known"),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_it_starts"),
        sa.CheckConstraint("seats > 0", name="seats_are_positive"),
        sa.Index("ix_information_sessions_pilot_key_starts_at", "pilot_key", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pilot_key: Mapped[str] = mapped_column(sa.ForeignKey("pilots.key"))
    title: Mapped[LocalizedText]
    description: Mapped[LocalizedText]
    place: Mapped[LocalizedText]
    link: Mapped[str] = mapped_column(default="")
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    seats: Mapped[int | None]
    audience: Mapped[str] = mapped_column(default=FIRST, server_default=FIRST)
    state: Mapped[SessionState]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    sequence: Mapped[int] = mapped_column(default=0)

    pilot: Mapped[Pilot] = relationship()
    registrations: Mapped[list[SessionRegistration]] = relationship(
        back_populates="session", order_by="SessionRegistration.id"
    )


class SessionRegistration(Revised, Base):
    """One person who comes, or wants to. `token` opens the page for confirming and withdrawing, and nothing else:
    therefore it is kept as it is, so that the reminder can carry it again.
    """

    __tablename__ = "session_registrations"
    __table_args__ = (
        one_of("state", RegistrationState, "state_is_known"),
        sa.UniqueConstraint("session_id", "email"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("information_sessions.id"))
    name: Mapped[str]
    company: Mapped[str]
    email: Mapped[str]
    language: Mapped[str] = mapped_column(sa.String(2))
    state: Mapped[RegistrationState]
    token: Mapped[str] = mapped_column(unique=True)
    registered_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    offered_until: Mapped[datetime | None]

    session: Mapped[InformationSession] = relationship(back_populates="registrations")
