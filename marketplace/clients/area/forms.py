"""The forms of the client's pages."""

from __future__ import annotations

from wtforms import BooleanField
from wtforms.validators import DataRequired

from marketplace.days import AGREED
from marketplace.i18n import _l
from marketplace.web.forms import BaseForm, DateField, EmailField, Optional, PhoneField, required


class ContactForm(BaseForm):
    """How the client is reached."""

    phone = PhoneField(_l("Telephone"), validators=[Optional()])
    email = EmailField(_l("E-mail"), validators=[Optional()])


class LeaveForm(BaseForm):
    """The client ends taking part in a pilot."""

    last_day = DateField(_l("Last day"), validators=[required(_l("Give the last day."))], reach=AGREED)
    sure = BooleanField(
        _l("I want to end taking part"),
        validators=[DataRequired(_l("Tick the box if you want to end taking part."))],
    )


class EraseForm(BaseForm):
    """The client asks for the data to be erased."""
