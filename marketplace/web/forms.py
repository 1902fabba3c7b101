"""The base form and the fields of this domain: money, bilingual text, dates as they are written in Finland."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, Self, TypeVar

from flask import current_app, g, request
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from markupsafe import Markup, escape
from werkzeug.datastructures import MultiDict
from wtforms import Field, Form, FormField, HiddenField, SelectMultipleField, StringField, TextAreaField
from wtforms import RadioField as _RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, StopValidation, ValidationError
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget, TextInput

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
from marketplace.days import NoDay, Reach, may_be_month_first, read_day
from marketplace.errors import DomainError, Fault, NotFound
from marketplace.i18n import LANGUAGES, LocalizedText, _, _l, current_language, date_text, helsinki_date
from marketplace.money import Money, MoneyError
from marketplace.numerals import NoNumber, read_whole_number
from marketplace.text import one_line, prose
from marketplace.web.refusals import told
from marketplace.web.sent_forms import FIELD, new_token

E = TypeVar("E", bound=StrEnum)


class BaseForm(FlaskForm):
    """Every form. Its name travels with it, so that entries kept over an expired session find their way back."""

    class Meta:
        csrf = True
        locales = LANGUAGES

        def get_translations(self, form: object) -> object:
            from flask_wtf.i18n import translations

            return translations

    _unbound_fields: Any

    form_name = HiddenField()

    def __init__(self, *args: Any, extra: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        """`extra` are further fields (name → unbound field) that the data at hand asks for: a price for each band."""
        if extra:
            self._unbound_fields = [*self._unbound_fields, *extra.items()]
        super().__init__(*args, **kwargs)
        self.form_name.data = type(self).__name__
        for hidden in self._fields.values():
            # A page may hold several forms, and an id belongs to one thing.
            if isinstance(hidden.widget, HiddenInput):
                hidden.render_kw = {"id": False, **(hidden.render_kw or {})}

    @classmethod
    def from_request(
        cls, obj: object = None, *, extra: Mapping[str, Any] | None = None, **values: Any
    ) -> Self:
        """The form as the request brings it: posted, kept from before an expired session, or with first values.

        `obj` gives values by attribute, `values` by field name; `extra` are fields beside those of the class.
        """
        if request.method == "GET":
            recall = g.get("kept_entries")
            kept = recall(cls.__name__) if recall else None
            if kept is not None:
                return cls(formdata=kept, obj=obj, extra=extra, **values)
            return cls(formdata=None, obj=obj, extra=extra, **values)
        return cls(obj=obj, extra=extra, **values)

    @property
    def understood(self) -> list[str]:
        """What was read otherwise than it stands, in whole sentences: a postal code completed, a day with slashes."""
        return [str(note) for field in self if (note := getattr(field, "note", ""))]

    def refuse(self, error: DomainError) -> None:
        """Show a service's refusal at the fields it belongs to, or above the form when it names none."""
        self.show_faults(told(error))

    def show_faults(self, faults: Iterable[Fault]) -> None:
        """Show each fault at its field, or above the form when it names none that the form has."""
        for name, message in faults:
            field = self._field_named(name)
            if field is None:
                self.form_errors.append(str(message))
            else:
                field.errors = [*field.errors, str(message)]

    def hidden_tag(self, *fields: object) -> Markup:
        """The hidden fields, with a token by which the form is sent once (`sent_forms`)."""
        token = Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, new_token())
        hidden: Markup = super().hidden_tag(*fields)
        return hidden + token

    def _field_named(self, name: str) -> Any:
        """The field called `name`; a text in two languages is named whole (`title`) or by language (`title-sv`)."""
        whole, _dash, language = name.partition("-")
        field = self._fields.get(name, self._fields.get(whole))
        return getattr(field, language or LANGUAGES[0]) if isinstance(field, BilingualField) else field


class PlainForm(BaseForm):
    """A form with nothing to fill in: one button."""


def options(pairs: Iterable[tuple[str, object]]) -> list[SelectChoice]:
    """Choices of a select, radio or check-box field from (value, label) pairs."""
    return [SelectChoice(value, label) for value, label in pairs]


def choice_rows(
    kind: str,
    field: Field,
    choices: Iterable[tuple[Any, ...]],
    hints: Mapping[str, str] | None = None,
    *,
    by_value: bool = False,
    first: int = 0,
    hint_of: Callable[[str], str] | None = None,
) -> Markup:
    """Boxes or buttons (`kind`: checkbox, radio) from the (value, text, checked, …) rows of a field.

    Their ids end in the value (`by_value`) or in a number from `first` on. `hints`, `hint_of`: value → what is said
    below. The templates draw every choice with this; a page of results has hundreds, and a macro takes ten times as
    long.
    """
    name, prefix = escape(field.name), escape(field.id)
    invalid = ' aria-invalid="true"' if field.errors else ""
    rows = []
    for at, (value, text, checked, *_more) in enumerate(choices, first):
        own = f"{prefix}-{escape(value) if by_value else at}"
        state = (" checked" if checked else "") + invalid
        told = ""
        if hint := hint_of(value) if hint_of else (hints or {}).get(value):
            state += f' aria-describedby="{own}-hint"'
            told = f'<p class="hint" data-field="description" id="{own}-hint">{escape(hint)}</p>'
        rows.append(
            f'<div class="ds-field choice"><input class="ds-input" type="{kind}" name="{name}"'
            f' value="{escape(value)}" id="{own}"{state}><label class="ds-label" data-weight="regular"'
            f' for="{own}">{escape(text)}</label>{told}</div>'
        )
    return Markup("\n".join(rows))  # noqa: S704 - every part is escaped above


