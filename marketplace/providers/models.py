"""Who gives services, with what proof, and on which terms."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base
from marketplace.i18n import LocalizedText
from marketplace.money import Money
from marketplace.providers.rules import (
    APPROVAL_STATES,
    AVAILABILITY_STATES,
    OFFER_STATES,
    PROVIDER_STATES,
    VERSION_STATES,
)


def _one_of(column: str, values: tuple[str, ...], name: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=name)


class Provider(Base):
    """A company, association, foundation, sole trader or public unit; one account serves all organisations."""

    __tablename__ = "providers"
    __table_args__ = (_one_of("state", PROVIDER_STATES, "state_is_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    business_id: Mapped[str] = mapped_column(sa.String(9), unique=True)
    official_name: Mapped[str]
    trade_name: Mapped[str] = mapped_column(default="")
    legal_form: Mapped[str]
    street: Mapped[str]
    postal_code: Mapped[str]
    city: Mapped[str]
    phone: Mapped[str]
    email: Mapped[str]
    website: Mapped[str] = mapped_column(default="")
    languages: Mapped[list[str]]
    description: Mapped[LocalizedText]
    iban: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="active")
    created_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": revision}

    @property
    def name(self) -> str:
        """The name people know it by."""
        return self.trade_name or self.official_name


class StoredFile(Base):
    """A file that was checked and kept; its content lies under its SHA-256 and is never changed."""

    __tablename__ = "stored_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    media_type: Mapped[str]
    size: Mapped[int]
    name: Mapped[str]
    uploaded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    created_at: Mapped[datetime]


class Evidence(Base):
    """A dated proof of the provider's, usable in every application; a renewal is a new row."""

    __tablename__ = "evidence"
    __table_args__ = (
        sa.CheckConstraint("valid_until IS NULL OR valid_until >= issued_on", name="valid_after_issue"),
        sa.Index("ix_evidence_provider_id_kind", "provider_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(sa.ForeignKey("providers.id"))
    kind: Mapped[str]
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_files.id"))
    issued_on: Mapped[date]
    valid_until: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]

    file: Mapped[StoredFile | None] = relationship(lazy="joined")


class ServiceApproval(Base):
    """The right to offer one service in one pilot, in the municipalities that the decision names."""

    __tablename__ = "service_approvals"
    __table_args__ = (
        _one_of("state", APPROVAL_STATES, "state_is_known"),
        sa.Index(
            "uq_service_approvals_current",
            "provider_id",
            "pilot_key",
            "service_key",
            unique=True,
            sqlite_where=sa.text("state IN ('approved', 'suspended')"),
            postgresql_where=sa.text("state IN ('approved', 'suspended')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(sa.ForeignKey("providers.id"), index=True)
    pilot_key: Mapped[str] = mapped_column(sa.ForeignKey("pilots.key"), index=True)
    pilot_version_id: Mapped[int] = mapped_column(sa.ForeignKey("pilot_versions.id"))
    service_key: Mapped[str]
    municipalities: Mapped[list[str]]
    conditions: Mapped[str] = mapped_column(default="")
    state: Mapped[str]
    approved_on: Mapped[date]
    application_line_id: Mapped[int | None] = mapped_column(sa.ForeignKey("application_lines.id"), index=True)

    provider: Mapped[Provider] = relationship(lazy="joined")


class Offer(Base):
    """What a provider offers under one approval. Texts and prices live in its versions."""

    __tablename__ = "offers"
    __table_args__ = (
        _one_of("state", OFFER_STATES, "state_is_known"),
        _one_of("availability_state", AVAILABILITY_STATES, "availability_is_known"),
        sa.CheckConstraint(
            "(availability_state = 'from') = (available_from IS NOT NULL)", name="from_has_a_date"
        ),
        sa.CheckConstraint(
            "(availability_state = 'queue') = (queue_weeks IS NOT NULL)", name="queue_has_weeks"
        ),
        sa.CheckConstraint("queue_weeks IS NULL OR queue_weeks BETWEEN 1 AND 104", name="queue_is_plausible"),
        sa.Index("ix_offers_state_pilot_key", "state", "pilot_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    approval_id: Mapped[int] = mapped_column(sa.ForeignKey("service_approvals.id"), index=True)
    provider_id: Mapped[int] = mapped_column(sa.ForeignKey("providers.id"), index=True)
    pilot_key: Mapped[str] = mapped_column(sa.ForeignKey("pilots.key"))
    service_key: Mapped[str]
    state: Mapped[str]
    ends_on: Mapped[date | None]
    availability_state: Mapped[str]
    available_from: Mapped[date | None]
    queue_weeks: Mapped[int | None]
    availability_updated_at: Mapped[datetime]
    created_at: Mapped[datetime]

    approval: Mapped[ServiceApproval] = relationship()
    provider: Mapped[Provider] = relationship()
    versions: Mapped[list[OfferVersion]] = relationship(
        back_populates="offer", order_by="OfferVersion.number"
    )


class OfferVersion(Base):
    """One version of an offer's texts, area and prices.

    The version in force on a day is the published one with the latest `valid_from` not after it. Because every
    published version of an offer has a `valid_from` of its own, two can never be in force at once.
    """

    __tablename__ = "offer_versions"
    __table_args__ = (
        _one_of("state", VERSION_STATES, "state_is_known"),
        sa.UniqueConstraint("offer_id", "number"),
        sa.Index(
            "uq_offer_versions_published_day",
            "offer_id",
            "valid_from",
            unique=True,
            sqlite_where=sa.text("state = 'published'"),
            postgresql_where=sa.text("state = 'published'"),
        ),
        sa.CheckConstraint(
            "(state = 'published') = (published_at IS NOT NULL)", name="published_has_a_moment"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("offers.id"), index=True)
    number: Mapped[int]
    state: Mapped[str]
    valid_from: Mapped[date]
    title: Mapped[LocalizedText]
    summary: Mapped[LocalizedText]
    description: Mapped[LocalizedText]
    plain: Mapped[LocalizedText]
    place: Mapped[str] = mapped_column(default="")
    municipalities: Mapped[list[str]]
    groups: Mapped[list[str]]
    languages: Mapped[list[str]]
    features: Mapped[list[str]]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1)

    offer: Mapped[Offer] = relationship(back_populates="versions")
    prices: Mapped[list[OfferPrice]] = relationship(cascade="all, delete-orphan", order_by="OfferPrice.id")

    __mapper_args__ = {"version_id_col": revision}


class OfferPrice(Base):
    """The price of one band in one version of an offer, VAT included; immutable once the version is published."""

    __tablename__ = "offer_prices"
    __table_args__ = (
        sa.UniqueConstraint("version_id", "band"),
        sa.CheckConstraint("amount >= 0", name="amount_is_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("offer_versions.id"))
    band: Mapped[str]
    unit: Mapped[str]
    amount: Mapped[Money]
    vat_code: Mapped[str]
    includes: Mapped[list[str]]
