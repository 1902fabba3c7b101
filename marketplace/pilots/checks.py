"""What must hold between the values of a pilot: no key twice, no name that leads nowhere, no gap in the week.

The checks read the plain data of the file, not the models, so that they also run when a value elsewhere is wrong and
the writer gets every mistake in one go. They pass over what has the wrong shape: the models have reported that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from marketplace.i18n import LANGUAGES
from marketplace.pilots import vocabulary
from marketplace.pilots.definition import DAYS, DayKind, TimeBand, kinds_told_apart
from marketplace.pilots.rulebook import FIGURE, Figure
from marketplace.pilots.source import ValuePath
from marketplace.pilots.texts import DAY_MINUTES, clock

Fault = tuple[ValuePath, str]
"""Where a mistake is and what it is, in plain words."""


RESERVED_SECTIONS: Final = ("company", "services", "evidence", "rulebook")
"""Pages that every application has besides those of its pilot's form."""

SERVICE_SECTION: Final = "service-"
"""What the key of a page of one service's questions begins with."""


def faults(data: Any) -> Iterator[Fault]:
    """Every mistake between the values of the definition `data` (mappings, lists and texts as read from the file)."""
    yield from _repeated_keys(data)
    yield from _reserved_keys(data)
    yield from _area(data)
    yield from _periods(data)
    yield from _evidence(data)
    yield from _price_tables(data)
    yield from _time_bands(data)
    yield from _questions(data)
    yield from _checklist(data)
    yield from _figures(data)
    yield from _own_people(data)


def _each(data: Any, *pattern: str, at: ValuePath = ()) -> Iterator[tuple[ValuePath, Any]]:
    """The values at a path pattern, where `*` is every item of a list; another shape is passed over."""
    if not pattern:
        yield at, data
    elif pattern[0] == "*":
        for index, item in enumerate(data if isinstance(data, list) else []):
            yield from _each(item, *pattern[1:], at=(*at, index))
    elif isinstance(data, dict) and pattern[0] in data:
        yield from _each(data[pattern[0]], *pattern[1:], at=(*at, pattern[0]))


def _words(data: Any, *pattern: str) -> Iterator[tuple[ValuePath, str]]:
    """The texts among the values that `_each` finds, with their paths."""
    return ((path, value) for path, value in _each(data, *pattern) if isinstance(value, str))


def _question_lists(data: Any) -> Iterator[tuple[ValuePath, Any]]:
    yield from _each(data, "application", "*", "questions")
    yield from _each(data, "services", "*", "questions")


def _all_questions(data: Any) -> Iterator[tuple[ValuePath, dict[str, Any]]]:
    for path, questions in _question_lists(data):
        for index, question in enumerate(questions if isinstance(questions, list) else []):
            if isinstance(question, dict):
                yield (*path, index), question


