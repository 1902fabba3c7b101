"""Invented clients: each with a number of the organisation, a counsellor, and a pilot in which they take part."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Final

from marketplace.clients.models import Client, Participation
from marketplace.demo.applications import PilotInForce
from marketplace.demo.chance import Chance
from marketplace.demo.companies import person_name
from marketplace.demo.dates import moment
from marketplace.demo.people import MAIN_ORGANISATION
from marketplace.demo.rows import Rows
from marketplace.i18n import helsinki_date
from marketplace.pilots.vocabulary import MUNICIPALITIES

PROTECTED_SHARE: Final = 0.03
"""How many clients are under a non-disclosure order."""

OWN_SHARE: Final = 0.7
"""How many clients have a counsellor of their own."""

JOINED_BEFORE: Final = timedelta(days=14)
"""How long before their first agreement clients have joined the pilot."""

OWN_JOINED: Final = timedelta(days=200)
"""How long ago the client with the demo's own account joined, so that months lie behind the first decision."""


class ClientMaker:
    """Makes clients; numbers run by organisation. The main organisation's first client has the demo's own account."""

    def __init__(self, rows: Rows, *, user_id: int, seed: int, now: datetime) -> None:
        self._rows, self._user_id, self._seed, self._now = rows, user_id, seed, now
        self._today = helsinki_date(now)
        self._counts: Counter[str] = Counter()
        self._ids: dict[tuple[str, int], int] = {}
        self._joined: set[tuple[int, str]] = set()

    def has_any(self, organisation: str) -> bool:
        """Whether the organisation has a client yet."""
        return self._counts[organisation] > 0

    def one(self, pilot: PilotInForce, starts_on: date, *, again: bool) -> str:
        """The number of a new client, or of the last one `again`, who has an agreement in the pilot from a day on."""
        self._counts[pilot.organisation] += not again
        count = self._counts[pilot.organisation]
        own = (pilot.organisation, count) == (MAIN_ORGANISATION, 1)
        joined_on = self._today - OWN_JOINED if own else min(starts_on, self._today) - JOINED_BEFORE
        if (pilot.organisation, count) not in self._ids:
            self._ids[pilot.organisation, count] = self._add(pilot, count, joined_on, own=own)
        self._join(self._ids[pilot.organisation, count], pilot, joined_on)
        return _number(count)

    def _add(self, pilot: PilotInForce, count: int, joined_on: date, *, own: bool) -> int:
        chance = Chance.of(self._seed, "client", pilot.organisation, count)
        home = chance.one(sorted(pilot.definition.municipalities))
        language = "fi" if own else chance.one(MUNICIPALITIES[home].languages)
        protected = not own and chance.happens(PROTECTED_SHARE)
        name = person_name(language, Chance.of(self._seed, "client") if own else chance)
        has_counsellor = own or chance.happens(OWN_SHARE)
        return self._rows.add(
            Client,
            {
                "organisation_key": pilot.organisation,
                "number": _number(count),
                "name": name,
                "language": language,
                "municipality": None if protected else home,
                "group": chance.one(pilot.definition.groups),
                "email": "client@demo.fi" if own else "",
                "phone": "",
                "address": "",
                "protected": protected,
                "counsellor_id": pilot.staff.counsellor if has_counsellor else None,
                "user_id": self._user_id if own else None,
                "created_at": moment(joined_on, self._now, chance),
            },
        )

    def _join(self, client_id: int, pilot: PilotInForce, day: date) -> None:
        key = pilot.definition.key
        if (client_id, key) in self._joined:
            return
        self._joined.add((client_id, key))
        self._rows.add(
            Participation,
            {
                "client_id": client_id,
                "pilot_key": key,
                "joined_on": day,
                "recorded_by_id": pilot.staff.counsellor,
                "recorded_at": moment(day, self._now, Chance.of(self._seed, "joined", client_id, key)),
            },
        )


def _number(count: int) -> str:
    return f"A-{count:04d}"
