"""What is counted: reports, measures, the tables in which they are told, quarters, and how cells are made of facts.

Every report of a pilot tells the same few tables, quarter by quarter: by month, by service, by municipality, by
language, by group. Nobody can narrow one of them by another, and a quarter that has been told is never told anew. So
two reports cannot be subtracted from each other (docs/decisions/0097-reports-by-quarter.md). Only what is public
anyhow, as where nothing is offered, is told by two things at a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import Enum, StrEnum
from typing import Final

from marketplace.reports.disclosure import Weight


class ReportKind(StrEnum):
    """What a pilot shows."""

    SUPPLY = "supply"
    DEMAND = "demand"
    CHOICE = "choice"
    MONEY = "money"
    EFFECTS = "effects"
    FAIRNESS = "fairness"


class Dimension(StrEnum):
    """By what a number is told. `ALL` is the whole pilot in a quarter, of which the others are parts.

    `GROUND`: why an application was refused. `CAUSE`: why a client changed. `LEFTOVER`: why something was not used.
    `PLACE`: a service in a municipality (`858:transport`). `BAND`: a row of a service's price table (`transport:trip`).
    """

    ALL = "all"
    MONTH = "month"
    SERVICE = "service"
    MUNICIPALITY = "municipality"
    LANGUAGE = "language"
    GROUP = "group"
    ITEM = "item"
    GROUND = "ground"
    CAUSE = "cause"
    LEFTOVER = "leftover"
    PLACE = "place"
    BAND = "band"


class CountedIn(StrEnum):
    """What a number is: a count, cents, minutes, days, or per cent."""

    NUMBER = "number"
    CENTS = "cents"
    MINUTES = "minutes"
    DAYS = "days"
    PERCENT = "percent"


class Sort(StrEnum):
    """How a number is made of facts: added up, how many different ones took part, the middle one, or a mean.

    A mean is the sum by how many different things it is told (`Fact.per`), as euros by clients and months.
    """

    SUM = "sum"
    DISTINCT = "distinct"
    MEDIAN = "median"
    MEAN = "mean"


class Measure(StrEnum):
    """A number that a report tells; its names and what it counts in words stand in `data/<report>.yaml`."""

    INVITED = "invited"
    APPLIED = "applied"
    REFUSED = "refused"
    DAYS_TO_DECISION = "days_to_decision"
    APPROVED = "approved"
    OFFERS = "offers"
    WITHOUT_OFFERS = "without_offers"
    PRICE_OF_CEILING = "price_of_ceiling"
    PRICE_OF_YEAR = "price_of_year"
    PRICE = "price"
    SEARCHES = "searches"
    AGREEMENTS = "agreements"
    CHANGES = "changes"
    ENDED_BY_CLIENT = "ended_by_client"
    ENDED_BY_PROVIDER = "ended_by_provider"
    ENDED_AT_ONCE = "ended_at_once"
    DECLINED = "declined"
    UNANSWERED = "unanswered"
    DAYS_TO_FIRST = "days_to_first"
    CLIENTS = "clients"
    SPENT = "spent"
    PER_MONTH = "per_month"
    GRANTED_CENTS = "granted_cents"
    RESERVED_CENTS = "reserved_cents"
    USED_CENTS = "used_cents"
    RETURNED_CENTS = "returned_cents"
    CARRIED_CENTS = "carried_cents"
    GRANTED_MINUTES = "granted_minutes"
    RESERVED_MINUTES = "reserved_minutes"
    USED_MINUTES = "used_minutes"
    RETURNED_MINUTES = "returned_minutes"
    CARRIED_MINUTES = "carried_minutes"
    DAYS_TO_PAID = "days_to_paid"
    BETTER = "better"
    SAME = "same"
    WORSE = "worse"
    ANSWERED = "answered"
    NOT_ANSWERED = "not_answered"
    RESPONSE_RATE = "response_rate"


class ChangeCause(StrEnum):
    """Why a client has another provider than before, as far as the former agreement says it.

    A reason that the client has told stands behind the first: `own:times`.
    """

    OWN = "own"
    PROVIDER = "provider"
    STOPPED = "stopped"
    OFFICE = "office"


class LeftoverCause(StrEnum):
    """Why a part of a budget came back.

    `NOT_GIVEN`: an agreement held it to the last day on which anything could be recorded. `NOT_RESERVED`: no agreement
    did when it returned after the period. `CHANGED` and `ENDED`: another decision took its place. `INTERRUPTED`: the
    client stopped taking part.
    """

    NOT_GIVEN = "not_given"
    NOT_RESERVED = "not_reserved"
    CHANGED = "changed"
    ENDED = "ended"
    INTERRUPTED = "interrupted"


D, M = Dimension, Measure

OF_CLIENTS: Final = (D.MONTH, D.SERVICE, D.MUNICIPALITY, D.LANGUAGE, D.GROUP)
OF_PROVIDERS: Final = (D.MONTH, D.SERVICE)


@dataclass(frozen=True, slots=True)
class Spec:
    """How a measure is told. Measures of one `block` are hidden together: one may follow from the others.

    `public`: from the list of approved providers and prices that the law has published (569/2009 § 4); nothing of it is
    hidden, and it is told as it stands on the last day of a quarter. `whole`: the whole pilot has such a number.
    """

    report: ReportKind
    block: str
    counted: CountedIn = CountedIn.NUMBER
    sort: Sort = Sort.SUM
    by: tuple[Dimension, ...] = OF_CLIENTS
    public: bool = False
    whole: bool = True


_CENTS: Final = Spec(ReportKind.MONEY, "cents", CountedIn.CENTS)
_MINUTES: Final = Spec(ReportKind.MONEY, "minutes", CountedIn.MINUTES)
_RETURNED: Final = (*OF_CLIENTS, D.LEFTOVER)
_CHANGED: Final = Spec(ReportKind.EFFECTS, "", by=(D.ITEM, D.LANGUAGE, D.GROUP))
_ASKED: Final = Spec(ReportKind.EFFECTS, "asked", by=(D.LANGUAGE, D.GROUP))
_ENDED: Final = Spec(ReportKind.CHOICE, "ended")
_REFUSED: Final = Spec(ReportKind.CHOICE, "refused")

SPECS: Final[Mapping[Measure, Spec]] = {
    M.INVITED: Spec(ReportKind.SUPPLY, "invited", by=(D.MONTH,)),
    M.APPLIED: Spec(ReportKind.SUPPLY, "applied", by=OF_PROVIDERS),
    M.REFUSED: Spec(ReportKind.SUPPLY, "rejected", by=(*OF_PROVIDERS, D.GROUND)),
    M.DAYS_TO_DECISION: Spec(ReportKind.SUPPLY, "decided", CountedIn.DAYS, Sort.MEDIAN, OF_PROVIDERS),
    M.APPROVED: Spec(
        ReportKind.SUPPLY, "approved", sort=Sort.DISTINCT, by=(D.SERVICE, D.MUNICIPALITY), public=True
    ),
    M.OFFERS: Spec(ReportKind.SUPPLY, "offers", by=(D.SERVICE, D.MUNICIPALITY, D.LANGUAGE), public=True),
    M.WITHOUT_OFFERS: Spec(
        ReportKind.SUPPLY, "gaps", by=(D.SERVICE, D.MUNICIPALITY, D.PLACE), public=True
    ),
    M.PRICE_OF_CEILING: Spec(
        ReportKind.SUPPLY, "prices", CountedIn.PERCENT, Sort.MEDIAN, (D.SERVICE,), public=True
    ),
    M.PRICE_OF_YEAR: Spec(
        ReportKind.SUPPLY, "prices", CountedIn.PERCENT, Sort.MEDIAN, (D.SERVICE,), public=True
    ),
    M.PRICE: Spec(
        ReportKind.SUPPLY, "prices", CountedIn.CENTS, Sort.MEDIAN, (D.BAND,), public=True, whole=False
    ),
    M.SEARCHES: Spec(ReportKind.DEMAND, "searches", by=(D.MONTH, D.MUNICIPALITY, D.LANGUAGE)),
    M.AGREEMENTS: Spec(ReportKind.CHOICE, "chosen"),
    M.CHANGES: Spec(ReportKind.CHOICE, "chosen", by=(*OF_CLIENTS, D.CAUSE)),
    M.ENDED_BY_CLIENT: _ENDED,
    M.ENDED_BY_PROVIDER: _ENDED,
    M.ENDED_AT_ONCE: _ENDED,
    M.DECLINED: _REFUSED,
    M.UNANSWERED: _REFUSED,
    M.DAYS_TO_FIRST: Spec(ReportKind.CHOICE, "first", CountedIn.DAYS, Sort.MEDIAN),
    M.CLIENTS: Spec(ReportKind.MONEY, "spent", CountedIn.NUMBER, Sort.DISTINCT),
    M.SPENT: Spec(ReportKind.MONEY, "spent", CountedIn.CENTS),
    M.PER_MONTH: Spec(ReportKind.MONEY, "spent", CountedIn.CENTS, Sort.MEAN),
    M.GRANTED_CENTS: _CENTS,
    M.RESERVED_CENTS: _CENTS,
    M.USED_CENTS: _CENTS,
    M.RETURNED_CENTS: replace(_CENTS, by=_RETURNED),
    M.CARRIED_CENTS: _CENTS,
    M.GRANTED_MINUTES: _MINUTES,
    M.RESERVED_MINUTES: _MINUTES,
    M.USED_MINUTES: _MINUTES,
    M.RETURNED_MINUTES: replace(_MINUTES, by=_RETURNED),
    M.CARRIED_MINUTES: _MINUTES,
    M.DAYS_TO_PAID: Spec(ReportKind.MONEY, "paid", CountedIn.DAYS, Sort.MEDIAN, OF_PROVIDERS),
    M.BETTER: replace(_CHANGED, block="better"),
    M.SAME: replace(_CHANGED, block="same"),
    M.WORSE: replace(_CHANGED, block="worse"),
    M.ANSWERED: _ASKED,
    M.NOT_ANSWERED: _ASKED,
    M.RESPONSE_RATE: replace(_ASKED, counted=CountedIn.PERCENT, sort=Sort.MEAN),
}  # fmt: skip
"""The measures in the order in which they are told. Tests see to it that none is missing."""

FAIRNESS: Final = (
    M.CLIENTS,
    M.SPENT,
    M.PER_MONTH,
    M.DAYS_TO_FIRST,
    M.AGREEMENTS,
    M.CHANGES,
    M.DECLINED,
    M.UNANSWERED,
    M.ENDED_BY_PROVIDER,
)
"""What is compared between languages and between groups of clients."""

TABLES: Final[Mapping[ReportKind, tuple[Dimension, ...]]] = {
    ReportKind.SUPPLY: (
        D.MONTH,
        D.GROUND,
        D.SERVICE,
        D.MUNICIPALITY,
        D.LANGUAGE,
        D.PLACE,
        D.BAND,
    ),
    ReportKind.DEMAND: (D.MONTH, D.MUNICIPALITY, D.LANGUAGE),
    ReportKind.CHOICE: (D.MONTH, D.CAUSE, D.SERVICE, D.MUNICIPALITY),
    ReportKind.MONEY: (D.MONTH, D.LEFTOVER, D.SERVICE, D.MUNICIPALITY),
    ReportKind.EFFECTS: (D.ITEM, D.LANGUAGE, D.GROUP),
    ReportKind.FAIRNESS: (D.LANGUAGE, D.GROUP),
}
"""By what each report is told: these tables and no others."""


def measures_of(report: ReportKind) -> tuple[Measure, ...]:
    """What a report tells."""
    if report is ReportKind.FAIRNESS:
        return FAIRNESS
    return tuple(measure for measure, spec in SPECS.items() if spec.report is report)


def told_by(report: ReportKind, dimension: Dimension) -> tuple[Measure, ...]:
    """What a report tells by a dimension."""
    return tuple(measure for measure in measures_of(report) if dimension in SPECS[measure].by)


# --- quarters --------------------------------------------------------------------------------------------------------

LATE: Final = timedelta(days=45)
"""So long after its last day a quarter is told: most of what is recorded late is in by then."""


@dataclass(frozen=True, order=True, slots=True)
class Quarter:
    """A quarter of a calendar year, by its first day."""

    first: date

    @classmethod
    def of(cls, day: date) -> Quarter:
        """The quarter of a day."""
        return cls(date(day.year, (day.month - 1) // 3 * 3 + 1, 1))

    @property
    def months(self) -> tuple[date, date, date]:
        """The first days of its months."""
        year, month = self.first.year, self.first.month
        return date(year, month, 1), date(year, month + 1, 1), date(year, month + 2, 1)

    @property
    def following(self) -> Quarter:
        """The one after it."""
        return Quarter.of(self.first + timedelta(days=100))

    @property
    def last(self) -> date:
        """Its last day."""
        return self.following.first - timedelta(days=1)

    @property
    def number(self) -> int:
        """1 to 4."""
        return (self.first.month + 2) // 3

    @property
    def name(self) -> str:
        """As it stands in addresses and files: `2026-Q3`."""
        return f"{self.first.year}-Q{self.number}"


def told_quarters(since: date, today: date) -> list[Quarter]:
    """The quarters that are over for long enough, from that of a day on."""
    found, quarter = [], Quarter.of(since)
    while is_told(quarter, today):
        found.append(quarter)
        quarter = quarter.following
    return found


def is_told(quarter: Quarter, today: date) -> bool:
    """Whether a quarter is over for long enough to be told."""
    return quarter.last + LATE < today


def past_quarters(today: date, number: int) -> list[Quarter]:
    """The last so many quarters that are told, the earliest first."""
    found: list[Quarter] = []
    quarter = Quarter.of(today)
    while len(found) < number:
        quarter = Quarter.of(quarter.first - timedelta(days=1))
        if is_told(quarter, today):
            found.insert(0, quarter)
    return found


# --- from facts to cells ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that counts for a measure on a day: `value`, given by `who` (a client, a provider, a search).

    `times`: how often the same came. `per`: of what a mean is told. `keys` say where it belongs in the tables; one that
    names none belongs to the row of what is not known (``""``), and one with several, as an offer in several
    municipalities, to each of them.
    """

    measure: Measure
    day: date
    who: Hashable
    value: int = 1
    times: int = 1
    keys: Mapping[Dimension, str | tuple[str, ...]] = field(default_factory=dict)
    per: Hashable = None