def _repeated(keys: Iterator[tuple[ValuePath, str]], what: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for path, key in keys:
        if key in seen:
            yield path, f"the {what} “{key}” is there twice"
        seen.add(key)


def _repeated_keys(data: Any) -> Iterator[Fault]:
    yield from _repeated(_words(data, "services", "*", "key"), "service")
    yield from _repeated(_words(data, "groups", "*"), "client group")
    yield from _repeated(_words(data, "area", "municipalities", "*"), "municipality")
    yield from _repeated(_words(data, "checklist", "*", "key"), "checklist item")
    yield from _repeated(_words(data, "yearly_check", "*", "key"), "point of the yearly check")
    yield from _repeated(_words(data, "application", "*", "key"), "section")
    keys = (((*path, "key"), question.get("key")) for path, question in _all_questions(data))
    yield from _repeated(((path, key) for path, key in keys if isinstance(key, str)), "question")
    for path, service in _each(data, "services", "*"):
        bands = _words(service, "bands", "*", "band")
        yield from _repeated((((*path, *below), band) for below, band in bands), "price band")
    for path, question in _all_questions(data):
        options = _words(question, "options", "*", "key")
        yield from _repeated((((*path, *below), key) for below, key in options), "option")


def _reserved_keys(data: Any) -> Iterator[Fault]:
    """A section of the form may not have the key of a page that every application has, or look like a service's."""
    for path, key in _words(data, "application", "*", "key"):
        if key in RESERVED_SECTIONS or key.startswith(SERVICE_SECTION):
            yield path, f"every application has a page “{key}” of its own: give the section another key"


def _figures(data: Any) -> Iterator[Fault]:
    """A text of the rulebook names no figure that pilots do not have."""
    parts = (
        *_each(data, "rulebook", "general", "*", "paragraphs", "*"),
        *_each(data, "services", "*", "rulebook", "*", "paragraphs", "*"),
    )
    for path, paragraph in parts:
        for language in LANGUAGES:
            for name in FIGURE.findall(_word(paragraph, language)):
                if name not in set(Figure):
                    known = ", ".join(Figure)
                    yield (*path, language), f"there is no figure “{name}”; there are {known}"


def _area(data: Any) -> Iterator[Fault]:
    counties = {code for _, code in _words(data, "area", "counties", "*")}
    for name in ("except", "without"):
        for path, code in _words(data, "area", name, "*"):
            place = vocabulary.MUNICIPALITIES.get(code)
            if place is not None and place.county not in counties:
                yield (
                    path,
                    f"{place.name.fi} ({code}) is not in the counties of the area, so it cannot be left out",
                )
    for path, code in _words(data, "area", "municipalities", "*"):
        place = vocabulary.MUNICIPALITIES.get(code)
        if place is not None and place.county in counties:
            yield path, f"{place.name.fi} ({code}) is already in the area through its county"
    for path, area in _each(data, "area"):
        if isinstance(area, dict) and not area.get("counties") and not area.get("municipalities"):
            yield path, "the area is empty: name counties or municipalities"


def _periods(data: Any) -> Iterator[Fault]:
    for name in ("period", "application_period"):
        for path, period in _each(data, name):
            starts, ends = (_word(period, "starts"), _word(period, "ends"))
            if starts and ends and ends < starts:  # ISO days sort as text
                yield (*path, "ends"), "the last day is before the first"


def _word(data: Any, key: str) -> str:
    value = data.get(key) if isinstance(data, dict) else None
    return value if isinstance(value, str) else ""


def _evidence(data: Any) -> Iterator[Fault]:
    yield from _repeated(_words(data, "evidence", "*", "kind"), "kind of evidence")
    for path, service in _each(data, "services", "*"):
        kinds = _words(service, "evidence", "*", "kind")
        yield from _repeated((((*path, *below), kind) for below, kind in kinds), "kind of evidence")


def _price_tables(data: Any) -> Iterator[Fault]:
    timed_in_pilot = {band for _, band in _words(data, "time_bands", "*", "band")}
    for path, service in _each(data, "services", "*"):
        known = vocabulary.SERVICES.get(_word(service, "key"))
        priced: set[str] = set()
        for below, row in _each(service, "bands", "*"):
            unit, band = _word(row, "unit"), vocabulary.BANDS.get(_word(row, "band"))
            if known and unit in vocabulary.UNITS and unit not in known.units:
                units = ", ".join(known.units)
                yield (
                    (*path, *below, "unit"),
                    f"this service is not priced by “{unit}”; its units are {units}",
                )
            elif band and unit and band.timed != (unit == "h"):
                fault = (
                    "needs the unit h" if band.timed else "is not a time of day, so it cannot be priced by h"
                )
                yield (*path, *below, "band"), f"the band “{band.key}” {fault}"
            if band and band.timed:
                priced.add(band.key)
        for band_key in sorted(timed_in_pilot - priced if priced else ()):
            yield (*path, "bands"), f"an hour in the band “{band_key}” has no row; the week must be covered"
        for band_key in sorted(priced - timed_in_pilot):
            yield (*path, "bands"), f"time_bands does not say when the band “{band_key}” is"


def _time_bands(data: Any) -> Iterator[Fault]:
    """Every minute of every kind of day belongs to exactly one band, when the pilot prices hours at all."""
    spans: dict[DayKind, list[tuple[int, int]]] = {day: [] for day in DAYS}
    rows = list(_each(data, "time_bands", "*"))
    for path, row in rows:
        try:
            band = TimeBand.model_validate(row)
        except ValueError:
            return  # the models report the row; a gap found without it would mislead
        if not vocabulary.BANDS[band.band].timed:
            yield (*path, "band"), f"the band “{band.band}” is not a time of day"
        for day in band.days:
            spans[day].extend(band.spans)
    named = {day for day, minutes in spans.items() if minutes}
    for day in kinds_told_apart(named) if rows else ():
        reached = 0
        for start, end in sorted(spans[day]):
            if start > reached:
                yield ("time_bands",), f"{day} {clock(reached)}–{clock(start)} belongs to no band"
            elif start < reached:
                yield ("time_bands",), f"{day} {clock(start)}–{clock(min(reached, end))} belongs to two bands"
            reached = max(reached, end)
        if reached < DAY_MINUTES:
            yield ("time_bands",), f"{day} {clock(reached)}–24:00 belongs to no band"


def _questions(data: Any) -> Iterator[Fault]:
    by_key = {_word(question, "key"): question for _, question in _all_questions(data)}
    for path, question in _all_questions(data):
        kind = _word(question, "type")
        chosen = kind in ("one_of", "many_of")
        if chosen and not question.get("options"):
            yield path, f"a {kind} question needs options"
        if kind and not chosen and question.get("options"):
            yield (*path, "options"), f"a {kind} question has no options"
        for name in ("minimum", "maximum"):
            if name in question and kind != "number":
                yield (*path, name), "only a number question has a minimum or a maximum"
        if "max_length" in question and kind not in ("text", "long_text"):
            yield (*path, "max_length"), "only a text question has a longest length"
        yield from _required_when(path, question, by_key)
    for path, questions in _question_lists(data):
        yield from _parts(path, [each for each in questions if isinstance(each, dict)])


def _parts(path: ValuePath, page: list[dict[str, Any]]) -> Iterator[Fault]:
    """A part is a number of a number that is asked on the same page, where both are seen together."""
    numbers = [_word(question, "key") for question in page if _word(question, "type") == "number"]
    for index, question in enumerate(page):
        whole, at = question.get("part_of"), (*path, index, "part_of")
        if whole is None:
            continue
        if _word(question, "type") != "number":
            yield at, "only a number question is a part of another"
        elif whole == question.get("key"):
            yield at, "a number cannot be a part of itself"
        elif whole not in numbers:
            yield at, f"the page asks for no number “{whole}”"


def _required_when(path: ValuePath, question: dict[str, Any], by_key: dict[str, Any]) -> Iterator[Fault]:
    conditions = question.get("required_when")
    for key, value in conditions.items() if isinstance(conditions, dict) else ():
        at = (*path, "required_when", key)
        other = by_key.get(key)
        if other is None:
            yield at, f"there is no question “{key}”"
        elif other is question:
            yield at, "a question cannot wait for itself"
        else:
            allowed = _answers(other)
            if allowed and value not in allowed:
                yield at, f"“{value}” is not an answer to “{key}”; its answers are {', '.join(allowed)}"


def _answers(question: dict[str, Any]) -> list[str]:
    """The answers a question can have, as a definition writes them; empty when they are free."""
    if _word(question, "type") in ("yes_no", "declaration"):
        return ["yes", "no"]
    return [key for _, key in _words(question, "options", "*", "key")]


def _checklist(data: Any) -> Iterator[Fault]:
    offered = {key for _, key in _words(data, "services", "*", "key")}
    if not all(key in vocabulary.SERVICES for key in offered):
        return  # a misspelt service is reported where it stands; the points of checklists only follow it
    for index, item in (*_each(data, "checklist", "*"), *_each(data, "yearly_check", "*")):
        for below, key in _words(item, "services", "*"):
            if key in vocabulary.SERVICES and key not in offered:
                yield (*index, *below), f"the pilot does not have the service “{key}”"


def _own_people(data: Any) -> Iterator[Fault]:
    """A pilot that lets people near to clients be paid says how they are approved, and by which units of a service."""
    if not isinstance(data, dict):
        return
    paid, rules = data.get("own_people") == "paid", data.get("own_people_rules")
    if paid and rules is None:
        yield ("own_people",), "“paid” needs “own_people_rules”: what is looked at, and the highest prices"
    if rules is not None and not paid:
        yield ("own_people_rules",), "these rules need “own_people: paid”"
    known = {unit for _path, unit in _words(data, "services", "*", "bands", "*", "unit")}
    for path, unit in _words(data, "own_people_rules", "ceilings", "*", "unit"):
        if known and unit not in known:
            yield path, f"no service of the pilot is counted by the unit “{unit}”"
    yield from _repeated(_words(data, "own_people_rules", "checklist", "*", "key"), "point")
    yield from _repeated(_words(data, "own_people_rules", "ceilings", "*", "unit"), "unit")
