"""Finding pilots and reading their definitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.errors import NotFound
from marketplace.i18n import _l
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.models import Organisation, Pilot, PilotVersion

_parsed: Final[dict[str, PilotDefinition]] = {}
"""Definitions by digest. A digest stands for one text for ever, so an entry never goes stale."""

_priced: Final[dict[tuple[str, str], PilotDefinition]] = {}
"""Older definitions with newer ceilings, by the digests of both."""


def organisations(session: Session) -> Sequence[Organisation]:
    """All organisations, by key."""
    return session.scalars(sa.select(Organisation).order_by(Organisation.key)).all()


def pilots(session: Session) -> Sequence[Pilot]:
    """All pilots with their organisations, by key."""
    query = sa.select(Pilot).options(joinedload(Pilot.organisation)).order_by(Pilot.key)
    return session.scalars(query).all()


def pilot(session: Session, key: str) -> Pilot:
    """The pilot with this key. Raises NotFound."""
    found = session.get(Pilot, key)
    if found is None:
        raise NotFound(_l("There is no such pilot."))
    return found


def versions(session: Session, pilot_key: str) -> Sequence[PilotVersion]:
    """The kept versions of a pilot, the newest first."""
    query = sa.select(PilotVersion).where(PilotVersion.pilot_key == pilot_key)
    return session.scalars(query.order_by(PilotVersion.number.desc())).all()


def version_by_number(session: Session, pilot_key: str, number: int) -> PilotVersion:
    """The version of a pilot with this number. Raises NotFound."""
    query = sa.select(PilotVersion).where(PilotVersion.pilot_key == pilot_key, PilotVersion.number == number)
    found = session.scalar(query)
    if found is None:
        raise NotFound(_l("The pilot has no such version."))
    return found


def definition(session: Session, version_id: int) -> PilotDefinition:
    """The definition of a kept version. Raises NotFound.

    Each definition is fetched and parsed once per process.
    """
    version = session.get(PilotVersion, version_id)
    if version is None:
        raise NotFound(_l("The pilot has no such version."))
    known = _parsed.get(version.digest)
    if known is None:
        known = _parsed[version.digest] = PilotDefinition.model_validate(version.definition)
    return known


def current_version(session: Session, pilot_key: str) -> PilotVersion:
    """The version that a pilot follows now. Raises NotFound."""
    version_id = pilot(session, pilot_key).version_id
    version = None if version_id is None else session.get(PilotVersion, version_id)
    if version is None:
        raise NotFound(_l("The pilot has no such version."))
    return version


def current_definition(session: Session, pilot_key: str) -> PilotDefinition:
    """The definition that a pilot follows now. Raises NotFound."""
    return definition(session, current_version(session, pilot_key).id)


def definition_in_force(session: Session, version_id: int) -> PilotDefinition:
    """The definition of a kept version with the ceilings that the pilot has now. Raises NotFound.

    What was decided under a version stays decided by it; the highest prices are the pilot's of the day.
    """
    version = session.get(PilotVersion, version_id)
    if version is None:
        raise NotFound(_l("The pilot has no such version."))
    kept = definition(session, version_id)
    current_id = pilot(session, version.pilot_key).version_id
    if current_id is None or current_id == version_id:
        return kept
    current = session.get_one(PilotVersion, current_id)
    digests = (version.digest, current.digest)
    if digests not in _priced:
        _priced[digests] = kept.with_ceilings_of(definition(session, current.id))
    return _priced[digests]
