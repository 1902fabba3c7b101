"""Clients of two organisations who take part in a pilot, as the rooms above find them."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from marketplace.clients.models import Participation
from tests.clients.conftest import Scene, enter, make_scene
from tests.factories import NOW

__all__ = ["enter"]

PILOT = "keusote-2022"


def make_taking_part(session: Session) -> Scene:
    """The scene of the register; Aino (with an address for mail) and Eino (without) take part in a pilot."""
    scene = make_scene(session)
    scene.aino.email = "aino@example.fi"
    for client in (scene.aino, scene.eino):
        session.add(
            Participation(
                client=client,
                pilot_key=PILOT,
                joined_on=NOW.date(),
                recorded_by_id=scene.olga.id,
                recorded_at=NOW,
            )
        )
    session.flush()
    return scene


@pytest.fixture
def scene(session: Session) -> Scene:
    """The scene in a session that is rolled back."""
    return make_taking_part(session)
