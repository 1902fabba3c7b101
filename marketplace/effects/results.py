"""What the answers show, as counts alone: for reports, which hide small numbers before anybody sees them.

Everything here counts people and gives no row of anybody. A change is that of those who answered the same item of the
same version at both waves: it went to a better band, stayed in its band, or went to a worse one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from marketplace.clients.models import Client
from marketplace.effects.models import EffectAnswer, EffectAsking, EffectSheet
from marketplace.effects.rules import AskedTally, AskingState, ChangeTally
from marketplace.pilots.instruments import Instrument
from marketplace.pilots.vocabulary import INSTRUMENTS

By = Literal["language", "group"]
"""What results can be divided by: the client's language or client group at the time."""

WHOLE: Final = "sum"
"""In the place of an item's key: the sum of a set that is added up."""


@dataclass(frozen=True, slots=True)
class ItemChange:
    """How an item changed between two waves, in a pilot, for everybody or one part (`of`) of the people.

    `earlier` is None where the set asks for the change itself.
    """

    pilot: str
    of: str | None
    instrument: str
    item: str
    earlier: int | None
    later: int
    tally: ChangeTally


def responses(session: Session, *, by: By | None = None) -> dict[tuple[str, str | None, int], AskedTally]:
    """What became of askings, by pilot, part of the people (None: all) and wave."""
    part = _part(Client, by)
    rows = session.execute(
        sa.select(EffectAsking.pilot_key, part, EffectAsking.wave, EffectAsking.state, sa.func.count())
        .join(EffectAsking.client)
        .group_by(*_divided(part, by), EffectAsking.pilot_key, EffectAsking.wave, EffectAsking.state)
    )
    found: dict[tuple[str, str | None, int], AskedTally] = defaultdict(AskedTally)
    for pilot, of, wave, state, number in rows:
        found[pilot, of, wave] = found[pilot, of, wave].plus(AskingState(state), number)
    return dict(sorted(found.items(), key=lambda each: (each[0][0], each[0][1] or "", each[0][2])))


def changes(session: Session, *, by: By | None = None) -> Sequence[ItemChange]:
    """How every item of the sets in use has changed, from its first wave to each later one."""
    found: dict[tuple[str, str | None, str, str, int | None, int], ChangeTally] = defaultdict(ChangeTally)
    for instrument in INSTRUMENTS.values():
        for *where, change, number in _steps(session, instrument, by):
            key = (where[0], where[1], instrument.key, where[2], where[3], where[4])
            found[key] = found[key].plus(change, number)
    return [ItemChange(*key, tally) for key, tally in sorted(found.items(), key=_order)]


def _order(each: tuple[tuple[str, str | None, str, str, int | None, int], ChangeTally]) -> tuple[Any, ...]:
    pilot, of, instrument, item, _earlier, later = each[0]
    items = [one.key for one in INSTRUMENTS[instrument].items]
    place = items.index(item) if item in items else len(items)
    return pilot, of or "", list(INSTRUMENTS).index(instrument), place, later


def _steps(session: Session, instrument: Instrument, by: By | None) -> Iterator[tuple[Any, ...]]:
    """(pilot, part, item, earlier, later, change, people): equal answers are counted by the database."""
    if instrument.asks == "change":
        middle = (len(instrument.bands) - 1) / 2
        for pilot, of, item, wave, value, number in session.execute(_single(instrument, by)):
            yield pilot, of, item, None, wave, _sign(instrument.rank(value) - middle), number
        return
    pairs = _paired_sums(instrument, by) if instrument.scoring == "sum" else _paired(instrument, by)
    for pilot, of, item, later, before, after, number in session.execute(pairs):
        step = instrument.rank(after) - instrument.rank(before)
        yield pilot, of, item, instrument.interval[0], later, _sign(step), number


def _sign(step: float) -> int:
    return (step > 0) - (step < 0)


