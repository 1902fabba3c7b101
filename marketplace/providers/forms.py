"""The forms of a company, and what two people's versions of a form differ in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms import HiddenField, PasswordField, SelectField
from wtforms.fields.choices import SelectFieldBase
from wtforms.validators import Length, Optional

from marketplace.accounts.forms import valid_email
from marketplace.errors import Invalid
from marketplace.forms import (
    BaseForm,
    BilingualField,
    ChoicesField,
    StrippedString,
    ValidationError,
    required,
)
from marketplace.i18n import LocalizedText, _, _l, current_language
from marketplace.pilots.vocabulary import LANGUAGES
from marketplace.providers import words
from marketplace.providers.identifiers import normal_business_id, normal_iban


def _valid_business_id(_form: object, field: StrippedString) -> None:
    try:
        normal_business_id(field.data or "")
    except Invalid as error:
        raise ValidationError(str(error)) from error


def _valid_iban(_form: object, field: StrippedString) -> None:
    try:
        normal_iban(field.data or "")
    except Invalid as error:
        raise ValidationError(str(error)) from error


def _valid_postal_code(_form: object, field: StrippedString) -> None:
    text = field.data or ""
    if text and not (len(text) == 5 and text.isascii() and text.isdigit()):
        raise ValidationError(_("A postal code has five digits, for example 04400."))


def _valid_website(_form: object, field: StrippedString) -> None:
    text = field.data or ""
    if text and not text.lower().startswith(("https://", "http://")):
        raise ValidationError(_("Write the address in full, for example https://www.company.fi."))


class _AccountPart(BaseForm):
    name = StrippedString(_l("Your name"), [required(_l("Write your name.")), Length(max=120)])
    email = StrippedString(
        _l("Your e-mail address"), [required(_l("Write your e-mail address.")), valid_email]
    )
    password = PasswordField(_l("Password"), [required(_l("Choose a password.")), Length(max=200)])


class CompanyPart(BaseForm):
    """What a company says of itself at first."""

    business_id = StrippedString(
        _l("Business ID"), [required(_l("Write the business ID.")), _valid_business_id]
    )
    official_name = StrippedString(
        _l("Official name of the company"), [required(_l("Write the official name.")), Length(max=200)]
    )
    legal_form = SelectField(_l("Legal form"), [required(_l("Choose the legal form."))])
    phone = StrippedString(_l("Telephone"), [required(_l("Write a telephone number.")), Length(max=40)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.legal_form.choices = {"": _("Choose"), **said(words.LEGAL_FORMS)}


class RegistrationForm(_AccountPart, CompanyPart):
    """A newcomer's account and company on one page."""


class CompanyForm(BaseForm):
    """The facts of a company that it keeps up to date itself."""

    revision = HiddenField()
    official_name = StrippedString(
        _l("Official name of the company"), [required(_l("Write the official name.")), Length(max=200)]
    )
    trade_name = StrippedString(_l("Name that clients know"), [Optional(), Length(max=200)])
    legal_form = SelectField(_l("Legal form"))
    street = StrippedString(_l("Street address"), [Length(max=200)])
    postal_code = StrippedString(_l("Postal code"), [_valid_postal_code])
    city = StrippedString(_l("Town"), [Length(max=100)])
    phone = StrippedString(_l("Telephone"), [required(_l("Write a telephone number.")), Length(max=40)])
    email = StrippedString(_l("E-mail address"), [required(_l("Write the e-mail address.")), valid_email])
    website = StrippedString(_l("Website"), [Optional(), Length(max=300), _valid_website])
    languages = ChoicesField(_l("Languages in which you serve"))
    description = BilingualField(_l("About the company"), long=True, max_length=2000)
    iban = StrippedString(_l("Account number (IBAN)"), [_valid_iban])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.legal_form.choices = said(words.LEGAL_FORMS)
        self.languages.choices = language_choices()

    @property
    def facts(self) -> dict[str, Any]:
        """What was written, by the names of `service.CompanyFacts`."""
        values = {name: value for name, value in self.data.items() if name not in _NOT_FACTS}
        return values | {"description": self.description.text}


_NOT_FACTS = ("csrf_token", "form_name", "revision")


def said(names: Mapping[str, Any]) -> dict[str, str]:
    """Choices from names that wait for the reader's language."""
    return {key: str(name) for key, name in names.items()}


def language_choices() -> dict[str, str]:
    """The languages of services in the reader's language."""
    return {key: entry.name[current_language()] for key, entry in LANGUAGES.items()}


def differences(written: BaseForm, saved: BaseForm) -> list[tuple[str, str]]:
    """Label and saved value of every field where what was written differs from what is saved."""
    return [
        (str(mine.label.text), _shown(theirs) or "–")
        for mine, theirs in zip(written, saved, strict=True)
        if not isinstance(mine, HiddenField) and _shown(mine) != _shown(theirs)
    ]


def _shown(field: Any) -> str:
    """The value of a field in words."""
    if isinstance(field, BilingualField):
        text: LocalizedText = field.text
        return " / ".join(part for part in (text.fi, text.sv) if part)
    if isinstance(field, SelectFieldBase):
        choices = field.iter_choices()
        return ", ".join(str(choice[1]) for choice in choices if choice[2])
    value = getattr(field, "_value", None)
    return str(value()) if value is not None else ""
