"""The forms of a company: registering, its facts, its VAT, its people, and the office's answer on an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms import HiddenField, PasswordField, SelectField
from wtforms.validators import Length, Optional
from wtforms.widgets import HiddenInput

from marketplace.accounts.forms import plain_name
from marketplace.errors import Invalid
from marketplace.i18n import LANGUAGE_LABELS, _, _l, current_language
from marketplace.pilots.vocabulary import SERVICES, VAT
from marketplace.providers import labels
from marketplace.providers.company.labels import ROLES
from marketplace.providers.company.register import RegisteredAddress, RegisteredCompany
from marketplace.providers.forms import language_choices, said
from marketplace.providers.identifiers import normal_business_id, normal_iban
from marketplace.web.forms import (
    BaseForm,
    BilingualField,
    ChoicesField,
    EmailField,
    PhoneField,
    PostalCodeField,
    Prose,
    RadioField,
    StrippedString,
    ValidationError,
    WebAddressField,
    options,
    required,
)


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


def _plain_or_none(form: object, field: StrippedString) -> None:
    """Leave out a hidden name that nobody could write in the open: whoever sends the form may have put it there."""
    try:
        plain_name(form, field)
    except ValidationError:
        field.data = ""


class _AccountPart(BaseForm):
    name = StrippedString(_l("Your name"), [required(_l("Write your name.")), Length(max=120), plain_name])
    email = EmailField(_l("Your e-mail address"), [required(_l("Write your e-mail address."))])
    password = PasswordField(_l("Password"), [required(_l("Choose a password.")), Length(max=200)])


class CompanyPart(BaseForm):
    """What a company says of itself at first; the hidden fields carry what the register told."""

    business_id = StrippedString(
        _l("Business ID"), [required(_l("Write the business ID.")), _valid_business_id]
    )
    official_name = StrippedString(
        _l("Official name of the company"),
        [required(_l("Write the official name.")), Length(max=200), plain_name],
    )
    legal_form = SelectField(_l("Legal form"), [required(_l("Choose the legal form."))])
    phone = PhoneField(_l("Telephone"), [required(_l("Write a telephone number."))])
    trade_name = StrippedString(validators=[Length(max=200), _plain_or_none], widget=HiddenInput())
    street = StrippedString(validators=[Length(max=200)], widget=HiddenInput())
    postal_code = PostalCodeField(widget=HiddenInput())
    city = StrippedString(validators=[Length(max=100)], widget=HiddenInput())
    postal_street = StrippedString(validators=[Length(max=200)], widget=HiddenInput())
    postal_postal_code = PostalCodeField(widget=HiddenInput())
    postal_city = StrippedString(validators=[Length(max=100)], widget=HiddenInput())
    website = WebAddressField(validators=[Length(max=300)], widget=HiddenInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.legal_form.choices = {"": _("Choose"), **said(labels.LEGAL_FORMS)}

    def take(self, company: RegisteredCompany) -> None:
        """Fill in what the register knows; the business ID as it writes it."""
        self.business_id.data, self.official_name.data = company.business_id, company.official_name
        self.legal_form.data = company.legal_form or self.legal_form.data
        self.trade_name.data, self.website.data = company.trade_name, company.website
        self.street.data, self.city.data = company.address.street, company.address.city
        self.postal_code.data = company.address.postal_code
        postal = company.postal if company.postal != company.address else RegisteredAddress()
        self.postal_street.data, self.postal_city.data = postal.street, postal.city
        self.postal_postal_code.data = postal.postal_code


class CompanyRegistrationForm(_AccountPart, CompanyPart):
    """A newcomer's account and company on one page."""


