"""Fields for days, numbers, amounts and addresses: read as they are meant, shown again as they were typed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from flask import current_app
from wtforms import Field, StringField, TextAreaField
from wtforms.validators import Length, ValidationError
from wtforms.widgets import TextArea, TextInput

from marketplace.contact import (
    NoPostalCode,
    NoWebAddress,
    UndialableNumber,
    UnreachableAddress,
    email_address,
    phone_number,
    postal_code,
    shown_email,
    shown_phone,
    web_address,
)
from marketplace.days import BEGAN, NoDay, Reach, may_be_month_first, read_day
from marketplace.i18n import _, count_text, current_language, date_text, helsinki_date
from marketplace.money import Money, MoneyError
from marketplace.numerals import NoNumber, read_whole_number
from marketplace.text import one_line, prose


class AtMost:
    """Refuses a text that is too long, and says by how much; the counter of the page sees the limit (`maxlength`)."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.field_flags = {"maxlength": most}

    def __call__(self, form: object, field: Field) -> None:
        written = len(field.data or "")
        if written > self.most:
            raise ValidationError(too_long_message(written, self.most))


def too_long_message(written: int, most: int) -> str:
    """What a person reads when a text has more characters than it may have."""
    return _(
        "The text is too long: at most %(limit)s characters, and now there are %(written)s.",
        limit=count_text(most),
        written=count_text(written),
    )


LINE: Final = 300
"""Characters of one line of text, where its field says nothing else."""

TEXT: Final = 5000
"""Characters of a text of several lines, where its field says nothing else."""


def _bounded(validators: Sequence[Any] | None, most: int) -> list[Any]:
    """The validators of a field of text, with a bound of its length: its own, or at most `most`."""
    given = list(validators or ())
    has_own = any(isinstance(each, AtMost | Length) for each in given)
    return given if has_own else [*given, AtMost(most)]


def _uncut(attributes: Sequence[str]) -> list[str]:
    """Attributes without `maxlength`, with which a browser cuts what somebody pastes without a word."""
    return [each for each in attributes if each != "maxlength"]


class _Line(TextInput):
    validation_attrs: Final = _uncut(TextInput.validation_attrs)


class _Area(TextArea):
    validation_attrs: Final = _uncut(TextArea.validation_attrs)


