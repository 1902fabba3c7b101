"""The table of wishes to be told of a free place."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base
from marketplace.offers.models import Offer


class PlaceNotice(Base):
    """An address that wants to be told when an offer has a free place; the row is deleted when it has been told.

    `token_hash` is the SHA-256 of the token of its first link, by which the address confirms and ends the wish; each
    further letter has a link of its own (`PlaceNoticeLink`). Nothing is mailed before `confirmed_at`, except letters
    with links. At `expires_at` the row is deleted.
    """

    __tablename__ = "place_notices"
    __audit_name__ = "PlaceNotice"
    __table_args__ = (sa.UniqueConstraint("offer_id", "email"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("offers.id"))
    email: Mapped[str]
    language: Mapped[str] = mapped_column(sa.String(2))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    asked_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    expires_at: Mapped[datetime] = mapped_column(index=True)

    offer: Mapped[Offer] = relationship()
    further_links: Mapped[list[PlaceNoticeLink]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True
    )


class PlaceNoticeLink(Base):
    """The link of a further letter about a wish: anybody can ask for one, so it ends none of the earlier links."""

    __tablename__ = "place_notice_links"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    notice_id: Mapped[int] = mapped_column(sa.ForeignKey("place_notices.id", ondelete="CASCADE"), index=True)
