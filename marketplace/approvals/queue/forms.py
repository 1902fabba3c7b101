"""The filters of the queue."""

from __future__ import annotations

from wtforms import SelectField
from wtforms.validators import Length, Optional

from marketplace.i18n import _l
from marketplace.web.forms import BaseForm, StrippedString


class QueueForm(BaseForm):
    """The queue's filters, sent in the address."""

    class Meta:
        csrf = False

    words = StrippedString(_l("Company, business ID or number"), [Optional(), Length(max=100)])
    state = SelectField(_l("State"), default="")
    pilot = SelectField(_l("Pilot"), default="")
    service = SelectField(_l("Service"), default="")
    municipality = SelectField(_l("Municipality"), default="")
    handler = SelectField(_l("Handler"), default="")
    late = SelectField(_l("Overdue"), default="")
    sort = SelectField(_l("Order"), default="")
