"""The forms of agreements: the register's filters, the search for an offer, recording and ending."""

from __future__ import annotations

from wtforms import SelectField
from wtforms.validators import Length

from marketplace.clients.forms import no_identity_code
from marketplace.days import AGREED
from marketplace.decisions.rules import MAX_TEXT
from marketplace.i18n import _l
from marketplace.web.forms import BaseForm, DateField, Optional, Prose, StrippedString, required


class RegisterForm(BaseForm):
    """The register's filters, sent in the address."""

    class Meta:
        csrf = False

    q = StrippedString(
        _l("Client number or provider"), validators=[Optional(), Length(max=200), no_identity_code]
    )
    state = SelectField(_l("State"), default="open")


class FindOfferForm(BaseForm):
    """The search for an offer, sent in the address."""

    class Meta:
        csrf = False

    q = StrippedString(_l("Provider or name of the service"), validators=[Optional(), Length(max=200)])
    service = SelectField(_l("Service"), default="")


class AgreementForm(BaseForm):
    """An agreement as the counsellor writes it down."""

    client_number = StrippedString(
        _l("Client or case number"), validators=[required(_l("Give the client or case number."))]
    )
    starts_on = DateField(_l("First day"), validators=[required(_l("Give the first day."))], reach=AGREED)
    ends_on = DateField(_l("Last day"), validators=[Optional()], reach=AGREED)
    monthly = StrippedString(
        _l("From the client’s budget each month"), validators=[Optional(), Length(max=20)]
    )


class LaterDayForm(BaseForm):
    """A later last day in the place of one that was given too early; empty: until further notice."""

    ends_on = DateField(_l("Last day"), validators=[Optional()], reach=AGREED)


class MistakeForm(BaseForm):
    """How an agreement came to be recorded that there is not."""

    reason = Prose(_l("How the mistake happened"), validators=[Length(max=MAX_TEXT)])


class EndAgreementForm(BaseForm):
    """The last day of an agreement."""

    ends_on = DateField(_l("Last day"), validators=[required(_l("Give the last day."))], reach=AGREED)
