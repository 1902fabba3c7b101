"""Agreements between clients and providers."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.clients.rules import MAX_NUMBER
from marketplace.db import Base
from marketplace.offers.models import Offer, OfferVersion


class Agreement(Base):
    """A client's agreement (sopimus, avtal) with a provider on one offer, within the client's service decision.

    `client_number` is the organisation's own client or case number; who the client is, the organisation's client
    register knows. `version` is the one whose prices the agreement fixes: that in force on the first day.
    `ends_on` empty: until further notice.
    """

    __tablename__ = "agreements"
    __audit_name__ = "Agreement"
    __table_args__ = (
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_start"),
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

    offer: Mapped[Offer] = relationship()
    version: Mapped[OfferVersion] = relationship()
    recorded_by: Mapped[User] = relationship()
