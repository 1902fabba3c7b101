"""Agreements of invented clients: most in force, some over, some to begin, some without an approved provider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from marketplace.demo.applications import Approved, PilotInForce
from marketplace.demo.chance import Chance
from marketplace.demo.clients import ClientMaker
from marketplace.demo.dates import moment
from marketplace.demo.rows import Rows
from marketplace.i18n import helsinki_date
from marketplace.vouchers.models import Agreement
from marketplace.vouchers.rules import AgreementParty, AgreementState

SHARE: Final = 0.35
"""How many offers have clients, besides those that the tour shows."""

MOST: Final = 240
"""So many agreements and no more, however many offers there are; the tour's come on top."""

SAME_CLIENT_SHARE: Final = 0.2


@dataclass(frozen=True, slots=True)
class Begun:
    """A published version of an offer: its id and first day."""

    id: int
    day: date


class AgreementMaker:
    """Makes agreements, and their clients with them."""

    def __init__(self, rows: Rows, clients: ClientMaker, *, seed: int, now: datetime) -> None:
        self._rows, self._clients, self._seed, self._now = rows, clients, seed, now
        self._today = helsinki_date(now)
        self._made = 0

    def add(
        self,
        offer_id: int,
        approved: Approved,
        pilot: PilotInForce,
        versions: Sequence[Begun],
        last_day: date | None,
        *,
        shown: bool,
    ) -> None:
        """The agreements of one offer. `shown`: the tour comes to it, so it has a new client and one to come."""
        chance = Chance.of(self._seed, "agreements", offer_id)
        if not shown and (self._made >= MOST or not chance.happens(SHARE)):
            return
        first = min(each.day for each in versions)
        number = chance.between(1, 3) + 2 * shown
        for index in range(number):
            starts_on = self._first_day(first, approved, index if shown else 2, chance)
            starts_on = min(starts_on, last_day or starts_on)
            again = (
                index == 0 and self._clients.has_any(pilot.organisation) and chance.happens(SAME_CLIENT_SHARE)
            )
            client = self._clients.one(pilot, starts_on, again=again)
            self._one(offer_id, pilot, versions, starts_on, client, chance)
        self._made += 0 if shown else number

    def _first_day(self, first: date, approved: Approved, index: int, chance: Chance) -> date:
        """Lately, soon, and after that any day since the offer began; a day to come only while the approval holds."""
        if index == 0:
            return max(self._today - timedelta(days=chance.between(3, 20)), first)
        if index == 1 and approved.line.approval == "approved":
            return self._today + timedelta(days=chance.between(5, 25))
        return first + timedelta(days=chance.between(0, min((self._today - first).days, 300)))

    def _one(
        self,
        offer_id: int,
        pilot: PilotInForce,
        versions: Sequence[Begun],
        starts_on: date,
        client_number: str,
        chance: Chance,
    ) -> None:
        in_force = max((each for each in versions if each.day <= starts_on), key=lambda each: each.day)
        last_day = self._last_day(starts_on, chance)
        row: dict[str, Any] = {
            "organisation_key": pilot.organisation,
            "client_number": client_number,
            "offer_id": offer_id,
            "version_id": in_force.id,
            "starts_on": starts_on,
            "ends_on": last_day,
            "state": AgreementState.IN_FORCE if last_day is None else AgreementState.ENDING,
            "ended_by": None if last_day is None else AgreementParty.OFFICE,
            "recorded_by_id": pilot.staff.counsellor,
            "recorded_at": moment(min(starts_on, self._today), self._now, chance),
        }
        self._rows.add(Agreement, row)

    def _last_day(self, starts_on: date, chance: Chance) -> date | None:
        """Mostly none; now and then one that has gone by or is agreed beforehand."""
        kind = chance.weighted({"": 75.0, "past": 12.0, "coming": 13.0})
        if kind == "past":
            over = starts_on + timedelta(days=chance.between(30, 200))
            return over if over < self._today else None
        return self._today + timedelta(days=chance.between(30, 300)) if kind == "coming" else None
