"""Finding pilots and reading their definitions."""

from __future__ import annotations

import copy
import functools
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.util import identity_key

from marketplace.db import for_change
from marketplace.errors import DomainError, NotFound
from marketplace.i18n import _l
from marketplace.pilots import vocabulary
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.models import Organisation, Pilot, PilotVersion

_log = logging.getLogger(__name__)

_parsed: Final[dict[str, PilotDefinition]] = {}
"""Definitions by digest. A digest stands for one text for ever, so an entry never goes stale."""

_faults: Final[dict[tuple[str, str], str]] = {}
"""What is wrong with a definition, by its digest and that of the words it was read with."""

_priced: Final[dict[tuple[str, str], PilotDefinition]] = {}
"""Older definitions with newer ceilings, by the digests of both."""


class UnreadablePilot(DomainError):
    """A kept version names words that this portal does not know: its vocabularies are older, or have lost an entry."""

    status = 503


def organisations(session: Session) -> Sequence[Organisation]:
    """All organisations, by key."""
    return session.scalars(sa.select(Organisation).order_by(Organisation.key)).all()


def pilots(session: Session, organisation: str | None = None) -> Sequence[Pilot]:
    """The pilots, or those of one organisation, with their organisations, by key.

    A pilot of which no version can be read is left out: it takes down no page but its own.
    """
    return [each for each in _all_pilots(session, organisation) if _can_be_read(session, each)]


def _all_pilots(session: Session, organisation: str | None = None) -> Sequence[Pilot]:
    """The pilots with their organisations and newest versions, in one query however many there are."""
    query = (
        sa.select(Pilot, PilotVersion)
        .outerjoin(PilotVersion, PilotVersion.id == Pilot.version_id)
        .options(joinedload(Pilot.organisation))
        .order_by(Pilot.key)
    )
    if organisation is not None:
        query = query.where(Pilot.organisation_key == organisation)
    found = []
    for each, version in session.execute(query):
        hold(session, each, version)
        found.append(each)
    return found


def hold(session: Session, *things: Pilot | Organisation | PilotVersion | None) -> None:
    """Keep what has been read for the rest of the session, which forgets what nothing refers to.

    Whoever shows many things reads theirs with them, and asks for each afterwards without another query.
    """
    session.info.setdefault("pilots", set()).update(filter(None, things))


def hold_versions(session: Session, version_ids: Iterable[int]) -> None:
    """Read the versions that a list is about to ask for, in one query; those that are held already are not."""
    held = session.identity_map
    missing = {each for each in version_ids if identity_key(PilotVersion, each) not in held}
    if missing:
        hold(session, *session.scalars(sa.select(PilotVersion).where(PilotVersion.id.in_(missing))))


def _can_be_read(session: Session, each: Pilot) -> bool:
    return each.version_id is not None and _read(current_version(session, each.key))[0] is not None


def pilot(session: Session, key: str) -> Pilot:
    """The pilot with this key. Raises NotFound."""
    found = session.get(Pilot, key)
    if found is None:
        raise NotFound(_l("There is no such pilot."))
    hold(session, found)
    return found


def hold_pilots(session: Session, keys: Iterable[str], *, lock: bool = False) -> None:
    """Let pilots follow the versions that they follow, and so their highest prices, until the transaction ends: who
    loads a definition waits. After what is changed has been locked; many may hold a pilot. `lock`: to load one.
    """
    query = sa.select(Pilot).where(Pilot.key.in_(sorted(keys))).order_by(Pilot.key)
    how = for_change(Pilot) if lock else {"read": True, "of": Pilot}
    session.scalars(query.with_for_update(**how)).all()


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


def kept_definition(session: Session, version_id: int, *, current_ceilings: bool = False) -> PilotDefinition:
    """The definition of a kept version. Raises NotFound and UnreadablePilot.

    `current_ceilings` gives it the highest prices that the pilot has now: what was decided under a version stays
    decided by it, and the highest prices are the pilot's of the day. Each definition is parsed once per process.
    """
    version = _version(session, version_id)
    kept = _readable(version)
    if not current_ceilings:
        return kept
    current = current_version(session, version.pilot_key)
    if current.id == version_id:
        return kept
    digests = (version.digest, current.digest)
    if digests not in _priced:
        _priced[digests] = kept.with_ceilings_of(_readable(current))
    return _priced[digests]


def _version(session: Session, version_id: int) -> PilotVersion:
    """A kept version, fetched once per session: a list asks for the same ones row after row. Raises NotFound."""
    version = session.get(PilotVersion, version_id)
    if version is None:
        raise NotFound(_l("The pilot has no such version."))
    hold(session, version)
    return version


