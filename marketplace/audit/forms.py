"""The filters of the audit trail."""

from __future__ import annotations

from wtforms import SelectField
from wtforms.validators import Length

from marketplace.days import AGREED
from marketplace.i18n import _l
from marketplace.web.forms import BaseForm, DateField, Optional, StrippedString


class AuditForm(BaseForm):
    """What the trail is narrowed to, sent in the address."""

    class Meta:
        csrf = False

    who = StrippedString(_l("Who"), validators=[Optional(), Length(max=200)])
    action = SelectField(_l("What was done"), default="")
    company = StrippedString(_l("Company or business ID"), validators=[Optional(), Length(min=2, max=200)])
    client = StrippedString(_l("Client or case number"), validators=[Optional(), Length(max=50)])
    subject = StrippedString(_l("To what"), validators=[Optional(), Length(max=200)])
    first = DateField(_l("From"), validators=[Optional()], reach=AGREED)
    last = DateField(_l("Until"), validators=[Optional()], reach=AGREED)
