"""Reading units."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.db import for_change
from marketplace.errors import NotFound
from marketplace.providers.queries import my_provider
from marketplace.providers.units.models import ServiceUnit
from marketplace.sorting import by_name
from marketplace.work import UnitOfWork


def units_of(session: Session, provider_id: int) -> Sequence[ServiceUnit]:
    """The provider's units, open ones first, by name."""
    return session.scalars(
        sa.select(ServiceUnit)
        .where(ServiceUnit.provider_id == provider_id)
        .order_by(ServiceUnit.state.desc(), by_name(ServiceUnit.name), ServiceUnit.id)
    ).all()


def my_unit(work: UnitOfWork, provider_id: int, unit_id: int, *, lock: bool = False) -> ServiceUnit:
    """A unit of the actor's provider; `lock` for a change. Raises NotFound for any other."""
    my_provider(work, provider_id)
    unit = work.session.get(ServiceUnit, unit_id, with_for_update=for_change(ServiceUnit) if lock else None)
    if unit is None or unit.provider_id != provider_id:
        raise NotFound()
    return unit
