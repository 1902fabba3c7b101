"""Forms of inviting: one addressee, a file of them, the letter's text, and narrowing the list."""

from __future__ import annotations

from flask_wtf.file import FileField
from wtforms import HiddenField, RadioField, SelectField
from wtforms.validators import Length

from marketplace.days import DUE
from marketplace.i18n import LANGUAGE_NAMES, _l
from marketplace.recruiting.invitations.addresses import MAX_NAME, Addressee, addressee
from marketplace.recruiting.invitations.rules import MAX_BODY, MAX_SUBJECT
from marketplace.web.forms import (
    BaseForm,
    BilingualField,
    DateField,
    Optional,
    StrippedString,
    options,
    required,
)


class AddresseeForm(BaseForm):
    """Somebody to invite. `addressees.addressee` says what is wrong with a row, typed or read from a file."""

    name = StrippedString(_l("Name of the provider"), [required(_l("Write the name.")), Length(max=MAX_NAME)])
    email = StrippedString(_l("E-mail address"), [required(_l("Write the e-mail address."))])
    language = RadioField(_l("Language of the letter"), choices=options(LANGUAGE_NAMES.items()), default="fi")
    business_id = StrippedString(_l("Business ID"), [Optional()])

    @property
    def addressee(self) -> Addressee:
        """Who was written down. Raises Invalid with the field."""
        return addressee(
            self.name.data or "", self.email.data or "", self.language.data, self.business_id.data or ""
        )


class FileForm(BaseForm):
    """A list of providers as a spreadsheet saves it."""

    file = FileField(_l("The list"), [required(_l("Choose the file."))])


class InvitationTextForm(BaseForm):
    """What the letter says; `seen` is the revision that was open."""

    seen = HiddenField()
    subject = BilingualField(_l("Subject"), languages_required=("fi", "sv"), max_length=MAX_SUBJECT)
    body = BilingualField(_l("Letter"), long=True, languages_required=("fi", "sv"), max_length=MAX_BODY)
    deadline = DateField(_l("Apply by"), validators=[Optional()], reach=DUE)


class ShowForm(BaseForm):
    """Whom the list shows, sent in the address."""

    class Meta:
        csrf = False

    show = SelectField(_l("Show"), validators=[Optional()])
