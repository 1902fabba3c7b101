"""Taking pilot definitions into use. A changed definition is a new version; older versions stay as they were."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.pilots import vocabulary
from marketplace.pilots.audit_actions import PilotAudit
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.loading import read_all, read_readable
from marketplace.pilots.models import Organisation, Pilot, PilotVersion
from marketplace.pilots.queries import hold_pilots
from marketplace.pilots.source import InvalidDefinition, Problem
from marketplace.work import UnitOfWork


class LoadOutcome(StrEnum):
    """What became of a definition."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What became of a definition: the pilot, the number of its version in force, and whether that is new."""

    pilot_key: str
    number: int
    outcome: LoadOutcome


def load(work: UnitOfWork, paths: Sequence[Path]) -> list[LoadResult]:
    """Take all of these definitions into use, or none: all are read and checked before the first is written.

    Loading the same text again changes nothing. Raises InvalidDefinition with the mistakes of all files and of
    the vocabularies.
    """
    vocabulary.ensure_no_problems()
    return _take_all(work, read_all(paths))


def load_readable(work: UnitOfWork, paths: Sequence[Path]) -> tuple[list[LoadResult], list[Problem]]:
    """Take those of these definitions into use that can be read; what became of them, and the mistakes of the others.

    A pilot that cannot be read stays as it was last loaded. While a vocabulary has a mistake, all do: any of them may
    rest on the words that have it.
    """
    try:
        vocabulary.ensure_no_problems()
    except InvalidDefinition as error:
        return [], error.problems
    definitions, problems = read_readable(paths)
    return _take_all(work, definitions), problems


def _take_all(work: UnitOfWork, definitions: Sequence[PilotDefinition]) -> list[LoadResult]:
    hold_pilots(work.session, (each.key for each in definitions), lock=True)
    return [take_into_use(work, definition) for definition in definitions]


def take_into_use(work: UnitOfWork, definition: PilotDefinition) -> LoadResult:
    """Keep `definition` as the newest version of its pilot, unless that is what the newest version says already."""
    hold_pilots(work.session, [definition.key], lock=True)
    keep_organisations(work.session, [definition.organisation])
    document = definition.document()
    digest = digest_of(document)
    pilot = work.session.get(Pilot, definition.key)
    current = work.session.get(PilotVersion, pilot.version_id) if pilot and pilot.version_id else None
    if pilot and current and current.digest == digest and pilot.organisation_key == definition.organisation:
        return LoadResult(definition.key, current.number, LoadOutcome.UNCHANGED)
    if pilot is None:
        pilot = Pilot(key=definition.key, organisation_key=definition.organisation)
        work.session.add(pilot)
    version = PilotVersion(
        pilot_key=definition.key,
        number=_next_number(work.session, definition.key),
        digest=digest,
        definition=document,
        loaded_at=work.now,
    )
    work.session.flush()
    work.session.add(version)
    work.session.flush()
    pilot.organisation_key, pilot.version_id = definition.organisation, version.id
    work.record(
        PilotAudit.LOAD,
        pilot,
        organisation=definition.organisation,
        before={"version": current.number, "digest": current.digest} if current else {},
        after={"version": version.number, "digest": digest},
    )
    return LoadResult(definition.key, version.number, LoadOutcome.CHANGED if current else LoadOutcome.NEW)


def keep_organisations(session: Session, keys: Iterable[str]) -> None:
    """Bring the rows of these organisations up to date with the vocabulary of organisations."""
    for key in keys:
        data = vocabulary.ORGANISATIONS[key]
        session.merge(
            Organisation(
                key=key,
                name=data.name,
                short_name=data.short_name,
                theme=data.theme,
                email=data.email,
                phone=data.phone,
                website=data.website,
            )
        )
    session.flush()


def digest_of(document: dict[str, Any]) -> str:
    """SHA-256 of the definition's canonical JSON: the same content in any order has the same digest."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _next_number(session: Session, pilot_key: str) -> int:
    query = sa.select(sa.func.max(PilotVersion.number)).where(PilotVersion.pilot_key == pilot_key)
    return (session.scalar(query) or 0) + 1
