"""The base form and the fields of this domain: money, bilingual text, dates as they are written in Finland."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, Self, TypeVar

from flask import g, request
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from flask_wtf.i18n import translations
from markupsafe import Markup, escape
from werkzeug.datastructures import MultiDict
from wtforms import Field, Form, FormField, HiddenField, SelectMultipleField
from wtforms import RadioField as _RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, StopValidation, ValidationError
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from marketplace.errors import DomainError, Fault, NotFound
from marketplace.i18n import LANGUAGES, LocalizedText, _, _l
from marketplace.web.fields import (
    AtMost,
    Between,
    DateField,
    EmailField,
    MoneyField,
    PhoneField,
    PostalCodeField,
    Prose,
    StrippedString,
    WebAddressField,
    WholeNumberField,
    day_message,
    email_message,
    money_message,
    phone_message,
    slashes_note,
    too_long_message,
)
from marketplace.web.refusals import told
from marketplace.web.sent_forms import FIELD, new_token

E = TypeVar("E", bound=StrEnum)


UNCHOSEN: Final = _l("Choose one of the options.")
OWN_WORDS: Final = {
    "Not a valid choice.": UNCHOSEN,
    "Invalid Choice: could not coerce.": UNCHOSEN,
    "Invalid choice(s): one or more data inputs could not be coerced.": UNCHOSEN,
    "'%(value)s' is not a valid choice for this field.": UNCHOSEN,
}
"""What the library says of a choice, and what a reader is told instead: the library's texts say nothing to do."""


class OwnWords:
    """The translations that fields ask for what the library says by itself."""

    def gettext(self, text: str) -> str:
        """One sentence in the reader's language."""
        own = OWN_WORDS.get(text)
        return translations.gettext(text) if own is None else str(own)

    def ngettext(self, one: str, many: str, number: int) -> str:
        """The sentence for a number."""
        own = OWN_WORDS.get(one)
        return translations.ngettext(one, many, number) if own is None else str(own)


class BaseForm(FlaskForm):
    """Every form. Its name travels with it, so that entries kept over an expired session find their way back."""

    class Meta:
        csrf = True
        locales = LANGUAGES

        def get_translations(self, form: object) -> object:
            return OwnWords()

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
    def notes(self) -> list[str]:
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

    def refuses(self, name: str) -> bool:
        """Whether something is wrong at the field called `name` already."""
        field = self._field_named(name)
        return field is not None and bool(field.errors)

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
                part.errors = [too_long_message(len(words), self.max_length)]
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
    "AtMost",
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
    "day_message",
    "email_message",
    "money_message",
    "options",
    "phone_message",
    "required",
    "slashes_note",
]


def chosen(kind: type[E], said: str | None) -> E:
    """The member that a form's button or an address names; raises NotFound for any other word."""
    for member in kind:
        if member == said:
            return member
    raise NotFound()
