"""What offices have found of proofs."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.db import Base, Revised, one_of
from marketplace.providers.evidence.rules import LOOK, LookState
from marketplace.providers.models import Evidence


class ProofLook(Revised, Base):
    """A proof that an office where the provider stands looks at: made when the proof comes, settled by a person.

    `counts_until` is the last day on which the proof counts unseen. `reason` is why it was returned, in the office's
    words. A proof without a row in an organisation was looked at with an application, before the provider stood there.
    """

    __tablename__ = "proof_looks"
    __table_args__ = (
        one_of("state", LookState, "state_is_known"),
        sa.UniqueConstraint("evidence_id", "organisation_key", name="uq_proof_looks_one_for_an_organisation"),
        sa.CheckConstraint(
            f"(state = '{LookState.WAITING}') = (looked_at IS NULL)", name="settled_has_a_moment"
        ),
        sa.CheckConstraint("(looked_at IS NULL) = (looked_by_id IS NULL)", name="settled_by_a_person"),
        sa.CheckConstraint(f"state <> '{LookState.RETURNED}' OR reason <> ''", name="returned_has_a_reason"),
        sa.Index("ix_proof_looks_organisation_key_state", "organisation_key", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    evidence_id: Mapped[int] = mapped_column(sa.ForeignKey("evidence.id"))
    organisation_key: Mapped[str] = mapped_column(sa.ForeignKey("organisations.key"))
    state: Mapped[LookState] = mapped_column(default=LOOK.initial)
    counts_until: Mapped[date]
    looked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    looked_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")

    evidence: Mapped[Evidence] = relationship(lazy="joined")
    looked_by: Mapped[User | None] = relationship()
