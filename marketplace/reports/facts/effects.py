"""Effects: how answers have changed since the first ones of the same person, and how many of those asked answered.

The answers stand under pseudonyms, apart from who gave them. Whom a number tells of is counted here and forgotten.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.clients.models import Client
from marketplace.effects.models import EffectAnswer, EffectAsking, EffectSheet
from marketplace.effects.results import WHOLE
from marketplace.effects.rules import AskingState
from marketplace.pilots.instruments import Instrument
from marketplace.pilots.vocabulary import INSTRUMENTS
from marketplace.reports.facts.span import Span
from marketplace.reports.rules import Dimension, Fact, Measure

_SETTLED: Final = {
    AskingState.ANSWERED: Measure.ANSWERED,
    AskingState.CLOSED: Measure.ANSWERED,
    AskingState.SKIPPED: Measure.NOT_ANSWERED,
    AskingState.LAPSED: Measure.NOT_ANSWERED,
}

Answers = Mapping[str, Mapping[int, Mapping[str, int]]]
"""Pseudonym → wave → item → value."""


def effects(session: Session, pilot_key: str, span: Span) -> Iterator[Fact]:
    """Everything that the report on effects tells of a pilot."""
    sheets = {
        (sheet.pseudonym, sheet.wave): sheet
        for sheet in session.scalars(
            sa.select(EffectSheet).where(EffectSheet.pilot_key == pilot_key, EffectSheet.month.is_not(None))
        )
    }
    for instrument in INSTRUMENTS.values():
        yield from _changes(instrument, sheets, _answers(session, pilot_key, instrument), span)
    yield from _asked(session, pilot_key, span)


def _changes(
    instrument: Instrument, sheets: Mapping[tuple[str, int], EffectSheet], answers: Answers, span: Span
) -> Iterator[Fact]:
    """Each answer that was given in the span, held against the same person's first; what asks for a change is one."""
    middle = (len(instrument.bands) - 1) / 2
    first = instrument.interval[0]
    for pseudonym, waves in answers.items():
        for wave, values in waves.items():
            sheet = sheets[pseudonym, wave]
            if sheet.month is None or not span.first <= sheet.month <= span.last:
                continue
            before = waves.get(first, {}) if wave > first else {}
            for item, value in values.items():
                if instrument.asks == "change":
                    step = instrument.rank(value) - middle
                elif item in before:
                    step = instrument.rank(value) - instrument.rank(before[item])
                else:
                    continue
                keys = {
                    Dimension.ITEM: f"{instrument.key}:{item}",
                    Dimension.LANGUAGE: sheet.language,
                    Dimension.GROUP: sheet.group or "",
                }
                yield Fact(_measure(step), sheet.month, pseudonym, keys=keys)


def _measure(step: float) -> Measure:
    if step == 0:
        return Measure.SAME
    return Measure.BETTER if step > 0 else Measure.WORSE


def _answers(session: Session, pilot_key: str, instrument: Instrument) -> Answers:
    """What was answered of a set; of one that is added up the sums of those who answered all of it."""
    query = (
        sa.select(EffectAnswer)
        .join(
            EffectSheet,
            sa.and_(EffectSheet.pseudonym == EffectAnswer.pseudonym, EffectSheet.wave == EffectAnswer.wave),
        )
        .where(
            EffectSheet.pilot_key == pilot_key,
            EffectSheet.month.is_not(None),
            EffectAnswer.instrument == instrument.key,
            EffectAnswer.version == instrument.version,
            EffectAnswer.value.is_not(None),
        )
    )
    found: defaultdict[str, defaultdict[int, dict[str, Any]]] = defaultdict(lambda: defaultdict(dict))
    for answer in session.scalars(query):
        found[answer.pseudonym][answer.wave][answer.item] = answer.value
    if instrument.scoring == "each":
        return found
    return {
        pseudonym: {
            wave: {WHOLE: sum(values.values())}
            for wave, values in waves.items()
            if len(values) == len(instrument.items)
        }
        for pseudonym, waves in found.items()
    }


def _asked(session: Session, pilot_key: str, span: Span) -> Iterator[Fact]:
    query = (
        sa.select(
            EffectAsking.id,
            EffectAsking.client_id,
            EffectAsking.state,
            EffectAsking.settled_on,
            Client.language,
            Client.group,
        )
        .join(Client, Client.id == EffectAsking.client_id)
        .where(
            EffectAsking.pilot_key == pilot_key,
            EffectAsking.state.in_(_SETTLED),
            span.holds(sa.type_coerce(EffectAsking.settled_on, sa.Date)),
        )
    )  # fmt: skip
    for asking_id, client_id, state, day, language, group in session.execute(query):
        keys = {Dimension.LANGUAGE: language, Dimension.GROUP: group or ""}
        if day is not None:
            measure = _SETTLED[state]
            yield Fact(measure, day, client_id, keys=keys)
            share = 100 if measure is Measure.ANSWERED else 0
            yield Fact(Measure.RESPONSE_RATE, day, client_id, share, keys=keys, per=asking_id)
