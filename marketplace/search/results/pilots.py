"""Pilots as something to choose: a budget pays only for the services of its own pilot, so the page asks which it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from marketplace.db import Database
from marketplace.i18n import LocalizedText
from marketplace.pilots import queries as pilots
from marketplace.pilots.branding import Brand
from marketplace.pilots.definition import Contact
from marketplace.pilots.vocabulary import MUNICIPALITIES
from marketplace.search.catalogue import Catalogue
from marketplace.search.engine import SearchAway
from marketplace.search.query_string import Asked
from marketplace.search.service import Found


@dataclass(frozen=True, slots=True)
class KnownPilot:
    """What the page of results says of a pilot."""

    key: str
    name: LocalizedText
    municipalities: frozenset[str]
    contact: Contact
    organisation: Brand


@dataclass(frozen=True, slots=True)
class PilotAnswer:
    """One answer to the question which pilot is one's own: the search within it finds `count` services at `href`."""

    pilot: KnownPilot
    count: int
    href: str


@dataclass(frozen=True, slots=True)
class WhichPilot:
    """The question, where several pilots serve a place. `place` is its name, `answers` the pilots that serve it."""

    place: str
    answers: Sequence[PilotAnswer]


def known(session: Session, catalogue: Catalogue) -> Mapping[str, KnownPilot]:
    """The pilots by key, read once for each state of the index: a pilot that is loaded changes the index, too.

    While the database is away, those that this process has read before.
    """
    try:
        return catalogue.pilots(lambda: _read(session))
    except DBAPIError:
        kept = catalogue.pilots_before()
        if kept is None:
            raise
        session.rollback()
        return cast(Mapping[str, KnownPilot], kept)


def read_ahead(database: Database, catalogue: Catalogue) -> None:
    """Read them now, so that the first search of a process needs no database; one that is away is asked later."""
    with suppress(DBAPIError, SearchAway), database.read() as session:
        known(session, catalogue)


def _read(session: Session) -> dict[str, KnownPilot]:
    found = {}
    for each in pilots.pilots(session):
        definition = pilots.current_definition(session, each.key)
        found[each.key] = KnownPilot(
            key=each.key,
            name=definition.name,
            municipalities=definition.municipalities,
            contact=definition.contact,
            organisation=Brand.of(each.organisation),
        )
    return found


def which(
    asked: Asked,
    found: Found,
    known: Mapping[str, KnownPilot],
    language: str,
    address: Callable[[str], str],
) -> WhichPilot | None:
    """The question which pilot is one's own, or None where there is nothing to ask.

    It is asked when the search is for one municipality and no pilot has been chosen, and several pilots serve it that
    have something among what was found. `address` makes the address of the search within a pilot.
    """
    places = _places(asked, found)
    if asked.pilot or len(places) != 1:
        return None
    code = places[0]
    answers = [
        PilotAnswer(pilot, found.pilots[pilot.key], address(pilot.key))
        for pilot in known.values()
        if code in pilot.municipalities and found.pilots.get(pilot.key)
    ]
    return WhichPilot(MUNICIPALITIES[code].name[language], answers) if len(answers) > 1 else None


def _places(asked: Asked, found: Found) -> Sequence[str]:
    """The municipalities asked for: those chosen, or else those that the words name."""
    if chosen := asked.chosen.get("municipality"):
        return chosen
    if any(left.kind == "place" for left in found.left_out):
        return ()
    return [key for part in found.parsed.parts if part.kind == "place" and part.binds for key in part.keys]
