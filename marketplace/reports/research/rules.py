"""What a research extract tells of single people, and how that is made so coarse that nobody can be picked out. Pure.

The traits of a person that others may know (where, which group, which language) stand for at least `FEWEST` people
together, in the extract itself. What somebody was given is told by quarter and rounded
(docs/decisions/0098-research-extracts.md); whose rows of a quarter are told `beside.py` says.

Whoever has several extracts can find the rows of one in another by what they tell, whatever the pseudonyms are. So the
same holds of them together: who is in the same ones, with the same traits, is one of at least `FEWEST`
(docs/decisions/0122-extracts-that-are-compared.md).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypeVar

from marketplace.reports.disclosure import FEWEST
from marketplace.reports.rules import Measure, Quarter

STEPS: Final = ("municipality", "group", "language")
"""In which order traits are left out of those who are too few with them."""

ROUNDED_TO: Final = {"cents": 10_00, "minutes": 60}
"""To what amounts are rounded: ten euros, an hour."""


class ExtractDatum(StrEnum):
    """A column of the two tables of an extract; what it holds stands in words in `columns.yaml`."""

    PERSON = "person"
    MUNICIPALITY = "municipality"
    GROUP = "group"
    LANGUAGE = "language"
    QUARTER = "quarter"
    SERVICE = "service"
    SPENT = "spent"
    GRANTED_EUROS = "granted_euros"
    USED_EUROS = "used_euros"
    RETURNED_EUROS = "returned_euros"
    GRANTED_HOURS = "granted_hours"
    USED_HOURS = "used_hours"
    RETURNED_HOURS = "returned_hours"
    AGREEMENTS = "agreements"
    CHANGES = "changes"


PEOPLE: Final = (
    ExtractDatum.PERSON,
    ExtractDatum.MUNICIPALITY,
    ExtractDatum.GROUP,
    ExtractDatum.LANGUAGE,
)
"""The columns of the table of people."""

MEASURES: Final[Mapping[ExtractDatum, Measure]] = {
    ExtractDatum.SPENT: Measure.SPENT,
    ExtractDatum.GRANTED_EUROS: Measure.GRANTED_CENTS,
    ExtractDatum.USED_EUROS: Measure.USED_CENTS,
    ExtractDatum.RETURNED_EUROS: Measure.RETURNED_CENTS,
    ExtractDatum.GRANTED_HOURS: Measure.GRANTED_MINUTES,
    ExtractDatum.USED_HOURS: Measure.USED_MINUTES,
    ExtractDatum.RETURNED_HOURS: Measure.RETURNED_MINUTES,
    ExtractDatum.AGREEMENTS: Measure.AGREEMENTS,
    ExtractDatum.CHANGES: Measure.CHANGES,
}
"""Which numbers of the reports stand in the table of what was given."""

GIVEN: Final = (ExtractDatum.PERSON, ExtractDatum.QUARTER, ExtractDatum.SERVICE, *MEASURES)
"""The columns of the table of what was given."""

Numbers = Mapping[Measure, int]
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Traits:
    """What others may know of a person; an empty trait is not told."""

    municipality: str
    group: str
    language: str


@dataclass(frozen=True, slots=True)
class Given:
    """What a person was given in a quarter of a service; an empty service is one that few have."""

    who: str
    quarter: Quarter
    service: str
    numbers: Numbers


def coarsened(people: Mapping[K, Traits]) -> dict[K, Traits]:
    """The people with the traits that may be told of them, each shared by at least `FEWEST`; who is one of fewer even
    without any is not among them.
    """
    told = dict(people)
    for trait in STEPS:
        few = _few(told.values())
        told = {who: replace(own, **{trait: ""}) if own in few else own for who, own in told.items()}
    few = _few(told.values())
    return {who: own for who, own in told.items() if own not in few}


Past = tuple[int, ...]
"""In which extracts somebody has been told of, by their order: the number of the class there, 0 where they were not."""


def told_beside(
    people: Mapping[K, Traits], past: Mapping[K, Past], gone: Mapping[Past, int], order: Callable[[K], str]
) -> dict[K, Traits]:
    """The people with the traits that may be told of them beside what earlier extracts have told.

    `past` is of those who were in earlier ones; `gone` is how many of each past do not agree any more. Of those who
    share a past, either nobody is left out now, or nobody is told of, or each side is at least `FEWEST`: who alone has
    come or gone is in no difference of two extracts. Whom that leaves out is chosen by `order`.
    """
    alike: defaultdict[Past, dict[K, Traits]] = defaultdict(dict)
    for who, own in people.items():
        alike[past.get(who, ())][who] = own
    told: dict[K, Traits] = {}
    for before, group in alike.items():
        told |= _told_of(group, gone.get(before, 0), order) if before else coarsened(group)
    return told


def _told_of(group: Mapping[K, Traits], gone: int, order: Callable[[K], str]) -> dict[K, Traits]:
    told = coarsened(group)
    while told and 0 < (out := gone + len(group) - len(told)) < FEWEST:
        kept = sorted(told, key=order)[FEWEST - out :]
        told = coarsened({who: group[who] for who in kept})
    return told


def classes(told: Mapping[K, Traits], past: Mapping[K, Past]) -> dict[K, int]:
    """The number of the class of each: who shares the past and the traits that are told. From one."""
    numbers: dict[tuple[Past, Traits], int] = {}
    return {who: numbers.setdefault((past.get(who, ()), own), len(numbers) + 1) for who, own in told.items()}


def _few(people: Iterable[Traits]) -> frozenset[Traits]:
    return frozenset(own for own, number in Counter(people).items() if number < FEWEST)


def given_rows(rows: Iterable[Given]) -> list[Given]:
    """Rows as they are told: those of the same person, quarter and service as one, amounts rounded."""
    return [replace(row, numbers=_rounded(row.numbers)) for row in _joined(rows)]


def _joined(rows: Iterable[Given]) -> list[Given]:
    """Rows of the same person, quarter and service as one."""
    together: defaultdict[tuple[str, Quarter, str], Counter[Measure]] = defaultdict(Counter)
    for row in rows:
        for measure, number in row.numbers.items():
            together[row.who, row.quarter, row.service][measure] += number
    return [Given(*place, dict(numbers)) for place, numbers in together.items()]


def _rounded(numbers: Numbers) -> Numbers:
    return {measure: _round(number, _step(measure)) for measure, number in numbers.items()}


def _step(measure: Measure) -> int:
    if measure is Measure.SPENT:
        return ROUNDED_TO["cents"]
    return next((step for unit, step in ROUNDED_TO.items() if measure.value.endswith(f"_{unit}")), 1)


def _round(number: int, step: int) -> int:
    return (2 * number + step) // (2 * step) * step