def _part(table: type[Client | EffectSheet], by: By | None) -> sa.ColumnElement[Any]:
    columns: dict[By, Any] = {"language": table.language, "group": table.group}
    return sa.null() if by is None else columns[by]


def _divided(part: sa.ColumnElement[Any], by: By | None) -> tuple[sa.ColumnElement[Any], ...]:
    """What rows are grouped by for the part of the people; a database does not group by a constant."""
    return () if by is None else (part,)


def _single(instrument: Instrument, by: By | None) -> sa.Select[Any]:
    part = _part(EffectSheet, by)
    return (
        sa.select(
            EffectSheet.pilot_key,
            part,
            EffectAnswer.item,
            EffectSheet.wave,
            EffectAnswer.value,
            sa.func.count(),
        )
        .join(EffectSheet, _same(EffectSheet, EffectAnswer))
        .where(EffectSheet.month.is_not(None), *_of(EffectAnswer, instrument))
        .group_by(
            *_divided(part, by),
            EffectSheet.pilot_key,
            EffectAnswer.item,
            EffectSheet.wave,
            EffectAnswer.value,
        )
    )


def _paired(instrument: Instrument, by: By | None) -> sa.Select[Any]:
    before, sheet = aliased(EffectAnswer), aliased(EffectSheet)
    part = _part(EffectSheet, by)
    return (
        sa.select(
            EffectSheet.pilot_key,
            part,
            EffectAnswer.item,
            EffectSheet.wave,
            before.value,
            EffectAnswer.value,
            sa.func.count(),
        )
        .join(EffectSheet, _same(EffectSheet, EffectAnswer))
        .join(before, sa.and_(before.pseudonym == EffectAnswer.pseudonym, before.item == EffectAnswer.item))
        .join(sheet, sa.and_(sheet.pseudonym == before.pseudonym, sheet.wave == before.wave))
        .where(
            EffectSheet.month.is_not(None),
            sheet.month.is_not(None),
            before.wave == instrument.interval[0],
            EffectAnswer.wave > before.wave,
            *_of(EffectAnswer, instrument),
            *_of(before, instrument),
        )
        .group_by(
            *_divided(part, by),
            EffectSheet.pilot_key,
            EffectAnswer.item,
            EffectSheet.wave,
            before.value,
            EffectAnswer.value,
        )
    )


def _paired_sums(instrument: Instrument, by: By | None) -> sa.Select[Any]:
    """The sums of those who answered every item at both waves."""

    def sums(name: str) -> sa.CTE:
        return (
            sa.select(
                EffectAnswer.pseudonym, EffectAnswer.wave, sa.func.sum(EffectAnswer.value).label("total")
            )
            .join(EffectSheet, _same(EffectSheet, EffectAnswer))
            .where(EffectSheet.month.is_not(None), *_of(EffectAnswer, instrument))
            .group_by(EffectAnswer.pseudonym, EffectAnswer.wave)
            .having(sa.func.count() == len(instrument.items))
            .cte(name)
        )

    before, after, part = sums("before"), sums("after"), _part(EffectSheet, by)
    return (
        sa.select(
            EffectSheet.pilot_key,
            part,
            sa.literal(WHOLE),
            after.c.wave,
            before.c.total,
            after.c.total,
            sa.func.count(),
        )
        .join(before, before.c.pseudonym == after.c.pseudonym)
        .join(
            EffectSheet,
            sa.and_(EffectSheet.pseudonym == after.c.pseudonym, EffectSheet.wave == after.c.wave),
        )
        .where(before.c.wave == instrument.interval[0], after.c.wave > before.c.wave)
        .group_by(*_divided(part, by), EffectSheet.pilot_key, after.c.wave, before.c.total, after.c.total)
    )


def _same(sheet: Any, answer: Any) -> sa.ColumnElement[bool]:
    return sa.and_(sheet.pseudonym == answer.pseudonym, sheet.wave == answer.wave)


def _of(answer: Any, instrument: Instrument) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        answer.instrument == instrument.key,
        answer.version == instrument.version,
        answer.value.is_not(None),
    )
