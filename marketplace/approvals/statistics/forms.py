"""What the statistics are narrowed by."""

from __future__ import annotations

from wtforms import SelectField

from marketplace.i18n import _l
from marketplace.web.forms import BaseForm


class StatisticsForm(BaseForm):
    """The pilot and the time, sent in the address."""

    class Meta:
        csrf = False

    pilot = SelectField(_l("Pilot"), default="")
    months = SelectField(_l("Time"), default="12")
