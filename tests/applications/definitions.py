"""New versions of a pilot's definition, as an office would write them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from marketplace.pilots import queries as pilots
from marketplace.pilots.models import PilotVersion
from tests.factories import NOW

NEW_QUESTION = {
    "key": "night_work",
    "label": {"fi": "Työskenteletkö öisin?", "sv": "Arbetar du nattetid?"},
    "type": "yes_no",
    "required": True,
}


def new_version(session: Session, pilot_key: str = "keusote-2022", **changed: Any) -> PilotVersion:
    """Take into use the pilot's definition with a new required question in its section `staff`, and `changed`."""
    definition = pilots.current_definition(session, pilot_key).document()
    for section in definition["application"]:
        if section["key"] == "staff":
            section["questions"] = [*section["questions"], NEW_QUESTION]
    definition |= changed
    pilot = pilots.pilot(session, pilot_key)
    number = len(pilots.versions(session, pilot_key)) + 1
    version = PilotVersion(
        pilot_key=pilot_key, number=number, digest=f"{number:064d}", definition=definition, loaded_at=NOW
    )
    session.add(version)
    session.flush()
    pilot.version_id = version.id
    session.flush()
    return version
