"""The table of units."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, Revised, one_of
from marketplace.i18n import LocalizedText
from marketplace.providers.units.rules import UnitState


class ServiceUnit(Revised, Base):
    """A place where a provider gives services; `soteri_reference` is the unit's own in the Soteri register.

    `features` are keys of `features.yaml` of kind access, `languages` keys of `languages.yaml`. A closed unit stays
    as a row and can be opened again.
    """

    __tablename__ = "service_units"
    __audit_name__ = "ServiceUnit"
    __table_args__ = (one_of("state", UnitState, "state_is_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(sa.ForeignKey("providers.id"), index=True)
    name: Mapped[str]
    street: Mapped[str]
    postal_code: Mapped[str]
    city: Mapped[str]
    phone: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    languages: Mapped[list[str]]
    features: Mapped[list[str]]
    opening_hours: Mapped[LocalizedText]
    soteri_reference: Mapped[str] = mapped_column(default="")
    responsible_person: Mapped[str]
    state: Mapped[UnitState]
    created_at: Mapped[datetime]
