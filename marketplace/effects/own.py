"""What a client has answered, for the client's own pages and for a copy of the client's data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.clients.models import Client
from marketplace.effects import linking, queries
from marketplace.effects.models import EffectAnswer, EffectAsking, EffectSheet


def answers_to(session: Session, asking: EffectAsking) -> Mapping[tuple[str, str], int | None]:
    """What has been answered so far, by the keys of set and item; None: skipped."""
    pseudonym = linking.pseudonym_of(session, asking.client_id, asking.pilot_key)
    if pseudonym is None:
        return {}
    rows = session.execute(
        sa.select(EffectAnswer.instrument, EffectAnswer.item, EffectAnswer.value).where(
            EffectAnswer.pseudonym == pseudonym, EffectAnswer.wave == asking.wave
        )
    )
    return {(instrument, item): value for instrument, item, value in rows}


def has_answers(session: Session, client_id: int) -> bool:
    """Whether answers of the client are kept."""
    return any(
        session.scalar(sa.select(sa.exists().where(EffectSheet.pseudonym == pseudonym)))
        for _pilot, pseudonym in linking.pseudonyms_of(session, client_id)
    )


def data_of_client(session: Session, client: Client) -> tuple[str, list[dict[str, Any]]]:
    """What is kept about effects, for a copy of the client's data; for the slot `clients.kept_data`."""
    return "questions_about_effects", [
        {
            "pilot": asking.pilot_key,
            "months_after_the_start": asking.wave,
            "asked": asking.asked_on.isoformat(),
            "given_on_paper": asking.paper_on and asking.paper_on.isoformat(),
            "state": asking.state,
            "answers": [
                {"set": instrument, "question": item, "answer": value}
                for (instrument, item), value in sorted(answers_to(session, asking).items())
            ],
        }
        for asking in queries.askings_of(session, client.id)
    ]
