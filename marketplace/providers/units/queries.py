"""Reading units."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.errors import NotFound
from marketplace.permissions import Actor
from marketplace.providers.queries import my_provider
from marketplace.providers.units.models import ServiceUnit


def units_of(session: Session, provider_id: int) -> Sequence[ServiceUnit]:
    """The provider's units, open ones first, by name."""
    return session.scalars(
        sa.select(ServiceUnit)
        .where(ServiceUnit.provider_id == provider_id)
        .order_by(ServiceUnit.state.desc(), ServiceUnit.name, ServiceUnit.id)
    ).all()


def my_unit(session: Session, actor: Actor, provider_id: int, unit_id: int) -> ServiceUnit:
    """A unit of the actor's provider. Raises NotFound for any other."""
    my_provider(session, actor, provider_id)
    unit = session.get(ServiceUnit, unit_id)
    if unit is None or unit.provider_id != provider_id:
        raise NotFound()
    return unit
