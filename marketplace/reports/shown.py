"""A report as it is drawn, printed and written into files: its quarter, its tables, its pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from marketplace.i18n import LANGUAGES, _, current_language
from marketplace.money import Money
from marketplace.pilots.models import Pilot
from marketplace.reports import dictionary
from marketplace.reports.labels import BY, OF, is_invented, number_text, quarter_text, row_text
from marketplace.reports.queries import Edition
from marketplace.reports.rules import (
    SPECS,
    TABLES,
    Absent,
    CountedIn,
    Dimension,
    Measure,
    Quarter,
    ReportKind,
    Sort,
    Told,
    measures_of,
    told_by,
)
from marketplace.sheets import Value
from marketplace.sorting import sort_key

IN_FILES_ONLY: Final = frozenset(
    {
        Measure.RESERVED_CENTS,
        Measure.RETURNED_CENTS,
        Measure.CARRIED_CENTS,
        Measure.RESERVED_MINUTES,
        Measure.RETURNED_MINUTES,
        Measure.CARRIED_MINUTES,
    }
)
"""What the tables of a page leave out but for why it was not used; it stands among the figures of the quarter."""

BY_QUARTER: Final[Mapping[ReportKind, tuple[Measure, ...]]] = {
    ReportKind.SUPPLY: (
        Measure.OFFERS,
        Measure.APPROVED,
        Measure.WITHOUT_OFFERS,
        Measure.PRICE_OF_CEILING,
        Measure.PRICE_OF_YEAR,
    ),
    ReportKind.EFFECTS: (Measure.BETTER, Measure.SAME, Measure.WORSE, Measure.RESPONSE_RATE),
}
"""What is told by no month: how it has gone from quarter to quarter."""


Row = tuple[str, Mapping[Measure, Told]]
"""A row of a table before it is put in words."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a picture: what it stands for, its number (None: hidden; 0: there is none), and that in words."""

    name: str
    value: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Bars with a title, what they say for who does not see them, and the upper end of their scale: a round number."""

    title: str
    summary: str
    bars: Sequence[Bar]
    top: int
    top_text: str


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A table of a report: heads, and rows of a name and the numbers in words; `picture` shows its first measure.

    `along`: its rows follow each other in time. `wordy`: its last column is words. `nothing`: what is told in its place
    where nothing has happened.
    """

    key: str
    along: bool
    title: str
    first: str
    heads: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]
    picture: Picture
    wordy: bool = False
    nothing: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A report of a pilot in a quarter: its key figures, and its tables."""

    quarter: Quarter
    title: str
    figures: Sequence[tuple[str, str, str]]
    tables: Sequence[ReportTable]
    some_hidden: bool
    note: str


def shown(report: ReportKind, told: Sequence[Edition], chosen: Edition) -> Shown:
    """A report as a page shows it: the months of all quarters, everything else of the chosen one."""
    measures = measures_of(report)
    words, language = dictionary.measures(), current_language()
    figures = [
        (
            words[measure].name[language],
            number_text(measure, chosen.number(measure, (Dimension.ALL, ""))),
            words[measure].text[language],
        )
        for measure in measures
        if SPECS[measure].whole
    ]
    tables = _tables(report, told, chosen)
    texts = [text for _name, text, _about in figures] + [
        text for table in tables for _name, row in table.rows for text in row
    ]
    note = note_of(chosen) if report is ReportKind.EFFECTS else ""
    return Shown(chosen.quarter, quarter_text(chosen.quarter), figures, tables, ".." in texts, note)


def _tables(report: ReportKind, told: Sequence[Edition], chosen: Edition) -> list[ReportTable]:
    """Everything that a report tells: each part by each dimension, so that no table is wider than a page."""
    found = [_by_quarter(BY_QUARTER[report], told)] if report in BY_QUARTER else []
    for dimension in TABLES[report]:
        if dimension is Dimension.PLACE:
            found.append(_gaps(chosen))
        elif dimension is Dimension.BAND:
            found.append(_prices(told, chosen))
        else:
            found += _parts(report, dimension, told, chosen)
    return found


def _parts(
    report: ReportKind, dimension: Dimension, told: Sequence[Edition], chosen: Edition
) -> Iterator[ReportTable]:
    own = [
        measure
        for measure in told_by(report, dimension)
        if measure not in IN_FILES_ONLY or dimension is Dimension.LEFTOVER
    ]
    parts = [
        (number, name, [measure for measure in measures if measure in own])
        for number, (name, measures) in enumerate(dictionary.reports()[report].parts)
    ]
    several = sum(bool(measures) for _number, _name, measures in parts) > 1
    for number, name, measures in parts:
        if any(edition.keys(dimension, measures) for edition in told):
            table = _table_of(dimension, measures, told, chosen)
            title = f"{name[current_language()]} {_small(table.title)}" if several else table.title
            yield replace(table, key=f"{dimension}-{number}", title=title)


def _table_of(
    dimension: Dimension, measures: Sequence[Measure], told: Sequence[Edition], chosen: Edition
) -> ReportTable:
    rows = _rows(dimension, measures, _begun(told, measures) if dimension is Dimension.MONTH else [chosen])
    return _table(str(BY[dimension]), str(OF[dimension]), measures, rows, along=dimension is Dimension.MONTH)


def _by_quarter(measures: Sequence[Measure], told: Sequence[Edition]) -> ReportTable:
    rows = [
        (
            quarter_text(edition.quarter),
            {measure: edition.number(measure, (Dimension.ALL, "")) for measure in measures},
        )
        for edition in _begun(told, measures)
    ]
    return replace(_table(_("By quarter"), _("Quarter"), measures, rows, along=True), key="quarter")


def _table(
    title: str, first: str, measures: Sequence[Measure], rows: Sequence[Row], *, along: bool
) -> ReportTable:
    language, words, leading = current_language(), dictionary.measures(), measures[0]
    bars = [
        Bar(name, _drawn(numbers[leading]), number_text(leading, numbers[leading])) for name, numbers in rows
    ]
    return ReportTable(
        key="",
        along=along,
        title=title,
        first=first,
        heads=[words[measure].name[language] for measure in measures],
        rows=[
            (name, [number_text(measure, numbers[measure]) for measure in measures]) for name, numbers in rows
        ],
        picture=_picture(leading, title, bars),
    )


def _drawn(value: Told) -> int | None:
    return 0 if isinstance(value, Absent) else value


def _picture(leading: Measure, title: str, bars: Sequence[Bar]) -> Picture:
    top = scale_top(leading, max((bar.value or 0 for bar in bars), default=0))
    name = dictionary.measures()[leading].name[current_language()]
    return Picture(f"{name}, {_small(title)}", _summary(bars), bars, top, number_text(leading, top))


def _gaps(chosen: Edition) -> ReportTable:
    """Where clients find nothing to choose: each service with its municipalities. Both may be told: it is public."""
    measure = Measure.WITHOUT_OFFERS
    places: defaultdict[str, list[str]] = defaultdict(list)
    for key in chosen.keys(Dimension.PLACE, [measure]):
        municipality, _colon, service = key.partition(":")
        places[row_text(Dimension.SERVICE, service)].append(row_text(Dimension.MUNICIPALITY, municipality))
    rows = [
        (name, {measure: len(found)})
        for name, found in sorted(places.items(), key=lambda each: sort_key(each[0]))
    ]
    table = _table(_("Where nothing is on offer"), str(OF[Dimension.SERVICE]), [measure], rows, along=False)
    return replace(
        table,
        key=Dimension.PLACE.value,
        heads=[_("Municipalities without offers"), _("Which ones")],
        rows=[
            (name, [*numbers, ", ".join(sorted(places[name], key=sort_key))]) for name, numbers in table.rows
        ],
        wordy=True,
    )


def _prices(told: Sequence[Edition], chosen: Edition) -> ReportTable:
    """The middle price of every row of the price tables, now and a year before."""
    measure = Measure.PRICE
    table = _table_of(Dimension.BAND, [measure], told, chosen)
    year = chosen.quarter.first.year - 1
    earlier = {
        row_text(Dimension.BAND, key): each.number(measure, (Dimension.BAND, key))
        for each in told
        if each.quarter.first == chosen.quarter.first.replace(year=year)
        for key in each.keys(Dimension.BAND, [measure])
    }
    rows = [
        (name, [*numbers, number_text(measure, earlier[name]) if name in earlier else "–"])
        for name, numbers in table.rows
    ]
    return replace(
        table, key=Dimension.BAND.value, heads=[*table.heads, _("The same a year before")], rows=rows
    )


def _rows(dimension: Dimension, measures: Sequence[Measure], told: Sequence[Edition]) -> list[Row]:
    """The rows of a table in their order: months as they come, names by the alphabet, what is not known last."""
    found: list[Row] = []
    for edition in told:
        if dimension is Dimension.MONTH:
            keys = [month.strftime("%Y-%m") for month in edition.quarter.months]
        else:
            keys = sorted(
                edition.keys(dimension, measures),
                key=lambda key: (not key, sort_key(row_text(dimension, key))),
            )
        found += [
            (
                row_text(dimension, key),
                {measure: edition.number(measure, (dimension, key)) for measure in measures},
            )
            for key in keys
        ]
    return found


def _begun(told: Sequence[Edition], measures: Sequence[Measure]) -> Sequence[Edition]:
    """The quarters from the first one on in which there was anything to tell."""
    first = next((at for at, edition in enumerate(told) if any(map(edition.numbers.get, measures))), 0)
    return told[first:]


def _summary(bars: Sequence[Bar]) -> str:
    """The picture in words."""
    return "; ".join(f"{bar.name}: {bar.text if bar.value is not None else _('not told')}" for bar in bars)


def scale_top(measure: Measure, most: int) -> int:
    """The upper end of a scale: a round number as it is told, so of hours where minutes are counted."""
    if SPECS[measure].counted is CountedIn.MINUTES:
        return 60 * round_top(-(-most // 60))
    return round_top(most)


def round_top(most: int) -> int:
    """The least round number (1, 2, 5 or ten times them) that is no smaller, so that a scale tells no number itself."""
    step: int = 10 ** max(len(str(most)) - 1, 0)
    return next(factor * step for factor in (1, 2, 5, 10) if factor * step >= most)


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


# --- for everybody ---------------------------------------------------------------------------------------------------


def part(
    told: Sequence[Edition], report: ReportKind, dimension: Dimension, measures: Sequence[Measure]
) -> ReportTable:
    """One table of a report with some of its numbers, the first of them drawn; of the latest quarter but for months.

    Where most months are hidden it goes by quarter. It has no rows where nothing of it has happened.
    """
    own, language = dictionary.reports()[report], current_language()
    if dimension is Dimension.MONTH and _hidden_share(told, measures[0]) > own.months_hidden_at_most:
        table = _by_quarter(measures, told)
    else:
        table = _table_of(dimension, measures, told, told[-1])
    if not any(edition.numbers.get(measure) for edition in told for measure in measures):
        table = replace(table, title="", rows=[], nothing=own.nothing[language] if own.nothing else "")
    title = ": ".join(filter(None, [own.name[language], _small(table.title)]))
    return replace(table, key=f"{report}-{dimension}", title=title)


def _hidden_share(told: Sequence[Edition], measure: Measure) -> int:
    """How many per cent of the months that have a number do not tell it."""
    months = [
        number
        for edition in told
        for (dimension, _key), number in edition.numbers.get(measure, {}).items()
        if dimension is Dimension.MONTH
    ]
    return 100 * months.count(None) // len(months) if months else 0


def note_of(edition: Edition) -> str:
    """What has to be said of a set of questions that is invented; nothing where the quarter tells of none."""
    measures = (Measure.BETTER, Measure.SAME, Measure.WORSE)
    return (
        _("A set of questions in these numbers is invented for trying out. It is not validated.")
        if any(map(is_invented, edition.keys(Dimension.ITEM, measures)))
        else ""
    )


def plain_sentences(edition: Edition, language: str) -> list[str]:
    """What a quarter showed, a sentence in plain language for each number that is told and is more than one."""
    found = []
    for measure, words in dictionary.measures().items():
        value = edition.number(measure, (Dimension.ALL, ""))
        if words.plain is not None and isinstance(value, int) and value > 1:
            found.append(words.plain[language].replace("%s", number_text(measure, value)))
    return found


# --- as a file -------------------------------------------------------------------------------------------------------


def header() -> list[str]:
    """The heads of the columns of a file."""
    return [
        _("Quarter"),
        _("By what"),
        _("Key"),
        _("Name"),
        _("Figure"),
        _("Its number"),
        _("Hidden"),
        _("Counted in"),
    ]


def lines(report: ReportKind, told: Sequence[Edition]) -> Iterator[list[Value]]:
    """Every number of a report, quarter by quarter: amounts in euros, times in minutes, hidden ones empty."""
    words, language = dictionary.measures(), current_language()
    for each in _numbers(report, told):
        measure, value = each["measure"], each["value"]
        number: Value = value
        if value is not None and SPECS[measure].counted is CountedIn.CENTS:
            number = Money(value)
        yield [
            each["quarter"],
            str(OF[each["by"]]),
            each["key"],
            _name_in_file(each["by"], each["key"]),
            words[measure].name[language],
            number,
            _("yes") if value is None else "",
            _("minutes") if SPECS[measure].counted is CountedIn.MINUTES else unit_text(measure),
        ]


def _name_in_file(dimension: Dimension, key: str) -> str:
    name = row_text(dimension, key)
    if dimension is Dimension.ITEM and is_invented(key):
        return _("%(question)s (invented, not validated)", question=name)
    return name


def as_data(report: ReportKind, pilot: Pilot, told: Sequence[Edition]) -> dict[str, Any]:
    """The same as JSON values, with the description of every number in both languages."""
    return {
        "pilot": pilot.key,
        "report": report.value,
        "dictionary": described(report),
        "numbers": [
            {
                **each,
                "by": each["by"].value,
                "measure": each["measure"].value,
                "hidden": each["value"] is None,
            }
            for each in _numbers(report, told)
        ],
    }


def described(report: ReportKind) -> dict[str, Any]:
    """The data dictionary of a report: what its numbers are called, count and are made of."""
    words = dictionary.measures()
    return {
        measure.value: {
            "name": _pair(words[measure].name),
            "text": _pair(words[measure].text),
            "of": _pair(words[measure].of),
            "unit": SPECS[measure].counted.value,
            "made": SPECS[measure].sort.value,
            "by": [
                *([Dimension.ALL.value] if SPECS[measure].whole else []),
                *(dimension.value for dimension in _dimensions(report, measure)),
            ],
            "public": SPECS[measure].public,
        }
        for measure in measures_of(report)
    }


def _numbers(report: ReportKind, told: Sequence[Edition]) -> Iterator[dict[str, Any]]:
    for edition in told:
        for measure in measures_of(report):
            for (dimension, key), value in sorted(edition.numbers.get(measure, {}).items()):
                if dimension is Dimension.ALL or dimension in _dimensions(report, measure):
                    yield {
                        "quarter": edition.quarter.name,
                        "by": dimension,
                        "key": key,
                        "measure": measure,
                        "value": value,
                    }


def _dimensions(report: ReportKind, measure: Measure) -> tuple[Dimension, ...]:
    return tuple(dimension for dimension in TABLES[report] if dimension in SPECS[measure].by)


def _pair(text: Any) -> dict[str, str]:
    return {language: text[language] for language in LANGUAGES}


def unit_text(measure: Measure) -> str:
    """What a number is counted in, in words."""
    spec = SPECS[measure]
    if spec.sort is Sort.DISTINCT:
        return _("different ones, counted once")
    if measure is Measure.PER_MONTH:
        return _("euros for each client and month, the mean")
    if measure is Measure.RESPONSE_RATE:
        return _("per cent")
    if measure is Measure.PRICE:
        return _("euros, the middle price")
    return {
        CountedIn.CENTS: _("euros"),
        CountedIn.MINUTES: _("hours and minutes"),
        CountedIn.DAYS: _("days, the middle one"),
        CountedIn.PERCENT: _("per cent, the middle one"),
        CountedIn.NUMBER: _("number"),
    }[spec.counted]