class StrippedString(StringField):
    """One line of text in its one form: composed letters, single plain blanks, nothing that nobody sees.

    Every one has a bound, LINE where no validator says another.
    """

    widget = _Line()

    def __init__(self, label: object = None, validators: Sequence[Any] | None = None, **kwargs: Any) -> None:
        super().__init__(label, _bounded(validators, LINE), **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = one_line(valuelist[0])


class Prose(TextAreaField):
    """A text of several lines in its one form, with a bound as StrippedString has: TEXT where none is said."""

    widget = _Area()

    def __init__(self, label: object = None, validators: Sequence[Any] | None = None, **kwargs: Any) -> None:
        super().__init__(label, _bounded(validators, TEXT), **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = prose(valuelist[0])


class EmailField(StrippedString):
    """An e-mail address; `data` is its normal form. Whether it receives mail is not asked of the network."""

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else shown_email(self.data or "")

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        if not self.data:
            return
        try:
            self.data = email_address(self.data)
        except UnreachableAddress as error:
            raise ValueError(email_message(error.code)) from error


def email_message(code: str) -> str:
    """What a person reads about an address that no mail server takes; `code` is UnreachableAddress's."""
    messages = {
        "form": _("Write the e-mail address in full, for example name@company.fi."),
        "letters": _(
            "Mail servers take only the letters a–z before the @, without å, ä and ö. Check the address."
        ),
    }
    return messages[code]


class PhoneField(StrippedString):
    """A telephone number; `data` is its normal form (E.164)."""

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else shown_phone(self.data or "", current_language())

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        if not self.data:
            return
        try:
            self.data = phone_number(self.data)
        except UndialableNumber as error:
            raise ValueError(phone_message(error.code)) from error


def phone_message(code: str) -> str:
    """What a person reads about a telephone number that cannot be dialled; `code` is UndialableNumber's."""
    messages = {
        "form": _("Write the telephone number alone, for example 040 123 4567 or +358 40 123 4567."),
        "several": _("Write one telephone number here."),
        "no_zero": _(
            "The telephone number begins with 0 or with +. Look whether its first digit is missing."
        ),
    }
    return messages[code]


class WebAddressField(StrippedString):
    """An address of the web; `data` is the address in full, also of a bare `www.company.fi`."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        if not self.data:
            return
        try:
            self.data = web_address(self.data)
        except NoWebAddress as error:
            raise ValueError(_("Write the address in full, for example https://www.company.fi.")) from error


class PostalCodeField(StrippedString):
    """A postal code; `data` has its five digits, also where the first zeros were left out, and `note` says so."""

    note = ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        if not self.data:
            return
        written = self.data
        try:
            self.data = postal_code(written)
        except NoPostalCode as error:
            raise ValueError(_("A postal code has five digits, for example 04400.")) from error
        if self.data != written.replace(" ", ""):
            self.note = _(
                "The postal code %(written)s was completed to %(code)s.", written=written, code=self.data
            )


class WholeNumberField(Field):
    """A whole number; `data` is an int or None. What was typed is shown again as it was typed."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = one_line(valuelist[0]) if valuelist else ""
        self.data = None
        if not text:
            return
        try:
            self.data = read_whole_number(text)
        except NoNumber as error:
            raise ValueError(whole_number_message(error.code, text)) from error


def whole_number_message(code: str, text: str) -> str:
    """What a person reads when `text` is no whole number; `code` is NoNumber's."""
    shown = text[:40]
    messages = {
        "form": _("“%(text)s” is not a whole number. Write digits alone, for example 12.", text=shown),
        "parts": _("“%(text)s” has decimals. Give a whole number, for example 12.", text=shown),
        "thousands": _("“%(text)s” may be thousands or decimals. Write it like this: 1 000.", text=shown),
    }
    return messages[code]


class Between:
    """Refuses a number outside the limits, which the message names."""

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def __call__(self, form: object, field: Field) -> None:
        if field.data is not None and not self.low <= field.data <= self.high:
            raise ValidationError(
                _(
                    "Give a number between %(low)s and %(high)s.",
                    low=count_text(self.low),
                    high=count_text(self.high),
                )
            )


class MoneyField(Field):
    """An amount in euros; `data` is Money or None. What was typed is shown again as it was typed.

    `per`: words of the unit that the amount is by, which may stand after it: `1,9 €/km`.
    """

    widget = TextInput()

    def __init__(self, *args: Any, per: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.per = per

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return str(self.data).replace(".", ",") if isinstance(self.data, Money) else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not text:
            return
        try:
            self.data = Money.parse(text, per=self.per)
        except MoneyError as error:
            raise ValueError(money_message(error.code, text)) from error


def money_message(code: str, text: str) -> str:
    """What a person reads when `text` is not an amount; `code` is MoneyError's."""
    shown = text[:40]
    messages = {
        "not_a_number": _("“%(text)s” is not an amount. Write it like this: 34,50", text=shown),
        "thousands": _(
            "“%(text)s” may be thousands or decimals. Write it like this: 1 000 or 1,00", text=shown
        ),
        "other_unit": _("“%(text)s” is by another unit. Write the amount in euros alone: 34,50", text=shown),
        "negative": _("The amount cannot be negative: “%(text)s”.", text=shown),
        "sub_cent": _("“%(text)s” has more than two decimals. Give the amount to the cent.", text=shown),
        "too_large": _("“%(text)s” is too large an amount.", text=shown),
    }
    return messages[code]


LONG_AGO: Final = timedelta(days=31)
"""A day on which something is to begin and that lies further back is most often a slip of the hand."""


class DateField(Field):
    """A day, typed `22.11.2026` or picked in the browser's own calendar beside it; `data` is a date or None.

    `reach` says how far from today it may lie (`days`). The calendar is an input of its own (`picker`), empty until
    somebody picks: what was picked then stands for what the page had written. `note` says how slashes were read, and
    with `ahead` that a day on which something is to begin went by long ago.
    """

    widget = TextInput()
    picked = ""
    note = ""

    def __init__(self, *args: Any, reach: Reach, ahead: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reach, self.ahead = reach, ahead

    @property
    def picker(self) -> str:
        """The name of the calendar's input."""
        return f"picked-{self.name}"

    @property
    def example(self) -> str:
        """A day to show how one is written: behind us where something has begun, otherwise ahead."""
        today = _today()
        day = today.replace(month=11, day=22)
        if self.reach is BEGAN:
            return date_text(day if day <= today else day.replace(year=today.year - 1))
        return date_text(day if day > today else day.replace(year=today.year + 1))

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        self.picked = (formdata.get(self.picker) or "").strip() if formdata is not None else ""
        super().process(formdata, *args, **kwargs)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return date_text(self.data) if isinstance(self.data, date) else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        before, self.data = self.object_data, None
        if self.picked:
            day = self._read(self.picked)
            if (
                text
                and text != (date_text(before) if isinstance(before, date) else "")
                and self._read(text) != day
            ):
                raise ValueError(
                    _("The day that you wrote and the day that you picked differ. Leave one of them.")
                )
            self.data, self.picked, self.raw_data = day, "", [date_text(day)]
        elif text:
            self.data = self._read(text)
            if may_be_month_first(text):
                self.note = slashes_note(text, self.data)
        if self.ahead and self.data is not None and self.data < _today() - LONG_AGO:
            self.note = _(
                "The day %(day)s went by long ago. Correct it if you mean another day.",
                day=date_text(self.data),
            )

    def _read(self, text: str) -> date:
        try:
            return read_day(text, self.reach, today=_today())
        except NoDay as error:
            raise ValueError(day_message(error.code, text)) from error


def _today() -> date:
    return helsinki_date(current_app.extensions["clock"]())


def slashes_note(written: str, day: date) -> str:
    """How a day was read that another country would read with the month first."""
    return _(
        "%(written)s was read as %(day)s: the day first, then the month.", written=written, day=date_text(day)
    )


def day_message(code: str, text: str) -> str:
    """What a person reads when `text` is no day; `code` is NoDay's."""
    if code == "year":
        return _("Check the year.")
    return _("“%(text)s” is not a date. Write it like this: 22.11.2026", text=text[:40])
