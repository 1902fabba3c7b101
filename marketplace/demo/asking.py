"""Invented answers about effects: who agreed to be asked, who answered at which time, and who stopped."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.audit.rules import key_id
from marketplace.clients.keys import client_keys
from marketplace.clients.models import Client, Consent, Participation
from marketplace.clients.rules import ConsentKind
from marketplace.demo.chance import Chance
from marketplace.demo.people import DOMAIN
from marketplace.effects.linking import holder_hash
from marketplace.effects.models import EffectAnswer, EffectAsking, EffectLink, EffectSheet
from marketplace.effects.rules import OPEN_FOR, START, AskingState, Way, open_until
from marketplace.effects.service import ask_client
from marketplace.effects.sets import items_of, waves_of
from marketplace.i18n import HELSINKI, helsinki_date
from marketplace.permissions import SYSTEM
from marketplace.pilots.instruments import Instrument
from marketplace.providers.rules import add_months
from marketplace.work import UnitOfWork

AGREES: Final = 0.75
"""How many clients agree to be asked."""

ALLOWS_RESEARCH: Final = 0.7
"""How many clients agree to research."""

STOPS: Final = 0.06
"""How many of them take the consent back later; half of those have their answers deleted."""

OUTCOMES: Final = {AskingState.ANSWERED: 0.72, AskingState.SKIPPED: 0.1, AskingState.LAPSED: 0.18}
"""What becomes of an asking."""

ON_PAPER: Final = 0.35
HELPED: Final = 0.4
LEFT_OPEN: Final = 0.06
"""How many answer on paper and with help, and how many single questions are skipped."""

BATCH: Final = 20_000
"""After how many answers the rows are written."""

Row = dict[str, Any]


def ask(session: Session, *, seed: int, now: datetime) -> None:
    """Give every client but the demo's own a past of questions; the demo's client is asked now."""
    asked = _Past(session, seed=seed, now=now)
    own = sa.select(User.id).where(User.email.in_([f"client@{DOMAIN}"]))
    rows = session.execute(
        sa.select(Participation, Client)
        .join(Participation.client)
        .where(sa.or_(Client.user_id.is_(None), Client.user_id.not_in(own)))
        .order_by(Participation.id)
    )
    for participation, client in rows:
        asked.add(participation, client)
    asked.write()
    for client in session.scalars(sa.select(Client).where(Client.user_id.in_(own))):
        ask_client(UnitOfWork(session, SYSTEM, now), client)


class _Past:
    """Gathers what was asked and answered, and writes it in batches."""

    def __init__(self, session: Session, *, seed: int, now: datetime) -> None:
        self._session, self._seed, self._today = session, seed, helsinki_date(now)
        self._key = client_keys(session)[0]
        self._consenting: set[tuple[int, ConsentKind]] = set()
        self._rows: dict[type[Any], list[Row]] = {
            model: [] for model in (Consent, EffectAsking, EffectLink, EffectSheet, EffectAnswer)
        }

    def add(self, participation: Participation, client: Client) -> None:
        """The questions of one client in one pilot."""
        chance = Chance.of(
            self._seed, "effects", client.organisation_key, client.number, participation.pilot_key
        )
        if participation.joined_on > self._today:
            return
        if Chance.of(self._seed, "research", client.organisation_key, client.number).happens(ALLOWS_RESEARCH):
            self._consent(participation, ConsentKind.RESEARCH, None)
        if not chance.happens(AGREES):
            return
        stopped_on = self._stopped_on(participation.joined_on, chance)
        self._consent(participation, ConsentKind.EFFECTS, stopped_on)
        if stopped_on is not None and chance.happens(0.5):
            return  # with the consent went the answers, and that there were any
        self._ask(participation, client, stopped_on or participation.ended_on or self._today, chance)
        if len(self._rows[EffectAnswer]) >= BATCH:
            self.write()

    def _stopped_on(self, joined_on: date, chance: Chance) -> date | None:
        days = (self._today - joined_on).days
        if days < OPEN_FOR.days or not chance.happens(STOPS):
            return None
        return date.fromordinal(joined_on.toordinal() + chance.between(OPEN_FOR.days, days))

    def _consent(self, participation: Participation, kind: ConsentKind, stopped_on: date | None) -> None:
        if (participation.client_id, kind) in self._consenting:
            return
        self._consenting.add((participation.client_id, kind))
        self._rows[Consent].append(
            {
                "client_id": participation.client_id,
                "kind": kind,
                "given_at": _noon(participation.joined_on),
                "given_by_id": participation.recorded_by_id,
                "withdrawn_at": None if stopped_on is None else _noon(stopped_on),
                "withdrawn_by_id": None if stopped_on is None else participation.recorded_by_id,
            }
        )

    def _ask(self, participation: Participation, client: Client, until: date, chance: Chance) -> None:
        organisation, begins = client.organisation_key, participation.joined_on
        pseudonym = f"{chance.getrandbits(128):032x}"
        wellbeing, answered = chance.between(2, 6), False
        for wave in sorted(waves_of(self._session, organisation)):
            day = add_months(begins, wave)
            if day > until:
                break
            state = self._state(day, until, chance)
            self._rows[EffectAsking].append(_asking(participation, client, wave, day, state))
            if state is AskingState.ANSWERED:
                answered = True
                drift = 0 if wave == START else chance.between(-1, 3)
                self._answers(participation, client, pseudonym, wave, day, wellbeing + drift, chance)
        if answered:
            self._rows[EffectLink].append(
                {
                    "holder": holder_hash(self._key, client.id, participation.pilot_key),
                    "key_id": key_id(self._key),
                    "pseudonym": pseudonym,
                }
            )

    def _state(self, day: date, until: date, chance: Chance) -> AskingState:
        if open_until(day) >= self._today and until == self._today:
            return chance.one((AskingState.DUE, AskingState.ANSWERED))
        return chance.weighted(OUTCOMES)

    def _answers(
        self,
        participation: Participation,
        client: Client,
        pseudonym: str,
        wave: int,
        day: date,
        level: int,
        chance: Chance,
    ) -> None:
        way = Way.PAPER if chance.happens(ON_PAPER) else Way.PORTAL
        self._rows[EffectSheet].append(
            {
                "pseudonym": pseudonym,
                "wave": wave,
                "pilot_key": participation.pilot_key,
                "language": client.language,
                "group": client.group,
                "way": way,
                "helped": chance.happens(HELPED),
                "month": min(day, self._today).replace(day=1),
            }
        )
        for asked in items_of(self._session, client.organisation_key, wave):
            self._rows[EffectAnswer].append(
                {
                    "pseudonym": pseudonym,
                    "wave": wave,
                    "instrument": asked.instrument.key,
                    "item": asked.item.key,
                    "version": asked.instrument.version,
                    "value": None if chance.happens(LEFT_OPEN) else _value(asked.instrument, level, chance),
                }
            )

    def write(self) -> None:
        """Insert what has gathered, in the order that the foreign keys ask for."""
        for model, rows in self._rows.items():
            if rows:
                self._session.execute(sa.insert(model), rows)
                rows.clear()


def _asking(participation: Participation, client: Client, wave: int, day: date, state: AskingState) -> Row:
    settled = {AskingState.DUE: None, AskingState.LAPSED: open_until(day)}.get(state, day)
    return {
        "client_id": client.id,
        "pilot_key": participation.pilot_key,
        "wave": wave,
        "state": state,
        "due_on": day,
        "asked_on": day,
        "mailed": False,
        "settled_on": settled,
    }


def _value(instrument: Instrument, level: int, chance: Chance) -> int:
    """An answer: about the person's level where the state is asked, most often better where the change is."""
    least, most = instrument.scale.least, instrument.scale.most
    if instrument.asks == "change":
        return chance.weighted(dict(zip(instrument.scale.points, (0.15, 0.4, 0.45), strict=False)))
    return max(least, min(most, level + chance.between(-2, 2)))


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), HELSINKI)
