"""Forms of the right to act."""

from __future__ import annotations

from wtforms import SelectField
from wtforms.validators import Length

from marketplace.i18n import LANGUAGE_LABELS, _l
from marketplace.web.forms import BaseForm, EmailField, Prose, StrippedString, options, required

_HOW = _l("How did you make sure?")


class AuthorityCodeForm(BaseForm):
    """The code of the letter."""

    code = StrippedString(_l("Code of the letter"), [required(_l("Write the code.")), Length(max=40)])


class ApproveForm(BaseForm):
    """The office's word."""

    reason = Prose(
        _HOW, [required(_l("Write how you made sure. It stays in the audit trail.")), Length(max=500)]
    )


class RevokeForm(BaseForm):
    """Why the office takes the mark back."""

    reason = Prose(
        _l("Why is the confirmation taken back?"),
        [
            required(_l("Write the reason. The company reads it, and it stays in the audit trail.")),
            Length(max=500),
        ],
    )


class AuthorityLetterForm(BaseForm):
    """Where the letter goes: the address of the public register, not what the person has typed."""

    street = StrippedString(
        _l("Street address"), [required(_l("Write the street address.")), Length(max=200)]
    )
    postal_code = StrippedString(_l("Postal code"), [required(_l("Write the postal code.")), Length(max=10)])
    city = StrippedString(_l("Town or city"), [required(_l("Write the town or city.")), Length(max=100)])
    letter_language = SelectField(_l("Language of the letter"), choices=options(LANGUAGE_LABELS.items()))


class HandOverForm(BaseForm):
    """The form that names the rightful admin to whom a company goes."""

    email = EmailField(
        _l("E-mail address of its rightful admin"), [required(_l("Write the e-mail address."))]
    )
    language = SelectField(_l("Language of the invitation"), choices=options(LANGUAGE_LABELS.items()))
    why = Prose(
        _HOW, [required(_l("Write how you made sure. It stays in the audit trail.")), Length(max=500)]
    )
