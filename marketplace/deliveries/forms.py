"""The forms of deliveries: one for a telephone, one for a file, one for what is said about a dispute."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from flask_wtf.file import FileField
from wtforms import Field, HiddenField, SelectField
from wtforms.validators import Length
from wtforms.widgets import TextInput

from marketplace.days import BEGAN
from marketplace.deliveries.labels import KINDS
from marketplace.deliveries.rules import (
    LONGEST_NIGHT,
    MOST_ACTIVITY,
    MOST_REASON,
    MOST_REFERENCE,
    MOST_WORKER,
    DeliveryKind,
    Quantity,
    Said,
    Times,
)
from marketplace.errors import Invalid
from marketplace.i18n import HELSINKI, _, _l
from marketplace.numerals import read_number
from marketplace.web.forms import (
    BaseForm,
    DateField,
    Optional,
    Prose,
    RadioField,
    StrippedString,
    options,
    required,
)

OBJECT: Final = "object"
EACH_TIME: Final = "each_time"
"""How deliveries to a client are confirmed."""

_CLOCK: Final = re.compile(r"([01]?\d|2[0-4])(?:[.:]?([0-5]\d))?")


class NoTime(ValueError):
    """A text is no time of day."""


def read_time(text: str) -> int:
    """Minutes since midnight of `8`, `8.30`, `08:30` or `0830`; 24 is the end of the day. Raises NoTime."""
    found = _CLOCK.fullmatch(text.strip())
    minutes = int(found[1]) * 60 + int(found[2] or 0) if found else 24 * 60 + 1
    if minutes > 24 * 60:
        raise NoTime(text)
    return minutes


def moment_of(day: date, minutes: int) -> datetime:
    """The moment of a day at a time of the clock on the wall in Finland."""
    later, rest = divmod(minutes, 24 * 60)
    return datetime.combine(day + timedelta(days=later), time(rest // 60, rest % 60), HELSINKI)


def times_of(day: date, start: int, end: int) -> Times:
    """The beginning and the end. An end that is not after the beginning is on the next day, where that makes a night of
    it; otherwise it stays where it was written, which is a slip that `rules.CHECKS` tells of.
    """
    begins, ends = moment_of(day, start), moment_of(day, end)
    if end <= start:
        next_day = moment_of(day + timedelta(days=1), end)
        ends = next_day if next_day - begins <= LONGEST_NIGHT else ends
    return Times(begins, ends)


def read_count(text: str) -> Decimal:
    """A number with at most two decimals, above zero. Raises ValueError."""
    count = read_number(text)
    if count <= 0 or count % Decimal("0.01"):
        raise ValueError(text)
    return count


class MinuteOfDayField(Field):
    """A time of day, typed `8.30` or `08:30`; `data` is minutes since midnight or None."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data // 60}.{self.data % 60:02d}" if isinstance(self.data, int) else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if text:
            try:
                self.data = read_time(text)
            except NoTime as error:
                raise ValueError(_("Write the time like this: 8.30.")) from error


class CountField(Field):
    """How many, typed `2` or `12,5`; `data` is a Decimal or None."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return str(self.data).replace(".", ",") if isinstance(self.data, Decimal) else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if text:
            try:
                self.data = read_count(text)
            except ValueError as error:
                raise ValueError(_("Give a quantity above zero with at most two decimals.")) from error


class DeliveryForm(BaseForm):
    """What every delivery has."""

    kind = RadioField(_l("What is recorded"), default=DeliveryKind.GIVEN)
    day = DateField(_l("Day"), validators=[required(_l("Give the day."))], reach=BEGAN)
    activity = StrippedString(
        _l("What was done"),
        validators=[required(_l("Say in a few words what was done.")), Length(max=MOST_ACTIVITY)],
    )
    worker = StrippedString(_l("Worker"), validators=[Optional(), Length(max=MOST_WORKER)])
    reference = StrippedString(_l("Your own number"), validators=[Optional(), Length(max=MOST_REFERENCE)])
    cancelled_day = DateField(_l("Day on which the client cancelled"), validators=[Optional()], reach=BEGAN)
    cancelled_time = MinuteOfDayField(_l("Time at which the client cancelled"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = options((kind.value, words) for kind, words in KINDS.items())

    def said(self, measure: Times | Quantity) -> Said:
        """What the form says."""
        return Said(
            DeliveryKind(self.kind.data),
            measure,
            self.activity.data or "",
            self.worker.data or "",
            self.reference.data or "",
            self._cancelled_at(),
        )

    def _cancelled_at(self) -> datetime | None:
        """When the client cancelled, of a late cancellation that says so."""
        day, minutes = self.cancelled_day.data, self.cancelled_time.data
        late = self.kind.data == DeliveryKind.CANCELLED_LATE
        return moment_of(day, minutes) if late and day is not None and minutes is not None else None


class HoursForm(DeliveryForm):
    """A visit that is counted in hours."""

    start = MinuteOfDayField(_l("Began at"), validators=[required(_l("Give the time when it began."))])
    end = MinuteOfDayField(_l("Ended at"), validators=[required(_l("Give the time when it ended."))])

    @property
    def measure(self) -> Times:
        """The times of a form that is valid."""
        day, start, end = self.day.data, self.start.data, self.end.data
        if day is None or start is None or end is None:
            raise Invalid(_l("Give the day."), field="day")
        return times_of(day, start, end)


class QuantityForm(DeliveryForm):
    """A quantity of something that is not counted in hours."""

    band = RadioField(_l("Price"), validators=[required(_l("Choose the price."))])
    quantity = CountField(_l("How many"), validators=[required(_l("Give how many."))])

    @property
    def measure(self) -> Quantity:
        """The quantity and its day of a form that is valid."""
        day, count = self.day.data, self.quantity.data
        if day is None or count is None:
            raise Invalid(_l("Give the day."), field="day")
        return Quantity(day, self.band.data, count)


class MonthForm(BaseForm):
    """Which month the list shows, sent in the address."""

    class Meta:
        csrf = False

    month = SelectField(_l("Month"))


class DeliveriesShownForm(BaseForm):
    """What the office's list shows, sent in the address."""

    class Meta:
        csrf = False

    show = SelectField(_l("Show"), default="disputed")


class DeliveriesFileForm(BaseForm):
    """A file of deliveries."""

    file = FileField(_l("File"), [required(_l("Choose a file."))])


class ResultForm(BaseForm):
    """The result of a file, on its way back to who sent it."""

    rows = HiddenField()


class AskingForm(BaseForm):
    """Whether the client is asked about each delivery."""

    asking = RadioField(_l("How deliveries are confirmed"), validators=[required(_l("Choose one."))])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asking.choices = options(
            [
                (OBJECT, _("A delivery is paid unless I or a helper objects in time")),
                (
                    EACH_TIME,
                    _("I or a helper is asked about each delivery, and nothing is paid before the answer"),
                ),
            ]
        )


class WordsForm(BaseForm):
    """A message, or the reason of something."""

    text = Prose(_l("Message"), [required(_l("Write the message first.")), Length(max=MOST_REASON)])
