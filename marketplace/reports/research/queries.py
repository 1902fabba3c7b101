"""Who may be told of in an extract, and which extracts were given."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.clients.models import Client, Consent, Participation
from marketplace.clients.rules import ConsentKind
from marketplace.db import for_change
from marketplace.errors import NotFound
from marketplace.reports.research.models import ResearchExtract, ResearchMember
from marketplace.reports.research.rules import Past


def agreed(session: Session, pilot_key: str, *, lock: bool = False) -> Sequence[Client]:
    """The clients of a pilot who agree to research now; `lock`: who takes that back, or is erased, is so afterwards.

    Nobody under a non-disclosure order, nobody erased.
    """
    query = (
        sa.select(Client)
        .where(
            Client.id.in_(sa.select(Participation.client_id).where(Participation.pilot_key == pilot_key)),
            Client.id.in_(
                sa.select(Consent.client_id).where(
                    Consent.kind == ConsentKind.RESEARCH, Consent.withdrawn_at.is_(None)
                )
            ),
            Client.protected.is_(False),
            Client.erased_at.is_(None),
        )
        .order_by(Client.id)
    )
    if not lock:
        return session.scalars(query).all()
    held = set(session.scalars(query.with_for_update(**for_change(Client))))
    return [each for each in session.scalars(query) if each in held]


def latest(session: Session, pilot_key: str, *, before: int | None = None) -> int:
    """The number of the last extract of a pilot (before another one); 0 when there is none."""
    query = sa.select(sa.func.max(ResearchExtract.id)).where(_earlier(pilot_key, before))
    return session.scalar(query) or 0


def _earlier(pilot_key: str, before: int | None) -> sa.ColumnElement[bool]:
    """The extracts of a pilot, or those of them that were made before one."""
    of_pilot = ResearchExtract.pilot_key == pilot_key
    return of_pilot if before is None else sa.and_(of_pilot, ResearchExtract.id < before)


def pasts(session: Session, pilot_key: str, *, before: int | None = None) -> dict[int, Past]:
    """Everybody who has been told of in extracts of a pilot (before another one), by the id of the client, and with
    whom in each.
    """
    rows = session.execute(
        sa.select(ResearchExtract.id, ResearchMember.client_id, ResearchMember.part)
        .outerjoin(ResearchMember, ResearchMember.extract_id == ResearchExtract.id)
        .where(_earlier(pilot_key, before))
    ).all()
    place = {extract: at for at, extract in enumerate(sorted({extract for extract, _client, _part in rows}))}
    found: defaultdict[int, list[int]] = defaultdict(lambda: [0] * len(place))
    for extract, client, part in rows:
        if client is not None:
            found[client][place[extract]] = part
    return {client: tuple(parts) for client, parts in found.items()}


def told_rows(session: Session, pilot_key: str, *, before: int | None = None) -> Mapping[str, frozenset[str]]:
    """Whose rows of a quarter have been told in extracts of a pilot (before another one): its name → the numbers of
    clients.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    for number, quarters in session.execute(
        sa.select(Client.number, ResearchMember.quarters)
        .join(Client, Client.id == ResearchMember.client_id)
        .join(ResearchExtract, ResearchExtract.id == ResearchMember.extract_id)
        .where(_earlier(pilot_key, before))
    ):
        for quarter in quarters.split():
            found[quarter].add(number)
    return {quarter: frozenset(numbers) for quarter, numbers in found.items()}


def data_of_client(session: Session, client: Client) -> tuple[str, list[dict[str, Any]]]:
    """The extracts in which a client is, for a copy of the client's data; for the slot `clients.kept_data`."""
    found = session.scalars(
        sa.select(ResearchExtract)
        .join(ResearchMember, ResearchMember.extract_id == ResearchExtract.id)
        .where(ResearchMember.client_id == client.id)
        .order_by(ResearchExtract.id)
    )
    return "research_extracts", [
        {"given": each.made_at.isoformat(), "to": each.recipient, "permit": each.permit} for each in found
    ]


def own_extract(session: Session, organisation: str, person_id: int | None, number: int) -> ResearchExtract:
    """An extract that a person of the organisation has made. Raises NotFound for another's."""
    found = session.get(ResearchExtract, number)
    if found is None or (found.organisation_key, found.made_by_id) != (organisation, person_id):
        raise NotFound()
    return found


def extracts(session: Session, organisation: str) -> Sequence[ResearchExtract]:
    """The extracts that an organisation has given, the newest first."""
    return session.scalars(
        sa.select(ResearchExtract)
        .where(ResearchExtract.organisation_key == organisation)
        .options(joinedload(ResearchExtract.made_by))
        .order_by(ResearchExtract.id.desc())
    ).all()
