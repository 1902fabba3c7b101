"""The register of clients, their taking part in pilots, their consents, and the log of who looked at their data."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.clients.rules import MAX_NUMBER, ConsentKind, Ground, Part
from marketplace.db import Base, EnumColumn, one_of
from marketplace.i18n import LANGUAGES

_GROUND_LENGTH = 15
_PART_LENGTH = 15


class Client(Base):
    """A person for whom an organisation arranges services: what it needs to reach and recognise them, and no more.

    `number` is the organisation's own client or case number. `identity_hash` is the keyed hash of the personal identity
    code that a sign-in has brought (`rules.identity_hash`), `identity_key_id` the name of its key (None: made
    before keys had names); the code itself is nowhere. `protected`: under a non-disclosure order (turvakielto), so that
    no address and no municipality is kept. `user_id` is the account with which the person signs in; one person may be a
    client of several organisations.
    `ask_each_time`: deliveries to the client wait for the client's own word; otherwise they are paid unless the client
    or a helper objects. `deliveries_told_at`: when mail last told the client or a helper of deliveries to look at, and
    `deliveries_told_to` the last of them by its number.
    `erasure_asked_at`: the client wants the data erased, and the office has not done it or answered yet.
    """

    __tablename__ = "clients"
    __audit_name__ = "Client"
    __table_args__ = (
        sa.UniqueConstraint("organisation_key", "number"),
        sa.UniqueConstraint("organisation_key", "identity_hash"),
        sa.CheckConstraint(f"length(number) BETWEEN 1 AND {MAX_NUMBER}", name="number_is_short"),
        one_of("language", LANGUAGES, "language_is_known"),
        sa.CheckConstraint(
            "NOT protected OR (address = '' AND municipality IS NULL)", name="protected_without_place"
        ),
        sa.CheckConstraint(
            "erased_at IS NULL OR (name = '' AND email = '' AND phone = '' AND address = ''"
            " AND identity_hash IS NULL AND municipality IS NULL AND client_group IS NULL)",
            name="erased_holds_nothing",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_key: Mapped[str] = mapped_column(sa.ForeignKey("organisations.key"))
    number: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(sa.String(2))
    municipality: Mapped[str | None]
    group: Mapped[str | None] = mapped_column("client_group")
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    protected: Mapped[bool] = mapped_column(default=False)
    counsellor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    identity_hash: Mapped[str | None] = mapped_column(sa.String(64))
    identity_key_id: Mapped[str | None] = mapped_column(sa.String(12))
    ask_each_time: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    deliveries_told_at: Mapped[datetime | None]
    deliveries_told_to: Mapped[int | None]
    created_at: Mapped[datetime]
    erasure_asked_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]

    counsellor: Mapped[User | None] = relationship(foreign_keys=counsellor_id)
    user: Mapped[User | None] = relationship(foreign_keys=user_id)
    participations: Mapped[list[Participation]] = relationship(
        back_populates="client",
        order_by="Participation.joined_on, Participation.id",
        cascade="save-update, merge, refresh-expire",  # who locks the client reads these again as well
    )

    @property
    def title(self) -> str:
        """What staff call the client: the name, or the number where no name is kept."""
        return self.name or self.number


class Participation(Base):
    """A client takes part in a pilot, of free will; `ended_on` is the last day, None while it goes on."""

    __tablename__ = "client_participations"
    __table_args__ = (
        sa.CheckConstraint("ended_on IS NULL OR ended_on >= joined_on", name="ends_after_it_began"),
        sa.Index(
            "uq_client_participations_open",
            "client_id",
            "pilot_key",
            unique=True,
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(sa.ForeignKey("clients.id"), index=True)
    pilot_key: Mapped[str] = mapped_column(sa.ForeignKey("pilots.key"), index=True)
    joined_on: Mapped[date]
    ended_on: Mapped[date | None]
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    recorded_at: Mapped[datetime]

    client: Mapped[Client] = relationship(back_populates="participations")


class Consent(Base):
    """A client's consent, from when it was given until it is taken back; giving it again is another row."""

    __tablename__ = "client_consents"
    __table_args__ = (
        one_of("kind", ConsentKind, "kind_is_known"),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL)", name="withdrawn_by_somebody"
        ),
        sa.Index(
            "uq_client_consents_given",
            "client_id",
            "kind",
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(sa.ForeignKey("clients.id"), index=True)
    kind: Mapped[ConsentKind] = mapped_column(EnumColumn(ConsentKind, 10))
    given_at: Mapped[datetime]
    given_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))


class ClientAccess(Base):
    """A line of the log that the client may read: somebody looked at the client's data, or gave some of it away.

    `recipient` is empty when it was looked at, otherwise to whom it was given. `user_id` empty: the portal itself. A
    table of its own and no part of the audit trail, because the trail is kept for good and this ends with its time.
    """

    __tablename__ = "client_accesses"
    __table_args__ = (
        one_of("part", Part, "part_is_known"),
        one_of("ground", Ground, "ground_is_known"),
        sa.Index("ix_client_accesses_client_id_at", "client_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(sa.ForeignKey("clients.id"))
    at: Mapped[datetime] = mapped_column(index=True)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    part: Mapped[Part] = mapped_column(EnumColumn(Part, _PART_LENGTH))
    ground: Mapped[Ground] = mapped_column(EnumColumn(Ground, _GROUND_LENGTH))
    recipient: Mapped[str] = mapped_column(default="")

    user: Mapped[User | None] = relationship()
