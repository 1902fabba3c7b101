"""The filters of the queue."""

from __future__ import annotations

from wtforms import SelectField

from marketplace.i18n import _l
from marketplace.web.forms import BaseForm


class QueueForm(BaseForm):
    """The queue's filters, sent in the address."""

    class Meta:
        csrf = False

    state = SelectField(_l("State"), default="")
    pilot = SelectField(_l("Pilot"), default="")
    handler = SelectField(_l("Handler"), default="")
    late = SelectField(_l("Overdue"), default="")
