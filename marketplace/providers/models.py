"""Who gives services, with what proof, and on which terms."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base
from marketplace.i18n import LocalizedText
from marketplace.money import Money
from marketplace.pilots.models import in_order_of_bands
from marketplace.providers.rules import (
    APPROVAL_STATES,
    AVAILABILITY_STATES,
    FILE_STATES,
    OFFER_STATES,
    PROVIDER_STATES,
    VERSION_STATES,
)
from marketplace.providers.units.models import ServiceUnit


def _one_of(column: str, values: tuple[str, ...], name: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=name)


class Provider(Base):
    """A company, association, foundation, sole trader or public unit; one account serves all organisations.

    The postal address is empty when it is the street address. `bic` goes with `iban`; a change of them waits for the
    office (`company.models.AccountChange`). `einvoice_address` is an OVT code or an account number, `einvoice_operator`
    the operator's own code. `vat` says by service key how the provider's own services are taxed (key of `vat.yaml`).
    """

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
    postal_street: Mapped[str] = mapped_column(default="")
    postal_postal_code: Mapped[str] = mapped_column(default="")
    postal_city: Mapped[str] = mapped_column(default="")
    signatory: Mapped[str] = mapped_column(default="")
    contact_name: Mapped[str] = mapped_column(default="")
    contact_phone: Mapped[str] = mapped_column(default="")
    contact_email: Mapped[str] = mapped_column(default="")
    invoicing_name: Mapped[str] = mapped_column(default="")
    invoicing_phone: Mapped[str] = mapped_column(default="")
    invoicing_email: Mapped[str] = mapped_column(default="")
    iban: Mapped[str] = mapped_column(default="")
    bic: Mapped[str] = mapped_column(sa.String(11), default="")
    einvoice_address: Mapped[str] = mapped_column(default="")
    einvoice_operator: Mapped[str] = mapped_column(default="")
    vat: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(default="active")
    created_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=1)

    units: Mapped[list[ServiceUnit]] = relationship(
        viewonly=True, order_by="ServiceUnit.name, ServiceUnit.id"
    )

    __mapper_args__ = {"version_id_col": revision}

    @property
    def name(self) -> str:
        """The name people know it by."""
        return self.trade_name or self.official_name


class StoredFile(Base):
    """A file that was checked and kept; its content lies under its SHA-256 and is never changed.

    A quarantined file waits for the virus scanner: it is neither handed out nor counted as a proof. The content of an
    infected one is gone.
    """

    __tablename__ = "stored_files"
    __table_args__ = (_one_of("state", FILE_STATES, "state_is_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    media_type: Mapped[str]
    size: Mapped[int]
    name: Mapped[str]
    uploaded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    created_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="clean", index=True)


class Evidence(Base):
    """A dated proof of the provider's, usable in every application; a renewal is a new row.

    `insured_sum`: up to how much an insurance pays. `address`: where a published document can be read.
    `number`: of a permit or a registration that anybody can look up in a public register.
    """

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
    insured_sum: Mapped[Money | None]
    address: Mapped[str] = mapped_column(default="")
    number: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]

    file: Mapped[StoredFile | None] = relationship(lazy="joined")

    @property
    def counts(self) -> bool:
        """Whether it proves anything: a file that the virus scanner has not let through does not."""
        return self.file is None or self.file.state == "clean"


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
    photos: Mapped[list[OfferPhoto]] = relationship(
        back_populates="offer", order_by="OfferPhoto.position, OfferPhoto.id", cascade="all, delete-orphan"
    )


class OfferVersion(Base):
    """One version of an offer's texts, area and prices.

    `unit`: where the service is given, when that is a unit of the provider's; `place` is said in free words.
    `nothing_extra_at`: when the provider accepted that the client is charged nothing beyond the prices.
    `submitted_at`: when it was given to the office, whose `return_reason` stays until it is given again.

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
        sa.CheckConstraint("minimum_minutes IS NULL OR minimum_minutes > 0", name="minimum_is_some_time"),
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
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("service_units.id"), index=True)
    municipalities: Mapped[list[str]]
    groups: Mapped[list[str]]
    languages: Mapped[list[str]]
    features: Mapped[list[str]]
    sign_video: Mapped[str] = mapped_column(default="")
    minimum_minutes: Mapped[int | None]
    cancellation: Mapped[LocalizedText] = mapped_column(default=LocalizedText())
    created_at: Mapped[datetime]
    nothing_extra_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    return_reason: Mapped[str] = mapped_column(default="")
    published_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=1)

    offer: Mapped[Offer] = relationship(back_populates="versions")
    unit: Mapped[ServiceUnit | None] = relationship()
    prices: Mapped[list[OfferPrice]] = relationship(
        cascade="all, delete-orphan", order_by=lambda: in_order_of_bands(OfferPrice.band)
    )

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


class OfferPhoto(Base):
    """A picture of an offer, made anew from what was sent, in several widths.

    `renditions` are mappings with `width`, `height`, `size` (bytes) and `sha256` (of the kept WebP file), the widest
    first. What the camera had written into the file (place, time, device) is not in them.
    """

    __tablename__ = "offer_photos"

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("offers.id"), index=True)
    position: Mapped[int]
    alt: Mapped[LocalizedText]
    renditions: Mapped[list[dict[str, Any]]]
    created_at: Mapped[datetime]

    offer: Mapped[Offer] = relationship(back_populates="photos")


class OfferViews(Base):
    """How often an offer was looked at and compared on one Helsinki day: numbers only, nothing about who looked."""

    __tablename__ = "offer_views"
    __table_args__ = (sa.CheckConstraint("views >= 0 AND comparisons >= 0", name="counts_are_not_negative"),)

    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("offers.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    views: Mapped[int] = mapped_column(default=0)
    comparisons: Mapped[int] = mapped_column(default=0)
