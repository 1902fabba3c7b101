"""The audit trail's tables: events, and what proves that nobody has touched them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base
from marketplace.i18n import _
from marketplace.permissions import SYSTEM

ON_BEHALF: Final = "for_client"
"""The value of an event that names the client, by the number of the row, for whom a helper acted."""


class AuditEvent(Base):
    """One thing that happened. Nothing in a row changes after its transaction; its seal stands in `audit_seals`."""

    __tablename__ = "audit_events"
    __table_args__ = (
        sa.Index("ix_audit_events_subject", "subject_type", "subject_id"),
        sa.Index("ix_audit_events_organisation", "organisation_key", "at", "id"),
        sa.Index("ix_audit_events_action", "organisation_key", "action", "at", "id"),
        sa.Index("ix_audit_events_actor", "organisation_key", "actor_name", "at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    actor_name: Mapped[str]
    action: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[str]
    organisation_key: Mapped[str | None]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]

    actor: Mapped[Any] = relationship("User", viewonly=True)

    @property
    def who(self) -> str:
        """The actor's name for the reader; the portal itself is called by its name in the reader's language.

        Of clients and helpers no name is kept here: it is that of the account, as long as there is one.
        """
        name = self.actor_name or (self.actor.name if self.actor is not None else "")
        if ON_BEHALF in self.after:
            return _("%(name)s for client %(number)s", name=name, number=self.after[ON_BEHALF])
        return _("Palvelutori") if name == SYSTEM.name else str(name)


class AuditSeal(Base):
    """The place of an event in its chain, and a keyed hash over the event, that place and the seal before it.

    `chain`: the organisation's key, or one of `rules.PORTAL` and `rules.FIRST_RELEASE`. `number` counts from 1 without
    a gap. `key_id` names the key (`rules.key_id`); it is empty for the events of the first release, which had no key.
    """

    __tablename__ = "audit_seals"
    __table_args__ = (sa.UniqueConstraint("chain", "number"),)

    event_id: Mapped[int] = mapped_column(
        sa.ForeignKey("audit_events.id"), primary_key=True, autoincrement=False
    )
    chain: Mapped[str]
    number: Mapped[int]
    key_id: Mapped[str]
    previous_hash: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)


class AuditChain(Base):
    """The end of a chain: one row, locked by whoever seals events into it, last of everything in a transaction."""

    __tablename__ = "audit_chains"

    key: Mapped[str] = mapped_column(primary_key=True)
    last_number: Mapped[int]
    last_hash: Mapped[str]


class AuditRoot(Base):
    """A checkpoint: the ends of all chains at one moment and the root of their Merkle tree, itself a chain.

    `heads` is chain → [number, hash]. `ends_former_keys`: nothing after these ends was sealed with an earlier key than
    the one of this checkpoint. What is shipped outside the portal is this row (`anchors`).
    """

    __tablename__ = "audit_roots"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    heads: Mapped[dict[str, Any]]
    root: Mapped[str]
    key_id: Mapped[str]
    previous_hash: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)
    ends_former_keys: Mapped[bool] = mapped_column(default=False)
