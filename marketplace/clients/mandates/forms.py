"""The forms of mandates."""

from __future__ import annotations

from wtforms import PasswordField
from wtforms.validators import Length, ValidationError

from marketplace.accounts.forms import plain_name
from marketplace.accounts.passwords.rules import MAX_LENGTH
from marketplace.clients.forms import no_identity_code
from marketplace.clients.labels import IDENTITY_CODE
from marketplace.clients.mandates.labels import SCOPES
from marketplace.clients.mandates.rules import Scope
from marketplace.clients.mandates.service import Terms
from marketplace.clients.rules import holds_identity_code
from marketplace.days import HOLDS_UNTIL
from marketplace.files.uploads import UploadField
from marketplace.i18n import _l
from marketplace.web.forms import (
    BaseForm,
    DateField,
    EmailField,
    Optional,
    RadioField,
    StrippedString,
    options,
    required,
)


class MandateForm(BaseForm):
    """Whom the client lets see or act."""

    name = StrippedString(
        _l("Name of the helper"),
        validators=[required(_l("Write the name.")), Length(max=200), no_identity_code, plain_name],
    )
    email = EmailField(_l("E-mail of the helper"), validators=[required(_l("Write the e-mail address."))])
    scope = RadioField(
        _l("What may the helper do?"),
        validators=[required(_l("Choose what the helper may do."))],
        choices=options((scope.value, text) for scope, (text, _hint) in SCOPES.items()),
    )
    ends_on = DateField(_l("Last day"), validators=[Optional()], reach=HOLDS_UNTIL)

    def terms(self) -> Terms:
        """What was written."""
        return Terms(self.name.data or "", self.email.data or "", Scope(self.scope.data), self.ends_on.data)


class PaperMandateForm(MandateForm):
    """A mandate that was given on paper, with the paper."""

    paper = UploadField(_l("The signed paper"), validators=[Optional()])

    def validate_paper(self, field: UploadField) -> None:
        """The name of the file is kept, so no code stands in it."""
        if field.data is not None and holds_identity_code(field.data.name):
            raise ValidationError(str(IDENTITY_CODE))


def _identity_code(_form: object, field: PasswordField) -> None:
    if field.data and not holds_identity_code(field.data):
        raise ValidationError(str(_l("This is no personal identity code.")))


class CheckedMandateForm(MandateForm):
    """Whom the register of mandates is asked about. The codes are used for the question, shown to nobody and never
    kept.
    """

    helper_identity_code = PasswordField(
        _l("Personal identity code of the helper"),
        validators=[required(_l("Write the personal identity code.")), _identity_code],
    )
    client_identity_code = PasswordField(
        _l("Personal identity code of the client"),
        validators=[required(_l("Write the personal identity code.")), _identity_code],
    )


class AcceptForm(BaseForm):
    """The account of a helper who has none yet."""

    name = StrippedString(
        _l("Your name"), validators=[required(_l("Write your name.")), Length(max=200), plain_name]
    )
    password = PasswordField(
        _l("Password"), validators=[required(_l("Choose a password.")), Length(max=MAX_LENGTH)]
    )
