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
from marketplace.reports.research.models import ResearchExtract, ResearchMember
from marketplace.reports.research.rules import Past


def agreed(session: Session, pilot_key: str) -> Sequence[Client]:
    """The clients of a pilot who agree to research now, locked: who takes that back, or is erased, is so afterwards.

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
    held = set(session.scalars(query.with_for_update(**for_change(Client))))
    return [each for each in session.scalars(query) if each in held]


def pasts(session: Session, pilot_key: str) -> dict[int, Past]:
    """Everybody who has been told of in extracts of a pilot, by the id of the client, and with whom in each."""
    rows = session.execute(
        sa.select(ResearchExtract.id, ResearchMember.client_id, ResearchMember.part)
        .outerjoin(ResearchMember, ResearchMember.extract_id == ResearchExtract.id)
        .where(ResearchExtract.pilot_key == pilot_key)
    ).all()
    place = {extract: at for at, extract in enumerate(sorted({extract for extract, _client, _part in rows}))}
    found: defaultdict[int, list[int]] = defaultdict(lambda: [0] * len(place))
    for extract, client, part in rows:
        if client is not None:
            found[client][place[extract]] = part
    return {client: tuple(parts) for client, parts in found.items()}


def told_rows(session: Session, pilot_key: str) -> Mapping[str, frozenset[str]]:
    """Whose rows of a quarter have been told in extracts of a pilot: its name → the numbers of clients."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for number, quarters in session.execute(
        sa.select(Client.number, ResearchMember.quarters)
        .join(Client, Client.id == ResearchMember.client_id)
        .join(ResearchExtract, ResearchExtract.id == ResearchMember.extract_id)
        .where(ResearchExtract.pilot_key == pilot_key)
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


def extracts(session: Session, organisation: str) -> Sequence[ResearchExtract]:
    """The extracts that an organisation has given, the newest first."""
    return session.scalars(
        sa.select(ResearchExtract)
        .where(ResearchExtract.organisation_key == organisation)
        .options(joinedload(ResearchExtract.made_by))
        .order_by(ResearchExtract.id.desc())
    ).all()
