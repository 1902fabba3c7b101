"""What would this cost? The question on an offer's page: a stretch of time, or so many days, trips, visits.

The costs themselves are counted by `offers.pricing`; here they are asked for and put in words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from wtforms import Form, StringField, ValidationError

from marketplace.days import AGREED
from marketplace.i18n import HELSINKI, _, _l, date_text, datetime_text
from marketplace.money import Money
from marketplace.offers.pricing.queries import offer_cost
from marketplace.offers.pricing.rules import (
    HOUR,
    MOST,
    YEARS,
    BadQuantity,
    Cost,
    MissingBand,
    MonthlyCost,
    NoPrice,
    PricingError,
    monthly_cost,
)
from marketplace.pilots.vocabulary import BANDS, UNITS
from marketplace.search.documents import Face
from marketplace.search.own_budget import CostPart, parts_of
from marketplace.search.quantities import TYPED, amount_text, problem_text, read_quantity, time_text
from marketplace.web.forms import DateField

_AMOUNT: Final = re.compile(r"amount\[([a-z_]{1,40})\]")
_CLOCK: Final = re.compile(r"([0-9]{1,2})(?:[.:]([0-9]{2}))?")
_MIDNIGHT: Final = 24 * 60


class TimeField(StringField):
    """A time of day, typed `21.30`, `21:30` or `21`; `minutes` since midnight, 24.00 the coming midnight."""

    minutes: int | None = None

    def pre_validate(self, form: object) -> None:
        """Read what was typed."""
        self.minutes = None
        text = (self.data or "").strip()
        if not text:
            return
        match = _CLOCK.fullmatch(text)
        minutes = int(match[1]) * 60 + int(match[2] or 0) if match else -1
        if not match or int(match[2] or 0) > 59 or minutes > _MIDNIGHT:
            raise ValidationError(
                _("“%(text)s” is not a time of day. Write it like this: 21.30", text=text[:TYPED])
            )
        self.minutes = minutes


class StretchForm(Form):
    """From when to when. Without the last day, it ends on the day on which it begins."""

    from_day = DateField(_l("First day"), reach=AGREED)
    from_time = TimeField(_l("Begins at"))
    to_day = DateField(_l("Last day"), reach=AGREED)
    to_time = TimeField(_l("Ends at"))

    def stretch(self) -> tuple[datetime, datetime] | None:
        """The two moments in Finnish time; None when one of them is missing, and the field says so."""
        if not self.validate():
            return None
        for each in (self.from_day, self.from_time, self.to_time):
            if each.data:
                continue
            each.errors = [_("Give the days and times when it begins and ends.")]
        for each in (self.from_day, self.to_day):
            if each.data and each.data.year not in YEARS:
                each.errors = [_("Check the year.")]
        if any(each.errors for each in self):
            return None
        start = _moment(self.from_day.data, self.from_time.minutes)
        end = _moment(self.to_day.data or self.from_day.data, self.to_time.minutes)
        for each, moment in ((self.from_time, start), (self.to_time, end)):
            if not _exists(moment):
                each.errors = [
                    _(
                        "This hour does not exist on %(day)s: clocks go forward from 3 to 4.",
                        day=date_text(moment.date()),
                    )
                ]
        if start == end:
            self.to_time.errors = [_("It ends when it begins. Check the days and the times.")]
        return None if any(each.errors for each in self) else (start, end)


@dataclass(frozen=True, slots=True)
class AmountField:
    """How much of a band that is not priced by the hour; `error` says what is wrong with it."""

    band: str
    label: str
    suffix: str
    value: str
    error: str


@dataclass(frozen=True, slots=True)
class CostLine:
    """A line of the answer in words."""

    band: str
    amount: str
    unit: str
    unit_price: Money
    cost: Money


@dataclass
class CostQuestion:
    """The form and its answer. `asked` says that something was asked, `problem` why it has no answer.

    `example_days` are the first and the last day that the form shows how to write.
    """

    stretch: StretchForm | None
    example_days: tuple[date, date]
    amounts: list[AmountField] = field(default_factory=list)
    asked: bool = False
    heading: str = ""
    lines: list[CostLine] = field(default_factory=list)
    total: Money = field(default_factory=lambda: Money(0))
    problem: str = ""
    shortest: str = ""
    """The shortest visit in words when it was charged in place of the time asked about."""
    parts: list[CostPart] = field(default_factory=list)
    """The same parts for a budget."""

    @property
    def answered(self) -> bool:
        """True when everything that was asked could be counted."""
        wrong = any(each.errors for each in self.stretch or ()) or any(each.error for each in self.amounts)
        return bool(self.lines) and not wrong and not self.problem


def read(session: Session, face: Face, query: MultiDict[str, str], language: str) -> CostQuestion:
    """The question in a query string, answered as far as it can be."""
    by_hour = [price for price in face.prices if price.unit == HOUR]
    others = {price.band: price for price in face.prices if price.unit != HOUR}
    tomorrow = face.day + timedelta(days=1)
    question = CostQuestion(StretchForm(query) if by_hour else None, (tomorrow, tomorrow + timedelta(days=1)))
    if question.stretch is not None and any(query.get(each.name, "").strip() for each in question.stretch):
        question.asked = True
        _answer_time(session, face, question, question.stretch, language)
    typed = {match[1]: text for name, text in query.items() if (match := _AMOUNT.fullmatch(name))}
    wanted = _amounts(others, typed, question, language)
    if wanted:
        _add(question, monthly_cost(others, wanted), language)
    return question


def _moment(day: Any, minutes: int | None) -> datetime:
    """A day and minutes of the wall clock as a moment in Finland."""
    days, rest = divmod(minutes or 0, _MIDNIGHT)
    return datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), HELSINKI)


def _exists(moment: datetime) -> bool:
    """Whether clocks show this time: the hour after 3 in the night in which summer time begins is left out."""
    return moment.astimezone(UTC).astimezone(HELSINKI).replace(fold=0) == moment.replace(fold=0)


def _answer_time(
    session: Session, face: Face, question: CostQuestion, form: StretchForm, language: str
) -> None:
    stretch = form.stretch()
    if stretch is None:
        return
    start, end = stretch
    municipality = next(iter(face.values["municipality"]), None)
    try:
        answer = offer_cost(session, face.row.offer.id, start, end, municipality=municipality)
    except NoPrice as error:
        question.problem = _no_price_text(error, language)
    except PricingError as error:
        form.to_time.errors = [_interval_text(error)]
    else:
        question.heading = _(
            "From %(start)s to %(end)s",
            start=datetime_text(start, language),
            end=datetime_text(end, language),
        )
        _add(question, answer, language)


def _interval_text(error: PricingError) -> str:
    messages = {
        "end_before_start": _("It ends before it begins. Check the days and the times."),
        "too_long": _("This is longer than a year. Ask about a shorter time."),
    }
    return messages.get(error.code, _("Check the days and the times."))


def _no_price_text(error: NoPrice, language: str) -> str:
    moment = datetime_text(error.moment, language)
    if isinstance(error, MissingBand):
        band = BANDS[error.band].name[language]
        return _(
            "The provider has no price for %(moment)s (%(band)s). Choose another time or ask the provider.",
            moment=moment,
            band=band.lower(),
        )
    if error.code == "no_version":
        return _("The prices on %(day)s are not known.", day=date_text(error.moment.date()))
    return _(
        "The organisation has not said which price holds on %(moment)s. Ask the provider.", moment=moment
    )


def _amounts(
    prices: dict[str, Any], typed: dict[str, str], question: CostQuestion, language: str
) -> dict[str, Decimal]:
    """The quantities asked for by band; the fields go into the question."""
    wanted: dict[str, Decimal] = {}
    for band in (key for key in BANDS if key in prices):
        unit = prices[band].unit
        text, error = typed.get(band, "").strip(), ""
        try:
            quantity = read_quantity(text, unit)
            if quantity is not None:
                wanted[band] = quantity
        except BadQuantity as problem:
            error = problem_text(problem, text, unit, most=MOST)
        question.asked = question.asked or bool(text)
        question.amounts.append(
            AmountField(band, BANDS[band].name[language], UNITS[unit].short[language], text, error)
        )
    return wanted


def _add(question: CostQuestion, answer: Cost | MonthlyCost, language: str) -> None:
    """Put the lines of an answer in words; times and quantities may stand together."""
    question.lines += [
        CostLine(BANDS[line.band].name[language], time_text(line.minutes), HOUR, line.unit_price, line.amount)
        for line in (answer.lines if isinstance(answer, Cost) else ())
    ]
    question.lines += [
        CostLine(
            BANDS[line.band].name[language],
            amount_text(line.quantity, line.unit),
            line.unit,
            line.unit_price,
            line.amount,
        )
        for line in (answer.lines if isinstance(answer, MonthlyCost) else ())
    ]
    question.parts += parts_of(answer)
    question.total += answer.total
    if answer.shortest:
        question.shortest = time_text(answer.shortest)
