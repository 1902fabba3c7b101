"""What is known of the right to act for a company."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.db import Base, Revised, one_of
from marketplace.providers.authority.rules import RIGHT, RightAction, RightState
from marketplace.providers.models import Provider


class ProviderRight(Revised, Base):
    """Whether the people of a company may act for it, what showed it and why; without a row nothing is shown.

    Of the letter's code only a hash is kept (argon2id); `tries` counts how often it has been typed.
    """

    __tablename__ = "provider_rights"
    __audit_name__ = "ProviderRight"
    __table_args__ = (
        one_of("state", RightState, "state_is_known"),
        one_of("shown_by", RightAction, "shown_by_is_known"),
        sa.CheckConstraint(
            f"(state = '{RightState.PROVEN}') = (shown_at IS NOT NULL)", name="proven_has_a_moment"
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

    provider: Mapped[Provider] = relationship()
    shown_by_person: Mapped[User | None] = relationship(foreign_keys=shown_by_id)