def _readable(version: PilotVersion) -> PilotDefinition:
    """The definition of a version. Raises UnreadablePilot."""
    found, fault = _read(version)
    if found is None:
        _log.error("version %s of the pilot %s cannot be read: %s", version.number, version.pilot_key, fault)
        raise UnreadablePilot(_l("This pilot cannot be shown right now. Try again in a little while."))
    return found


def _read(version: PilotVersion) -> tuple[PilotDefinition | None, str]:
    """The definition of a version, or None and why it cannot be read with the words that this process has."""
    known = _parsed.get(version.digest)
    if known is not None:
        return known, ""
    fault = _fault_of(version)
    if fault and vocabulary.follow(at_once=True):  # loaded with words that came a moment ago
        fault = _fault_of(version)
    return _parsed.get(version.digest), fault


def _fault_of(version: PilotVersion) -> str:
    """Parse the version and keep it; what is wrong with it, or nothing."""
    seen = (version.digest, vocabulary.digest())
    if seen not in _faults:
        try:
            _parsed[version.digest] = _parse(version)
        except ValidationError as error:
            told = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
            _faults[seen] = "; ".join(told)
    return _faults.get(seen, "")


def _parse(version: PilotVersion) -> PilotDefinition:
    """The definition of a kept version, without keys that this program does not know. Raises ValidationError.

    A newer program on another machine has checked and loaded it: while both serve, the older one reads what it knows.
    What is loaded here is checked strictly (`pilots.loading`).
    """
    try:
        return PilotDefinition.model_validate(version.definition)
    except ValidationError as error:
        unknown = [each["loc"] for each in error.errors() if each["type"] == "extra_forbidden"]
        if len(unknown) < error.error_count():
            raise
    known: Any = copy.deepcopy(version.definition)
    for *way, key in unknown:
        holder: Any = functools.reduce(lambda inside, step: inside[step], way, known)
        del holder[key]
    definition = PilotDefinition.model_validate(known)
    names = ", ".join(".".join(map(str, each)) for each in unknown)
    _log.warning(
        "a newer program loaded version %d of %s: not known here: %s",
        version.number,
        version.pilot_key,
        names,
    )
    return definition


def current_version(session: Session, pilot_key: str) -> PilotVersion:
    """The version that a pilot follows now: the newest that can be read. Raises NotFound and UnreadablePilot."""
    version_id = pilot(session, pilot_key).version_id
    version = None if version_id is None else session.get(PilotVersion, version_id)
    if version is None:
        raise NotFound(_l("The pilot has no such version."))
    hold(session, version)
    if _read(version)[0] is not None:
        return version
    older = (each for each in versions(session, pilot_key) if each.number < version.number)
    return next((each for each in older if _read(each)[0] is not None), version)


def current_definition(session: Session, pilot_key: str) -> PilotDefinition:
    """The definition that a pilot follows now. Raises NotFound and UnreadablePilot."""
    return _readable(current_version(session, pilot_key))


def definition_on(session: Session, pilot_key: str, moment: datetime) -> PilotDefinition:
    """The definition that a pilot followed at a moment, or its first one when the moment is earlier. Raises NotFound
    and UnreadablePilot.
    """
    kept = versions(session, pilot_key)
    then = next((each for each in kept if each.loaded_at <= moment), kept[-1] if kept else None)
    if then is None:
        raise NotFound(_l("The pilot has no such version."))
    return _readable(then)


def unreadable(session: Session) -> list[str]:
    """What is wrong with each pilot whose newest version cannot be read, one line each, in English."""
    told = []
    for each in _all_pilots(session):
        newest = session.get(PilotVersion, each.version_id) if each.version_id else None
        fault = _read(newest)[1] if newest else ""
        if newest and fault:
            told.append(f"version {newest.number} of the pilot {each.key} cannot be read: {fault}")
    return told


def without_a_phone(session: Session) -> list[str]:
    """The pilots and organisations that name no telephone, one line each, in English: not everybody can write."""
    told = []
    for each in pilots(session):
        data = vocabulary.ORGANISATIONS.get(each.organisation_key)
        if data is None or not data.phone:
            told.append(f"the organisation {each.organisation_key} has no telephone in organisations.yaml")
        if not current_definition(session, each.key).contact.phone:
            told.append(f"the pilot {each.key} has no telephone under contact")
    return list(dict.fromkeys(told))
