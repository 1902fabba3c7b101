"""Where the facts of a client belong in the tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.clients.models import Client
from marketplace.reports.rules import Dimension

Keys = Mapping[Dimension, str | tuple[str, ...]]


def clients_of(session: Session, organisation: str) -> Callable[[str, str], Keys]:
    """A client's number and a service → the keys of what is given to the client.

    Of whom no municipality is kept (a non-disclosure order, an erasure) none is told; the same of a group.
    """
    query = sa.select(Client.number, Client.municipality, Client.language, Client.group, Client.erased_at)
    known = {
        number: {
            Dimension.MUNICIPALITY: municipality or "",
            Dimension.LANGUAGE: "" if erased_at else language,
            Dimension.GROUP: group or "",
        }
        for number, municipality, language, group, erased_at in session.execute(
            query.where(Client.organisation_key == organisation)
        )
    }
    return lambda number, service: {Dimension.SERVICE: service, **known.get(number, {})}
