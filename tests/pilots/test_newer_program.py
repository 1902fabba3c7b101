"""A definition that a newer program has loaded is read by an older one that still serves beside it."""

from __future__ import annotations

import copy
import hashlib
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.db import Database
from marketplace.pilots import queries
from marketplace.pilots.models import PilotVersion

KEY = "keusote-2022"


def load_as_newer_program(session: Session, change: dict[str, Any]) -> PilotVersion:
    """Another version of the pilot, with `change` at its top, in its first service and in its first section."""
    current = queries.current_version(session, KEY)
    definition = copy.deepcopy(current.definition)
    for place in (definition, definition["services"][0], definition["application"][0]):
        place.update(change)
    version = PilotVersion(
        pilot_key=KEY,
        number=current.number + 1,
        definition=definition,
        digest=hashlib.sha256(repr(change).encode()).hexdigest(),
        loaded_at=current.loaded_at,
    )
    session.add(version)
    session.flush()
    queries.pilot(session, KEY).version_id = version.id
    session.flush()
    return version


def test_keys_that_are_not_known_are_passed_over(session: Session, caplog: pytest.LogCaptureFixture) -> None:
    before = queries.current_definition(session, KEY)
    version = load_as_newer_program(session, {"a_key_of_tomorrow": {"deep": [1]}})
    read = queries.current_definition(session, KEY)
    assert queries.current_version(session, KEY).id == version.id
    assert read == before
    assert "not known here: services.0.a_key_of_tomorrow, application.0.a_key_of_tomorrow" in caplog.text
    assert queries.unreadable(session) == []


def test_a_value_that_cannot_be_read_leaves_the_version_before(session: Session) -> None:
    before = queries.current_version(session, KEY)
    load_as_newer_program(session, {"a_key_of_tomorrow": 1, "title": 7})
    assert queries.current_version(session, KEY).id == before.id


@pytest.mark.parametrize(
    "path", ["/fi/", "/sv/pilots", f"/fi/pilots/{KEY}", "/fi/providers", "/fi/account/sign-in"]
)
def test_pages_of_the_older_program_go_on(client: FlaskClient, database: Database, path: str) -> None:
    with database.transaction() as session:
        load_as_newer_program(session, {"a_key_of_tomorrow": path})
    assert client.get(path).status_code == 200
