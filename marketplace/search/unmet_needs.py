"""Unmet need: what was looked for and not found, counted by day without a trace of who looked.

A query may hold a name or an address. Only words that the dictionary knows, and does not know as a person's name,
are kept, in their base form; so nothing personal can be in the table.
"""

from __future__ import annotations

import logging
from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError

from marketplace.db import Database
from marketplace.search.catalogue import Catalogue
from marketplace.search.models import UnmetNeed
from marketplace.search.parsed_query import ParsedQuery
from marketplace.search.query_string import Asked

MOST_TERMS: Final = 4

MOST_PLACES: Final = 3
"""Municipalities that a name of a place counts for at most: a whole county is nowhere in particular."""

_log = logging.getLogger(__name__)


def known_terms(catalogue: Catalogue, query: str, language: str) -> str:
    """The first words of a query that are in the dictionary and no names, in base form and alphabetical order."""
    terms = []
    for word in catalogue.keys.query_words(query):
        reading = catalogue.lexicon.read(language, word)
        if reading.known and not reading.name:
            terms.append(min(reading.bases))
    return " ".join(sorted(terms[:MOST_TERMS]))


def count(
    database: Database, catalogue: Catalogue, asked: Asked, parsed: ParsedQuery, *, language: str, day: date
) -> None:
    """Count a search that found nothing where it looked, for each municipality it asked for.

    A place that the words name counts like one that was chosen. Where the database is busy it is not counted.
    """
    places = [part for part in parsed.parts if part.kind == "place" and part.binds]
    words = parsed.without(at for part in places for at in part.words)
    terms = known_terms(catalogue, words, language)
    named = dict.fromkeys(code for part in places for code in part.keys)
    if not terms and not named and not asked.narrows:
        return
    filters = {name: sorted(keys) for name, keys in asked.filters.items() if name != "municipality"}
    by_words = tuple(named) if len(named) <= MOST_PLACES else ()
    try:
        for municipality in asked.chosen.get("municipality", by_words) or ("",):
            _add(database, day, language, terms, municipality, filters)
    except OperationalError:
        _log.warning("an unmet need was not counted", exc_info=True)


def _add(
    database: Database, day: date, language: str, terms: str, municipality: str, filters: dict[str, list[str]]
) -> None:
    same = {"day": day, "language": language, "terms": terms, "municipality": municipality}
    more = sa.update(UnmetNeed).filter_by(**same).values(count=UnmetNeed.count + 1)
    with database.transaction(briefly=True) as session:
        if session.execute(more.returning(UnmetNeed.id)).first() is not None:
            return
    try:
        with database.transaction(briefly=True) as session:
            session.add(UnmetNeed(**same, filters=filters, count=1))
    except IntegrityError:
        with database.transaction(briefly=True) as session:
            session.execute(more)
