"""The forms of signing in and of one's own account."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email
from wtforms import PasswordField, SelectField
from wtforms.validators import Length

from marketplace.i18n import LANGUAGE_NAMES, _, _l
from marketplace.web.forms import BaseForm, StrippedString, ValidationError, options, required


def valid_email(_form: object, field: StrippedString) -> None:
    """A validator: the address is well formed (whether it receives mail is not asked of the network)."""
    try:
        validate_email(field.data or "", check_deliverability=False)
    except EmailNotValidError as error:
        raise ValidationError(_("Write the e-mail address in full, for example name@company.fi.")) from error


class SignInForm(BaseForm):
    """E-mail and password."""

    email = StrippedString(_l("E-mail address"), [required(_l("Write your e-mail address."))])
    password = PasswordField(_l("Password"), [required(_l("Write your password."))])


class AccountForm(BaseForm):
    """What a person can change about the account."""

    name = StrippedString(_l("Name"), [required(_l("Write your name.")), Length(max=120)])
    language = SelectField(_l("Language of e-mail and decisions"), choices=options(LANGUAGE_NAMES.items()))
