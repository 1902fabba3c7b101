"""Which sets of questions an organisation asks with, and the questions of a wave in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace.pilots.instruments import Instrument, InstrumentItem
from marketplace.pilots.vocabulary import INSTRUMENTS


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """One question with the set to which it belongs."""

    instrument: Instrument
    item: InstrumentItem

    @property
    def key(self) -> tuple[str, str]:
        """The keys of the set and of the item."""
        return self.instrument.key, self.item.key


def instruments_of(session: Session, organisation: str) -> Sequence[Instrument]:
    """The sets with which an organisation asks.

    An invented set is for trying out alone: never in production (the database knows it), nor where the organisation
    has another set that asks for the state.
    """
    usable = [
        each for each in INSTRUMENTS.values() if not each.organisations or organisation in each.organisations
    ]
    own = [each for each in usable if not each.demo]
    if session.info.get("production") or any(each.asks == "state" for each in own):
        return own
    return usable


def waves_of(session: Session, organisation: str) -> set[int]:
    """The months after the start at which something is asked."""
    return {wave for each in instruments_of(session, organisation) for wave in each.interval}


def items_of(session: Session, organisation: str, wave: int) -> Sequence[AskedQuestion]:
    """The questions of a wave."""
    return [
        AskedQuestion(instrument, item)
        for instrument in instruments_of(session, organisation)
        if wave in instrument.interval
        for item in instrument.items
    ]
