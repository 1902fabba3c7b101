"""Agreements between clients and providers."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.clients.rules import MAX_NUMBER
from marketplace.db import Base
from marketplace.offers.models import Offer, OfferVersion
from marketplace.vouchers.granting.models import DecisionLine


class Agreement(Base):
    """A client's agreement (sopimus, avtal) with a provider on one offer, within the client's service decision.

    `client_number` is the organisation's own client or case number; who the client is, the organisation's client
    register knows. `version` is the one whose prices the agreement fixes: that in force on the first day.
    `ends_on` empty: until further notice. `line` is the line of the service decision from which it is paid, and
    `monthly` how much of it, in the line's unit, the agreement holds each month; both are empty for those that were
    agreed without a decision in the portal.
    """

    __tablename__ = "agreements"
    __audit_name__ = "Agreement"
    __table_args__ = (
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_start"),
        sa.CheckConstraint("(line_id IS NULL) = (monthly IS NULL)", name="held_in_a_line"),
        sa.CheckConstraint("monthly IS NULL OR monthly > 0", name="holds_something"),
        sa.CheckConstraint(
            f"length(client_number) BETWEEN 1 AND {MAX_NUMBER}", name="client_number_is_short"
        ),
        sa.Index(
            "uq_agreements_open",
            "organisation_key",
            "client_number",
            "offer_id",
            unique=True,
            sqlite_where=sa.text("ends_on IS NULL"),
            postgresql_where=sa.text("ends_on IS NULL"),
        ),
        sa.Index("ix_agreements_organisation_key_starts_on", "organisation_key", "starts_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_key: Mapped[str] = mapped_column(sa.ForeignKey("organisations.key"))
    client_number: Mapped[str]
    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("offers.id"), index=True)
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("offer_versions.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    line_id: Mapped[int | None] = mapped_column(sa.ForeignKey("decision_lines.id"), index=True)
    monthly: Mapped[int | None] = mapped_column(sa.BigInteger)

    line: Mapped[DecisionLine | None] = relationship()
    offer: Mapped[Offer] = relationship()
    version: Mapped[OfferVersion] = relationship()
    recorded_by: Mapped[User] = relationship()