class StrippedString(StringField):
    """One line of text in its one form: composed letters, single plain blanks, nothing that nobody sees."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = one_line(valuelist[0])


class Prose(TextAreaField):
    """A text of several lines in its one form."""

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
                _("Give a number between %(low)d and %(high)d.", low=self.low, high=self.high)
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


class DateField(Field):
    """A day, typed `22.11.2026` or picked in the browser's own calendar beside it; `data` is a date or None.

    `reach` says how far from today it may lie (`days`). The calendar is an input of its own (`picker`), empty until
    somebody picks: what was picked then stands for what the page had written. `note` says how slashes were read.
    """

    widget = TextInput()
    picked = ""
    note = ""

    def __init__(self, *args: Any, reach: Reach, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reach = reach

    @property
    def picker(self) -> str:
        """The name of the calendar's input."""
        return f"{self.name}-picked"

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
                self.note = _(
                    "%(written)s was read as %(day)s: the day first, then the month.",
                    written=text,
                    day=date_text(self.data),
                )

    def _read(self, text: str) -> date:
        try:
            return read_day(text, self.reach, today=helsinki_date(current_app.extensions["clock"]()))
        except NoDay as error:
            raise ValueError(day_message(error.code, text)) from error


def day_message(code: str, text: str) -> str:
    """What a person reads when `text` is no day; `code` is NoDay's."""
    if code == "year":
        return _("Check the year.")
    return _("“%(text)s” is not a date. Write it like this: 22.11.2026", text=text[:40])


class RadioField(_RadioField):
    """One of several choices; none chosen is left to `required` and its own words."""

    def pre_validate(self, form: Any) -> None:
        if self.raw_data:
            super().pre_validate(form)


class ChoicesField(SelectMultipleField):
    """Any number of choices as check boxes; a value that is not among them is refused."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"invalid_choice_message": _l("Choose from the list."), **kwargs})


class MunicipalitiesField(ChoicesField):
    """Municipalities as check boxes, drawn in groups by wellbeing services county."""


class _Bilingual(Form):
    fi = StrippedString(_l("In Finnish"))
    sv = StrippedString(_l("In Swedish"))


class _BilingualLong(Form):
    fi = Prose(_l("In Finnish"))
    sv = Prose(_l("In Swedish"))


class BilingualField(FormField):
    """A text in Finnish and in Swedish, two inputs side by side; `text` is the LocalizedText.

    `long` makes the inputs text areas; `languages_required` names the languages that may not be empty.
    """

    def __init__(
        self,
        label: object = None,
        *,
        long: bool = False,
        languages_required: Sequence[str] = (),
        max_length: int = 5000,
        **kwargs: Any,
    ) -> None:
        super().__init__(_BilingualLong if long else _Bilingual, label=label, separator="-", **kwargs)
        self.long = long
        self.languages_required = tuple(languages_required)
        self.max_length = max_length

    @property
    def text(self) -> LocalizedText:
        """What was written, without surrounding blanks."""
        return LocalizedText(fi=(self.fi.data or "").strip(), sv=(self.sv.data or "").strip())

    def validate(self, form: Any, extra_validators: Sequence[Any] = ()) -> bool:
        messages = {
            "fi": _("Write “%(label)s” in Finnish.", label=str(self.label.text)),
            "sv": _("Write “%(label)s” in Swedish.", label=str(self.label.text)),
        }
        valid = True
        for language in LANGUAGES:
            part = getattr(self, language)
            part.errors = []
            words = (part.data or "").strip()
            if language in self.languages_required and not words:
                part.errors = [messages[language]]
                valid = False
            elif len(words) > self.max_length:
                part.errors = [_("The text is too long: at most %(max)d characters.", max=self.max_length)]
                valid = False
        return valid


def required(message: object = None) -> Required:
    """A validator: something must be given; `message` is a whole sentence."""
    return Required(message)


class Required:
    """Refuses an empty value with a sentence that says what to do."""

    field_flags: Mapping[str, Any] = {"required": True}

    def __init__(self, message: object = None) -> None:
        self.message = message

    def __call__(self, form: object, field: Field) -> None:
        empty = (
            field.data is None or field.data == [] or (isinstance(field.data, str) and not field.data.strip())
        )
        if isinstance(field, FileField):
            empty = not field.data
        if empty and not field.errors:
            raise StopValidation(str(self.message or _("Fill in this field.")))
        if empty:
            raise StopValidation()


__all__ = [
    "BaseForm",
    "Between",
    "BilingualField",
    "ChoicesField",
    "DateField",
    "EmailField",
    "MoneyField",
    "MultiDict",
    "MunicipalitiesField",
    "Optional",
    "PhoneField",
    "PostalCodeField",
    "Prose",
    "RadioField",
    "StrippedString",
    "ValidationError",
    "WebAddressField",
    "WholeNumberField",
    "email_message",
    "money_message",
    "options",
    "phone_message",
    "required",
]


def chosen(kind: type[E], said: str | None) -> E:
    """The member that a form's button or an address names; raises NotFound for any other word."""
    for member in kind:
        if member == said:
            return member
    raise NotFound()
