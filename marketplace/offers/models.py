"""Offers, their versions, prices and photos, and how often they are looked at."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, Revised, one_of
from marketplace.i18n import LocalizedText
from marketplace.money import Money
from marketplace.offers.rules import (
    Availability,
    OfferState,
    VersionState,
)
from marketplace.pilots.models import Pilot, in_order_of_bands
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.units.models import ServiceUnit

_IS_PUBLISHED = f"state = '{VersionState.PUBLISHED}'"


class Offer(Revised, Base):
    """What a provider offers under one approval. Texts and prices live in its versions."""

    __tablename__ = "offers"
    __audit_name__ = "Offer"
    __table_args__ = (
        one_of("state", OfferState, "state_is_known"),
        one_of("availability_state", Availability, "availability_is_known"),
        sa.CheckConstraint(
            f"(availability_state = '{Availability.FROM}') = (available_from IS NOT NULL)",
            name="from_has_a_date",
        ),
        sa.CheckConstraint(
            f"(availability_state = '{Availability.QUEUE}') = (queue_weeks IS NOT NULL)",
            name="queue_has_weeks",
        ),
        sa.CheckConstraint("queue_weeks IS NULL OR queue_weeks BETWEEN 1 AND 104", name="queue_is_plausible"),
        sa.Index("ix_offers_state_pilot_key", "state", "pilot_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    approval_id: Mapped[int] = mapped_column(sa.ForeignKey("service_approvals.id"), index=True)
    provider_id: Mapped[int] = mapped_column(sa.ForeignKey("providers.id"), index=True)
    pilot_key: Mapped[str] = mapped_column(sa.ForeignKey("pilots.key"))
    service_key: Mapped[str]
    state: Mapped[OfferState]
    ends_on: Mapped[date | None]
    availability_state: Mapped[Availability]
    available_from: Mapped[date | None]
    queue_weeks: Mapped[int | None]
    availability_updated_at: Mapped[datetime]
    created_at: Mapped[datetime]

    approval: Mapped[ServiceApproval] = relationship()
    provider: Mapped[Provider] = relationship()
    pilot: Mapped[Pilot] = relationship()
    versions: Mapped[list[OfferVersion]] = relationship(
        back_populates="offer", order_by="OfferVersion.number"
    )
    photos: Mapped[list[OfferPhoto]] = relationship(
        back_populates="offer", order_by="OfferPhoto.position, OfferPhoto.id", cascade="all, delete-orphan"
    )


class OfferVersion(Revised, Base):
    """One version of an offer's texts, area and prices.

    `unit`: where the service is given, when that is a unit of the provider's; `place` is said in free words.
    `ages`: keys of `ages.yaml`; none when it is for everybody who may get the service.
    `nothing_extra_at`: when the provider accepted that the client is charged nothing beyond the prices.
    `submitted_at`: when it was given to the office, whose `return_reason` stays until it is given again.

    The version in force on a day is the published one with the latest `valid_from` not after it. Because every
    published version of an offer has a `valid_from` of its own, two can never be in force at once.
    """

    __tablename__ = "offer_versions"
    __table_args__ = (
        one_of("state", VersionState, "state_is_known"),
        sa.UniqueConstraint("offer_id", "number"),
        sa.Index(
            "uq_offer_versions_published_day",
            "offer_id",
            "valid_from",
            unique=True,
            sqlite_where=sa.text(_IS_PUBLISHED),
            postgresql_where=sa.text(_IS_PUBLISHED),
        ),
        sa.CheckConstraint(f"({_IS_PUBLISHED}) = (published_at IS NOT NULL)", name="published_has_a_moment"),
        sa.CheckConstraint("minimum_minutes IS NULL OR minimum_minutes > 0", name="minimum_is_some_time"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("offers.id"), index=True)
    number: Mapped[int]
    state: Mapped[VersionState]
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
    ages: Mapped[list[str]] = mapped_column(default=list)
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

    offer: Mapped[Offer] = relationship(back_populates="versions")
    unit: Mapped[ServiceUnit | None] = relationship()
    prices: Mapped[list[OfferPrice]] = relationship(
        cascade="all, delete-orphan", order_by=lambda: in_order_of_bands(OfferPrice.band)
    )


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
    """A picture of an offer, re-encoded from what was sent, in several widths.

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