class CompanyForm(BaseForm):
    """The facts of a company that it keeps up to date itself."""

    revision = HiddenField()
    official_name = StrippedString(
        _l("Official name of the company"),
        [required(_l("Write the official name.")), Length(max=200), plain_name],
    )
    trade_name = StrippedString(_l("Name that clients know"), [Optional(), Length(max=200), plain_name])
    legal_form = SelectField(_l("Legal form"))
    street = StrippedString(_l("Street address"), [Length(max=200)])
    postal_code = PostalCodeField(_l("Postal code"))
    city = StrippedString(_l("Town"), [Length(max=100)])
    postal_street = StrippedString(_l("Postal address"), [Optional(), Length(max=200)])
    postal_postal_code = PostalCodeField(_l("Postal code of the postal address"), [Optional()])
    postal_city = StrippedString(_l("Town of the postal address"), [Optional(), Length(max=100)])
    phone = PhoneField(_l("Telephone"), [required(_l("Write a telephone number."))])
    email = EmailField(_l("E-mail address"), [required(_l("Write the e-mail address."))])
    website = WebAddressField(_l("Website"), [Optional(), Length(max=300)])
    languages = ChoicesField(_l("Languages in which you serve"))
    description = BilingualField(_l("About the company"), long=True, max_length=2000)
    signatory = StrippedString(_l("Who may sign for the company"), [Optional(), Length(max=200), plain_name])
    contact_name = StrippedString(_l("Contact person"), [Optional(), Length(max=120), plain_name])
    contact_phone = PhoneField(_l("Telephone of the contact person"), [Optional()])
    contact_email = EmailField(_l("E-mail address of the contact person"), [Optional()])
    invoicing_name = StrippedString(
        _l("Person for statements and payments"), [Optional(), Length(max=120), plain_name]
    )
    invoicing_phone = PhoneField(_l("Telephone of the person for payments"), [Optional()])
    invoicing_email = EmailField(_l("E-mail address of the person for payments"), [Optional()])
    iban = StrippedString(_l("Account number (IBAN)"), [_valid_iban])
    einvoice_address = StrippedString(_l("E-invoice address"), [Optional(), Length(max=40)])
    einvoice_operator = StrippedString(_l("Operator of the e-invoice address"), [Optional(), Length(max=40)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.legal_form.choices = said(labels.LEGAL_FORMS)
        self.languages.choices = language_choices()

    @property
    def facts(self) -> dict[str, Any]:
        """What was written, by the names of `service.CompanyFacts`."""
        values = {name: value for name, value in self.data.items() if name not in _NOT_FACTS}
        return values | {"description": self.description.text}


_NOT_FACTS = ("csrf_token", "form_name", "revision")


class VatForm(BaseForm):
    """How the company's services are taxed; `vat_form` adds a field for each."""

    revision = HiddenField()

    @property
    def codes(self) -> dict[str, str]:
        """What was chosen: service key → VAT code or an empty text."""
        return {key: self[key].data or "" for key in SERVICES if key in self}


def vat_form(revision: int, present: Mapping[str, str]) -> VatForm:
    """One choice for each service: not given, or how it is taxed."""
    language = current_language()
    fields = {
        key: SelectField(
            service.name[language],
            choices=options(
                [
                    ("", _("We do not give this service")),
                    *((code, VAT[code].name[language]) for code in service.vat),
                ]
            ),
        )
        for key, service in SERVICES.items()
    }
    codes: dict[str, Any] = dict(present)
    return VatForm.from_request(extra=fields, revision=str(revision), **codes)


class InvitationForm(BaseForm):
    """A colleague's address, role and language of mail."""

    email = EmailField(_l("E-mail address of the colleague"), [required(_l("Write the e-mail address."))])
    role = RadioField(_l("Role"), [required(_l("Choose the role."))])
    language = SelectField(_l("Language of the invitation"), choices=options(LANGUAGE_LABELS.items()))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.role.choices = options(ROLES.items())


class FirstAdminForm(BaseForm):
    """Whom the office invites to take care of a company."""

    email = EmailField(_l("E-mail address"), [required(_l("Write the e-mail address."))])
    language = SelectField(_l("Language of the invitation"), choices=options(LANGUAGE_LABELS.items()))


class JoiningForm(BaseForm):
    """The account of an invited person; the address is the invited one."""

    name = StrippedString(_l("Your name"), [required(_l("Write your name.")), Length(max=120), plain_name])
    password = PasswordField(_l("Password"), [required(_l("Choose a password.")), Length(max=200)])


class RefusalForm(BaseForm):
    """Why an account number is not confirmed."""

    reason = Prose(
        _l("Why is the account number not confirmed?"),
        [required(_l("Write why the account number is not confirmed.")), Length(max=500)],
    )
