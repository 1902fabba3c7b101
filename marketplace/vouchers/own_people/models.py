"""The table of people near to clients who are paid, or are proposed to be."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.clients.models import Client
from marketplace.db import Base, EnumColumn, Json, Revised, among, one_of
from marketplace.files.models import StoredFile
from marketplace.money import Money
from marketplace.offers.models import Offer
from marketplace.pilots.models import PilotVersion
from marketplace.vouchers.own_people.rules import OWN_PERSON, OwnPersonFacts, OwnPersonState
from marketplace.vouchers.rules import AgreementParty

_APPROVED = among("state", sorted(OWN_PERSON.approved))


class OwnPerson(Revised, Base):
    """A person near to one client. Once approved, `offer` is what the person gives to that client only: with it come
    the approval, the prices and the provider to whom it is paid.

    `checked` are the keys of the points that were found in order; of what was shown for them nothing is kept.
    `proposed_as` says in whose name `proposed_by` wrote it. `file` is the decision, `reason` why the person was refused
    or the approval withdrawn, `iban` the account until the person is approved. Erasing takes every fact away.
    """

    __tablename__ = "own_people"
    __audit_name__ = "OwnPerson"
    __table_args__ = (
        one_of("state", OwnPersonState, "state_is_known"),
        one_of("proposed_as", AgreementParty, "proposer_is_known"),
        sa.CheckConstraint(f"({_APPROVED}) = (offer_id IS NOT NULL)", name="approved_has_an_offer"),
        sa.CheckConstraint("price > 0", name="price_is_something"),
        sa.CheckConstraint("state NOT IN ('refused', 'withdrawn') OR reason <> ''", name="has_a_reason"),
        sa.CheckConstraint(
            "state NOT IN ('ended', 'withdrawn') OR ends_on IS NOT NULL", name="ends_some_day"
        ),
        sa.Index("ix_own_people_client_id_state", "client_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(sa.ForeignKey("clients.id"))
    pilot_version_id: Mapped[int] = mapped_column(sa.ForeignKey("pilot_versions.id"))
    pilot_key: Mapped[str] = mapped_column(sa.ForeignKey("pilots.key"))
    service_key: Mapped[str]
    name: Mapped[str]
    relation: Mapped[str]
    phone: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    street: Mapped[str] = mapped_column(default="")
    postal_code: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    iban: Mapped[str] = mapped_column(default="")
    unit: Mapped[str]
    price: Mapped[Money]
    plan_number: Mapped[int | None]
    state: Mapped[OwnPersonState] = mapped_column(EnumColumn(OwnPersonState, 12), default=OWN_PERSON.initial)
    proposed_as: Mapped[AgreementParty]
    proposed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    proposed_at: Mapped[datetime]
    checked: Mapped[list[Any]] = mapped_column(Json, default=list)
    number: Mapped[str | None] = mapped_column(unique=True)
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_files.id"))
    offer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("offers.id"), unique=True)
    ends_on: Mapped[date | None]
    erased_at: Mapped[datetime | None]

    client: Mapped[Client] = relationship()
    pilot_version: Mapped[PilotVersion] = relationship()
    proposed_by: Mapped[User] = relationship(foreign_keys=proposed_by_id)
    decided_by: Mapped[User | None] = relationship(foreign_keys=decided_by_id)
    file: Mapped[StoredFile | None] = relationship()
    offer: Mapped[Offer | None] = relationship()

    @property
    def facts(self) -> OwnPersonFacts:
        """What was said of the person."""
        return OwnPersonFacts(
            name=self.name,
            relation=self.relation,
            pilot_key=self.pilot_key,
            service_key=self.service_key,
            unit=self.unit,
            price=self.price,
            iban=self.iban,
            phone=self.phone,
            email=self.email,
            street=self.street,
            postal_code=self.postal_code,
            city=self.city,
        )
