"""What is known of the right to act for a company."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.db import Base, Revised, one_of
from marketplace.providers.authority.rules import RIGHT, RightAction, RightState
from marketplace.providers.models import Provider


class ProviderRight(Revised, Base):
    """Whether the people of a company may act for it, what showed it and why; without a row nothing is shown.

    Of the letter's code only a hash is kept (argon2id); `tries` counts how often it has been typed. `codes` are those
    of the roles and mandates that the register of mandates told, `checked_until` the last day on which that is relied
    on, and `told_at` when the company was asked to show it again.
    """

    __tablename__ = "provider_rights"
    __audit_name__ = "ProviderRight"
    __table_args__ = (
        one_of("state", RightState, "state_is_known"),
        one_of("shown_by", RightAction, "shown_by_is_known"),
        sa.CheckConstraint(
            f"(state = '{RightState.PROVEN}') = (shown_at IS NOT NULL)", name="proven_has_a_moment"
        ),
        sa.CheckConstraint(
            f"(checked_until IS NOT NULL) = (shown_by IS NOT NULL AND shown_by = '{RightAction.ASK_REGISTER}')",
            name="the_register_is_asked_again",
        ),
    )

    provider_id: Mapped[int] = mapped_column(sa.ForeignKey("providers.id"), primary_key=True)
    state: Mapped[RightState] = mapped_column(default=RIGHT.initial)
    shown_by: Mapped[RightAction | None]
    shown_at: Mapped[datetime | None]
    shown_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(default="")
    code_hash: Mapped[str | None]
    code_expires_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    codes: Mapped[str] = mapped_column(default="", server_default="")
    checked_until: Mapped[date | None] = mapped_column(index=True)
    told_at: Mapped[datetime | None]

    provider: Mapped[Provider] = relationship()
    shown_by_person: Mapped[User | None] = relationship(foreign_keys=shown_by_id)
