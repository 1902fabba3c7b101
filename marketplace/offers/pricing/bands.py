"""Which band a moment belongs to, by the clock on the wall in Finland, also on the nights when clocks change."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, Protocol
from zoneinfo import ZoneInfo

HELSINKI: Final = ZoneInfo("Europe/Helsinki")
DAY_MINUTES: Final = 24 * 60
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)
ONE_DAY: Final = timedelta(days=1)


class BandTimes(Protocol):
    """When an hour belongs to a band; the pilot's definition has them."""

    @property
    def band(self) -> str:
        """Key of `bands.yaml`."""

    @property
    def days(self) -> Collection[str]:
        """Kinds of day: `mon` … `sun`, `holiday`, `eve`."""

    @property
    def spans(self) -> Sequence[tuple[int, int]]:
        """Minutes since midnight on the wall clock, as (from, to) pairs, `to` excluded."""


Piece = tuple[int, int, str | None]
"""Minutes since 1.1.1970 UTC, (from, to, band), `to` excluded; no band where the pilot names none."""

_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class BandCalendar:
    """Which band every minute of every day belongs to, in one pilot and one region.

    `kind_of` tells the kind of a day. An eve counts as its weekday when no time band names `eve`.
    """

    def __init__(self, time_bands: Iterable[BandTimes], kind_of: Callable[[date], str]) -> None:
        """Raises ValueError when a minute belongs to two bands; a pilot that loads has no such minute."""
        spans: dict[str, list[tuple[int, int, str]]] = {}
        for row in time_bands:
            for kind in row.days:
                spans.setdefault(kind, []).extend((start, end, row.band) for start, end in row.spans)
        self._spans: Final = {kind: _without_gaps(kind, sorted(rows)) for kind, rows in spans.items()}
        self._kind_of: Final = kind_of
        self.pieces: Final = lru_cache(maxsize=4096)(self._pieces)
        """The day in pieces that follow one another from midnight to midnight, each in one band."""

    def kind(self, day: date) -> str:
        """The kind of day whose time bands hold."""
        kind = self._kind_of(day)
        return _WEEKDAYS[day.weekday()] if kind == "eve" and kind not in self._spans else kind

    def _pieces(self, day: date) -> tuple[Piece, ...]:
        spans = self._spans.get(self.kind(day), ((0, DAY_MINUTES, None),))
        return tuple(
            (begin + max(start, wall) - wall, begin + min(end, wall + finish - begin) - wall, band)
            for begin, finish, wall in _stretches(day)
            for start, end, band in spans
            if start < wall + finish - begin and end > wall
        )


def _without_gaps(kind: str, rows: Sequence[tuple[int, int, str]]) -> tuple[Piece, ...]:
    """The spans of a kind of day from 00 to 24, with a span of no band where the pilot names none."""
    whole: list[Piece] = []
    reached = 0
    for start, end, band in rows:
        if start < reached:
            raise ValueError(f"{kind} at minute {start} belongs to two bands")
        if start > reached:
            whole.append((reached, start, None))
        whole.append((start, end, band))
        reached = end
    if reached < DAY_MINUTES:
        whole.append((reached, DAY_MINUTES, None))
    return tuple(whole)


def _stretches(day: date) -> Sequence[tuple[int, int, int]]:
    """The day as (from, to, wall): epoch minutes, and the wall clock's minute at `from`. Two when clocks change."""
    begin, finish = _midnight(day), _midnight(day + ONE_DAY)
    if finish - begin == DAY_MINUTES:
        return ((begin, finish, 0),)
    change = next(minute for minute in range(begin, finish) if _wall(minute) != minute - begin)
    return ((begin, change, 0), (change, finish, _wall(change)))


def _midnight(day: date) -> int:
    return (datetime.combine(day, time(), HELSINKI) - EPOCH) // MINUTE


def moment_at(minute: int) -> datetime:
    """The moment of an epoch minute, Finnish time."""
    return (EPOCH + minute * MINUTE).astimezone(HELSINKI)


def _wall(minute: int) -> int:
    moment = moment_at(minute)
    return moment.hour * 60 + moment.minute
