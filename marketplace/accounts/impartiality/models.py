"""The table of disqualifications."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.impartiality.rules import DisqualificationCause
from marketplace.db import Base, EnumColumn, one_of


class Disqualification(Base):
    """A person who takes no part in a provider's matters until a day, and why; `reason` is theirs when declared."""

    __tablename__ = "disqualifications"
    __table_args__ = (
        one_of("cause", DisqualificationCause, "cause_is_known"),
        sa.CheckConstraint(
            f"cause <> '{DisqualificationCause.DECLARED}' OR reason <> ''", name="a_declaration_has_a_reason"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    provider_id: Mapped[int] = mapped_column(sa.ForeignKey("providers.id"), index=True)
    cause: Mapped[DisqualificationCause] = mapped_column(EnumColumn(DisqualificationCause, 20))
    reason: Mapped[str]
    since: Mapped[datetime]
    until: Mapped[datetime]