class Absent(Enum):
    """What stands in the place of a number that there is not, as the middle one of none."""

    NOTHING = "nothing"


Told = int | Absent | None
"""A number as it is told: None where it is hidden."""

Place = tuple[Dimension, str]
"""A row of a table: by what, and which."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a measure in a place, and what it is made of."""

    value: int
    weight: Weight


class _Gathered:
    def __init__(self) -> None:
        self.values: defaultdict[int, int] = defaultdict(int)
        self.gifts: defaultdict[Hashable, int] = defaultdict(int)
        self.per: set[Hashable] = set()

    def add(self, fact: Fact) -> None:
        self.values[fact.value] += fact.times
        self.gifts[fact.who] += fact.value * fact.times
        self.per.add(fact.per)

    def number(self, sort: Sort) -> Number:
        if sort in (Sort.SUM, Sort.MEAN):
            total = sum(value * times for value, times in self.values.items())
            value = total if sort is Sort.SUM else (2 * total + len(self.per)) // (2 * len(self.per))
            return Number(value, Weight({who: abs(gift) for who, gift in self.gifts.items() if gift}))
        weight = Weight(dict.fromkeys(self.gifts, 1))
        return Number(median_of(self.values) if sort is Sort.MEDIAN else len(self.gifts), weight)


def median_of(counted: Mapping[int, int]) -> int:
    """The median of numbers that are given with how often they come, a half rounded up."""
    numbers = sorted(counted.items())
    whole = sum(counted.values())
    middle = ((whole - 1) // 2, whole // 2)
    seen, found = 0, 0
    for number, times in numbers:
        found += sum(number for place in middle if seen <= place < seen + times)
        seen += times
    return (found + 1) // 2


Cells = Mapping[Measure, Mapping[Place, Number]]


def cells_of(facts: Iterable[Fact]) -> Cells:
    """The numbers of a quarter: each measure in the whole pilot, and by everything by which it is told."""
    gathered: defaultdict[Measure, defaultdict[Place, _Gathered]] = defaultdict(
        lambda: defaultdict(_Gathered)
    )
    for fact in facts:
        places = gathered[fact.measure]
        for place in _places(fact):
            places[place].add(fact)
    return {
        measure: {place: each.number(SPECS[measure].sort) for place, each in sorted(places.items())}
        for measure, places in sorted(gathered.items())
    }


def _places(fact: Fact) -> Iterable[Place]:
    if SPECS[fact.measure].whole:
        yield D.ALL, ""
    for dimension in SPECS[fact.measure].by:
        if dimension is D.MONTH:
            yield D.MONTH, fact.day.strftime("%Y-%m")
            continue
        keys = fact.keys.get(dimension, "")
        for key in (keys,) if isinstance(keys, str) else keys:
            yield dimension, key
