"""Invented searches of two years that found nothing, in the municipalities of every pilot."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.demo.chance import Chance
from marketplace.demo.history import MONTHS
from marketplace.i18n import helsinki_date
from marketplace.pilots.queries import kept_definition, pilots
from marketplace.pilots.vocabulary import MUNICIPALITIES
from marketplace.providers.rules import add_months
from marketplace.search.models import UnmetNeed

TERMS: Final = {
    "fi": ("ratsastus", "uinti", "retki", "musiikki", "matka", "yö"),
    "sv": ("ridning", "simning", "utflykt", "musik", "resa", "natt"),
}
"""What was looked for, in base form, as the search keeps it."""

MOST: Final = 4
"""How many times the same was looked for on a day, at most."""


def search_in_vain(session: Session, *, seed: int, now: datetime) -> None:
    """Some searches in each month and municipality, fewer of them as time goes on."""
    today = helsinki_date(now)
    months = [add_months(today.replace(day=1), -back) for back in range(MONTHS, -1, -1)]
    homes = {
        home
        for pilot in pilots(session)
        if pilot.version_id is not None
        for home in kept_definition(session, pilot.version_id).municipalities
    }
    rows = [
        row for home in sorted(homes) for row in _rows(home, months, today, Chance.of(seed, "searches", home))
    ]
    if rows:
        session.execute(sa.insert(UnmetNeed), rows)


def _rows(home: str, months: list[date], today: date, chance: Chance) -> list[dict[str, Any]]:
    found: dict[tuple[date, str, str], dict[str, Any]] = {}
    often = chance.between(1, 3)
    for number, month in enumerate(months):
        for _time in range(chance.between(0, often + (len(months) - number) // 8)):
            day = month + timedelta(days=chance.between(0, 27))
            language = chance.one(MUNICIPALITIES[home].languages)
            terms = chance.one(TERMS[language])
            if day <= today:
                found[day, language, terms] = {
                    "day": day,
                    "language": language,
                    "terms": terms,
                    "municipality": home,
                    "filters": {},
                    "count": chance.between(1, MOST),
                }
    return list(found.values())
