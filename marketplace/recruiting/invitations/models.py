"""Invitations, the rounds in which they are sent, their letters, and the letter's text."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.db import Base, Revised, one_of
from marketplace.i18n import LocalizedText
from marketplace.outbox import OutboxMessage
from marketplace.pilots.models import Pilot
from marketplace.recruiting.invitations.rules import InvitationState, LetterKind, LetterState

_IS_WAITING = f"state = '{LetterState.WAITING}'"
_IS_WRITTEN = f"state = '{LetterState.WRITTEN}'"


class Invitation(Revised, Base):
    """One addressee of a pilot; an address is on a pilot's list once.

    `business_id` is empty when it is not known. `provider_id` is set when somebody goes from the personal link to
    apply: then the invitation and the provider are known to belong together.
    """

    __tablename__ = "invitations"
    __audit_name__ = "Invitation"
    __table_args__ = (
        one_of("state", InvitationState, "state_is_known"),
        sa.UniqueConstraint("pilot_key", "email"),
        sa.Index("ix_invitations_pilot_key_state", "pilot_key", "state"),
        sa.Index("ix_invitations_pilot_key_business_id", "pilot_key", "business_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pilot_key: Mapped[str] = mapped_column(sa.ForeignKey("pilots.key"))
    name: Mapped[str]
    email: Mapped[str]
    language: Mapped[str] = mapped_column(sa.String(2))
    business_id: Mapped[str] = mapped_column(default="")
    provider_id: Mapped[int | None] = mapped_column(sa.ForeignKey("providers.id"), index=True)
    state: Mapped[InvitationState]
    listed_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]

    pilot: Mapped[Pilot] = relationship()
    letters: Mapped[list[InvitationLetter]] = relationship(
        back_populates="invitation", order_by="InvitationLetter.id"
    )


class InvitationRound(Base):
    """One order to write to a pilot's addressees; the letters are made with it and written one by one."""

    __tablename__ = "invitation_rounds"
    __audit_name__ = "InvitationRound"
    __table_args__ = (one_of("kind", LetterKind, "kind_is_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pilot_key: Mapped[str] = mapped_column(sa.ForeignKey("pilots.key"), index=True)
    kind: Mapped[LetterKind]
    ordered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    ordered_at: Mapped[datetime]

    pilot: Mapped[Pilot] = relationship()
    ordered_by: Mapped[User | None] = relationship()


class InvitationLetter(Revised, Base):
    """One letter of a round to one addressee, at most one each.

    The personal link of each letter holds a token of its own, of which only the hash is kept. A link holds while the
    addressee still has the address that the letter went to.
    """

    __tablename__ = "invitation_letters"
    __table_args__ = (
        one_of("state", LetterState, "state_is_known"),
        sa.UniqueConstraint("invitation_id", "round_id"),
        sa.CheckConstraint(f"({_IS_WRITTEN}) = (message_id IS NOT NULL)", name="written_has_a_message"),
        sa.CheckConstraint(f"({_IS_WRITTEN}) = (written_at IS NOT NULL)", name="written_has_a_moment"),
        sa.Index(
            "uq_invitation_letters_waiting",
            "invitation_id",
            unique=True,
            sqlite_where=sa.text(_IS_WAITING),
            postgresql_where=sa.text(_IS_WAITING),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    invitation_id: Mapped[int] = mapped_column(sa.ForeignKey("invitations.id"))
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("invitation_rounds.id"), index=True)
    state: Mapped[LetterState]
    recipient: Mapped[str | None]
    token_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    message_id: Mapped[int | None] = mapped_column(sa.ForeignKey("outbox_messages.id"), unique=True)
    written_at: Mapped[datetime | None]

    invitation: Mapped[Invitation] = relationship(back_populates="letters")
    round: Mapped[InvitationRound] = relationship()
    message: Mapped[OutboxMessage | None] = relationship()


class InvitationText(Revised, Base):
    """What a pilot's letter says, as the office has written it, and the day by which it asks to apply."""

    __tablename__ = "invitation_texts"

    pilot_key: Mapped[str] = mapped_column(sa.ForeignKey("pilots.key"), primary_key=True)
    subject: Mapped[LocalizedText]
    body: Mapped[LocalizedText]
    deadline: Mapped[date | None]
    changed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    changed_at: Mapped[datetime]
