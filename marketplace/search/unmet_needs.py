"""Unmet need: what was looked for and not found, counted by day without a trace of who looked.

A query may hold a name or an address. Only words that the dictionary knows, and does not know as a person's name,
are kept, in their base form; so nothing personal can be in the table.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.db import Database, add_up
from marketplace.search.catalogue import Catalogue
from marketplace.search.models import UnmetNeed
from marketplace.search.parsed_query import ParsedQuery
from marketplace.search.query_string import Asked
from marketplace.tallies import PAUSE_SECONDS, Tally

Need = tuple[date, str, str, str, str]
"""Day, language, words, municipality, and the other filters as JSON."""

MOST_TERMS: Final = 4

MOST_PLACES: Final = 3
"""Municipalities that a name of a place counts for at most: a whole county is nowhere in particular."""

MOST_CHOSEN: Final = 10
"""Municipalities that a choice counts for at most: whoever chooses more looks anywhere."""

MOST_A_DAY: Final = 2_000
"""Needs that are kept apart on one day. Of what is new beyond them the words are left out, so that nobody who makes up
searches fills the table; the numbers by place and language, which the reports tell, stay whole.
"""


def known_terms(catalogue: Catalogue, query: str, language: str) -> str:
    """The first words of a query that are in the dictionary and no names, in base form and alphabetical order."""
    terms = []
    for word in catalogue.keys.query_words(query):
        reading = catalogue.lexicon.read(language, word)
        if reading.known and not reading.name:
            terms.append(min(reading.bases))
    return " ".join(sorted(terms[:MOST_TERMS]))


def tally(database: Database, *, pause: float = PAUSE_SECONDS) -> Tally[Need]:
    """What one process counts of needs; gathered, so that no search waits for it."""
    return Tally(database, _write, pause=pause)


def needs(
    catalogue: Catalogue, asked: Asked, parsed: ParsedQuery, *, language: str, day: date
) -> Iterator[Need]:
    """What a search that found nothing where it looked counts as, for each municipality it asked for.

    A place that the words name counts like one that was chosen.
    """
    places = [part for part in parsed.parts if part.kind == "place" and part.binds]
    words = parsed.without(at for part in places for at in part.words)
    terms = known_terms(catalogue, words, language)
    named = dict.fromkeys(code for part in places for code in part.keys)
    if not terms and not named and not asked.narrows:
        return
    filters = {name: sorted(keys) for name, keys in asked.filters.items() if name != "municipality"}
    by_words = tuple(named) if len(named) <= MOST_PLACES else ()
    chosen = asked.chosen.get("municipality", by_words)
    for municipality in chosen if 0 < len(chosen) <= MOST_CHOSEN else ("",):
        yield day, language, terms, municipality, json.dumps(filters, sort_keys=True)


def _write(session: Session, counts: Sequence[tuple[Need, int]]) -> None:
    kept: dict[date, int] = {}
    """Day → about how many needs of it stand in the database."""
    for (day, language, terms, municipality, filters), number in counts:
        key = {"day": day, "language": language, "terms": terms, "municipality": municipality}
        if day not in kept:
            kept[day] = _rows(session, day=day)
        if kept[day] < MOST_A_DAY:
            kept[day] += 1
        elif not _rows(session, **key):
            key["terms"] = ""
        add_up(session, UnmetNeed, key, {"filters": json.loads(filters), "count": number}, "count")


def _rows(session: Session, **key: Any) -> int:
    return session.scalar(sa.select(sa.func.count(UnmetNeed.id)).filter_by(**key)) or 0
