"""Who may be told of in an extract, and which extracts were given."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.clients.models import Client, Consent, Participation
from marketplace.clients.rules import ConsentKind
from marketplace.reports.research.models import ResearchExtract


def agreed(session: Session, pilot_key: str) -> Sequence[Client]:
    """The clients of a pilot who agree to research now. Nobody under a non-disclosure order, nobody erased."""
    return session.scalars(
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
    ).all()


def extracts(session: Session, organisation: str) -> Sequence[ResearchExtract]:
    """The extracts that an organisation has given, the newest first."""
    return session.scalars(
        sa.select(ResearchExtract)
        .where(ResearchExtract.organisation_key == organisation)
        .order_by(ResearchExtract.id.desc())
    ).all()
